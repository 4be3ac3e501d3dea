"""Runs that are packed and unpacked elsewhere are the same runs; a zip that is not what it says is not unpacked."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from click.testing import CliRunner, Result

from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.publish import archive
from runpages_site.publish.archive import ArchiveError
from runpages_site.publish.pack import MANIFEST, pack, unpack

from .conftest import NOW, MakeRun
from .test_killed import published

ROOT = Path(__file__).parent.parent.parent / "site-example" / "runs"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(runpages, list(map(str, arguments)))


@pytest.fixture
def zipped(workspace: Path, make_run: MakeRun, tmp_path: Path) -> Path:
    make_run("a", files={"artifacts/model.bin": bytes(300_000), "logs/out.txt": "é" * 10}, name="first")
    (workspace / "demo" / "README.md").write_text("# Demo")
    pack(workspace, [("demo", "a")], tmp_path / "runs.zip")
    return tmp_path / "runs.zip"


def test_packed_and_unpacked_runs_give_the_same_pages(tmp_path: Path) -> None:
    experiments = ("digits-mlp", "diabetes-ridge")
    runs = [path.parent for name in experiments for path in sorted((ROOT / name).glob("*/run.json"))[:3]]
    # The name of a site is that of the folder around its workspace.
    one, other, place = tmp_path / "1" / "lab" / "runs", tmp_path / "2" / "lab" / "runs", tmp_path / "runs.zip"
    for run in runs:
        shutil.copytree(run, one / run.parent.name / run.name)
    done = call("pack", *runs, "--root", ROOT, "-o", place)
    assert done.exit_code == 0, done.output
    assert f"Packed {len(runs)} runs" in done.output
    assert f"Unpacked {len(runs)} runs" in call("unpack", place, other).output
    for path in (path for name in experiments for path in (ROOT / name).iterdir() if path.is_file()):
        shutil.copy(path, one / path.parent.name)
    for workspace in (one, other):
        build(workspace, workspace.parent / "site", now=NOW, version="1")
    assert published(one.parent / "site") == published(other.parent / "site")


def test_the_same_runs_give_the_same_bytes(workspace: Path, zipped: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(workspace, copy)
    for path in copy.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    pack(copy, [("demo", "a")], tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == zipped.read_bytes()
    with ZipFile(zipped) as archive_:
        manifest = json.loads(archive_.read(MANIFEST))
    assert manifest["runs"] == ["demo/a"]
    assert manifest["files"]["demo/a/logs/out.txt"] == {"size": 20, "sha256": sha256("é".encode() * 10).hexdigest()}
    assert str(workspace) not in json.dumps(manifest)


def test_what_is_there_stays(zipped: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert unpack(zipped, there).new == ["demo/a"]
    (there / "demo" / "README.md").write_text("mine")
    done = unpack(zipped, there)
    assert (done.new, done.there, done.kept) == ([], ["demo/a"], ["demo/README.md"])
    assert (there / "demo" / "README.md").read_text() == "mine"
    (there / "demo" / "a" / "metrics.csv").write_text("mine")
    with pytest.raises(ArchiveError, match="is another run"):
        unpack(zipped, there)
    assert (there / "demo" / "a" / "metrics.csv").read_text() == "mine"
    assert "differs" in call("unpack", zipped, tmp_path / "x").output or (tmp_path / "x" / "demo" / "a").is_dir()


def test_what_an_unpack_left_that_was_killed_is_no_hindrance(zipped: Path, tmp_path: Path) -> None:
    left = tmp_path / "there" / ".runpages" / "unpacking" / "demo" / "a"
    left.mkdir(parents=True)
    (left / "run.json").write_text("half")
    unpack(zipped, tmp_path / "there")
    assert sorted(os.listdir(tmp_path / "there" / ".runpages")) == []
    assert (tmp_path / "there" / "demo" / "a" / "metrics.csv").is_file()


def test_what_is_not_packed_is_listed(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    folder = make_run(files={"artifacts/.env": "X=1", "artifacts/a:b": "", ".12-ab.tmp": ""}, name="x")
    (folder / "artifacts" / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    done = call("pack", "a", "--root", workspace, "-o", tmp_path / "x.zip")
    assert done.exit_code == 0, done.output
    for name in (".env: its name suggests", "link: it is a link", "a:b: its name", "pipe: it is not a regular file"):
        assert name in done.output
    assert sorted(path.name for path in tmp_path.glob("*")) == ["runs", "x.zip"]
    with ZipFile(tmp_path / "x.zip") as zipped:
        assert zipped.namelist() == ["demo/a/metrics.csv", "demo/a/run.json", MANIFEST]
    unpack(tmp_path / "x.zip", workspace)


def test_a_run_that_is_not_there_or_goes_on_is_not_packed(workspace: Path, make_run: MakeRun, tmp_path: Path) -> None:
    make_run("a", status="Running")
    assert "is Running" in call("pack", "a", "--root", workspace, "-o", tmp_path / "x.zip").output
    assert call("pack", "none", "--root", workspace, "-o", tmp_path / "x.zip").exit_code == 2
    assert not (tmp_path / "x.zip").exists()


# --- zips that are not what they say ---------------------------------------------------------------------


def rewritten(place: Path, change: Callable[[dict[str, bytes], dict[str, object]], None]) -> None:
    """Write a zip anew after a change of its files and its manifest, which is made to fit unless it is changed."""
    with ZipFile(place) as old:
        files = {name: old.read(name) for name in old.namelist() if name != MANIFEST}
        manifest = json.loads(old.read(MANIFEST))
    change(files, manifest)
    with ZipFile(place, "w") as new:
        for name, data in files.items():
            new.writestr(name, data, ZIP_DEFLATED if "zeros" in name else None)
        new.writestr(MANIFEST, json.dumps(manifest))


def also(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes], dict[str, object]], None]:
    def change(files: dict[str, bytes], manifest: dict[str, object]) -> None:
        files[name] = data
        known = manifest["files"]
        assert isinstance(known, dict)
        known[name] = {"size": len(data), "sha256": sha256(data).hexdigest()}

    return change


HARM = {
    "slip": (also("demo/a/../../../evil"), "leads out"),
    "absolute": (also("/etc/evil"), "leads out"),
    "windows": (also("C:\\evil"), "is no file name on every system"),
    "device": (also("demo/a/nul.txt"), "is no file name on every system"),
    "dot": (also("demo/a/x. "), "is no plain path"),
    "state": (also(".runpages/site.json"), "belongs to no run"),
    "settings": (also("runpages.yml"), "belongs to no run"),
    "elsewhere": (also("other/b/run.json"), "belongs to no run"),
    "case": (also("demo/A/run.json"), "one file on disks"),
    "folder": (also("demo/a/run.json/x"), "a file and a folder"),
    "bomb": (also("demo/a/zeros", bytes(10_000_000)), "too large to be true"),
    "extra": (lambda files, manifest: files.update({"demo/a/more": b""}), "is not in the manifest"),
    "missing": (lambda files, manifest: files.pop("demo/a/metrics.csv"), "is not in the zip"),
    "changed": (lambda files, manifest: files.update({"demo/a/metrics.csv": b"name"}), "not the file that was packed"),
    "hidden": (lambda files, manifest: manifest.update(runs=["demo/.a"]), "no place of a run"),
    "deep": (lambda files, manifest: manifest.update(runs=["demo/a/logs"]), "no place of a run"),
    "newer": (lambda files, manifest: manifest.update(format=2), "newer runpages"),
    "odd": (lambda files, manifest: manifest.update(files=[]), "cannot be read"),
}


@pytest.mark.parametrize("name", HARM)
def test_a_zip_that_could_do_harm_is_not_unpacked(zipped: Path, tmp_path: Path, name: str) -> None:
    change, why = HARM[name]
    rewritten(zipped, change)
    done = call("unpack", zipped, tmp_path / "there")
    assert done.exit_code == 2
    assert why in done.output
    assert "Nothing was written" in done.output
    assert not (tmp_path / "there").exists()
    assert not (tmp_path / "evil").exists()


def test_a_zip_with_links_or_twice_the_same_is_not_unpacked(zipped: Path, tmp_path: Path) -> None:
    link = ZipInfo("demo/a/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(zipped, "a") as more:
        more.writestr(link, "/etc/passwd")
    with pytest.raises(ArchiveError, match="is a link"):
        unpack(zipped, tmp_path / "there")
    with ZipFile(tmp_path / "twice.zip", "w") as twice, pytest.warns(UserWarning):
        twice.writestr("demo/a/run.json", "{}")
        twice.writestr("demo/a/run.json", "[]")
    with pytest.raises(ArchiveError, match="there twice"):
        unpack(tmp_path / "twice.zip", tmp_path / "there")


def test_every_damaged_byte_is_noticed(zipped: Path, tmp_path: Path) -> None:
    whole = zipped.read_bytes()
    there = tmp_path / "there"
    for at in range(0, len(whole), max(len(whole) // 60, 1)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        for data in (bytes(damaged), whole[:at]):
            zipped.write_bytes(data)
            try:
                unpack(zipped, there)
            except ArchiveError:
                assert not there.exists()
            else:  # A date or another field that says nothing of the content.
                assert (there / "demo" / "a" / "artifacts" / "model.bin").read_bytes() == bytes(300_000)
                shutil.rmtree(there)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip"])
def test_what_is_no_pack_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ArchiveError, match="was not unpacked"):
        unpack(tmp_path / "x.zip", tmp_path / "there")
    with ZipFile(tmp_path / "y.zip", "w") as other:
        other.writestr("a", "b")
    assert "was not made by runpages pack" in call("unpack", tmp_path / "y.zip", tmp_path / "there").output
    assert call("unpack", tmp_path / "none.zip", tmp_path / "there").exit_code == 2


def test_a_file_that_changes_while_it_is_packed_is_refused(
    workspace: Path, make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("a")
    measured = archive._measured

    def late(file):  # type: ignore[no-untyped-def]
        found = measured(file)
        with open(workspace / "demo" / "a" / "metrics.csv", "a") as more:
            more.write("loss,2,3.0,0.1,\n")
        return found

    monkeypatch.setattr(archive, "_measured", late)
    done = call("pack", "a", "--root", workspace, "-o", tmp_path / "x.zip")
    assert (done.exit_code, "changed while it was packed" in done.output) == (2, True)
    assert list(tmp_path.glob("*.zip")) == []
