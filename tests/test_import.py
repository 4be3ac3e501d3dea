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
