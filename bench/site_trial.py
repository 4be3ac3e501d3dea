"""Whole processes in turn: how long each takes on the wall, how much of the processors, how much memory."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

Row = dict[str, Any]
Rows = dict[str, list[Row]]

SUBREAPER = 36
# Seconds that a process may go on after the one that started it.
LIMIT = 30.0


def nothing(*printed: str) -> Row:
    """What a step has to do beforehand, and what it has to tell beyond its times."""
    return {}


class Step(NamedTuple):
    """A command that is measured. `makes` is removed before it; `before` and `after` are not measured.

    `after` is given what the command printed. What it returns belongs to the figures; an `error` in it says why they do
    not count.
    """

    name: str
    command: Sequence[str | Path]
    makes: Path | None = None
    before: Callable[[], object] = nothing
    after: Callable[[str], Row] = nothing
    folder: Path | None = None
    variables: Mapping[str, str] | None = None


def run(step: Step) -> Row:
    """Run a step once: wall and CPU seconds, of the process with all that it started, and MB of the largest of them."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*step.command],
            cwd=step.folder,
            env=step.variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        usages = [usage, *_left()]
        if process.returncode != 0:
            errors.seek(0)
            lines = errors.read().decode("utf-8", "replace").strip().splitlines() or ["nothing said"]
            return {"error": f"ended with {process.returncode}: {lines[-1]}"}
        out.seek(0)
        printed = out.read().decode("utf-8", "replace").strip()
    cpu = sum(one.ru_utime + one.ru_stime for one in usages)
    # Linux counts in KiB. A process begins with the memory of the one that started it: a small one, this one.
    peak = max(one.ru_maxrss for one in usages) * 1024 / 1e6
    return {"wall": wall, "cpu": cpu, "peak": peak, **step.after(printed)}


def adopt() -> None:
    """Become the parent of processes whose own parent ends, so that what they used is counted too."""
    if ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0) != 0:
        raise SystemExit("This kernel does not hand over processes that were left behind.")


def _left() -> list[Any]:
    """What processes used that the command left behind; it waits for them, within bounds."""
    found, deadline = [], time.monotonic() + LIMIT
    with suppress(ChildProcessError):
        while time.monotonic() < deadline:
            number, _, usage = os.wait4(-1, os.WNOHANG)
            if number:
                found.append(usage)
            else:
                time.sleep(0.01)
    return found


def warm(folder: Path) -> None:
    """Read every file once, so that the first step does not pay for the disk."""
    for path in files(folder):
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass


def files(folder: Path) -> Iterator[str]:
    """Every file below a folder, without keeping their names: a large process would count in those that it starts."""
    for place, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(place, name)


def rounds(steps: Sequence[Step], count: int) -> Rows:
    """The figures of each step in each round; who comes first changes with each round.

    What is compared stands in the same round, so that a busy machine slows both. A step that failed is not tried again.
    """
    taken: Rows = {step.name: [] for step in steps}
    for number in range(count):
        turn = number % len(steps) if steps else 0
        for step in [*steps[turn:], *steps[:turn]]:
            rows = taken[step.name]
            if not (rows and "error" in rows[-1]):
                rows.append(_once(step))
                print(f"{step.name}: {_told(rows[-1])}", file=sys.stderr, flush=True)
    return taken


def _once(step: Step) -> Row:
    if step.makes is not None:
        shutil.rmtree(step.makes, ignore_errors=True)
    try:
        step.before()
    except OSError as error:
        return {"error": str(error)}
    os.sync()  # Else a step would wait until the disk has what others have written.
    return run(step)


def _told(row: Row) -> str:
    if "error" in row:
        return str(row["error"])
    return f"{row['wall']:.3f} s, CPU {row['cpu']:.3f} s, {row['peak']:.0f} MB"


def footprint(folder: Path) -> Row:
    """Files and bytes below a folder."""
    count = size = 0
    for path in files(folder):
        count += 1
        size += os.stat(path).st_size
    return {"files": count, "bytes": size}
