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

from runpages.format import status
from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.publish.pack import examine, pack, unpack
from runpages_site.read.archive import MANIFEST, ArchiveError
from runpages_site.write import zips

from .conftest import NOW, MakeRun
from .test_killed import published

ROOT = Path(__file__).parent.parent.parent / "site-example" / "runs"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(runpages, list(map(str, arguments)))


@pytest.fixture
def zipped(workspace: Path, make_run: MakeRun, tmp_path: Path) -> Path:
    make_run("a", files={"artifacts/model.bin": bytes(300_000), "logs/out.txt": "é" * 10}, name="first")
    (workspace / "demo" / "README.md").write_text("# Demo")
    pack(examine(workspace, [("demo", "a")], now=NOW), tmp_path / "runs.zip")
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
    pack(examine(copy, [("demo", "a")], now=NOW), tmp_path / "again.zip")
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


# --- what the gate makes of it ---------------------------------------------------------------------------

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def secret(workspace: Path, make_run: MakeRun) -> Path:
    """A workspace with a secret in each kind of file of a run."""
    make_run(
        "a", params={"password": TOKEN, "lr": 0.1}, tags={"note": f"see {TOKEN}", "client": "x"}, status="Completed",
        metrics=f"name,step,time,value,text\nloss,0,1.0,0.5,\nword,1,2.0,,{TOKEN}\n",
        files={
            "logs/out.txt": f"hello\ntoken {TOKEN}\n", "artifacts/ok.txt": "ok",
            "artifacts/conf.yml": f"key: {TOKEN}\n",
            "own.cfg": f"[a]\nkey = {TOKEN}\n", "tables/t.jsonl": '{"a": 1}\n', "changes.1-1-ab12.jsonl": "{}\n",
        },
    )  # fmt: skip
    (workspace / "demo" / "README.md").write_text(f"# Demo\n\n{TOKEN}\n")
    return workspace


def everything(place: Path) -> str:
    with ZipFile(place) as zipped:
        return "\n".join(zipped.read(name).decode("utf-8", "replace") for name in zipped.namelist())


def test_secrets_are_masked_or_held_back(secret: Path, tmp_path: Path) -> None:
    place = tmp_path / "x.zip"
    done = call("pack", "a", "--root", secret, "-o", place)
    assert done.exit_code == 0, done.output
    assert "Left out demo/a/artifacts/conf.yml: line 1 looks like a secret" in done.output
    assert "Left out demo/a/own.cfg: line 2 looks like a secret" in done.output
    assert "logs/out.txt, line 2: GitHub token" in done.output
    assert TOKEN not in done.output
    assert TOKEN not in everything(place)
    with ZipFile(place) as zipped:
        assert json.loads(zipped.read("demo/a/run.json"))["params"] == {"password": "•••• (by its name)", "lr": 0.1}
        assert zipped.read("demo/a/logs/out.txt").decode() == "hello\ntoken •••• (GitHub token)\n"
        assert zipped.read("demo/a/artifacts/ok.txt") == b"ok"
        assert "demo/a/artifacts/conf.yml" in json.loads(zipped.read(MANIFEST))["left_out"]
    assert unpack(place, secret).there == ["demo/a"]  # The run itself, which has its secrets still.
    other = tmp_path / "there" / "runs"
    done = call("unpack", place, other)
    assert "Not in the zip: demo/a/artifacts/conf.yml: line 1 looks like a secret (GitHub token)" in done.output
    assert "Unpacked 1 run" in done.output
    build(other, other.parent / "site", now=NOW, version="1")
    build(secret, tmp_path / "site", now=NOW, version="1")
    offered = tmp_path / "site/e/demo/a/run.zip"
    assert TOKEN not in everything(offered)
    assert "artifacts/conf.yml: line 1 looks like" in call("unpack", offered, tmp_path / "third").output
    pages = [(site / "e/demo/a.html").read_text() for site in (tmp_path / "site", other.parent / "site")]
    assert all("•••• (GitHub token)" in page and TOKEN not in page for page in pages)


def test_a_zip_of_a_run_says_which_of_its_own_files_no_disk_takes(make_run: MakeRun, tmp_path: Path) -> None:
    for run in ("a", "b"):
        make_run(run, files={"artifacts/aux.txt": "x", "artifacts/ok.txt": run})
    make_run("c", files={"artifacts/ok.txt": "x", "artifacts/OK.txt": "x"})
    build(tmp_path / "runs", tmp_path / "site", now=NOW, version="1")
    for run in ("a", "b"):
        with ZipFile(tmp_path / f"site/e/demo/{run}/run.zip") as zipped:
            assert zipped.read(f"demo/{run}/artifacts/ok.txt") == run.encode()
            left_out = json.loads(zipped.read(MANIFEST))["left_out"]
        assert left_out == {f"demo/{run}/artifacts/aux.txt": "its name is no file name on every system"}
    assert not (tmp_path / "site/e/demo/c/run.zip").exists()


