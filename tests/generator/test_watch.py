from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner

from runpages_site.build import FACTS, Report, build
from runpages_site.command import runpages
from runpages_site.errors import BuildError
from runpages_site.watch import Watcher, pause
from runpages_site.write.site_folder import opened

from .conftest import NOW, MakeRun

# A shell without job control starts what runs in the background deaf to Ctrl-C.
COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from runpages_site.cli import main
main()
"""
PATIENCE = 30.0
ROW = "loss,9,,0.5,\n"


class World:
    """A workspace, what watches it, and what that told."""

    def __init__(self, workspace: Path, site: Path) -> None:
        self.workspace = workspace
        self.site = site
        self.now = time.time() + 1000
        self.told: list[Report] = []
        self.failed: list[str] = []
        self.watcher = Watcher(self._build, on_report=self.told.append, failed=self.failed.append)

    def _build(self) -> Report:
        self.now += 10
        return build(self.workspace, self.site, now=self.now, version="1")

    def once(self) -> int:
        """Look once; how many reports that gave."""
        before = len(self.told)
        self.watcher.once()
        return len(self.told) - before


@pytest.fixture
def world(workspace: Path, tmp_path: Path) -> World:
    return World(workspace, tmp_path / "site")


def append(folder: Path, line: str = ROW) -> None:
    with (folder / "metrics.csv").open("a") as file:
        file.write(line)


def test_what_changed_is_built_and_told(world: World, make_run: MakeRun) -> None:
    make_run("other")
    folder = make_run()
    make_run("b")
    assert world.once() == 1, "the first build is told"
    assert world.once() == 0, "nothing changed"
    append(folder)
    assert world.once() == 1
    assert list(world.told[-1].rendered) == [str(folder)]
    shutil.rmtree(folder)
    assert world.once() == 1
    assert world.told[-1].gone == 1
    assert not (world.site / "e/demo/a.html").exists()


def test_a_build_that_fails_is_told_once_and_tried_again(world: World, make_run: MakeRun) -> None:
    make_run()
    settings = world.workspace / "runpages.yml"
    world.once()
    settings.write_text("titel: x\n")
    for _ in range(3):
        assert world.once() == 0
    assert len(world.failed) == 1
    assert "titel" in world.failed[0]
    settings.write_text("tags: 3\n")
    world.once()
    assert len(world.failed) == 2, "that is another mistake"
    settings.unlink()
    assert world.once() == 1, "it is told that it goes on, though nothing changed"
    assert world.once() == 0


def test_it_waits_for_a_workspace_that_is_not_there_yet(world: World, make_run: MakeRun) -> None:
    world.workspace.rmdir()
    world.once()
    assert "no workspace" in world.failed[0]
    make_run()
    assert world.once() == 1


def test_an_error_of_ours_stops_nothing() -> None:
    outcomes = iter([ValueError("odd"), BuildError("bad"), BuildError("bad")])

    def fail() -> Report:
        raise next(outcomes)

    failed: list[str] = []
    watcher = Watcher(fail, on_report=lambda report: None, failed=failed.append)
    for _ in range(3):
        watcher.once()
    assert failed == ["ValueError: odd", "bad"]


def test_it_lets_another_build_of_the_site_end(world: World, make_run: MakeRun) -> None:
    folder = make_run()
    world.once()
    append(folder)
    with opened(world.site):
        assert world.once() == 0
    assert world.failed == []
    assert world.once() == 1


def test_it_builds_until_it_is_stopped(world: World, make_run: MakeRun) -> None:
    make_run()
    stop = Event()
    thread = Thread(target=world.watcher.run, args=(stop, 0.01))
    thread.start()
    _until(lambda: bool(world.told))
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_building_takes_a_quarter_of_the_time_at_most() -> None:
    assert pause(0.01, 1.0) == 1.0
    assert pause(2.0, 1.0) == 6.0


# --- what the page of a run that goes on takes its news from -----------------------------------------------


def test_a_site_without_runs_that_go_on_knows_nothing_of_it(make_run: MakeRun, world: World) -> None:
    make_run(status="Failed")
    world.once()
    assert set(_facts(world.site)) == {"built", "seconds", "summary"}
    assert build(world.workspace, world.site, now=NOW, version="1").changed == 0


def _facts(site: Path) -> dict[str, list[str]]:
    facts = (site / FACTS).read_text().removeprefix('runpages.put("build",').removesuffix(");\n")
    known: dict[str, list[str]] = json.loads(facts)
    return known


# --- the commands ------------------------------------------------------------------------------------------


@contextmanager
def command(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_command_builds_until_ctrl_c(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run()
    workspace, site = folder.parents[1], tmp_path / "site"
    with command("watch", workspace, "-o", site, "--every", "0.1") as process:
        assert process.stdout
        assert process.stdout.readline() == f"Watching {workspace} until Ctrl-C; open {site / 'index.html'}\n"
        line = r"\d\d:\d\d:\d\d demo/a: \d+ files? written in \d+\.\d\d s\n"
        assert re.fullmatch(line, process.stdout.readline())
        append(folder)
        assert re.fullmatch(line, process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (0, "Stopped\n", "")
    assert not list(tmp_path.glob(".site*")), "nothing is left beside the site"
    assert build(workspace, site, now=time.time() + 100, version="1").runs == 1


def test_a_mistake_is_told_and_mended_under_the_command(make_run: MakeRun, tmp_path: Path) -> None:
    workspace = make_run().parents[1]
    (workspace / "runpages.yml").write_text("titel: x\n")
    with command("watch", workspace, "-o", tmp_path / "site", "--every", "0.1") as process:
        assert process.stderr
        assert process.stdout
        assert "Not built: " in process.stderr.readline()
        (workspace / "runpages.yml").unlink()
        process.stdout.readline()
        assert "demo/a: " in process.stdout.readline()


def test_a_hint_is_told_once_and_a_site_that_is_up_to_date_is_said_to_be(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run()
    workspace, site = folder.parents[1], tmp_path / "site"
    shutil.copytree(folder, workspace / "lost")
    with command("watch", workspace, "-o", site, "--every", "0.1") as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)]
        append(folder)
        assert "demo/a: " in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        assert err.count("looks like a run one level too high") == 1
    with command("watch", workspace, "-o", site) as process:
        assert process.stdout
        assert re.fullmatch(
            r"[\d:]+ (demo/a: )?nothing new in .* s\n", [process.stdout.readline() for _ in range(2)][1]
        )


def test_a_place_that_is_no_folder_is_refused() -> None:
    for arguments in (["watch", "s3://bucket/runs"], ["serve", "--watch", "--workspace", "s3://bucket/runs"]):
        result = CliRunner().invoke(runpages, arguments)
        assert result.exit_code == 2
        assert "s3://bucket/runs is in storage" in result.stderr


def test_serve_builds_when_it_is_asked_to(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run()
    arguments = ("--watch", "--workspace", folder.parents[1], "--port", "0")
    with command("serve", tmp_path / "site", *arguments) as process:
        assert process.stdout
        assert "demo/a: " in process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/ until Ctrl-C", process.stdout.readline())
        assert found

        def page() -> bytes:
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=PATIENCE)
            connection.request("GET", "/e/demo/b.html")
            answer = connection.getresponse()
            connection.close()
            return b"" if answer.status == 404 else b"there"

        assert page() == b""
        make_run("b")
        _until(page)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert out.endswith("Stopped\n")
        assert err == ""


def test_serve_waits_for_the_first_run(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    workspace.rmdir()
    arguments = ("--watch", "--workspace", workspace, "--port", "0")
    with command("serve", tmp_path / "site", *arguments) as process:
        assert process.stdout
        assert process.stderr
        assert "no workspace" in process.stderr.readline()
        assert process.stdout.readline() == f"Waiting for the first build of {workspace} until Ctrl-C\n"
        make_run()
        assert "demo/a: " in process.stdout.readline()
        assert "Serving" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=PATIENCE)[0] == "Stopped\n"
        assert process.returncode == 0


def test_serve_finds_a_port_that_is_taken_before_it_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(runpages, ["serve", "--watch", "--port", port])
    assert result.exit_code == 2
    assert f"port {port}" in result.stderr
    assert "workspace" not in result.stderr


def _until(what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)
