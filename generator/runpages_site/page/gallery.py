"""Shared parts of image and media cards: a slider, and links for readers without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from runpages.format.records import Medium

from ..model import Published
from ..text import number
from .components import Link, file_href

LINKS = 100
"""Most files that a card links to for readers without scripts."""


class Group(NamedTuple):
    """One position of a slider: the media from ``first`` up to the next group."""

    first: int
    label: str


class Slider(NamedTuple):
    """A slider over groups 0 to ``last``, at position ``at`` with label ``text``."""

    name: str
    last: int
    at: int
    text: str


class Links(NamedTuple):
    """Files of a card as plain links; ``more`` counts the rest."""

    title: str
    first: tuple[Link, ...]
    more: str


def by_name(media: Sequence[Medium]) -> dict[str, list[Medium]]:
    """Media by name in order of first appearance, sorted by step."""
    groups: dict[str, list[Medium]] = {}
    for medium in media:
        groups.setdefault(medium.name, []).append(medium)
    return {name: sorted(group, key=lambda medium: medium.step) for name, group in groups.items()}


def groups(media: Sequence[Medium], most: int) -> list[Group]:
    """Groups of media shown together: those of a step, at most ``most`` each."""
    if len(media) <= most:
        return [Group(0, "")]
    last = number.step(media[-1].step)
    steps = [(step, len(list(of))) for step, of in groupby(medium.step for medium in media)]
    found, first = [], 0
    for step, count in steps:
        for at in range(0, count, most):
            part = f"{number.integer(at + 1)}–{number.integer(min(at + most, count))} of {number.integer(count)}"
            label = f"step {number.step(step)} of {last}"
            if len(steps) == 1:
                label = part
            elif count > most:
                label += f", {part}"
            found.append(Group(first + at, label))
        first += count
    return found


def slider(name: str, positions: Sequence[Group], at: int) -> Slider | None:
    """A slider over groups; None for a single group."""
    return Slider(name, len(positions) - 1, at, positions[at].label) if len(positions) > 1 else None


def links(media: Sequence[Medium], published: Published, word: str) -> Links | None:
    """Links to media that are otherwise shown by script only."""
    if not media:
        return None
    first = tuple(Link(_caption(one), href(one, published)) for one in media[:LINKS])
    more = len(media) - LINKS
    note = f"{number.plural(more, f'more {word}')} in the run folder" if more > 0 else ""
    return Links(number.plural(len(media), f"more {word}"), first, note)


def href(medium: Medium, published: Published) -> str:
    """The link to the file of a medium; empty if it is missing or not published."""
    return "" if medium.missing else file_href(medium.file, published)


def _caption(medium: Medium) -> str:
    step = f"step {number.step(medium.step)}"
    return f"{step}: {medium.caption}" if medium.caption else step
