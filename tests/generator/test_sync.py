"""A workspace is copied to a bucket while its runs go on: only what is new is sent, and what is there is the run."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import runpages
from runpages.format.errors import WorkspaceError
from runpages.format.pieces import piece_path
from runpages_site.build import build
from runpages_site.command import runpages as verbs
from runpages_site.command.arguments import storage_options
from runpages_site.errors import BuildError, BusyError
from runpages_site.storage.opening import open_storage
from runpages_site.sync import appended
from runpages_site.sync import rounds as sync_module
from runpages_site.sync.rounds import Round, Sync
from runpages_site.sync.units import units
from tests.examples import examples
from tests.generator.bucket import URL, server, whole_files
from tests.generator.conftest import NOW, MakeRun
from tests.modules import ROOT
from tests.unmeasured import unmeasured

HEADER = "name,step,time,value\n"
RUNNING: dict[str, Any] = {"status": "Running"}
MEMORY = "memory://lab/runs"


def points(first: int, last: int) -> str:
    return "".join(f"loss,{at},{1000 + at}.000,{1 / (at + 1)}\n" for at in range(first, last))


class Bucket:
    """A bucket in memory, and syncs of a workspace to it."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.storage, self.base = open_storage(MEMORY, {})
        self.clear()

    def clear(self) -> None:
        if self.storage.exists(self.base):
            self.storage.rm(self.base, recursive=True)

    def sync(self, *, dry: bool = False, patient: bool = False) -> Round:
        sync = Sync(str(self.workspace), MEMORY, {}, patient=patient)
        if dry:
            sync.begin()
            return sync.once(dry=True)
        with sync.journal.opened():
            sync.begin()
            done = sync.once()
        assert done.failed == []
        return done

    def objects(self) -> dict[str, bytes]:
        paths = self.storage.find(self.base)
        return {path[len(self.base) + 1 :]: self.storage.cat_file(path) for path in paths}

    def copy(self, target: Path) -> Path:
        """The bucket as a folder."""
        shutil.rmtree(target, ignore_errors=True)
        for path, data in self.objects().items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)
        return target

    def run(self, target: Path) -> dict[str, bytes]:
        return whole_files(self.copy(target) / "demo" / "a")


@pytest.fixture
def bucket(workspace: Path) -> Iterator[Bucket]:
    found = Bucket(workspace)
    yield found
    found.clear()


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def files_of(run: Path) -> dict[str, bytes]:
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def forget(workspace: Path) -> None:
    shutil.rmtree(workspace / ".runpages" / "sync")


def test_a_workspace_is_copied_whole_and_then_nothing_more(make_run: MakeRun, bucket: Bucket) -> None:
    make_run("a", files={"artifacts/model.pkl": b"\x00\x01", "logs/console.txt": "one\n"}, status="Completed")
    make_run("b", "other")
    (bucket.workspace / "README.md").write_text("# Lab\n")
    (bucket.workspace / "other" / "experiment.json").write_text("{}")
    done = bucket.sync()
    there = {path.relative_to(bucket.workspace).as_posix(): path for path in bucket.workspace.rglob("*")}
    assert bucket.objects() == {
        path: place.read_bytes() for path, place in there.items() if place.is_file() and ".runpages" not in path
    }
    assert (done.runs, done.going_on, len(done.objects)) == (2, 0, len(bucket.objects()))
    assert bucket.sync().objects == []


def test_what_is_appended_is_sent_once(make_run: MakeRun, bucket: Bucket, tmp_path: Path) -> None:
    run, sent = make_run(metrics=HEADER + points(0, 5000), **RUNNING), 0
    for at in range(5000, 30_000, 5000):
        sent += bucket.sync().size
        append(run / "metrics.csv", points(at, at + 5000))
        append(run / "changes.h-1-0f3c.jsonl", '{"time": "2026-01-01T00:00:00.000Z", "tags": {"a": "b"}}\n')
    sent += bucket.sync().size
    grown = sum(map(len, files_of(run).values()))
    assert sent <= 1.01 * grown
    assert bucket.run(tmp_path / "there") == files_of(run)
    assert len([path for path in bucket.objects() if "piece" in path]) == 5


