from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runpages_themes
from runpages.format.records import Whole
from runpages_site.chart import (
    Columns,
    Line,
    Point,
    axis,
    line_chart,
    over_runs,
    sparkline,
    svg,
    xy_chart,
)
from runpages_site.chart import curve_path as xy_chart_path
from runpages_site.chart.alt_text import sentence
from runpages_site.chart.series import as_float, curve_of, thinned
from runpages_site.text import visible
from tests.examples import examples

TOP, BOTTOM, ACROSS = 80, 1720, 2_000
"""The plot in units of the inner drawing."""

VALUES = st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.sampled_from([0.0, 1e300, math.nan]))
STEPS = st.one_of(st.integers(min_value=-1000, max_value=1000), st.floats())
LINES = st.lists(
    st.builds(
        Line,
        label=st.text(),
        points=st.lists(st.tuples(STEPS, VALUES), max_size=30),
        color=st.sampled_from([f"s{number}" for number in range(1, 11)]),
        dash=st.integers(min_value=0, max_value=3),
    ),
    max_size=10,
)


def tree(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def having(markup: str, name: str) -> list[ElementTree.Element]:
    """The elements of a class."""
    return [element for element in tree(markup).iter() if name in element.get("class", "").split()]


def texts(markup: str, name: str) -> list[str]:
    return ["".join(element.itertext()) for element in having(markup, name)]


def drawn(path: str) -> list[list[tuple[int, int]]]:
    """The pieces of a line, with coordinates for the ways that the path is made of."""
    pieces = []
    for start, ways in re.findall(r"M(\d+ \d+)(?:l([-+\d ]*)|h0)", path):
        x, y = map(int, start.split())
        points = [(x, y)]
        for way in re.findall(r"(\d+)([-+]\d+)", ways):
            x, y = x + int(way[0]), y + int(way[1])
            points.append((x, y))
        pieces.append(points)
    return pieces


def pieces(markup: str, name: str = "line") -> list[list[tuple[int, int]]]:
    return [piece for element in having(markup, name) for piece in drawn(element.get("d", ""))]


def chart(values: Sequence[float | None], **options: object) -> str:
    return line_chart([Line("loss", list(enumerate(values)))], name="loss", **options)  # type: ignore[arg-type]


def curve(count: int) -> list[float]:
    return [0.087 + 0.4 * math.exp(-at * 6 / count) for at in range(count)]


# ------------------------------------------------------------------------------------------------ what holds always


@given(LINES, st.text(), st.text(), st.booleans(), st.one_of(st.none(), st.floats()))
def test_anything_logged_makes_a_sound_chart(
    lines: list[Line], name: str, x_name: str, log_y: bool, ended_at: float | None
) -> None:
    markup = line_chart(lines, name=name, x_name=x_name, log_y=log_y, ended_at=ended_at)
    for element in tree(markup).iter():
        assert element.tag in {"svg", "g", "path", "circle", "text"}
        assert not element.attrib.keys() & {"style", "fill", "stroke", "id", "href"}
        for key in {"x", "y", "cx", "cy", "d"} & element.attrib.keys():
            assert re.fullmatch(r"[-+0-9. %MlhHvVz]*", element.get(key, "")), element.get(key)
        for key in {"cx", "x"} & element.attrib.keys():
            place = element.get(key, "")
            assert not place.endswith("%") or 0 <= float(place[:-1]) <= 100
    for piece in pieces(markup) + pieces(markup, "dots"):
        assert all(0 <= x <= ACROSS and TOP <= y <= BOTTOM for x, y in piece)
        assert all(before[0] <= after[0] for before, after in pairwise(piece))
    assert markup.encode()


@given(st.lists(st.floats(-1e9, 1e9), min_size=41, max_size=80, unique=True), st.integers(8, 40), st.booleans())
def test_a_line_of_many_points_has_its_ends_and_its_extremes(values: list[float], most: int, broken: bool) -> None:
    logged: list[float | None] = [*values, math.nan, *values] if broken else [*values]
    thinned, whole = (pieces(chart(logged, points=points)) for points in (most, len(logged)))
    assert sum(map(len, thinned)) <= most < sum(map(len, whole))
    assert len(thinned) == len(whole) == 1 + broken
    for some in (thinned, whole):
        assert (some[0][0], some[-1][-1]) == (whole[0][0], whole[-1][-1])
        assert [extreme(y for piece in some for _, y in piece) for extreme in (min, max)] == [
            extreme(y for piece in whole for _, y in piece) for extreme in (min, max)
        ]


@given(st.lists(st.tuples(st.integers(), VALUES), unique_by=lambda point: point[0]), st.randoms())
def test_the_order_of_the_points_is_that_of_the_steps(points: list[Point], random: object) -> None:
    mixed = list(points)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert line_chart([Line("a", mixed)], name="a") == line_chart(
        [Line("a", sorted(points, key=lambda p: p[0]))], name="a"
    )


@given(LINES, st.booleans())
def test_points_as_columns_make_the_same_chart(lines: list[Line], log_y: bool) -> None:
    columns = [
        line._replace(points=Columns(*map(list, zip(*line.points, strict=True)))) for line in lines if line.points
    ]
    pairs = [line for line in lines if line.points]
    assert line_chart(columns, name="a", log_y=log_y) == line_chart(pairs, name="a", log_y=log_y)


@given(st.lists(st.tuples(STEPS, VALUES), max_size=30), st.floats(allow_nan=False))
def test_equal_steps_make_equal_charts(points: list[Point], ended_at: float) -> None:
    # What is remembered of steps takes 1, 1.0 and True for one, and zero for minus zero.
    spelled = [(float(at) or 0.0, value) for at, value in points]
    made = line_chart([Line("a", points)], name="a", ended_at=ended_at)
    assert line_chart([Line("a", spelled)], name="a", ended_at=ended_at or 0.0) == made


def test_points_of_one_step_keep_their_order() -> None:
    ((first, second, third, last),) = pieces(line_chart([Line("a", [(1, 5), (0, 0), (1, 9), (2, 0)])], name="a"))
    assert second[0] == third[0]
    assert first[1] > second[1] > third[1] < last[1]


@given(LINES, st.text())
def test_the_description_is_the_text_alternative(lines: list[Line], name: str) -> None:
    said = describe(lines, name=name)
    assert said.startswith(name)
    shown = tree(line_chart(lines, name=name)).get("aria-label")
    assert shown == re.sub("[\t\n]", " ", visible(said))  # An attribute has no line feeds.


# ------------------------------------------------------------------------------------------------------------- lines


def test_a_line_reaches_from_its_first_step_to_its_last_and_from_its_least_value_to_its_greatest() -> None:
    ((first, *_, last),) = pieces(chart(curve(40)))
    assert (first[0], last[0]) == (0, ACROSS)
    assert TOP < first[1] < TOP + 100
    assert BOTTOM - 100 < last[1] < BOTTOM


def test_values_lie_where_the_labels_of_the_gridlines_say() -> None:
    markup = chart([0.0, 0.25, 1.0])
    labels = {text.text: float(text.get("y", "")) - 4 for axis in having(markup, "y") for text in axis}
    circles = [float(circle.get("cy", "")) for group in having(markup, "mark") for circle in group]
    assert circles[0] == labels["0"]
    assert circles[2] == labels["1.0"]
    assert circles[1] == pytest.approx((3 * labels["0"] + labels["1.0"]) / 4, abs=0.11)


def test_a_logarithmic_axis_has_equal_ways_for_equal_ratios() -> None:
    ((first, second, third),) = pieces(chart([1.0, 10.0, 100.0], log_y=True))
    assert second[1] - first[1] == pytest.approx(third[1] - second[1], abs=1)
    assert [text.text for axis in having(chart([1.0, 100.0], log_y=True), "y") for text in axis] == [
        "1",
        "3",
        "10",
        "30",
        "100",
    ]


def test_what_is_not_above_zero_lies_at_the_lower_edge_of_a_logarithmic_axis() -> None:
    markup = chart([1.0, 0.1, 0.0, -3.0, 0.1], log_y=True)
    assert len(pieces(markup)) == 1
    assert [edge.get("y") for edge in having(markup, "edge")] == ["172", "172"]


def test_a_logarithmic_axis_without_positive_values_is_linear() -> None:
    assert chart([0.0, -1.0, -2.0], log_y=True) == chart([0.0, -1.0, -2.0])


@pytest.mark.parametrize("count", [1, 12])
def test_few_points_are_marked(count: int) -> None:
    assert len(having(chart([float(at) for at in range(count)]), "mark")[0]) == count


def test_many_points_are_not_marked() -> None:
    assert not having(chart(curve(13)), "mark")


def test_a_single_point_is_a_dot_and_its_value() -> None:
    markup = line_chart([Line("a", [(32, 0.08734)])], name="a")
    assert texts(markup, "value") == ["0.0873"]
    assert [text.text for text in having(markup, "x")[0]] == ["32"]
    assert not having(markup, "line")


def test_the_value_of_a_single_point_is_as_logged_on_a_logarithmic_axis() -> None:
    assert texts(chart([math.nan, 100.0], log_y=True), "value") == ["100"]


def test_a_constant_lies_in_the_middle() -> None:
    ((first, *_),) = pieces(chart([0.0873] * 20))
    assert first[1] == (TOP + BOTTOM) / 2


def test_noise_in_the_last_digits_is_not_drawn() -> None:
    ((*points,),) = pieces(chart([0.3 + at * 1e-16 for at in range(20)]))
    assert len({y for _, y in points}) == 1


@pytest.mark.parametrize("size", [1e300, 1e-290, sys.float_info.max])
def test_huge_and_tiny_values_fill_the_plot(size: float) -> None:
    ((*points,),) = pieces(chart([size * (-1) ** at for at in range(20)]))
    assert max(y for _, y in points) - min(y for _, y in points) > 1_400


def test_the_axis_does_not_cross_zero_for_values_that_do_not() -> None:
    ((*points,),) = pieces(chart([0.0, 1.0] * 10))
    assert max(y for _, y in points) == BOTTOM


# -------------------------------------------------------------------------------------------- gaps and infinities


def test_nan_breaks_the_line_and_is_counted() -> None:
    values: list[float | None] = list(curve(40))
    values[13:16] = [math.nan] * 3
    markup = chart(values)
    before, after = pieces(markup)
    assert (len(before), len(after)) == (13, 24)
    assert texts(markup, "note") == ["3 nan"]
    assert having(markup, "band")[0].get("d") == f"M{before[-1][0]} {TOP}H{after[0][0]}V{BOTTOM}H{before[-1][0]}z"


def test_none_breaks_the_line_without_a_band() -> None:
    markup = chart([*curve(20), None, *curve(20)])
    assert [len(piece) for piece in pieces(markup)] == [20, 20]
    assert not having(markup, "band")


def test_points_between_gaps_are_seen() -> None:
    markup = chart([1.0 if at % 2 else math.nan for at in range(60)])
    assert len(pieces(markup, "dots")) == 30
    assert sum(int(text.split()[0]) for text in texts(markup, "note")) == 30


@given(st.lists(st.sampled_from([0.5, 1.0, math.nan]), min_size=2, max_size=300))
def test_the_notes_count_every_nan_once(values: list[float]) -> None:
    told = sum(int(text.split()[0]) for text in texts(chart(values), "note"))
    assert told == sum(map(math.isnan, values))


def test_infinities_are_triangles_at_the_edges() -> None:
    markup = chart([1.0, math.inf, 2.0, -math.inf, 10**400, 3.0])
    places = [(edge.get("x"), edge.get("y")) for edge in having(markup, "edge")]
    assert places == [("20%", "8"), ("80%", "8"), ("60%", "172")]


def test_many_infinities_do_not_make_a_large_chart() -> None:
    assert len(chart([math.inf, -math.inf] * 5_000)) < 10_000


def test_only_nan_has_no_gridlines_and_says_so() -> None:
    markup = chart([math.nan] * 40)
    assert texts(markup, "note") == ["40 nan"]
    assert not having(markup, "grid")
    assert not having(markup, "line")


@pytest.mark.parametrize("lines", [[], [Line("a", [])], [Line("a", [(0, None)])], [Line("a", [(math.nan, 1.0)])]])
def test_without_points_the_chart_says_so(lines: list[Line]) -> None:
    assert texts(line_chart(lines, name="a"), "none") == ["No points"]


def test_a_run_that_stopped_early_has_a_vertical_with_room_after_it() -> None:
    markup = chart(curve(40), ended_at=39)
    ((*_, last),) = pieces(markup)
    assert having(markup, "stop")[0].get("d") == f"M{last[0]} {TOP}V{BOTTOM}"
    assert last[0] < 0.95 * ACROSS


# -------------------------------------------------------------------------------------------------- several lines


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=2, max_size=8))
def test_names_at_the_ends_do_not_touch_and_are_ordered_as_the_lines(ends: list[float]) -> None:
    lines = [Line(f"run {number}", [(0, 0.5), (9, end)]) for number, end in enumerate(ends)]
    labels = having(line_chart(lines, name="loss"), "label")
    heights = [float(label.get("y", "")) - 4 for label in labels]
    assert len(labels) == len(ends)
    assert all(lower - upper >= 12.95 for upper, lower in pairwise(heights))
    assert heights[0] >= 8
    assert heights[-1] <= 172
    in_order = [ends[int((label.text or "").split()[1])] for label in labels]
    assert all(upper >= lower - 1e-3 for upper, lower in pairwise(in_order))


