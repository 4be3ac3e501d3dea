"""A source of another distribution: it is found by its entry point, reads its own folders, and is named if it fails."""

from __future__ import annotations

import importlib
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, DistributionFinder, PathDistribution
from pathlib import Path

import pytest

from runpages_site.build import Options, build
from runpages_site.errors import BuildError
from runpages_site.read import source

from .conftest import NOW, MakeRun

# Runs are files <experiment>.<run>.txt with a value a line.
PLUG_IN = """
from pathlib import Path

from runpages.format.discovery import Found, RunFolder
from runpages.format.records import Declaration, RunRecord, Series
from runpages_site.read.scan import stamp_of_files
from runpages_site.read.source import Reading


class Diary:
    def find(self, folder, *, skip):
        runs = [
            RunFolder(*path.stem.split("."), str(path.parent), stamp_of_files(folder, [path.name]))
            for path in sorted(Path(folder).glob("*.txt"))
        ]
        return Found(sorted({run.experiment for run in runs}), runs, [])

    def read_head(self, run, *, now):
        return RunRecord(
            folder=run.path, experiment=run.experiment, id=run.name, name=run.name, number=None, type=None,
            status="Completed", created=now, started=now, ended=now, last_write=now, parent=None, owner={},
            description=None, tags={}, properties={}, params={}, environment={}, error=None, series={}, tables=[],
            charts=[], images=[], media=[], artifacts=[], logs=[], snapshot=None, problems=[], document={},
        )

    def read(self, run, *, now, known, sink):
        values = [float(line) for line in Path(run.path, f"{run.experiment}.{run.name}.txt").read_text().split()]
        steps = list(range(len(values)))
        series = Series("mood", steps, [None] * len(steps), values, Declaration())
        return Reading(self.read_head(run, now=now)._replace(series={"mood": series}), {"lines": len(values)})
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the distribution `diary`; returns the module, to be changed before it is loaded."""
    packages = tmp_path / "packages"
    facts = packages / "diary-0.3.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: diary\nVersion: 0.3\n")
    (facts / "entry_points.txt").write_text(f"[{source.GROUP}]\ndiary = diary_source:Diary\n")
    module = packages / "diary_source.py"
    module.write_text(PLUG_IN)
    monkeypatch.syspath_prepend(packages)
    importlib.invalidate_caches()
    for known in (source.load, source._points):
        known.cache_clear()
    yield module
    for known in (source.load, source._points):
        known.cache_clear()
    sys.modules.pop("diary_source", None)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_a_build_reads_the_runs_of_an_installed_source(install: Path, workspace: Path, site: Path) -> None:
    (workspace / "days.monday.txt").write_text("1\n2\n4\n")
    (workspace / "days.tuesday.txt").write_text("3\n")
    (workspace / "nights.monday.txt").write_text("0.5\n0.25\n")
    report = build(workspace, site, now=NOW, version="1")
    assert (report.runs, report.experiments, dict(report.faults)) == (3, 2, {})
    assert "mood" in (site / "e/days/monday.html").read_text()
    assert "tuesday" in (site / "e/days/runs.js").read_text()


def in_a_zip(packages: Path) -> str:
    with zipfile.ZipFile(packages / "diary.zip", "w") as archive:
        for path in [packages / "diary_source.py", *(packages / "diary-0.3.dist-info").iterdir()]:
            archive.write(path, path.relative_to(packages))
            path.unlink()
    return str(packages / "diary.zip")


def in_an_egg_info(packages: Path) -> str:
    facts = packages / "diary-0.3.dist-info"
    (facts / "METADATA").rename(facts / "PKG-INFO")
    facts.rename(packages / "diary.egg-info")
    return str(packages)


def from_a_finder(packages: Path) -> str:
    facts = (packages / "diary-0.3.dist-info").rename(packages / "facts")

    class Finder(DistributionFinder):
        def find_distributions(self, context: object = None) -> list[Distribution]:
            return [PathDistribution(facts)]

    sys.meta_path.append(Finder())
    return str(packages)


