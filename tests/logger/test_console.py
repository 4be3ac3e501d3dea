"""What a process prints is in the log of its run, and goes where it went before."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from runpages import Experiment, Workspace
from runpages.capture.tee import Tee
from tests.logger.conftest import Script, Start, runs, the_run

HEAD = """
import ctypes, faulthandler, os, signal, subprocess, sys, threading
import runpages
run = runpages.start("e", root="runs", capture=False, outputs=False, console=True)
"""


def log(here: Path) -> str:
    (folder,) = runs(here / "runs")
    return (folder / "logs" / "console.log").read_text("utf-8")


def test_everything_that_is_printed_is_in_the_log_and_on_the_streams(script: Script, here: Path) -> None:
    done = script(
        HEAD
        + """
print("from Python")
print("to the other stream", file=sys.stderr)
os.write(1, b"by the descriptor\\n")
ctypes.CDLL(None).printf(b"by the C library\\n")
subprocess.run(["echo", "\\x1b[31mby a child\\x1b[0m"])
if (child := os.fork()) == 0:
    print("by a fork")
    sys.exit(0)
os.waitpid(child, 0)
print("é 日本")
run.complete()
print("afterwards", sys.stdout.line_buffering)
assert threading.active_count() == 1
"""
    )
    out = done.stdout.splitlines()
    assert done.stderr == "to the other stream\n"
    printed = ["from Python", "by the descriptor", "by the C library", "by a fork", "é 日本"]
    printed.append("\x1b[31mby a child\x1b[0m")
    assert sorted(out) == sorted([*printed, "afterwards False"])
    # Two streams may meet within a line, as on a terminal: a text and its line feed can be two writes.
    printed.append("to the other stream")
    assert [text for text in printed if text not in log(here)] == []
    assert len(log(here)) == sum(len(text) + 1 for text in printed)
    assert the_run(here / "runs").status == "Completed"


def test_two_streams_to_one_place_keep_their_order(here: Path) -> None:
    text = HEAD + "for n in range(200): print(n, file=(sys.stdout, sys.stderr)[n % 2])"
    done = subprocess.run([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.stdout.split() == [str(n) for n in range(200)]
    assert log(here) == done.stdout


def test_streams_do_not_meet_within_a_line(script: Script, here: Path) -> None:
    text = """
import glob, time
print("first", flush=True)
while b"first" not in open(glob.glob("runs/e/*/logs/console.log")[0], "rb").read():
    time.sleep(0.01)
for n in range(10):
    for piece in (b"begun ", b"%d\\n" % n):
        for number in (1, 2):
            os.write(number, piece)
            time.sleep(0.01)
os.write(2, b"the start of a line")
"""
    done = script(HEAD + text)
    assert sorted(log(here).splitlines()) == sorted(done.stdout.splitlines() + done.stderr.splitlines())


def test_the_start_of_a_line_is_logged_when_its_end_does_not_come(script: Script, here: Path) -> None:
    text = """
import time
os.write(2, b"How are you? ")
while b"How" not in open(glob.glob("runs/e/*/logs/console.log")[0], "rb").read():
    os.write(1, b"nothing yet\\n")
    time.sleep(0.02)
