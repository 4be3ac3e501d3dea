"""The page of all runs of all experiments, made of blocks as the page of an experiment is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages_site.build import Report
from runpages_site.write import run_blocks
from runpages_site.write.site_folder import NOTES

from .conftest import NOW, MakeRun
from .test_data import put

Built = Callable[[], tuple[Path, Report]]
FILES = ("runs.html", "runs.js", "columns.js")


def column(site: Path, name: str, aggregate: str = "") -> list[Any]:
    """The values of a column, a text for each place."""
    known = next(one for one in put((site / "columns.js").read_bytes())["columns"] if one["key"] == name)
    place = known["aggregates"][aggregate] if aggregate else known
    values = put((site / place["file"].partition("?")[0]).read_bytes())[place["at"]]
    return [values["words"][at] for at in values["places"]] if "words" in values else values["numbers"]


def titles(site: Path) -> list[str]:
    found = re.findall(r">(run-\w)</a>", (site / "runs.html").read_text())
    assert put((site / "runs.js").read_bytes())["title"] == found
    return found


def make_three(make_run: MakeRun) -> None:
    for at, experiment in enumerate(["one", "two", "one"]):
        status = {"started": f"2026-11-2{at}T00:00:00Z", "ended": f"2026-11-2{at}T01:00:00Z", "status": "Completed"}
        make_run("abc"[at], experiment, name=f"run-{'abc'[at]}", **status)


def test_all_runs_are_listed_newest_first(make_run: MakeRun, built: Built) -> None:
    make_three(make_run)
    site, report = built()
    assert not report.faults
    assert titles(site) == ["run-c", "run-b", "run-a"]
    assert column(site, "tag:experiment") == ["one", "two", "one"]
    assert column(site, "metric:loss", "min") == [0.25] * 3
    assert column(site, "run:duration") == [3600] * 3
    assert put((site / "runs.js").read_bytes())["page"] == ["e/one/c.html", "e/two/b.html", "e/one/a.html"]
    assert 'href="e/two/b.html"' in (site / "runs.html").read_text()
    assert re.search(r'<a class="more" href="runs.html">All 3 runs</a>', (site / "index.html").read_text()) is None


def test_a_change_of_one_experiment_keeps_the_rows_of_the_others(make_run: MakeRun, built: Built) -> None:
    make_three(make_run)
    built()
    make_run("d", "two", name="run-d", started="2026-11-25T00:00:00Z", status="Failed")
    site, report = built()
    assert list(report.rendered) == [str(site.parent / "runs/two/d")]
    assert titles(site) == ["run-d", "run-c", "run-b", "run-a"]


def test_blocks_that_are_missing_or_damaged_are_made_again(make_run: MakeRun, built: Built) -> None:
    make_three(make_run)
    site, _ = built()
    for at, damage in enumerate(["", "{", None]):
        for path in (site / NOTES / "all-runs").iterdir():
            path.unlink() if damage is None else path.write_text(damage)
        make_run(f"d{at}", "two", name="run-d", started=f"2026-11-25T00:00:0{at}Z", status="Failed")
        site, report = built()
        assert not report.faults
        assert titles(site) == [*["run-d"] * (at + 1), "run-c", "run-b", "run-a"]


def test_a_change_of_one_run_makes_one_block_again(make_run: MakeRun, built: Built) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("LEAST", 2), ("MEAN", 2), ("MOST", 4)):
            patch.setattr(run_blocks, name, value)
        for at in range(16):
            make_run(f"r{at}", ("one", "two")[at % 2], name="run-a", started=NOW + at)
        site, _ = built()
        folder = site / NOTES / "all-runs"
        before = {path.name for path in folder.iterdir()}
        assert len(before) >= 8, "several blocks, and the part of each"
        document = site.parent / "runs/two/r7/run.json"
        renamed = document.read_text().replace("run-a", "run-b")
        for text, changed in ((renamed, 2), (renamed + "\n", 0)):  # The block, and what is made of it.
            document.write_text(text)
            built()
            after = {path.name for path in folder.iterdir()}
            assert len(after - before) == len(before - after) == changed
            before = after


def test_a_single_experiment_has_all_runs_on_its_own_page(make_run: MakeRun, built: Built, workspace: Path) -> None:
    make_three(make_run)
    for at in range(10):
        make_run(str(at), "one", name=f"trial {at}", started=NOW - at)
    site, _ = built()
    assert '<a class="more" href="runs.html">All 13 runs</a>' in (site / "index.html").read_text()
    for path in sorted((workspace / "two").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (workspace / "two").rmdir()
    site, _ = built()
    assert not any((site / path).exists() for path in (*FILES, "columns", f"{NOTES}/all-runs"))
    assert '<a class="more" href="e/one/index.html">All 12 runs</a>' in (site / "index.html").read_text()


def test_all_runs_show_as_many_main_metrics_as_a_screen_has_room_for(make_run: MakeRun, built: Built) -> None:
    notes = []
    for at in range(15):
        name = f"metric-{at}" if at < 8 else f"metric-with-a-long-name-{at}"
        make_run("run", f"study-{at}", metrics=f"name,step,time,value,text\n{name},0,1,0.5,\nother,0,1,2,\n")
        if at in (6, 14):
            site, _ = built()
            page = (site / "runs.html").read_text()
            shown = put((site / "columns.js").read_bytes())["default"]
            metrics = [key for key in shown if key.startswith("metric:")]
            (count,) = re.findall(r">Columns: (\d+) of 15 main metrics<", page) or [len(metrics)]
            notes.append((len(metrics), int(count)))
            assert "Other metrics are on the pages of the experiments." in page
    assert notes == [(7, 7), (4, 4)]


def test_odd_names_and_values_come_back(make_run: MakeRun, built: Built) -> None:
    odd = 'a <b>"&\u2028\ud800 name'
    huge = "name,step,time,value,text\nloss,0,1,1e400,\nloss,1,1,nan,\nbig,0,1,123456789012345678901234567890,\n"
    make_run("a", "one", name=odd, metrics=huge)
    make_run("b", 'two "&')
    site, report = built()
    assert not report.faults
    assert 'a <b>"&\\u2028\\ud800 name' in put((site / "runs.js").read_bytes())["title"]


def test_experiments_without_runs_have_an_empty_table(workspace: Path, built: Built) -> None:
    for name in ("one", "two"):
        (workspace / name).mkdir(parents=True)
        (workspace / name / "experiment.json").write_text('{"format": 1}')
    site, report = built()
    assert not report.faults
    assert titles(site) == []
