"""The points of a run in bounded memory, and of a long file only those that the last build did not read.

A file that grew is read from where the last reading stopped, if a hash says that its beginning is what it was; so an
edit in the middle is never missed, and the result is that of reading it whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from runpages.format.files import read_file, regular, unreadable
from runpages.format.layout import writer_of
from runpages.format.read import PointFiles
from runpages.format.records import Declaration, Problem, Series
from runpages.format.rows import Block
from runpages.format.stream import START, Position, Stream

from .passes import Begins, Cuts, Shares, begins, cuts
from .strands import series
from .writer import keep

if TYPE_CHECKING:
    from .levels import Pyramids

LONG = 4 << 20
"""Bytes from which on it pays to note what was read of a file."""

_HASHED = 1 << 20


def read_points(
    points: PointFiles, problems: list[Problem], memory: Path | None = None, pyramids: Pyramids | None = None
) -> dict[str, Series]:
    """The series of a run, each by step, and thinned where it is long; what could not be read is told.

    ``memory`` is a file for what is known of long files; it is read and written. ``pyramids`` get the points of long
    metrics, unless there are several writers: theirs are in no order before all are read. A file is read once more
    where it holds points that a later pass of the run has superseded since.
    """
    pyramids = pyramids if len(points.files) == 1 else None
    known = _known(memory)
    files = []
    for writer, path in points.files:
        one = _File(points, path, begins(points.passes, writer), pyramids)
        if one.read(problems, known.get(path), {}):
            files.append(one)
    found = []
    for one, wanted in zip(files, cuts([one.shares for one in files]), strict=True):
        if one.cuts == wanted or one.read(problems, None, wanted):
            found.append(one)
            problems += one.problems
    learned = {one.path: one.learned for one in found if one.learned}
    if memory is not None and learned != known:
        _keep(memory, learned)
    return _series(points, found)


def _series(points: PointFiles, files: Sequence[_File]) -> dict[str, Series]:
    names = dict.fromkeys(name for file in files for name in file.shares)
    names.update(dict.fromkeys(name for name, said in points.declared.items() if said.kind == "list"))
    return {
        name: series(
            name,
            points.declared.get(name, Declaration()),
            [(file.writer, file.shares[name]) for file in files if name in file.shares],
            points.passes,
        )
        for name in names
    }


class _File:
    """One file of points: what was read of it, and what is worth to be known of it the next time."""

    def __init__(self, points: PointFiles, path: str, begins: Begins, pyramids: Pyramids | None) -> None:
        self.path = path
        self.writer = writer_of(path) or ""
        self.shares: dict[str, Shares] = {}
        self.cuts: Cuts = {}
        self.problems: list[Problem] = []
        self.learned: dict[str, Any] | None = None
        self._points = points
        self._begins = begins
        self._pyramids = pyramids

    def read(self, problems: list[Problem], known: Any, cuts: Cuts) -> bool:
        """Read the file with some ``cuts``, or on from what is ``known``; False, and a problem, where it cannot be."""
        try:
            with regular(os.path.join(self._points.folder, self.path)) as file:
                self._read(file, known, cuts)
        except OSError as error:
            problems.append(unreadable(self.path, error))
            return False
        return True

    def _read(self, file: BinaryIO, known: Any, cuts: Cuts) -> None:
        long = os.fstat(file.fileno()).st_size >= LONG
        begun = sha256()
        before = _remembered(known, self._begins) if long else None
        if (
            before
            and _hash(file, 0, before.position.offset, begun) == before.hash
            and (self._pyramids is None or self._pyramids.restore(known.get("pyramids")))
        ):
            position, self.shares, self.cuts = before.position, before.shares, before.cuts
        else:
            begun = sha256()
            position, self.shares, self.cuts = START, {}, cuts
            if self._pyramids is not None:
                self._pyramids.begin()
        file.seek(0)
        stream = Stream(file, self.path, position, growing=self._points.growing, by_hand=self._points.by_hand)
        for block in stream:
            self._add(block)
        if long:
            self.learned = {
                "hash": _hash(file, position.offset, stream.position.offset, begun),
                "position": list(stream.position),
                "begins": [list(self._begins.times), self._begins.first],
                "cuts": {name: {str(at): step for at, step in cut.items()} for name, cut in self.cuts.items()},
                "shares": {name: one.state() for name, one in self.shares.items()},
                "pyramids": self._pyramids.state() if self._pyramids else None,
            }
        self._add(stream.tail)
        self.problems = stream.problems

    def _add(self, block: Block) -> None:
        for name, columns in block.items():
            shares = self.shares.get(name)
            if shares is None:
                shares = self.shares[name] = Shares(self._begins)
            for stand in shares.add(columns, self.cuts.get(name, {})):
                if self._pyramids is not None:
                    self._pyramids.add(name, list(shares.kept.values()), stand)


class _Before(NamedTuple):
    """What an earlier build knew of a file: a hash of what it read, where that ended, and what it made of it."""

    hash: str
    position: Position
    cuts: Cuts
    shares: dict[str, Shares]


def _remembered(known: Any, begins: Begins) -> _Before | None:
    """What is known of a file; None where nothing sound is, or what was read is of other passes than was thought."""
    try:
        times, first = known["begins"]
        shares = {name: Shares(begins, state) for name, state in known["shares"].items()}
        if not begins.goes_on(Begins(tuple(times), first), max((one.latest for one in shares.values()), default=0.0)):
            return None
        cut = {name: {int(at): step for at, step in cut.items()} for name, cut in known["cuts"].items()}
        return _Before(known["hash"], Position(*known["position"]), cut, shares)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _hash(file: BinaryIO, start: int, end: int, begun: Any) -> str:
    """The hash of a file up to ``end``, of which ``begun`` knows the bytes before ``start``."""
    file.seek(start)
    left = end - start
    while left > 0 and (data := file.read(min(left, _HASHED))):
        begun.update(data)
        left -= len(data)
    return str(begun.hexdigest())


def _known(memory: Path | None) -> dict[str, Any]:
    try:
        known = json.loads(read_file(memory)) if memory is not None else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _keep(memory: Path, learned: Mapping[str, Any]) -> None:
    if not learned:
        memory.unlink(missing_ok=True)
        return
    keep(memory, json.dumps(learned, separators=(",", ":")).encode())  # Python's json spells nan, and reads it.
