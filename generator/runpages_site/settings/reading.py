"""From the nodes of a file to settings, with every mistake noted on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from yaml import Node

from .kind import Choice, Group, Kind, Names, Number, Switch, Text, Texts, settings_of
from .nodes import is_a, line, merged, pairs, spelled, written
from .values import Settings

_WHOLE = re.compile(r"[-+]?[0-9]{1,20}(?:\.0*)?")
_SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_PLAIN = re.compile(r"[\w/-]+")

Path = tuple[str, ...]


class Mistake(NamedTuple):
    """What is wrong with one setting, and where it stands."""

    line: int
    path: Path
    text: str

    def __str__(self) -> str:
        way = ".".join(part if _PLAIN.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in self.path)
        return f"line {self.line}, {way}: {self.text}" if way else f"line {self.line}: {self.text}"


class Reading:
    """One reading of a file: values where they are right, and the mistakes."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def value(self, node: Node, kind: Kind, path: Path = ()) -> Any:
        """What a node says; nothing that is of use where it is a mistake."""
        match kind:
            case Group():
                return self._group(node, kind, path)
            case Names():
                return {
                    name: self._named(found, kind.of, (*path, name)) for name, found in self._pairs(node, kind, path)
                }
            case Texts():
                return self._texts(node, kind, path)
        value = _scalar(node, kind)
        if value is None:
            self._tell(node, path, _refusal(node, kind))
        return value

    def _group(self, node: Node, kind: Group, path: Path) -> Any:
        """The settings of a group; what is not there or has no value has its default."""
        known = {setting.name: setting for setting in settings_of(kind.of)}
        given = dict(self._pairs(node, kind, path, known))
        found = {name: self.value(value, known[name].kind, (*path, name)) for name, value in given.items()
                 if not is_a(value, "null")}  # fmt: skip
        return kind.of(**found)

    def _named(self, node: Node, kind: Kind, path: Path) -> Any:
        # A name with nothing behind it has the defaults, where there are any.
        return kind.of() if isinstance(kind, Group) and is_a(node, "null") else self.value(node, kind, path)

    def _texts(self, node: Node, kind: Texts, path: Path) -> tuple[str, ...]:
        if not is_a(node, "seq"):
            self._tell(node, path, _refusal(node, kind))
            return ()
        for place, item in enumerate(node.value, 1):
            if written(item) is None:
                self._tell(item, path, f"item {place} is to be a text, and is {spelled(item)}")
        return tuple(written(item) or "" for item in node.value)

    def _pairs(
        self, node: Node, kind: Kind, path: Path, known: dict[str, Any] | None = None
    ) -> Iterator[tuple[str, Node]]:
        """The names and values of a mapping, then what ``<<`` adds; each name once, and only one that is ``known``."""
        if not is_a(node, "map"):
            self._tell(node, path, _refusal(node, kind))
            return
        lines: dict[str, int] = {}
        own = list(pairs(node))
        for place, (key, value) in enumerate([*own, *merged(node)]):
            name = written(key)
            if name is None:
                self._tell(key, path, f"a name is to be a text, and this is {spelled(key)}")
            elif name in lines:
                if place < len(own):
                    self._tell(key, (*path, name), f"it stands twice, first in line {lines[name]}; keep one of them")
            else:
                lines[name] = line(key)
                if known is None or name in known:
                    yield name, value
                else:
                    self._tell(key, (*path, name), f"unknown; {_hint(name, list(known))}")

    def _tell(self, node: Node, path: Path, text: str) -> None:
        self.mistakes.append(Mistake(line(node), path, text))


def _scalar(node: Node, kind: Kind) -> Any:
    """The value of a scalar, or None where it is none of that kind."""
    text = written(node)
    if text is None:
        return None
    match kind:
        case Text(pattern=pattern):
            return text if re.search(pattern, text) else None
        case Choice(words=words):
            return text if text in words else None
        case Number(least=least, most=most):
            number = None if is_a(node, "str") else _whole(text)
            return number if number is not None and least <= number <= most else None
    return None if is_a(node, "str") else _SWITCH.get(text.lower())


def _whole(text: str) -> int | None:
    # Only what all readers of YAML take for the same number: to some of them 1:30 is 90.
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None


def _refusal(node: Node, kind: Kind) -> str:
    told = f"it takes {kind.wants}, and this is {spelled(node)}"
    text = written(node)
    if text is None or not is_a(node, "str"):
        return told
    if isinstance(kind, Texts):
        return f"{told}; write it as a list: [{json.dumps(text, ensure_ascii=False)}]"
    quoted = (isinstance(kind, Number) and _whole(text) is not None) or (isinstance(kind, Switch) and text in _SWITCH)
    return f"{told}; leave out the quotes" if quoted else told


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, 1, 0.7)
    if close:
        return f"did you mean {close[0]}?"
    elsewhere = [place for one, place in _places(Settings, "the top of the file") if one == name]
    return f"it belongs to {elsewhere[0]}" if elsewhere else f"it may hold {', '.join(known)}"


def _places(group: type, here: str) -> Iterator[tuple[str, str]]:
    """Each setting with the group that it belongs to."""
    for name, kind, _, _ in settings_of(group):
        yield name, here
        if isinstance(kind, Names) and isinstance(kind.of, Group):
            yield from _places(kind.of.of, f"{name}.<name>")
        elif isinstance(kind, Group):
            yield from _places(kind.of, name)
