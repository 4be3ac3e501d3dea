"""Workspaces and sites in storage: an S3 server runs on this machine."""

from __future__ import annotations

import getpass
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from platform import node

import pytest
from click.testing import CliRunner, Result
from fsspec import filesystem

from runpages_site import build
from runpages_site.check.site import check
from runpages_site.command import runpages as main
from runpages_site.storage.storage import FOR_EVER, Storage
from tests.format.limit import file_size
from tests.generator.published import loopback
from tests.generator.stored import Bucket, add_run, bucket, files, server
from tests.modules import ROOT
from tests.unmeasured import unmeasured

__all__ = ["bucket", "server"]

COMMAND = [sys.executable, "-m", "runpages"]


def run(*arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(main, [str(one) for one in arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def built(workspace: Path, tmp_path: Path) -> dict[str, bytes]:
    """The site of a workspace as a build from folder to folder makes it, in a new folder."""
    place = tmp_path / f"local-{time.monotonic_ns()}"
    run("build", workspace, "-o", place, "-q", "-j", 1)
    return files(place)


@pytest.fixture
def workspace(bucket: Bucket, tmp_path: Path) -> Path:
    """A workspace whose site has the title of the one in the bucket."""
    place = tmp_path / bucket.name / "runs"
    for name in ("a", "b", "c"):
        add_run(place, name)
    add_run(place, "d", experiment="other")
    (place / "demo" / "README.md").write_text("# What it is for\n")
    (place / "runpages.yml").write_text("comparisons:\n  - name: two\n    runs: [demo/a, demo/b]\n")
    return place


def test_a_site_in_a_bucket_is_the_site_of_a_folder(bucket: Bucket, workspace: Path, tmp_path: Path) -> None:
    bucket.put(workspace, "runs")
    expected = built(workspace, tmp_path)
    done = run("build", bucket / "runs", "-o", bucket / "site", "-j", 1)
    assert f"Open {bucket / 'site'}/index.html" in done.output
    assert files(bucket.folder / "site") == expected
    assert check(bucket.folder / "site").problems == []
    run("build", bucket / "runs", "-o", tmp_path / "site", "-j", 1)
    assert files(tmp_path / "site") == expected
    run("build", workspace, "-o", bucket / "other", "-j", 1)
    assert files(bucket.folder / "other") == expected
    assert not any(path.name.startswith(".runpages-written") for path in bucket.folder.rglob("*"))
    assert sorted(path.name for path in (bucket.folder / "site" / ".runpages").iterdir()) == [
        "all-runs", "runs", "state.json",
    ]  # fmt: skip


def test_workers_read_and_write_the_bucket(
    bucket: Bucket, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "SERIAL", 2)
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 2, "-q")
    assert files(bucket.folder / "site") == built(workspace, tmp_path)


def test_a_build_with_nothing_new_lists_the_workspace_once_and_puts_nothing(bucket: Bucket, workspace: Path) -> None:
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 1)
    bucket.asked()
    assert "nothing changed" in run("build", bucket / "runs", "-o", bucket / "site", "-j", 1).output
    asked = bucket.asked()
    assert asked.put == [] and asked.head == []
    assert len(asked.lists) == 3  # The workspace, and the site with its notes.
    assert sorted(asked.get) == [
        "runs/demo/README.md", "runs/runpages.yml", "site/.runpages-site.json", "site/.runpages/state.json",
    ]  # fmt: skip


def test_of_the_runs_only_the_one_that_changed_is_fetched_and_put(
    bucket: Bucket, workspace: Path, tmp_path: Path
) -> None:
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 1)
    (workspace / "demo" / "c" / "metrics.csv").write_text("name,step,value\nloss,0,1\nloss,1,0.25\n")
    bucket.put(workspace, "runs")
    bucket.asked()
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 1)
    asked = bucket.asked()
    runs = {key.rsplit("/", 1)[0] for key in asked.get if key.startswith("runs/") and key.count("/") > 2}
    assert runs == {"runs/demo/c", "runs/demo/c/artifacts"}
    changed = {key for key in asked.put if key.startswith("site/e/") and key.count("/") > 2}
    assert "site/e/demo/c.html" in changed
    assert not [key for key in changed if key.startswith(("site/e/demo/a", "site/e/demo/b", "site/e/other/"))]
    assert not [key for key in changed if "weights" in key], "what is the same is not put again"
    assert files(bucket.folder / "site") == built(workspace, tmp_path)


