"""The logs of a run: the last lines of each, in blocks that a browser lays out when they are seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from .. import link, number, text
from ..model import LogText, RunPlace
from .view import Link, published

BLOCK = 500


@dataclass(frozen=True, slots=True)
class LogBlock:
    """A block of lines of a log, as list items with their anchors; ``first`` is the number of its first line."""

    first: int
    count: int
    lines: Markup


@dataclass(frozen=True, slots=True)
class LogCard:
    """A log: its last lines in blocks."""

    id: str
    name: str
    facts: str
    before: str
    blocks: tuple[LogBlock, ...]
    link: Link | None


def log_cards(logs: Sequence[LogText], place: RunPlace) -> tuple[LogCard, ...]:
    """The section of logs."""
    return tuple(_log(log, place) for log in logs)


def _log(log: LogText, place: RunPlace) -> LogCard:
    lines = text.log_lines(log.text) if log.text else []
    first = log.first
    total = log.lines if log.lines is not None else log.first + len(lines) - 1
    return LogCard(
        id=link.anchor("log", log.name),
        name=log.name,
        facts=f"{number.plural(total, 'line')}, {number.size(log.size)}",
        before=f"{number.plural(first - 1, 'earlier line')} not shown" if first > 1 else "",
        blocks=tuple(_blocks(lines, first, link.anchor("log", log.name, "L"))),
        link=published(log.file, place),
    )


def _blocks(lines: list[str], first: int, prefix: str) -> Iterator[LogBlock]:
    for start in range(0, len(lines), BLOCK):
        block = lines[start : start + BLOCK]
        # Thousands of lines: joined here, since a template takes ten times as long. The lines are escaped already.
        parts = block * 2
        parts[::2] = _openings(prefix, first + start)[: len(block)]
        parts[1::2] = block
        items = "".join(parts).removeprefix(_BETWEEN)
        yield LogBlock(first + start, len(block), Markup(f"{items}</li>"))  # noqa: S704


_BETWEEN = "</li>\n"


# Logs of one name that begin at one line, as most do, have the same addresses in every run.
@lru_cache(16)
def _openings(prefix: str, first: int) -> tuple[str, ...]:
    """What stands before each line of a block: the end of the line above, and the anchor."""
    return tuple([f'{_BETWEEN}<li id="{prefix}{number}">' for number in range(first, first + BLOCK)])
