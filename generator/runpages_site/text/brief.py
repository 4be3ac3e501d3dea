"""Long texts cut for tables and indexes, so that two that differ stay two, and folded where they are whole."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2s

from .plain import compact, html

_LONGEST = 120
_OPENING = 60
# So short that the hash is in sight in a column of a table.
_BRIEF = 32


def is_long(text: str) -> bool:
    """Whether no more than the opening of a text is shown at once."""
    return len(text) > _LONGEST


def folded(text: str) -> str:
    """``text`` as HTML; the whole of a long one unfolds."""
    if not is_long(text):
        return html(text)
    return f"<details><summary>{html(text[:_OPENING])}…</summary>{html(text)}</details>"


def brief(text: str) -> str:
    """``text``, or the opening of a long one, with a hash and its length: equal openings are no equal texts."""
    if not is_long(text):
        return text
    mark = blake2s(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{text[:_BRIEF].rstrip()}… {mark} ({len(text):,} characters)"


def brief_values(values: Mapping[str, object]) -> dict[str, object]:
    """Named values, nested at will, with what is long in them cut; every other value stays as it is."""
    return {brief(str(name)): _value(value) for name, value in values.items()}


def _value(value: object) -> object:
    if isinstance(value, Mapping) and value:
        return brief_values(value)
    said = compact(value) if isinstance(value, str | list) else ""
    return brief(said) if is_long(said) else value
