"""Lists of values as JSON in pieces, which are joined with commas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

_ODD = b"\r"
"""In front of what only Python's own json reads back; white space of JSON, which no text in JSON has."""


def items_of(values: Sequence[object]) -> bytes:
    """Values as the JSON of a list, without its brackets."""
    try:
        return orjson.dumps(values)[1:-1]
    except orjson.JSONEncodeError:  # An integer of many digits, or a text that is not valid UTF-8.
        return _ODD + json.dumps(values, separators=(",", ":")).encode()[1:-1]


def read_items(items: bytes) -> list[Any]:
    """What ``items_of`` gave, also several pieces with commas between. Raises ValueError if it is damaged."""
    data = b"[%s]" % items
    found: list[Any] = json.loads(data) if _ODD in items else orjson.loads(data)
    return found