def test_runs_that_go_leave_the_bucket(bucket: Bucket, workspace: Path, tmp_path: Path) -> None:
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 1)
    shutil.rmtree(workspace / "demo" / "a")
    shutil.rmtree(workspace / "other")
    (workspace / "runpages.yml").unlink()
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 1)
    assert files(bucket.folder / "site") == built(workspace, tmp_path)
    notes = {path.name for path in (bucket.folder / "site" / ".runpages" / "runs").iterdir()}
    assert notes == {"demo"}
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "lacks 2 of the 2 runs" in run("build", empty, "-o", bucket / "site", code=2).output


def test_hostile_names_are_keys(bucket: Bucket, tmp_path: Path) -> None:
    workspace = tmp_path / bucket.name / "runs"
    names = ["a b", "100%", "tést", "q?x=1", "hash#tag", "plus+and&", "[x]*", "…", "a:b", "'\"<"]
    for name in names:
        folder = add_run(workspace, name, experiment=name)
        (folder / "artifacts" / name).write_text("kept")
    run("build", workspace, "-o", bucket / "site", "-j", 1, "-q")
    expected = built(workspace, tmp_path)
    assert files(bucket.folder / "site") == expected
    assert check(bucket.folder / "site").problems == []
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", tmp_path / "site", "-j", 1, "-q")
    assert files(tmp_path / "site") == expected


