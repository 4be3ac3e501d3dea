"""The nodes of a YAML file, as far as settings need them: what was written, of which kind, in which line.

YAML is only ever composed into nodes, never into objects of Python. A node knows its line, a mapping both of two equal
keys, and a scalar how it was written, whatever YAML would have made of ``2024`` or ``on``.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from yaml import Node

from ..errors import SettingsError

_TAG = "tag:yaml.org,2002:"
_SHAPES = {"map": yaml.MappingNode, "seq": yaml.SequenceNode}
_WRITTEN = ("str", "int", "float", "bool", "timestamp", "merge", "value")
_SHOWN = 60


def compose(text: str, where: str) -> Node | None:
    """The root of a file, or None where nothing is written; raises SettingsError for what is no YAML."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}, line {mark.line + 1}" if mark else where
        why = ", ".join(part for part in (error.context, error.problem) if part)
        raise SettingsError(f"{place}: it is no valid YAML: {why}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{where}: it is no valid YAML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{where}: it is no valid YAML: it is nested too deeply") from None


def line(node: Node) -> int:
    """The line in which a node begins, from 1."""
    return int(node.start_mark.line) + 1


def is_a(node: Node, kind: str) -> bool:
    """Whether a node is of a kind of YAML: ``map``, ``seq``, ``str``, ``int``, ``bool``, ``null``, ..."""
    return bool(node.tag == _TAG + kind and isinstance(node, _SHAPES.get(kind, yaml.ScalarNode)))


def written(node: Node) -> str | None:
    """The text of a scalar as it was written; None for all else, for nothing, and for types of somebody's own."""
    return str(node.value) if any(is_a(node, kind) for kind in _WRITTEN) else None


def spelled(node: Node) -> str:
    """What a node is, in words for a message."""
    if is_a(node, "null"):
        return "empty"
    if is_a(node, "map"):
        return "a group of names and values"
    if is_a(node, "seq"):
        return "a list"
    text = written(node)
    if text is None:
        return f"of the unknown type {node.tag.replace(_TAG, '!!')}"
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"the text {shown!r}" if is_a(node, "str") else shown


def pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """The keys and values that stand in a mapping itself."""
    return (pair for pair in node.value if not is_a(pair[0], "merge"))


def merged(node: Node) -> Iterator[tuple[Node, Node]]:
    """What ``<<`` brings into a mapping, the nearest first."""
    return _merged(node, {id(node)})


def _merged(node: Node, visited: set[int]) -> Iterator[tuple[Node, Node]]:
    # Each mapping is looked at once: mappings may go in a circle, or double with every step.
    for source in _sources(node):
        if is_a(source, "map") and id(source) not in visited:
            visited.add(id(source))
            yield from pairs(source)
            yield from _merged(source, visited)


def _sources(node: Node) -> Iterator[Node]:
    for key, value in node.value:
        if is_a(key, "merge"):
            yield from value.value if is_a(value, "seq") else [value]
