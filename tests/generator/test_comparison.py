"""Comparisons: differences, deltas and verdicts, by the cases that the browser's scripts are held to as well."""

from __future__ import annotations

import json
import math
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format import verdict
from runpages_site.comparison import spelled
from runpages_site.comparison.delta import delta_of
from runpages_site.comparison.differences import code_change, files_of, param_rows
from runpages_site.comparison.environment import changes, facts_of, in_words
from runpages_site.comparison.member import Captured, Member, UnresolvedError, find_member, labelled
from runpages_site.comparison.metrics import MetricRow, Rule, metric_row
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.query.columns import Row
from tests.examples import examples

SHARED: dict[str, Any] = json.loads((Path(__file__).parent.parent / "comparisons.json").read_text("utf-8"))
NOT_FINITE = ("nan", "inf", "-inf")
FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


def value_in(shared: object) -> Any:
    return float(str(shared)) if shared in NOT_FINITE else shared


def close(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)


def run(at: int, value: Any, *, goal: str | None = None, **more: Any) -> RunSummary:
    """A run with one metric, or none."""
    text = {"nan": "nan", "inf": "inf", "-inf": "−inf"}.get(str(value)) if isinstance(value, float) else None
    number = value if isinstance(value, int | float) and math.isfinite(value) else None
    text = text or (value if isinstance(value, str) else None)
    metric = MetricSummary(1, number, number, number, text, (), goal, mean=number)
    known: dict[str, Any] = {
        "path": f"e/x/{at}.html", "id": f"r{at}", "title": f"run-{at}", "number": at, "status": "Completed",
        "damaged": False, "created": None, "started": float(at), "ended": None, "last_write": None, "parent": None,
        "host": None, "params": {}, "tags": {}, "metrics": {} if value is None else {"mse": metric},
    }  # fmt: skip
    return RunSummary(**{**known, **more})


def members(values: list[Any], *, goal: str | None = None, params: list[dict[str, Any]] | None = None) -> list[Member]:
    """A run for each number, a group for each list of them."""
    found: list[Member] = []
    lists = [one if isinstance(one, list) else [one] for one in values]
    runs = [
        [
            run(100 * at + n, value_in(value), goal=goal, params=(params[n] if params else {}))
            for n, value in enumerate(one)
        ]
        for at, one in enumerate(lists)
    ]
    experiment = ExperimentSummary("e/x/index.html", "x", None, None, {}, tuple(chain(*runs)), "mse", goal)
    for at, one in enumerate(runs):
        rows = [Row(experiment, each, each.params) for each in one]
        found.append(Member(f"x/{at}", str(at), f"member-{at}", rows, group=isinstance(values[at], list)))
    return found


@pytest.mark.parametrize("case", SHARED["runs"], ids=str)
def test_runs_differ_as_in_the_browser(case: dict[str, Any]) -> None:
    found = delta_of(value_in(case["value"]), value_in(case["reference"]), case["goal"], case["tolerance"])
    assert close(found.absolute, case["delta"])
    assert close(found.relative, case["relative"])
    assert found.word == case["word"]


def _row(case: dict[str, Any], goal: str | None) -> MetricRow:
    """The metric of the groups of a case, with the pairs by a parameter of their place."""
    places = [{"seed": at} for at in range(20)]
    given = members([case["reference"], *case["groups"].values()], goal=goal, params=places)
    rule = Rule({} if case["tolerance"] is None else {"mse": case["tolerance"]}, "seed" if case["pairs"] else None)
    return metric_row("mse", given, 0, "last", {"e/x/index.html": rule})


@pytest.mark.parametrize("case", [one for one in SHARED["groups"] if one["goal"]], ids=str)
def test_groups_differ_as_in_the_browser(case: dict[str, Any]) -> None:
    # A metric called mse is assumed to be better where it is lower; the cases state goals.
    row = _row(case, case["goal"])
    for cell, expected in zip(row.cells[1:], case["expected"].values(), strict=True):
        assert cell.n == expected["n"]
        assert close(cell.value, expected["mean"])  # type: ignore[arg-type]
        assert close(cell.sd, expected["sd"])
        assert close(cell.delta.absolute, expected["delta"])
        assert close(cell.delta.relative, expected["relative"])
        assert cell.delta.word == expected["word"]
        assert cell.verdict is not None
        assert close(cell.verdict.p, expected["p"])
        assert cell.verdict.tested == expected["tested"]
        interval = cell.verdict.interval
        assert (interval is None) == (expected["interval"] is None)
        if interval is not None:
            assert close(interval.low, expected["interval"][0])
            assert close(interval.high, expected["interval"][1])