def test_more_than_eight_lines_have_no_names() -> None:
    markup = line_chart([Line(str(number), list(enumerate(curve(20)))) for number in range(9)], name="loss")
    assert not having(markup, "label")
    assert having(markup, "many")


def test_a_line_that_stops_early_reaches_to_its_name() -> None:
    markup = line_chart([Line("short", [(0, 1), (5, 1)]), Line("long", [(0, 2), (10, 2)])], name="loss")
    (reach,) = having(markup, "reach")
    assert reach.get("d", "").startswith("M1000 ")
    assert reach.get("d", "").endswith("H2000")


def test_colours_and_dashes_are_classes() -> None:
    markup = line_chart([Line("a", [(0, 1), (1, 2)], "s7", 2)], name="a")
    assert having(markup, "line")[0].get("class") == "line s7 d2"


@pytest.mark.parametrize(("color", "dash"), [("red", 0), ("s11", 0), ('s1" onload="', 0), ("s1", 4)])
def test_other_colours_are_refused(color: str, dash: int) -> None:
    with pytest.raises(ValueError, match="s1 to s10"):
        line_chart([Line("a", [(0, 1)], color, dash)], name="a")


# ---------------------------------------------------------------------------------------------------------- labels


HOSTILE = "<script>alert(1)</script> \"'&amp; \u202eevil\x00 " + "x" * 300


