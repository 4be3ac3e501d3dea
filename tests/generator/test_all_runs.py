"""The page of all runs of all experiments, which each experiment leaves rows for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runpages_site.build import Report
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
    found = re.findall(r"<bdi>(run-\w)</bdi></a>", (site / "runs.html").read_text())
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


def test_rows_that_are_missing_are_made_again(make_run: MakeRun, built: Built) -> None:
    make_three(make_run)
    site, _ = built()
    before = [(site / path).read_bytes() for path in FILES]
    (site / NOTES / "rows/one.json").unlink()
    built()
    assert [(site / path).read_bytes() for path in FILES] == before
    (site / NOTES / "rows/one.json").write_text("{")
    make_run("d", "two", name="run-d")
    site, report = built()
    assert not report.faults


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
    assert not any((site / path).exists() for path in (*FILES, "columns", f"{NOTES}/rows/two.json"))
    assert '<a class="more" href="e/one/index.html">All 12 runs</a>' in (site / "index.html").read_text()


def test_odd_names_and_values_come_back(make_run: MakeRun, built: Built) -> None:
    odd = 'a <b>"&\u2028\ud800 name'
    huge = "name,step,time,value,text\nloss,0,1,1e400,\nloss,1,1,nan,\nbig,0,1,123456789012345678901234567890,\n"
    make_run("a", "one", name=odd, metrics=huge)
    make_run("b", 'two "&')
    site, report = built()
    assert not report.faults
    assert put((site / "runs.js").read_bytes())["title"][0] == 'a <b>"&\\u2028\\ud800 name'
