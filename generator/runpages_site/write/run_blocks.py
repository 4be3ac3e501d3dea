"""The summaries of an experiment's runs as the builds note them, in blocks: a change writes those that it meets.

Blocks are cut by the names of the runs, in the order of their age, so that equal runs make equal blocks whatever
happened before; a file is named for what it has, and is not written again.
"""

from __future__ import annotations

import json
import os
import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zlib import compress, crc32, decompress

import orjson

from runpages.format import layout
from runpages.format.files import open_file, read_file

from ..packed import Names
from .site_folder import NOTES
from .writer import output_error

LEAST, MEAN, MOST = 64, 64, 256
"""Runs of a block: at least, the mean of what comes on top, and at most."""

Age = list[Any]


PART, SHARD = "part", "shard"
"""What is made of a block, and of a block together with older ones."""

_OWN = re.compile(r"[0-9a-f]{24}\.(jsonl|part|shard)")
"""The name of a file of a block: what else lies in the folder is not ours to remove."""

_DIGITS = 8
"""Of the sizes in a part, in hexadecimal."""

_FILES, _RUNS = "//", "///"
"""Between paths, of which none has two slashes, and between those of runs: a text is read faster than lists."""


class RunBlock(NamedTuple):
    """Some runs, newest first, by their folders in the workspace; ``key`` names the block.

    Their ages and files stay in the ``file`` of the block, since few blocks are asked for them, and a build has very
    many runs.
    """

    key: str
    names: Names
    places: Sequence[int]
    """Where the line of each begins in the file, and where the last one ends."""
    newest: Age
    """The age of the first."""
    shared: Sequence[str]
    """Files that belong to several runs."""
    file: str
    start: int
    """Where the ages and the files begin in the file of the block; they end where the first line begins."""

    @property
    def ages(self) -> Sequence[Age]:
        """The age of each run. Raises OutputError where they can't be read."""
        return _unpacked(self.file, self.start, self.places[0])[0]

    @property
    def files(self) -> list[str]:
        """The files of all runs in the site. Raises OutputError where they can't be read."""
        paths = _unpacked(self.file, self.start, self.places[0])[1]
        return _RUNS.join(paths).replace(_RUNS, _FILES).split(_FILES)

    def files_of(self, row: int) -> list[str]:
        """The files of one. Raises OutputError where they can't be read."""
        return _unpacked(self.file, self.start, self.places[0])[1][row].split(_FILES)


def _packed(ages: Sequence[Age], paths: Sequence[str]) -> bytes:
    return compress(_head([ages, _RUNS.join(paths)]), 1)


@lru_cache(4)  # One run of a block after another is asked for. A file is named for what it has.
def _unpacked(path: str, start: int, end: int) -> tuple[Sequence[Age], list[str]]:
    with output_error(path), open(path, "rb", buffering=0) as file:
        file.seek(start)
        ages, paths = load(decompress(file.read(end - start)))
    return ages, paths.split(_RUNS)


class Kept(NamedTuple):
    """What was made of a block: what is read at once, and the file with the rest, which begins at ``start``."""

    data: bytes
    path: str
    start: int

    def read(self, place: int, size: int) -> bytes:
        """Some of the rest. Raises OSError or ValueError where that is not possible."""
        with open_file(self.path, 0) as file:
            file.seek(self.start + place)
            found = file.read(size)
        if len(found) != size:
            raise ValueError(f"{self.path} is torn")
        return found


class Line(NamedTuple):
    """A run as it is noted: its age, its files in the site, and its summary as a line of JSON."""

    age: Age
    files: Sequence[str]
    summary: bytes

    def read(self) -> Line:
        """Itself."""
        return self


class SomeLine(Protocol):
    """A line, or what it is read from when it is needed."""

    @property
    def age(self) -> Age:
        """Of the run."""

    def read(self) -> Line:
        """The line."""