def test_hostile_names_are_text() -> None:
    lines = [Line(HOSTILE, [(0, 1), (1, 2)]), Line("b", [(0, 1), (1, 3)])]
    markup = line_chart(lines, name=HOSTILE, x_name=HOSTILE)
    assert "<script" not in markup
    assert "\u202e" not in markup
    alternative = tree(markup).get("aria-label") or ""
    assert alternative.startswith("<script>alert(1)</script> \"'&amp; \\u202eevil\\x00 " + "x" * 300)
    assert all(len(text) < 20 for text in texts(markup, "label") + texts(markup, "name"))


def test_a_long_name_keeps_both_its_ends() -> None:
    names = [f"mlp-with-a-long-name-lr0.01-s{number}" for number in range(3)]
    markup = line_chart([Line(name, [(0, 1), (1, 2)]) for name in names], name="loss")
    labels = texts(markup, "label")
    assert all(label.startswith("mlp-") and "…" in label for label in labels)
    assert {label[-2:] for label in labels} == {"s0", "s1", "s2"}


@pytest.mark.parametrize(
    "label", ["שלום עולם ריצה ארוכה מאוד", "學習率衰減實驗第三次運行", "e\u0301" * 60, "👩‍🔬" * 40]
)
def test_names_of_any_script_fit(label: str) -> None:
    (shown, _) = texts(line_chart([Line(label, [(0, 1)]), Line("b", [(0, 0)])], name="loss"), "label")
    assert "…" in shown
    assert shown[0] == label[0]
    assert shown[-1] == label[-1]


