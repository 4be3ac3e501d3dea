"""Styles and scripts of a theme as files with hashed names: values in, values out.

The name changes with the bytes, so a browser may keep a file for good and never mixes two builds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

import rjsmin

EARLY = "early.js"
"""The script that runs before the first paint; all others are one file that waits for the page."""
_STYLES_FIRST = ("tokens.css", "layout.css", "content.css", "chart.css")
_STYLES_LAST = ("print.css", "user.css")
_SCRIPTS_FIRST = ("data.js", "element.js", "state.js", "built.js", "slider.js")
LATER, SECTIONS = "later/", "sections/"
"""Before the names of scripts that are loaded at the first touch, and of styles that a page of numbers does without."""
SMALL = "small/"
"""Before the names of scripts that were made small together, and of ``sources.json``, which tells what from."""
APART = (LATER.rstrip("/"), SECTIONS.rstrip("/"), SMALL.rstrip("/"))
# Texts in quotes, which stay as they are; comments and blanks.
_TEXT = rb"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_STYLE_PARTS = re.compile(_TEXT + rb"|(?:/\*.*?\*/|\s)+", re.DOTALL)
_NEEDLESS = re.compile(_TEXT + rb"| ?;? ?(\}) ?| ?([{;,>]) ?|(:) ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The assets of a site: ``names`` gives the place of each plain name, ``files`` the bytes of each place."""

    names: Mapping[str, str]
    files: Mapping[str, bytes]


def bundle(sources: Mapping[str, bytes], vendored: Mapping[str, bytes] = MappingProxyType({})) -> Bundle:
    """The assets made of a theme's files, which are given by their plain names; ``vendored`` ones stay as they are.

    ``*.css`` become ``runpages.css`` in the order of the layers, ``*.js`` become ``runpages.js``; the early script
    stays apart. What has ``LATER`` before its name becomes ``later.js``, and what has ``SECTIONS`` before it
    ``sections.css``. Where ``SMALL`` has a form of just these scripts, it is that. Every other file stays what it is.
    """
    first = {name: data for name, data in sources.items() if "/" not in name}
    small = _below(sources, SMALL)
    scripts = {name: _small(name, own, small) or _scripts(own) for name, own in bundled(sources).items()}
    made = {
        "runpages.css": _styles(first),
        "runpages.js": scripts["runpages.js"],
        "later.js": scripts["later.js"],
        "sections.css": _styles(_below(sources, SECTIONS)),
        **vendored,
        "theme-early.js": scripts["theme-early.js"],
        **{name: data for name, data in sorted(first.items()) if not name.endswith((".css", ".js"))},
    }
    names = {name: hashed(name, data) for name, data in made.items()}
    return Bundle(names, {names[name]: data for name, data in made.items()})


def bundled(sources: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The scripts of a theme, by the name of the file that they become, in their order in it."""
    first = {name: data for name, data in sources.items() if "/" not in name and name.endswith(".js")}
    later = {name: data for name, data in _below(sources, LATER).items() if name.endswith(".js")}
    made = {"theme-early.js": {EARLY: first.pop(EARLY, b"")}, "runpages.js": first, "later.js": later}
    return {name: {one: own[one] for one in _ordered(own, _SCRIPTS_FIRST)} for name, own in made.items()}


def fingerprint(scripts: Mapping[str, bytes]) -> str:
    """What a small form of these scripts is known by."""
    return sha256(b"".join(name.encode() + b"\0" + sha256(data).digest() for name, data in scripts.items())).hexdigest()


def _small(name: str, scripts: Mapping[str, bytes], small: Mapping[str, bytes]) -> bytes:
    """The small form of just these scripts, or nothing."""
    try:
        known = json.loads(small.get("sources.json", b"{}")).get(name)
    except (ValueError, AttributeError):
        return b""
    return small.get(name, b"") if known == fingerprint(scripts) else b""


def _below(sources: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {name.removeprefix(folder): data for name, data in sources.items() if name.startswith(folder)}


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


def _scripts(sources: Mapping[str, bytes]) -> bytes:
    """Scripts as one, without comments and blanks: every page loads it, and no one reads it there."""
    small: Iterable[str] = (rjsmin.jsmin(source.decode()) for source in sources.values())
    return b"".join(source.strip().encode() + b"\n" for source in small) or b"\n"


def _styles(sources: Mapping[str, bytes]) -> bytes:
    """Styles as one, without comments and with one blank for many, none where none can mean anything.

    The packages that do this also take out the blank that divides the parts of a selector, as in ``.a :is(b)``.
    """
    names = _ordered((name for name in sources if name.endswith(".css")), _STYLES_FIRST, _STYLES_LAST)
    kept = _STYLE_PARTS.sub(lambda part: part[1] or b" ", _joined(sources, names))
    return _NEEDLESS.sub(lambda part: part[1] or part[2] or part[3] or part[4], kept).strip() + b"\n"


def _joined(sources: Mapping[str, bytes], names: Iterable[str]) -> bytes:
    return b"".join(sources[name].rstrip() + b"\n" for name in names)
