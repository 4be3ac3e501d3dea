from __future__ import annotations

import math
import struct

from hypothesis import given
from hypothesis import strategies as st

from runpages_site.read.sources.event_run import shortest


def bits(value: float) -> bytes:
    return struct.pack("<f", value)


@given(st.lists(st.floats(width=32), max_size=20))
def test_numbers_stay_what_they_are(values: list[float]) -> None:
    found = shortest(values)
    assert [one if one != one else bits(one) for one in found if one == one] == [
        bits(one) for one in values if one == one
    ]
    assert list(map(math.isnan, found)) == list(map(math.isnan, values))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False).filter(lambda one: abs(one) > 1e-37))
def test_there_is_no_shorter_spelling(value: float) -> None:
    digits = next(digits for digits in range(1, 10) if bits(float(f"{value:.{digits - 1}e}")) == bits(value))
    (found,) = shortest([value])
    assert float(f"{found:.{digits - 1}e}") == found


def test_usual_numbers() -> None:
    written = [0.001, 0.1, 0.3, 1e-9, 12.3, 16777216.0, 3.4028235e38, -0.5, 0.0, 123456.78]
    assert shortest([struct.unpack("<f", bits(one))[0] for one in written]) == written
