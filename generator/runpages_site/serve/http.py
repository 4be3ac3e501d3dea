"""Parses HTTP requests for files of a site: paths, ranges, validators, content types.

Also decides which origins may load what, since another site's page could load a site's data scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit

from ..site import MANIFEST

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
TYPES = {
    **dict.fromkeys(
        ("txt", "log", "jsonl", "md", "yml", "yaml", "toml", "ini", "cfg", "py", "r", "sh", "tsv", "xml"), TEXT
    ),
    **dict.fromkeys(("html", "htm"), "text/html; charset=utf-8"),
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "gz": "application/gzip",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ico": "image/x-icon",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "ogv": "video/ogg",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
}
"""Content types by extension; the system's tables differ between machines."""

_PLAIN = re.compile(r"[^/\\\0]*")
_OWN_SITES = frozenset({"same-origin", "none"})
"""Values of ``Sec-Fetch-Site`` for requests from the site itself or from the user."""


def content_type(name: str) -> str:
    """The content type for a file name."""
    stem, _, extension = name.rpartition(".")
    return TYPES.get(extension.lower(), BYTES) if stem else BYTES


def names_of(path: str) -> list[str] | None:
    """The decoded names in a URL path; the last is empty for a folder.

    None if a name is unsafe on some system: ``..``, empty, or with a slash, backslash or NUL.
    """
    if not path.startswith("/"):
        return None
    names = [unquote(name, errors="surrogateescape") for name in path[1:].split("/")]
    whole = all(names[:-1]) and all(_PLAIN.fullmatch(name) and name not in {".", ".."} for name in names)
    return names if whole else None


def path_of(names: Sequence[str]) -> str:
    """The URL path of the folder with these names, with ``/`` at both ends."""
    return "/" + "".join(f"{quote(name, safe='~', errors='surrogateescape')}/" for name in names)


def is_hidden(names: Sequence[str]) -> bool:
    """Whether a path has a dot file, such as the build cache; nothing that a run logged is published as one.

    The manifest, by which ``runpages.read`` finds the files of a site, is not hidden.
    """
    return list(names) != [MANIFEST] and any(name.startswith(".") for name in names)


def may_have(path: str, headers: Message) -> bool:
    """Whether a request with these ``headers`` may get ``path``.

    A page of another site may link here, but gets nothing that it could read, run, show or embed. Browsers mark such
    requests with ``Sec-Fetch-*``, where another port is another site. Without these headers, a request that names
    another site gets pages only, which scripts cannot read; one that names none is answered.
    """
    if (site := headers.get("Sec-Fetch-Site")) is not None:
        is_visit = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
        return site in _OWN_SITES or is_visit
    if (origin := headers.get("Origin")) is not None:
        return _is_own(origin, headers)
    referrer = headers.get("Referer")
    return referrer is None or _is_own(referrer, headers) or path.endswith(("/", ".html"))


def byte_range(header: str, size: int) -> range | None:
    """The bytes requested by a ``Range`` header; empty if none of them exists.

    None if the header is to be ignored: several ranges, other units, or invalid.
    """
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", header, re.ASCII | re.IGNORECASE)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        return range(max(size - int(found[2]), 0), size)
    first, last = int(found[1]), int(found[2] or size)
    return None if found[2] and last < first else range(first, min(last + 1, size))


def is_known(tags: str | None, since: str | None, tag: str, changed: int) -> bool:
    """Whether the client already has the version with this entity tag and modification time.

    ``tags`` and ``since`` are its ``If-None-Match`` and ``If-Modified-Since``; the former takes precedence.
    """
    if tags is not None:
        return any(one.strip().removeprefix("W/") in {tag, "*"} for one in tags.split(","))
    seconds = _seconds(since)
    return seconds is not None and changed <= seconds


def host_name(header: str) -> str:
    """The name in a ``Host`` header, in lower case without the port."""
    return re.sub(r":\d*$", "", header.strip().lower())


def _is_own(source: str, headers: Message) -> bool:
    """Whether a URL belongs to the requested host."""
    try:
        host = urlsplit(source).netloc
    except ValueError:
        return False
    return host != "" and host.lower() == headers.get("Host", "").strip().lower()


def _seconds(date: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp()) if date else None
    except (ValueError, OverflowError):
        return None
