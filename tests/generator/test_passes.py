"""Runs of several passes: which points a later pass superseded, read at once and as the files grow."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from time import sleep
from typing import NamedTuple

import numpy
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import runpages
from runpages.format.layout import iso_time
from runpages.format.read import read_run
from runpages.format.records import Series
from runpages_site.build import build
from runpages_site.read import downsample, passes, points, run_folder
from tests.format.strategy import same
from tests.generator.conftest import NOW
from tests.generator.test_points import MEMORY
from tests.generator.test_points import read as read_noted

HEADER = "name,step,time,value,text\n"
OWNER = {"host": "elsewhere", "pid": 7}


class Logged(NamedTuple):
    """A point, or where it has no step, the moment at which a writer took the run over."""

    writer: str
    time: float
    step: int | None = None
    value: float = 0.5


def write(folder: Path, lines: Iterable[Logged]) -> None:
    """Append to the files of a run what was logged."""
    folder.mkdir(parents=True, exist_ok=True)
    for writer, time, step, value in lines:
        if step is None:
            with (folder / f"changes.{writer}.jsonl").open("a") as file:
                file.write(json.dumps({"time": iso_time(time), "status": "Running", "owner": OWNER}) + "\n")
            continue
        path = folder / (f"metrics.{writer}.csv" if writer else "metrics.csv")
        new = not path.exists()
        with path.open("a") as file:
            file.write((HEADER if new else "") + f"loss,{step},{time:.3f},{value!r},\n")


def read(folder: Path, memory: Path | None = None) -> dict[str, Series]:
    found, problems = read_noted(folder, memory)
    assert problems == []
    return found


def course(writer: str, start: float, steps: Iterable[int], value: float = 0.5) -> list[Logged]:
    """A point a second, each with the value and its step behind the point."""
    return [Logged(writer, start + at, step, value + step / 1000) for at, step in enumerate(steps)]


def points_of(one: object) -> list[tuple[float, object]]:
    return list(zip(one.steps, one.values, strict=True))  # type: ignore[attr-defined]


# --- what a later pass supersedes ---


def test_what_was_logged_again_from_a_checkpoint_on_is_superseded(tmp_path: Path) -> None:
    write(tmp_path, course("", 1000, range(150)))
    write(tmp_path, [Logged("b", 2000), *course("b", 2001, range(100, 160), 0.9)])
    loss = read(tmp_path)["loss"]
    assert loss.steps == list(range(160))
    assert loss.values[99:101] == [0.599, 1.0]
    (gone,) = loss.superseded
    assert gone.steps == list(range(100, 150))
    assert (gone.cut, gone.resumed) == (100, 2000.0)
    assert loss.total == 210


def test_the_files_are_read_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, [*course("", 1000, range(5)), Logged("b", 2000), *course("b", 2001, range(2, 7))])
    record = read_run(str(tmp_path), now=0.0)
    assert record.series["loss"].steps == [0, 1, 2, 3, 4, 2, 3, 4, 5, 6]
    assert [(one.time, one.writer) for one in record.passes] == [(2000.0, "b")]
    assert record.document["resumed"] == [{"time": "1970-01-01T00:33:20.000Z", "writer": "b"}]


def test_a_published_document_says_the_passes_as_well(tmp_path: Path) -> None:
    write(tmp_path, [*course("", 1000, range(5)), Logged("b", 2000), *course("b", 2001, range(2, 7))])
    document = read_run(str(tmp_path), now=0.0).document
    before = read(tmp_path)
    (tmp_path / "changes.b.jsonl").unlink()
    (tmp_path / "run.json").write_text(json.dumps({"format": 1, "resumed": document["resumed"]}))
    assert same(read(tmp_path), before)


def test_three_passes(tmp_path: Path) -> None:
    write(tmp_path, course("", 1000, range(150)))
    write(tmp_path, [Logged("b", 2000), *course("b", 2001, range(100, 130), 1.5)])
    write(tmp_path, [Logged("c", 3000), *course("c", 3001, range(50, 60), 2.5)])
    loss = read(tmp_path)["loss"]
    assert loss.steps == list(range(60))
    assert [(one.steps[0], one.steps[-1], one.cut, one.resumed) for one in loss.superseded] == [
        (50, 149, 50, 3000.0),
        (100, 129, 50, 3000.0),
    ]


def test_one_process_that_goes_on_in_one_file(tmp_path: Path) -> None:
    write(tmp_path, [Logged("b", 1000), *course("b", 1000, range(10))])
    write(tmp_path, [Logged("b", 2000), *course("b", 2000, range(6, 12), 0.9)])
    loss = read(tmp_path)["loss"]
    assert loss.steps == list(range(12))
    assert [one.steps for one in loss.superseded] == [[6, 7, 8, 9]]


@pytest.mark.parametrize(
    ("steps", "gone"),
    [(range(10, 15), []), (range(3), list(range(10))), (range(9, 12), [9])],
    ids=["steps-that-go-on", "from-the-beginning", "the-last-step-again"],
)
def test_where_a_pass_begins(tmp_path: Path, steps: range, gone: list[int]) -> None:
    write(tmp_path, [*course("", 1000, range(10)), Logged("b", 2000), *course("b", 2001, steps)])
    assert [step for one in read(tmp_path)["loss"].superseded for step in one.steps] == gone


def test_steps_that_go_back_in_one_pass_are_one_curve(tmp_path: Path) -> None:
    folds = [point for fold in range(3) for point in course("", 1000 + 100 * fold, range(10), fold)]
    write(tmp_path, folds)
    loss = read(tmp_path)["loss"]
    assert loss.strands == ()
    assert loss.steps == sorted([*range(10)] * 3)


@pytest.mark.parametrize("steps", [[55], [51, 59], [101, 110]])
def test_a_checkpoint_that_is_evaluated_afterwards_supersedes_nothing(tmp_path: Path, steps: list[int]) -> None:
    write(tmp_path, [*course("", 1000, range(0, 101, 10)), Logged("b", 2000), *course("b", 2001, steps)])
    loss = read(tmp_path)["loss"]
    assert loss.strands == ()
    assert loss.steps == sorted([*range(0, 101, 10), *steps])


def test_evaluations_that_come_in_any_order_make_one_curve(tmp_path: Path) -> None:
    for at, step in enumerate((300, 100, 200)):
        write(tmp_path, [Logged(f"w{at}", 2000 + 10 * at), *course(f"w{at}", 2001 + 10 * at, [step])])
    loss = read(tmp_path)["loss"]
    assert (loss.steps, loss.strands) == ([100, 200, 300], ())


def test_another_name_is_not_superseded(tmp_path: Path) -> None:
    write(tmp_path, [*course("", 1000, range(10)), Logged("b", 2000)])
    (tmp_path / "metrics.b.csv").write_text(HEADER + "accuracy,0,2001.000,0.5,\n")
    assert read(tmp_path)["loss"].superseded == []


def test_what_a_process_logs_after_it_took_over_is_of_its_pass_whatever_its_points_say(tmp_path: Path) -> None:
    write(tmp_path, [*course("", 1000, range(10)), Logged("b", 2000), *course("b", 5, range(4, 8), 0.9)])
    loss = read(tmp_path)["loss"]
    assert loss.steps == list(range(8))
    assert [one.steps for one in loss.superseded] == [[4, 5, 6, 7, 8, 9]]


def test_points_without_times(tmp_path: Path) -> None:
    write(tmp_path, [Logged("b", 2000)])
    (tmp_path / "metrics.csv").write_text("name,step,value\nloss,0,1.5\nloss,1,1.25\nloss,2,1.0\n")
    (tmp_path / "metrics.b.csv").write_text("name,step,value\nloss,1,0.5\n")
    loss = read(tmp_path)["loss"]
    assert (loss.values, [one.values for one in loss.superseded]) == ([1.5, 0.5], [[1.25, 1.0]])


def test_the_start_of_a_run_that_was_made_is_no_pass(tmp_path: Path) -> None:
    line = {"time": iso_time(5), "status": "Running", "started": iso_time(5), "owner": OWNER}
    (tmp_path / "changes.b.jsonl").write_text(json.dumps(line) + "\n")
    assert read_run(str(tmp_path), now=0.0).passes == ()


def test_of_a_long_pass_exactly_what_was_logged_again_is_superseded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least value before the checkpoint must not be lost to a lower one after it, which was superseded."""
    monkeypatch.setattr(downsample, "FEW", 64)
    monkeypatch.setattr(passes, "FEW", 64)
    monkeypatch.setattr(downsample, "STRETCHES", 4)
    values = {98: 0.25, 101: 0.125}
    write(tmp_path, [Logged("", 1000 + step, step, values.get(step, 0.5)) for step in range(200)])
    write(tmp_path, [Logged("b", 2000), *course("b", 2001, range(100, 120))])
    loss = read(tmp_path)["loss"]
    assert min(loss.values) == 0.25  # type: ignore[type-var]
    assert loss.whole is not None
    assert (loss.whole.points, loss.total) == (120, 220)
    assert max(step for step in loss.steps if step not in range(100, 120)) < 100


