"""Escapes untrusted plain text, with control characters made visible, and formats single values as logged."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from hashlib import blake2s

# C0 without tab and line feed, DEL, C1, line separators, bidi controls, interlinear marks and lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# Its ASCII part.
_CONTROLS = tuple(map(chr, (*range(9), *range(11, 32), 127)))

PLAIN = frozenset((str, int, float, bool, type(None)))
"""Types of values that hold no others; to look for one here takes a tenth of asking what it is an instance of."""

# Made once: it takes longer than encoding a parameter.
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def visible(text: str) -> str:
    """``text`` with each control, bidi control and lone surrogate as an escape such as ``\\x1b`` or ``\\u202e``."""
    # Most texts are printable, and isprintable costs a third of a search.
    return text if text.isprintable() or not hides(text) else _HIDDEN.sub(_spelled, text)


def hides(text: str) -> bool:
    """Whether ``visible`` changes a text."""
    if text.isascii():  # for whole logs, which is ten times as fast as a regular expression
        return any(map(text.__contains__, _CONTROLS))
    return _HIDDEN.search(text) is not None


def html(text: str) -> str:
    """``text`` as HTML: escaped, with invisible and bidi control characters made visible."""
    return escaped(text if text.isprintable() else visible(text))


def escaped(text: str) -> str:
    """``text`` with the characters of HTML as entities.

    What MarkupSafe's ``escape`` gives, without the object around it, which costs more than the escaping.
    """
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = text.replace('"', "&#34;").replace("'", "&#39;")
    return text


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def compact(value: object) -> str:
    """A parameter or table cell as one text, as logged."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else repr(value).replace("-", "−")
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return repr(value) if type(value) is int else _encode(value)
    except (RecursionError, ValueError):
        return "…"


_LONGEST = 120
_OPENING = 60
# Short, so that the hash is visible in a table column.
_BRIEF = 32


def is_long(text: str) -> bool:
    """Whether a text is folded."""
    return len(text) > _LONGEST


def folded(text: str) -> str:
    """``text`` as HTML; a long one unfolds."""
    if not is_long(text):
        return html(text)
    return f"<details><summary>{html(text[:_OPENING])}…</summary>{html(text)}</details>"


def brief(text: str) -> str:
    """``text``, or the start of a long one with its hash and length, since long texts may start alike."""
    if not is_long(text):
        return text
    mark = blake2s(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{text[:_BRIEF].rstrip()}… {mark} ({len(text):,} characters)"


def brief_values(values: Mapping[str, object]) -> dict[str, object]:
    """Nested named values with long texts shortened; other values stay unchanged."""
    return {brief(str(name)): _brief_value(value) for name, value in values.items()}


def _brief_value(value: object) -> object:
    if isinstance(value, Mapping) and value:
        return brief_values(value)
    content = compact(value) if isinstance(value, str | list) else ""
    return brief(content) if is_long(content) else value
