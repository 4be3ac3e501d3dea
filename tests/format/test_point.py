"""A point and its line: whatever goes in comes back, and a line is always one point."""

from __future__ import annotations

import csv
import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format.csv_line import number_field, number_of, split, text_field, text_of
from runpages.format.layout import METRICS_HEADER
from runpages.format.records import Value
from runpages.format.stream import parse
from tests.format.strategy import NASTY, any_text, names, numbers, same, steps, times

HEADER = METRICS_HEADER + "\n"

data = numbers | any_text
points = st.tuples(names, steps, times, data)
Point = tuple[str, float, float | None, Value]


def line_of(name: str, step: float, time: float | None, datum: Value) -> str:
    value, text = ("", text_field(datum)) if isinstance(datum, str) else (number_field(datum), "")
    moment = "" if time is None else f"{time:.3f}"
    return f"{text_field(name)},{number_field(step)},{moment},{value},{text}\n"


def read_back(body: str) -> dict[str, list[tuple[float, float | None, Value]]]:
    found = parse((HEADER + body).encode(), "metrics.csv")
    assert found.problems == []
    return {name: list(zip(*series, strict=True)) for name, series in found.series.items()}


@given(points)
@example(("loss", 0, None, ""))
@example(("\ufeff", 10**300, 0.0, -(10**4000)))
@example(('"', 1e308, 1e10, '"torn'))
def test_a_point_comes_back(point: Point) -> None:
    name, step, time, datum = point
    [(read_name, [(read_step, read_time, read_datum)])] = read_back(line_of(*point)).items()
    assert read_name == name
    assert same(read_step, step)
    assert read_time == time
    assert same(read_datum, datum)


@given(st.lists(points, max_size=8))
def test_points_come_back_in_their_order(written: list[Point]) -> None:
    expected: dict[str, list[tuple[float, float | None, Value]]] = {}
    for name, step, time, datum in written:
        expected.setdefault(name, []).append((step, time, datum))
    found = read_back("".join(line_of(*point) for point in written))
    assert list(found) == list(expected)
    assert all(same(found[name], expected[name]) for name in expected)


@given(points)
def test_a_line_is_one_line_for_every_reader(point: Point) -> None:
    line = line_of(*point)
    assert len(line.splitlines()) == 1
    assert line.isascii() or len(line.encode().decode("utf-8").splitlines()) == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", line)


@given(points)
def test_the_csv_module_reads_the_same_fields(point: Point) -> None:
    line = line_of(*point)
    assert list(csv.reader([line], strict=True)) == [split(line.removesuffix("\n"))]


@given(any_text)
def test_a_text_comes_back_from_its_field(text: str) -> None:
    [field] = split(text_field(text))
    assert text_of(field) == text


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_text_comes_back(text: str) -> None:
    [(_, [(_, _, datum)])] = read_back(line_of("note", 0, None, text)).items()
    assert datum == text


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("loss", "loss"),
        ("", ""),
        ("a b", "a b"),
        ("é\u00a0\u200b", "é\u00a0\u200b"),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ('"x"', '"""\\""x\\"""""'),
        ("a\nb", '"""a\\nb"""'),
        ("\x1b", '"""\\u001b"""'),
        ("\x85\u2028\ufeff\ud800", '"""\\u0085\\u2028\\ufeff\\ud800"""'),
        ("a\\nb", "a\\nb"),
    ],
)
def test_fields_never_change(text: str, field: str) -> None:
    assert text_field(text) == field


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (0, "0"),
        (-7, "-7"),
        (2**64, "18446744073709551616"),
        (0.1, "0.1"),
        (1.0, "1.0"),
        (1e22, "1e+22"),
        (-0.0, "-0.0"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
    ],
)
def test_numbers_never_change(value: float | bool | None, field: str) -> None:
    assert number_field(value) == field
    assert same(number_of(field), value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("NaN", math.nan), ("NAN", math.nan), ("NA", math.nan), ("-nan", math.nan), ("nan ", math.nan),
        ("Inf", math.inf), ("+inf", math.inf), ("Infinity", math.inf), ("-Infinity", -math.inf), ("-Inf", -math.inf),
        ("True", True), ("FALSE", False), (" true", True), ("None", None), ("NULL", None),
        ("+5", 5), (" 5 ", 5), ("007", 7), ("5.", 5.0), (".5", 0.5), ("1E3", 1000.0), ("1e999", math.inf),
    ],
)  # fmt: skip
def test_spellings_of_other_writers_are_understood(field: str, value: Value) -> None:
    assert same(number_of(field), value)


@pytest.mark.parametrize(
    "field",
    ["", " ", "abc", "0x10", "1_000", "1_0.5", "1,2,3", "--1", "1e", "nano", "9" * 5000, "-" + "9" * 5000, "\udc80"],
)
def test_what_is_no_number_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number_of(field)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("", [""]),
        ("a,b", ["a", "b"]),
        ("a,", ["a", ""]),
        (",", ["", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a""b"', ['a"b']),
        ('"",x', ["", "x"]),
        ('x,""', ["x", ""]),
        ('x,"",', ["x", "", ""]),
        ('a"b,c', ['a"b', "c"]),
    ],
)
def test_lines_are_split_as_csv(line: str, fields: list[str]) -> None:
    assert split(line) == fields


@pytest.mark.parametrize("line", ['"a', 'x,"a,b', '"', 'x,"', '"a""', '"a"b', '"a" ,b'])
def test_a_broken_quote_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="quote"):
        split(line)


@pytest.mark.parametrize("field", ['"', '"a', '"a"b', '"\\x"', '"a\nb"'])
def test_a_broken_literal_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="column"):
        text_of(field)
