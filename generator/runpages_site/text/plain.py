"""Plain text of strangers with its control characters in sight, and single values spelled as they were logged."""

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
# What of it is ASCII, as bytes.
_CONTROLS = bytes([*range(9), *range(11, 32), 127])

# Made once: that takes longer than to encode a parameter.
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def visible(text: str) -> str:
    """``text`` with each control, bidi control and lone surrogate as an escape such as ``\\x1b`` or ``\\u202e``."""
    # Nothing hidden is printable, and most texts are: to ask that costs a third of a search.
    return text if text.isprintable() or not hides(text) else _HIDDEN.sub(_spelled, text)


def hides(text: str) -> bool:
    """Whether ``visible`` changes a text."""
    if text.isascii():  # as a whole log is, which is read five times as fast without an expression
        return len(text.encode().translate(None, _CONTROLS)) < len(text)
    return _HIDDEN.search(text) is not None


def html(text: str) -> str:
    """``text`` as HTML: escaped, with what has no glyph or turns the text that follows in sight."""
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
    """A parameter or a table cell as one text, spelled as it was logged."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else repr(value).replace("-", "−")
    try:
        return repr(value) if type(value) is int else _encode(value)
    except (RecursionError, ValueError):
        return "…"


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
    return {brief(str(name)): _brief_value(value) for name, value in values.items()}


def _brief_value(value: object) -> object:
    if isinstance(value, Mapping) and value:
        return brief_values(value)
    said = compact(value) if isinstance(value, str | list) else ""
    return brief(said) if is_long(said) else value
