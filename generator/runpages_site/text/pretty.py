"""JSON for reading: indented, its keys in order, coloured by kind, and never more than a page can bear."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from .plain import visible

LIMIT = 20_000

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null|NaN|-?Infinity)\b|-?\d[\d.eE+-]*')


def pretty_json(value: object, limit: int = LIMIT) -> Markup:
    """``value`` as indented JSON with its keys in order and coloured by kind; the first ``limit`` characters of it."""
    text, whole = _spelled(value, limit)
    parts: list[Markup] = []
    place = 0
    for match in _TOKEN.finditer(text):
        parts += (escape(text[place : match.start()]), _colored(match))
        place = match.end()
    parts.append(escape(text[place:]))
    note = Markup("") if whole else Markup('\n<span class="k-comment">… cut here</span>')
    return Markup("").join(parts) + note


def _spelled(value: object, limit: int) -> tuple[str, bool]:
    """The JSON text up to ``limit``, without spelling the rest, and whether that is all of it."""
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
