"""What a person did wrong in a JSON document, by the place at which the parser stops."""

from __future__ import annotations

from typing import Any

_AT = {
    "'": "single quotes, where JSON has double ones",
    **dict.fromkeys("“”„«»‘’", "typographic quotes, where JSON has straight ones"),
    **dict.fromkeys("#/", "a comment, which JSON does not have"),
}
_WORDS = ("True", "False", "None")


def mistake(error: ValueError) -> str:
    """Column and kind of the first mistake, for a message that has file and line; else the text of the error."""
    if isinstance(error, UnicodeError):
        return "it is not UTF-8"
    return _mistake(error) if hasattr(error, "colno") else str(error)  # Loading json takes time.


def _mistake(error: Any) -> str:
    rest, before = error.doc[error.pos :], error.doc[: error.pos].rstrip()
    why = _AT.get(rest[:1], error.msg)
    if (rest[:1] in ("}", "]") and before.endswith(",")) or "trailing comma" in error.msg:
        why = "a comma before the closing bracket, where JSON has none"
    elif rest.startswith(_WORDS):
        word = next(word for word in _WORDS if rest.startswith(word))
        why = f"{word}, as Python writes it; JSON has true, false and null"
    elif rest[:1].isalpha() and "property name" in error.msg:
        why = "a key without quotes, where JSON has double ones"
    return f"column {error.colno}: {why}"
