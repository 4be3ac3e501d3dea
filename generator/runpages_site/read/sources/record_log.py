"""Reads the record logs of Weights & Biases and SwanLab: blocks of a fixed size, over which a record may go in parts.

The framing is that of the logs of LevelDB, with the CRC-32 of zlib over the type and the content of each part.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from runpages.format.files import open_file, unreadable
from runpages.format.records import Problem

from .record import is_growing

HEADER = b":W&B\xe1\xbe"
"""What a log of Weights & Biases begins with; a byte with the version follows."""


class Kind(NamedTuple):
    """Whose log it is: the tool, what the log begins with, and the versions of it that are known."""

    tool: str
    header: bytes
    versions: tuple[int, ...]


WEIGHTS_AND_BIASES = Kind("Weights & Biases", HEADER, (0,))
SWANLAB = Kind("SwanLab", b":SWL\xd6\xe1", (1, 2))

LARGEST = 64 << 20
"""Bytes of a record up to which it is read."""

SHOWN = 5
"""Damaged places of a file that are each reported."""

_BLOCK = 32_768
_PART = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_LFS = b"version https://git-lfs"


def read_log(
    path: str, take: Callable[[bytes, int | None], None], problems: list[Problem], now: float,
    kind: Kind = WEIGHTS_AND_BIASES,
) -> tuple[float, int | None]:  # fmt: skip
    """Give each record of a log to ``take``, with the version of the log; what raises ValueError there is damaged.

    Returns when the log was written last, 0 where there is none, and its version, None where that is not known.
    """
    name = os.path.basename(path)
    try:
        with open_file(path) as file:
            newest = os.fstat(file.fileno()).st_mtime
            log = RecordLog(file, name, problems, kind=kind, growing=is_growing(newest, now))
            for at, one in enumerate(log.records(), 1):
                try:
                    take(one, log.version)
                except ValueError as error:
                    problems.append(Problem(name, None, f"Record {at:,} is damaged: {error}", "Record skipped"))
            return newest, log.version
    except FileNotFoundError:
        return 0.0, None
    except OSError as error:
        problems.append(unreadable(name, error))
        return 0.0, None


class RecordLog:
    """A record log, of which ``name`` is reported; one that is ``growing`` may end within a record."""

    def __init__(
        self, file: BinaryIO, name: str, problems: list[Problem], *, kind: Kind = WEIGHTS_AND_BIASES,
        growing: bool = False,
    ) -> None:  # fmt: skip
        self._file = file
        self._name = name
        self._problems = problems
        self._kind = kind
        self._growing = growing
        self.version: int | None = None
        """The version of the log, once its first record was read; None where it is not known."""
        self._bad = 0
        self._parts: list[bytes] = []

    def records(self) -> Iterator[bytes]:
        """The records that are whole, one after the other; what is damaged is reported and skipped."""
        start = self._file.read(_PART.size)
        if not self._is_known(start):
            return
        offset = 0
        block = start + self._file.read(_BLOCK - len(start))
        while block:
            yield from self._records(block, len(start) if offset == 0 else 0, offset)
            offset += len(block)
            block = self._file.read(_BLOCK)
        if self._parts and not self._growing:
            self._damage(offset, "the file ends within it")
        if self._bad > SHOWN:
            more = f"{self._bad - SHOWN:,} more places are damaged"
            self._problems.append(Problem(self._name, None, more, "Records skipped"))

    def _is_known(self, start: bytes) -> bool:
        """Whether a log begins with its header; what else it is, is reported."""
        tool, header, versions = self._kind
        is_log = start[: len(header)] == header and len(start) == _PART.size
        if is_log and start[-1] in versions:
            self.version = start[-1]
            return True
        why, what = f"It is no record log of {tool}", "Not read"
        if header.startswith(start[: len(header)]) and not is_log:
            why = "The file ends within its header"
        elif is_log:
            why = f"It is a record log of {tool} of version {start[-1]}, which is not known. Update runpages"
        elif _LFS.startswith(start):
            why, what = "It is a pointer of Git LFS. Run git lfs pull", "No metrics read"
        if start:
            self._problems.append(Problem(self._name, None, why, what))
        return False

    def _records(self, block: bytes, at: int, offset: int) -> Iterator[bytes]:
        """The records that end in a block."""
        while at + _PART.size <= len(block):
            crc, size, kind = _PART.unpack_from(block, at)
            end = at + _PART.size + size
            if end > len(block):
                # What the last block lacks is still to be written, or was cut off.
                if len(block) == _BLOCK:
                    self._damage(offset + at, "it ends behind its block")
                elif not self._growing:
                    self._damage(offset + at, "the file ends within it")
                self._parts.clear()
                return
            content = block[at + _PART.size : end]
            if zlib.crc32(block[at + 6 : end]) != crc or not _FULL <= kind <= _LAST:
                self._damage(offset + at, "its checksum differs")  # Nor can its length be trusted.
                self._parts.clear()
                return
            if self._is_next(kind, offset + at):
                self._parts.append(content)
                if kind in (_FULL, _LAST):
                    whole = b"".join(self._parts)
                    self._parts.clear()
                    yield whole
            at = end
        if at < len(block) < _BLOCK and not self._growing:
            self._damage(offset + at, "the file ends within it")
            self._parts.clear()

    def _is_next(self, kind: int, at: int) -> bool:
        """Whether a part goes on with what was read, or begins a record; what misses its other parts is dropped."""
        if kind in (_FULL, _FIRST):
            if self._parts:
                self._damage(at, "the record before it has no end")
                self._parts.clear()
            return True
        if self._parts and sum(map(len, self._parts)) > LARGEST:
            self._damage(at, "it is too large to be read")
            self._parts.clear()
        return bool(self._parts)  # The beginning of another was reported.

    def _damage(self, at: int, why: str) -> None:
        self._bad += 1
        if self._bad <= SHOWN:
            where = f"The record at byte {at:,} is damaged: {why}"
            self._problems.append(Problem(self._name, None, where, "Record skipped"))
