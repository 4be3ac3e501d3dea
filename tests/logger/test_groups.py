"""Runs that were read are grouped by what they were given; numbers of groups are over all members, and are judged."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runpages
from runpages import UserError
from runpages.format import verdict
from runpages.groups import Groups
from tests.logger.conftest import Start


def by_hand(workspace: Path, id: str, values: Sequence[object] = (), **document: Any) -> None:
    """A completed run with the metric `loss`, whose goal is `min`."""
    folder = workspace / "e" / id
    folder.mkdir(parents=True)
    points = "".join(f"loss,{step},{value}\n" for step, value in enumerate(values))
    (folder / "metrics.csv").write_text("name,step,value\n" + points, encoding="utf-8")
    (folder / "series.json").write_text(json.dumps({"series": {"loss": {"goal": "min"}}}), encoding="utf-8")
    document = {"format": 1, "id": id, "status": "Completed", **document}
    (folder / "run.json").write_text(json.dumps(document), encoding="utf-8")


def labels(groups: Groups) -> dict[str, list[str]]:
    return {group.label: [run.id for run in group.runs] for group in groups}


def test_runs_are_grouped_by_a_param_in_the_order_of_its_values_and_not_set_is_last(here: Path) -> None:
    given = [{"lr": 0.1}, {"lr": 1}, {"lr": 0.01}, {}, {"lr": 1.0}, {"lr": 1e-05}]
    for at, params in enumerate(given):
        by_hand(here, f"r{at}", [1], params=params)
    found = runpages.read(here).groups(by="lr")
    assert labels(found) == {"1e-05": ["r5"], "0.01": ["r2"], "0.1": ["r0"], "1": ["r1", "r4"], "not set": ["r3"]}
    assert [group.key for group in found] == [(1e-05,), (0.01,), (0.1,), (1,), (None,)]
    assert [group.n for group in found] == [1, 1, 1, 2, 1]
    assert found.group(1.0) is found.group("1") is found.group((1,)) is found[3]
    assert len(found[1:3]) == 2
    assert repr(found) == "Groups(by=['lr'], 1e-05: 1, 0.01: 1, 0.1: 1, 1: 2, not set: 1)"
    assert repr(found[3]) == "Group('1', n=2)"


def test_values_that_are_no_numbers_are_told_apart_by_their_text(here: Path) -> None:
    for at, value in enumerate(["b", "a", 1, "1", True, None, [1, {"a": "é"}], 1.0, "not set"]):
        by_hand(here, f"r{at}", params={"p": value})
    by_hand(here, "r9")
    assert labels(runpages.read(here).groups(by="p")) == {
        "1": ["r2", "r3"],
        "1.0": ["r7"],
        '[1, {"a": "é"}]': ["r6"],
        "a": ["r1"],
        "b": ["r0"],
        '["not set"]': ["r8"],
        "null": ["r5"],
        "true": ["r4"],
        "[null]": ["r9"],
    }


def test_not_finite_params_are_groups_too(here: Path) -> None:
    for at, value in enumerate([float("nan"), float("inf"), 2, float("nan"), float("-inf")]):
        by_hand(here, f"r{at}", params={"p": value})
    assert list(labels(runpages.read(here).groups(by="p"))) == ["-inf", "2", "inf", "nan"]


def test_tags_and_several_keys_group_and_a_param_comes_before_a_tag(here: Path) -> None:
    by_hand(here, "r0", params={"net": {"depth": 2}}, tags={"data": "v1", "bare": None, "net.depth": "deep"})
    by_hand(here, "r1", params={"net": {"depth": 2}}, tags={"data": "v2"})
    by_hand(here, "r2", tags={"data": "v2"})
    found = runpages.read(here)
    assert labels(found.groups(by=["net.depth", "data"])) == {"2, v1": ["r0"], "2, v2": ["r1"], "not set, v2": ["r2"]}
    assert labels(found.groups(by="tag.net.depth")) == {"deep": ["r0"], "not set": ["r1", "r2"]}
    assert labels(found.groups(by="param.net.depth")) == {"2": ["r0", "r1"], "not set": ["r2"]}
    assert labels(found.groups(by=("bare",))) == {"": ["r0"], "not set": ["r1", "r2"]}


def test_labels_that_would_read_the_same_are_told_apart(here: Path) -> None:
    by_hand(here, "r0", params={"a": "x, y", "b": "z"})
    by_hand(here, "r1", params={"a": "x", "b": "y, z"})
    assert sorted(labels(runpages.read(here).groups(by=["a", "b"]))) == ['["x","y, z"]', '["x, y","z"]']


@pytest.mark.parametrize(("by", "message"), [
    ("rate", "no run has a param or tag 'rate'; there are: lr, seed, t"),
    ("param.t", "no run has a param or tag 'param.t'; there are: lr, seed, t"),
    ([], "by has no names; give it a param or tag, or several"),
])  # fmt: skip
def test_an_unknown_key_is_an_error_with_what_there_is(here: Path, by: Any, message: str) -> None:
    by_hand(here, "r0", params={"lr": 1, "seed": 1}, tags={"t": "1"})
    with pytest.raises(UserError) as raised:
        runpages.read(here).groups(by=by)
    assert raised.value.message == message


def test_the_value_that_counts_is_last_best_or_at_a_step(here: Path) -> None:
    by_hand(here, "r0", [3, 1, 2], params={"lr": 1})
    by_hand(here, "r1", [5, 4, "nan"], params={"lr": 1})
    by_hand(here, "r2", [7], params={"lr": 1})
    (group,) = runpages.read(here).groups(by="lr")
    assert group.values("loss") == [2, 7]  # A run that ended in nan has no last value.
    assert group.values("loss", "best") == group.values("loss", "min") == [1, 4, 7]
    assert group.values("loss", "best", goal="max") == group.values("loss", "max") == [3, 5, 7]
    assert group.values("loss", at=1) == [1, 4]
    assert group.values("loss", at=9) == []
    assert group.spread("loss", "best") == verdict.Spread(3, 4, 3, 1, 7)


def test_values_are_taken_by_step_whatever_the_order_of_the_file(here: Path) -> None:
    by_hand(here, "r0", [1], params={"lr": 1})
    metrics = here / "e" / "r0" / "metrics.csv"
    metrics.write_text("name,step,value\nloss,5,50\nloss,2,20\nloss,2,21\nloss,3,text\n", encoding="utf-8")
    (group,) = runpages.read(here).groups(by="lr")
    assert (group.values("loss"), group.values("loss", at=2), group.values("loss", at=3)) == ([50], [21], [])


def test_only_runs_that_completed_count(start: Start, here: Path) -> None:
    for number, status in enumerate(["Completed", "Failed", "Canceled", "NotResponding", "finished", None]):
        by_hand(here / "runs", f"r{number}", [number], status=status, params={"lr": 1})
    with start(params={"lr": 1}) as run:
        run.log("loss", 10)
        (group,) = runpages.read("runs").groups(by="lr")
        assert (group.n, group.values("loss")) == (7, [0, 4, 5])
    (group,) = runpages.read("runs").groups(by="lr")
    assert sorted(group.values("loss")) == [0, 4, 5, 10]


def test_a_parent_with_a_value_stands_for_its_children(here: Path) -> None:
    by_hand(here, "mean", [3], params={"lr": 1})
    by_hand(here, "bare", params={"lr": 1})
    for fold in range(2):
        by_hand(here, f"m{fold}", [fold], parent="mean", params={"lr": 1})
        by_hand(here, f"b{fold}", [fold + 10], parent="bare", params={"lr": 1})
    by_hand(here, "self", [20], parent="self", params={"lr": 1})
    (group,) = runpages.read(here).groups(by="lr")
    assert (group.n, sorted(group.values("loss"))) == (7, [3, 10, 11, 20])


def test_numbers_of_a_thousand_members_are_those_of_numpy(here: Path) -> None:
    draw = random.Random(2)
    values = {
        arm: [repr(1e6 * (arm == "far") + draw.gauss(0, 1)) for _ in range(n)]
        for arm, n in (("near", 10), ("far", 1000))
    }
    for arm, all_of_it in values.items():
        for at, value in enumerate(all_of_it):
            by_hand(here, f"{arm}{at}", [value], params={"arm": arm})
    found = runpages.read(here).groups(by="arm")
    for arm, all_of_it in values.items():
        theirs, ours = np.array(all_of_it, dtype=np.float64), found.group(arm).spread("loss")
        assert ours.n == found.group(arm).n == len(theirs)
        assert ours.mean == pytest.approx(np.mean(theirs), rel=1e-14)
        assert ours.sd == pytest.approx(np.std(theirs, ddof=1), rel=1e-9)
        assert (ours.least, ours.most) == (theirs.min(), theirs.max())


# --- verdicts --------------------------------------------------------------------------------------------


@pytest.fixture
def sweep(here: Path) -> Groups:
    """Six seeds of each of three learning rates; the seeds of `3` are others."""
    draw = random.Random(1)
    for lr, mean in ((1, 5.0), (2, 4.0), (3, 5.0)):
        for seed in range(6):
            value = mean + seed / 10 + draw.gauss(0, 0.05)
            by_hand(here, f"lr{lr}-{seed}", [value], params={"lr": lr, "seed": seed + 10 * (lr == 3)})
    return runpages.read(here).groups(by="lr")


def test_groups_are_judged_against_one_of_them(sweep: Groups) -> None:
    found = sweep.verdicts(1, "loss")
    values = {group.label: group.values("loss") for group in sweep}
    reference = values.pop("1")
    assert found == verdict.verdicts(values, reference, goal="min")
    assert {label: one.word for label, one in found.items()} == {"2": "better", "3": "unknown"}
    assert sweep.verdicts("1", "loss", goal="max")["2"].word == "worse"
    assert sweep.verdicts(1, "loss", "best", tolerance=1.0)["3"].word == "same"


def test_pairs_are_of_runs_with_the_same_seed(sweep: Groups, here: Path) -> None:
    found = sweep.verdicts(1, "loss", pair_by="seed")
    pairs = list(zip(sweep.group(2).values("loss"), sweep.group(1).values("loss"), strict=True))
    assert found["2"].interval == verdict.paired([a - b for a, b in pairs])
    assert found["3"] == verdict.Verdict("unknown", None, None, 1)
    # Which of two runs with one seed belongs to the pair nobody can tell.
    by_hand(here, "lr2-again", [4.0], params={"lr": 2, "seed": 0})
    again = runpages.read(here).groups(by="lr").verdicts(1, "loss", pair_by="seed")
    assert again["2"].interval == verdict.paired([a - b for a, b in pairs[1:]])


def test_failed_runs_do_not_change_a_verdict(sweep: Groups, here: Path) -> None:
    by_hand(here, "broken", [99], params={"lr": 2, "seed": 99}, status="Failed")
    assert runpages.read(here).groups(by="lr").verdicts(1, "loss") == sweep.verdicts(1, "loss")


@pytest.mark.parametrize(("ask", "message"), [
    ({"reference": 9}, "no group 9; there are: 1, 2, 3"),
    ({"metric": "acc"}, "no run has the metric 'acc'"),
    ({"value": "median"}, "value='median' is none of 'last', 'min', 'max' and 'best', which takes a goal of these"),
    ({"pair_by": "fold"}, "no run has a param or tag 'fold'; there are: lr, seed"),
])  # fmt: skip
def test_what_cannot_be_judged_is_an_error(sweep: Groups, ask: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as raised:
        sweep.verdicts(**{"reference": 1, "metric": "loss", **ask})
    assert raised.value.message == message


def test_a_metric_without_a_goal_asks_for_one(here: Path) -> None:
    by_hand(here, "r0", [1], params={"lr": 1})
    (here / "e" / "r0" / "series.json").unlink()
    groups = runpages.read(here).groups(by="lr")
    message = "loss has no goal; say which values are better: goal='min' or goal='max'"
    for ask in (lambda: groups.verdicts(1, "loss"), lambda: groups[0].values("loss", "best")):
        with pytest.raises(UserError) as raised:
            ask()
        assert raised.value.message == message
    assert groups.verdicts(1, "loss", goal="min") == {}