def test_what_the_settings_say_holds_for_packs(secret: Path, make_run: MakeRun, tmp_path: Path) -> None:
    place, settings = tmp_path / "x.zip", secret / "runpages.yml"
    settings.write_text("secrets: fail\n")
    done = call("pack", "a", "--root", secret, "-o", place)
    assert (done.exit_code, "Nothing was written" in done.output, TOKEN in done.output) == (4, True, False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]
    settings.write_text('secrets: "off"\nhide: {tags: [client], metrics: [t]}\n')
    done = call("pack", "a", "--root", secret, "-o", place)
    assert "Left out demo/a/tables/t.jsonl: the settings hide it" in done.output
    with ZipFile(place) as zipped:
        assert json.loads(zipped.read("demo/a/run.json"))["tags"] == {"note": f"see {TOKEN}"}
        assert TOKEN in zipped.read("demo/a/own.cfg").decode()
    settings.write_text("private: [b]\n")
    make_run("b", status="Completed")
    make_run("c", tags={"private": ""}, status="Completed")
    for name in "bc":
        done = call("pack", "a", name, "--root", secret, "-o", tmp_path / "y.zip")
        assert (done.exit_code, f"demo/{name} is private" in done.output) == (2, True)
    assert not (tmp_path / "y.zip").exists()


def test_a_dry_run_lists_what_would_be_packed(secret: Path, tmp_path: Path) -> None:
    done = call("pack", "a", "--root", secret, "-o", tmp_path / "x.zip", "-n")
    assert done.exit_code == 0, done.output
    for line in (
        "demo/a/artifacts/ok.txt, 2 B",
        "demo/a/run.json, ",
        "Left out demo/a/own.cfg: line 2",
        "Secret: ",
    ):
        assert line in done.output
    assert "Nothing was written" in done.output
    told = json.loads(call("pack", "a", "--root", secret, "-n", "--json").output)
    assert {"name": "demo/a/artifacts/ok.txt", "size": 2, "changed": False} in told["entries"]
    assert not (tmp_path / "x.zip").exists()


def test_a_run_page_offers_a_zip_that_is_unpacked(workspace: Path, make_run: MakeRun, tmp_path: Path) -> None:
    """The download of a page is taken in elsewhere, and gives the same page there."""
    files = {
        "logs/out.log": "line\n",
        "artifacts/page.html": "<p>",
        "artifacts/a:b": "x",
        "tables/t.jsonl": '{"a": 1}\n',
    }
    make_run("a", files=files, params={"lr": 0.1}, status="Completed")
    make_run("b", status="Running", owner=status.owner())
    make_run("c", files={"artifacts/large.bin": os.urandom(1_100_000)}, status="Completed")
    (workspace / "runpages.yml").write_text("limits: {download: 1}\n")
    site, other = tmp_path / "1" / "site", tmp_path / "2" / "runs"
    build(workspace, site, now=NOW, version="1")
    links = [name for name in "abc" if f'href="{name}/run.zip"' in (site / f"e/demo/{name}.html").read_text()]
    assert links == ["a"]
    assert "Unpacked 1 run" in call("unpack", site / "e/demo/a/run.zip", other).output
    assert "is in a site" in call("pack", "a", "--root", site / "e", "-o", tmp_path / "x.zip").output
    assert (other / "demo/a/artifacts/page.html").read_text() == "<p>"
    (workspace / "demo/a/artifacts/a:b").unlink()  # It has a name that not every disk can have.
    for one in (workspace, other):
        (one / "runpages.yml").write_text("title: lab\n")
    build(workspace, site, now=NOW, version="1")
    build(other, other.parent / "site", now=NOW, version="1")
    there = [one / "e/demo" for one in (site, other.parent / "site")]
    pages = [{path.relative_to(one): path.read_bytes() for path in (one / "a").rglob("*")
              if path.is_file()} | {Path("a"): (one / "a.html").read_bytes()} for one in there]  # fmt: skip
    assert pages[0] == pages[1]


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
    points = workspace / "demo" / "a" / "metrics.csv"
    with points.open("a") as more:
        more.write("loss,2,3.0,0.1,\n" * 5_000)  # What is small is read at once.
    measured = zips._measured

    def late(file, name):  # type: ignore[no-untyped-def]
        found = measured(file, name)
        with points.open("a") as more:
            more.write("loss,2,3.0,0.1,\n")
        return found

    monkeypatch.setattr(zips, "_measured", late)
    done = call("pack", "a", "--root", workspace, "-o", tmp_path / "x.zip")
    assert (done.exit_code, "changed while it was packed" in done.output) == (2, True)
    assert list(tmp_path.glob("*.zip")) == []