@pytest.mark.parametrize("moved", [in_a_zip, in_an_egg_info, from_a_finder])
def test_a_source_is_found_wherever_a_distribution_is_installed(
    install: Path, moved: Callable[[Path], str], workspace: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.syspath_prepend(moved(install.parent))
    (workspace / "days.monday.txt").write_text("1\n2\n4\n")
    assert build(workspace, site, now=NOW, version="1").runs == 1


def test_only_what_is_new_is_read_again(install: Path, workspace: Path, site: Path) -> None:
    days = [workspace / f"days.{day}.txt" for day in ("monday", "tuesday")]
    for day in days:
        day.write_text("1\n2\n")
    build(workspace, site, now=NOW, version="1")
    assert not build(workspace, site, now=NOW, version="1").rendered
    days[0].write_text("1\n2\n3\n")
    assert len(build(workspace, site, now=NOW, version="1").rendered) == 1
    days[1].unlink()
    assert build(workspace, site, now=NOW, version="1").gone == 1
    assert not (site / "e/days/tuesday.html").exists()


def test_one_experiment_is_named_as_everywhere(install: Path, workspace: Path, site: Path) -> None:
    (workspace / "days.monday.txt").write_text("1\n")
    (workspace / "nights.monday.txt").write_text("1\n")
    assert build(workspace, site, now=NOW, version="1", options=Options(only=("n*",))).runs == 1
    with pytest.raises(BuildError, match=r"no experiment 'x' in .*; it has days, nights"):
        build(workspace, site, now=NOW, version="1", options=Options(only=("x",)))


def test_a_hidden_run_is_not_read(install: Path, workspace: Path, site: Path) -> None:
    install.write_text(PLUG_IN.replace("values = [", "assert run.name != 'monday'; values = ["))
    (workspace / "runpages.yml").write_text("hide:\n  runs: [monday]\n")
    (workspace / "days.monday.txt").write_text("1\n")
    (workspace / "days.tuesday.txt").write_text("1\n")
    report = build(workspace, site, now=NOW, version="1")
    assert (report.runs, dict(report.faults)) == (1, {})
    assert not (site / "e/days/monday").exists()


def test_a_long_series_is_thinned_and_its_points_are_kept(install: Path, workspace: Path, site: Path) -> None:
    (workspace / "days.monday.txt").write_text("\n".join(str(at % 7) for at in range(20_000)))
    build(workspace, site, now=NOW, version="1")
    assert b'"points":20000' in (site / "e/days/monday/points.js").read_bytes()
    assert list((site / "e/days/monday/points/mood").iterdir())
    assert len((site / "e/days/monday/points.js").read_bytes()) < 200_000


def test_nothing_is_loaded_where_there_are_run_folders(
    install: Path, workspace: Path, site: Path, make_run: MakeRun
) -> None:
    install.write_text("raise RuntimeError('loaded')")
    make_run()
    assert build(workspace, site, now=NOW, version="1").runs == 1
    assert "diary_source" not in sys.modules


BROKEN = (
    ("load", "raise ImportError('no ink')", r"cannot be loaded: ImportError: no ink\."),
    ("class", PLUG_IN.replace("class Diary", "class Other"), "cannot be loaded: AttributeError: "),
    ("find", PLUG_IN.replace("runs = [", "1 / 0; runs = ["), "cannot list the runs of .*: ZeroDivisionError"),
    ("stamps", PLUG_IN.replace("stamp_of_files(folder, [path.name])", "7"), "the run 'monday' has no stamp"),
)


@pytest.mark.parametrize(("module", "why"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_source_that_fails_is_named_with_its_distribution(
    install: Path, workspace: Path, site: Path, module: str, why: str
) -> None:
    install.write_text(module)
    (workspace / "days.monday.txt").write_text("1\n")
    with pytest.raises(BuildError, match=why) as caught:
        build(workspace, site, now=NOW, version="1")
    assert str(caught.value).startswith("the source 'diary' of diary 0.3 cannot ")
    assert str(caught.value).endswith("Update that distribution, or uninstall it.")
    assert not site.exists()


def test_a_run_that_a_source_cannot_read_costs_itself(install: Path, workspace: Path, site: Path) -> None:
    (workspace / "days.monday.txt").write_text("1\n")
    (workspace / "days.tuesday.txt").write_text("sunny\n")
    report = build(workspace, site, now=NOW, version="1")
    assert report.runs == 1
    (faults,) = report.faults.values()
    assert "the source 'diary' of diary 0.3 cannot read" in faults[0].error
    assert "ValueError: could not convert string to float: 'sunny'" in faults[0].error


def test_a_workspace_of_nobody_is_refused_as_before(install: Path, workspace: Path, site: Path) -> None:
    (workspace / "notes.md").write_text("nothing\n")
    with pytest.raises(BuildError, match=r"is not a workspace: it has 'notes.md'"):
        build(workspace, site, now=NOW, version="1")
