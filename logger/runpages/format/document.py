"""Writes and reads JSON documents and JSON lines: any value in, valid JSON out, the same value back.

JSON has no number for nan and the infinities: they are spelled ``{"float": "nan"}``. A dictionary of exactly that
form therefore reads back as the number.
"""

from __future__ import annotations

import math

from .layout import EARLIEST, LATEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

_quote: Callable[[str], str] | None
try:
    from _json import encode_basestring as _quote  # What json itself uses.
except ImportError:
    _quote = None

DEEPEST = 100
"""How many levels of lists and objects a document may have; every JSON tool reads that many."""

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(document: Mapping[str, Any]) -> bytes:
    """Spell a document for people to read: indented, UTF-8, with a line feed at the end.

    Raises ValueError for what is nested too deeply or holds itself, TypeError for what JSON does not have.
    """
    try:
        text = _spelled(document, "\n")
        _check_depth(document, text)
    except (_Unusual, RecursionError):
        text = _dumps(document, indent=1)
    return (text + "\n").encode("utf-8", "backslashreplace")


class _Unusual(Exception):
    """A value that is left to the json module."""


def _spelled(value: Any, feed: str) -> str:
    """Spell what documents usually hold as ``json.dumps`` with an indent of 1 does.

    The json module takes longer to load than a whole run to start: it loads ``re``, and this function does not.
    """
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is dict:
        inner = feed + " "
        pairs = [f"{_key(key)}: {_spelled(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(pairs)}{feed}}}" if pairs else "{}"
    if kind is list:
        inner = feed + " "
        items = [_spelled(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{feed}]" if items else "[]"
    if value is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if kind is int or (kind is float and math.isfinite(value)):
        return repr(value)
    raise _Unusual


def _key(key: Any) -> str:
    if type(key) is str:
        return _quoted(key)
    raise _Unusual


def _quoted(text: str) -> str:
    if _quote is None:
        raise _Unusual
    return _printable(_quote(text))


def encode_line(record: Any) -> bytes:
    """Spell one record as one line of a ``.jsonl`` file; raises what ``encode`` raises."""
    text = _dumps(record, separators=(",", ":"))
    # These end a line for some readers, though not for JSON.
    text = text.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return (text + "\n").encode("utf-8", "backslashreplace")


def decode(data: bytes) -> Any:
    """Read what ``encode`` or ``encode_line`` wrote; raises ValueError where the bytes are no JSON."""
    import json

    text = as_utf8(data).decode("utf-8-sig")
    try:
        value = json.loads(text, object_hook=_float_of, parse_constant=_SPECIAL_CONSTANT.get)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(value, text)
    return value


def as_utf8(data: bytes) -> bytes:
    """The same text in UTF-8, of what editors and shells of Windows write in UTF-16; all else as it is."""
    if data[:1] not in (b"\xff", b"\xfe") and b"\0" not in data[:4]:
        return data
    import json

    try:
        return data.decode(json.detect_encoding(data[:4])).encode()
    except UnicodeError:
        return data


def seconds(value: object) -> float | None:
    """Read a time of a document: ISO 8601 (a missing zone is UTC), or seconds since the epoch, in years with
    four digits, or as others spell them; else None."""
    number = finite(value)
    if number is not None:
        return float(number) if EARLIEST <= number < LATEST else _foreign(repr(number))
    if not isinstance(value, str):
        return None
    from calendar import timegm
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(value.strip())
        whole = timegm((moment if moment.tzinfo is None else moment.astimezone(UTC)).timetuple())
    except OverflowError:  # A zone may lead out of the years that Python has.
        return None
    except ValueError:
        return _foreign(value)
    return whole + moment.microsecond / 1e6


def _foreign(text: str) -> float | None:
    from .spelling import moment

    try:
        return moment(text)
    except ValueError:
        return None


def finite(value: object) -> float | int | None:
    """The value if it is a number that a float can hold; else None."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # A whole number of over 308 digits.
        return None


# Other writers spell them so, though JSON does not have them.
_SPECIAL_CONSTANT = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


_TOO_DEEP = f"it is nested more than {DEEPEST} levels deep"


def _dumps(value: Any, **how: Any) -> str:
    import json

    try:
        try:
            # Almost no record holds nan or infinity, and looking first would cost more than trying.
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, **how)
        except ValueError:
            text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, **how)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(value, text)
    return _printable(text)


def _check_depth(value: Any, text: str) -> None:
    """Raise ValueError for a value of too many levels; only where its text has as many brackets is it looked into."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _items(outer) if isinstance(inner, (dict, list, tuple))]
    if level:
        raise ValueError(_TOO_DEEP)


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def _printable(text: str) -> str:
    # A lone surrogate has no UTF-8 form; as an escape it comes back.
    if text.isascii():
        return text
    return "".join(f"\\u{ord(char):04x}" if "\ud800" <= char <= "\udfff" else char for char in text)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(float(value))}
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _float_of(mapping: dict[str, Any]) -> Any:
    if len(mapping) == 1 and "float" in mapping:
        word = mapping["float"]
        if isinstance(word, str) and word in _SPECIAL:
            return _SPECIAL[word]
    return mapping


def mapping(value: object) -> dict[str, Any]:
    """The value as a dictionary with text keys; empty where it is none."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """The value as a text that says something; else None."""
    return value if isinstance(value, str) and value else None


def integer(value: object) -> int | None:
    """The value as a whole number; else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


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