@pytest.mark.parametrize("case", SHARED["families"], ids=lambda case: case["what"])
def test_children_count_as_in_the_browser(case: dict[str, Any]) -> None:
    runs = [
        run(at, one["value"], id=one["id"], status=one["status"], parent=one["parent"])
        for at, one in enumerate(case["runs"])
    ]
    experiment = ExperimentSummary("e/x/index.html", "x", None, None, {}, tuple(runs), "mse", "min")
    inside = [one for one, known in zip(runs, case["runs"], strict=True) if known["member"]]
    group = Member("g", "g", "g", [Row(experiment, one, one.params) for one in inside], group=True)
    [cell] = metric_row("mse", [group], 0, "last", {}).cells
    assert cell.n == len(case["counted"])
    assert close(cell.value, sum(case["counted"]) / len(case["counted"]))  # type: ignore[arg-type]


@pytest.mark.parametrize("case", SHARED["environments"], ids=str)
def test_environments_differ_as_in_the_browser(case: dict[str, Any]) -> None:
    one, other = (
        facts_of(Member("", "", "", [], [Captured(environment)]))
        for environment in (case["reference"], case["environment"])
    )
    assert in_words(changes(one, other)) == case["words"]


@given(FINITE, FINITE, st.sampled_from(["min", "max"]), st.none() | st.floats(0, 1e3))
def test_a_delta_is_that_of_numpy(value: float, reference: float, goal: str, tolerance: float | None) -> None:
    found = delta_of(value, reference, goal, tolerance)
    assert found.absolute == np.subtract(value, reference)
    with np.errstate(all="ignore"):
        share = np.divide(np.subtract(value, reference), np.abs(reference))
    assert found.relative == (share if np.isfinite(share) else None)
    size = np.abs(np.subtract(value, reference))
    if size <= (tolerance or 0):
        assert found.word == "same"
    elif not np.isclose(size, tolerance or 0, rtol=1e-9, atol=1e-9 * max(abs(value), abs(reference))):
        assert found.word == ("better" if (value < reference) == (goal == "min") else "worse")
    # From the other side, the difference is the opposite.
    opposite = delta_of(reference, value, goal, tolerance)
    assert opposite.absolute == np.subtract(reference, value)
    assert opposite.word == {"better": "worse", "worse": "better", "same": "same"}[found.word]


@given(st.lists(st.lists(FINITE, min_size=1, max_size=8), min_size=2, max_size=5), st.sampled_from(["min", "max"]))
@settings(max_examples=examples(0.3))
def test_groups_are_judged_by_the_rule(groups: list[list[float]], goal: str) -> None:
    reference, *others = groups
    row = metric_row("mse", members(list(groups), goal=goal), 0, "last", {})
    known = verdict.verdicts({str(at): one for at, one in enumerate(others)}, reference, goal=goal)
    assert [cell.verdict for cell in row.cells[1:]] == list(known.values())
    for cell, values in zip(row.cells, groups, strict=True):
        assert math.isclose(cell.value, np.mean(values), rel_tol=1e-9, abs_tol=1e-6)  # type: ignore[arg-type]
        if len(values) > 1:
            assert math.isclose(cell.sd or 0, np.std(values, ddof=1), rel_tol=1e-6, abs_tol=1e-6)


# --- members and what differs between them ---


def named(*titles: str, group: bool = False) -> list[Member]:
    return [
        Member(f"x/{at}", title, title, [Row(NOTHING, run(at, None, number=at + 1), {})], group=group)
        for at, title in enumerate(titles)
    ]


NOTHING = ExperimentSummary("e/x/index.html", "x", None, None, {}, ())


