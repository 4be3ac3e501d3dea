"""Derives the kind of a setting from its type, for the reader, the schema and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from ..comparison.condition import CONDITION


@dataclass(frozen=True, slots=True)
class Text:
    """A string; with a ``pattern``, one that contains it, described by ``looks``."""

    pattern: str = ""
    looks: str = ""

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return self.looks or "a string"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return " or ".join(self.words)


@dataclass(frozen=True, slots=True)
class Number:
    """An integer in an inclusive range."""

    least: int
    most: int

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return f"an integer from {self.least:,} to {self.most:,}"


@dataclass(frozen=True, slots=True)
class Size:
    """A number from 0."""

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return "a number from 0"


@dataclass(frozen=True, slots=True)
class Switch:
    """A boolean."""

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return "true or false"


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of strings; with a ``pattern``, of those that contain it, described by ``looks``."""

    pattern: str = ""
    looks: str = "strings"

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return f"a list of {self.looks}"


@dataclass(frozen=True, slots=True)
class Names:
    """User-defined names, each with a value of the kind ``of``."""

    of: Kind

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return f"names, each with {self.of.wants}"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of settings, described by the named tuple ``of``."""

    of: type

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return "settings"


@dataclass(frozen=True, slots=True)
class Groups:
    """A list of groups of settings, each described by the named tuple ``of``."""

    of: type

    @property
    def wants(self) -> str:
        """The accepted values, in words."""
        return "a list of settings"


Kind = Text | Choice | Number | Size | Switch | Texts | Names | Group | Groups
_MARKS = {"CONDITION": CONDITION, "Number": Number, "Text": Text, "Texts": Texts}
"""What annotations of settings name beside the types of their values."""
_KINDS = (Text, Choice, Number, Size, Switch, Texts, Names, Group, Groups)


class Setting(NamedTuple):
    """One setting: kind, default, and meaning. One that is ``required`` has no default."""

    name: str
    kind: Kind
    default: Any
    meaning: str
    required: bool = False


@cache
def settings_of(group: type) -> tuple[Setting, ...]:
    """The settings of a named tuple, in its order."""
    hints = get_type_hints(group, localns=_MARKS, include_extras=True)
    defaults: Mapping[str, Any] = vars(group)["_field_defaults"]
    return tuple(_setting(name, hint, defaults) for name, hint in hints.items())


def is_group(value: object) -> bool:
    """Whether a value is the named tuple of a group of settings, or such settings."""
    return hasattr(value, "_field_defaults")


def _setting(name: str, hint: Any, defaults: Mapping[str, Any]) -> Setting:
    kind, *marks = get_args(hint)
    meaning = next(mark for mark in marks if isinstance(mark, str))
    stated = next((mark for mark in marks if isinstance(mark, _KINDS)), None)
    return Setting(name, stated or _kind(kind), defaults.get(name), meaning, name not in defaults)


def _kind(hint: Any) -> Kind:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):  # ``None`` is the value of an omitted setting.
        (stated,) = (one for one in inner if one is not NoneType)
        return _kind(stated)
    if origin is Literal:
        return Choice(inner)
    if origin is Mapping:
        return Names(_kind(inner[1]))
    if origin is tuple:
        return Groups(inner[0]) if is_group(inner[0]) else Texts()
    if is_group(hint):
        return Group(hint)
    if hint is float:
        return Size()
    return Switch() if hint is bool else Text()
