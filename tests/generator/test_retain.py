"""A workspace that lost its runs never wipes the site: what a build removes unasked, and what it does not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import event, given
from hypothesis import strategies as st

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages_site import plan
from runpages_site.changes import Run
from runpages_site.check.site import check
from runpages_site.command import runpages
from runpages_site.errors import BuildError
from runpages_site.plan import Retention, Workspace
from runpages_site.write.site_folder import NOTES

from .conftest import NOW, MakeRun
from .test_incremental import published

Build = Callable[..., Result]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def run_build(workspace: Path, site: Path) -> Build:
    def run(*options: str) -> Result:
        return CliRunner().invoke(runpages, ["build", str(workspace), "-o", str(site), *options])

    return run


@pytest.fixture
def six(make_run: MakeRun, run_build: Build, site: Path) -> dict[str, bytes]:
    """A site of six runs."""
    for number in range(4):
        make_run(f"r{number}", status="Completed", created=f"2026-01-0{number + 1}T00:00:00.000Z")
    make_run("s0", "other")
    for file in make_run("s1", "other").parents[1].rglob("*.*"):
        os.utime(file, (NOW - 1e7, NOW - 1e7))  # Long ago: nothing is rendered again because it is young.
    assert run_build().exit_code == 0
    return published(site)


def pages(site: Path) -> set[str]:
    return {f"{path.parent.name}/{path.stem}" for path in site.glob("e/*/*.html") if path.stem != "index"}


ALL = {"demo/r0", "demo/r1", "demo/r2", "demo/r3", "other/s0", "other/s1"}


def remove(workspace: Path, *runs: str) -> None:
    for run in runs:
        shutil.rmtree(workspace / run)


@pytest.mark.parametrize("option", [[], ["--strict"], ["-n"], ["--limit", "1"], ["--link"]])
def test_a_workspace_without_runs_is_refused(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build, option: list[str]
) -> None:
    remove(workspace, *ALL)
    done = run_build(*option)
    assert done.exit_code == 2
    assert "has no runs but lacks 6 of the 6 runs that the site shows, such as demo/r0" in done.stderr
    assert "--keep" in done.stderr
    assert "--prune" in done.stderr
    assert published(site) == six


def test_with_one_new_run_of_a_fresh_machine_it_is_refused(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build, make_run: MakeRun
) -> None:
    remove(workspace, *ALL)
    make_run("new")
    done = run_build()
    assert done.exit_code == 2
    assert "has 1 run but lacks 6 of the 6 runs" in done.stderr
    assert published(site) == six
    shutil.rmtree(site / NOTES)
    assert run_build().exit_code == 2, "also where the notes of the builder were not published"
    assert published(site) == six


@pytest.mark.parametrize("has_notes", [True, False])
def test_kept_runs_stay_in_tables_and_counts(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build, make_run: MakeRun, has_notes: bool
) -> None:
    remove(workspace, *ALL)
    make_run("new")
    if not has_notes:
        shutil.rmtree(site / NOTES)
    done = run_build("--keep")
    assert done.exit_code == 0, done.stderr
    assert "Built 7 runs in 2 experiments" in done.stdout
    assert pages(site) == ALL | {"demo/new"}
    assert {path: data for path, data in published(site).items() if path in {f"e/{run}.html" for run in ALL}} == {
        path: data for path, data in six.items() if path in {f"e/{run}.html" for run in ALL}
    }
    table = (site / "e/demo/index.html").read_text()
    assert all(f'href="{name}.html"' in table for name in ("r0", "r1", "r2", "r3", "new"))
    assert check(site).problems == []
    assert run_build("--keep").exit_code == 0
    assert pages(site) == ALL | {"demo/new"}
    assert run_build().exit_code == 2


def test_kept_runs_that_come_back_give_the_site_of_a_clean_build(
    six: dict[str, bytes], workspace: Path, tmp_path: Path, site: Path, run_build: Build
) -> None:
    (tmp_path / "away").mkdir()
    for experiment in ("demo", "other"):
        (workspace / experiment).rename(tmp_path / "away" / experiment)
    (workspace / "later").mkdir()
    shutil.rmtree(site / NOTES)
    assert run_build("--keep").exit_code == 0
    for experiment in ("demo", "other"):
        (tmp_path / "away" / experiment).rename(workspace / experiment)
    assert run_build().exit_code == 0
    assert published(site) == six


@pytest.mark.parametrize(("gone", "code"), [(1, 0), (3, 0), (4, 2)])
def test_up_to_half_of_the_runs_go_unasked(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build, gone: int, code: int
) -> None:
    lost = sorted(ALL)[:gone]
    remove(workspace, *lost)
    assert run_build().exit_code == code
    assert pages(site) == (ALL - set(lost) if code == 0 else ALL)
    assert run_build("--prune").exit_code == 0
    assert pages(site) == ALL - set(lost)
    assert check(site).problems == []


def test_pruned_to_nothing_it_is_an_empty_site(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build
) -> None:
    remove(workspace, *ALL)
    assert run_build("--prune").exit_code == 0
    assert pages(site) == set()
    assert "No runs yet" in (site / "index.html").read_text()


def test_a_part_that_is_built_leaves_the_rest(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build, make_run: MakeRun
) -> None:
    for options in (["--only", "demo"], ["--limit", "1"], ["--only", "other", "--limit", "1"]):
        assert run_build(*options).exit_code == 0
        assert published(site) == six
    make_run("s2", "other")
    assert run_build("--only", "demo").exit_code == 0
    assert pages(site) == ALL
    assert run_build("--limit", "1").exit_code == 0
    assert pages(site) == ALL | {"other/s2"}
    remove(workspace, "demo")
    assert run_build("--only", "other").exit_code == 0
    assert pages(site) == ALL | {"other/s2"}, "nobody looked at demo"
    assert run_build().exit_code == 2
    assert check(site).problems == []


def test_what_a_limit_leaves_as_it_is_is_rendered_by_the_next_whole_build(
    six: dict[str, bytes], workspace: Path, site: Path, tmp_path: Path, run_build: Build
) -> None:
    (workspace / "runpages.yml").write_text("hide:\n  metrics: [loss]\n")
    assert run_build("--limit", "1").exit_code == 0
    assert check(site).problems == []
    assert run_build().exit_code == 0
    built = published(site)
    shutil.rmtree(site)
    assert run_build().exit_code == 0
    assert published(site) == built


def test_pruned_a_part_is_the_site(six: dict[str, bytes], site: Path, run_build: Build) -> None:
    assert run_build("--only", "demo", "--limit", "2", "--prune").exit_code == 0
    assert pages(site) == {"demo/r2", "demo/r3"}
    assert check(site).problems == []
    assert run_build().exit_code == 0
    assert published(site) == six


def test_what_was_moved_to_the_trash_or_is_hidden_goes_without_a_question(
    six: dict[str, bytes], workspace: Path, site: Path, run_build: Build
) -> None:
    done = CliRunner().invoke(runpages, ["rm", *(str(workspace / run) for run in sorted(ALL)[:4])])
    assert done.exit_code == 0
    (workspace / "runpages.yml").write_text("hide:\n  experiments: [other]\n")
    assert run_build().exit_code == 0
    assert pages(site) == set()


def test_keep_and_prune_exclude_each_other(six: dict[str, bytes], run_build: Build) -> None:
    done = run_build("--keep", "--prune")
    assert done.exit_code == 2
    assert "exclude each other" in done.stderr


# --- the rule ----------------------------------------------------------------------------------------------

runs = st.frozensets(st.tuples(st.sampled_from("ab"), st.sampled_from("1234")), max_size=8)


@given(runs, runs, st.data(), st.booleans(), st.booleans(), st.sampled_from([None, frozenset("a")]))
def test_what_stays(
    published: frozenset[Run],
    there: frozenset[Run],
    data: st.DataObject,
    prune: bool,
    keep: bool,
    looked_at: frozenset[str] | None,
) -> None:
    there = frozenset(run for run in there if looked_at is None or run[0] in looked_at)
    shown = data.draw(st.frozensets(st.sampled_from(sorted(there)))) if there else there
    made = data.draw(st.frozensets(st.sampled_from(sorted(shown)))) if shown else shown
    workspace, retention = Workspace(there, shown, made, looked_at), Retention(prune, keep)
    kept, gone = plan.retained(published, workspace, retention), plan.missing(published, workspace)
    assert kept <= published - made
    assert not (prune and kept)
    assert not (keep and not prune and gone - kept)
    assert not kept & (there - shown), "what the settings hide goes"
    try:
        plan.check_missing(published, gone, workspace, retention, "runs")
    except BuildError:
        event("refused")
        assert not prune
        assert not keep
        assert gone
        assert not there or 2 * len(gone) > len(published)
    else:
        # Unasked, no more than half of what is published goes because the workspace lacks it.
        assert prune or 2 * len((published - made - kept) - there) <= len(published)


@given(st.frozensets(st.tuples(st.text(min_size=1, max_size=130), st.text(min_size=1, max_size=130)), max_size=6))
def test_published_runs_are_known_by_their_pages(known: frozenset[Run]) -> None:
    found = Found([*{run[0] for run in known}], [RunFolder(*run, "") for run in known], [])
    files = {layout.run_page(*run) for run in known} | {layout.experiment_page(run[0]) for run in known}
    folders = plan.hashed({name for run in known for name in run})
    assert plan.published_in(files, folders, found) == known
    assert plan.published_in(files, folders, Found([], [], [])) == known
    assert len(plan.published_in(files, {}, Found([], [], []))) == len(known)


def test_kept_runs_have_long_names_in_any_script(
    make_run: MakeRun, workspace: Path, site: Path, run_build: Build
) -> None:
    experiment, run = "手書き数字の分類の実験その一", "学習率を零点一にした時の最初の試行"
    make_run(run, experiment, status="Completed", created="2026-01-01T00:00:00.000Z")
    make_run("b")
    assert run_build().exit_code == 0
    before = pages(site)
    shutil.rmtree(workspace / experiment)
    shutil.rmtree(site / NOTES)
    assert run_build("--keep").exit_code == 0
    assert pages(site) == before
    assert experiment in (site / "index.html").read_text()
    assert check(site).problems == []
