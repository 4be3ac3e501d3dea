"""Tables and curves for a terminal: never wider than it, whatever the names and numbers."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from runpages_site.text import grid, line_plot
from tests.examples import examples

NAMES = st.one_of(
    st.text(max_size=40),
    st.text("日本語👩‍🔬e\u0301\x1b[31m\r\n\t\u202e\u200bx", max_size=60),
    st.sampled_from(["\x1b]0;title\x07", "a" * 500, "\ud800", "", "…"]),
)
NUMBERS = st.one_of(st.none(), st.integers(), st.floats()).map(grid.cell_text)


@st.composite
def columns(draw: st.DrawFn) -> list[grid.Column]:
    rows = draw(st.integers(0, 4))
    kinds = draw(st.lists(st.booleans(), min_size=1, max_size=6))
    return [
        grid.Column(
            draw(NAMES),
            draw(st.lists(NUMBERS if numeric else NAMES, min_size=rows, max_size=rows)),
            right=numeric,
            whole=numeric,
        )
        for numeric in kinds
    ]


@given(columns(), st.integers(20, 200))
@settings(max_examples=examples(0.6))
def test_a_table_is_never_wider_than_the_terminal(given: list[grid.Column], width: int) -> None:
    made = grid.grid(given, width)
    lines = [grid.GAP.join(cells) for cells in (made.head, *made.rows)]
    assert all(cell_len(line) <= width for line in lines)
    assert not any(set(line) & set("\x1b\r\n\t\x07\u202e") for line in lines)
    assert len(made.head) + len(made.left_out) == len(given) and made.head


@given(columns(), st.integers(20, 200))
@settings(max_examples=examples(0.5))
def test_columns_stand_below_each_other_and_numbers_are_whole(given: list[grid.Column], width: int) -> None:
    made = grid.grid(given, width)
    for at, column in enumerate(given[: len(made.head)]):
        # A joiner joins no blank, as `cell_len` has it.
        assert len({cell_len(re.sub("\u200d+(?=[ …])", "", row[at])) for row in (made.head, *made.rows)}) == 1
        if column.whole and at:
            assert [row[at].strip() for row in made.rows] == list(column.cells)
            assert all(row[at].endswith(cell) for row, cell in zip(made.rows, column.cells, strict=True))


@given(NAMES, st.integers(1, 40))
def test_a_name_is_shortened_in_its_middle(name: str, width: int) -> None:
    name = grid.one_line(name)
    short = grid.shortened(name, width)
    assert cell_len(short) <= width
    assert (short == name) == (cell_len(name) <= width) or short == "…"
    head, _, tail = short.partition("…") if cell_len(name) > width else (name, "", "")
    assert name.startswith(head) and name.endswith(tail)


@pytest.mark.parametrize(
    ("width", "short"), [(1, "…"), (2, "a…"), (3, "a…j"), (6, "abc…ij"), (7, "abc…hij"), (10, "abcdefghij")]
)
def test_the_ends_of_a_name_stay(width: int, short: str) -> None:
    assert grid.shortened("abcdefghij", width) == short
    assert grid.shortened("日本語の名前", 7) == "日…前"


def test_room_is_shared_among_the_columns_that_need_it() -> None:
    columns = [grid.Column("run", ["n" * 30]), grid.Column("status", ["Completed"]), grid.Column("x", ["v" * 20])]
    widths = {width: [len(cell) for cell in grid.grid(columns, width).head] for width in (80, 50, 37, 36, 24, 20)}
    assert widths == {80: [30, 9, 20], 50: [19, 9, 18], 37: [12, 9, 12], 36: [25, 9], 24: [13, 9], 20: [20]}


def test_what_does_not_fit_is_named_and_short_columns_keep_their_room() -> None:
    made = grid.grid(
        [
            grid.Column("run", ["a-run-with-a-very-long-name-1", "a-run-with-a-very-long-name-2"]),
            grid.Column("loss", ["0.5", "12.25"], right=True, whole=True),
            grid.Column("optimizer", ["adam", "sgd"]),
            grid.Column("notes", ["n" * 30, "o"]),
        ],
        34,
    )
    assert [cell.strip() for cell in made.head] == ["run", "loss", "optimizer"]
    assert [row[1] for row in made.rows] == ["  0.5", "12.25"]
    assert made.left_out == ["notes"]
    assert made.rows[0][0].strip().startswith("a-run") and made.rows[0][0].strip().endswith("1")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (3295.7123456, "3295.71"), (0.1, "0.1"), (0.30000000000000004, "0.3"), (1e-7, "1e-07"),
        (100000, "100000"), (123456789012345, "123456789012345"), (10**15, "1e+15"), (-(10**15), "-1e+15"),
        (True, "true"), (math.nan, "nan"), (-math.inf, "-inf"), ("0.10", "0.10"), ([1, 2], "[1, 2]"),
        (10**400, "1e400"),
    ],
)  # fmt: skip
def test_values_have_six_significant_digits(value: object, text: str) -> None:
    assert grid.cell_text(value) == text


FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(
    st.lists(st.tuples(st.one_of(st.integers(-(10**6), 10**6), st.floats()), st.none() | FINITE), max_size=30),
    st.integers(1, 150),
    st.integers(2, 12),
)
def test_a_curve_fits_and_has_its_ends_beside_it(
    points: list[tuple[float, float | None]], width: int, height: int
) -> None:
    lines = line_plot.line_plot([step for step, _ in points], [value for _, value in points], width, height)
    known = [value for step, value in points if value is not None and math.isfinite(step)]
    assert len(lines) == (height + 2 if known else 0)
    assert all(cell_len(line) <= max(width, line_plot.NARROWEST) for line in lines)
    if known and max(known) > min(known):
        assert lines[0].split()[0] == grid.cell_text(max(known))
        assert lines[height - 1].split()[0] == grid.cell_text(min(known))


def test_a_curve_leaves_gaps_and_draws_where_the_points_are() -> None:
    *rows, axis, ticks = line_plot.line_plot([0, 1, 2, 3], [0.0, None, 4.0, 4.0], 20, 2)
    assert rows == ["4 ┤           ⠉⠉⠉⠉⠉⠉", "0 ┤⡀"]
    assert axis == "  └" + "─" * 17 and ticks.split() == ["0", "3"]


def test_a_line_goes_through_all_its_dots() -> None:
    assert line_plot.line_plot(range(36), range(36), 20, 4) == [
        "35 ┤            ⣀⡠⠒⠉",
        "   │        ⣀⠤⠒⠉",
        "   │    ⣀⠤⠒⠉",
        " 0 ┤⣀⠤⠊⠉",
        "   └────────────────",
        "    0             35",
    ]


def test_a_flat_line_and_a_point_are_in_the_middle() -> None:
    flat = line_plot.line_plot([0, 1], [5, 5], 20, 4)
    assert flat[:2] == ["  │", "5 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀"] and flat[-1] == "   0               1"
    point = line_plot.line_plot([3], [1.5], 20, 4)
    assert point[1] == "1.5 ┤       ⡀" and point[-1] == "            3"


def test_a_curve_without_numbers_has_no_lines() -> None:
    assert line_plot.line_plot([1, 2], [None, None], 80) == [] == line_plot.line_plot([], [], 80)