def test_a_small_file_stays_in_one(make_run: MakeRun, bucket: Bucket) -> None:
    run = make_run(metrics=HEADER, **RUNNING)
    for at in range(9):
        append(run / "metrics.csv", points(at, at + 1))
        bucket.sync()
    assert set(bucket.objects()) == {"demo/a/metrics.csv", "demo/a/run.json"}


def test_a_torn_line_waits_for_its_end(make_run: MakeRun, bucket: Bucket, tmp_path: Path) -> None:
    run = make_run(metrics=HEADER + points(0, 2000) + "loss,2000,10", **RUNNING)
    bucket.sync()
    assert bucket.objects()["demo/a/metrics.csv"].decode() == HEADER + points(0, 2000)
    assert bucket.sync().objects == []
    append(run / "metrics.csv", "00.000,0.5\nloss")
    bucket.sync()
    assert bucket.run(tmp_path / "there")["metrics.csv"].endswith(b"loss,2000,1000.000,0.5\n")
    (run / "run.json").write_text('{"status": "Failed"}')
    bucket.sync()
    assert bucket.run(tmp_path / "there")["metrics.csv"].endswith(b"0.5\nloss")


def test_each_writer_has_its_own_pieces(make_run: MakeRun, bucket: Bucket, tmp_path: Path) -> None:
    names = ("metrics.csv", "metrics.rank1-h-2-0f3c.csv", "metrics_by-hand.csv", "logs/console.txt", "tables/T.jsonl")
    run = make_run(files=dict.fromkeys(names, HEADER + points(0, 500)), **RUNNING)
    for at in (500, 1000):
        bucket.sync()
        for name in names:
            append(run / name, points(at, at + 500))
    bucket.sync()
    assert bucket.run(tmp_path / "there") == files_of(run)
    assert len([path for path in bucket.objects() if "piece" in path]) >= len(names)


@pytest.mark.parametrize("again", ["", HEADER + points(7, 9), HEADER + points(50_000, 58_000)])
def test_a_file_that_is_written_anew_replaces_its_pieces(
    make_run: MakeRun, bucket: Bucket, tmp_path: Path, again: str
) -> None:
    """As by a program that rotates its log, and by a person who repairs a file."""
    run = make_run(metrics=HEADER + points(0, 3000), files={"logs/out": "one\n"}, **RUNNING)
    bucket.sync()
    append(run / "metrics.csv", points(3000, 4000))
    bucket.sync()
    (run / "metrics.csv").write_text(again)
    (run / "logs" / "out").write_text("two\n")
    bucket.sync()
    assert bucket.run(tmp_path / "there") == files_of(run)
    append(run / "metrics.csv", points(60_000, 61_000))
    append(run / "logs" / "out", "three\n")
    bucket.sync()
    assert bucket.run(tmp_path / "there") == files_of(run)


def test_lost_notes_are_made_again_from_the_bucket(make_run: MakeRun, bucket: Bucket, tmp_path: Path) -> None:
    run = make_run(metrics=HEADER + points(0, 3000), files={"images/p/0.png": "x"}, **RUNNING)
    bucket.sync()
    append(run / "metrics.csv", points(3000, 4000))
    bucket.sync()
    forget(bucket.workspace)
    assert bucket.sync(dry=True).objects == []
    assert bucket.sync().objects == []
    forget(bucket.workspace)
    append(run / "metrics.csv", points(4000, 4100))
    (run / "run.json").write_text('{"status": "Completed"}')
    assert [path for path, _ in bucket.sync().objects] == [
        piece_path("demo/a/metrics.csv", 1, len(HEADER + points(0, 4000)), len(HEADER + points(0, 4100))),
        "demo/a/run.json",
    ]
    assert bucket.run(tmp_path / "there") == files_of(run)


def test_a_file_that_was_written_anew_is_seen_without_notes(make_run: MakeRun, bucket: Bucket, tmp_path: Path) -> None:
    run = make_run(metrics=HEADER + points(0, 3000), **RUNNING)
    bucket.sync()
    append(run / "metrics.csv", points(3000, 4000))
    bucket.sync()
    forget(bucket.workspace)
    (run / "metrics.csv").write_text(HEADER + points(5, 6000))
    bucket.sync()
    assert bucket.run(tmp_path / "there") == files_of(run)


