"""What a build writes of the runs of an experiment beside its page, and removes again."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages_site.build import Report
from runpages_site.check.site import check
from runpages_site.write.clean import clean
from tests.generator.conftest import MakeRun

Built = Callable[[], tuple[Path, Report]]


def put(file: Path) -> Any:
    source = file.read_text("utf-8")
    return json.loads(source[source.index(",") + 1 : source.rindex(")")])


def rows(site: Path) -> list[dict[str, str]]:
    with open(site / "e" / "demo" / "runs.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_settings_reach_the_columns(make_run: MakeRun, built: Built, workspace: Path) -> None:
    make_run("a", params={"lr": 0.1, "seed": 1}, tags={"base": None, "secret": "x"})
    make_run("b", params={"lr": 0.2, "seed": 2})
    (workspace / "runpages.yml").write_text("""
hide: {tags: [secret]}
experiments:
  demo:
    tolerance: {loss: 0.01}
    pair_by: seed
    views: [{name: Best, query: loss<0.3, sort: [-loss.mean], group: [lr]}]
""")
    site, report = built()
    known = put(site / "e" / "demo" / "columns.js")
    columns = {column["key"]: column for column in known["columns"]}
    assert (known["count"], known["metric"], known["pair_by"]) == (2, "loss", "param:seed")
    state = {"query": "loss<0.3", "sort": ["-metric:loss.mean"], "group": ["param:lr"]}
    assert known["views"] == [{"name": "Best", "state": state}]
    assert columns["metric:loss"]["tolerance"] == 0.01
    assert "secret" not in (site / "e" / "demo" / "columns.js").read_text("utf-8")
    assert {row["param.lr"]: row["metric.loss.mean"] for row in rows(site)} == {"0.1": "0.375", "0.2": "0.375"}
    assert not any("secret" in name for name in rows(site)[0])
    assert report.problems == {}
    assert check(site).problems == []


def test_runs_with_the_names_of_these_files_have_other_places(make_run: MakeRun, built: Built) -> None:
    for name in ("columns", "runs.csv", "runs.json", "columns.js", "Runs.parquet"):
        make_run(name, files={"outputs/x.txt": "x"})
    site, report = built()
    assert len(rows(site)) == report.runs == 5
    assert check(site).problems == []


def test_what_is_no_more_goes(make_run: MakeRun, built: Built, workspace: Path) -> None:
    # Two columns of texts of which each fills a file.
    for at in range(40):
        make_run(f"r{at}", params={f"p{name}": f"{at:0100}" for name in range(200)})
    site, _ = built()
    folder = site / "e" / "demo" / "columns"
    many = len([*folder.iterdir()])
    assert many > 2
    for at in range(40):
        (workspace / "demo" / f"r{at}" / "run.json").write_text("{}")
    built()
    assert len([*folder.iterdir()]) == 1
    clean(site)
    assert not site.exists()


def test_parquet_is_written_where_it_is_asked_for(make_run: MakeRun, built: Built, workspace: Path) -> None:
    make_run("a")
    (workspace / "runpages.yml").write_text("parquet: true\n")
    site, report = built()
    assert (site / "e" / "demo" / "runs.parquet").read_bytes().startswith(b"PAR1")
    assert 'href="runs.parquet"' in (site / "e" / "demo" / "index.html").read_text("utf-8")
    assert report.problems == {}
    (workspace / "runpages.yml").unlink()
    built()
    assert not (site / "e" / "demo" / "runs.parquet").exists()


def test_parquet_without_pyarrow_is_a_remark(
    make_run: MakeRun, built: Built, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    make_run("a")
    (workspace / "runpages.yml").write_text("parquet: true\n")
    site, report = built()
    [problem] = report.problems[str(workspace / "demo")]
    assert "runs.parquet needs pyarrow: pip install pyarrow" in problem.message
    assert not report.damaged
    assert not (site / "e" / "demo" / "runs.parquet").exists()
