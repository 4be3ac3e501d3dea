"""The fast way through a metrics file gives what the slow one gives, also where it must not be taken."""

from __future__ import annotations

import sys
from io import BytesIO
from unittest.mock import patch

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format import csv_columns, stream
from runpages.format.csv_line import text_field
from runpages.format.csv_rows import together
from runpages.format.stream import Points, parse
from tests.examples import examples
from tests.format.strategy import same

HEADER = "name,step,time,value,text"
HUGE = "9" * 400


def both(text: str) -> tuple[Points, Points]:
    """The points of a file, and those that reading line by line gives."""
    found = parse(text.encode(), "metrics.csv")
    with patch.object(csv_columns, "by_column", lambda *_: None):
        return found, parse(text.encode(), "metrics.csv")


@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("field", ["1_0", "1_0.5"])
def test_a_number_with_an_underscore_is_none_in_any_column(column: int, field: str) -> None:
    line = ["loss", "0", "1.5", "0.5", ""]
    line[column] = field
    found, careful = both(f"{HEADER}\n{','.join(line)}\n")
    assert found == careful
    assert found.series == {}
    assert len(found.problems) == 1


def test_a_line_that_ends_early_is_damage_also_where_the_next_has_its_comma() -> None:
    found, careful = both(f"{HEADER}\nm,0,0.5,0.5\n,\nm0,0,0.5,0.5,\nm,1,1.5,0.5,\nm0,1,1.5,0.5,\n")
    assert found == careful
    assert [problem.line for problem in found.problems] == [2, 3]


@pytest.mark.parametrize("steps", [("0", HUGE), (HUGE, "0"), ("0", f"-{HUGE}"), (f"-{HUGE}", "0")])
def test_a_step_that_no_float_holds_is_none_among_others(steps: tuple[str, str]) -> None:
    found, careful = both(f"{HEADER}\n" + "".join(f"loss,{step},1.5,0.5,\n" for step in steps))
    assert found == careful
    assert found.series == {"loss": ([0], [1.5], [0.5])}


@pytest.mark.parametrize(
    "order",
    [
        ("step", "name", "value", "text"), ("step", "value", "name", "text"), ("text", "name", "value"),
        ("value", "name"), ("text", "value", "step", "name"),
    ],
)  # fmt: skip
@given(data=st.data())
def test_the_name_may_be_in_any_column(order: tuple[str, ...], data: st.DataObject) -> None:
    fields = {
        "name": st.sampled_from(["a", "b"]),
        "step": st.sampled_from(["0", "0", "1"]),
        "value": st.sampled_from(["0.5", "1.5"]),
        "text": st.just(""),
    }
    lines = data.draw(st.lists(st.tuples(*(fields[column] for column in order)), min_size=1, max_size=8))
    found, careful = both("\n".join([",".join(order), *map(",".join, lines), ""]))
    assert same(tuple(found), tuple(careful))
    assert list(found.series) == list(dict.fromkeys(line[order.index("name")] for line in lines))


@settings(max_examples=examples(0.2))
@given(
    names=st.integers(1, 4), rows=st.integers(1, 24), first=st.integers(0, 3), odd=st.integers(0, 24),
    field=st.sampled_from(["7", "x", "1.5,", "\n", ""]), text=st.booleans(),
)  # fmt: skip
def test_metrics_logged_together_are_read_like_others(
    names: int, rows: int, first: int, odd: int, field: str, *, text: bool
) -> None:
    end = "," if text else ""
    lines = [f"m{at % names},{at // names},{at // names}.5,0.5{end}" for at in range(first, first + rows)]
    if odd < rows:
        lines[odd] = f"m{odd % names},{field},{odd}.5,0.5{end}"
    found, careful = both("\n".join([HEADER if text else HEADER.removesuffix(",text"), *lines, ""]))
    assert same(tuple(found), tuple(careful))


# What a group shares may stand in its names and values as well, and JSON has fewer numbers than Python.
_ODD = (
    "7", "x", "+0.5", "5.", ".5", "1.0e999", "-0.0", " 0.5", "0.5 ", "1_0.5", "[0.5", "0.5]", "nan", "0,0.5", "0.5,0.5",
    "0,0,0.5", "", "0.5\n", "\n", "0.5,", "0.5,x", "null", "-0", "1e5", "1e-05", "18446744073709551616", "9" * 400,
    "true", "[0.5]", "[]", "{}", "NaN", "-Infinity", "0x1", "01.5", "1.5e3", "\t0.5", "9223372036854775808",
)  # fmt: skip


