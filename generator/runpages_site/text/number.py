"""Formats numbers, durations, times, sizes and counts for pages.

Every function takes a value and returns its text; that of a missing one is ``–``. Displayed texts have typographic
signs (``−``, ``–``); ``exact`` and ``iso`` are for copying and for machines, in ASCII.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Number = float | int | bool

MISSING = "–"
MINUS = "−"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PREFIXES = "kMGTPE"

_MOST_DECIMALS = 6
_SAMPLE = 1_000
_SEPARATED = 10_000
"""Smallest number with thousands separators."""
_WITHOUT_SEPARATORS = re.compile(r"(?:.*[^a-z])?(?:id|step|epoch|year)", re.DOTALL)
"""Names of columns whose integers are labels, not quantities, in lower case."""
# Most digits of an integer in full; longer ones do not fit a column.
_WHOLE_BITS = 60


def short(x: Number | None) -> str:
    """Format a single value with about four significant digits, and without zeros that were not logged.

    Four from 0.1 up, three below, the whole part always in full; from 1e7 up and below 1e-4 as ``1.3e8`` and
    ``2.1e−5``. Integers are whole. A value that fits is shown as it was logged: ``1.5``.
    """
    if x is None:
        return MISSING
    if isinstance(x, int):
        return integer(x)
    size = abs(x)
    if not 1e-4 <= size < 1e7:
        return _scientific(x)
    if size >= 999.95:
        text = f"{x:,.0f}" if size >= 9_999.5 else f"{x:.0f}"
    else:
        text = f"{x:#.4g}" if size >= 0.1 else f"{x:#.3g}"
        if float(text) == x:
            text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def step(x: Number) -> str:
    """Format a step or an epoch like a single value, but without thousands separators."""
    return short(int(x) if x == int(x) else x).replace(",", "")


def column(values: Iterable[Number | None]) -> int:
    """Choose the number of decimals for a column: its median has four significant digits, at most six decimals.

    Never more than the value with most decimals has: integers alone need none. Missing, zero and non-finite values are
    ignored.
    """
    present = [x for x in values if x is not None]
    if all(isinstance(x, int) for x in present):
        return 0
    sizes = _sizes(present[:: len(present) // _SAMPLE + 1]) or _sizes(present)
    if not sizes:
        return 0
    exponent = int(_mantissa_exponent(sizes[(len(sizes) - 1) // 2])[1])
    decimals = min(max(3 - exponent, 0), _MOST_DECIMALS)
    while decimals and all(isinstance(x, int) or round(x, decimals - 1) == x or not math.isfinite(x) for x in present):
        decimals -= 1
    return decimals


def _sizes(values: Iterable[Number]) -> list[Number]:
    return sorted(abs(x) for x in values if 0 < abs(x) < math.inf)


def has_separators(name: str) -> bool:
    """Whether integers in a column of this name have thousands separators: not those of ids, steps, epochs, years."""
    return not _WITHOUT_SEPARATORS.fullmatch(name.lower())


def fixed(x: Number | None, decimals: int) -> str:
    """Format a value of a table column with the decimals from ``column``.

    Values that those decimals cannot show are scientific, as in ``short``; integers stay in full, also where the
    column has no decimals.
    """
    if x is None:
        return MISSING
    if isinstance(x, int) and (decimals == 0 or abs(x) >= 1e7 or isinstance(x, bool)):
        return integer(x)
    size = abs(x)
    if size >= 1e7 or 0 < size < 1e-4 or size != size:
        return _scientific(x)
    text = f"{size:,.{decimals}f}"
    if text.find(",") == 1 and size < _SEPARATED:
        text = text.replace(",", "")
    # A small negative number that rounds to zero must not read as minus zero.
    return MINUS + text if x < 0 and text.strip("0.") else text


def cell(x: Number | None, decimals: int) -> str:
    """Format a value of a logged table like ``fixed``, with more decimals if rounding would change it by over 1 %.

    Columns may mix magnitudes: 0.4 beside 20,000 must not show as 0.
    """
    size = abs(x) if isinstance(x, float) and x - x == 0 else 0.0
    while decimals < _MOST_DECIMALS and abs(round(size, decimals) - size) > size / 100:
        decimals += 1
    return fixed(x, decimals)


def exact(x: Number | None) -> str:
    """Format a value in ASCII with all digits, as in files: parsing the text returns the value."""
    if x is None:
        return "null"
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, int) and x.bit_length() > 10_000:
        return hex(x)  # Python refuses to write so many digits in decimal
    return repr(x)


def integer(n: int) -> str:
    """Format an integer, with thousands separators from 10,000."""
    if isinstance(n, bool):
        return exact(n)
    if n.bit_length() > _WHOLE_BITS:
        return _scientific(n)
    text = f"{n:,}" if abs(n) >= _SEPARATED else str(n)
    return MINUS + text[1:] if n < 0 else text


def plural(n: int, singular: str, many: str = "") -> str:
    """Count things: ``1 run``, ``29 runs``, ``No runs``. ``many`` is for words that take more than an s."""
    word = singular if n == 1 else many or f"{singular}s"
    return f"{integer(n)} {word}" if n else f"No {word}"


def size(count: int) -> str:
    """Format a number of bytes in units of 1,000: ``512 B``, ``38.9 kB``, ``1.2 MB``."""
    if count < 1_000:
        return f"{count} B"
    value, power = count / 1_000, 0
    while value >= 999.95 and power < len(_PREFIXES) - 1:
        value, power = value / 1_000, power + 1
    return f"{value:,.1f} {_PREFIXES[power]}B"


def duration(seconds: float | None) -> str:
    """Format a duration in seconds: ``8 ms``, ``0.90 s``, ``12.4 s``, ``3:07``, ``2:41:09``, ``3 d 4 h``.

    A negative one, from a clock set back, keeps its sign.
    """
    if seconds is None:
        return MISSING
    if not math.isfinite(seconds):
        return _scientific(seconds)
    if seconds < 0:
        return MINUS + duration(-seconds)
    if seconds < 59.95:
        return _seconds(seconds)
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours >= 24:
        days, hour = divmod(round(seconds / 3_600), 24)
        return f"{integer(days)} d {hour} h"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def moment(epoch: float | None) -> str:
    """Format a time for people: ``22 Nov 2026, 10:04:12 UTC``; ``–`` if out of range."""
    at = _utc(epoch)
    return f"{_date(at)}, {at.hour:02}:{at.minute:02}:{at.second:02} UTC" if at else MISSING


def day(epoch: float | None) -> str:
    """Format the UTC date of a time: ``22 Nov 2026``; ``–`` if out of range."""
    at = _utc(epoch)
    return _date(at) if at else MISSING


def iso(epoch: float | None) -> str:
    """Format a time for machines: ``2026-11-22T10:04:12.345Z``; empty for None."""
    at = _utc(epoch)
    return f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z" if at else ""


def _scientific(x: float) -> str:
    if x == 0:
        return "0"
    if x != x:
        return "nan"
    mantissa, exponent = _mantissa_exponent(x)
    if mantissa.endswith("inf"):
        return mantissa.replace("-", MINUS)
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS)


def _mantissa_exponent(x: float) -> tuple[str, str]:
    """Four significant digits and the power of ten, both as text; an integer may be larger than any float."""
    try:
        mantissa, _, exponent = f"{x:.3e}".partition("e")
    except OverflowError:
        power = math.log10(abs(x))
        exponent = str(math.floor(power))
        mantissa = f"{math.copysign(10 ** (power % 1), 1 if x > 0 else -1):.3f}"
    return mantissa, exponent


def _seconds(seconds: float) -> str:
    if seconds >= 9.995:
        return f"{seconds:.1f} s"
    if seconds >= 0.009_95 or seconds == 0:
        return f"{seconds:.2f} s" if seconds else "0 s"
    if seconds >= 0.000_95:
        return f"{seconds * 1_000:.0f} ms"
    return f"{seconds * 1_000:.3f}".rstrip("0").rstrip(".") + " ms"


@lru_cache(16)  # A page spells a time in several ways.
def _utc(epoch: float | None) -> datetime | None:
    """The time to the millisecond: times are stored so, and the nearest double may lie just below."""
    if epoch is None or not math.isfinite(epoch):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=round(epoch * 1_000))
    except OverflowError:
        return None


def _date(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