os.write(2, b"Fine.\\n")
"""
    script("import glob" + HEAD + text)
    assert log(here).replace("nothing yet\n", "") == "How are you? Fine.\n"


def on_a_terminal(text: str) -> bytes:
    """What a terminal shows of a script that prints `after` at its end."""
    ours, theirs = os.openpty()
    with subprocess.Popen([sys.executable, "-c", text], stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"after" not in shown:
            shown += os.read(ours, 1000)
    os.close(ours)
    assert process.returncode == 0
    return shown


def test_a_terminal_stays_one(here: Path) -> None:
    text = HEAD + "print(sys.stdout.isatty(), sys.stderr.isatty())\nrun.complete()\nprint('after')"
    shown = on_a_terminal(text)
    assert shown.startswith(b"True True\r\nafter")
    assert log(here) == "True True\n"


@pytest.mark.parametrize(
    ("crash", "code"),
    [
        ("ctypes.string_at(0)", -11),
        ("os._exit(3)", 3),
        ("raise ValueError('why')", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("sys.exit(4)", 4),
    ],
)
def test_nothing_is_lost_at_a_crash(script: Script, here: Path, crash: str, code: int) -> None:
    done = script(f"{HEAD}for n in range(3000): print('line', n)\nprint('last')\n{crash}", code=code)
    assert done.stdout.endswith("line 2999\nlast\n")
    assert log(here).startswith("line 0\n")
    assert log(here).endswith("line 2999\nlast\n")


def test_code_that_keeps_the_interpreter_prints_as_much_as_it_likes(script: Script, here: Path) -> None:
    done = script(HEAD + "ctypes.PyDLL(None).puts(b'y' * 3_000_000)")
    assert done.stdout == "y" * 3_000_000 + "\n"
    assert log(here) == done.stdout


def test_a_child_that_outlives_the_program_keeps_its_streams(script: Script, here: Path) -> None:
    text = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('late')\nopen('gone', 'w')"
    program = HEAD + f"subprocess.Popen([sys.executable, '-c', {text!r}])\nprint('early')\n"
    (here / "out").touch()
    with (here / "out").open("w") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True)
    assert the_run(here / "runs").status == "Completed"
    (here / "go").touch()
    until = time.monotonic() + 60
    while (here / "out").read_text() != "early\nlate\n":
        assert time.monotonic() < until
        time.sleep(0.01)
    assert log(here) == "early\n"


def test_runs_that_overlap_have_a_log_each(script: Script, here: Path) -> None:
    script(
        """
import runpages, sys
def start(name):
    return runpages.start("e", name=name, root="runs", capture=False, outputs=False, console=True)
first = start("first")
print(1)
second = start("second")
print(2)
first.complete()
print(3)
second.complete()
print(4)
third = start("third")
print(5)
third.complete()
"""
    )
    found = {name: Path(folder, "logs", "console.log").read_text() for name, folder in names(here)}
    assert found == {"first": "1\n2\n", "second": "2\n3\n", "third": "5\n"}


def names(here: Path) -> list[tuple[str, Path]]:
    import json

    return [(json.loads((folder / "run.json").read_text())["name"], folder) for folder in runs(here / "runs")]


def test_a_fork_may_have_a_run_of_its_own(script: Script, here: Path) -> None:
    done = script(
        """
import os, runpages
def start(name):
    return runpages.start("e", name=name, root="runs", capture=False, outputs=False, console=True)
run = start("parent")
if os.fork() == 0:
    with start("child"):
        print("of the child")
    os._exit(0)
os.wait()
print("of the parent")
"""
    )
    assert done.stdout == "of the child\nof the parent\n"
    found = {name: Path(folder, "logs", "console.log").read_text() for name, folder in names(here)}
    assert found == {"parent": "of the child\nof the parent\n", "child": "of the child\n"}


def test_a_stream_that_is_no_descriptor_is_copied(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    run = start(console=True)
    print("one", "two")
    print("three", file=err)
    run.complete()
    print("four")
    assert (out.getvalue(), err.getvalue()) == ("one two\nfour\n", "three\n")
    assert Path(run.folder, "logs", "console.log").read_text() == "one two\nthree\n"


def test_runs_that_overlap_copy_a_stream_each(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    first = start(console=True)
    print(1)
    second = start(console=True)
    print(2)
    first.complete()
    print(3)
    second.complete()
    print(4)
    assert out.getvalue() == "1\n2\n3\n4\n"
    logs = [Path(run.folder, "logs", "console.log").read_text() for run in (first, second)]
    assert logs == ["1\n2\n", "2\n3\n"]


def test_without_streams_there_is_an_empty_log(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    run = start(console=True)
    run.complete()
    assert run.get_file_names() == ["logs/console.log"]


def test_a_stream_that_was_closed_is_passed_over(script: Script, here: Path) -> None:
    done = script(
        "import os, sys, runpages\nsys.stdout.close()\n"
        "with runpages.start('e', console=True, capture=False):\n    print('said', file=sys.stderr)"
    )
    assert (done.stderr, log(here)) == ("said\n", "said\n")


def test_start_logging_takes_it_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    run = Experiment(Workspace(root="runs"), "e").start_logging(capture=False, outputs=False, console=True)
    print("said")
    run.complete()
    assert log(here) == "said\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_full_disk_is_told_once_and_the_streams_go_on() -> None:
    from_program, program = os.pipe()
    reader, out = os.pipe()
    tee = Tee({from_program: out}, -1, -1)
    tee.add(b"/dev/full")
    os.write(program, b"one\n")
    os.close(program)
    tee.run()
    os.close(out)
    with os.fdopen(reader) as shown:
        assert shown.read() == "runpages: /dev/full is incomplete: No space left on device\none\n"
    os.close(from_program)


# --- the process that copies is killed ---------------------------------------------------------------------

KILLED = (
    HEAD
    + """
