"""Kills a script at random moments while it logs, and looks at what a reader sees afterwards.

`python -m tests.logger.kill --kills 1000` shares the kills out among the kinds of calls and prints a table: how many
calls were acknowledged, how many of these were lost, how many kills left something torn that a reader takes for a
value, and how many left a line that was cut, which the reader tells and leaves out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import runpages
from runpages.format.discovery import find
from runpages.format.read import read_run
from runpages.format.records import Problem, RunRecord
from tests.unmeasured import unmeasured

PROJECT = Path(__file__).parent.parent.parent
BIG = 10**9  # A part of a number would be another number.
LONGEST_DELAY = 0.003


class Kind(NamedTuple):
    """What a script does again and again; every call is one `next` of `calls`.

    `told(k)` is what a reader has to see of the call `k`, `seen` what it sees of all calls, in their order.
    """

    calls: Callable[[Path], Iterator[object]]
    told: Callable[[int], list[Any]]
    seen: Callable[[list[RunRecord]], list[Any]]


class Outcome(NamedTuple):
    """What one kill left. `faults` are sentences, none where all is well; `cut` counts the lines cut by the kill."""

    acknowledged: int
    lost: int
    torn: int
    cut: int
    faults: list[str]


# --- the script --------------------------------------------------------------------------------------------


def start(root: Path) -> runpages.Run:
    return runpages.start("e", root=root, capture=False, outputs=False)


CHANGES = ("open", "os.mkdir", "os.rename", "os.link", "os.remove")
"""The audit events of calls that change a folder, or may."""


def child() -> None:
    """Make calls for ever; each that returned is acknowledged by its number, the first is 1."""
    kind, root, *change = sys.argv[1:]
    if change:
        _die_before(int(change[0]), root)
    os.write(1, struct.pack("<I", 0))
    for number, _ in enumerate(KINDS[kind].calls(Path(root)), 1):
        os.write(1, struct.pack("<I", number))


def _die_before(change: int, root: str) -> None:
    """Have this process killed just before it changes something below a folder for the n-th time, from 0."""
    left = count(change, -1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in CHANGES and str(arguments[0]).startswith(root) and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _on_one_run(call: Callable[[runpages.Run, int], object], root: Path) -> Iterator[object]:
    run = start(root)
    return (call(run, k) for k in count())


def _starts(root: Path) -> Iterator[object]:
    return (start(root) for _ in count())


def _finishes(root: Path) -> Iterator[object]:
    for k in count():
        run = start(root)
        run.log("x", BIG + k)
        run.complete()
        yield run


def _log(run: runpages.Run, k: int) -> None:
    if k % 2:
        run.log("x", BIG + k)
    else:
        run.log({"x": BIG + k})


@lru_cache(64)
def blob(k: int, size: int = 300_000) -> bytes:
    return random.Random(k).randbytes(size)


@lru_cache(64)
def picture(k: int) -> bytes:
    """A PNG of noise, of 1 to 100 kB."""
    side = 20 + 40 * (k % 5)
    noise = blob(k, 3 * side * side)
    rows = b"".join(b"\0" + noise[at : at + 3 * side] for at in range(0, len(noise), 3 * side))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 1)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (*chunks, (b"IEND", b""))
    )


# --- what a reader sees ------------------------------------------------------------------------------------


def _points(records: list[RunRecord]) -> list[Any]:
    return [point for r in records for s in r.series.values() for point in zip(s.steps, s.values, strict=True)]


def _rows(records: list[RunRecord]) -> list[Any]:
    return [row for record in records for table in record.tables for row in table.rows]


def _images(records: list[RunRecord]) -> list[Any]:
    """Step and bytes of each image that Pillow decodes, the one that no list names yet at the end."""
    from PIL import Image

    found = []
    for record in records:
        for image in record.images:
            data = Path(record.folder, image.file).read_bytes()
            Image.open(BytesIO(data)).load()
            found.append((image.step, data))
    return found


def _uploads(records: list[RunRecord]) -> list[Any]:
    found = [(file.name, Path(r.folder, file.file).read_bytes()) for r in records for file in r.artifacts]
    return sorted(found, key=lambda item: int(item[0].removeprefix("out/").removesuffix(".bin")))


def _tags(records: list[RunRecord]) -> list[Any]:
    return [pair for record in records for pair in record.tags.items()]


def _charts(records: list[RunRecord]) -> list[Any]:
    return [chart.data for record in records for chart in record.charts]


def _matrix(k: int) -> dict[str, Any]:
    return {"class_labels": ["no", "yes"], "matrix": [[BIG + k, 1], [2, BIG - k]]}


def _numbers(records: list[RunRecord]) -> list[Any]:
    return sorted(record.number or 0 for record in records)


def _finished(records: list[RunRecord]) -> list[Any]:
    done = [record for record in records if record.status == "Completed" and record.ended]
    return sorted((r.number, [v for s in r.series.values() for v in s.values]) for r in done)


LIST, TABLE = 200, 100

KINDS = {
    "start": Kind(_starts, lambda k: [k + 1], _numbers),
    "log": Kind(partial(_on_one_run, _log), lambda k: [(k, BIG + k)], _points),
    "log_list": Kind(
        partial(_on_one_run, lambda run, k: run.log_list("x", range(BIG + k * LIST, BIG + (k + 1) * LIST))),
        lambda k: [(at, BIG + at) for at in range(k * LIST, (k + 1) * LIST)],
        _points,
    ),
    "log_row": Kind(
        partial(_on_one_run, lambda run, k: run.log_row("rows", k=BIG + k, text="é" * 30)),
        lambda k: [{"k": BIG + k, "text": "é" * 30}],
        _rows,
    ),
    "log_table": Kind(
        partial(_on_one_run, lambda run, k: run.log_table("t", {"k": range(BIG + k * TABLE, BIG + (k + 1) * TABLE)})),
        lambda k: [{"k": BIG + at} for at in range(k * TABLE, (k + 1) * TABLE)],
        _rows,
    ),
    "log_image": Kind(
        partial(_on_one_run, lambda run, k: run.log_image("pictures", picture(k))),
        lambda k: [(k, picture(k))],
        _images,
    ),
    "chart": Kind(
        partial(_on_one_run, lambda run, k: run.log_confusion_matrix("matrix", _matrix(k))),
        lambda k: [_matrix(k)],
        _charts,
    ),
    "upload_file": Kind(
        partial(_on_one_run, lambda run, k: run.upload_file(f"out/{k}.bin", BytesIO(blob(k)))),
        lambda k: [(f"out/{k}.bin", blob(k))],
        _uploads,
    ),
    "tag": Kind(
        partial(_on_one_run, lambda run, k: run.tag(f"tag {k}", BIG + k)),
        lambda k: [(f"tag {k}", str(BIG + k))],
        _tags,
    ),
    "definition": Kind(
        partial(_on_one_run, lambda run, k: run.log_list(f"list {k}", [], f"description {BIG + k}")),
        lambda k: [(f"list {k}", f"description {BIG + k}")],
        lambda records: [(s.name, s.declared.description) for record in records for s in record.series.values()],
    ),
    "complete": Kind(_finishes, lambda k: [(k + 1, [BIG + k])], _finished),
}


# --- one kill ----------------------------------------------------------------------------------------------


def trial(kind: str, seed: int, root: Path) -> Outcome:
    """Kill a script that writes into an empty folder, at the moment that the seed tells, and look at the folder."""
    after, delay = moment(kind, seed)
    acknowledged = _acknowledged([*CHILD, kind, str(root)], after, delay)
    outcome = look(kind, root, acknowledged)
    when = f"{kind}, seed {seed}, {delay * 1e6:.0f} µs after acknowledgement {after} of {acknowledged}"
    return outcome._replace(faults=[f"{when}: {fault}" for fault in outcome.faults])


def trial_before(change: int, kind: str, root: Path) -> Outcome:
    """The same with a script that is killed just before its n-th change of the folder."""
    outcome = look(kind, root, _acknowledged([*CHILD, kind, str(root), str(change)]))
    return outcome._replace(faults=[f"{kind}, before change {change}: {fault}" for fault in outcome.faults])


def moment(kind: str, seed: int) -> tuple[int, float]:
    """After which acknowledgement to kill, and how many seconds later. 0 is told before the first call."""
    chance = random.Random(f"{kind} {seed}")
    return chance.choice((0, 0, 1, chance.randrange(30))), chance.random() * LONGEST_DELAY


CHILD = [sys.executable, "-c", "from tests.logger.kill import child; child()"]


def _acknowledged(command: list[str], after: int | None = None, delay: float = 0) -> int:
    """Run the script until it is killed; returns the number that it acknowledged last."""
    told = b""
    with subprocess.Popen(command, cwd=PROJECT, env=unmeasured(), stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        if after is not None:
            while len(told) < 4 * (after + 1) and (more := process.stdout.read(1 << 16)):
                told += more
            time.sleep(delay)
            process.kill()
        told += process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    numbers = [number for (number,) in struct.iter_unpack("<I", told)]
    assert numbers == list(range(len(numbers)))
    return len(numbers) - 1


def look(kind: str, root: Path, acknowledged: int) -> Outcome:
    """Hold what a reader sees of a workspace against what its script was told, and start one more run in it."""
    known = KINDS[kind]
    folders = [Path(run.path) for run in find(str(root)).runs]
    faults = [fault for path in sorted(root.rglob("*.json")) for fault in _document_faults(path)]
    records = [read_run(str(folder), now=time.time()) for folder in folders]
    faults += [f"status {r.status!r}" for r in records if r.status not in ("NotResponding", "Completed")]
    damage = [(r.folder, problem) for r in records for problem in r.problems if problem.damage]
    cut = [problem for folder, problem in damage if _is_cut_end(Path(folder), problem)]
    faults += [f"{problem}" for _, problem in damage if problem not in cut]

    # One call may have been done, whole or in part, and not acknowledged.
    ends, told = [], list[Any]()
    for k in range(acknowledged + 1):
        told += known.told(k)
        ends.append(len(told))
    seen = known.seen(records)
    right = next((at for at, (one, other) in enumerate(zip(seen, told, strict=False)) if one != other), len(seen))
    lost = sum(end > right for end in ends[:-1])
    torn = int(seen[right:] != [])
    faults += [f"{lost} lost"] * bool(lost) + [f"torn: {str(seen[right])[:200]}" for _ in range(torn)]
    return Outcome(acknowledged, lost, torn, len(cut), faults + list(_next_start_faults(root, records)))


def _document_faults(path: Path) -> Iterator[str]:
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        yield f"{path.name}: {error}"
        return
    if path.name == "run.json" and document["status"] not in ("Running", "Completed"):
        yield f"run.json has the status {document['status']!r}"


def _is_cut_end(folder: Path, problem: Problem) -> bool:
    """Whether a problem is that of a last line without a line feed: what the kill left of one write."""
    if not problem.file.endswith((".csv", ".jsonl")):
        return False
    data = (folder / problem.file).read_bytes()
    return problem.line == data.count(b"\n") + 1 and not data.endswith(b"\n")


def _next_start_faults(root: Path, records: list[RunRecord]) -> Iterator[str]:
    run = start(root)
    run.log("x", 1)
    run.complete()
    after = read_run(run.folder, now=time.time())
    if (after.status, after.problems, after.series["x"].values) != ("Completed", [], [1]):
        yield f"the next run is {after}"
    if after.number is None or after.number <= max((record.number or 0 for record in records), default=0):
        yield f"the next run has the number {after.number}"


# --- the table ---------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.logger.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="in all, shared out among the kinds")
    kills = parser.parse_args().kills
    print(f"{'kind':<12}{'kills':>7}{'calls':>10}{'lost':>6}{'torn':>6}{'cut':>6}")
    done = list[Outcome]()
    for at, kind in enumerate(KINDS):
        of_kind = [_in_a_new_folder(kind, seed) for seed in range(at, kills, len(KINDS))]
        _print(kind, of_kind)
        done += of_kind
    _print("all", done)
    faults = [fault for outcome in done for fault in outcome.faults]
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(bool(faults))


def _in_a_new_folder(kind: str, seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return trial(kind, seed, Path(folder))


def _print(name: str, of_kind: list[Outcome]) -> None:
    calls, lost = sum(one.acknowledged for one in of_kind), sum(one.lost for one in of_kind)
    torn, cut = sum(one.torn for one in of_kind), sum(one.cut for one in of_kind)
    print(f"{name:<12}{len(of_kind):>7}{calls:>10}{lost:>6}{torn:>6}{cut:>6}", flush=True)


if __name__ == "__main__":
    main()
