"""What cards of pictures and of media share: a slider over steps or pages, and links for readers without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from runpages.format.records import Medium

from .. import text
from ..text import number
from .components import Link

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LINKS = 100
"""How many files a card links to for readers without scripts."""


class Group(NamedTuple):
    """What a place of the slider shows: the media from ``first`` up to the next group's."""

    first: int
    label: str


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider over groups, from 0 to ``last``; it stands at ``at``, which ``text`` tells."""

    name: str
    last: int
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Links:
    """Files of a card as plain links; ``more`` tells of those beyond."""

    title: str
    first: tuple[Link, ...]
    more: str


def by_name(media: Sequence[Medium]) -> dict[str, list[Medium]]:
    """Media by name, in the order of the names' first appearance, each by step."""
    groups: dict[str, list[Medium]] = {}
    for medium in media:
        groups.setdefault(medium.name, []).append(medium)
    return {name: sorted(group, key=lambda medium: medium.step) for name, group in groups.items()}


def groups(media: Sequence[Medium], most: int) -> list[Group]:
    """The groups of media that are shown together: those of a step, in parts of at most ``most``."""
    if len(media) <= most:
        return [Group(0, "")]
    last = number.short(media[-1].step)
    steps = [(step, len(list(of))) for step, of in groupby(medium.step for medium in media)]
    found, first = [], 0
    for step, count in steps:
        for at in range(0, count, most):
            part = f"{number.integer(at + 1)}–{number.integer(min(at + most, count))} of {number.integer(count)}"
            label = f"step {number.short(step)} of {last}"
            if len(steps) == 1:
                label = part
            elif count > most:
                label += f", {part}"
            found.append(Group(first + at, label))
        first += count
    return found


def slider(name: str, positions: Sequence[Group], at: int) -> Slider | None:
    """The slider over groups; none where there is one group."""
    return Slider(name, len(positions) - 1, at, positions[at].label) if len(positions) > 1 else None


def links(media: Sequence[Medium], hrefs: Sequence[str], word: str) -> Links | None:
    """Links to the files of some media that the page shows otherwise at a touch only."""
    if not media:
        return None
    first = tuple(Link(_caption(one), href) for one, href in zip(media[:LINKS], hrefs, strict=False))
    more = len(media) - LINKS
    note = f"{number.plural(more, f'more {word}')} in the folder of the run" if more > 0 else ""
    return Links(number.plural(len(media), f"more {word}"), first, note)


def cell_data(cell: DataclassInstance) -> Mapping[str, Any]:
    """A cell as the browser gets it: what says nothing is left out."""
    values = {key: value for key, value in asdict(cell).items() if value}
    return {key: text.visible(value) if isinstance(value, str) else value for key, value in values.items()}


def _caption(medium: Medium) -> str:
    step = f"step {number.short(medium.step)}"
    return f"{step}: {medium.caption}" if medium.caption else step
