"""What a setting may hold, taken from its type: the one description behind the reader, the schema and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Text:
    """A text; with a ``pattern`` only one in which that is found, and ``looks`` says in words which those are."""

    pattern: str = ""
    looks: str = ""

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return self.looks or "a text"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return " or ".join(self.words)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number in a range; both ends belong to it."""

    least: int
    most: int

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return f"a whole number from {self.least:,} to {self.most:,}"


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no."""

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return "true or false"


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts in an order."""

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return "a list of texts"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the user's own, each with something ``of`` one kind."""

    of: Kind

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return f"names, each with {self.of.wants}"


@dataclass(frozen=True, slots=True)
class Group:
    """Settings below one name, as the dataclass ``of`` them says."""

    of: type

    @property
    def wants(self) -> str:
        """What a setting of this kind takes, in words."""
        return "settings"


Kind = Text | Choice | Number | Switch | Texts | Names | Group
_KINDS = (Text, Choice, Number, Switch, Texts, Names, Group)


class Setting(NamedTuple):
    """One setting: what it takes, what it is where nothing is said, and what it means."""

    name: str
    kind: Kind
    default: Any
    meaning: str


@cache
def settings_of(group: type) -> tuple[Setting, ...]:
    """The settings that a dataclass holds, in its order."""
    hints = get_type_hints(group, include_extras=True)
    return tuple(_setting(one.name, hints[one.name], one.default, one.default_factory) for one in fields(group))


def _setting(name: str, hint: Any, default: Any, factory: Any) -> Setting:
    kind, *marks = get_args(hint)
    meaning = next(mark for mark in marks if isinstance(mark, str))
    stated = next((mark for mark in marks if isinstance(mark, _KINDS)), None)
    return Setting(name, stated or _kind(kind), factory() if factory is not MISSING else default, meaning)


def _kind(hint: Any) -> Kind:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):  # ``None`` is the value of a setting that is not there.
        (stated,) = (one for one in inner if one is not NoneType)
        return _kind(stated)
    if origin is Literal:
        return Choice(inner)
    if origin is Mapping:
        return Names(_kind(inner[1]))
    if origin is tuple:
        return Texts()
    if is_dataclass(hint) and isinstance(hint, type):
        return Group(hint)
    return Switch() if hint is bool else Text()
