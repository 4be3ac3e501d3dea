"""The pictures and media that no list names: which are one series, in which order and at which steps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from . import layout
from .records import Medium

_SAID = re.compile(r"(?i)(?<![a-z])(?:global_step|step|iteration|iter|it|epoch|ep|frame)[ _=-]*(\d+)(?![\d.])")
_LAST = re.compile(r"(.*?)[ _=-]*(?<![\d.])(\d+)")
_DIGITS = re.compile(r"(\d+)")


class _Part(NamedTuple):
    """A file by its name: its path, the folder that it is in, the word that it shares with others, and its step."""

    path: str
    inner: str
    stem: str
    word: str
    step: float | int | None
    is_said: bool
    """Whether the name says that the number is a step; else it takes another file of that word to say so."""


def unlisted(folder: str, paths: Iterable[str]) -> list[Medium]:
    """Files below a ``folder`` of the run, or in the run's own where that is empty, as series by step.

    A file in a folder is of the name of that folder, ``<folder>/<word>`` where two of them have one step. All others
    are of their own word: ``epoch_003.png`` is ``epoch`` at step 3, and ``img2.png`` comes before ``img10.png``.
    """
    parts = [_part(path, path.removeprefix(f"{folder}/")) for path in sorted(paths, key=natural)]
    of_word: dict[tuple[str, str], int] = {}
    at_step: dict[tuple[str, float | int | None], int] = {}
    for part in parts:
        of_word[part.inner, part.word] = of_word.get((part.inner, part.word), 0) + 1
        at_step[part.inner, part.step] = at_step.get((part.inner, part.step), 0) + 1
    crowded = {inner for (inner, step), count in at_step.items() if step is not None and count > 1}
    found: dict[str, list[Medium]] = {}
    for part in parts:
        is_step = part.is_said or of_word[part.inner, part.word] > 1
        word = part.word if is_step else part.stem
        split = part.inner in crowded and is_step and word
        name = f"{part.inner}/{word}" if split else part.inner or word or part.stem
        series = found.setdefault(name, [])
        step = part.step if is_step and part.step is not None else len(series)
        series.append(Medium(name, step, None, part.path))
    return [medium for series in found.values() for medium in sorted(series, key=lambda medium: medium.step)]


def natural(path: str) -> list[list[tuple[int, int, str]]]:
    """A key by which ``img2`` comes before ``img10``, folder by folder."""
    return [
        [(0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in _DIGITS.split(part)]
        for part in path.split("/")
    ]


def _part(path: str, file: str) -> _Part:
    inner, _, name = file.rpartition("/")
    stem = name.rpartition(".")[0] or name
    inner = layout.name_of(inner) or inner
    number = _number(stem)
    if number is not None:
        return _Part(path, inner, stem, "", number, is_said=True)
    if (said := _SAID.search(stem)) is not None:
        word = f"{stem[: said.start()]} {stem[said.end() :]}".strip(" _=-.")
        return _Part(path, inner, stem, word or said[0].rstrip("0123456789 _=-"), int(said[1]), is_said=True)
    if (last := _LAST.fullmatch(stem)) is not None:
        return _Part(path, inner, stem, last[1], int(last[2]), is_said=False)
    return _Part(path, inner, stem, stem, None, is_said=False)


def _number(stem: str) -> float | int | None:
    """The number that a name is, as far as a float holds it."""
    for read in (int, float):
        try:
            return number if abs(number := read(stem)) < 1e300 else None
        except (ValueError, OverflowError):
            continue
    return None
