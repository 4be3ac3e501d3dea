"""Parents and children among the runs of an experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from . import summaries
from .model import RunSummary

DEEPEST = 20
"""Most ancestors that are looked at."""


def parents(runs: Sequence[RunSummary]) -> Mapping[int, int]:
    """The place of each child's parent, by the place of the child.

    A run whose parent is not there, or that would be its own ancestor, is no child.
    """
    return summaries.known(runs, "parents", lambda: _parents(runs))


def _parents(runs: Sequence[RunSummary]) -> Mapping[int, int]:
    above = summaries.column(runs, "parent")
    if not any(above):
        return {}
    places = {id: place for place, id in reversed([*enumerate(summaries.column(runs, "id"))])}
    found = {place: places[parent] for place, parent in enumerate(above) if parent in places}
    settled = set[int]()
    for place in list(found):
        path = set[int]()
        while place in found and place not in settled and place not in path:
            path.add(place)
            place = found[place]
        if place in path:
            del found[place]
        settled |= path
    return found


def ancestors(above: Mapping[int, int], place: int) -> Iterator[int]:
    """The places of a run's parent, its parent's parent and so on, by what ``parents`` found."""
    for _ in range(DEEPEST):
        if place not in above:
            return
        place = above[place]
        yield place


def own(runs: Sequence[RunSummary]) -> Sequence[RunSummary]:
    """The runs that are no children: what an experiment counts as its runs."""
    above = parents(runs)
    return summaries.at(runs, [place for place in range(len(runs)) if place not in above]) if above else runs


def nested(runs: Sequence[RunSummary]) -> Sequence[tuple[int, int]]:
    """The place of each run and how deep it lies: newest first, each followed by its children in order of start."""
    children: dict[int, list[int]] = {}
    above = parents(runs)
    if not above:
        return [(place, 0) for place in range(len(runs))]
    for child, parent in above.items():
        children.setdefault(parent, []).append(child)
    waiting = [(place, 0) for place in reversed(range(len(runs))) if place not in above]
    found = []
    while waiting:
        place, depth = waiting.pop()
        found.append((place, depth))
        # The runs are newest first, and the last that waits is the next.
        waiting += [(child, depth + 1) for child in sorted(children.get(place, ()))]
    return found