# --- ranks ---


def test_ranks_are_lines_and_the_metric_is_their_mean(tmp_path: Path) -> None:
    for rank in range(4):
        write(tmp_path, course(f"rank{rank}-node-{rank}-ab" if rank else "", 1000, range(10), rank))
    loss = read(tmp_path)["loss"]
    assert [one.label for one in loss.of_role("rank")] == ["rank 0", "rank 1", "rank 2", "rank 3"]
    assert loss.steps == list(range(10))
    assert loss.values == pytest.approx([1.5 + step / 1000 for step in range(10)])
    assert loss.total == 40


def test_many_ranks_are_a_band(tmp_path: Path) -> None:
    for rank in range(16):
        write(tmp_path, course(f"node-{rank}-ab", 1000, range(10), rank))
    loss = read(tmp_path)["loss"]
    ((low,), (high,)) = loss.of_role("low"), loss.of_role("high")
    assert (low.label, low.values[0], high.values[0], loss.values[0]) == ("16 processes", 0.0, 15.0, 7.5)
    assert low.steps == high.steps == loss.steps == list(range(10))


@pytest.mark.parametrize("tasks", [[[0], [1], [2]], [[0, 3], [1, 4], [2, 5]], [[at] for at in range(9)] + [[4]]])
def test_workers_that_take_turns_make_one_curve(tmp_path: Path, tasks: list[list[int]]) -> None:
    """The last of these tried one task twice."""
    for at, steps in enumerate(tasks):
        write(tmp_path, course(f"node-{at}-ab", 1000 + at, steps))
    loss = read(tmp_path)["loss"]
    assert loss.strands == ()
    assert loss.steps == sorted(step for steps in tasks for step in steps)


