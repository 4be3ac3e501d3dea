"""What the system refuses a command: it says what, where, and what to do, without a traceback, and ends with 2."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.executor import SerialExecutor, workers
from runpages_site.publish.pack import examine, pack
from tests.logger.disk import on_its_own_disk
from tests.unmeasured import unmeasured

from .conftest import NOW, MakeRun

COMMAND = [sys.executable, "-m", "runpages"]
SCRIPT = """
import json, sys
from click.testing import CliRunner
from runpages_site.command import runpages
done = [CliRunner().invoke(runpages, arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps([(one.exit_code, one.stdout, one.stderr) for one in done]))
"""


class Done(NamedTuple):
    code: int
    stdout: str
    stderr: str


def _unprivileged() -> list[str]:
    """What takes from root the right to do whatever files forbid."""
    drop = "-dac_override,-dac_read_search"
    return ["setpriv", f"--inh-caps={drop}", f"--bounding-set={drop}"] if os.geteuid() == 0 else []


def call_all(commands: Iterable[Sequence[str]]) -> list[Done]:
    """Call commands one after the other, in one process that may do only what files allow."""
    command = [*_unprivileged(), sys.executable, "-c", SCRIPT, json.dumps(list(commands))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [Done(*one) for one in json.loads(done.stdout)]


def call(*arguments: str) -> Done:
    return call_all([arguments])[0]


@pytest.fixture
def place(make_run: MakeRun, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a workspace, its site, a zip of its run, and a folder that may not be written."""
    make_run(name="first", status="Completed", files={"logs/stdout.txt": "hello\n"})
    here = workspace.parent
    monkeypatch.chdir(here)
    build(workspace, here / "site", now=NOW, version="1")
    pack(examine(workspace, [("demo", "a")], now=NOW), here / "runs.zip")
    Path("closed").mkdir(mode=0o500)
    yield here
    for path in (here, *here.rglob("*")):
        path.chmod(0o700)


UNWRITABLE = [
    (["init", "closed"], "closed/"),
    (["run", "--root", "closed/runs", "--", "true"], "closed/runs"),
    (["build", "-o", "closed"], "closed/.runpages-unfinished: Permission denied"),
    (["build", "-o", "closed/site"], "closed/site: Permission denied"),
    (["publish", "closed/site"], "closed/site: Permission denied"),
    (["publish", "closed/site.zip"], "closed/site.zip cannot be written: Permission denied. What was there is unch"),
    (["publish", "--single", "a", "closed/a.html"], "closed/a.html cannot be written: Permission denied"),
    (["export", "-o", "closed/runs.csv"], "closed/runs.csv cannot be written: Permission denied"),
    (["pull", "site", "-o", "closed/runs"], "closed/runs: Permission denied. Run it again to go on."),
    (["pack", "a", "-o", "closed/a.zip"], "Error: closed/a.zip: Permission denied. Nothing was written."),
    (["unpack", "runs.zip", "closed/runs"], "closed/runs: Permission denied"),
]


def test_a_folder_that_may_not_be_written_is_named(place: Path) -> None:
    for (_, said), done in zip(UNWRITABLE, call_all(one for one, _ in UNWRITABLE), strict=True):
        assert done.code == 2 and done.stderr.startswith("Error: ") and said in done.stderr, done
        assert done.stderr.count("\n") == 1 and "Errno" not in done.stderr and ".tmp" not in done.stderr
    assert list(Path("closed").iterdir()) == []


CLOSED = [
    ["build"],
    ["publish", "new"],
    ["ls"],
    ["show", "a"],
    ["best", "demo"],
    ["compare", "a", "a"],
    ["export", "-o", "-"],
    ["logs", "a"],
    ["tag", "a", "good"],
    ["rm", "a"],
    ["pack", "a"],
    ["doctor"],
]


def test_a_workspace_that_may_not_be_read_is_named(place: Path) -> None:
    Path("runs").chmod(0)
    for done in call_all(CLOSED):
        assert done.code == 2 and done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1, done
        assert "runs" in done.stderr and "Permission denied" in done.stderr and "Errno" not in done.stderr


def test_a_workspace_that_may_not_be_written_is_named(place: Path) -> None:
    for folder in ("runs", "runs/demo", "runs/demo/a"):
        Path(folder).chmod(0o500)
    for done in call_all([["tag", "a", "good"], ["rm", "a"]]):
        assert done.code == 2 and done.stderr.startswith("Error: ")
        assert str(place / "runs") in done.stderr and "Permission denied" in done.stderr
    assert Path("runs/demo/a/metrics.csv").is_file()


@pytest.mark.parametrize("closed", ["runs/demo", "runs/demo/b"])
def test_a_build_names_what_it_may_not_read_and_builds_the_rest(place: Path, make_run: MakeRun, closed: str) -> None:
    make_run("b")
    make_run("c", "other")
    Path(closed).chmod(0)
    hint = f"{closed} cannot be read: Permission denied. What is in it is not shown"
    made, listed, shown, checked = call_all([["build", "-o", "new"], ["ls"], ["show", "demo/b"], ["doctor", "--json"]])
    assert made.code == 0 and made.stderr == f"{hint}\n"
    assert made.stdout.startswith(f"Built {1 if closed == 'runs/demo' else 2} run")
    assert listed.stderr == f"{hint}\n"
    assert shown.code == 2 and shown.stderr == f"Error: {place / closed} cannot be read: Permission denied\n"
    [problem] = json.loads(checked.stdout)["findings"]
    assert (problem["path"], problem["message"]) == (closed.removeprefix("runs/"), "It may not be read")


SITES = [["check"], ["clean"], ["serve"], ["pull", "site", "-o", "new"], ["build", "site", "-o", "new"]]


def test_a_site_that_may_not_be_read_is_named(place: Path) -> None:
    Path("site").chmod(0)
    for done in call_all(SITES):
        assert done.code == 2 and done.stderr.startswith("Error: ") and "Errno" not in done.stderr, done
        assert "site" in done.stderr and "Permission denied" in done.stderr
        assert "build the site again" not in done.stderr


def test_settings_in_another_encoding_are_named(place: Path) -> None:
    Path("runs/runpages.yml").write_text("title: Mine\n", "utf-16")
    assert call("build").stderr == "Error: runs/runpages.yml is not in UTF-8; save it in this encoding\n"


def test_a_damaged_manifest_is_named_with_what_to_do(place: Path) -> None:
    Path("site/.runpages-site.json").write_text("{")
    for done in call_all([["check"], ["clean"], ["pull", "site", "-o", "new"], ["publish", "site", "-n"]]):
        assert done.code == 2 and "/.runpages-site.json " in done.stderr and "is damaged" in done.stderr, done
        assert "new folder" in done.stderr
    assert Path("site/index.html").is_file()


def test_an_address_that_does_not_answer_is_named(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # It listens to nobody.
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        done = call("pull", address, "-o", "new")
    assert done.code == 2
    assert done.stderr.startswith(f"Error: {address}.runpages-site.json cannot be read: Connection refused; ")


def test_a_repair_that_is_refused_says_why(place: Path) -> None:
    Path("runs/demo/a/run.json").write_text("{")
    Path("runs/.runpages").chmod(0o500)
    done = call("doctor", "--fix")
    assert done.code == 1
    assert "It could not be repaired: runs/.runpages/doctor: Permission denied." in done.stdout


def test_settings_that_may_not_be_read_are_named(place: Path) -> None:
    Path("runs/runpages.yml").write_text("title: Mine\n")
    Path("runs/runpages.yml").chmod(0)
    assert call("build").stderr == "Error: runs/runpages.yml cannot be read: Permission denied\n"


def test_of_what_may_not_be_removed_ten_files_are_listed(place: Path) -> None:
    for folder in (Path("site"), *filter(Path.is_dir, Path("site").rglob("*"))):
        folder.chmod(0o500)
    done = call("clean")
    lines = done.stderr.splitlines()
    assert done.code == 1 and len(lines) == 11 and lines[-1].endswith(" more; --json lists all")
    assert all(line.startswith("Not removed: ") and line.endswith(": Permission denied") for line in lines[:-1])


def test_the_trash_says_what_it_keeps(place: Path) -> None:
    empty, moved = call_all([["clean", "--trash", "runs"], ["rm", "a"]])
    assert empty.stdout == "The trash of runs is empty\n" and moved.code == 0
    run = Path("runs/.runpages/trash/demo/a")
    run.chmod(0o500)
    done = call("clean", "--trash", "runs")
    assert (done.code, done.stdout, done.stderr) == (1, "", f"Not removed: {run}: Permission denied\n")
    run.chmod(0o700)
    done = call("clean", "--trash", "runs")
    assert done == (0, f"Removed {run}\n", "")
    assert not run.parent.parent.exists()


@pytest.mark.parametrize("arguments", [["ls"], ["ls", "--json"], ["export", "-o", "-"], ["build", "-h"]], ids=" ".join)
def test_an_output_without_room_is_no_traceback(place: Path, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=unmeasured())
    said = "Error: the output or a file cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.parametrize("arguments", [["build", "-v"], ["run", "--", "sh", "-c", "cat; echo hello"]], ids=" ".join)
def test_a_process_with_closed_streams_does_its_work(place: Path, arguments: list[str]) -> None:
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *COMMAND, *arguments]
    assert subprocess.run(command, env=unmeasured()).returncode == 0
    if arguments[0] == "run":
        [log] = Path("runs/default").glob("*/logs/*")
        assert log.read_text() == "hello\n"


def test_zips_on_a_full_disk_are_named(tmp_path: Path) -> None:
    on_its_own_disk(
        tmp_path,
        """
import os
import shutil
from pathlib import Path
from click.testing import CliRunner
from runpages_site.command import runpages
from tests.logger.disk import mount, room

mount()
Path("runs/demo/a/artifacts").mkdir(parents=True)
Path("runs/demo/a/metrics.csv").write_text("name,step,value\\nloss,0,1\\n")
Path("runs/demo/a/artifacts/model.bin").write_bytes(os.urandom(100_000))
Path("runs/demo/a/run.json").write_text('{"format": 1, "id": "a", "status": "Completed"}')

def said(*arguments):
    done = CliRunner().invoke(runpages, arguments)
    assert done.exit_code == 2, (done.output, done.exception)
    return done.stderr

with room(4):
    published, packed = said("publish", "disk/site.zip"), said("pack", "a", "-o", "disk/a.zip")
    assert os.listdir("disk") == ["ballast"]
shutil.copytree("runs/demo", "disk/runs/demo")
with room(60):
    built = said("publish", "site.zip", "disk/runs")
assert built.startswith("Error: disk/runs/.runpages/publish/") and "No space left on device" in built, built
why = "No space left on device."
assert published == f"Error: disk/site.zip cannot be written: {why} What was there is unchanged.\\n", published
assert packed == f"Error: disk/a.zip: {why} Nothing was written.\\n", packed
""",
    )


@pytest.mark.parametrize("arguments", [["init"], ["pack", "a"], ["ls"], ["rm", "a"]], ids=" ".join)
def test_a_current_folder_that_is_gone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = CliRunner().invoke(runpages, arguments)
    monkeypatch.chdir(tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: the current folder no longer exists; go to another one")


PLACES = [
    (["check", "file"], "no site: file is a file. Name the folder of a site"),
    (["clean", "file"], "no site: file is a file. Name the folder of a site"),
    (["serve", "file"], "no site: file is a file. Name the folder of a site"),
    (["check", "no such"], "no site: no such does not exist. Build it first: runpages build -o 'no such'"),
    (["pull", "file"], "/file is a file. Name the folder or the address of a site that runpages built"),
    (["pull", "none"], "/none does not exist. Name the folder or the address of a site that runpages built"),
    (["pull", "runs"], "/runs has no .runpages-site.json. Name the folder or the address of a site that runpages"),
    (["show", "a", "--root", "file"], "/file is a file. Name the folder with <experiment>/<run>/: --root FOLDER"),
    (["tag", "a", "good", "--root", "none"], "/none does not exist. Name the folder with <experiment>/<run>/: --root"),
    (["publish", "file"], "Error: file is a file; name a folder for the site\n"),
    (["publish", "runs"], "name an empty or new folder. Nothing was changed.\n"),
    (["publish", "--single", "a", "site"], "Error: site is a folder; name a file: site/a.html\n"),
    (["publish", "user@host.invalid:"], "user@host.invalid: names no folder of another machine"),
    (["export", "-o", "-", "--json"], "--json and -o - exclude each other: both print to the standard output"),
    (["unpack", "site"], "Invalid value for 'FILE': File 'site' is a directory."),
    (["publish", "hf:me"], "hf:me names no Space of Hugging Face, as hf:USER/SPACE does"),
]


def test_a_place_of_a_wrong_kind_gets_advice_that_helps(place: Path) -> None:
    Path("file").touch()
    for (_, said), done in zip(PLACES, call_all(one for one, _ in PLACES), strict=True):
        assert done.code == 2 and said in done.stderr and "again" not in done.stderr, done


# --- interrupts --------------------------------------------------------------------------------------


INTERRUPTED = """
import os, signal, sys
from importlib import import_module
from runpages_site.cli import main
verb, name = sys.argv[1].split()
module = import_module(f"runpages_site.command.{verb}")
setattr(module, name, lambda *_, **known: os.kill(os.getpid(), signal.SIGINT))
sys.argv[1:] = sys.argv[2:]
main()
"""
LEFT = [
    ("build build", ["build"], " An existing site still works; run it again to complete it."),
    ("pull pull", ["pull", "site", "-o", "new"], " Run it again to go on."),
    ("ls read_experiments", ["ls"], ""),
]


@pytest.mark.parametrize(("at", "arguments", "left"), LEFT)
def test_an_interrupt_says_what_is_left_and_ends_with_130(
    place: Path, at: str, arguments: list[str], left: str
) -> None:
    command = [sys.executable, "-c", INTERRUPTED, at, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=unmeasured())
    assert (done.returncode, done.stderr) == (130, f"\nInterrupted.{left}\n")


def _blocked(_number: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_worker_processes_get_no_interrupt_even_while_they_start() -> None:
    with workers(2) as pool:
        executor = pool.executor()
        assert isinstance(executor, ProcessPoolExecutor)
        assert all(executor.map(_blocked, range(2)))
    assert not _blocked(0)


def test_a_second_interrupt_does_not_strike_while_workers_are_ended() -> None:
    ended = []

    @contextmanager
    def start() -> Iterator[Executor]:
        yield SerialExecutor()
        os.kill(os.getpid(), signal.SIGINT)
        ended.append(True)

    with pytest.raises(KeyboardInterrupt), workers(2, start) as pool:
        pool.executor()
        raise KeyboardInterrupt
    assert ended == [True]
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