@pytest.mark.parametrize(
    ("values", "margin"), [([0.5, 0.9], 38), ([0.9, 1.01], 38), ([0.9975, 0.998], 46), ([1e300, -1e300], 62)]
)
def test_the_left_margin_holds_the_labels(values: list[float], margin: int) -> None:
    assert having(chart(values), f"left-{margin}")


@pytest.mark.parametrize(
    ("count", "labels"),
    [
        (2, ["0", "1"]),
        (30, ["0", "5", "10", "15", "20", "25", "29"]),
        (40, ["0", "10", "20", "30", "39"]),
        (41, ["0", "10", "20", "30", "40"]),
        (1_234_568, ["0", "500,000", "1,234,567"]),
    ],
)
def test_the_last_step_has_its_label_and_the_name_of_the_axis_is_beside(count: int, labels: list[str]) -> None:
    markup = line_chart([Line("a", [(0, 1), (count - 1, 2)])], name="a", x_name="epoch")
    assert texts(markup, "name") == ["epoch"]
    assert [text.text for text in having(markup, "x")[0]] == labels


def test_labels_that_would_leave_the_card_lie_beside_their_ticks() -> None:
    first, *_, last = having(line_chart([Line("a", [(1_000, 1), (1_234_567, 2)])], name="a"), "x")[0]
    assert (last.text, last.get("class")) == ("1,234,567", "last")
    first = having(line_chart([Line("a", [(1_000, 1), (2_000, 2)])], name="a"), "x")[0][0]
    assert (first.text, first.get("class")) == ("1000", "first")


