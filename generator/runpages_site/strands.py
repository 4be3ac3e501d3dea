"""A metric that a run logged in several passes, or from several processes at once, as lines that can be told apart.

Where processes log the same steps of a name, the metric is their mean, and each of them a line, or all of them a band
from the least value to the greatest. Where their steps differ, as those of workers that take turns, they make one line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runpages.format.layout import rank_of
from runpages.format.records import Declaration, Pass, Series, Strand, Value, Whole

from . import select
from .digest import Digest, counted
from .digest import series as merged
from .passes import Shares, restarts, resumed

LINES = 8
"""At most so many processes that log side by side are lines; more are a band."""

PLACES = 1_024
"""The most steps of a mean; of more, neighbours are taken together."""

Number = float | int


class _Written(NamedTuple):
    """What a writer logged in a pass."""

    writer: str
    at: int
    digest: Digest


class _Mean(NamedTuple):
    steps: list[Number]
    times: list[float | None]
    values: list[Value]
    lows: list[Value]
    highs: list[Value]


def series(name: str, declared: Declaration, shares: Sequence[tuple[str, Shares]], passes: Sequence[Pass]) -> Series:
    """The series, by step, that the shares of one metric make together, each with its writer."""
    kept = [_Written(writer, at, digest) for writer, one in shares for at, digest in one.kept.items()]
    strands = tuple(_superseded(name, shares, passes))
    lines = _side_by_side(kept)
    if not lines:
        return merged(name, declared, [one.digest for one in kept])._replace(strands=strands)
    ranks = [_strand(label, digests) for label, digests in lines.items()]
    mean = _mean(ranks)
    drawn = ranks if len(ranks) <= LINES else _band(mean, f"{len(ranks)} processes")
    whole = counted([one.digest for one in kept])
    return Series(name, mean.steps, mean.times, mean.values, declared, whole, (*drawn, *strands))


def _superseded(name: str, shares: Sequence[tuple[str, Shares]], passes: Sequence[Pass]) -> Iterator[Strand]:
    """The points of each pass that a later one logged again."""
    gone: dict[int, list[_Written]] = {}
    for writer, one in shares:
        for at, digest in one.superseded.items():
            gone.setdefault(at, []).append(_Written(writer, at, digest))
    began = restarts(one.spans() for _, one in shares) if gone else {}
    for at in sorted(gone):
        cut, later = resumed(began, at)
        digests = [one.digest for one in gone[at]]
        lines = _side_by_side(gone[at])
        if lines:
            steps, times, values, _, _ = _mean([_strand(label, some) for label, some in lines.items()])
            whole: Whole | None = counted(digests)
        else:
            _, steps, times, values, _, whole, _ = merged(name, Declaration(), digests)
        yield Strand("superseded", "superseded", steps, times, values, whole, cut, passes[later - 1].time)


# --- side by side -----------------------------------------------------------------------------------------


def _side_by_side(written: Sequence[_Written]) -> dict[str, list[Digest]]:
    """The digests of each process, by its label, where several logged the same steps; nothing where they did not."""
    steps: dict[str, set[Number]] = {}
    for writer, _, digest in written:
        columns = digest.columns()
        if any(isinstance(value, str) for value in columns[2]):
            return {}
        steps.setdefault(writer, set()).update(columns[0])
    if len(steps) < 2 or not _overlap(list(steps.values())):
        return {}
    labels = _labels(written)
    found: dict[str, list[Digest]] = {label: [] for label in dict.fromkeys(labels.values())}
    for writer, _, digest in written:
        found[labels[writer]].append(digest)
    return found if len(found) > 1 else {}


def _overlap(writers: Sequence[set[Number]]) -> bool:
    """Whether writers logged the same steps: one shares half of its own, or half of all were logged more than once.

    A task that was tried again shares its only step, and is none of several ranks for that.
    """
    counts: dict[Number, int] = {}
    for steps in writers:
        for step in steps:
            counts[step] = counts.get(step, 0) + 1
    again = {step for step, count in counts.items() if count > 1}
    return 2 * (sum(counts.values()) - len(counts)) >= len(counts) or any(
        len(steps) > 1 and 2 * len(steps & again) >= len(steps) for steps in writers
    )


def _labels(written: Sequence[_Written]) -> dict[str, str]:
    """What to call the lines of writers, in the order in which they are drawn."""
    ranks = {one.writer: rank_of(one.writer) for one in written}
    own = {one.at for one in written if not one.writer}
    if own and any(ranks.values()) and own.isdisjoint(one.at for one in written if ranks[one.writer] == 0):
        ranks[""] = 0  # The process that began the run has no suffix, and is the rank that is missing beside it.
    last = max(filter(None, ranks.values()), default=0) + 1
    ordered = sorted(ranks, key=lambda writer: (last if (rank := ranks[writer]) is None else rank, writer))
    labels = {writer: _label(writer, ranks[writer]) for writer in ordered}
    spelled = list(labels.values())
    return {
        writer: writer if ranks[writer] is None and spelled.count(label) > 1 else label
        for writer, label in labels.items()
    }


def _label(writer: str, rank: int | None) -> str:
    if rank is not None:
        return f"rank {rank}"
    parts = writer.rsplit("-", 2)
    return f"pid {parts[1]}" if len(parts) == 3 else writer or "main"


def _strand(label: str, digests: Sequence[Digest]) -> Strand:
    _, steps, times, values, _, whole, _ = merged(label, Declaration(), digests)
    return Strand("rank", label, steps, times, values, whole)


# --- their mean -------------------------------------------------------------------------------------------


def _mean(lines: Sequence[Strand]) -> _Mean:
    """The mean of lines at each of their steps, and the least and the greatest value."""
    known = sorted({step for line in lines for step in line.steps})
    size = -(-len(known) // PLACES)
    place = {step: at // size for at, step in enumerate(known)}
    count = -(-len(known) // size)
    values: list[list[list[Value]]] = [[] for _ in range(count)]
    times: list[float | None] = [None] * count
    for line in lines:
        mine: dict[int, list[Value]] = {}
        for step, time, value in zip(line.steps, line.times, line.values, strict=True):
            mine.setdefault(place[step], []).append(value)
            times[place[step]] = time if times[place[step]] is None else times[place[step]]
        for at, some in mine.items():
            values[at].append(some)
    finite = [
        [one for some in found for value in some if (one := select.finite(value)) is not None] for found in values
    ]
    return _Mean(
        known[::size],
        times,
        [_middle([_middle(some) for some in found]) for found in values],
        [min(found, default=None) for found in finite],
        [max(found, default=None) for found in finite],
    )


def _middle(values: Sequence[Value]) -> Value:
    """The mean of values, which is nan where one is; values that are all the same stay what they are."""
    known = [value for value in values if value is not None and not isinstance(value, str)]
    if not known or all(value == known[0] for value in known):
        return known[0] if known else None
    try:
        return math.fsum(known) / len(known)
    except ValueError:  # Of infinity and minus infinity.
        return math.nan
    except OverflowError:  # A number or the sum is larger than any float.
        return None


def _band(mean: _Mean, label: str) -> list[Strand]:
    return [
        Strand("low", label, mean.steps, mean.times, mean.lows),
        Strand("high", label, mean.steps, mean.times, mean.highs),
    ]