def test_a_bucket_that_was_emptied_gets_all_again(make_run: MakeRun, bucket: Bucket) -> None:
    make_run(status="Completed")
    first = bucket.sync().objects
    bucket.clear()
    assert bucket.sync().objects == first


def test_what_is_not_ours_in_the_bucket_stays(make_run: MakeRun, bucket: Bucket) -> None:
    run = make_run("a", status="Completed")
    make_run("b", status="Completed")
    bucket.storage.pipe_file(f"{bucket.base}/others/x/run.json", b"{}")
    bucket.sync()
    shutil.rmtree(run)
    bucket.sync()
    assert {"others/x/run.json", "demo/a/run.json", "demo/b/run.json"} <= bucket.objects().keys()


def test_what_is_named_is_there_before_what_names_it(make_run: MakeRun, bucket: Bucket) -> None:
    make_run(
        files={"images/p/0.png": "x", "images.jsonl": '{"name": "p", "file": "images/p/0.png"}\n', "artifacts/a": "1",
               "changes.h-1-0f3c.jsonl": "{}\n"},
        status="Completed",
    )  # fmt: skip
    models = bucket.workspace / ".runpages" / "models" / "net"
    models.mkdir(parents=True)
    (models / "1.json").write_text("{}")
    names = [path.removeprefix("demo/a/") for path, _ in bucket.sync().objects]
    assert names == [
        *("artifacts/a", "images/p/0.png", "images.jsonl", "metrics.csv", "changes.h-1-0f3c.jsonl", "run.json"),
        ".runpages/models/net/1.json",
    ]