def cut(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where blocks of runs begin and end, the oldest run first."""
    start = 0
    for end, name in enumerate(names, 1):
        size = end - start
        if size >= MOST or (size >= LEAST and crc32(name.encode("utf-8", "surrogatepass")) % MEAN == 0):
            yield start, end
            start = end
    if start < len(names):
        yield start, len(names)


class RunBlocks:
    """The blocks of an experiment in the notes of a site; without one, those of the runs of all experiments."""

    def __init__(self, site: Path, experiment: str | None = None) -> None:
        segment = None if experiment is None else layout.site_segment(experiment)
        self._folder = f"{site}/{NOTES}/{'all-runs' if segment is None else f'runs/{segment}'}"
        self._runs = "" if segment is None else f"e/{segment}/"

    def read(self, keys: Iterable[str]) -> list[RunBlock]:
        """The blocks of the last build, but those that are damaged."""
        found = []
        for key in keys:
            with (
                suppress(OSError, ValueError, TypeError, RecursionError),
                open(f"{self._folder}/{key}.jsonl", "rb", buffering=1 << 16) as file,
            ):
                head = file.readline()
                names, sizes, newest, shared, size, checksum = load(head)
                packed, places = file.read(size), _places(len(head) + size, sizes)
                if os.fstat(file.fileno()).st_size == places[-1] and crc32(packed) == checksum:
                    found.append(RunBlock(key, Names.of(names), places, newest, shared, file.name, len(head)))
        return found

    def lines(self, block: RunBlock) -> list[bytes]:
        """The summaries of a block, as they were noted."""
        return read_file(f"{self._folder}/{block.key}.jsonl")[block.places[0] :].split(b"\n")[:-1]

    def summary(self, block: RunBlock, row: int) -> bytes:
        """The summary of one run: mostly few are asked for, and those of all are a hundred times as long."""
        with open(f"{self._folder}/{block.key}.jsonl", "rb", buffering=0) as file:
            file.seek(block.places[row])
            return file.read(block.places[row + 1] - block.places[row])[:-1]

    def line(self, block: RunBlock, name: str) -> Line:
        """A run of a block."""
        row = block.names.index(name)
        return Line(block.ages[row], block.files_of(row), self.summary(block, row))

    def put(self, names: Sequence[str], lines: Sequence[Line]) -> RunBlock:
        """Note a block. Raises OutputError where that is not possible."""
        packed = _packed([one.age for one in lines], [_FILES.join(one.files) for one in lines])
        sizes, newest, shared = [len(one.summary) + 1 for one in lines], lines[0].age, self._shared(names, lines)
        head = _head([list(names), sizes, newest, shared, len(packed), crc32(packed)]) + b"\n"
        data = b"".join([head, packed, *(one.summary + b"\n" for one in lines)])
        key = blake2b(data, digest_size=12).hexdigest()
        self.write(name := f"{key}.jsonl", data)
        places = _places(len(head) + len(packed), sizes)
        return RunBlock(key, Names.of(names), places, newest, shared, f"{self._folder}/{name}", len(head))

    def _shared(self, names: Sequence[str], lines: Sequence[Line]) -> list[str]:
        """The files that are not named for their run."""
        own = [self._runs + layout.site_segment(name) for name in names]
        pairs = zip(own, lines, strict=True)
        return sorted({path for stem, line in pairs for path in line.files if not path.startswith(stem)})

    def part(self, key: str, made: str, kind: str = PART) -> Kept | None:
        """What was made of a block; None where it is missing, torn, or was made of something else as well."""
        line = made.encode() + b"\n"
        path = f"{self._folder}/{key}.{kind}"
        with suppress(OSError, ValueError), open_file(path, 0) as file:
            head = file.read(len(line) + 2 * _DIGITS)
            first, rest = int(head[len(line) : -_DIGITS], 16), int(head[-_DIGITS:], 16)
            data = file.read(first) if head.startswith(line) else b""
            if len(data) == first and os.fstat(file.fileno()).st_size == len(head) + first + rest:
                return Kept(data, path, len(head) + first)
        return None

    def put_part(self, key: str, made: str, data: bytes, rest: bytes, kind: str = PART) -> Kept:
        """Keep what was made of a block, and of what ``made`` stands for. Raises OutputError where it is not possible.

        The ``rest`` is read only where it is asked for.
        """
        head = made.encode() + b"\n" + b"%0*x%0*x" % (_DIGITS, len(data), _DIGITS, len(rest))
        self.write(f"{key}.{kind}", head + data + rest)
        return Kept(data, f"{self._folder}/{key}.{kind}", len(head) + len(data))

    def write(self, name: str, data: bytes) -> None:
        """Write a file that nothing refers to yet."""
        with output_error(f"{self._folder}/{name}"):
            os.makedirs(self._folder, exist_ok=True)
            Path(self._folder, name).write_bytes(data)

    def keep(self, keys: Collection[str]) -> None:
        """Remove all other blocks."""
        with suppress(FileNotFoundError):
            for name in os.listdir(self._folder):
                if _OWN.fullmatch(name) and name.partition(".")[0] not in keys:
                    os.unlink(f"{self._folder}/{name}")
            if not keys:
                os.rmdir(self._folder)


def _places(start: int, sizes: Sequence[int]) -> array[int]:
    return array("Q", accumulate(sizes, initial=start))


def placed(blocks: Sequence[RunBlock]) -> dict[str, RunBlock]:
    """The block of each run."""
    known: dict[str, RunBlock] = {}
    for block in blocks:  # A dictionary of pairs takes six times as long for a million runs.
        known.update(dict.fromkeys(block.names, block))
    return known


def arranged(
    store: RunBlocks, before: Sequence[RunBlock], there: AbstractSet[str], new: Mapping[str, SomeLine],
    known: Mapping[str, RunBlock] | None = None,
) -> list[RunBlock]:  # fmt: skip
    """The blocks of the runs that are ``there``, newest first, some of them with a new line; others are left out.

    ``known`` is what ``placed`` gives of the blocks ``before``.
    """
    known = placed(before) if known is None else known
    blocks = {block.names[0]: block for block in before}
    found = []
    read = _Reader(store)
    for names in _names(before, known, there, new):
        block = blocks.get(names[0])
        if block is not None and block.names == names and new.keys().isdisjoint(names):
            found.append(block)
        else:
            lines = [new[name].read() if name in new else read.of(known[name], name) for name in names]
            found.append(store.put(names, lines))
    return found[::-1]


def _names(
    before: Sequence[RunBlock], known: Mapping[str, RunBlock], there: AbstractSet[str], new: Mapping[str, SomeLine]
) -> Iterator[Sequence[str]]:
    """The names of the runs of each block, the oldest one first: as they were, up to where a run comes, goes or moves.

    A block ends by what it has itself, so that those before it have no part in where it does.
    """
    oldest_first = before[::-1]
    moved = [name for name, line in new.items() if name not in known or _age(known, name) != line.age]
    touched = {known[name].key for name in [*(known.keys() - there), *moved] if name in known}
    same = next((at for at, block in enumerate(oldest_first) if block.key in touched), len(before))
    if moved:
        newest = [block.newest for block in oldest_first]
        same = min(same, bisect_left(newest, min(new[name].age for name in moved)), max(len(before) - 1, 0))
    yield from (block.names for block in oldest_first[:same])
    rest = before[: len(before) - same]
    ages = {name: age for block in rest for name, age in zip(block.names, block.ages, strict=True) if name in there}
    ages.update((name, new[name].age) for name in moved)
    order = _by_age(ages, rest)
    for start, end in cut(order):
        yield order[start:end][::-1]


def _age(known: Mapping[str, RunBlock], name: str) -> Age:
    return known[name].ages[known[name].names.index(name)]


def _by_age(ages: Mapping[str, Age], before: Sequence[RunBlock]) -> list[str]:
    """Runs from the oldest, of one age from the last name: mostly in the order of the blocks that they were in."""
    known = dict.fromkeys(name for block in reversed(before) for name in reversed(block.names) if name in ages)
    order = sorted({**known, **dict.fromkeys(ages)} if known else ages, key=ages.__getitem__)
    return [name for _, same in groupby(order, ages.__getitem__) for name in sorted(same, reverse=True)]


def differing(store: RunBlocks, blocks: Sequence[RunBlock], lines: Mapping[str, SomeLine]) -> dict[str, SomeLine]:
    """Those of the lines whose summaries the blocks do not have."""
    known = {name: block for name, block in placed(blocks).items() if name in lines}
    read = _Reader(store)
    return {
        name: line
        for name, line in lines.items()
        if name not in known or read.of(known[name], name).summary != line.read().summary
    }


class _Reader:
    """Lines of blocks, each of which is read once."""

    def __init__(self, store: RunBlocks) -> None:
        self._store = store
        self._lines: dict[str, list[bytes]] = {}

    def of(self, block: RunBlock, name: str) -> Line:
        row = block.names.index(name)
        if block.key not in self._lines:
            self._lines[block.key] = self._store.lines(block)
        return Line(block.ages[row], block.files_of(row), self._lines[block.key][row])


def dump(value: object) -> bytes:
    """JSON for ``load``, with a blank in front of what only Python's own json reads back."""
    with suppress(TypeError, ValueError):  # Integers of many digits, and lone surrogates.
        data = orjson.dumps(value)
        if orjson.loads(data) == value:  # Neither nan nor infinities.
            return bytes(memoryview(data))  # A copy, since orjson leaves the rest of its buffer at the end of it.
    return b" " + json.dumps(value, separators=(",", ":")).encode()


def _head(value: object) -> bytes:
    """The same of what has no nan and no infinities."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return b" " + json.dumps(value, separators=(",", ":")).encode()


def load(data: bytes) -> Any:
    """What ``dump`` gave. Raises ValueError if it is damaged."""
    return json.loads(data) if data.startswith(b" ") else orjson.loads(data)
