"""JSON as a tree that folds: a line for each value, and what is in an object or a list unfolds below its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from .. import number
from .plain import html

ENTRIES = 400
"""Values of a document that are shown; the file has all."""

_DEEPEST = 12
_LONG = 300


def tree(document: Mapping[str, object] | Sequence[object]) -> Markup:
    """A JSON object or list as markup that folds; nothing for an empty one."""
    lines: list[str] = []
    for line in _object(document, 0) if isinstance(document, Mapping) else _list(document, 0):
        if len(lines) > ENTRIES:
            break
        lines.append(line)
    cut = len(lines) > ENTRIES
    left = sum(line.count("<details>") - line.count("</details>") for line in lines)
    end = ['<div class="k-comment">… cut here; the file has all</div>'] if cut else []
    return Markup("\n".join([*lines, *end, *["</div></details>"] * left]))  # noqa: S704 - all text in it is escaped


def _object(items: Mapping[str, object], depth: int) -> Iterator[str]:
    for key, value in items.items():
        yield from _entry(f'<span class="k-name">{html(str(key))}</span>', value, depth)


def _list(items: Sequence[object], depth: int) -> Iterator[str]:
    for at, value in enumerate(items):
        yield from _entry(f'<span class="quiet">{at}</span>', value, depth)


def _entry(name: str, value: object, depth: int) -> Iterator[str]:
    inner = value if isinstance(value, Mapping | list | tuple) and value and depth < _DEEPEST else None
    if inner is None:
        yield f"<div>{name} {_leaf(value)}</div>"
        return
    of = number.plural(len(inner), "key" if isinstance(inner, Mapping) else "item")
    yield f'<details><summary>{name} <span class="quiet">{of}</span></summary><div>'
    yield from _object(inner, depth + 1) if isinstance(inner, Mapping) else _list(inner, depth + 1)
    yield "</div></details>"


def _leaf(value: object) -> str:
    if isinstance(value, str):
        cut = value if len(value) <= _LONG else value[:_LONG] + "…"
        return f'<span class="k-string" dir="auto">{html(json.dumps(cut, ensure_ascii=False))}</span>'
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else "keyword"
    try:
        return f'<span class="k-{kind}">{html(json.dumps(value, default=str)[:_LONG])}</span>'
    except (RecursionError, ValueError):
        return '<span class="k-comment">nested too deep</span>'
