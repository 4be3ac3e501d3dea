"""One measurement of one logger in this process, which `trial.py` starts: `child.py LOGGER TEST FOLDER OUT GIVEN`.

GIVEN is a JSON object of numbers and texts; OUT becomes one. Standard library only, and the logger.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from array import array
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peer import LOGGERS, Logger, Runpages
from picture import smooth
from signpost import Signpost

Row = dict[str, Any]
TEN = [f"metric_{k}" for k in range(10)]


def _timed(logger: Logger, given: Row, call: Callable[[Any, int], None], values: list[Any]) -> Row:
    """Median microseconds of a call, and those of a call with its share of the finish."""
    clock, took = time.perf_counter_ns, array("q")
    start = clock()
    deadline = start + int(given["seconds"] * 1e9)
    for step in range(given["calls"]):
        value = values[step % len(values)]
        before = clock()
        call(value, step)
        after = clock()
        took.append(after - before)
        if after > deadline:
            break
    logger.finish()
    whole = (clock() - start) / 1000
    return {"us": statistics.median(took) / 1000, "us with finish": whole / len(took), "calls": len(took)}


def one(logger: Logger, given: Row) -> Row:
    """One scalar a call."""
    logger.start()
    chance = random.Random(1)
    values = [chance.gauss(0, 1) for _ in range(1000)]
    row = _timed(logger, given, lambda value, step: logger.log("loss", value, step), values)
    return row | _pair(logger, "one")


def ten(logger: Logger, given: Row) -> Row:
    """Ten scalars a call."""
    pair = _pair(logger, "ten")
    if "error" in pair:
        return pair
    logger.start()
    chance = random.Random(1)
    values = [{name: chance.gauss(0, 1) for name in TEN} for _ in range(1000)]
    return _timed(logger, given, logger.log_many, values) | pair


def _pair(logger: Logger, test: str) -> Row:
    """The same against the floor in this process, for runpages; other loggers' threads would disturb the floor."""
    if not isinstance(logger, Runpages):
        return {}
    import limit
    import log_call

    loops = {"one": (log_call.floor_one, log_call.log_one), "ten": (log_call.floor_ten, log_call.log_ten)}
    return limit.paired(logger.folder, *loops[test])


# --- what is kept ------------------------------------------------------------------------------------------


def work(logger: Logger, given: Row) -> Row:
    """Log a number of its own in each call, and tell over shared memory how many calls have returned."""
    sign = Signpost(Path(given["sign"]))
    if "token" in given:
        logger.join(given["token"])
    else:
        logger.start()
    _meet(sign)
    _work(logger, given, sign)
    logger.finish()
    return {"calls": sign.calls}


def _work(logger: Logger, given: Row, sign: Signpost) -> None:
    base, pause = given.get("base", 0), given.get("pause", 0)
    deadline = time.monotonic() + given["seconds"]
    for number in range(given["calls"]):
        # The half tells a number that was cut short from a whole one.
        logger.log("loss", base + number + 0.5, number)
        sign.calls = number + 1
        if pause:
            time.sleep(pause)
        if time.monotonic() > deadline:
            break


def hold(logger: Logger, given: Row) -> Row:
    """Begin a run that other processes join, and finish it after them."""
    sign = Signpost(Path(given["sign"]))
    logger.start()
    logger.log("begun", 0.5, 0)
    time.sleep(1.5)  # Loggers with a queue store it in intervals.
    Path(given["token file"]).write_text(logger.token())
    _meet(sign)
    logger.finish()
    return {}


def _meet(sign: Signpost) -> None:
    """Say that the run is open, and wait for the word; not for ever, if the program that gives it is gone."""
    sign.ready = 1
    deadline = time.monotonic() + 200
    while not sign.go and time.monotonic() < deadline:
        time.sleep(0.002)


def fork(logger: Logger, given: Row) -> Row:
    """Begin a run and log to it from forked children."""
    logger.start()
    signs = [Signpost(logger.folder / f"sign-{rank}") for rank in range(given["processes"])]
    children = []
    for rank, sign in enumerate(signs):
        child = os.fork()
        if not child:
            _work(logger, {**given, "base": rank * 1_000_000}, sign)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    logger.finish()
    return {"returned": [sign.calls for sign in signs]}


