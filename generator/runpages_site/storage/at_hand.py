"""Files of a run in storage, made of what the site on this machine has of them, so that only the rest is fetched.

A copy is taken only if storage names the content of its file by MD5, as S3 does by the ETag, and the made file has it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import md5
from typing import BinaryIO

from runpages.format.pieces import piece_of

from ..stamp import Listed

LONG = 1 << 20
"""Bytes from which on the rest of a file that grew is fetched alone; a request for a shorter one costs the same."""

MOST = 1 << 26
"""Most bytes of such a rest, which is held in memory."""

_PARTS = tuple(size << 20 for size in (5, 8, 15, 16, 50, 64, 100))
"""Sizes of the parts in which clients put large files; the ETag is made of the MD5 of each, and their number."""

_TAG = re.compile(r"[0-9a-f]{32}(?:-([0-9]{1,5}))?")
_BLOCK = 1 << 20


def is_content(tag: str, file: BinaryIO) -> bool:
    """Whether a file has the content that a tag names; False also where that cannot be found out."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return False
    size = file.seek(0, os.SEEK_END)
    if found[1] is None:
        return _md5(file, 0, size).hex() == tag
    return any(_etag(file, size, part) == tag for part in _PARTS if -(-size // part) == int(found[1]))


def _etag(file: BinaryIO, size: int, part: int) -> str:
    digests = [_md5(file, start, part) for start in range(0, size, part)]
    return f"{md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def _md5(file: BinaryIO, start: int, size: int) -> bytes:
    digest = md5(usedforsecurity=False)
    file.seek(start)
    while size > 0 and (data := file.read(min(size, _BLOCK))):
        digest.update(data)
        size -= len(data)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class AtHand:
    """The ``folder`` of a site with the files of a run, as the last build published them."""

    folder: str

    def make(self, file: Listed, place: str, rest: Callable[[int], bytes]) -> bool:
        """Make a file of the run at a place; ``rest`` gives its bytes from one on. False where it has to be fetched."""
        if _TAG.fullmatch(file.tag) is None:
            return False
        piece = piece_of(file.path)
        with suppress(OSError), open(os.path.join(self.folder, piece.whole if piece else file.path), "rb") as copy:
            there = copy.seek(0, os.SEEK_END)
            if piece:  # It may have the first line of the file before its bytes.
                stretches = [(0, file.size - (piece.end - piece.start)), (piece.start, piece.end)]
                missing = piece.end - there
            else:
                stretches, missing = [(0, file.size)], file.size - there
            if missing > 0 and (piece or not _is_worth_it(missing, file.size)):
                return False
            with open(place, "w+b") as made:
                for start, end in stretches:
                    _copy(copy, made, start, end)
                if missing > 0:
                    made.write(rest(there))
                return is_content(file.tag, made)
        return False


def _is_worth_it(missing: int, size: int) -> bool:
    return size >= LONG and missing <= min(size // 2, MOST)


def _copy(source: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    source.seek(start)
    while start < end and (data := source.read(min(end - start, _BLOCK))):
        target.write(data)
        start += len(data)
