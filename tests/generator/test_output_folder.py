"""The folders that people build into: mount points, links, the current one; and what a killed build leaves in them."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner

from runpages_site.build import build
from runpages_site.check.site import check
from runpages_site.command import runpages
from runpages_site.command.arguments import folder as place_of
from runpages_site.errors import BusyError, OutputError, SettingsError
from runpages_site.site import MANIFEST
from runpages_site.write.clean import clean
from runpages_site.write.site_folder import opened
from runpages_site.write.writer import JOURNAL, UNFINISHED
from tests.examples import stride
from tests.logger.disk import on_its_own_disk

from .conftest import NOW
from .test_killed import FIRST, killer, make, published


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    make(tmp_path / "runs", FIRST)
    return tmp_path / "runs"


@pytest.fixture
def clean_site(runs: Path, tmp_path: Path) -> dict[str, bytes]:
    """What a build into a new folder gives."""
    build(runs, tmp_path / "new", now=NOW, version="1")
    return published(tmp_path / "new")


def test_an_empty_folder_stays_the_folder_it_is(runs: Path, tmp_path: Path, clean_site: dict[str, bytes]) -> None:
    site = tmp_path / "site"
    for files in ([], ["lost+found"]):
        site.mkdir()
        for name in files:
            (site / name).mkdir()
        before = site.stat().st_ino
        build(runs, site, now=NOW, version="1")
        assert site.stat().st_ino == before, "a mount point cannot be replaced"
        assert published(site) == clean_site
        assert check(site).problems == []
        clean(site)
        assert [path.name for path in site.iterdir()] == files if site.exists() else not files


def test_the_current_folder_becomes_the_site(
    runs: Path, tmp_path: Path, clean_site: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for _ in range(2):
        assert CliRunner().invoke(runpages, ["build", "../runs", "-o", "."]).exit_code == 0
    assert sorted(published(Path.cwd())) == sorted(clean_site)
    assert Path.cwd().samefile(tmp_path / "here")


@pytest.mark.parametrize("target", ["empty", "nothing", "nothing/deeper"])
def test_a_link_is_followed_and_stays(runs: Path, tmp_path: Path, clean_site: dict[str, bytes], target: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(target)
    for changed in (True, False):
        assert bool(build(runs, tmp_path / "link", now=NOW, version="1").changed) == changed
    assert (tmp_path / "link").is_symlink()
    assert published(tmp_path / target) == clean_site
    assert check(tmp_path / "link").problems == []


def test_a_link_to_itself_is_refused(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match=r"loop.*name another folder"):
        build(runs, tmp_path / "loop", now=NOW, version="1")


def test_a_mount_point_and_a_folder_in_one_that_cannot_be_written(tmp_path: Path) -> None:
    script = """
import os, subprocess
from pathlib import Path
from runpages_site.build import build
from runpages_site.check.site import check
from tests.generator.conftest import NOW
from tests.generator.test_killed import FIRST, make, published
make(Path("runs"), FIRST)
build(Path("runs"), Path("new"), now=NOW, version="1")
os.makedirs("outer/site")
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", "outer"], check=True)
os.mkdir("outer/site")
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", "outer/site"], check=True)
subprocess.run(["mount", "-o", "remount,ro", "outer"], check=True)
assert os.path.ismount("outer/site") and os.statvfs("outer").f_flag & os.ST_RDONLY
for _ in range(2):
    build(Path("runs"), Path("outer/site"), now=NOW, version="1")
    assert published(Path("outer/site")) == published(Path("new"))
    assert check(Path("outer/site")).problems == []
"""
    on_its_own_disk(tmp_path, script)


def test_a_full_disk_leaves_an_empty_mount_point_as_it_was(tmp_path: Path) -> None:
    script = """
import os
from pathlib import Path
import pytest
from runpages_site.build import build
from runpages_site.errors import OutputError
from tests.generator.conftest import NOW
from tests.generator.test_killed import FIRST, make
from tests.logger.disk import DISK, mount, room
make(Path("runs"), FIRST)
mount()
free = os.statvfs(DISK).f_bavail
for pages in (0, 1, 3, 9, 40, 400):
    with room(pages), pytest.raises(OutputError, match="No space left"):
        build(Path("runs"), Path(DISK) / "site", now=NOW, version="1")
    assert os.listdir(DISK) == [], pages
    os.mkdir(DISK + "/site")
    with room(pages), pytest.raises(OutputError, match="No space left"):
        build(Path("runs"), Path(DISK) / "site", now=NOW, version="1")
    assert os.listdir(DISK + "/site") == [], pages
    os.rmdir(DISK + "/site")
    assert os.statvfs(DISK).f_bavail == free
