"""Names of folders, and the runs that were found, in few objects: a workspace may have very many."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, overload

from runpages.format.discovery import RunFolder

from .stamp import Stamp

KEY = 12
"""Bytes of the key of a stamp."""

NO_KEY = bytes(KEY)

_BETWEEN = "\0"
"""What no name of a folder has."""

_NOT_SEEN = Stamp("", 0.0)

_USUAL = _NOT_SEEN[2:]
"""What a stamp mostly has beside its key and its time."""


class Names(Sequence[str]):
    """Names in one text, which is taken apart when one of them is asked for."""

    __slots__ = ("text",)

    def __init__(self, text: str = "") -> None:
        """``text`` is that of other names."""
        self.text = text

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """The same names."""
        return names if isinstance(names, cls) else cls(_BETWEEN.join(names))

    def __len__(self) -> int:
        return self.text.count(_BETWEEN) + 1 if self.text else 0

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        return _apart(self.text)[place]

    def __iter__(self) -> Iterator[str]:
        return iter(_apart(self.text))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Names):
            return self.text == other.text
        return isinstance(other, Sequence) and _apart(self.text) == [*other]

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return repr([*self])

    def __contains__(self, name: object) -> bool:
        return name in _apart(self.text)

    def index(self, name: str, start: int = 0, stop: int = sys.maxsize) -> int:
        """The place of a name. Raises ValueError if it is not there."""
        return _apart(self.text).index(name, start, stop)

    def sorted(self) -> Names:
        """The same in order."""
        names = _apart(self.text)
        ordered = sorted(names)
        return self if names == ordered else Names.of(ordered)

    def row(self, name: str) -> int | None:
        """The place of a name among sorted ones; None if it is not there."""
        names = _apart(self.text)
        at = bisect_left(names, name)
        return at if at < len(names) and names[at] == name else None


NO_NAMES = Names()


@lru_cache(4)  # One name after another is asked for.
def _apart(text: str) -> list[str]:
    return text.split(_BETWEEN) if text else []


def packed_key(key: str) -> bytes:
    """A key in half of its room; ``NO_KEY`` for what is no digest of a stamp."""
    try:
        data = bytes.fromhex(key)
    except ValueError:
        return NO_KEY
    return data if len(data) == KEY and data.hex() == key else NO_KEY


class FoundIn(NamedTuple):
    """Runs of an experiment in columns; ``unusual`` has those in full that are more than a key and a time, by row.

    Their paths begin with ``above``.
    """

    experiment: str
    above: str
    names: Names
    keys: bytes
    newest: array[float]
    unusual: Mapping[int, RunFolder]

    @classmethod
    def of(cls, experiment: str, runs: Iterable[RunFolder]) -> FoundIn:
        """The runs of an experiment."""
        names, keys, newest, unusual, above = list[str](), bytearray(), array("d"), dict[int, RunFolder](), ""
        for row, run in enumerate(runs):
            seen = run.seen if isinstance(run.seen, Stamp) else _NOT_SEEN
            above = above or run.path.removesuffix(run.name)
            key = packed_key(seen.key)
            names.append(run.name)
            keys += key
            newest.append(seen.newest)
            if seen[2:] != _USUAL or key == NO_KEY or run.path != above + run.name:
                unusual[row] = run
        return cls(experiment, above, Names.of(names), bytes(keys), newest, unusual)

    def runs(self, start: int = 0, end: int | None = None) -> Iterator[RunFolder]:
        """The runs from one row on, up to another."""
        experiment, above, _, keys, newest, unusual = self
        for row, name in enumerate(self.names[start:end], start):
            if row in unusual:
                yield unusual[row]
            else:
                stamp = Stamp(keys[row * KEY : row * KEY + KEY].hex(), newest[row])
                yield RunFolder(experiment, name, above + name, stamp)

    def run(self, row: int) -> RunFolder:
        """The run in a row."""
        return next(self.runs(row, row + 1))

    def at(self, rows: Sequence[int]) -> FoundIn:
        """The runs in some rows, in their order."""
        if len(rows) == len(self.newest):
            return self
        names = self.names
        return FoundIn(
            self.experiment,
            self.above,
            Names.of(names[row] for row in rows),
            b"".join(self.keys[row * KEY : row * KEY + KEY] for row in rows),
            array("d", (self.newest[row] for row in rows)),
            {at: self.unusual[row] for at, row in enumerate(rows) if row in self.unusual},
        )


class FoundRuns(Sequence[RunFolder]):
    """Runs that were found, each made when it is asked for. Those of one experiment in a row are a part."""

    def __init__(self, runs: Iterable[RunFolder] = ()) -> None:
        self.parts: list[FoundIn] = []
        self._ends: list[int] = []
        self.extend(runs)

    @classmethod
    def of(cls, runs: Iterable[RunFolder]) -> FoundRuns:
        """The same runs."""
        return runs if isinstance(runs, cls) else cls(runs)

    def extend(self, runs: Iterable[RunFolder]) -> None:
        """Add runs."""
        for experiment, some in groupby(runs, _experiment):
            self.add(FoundIn.of(experiment, some))

    def add(self, part: FoundIn) -> None:
        """Add runs of an experiment, if there are any."""
        if part.newest:
            self.parts.append(part)
            self._ends.append(len(self) + len(part.newest))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[RunFolder]:
        for part in self.parts:
            yield from part.runs()

    @overload
    def __getitem__(self, place: int) -> RunFolder: ...
    @overload
    def __getitem__(self, place: slice) -> list[RunFolder]: ...
    def __getitem__(self, place: int | slice) -> RunFolder | list[RunFolder]:
        places = range(len(self))[place]
        if isinstance(places, int):
            return next(self._between(places, places + 1))
        if places.step == 1:
            return [*self._between(places.start, places.stop)]
        return [self[one] for one in places]

    def _between(self, start: int, end: int) -> Iterator[RunFolder]:
        at = bisect_right(self._ends, start)
        while start < end:
            before = self._ends[at - 1] if at else 0
            stop = min(end, self._ends[at])
            yield from self.parts[at].runs(start - before, stop - before)
            start, at = stop, at + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr([*self])


def _experiment(run: RunFolder) -> str:
    return run.experiment