def test_labels_touch_no_long_name_of_the_axis() -> None:
    markup = chart(curve(40), x_name="false positives")
    assert [text.text for text in having(markup, "x")[0]] == ["0", "10", "20"]
    assert texts(markup, "name") == ["false positives →"]


def test_a_constant_has_one_gridline() -> None:
    assert [text.text for text in having(chart([0.0873] * 20), "y")[0]] == ["0.0873"]
    assert [text.text for text in having(chart([100.0] * 20, log_y=True), "y")[0]] == ["100"]


def test_the_lines_of_a_bare_chart_are_those_of_the_whole_one() -> None:
    values = [math.nan, *curve(40)]
    bare = chart(values, bare=True)
    assert pieces(bare) == pieces(chart(values))
    assert tree(bare).get("class") == tree(chart(values)).get("class")
    assert not list(tree(bare).iter("text"))
    assert tree(bare).get("aria-hidden") == "true"


# -------------------------------------------------------------------------------------------------------- describe


def describe(lines: Sequence[Line], name: str, x_name: str = "step") -> str:
    return sentence([curve_of(line) for line in lines if not line.faint], name, x_name)


def said(values: Sequence[float | None], x_name: str = "epoch") -> str:
    return describe([Line("a", list(enumerate(values)))], name="val/loss", x_name=x_name)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.45, 0.2, 0.086, 0.087], "val/loss over 4 epochs: 0.45 to 0.087, lowest 0.086 at 2"),
        ([0.1, 0.9, 0.8], "val/loss over 3 epochs: 0.1 to 0.8, highest 0.9 at 1"),
        ([0.5, 0.5], "val/loss over 2 epochs: 0.5 throughout"),
        ([0.3, 0.1 + 0.2], "val/loss over 2 epochs: about 0.3 throughout"),
        ([0.5], "val/loss: 0.5 at 0"),
        ([], "val/loss: no points"),
        ([math.nan] * 3, "val/loss over 3 epochs: 3 nan"),
        (
            [2.0, math.nan, math.nan, math.inf, -math.inf, None, 1.0],
            "val/loss over 7 epochs: 2 to 1, lowest 1 at 6, 2 nan, 1 inf, 1 −inf, 1 null",
        ),
        ([0, 12_000], "val/loss over 2 epochs: 0 to 12,000, highest 12,000 at 1"),
    ],
)
def test_the_description_tells_course_extreme_and_what_is_not_drawn(values: list[float | None], text: str) -> None:
    assert said(values) == text


def test_the_description_tells_from_where_to_where_if_steps_are_left_out() -> None:
    assert describe([Line("a", [(0, 1), (500, 2)])], name="loss") == (
        "loss over 2 points, step 0 to 500: 1 to 2, highest 2 at 500"
    )


