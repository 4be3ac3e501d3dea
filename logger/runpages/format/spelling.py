"""Parses numbers and times as spreadsheets and other languages write them, where they have one meaning.

It is asked for what the format itself does not have; what can mean two things is refused, with what to write instead.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from .layout import EARLIEST, LATEST

if TYPE_CHECKING:
    from .records import Value

LONGEST = 200
"""Characters of a number in a foreign spelling: what a hostile field costs is bounded."""

_WORDS: dict[str, Value] = {
    "+inf": math.inf, "∞": math.inf, "+∞": math.inf, "-∞": -math.inf, "na": math.nan, "n/a": math.nan, "<na>": math.nan,
    "null": None, "none": None, "nil": None, "undefined": None, "true": True, "false": False,
    # Truth as a German, French, Spanish, Italian and Dutch spreadsheet writes it, and as R and Fortran may.
    **dict.fromkeys(["wahr", "vrai", "verdadero", "vero", "waar", ".true."], True),
    **dict.fromkeys(["falsch", "faux", "falso", "onwaar", ".false."], False),
}  # fmt: skip

# What the C library of Windows prints, what glibc adds to a nan, and the errors of spreadsheets.
_INFINITE = re.compile(r"([+-]?)1\.#INF0*", re.IGNORECASE)
_NOT_A_NUMBER = re.compile(r"[+-]?1\.#(IND|QNAN|SNAN)0*|[+-]?nan(\(\w*\))?|#[^\W_]+(/[0A-Z])?[!?]?", re.IGNORECASE)
_FORTRAN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[dDqQ]([+-]?\d+)|([+-]\d{3}))")
_PERCENT = re.compile(r"(.*\d.*?)\s*%")
# A number that Python wrote together with its type.
_WRAPPED = re.compile(r"(?:np\.|numpy\.|torch\.|tf\.)?(?:tensor|array|Tensor|u?int\d+|float\d+)\(([^(),]+)(,.*)?\)")
_BLANKS = re.compile(r"(?<=\d)[ '’\u00a0\u202f\u2009](?=\d{3}(\D|$))")
_POINT = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:,\d{3}){2,})")
_COMMA = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d*|(?:\.\d{3}){2,})")
_DECIMAL = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")


def number(field: str, *, comma: bool = False) -> Value:
    """Read a number in a foreign spelling; ``comma`` says that those around it have decimal commas.

    Raises ValueError for what is not a number, and for one that may be either of two.
    """
    if len(field) > LONGEST:
        raise ValueError(f"{field[:40]!r} is not a number")
    text = _BLANKS.sub("", field.strip().replace("\u2212", "-"))
    word = text.lower()
    if word in _WORDS:
        return _WORDS[word]
    if (found := _INFINITE.fullmatch(text)) is not None:
        return -math.inf if found[1] == "-" else math.inf
    if _NOT_A_NUMBER.fullmatch(text):
        return math.nan
    if (found := _FORTRAN.fullmatch(text)) is not None:
        return float(f"{found[1]}e{found[2] or found[3]}")
    if (found := _PERCENT.fullmatch(text)) is not None:
        return float(f"{_plain(found[1], comma=comma)}e-2")
    if (found := _WRAPPED.fullmatch(text)) is not None:
        text = found[1]
    if text and not text.strip("*"):
        raise ValueError(
            f"{field[:40]!r} is a Fortran field that was too narrow for its number; use a wider one: ES24.16"
        )
    plain = _plain(text, comma=comma)
    try:
        return int(plain)
    except ValueError:
        return float(plain)


def _plain(text: str, *, comma: bool) -> str:
    """A number without groups of digits and with a decimal point; raises ValueError for what is none."""
    either = _EITHER.fullmatch(text)
    if either is not None and (comma if either[1] == "." else not comma):
        whole, part = text[:-4], text[-3:]
        raise ValueError(f"{text!r} can be {whole}{part} or {whole}.{part}; write it without groups, and with a point")
    if _POINT.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _DECIMAL.fullmatch(text):
        text = text.replace(",", ".")
    try:
        if "_" not in text and (math.isfinite(float(text)) or text.lower().strip("+-") in ("inf", "infinity", "nan")):
            return text
    except ValueError:
        pass
    raise ValueError(f"{text[:40]!r} is not a number")


# --- times -------------------------------------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)"
_ZONE = r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})"
# 2026/01/31 12:00:00 UTC, Sat Jan 31 12:00:00 UTC 2026, Sat, 31 Jan 2026 12:00:00 +0000 and 31-Jan-2026 12:00:00.
_YEAR_FIRST = re.compile(rf"(?P<y>\d{{4}})[/-](?P<m>\d{{1,2}})[/-](?P<d>\d{{1,2}})[ T]+{_CLOCK} ?(?P<z>{_ZONE})?")
_MONTH_FIRST = re.compile(
    rf"(?:\w{{3}} +)?(?P<m>[A-Za-z]{{3}}) +(?P<d>\d{{1,2}}) +{_CLOCK} +(?:(?P<z>{_ZONE}) +)?(?P<y>\d{{4}})"
)
_DAY_FIRST = re.compile(
    rf"(?:\w{{3}}, +)?(?P<d>\d{{1,2}})[ -](?P<m>[A-Za-z]{{3}})[ -](?P<y>\d{{4}}) +{_CLOCK} ?(?P<z>{_ZONE})?"
)
_DOTS = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}\b.*")
_SLASHES = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}\b.*")
_WRITE = "write it like 2026-01-31T12:00:00Z, or as seconds since 1970"

YEARS = (315_532_800.0, 4_102_444_800.0)
"""1980 to 2100: the ranges of these in seconds, milliseconds, microseconds and nanoseconds do not meet."""


def in_seconds(time: float) -> float | None:
    """A number that is too large for seconds since 1970 as seconds, if it is one of milli-, micro- or nanoseconds."""
    return next((time / unit for unit in (1e3, 1e6, 1e9) if YEARS[0] <= time / unit < YEARS[1]), None)


def moment(field: str) -> float:
    """Read a time in a foreign spelling, in seconds since the epoch; without a zone it is UTC.

    Raises ValueError for what is none, or may be one of several.
    """
    text = field.strip()
    for form in (_YEAR_FIRST, _MONTH_FIRST, _DAY_FIRST) if len(text) <= LONGEST else ():
        if (found := form.fullmatch(text)) is not None:
            return _moment(found, text)
    if _DOTS.fullmatch(text):
        raise ValueError(f"The time {text[:40]!r} is a local date without a time zone; {_WRITE}")
    if _SLASHES.fullmatch(text):
        raise ValueError(f"The time {text[:40]!r} has the day or the month first and no time zone; {_WRITE}")
    try:
        time = number(text)
    except ValueError:
        time = None
    if isinstance(time, bool) or not isinstance(time, (int, float)) or not math.isfinite(time):
        raise ValueError(f"The time {text[:40]!r} is not a time; {_WRITE}")
    found_time = float(time) if EARLIEST <= time < LATEST else in_seconds(time)
    if found_time is None:
        raise ValueError(f"The time {text[:40]!r} is outside the years 1 to 9999; {_WRITE}")
    return found_time


def _moment(match: re.Match[str], text: str) -> float:
    from datetime import datetime

    month = match["m"].lower()
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1 if month in _MONTHS else 0
    clock, zone = match["clock"], match["z"] or "Z"
    clock = f"0{clock}" if clock[1] == ":" else clock
    spelled = f"{match['y']}-{number:02d}-{int(match['d']):02d}T{clock}{'Z' if zone.isalpha() else zone}"
    try:
        return datetime.fromisoformat(spelled).timestamp()
    except ValueError:
        raise ValueError(f"The time {text[:40]!r} is not a time; {_WRITE}") from None
