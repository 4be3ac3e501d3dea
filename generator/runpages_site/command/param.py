"""Parameters on the command line: which texts are numbers."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from .refusal import Refusal

# What has leading zeros, a plus sign or more digits is an id, and what ends in a zero after the point is a version.
# With an exponent there is one digit before the point: 12345e6 is the beginning of a commit.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]*[1-9]|(?:0|[1-9][0-9]*)\.0?)")
_EXPONENT = re.compile(r"-?(?:[0-9]\.?|[0-9]?\.[0-9]+)[eE][+-]?[0-9]{1,3}")
_JSON = ("[", "{", '"')


def param_of(given: str) -> tuple[str, Any]:
    """The key and the value of a parameter that is given as KEY=VALUE; raises Refusal where it is not.

    A value is a number where that says all that was written, what it says where it is a list, an object or a quoted
    text of JSON, and else the text itself.
    """
    key, found, value = given.partition("=")
    if not found or not key:
        raise Refusal(f"-p takes KEY=VALUE, and this is {given!r}")
    return key, _value(value)


def _value(text: str) -> Any:
    if text.startswith(_JSON):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    if _WHOLE.fullmatch(text) and text != "-0":
        return int(text)
    if _DECIMAL.fullmatch(text) or _EXPONENT.fullmatch(text):
        number = float(text)
        return number if Decimal(repr(number)) == Decimal(text) else text
    return text
