"""The summaries of an experiment's runs as the builds note them, in blocks: a change writes those that it meets.

Blocks are cut by the names of the runs, in the order of their age, so that equal runs make equal blocks whatever
happened before; a file is named for what it has, and is not written again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from hashlib import blake2b
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from runpages.format import layout
from runpages.format.files import open_file, read_file

from .site_folder import NOTES
from .writer import output_error

LEAST, MEAN, MOST = 64, 64, 256
"""Runs of a block: at least, the mean of what comes on top, and at most."""

Age = list[Any]


_OWN = re.compile(r"[0-9a-f]{24}\.(jsonl|part)")
"""The name of a file of a block: what else lies in the folder is not ours to remove."""

_DIGITS = 8
"""Of the sizes in a part, in hexadecimal."""

_FILES, _RUNS = "//", "///"
"""Between paths, of which none has two slashes, and between those of runs: a text is read faster than lists."""


class RunBlock(NamedTuple):
    """Some runs, newest first: their folders in the workspace, ages, and files in the site; ``key`` names the block.

    ``places`` has where the line of each begins in the file of the block, and where the last one ends.
    """

    key: str
    names: Sequence[str]
    ages: Sequence[Age]
    paths: str
    places: Sequence[int]

    @property
    def files(self) -> list[str]:
        """The files of all runs in the site."""
        return self.paths.replace(_RUNS, _FILES).split(_FILES)

    def has(self, path: str) -> bool:
        """Whether it is a file of one of the runs."""
        return path in self.paths and path in self.files  # A text is looked through faster than it is cut.

    def files_of(self, row: int) -> list[str]:
        """The files of one."""
        return self.paths.split(_RUNS)[row].split(_FILES)


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
        name = "all-runs" if experiment is None else f"runs/{layout.site_segment(experiment)}"
        self._folder = f"{site}/{NOTES}/{name}"

    def read(self, keys: Iterable[str]) -> list[RunBlock]:
        """The blocks of the last build, but those that are damaged."""
        found = []
        for key in keys:
            with (
                suppress(OSError, ValueError, TypeError, RecursionError),
                open(f"{self._folder}/{key}.jsonl", "rb", buffering=1 << 16) as file,
            ):
                head = file.readline()
                names, ages, paths, sizes = load(head)
                places = [*accumulate(sizes, initial=len(head))]
                if os.fstat(file.fileno()).st_size == places[-1] and isinstance(paths, str):
                    found.append(RunBlock(key, names, ages, paths, places))
        return found

    def lines(self, block: RunBlock) -> list[bytes]:
        """The summaries of a block, as they were noted."""
        return read_file(f"{self._folder}/{block.key}.jsonl").split(b"\n")[1:-1]

    def summary(self, block: RunBlock, row: int) -> bytes:
        """The summary of one run: mostly few are asked for, and those of all are a hundred times as long."""
        with open(f"{self._folder}/{block.key}.jsonl", "rb", buffering=0) as file:
            file.seek(block.places[row])
            return file.read(block.places[row + 1] - block.places[row])[:-1]

    def line(self, block: RunBlock, row: int) -> Line:
        """A run of a block."""
        return Line(block.ages[row], block.files_of(row), self.summary(block, row))

    def put(self, names: Sequence[str], lines: Sequence[Line]) -> RunBlock:
        """Note a block. Raises OutputError where that is not possible."""
        ages, paths = [one.age for one in lines], _RUNS.join(_FILES.join(one.files) for one in lines)
        sizes = [len(one.summary) + 1 for one in lines]
        head = _head([list(names), ages, paths, sizes]) + b"\n"
        data = b"".join([head, *(one.summary + b"\n" for one in lines)])
        key = blake2b(data, digest_size=12).hexdigest()
        self.write(f"{key}.jsonl", data)
        return RunBlock(key, names, ages, paths, [*accumulate(sizes, initial=len(head))])

    def part(self, key: str, made: str) -> Kept | None:
        """What was made of a block; None where it is missing, torn, or was made of something else as well."""
        line = made.encode() + b"\n"
        path = f"{self._folder}/{key}.part"
        with suppress(OSError, ValueError), open_file(path, 0) as file:
            head = file.read(len(line) + 2 * _DIGITS)
            first, rest = int(head[len(line) : -_DIGITS], 16), int(head[-_DIGITS:], 16)
            data = file.read(first) if head.startswith(line) else b""
            if len(data) == first and os.fstat(file.fileno()).st_size == len(head) + first + rest:
                return Kept(data, path, len(head) + first)
        return None

    def put_part(self, key: str, made: str, data: bytes, rest: bytes) -> Kept:
        """Keep what was made of a block, and of what ``made`` stands for. Raises OutputError where it is not possible.

        The ``rest`` is read only where it is asked for.
        """
        head = made.encode() + b"\n" + b"%0*x%0*x" % (_DIGITS, len(data), _DIGITS, len(rest))
        self.write(f"{key}.part", head + data + rest)
        return Kept(data, f"{self._folder}/{key}.part", len(head) + len(data))

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


Places = Mapping[str, tuple[RunBlock, int]]


def placed(blocks: Sequence[RunBlock]) -> dict[str, tuple[RunBlock, int]]:
    """The block of each run, and its row there."""
    return {name: (block, row) for block in blocks for row, name in enumerate(block.names)}


def arranged(
    store: RunBlocks, before: Sequence[RunBlock], there: AbstractSet[str], new: Mapping[str, Line],
    known: Places | None = None,
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
            found.append(store.put(names, [new[name] if name in new else read.line(*known[name]) for name in names]))
    return found[::-1]


def _names(
    before: Sequence[RunBlock], known: Places, there: AbstractSet[str], new: Mapping[str, Line]
) -> Iterator[Sequence[str]]:
    """The names of the runs of each block, the oldest one first: as they were, where no run comes, goes or moves."""
    if known.keys() == there and all(name in known and _age(known, name) == one.age for name, one in new.items()):
        yield from (block.names for block in reversed(before))
        return
    ages = {name: block.ages[row] for name, (block, row) in known.items() if name in there}
    order = _by_age({**ages, **{name: line.age for name, line in new.items()}}, before)
    for start, end in cut(order):
        yield order[start:end][::-1]


def _age(known: Places, name: str) -> Age:
    block, row = known[name]
    return block.ages[row]


def _by_age(ages: Mapping[str, Age], before: Sequence[RunBlock]) -> list[str]:
    """Runs from the oldest, of one age from the last name: mostly in the order of the blocks that they were in."""
    known = dict.fromkeys(name for block in reversed(before) for name in reversed(block.names) if name in ages)
    order = sorted({**known, **dict.fromkeys(ages)}, key=ages.__getitem__)
    return [name for _, same in groupby(order, ages.__getitem__) for name in sorted(same, reverse=True)]


def differing(store: RunBlocks, blocks: Sequence[RunBlock], lines: Mapping[str, Line]) -> dict[str, Line]:
    """Those of the lines whose summaries the blocks do not have."""
    known = {name: (block, row) for block in blocks for row, name in enumerate(block.names) if name in lines}
    read = _Reader(store)
    return {
        name: line
        for name, line in lines.items()
        if name not in known or read.line(*known[name]).summary != line.summary
    }


class _Reader:
    """Lines of blocks, each of which is read once."""

    def __init__(self, store: RunBlocks) -> None:
        self._store = store
        self._lines: dict[str, list[bytes]] = {}

    def line(self, block: RunBlock, row: int) -> Line:
        if block.key not in self._lines:
            self._lines[block.key] = self._store.lines(block)
        return Line(block.ages[row], block.files_of(row), self._lines[block.key][row])


def dump(value: object) -> bytes:
    """JSON for ``load``, with a blank in front of what only Python's own json reads back."""
    with suppress(TypeError, ValueError):  # Integers of many digits, and lone surrogates.
        data = orjson.dumps(value)
        if orjson.loads(data) == value:  # Neither nan nor infinities.
            return bytes(memoryview(data))  # What orjson gives keeps room for some kilobytes more, and lines are many.
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
