"""Makes one HTML file of one page of a site: styles, pictures and files are in it, scripts are not.

What needs no script is there: charts as drawings, the first rows of tables, the ends of logs. The policy of the page
forbids everything that is not in the file.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape, unescape
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from runpages.format.files import read_file

from ..check.site import target
from ..write.zips import RUN_ZIP

_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "bmp": "image/bmp", "ico": "image/x-icon", "svg": "image/svg+xml", "mp4": "video/mp4",
    "webm": "video/webm", "wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "flac": "audio/flac",
}  # fmt: skip
_TAG = re.compile(r'<(/?)(a|audio|iframe|image|img|link|meta|noscript|source|track|video)((?:\s[^<>"]*(?:"[^"]*")?)*)>')
_ATTRIBUTE = re.compile(r'\s([\w:-]+)="([^"]*)"')
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>\s*", re.DOTALL)
_NOTE = re.compile(r'<noscript><p class="note no-script">.*?</noscript>', re.DOTALL)
_LOADED = ("src", "href", "xlink:href", "poster", "srcset")


@dataclass(slots=True)
class Single:
    """A page as one file, and the files of the site that it has no room for, by their paths."""

    html: bytes
    left_out: list[str] = field(default_factory=list)


def single(site: Path, page: str, *, budget: int, base_url: str | None = None) -> Single:
    """The page at a path of a site as one file of at most ``budget`` bytes, if its text and styles are not more.

    Pictures come before files to download. Links to other pages lead below ``base_url``, and nowhere without it. Raises
    OSError where a file of the site cannot be read.
    """
    return _Page(site, page, budget, base_url).made()


class _Page:
    def __init__(self, site: Path, page: str, budget: int, base_url: str | None) -> None:
        self._site = site
        self._page = page
        self._base = base_url.rstrip("/") + "/" if base_url else None
        self._left = budget
        self._hashes: list[str] = []
        self._inlined: dict[str, str | None] = {}

    def made(self) -> Single:
        text = read_file(self._site / self._page).decode("utf-8", "replace")
        text = _NOTE.sub("", _SCRIPT.sub("", text))
        text = _TAG.sub(self._with(self._style), text).replace("</head>", f"{self._styled(_STILL)}</head>", 1)
        self._left -= len(text.encode())
        for step in (self._loaded, self._linked):
            text = _TAG.sub(self._with(step), text)
        text = text.replace(_POLICY_PLACE, self._policy())
        return Single(text.encode(), sorted(path for path, data in self._inlined.items() if data is None))

    def _with(self, step: Callable[[str, dict[str, str], str], str]) -> Callable[[re.Match[str]], str]:
        def replaced(found: re.Match[str]) -> str:
            if found[1]:
                return "" if found[2] == "noscript" else found[0]
            return step(found[2], dict(_ATTRIBUTE.findall(found[3])), found[0])

        return replaced

    def _style(self, tag: str, known: dict[str, str], whole: str) -> str:
        """Take styles in, and what stood in place of scripts."""
        if tag == "noscript":
            return ""
        if tag == "meta" and known.get("http-equiv") == "Content-Security-Policy":
            return f'<meta http-equiv="Content-Security-Policy" content="{_POLICY_PLACE}">'
        if tag != "link" or known.get("rel") != "stylesheet":
            return whole
        media = f' media="{known["media"]}"' if "media" in known else ""
        return self._styled(read_file(self._site / self._path(known["href"])).decode(), media)

    def _styled(self, style: str, media: str = "") -> str:
        self._hashes.append(b64encode(sha256(style.encode()).digest()).decode())
        return f"<style{media}>{style}</style>"

    def _loaded(self, tag: str, known: dict[str, str], whole: str) -> str:
        """Take in what the page loads, or leave its place empty."""
        if tag == "a" or known.get("rel") == "canonical":
            return whole
        for name in _LOADED:
            if name not in known or known[name].startswith(("data:", "#")):
                continue
            path = self._path(known[name]) if tag != "iframe" else ""
            data = self._inline(path) if path else None
            whole = whole.replace(f' {name}="{known[name]}"', f' {name}="{data}"' if data else "")
        return whole.replace(' loading="lazy"', "")

    def _linked(self, tag: str, known: dict[str, str], whole: str) -> str:
        """Take in what the page offers to download; pages and pictures are linked where the site is."""
        href = known.get("href", "")
        if tag != "a" or not href or href.startswith(("#", "http:", "https:", "mailto:", "data:")):
            return whole
        path = self._path(href)
        spelled, download = f' href="{href}"', re.search(r'\sdownload(="[^"]*")?', whole)
        # The zip of a run would take the room of its files.
        is_elsewhere = path.endswith((".html", ".htm")) or path == self._page.removesuffix(".html") + f"/{RUN_ZIP}"
        data = None if self._inlined.get(path) or is_elsewhere else self._inline(path)
        if data:
            name = "" if download else f' download="{escape(PurePosixPath(path).name)}"'
            return whole.replace(spelled, f' href="{data}"{name}')
        fragment = href[href.index("#") :] if "#" in href else ""
        return whole.replace(
            spelled, f' href="{escape(self._base + quote(path, "/~") + unescape(fragment))}"' if self._base else ""
        )

    def _inline(self, path: str) -> str | None:
        """A file as a URL that holds it; None for one that there is no room for."""
        if path not in self._inlined:
            place = self._site / path
            size = place.stat().st_size * 4 // 3 + 40
            fits = size <= self._left
            self._left -= size if fits else 0
            kind = _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")
            self._inlined[path] = f"data:{kind};base64,{b64encode(read_file(place)).decode()}" if fits else None
        elif self._inlined[path] is not None:  # The same picture twice takes room twice.
            self._left -= len(self._inlined[path] or "")
            return self._inlined[path] if self._left >= 0 else None
        return self._inlined[path]

    def _path(self, url: str) -> str:
        found = target(self._page, unescape(url))
        return "" if isinstance(found, str) else found.path

    def _policy(self) -> str:
        styles = " ".join(f"'sha256-{one}'" for one in self._hashes)
        return (
            f"default-src 'none'; style-src {styles}; style-src-attr 'unsafe-inline'; img-src data:; media-src data:; "
            "base-uri 'none'; form-action 'none'"
        )


_POLICY_PLACE = "%policy%"
_STILL = "main :is(button, input, select), a.button:not([href]) { display: none }"
"""Hides what does nothing without scripts."""
