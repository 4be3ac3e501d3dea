"""Reads ``theme.toml``, joins and minifies the styles and scripts that it lists, and names them by their bytes.

The name changes with the bytes, so a browser may keep a file for good and never mixes two builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from ..errors import ThemeError

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_TABLES = ("bundles", "sections", "files")


class Layout(NamedTuple):
    """What the ``theme.toml`` of a theme lists; a path is one below the theme's folder."""

    bundles: Mapping[str, tuple[str, ...]] = {}
    """The paths or patterns that are joined into a bundle, in this order, by the name of the bundle."""
    sections: Mapping[str, tuple[str, ...]] = {}
    """The bundles that a section of a page loads when it is first touched, in this order, by the section's name."""
    files: Mapping[str, str] = {}
    """The paths of files that are published as they are, by the name that they get."""


def parse(text: str, file: str) -> Layout:
    """The layout that the text of a ``theme.toml`` gives. Raises ThemeError naming ``file`` and the entry."""
    import tomllib

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"{file}: {error}") from None
    for name in tables.keys() - set(_TABLES):
        raise ThemeError(f"{file}: unknown table {name!r}; there are: {', '.join(_TABLES)}")
    bundles, sections, files = (_table(tables, name, file) for name in _TABLES)
    for name in [*bundles, *files]:
        if not _NAME.fullmatch(name) or (name in bundles and not name.endswith((".js", ".css"))):
            raise ThemeError(f"{file}: {name!r} is not a file name for a bundle; use one such as 'lab.css' or 'lab.js'")
    return Layout(
        {name: _paths(value, f"{file}: bundles.{name!r}") for name, value in bundles.items()},
        {name: _paths(value, f"{file}: sections.{name!r}") for name, value in sections.items()},
        {name: _path(value, f"{file}: files.{name!r}") for name, value in files.items()},
    )


def merged(layouts: Iterable[Layout]) -> Layout:
    """One layout of several: an entry takes the place of an earlier one of the same name."""
    whole = Layout()
    for one in layouts:
        files = {**whole.files, **one.files}
        whole = Layout({**whole.bundles, **one.bundles}, {**whole.sections, **one.sections}, files)
    return whole


def _table(tables: Mapping[str, object], name: str, file: str) -> Mapping[str, object]:
    found = tables.get(name, {})
    if not isinstance(found, dict):
        raise ThemeError(f"{file}: {name!r} must be a table")
    return found


def _paths(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ThemeError(f"{where} must be a list of paths")
    return tuple(_path(one, where) for one in value)


def _path(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ThemeError(f"{where}: {value!r} is not a path")
    return value


# Texts in quotes, which stay as they are; comments and blanks.
_QUOTED = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_BLANKS = re.compile(_QUOTED + r"|(?:/\*.*?\*/|\s)+", re.DOTALL)
_NEEDLESS = re.compile(_QUOTED + r"| ?;? ?(\}) ?| ?([{;,>]) ?|(:) ", re.DOTALL)


class Bundle(NamedTuple):
    """The assets of a site: ``names`` gives the path of each plain name, ``files`` the bytes of each path."""

    names: Mapping[str, str]
    files: Mapping[str, bytes]


def bundle(sources: Mapping[str, bytes], layout: Layout) -> Bundle:
    """The assets made of a theme's files, which ``sources`` has by path.

    Raises ThemeError for a listed file that is missing, and for a section that loads an unknown bundle.
    """
    made = {name: _joined(name, _listed(name, sources, layout), sources) for name in layout.bundles}
    for name, path in layout.files.items():
        made[name] = _file(sources, path, name)
    for section, wanted in layout.sections.items():
        for name in wanted:
            if name not in made:
                raise ThemeError(f"theme.toml: the section {section!r} loads {name!r}, which is not a bundle")
    names = {name: hashed(name, data) for name, data in made.items()}
    return Bundle(names, {names[name]: data for name, data in made.items()})


def hashed(name: str, data: bytes) -> str:
    """The path of an asset in the site: ``assets/<name>.<8 hex of its bytes>.<extension>``."""
    stem, dot, extension = name.rpartition(".")
    return f"assets/{stem}.{sha256(data).hexdigest()[:8]}{dot}{extension}"


def _listed(name: str, sources: Mapping[str, bytes], layout: Layout) -> Iterator[str]:
    """The files of a bundle in their order; a pattern stands for the files that no bundle lists by name."""
    named = {path for paths in layout.bundles.values() for path in paths}
    for path in layout.bundles[name]:
        if "*" in path:
            yield from sorted(one for one in sources if fnmatchcase(one, path) and one not in named)
        else:
            yield path


def _file(sources: Mapping[str, bytes], path: str, name: str) -> bytes:
    if path not in sources:
        raise ThemeError(f"theme.toml: {name!r} lists {path!r}, which is not a file of the theme")
    return sources[path]


def _joined(name: str, paths: Iterable[str], sources: Mapping[str, bytes]) -> bytes:
    """Files as one, each minified, since every page loads it."""
    parts = (_minified(name.endswith(".css"), _text(path, _file(sources, path, name))) for path in paths)
    return "\n".join(part for part in parts if part).encode() + b"\n"


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ThemeError(f"{path} of the theme is not UTF-8; save it as UTF-8") from None


@lru_cache(512)  # `watch` builds with the same theme again and again, and half of a small build is this.
def _minified(is_style: bool, text: str) -> str:
    if is_style:
        return _css(text).strip()
    from rjsmin import jsmin

    return jsmin(text).strip()  # type: ignore[no-any-return]


def _css(text: str) -> str:
    """Styles without comments and with one blank for many, none where none can mean anything.

    rcssmin also takes out the blank that divides the parts of a selector, as in ``@layer a { .b :is(c) {} }``.
    """
    kept = _BLANKS.sub(lambda part: part[1] or " ", text)
    return _NEEDLESS.sub(lambda part: part[1] or part[2] or part[3] or part[4], kept)