def test_files_have_their_types_and_are_kept_as_long_as_their_names_tell(bucket: Bucket, workspace: Path) -> None:
    run("build", workspace, "-o", bucket / "site", "-j", 1, "-q")
    s3 = bucket.server.files()
    asset = min(path.name for path in (bucket.folder / "site" / "assets").glob("*.css"))
    page = s3.call_s3("head_object", Bucket=bucket.name, Key="site/e/demo/a.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    style = s3.call_s3("head_object", Bucket=bucket.name, Key=f"site/assets/{asset}")
    assert (style["ContentType"], style["CacheControl"]) == ("text/css; charset=utf-8", FOR_EVER)


def kill(command: list[str], after: float) -> None:
    process = subprocess.Popen(command, env=unmeasured(), start_new_session=True, stderr=subprocess.DEVNULL)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_build_leaves_the_site_whole_and_the_next_one_finishes_it(
    bucket: Bucket, workspace: Path, tmp_path: Path
) -> None:
    chance, longest, changed = random.Random(7), 0.0, 0
    command = [*COMMAND, "build", bucket / "runs", "-o", bucket / "site", "-q", "-j", "1"]
    for at in range(5):
        add_run(workspace, f"k{at}", at / 10)
        shutil.rmtree(workspace / "demo" / f"k{at - 2}", ignore_errors=True)
        bucket.put(workspace, "runs")
        began = time.perf_counter()
        if at == 0:
            subprocess.run(command, check=True, env=unmeasured())
            longest = time.perf_counter() - began
        else:
            before = files(bucket.folder / "site")
            kill(command, chance.uniform(0.4, 1.1) * longest)
            bucket.settle()
            assert [
                one.message for one in check(bucket.folder / "site").problems if "manifest" not in one.message
            ] == []
            changed += files(bucket.folder / "site") != before
    run("build", bucket / "runs", "-o", bucket / "site", "-j", 1, "-q")
    assert files(bucket.folder / "site") == built(workspace, tmp_path)
    assert not (bucket.folder / "site" / ".runpages" / "unfinished.json").exists()


def test_a_run_for_which_a_worker_has_no_room_is_named_and_the_others_are_built(
    bucket: Bucket, workspace: Path, tmp_path: Path
) -> None:
    (workspace / "demo" / "b" / "artifacts" / "weights.bin").write_bytes(bytes(7_000_000))
    bucket.put(workspace, "runs")
    command = ["build", bucket / "runs", "-o", bucket / "site", "-j", 1]
    with file_size(6_000_000):
        done = run(*command, code=3)
    assert f"{bucket / 'runs'}/demo/b" in done.output
    assert f"on {node()}: " in done.output and "File too large" in done.output
    assert "Free some space there" in done.output
    assert check(bucket.folder / "site").problems == []
    assert {path.stem for path in (bucket.folder / "site" / "e").glob("*/?.html")} == {"a", "c", "d"}
    run(*command)
    assert files(bucket.folder / "site") == built(workspace, tmp_path)


def test_a_page_for_which_a_worker_has_no_room_is_named_and_the_others_are_built(
    bucket: Bucket, workspace: Path, tmp_path: Path
) -> None:
    document = {"format": 1, "status": "Completed", "ended": "2026-01-01T00:01:00Z", "description": "x" * 7_000_000}
    (workspace / "demo" / "b" / "run.json").write_text(json.dumps(document))
    with file_size(6_000_000):
        done = run("build", workspace, "-o", bucket / "site", "-j", 1, code=3)
    assert f"{workspace}/demo/b" in done.output
    assert f"on {node()}: the site cannot be written" in done.output and "File too large" in done.output
    assert {path.stem for path in (bucket.folder / "site" / "e").glob("*/?.html")} == {"a", "c", "d"}
    run("build", workspace, "-o", bucket / "site", "-j", 1)
    assert files(bucket.folder / "site") == built(workspace, tmp_path)


def test_a_build_that_meets_another_stops_before_it_changes_an_index(
    bucket: Bucket, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("build", workspace, "-o", bucket / "site", "-j", 1, "-q")
    home = (bucket.folder / "site" / "index.html").read_bytes()
    add_run(workspace, "new")
    rendered = build.render

    def render(*arguments: object) -> object:
        """Another build begins and ends while this one renders."""
        monkeypatch.setattr(build, "render", rendered)
        subprocess.run([*COMMAND, "build", workspace, "-o", bucket / "site", "-q", "-j", "1"], check=True)
        return rendered(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "render", render)
    done = run("build", workspace, "-o", bucket / "site", "-j", 1, "-q", code=2)
    assert f"another build has begun to write {bucket / 'site'}" in done.output
    assert (bucket.folder / "site" / "index.html").read_bytes() != home
    assert check(bucket.folder / "site").problems == []


def test_what_cannot_be_read_is_an_error_and_no_empty_site(
    bucket: Bucket, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    bucket.put(workspace, "runs")
    for url in (bucket / "nothing", "s3://no-bucket/runs"):
        assert f"nothing is at {url}" in run("build", url, "-o", site, code=2).output
    assert "Make the bucket first" in run("build", workspace, "-o", "s3://no-bucket/site", "-j", 1, code=2).output
    assert f"name the site of {bucket / 'runs'} with -o" in run("build", bucket / "runs", code=2).output
    done = run("build", bucket / "runs", "-o", site, "--storage-option", "secret=wrong-one", code=2)
    assert "Check the credentials" in done.output and "wrong-one" not in done.output
    bucket.server.files().pipe_file(f"{bucket.name}/else/notes.txt", b"mine")
    assert "files that runpages did not write" in run("build", workspace, "-o", bucket / "else", code=2).output
    run("build", workspace, "-o", bucket / "site", "-j", 1, "-q")
    assert "would be inside its site" in run("build", bucket / "site/runs", "-o", bucket / "site", code=2).output
    unknown = run("build", "nowhere://lab/runs", "-o", site, code=2)
    assert "nowhere://lab/runs cannot be opened" in unknown.output
    assert "--storage-option takes KEY=VALUE" in run("build", workspace, "--storage-option", "x", code=2).output
    monkeypatch.setitem(sys.modules, "fsspec", None)
    done = run("build", bucket / "other", "-o", site, code=2)
    assert 'pip install "runpages[remote]"' in done.output
    assert not site.exists()


def test_what_went_wrong_names_the_place_and_no_temporary_folder(
    bucket: Bucket, workspace: Path, tmp_path: Path
) -> None:
    bucket.put(workspace, "lab/runs")
    deep = run("build", bucket / "lab", "-o", tmp_path / "site", code=2).output
    assert f"{bucket / 'lab'} is not a workspace. {bucket / 'lab/runs'}/demo/a looks like a run one level" in deep
    assert f"build {bucket / 'lab/runs'} as a workspace" in deep
    run("build", bucket / "lab/runs", "-o", bucket / "site", "-j", 1, "-q")
    for name in ("a", "b", "c"):
        shutil.rmtree(workspace / "demo" / name)
    bucket.put(workspace, "lab/runs")
    lacks = run("build", bucket / "lab/runs", "-o", bucket / "site", code=2).output
    assert f"{bucket / 'lab/runs'} has 1 run but lacks 3 of the 4 runs" in lacks
    assert "runpages-" not in deep + lacks


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("s3://", "-o", "site"), "s3:// names no place; write s3://BUCKET/FOLDER"),
        (("runs", "-o", "s3://"), "s3:// names no place; write s3://BUCKET/FOLDER"),
        (("s3:/lab/runs", "-o", "site"), "a URL has two slashes: s3://lab/runs"),
        (("runs", "-o", "s3:/lab/site"), "a URL has two slashes: s3://lab/site"),
        (("runs", "-o", "https:/lab/site"), "a URL has two slashes: https://lab/site"),
    ],
)
def test_half_a_url_is_neither_a_place_nor_a_folder(
    arguments: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    add_run(tmp_path / "runs", "a")
    assert why in run("build", *arguments, code=2).output
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


@pytest.mark.parametrize("half", ["s3:/lab/x", "ssh:/lab/x", "https:/lab/x"])
def test_half_a_url_is_no_host_to_publish_to(half: str, workspace: Path) -> None:
    assert f"a URL has two slashes: {half.replace(':/', '://')}" in run("publish", half, workspace, code=2).output


def test_an_option_that_storage_does_not_have_is_named(bucket: Bucket, tmp_path: Path) -> None:
    done = run("build", bucket / "runs", "-o", tmp_path / "site", "--storage-option", "nosuch=1", code=2)
    assert "there is no option 'nosuch'. Check what --storage-option names" in done.output


def test_an_sftp_server_with_another_key_than_the_known_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_run(tmp_path / "place" / "runs", "a")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    with loopback() as keys:
        port = re.search(r"Port (\d+)", (keys / "ssh").read_text())
        assert port is not None
        at = f"sftp://{getpass.getuser()}@127.0.0.1:{port[1]}{tmp_path}/place/runs"
        command = ["build", at, "-o", tmp_path / "site", "--storage-option", f"key_filename={keys}/user", "-j", 1]

        def know(key: str) -> None:
            kind, value, *_ = (keys / f"{key}.pub").read_text().split()
            (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port[1]} {kind} {value}\n")

        know("user")
        refused = run(*command, code=2).output
        assert "does not match" in refused and "ssh-keygen -R" in refused
        assert not (tmp_path / "site").exists()
        know("host")
        assert "Built 1 run" in run(*command).output


def test_options_are_parsed_and_never_shown() -> None:
    storage = Storage("sftp://me:hidden@host/runs", {"password": "hidden"})
    assert "hidden" not in repr(storage.options) or "hidden" not in str(storage)
    assert str(storage) == "sftp://host/runs"


def test_a_dry_run_of_a_bucket_writes_nothing(bucket: Bucket, workspace: Path) -> None:
    bucket.put(workspace, "runs")
    done = run("build", bucket / "runs", "-o", bucket / "site", "-n")
    assert "Would render 4 runs" in done.output
    assert not (bucket.folder / "site").exists()
    (workspace / "demo" / "a" / "artifacts" / "x.txt").write_text("key = AKIAIOSFODNN7EXAMPL3\n")
    bucket.put(workspace, "runs")
    run("build", bucket / "runs", "-o", bucket / "site", "--secrets", "fail", code=4)
    assert not (bucket.folder / "site").exists()


def test_a_site_in_a_bucket_is_a_workspace_too(bucket: Bucket, workspace: Path, tmp_path: Path) -> None:
    run("build", workspace, "-o", bucket / "site", "-j", 1, "-q")
    (workspace / "runpages.yml").write_text((workspace / "runpages.yml").read_text() + "title: lab\n")
    run("build", workspace, "-o", bucket / "site", "-j", 1, "-q")
    run("build", bucket / "site", "-o", tmp_path / "again", "-j", 1, "-q")
    assert files(tmp_path / "again") == files(bucket.folder / "site")


def test_runs_of_other_tools_in_a_bucket_are_fetched_whole(bucket: Bucket, tmp_path: Path) -> None:
    mlruns = ROOT / "tests" / "sources" / "data" / "mlflow" / "files" / "mlruns"
    bucket.put(mlruns, "mlruns")
    shutil.copytree(mlruns, tmp_path / bucket.name / "mlruns")
    run("build", bucket / "mlruns", "-o", tmp_path / "site", "-j", 1, "-q")
    # Pages say when files were written, which a bucket tells for itself.
    assert files(tmp_path / "site").keys() == built(tmp_path / bucket.name / "mlruns", tmp_path).keys()


def test_json_names_the_url(bucket: Bucket, workspace: Path) -> None:
    bucket.put(workspace, "runs")
    known = json.loads(run("build", bucket / "runs", "-o", bucket / "site", "--json", "-j", 1).stdout)
    assert known["site"] == bucket / "site"
    assert list(known["phases"]) == ["open", "scan", "render", "index", "publish"]
    assert known["seconds"] >= sum(known["phases"].values()) > known["phases"]["open"] > 0
    assert set(known["rendered"]) == {f"{bucket / 'runs'}/{one}" for one in ("demo/a", "demo/b", "demo/c", "other/d")}


def test_publish_to_a_bucket_keeps_what_others_published(bucket: Bucket, workspace: Path, tmp_path: Path) -> None:
    other = tmp_path / "machine" / "runs"
    add_run(other, "z")
    (workspace / "runpages.yml").write_text("title: ours\n")
    (other / "runpages.yml").write_text("title: ours\n")
    run("publish", bucket / "site", workspace, "-j", 1)
    assert "Keep: 4 runs" in run("publish", bucket / "site", other, "-n").output
    assert f"published to {bucket / 'site'}" in run("publish", bucket / "site", other, "-j", 1).output
    assert {path.stem for path in (bucket.folder / "site" / "e").glob("*/*.html")} >= {"a", "b", "c", "d", "z"}
    assert check(bucket.folder / "site").problems == []
    assert "nothing new" in run("publish", bucket / "site", other, "-j", 1).output
    run("publish", bucket / "site", other, "-j", 1, "--retain", "1 run")
    assert sum(path.stem != "index" for path in (bucket.folder / "site" / "e").glob("*/*.html")) == 1
    run("publish", bucket / "site", workspace, "-j", 1, "--mirror")
    assert files(bucket.folder / "site") == built(workspace, tmp_path)


def test_publish_again_when_notes_are_lost_keeps_the_rows_of_other_runs(
    bucket: Bucket, workspace: Path, tmp_path: Path
) -> None:
    for place in (workspace, tmp_path / "machine" / "runs"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "runpages.yml").write_text("title: ours\n")
    run("publish", bucket / "site", workspace, "-j", 1)
    bucket.server.files().rm(f"{bucket.name}/site/.runpages", recursive=True)
    add_run(tmp_path / "machine" / "runs", "z")
    run("publish", bucket / "site", tmp_path / "machine" / "runs", "-j", 1)
    rows = (bucket.folder / "site" / "e" / "demo" / "runs.csv").read_text().splitlines()
    assert len(rows) == 1 + 4


def test_sftp_is_storage(tmp_path: Path) -> None:
    workspace = tmp_path / "place" / "runs"
    add_run(workspace, "a")
    add_run(workspace, "b", experiment="a b?#")
    with loopback() as keys:
        port = re.search(r"Port (\d+)", (keys / "ssh").read_text())
        assert port is not None
        at = f"sftp://{getpass.getuser()}@127.0.0.1:{port[1]}{tmp_path}/place"
        access = ["--storage-option", f"key_filename={keys}/user", "-j", 1, "-q"]
        run("build", f"{at}/runs", "-o", f"{at}/site", *access)
        expected = built(workspace, tmp_path)
        assert files(tmp_path / "place" / "site") == expected
        add_run(workspace, "a", 0.125)
        shutil.rmtree(workspace / "a b?#")
        run("build", f"{at}/runs", "-o", f"{at}/site", *access)
        assert files(tmp_path / "place" / "site") == built(workspace, tmp_path)
        assert "nothing changed" in run("build", f"{at}/runs", "-o", f"{at}/site", *access[:-1]).output
        refused = run("build", f"{at}/runs", "-o", tmp_path / "x", "--storage-option", "look_for_keys=false", code=2)
        assert "Check the credentials" in refused.output


def test_memory_is_storage(tmp_path: Path) -> None:
    workspace = tmp_path / "lab" / "runs"
    add_run(workspace, "a")
    there = filesystem("memory")
    command = ["build", "memory://lab/runs", "-o", "memory://lab/site", "-j", 1]
    try:
        there.put(f"{workspace}/", "/lab/runs/", recursive=True)
        assert "memory://lab/site lies in the memory of this process, and is lost" in run(*command).stderr
        there.get("/lab/site/", f"{tmp_path}/copy/", recursive=True)
        assert files(tmp_path / "copy") == built(workspace, tmp_path)
        assert "nothing changed" in run(*command).output, "rendered again, since no tag names what is so new"
        there.pipe_file("/lab/runs/demo/../evil/metrics.csv", b"name,value\nloss,1\n")
        run(*command)
        assert not list(tmp_path.rglob("evil"))
    finally:
        there.rm("/lab", recursive=True)


def test_the_commands_of_the_page_run(bucket: Bucket, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "how-to" / "object-storage.md").read_text("utf-8")
    found = re.findall(r"<!-- recipe: \w+ -->\n\n```sh\n(?:pip install [^\n]*\n)?(.*?)```", page, re.DOTALL)
    assert len(found) == 2
    bucket.put(workspace, "runs")
    monkeypatch.chdir(workspace.parent)
    for line in "".join(found).replace("s3://lab", f"s3://{bucket.name}").splitlines():
        name, *arguments = shlex.split(line, comments=True)
        assert name == "runpages"
        run(*arguments)
    assert files(workspace.parent / "site") == files(bucket.folder / "site")
    assert files(workspace.parent / "copy") == files(bucket.folder / "site")
    assert sorted(path.name for path in (workspace.parent / "copied-runs" / "demo").glob("?")) == ["a", "b", "c"]