def test_the_description_names_the_lines() -> None:
    lines = [Line(f"run {number}", [(0, 1), (1, 2)]) for number in range(10)]
    text = describe(lines, name="loss")
    assert text.startswith("loss over 2 steps, 10 lines. run 0: 1 to 2, highest 2 at 1; run 1: ")
    assert text.endswith("run 7: 1 to 2, highest 2 at 1; 2 more")


# ------------------------------------------------------------------------------------------------------------ thin


@given(st.lists(VALUES, min_size=1, max_size=400), st.integers(min_value=8, max_value=100))
def test_thinning_keeps_ends_extremes_and_gaps(values: list[float | int | bool | None], limit: int) -> None:
    points: list[Point] = list(enumerate(values))
    kept = list(thinned(points, list(map(as_float, values)), limit)[0])
    assert len(kept) <= limit
    assert kept == [points[int(at)] for at, _ in kept]
    assert (kept[0], kept[-1]) == (points[0], points[-1])

    def finite(value: float | None) -> bool:
        return value is not None and abs(value) <= sys.float_info.max

    numbers = [value for value in values if value is not None and finite(value)]
    left = [value for _, value in kept if value is not None and finite(value)]
    if numbers:
        assert (min(left), max(left)) == (min(numbers), max(numbers))
    for (before, one), (after, other) in pairwise(kept):
        if finite(one) and finite(other):
            assert all(finite(value) for value in values[int(before) : int(after)])


def test_a_spike_in_a_million_points_is_drawn() -> None:
    values = [0.0] * 1_000_000
    values[777_777] = 5.0
    markup = chart(values)
    ((*points,),) = pieces(markup)
    (peak,) = [x for x, y in points if y < TOP + 100]
    assert peak == pytest.approx(0.777_777 * ACROSS, abs=1)
    assert len(markup) < 5_000


@settings(max_examples=examples(0.2))
@given(st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3), min_size=13, max_size=60))
def test_a_path_leads_through_the_rounded_positions(values: list[float]) -> None:
    y = axis.Axis(float(min(values)), float(max(values)) + 1, BOTTOM, TOP - BOTTOM)
    (points,) = drawn(svg.path(svg.across(range(len(values))), values, y))

    assert points == list(enumerate(y.positions(values)))


def test_a_path_may_leave_the_plot() -> None:
    assert drawn(xy_chart_path([(0.0, 0.0), (0.5, -3.0), (1.0, 1.0)], (0.0, 1.0), 120)) == [
        [(0, 1720), (1000, 6640), (2000, 80)]
    ]


def test_a_chart_is_small() -> None:
    assert len(chart([value + 0.05 * math.sin(at * 7) for at, value in enumerate(curve(180))])) < 4_000
    assert len(chart([value + 0.05 * math.sin(at * 7) for at, value in enumerate(curve(9_000))])) < 5_000


# ------------------------------------------------------------------------------------------------------ sparklines


@given(st.lists(st.one_of(st.floats(), st.none()), max_size=300), st.one_of(st.none(), st.integers()))
def test_any_values_make_a_sound_sparkline(values: list[float | None], mark: int | None) -> None:
    markup = sparkline(values, mark=mark, width=64, height=16)
    assert tree(markup).get("aria-hidden") == "true"
    for piece in spark(markup):
        assert all(8 <= x <= 248 and 8 <= y <= 56 for x, y in piece)
    assert len(markup) < 2_500


def spark(markup: str) -> list[list[tuple[int, int]]]:
    """The pieces of the line of a sparkline."""
    return [piece for element in [*tree(markup)][:1] for piece in drawn(element.get("d", ""))]


def dot(markup: str) -> tuple[int, int]:
    _, mark = tree(markup)
    ((place,),) = drawn(mark.get("d", ""))
    return place


def test_the_dot_of_a_sparkline_is_at_the_last_finite_value() -> None:
    ((*points,),) = spark(sparkline([3.0, 2.0, 1.0, None]))
    assert dot(sparkline([3.0, 2.0, 1.0, None])) == points[-1]


def test_the_dot_of_a_sparkline_may_be_elsewhere() -> None:
    ((*points,),) = spark(sparkline([3.0, 1.0, 2.0]))
    assert dot(sparkline([3.0, 1.0, 2.0], mark=1)) == points[1]
    assert len(tree(sparkline([3.0, None, 2.0], mark=1))) == 1


