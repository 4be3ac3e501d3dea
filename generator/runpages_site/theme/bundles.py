"""Reads ``theme.toml``, which lists what the bundles of a theme are made of and which section loads which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import ThemeError

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_TABLES = ("bundles", "sections", "files")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the ``theme.toml`` of a theme lists; a path is one below the theme's folder."""

    bundles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The paths or patterns that are joined into a bundle, in this order, by the name of the bundle."""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The bundles that a section of a page loads when it is first touched, in this order, by the section's name."""
    files: Mapping[str, str] = field(default_factory=dict)
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
    bundles: dict[str, tuple[str, ...]] = {}
    sections: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    for one in layouts:
        bundles |= one.bundles
        sections |= one.sections
        files |= one.files
    return Layout(bundles, sections, files)


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
