"""Which pass of a run each point belongs to, and which points a later pass has superseded.

A pass begins when a process takes the run over. One that goes over steps of a name once more supersedes what earlier
passes logged from the least of these on: a run that died at step 149 goes on from its checkpoint of step 100.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

from runpages.format.layout import writer_of
from runpages.format.records import Chart, Medium, Pass

from .downsample import FEW, Columns, Digest

Logged = TypeVar("Logged", Medium, Chart)

Cuts = Mapping[str, Mapping[int, float]]
"""By name and pass: the step from which on the points of the pass are superseded."""


class Begins(NamedTuple):
    """When the passes of a run after the first began, and the pass that the first point of a file belongs to at least.

    A process that took the run over logged all that its file holds in that pass or later, whatever its points say.
    """

    times: tuple[float, ...]
    first: int

    def goes_on(self, before: Begins, latest: float) -> bool:
        """Whether points up to a time are still of the passes that were known ``before``."""
        known, fresh = self.times[: len(before.times)], self.times[len(before.times) :]
        return (known, self.first) == before and (not fresh or fresh[0] > latest)


def begins(passes: Sequence[Pass], writer: str) -> Begins:
    """What there is to know to tell the passes in the file of a writer, which is empty for the owner."""
    first = next((at for at, one in enumerate(passes, 1) if writer and one.writer == writer), 0)
    return Begins(tuple(one.time for one in passes), first)


class Shares:
    """The points of one metric in one file, those of each pass folded apart, and what is superseded apart as well."""

    def __init__(self, begins: Begins, state: Mapping[str, Any] | None = None) -> None:
        """Begin, or go on from the ``state`` of earlier shares."""
        self._times = begins.times
        self._at = begins.first
        self.latest = -math.inf
        """The time of the latest point; minus infinity where no point has one."""
        self.kept: dict[int, Digest] = {}
        """The points of each pass that stand."""
        self.superseded: dict[int, Digest] = {}
        """The points of each pass that a later one logged again."""
        if state:
            self._at, self.latest = state["at"], state["latest"]
            self.kept = {int(at): Digest(known) for at, known in state["kept"].items()}
            self.superseded = {int(at): Digest(known) for at, known in state["superseded"].items()}

    def state(self) -> dict[str, Any]:
        """What other shares need to go on, fit for a JSON document of the format."""
        return {
            "at": self._at,
            "latest": self.latest,
            "kept": {str(at): digest.state() for at, digest in self.kept.items()},
            "superseded": {str(at): digest.state() for at, digest in self.superseded.items()},
        }

    def add(self, columns: Columns, cuts: Mapping[int, float]) -> Iterator[Columns]:
        """Fold the next points of the file in; gives those that stand, before they are folded."""
        for at, part in self._by_pass(columns):
            cut = cuts.get(at)
            stand, gone = (part, None) if cut is None else _cut(part, cut)
            if gone and gone[0]:
                self.superseded.setdefault(at, Digest()).add(*gone)
            if stand[0]:
                yield stand
                self.kept.setdefault(at, Digest()).add(*stand)

    def _by_pass(self, columns: Columns) -> Iterator[tuple[int, Columns]]:
        steps, times, values = columns
        if not self._times:
            self.latest = max(self.latest, _latest(times))
            yield 0, columns
            return
        latest = list(accumulate((-math.inf if time is None else time for time in times), max, initial=self.latest))[1:]
        start = 0
        while start < len(steps):
            self._at = max(self._at, bisect_right(self._times, latest[start]))
            follows = self._times[self._at] if self._at < len(self._times) else math.inf
            end = bisect_left(latest, follows, start)
            yield self._at, (steps[start:end], times[start:end], values[start:end])
            start = end
        self.latest = latest[-1] if latest else self.latest

    @property
    def is_later(self) -> bool:
        """Whether there are points of a pass after the first."""
        return any(self.kept)

    def spans(self) -> dict[int, Span]:
        """The steps of each pass."""
        found = {}
        for at in sorted(self.kept.keys() | self.superseded.keys()):
            digests = [digest for digest in (self.kept.get(at), self.superseded.get(at)) if digest]
            steps = sorted(step for digest in digests for step in digest.columns()[0])
            found[at] = Span(steps, sum(digest.count for digest in digests) > FEW)
        return found


class Span(NamedTuple):
    """The steps of a pass, sorted; ``dense`` says that there are so many that these are only some of them."""

    steps: Sequence[float | int]
    dense: bool = False

    def meets(self, low: float, high: float) -> bool:
        """Whether a step lies between two others, or may, where not all are known."""
        if self.dense:
            return self.steps[0] <= high and low <= self.steps[-1]
        return bisect_left(self.steps, low) < bisect_right(self.steps, high)


def restarts(spans: Iterable[Mapping[int, Span]]) -> dict[int, float]:
    """The least step of each pass of a name that went over steps of an earlier one, given the spans of each file.

    A pass that only fills a gap, or goes on, restarts nothing: a checkpoint that is evaluated afterwards.
    """
    by_pass: dict[int, list[Span]] = {}
    for known in spans:
        for at, span in known.items():
            by_pass.setdefault(at, []).append(span)
    found = {}
    before, dense = Span([]), list[Span]()
    for at, own in sorted(by_pass.items()):
        low, high = min(span.steps[0] for span in own), max(span.steps[-1] for span in own)
        if any(span.meets(low, high) for span in (before, *dense)):
            found[at] = low
        dense += [span for span in own if span.dense]
        before = Span(sorted([*before.steps, *(step for span in own if not span.dense for step in span.steps)]))
    return found


def cuts(files: Sequence[Mapping[str, Shares]]) -> list[dict[str, dict[int, float]]]:
    """Where the points of each file are superseded; empty for a file of which all points stand."""
    if not any(shares.is_later for file in files for shares in file.values()):
        return [{} for _ in files]
    spans = [{name: one.spans() for name, one in file.items()} for file in files]
    names = dict.fromkeys(name for file in files for name in file)
    began = {name: restarts([known[name] for known in spans if name in known]) for name in names}
    return [
        {
            name: cut
            for name, passes in known.items()
            if (
                cut := {
                    at: step for at, one in passes.items() if (step := resumed(began[name], at)[0]) <= one.steps[-1]
                }
            )
        }
        for known in spans
    ]


def marked(logged: Sequence[Logged], passes: Sequence[Pass]) -> list[Logged]:
    """Pictures, media or charts, those that a later pass logged again with a caption that says so."""
    if not passes:
        return list(logged)
    at = [_pass_of(one, passes) for one in logged]
    steps: dict[str, dict[int, list[float | int]]] = {}
    for one, own in zip(logged, at, strict=True):
        steps.setdefault(one.name, {}).setdefault(own, []).append(one.step)
    began = {name: restarts([{own: Span(sorted(of)) for own, of in known.items()}]) for name, known in steps.items()}
    return [
        one if one.step < resumed(began[one.name], own)[0] else _superseded(one)
        for one, own in zip(logged, at, strict=True)
    ]


def _pass_of(one: Medium | Chart, passes: Sequence[Pass]) -> int:
    begun = begins(passes, writer_of(one.file.rpartition("/")[2]) or "")
    return max(begun.first, bisect_right(begun.times, -math.inf if one.time is None else one.time))


def _superseded(one: Logged) -> Logged:
    return one._replace(caption=f"{one.caption} · superseded" if one.caption else "superseded")


def resumed(restarts: Mapping[int, float], at: int) -> tuple[float, int]:
    """The least step at which a pass after another restarted, and that pass; infinity where none did."""
    return min(((step, later) for later, step in restarts.items() if later > at), default=(math.inf, at))


def _latest(times: Sequence[float | None]) -> float:
    try:
        latest = max(times, default=None)  # type: ignore[type-var]
    except TypeError:  # Of None among numbers.
        latest = max([time for time in times if time is not None], default=None)
    return -math.inf if latest is None else latest


def _cut(columns: Columns, step: float) -> tuple[Columns, Columns]:
    """The points before a step, and those from it on, each in the order of the file."""
    steps = columns[0]
    if max(steps) < step:
        return columns, ([], [], [])
    return _chosen(columns, [at < step for at in steps]), _chosen(columns, [at >= step for at in steps])


def _chosen(columns: Columns, wanted: Sequence[bool]) -> Columns:
    steps, times, values = columns
    return (
        [step for step, want in zip(steps, wanted, strict=True) if want],
        [time for time, want in zip(times, wanted, strict=True) if want],
        [value for value, want in zip(values, wanted, strict=True) if want],
    )
