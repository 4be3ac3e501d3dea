"""Renders JSON as a foldable tree, as coloured text, or as the text that a browser makes a tree of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from markupsafe import Markup, escape

from . import number
from .plain import PLAIN, html, visible

ENTRIES = 400
"""Most values of a document that are shown."""

_DEEPEST = 12
_LONG = 300

# Made once: it takes longer than encoding a value.
_quoted, _spelled = json.JSONEncoder(ensure_ascii=False).encode, json.JSONEncoder(default=str).encode
_spelled_brief = json.JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":")).encode


def tree(document: Mapping[str, object] | Sequence[object]) -> Markup:
    """A JSON object or list as foldable markup; empty for an empty one."""
    lines = list(islice(_items(document, 0), ENTRIES + 1))
    cut = len(lines) > ENTRIES
    left = sum(line.count("<details>") - line.count("</details>") for line in lines)
    end = ['<div class="k-comment">… cut here; see the file for the rest</div>'] if cut else []
    return Markup("\n".join([*lines, *end, *["</div></details>"] * left]))  # noqa: S704 - all text in it is escaped


def _items(inner: Mapping[str, object] | Sequence[object], depth: int) -> Iterator[str]:
    if isinstance(inner, Mapping):
        for key, value in islice(inner.items(), ENTRIES):
            yield from _item(f'<span class="k-name">{html(str(key))}</span>', value, depth)
        if len(inner) > ENTRIES:
            yield f'<div class="k-comment">… {number.integer(len(inner) - ENTRIES)} more</div>'
    else:
        for at, value in enumerate(inner):
            yield from _item(f'<span class="quiet">{at}</span>', value, depth)


def _item(name: str, value: object, depth: int) -> Iterator[str]:
    inner = value if isinstance(value, Mapping | list | tuple) and value and depth < _DEEPEST else None
    if inner is None:
        yield f"<div>{name} {_leaf(value)}</div>"
        return
    of = number.plural(len(inner), "key" if isinstance(inner, Mapping) else "item")
    yield f'<details><summary>{name} <span class="quiet">{of}</span></summary><div>'
    yield from _items(inner, depth + 1)
    yield "</div></details>"


def _leaf(value: object) -> str:
    if isinstance(value, str):
        cut = value if len(value) <= _LONG else value[:_LONG] + "…"
        return f'<span class="k-string" dir="auto">{html(_quoted(cut))}</span>'
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else "keyword"
    try:
        return f'<span class="k-{kind}">{html(_spelled(value)[:_LONG])}</span>'
    except (RecursionError, ValueError):
        return '<span class="k-comment">nested too deep</span>'


def outline(document: Mapping[str, object], most: int = ENTRIES) -> Markup:
    """A JSON object as text, a line for each value, with ``most`` values of each object in it; empty for an empty one.

    It has a third of the bytes of the tree that a script makes of it. An entry ``…`` is the number of those left out.
    """
    lines = [f"{_quoted(str(key))}: {_compact(value, most)}" for key, value in islice(document.items(), ENTRIES)]
    if len(document) > ENTRIES:
        lines.append(f'"…": {len(document) - ENTRIES}')
    # In the text of an element, quotes stand for themselves.
    escaped = visible(",\n".join(lines)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(f"{{{escaped}}}") if lines else Markup("")  # noqa: S704 - it is escaped


def _compact(value: object, most: int) -> str:
    try:
        return _spelled_brief(_cut(value, most, 1))
    except (RecursionError, ValueError):
        return '"nested too deep"'


def _cut(value: object, most: int, depth: int) -> object:
    """A value without what an outline has no room for."""
    if type(value) is str:
        return value if len(value) <= _LONG else value[:_LONG] + "…"
    if type(value) in PLAIN or not isinstance(value, Mapping | list | tuple) or not value:
        return value
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        kept = {str(key): _cut(one, most, depth + 1) for key, one in islice(value.items(), most)}
        return kept | ({"…": len(value) - most} if len(value) > most else {})
    items = [_cut(one, most, depth + 1) for one in value[:most]]
    return items + ([f"… {number.integer(len(value) - most)} more"] if len(value) > most else [])


LIMIT = 20_000

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null|NaN|-?Infinity)\b|-?\d[\d.eE+-]*')


def pretty_json(value: object, limit: int = LIMIT) -> Markup:
    """``value`` as indented, coloured JSON, cut at ``limit`` characters."""
    text, whole = _text(value, limit)
    parts: list[Markup] = []
    place = 0
    for match in _TOKEN.finditer(text):
        parts += (escape(text[place : match.start()]), _colored(match))
        place = match.end()
    parts.append(escape(text[place:]))
    note = Markup("") if whole else Markup('\n<span class="k-comment">… cut here</span>')
    return Markup("").join(parts) + note


def _text(value: object, limit: int) -> tuple[str, bool]:
    """The JSON text up to ``limit``, and whether it is complete."""
    parts: list[str] = []
    length = 0
    for part in _chunks(value):
        parts.append(part)
        length += len(part)
        if length > limit:
            return visible("".join(parts)[:limit]), False
    return visible("".join(parts)), True


def _chunks(value: object) -> Iterator[str]:
    try:
        yield from json.JSONEncoder(indent=2, ensure_ascii=False, default=str).iterencode(value)
    except (RecursionError, ValueError):
        yield " … nested too deep"


def _colored(match: re.Match[str]) -> Markup:
    if match[2] is not None:
        return Markup('<span class="k-name">{}</span>{}').format(match[1], match[2])
    kind = "string" if match[1] else "number" if match[0][0] in "-0123456789" else "keyword"
    return Markup('<span class="k-{}">{}</span>').format(kind, match[0])
