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
from typing import TYPE_CHECKING, Any, BinaryIO

from runpages.format.files import read_file, regular, unreadable
from runpages.format.read import PointFiles
from runpages.format.records import Declaration, Problem, Series
from runpages.format.rows import Block
from runpages.format.stream import START, Position, Stream

from .digest import Digest, series
from .writer import keep

if TYPE_CHECKING:
    from .levels import Pyramids

LONG = 4 << 20
"""Bytes from which on it pays to note what was read of a file."""

_HASHED = 1 << 20

Digests = dict[str, Digest]


def read_points(
    points: PointFiles, problems: list[Problem], memory: Path | None = None, pyramids: Pyramids | None = None
) -> dict[str, Series]:
    """The series of a run, each by step, and thinned where it is long; what could not be read is told.

    ``memory`` is a file for what is known of long files; it is read and written. ``pyramids`` get the points of long
    metrics, unless there are several writers: theirs are in no order before all are read.
    """
    pyramids = pyramids if len(points.files) == 1 else None
    known = _known(memory)
    learned: dict[str, Any] = {}
    digests: list[Digests] = []
    for _, path in points.files:
        try:
            with regular(os.path.join(points.folder, path)) as file:
                digests.append(_read(file, path, points, problems, known.get(path), learned, pyramids))
        except OSError as error:
            problems.append(unreadable(path, error))
    if memory is not None and learned != known:
        _keep(memory, learned)
    return _series(digests, points.declared)


def _series(digests: Sequence[Digests], declared: Mapping[str, Declaration]) -> dict[str, Series]:
    names = dict.fromkeys(name for found in digests for name in found)
    names.update(dict.fromkeys(name for name, said in declared.items() if said.kind == "list"))
    return {
        name: series(name, declared.get(name, Declaration()), [found[name] for found in digests if name in found])
        for name in names
    }


def _read(
    file: BinaryIO,
    path: str,
    points: PointFiles,
    problems: list[Problem],
    known: Any,
    learned: dict[str, Any],
    pyramids: Pyramids | None,
) -> Digests:
    """The digests of a file; what is worth to be known of it the next time goes to ``learned``."""
    long = os.fstat(file.fileno()).st_size >= LONG
    begun = sha256()
    position, digests = START, Digests()
    before = _remembered(known) if long else None
    if (
        before
        and _hash(file, 0, before[1].offset, begun) == before[0]
        and (pyramids is None or pyramids.restore(known.get("pyramids")))
    ):
        _, position, digests = before
    else:
        begun = sha256()
    file.seek(0)
    stream = Stream(file, path, position, growing=points.growing, by_hand=points.by_hand)
    for block in stream:
        _add(block, digests, pyramids)
    if long:
        end = stream.position
        learned[path] = {
            "hash": _hash(file, position.offset, end.offset, begun),
            "position": list(end),
            "digests": {name: digest.state() for name, digest in digests.items()},
            "pyramids": pyramids.state() if pyramids else None,
        }
    _add(stream.tail, digests, pyramids)
    problems += stream.problems
    return digests


def _remembered(known: Any) -> tuple[str, Position, Digests] | None:
    """The hash of what was read of a file, where that ended, and the digests; None where nothing sound is known."""
    try:
        digests = {name: Digest(state) for name, state in known["digests"].items()}
        return known["hash"], Position(*known["position"]), digests
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _add(block: Block, digests: Digests, pyramids: Pyramids | None) -> None:
    for name, columns in block.items():
        digest = digests.get(name)
        if digest is None:
            digest = digests[name] = Digest()
        if pyramids is not None:
            pyramids.add(name, digest, columns)
        digest.add(*columns)


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