def test_a_sparkline_breaks_at_gaps() -> None:
    assert [len(piece) for piece in spark(sparkline([1.0, 2.0, None, 3.0, math.inf, 4.0, 5.0]))] == [2, 1, 2]


def test_a_sparkline_without_values_is_empty() -> None:
    assert len(tree(sparkline([None, math.nan]))) == 0


def test_a_single_value_and_a_constant_lie_in_the_middle_of_a_sparkline() -> None:
    assert dot(sparkline([5.0])) == (144, 40)
    assert dot(sparkline([5.0, 5.0])) == (280, 40)


# ------------------------------------------------------------------------------------------------- the style sheet


def test_the_style_sheet_knows_every_class_that_needs_it() -> None:
    style = (Path(runpages_themes.__file__).parent / "default/styles/chart.css").read_text("utf-8")
    gaps: list[float | None] = [1.0, None, 2.0, math.nan, math.inf, *curve(40)]
    lines = [Line(f"run {number}", list(enumerate(gaps)), f"s{number + 1}", number % 4) for number in range(8)]
    markup = [
        line_chart(lines, name="loss", ended_at=50),
        line_chart([*lines, Line("short", [(0, 1)], "s9"), Line("void", [], "s10")], name="loss"),
        line_chart([*lines[:1], Line("short", [(0, 1)], "s9")], name="loss"),
        chart([math.nan, 1.0]),
        chart([]),
        sparkline([1.0, 2.0]),
    ]
    classes = {name for text in markup for element in tree(text).iter() for name in element.get("class", "").split()}
    styled = set(re.findall(r"\.([a-z][a-z0-9-]*)", style))
    # These group what is styled by its element.
    assert classes - styled == {"mark", "end", "tick"} - styled
    assert not re.search(r"#[0-9a-f]{3,8}\b", style)


@pytest.mark.parametrize(
    ("steps", "x_name", "extent"),
    [
        ([[0, 1, 2]], "index", "3 points, index 0 to 2"),
        ([[0, 2, 2]], "epoch", "3 points, epoch 0 to 2"),
        ([[0, 1, 2], [0, 100]], "epoch", "3 points, epoch 0 to 100"),
        ([[0, 1, 2], [1, 2]], "epoch", "3 epochs"),
    ],
)
def test_what_is_counted_is_there_once(steps: list[list[int]], x_name: str, extent: str) -> None:
    lines = [Line("a", [(step, step) for step in row]) for row in steps]
    assert describe(lines, name="m", x_name=x_name).startswith(f"m over {extent}")


def test_a_thinned_line_is_told_by_what_was_logged() -> None:
    points = [(0, 1.0), (500, math.nan), (1000, 3.0), (999_999, 0.5)]
    line = Line("loss", points, whole=Whole(1_000_000, nan=12_345))
    assert describe([line], name="loss") == (
        "loss over 1,000,000 points, step 0 to 999999: 1 to 0.5, lowest 0.5 at 999999, 12,345 nan"
    )
    drawn = line_chart([line], name="loss")
    assert ">nan</text>" in drawn, "how many are in one place is not known"
    assert ">1 nan</text>" not in drawn


@pytest.mark.parametrize("name", ["FP rate", "recall", "samples", "residual"])
def test_the_name_of_an_axis_hides_no_label(name: str) -> None:
    markup = xy_chart([Line("a", [(0, 0), (1, 1)])], alt="a", x_name=name)
    assert texts(markup, "name") == [name]
    assert [text.text for text in having(markup, "x")[0]] == ["0", "0.25", "0.50", "0.75", "1.00"]


@given(st.lists(st.tuples(st.integers(0, ACROSS), st.text(alphabet="0123456789-. ", max_size=14)), max_size=8))
def test_labels_along_the_charts_over_runs_do_not_touch(ticks: list[tuple[int, str]]) -> None:
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}
    end = -math.inf
    for at, label in over_runs._apart(sorted(ticks)):
        if not label:
            continue
        place, size = at * over_runs._ROOM / ACROSS, axis.width(label)
        start = place - size * share[axis.anchor(place, label, over_runs._ROOM)]
        assert start >= end
        end = start + size + 6
