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
from runpages_site.comparison.delta import delta_of
from runpages_site.comparison.environment import changes, facts_of, in_words
from runpages_site.comparison.member import Captured, Member
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
