"""Values of any library become plain ones, by what they can do."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from runpages import Run, UserError

SCALARS = sorted(
    {kind for kind in np.sctypeDict.values() if issubclass(kind, np.number)}, key=lambda kind: kind.__name__
)
# To numpy a length of time is an integer.
WHOLE = [kind for kind in SCALARS if issubclass(kind, np.integer) and kind.__name__ != "timedelta64"]
FLOATS = [kind for kind in SCALARS if issubclass(kind, np.floating)]


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    BEST = "best"


class Loud(str):
    def __str__(self) -> str:
        return "LOUD"

    __repr__ = __str__


class Odd(float):
    def __repr__(self) -> str:
        return "odd"


class Tensor:
    """What a tensor of another library looks like."""

    def __init__(self, values: Any) -> None:
        self.array = np.asarray(values)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def ndim(self) -> int:
        return self.array.ndim

    def detach(self) -> Tensor:
        return self

    def item(self) -> Any:
        return self.array.item()

    def tolist(self) -> Any:
        return self.array.tolist()

    def __float__(self) -> float:
        return float(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        return iter([Tensor(value) for value in self.array])


def logged(run: Run, value: Any) -> Any:
    """The value as it comes back from a log, a list, a row and a table, which all take the same."""
    run.log("scalar", value)
    run.log_list("list", [value])
    run.log_row("row", cell=value)
    run.log_table("table", {"cell": [value]})
    found = run.get_metrics()
    cells = [found["scalar"], found["list"], found["row"]["cell"], found["table"]["cell"]]
    assert all(type(cell) is type(cells[0]) and repr(cell) == repr(cells[0]) for cell in cells)
    return cells[0]


def test_the_list_of_scalar_types_is_whole() -> None:
    names = {kind.__name__ for kind in SCALARS}
    assert names >= {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
    assert names >= {"float16", "float32", "float64", "longdouble"}


@pytest.mark.parametrize("kind", WHOLE)
def test_numpy_integers_stay_whole_over_their_range(run: Run, kind: type[np.integer[Any]]) -> None:
    limits = np.iinfo(kind)
    for number in (int(limits.min), int(limits.max), 7):
        value = logged(run, kind(number))
        run = run if value == 7 else _anew(run)
        assert (value, type(value)) == (number, int)


def _anew(run: Run) -> Run:
    from runpages import start

    run.complete()
    return start("e", root=run.experiment.workspace.root, capture=False)


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("number", [0.1, math.nan, math.inf, -math.inf])
def test_numpy_floats_are_floats(run: Run, kind: type[np.floating[Any]], number: float) -> None:
    value = logged(run, kind(number))
    assert type(value) is float
    assert repr(value) == repr(float(kind(number)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.bool_(True), True),
        (np.bool_(False), False),
        (np.str_("word"), "word"),
        (np.array(3), 3),
        (np.array(0.5, np.float32), 0.5),
        (np.array(True), True),
        (np.array("word"), "word"),
        (Tensor(0.25), 0.25),
        (Tensor(4), 4),
        (Tensor(True), True),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (True, True),
        (False, False),
        (None, None),
        *((pd.NA, None), (pd.NaT, None), (np.ma.masked, None), (np.ma.array(1.0, mask=True), None)),
        (np.ma.array(1.0, mask=False), 1.0),
        (10**400, 10**400),
        (-(10**400), -(10**400)),
        (Level.HIGH, 3),
        (Word.BEST, "best"),
        (Loud("quiet"), "quiet"),
        (Odd(0.5), 0.5),
        ("", ""),
        ("nan", "nan"),
        ("1", "1"),
        ("\ud800", "\ud800"),
    ],
)
def test_a_value_comes_back_as_the_plain_one(run: Run, given: Any, expected: Any) -> None:
    value = logged(run, given)
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2])
def test_floats_come_back_to_the_bit(run: Run, number: float) -> None:
    assert repr(logged(run, number)) == repr(number)


class Color(Enum):
    RED = 1


# What a table has a spelling for; a curve of them would mean something else, or nothing.
CELLS = [
    *(1j, np.complex64(1), np.clongdouble(1), np.datetime64("2026-01-01"), np.datetime64("2026-01-01", "ns")),
    *(np.timedelta64(1, "s"), np.timedelta64(1, "ns"), np.bytes_(b"x"), b"x", Color.RED, np.void(b"x")),
]


@pytest.mark.parametrize("value", CELLS)
def test_what_is_a_cell_and_no_datum_is_refused_by_the_call(run: Run, value: Any) -> None:
    with pytest.raises(UserError, match=r"'m'.*cannot be logged by log\(\)"):
        run.log("m", value)
    with pytest.raises(UserError, match=r"'m'.*cannot be logged by log_list\(\)"):
        run.log_list("m", [value])
    run.log_row("m", cell=value)
    assert list(run.get_metrics()["m"]) == ["cell"]


@pytest.mark.parametrize(
    "value",
    [
        *(object(), len, int, Fraction(10**400), Decimal("sNaN")),
        pytest.param(10**5000, id="more digits than Python prints"),
    ],
)
def test_what_is_no_datum_is_refused_everywhere(run: Run, value: Any) -> None:
    calls: tuple[Callable[[], None], ...] = (
        lambda: run.log("m", value),
        lambda: run.log_list("m", [value]),
        lambda: run.log_row("m", cell=value),
        lambda: run.log_table("m", {"cell": [value]}),
    )
    for call in calls:
        with pytest.raises(UserError, match="'m'"):
            call()
    assert run.get_metrics() == {}


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        (1, 2, 3),
        range(1, 4),
        {1: "a", 2: "b", 3: "c"}.keys(),
        deque([1, 2, 3]),
        np.array([1, 2, 3]),
        np.array([1, 2, 3], np.uint8),
        np.array([1, 2, 3], object),
        Tensor([1, 2, 3]),
        map(int, "123"),
        (n for n in (1, 2, 3)),
    ],
    ids=lambda values: type(values).__name__,
)
def test_lists_and_columns_may_be_any_iterable(start: Any, values: Any) -> None:
    first = list(values)
    run = start()
    run.log_list("l", first if isinstance(values, Iterator) else values)
    run.log_table("t", {"c": first if isinstance(values, Iterator) else values})
    found = run.get_metrics()
    assert found == {"l": [1, 2, 3], "t": {"c": [1, 2, 3]}}
    assert {type(item) for item in (*found["l"], *found["t"]["c"])} == {int}


@pytest.mark.parametrize("values", [pd.array([1, None]), pa.array([1, None]), np.ma.array([1, 2], mask=[False, True])])
def test_what_is_missing_in_a_list_or_a_column_is_none(run: Run, values: Any) -> None:
    run.log_list("l", values)
    run.log_table("t", {"c": values})
    assert run.get_metrics() == {"l": [1, None], "t": {"c": [1, None]}}


def test_bytes_are_refused_with_what_to_give(run: Run) -> None:
    with pytest.raises(UserError, match=r"give its text from decode\(\)"):
        run.log("m", b"word")


class Once:
    """An iterable that counts how often it is gone through."""

    def __init__(self) -> None:
        self.times = 0

    def __iter__(self) -> Iterator[int]:
        self.times += 1
        return iter([1, 2])


def test_an_iterable_is_gone_through_once(run: Run) -> None:
    once = Once()
    run.log_list("l", once)
    run.log_table("t", {"c": (n for n in once)})
    assert once.times == 2
    assert run.get_metrics() == {"l": [1, 2], "t": {"c": [1, 2]}}


def test_an_array_of_times_does_not_turn_into_numbers(run: Run) -> None:
    moments = np.array(["2026-01-01"], "datetime64[ns]")
    with pytest.raises(UserError, match="datetime64"):
        run.log_list("l", moments)


@pytest.mark.parametrize("step", [0, -3, 2.5, np.int64(7), np.float32(0.5), Level.HIGH, Decimal("0.5"), 10**300])
def test_a_step_is_any_finite_number(run: Run, step: Any) -> None:
    from tests.logger.conftest import read

    run.log("x", 1, step=step)
    (found,) = read(run.folder).series["x"].steps
    assert found == step


@pytest.mark.parametrize("moment", [np.int64(1000), np.float64(1000), Decimal(1000)])
def test_a_timestamp_is_any_finite_number(run: Run, moment: Any) -> None:
    from tests.logger.conftest import read

    run.log("x", 1, timestamp=moment)
    assert read(run.folder).series["x"].times == [1000.0]
