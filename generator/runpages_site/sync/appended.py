"""What is sent of a file that grows: what is new of it, as a piece of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import BinaryIO, NamedTuple

from runpages.format.pieces import piece_path

from .sent import Sent
from .units import LocalFile

SMALL = 1 << 14
"""Up to so many bytes a file is sent whole again: a piece would be a request as well, and one more to read."""

LARGEST = 1 << 24
"""Most bytes of an object that is sent from memory."""

TAIL = 1024
"""How many bytes are compared to see that a file was appended to."""

_MEGABYTE = 1 << 20
_LONGEST_HEAD = 4096


class Step(NamedTuple):
    """An object to be written: the bytes of a local file from ``start`` to ``end``, with ``head`` before them."""

    file: LocalFile
    place: str
    """The path of the object, from that of the workspace."""
    start: int
    end: int
    sent: Sent
    """What the bucket has of the file afterwards."""
    head: bytes = b""
    data: bytes | None = None
    """The content, if it was read before."""

    @property
    def size(self) -> int:
        """The bytes of the object."""
        return len(self.data) if self.data is not None else len(self.head) + self.end - self.start


def is_due(new: int, size: int) -> bool:
    """Whether so many ``new`` bytes are worth a request after ``size`` bytes: the pieces of a long run stay few."""
    return new >= max(min(size // 8, max(_MEGABYTE, size // 100)), 1)


def tail(file: BinaryIO, end: int) -> str:
    """The hash of the bytes before a place of a file."""
    file.seek(max(end - TAIL, 0))
    return blake2b(file.read(min(end, TAIL)), digest_size=8).hexdigest()


def whole_lines(file: BinaryIO, start: int, end: int) -> int:
    """Where the last whole line ends between two places of a file; ``start`` if none does."""
    while end > start:
        begin = max(start, end - (1 << 16))
        file.seek(begin)
        if (at := file.read(end - begin).rfind(b"\n")) >= 0:
            return begin + at + 1
        end = begin
    return start


def steps(file: LocalFile, source: BinaryIO, sent: Sent | None, *, ended: bool) -> Iterator[Step]:
    """What to send of a file; while its run goes on, whole lines only."""
    grown = sent is not None and file.size >= sent.size and tail(source, sent.size) == sent.tail
    start = sent.size if sent is not None and grown else 0
    end = file.size if ended else whole_lines(source, start, file.size)
    if sent is None or not grown:
        generation = sent.generation if sent else 0
        if sent is not None and sent.base < sent.size:
            # An empty piece of a new generation makes the pieces of the last one count no more.
            generation += 1
            place = piece_path(file.path, generation, 0, 0)
            yield Step(file, place, 0, 0, Sent(0, 0, 0, generation, "anew"), data=b"")
        if sent is not None or end or ended:
            yield from _base(file, source, end, generation, ended=ended)
    elif end == sent.size:
        if sent.time != file.time:  # Nothing else is new.
            yield Step(file, "", end, end, sent._replace(time=file.time))
    elif sent.base == sent.size and end <= SMALL:
        yield from _base(file, source, end, sent.generation, ended=ended)
    else:
        yield from _pieces(file, source, sent, end)


def _base(file: LocalFile, source: BinaryIO, end: int, generation: int, *, ended: bool) -> Iterator[Step]:
    """The file under its own name; of a very large one that may still grow, the beginning, and the rest in pieces."""
    first = end if ended or end <= LARGEST else whole_lines(source, 0, LARGEST) or LARGEST
    sent = Sent(first, file.time, first, generation, tail(source, first))
    yield Step(file, file.path, 0, first, sent)
    if first < end:
        yield from _pieces(file, source, sent, end)


def _pieces(file: LocalFile, source: BinaryIO, sent: Sent, end: int) -> Iterator[Step]:
    head = _head(source) if file.path.endswith(".csv") else b""
    generation = max(sent.generation, 1)
    start = sent.size
    while start < end:
        stop = end if end - start <= LARGEST else whole_lines(source, start, start + LARGEST)
        stop = stop if stop > start else start + LARGEST
        after = Sent(stop, file.time, sent.base, generation, tail(source, stop))
        place = piece_path(file.path, generation, start, stop)
        yield Step(file, place, start, stop, after, head)
        start = stop


def _head(source: BinaryIO) -> bytes:
    """The first line of a file, which each piece of a table has; none of a file that has no reasonable one."""
    source.seek(0)
    line = source.readline(_LONGEST_HEAD)
    return line if line.endswith(b"\n") else b""
