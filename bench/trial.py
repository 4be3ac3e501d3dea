"""One figure of one logger, taken in fresh processes and a fresh folder."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from peer import Logger, Script, environment
from signpost import Signpost

Row = dict[str, Any]

LIMIT = 240.0
PROCESSES, CALLS = 4, 5000
CHILD = Path(__file__).with_name("child.py")

# Nothing is loaded beforehand that the logger would have to load: json comes after the clock has stopped.
BARE = """
import sys, time
load, begin, end, out = sys.argv[1:]
space, known, clock = {}, set(sys.modules), time.perf_counter
a = clock(); exec(load, space); b = clock()
loaded = set(sys.modules) - known
c = clock(); exec(begin, space); d = clock(); exec(end, space); e = clock()
import os
os.mkdir("again"); os.chdir("again")
f = clock(); exec(begin, space); exec(end, space); g = clock()
import json
row = {"load": b - a, "start": d - c, "finish": e - d, "ms": e - c, "again": g - f}
row = {name: seconds * 1000 for name, seconds in row.items()}
row["modules"] = sorted(loaded)
with open(out, "w") as file:
    json.dump(row, file)
"""

# The module that every script has, and a folder with a file in it.
LIMIT_SCRIPT = Script(
    "import json",
    "import os; os.mkdir('run'); file = os.open('run/new', os.O_CREAT | os.O_WRONLY)",
    "os.write(file, b'x' * 500); os.close(file); os.rename('run/new', 'run/run.json')",
)


OUT = "<out>"


class Stand(NamedTuple):
    """A logger, or a limit, with its interpreter and a folder to work in."""

    name: str
    kind: type[Logger]
    python: str
    folder: Path

    @property
    def script(self) -> Script:
        """Its shortest script."""
        return LIMIT_SCRIPT if self.name == "limit" else self.kind.script


def stand(name: str, kind: type[Logger], python: str, scratch: Path) -> Stand:
    """A logger in a new folder."""
    return Stand(name, kind, python, Path(tempfile.mkdtemp(prefix="run-", dir=scratch)))


class Process:
    """A measuring process in a session of its own, so that whatever it starts can be ended with it."""

    def __init__(self, at: Stand, arguments: list[str]) -> None:
        self.out = at.folder / f"out-{time.monotonic_ns()}.json"
        self._printed = at.folder / "printed.txt"
        with open(self._printed, "ab") as printed:
            self._process = subprocess.Popen(
                [at.python, *(str(self.out) if argument is OUT else argument for argument in arguments)],
                cwd=at.folder,
                env=environment(at.kind, at.folder),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                start_new_session=True,
            )

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL to it and to whatever it started."""
        if not self.ended:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def row(self, limit: float = LIMIT) -> Row:
        """What it measured, once it has ended; an error where it did not in time."""
        try:
            code = self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            return {"error": f"not done after {limit:.0f} s"}
        try:
            row: Row = json.loads(self.out.read_text())
        except (OSError, ValueError):
            last = (self._printed.read_text(errors="replace").splitlines() or ["nothing printed"])[-1]
            return {"error": f"ended with {code} and without a result: {last[:150]}"}
        return row


def child(at: Stand, test: str, **given: Any) -> Process:
    """Start a test of `child.py`."""
    return Process(at, [str(CHILD), at.name, test, str(at.folder), OUT, json.dumps(given)])


def bare(at: Stand, before: str = "") -> Row:
    """Milliseconds to import, start and finish in a bare interpreter, start and finish again; what the import loads."""
    row = Process(at, ["-c", BARE, before + at.script.load, at.script.begin, at.script.end, OUT]).row()
    if "error" in row:
        return row
    packages = {name.partition(".")[0] for name in row["modules"]}
    own = {at.kind.package, at.kind.package.removesuffix("-skinny")}
    return {
        **row,
        "modules": len(row["modules"]),
        "packages": len({name.lstrip("_") for name in packages - sys.stdlib_module_names - own}),
    }


def begin(at: Stand, scratch: Path) -> Row:
    """The same, and once more where json is loaded already, as in most scripts."""
    row = bare(at)
    if "error" not in row:
        row["with json"] = bare(stand(at.name, at.kind, at.python, scratch), "import json; ").get("ms")
    return row


# --- kills and several processes ---------------------------------------------------------------------------


def _until(done: Callable[[], bool], limit: float) -> bool:
    """Wait for something, within bounds."""
    deadline = time.monotonic() + limit
    while not done() and time.monotonic() < deadline:
        time.sleep(0.005)
    return done()


def kill(at: Stand, chance: random.Random, pause: float) -> Row:
    """Kill a process that logs, at a random moment, and look for the calls that had returned."""
    path = at.folder / "sign"
    sign = Signpost(path)
    process = child(at, "work", sign=str(path), calls=5_000_000, pause=pause, seconds=30)
    if not _until(lambda: bool(sign.ready) or process.ended, 60) or process.ended:
        return process.row(1)
    sign.go = 1
    _until(lambda: sign.calls > 0 or process.ended, 30)
    time.sleep(chance.uniform(0.4, 2.0))
    process.kill()
    calls = sign.calls
    row = child(at, "count", returned=[calls]).row()
    # What cannot be read at all is lost.
    return {"calls": calls, "lost": calls - row.get("readable", 0), "torn": row.get("torn", 0)}


def kills(at: Stand, chance: random.Random, scratch: Path) -> Row:
    """One kill of a process that logs as fast as it can, and one of a process with 5 ms between its calls."""
    fast = kill(at, chance, 0)
    if "error" in fast:
        return fast
    slow = kill(stand(at.name, at.kind, at.python, scratch), chance, 0.005)
    if "error" in slow:
        return slow
    return {
        **{f"fast {key}": value for key, value in fast.items()},
        **{f"slow {key}": value for key, value in slow.items()},
        "lost": fast["lost"] + slow["lost"],
        "torn": fast["torn"] + slow["torn"],
    }


def join(at: Stand) -> Row:
    """Four processes that log to one run, which a fifth has begun and ends."""
    path, token = at.folder / "sign", at.folder / "token"
    sign = Signpost(path)
    holder = child(at, "hold", **{"sign": str(path), "token file": str(token)})
    if not _until(lambda: bool(sign.ready) or holder.ended, 60) or holder.ended:
        return holder.row(1)
    paths = [at.folder / f"sign-{rank}" for rank in range(PROCESSES)]
    signs = [Signpost(path) for path in paths]
    common = {"token": token.read_text(), "calls": CALLS, "seconds": 60}
    workers = [child(at, "work", sign=str(p), base=k * 1_000_000, **common) for k, p in enumerate(paths)]
    _until(lambda: all(s.ready or w.ended for s, w in zip(signs, workers, strict=True)), 60)
    for one in signs:
        one.go = 1
    rows = [worker.row(90) for worker in workers]
    sign.go = 1
    rows.append(holder.row(60))
    errors = [row for row in rows if "error" in row]
    return errors[0] if errors else _counted(at, [one.calls for one in signs])


def fork(at: Stand) -> Row:
    """Four forked children that log to the run of their parent."""
    row = child(at, "fork", processes=PROCESSES, calls=CALLS, seconds=60).row()
    return row if "error" in row else _counted(at, row["returned"])


def _counted(at: Stand, returned: list[int]) -> Row:
    return {"calls": sum(returned), **child(at, "count", returned=returned).row()}
