"""The points of a run in bounded memory, and of a long file only those that the last build did not read.

A file that grew is read from where the last reading stopped, if a hash says that its beginning is what it was; so an
edit in the middle is never missed, and the result is that of reading it whole.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple, cast

from runpages.format.csv_rows import Block, together
from runpages.format.files import unreadable
from runpages.format.layout import rank_of, writer_of
from runpages.format.read import PointFiles
from runpages.format.records import Declaration, Pass, Problem, Series, Strand, Value, Whole
from runpages.format.stream import START, Position, Stream

from .. import select
from .contents import Contents
from .downsample import Columns, Digest, counted
from .downsample import series as merged
from .passes import Begins, Cuts, Shares, begins, cuts, restarts, resumed
from .source import PointSink

LINES = 8
"""At most so many processes that log side by side are lines; more are a band."""

PLACES = 1_024
"""The most steps of a mean; of more, neighbours are taken together."""

Number = float | int


class _Written(NamedTuple):
    """What a writer logged in a pass."""

    writer: str
    at: int
    digest: Digest


class _Mean(NamedTuple):
    steps: list[Number]
    times: list[float | None]
    values: list[Value]
    lows: list[Value]
    highs: list[Value]


def series(name: str, declared: Declaration, shares: Sequence[tuple[str, Shares]], passes: Sequence[Pass]) -> Series:
    """The series, by step, that the shares of one metric make together, each with its writer."""
    if len(shares) == 1 and not shares[0][1].superseded and len(shares[0][1].kept) == 1:  # The usual case.
        return merged(name, declared, list(shares[0][1].kept.values()))
    kept = [_Written(writer, at, digest) for writer, one in shares for at, digest in one.kept.items()]
    strands = tuple(_superseded(name, shares, passes))
    lines = _side_by_side(kept)
    if not lines:
        return merged(name, declared, [one.digest for one in kept])._replace(strands=strands)
    ranks = [_strand(label, digests) for label, digests in lines.items()]
    mean = _mean(ranks)
    drawn = ranks if len(ranks) <= LINES else _band(mean, f"{len(ranks)} processes")
    whole = counted([one.digest for one in kept])
    return Series(name, mean.steps, mean.times, mean.values, declared, whole, (*drawn, *strands))


def _superseded(name: str, shares: Sequence[tuple[str, Shares]], passes: Sequence[Pass]) -> Iterator[Strand]:
    """The points of each pass that a later one logged again."""
    gone: dict[int, list[_Written]] = {}
    for writer, one in shares:
        for at, digest in one.superseded.items():
            gone.setdefault(at, []).append(_Written(writer, at, digest))
    began = restarts(one.spans() for _, one in shares) if gone else {}
    for at in sorted(gone):
        cut, later = resumed(began, at)
        digests = [one.digest for one in gone[at]]
        lines = _side_by_side(gone[at])
        if lines:
            steps, times, values, _, _ = _mean([_strand(label, some) for label, some in lines.items()])
            whole: Whole | None = counted(digests)
        else:
            _, steps, times, values, _, whole, _ = merged(name, Declaration(), digests)
        yield Strand("superseded", "superseded", steps, times, values, whole, cut, passes[later - 1].time)


# --- side by side -----------------------------------------------------------------------------------------


def _side_by_side(written: Sequence[_Written]) -> dict[str, list[Digest]]:
    """The digests of each process, by its label, where several logged the same steps; nothing where they did not."""
    if len({one.writer for one in written}) < 2:
        return {}
    steps: dict[str, set[Number]] = {}
    for writer, _, digest in written:
        columns = digest.columns()
        if any(isinstance(value, str) for value in columns[2]):
            return {}
        steps.setdefault(writer, set()).update(columns[0])
    if not _overlap(list(steps.values())):
        return {}
    labels = _labels(written)
    found: dict[str, list[Digest]] = {label: [] for label in dict.fromkeys(labels.values())}
    for writer, _, digest in written:
        found[labels[writer]].append(digest)
    return found if len(found) > 1 else {}


def _overlap(writers: Sequence[set[Number]]) -> bool:
    """Whether writers logged the same steps: one shares half of its own, or half of all were logged more than once.

    A task that was tried again shares its only step, and is none of several ranks for that.
    """
    counts: dict[Number, int] = {}
    for steps in writers:
        for step in steps:
            counts[step] = counts.get(step, 0) + 1
    again = {step for step, count in counts.items() if count > 1}
    return 2 * (sum(counts.values()) - len(counts)) >= len(counts) or any(
        len(steps) > 1 and 2 * len(steps & again) >= len(steps) for steps in writers
    )


def _labels(written: Sequence[_Written]) -> dict[str, str]:
    """What to call the lines of writers, in the order in which they are drawn."""
    ranks = {one.writer: rank_of(one.writer) for one in written}
    own = {one.at for one in written if not one.writer}
    if own and any(ranks.values()) and own.isdisjoint(one.at for one in written if ranks[one.writer] == 0):
        ranks[""] = 0  # The process that began the run has no suffix, and is the rank that is missing beside it.
    last = max(filter(None, ranks.values()), default=0) + 1
    ordered = sorted(ranks, key=lambda writer: (last if (rank := ranks[writer]) is None else rank, writer))
    labels = {writer: _label(writer, ranks[writer]) for writer in ordered}
    spelled = list(labels.values())
    return {
        writer: writer if ranks[writer] is None and spelled.count(label) > 1 else label
        for writer, label in labels.items()
    }


def _label(writer: str, rank: int | None) -> str:
    if rank is not None:
        return f"rank {rank}"
    parts = writer.rsplit("-", 2)
    return f"pid {parts[1]}" if len(parts) == 3 else writer or "main"


def _strand(label: str, digests: Sequence[Digest]) -> Strand:
    _, steps, times, values, _, whole, _ = merged(label, Declaration(), digests)
    return Strand("rank", label, steps, times, values, whole)


# --- their mean -------------------------------------------------------------------------------------------


def _mean(lines: Sequence[Strand]) -> _Mean:
    """The mean of lines at each of their steps, and the least and the greatest value."""
    known = sorted({step for line in lines for step in line.steps})
    size = -(-len(known) // PLACES)
    place = {step: at // size for at, step in enumerate(known)}
    count = -(-len(known) // size)
    values: list[list[list[Value]]] = [[] for _ in range(count)]
    times: list[float | None] = [None] * count
    for line in lines:
        mine: dict[int, list[Value]] = {}
        for step, time, value in zip(line.steps, line.times, line.values, strict=True):
            mine.setdefault(place[step], []).append(value)
            times[place[step]] = time if times[place[step]] is None else times[place[step]]
        for at, some in mine.items():
            values[at].append(some)
    finite = [
        [one for some in found for value in some if (one := select.finite(value)) is not None] for found in values
    ]
    return _Mean(
        known[::size],
        times,
        [_middle([_middle(some) for some in found]) for found in values],
        [min(found, default=None) for found in finite],
        [max(found, default=None) for found in finite],
    )


def _middle(values: Sequence[Value]) -> Value:
    """The mean of values, which is nan where one is; values that are all the same stay what they are."""
    known = [value for value in values if value is not None and not isinstance(value, str)]
    if not known or all(value == known[0] for value in known):
        return known[0] if known else None
    try:
        return math.fsum(known) / len(known)
    except ValueError:  # Of infinity and minus infinity.
        return math.nan
    except OverflowError:  # A number or the sum is larger than any float.
        return None


def _band(mean: _Mean, label: str) -> list[Strand]:
    return [
        Strand("low", label, mean.steps, mean.times, mean.lows),
        Strand("high", label, mean.steps, mean.times, mean.highs),
    ]


LONG = 4 << 20
"""Bytes from which on it pays to note what was read of a file."""

GATHERED = 1 << 13
"""Points of all metrics that are folded at once; a block more at most."""

_HASHED = 1 << 20


def read_points(
    points: PointFiles, problems: list[Problem], known: Mapping[str, Any], sink: PointSink | None = None,
    contents: Contents | None = None,
) -> tuple[dict[str, Series], dict[str, Any]]:  # fmt: skip
    """The series of a run, each by step and thinned if it is long, and what to note of its long files.

    ``known`` is what the last build noted. What cannot be read is added to ``problems``. The ``sink`` gets the points
    of long metrics, unless there are several writers: theirs are in no order before all are read. A file is read once
    more if it holds points that a later pass of the run has superseded since. ``contents`` keeps small files.
    """
    contents = contents or Contents(points.folder)
    sink = sink if len(points.files) == 1 else None
    files = []
    for writer, path in points.files:
        one = _File(points, path, begins(points.passes, writer), sink, contents)
        if one.read(problems, known.get(path), {}):
            files.append(one)
    found = []
    for one, wanted in zip(files, cuts([one.shares for one in files]), strict=True):
        if one.cuts == wanted or one.read(problems, None, wanted):
            found.append(one)
            problems += one.problems
    learned = {one.path: one.learned for one in found if one.learned}
    return _series(points, found), learned


def _series(points: PointFiles, files: Sequence[_File]) -> dict[str, Series]:
    names = dict.fromkeys(name for file in files for name in file.shares)
    names.update(dict.fromkeys(name for name, declared in points.declared.items() if declared.kind == "list"))
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

    def __init__(
        self, points: PointFiles, path: str, begins: Begins, sink: PointSink | None, contents: Contents
    ) -> None:
        self.path = path
        self.writer = writer_of(path) or ""
        self.shares: dict[str, Shares] = {}
        self.cuts: Cuts = {}
        self.problems: list[Problem] = []
        self.learned: dict[str, Any] | None = None
        self._points = points
        self._begins = begins
        self._sink = sink
        self._contents = contents

    def read(self, problems: list[Problem], known: Any, cuts: Cuts) -> bool:
        """Read the file with some ``cuts``, or on from what is ``known``; False, and a problem, where it cannot be."""
        try:
            with self._points.open(self.path) as file:
                small = self._contents.keep(self.path, file)
                position = self._read(BytesIO(small.data) if small else file, known, cuts)
                self._contents.counts[self.path] = position.counts
        except OSError as error:
            problems.append(unreadable(self.path, error))
            return False
        return True

    def _read(self, file: BinaryIO, known: Any, cuts: Cuts) -> Position:
        long = file.seek(0, os.SEEK_END) >= LONG
        begun = sha256()
        before = _remembered(known, self._begins) if long else None
        if (
            before
            and _hash(file, 0, before.position.offset, begun) == before.hash
            and (self._sink is None or self._sink.restore(known.get("pyramids")))
        ):
            position, self.shares, self.cuts = before.position, before.shares, before.cuts
        else:
            begun = sha256()
            position, self.shares, self.cuts = START, {}, cuts
            if self._sink is not None:
                self._sink.begin()
        file.seek(0)
        stream = Stream(file, self.path, position, growing=self._points.growing, by_hand=self._points.by_hand)
        for block in _gathered(stream):
            self._add(block)
        if long:
            self.learned = {
                "hash": _hash(file, position.offset, stream.position.offset, begun),
                "position": list(stream.position),
                "begins": [list(self._begins.times), self._begins.first],
                "cuts": {name: {str(at): step for at, step in cut.items()} for name, cut in self.cuts.items()},
                "shares": {name: one.state() for name, one in self.shares.items()},
                "pyramids": self._sink.state() if self._sink else None,
            }
        self._add(stream.tail)
        self.problems = stream.problems
        return stream.position

    def _add(self, block: Block) -> None:
        for name, columns in _with_even_steps(block):
            shares = self.shares.get(name)
            if shares is None:
                shares = self.shares[name] = Shares(self._begins)
            for stand in shares.add(columns, self.cuts.get(name, {})):
                if self._sink is not None:
                    self._sink.add(name, list(shares.kept.values()), stand)


def _gathered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The points of blocks, many together: to fold points has a price that does not depend on how many they are."""
    gathered: list[Block] = []
    count = 0
    for block in blocks:
        gathered.append(block)
        count += sum(len(steps) for steps, _, _ in block.values())
        if count >= GATHERED:
            yield together(gathered)
            gathered, count = [], 0
    yield together(gathered)


def _with_even_steps(block: Block) -> Iterator[tuple[str, Columns]]:
    """The columns of a block by name; steps that are whole and equally far from each other as a range."""
    before, steps = list[Number](), cast(Sequence[Number], range(0))
    for name, (own, times, values) in block.items():
        if own is not before and own != before:
            before, steps = own, _even(own)
        yield name, (steps, times, values)


def _even(steps: list[Number]) -> Sequence[Number]:
    if len(steps) < 2 or set(map(type, steps)) != {int} or steps[0] >= steps[1]:
        return steps
    first, way = int(steps[0]), int(steps[1] - steps[0])
    even = range(first, first + way * len(steps), way)
    return even if list(even) == steps else steps


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
