"""`import runpages` costs a training script nothing but time: standard library only, and no effects."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LOGGER = Path(__file__).parent.parent / "logger"

PROBE = """
import sys
sys.path.insert(0, sys.argv[1])
import builtins, json, os, signal, threading

EFFECTS = (
    "os.mkdir", "os.rename", "os.remove", "os.fork", "os.system", "os.posix_spawn", "os.exec", "os.putenv",
    "subprocess.", "socket.", "urllib.Request", "shutil.", "tempfile.", "sqlite3.",
)
effects = []
watching = True

def watch(event, args):
    if not watching:
        return
    if event == "open":
        path, mode, flags = args
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC):
            effects.append(f"open {path} to write")
    elif event.startswith(EFFECTS):
        effects.append(f"{event} {args!r}")

def state():
    handlers = {str(name): repr(signal.getsignal(name)) for name in signal.valid_signals()}
    hooks = (sys.excepthook, sys.exit, sys.stdout, sys.stderr, sys.displayhook, sys.gettrace(), builtins.open,
             builtins.print, builtins.__import__, threading.excepthook)
    descriptors = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    return {
        "signals": handlers, "hooks": [repr(hook) for hook in hooks], "environment": dict(os.environ),
        "folder": os.getcwd(), "descriptors": sorted(descriptors), "threads": threading.active_count(),
        "path": list(sys.path), "meta_path": [repr(finder) for finder in sys.meta_path],
    }

start = threading.Thread.start
def record(thread):
    effects.append(f"thread {thread.name}")
    start(thread)
threading.Thread.start = record

modules = set(sys.modules)
before = state()
sys.addaudithook(watch)
exec(sys.argv[2])
watching = False
after = state()
print(json.dumps({
    "foreign": sorted(name for name in set(sys.modules) - modules
                      if name.partition(".")[0] not in sys.stdlib_module_names | {"runpages"}),
    "modules": sorted(set(sys.modules) - modules),
    "effects": effects,
    "changed": [name for name in before if before[name] != after[name]],
}))
"""


def probe(statement: str, folder: Path) -> dict[str, Any]:
    """What the statement loads and does in a bare interpreter: the logger and the standard library only."""
    command = [sys.executable, "-I", "-S", "-B", "-c", PROBE, str(LOGGER), statement]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(params=["import runpages", "import runpages; runpages.start", "from runpages import *"])
def seen(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    answer = probe(request.param, tmp_path)
    assert list(tmp_path.iterdir()) == [], "importing wrote into the current folder"
    return answer


def test_only_the_standard_library_is_loaded(seen: dict[str, Any]) -> None:
    assert "runpages" in seen["modules"]
    assert seen["foreign"] == []


def test_nothing_is_written_started_or_opened(seen: dict[str, Any]) -> None:
    assert seen["effects"] == []


def test_the_process_stays_as_it_was(seen: dict[str, Any]) -> None:
    assert seen["changed"] == []


@pytest.mark.parametrize(
    ("statement", "field"),
    [
        ("import threading; threading.Thread(target=len, args=([],)).start()", "effects"),
        ("open('left-behind', 'w').close()", "effects"),
        ("import socket; socket.socket().close()", "effects"),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "changed"),
        ("sys.exit = print", "changed"),
        ("kept = os.open('/', os.O_RDONLY)", "changed"),
    ],
)
def test_the_probe_sees_effects(statement: str, field: str, tmp_path: Path) -> None:
    assert probe(statement, tmp_path)[field] != []


SLOW = (
    *("json", "re", "typing", "enum", "functools", "dataclasses", "hashlib", "pathlib", "inspect", "subprocess"),
    *("logging", "threading"),
)
"""Modules that take a millisecond or more to load; each is loaded where it is needed."""


@pytest.mark.parametrize(
    "statement",
    [
        "import runpages",
        "import runpages; run = runpages.start('e', capture=False, outputs=False); run.log('x', 0.5); run.complete()",
    ],
)
def test_no_slow_module_is_loaded(statement: str, tmp_path: Path) -> None:
    text = f"import sys; sys.path.insert(0, sys.argv[1]); {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", text, str(LOGGER)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & set(SLOW) == set()


WINDOWS = """
import sys
sys.path.insert(0, sys.argv[1])
import builtins, io, json, os, signal, subprocess

# What Windows lacks. The programs of Python itself were written for both, and ask before they use one of these.
for name in (
    "fork", "forkpty", "openpty", "register_at_fork", "uname", "sched_getaffinity", "getuid", "geteuid", "getgid",
    "getpgid", "killpg", "setsid", "mkfifo", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_NOFOLLOW", "WNOHANG",
):
    delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGQUIT", "SIGSTOP", "SIGCHLD", "SIGTSTP", "SIGWINCH", "SIGUSR1", "pthread_sigmask"):
    delattr(signal, name)
for name in ("fcntl", "termios", "pty", "tty", "resource", "grp", "pwd"):
    sys.modules[name] = None

# What it has beside: without this flag it writes two characters for each line feed.
os.O_BINARY = 1 << 30
opened = os.open
texts = set()

def binary(path, flags, *more, **named):
    if flags & os.O_WRONLY and not flags & os.O_BINARY:
        texts.add(os.path.abspath(os.fsdecode(path)))
    return opened(path, flags & ~os.O_BINARY, *more, **named)

os.open = binary
"""


def on_windows(script: str, folder: Path) -> list[str]:
    """The files that a script wrote with translated line ends, if the system had what Windows has."""
    written = "\nprint(json.dumps([path for path in sorted(texts) if os.path.exists(path) and os.path.getsize(path)]))"
    command = [sys.executable, "-I", "-S", "-B", "-c", WINDOWS + script + written, str(LOGGER)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    files: list[str] = json.loads(done.stdout.splitlines()[-1])
    return files


def test_each_module_can_be_imported_on_windows(tmp_path: Path) -> None:
    names = sorted(
        ".".join(path.relative_to(LOGGER).with_suffix("").parts)
        for path in LOGGER.rglob("*.py")
        if "azureml" not in path.parts and path.name not in ("__init__.py", "__main__.py")
    )
    assert "runpages.capture.tee" in names
    assert on_windows(f"import importlib\nfor name in {names!r}: importlib.import_module(name)", tmp_path) == []


def test_a_run_on_windows_has_line_feeds_in_all_its_files(tmp_path: Path) -> None:
    script = """
import logging, runpages
from contextlib import redirect_stderr, redirect_stdout
os.mkdir("outputs")
chosen = ["python", "packages", "command", "host"]  # No git: here subprocess itself needs what was taken away.
silent = redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO())
with silent[0], silent[1], runpages.start("demo", console=True, capture=chosen) as run:
    logging.getLogger().addHandler(runpages.LogHandler(run, "train"))
    logging.warning("careful")
    print("printed")
    run.log("loss", 0.5)
    run.tag("kind", "test")
    with open("outputs/result.txt", "w") as file:
        file.write("done")
"""
    assert on_windows(script, tmp_path) == []
    [run] = tmp_path.glob("runs/demo/2*")
    assert (run / "logs/console.log").read_bytes() == b"printed\n"
    assert (run / "artifacts/outputs/result.txt").exists()
