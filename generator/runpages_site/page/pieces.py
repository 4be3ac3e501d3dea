"""The values of a column for some runs as JSON, and what is said of the column without reading them again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

import orjson

from .. import select, text
from ..logged import MISSING, Number
from ..model import RunSummary
from .components import NONE, began, status
from .data_scripts import json_value
from .items import items_of, read_items

NUMBERS, WORDS = "numbers", "words"

_WHOLE = 2**53
"""Greatest integer up to which a browser has each exactly."""


class Piece(NamedTuple):
    """The values of a column for a block of runs, newest first, without the ``data``."""

    type: str
    """``numbers``, where the data are these with commas; ``words``, where it has each text, and their places."""
    present: int
    """How many runs have a value."""
    first: object
    """That of the newest run."""
    same: bool
    """Whether all runs have it."""
    logged: tuple[str, ...] = ()
    """Of a parameter: type and value as logged of the first run, and one that differs."""
    floats: bool = False
    """Of a parameter: whether no number is an integer."""


class Data(NamedTuple):
    """A piece with its data."""

    piece: Piece
    data: bytes


def of_numbers(values: Sequence[Number | str | None]) -> Data:
    """Numbers; what is not finite is spelled, and a missing one is None."""
    found = _spelled(values)
    first = found[0]
    return Data(
        Piece(NUMBERS, len(found) - found.count(None), first, found.count(first) == len(found)), items_of(found)
    )


def of_texts(texts: Sequence[str | None]) -> Data:
    """Texts: each once, and for every run the place of its text, -1 where it has none."""
    words, places = with_places(texts)
    count, first = len(places) - places.count(-1), places[0]
    same = places.count(first) == len(places)
    # What orjson gives itself keeps the rest of its buffer, which is longer than most of these.
    data = b"[%s]" % items_of([words, places])
    return Data(Piece(WORDS, count, words[first] if first >= 0 else None, same), data)


def of_param(values: Sequence[object]) -> Data:
    """A parameter, ``MISSING`` where a run has none: numbers where it is one in each run that has it, else texts."""
    types = set(map(type, values))
    if types <= _NUMBERS and all(type(one) is not int or abs(one) <= _WHOLE for one in values):
        piece, data = of_numbers([None if one is MISSING else one for one in values])  # type: ignore[misc]
        piece = piece._replace(floats=int not in types)
    else:
        piece, data = of_texts([None if one is MISSING else text.compact(one) for one in values])
    first = _exactly(values[0])
    is_plain = type(values[0]) in (str, int, bool)
    others = (one for one in values if not (is_plain and type(one) is type(values[0]) and one == values[0]))
    other = next((word for one in others if (word := _exactly(one)) != first), None)
    return Data(piece._replace(logged=(first,) if other is None else (first, other)), data)


_NUMBERS = frozenset({int, float, type(MISSING)})


def _exactly(value: object) -> str:
    return "" if value is MISSING else f"{type(value).__name__} {text.visible(text.compact(value))}"


def _spelled(values: Sequence[Number | str | None]) -> list[Number | str | None]:
    """Numbers as JSON has them; a text is none."""
    if str not in set(map(type, values)) and math.isfinite(sum(filter(None, values))):  # type: ignore[arg-type]
        return list(values)  # The usual case, at a tenth of the time.
    return [None if isinstance(value, str) else json_value(value) for value in values]


def with_places(texts: Sequence[str | None]) -> tuple[list[str], list[int]]:
    """Each text once, and the place of each; -1 for None."""
    known: dict[str | None, int] = {}
    places = [-1 if one is None else known.setdefault(one, len(known)) for one in texts]
    return [text.visible(word or "") for word in known], places


class Source(NamedTuple):
    """The values of a column for all runs: a piece for each block of runs, None for one without values."""

    type: str
    parts: Sequence[tuple[Data | None, int]]
    """Each with how many runs it is of."""

    def part(self, blocks: slice) -> Source:
        """The values of some blocks."""
        return Source(self.type, self.parts[blocks])

    @property
    def size(self) -> int:
        """About how many bytes the values have as JSON."""
        return sum(len(one.data) if one else 3 * rows for one, rows in self.parts)

    @property
    def pieces(self) -> list[Piece | None]:
        """The pieces without their data, block by block."""
        return [one.piece if one else None for one, _ in self.parts]

    def key(self) -> bytes:
        """A hash of the values."""
        return sha256(
            b"\0".join([self.type.encode(), *(one.data if one else b"%d" % n for one, n in self.parts)])
        ).digest()

    def together(self) -> Data:
        """A piece for all runs, as it is one for those of a block."""
        known = self.pieces
        first = known[0].first if known[0] else None
        is_same, as_logged = not varies(known), tuple(dict.fromkeys(logged_values(known)))[:2]
        if not any(one and one.logged for one in known):
            as_logged = ()
        floats = self.type == NUMBERS and all(one.floats for one in known if one)
        piece = Piece(self.type, count(known), first, is_same, as_logged, floats)
        return Data(piece, self._items() if self.type == NUMBERS else orjson.dumps(self.distinct()))

    def encoded(self) -> bytes:
        """The values as browsers read them, as JSON."""
        if self.type == NUMBERS:
            return b'{"numbers":[%s]}' % self._items()
        words, places = self.distinct()
        return orjson.dumps({"words": words, "places": places})

    def numbers(self) -> list[Number | str | None]:
        """The numbers as JSON has them."""
        return read_items(self._items())

    def _items(self) -> bytes:
        return b",".join(
            one.data if one and one.piece.type == NUMBERS else b",".join([b"null"] * rows) for one, rows in self.parts
        )

    def distinct(self) -> tuple[list[str], list[int]]:
        """Each text once, and the place of each run's."""
        known: dict[str, int] = {}
        places: list[int] = []
        for one, rows in self.parts:
            if one is None:
                places += [-1] * rows
                continue
            words, local = _distinct(one)
            found = [*(known.setdefault(word, len(known)) for word in words), -1]  # Which -1 finds.
            places += [found[place] for place in local]
        return [*known], places