def test_ranks_that_were_restarted(tmp_path: Path) -> None:
    """The process that began the run was rank 0, and has no rank in the name of its file."""
    for at in range(2):
        write(tmp_path, course("rank1-a-1-ab" if at else "", 1000, range(10), at))
    write(tmp_path, [Logged("rank1-b-3-ab", 2000)])
    for at in range(2):
        write(tmp_path, course(f"rank{at}-b-{2 + at}-ab", 2001, range(6, 12), 3 + at))
    loss = read(tmp_path)["loss"]
    assert [(one.label, one.steps) for one in loss.of_role("rank")] == [
        ("rank 0", [*range(12)]),
        ("rank 1", [*range(12)]),
    ]
    (gone,) = loss.superseded
    assert gone.steps == [6, 7, 8, 9]
    assert gone.values == pytest.approx([0.5 + step / 1000 for step in gone.steps])


def test_the_mean_of_ranks_keeps_what_is_no_number_in_sight(tmp_path: Path) -> None:
    rows = [("a", [1, math.nan, None, 3, True, "inf", 10**400]), ("b", [2, 0.5, None, 3, True, "-inf", 0.5])]
    for writer, values in rows:
        spelled = [json.dumps(value).replace("NaN", "nan").strip('"') for value in values]
        lines = [f"loss,{step},5.000,{value},\n" for step, value in enumerate(spelled)]
        (tmp_path / f"metrics.node-{writer}-ab.csv").write_text(HEADER + "".join(lines))
    mean = read(tmp_path)["loss"].values
    assert mean[0] == 1.5
    assert math.isnan(mean[1])  # type: ignore[arg-type]
    assert mean[2:5] == [None, 3, True]
    assert math.isnan(mean[5])  # type: ignore[arg-type]
    assert mean[6] is None


def test_texts_of_ranks_stay_in_the_order_of_their_times(tmp_path: Path) -> None:
    for at in range(2):
        (tmp_path / f"metrics.node-{at}-ab.csv").write_text(HEADER + f"note,0,{5 + at}.000,,from {at}\n")
    assert read(tmp_path)["note"].values == ["from 0", "from 1"]


# --- files that grow ---

logged = st.lists(
    st.tuples(st.sampled_from(["", "b", "rank1-c-3-ab"]), st.integers(-2, 5), st.none() | st.integers(0, 30)),
    max_size=60,
)
"""Who, how much later than the last, and at which step; without one it takes the run over."""


def spread(given: list[tuple[str, int, int | None]]) -> list[Logged]:
    time, found = 1000.0, []
    for at, (writer, later, step) in enumerate(given):
        time += later
        found.append(Logged(writer or ("" if step is not None else "b"), time, step, at + 0.5))
    return found


def oracle(lines: list[Logged]) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """The points that stand and those that are superseded, by the rule as it is written in the format."""
    taken = sorted({(line.time, line.writer) for line in lines if line.step is None})
    latest: dict[str, float] = {}
    found: list[tuple[int, int, float]] = []
    for writer, time, step, value in lines:
        if step is None:
            continue
        latest[writer] = max(latest.get(writer, -math.inf), time)
        own = next((at for at, one in enumerate(taken, 1) if one[1] == writer), 0)
        found.append((max(own, sum(one[0] <= latest[writer] for one in taken)), step, value))
    by_pass = {at: [step for other, step, _ in found if other == at] for at, _, _ in found}
    restarts = {
        at: min(steps)
        for at, steps in by_pass.items()
        if any(before < at and min(steps) <= step <= max(steps) for before, step, _ in found)
    }
    gone = [any(at > one[0] and step <= one[1] for at, step in restarts.items()) for one in found]
    stand = sorted(one[1:] for one, is_gone in zip(found, gone, strict=True) if not is_gone)
    return stand, sorted(one[1:] for one, is_gone in zip(found, gone, strict=True) if is_gone)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=logged, ends=st.lists(st.integers(0, 60), max_size=3), few=st.sampled_from([2, downsample.FEW]))
