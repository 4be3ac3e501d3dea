"""A command as a run: signals reach it, and the end of the command is the end."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runpages import Workspace
from runpages.format.errors import ExecutionError
from tests.logger.conftest import runs, the_run

CLI = [sys.executable, "-c", "from runpages_site.cli import main; main()", "run", "--"]

LISTENS = """
import os, signal, sys
got = []
def take(number, frame):
    os.write(1, f'{number}\\n'.encode())
for number in signal.valid_signals():
    try:
        signal.signal(number, take)
    except OSError:
        pass
os.write(1, b'ready\\n')
while sys.stdin.readline() not in ('end\\n', ''):
    pass
"""

KEPT_BACK = {"SIGKILL", "SIGSTOP", "SIGCHLD", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTTIN", "SIGTTOU", "SIGTSTP"}
PASSED = [
    number
    for number in sorted(signal.valid_signals())
    if getattr(number, "name", "") not in KEPT_BACK and signal.getsignal(number) != signal.SIG_IGN
]


@pytest.fixture
def listening(here: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command that prints the number of each signal that it gets, and ends when it reads `end`."""
    command = [*CLI, sys.executable, "-u", "-c", LISTENS]
    # In a group of its own, whose parent is in the same POSIX session: otherwise nothing can stop it.
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=here, stdin=pipe, stdout=pipe, process_group=0) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def end(process: subprocess.Popen[bytes]) -> int:
    assert process.stdin is not None
    process.stdin.write(b"end\n")
    process.stdin.close()
    return process.wait()


def test_every_signal_that_a_process_can_pass_on_reaches_the_command(
    listening: subprocess.Popen[bytes], here: Path
) -> None:
    assert listening.stdout is not None
    assert {"SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGWINCH", "SIGCONT", "SIGHUP", "SIGTERM", "SIGALRM"} <= {
        getattr(number, "name", "") for number in PASSED
    }
    for number in PASSED:
        listening.send_signal(number)
        assert listening.stdout.readline() == b"%d\n" % number
    assert end(listening) == 0
    assert the_run(here / "runs").status == "Completed"


def test_stopping_stops_both_and_going_on_continues_both(listening: subprocess.Popen[bytes], here: Path) -> None:
    assert listening.stdout is not None
    listening.send_signal(signal.SIGTSTP)
    found, state = os.waitpid(listening.pid, os.WUNTRACED)
    assert found == listening.pid
    assert os.WIFSTOPPED(state)
    listening.send_signal(signal.SIGCONT)
    # The command has handlers of its own. A stop that it did not take yet is taken back by the system.
    while (got := int(listening.stdout.readline())) != signal.SIGCONT:
        assert got == signal.SIGTSTP
    listening.send_signal(signal.SIGUSR1)
    assert listening.stdout.readline() == b"%d\n" % signal.SIGUSR1
    assert end(listening) == 0


