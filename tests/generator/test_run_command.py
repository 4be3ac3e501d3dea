"""Commands as runs, and what the command line does with runs that are there."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.command.arguments import param_of
from runpages_site.write.clean import TRASH
from tests.logger.disk import on_its_own_disk

Runpages = Callable[..., "subprocess.CompletedProcess[bytes]"]
CLI = [sys.executable, "-c", "from runpages_site.cli import main; main()"]


@pytest.fixture
def runpages(tmp_path: Path) -> Runpages:
    def runpages(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*CLI, *arguments], cwd=tmp_path, capture_output=True, check=False)

    return runpages


def only(tmp_path: Path) -> Path:
    (folder,) = (place.parent for place in tmp_path.glob("runs/*/*/run.json"))
    return folder


def document(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "run.json").read_bytes())
    return found


def test_a_command_is_a_run_and_nothing_changes_for_its_caller(runpages: Runpages, tmp_path: Path) -> None:
    text = "import os, sys; os.write(1, b'\\x1b[31mred\\xff\\n'); os.write(2, b'told\\n'); sys.exit(3)"
    done = runpages(
        "run", "-e", "demo", "-n", "one", "-p", "lr=0.1", "-p", "kind=sgd", "--", sys.executable, "-c", text
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, b"\x1b[31mred\xff\n", b"told\n")
    run = only(tmp_path)
    told = document(run)
    assert (told["name"], told["params"], told["status"]) == ("one", {"lr": 0.1, "kind": "sgd"}, "Failed")
    assert told["exit"] == {"code": 3}
    assert told["definition"] == {"command": [sys.executable, "-c", text]}
    assert b"".join(sorted((run / "logs/console.log").read_bytes().splitlines(True))) == b"\x1b[31mred\xff\ntold\n"


NUMBERS = {"3": 3, "-2": -2, "0": 0, "-2.5": -2.5, ".5": 0.5, "5.": 5.0, "5.0": 5.0, "0.00001": 1e-05, "-0.0": -0.0}
EXPONENTS = {"1e5": 1e5, "1E5": 1e5, "2.5e-4": 2.5e-4, "1e-05": 1e-05, ".5e3": 500.0, "1e+3": 1000.0}
TEXTS = (
    *("12e4567", "0123456", "12345e6", "123e123", "1.10", "3.10", "0.50", "1.2.3", "007", "+49", "-0", "00.5", "1_000"),
    *("1234567890123456", "3.14159265358979323846", "1e999", "nan", "inf", "-inf", "NaN", "Infinity", "true", "false"),
    *(
        "null",
        "None",
        "2026-01-02",
        "0x1f",
        "0b1",
        "1,5",
        "1/2",
        "",
        " 1",
        "1 ",
        "1\n",
        "\u0663",
        "-",
        ".",
        "e5",
        "[1,",
        "{",
    ),
    "[" * 5_000,
)
JSON = {"[0.9, 0.99]": [0.9, 0.99], '{"lr": 1e5}': {"lr": 1e5}, '"1234567"': "1234567", '"true"': "true"}


def test_a_value_is_a_number_where_that_says_all_that_was_written() -> None:
    for text, value in {**NUMBERS, **EXPONENTS, **{text: text for text in TEXTS}, **JSON}.items():
        key, found = param_of(f"x={text}")
        assert (key, repr(found)) == ("x", repr(value)), text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15) + 1, 10**15 - 1))
def test_what_python_writes_for_a_number_is_one(number: float) -> None:
    assert param_of(f"x={number!r}") == ("x", number)


@given(st.text("0123456789.e-+_ ", max_size=9))
def test_a_number_says_all_that_was_written(text: str) -> None:
    _, value = param_of(f"x={text}")
    assert value == text or Decimal(text) == Decimal(repr(value))


def test_a_command_logs_into_its_run_and_leaves_outputs(runpages: Runpages, tmp_path: Path) -> None:
    text = (
        "import os, runpages; runpages.Run.get_context().log('x', 1);"
        "os.makedirs('outputs'); open('outputs/model', 'w').write('m')"
    )
    assert runpages("run", "--", sys.executable, "-c", text).returncode == 0
    run = only(tmp_path)
    assert document(run)["status"] == "Completed"
    assert (run / "artifacts/outputs/model").read_text() == "m"
    assert [path.read_text().count("x,0,") for path in run.glob("metrics.*.csv")] == [1]


def test_what_a_command_starts_are_children_of_its_run(runpages: Runpages, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import runpages\n"
        "for rate in (0.1, 0.3):\n"
        "    with runpages.start(name=f'rate {rate}') as run: run.log('rate', rate)\n"
    )
    assert runpages("run", "-e", "sweep", "--", sys.executable, "train.py").returncode == 0
    documents = [document(path.parent) for path in tmp_path.glob("runs/sweep/*/run.json")]
    top, *children = sorted(documents, key=lambda one: str(one["number"]))
    assert [(one["name"], one["parent"]) for one in children] == [("rate 0.1", top["id"]), ("rate 0.3", top["id"])]
    assert runpages("build", "-q").returncode == 0
    shown = (tmp_path / "site/e/sweep/runs.js").read_text()
    page = (tmp_path / f"site/e/sweep/{top['id']}.html").read_text()
    assert ">Exit code</dt><dd>0</dd>" in page
    assert shown.count(str(top["id"])) > 1


def test_a_missing_command_is_told_and_kept(runpages: Runpages, tmp_path: Path) -> None:
    done = runpages("run", "--", "no-such-command")
    assert done.returncode == 127
    assert b"no-such-command" in done.stderr
    assert document(only(tmp_path))["status"] == "Failed"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command(tmp_path: Path, number: signal.Signals) -> None:
    text = "import time; print('begun', flush=True); time.sleep(5)"
    argv = [*CLI, "run", "--", sys.executable, "-c", text]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    told = document(only(tmp_path))
    assert (told["status"], told["exit"]) == ("Canceled", {"signal": number.name})


def test_on_a_terminal_the_command_sees_one(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    text = "import sys; print(sys.stdout.isatty(), sys.stderr.isatty())"
    process = subprocess.Popen([*CLI, "run", "--", sys.executable, "-c", text], cwd=tmp_path, stdout=theirs)
    os.close(theirs)
    said = b""
    while b"\n" not in said:
        said += os.read(ours, 1000)
    assert process.wait(30) == 0
    os.close(ours)
    assert said.strip() == b"True True"
    assert b"True True" in (only(tmp_path) / "logs/console.log").read_bytes()


def test_logs_are_printed_and_followed(runpages: Runpages, tmp_path: Path) -> None:
    text = "import time; print('first', flush=True); time.sleep(1); print('last')"
    process = subprocess.Popen([*CLI, "run", "--", sys.executable, "-c", text], cwd=tmp_path, stdout=subprocess.DEVNULL)
    while not list(tmp_path.glob("runs/*/*/logs/console.log")):
        time.sleep(0.02)
    run = only(tmp_path)
    assert runpages("logs", "-f", run.name).stdout == b"first\nlast\n"
    assert process.wait() == 0
    assert runpages("logs", str(run), "console.log").stdout == b"first\nlast\n"
    assert runpages("logs", f"{run.parent.name}/{run.name}").stdout == b"first\nlast\n"
    refused = runpages("logs", run.name, "other.log")
    assert (refused.returncode, b"console.log" in refused.stderr) == (2, True)
    assert runpages("logs", "nothing").returncode == 2


def test_tags_and_the_trash(runpages: Runpages, tmp_path: Path) -> None:
    runpages("run", "-e", "demo", "-t", "old", "--", "true")
    run = only(tmp_path)
    assert runpages("tag", run.name, "best=yes", "seen").returncode == 0
    assert runpages("tag", run.name, "old", "--remove").returncode == 0
    from runpages.format.read import read_run

    assert read_run(str(run), now=0.0).tags == {"best": "yes", "seen": None}
    assert runpages("rm", run.name).returncode == 0
    trash = tmp_path / "runs" / TRASH / "demo" / run.name
    assert document(trash)["status"] == "Completed"
    assert not run.exists()
    for named in (f".runpages/trash/demo/{run.name}", f"runs/.runpages/trash/demo/{run.name}"):
        assert runpages("rm", named).returncode == 2
    assert trash.exists()
    assert runpages("build", "-q").returncode == 0
    assert not list(tmp_path.glob("site/e/demo/2*.html"))
    assert str(run.name).encode() in runpages("clean", "--trash", "runs").stdout
    assert not trash.exists()


def test_a_tag_without_a_key_is_refused(runpages: Runpages, tmp_path: Path) -> None:
    assert runpages("run", "-t", "=x", "--", "true").returncode == 2
    assert not (tmp_path / "runs").exists()
    runpages("run", "--", "true")
    refused = runpages("tag", only(tmp_path).name, "a=1", "=x")
    assert (refused.returncode, b"'=x'" in refused.stderr) == (2, True)
    assert not list(only(tmp_path).glob("changes*"))


def test_a_run_that_goes_on_is_not_moved(runpages: Runpages, tmp_path: Path) -> None:
    process = subprocess.Popen([*CLI, "run", "--", "sleep", "600"], cwd=tmp_path)
    while not list(tmp_path.glob("runs/*/*/logs/console.log")):
        time.sleep(0.02)
    refused = runpages("rm", only(tmp_path).name)
    process.terminate()
    process.wait()
    assert (refused.returncode, b"Running" in refused.stderr) == (2, True)


FULL = """
import os, subprocess, sys
from runpages_site.command.arguments import param_of
from tests.logger.disk import mount, room
mount()
wait = "while not os.path.exists('go'): pass"
text = f"import os\\nprint('begun', flush=True)\\n{wait}\\nprint('over'); raise SystemExit(3)"
cli = [sys.executable, "-c", "from runpages_site.cli import main; main()", "run", "--root", "disk/runs", "--"]
process = subprocess.Popen([*cli, sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
assert process.stdout.readline() == b"begun\\n"
with room(0):
    open("go", "w").close()
    out, told = process.communicate()
assert (process.returncode, out) == (3, b"over\\n"), told
assert b"the end of the run could not be recorded" in told and b"Traceback" not in told, told
"""


def test_a_full_disk_changes_nothing_for_the_caller(tmp_path: Path) -> None:
    on_its_own_disk(tmp_path, FULL)
