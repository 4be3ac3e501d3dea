"""Parses YAML nodes into settings, and collects all mistakes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import yaml
from yaml import Node

from ..errors import SettingsError
from .types import Choice, Group, Groups, Kind, Names, Number, Size, Switch, Text, Texts, settings_of
from .values import Settings

_TAG = "tag:yaml.org,2002:"
_SHAPES = {"map": yaml.MappingNode, "seq": yaml.SequenceNode}
_WRITTEN = ("str", "int", "float", "bool", "timestamp", "merge", "value")
_SHOWN = 60


def compose(text: str, where: str) -> Node | None:
    """The root node of a file, None if it is empty. Raises SettingsError for invalid YAML."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}, line {mark.line + 1}" if mark else where
        why = ", ".join(part for part in (error.context, error.problem) if part)
        raise SettingsError(f"{place}: invalid YAML: {why}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{where}: invalid YAML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{where}: invalid YAML: nested too deeply") from None


def line_of(node: Node) -> int:
    """The line in which a node starts, from 1."""
    return int(node.start_mark.line) + 1


def node_at(node: Node, path: Sequence[str | int]) -> Node:
    """The node at a path of names and of places in lists, from 0; as far as it goes."""
    for part in path:
        inside = (
            node.value[part : part + 1] if isinstance(part, int)
            else [value for key, value in pairs(node) if scalar_text(key) == part] if is_a(node, "map") else []
        )  # fmt: skip
        if not inside:
            break
        node = inside[0]
    return node


def is_a(node: Node, kind: str) -> bool:
    """Whether a node is of a YAML type: ``map``, ``seq``, ``str``, ``int``, ``bool``, ``null``, ..."""
    return bool(node.tag == _TAG + kind and isinstance(node, _SHAPES.get(kind, yaml.ScalarNode)))


def scalar_text(node: Node) -> str | None:
    """The source text of a scalar; None for null, custom tags and collections."""
    return str(node.value) if any(is_a(node, kind) for kind in _WRITTEN) else None


def described(node: Node) -> str:
    """A description of a node for messages."""
    if is_a(node, "null"):
        return "nothing"
    if is_a(node, "map"):
        return "a mapping"
    if is_a(node, "seq"):
        return "a list"
    text = scalar_text(node)
    if text is None:
        return f"a value of unknown type {node.tag.replace(_TAG, '!!')}"
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"the string {shown!r}" if is_a(node, "str") else shown


def pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """The keys and values of a mapping, without merged ones."""
    return (pair for pair in node.value if not is_a(pair[0], "merge"))


def merged(node: Node) -> Iterator[tuple[Node, Node]]:
    """The keys and values merged by ``<<``, nearest first."""
    return _merged(node, {id(node)})


def _merged(node: Node, visited: set[int]) -> Iterator[tuple[Node, Node]]:
    # Visit each mapping once: merges may be cyclic, or double with every step.
    for source in _sources(node):
        if is_a(source, "map") and id(source) not in visited:
            visited.add(id(source))
            yield from pairs(source)
            yield from _merged(source, visited)


def _sources(node: Node) -> Iterator[Node]:
    for key, value in node.value:
        if is_a(key, "merge"):
            yield from value.value if is_a(value, "seq") else [value]


