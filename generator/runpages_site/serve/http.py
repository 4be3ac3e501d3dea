"""What a reader asks of a site over HTTP, and what the answer is called: names, ranges, validators, content types.

Also who asks: the scripts of a site are data, and a page of another site could load them as its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit

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
"""Content types by extension: those of the system differ from one machine to the next."""

_PLAIN = re.compile(r"[^/\\\0]*")
_OWN_SITES = frozenset({"same-origin", "none"})
"""What a browser says of a request that a page of the site makes, or the reader in person."""


def content_type(name: str) -> str:
    """The content type of a file, by its name."""
    stem, _, extension = name.rpartition(".")
    return TYPES.get(extension.lower(), BYTES) if stem else BYTES


def names_of(path: str) -> list[str] | None:
    """The names in the path of a URL, decoded; the last is empty for a folder.

    None for what could be more than a name on some system: ``..``, an empty one, a slash, a backslash, a NUL.
    """
    if not path.startswith("/"):
        return None
    names = [unquote(name, errors="surrogateescape") for name in path[1:].split("/")]
    whole = all(names[:-1]) and all(_PLAIN.fullmatch(name) and name not in {".", ".."} for name in names)
    return names if whole else None


def path_of(names: Sequence[str]) -> str:
    """The path of a URL, with ``/`` at both ends, that leads to the folder with these names."""
    return "/" + "".join(f"{quote(name, safe='~', errors='surrogateescape')}/" for name in names)


def is_hidden(names: Sequence[str]) -> bool:
    """Whether a file is a dot file, such as the notes of the builder: nothing that a run logged is published as one."""
    return any(name.startswith(".") for name in names)


def may_have(path: str, headers: Message) -> bool:
    """Whether who sends these ``headers`` may have what lies at a ``path``.

    A page of another site may lead its reader here, and gets nothing that it could read, run, show or frame. Browsers
    tell the two apart by ``Sec-Fetch-*``, of which another port is another site. From one that does not send them, a
    request that names another site may have pages only, which a script cannot read; one that names none is answered.
    """
    if (site := headers.get("Sec-Fetch-Site")) is not None:
        is_visit = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
        return site in _OWN_SITES or is_visit
    if (origin := headers.get("Origin")) is not None:
        return _is_own(origin, headers)
    referrer = headers.get("Referer")
    return referrer is None or _is_own(referrer, headers) or path.endswith(("/", ".html"))


def byte_range(header: str, size: int) -> range | None:
    """The bytes that a ``Range`` header asks for, none of them where it asks for no byte that is there.

    None where it is to be ignored: several ranges, other units, and what is no range.
    """
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", header, re.ASCII | re.IGNORECASE)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        return range(max(size - int(found[2]), 0), size)
    first, last = int(found[1]), int(found[2] or size)
    return None if found[2] and last < first else range(first, min(last + 1, size))


def is_known(tags: str | None, since: str | None, tag: str, changed: int) -> bool:
    """Whether a reader holds the very version with this entity tag and time of change.

    ``tags`` and ``since`` are its ``If-None-Match`` and ``If-Modified-Since``; the former decides where it is given.
    """
    if tags is not None:
        return any(one.strip().removeprefix("W/") in {tag, "*"} for one in tags.split(","))
    seconds = _seconds(since)
    return seconds is not None and changed <= seconds


def host_name(header: str) -> str:
    """The name in a ``Host`` header, in small letters and without the port."""
    return re.sub(r":\d*$", "", header.strip().lower())


def _is_own(source: str, headers: Message) -> bool:
    """Whether a URL is one of the host that is asked."""
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
