from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.errors import OutputError
from runpages_site.site import MANIFEST
from runpages_site.write.clean import clean
from runpages_site.write.manifest import NoSite
from runpages_site.write.site_folder import opened
from runpages_site.write.writer import UNFINISHED
from tests.examples import examples

from .conftest import NOW, MakeRun


def site_of(folder: Path, files: dict[str, str], listed: list[str] | None = None) -> Path:
    """Write files by hand, with a manifest that lists all of them unless told otherwise."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    names = sorted(files) if listed is None else listed
    (folder / MANIFEST).write_text(json.dumps({"runpages": "site", "format": 1, "files": names}))
    return folder


def everything(folder: Path) -> dict[str, str | None]:
    """All that is below a folder: texts, the targets of links, and None for folders."""
    return {
        path.relative_to(folder).as_posix(): os.readlink(path)
        if path.is_symlink()
        else path.read_text("utf-8", "replace")
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(runpages, ["clean", *map(str, arguments)])


def test_a_built_site_goes_and_the_runs_stay(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    make_run(files={"artifacts/a/b.txt": "x"})
    build(workspace, tmp_path / "site", now=NOW, version="1")
    before = everything(workspace)
    report = clean(tmp_path / "site")
    assert "index.html" in report.files
    assert MANIFEST in report.files
    assert (report.foreign, report.kept, report.leftovers) == ([], [], [])
    assert not (tmp_path / "site").exists()
    assert everything(workspace) == before


def test_foreign_files_stay_and_are_told(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", {"index.html": "", "e/a/index.html": "", "e/b/x": ""})
    (site / "CNAME").write_text("example.org")
    (site / "e/a/mine.txt").write_text("x")
    (site / "empty").mkdir()
    assert clean(site).foreign == ["CNAME", "e/a/mine.txt"]
    assert everything(site) == {"CNAME": "example.org", "e": None, "e/a": None, "e/a/mine.txt": "x", "empty": None}


def test_the_notes_of_the_builder_go_along(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", {"index.html": ""})
    (site / UNFINISHED).mkdir()
    (site / UNFINISHED / "123").touch()
    (site / ".runpages" / "deep" / "empty").mkdir(parents=True)
    (site / ".runpages" / "state.json").touch()
    assert clean(site).foreign == []
    assert not site.exists()


SEGMENTS = st.sampled_from(["a", "b", "index.html", ".git", ".env", "d", "..", "link", "C", ".runpagesx"])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)


@settings(max_examples=examples(1.5))
@given(ours=st.sets(PATHS, max_size=4), foreign=st.sets(PATHS, max_size=4), listed=st.sets(PATHS, max_size=4))
def test_nothing_foreign_is_ever_removed(ours: set[str], foreign: set[str], listed: set[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        site, outside = Path(place) / "x" / "site", Path(place) / "outside"
        for folder in (site, outside, site.parent):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "keep").write_text("keep")
        (site / "link").symlink_to(outside)
        for path in sorted(foreign | ours):
            try:
                (site / path).parent.mkdir(parents=True, exist_ok=True)
                (site / path).write_text(path)
            except OSError:
                continue  # A folder and a file of one name.
        leaving = ["../keep", str(outside / "keep"), "link/keep", "../../outside/keep", "link/."]
        manifest = [*sorted(ours | listed), *leaving]
        (site / MANIFEST).write_text(json.dumps({"runpages": "site", "format": 1, "files": manifest}))
        before = everything(Path(place))
        clean(site)
        after = everything(Path(place))
        mine = {f"x/site/{path}" for path in (*ours, *listed, MANIFEST)}
        gone = {path for path in before.keys() - after.keys() if before[path] is not None}
        assert {path for path in gone if not path.startswith("x/site/.runpages")} <= mine
        assert {path: before[path] for path in after} == after, "nothing is changed, either"
        assert after["outside/keep"] == after["x/keep"] == after["x/site/keep"] == "keep"


def test_a_link_that_the_manifest_lists_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    site = site_of(tmp_path / "site", {"index.html": ""}, ["index.html", "a.txt", "b"])
    (site / "a.txt").symlink_to(tmp_path / "thesis.txt")
    (site / "b").symlink_to(tmp_path)
    clean(site)
    assert not site.exists()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("files", [{}, {"index.html": "x"}, {MANIFEST: "{}"}, {MANIFEST: "{"}])
def test_a_folder_that_is_no_site_of_ours_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    with pytest.raises(NoSite):
        clean(tmp_path)
    assert everything(tmp_path) == files
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "Nothing was changed" in result.stderr


def test_a_site_that_is_being_written_is_refused(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", {"index.html": ""})
    with opened(site), pytest.raises(OutputError, match="another build is writing"):
        clean(site)
    assert (site / "index.html").exists()


def test_what_a_killed_build_left_beside_the_site_goes(tmp_path: Path) -> None:
    site = site_of(tmp_path / "my[site]", {"index.html": ""})
    names = [".my[site].runpages.tmp", ".my[site].runpages.tmp.bak", ".other.runpages.tmp", "my[site].runpages.tmp"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
    assert clean(site, dry_run=True).leftovers == names[:1]
    assert clean(site).leftovers == names[:1]
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])


def test_a_link_in_the_place_of_a_leftover_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "keep").touch()
    (tmp_path / ".site.runpages.tmp").symlink_to("mine")
    assert run(tmp_path / "site").exit_code == 2
    with pytest.raises(OutputError, match="a link is in the way"), opened(tmp_path / "site"):
        pass
    assert (tmp_path / "mine" / "keep").exists()


def test_what_a_build_is_writing_beside_its_place_stays(tmp_path: Path) -> None:
    with opened(tmp_path / "site") as out:
        assert run(tmp_path / "site").exit_code == 2
        assert out.folder.is_dir()


def test_leftovers_of_a_first_build_go_without_a_site(tmp_path: Path) -> None:
    (tmp_path / ".site.runpages.tmp").mkdir()
    result = run(tmp_path / "site")
    assert result.exit_code == 0
    assert result.stdout == "Removed no files and 1 leftover of interrupted builds\n"
    assert os.listdir(tmp_path) == []
    assert run(tmp_path / "site").exit_code == 2


def test_what_cannot_be_removed_is_told_and_cleaning_again_ends_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_of(tmp_path / "site", {"index.html": "", "e/x": ""})
    remove = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "x":
            raise PermissionError(1, "Operation not permitted")
        remove(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        result = run(site)
    assert result.exit_code == 1
    assert result.stderr == "Not removed: e/x: Operation not permitted\n"
    assert sorted(everything(site)) == [MANIFEST, "e", "e/x"]
    assert run(site).exit_code == 0
    assert not site.exists()


def test_a_dry_run_tells_and_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    site_of(Path("site"), {"index.html": "", "e/x": ""})
    (tmp_path / "site" / "mine").touch()
    before = everything(tmp_path)
    result = run("--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Would remove site/e/x",
        "Would remove site/index.html",
        f"Would remove site/{MANIFEST}",
        "Kept, not written by runpages: site/mine",
    ]
    assert everything(tmp_path) == before
    assert run().stdout.splitlines() == ["Kept, not written by runpages: site/mine", "Removed 3 files"]
    assert os.listdir("site") == ["mine"]


def test_the_site_may_be_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site_of(tmp_path / "site", {"index.html": ""}))
    assert run(".", "-q").output == ""
    assert everything(tmp_path / "site") == {}
