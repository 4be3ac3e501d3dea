"""`kill -9` at random moments: what a call returned from is there, and nothing torn is taken for a value."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from tests.logger.conftest import runs
from tests.logger.kill import KINDS, look, moment, trial, trial_before

KILLS = 24
CHANGES = 30


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_call_returned_from_survives_kill_9_at_any_moment(here: Path, kind: str) -> None:
    outcomes = [trial(kind, seed, here / str(seed)) for seed in range(KILLS)]
    assert [fault for outcome in outcomes for fault in outcome.faults] == []
    assert sum(outcome.acknowledged for outcome in outcomes) > 0


@pytest.mark.parametrize("kind", ["start", "log_image", "upload_file", "tag", "complete"])
def test_a_kill_between_any_two_changes_of_the_folder_loses_nothing(here: Path, kind: str) -> None:
    outcomes = [trial_before(change, kind, here / str(change)) for change in range(CHANGES)]
    assert [fault for outcome in outcomes for fault in outcome.faults] == []
    assert outcomes[0].acknowledged == 0
    assert outcomes[-1].acknowledged >= 2


def test_the_moments_of_the_kills_differ_and_come_back() -> None:
    moments = [moment("log", seed) for seed in range(100)]
    assert len(set(moments)) == 100
    assert {after for after, _ in moments} > {0, 1}
    assert moments == [moment("log", seed) for seed in range(100)]


# --- the look finds what it looks for ----------------------------------------------------------------------


def cut(folder: Path) -> None:
    metrics = folder / "metrics.csv"
    metrics.write_bytes(metrics.read_bytes()[:-3])


def shorten(folder: Path) -> None:
    metrics = folder / "metrics.csv"
    metrics.write_bytes(metrics.read_bytes()[:-3] + b",\n")


def tear(folder: Path) -> None:
    document = folder / "run.json"
    document.write_bytes(document.read_bytes()[:-3])


@pytest.mark.parametrize(
    ("harm", "lost", "torn", "cuts"),
    [(lambda _: None, 0, 0, 0), (shutil.rmtree, 1, 0, 0), (cut, 1, 1, 1), (shorten, 1, 1, 0), (tear, 1, 0, 0)],
)
def test_what_is_lost_torn_or_cut_is_found(
    here: Path, harm: Callable[[Path], object], lost: int, torn: int, cuts: int
) -> None:
    for _ in islice(KINDS["complete"].calls(here / "runs"), 3):
        pass
    harm(max(runs(here / "runs"), key=lambda folder: '"number": 3' in (folder / "run.json").read_text()))
    outcome = look("complete", here / "runs", 3)
    assert (outcome.lost, outcome.torn, outcome.cut) == (lost, torn, cuts)
    assert bool(outcome.faults) == bool(lost)