@pytest.mark.parametrize("quick", [orjson, None])
@settings(max_examples=examples(0.5))
@given(
    names=st.lists(st.sampled_from(["m", "m0", "m,0", "0", "a_b", "é"]), min_size=2, max_size=4, unique=True),
    rows=st.integers(2, 12), first=st.integers(0, 3), odd=st.dictionaries(st.integers(0, 24), st.sampled_from(_ODD)),
    shared=st.sampled_from(["{0},{0}.5", "{0},", "0,0", ",{0}.5", "{0}_0,1.5"]), text=st.booleans(),
    size=st.sampled_from([1, 40, 90, 1_000]),
)  # fmt: skip
def test_what_a_group_shares_hides_nothing(
    quick: object, names: list[str], rows: int, first: int, odd: dict[int, str], shared: str, size: int, *, text: bool
) -> None:
    end = "," if text else ""
    spelled = [text_field(name) for name in names]
    lines = [
        f"{spelled[at % len(names)]},{shared.format(at // len(names))},{odd.get(at, '0.25')}{end}"
        for at in range(first, first + rows)
    ]
    with patch.dict(sys.modules, {"orjson": quick}), patch.object(stream, "BLOCK", size):
        found, careful = both("\n".join([HEADER if text else HEADER.removesuffix(",text"), *lines, ""]))
    assert same(tuple(found), tuple(careful))


@pytest.mark.parametrize("quick", [orjson, None])
@pytest.mark.parametrize("column", ["step", "time", "value"])
@settings(max_examples=examples(0.3))
@given(
    names=st.integers(1, 3), rows=st.integers(2, 9), odd=st.dictionaries(st.integers(0, 8), st.sampled_from(_ODD)),
    usual=st.sampled_from(["0.25", "5"]), order=st.permutations(["step", "time", "value"]),
)  # fmt: skip
def test_no_column_hides_what_is_no_plain_number(
    quick: object, column: str, names: int, rows: int, odd: dict[int, str], usual: str, order: list[str]
) -> None:
    lines = []
    for at in range(rows):
        fields = {"step": f"{at // names}", "time": f"{at // names}.5", "value": usual}
        fields[column] = odd.get(at, fields[column])
        lines.append(",".join([f"m{at % names}", *(fields[one] for one in order)]))
    with patch.dict(sys.modules, {"orjson": quick}):
        found, careful = both("\n".join([",".join(["name", *order]), *lines, ""]))
    assert same(tuple(found), tuple(careful))


def test_a_line_that_is_a_comma_is_reported_like_others() -> None:
    found, careful = both("name,value\n,\n")
    assert found == careful
    assert [problem.line for problem in found.problems] == [2]


@pytest.mark.parametrize("header", ["name,value", "name,time,value"])
def test_points_without_steps_are_counted_over_blocks_by_the_name_that_quotes_stand_for(header: str) -> None:
    lines = "".join(
        f"{name},{'1.5,' * (header != 'name,value')}{step}.5\n" for step in range(9) for name in ('"a,b"', "c", "d")
    )
    with patch.object(stream, "BLOCK", 60):
        found, careful = both(f"{header}\n{lines}")
    assert same(tuple(found), tuple(careful))
    assert found.series["a,b"][0] == list(range(9))


@pytest.mark.parametrize("order", [("name", "step", "value", "text"), ("step", "name", "value", "text")])
@given(texts=st.lists(st.sampled_from(["", "5", "x"]), min_size=1, max_size=6))
def test_some_lines_may_have_a_text_in_the_last_column(order: tuple[str, ...], texts: list[str]) -> None:
    lines = [
        {"name": "a", "step": f"{at}", "value": "" if text else "0.5", "text": text} for at, text in enumerate(texts)
    ]
    rows = [",".join(line[column] for column in order) for line in lines]
    found, careful = both("\n".join([",".join(order), *rows, ""]))
    assert same(tuple(found), tuple(careful))


@pytest.mark.parametrize("column", range(4))
@pytest.mark.parametrize("field", ["[0.5]", "[1", "true", "null", "0.5\x0b", "1.5 ", "5\n", "0.0", "-0", "1e400"])
def test_a_field_of_metrics_logged_in_turn_is_read_as_by_line(field: str, column: int) -> None:
    lines = [[name, f"{step}", f"17.{step}", "0.5"] for step in range(9) for name in ("a", "a1", "b.c")]
    lines[13][column] = field
    found, careful = both("\n".join(["name,step,time,value", *map(",".join, lines), ""]))
    assert same(tuple(found), tuple(careful))


def test_names_that_are_logged_together_share_steps_and_times_until_they_are_series() -> None:
    lines = "".join(f"{name},{step},{step}.5,{step / 8}\n" for step in range(90) for name in ("loss", "acc"))
    text = f"name,step,time,value\n{lines}"
    with patch.object(stream, "BLOCK", 800):
        blocks = list(stream.Stream(BytesIO(text.encode()), "metrics.csv"))
    found = together(blocks)
    assert len(blocks) > 2
    turns = together(blocks[:-1])  # The last block may be too short for a pattern.
    assert turns["loss"][0] is turns["acc"][0] and turns["loss"][1] is turns["acc"][1]
    assert found["loss"] == (list(range(90)), [step + 0.5 for step in range(90)], [step / 8 for step in range(90)])
    series = parse(text.encode(), "metrics.csv").series
    assert series == found
    series["loss"][0].clear()
    assert series["acc"] == found["acc"]