import time
def kill():
    while not (helpers := [int(pid) for pid in os.listdir('/proc') if pid.isdigit() and is_helper(pid)]):
        time.sleep(0.01)
    os.kill(helpers[0], signal.SIGKILL)
def is_helper(pid):
    try:
        words = open(f'/proc/{pid}/cmdline').read().split(chr(0))
        parent = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[1:2]
        return any(word.endswith('tee.py') for word in words) and parent == [str(os.getpid())]
    except OSError:
        return False
"""
)
MISSING = "runpages: a part of what was printed may be missing here: the process that copies it was killed"


@pytest.mark.parametrize("end", ["run.complete()", "", "raise ValueError('why')"])
def test_a_script_prints_on_when_the_process_that_copies_is_killed(script: Script, here: Path, end: str) -> None:
    text = """
print('before')
kill()
for n in range(200_000): print(n)
subprocess.run(['echo', 'by a child'])
ctypes.CDLL(None).puts(b'by the C library')
print('last', file=sys.stderr)
"""
    done = script(KILLED + text + end, code=1 if "raise" in end else 0)
    numbers = [str(n) for n in range(200_000)]
    assert [line for line in done.stdout.splitlines() if line.isdigit()] == numbers
    assert {"by a child", "by the C library"} <= set(done.stdout.splitlines()[-3:])
    assert "last" in done.stderr.splitlines()
    assert MISSING in done.stderr
    lines = log(here).splitlines()
    assert [line for line in lines if line.isdigit()] == numbers
    assert {MISSING, "by a child", "by the C library", "last"} <= set(lines)
    assert the_run(here / "runs").status == ("Failed" if "raise" in end else "Completed")


def test_what_was_printed_before_the_end_is_kept_when_it_is_killed_just_then(script: Script, here: Path) -> None:
    text = "kill()\nfor n in range(1000): print(n)\nkill()\nprint('last')\nrun.complete()\nprint('after')"
    done = script(KILLED + text)
    assert done.stdout.splitlines()[-2:] == ["last", "after"]
    assert "last" in log(here).splitlines()
    assert "after" not in log(here)


@pytest.mark.parametrize("why", ["sys.executable = '/no/such/python'", "sys.executable = '/bin/false'"])
def test_without_another_process_it_goes_where_it_went_before(script: Script, here: Path, why: str) -> None:
    text = why + "\nprint('before')\nkill()\nfor n in range(200_000): print(n)\nrun.complete()\nprint('after')"
    done = script(KILLED + text)
    # Nothing is lost. At the moment of the change, what waits in the pipe may be overtaken by what is printed then.
    assert Counter(done.stdout) == Counter("before\n" + "".join(f"{n}\n" for n in range(200_000)) + "after\n")
    assert done.stdout.endswith("\nafter\n")
    assert MISSING in done.stderr
    assert MISSING in log(here)
    assert the_run(here / "runs").status == "Completed"


def test_a_terminal_stays_one_when_the_process_that_copies_is_killed(here: Path) -> None:
    text = KILLED + "print('one')\nkill()\nprint(sys.stdout.isatty(), 'two')\nrun.complete()\nprint('after')"
    shown = on_a_terminal(text)
    assert b"True two\r\n" in shown
    assert "True two\n" in log(here)