def test_a_run_that_grows_is_read_as_the_whole_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[tuple[str, int, int | None]], ends: list[int], few: int
) -> None:
    monkeypatch.setattr(points, "LONG", 1)
    monkeypatch.setattr(downsample, "FEW", few)
    monkeypatch.setattr(passes, "FEW", few)
    monkeypatch.setattr(downsample, "STRETCHES", 3)
    monkeypatch.setattr(downsample, "HEAD", 1)
    lines, folder, memory = spread(given), tmp_path / "run", tmp_path / MEMORY
    for path in [*folder.glob("*"), *tmp_path.glob("*.json")]:
        path.unlink()
    before = 0
    for end in [*sorted(ends), len(lines)]:
        write(folder, lines[before:end])
        before = max(before, end)
        assert same(read(folder, memory), read(folder))
    loss = read(folder).get("loss")
    if loss is None:
        return
    stand, gone = oracle(lines)
    event(f"superseded: {bool(gone)}, ranks: {bool(loss.of_role('rank'))}")
    assert loss.total == len(stand) + len(gone)
    if few > 2 and not loss.of_role("rank"):
        assert sorted(points_of(loss)) == stand
    if few > 2 and len(loss.superseded) == 1 and loss.superseded[0].whole is None:
        assert sorted(points_of(loss.superseded[0])) == gone


# --- in a site ---


def test_a_long_run_that_went_on_in_its_file_has_levels_of_what_stands(tmp_path: Path) -> None:
    """What is built as the file grows is what is built at once: nothing of the superseded points stays behind."""
    run = tmp_path / "runs" / "demo" / "a"
    write(run, course("", 1000, range(20_000)))
    sites = [tmp_path / "grown", tmp_path / "anew"]
    build(tmp_path / "runs", sites[0], now=NOW, version="1")
    write(run, [Logged("b", 50_000), *course("", 50_000, range(17_000, 21_000), 0.9)])
    for site in sites:
        build(tmp_path / "runs", site, now=NOW, version="1")
    grown, anew = ({path.relative_to(site): path.read_bytes() for path in data(site)} for site in sites)
    assert grown == anew
    assert sorted(path.name for path in grown if path.parent.name == "loss") == ["0-0.js", "0-1.js", "1-0.js"]
    assert b'"points":21000,' in grown[Path("e/demo/a/points.js")]


def data(site: Path) -> list[Path]:
    return [*site.glob("e/demo/a/points/loss/*.js"), site / "e/demo/a/points.js"]


def test_pictures_that_were_logged_again_say_so(tmp_path: Path) -> None:
    with runpages.start("demo", root=tmp_path, capture=False) as run:
        for step in range(3):
            run.log_image("sample", plot=numpy.zeros((2, 2)), step=step)
    with runpages.resume(run.folder) as again:
        again.log_image("sample", plot=numpy.ones((2, 2)), step=1, caption="better")
    found = run_folder.read_run(run.folder, now=NOW).record.images
    assert [(image.step, image.caption) for image in found] == [
        (0, None),
        (1, "superseded"),
        (2, "superseded"),
        (1, "better"),
    ]


def test_a_run_that_went_on_in_one_process(tmp_path: Path) -> None:
    """A loop that tries again: each time the run is resumed, and goes on from an earlier step."""
    run = runpages.start("demo", root=tmp_path, capture=False)
    for last, first in ((6, 0), (9, 4), (12, 2)):
        for step in range(first, last):
            run.log("loss", first + step / 100, step=step)
        run.fail("once more")
        sleep(0.002)  # Times are in milliseconds.
        run = runpages.resume(run.folder)
    record = run_folder.read_run(run.folder, now=NOW).record
    loss = record.series["loss"]
    assert len(record.passes) == 3
    assert (loss.steps, loss.values[1:4]) == ([*range(12)], [0.01, 2.02, 2.03])
    assert run_folder.summarize(record, "").metrics["loss"].min == 0.0
    assert [one.cut for one in loss.superseded] == [2, 2]
    assert run.get_metrics("loss")["loss"][:3] == [0.0, 0.01, 0.02]
    assert len(run.get_metrics("loss")["loss"]) == 21
    run.complete()