def test_the_state_of_a_machine_stays_there(make_run: MakeRun, bucket: Bucket, tmp_path: Path) -> None:
    run = make_run(files={".env": "PASSWORD=1", "artifacts/.hidden": "1", ".x.tmp": "half"})
    for path in (".runpages/trash/demo/old/run.json", ".git/config", "demo/.runpages/number-3", ".runpages/site.json"):
        (bucket.workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (bucket.workspace / path).write_text("{}")
    build(bucket.workspace, bucket.workspace / "site", now=NOW, version="1.2.3")
    (tmp_path / "outside").write_text("secret")
    (run / "artifacts" / "link").symlink_to(tmp_path / "outside")
    (run / "artifacts" / "inside").symlink_to("../metrics.csv")
    (run / "artifacts" / b"\xff.bin".decode("utf-8", "surrogateescape")).write_text("x")
    os.mkfifo(run / "artifacts" / "pipe")
    done = bucket.sync()
    assert set(bucket.objects()) == {"demo/a/metrics.csv", "demo/a/artifacts/.hidden", "demo/a/artifacts/inside"}
    assert sorted(why for _, why in done.left_out) == [
        "It is not a regular file",
        "Its name is not UTF-8, which names in a bucket have to be",
        "The link points outside the workspace",
    ]


def test_a_run_that_is_removed_meanwhile_is_passed_over(make_run: MakeRun, workspace: Path) -> None:
    make_run("a")
    gone = make_run("b")
    walk = units(str(workspace))
    assert next(walk).run == "demo/a"
    shutil.rmtree(gone)
    assert [(unit.run, unit.refused) for unit in walk] == [("", [])]


def test_a_workspace_that_is_removed_is_an_error(make_run: MakeRun, bucket: Bucket) -> None:
    make_run()
    sync = Sync(str(bucket.workspace), MEMORY, {})
    shutil.rmtree(bucket.workspace)
    with pytest.raises(FileNotFoundError):
        sync.once(dry=True)


def test_a_large_file_that_grows_is_sent_in_bounded_parts(
    make_run: MakeRun, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (appended, sync_module):
        monkeypatch.setattr(module, "LARGEST", 50_000)
    long = "x" * 120_000
    run = make_run(
        metrics=HEADER + points(0, 5000), files={"logs/out": f"{long}\n{long}\n", "artifacts/a": long}, **RUNNING
    )
    bucket.sync()
    append(run / "metrics.csv", points(5000, 9000))
    bucket.sync()
    assert bucket.run(tmp_path / "there") == files_of(run)
    sizes = {path: len(data) for path, data in bucket.objects().items() if "artifacts" not in path}
    assert max(sizes.values()) <= 50_000 + len(HEADER)
    assert bucket.sync().objects == []
    (run / "run.json").write_text('{"status": "Completed"}')
    bucket.clear()
    bucket.sync()
    assert bucket.objects()["demo/a/metrics.csv"] == (run / "metrics.csv").read_bytes()


def test_few_new_lines_wait_while_the_run_goes_on(make_run: MakeRun, bucket: Bucket) -> None:
    run = make_run(metrics=HEADER + points(0, 9000), **RUNNING)
    sync = Sync(str(bucket.workspace), MEMORY, {}, patient=True)
    with sync.journal.opened():
        sync.begin()
        assert len(sync.once().objects) == 2
        append(run / "metrics.csv", points(9000, 9001))
        assert sync.once().objects == []
        append(run / "metrics.csv", points(9001, 12_000))
        assert len(sync.once().objects) == 1
        append(run / "metrics.csv", points(12_000, 12_001))
        (run / "run.json").write_text('{"status": "Completed"}')
        assert len(sync.once().objects) == 2


def test_two_syncs_to_one_bucket_exclude_each_other(make_run: MakeRun, bucket: Bucket) -> None:
    make_run()
    with (
        Sync(str(bucket.workspace), MEMORY, {}).journal.opened(),
        pytest.raises(BusyError, match="another runpages sync"),
        Sync(str(bucket.workspace), MEMORY, {}).journal.opened(),
    ):
        pass


def test_a_torn_line_of_the_notes_is_left_out(make_run: MakeRun, bucket: Bucket) -> None:
    make_run("a", status="Completed")
    bucket.sync()
    [notes] = (bucket.workspace / ".runpages" / "sync").glob("*.jsonl")
    notes.write_bytes(notes.read_bytes()[:-9])
    assert len(bucket.sync().objects) == 1
    assert bucket.sync().objects == []


_chunks = st.lists(st.tuples(st.sampled_from(["csv", "log"]), st.integers(0, 400), st.booleans()), max_size=8)


@given(_chunks, st.booleans(), st.booleans())
@settings(max_examples=examples(0.1))
def test_whatever_is_appended_between_syncs_arrives(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[tuple[str, int, bool]], cr: bool, lost: bool
) -> None:
    folder = tmp_path_factory.mktemp("lab")
    run = folder / "runs" / "demo" / "a"
    (run / "logs").mkdir(parents=True)
    (run / "run.json").write_text('{"status": "Running"}')
    (run / "metrics.csv").write_text(HEADER + points(0, 700))
    bucket = Bucket(folder / "runs")
    for kind, count, torn in chunks:
        text = points(0, count).replace("\n", "\r\n" if cr else "\n") + "torn" * torn
        append(run / ("metrics.csv" if kind == "csv" else "logs/console"), text)
        bucket.sync()
        if lost:
            forget(folder / "runs")
        there = bucket.run(folder / "there")
        assert all(data.startswith(there[path]) for path, data in files_of(run).items() if path in there)
    (run / "run.json").write_text('{"status": "Completed"}')
    bucket.sync()
    assert bucket.run(folder / "there") == files_of(run)
    bucket.clear()
    shutil.rmtree(folder)


# --- with a real server ---------------------------------------------------------------------------------------


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the bucket of a server that the environment names."""
    with server(tmp_path / "s3") as known:
        for key, value in known.items():
            monkeypatch.setenv(key, value)
        yield tmp_path / "s3" / "buckets" / "lab" / "runs"


Command = Callable[..., Result]


@pytest.fixture
def run_command() -> Command:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(verbs, ["sync", *map(str, arguments)])

    return run


def test_the_site_of_the_bucket_is_that_of_the_workspace(
    make_run: MakeRun, workspace: Path, s3: Path, tmp_path: Path, run_command: Command
) -> None:
    run = make_run(metrics=HEADER + points(0, 2000), files={"logs/out.txt": "line\n" * 9000}, **RUNNING)
    make_run("b", "other", status="Completed")
    for at in (2000, 3000):
        assert run_command(workspace, URL).exit_code == 0
        append(run / "metrics.csv", points(at, at + 1000))
        append(run / "logs" / "out.txt", "more\n" * 5000)
    (run / "run.json").write_text('{"format": 1, "id": "a", "status": "Completed", "ended": "2026-01-01T00:00:00Z"}')
    result = run_command(workspace, URL)
    assert (result.exit_code, "Sent 3 files" in result.output) == (0, True)
    assert len(list(s3.rglob("*piece*"))) == 4
    copied = tmp_path / "copy" / "runs"
    shutil.copytree(s3, copied)
    (tmp_path / "lab").mkdir()
    shutil.move(workspace, tmp_path / "lab" / "runs")
    sites = []
    for runs in (tmp_path / "lab" / "runs", copied):
        site = runs.parent / "site"
        build(runs, site, now=NOW, version="1.2.3")
        sites.append(
            {path: data for path, data in files_of(site / "e").items() if path.endswith((".csv", ".txt", ".js"))}
        )
    assert sites[0] == sites[1]
    assert len(sites[0]) > 5


def test_hostile_names_arrive(make_run: MakeRun, workspace: Path, s3: Path, run_command: Command) -> None:
    names = ["tést a+b%20&?#.txt", "a'b\"c", "[x]*.txt", "%2e%2e", "~7e", "a;b=c", "😀.bin", "-n", "x.piece-1-0-5"]
    run = make_run(files={f"artifacts/{name}": name for name in names}, status="Completed")
    result = run_command(workspace, URL, "--json")
    assert json.loads(result.output)["failed"] == []
    assert result.exit_code == 0
    assert files_of(s3 / "demo" / "a") == files_of(run)
    assert json.loads(run_command(workspace, URL, "--json").output)["objects"] == []


_SYNC = [sys.executable, "-m", "runpages", "sync"]


def test_a_sync_that_is_killed_at_any_moment_goes_on(make_run: MakeRun, workspace: Path, s3: Path) -> None:
    run = make_run(metrics=HEADER + points(0, 2000), files={f"artifacts/{at}": "x" * at for at in range(60)}, **RUNNING)
    at = 2000
    for objects in (1, 20, 62, 63):
        command = [*_SYNC, str(workspace), URL, "--watch", "--every", "0.1"]
        with subprocess.Popen(command, env=unmeasured(), stdout=subprocess.DEVNULL) as process:
            while len(list(s3.rglob("*.*")) + list(s3.glob("demo/a/artifacts/*"))) < objects:
                assert process.poll() is None
                append(run / "metrics.csv", points(at, at + 40))
                at += 40
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        there = whole_files(s3 / "demo" / "a")
        assert all(data.startswith(there[path]) for path, data in files_of(run).items() if path in there)
    (run / "run.json").write_text('{"status": "Completed"}')
    subprocess.run([*_SYNC, str(workspace), URL], env=unmeasured(), check=True, capture_output=True)
    assert whole_files(s3 / "demo" / "a") == files_of(run)
    again = subprocess.run([*_SYNC, str(workspace), URL], env=unmeasured(), check=True, capture_output=True, text=True)
    assert again.stdout == f"Sent nothing new to {URL}\n"


def test_watching_ends_with_the_last_run(workspace: Path, s3: Path, tmp_path: Path) -> None:
    script = (
        "import os, runpages, sys, time\n"
        "with runpages.start('demo', root=sys.argv[1]) as run:\n"
        "    while not os.path.exists(sys.argv[2]):\n"
        "        run.log('loss', 0.5)\n"
        "        time.sleep(0.01)\n"
    )
    logging = [sys.executable, "-c", script, str(workspace), str(tmp_path / "end")]
    command = [*_SYNC, str(workspace), URL, "--watch", "--every", "0.2"]
    with subprocess.Popen(logging, env=unmeasured()) as logger:
        while not list(workspace.glob("demo/*/metrics.csv")):
            time.sleep(0.01)
        with subprocess.Popen(command, env=unmeasured(), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().endswith("1 run going on\n")
            (tmp_path / "end").touch()
            assert logger.wait() == 0
            assert process.stdout.read().endswith("all runs have ended\n")
    assert process.returncode == 0
    [run] = workspace.glob("demo/2*/")
    assert whole_files(s3 / "demo" / run.name) == files_of(run)


def test_the_steps_of_the_page_work(make_run: MakeRun, workspace: Path, s3: Path) -> None:
    run = make_run(status="Completed")
    page = (ROOT / "docs" / "how-to" / "sync.md").read_text("utf-8")
    found = re.search(r"<!-- recipe: sync -->\n\n```sh\npip install [^\n]*\n(.*?)```", page, re.DOTALL)
    assert found is not None
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", found[1]],
        cwd=workspace.parent,
        env=unmeasured() | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith("Sent nothing new; all runs have ended")
    assert files_of(s3 / "demo" / "a") == files_of(run)


def test_watching_stops_by_ctrl_c(make_run: MakeRun, workspace: Path, s3: Path) -> None:
    make_run(**RUNNING)
    command = [*_SYNC, str(workspace), URL, "--watch", "--every", "0.1"]
    with subprocess.Popen(command, env=unmeasured(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "1 run going on" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "Stopped\n"
    assert process.returncode == 0


def test_a_dry_run_sends_nothing(make_run: MakeRun, workspace: Path, s3: Path, run_command: Command) -> None:
    make_run(files={"artifacts/a": "x" * 1500}, status="Completed")
    result = run_command(workspace, URL, "-n")
    assert result.exit_code == 0
    assert "1.5 kB  demo/a/artifacts/a" in result.output
    assert "Would send 3 files, " in result.output
    assert not s3.exists()
    assert not (workspace / ".runpages").exists()
    found = json.loads(run_command(workspace, URL, "-n", "--json").output)
    assert (found["runpages"], found["dry_run"], len(found["objects"])) == ("sync", True, 3)


def test_a_bucket_that_does_not_exist_is_not_made(
    make_run: MakeRun, workspace: Path, s3: Path, run_command: Command
) -> None:
    make_run(files={f"artifacts/{at}": "x" for at in range(40)})
    result = run_command(workspace, "s3://another/runs")
    assert result.exit_code == 2
    assert "s3://another/runs takes nothing: The specified bucket does not exist" in result.output
    assert "Make the bucket first" in result.output
    refused = run_command(workspace, URL, "--storage-option", "key=key", "--storage-option", "secret=wrong")
    assert refused.exit_code == 2 and "Check the credentials" in refused.output
    assert not (s3.parent.parent / "another").exists()


def test_one_file_that_cannot_be_sent_stops_no_other(
    make_run: MakeRun, workspace: Path, s3: Path, run_command: Command
) -> None:
    make_run(files={"artifacts/" + "/".join(["d" * 200] * 6): "x", "artifacts/b": "y"}, status="Completed")
    result = run_command(workspace, URL)
    assert result.exit_code == 1
    assert "dddd" in result.output
    assert (s3 / "demo" / "a" / "run.json").exists()
    assert (s3 / "demo" / "a" / "artifacts" / "b").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nowhere", URL), "there is no workspace nowhere"),
        ((".", "backup"), "backup is no URL of storage"),
        ((".", "file:///backup"), "rsync or cp copies runs to a folder"),
        ((".", "nope://x/y"), "Protocol not known: nope"),
        ((".", URL, "--storage-option", "key"), "--storage-option takes KEY=VALUE, not 'key'"),
        ((".", URL, "--storage-option", 'client_kwargs={"a": 1}'), "cannot be reached"),
        ((".", URL, "--watch", "-n"), "--watch and --dry-run exclude each other"),
    ],
)
def test_what_cannot_be_right_is_refused(arguments: tuple[str, ...], why: str, run_command: Command) -> None:
    result = run_command(*arguments)
    assert (result.exit_code, why in result.output) == (2, True), result.output


def test_options_of_storage_are_texts_or_json() -> None:
    given = ["secret=0123", "anon=true", 'client_kwargs={"region_name": "x"}', "empty=", "url=https://h/?a=b"]
    assert storage_options(given) == {
        "secret": "0123", "anon": True, "client_kwargs": {"region_name": "x"}, "empty": "", "url": "https://h/?a=b",
    }  # fmt: skip


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    script = "import sys; sys.modules['fsspec'] = None; from runpages_site.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "sync", str(tmp_path), URL], env=unmeasured(), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == f'Error: {URL} needs fsspec, which is not installed: pip install "runpages[remote]"\n'


def test_a_run_is_not_logged_to_a_url() -> None:
    with pytest.raises(WorkspaceError, match=r"s3://lab/runs is none.* runpages sync runs s3://lab/runs --watch"):
        runpages.start("demo", root="s3://lab/runs")
    with pytest.raises(BuildError, match="Protocol not known"):
        open_storage("nope://x", {})
