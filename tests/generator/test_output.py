from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.errors import OutputError
from runpages_site.site import MANIFEST
from runpages_site.write.site_folder import opened
from runpages_site.write.writer import Writer
from tests.examples import stride


def write(folder: Path, files: dict[str, bytes]) -> list[str]:
    with opened(folder) as out:
        for path, data in files.items():
            out.writer.put(path, data)
        return out.finish(out.writer.files)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


FILES = st.dictionaries(st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "f/a"]), st.binary(max_size=3), max_size=6)


@given(st.lists(FILES, min_size=1, max_size=4))
def test_a_site_holds_exactly_what_the_last_build_wrote(builds: list[dict[str, bytes]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "site"
        for files in builds:
            write(folder, files)
        assert tree(folder) == builds[-1]
        assert [p.name for p in Path(place).iterdir()] == ["site"], "nothing is left beside the site"
        empty = [path for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())]
        assert not empty, "a removed file takes its empty folder along"


def test_a_foreign_folder_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match=r"thesis\.txt; name an empty or new folder"), opened(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_a_file_in_the_place_of_the_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("x")
    with pytest.raises(OutputError, match="is a file"), opened(tmp_path / "site"):
        pass


def test_an_empty_folder_becomes_the_site(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    write(tmp_path / "site", {"a": b"1"})
    assert tree(tmp_path / "site") == {"a": b"1"}


def test_foreign_files_in_our_folder_stay(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, {"d/a": b"1"})
    (site / "CNAME").write_text("example.org")
    (site / "d" / "mine").write_text("x")
    assert write(site, {"b": b"2"}) == ["d/a"]
    assert set(tree(site)) == {"CNAME", "b", "d/mine"}


def test_equal_files_are_left_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, {"a": b"1", "b": b"2"})
    before = {name: (site / name).stat().st_ino for name in ("a", "b", MANIFEST)}
    with opened(site) as out:
        out.writer.put("a", b"1")
        out.writer.put("b", b"new")
        out.finish(["a", "b"])
        assert out.changed == 1
    after = {name: (site / name).stat().st_ino for name in ("a", "b", MANIFEST)}
    assert after["a"] == before["a"]
    assert after[MANIFEST] == before[MANIFEST]
    assert after["b"] != before["b"], "a file is replaced, never written over"


def test_a_copy_is_made_again_only_when_size_or_time_differ(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    source.write_bytes(b"one")
    for content, changed in ((b"one", 2), (b"one", 0), (b"other", 1)):
        if source.read_bytes() != content:
            source.write_bytes(content)
        with opened(site) as out:
            out.writer.copy(str(source), "files/copy")
            out.finish(["files/copy"])
            assert out.changed == changed
        assert (site / "files/copy").read_bytes() == content


@pytest.mark.parametrize("link", [False, True])
def test_a_fresh_file_of_a_killed_worker_is_made_anew_and_not_written_into(tmp_path: Path, link: bool) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"a run's own")
    site = tmp_path / "site"
    site.mkdir()
    os.link(source, site / "page")
    (site / "copy").write_bytes(b"a half")
    writer = Writer(site, fresh=True)
    writer.put("page", b"new")
    writer.copy(str(source), "copy", link=link)
    assert (site / "page").read_bytes() == b"new"
    assert (site / "copy").read_bytes() == source.read_bytes() == b"a run's own"
    assert (site / "copy").samefile(source) == link


@pytest.mark.parametrize("path", ["../outside", "/tmp/runpages-outside", "d/../../outside", "link/outside"])
def test_a_manifest_that_names_files_outside_removes_nothing(tmp_path: Path, path: str) -> None:
    site = tmp_path / "site"
    write(site, {"a": b"1"})
    outside = tmp_path / "outside"
    outside.write_text("keep")
    (site / "link").symlink_to(tmp_path)
    manifest = json.loads((site / MANIFEST).read_text())
    manifest["files"].append(path)
    (site / MANIFEST).write_text(json.dumps(manifest))
    assert write(site, {"a": b"1"}) == []
    assert outside.read_text() == "keep"


def test_a_build_that_fails_leaves_no_new_site_and_keeps_an_old_one(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with pytest.raises(RuntimeError), opened(site) as out:
        out.writer.put("a", b"1")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    write(site, {"a": b"old", "b": b"old"})
    with pytest.raises(RuntimeError), opened(site) as out:
        out.writer.put("a", b"new")
        raise RuntimeError
    assert tree(site) == {"a": b"new", "b": b"old"}
    write(site, {"a": b"new"})
    assert tree(site) == {"a": b"new"}, "the next build finishes the job"


KILLED = """
import os, signal, sys
from pathlib import Path
from runpages_site.write.site_folder import opened
count = int(sys.argv[2])
def fatal(event, args):
    global count
    if event in ("open", "os.rename", "os.remove", "os.mkdir"):
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
files = {f"d{i % 3}/{i}": bytes([i]) for i in range(2, 9)}
with opened(Path(sys.argv[1])) as out:
    sys.addaudithook(fatal)
    for path, data in files.items():
        out.writer.put(path, data)
    out.finish(files)
"""


@pytest.mark.steps
def test_killed_at_any_step_the_next_build_ends_the_same(tmp_path: Path) -> None:
    old = {f"d{i % 3}/{i}": b"old" for i in range(6)}
    new = {f"d{i % 3}/{i}": bytes([i]) for i in range(2, 9)}
    for step in range(1, 90, stride(7)):
        site = tmp_path / str(step) / "site"
        site.parent.mkdir()
        write(site, old)
        done = subprocess.run([sys.executable, "-c", KILLED, str(site), str(step)], check=False)
        write(site, new)
        assert set(tree(site)) == set(new), f"killed at step {step}"
        if done.returncode == 0:
            break
    else:
        raise AssertionError("no build came to its end")


def test_what_a_killed_build_left_beside_a_site_of_any_name_goes(tmp_path: Path) -> None:
    site = tmp_path / "my[site]"
    left = tmp_path / ".my[site].runpages.tmp"
    (left / "e").mkdir(parents=True)
    (left / "index.html").write_text("half")
    write(site, {"a": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["my[site]"]
