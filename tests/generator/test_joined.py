"""A workspace whose files are in pieces, as in object storage, gives the same site as the original."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from runpages.format.pieces import may_have_pieces, piece_path
from runpages_site.build import build
from runpages_site.write.joined import is_in_pieces
from tests.format.folder import cut
from tests.generator.conftest import NOW
from tests.modules import ROOT


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each experiment of the example, and one without a document."""
    folder = tmp_path_factory.mktemp("example") / "lab" / "runs"
    for experiment in sorted(path for path in (ROOT / "site-example" / "runs").iterdir() if path.is_dir()):
        for run in sorted(experiment.iterdir())[:2]:
            if run.is_dir():
                shutil.copytree(run, folder / experiment.name / run.name)
    (folder / "by-hand" / "one" / "logs").mkdir(parents=True)
    (folder / "by-hand" / "one" / "metrics.csv").write_text("name,step,value\n" + "loss,1,0.5\n" * 50)
    (folder / "by-hand" / "one" / "logs" / "console").write_text("line\n" * 30)
    return folder


def in_pieces(workspace: Path, target: Path) -> Path:
    """A copy of a workspace, each file that grows in four parts, which have its time."""
    shutil.copytree(workspace, target)
    for run in target.glob("*/*/"):
        for path in sorted(run.rglob("*")):
            size = path.lstat().st_size
            if path.is_file() and may_have_pieces(path.relative_to(run).as_posix()) and size > 3:
                time = path.lstat().st_mtime_ns
                cut(path, size // 4, size // 3, size // 2)
                for part in path.parent.glob(f"{path.stem}*"):
                    os.utime(part, ns=(time, time))
    return target


def site_of(workspace: Path, site: Path) -> dict[str, bytes]:
    report = build(workspace, site, now=NOW, version="1.2.3")
    assert report.faults == {}
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    return {path: data for path, data in files.items() if not path.startswith((".runpages/", "build.js"))}


def test_the_site_is_that_of_whole_files(example: Path, tmp_path: Path) -> None:
    cut_up = in_pieces(example, tmp_path / "lab" / "runs")
    assert len(list(cut_up.rglob("*.piece-1-*"))) > 20
    whole, joined = site_of(example, tmp_path / "one" / "site"), site_of(cut_up, tmp_path / "two" / "site")
    assert joined.keys() == whole.keys()
    assert [path for path in whole if whole[path] != joined[path]] == []


def test_the_workspace_is_not_changed(example: Path, tmp_path: Path) -> None:
    cut_up = in_pieces(example, tmp_path / "runs")
    before = {path: path.lstat().st_size for path in cut_up.glob("*/*/**/*")}
    site_of(cut_up, tmp_path / "site")
    assert {path: path.lstat().st_size for path in cut_up.glob("*/*/**/*") if ".runpages" not in path.parts} == before


def test_a_piece_more_is_seen_by_the_next_build(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "demo" / "a"
    run.mkdir(parents=True)
    data = "name,step,value\n" + "".join(f"loss,{at},{at}.5\n" for at in range(30))
    (run / "metrics.csv").write_text(data[:100])
    (run / piece_path("metrics.csv", 1, 100, 200)).write_text(data[:16] + data[100:200])
    site_of(tmp_path / "runs", tmp_path / "site")
    (run / piece_path("metrics.csv", 1, 200, len(data))).write_text(data[:16] + data[200:])
    assert is_in_pieces(str(run))
    again = site_of(tmp_path / "runs", tmp_path / "site")
    whole = tmp_path / "whole" / "demo" / "a"
    whole.mkdir(parents=True)
    (whole / "metrics.csv").write_text(data)
    fresh = site_of(tmp_path / "whole", tmp_path / "fresh")
    assert again["e/demo/a/metrics.csv"] == data.encode() == fresh["e/demo/a/metrics.csv"]


def test_what_is_missing_is_on_the_page(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "demo" / "a"
    run.mkdir(parents=True)
    (run / "metrics.csv").write_text("name,step,value\nloss,0,1\n")
    (run / piece_path("metrics.csv", 1, 90, 100)).write_text("name,step,value\nloss,1,0.5")
    (run / "artifacts").mkdir()
    (run / "artifacts" / "gone").symlink_to("/nowhere")
    files = site_of(tmp_path / "runs", tmp_path / "site")
    page = files["e/demo/a.html"].decode()
    assert "The bytes 25 to 90 are missing" in page
    assert "artifacts/gone" in page
    assert not [path for path in files if "piece" in path]