"""
    on_its_own_disk(tmp_path, script)


def test_a_first_build_that_fails_leaves_an_empty_folder_empty(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (runs / "runpages.yml").write_text("titel: x\n")
    with pytest.raises(SettingsError):
        build(runs, tmp_path / "site", now=NOW, version="1")
    assert os.listdir(tmp_path / "site") == []


@pytest.mark.steps
def test_a_killed_first_build_in_an_empty_folder_is_known_as_ours(
    runs: Path, tmp_path: Path, clean_site: dict[str, bytes]
) -> None:
    with killer(runs, tmp_path / "spare") as killed:
        for step in range(1, 900, stride(29)):
            site, other = tmp_path / str(step) / "site", tmp_path / str(step) / "other"
            site.mkdir(parents=True)
            other.mkdir()
            codes = {killed(place, step, NOW) for place in (site, other)}
            assert codes in ({0}, {-signal.SIGKILL})
            if os.listdir(other):
                assert check(other).foreign == [], f"killed at step {step}"
                clean(other)
            assert not other.exists() or os.listdir(other) == [], f"killed at step {step}"
            build(runs, site, now=NOW, version="1")
            assert published(site) == clean_site, f"killed at step {step}"
            assert not (site / JOURNAL).exists()
            assert check(site).problems == []
            if codes == {0}:
                assert step > 60
                return
    raise AssertionError("no build came to its end")


def test_what_a_killed_build_wrote_anew_is_ours_and_said_to_be_unlisted(runs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(runs, site, now=NOW, version="1")
    make(runs, range(20, 30))
    with killer(runs, tmp_path / "spare") as killed:
        assert killed(site, 40, NOW + 100) == -signal.SIGKILL
    (site / "e" / "mine.txt").write_text("mine")
    (site / UNFINISHED).mkdir(exist_ok=True)
    (site / UNFINISHED / "1").write_bytes(bytes(1000))
    report = check(site)
    assert report.foreign == ["e/mine.txt"]
    assert [one.page for one in report.problems if "interrupted" in one.message] == [MANIFEST]
    with opened(site):
        assert not (site / UNFINISHED).exists(), "it takes room that this build may need"
    clean(site)
    assert [path.relative_to(site).as_posix() for path in site.rglob("*")] == ["e", "e/mine.txt"]


def test_first_builds_of_two_sites_in_one_folder_do_not_meet(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as one, opened(tmp_path / "two") as two:
        one.writer.put("a", b"1")
        two.writer.put("a", b"2")
        with pytest.raises(BusyError), opened(tmp_path / "one"):
            pass
        one.finish(["a"])
        two.finish(["a"])
    assert (tmp_path / "one/a").read_bytes() + (tmp_path / "two/a").read_bytes() == b"12"


def test_of_many_first_builds_at_once_each_ends_or_says_so(tmp_path: Path) -> None:
    ended: list[str] = []
    start = Event()

    def first() -> None:
        start.wait()
        try:
            with opened(tmp_path / "site") as out:
                out.writer.put("a", b"1")
                out.finish(["a"])
        except BusyError:
            ended.append("busy")
        else:
            ended.append("built")

    threads = [Thread(target=first) for _ in range(16)]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join()
    assert len(ended) == 16
    assert "built" in ended
    assert (tmp_path / "site/a").read_bytes() == b"1"
    assert os.listdir(tmp_path) == ["site"]


@pytest.mark.parametrize("site", [".", "..", "../runs", "/", "demo0/r0/site", "demo0/r0/artifacts/site"])
def test_a_site_around_its_workspace_or_in_a_run_is_refused(
    runs: Path, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs)
    before = sorted(runs.rglob("*"))
    with pytest.raises(OutputError, match=r"name an(other| empty or new) folder"):
        build(Path(), Path(site), now=NOW, version="1")
    assert sorted(runs.rglob("*")) == before


def test_a_workspace_in_the_site_that_is_there_is_refused(runs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(runs, site, now=NOW, version="1")
    before = published(site)
    make(site / "runs", range(2))
    for workspace in (site / "e", site / "runs"):
        with pytest.raises(OutputError, match="would be inside its site"):
            build(workspace, site, now=NOW, version="1")
    assert {path: published(site)[path] for path in before} == before


def test_a_site_in_the_workspace_is_no_experiment(runs: Path, clean_site: dict[str, bytes]) -> None:
    for _ in range(2):
        build(runs, runs / "site", now=NOW, version="1")
        assert sorted(published(runs / "site")) == sorted(clean_site)


def test_a_tilde_that_the_shell_left_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place_of("~/site") == tmp_path / "site"
    assert place_of("~nobody-of-that-name/site") == Path("~nobody-of-that-name/site")
