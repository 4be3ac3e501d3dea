"""Program errors: a page that can't be made keeps what is published, a section that fails costs itself only."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import runpages
import runpages_site
import runpages_themes
from runpages_site import page as pages
from runpages_site import render, text
from runpages_site.build import LIBRARIES, Options, Report, build
from runpages_site.changes import AGAIN
from runpages_site.check.site import check
from runpages_site.command import runpages as command_line
from runpages_site.errors import BuildError
from runpages_site.page import charts, experiment, home, media, metrics, overview
from runpages_site.page import run as page
from runpages_site.read import previews
from runpages_site.write import run_files
from runpages_site.write.site_folder import NOTES

from .conftest import NOW, MakeRun
from .test_incremental import PNG, published

Built = Callable[..., Report]


def boom(*_args: object, **_named: object) -> None:
    raise AttributeError("'Series' object has no attribute 'nonsense'")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def rebuild(workspace: Path, site: Path) -> Built:
    ticks = iter(range(100))

    def run(**options: object) -> Report:
        return build(workspace, site, now=NOW + 100 * next(ticks), version="1", options=Options(**options))  # type: ignore[arg-type]

    return run


@pytest.fixture
def full(make_run: MakeRun, workspace: Path) -> Path:
    """A run with every section."""
    model = workspace / ".runpages" / "models" / "ridge" / "1.json"
    model.parent.mkdir(parents=True)
    model.write_text('{"experiment": "demo", "run": "a", "artifact": "kept.txt"}')
    return make_run(
        status="Completed",
        params={"lr": 1},
        description="About *this*",
        metrics="name,step,time,value,text\nloss,0,1.0,0.5,\nloss,1,2.0,0.25,\ntorn\n",
        files={
            "charts/confusion.jsonl": '{"type": "confusion_matrix", "step": 0, "data": {"class_labels": ["a", "b"], '
            '"matrix": [[1, 2], [3, 4]]}}\n',
            "tables/t.jsonl": '{"a": 1}\n',
            "images/p/0.png": PNG,
            "media/m/0.txt": "heard",
            "media.jsonl": '{"name": "m", "step": 0, "file": "media/m/0.txt"}\n',
            "logs/train.log": "epoch 1\n",
            "artifacts/kept.txt": "kept",
            "artifacts/other.txt": "kept",
            "code.patch": "--- a\n",
        },
        environment={"git": {"diff": "code.patch"}},
    )


def touch(folder: Path) -> None:
    """Change a run."""
    with (folder / "metrics.csv").open("a") as file:
        file.write("loss,2,3.0,0.125,\n")


# Where each section of a run's page is made, in the builder's own code: its data, and what the template gets.
PARTS = (
    ("overview", overview, "tiles"),
    ("problems", overview, "problems"),
    ("metrics", metrics, "_card"),
    ("metrics", pages, "points_script"),
    ("charts", charts, "diagnosed"),
    ("charts", charts, "distribution"),
    ("charts", pages, "drawn"),
    ("tables", page, "table_cards"),
    ("tables", pages, "table_scripts"),
    ("images", media, "image_cards"),
    ("images", run_files, "put_thumbnails"),
    ("media", media, "media_cards"),
    ("media", run_files, "put_pages"),
    ("logs", page, "log_cards"),
    ("logs", render, "put_logs"),
    ("models", page, "model_rows"),
    ("outputs", page, "outputs"),
    ("outputs", previews, "read_outputs"),
    ("code", previews, "read_code"),
    ("raw", text, "outline"),
)


@pytest.mark.parametrize(("section", "module", "name"), PARTS, ids=[f"{part[0]}-{part[2]}" for part in PARTS])
def test_a_section_that_fails_costs_itself_and_nothing_else(
    full: Path, site: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch, section: str, module: object, name: str
) -> None:
    assert not rebuild().faults
    whole = read(site / "e/demo/a.html")
    clean = published(site)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, boom)
        touch(full)
        report = rebuild()
    assert [fault.what for fault in report.faults[str(full)]] == [f"The section {section.capitalize()}"]
    assert "has no attribute" in report.faults[str(full)][0].error
    html = (site / "e/demo/a.html").read_text()
    assert f'aria-label="{section.capitalize()} could not be shown"' in html
    assert html.count("could not be shown.") == 1
    missing = {one for one in whole if one not in read(site / "e/demo/a.html")}
    inside = {"attributes", "parameters"} if section == "overview" else set()
    assert missing <= {section, f"h-{section}"} | inside | {one for one in missing if one.startswith(section[:3])}
    assert "The section" in (site / "index.html").read_text()
    assert check(site).problems == []
    # The next build tries again, and gives what a build without the error gives.
    assert [*rebuild().rendered.values()] == [AGAIN]
    # The values of columns have the hash of what they hold in their names.
    assert {path for path in clean if "/columns/" not in path} <= published(site).keys()
    shutil.copytree(site, site.with_name("after"))
    shutil.rmtree(site)
    rebuild()
    assert published(site) == published(site.with_name("after"))


def read(page: Path) -> set[str]:
    """The ids of the sections of a page."""
    return set(re.findall(r'<(?:section|div) id="(\w+)"', page.read_text()))


def test_a_section_whose_template_fails_costs_itself(
    full: Path, site: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts.ChartCard, "is_wide", property(boom))
    report = rebuild()
    assert [fault.what for fault in report.faults[str(full)]] == ["The section Charts"]
    html = (site / "e/demo/a.html").read_text()
    assert "Charts could not be shown" in html
    assert {"metrics", "tables", "images", "media", "logs", "outputs", "raw"} <= read(site / "e/demo/a.html")


@pytest.fixture
def two(make_run: MakeRun, workspace: Path) -> Path:
    make_run("b", created=NOW)
    make_run("c", "other")
    folder = make_run("a", created=NOW + 1)
    for file in workspace.rglob("*.*"):
        os.utime(file, (NOW - 1000, NOW - 1000))
    return folder


def test_a_page_that_fails_keeps_what_is_published_and_is_tried_again(
    two: Path, site: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild()
    before = published(site)
    touch(two)
    touch(two.parent / "b")
    with monkeypatch.context() as patch:
        patch.setattr(overview, "facts", boom)
        for _ in range(2):
            report = rebuild()
            assert set(report.faults) == {str(two), str(two.parent / "b")}
            [fault] = report.faults[str(two)]
            assert fault.effect == "The page of the last build stays"
            assert "in boom" in fault.traceback
            assert not report.problems, "a program error is no damage"
            assert report.runs == 3
            assert {
                path: data for path, data in published(site).items() if path.endswith(".html") and "index" not in path
            } == {path: data for path, data in before.items() if path.endswith(".html") and "index" not in path}
            assert published(site).keys() == before.keys()
            home_page = (site / "index.html").read_text()
            assert "2 pages out of date or incomplete" in home_page
            assert 'href="e/demo/a.html"' in home_page
            assert "boom" not in home_page, "no folders of this machine are published"
            assert check(site).problems == []
    assert set(rebuild().rendered.values()) == {AGAIN}
    assert_as_new(site, rebuild)


def assert_as_new(site: Path, rebuild: Built) -> None:
    """The site is what a build into an empty folder gives."""
    after = published(site)
    shutil.rmtree(site)
    rebuild()
    assert published(site) == after


def test_a_new_run_whose_page_fails_is_left_out_and_named(
    two: Path, site: Path, rebuild: Built, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild()
    made = make_run("new", files={"artifacts/kept.txt": "kept"})
    with monkeypatch.context() as patch:
        patch.setattr(overview, "facts", boom)
        report = rebuild()
    assert report.faults[str(made)][0].effect == "It has no page yet"
    assert not list(site.glob("e/demo/new*")), "nothing of it stays in the site"
    assert check(site).problems == []
    assert (site / "e/demo/a.html").exists()
    assert {Path(run).name: why for run, why in rebuild().rendered.items()} == {"new": AGAIN}
    assert_as_new(site, rebuild)


def test_the_page_of_an_experiment_that_fails_stays(
    two: Path, site: Path, rebuild: Built, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild()
    before = published(site)
    touch(two)
    make_run("d", "fresh")
    with monkeypatch.context() as patch:
        patch.setattr(experiment, "_tiles", boom)
        report = rebuild()
        effects = {Path(place).name: found[0].effect for place, found in report.faults.items()}
        assert effects == {"demo": "The page of the last build stays", "fresh": "It has no page yet"}
        assert published(site)["e/demo/index.html"] == before["e/demo/index.html"]
        assert published(site)["e/demo/a.html"] != before["e/demo/a.html"], "its runs are new"
        assert not (site / "e/fresh").exists()
        assert check(site).problems == []
        assert set(rebuild().faults) == set(report.faults), "it is tried again"
    assert not rebuild().faults
    assert_as_new(site, rebuild)


@pytest.mark.parametrize(("module", "name"), [(experiment, "_tiles"), (home, "_latest")], ids=["experiment", "home"])
def test_an_index_that_stays_leads_to_no_page_that_is_gone(
    two: Path, site: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    rebuild()
    shutil.rmtree(two)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, boom)
        assert rebuild().faults
    assert check(site).problems == []
    assert not rebuild().faults
    assert not (site / "e/demo/a.html").exists()
    assert_as_new(site, rebuild)


def test_a_home_page_that_fails_stays_and_without_one_nothing_is_built(
    two: Path, site: Path, workspace: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(home, "_latest", boom)
        with pytest.raises(BuildError, match="home page could not be made: AttributeError"):
            rebuild()
        assert not site.exists()
    rebuild()
    before = published(site)
    touch(two)
    with monkeypatch.context() as patch:
        patch.setattr(home, "_latest", boom)
        assert rebuild().faults[str(workspace)][0].what == "The home page"
        assert published(site)["index.html"] == before["index.html"]
        assert rebuild().faults
    assert not rebuild().faults
    assert_as_new(site, rebuild)


def test_pages_that_stay_keep_the_styles_and_scripts_of_their_time(
    two: Path, site: Path, workspace: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild()
    (workspace / "theme/css").mkdir(parents=True)
    (workspace / "theme/css/user.css").write_text("@layer user { :root { --ac: #7a1fa2; } }")
    with monkeypatch.context() as patch:
        patch.setattr(overview, "facts", boom)
        rebuild()
    assert check(site).problems == []
    rebuild()
    assert_as_new(site, rebuild)


def test_without_its_row_of_the_last_build_a_page_that_stays_has_one_from_what_is_published(
    two: Path, site: Path, rebuild: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild()
    shutil.rmtree(site / NOTES)
    before = (site / "e/demo/runs.js").read_bytes()
    monkeypatch.setattr(overview, "facts", boom)
    assert len(rebuild().faults) == 3
    assert (site / "e/demo/runs.js").read_bytes() == before
    assert check(site).problems == []


def test_what_cannot_be_read_is_damage_and_no_program_error(two: Path, rebuild: Built) -> None:
    (two / "run.json").write_text("{")
    with (two / "metrics.csv").open("a") as file:
        file.write("torn\nloss,5,1.0,0.5,\n")
    report = rebuild()
    assert not report.faults
    assert report.damaged


# --- on the command line -----------------------------------------------------------------------------------


def run_build(workspace: Path, site: Path, *options: str) -> Result:
    return CliRunner().invoke(command_line, ["build", str(workspace), "-o", str(site), *options])


def test_the_command_exits_with_3_and_shows_the_last_line_or_the_traceback(
    two: Path, workspace: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_build(workspace, site).exit_code == 0
    touch(two)
    monkeypatch.setattr(overview, "facts", boom)
    done = run_build(workspace, site)
    assert done.exit_code == 3
    assert (
        f"{two}\n  The page could not be made: AttributeError: 'Series' object has no attribute 'nonsense'. "
        "The page of the last build stays.\n" in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert "1 page incomplete or out of date" in done.stdout
    assert "    Traceback (most recent call last):" in run_build(workspace, site, "-v").stderr
    told = json.loads(run_build(workspace, site, "--json").stdout)
    assert told["faults"][str(two)][0]["error"].startswith("AttributeError")
    assert run_build(workspace, site, "-n").exit_code == 0


def test_one_error_in_many_pages_is_shown_once(
    make_run: MakeRun, workspace: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_run(f"r{number}")
    monkeypatch.setattr(overview, "facts", boom)
    done = run_build(workspace, site)
    assert done.stderr.count("could not be made") == 1
    assert "r2 and 2 more" in done.stderr


@pytest.mark.parametrize("missing", ["pygments", "nh3", "PIL", "plotly", "markdown_it"])
def test_a_missing_library_is_reported_before_anything_is_written(
    two: Path, workspace: Path, site: Path, tmp_path: Path, missing: str
) -> None:
    assert run_build(workspace, site).exit_code == 0
    before = published(site)
    touch(two)
    (tmp_path / "site-packages").mkdir()
    for place in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if place.name not in (missing, "__pycache__"):
            (tmp_path / "site-packages" / place.name).symlink_to(place)
    roots = [str(Path(str(package.__file__)).parents[1]) for package in (runpages, runpages_site, runpages_themes)]
    code = "from runpages_site.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, "build", workspace, "-o", site],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*roots, str(tmp_path / "site-packages")])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    assert LIBRARIES[missing] in done.stderr or missing in done.stderr
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr
    assert published(site) == before
    assert run_build(workspace, site).exit_code == 0
    assert "0.125" in (site / "e/demo/a.html").read_text()


def test_every_library_that_the_project_requires_is_looked_for() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert {re.split("[<>=]", name)[0] for name in project["dependencies"]} == set(LIBRARIES.values())