def _distinct(one: Data) -> tuple[list[str], list[int]]:
    if one.piece.type == WORDS:
        words, places = orjson.loads(one.data)
        return words, places
    numbers = read_items(one.data)
    return with_places([None if x is None else text.compact(float(x) if isinstance(x, str) else x) for x in numbers])


def count(pieces: Iterable[Piece | None]) -> int:
    """How many runs have a value."""
    return sum(one.present for one in pieces if one)


def varies(pieces: Sequence[Piece | None]) -> bool:
    """Whether not all runs have the same value."""
    firsts = [one.first if one else None for one in pieces]
    return any(one and not one.same for one in pieces) or any(first != firsts[0] for first in firsts)


def logged_values(pieces: Iterable[Piece | None]) -> list[str]:
    """A few values of a parameter as logged: more than one where not all runs have the same."""
    return [*chain.from_iterable(one.logged if one else ("",) for one in pieces)]


# --- what every run has ----------------------------------------------------------------------------------


OF_RUNS = ("host", "commit", "duration", "title", "status", "started", "number", "parent", "id", "note")
"""The columns that every run has, but for notes, which are a column if there are any."""


def of_runs(runs: Sequence[RunSummary]) -> Mapping[str, Data]:
    """What every run has, by the name of the column."""
    return {
        "host": of_texts([run.host for run in runs]),
        "commit": of_texts([run.commit for run in runs]),
        "duration": of_numbers([seconds(run) for run in runs]),
        "title": of_texts([run.title for run in runs]),
        "status": of_texts([status_word(run.status) for run in runs]),
        "started": of_numbers([began(run) for run in runs]),
        "number": of_numbers([run.number for run in runs]),
        "parent": of_texts([run.parent for run in runs]),
        "id": of_texts([run.id for run in runs]),
        "note": of_texts([text.as_read(run.note) or None for run in runs]),
    }


@lru_cache(64)  # The same few words come with every run.
def status_word(stored: str | None) -> str | None:
    """The status of a run as pages show it."""
    word = status(stored).word
    return None if word == NONE else word


def seconds(run: RunSummary) -> float | None:
    """How long an ended run took, to the millisecond, as times are stored."""
    span = select.duration(began(run), run.ended)
    return None if span is None else round(span, 3)
