"""Pieces: the parts of a file that grows, where nothing can be appended to a file, as in object storage.

``metrics.piece-1-000000001000-000000002500.csv`` holds the bytes 1000 to 2500 of ``metrics.csv``, in the first
generation of its pieces.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import layout
from .records import Problem

_PIECE = re.compile(r"(?s)(.+)\.piece-([0-9]{1,9})-([0-9]{12,18})-([0-9]{12,18})(\.[^.]*)?")
MARK = ".piece-"
"""What the name of each piece has in it."""

_ENDINGS = {"": (".csv", ".jsonl", ".log", ".out", ".err"), "tables": (".jsonl",), "charts": (".jsonl",)}
"""What a file ends in that may have pieces, by the folder of the run that it is in."""


class Piece(NamedTuple):
    """What the name of a piece says: the path of the whole file, and which bytes of it the piece holds."""

    whole: str
    generation: int
    start: int
    end: int


class Part(NamedTuple):
    """A stretch of a joined file: ``size`` bytes of the file at a path, from ``skip`` on."""

    path: str
    skip: int
    size: int


class Joined(NamedTuple):
    """The files of a folder, each with its size, once pieces are joined; ``parts`` has those that need joining."""

    files: list[tuple[str, int]]
    parts: dict[str, list[Part]]
    problems: list[Problem]


def may_have_pieces(path: str) -> bool:
    """Whether a file of a run, by its path in there, is one that is appended to, and so may have pieces."""
    folder, _, name = path.rpartition("/")
    if MARK in name and _PIECE.fullmatch(name):
        return False
    return path.startswith(f"{layout.LOGS}/") or name.endswith(_ENDINGS.get(folder, ()))


def piece_path(whole: str, generation: int, start: int, end: int) -> str:
    """The path of a piece of a file."""
    stem, extension = os.path.splitext(whole)
    return f"{stem}{MARK}{generation}-{start:012}-{end:012}{extension}"


def piece_of(path: str) -> Piece | None:
    """What the path of a piece says; None for the path of any other file."""
    found = _PIECE.fullmatch(path) if MARK in path else None
    if found is None or not may_have_pieces(whole := found[1] + (found[5] or "")):
        return None
    generation, start, end = map(int, found.group(2, 3, 4))
    return Piece(whole, generation, start, end) if start <= end else None


def join(files: Sequence[tuple[str, int]]) -> Joined:
    """Replace the pieces among some files by the files that they are of; paths are those in the run."""
    if not any(MARK in path for path, _ in files):
        return Joined(list(files), {}, [])
    pieces: dict[str, list[tuple[Piece, str, int]]] = {}
    sizes: dict[str, int] = {}
    for path, size in files:
        if (piece := piece_of(path)) is None:
            sizes[path] = size
        else:
            pieces.setdefault(piece.whole, []).append((piece, path, size))
    joined = Joined([], {}, [])
    for whole, found in pieces.items():
        parts, missing = parts_of(whole, sizes.get(whole), found)
        if missing is not None:
            why = f"The bytes {missing[0]:,} to {missing[1]:,} are missing: no piece holds them"
            joined.problems.append(Problem(whole, None, why, "Rest of the file not read"))
        if [part.path for part in parts] != [whole]:
            joined.parts[whole] = parts
            sizes[whole] = sum(part.size for part in parts)
    joined.files.extend(sorted(sizes.items()))
    return joined


def parts_of(
    whole: str, size: int | None, pieces: Iterable[tuple[Piece, str, int]]
) -> tuple[list[Part], tuple[int, int] | None]:
    """The stretches that make a file, in order, and the first bytes that are missing before others.

    ``size`` is that of the file under its own name, None if there is none; each piece comes with its path and size.
    Pieces of the greatest generation count. From the beginning on, the file goes on with what reaches furthest. A
    piece may have a copy of the first line of the file before its bytes.
    """
    pieces = list(pieces)
    latest = max((piece.generation for piece, _, _ in pieces), default=0)
    held = [
        _Held(piece.start, piece.end, path, size - (piece.end - piece.start))
        for piece, path, size in pieces
        if piece.generation == latest and size >= piece.end - piece.start
    ]
    held += [] if size is None else [_Held(0, size, whole, 0)]
    parts: list[Part] = []
    place, best = 0, _Held(0, 0, whole, 0)
    for one in sorted(held):
        if one.start > place and best.end > place:
            parts.append(best.part(place))
            place = best.end
        if one.start > place:
            return parts, (place, one.start)
        best = max(best, one, key=lambda held: held.end)
    return [*parts, *([best.part(place)] if best.end > place else [])], None


class _Held(NamedTuple):
    """Which bytes of a whole file are in a file, and how many bytes precede them there."""

    start: int
    end: int
    path: str
    before: int

    def part(self, start: int) -> Part:
        """What the file has from a byte of the whole one on."""
        return Part(self.path, self.before + start - self.start, self.end - start)


def has_pieces(paths: Iterable[str]) -> bool:
    """Whether pieces are among the paths of a run's files."""
    return any(MARK in path and piece_of(path) is not None for path in paths)
