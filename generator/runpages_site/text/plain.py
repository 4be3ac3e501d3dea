"""Plain text of strangers with its control characters in sight, and single values spelled as they were logged."""

from __future__ import annotations

import json
import math
import re

# C0 without tab and line feed, DEL, C1, line separators, bidi controls, interlinear marks and lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """``text`` with each control, bidi control and lone surrogate as an escape such as ``\\x1b`` or ``\\u202e``."""
    # Nothing hidden is printable, and most texts are: to ask that costs a third of a search.
    return text if text.isprintable() or _HIDDEN.search(text) is None else _HIDDEN.sub(_escaped, text)


def html(text: str, *, hidden: bool = True) -> str:
    """``text`` as HTML: escaped, with what has no glyph or turns the text that follows in sight.

    What MarkupSafe's ``escape`` gives, without the object around it, which costs more than the escaping. ``hidden`` is
    false for a text of which it is known that it has nothing hidden.
    """
    text = (visible(text) if hidden else text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def compact(value: object) -> str:
    """A parameter or a table cell as one text, spelled as it was logged."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else repr(value).replace("-", "−")
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return "…"