@pytest.mark.parametrize(
    ("titles", "labels"),
    [
        (("mlp-lr0.1-s0", "mlp-lr0.1-s1"), ("s0", "s1")),
        (("lr0.01-s0", "lr0.1-s0"), ("lr0.01-s0", "lr0.1-s0")),
        (("a", "a-b"), ("a", "a-b")),
        (("net-a", "net-a"), ("net-a (#1)", "net-a (#2)")),
        (("net-a", "net-a", "net-b"), ("net-a (#1)", "net-a (#2)", "b")),
        (("one",), ("one",)),
        (("", ""), (" (#1)", " (#2)")),
    ],
)
def test_labels_leave_out_what_all_titles_begin_with(titles: tuple[str, ...], labels: tuple[str, ...]) -> None:
    assert tuple(one.label for one in labelled(named(*titles))) == labels


@given(st.lists(st.text("ab0.-_ ", max_size=6), min_size=1, max_size=6))
def test_no_two_members_have_one_label(titles: list[str]) -> None:
    found = labelled(named(*titles))
    assert len({one.label for one in found}) == len(found)
    for one in found:
        assert one.title.endswith(one.label) or one.label.startswith(one.title)


def test_groups_of_one_name_are_told_apart_by_their_place() -> None:
    assert [one.label for one in labelled(named("k:1", "k:1", group=True))] == ["k:1 (1)", "k:1 (2)"]


def _with_params(*params: list[dict[str, Any]]) -> list[Member]:
    return [
        Member(f"x/{at}", str(at), str(at), [Row(NOTHING, run(n, None), one) for n, one in enumerate(some)])
        for at, some in enumerate(params)
    ]


@pytest.mark.parametrize(
    ("params", "texts", "differs"),
    [
        ([[{"a": 1}], [{"a": 1}]], ["1", "1"], False),
        ([[{"a": 1}], [{"a": "1"}]], ["1", "1"], True),
        ([[{"a": 1}], [{}]], ["1", None], True),
        ([[{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}]], ["1, 2", "2, 1"], False),
        ([[{"a": 1}, {}], [{"a": 1}]], ["1, not set", "1"], True),
        ([[{"a": n} for n in range(5)], [{"a": 1}]], ["5 values", "1"], True),
        ([[{"a": None}], [{}]], ["null", None], True),
    ],
)
def test_parameters_differ_by_type_and_value(params: Any, texts: list[str | None], differs: bool) -> None:
    [row] = param_rows(_with_params(*params))
    assert (list(row.texts), row.differs) == (texts, differs)


def test_code_differs_by_the_files_of_snapshots() -> None:
    found = code_change({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"})
    assert found is not None
    assert (found.changed, found.added, found.removed) == (["b"], ["d"], ["c"])
    assert spelled.files(found) == "~ b, + d, − c"
    assert code_change(None, {}) is None
    many = code_change({}, {f"f{at}": "" for at in range(9)})
    assert many is not None and spelled.files(many).endswith("+ f5, 3 more")


def test_what_differs_within_a_group_is_several() -> None:
    group = Member("", "", "", [], [Captured({"python": "3.12", "cpus": 2}, {"a": "1"}), Captured({"python": "3.13"})])
    assert facts_of(group) == {"python": "several", "cpus": "several"}
    assert files_of(group) is None
    both = group._replace(captured=[Captured({}, {"a": "1", "b": "1"}), Captured({}, {"a": "1", "b": "2"})])
    assert files_of(both) == {"a": "1", "b": "1 2"}
    assert facts_of(Member("", "", "", [])) == {}


# --- figures ---


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"), (0.00562, "0.56 %"), (0.0957, "9.6 %"), (0.0999, "10.0 %"), (0.57, "57 %"), (0.994, "99 %"),
        (0.9951, "100 %"), (12.8, "1280 %"), (128.7, "12,870 %"), (0.000709, "0.07 %"), (2e-8, "0.000002 %"),
    ],
)  # fmt: skip
def test_shares_are_percentages_of_two_digits(share: float, text: str) -> None:
    assert spelled.percent(share) == text


@given(st.floats(1e-12, 1e6))
def test_percentages_are_near(share: float) -> None:
    shown = float(spelled.percent(share).removesuffix(" %").replace(",", ""))
    assert math.isclose(shown, 100 * share, rel_tol=0.5 if share < 1e-3 else 0.051)


def _figures(values: list[Any], goal: str | None = None, tolerance: float | None = None) -> list[spelled.Figures]:
    rule = Rule({} if tolerance is None else {"mse": tolerance})
    return spelled.figures(metric_row("mse", members(values, goal=goal), 0, "last", {"e/x/index.html": rule}))


