"""Styles and scripts of a theme as files with hashed names: values in, values out.

The name changes with the bytes, so a browser may keep a file for good and never mixes two builds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

import rjsmin

EARLY = "early.js"
"""The script that runs before the first paint; all others are one file that waits for the page."""
_STYLES_FIRST = ("tokens.css", "layout.css", "content.css", "chart.css")
_STYLES_LAST = ("print.css", "user.css")
_SCRIPTS_FIRST = ("data.js", "state.js")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The assets of a site: ``names`` gives the place of each plain name, ``files`` the bytes of each place."""

    names: Mapping[str, str]
    files: Mapping[str, bytes]


def bundle(sources: Mapping[str, bytes], vendored: Mapping[str, bytes] = MappingProxyType({})) -> Bundle:
    """The assets made of a theme's files, which are given by their plain names; ``vendored`` ones stay as they are.

    ``*.css`` become ``runpages.css`` in the order of the layers, ``*.js`` become ``runpages.js`` but for the early
    script, which stays apart; every other file stays what it is.
    """
    styles = _ordered((name for name in sources if name.endswith(".css")), _STYLES_FIRST, _STYLES_LAST)
    scripts = _ordered((name for name in sources if name.endswith(".js") and name != EARLY), _SCRIPTS_FIRST)
    made = {
        "runpages.css": _joined(sources, styles),
        "runpages.js": _small(_joined(sources, scripts)),
        **vendored,
        "theme-early.js": _small(_joined(sources, [name for name in sources if name == EARLY])),
        **{name: data for name, data in sorted(sources.items()) if not name.endswith((".css", ".js"))},
    }
    names = {name: hashed(name, data) for name, data in made.items()}
    return Bundle(names, {names[name]: data for name, data in made.items()})


def hashed(name: str, data: bytes) -> str:
    """The place of an asset in the site: ``assets/<name>.<8 hex of its bytes>.<extension>``."""
    stem, dot, extension = name.rpartition(".")
    return f"assets/{stem}.{sha256(data).hexdigest()[:8]}{dot}{extension}"


def _ordered(names: Iterable[str], first: tuple[str, ...], last: tuple[str, ...] = ()) -> list[str]:
    def rank(name: str) -> tuple[int, int, str]:
        if name in first:
            return 0, first.index(name), ""
        return (2, last.index(name), "") if name in last else (1, 0, name)

    return sorted(names, key=rank)


def _small(script: bytes) -> bytes:
    """A script without comments and blanks: every page loads it, and no one reads it there."""
    return rjsmin.jsmin(script.decode()).encode() + b"\n" if script else script


def _joined(sources: Mapping[str, bytes], names: Iterable[str]) -> bytes:
    return b"".join(sources[name].rstrip() + b"\n" for name in names)