_WHOLE = re.compile(r"[-+]?[0-9]{1,20}(?:\.0*)?")
_REAL = re.compile(r"[-+]?(?:[0-9]{1,20}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_PLAIN = re.compile(r"[\w/-]+")

Keys = tuple[str, ...]


class Mistake(NamedTuple):
    """What is wrong with one setting, and its location."""

    line: int
    path: Keys
    text: str

    def __str__(self) -> str:
        way = ".".join(part if _PLAIN.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in self.path)
        return f"line {self.line}, {way}: {self.text}" if way else f"line {self.line}: {self.text}"


class Parser:
    """Parses one file, and collects its mistakes."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def parse(self, node: Node, kind: Kind, path: Keys = ()) -> Any:
        """The value of a node; unspecified if it is a mistake."""
        match kind:
            case Group():
                return self._group(node, kind, path)
            case Names():
                return {
                    name: self._named(found, kind.of, (*path, name)) for name, found in self._pairs(node, kind, path)
                }
            case Texts():
                return self._texts(node, kind, path)
            case Groups():
                return self._groups(node, kind, path)
        value = _scalar(node, kind)
        if value is None:
            self._report(node, path, _refusal(node, kind))
        return value

    def _group(self, node: Node, kind: Group, path: Keys) -> Any:
        """The settings of a group, with defaults for missing and null ones."""
        settings = {setting.name: setting for setting in settings_of(kind.of)}
        given = dict(self._pairs(node, kind, path, settings))
        values = {name: self.parse(value, settings[name].kind, (*path, name)) for name, value in given.items()
                 if not is_a(value, "null")}  # fmt: skip
        for setting in settings.values():
            if setting.required and setting.name not in values and is_a(node, "map"):
                self._report(node, path, f"{setting.name} is missing")
        return None if self.mistakes else kind.of(**values)

    def _named(self, node: Node, kind: Kind, path: Keys) -> Any:
        # A name without a value has the defaults, if there are any.
        return kind.of() if isinstance(kind, Group) and is_a(node, "null") else self.parse(node, kind, path)

    def _groups(self, node: Node, kind: Groups, path: Keys) -> tuple[Any, ...]:
        if not is_a(node, "seq"):
            self._report(node, path, _refusal(node, kind))
            return ()
        return tuple(self.parse(item, Group(kind.of), (*path, str(at))) for at, item in enumerate(node.value, 1))

    def _texts(self, node: Node, kind: Texts, path: Keys) -> tuple[str, ...]:
        if not is_a(node, "seq"):
            self._report(node, path, _refusal(node, kind))
            return ()
        for place, item in enumerate(node.value, 1):
            text = scalar_text(item)
            if text is None:
                self._report(item, path, f"item {place} must be a string, got {described(item)}")
            elif not re.search(kind.pattern, text):
                self._report(item, path, f"item {place}: expected {kind.looks}, got {described(item)}")
        return tuple(scalar_text(item) or "" for item in node.value)

    def _pairs(
        self, node: Node, kind: Kind, path: Keys, allowed: dict[str, Any] | None = None
    ) -> Iterator[tuple[str, Node]]:
        """The names and values of a mapping, then those merged by ``<<``; each name once, and only ``allowed`` ones."""
        if not is_a(node, "map"):
            self._report(node, path, _refusal(node, kind))
            return
        lines: dict[str, int] = {}
        own = list(pairs(node))
        for place, (key, value) in enumerate([*own, *merged(node)]):
            name = scalar_text(key)
            if name is None:
                self._report(key, path, f"a name must be a string, got {described(key)}")
            elif name in lines:
                if place < len(own):
                    self._report(key, (*path, name), f"duplicate of line {lines[name]}; keep one of them")
            else:
                lines[name] = line_of(key)
                if allowed is None or name in allowed:
                    yield name, value
                else:
                    self._report(key, (*path, name), f"unknown; {_hint(name, list(allowed))}")

    def check_comparisons(self, root: Node, settings: Settings) -> None:
        """Report comparisons with the name of another, and those of fewer than two runs or groups."""
        names: list[str] = []
        for at, one in enumerate(settings.comparisons):
            path = ("comparisons", str(at + 1))
            if one.name.lower() in names:
                self._report(node_at(root, ("comparisons", at, "name")), (*path, "name"), "another has this name")
            if len({*one.runs, one.ref or one.runs[0]} if one.runs else ()) < 2:
                self._report(node_at(root, ("comparisons", at, "runs")), (*path, "runs"), "name two or more")
            names.append(one.name.lower())

    def check_addresses(self, root: Node, settings: Settings) -> None:
        """Report what is wanted and needs to know where the site will be published, where nothing says so."""
        if settings.sitemap and not settings.base_url:
            self._report(node_at(root, ("sitemap",)), ("sitemap",), "needs base_url, where the site will be published")

    def _report(self, node: Node, path: Keys, text: str) -> None:
        self.mistakes.append(Mistake(line_of(node), path, text))


def _scalar(node: Node, kind: Kind) -> Any:
    """The value of a scalar; None if it is not of that kind."""
    text = scalar_text(node)
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
        case Size():
            return None if is_a(node, "str") else _size(text)
    return None if is_a(node, "str") else _SWITCH.get(text.lower())


def _whole(text: str) -> int | None:
    # Only what all YAML parsers read as the same number: to some, 1:30 is 90.
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None


def _size(text: str) -> float | None:
    return float(text) if _REAL.fullmatch(text) and 0 <= float(text) < math.inf else None


def _refusal(node: Node, kind: Kind) -> str:
    refusal = f"expected {kind.wants}, got {described(node)}"
    text = scalar_text(node)
    if text is None or not is_a(node, "str"):
        return refusal
    if isinstance(kind, Texts):
        return f"{refusal}; write it as a list: [{json.dumps(text, ensure_ascii=False)}]"
    if isinstance(kind, Size) and (size := _size(text)) is not None:  # To YAML 1.1, 1e-3 is a string.
        return f"{refusal}; write it as {yaml.safe_dump(size).split()[0]}"
    quoted = (isinstance(kind, Number) and _whole(text) is not None) or (isinstance(kind, Switch) and text in _SWITCH)
    return f"{refusal}; remove the quotes" if quoted else refusal


def _hint(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, 1, 0.7)
    if close:
        return f"did you mean {close[0]}?"
    elsewhere = [place for setting, place in _places(Settings) if setting == name]
    return f"it belongs to {elsewhere[0] or 'the top of the file'}" if elsewhere else f"allowed: {', '.join(names)}"


def _places(group: type, here: str = "") -> Iterator[tuple[str, str]]:
    """Each setting with its group."""
    for name, kind, *_ in settings_of(group):
        yield name, here
        there = f"{here}.{name}" if here else name
        match kind:
            case Group(of=of):
                yield from _places(of, there)
            case Names(of=Group(of=of)):
                yield from _places(of, f"{there}.<name>")
            case Groups(of=of):
                yield from _places(of, f"{there}.<number>")