def test_figures_have_the_decimals_of_their_row() -> None:
    base, one = _figures([0.5, 0.123456], goal="min")
    assert (base.value, base.delta, base.judged, base.shown) == ("0.5000", "", "", "")
    assert (one.value, one.delta, one.relative, one.judged) == ("0.1235", "−0.3765", "−75 %", "▼ better")
    assert one.shown == "▼ 0.3765 (75 %)"
    _, one = _figures([[0.5, 0.51, 0.5001], [0.7, 0.7003, 0.7001]])
    assert (one.value, one.word, one.p) == ("0.70013 ± 0.00015", "can’t tell", "")


def test_what_looks_the_same_is_the_same() -> None:
    _, one = _figures([1234.0, 1234.4], goal="min")
    assert (one.shown, one.word, one.judged) == ("=", "", "=")
    _, one = _figures([0.5, 0.52], goal="min", tolerance=0.1)
    assert (one.shown, one.judged) == ("▲ 0.02 (4.0 %)", "= same")
    _, one = _figures([0.0, 2.0], goal="max")
    assert (one.shown, one.relative) == ("▲ 2", "")


def test_values_that_are_no_numbers_are_spelled() -> None:
    found = _figures([0.5, "nan", "diverged", None], goal="min")
    assert [one.value for one in found] == ["0.5", "nan", "diverged", "–"]
    assert [one.delta for one in found] == ["", "", "", ""]


# --- names in the settings ---


def _experiments() -> list[ExperimentSummary]:
    runs = [run(1, 0.5, title="twin"), run(2, 0.4, title="twin"), run(3, 0.3, title="only", params={"k": 3})]
    return [ExperimentSummary("e/x/index.html", "the x", None, None, {}, tuple(runs), "mse")]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("r1", "x/1"), ("x/2", "x/2"), ("the x/r3", "x/3"), ("only", "x/3"), ("the x/only", "x/3"), ("k:3", "x?k:3"),
        ("x?k:3", "x?k:3"), ("the x?title:twin", "x?title:twin"),
    ],
)  # fmt: skip
def test_a_name_is_a_run_or_else_a_query(name: str, key: str) -> None:
    found = find_member(name, _experiments())
    assert (found.key, found.given, found.group) == (key, name, "?" in key)
    assert len(found.rows) == (2 if "twin" in key else 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("twin", "2 runs are called 'twin'; name one of them by its id: x/2, x/1"),
        ("onyl", "there is no run 'onyl' (did you mean 'only'?)"),
        ("zzzz", "there is no run 'zzzz'"),
        ("the y?k:3", "there is no experiment 'the y' (did you mean 'the x'?)"),
        ("k:4", "no run matches 'k:4'"),
        ("kk:4", "No param, metric or tag is called “kk”; try k:*"),
        ("k<a", "“a” is not a number; try k<0.5"),
    ],
)
def test_a_name_that_means_nothing_is_explained(name: str, said: str) -> None:
    with pytest.raises(UnresolvedError) as caught:
        find_member(name, _experiments())
    assert str(caught.value) == said


def test_groups_are_paired_by_a_tag_as_well() -> None:
    values = {0: (0.30, 0.20), 1: (0.31, 0.21), 2: (0.29, 0.22), 3: (0.33, 0.22)}
    runs = [
        [run(100 * side + seed, both[side], goal="min", tags={"seed": str(seed)}) for seed, both in values.items()]
        for side in (0, 1)
    ]
    # One that has no seed is no pair, and neither are two with the same.
    runs[1] += [run(7, 0.5), run(8, 0.6, tags={"seed": "3"}), run(9, 0.7, tags={"seed": "9"})]
    experiment = ExperimentSummary("e/x/index.html", "x", None, None, {}, tuple(chain(*runs)), "mse", "min")
    groups = [Member("", "", "", [Row(experiment, one, {}) for one in some], group=True) for some in runs]
    row = metric_row("mse", groups, 0, "last", {"e/x/index.html": Rule(pair_by="seed")})
    known = verdict.paired([values[seed][1] - values[seed][0] for seed in (0, 1, 2)])
    assert row.cells[1].verdict is not None and row.cells[1].verdict.interval == known
    assert row.pair_by == "seed"


def test_a_number_beyond_floats_has_no_difference() -> None:
    assert delta_of(10**400, 1.0, "min") == (None, None, "")