@pytest.mark.parametrize(
    ("sent", "command", "status"),
    [
        (["SIGUSR1"], "os.kill(os.getpid(), 9)", "Failed"),
        (["SIGWINCH", "SIGUSR1"], "sys.exit(1)", "Failed"),
        (["SIGUSR1"], "signal.signal(10, signal.SIG_DFL); os.kill(os.getpid(), 10)", "Canceled"),
        (["SIGTERM"], "sys.exit(1)", "Canceled"),
        (["SIGQUIT"], "sys.exit(1)", "Canceled"),
        (["SIGTERM"], "sys.exit(0)", "Completed"),
        ([], "sys.exit(130)", "Canceled"),
        ([], "sys.exit(129)", "Failed"),
    ],
)
def test_a_command_that_was_asked_to_end_and_failed_is_canceled(
    here: Path, sent: list[str], command: str, status: str
) -> None:
    argv = [*CLI, sys.executable, "-u", "-c", LISTENS + command]
    with subprocess.Popen(argv, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for name in sent:
            process.send_signal(signal.Signals[name])
            process.stdout.readline()
        end(process)
    assert the_run(here / "runs").status == status


def test_what_is_ignored_stays_ignored(here: Path) -> None:
    text = "import os, signal; assert signal.getsignal(1) == signal.SIG_IGN; os.kill(os.getppid(), 1); print('on')"
    done = subprocess.run(["nohup", *CLI, sys.executable, "-c", text], cwd=here, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "on\n")


DAEMON = """
import os, subprocess, sys
words = "import sys, time\\nwhile True: {loop}"
daemon = subprocess.Popen([sys.executable, '-c', words])
open('daemon', 'w').write(str(daemon.pid))
print('last', flush=True)
"""


@pytest.mark.parametrize("loop", ["time.sleep(1)", "sys.stdout.write('x' * 4096)"])
def test_it_ends_with_its_command_although_a_daemon_keeps_the_output(here: Path, loop: str) -> None:
    command = [*CLI, sys.executable, "-c", DAEMON.format(loop=loop)]
    with (here / "out").open("wb") as out:
        process = subprocess.Popen(command, cwd=here, stdout=out)
        try:
            assert process.wait(60) == 0
        finally:
            process.kill()
            os.kill(int((here / "daemon").read_text()), signal.SIGKILL)
    assert b"last\n" in (here / "out").read_bytes()
    record = the_run(here / "runs")
    assert record.status == "Completed"
    (folder,) = runs(here / "runs")
    assert b"last\n" in (folder / "logs/console.log").read_bytes()


def test_all_that_a_command_left_in_the_pipe_is_passed_on(here: Path) -> None:
    text = "import os; os.write(1, b'y' * 60_000); os.write(2, b'z' * 60_000)"
    done = subprocess.run([*CLI, sys.executable, "-c", text], cwd=here, capture_output=True)
    assert (done.stdout, done.stderr) == (b"y" * 60_000, b"z" * 60_000)


def test_a_command_that_closes_its_streams_is_waited_for(here: Path) -> None:
    text = "import os, time; os.closerange(0, 3); time.sleep(0.3); open('end', 'w').close()"
    assert subprocess.run([*CLI, sys.executable, "-c", text], cwd=here).returncode == 0
    assert (here / "end").exists()


KEYS = """
import os, signal, sys
def take(number, frame):
    os.write(1, f'got {number} {os.get_terminal_size(1).columns}\\n'.encode())
for name in ('SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGUSR1'):
    signal.signal(getattr(signal, name), take)
os.write(1, b'ready\\n')
while sys.stdin.readline() not in ('end\\n', ''):
    pass
"""


def test_a_key_of_the_terminal_reaches_the_command_once_and_so_does_its_size(here: Path) -> None:
    import fcntl
    import struct
    import termios

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(here)
        os.execv(sys.executable, [*CLI, sys.executable, "-u", "-c", KEYS])
    shown = b""

    def until(word: bytes) -> None:
        nonlocal shown
        limit = time.monotonic() + 60
        while word not in shown:
            assert time.monotonic() < limit
            shown += os.read(terminal, 1000)

    until(b"ready")
    os.write(terminal, b"\x03")
    until(b"got 2 ")
    os.write(terminal, b"\x1c")
    until(b"got 3 ")
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 77, 0, 0))
    until(b"got 28 77")
    os.kill(child, signal.SIGUSR1)
    until(b"got 10 77")
    os.write(terminal, b"end\n")
    assert os.waitpid(child, 0)[1] == 0
    assert (shown.count(b"got 2 "), shown.count(b"got 3 ")) == (1, 1)


OWN_END = """
import sys, time
from runpages import Run
run = Run.get_context()
run.{call}
run.log('after', 2)
sys.exit({code})
"""


@pytest.mark.parametrize(
    ("call", "code", "word", "message"),
    [("complete()", 3, "Failed", "It ended with exit code 3"), ("fail('it diverged')", 0, "Completed", "it diverged"),
     ("cancel()", 0, "Completed", None)],
)  # fmt: skip
def test_the_exit_code_decides_and_not_what_the_script_says(
    here: Path, call: str, code: int, word: str, message: str | None
) -> None:
    done = subprocess.run([*CLI, sys.executable, "-c", OWN_END.format(call=call, code=code)], cwd=here)
    found = the_run(here / "runs")
    assert done.returncode == code
    assert found.status == word
    assert (found.error.message if found.error else None) == message
    assert list(found.series["after"].values) == [2]


def test_a_command_is_canceled_from_outside_and_not_failed(here: Path) -> None:
    with subprocess.Popen([*CLI, sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"],
                          cwd=here, stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == b"1\n"
        run = next(iter(Workspace(root=here / "runs").experiments["default"].get_runs()))
        with pytest.warns(RuntimeWarning, match="still running"):
            run.fail("it diverged")
        assert run.get_status() == "Running"
        run.cancel()
        process.wait(30)
    found = the_run(here / "runs")
    assert found.status == "Canceled" and found.error is not None and found.error.message == "it diverged"


@pytest.mark.parametrize(("call", "word"), [("complete", "Completed"), ("fail", "Failed"), ("cancel", "Canceled")])
def test_a_command_whose_process_is_gone_can_be_ended(here: Path, call: str, word: str) -> None:
    with subprocess.Popen([*CLI, sys.executable, "-c", "print(1, flush=True); input()"],
                          cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == b"1\n"
        process.kill()
    run = next(iter(Workspace(root=here / "runs").experiments["default"].get_runs()))
    assert run.get_status() == "NotResponding"
    getattr(run, call)()
    assert the_run(here / "runs").status == word


def test_a_command_on_another_machine_is_canceled_there(here: Path) -> None:
    assert subprocess.run([*CLI, "true"], cwd=here).returncode == 0
    run = next(iter(Workspace(root=here / "runs").experiments["default"].get_runs()))
    place = Path(run.folder) / "run.json"
    known = json.loads(place.read_text())
    known |= {"status": "Running", "ended": None, "owner": {"pid": 1, "host": "elsewhere", "boot": "x"}}
    place.write_text(json.dumps(known))
    with pytest.raises(ExecutionError, match="is running on elsewhere; cancel it there"):
        Workspace(root=here / "runs").get_run(run.id).cancel()