def count(logger: Logger, given: Row) -> Row:
    """How many of the calls that returned can be read, and how many values are shown that nobody logged.

    `returned` lists the calls of each process. The call after the last may have been under way.
    """
    shown = Counter(logger.reader()().get("loss", []))
    wanted, possible = set(), set()
    for rank, calls in enumerate(given["returned"]):
        base = rank * 1_000_000
        wanted |= {base + number + 0.5 for number in range(calls)}
        possible.add(base + calls + 0.5)
    possible |= wanted
    torn = sum(times if value not in possible else times - 1 for value, times in shown.items())
    return {"readable": len(wanted & shown.keys()), "torn": torn}


# --- reading, pictures, company ----------------------------------------------------------------------------


def fill(logger: Logger, given: Row) -> Row:
    """Write a run of ten metrics."""
    logger.start()
    logger.fill(TEN, given["points"] // len(TEN))
    logger.finish()
    return {}


def read(logger: Logger, given: Row) -> Row:
    """Seconds to read it back, for a million points."""
    reader = logger.reader()
    start = time.perf_counter()
    found = reader()
    seconds = time.perf_counter() - start
    points = sum(map(len, found.values()))
    return {"s": seconds * 1e6 / points, "points": points}


def image(logger: Logger, given: Row) -> Row:
    """Milliseconds to log an array as a picture, after a first call that loads what is needed."""
    pixels, took = smooth(), []
    logger.start()
    logger.image("picture", pixels, 0)
    before = sum(path.stat().st_size for path in logger.folder.rglob("*") if path.is_file())
    start = time.perf_counter()
    for step in range(1, given["images"] + 1):
        begun = time.perf_counter()
        logger.image("picture", pixels, step)
        took.append(time.perf_counter() - begun)
    logger.finish()
    whole = time.perf_counter() - start
    after = sum(path.stat().st_size for path in logger.folder.rglob("*") if path.is_file())
    size = (after - before) / len(took) / 1000
    return {"ms": statistics.median(took) * 1000, "ms with finish": whole / len(took) * 1000, "kb": size}


def company(logger: Logger, given: Row) -> Row:
    """Threads, processes and sockets while a run is open, half a second after its first scalar."""
    logger.start()
    logger.log("loss", 1.0, 0)
    time.sleep(0.5)
    helpers = _below(os.getpid())
    own = ["self", *map(str, helpers)]
    threads = sum(len(os.listdir(f"/proc/{process}/task")) for process in own) - len(own)
    sockets = sum(_sockets(process) for process in own)
    logger.finish()
    return {"threads": threads, "processes": len(helpers), "sockets": sockets, "all": threads + len(helpers) + sockets}


def _below(process: int) -> list[int]:
    """The children of a process, and theirs."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(place.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It has ended.
        if parent == process:
            child = int(place.parent.name)
            found += [child, *_below(child)]
    return found


def _sockets(process: str) -> int:
    targets = []
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            targets.append(os.readlink(link))
        except OSError:
            continue  # The listing's own descriptor.
    return sum(target.startswith("socket:") for target in targets)


TESTS = {test.__name__: test for test in (one, ten, work, hold, fork, count, fill, read, image, company)}


def main() -> None:
    """Run what the command line names, and write down what it gave or why it failed."""
    name, test, folder, out, given = sys.argv[1:]
    try:
        if name == "limit":
            import limit

            row = getattr(limit, test)(Path(folder), json.loads(given))
        else:
            logger = LOGGERS[name](Path(folder))
            logger.load()
            row = TESTS[test](logger, json.loads(given))
    except Exception as error:  # It is told in the table, and the other loggers go on.
        row = {"error": f"{type(error).__name__}: {error}"[:200]}
    side = Path(out + ".new")
    side.write_text(json.dumps(row))
    side.rename(out)
    if "error" in row:
        os._exit(1)  # Whatever the failed run left behind, a thread above all, is not waited for.


if __name__ == "__main__":
    main()
