"""Builds a run's log cards: the last lines of each log, in blocks that the browser lays out on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from .. import text
from ..model import Earlier, LogText, Published
from ..text import number
from . import link
from .components import Link, file_links
from .data_scripts import script

BLOCK = 500

LINES = 1_000
"""Lines per data script."""


@dataclass(frozen=True, slots=True)
class LogBlock:
    """A block of log lines as list items with anchors; ``first`` is the number of its first line."""

    first: int
    count: int
    lines: Markup


class LogCard(NamedTuple):
    """A log: its last lines in blocks, and the location of earlier ones."""

    id: str
    name: str
    facts: str
    before: str
    only_in_file: str
    """Note on the lines that are in no script."""
    levels: str
    """The numbers of lines with warnings and with errors, which may be filtered by."""
    digits: int
    blocks: tuple[LogBlock, ...]
    link: Link | None
    first: int
    """Number of the first line on the page."""
    start: int
    lines: str
    """Folder of the scripts with earlier lines."""
    version: str


def log_cards(logs: Sequence[LogText], published: Published) -> tuple[LogCard, ...]:
    """The cards of the logs section."""
    return tuple(_log(log, published) for log in logs)


def lines_script(seen: text.Seen, levels: text.Severities) -> bytes:
    """Log lines as a data script.

    Styled lines are separate: alternating text and CSS classes, by index of the line.
    """
    plain = ["" if row in seen.styled else line for row, line in enumerate(seen.lines)] if seen.styled else seen.lines
    styled = {
        str(row): [part for run, style in runs for part in (run, text.classes(style))]
        for row, runs in seen.styled.items()
    }
    lines = {"text": "\n".join(plain), "styled": styled, "errors": levels.errors, "warnings": levels.warnings}
    return script("lines", lines)


def _log(log: LogText, published: Published) -> LogCard:
    earlier = log.earlier
    seen = text.seen(log.text, earlier.style if earlier else ()) if log.text else text.Seen([], {}, ())
    levels = text.severities(
        seen.lines, text.Continuation(earlier.error, earlier.trace) if earlier else text.Continuation()
    )
    total = log.lines if log.lines is not None else log.first + len(seen.lines) - 1
    start = earlier.start if earlier else log.first
    return LogCard(
        id=link.anchor("log", log.name),
        name=log.name,
        facts=f"{number.plural(total, 'line')}, {number.size(log.size)}",
        before=f"{number.plural(log.first - 1, 'earlier line')} not shown" if log.first > 1 else "",
        only_in_file=_only_in_file(start - 1) if start > 1 else "",
        levels=_severities(levels, earlier),
        digits=len(str(total)),
        blocks=tuple(_blocks(seen, levels, log.first, link.anchor("log", log.name, "L"))),
        link=next(iter(file_links([log.file], published)), None),
        first=log.first,
        start=start,
        lines=link.between(published.path, f"{earlier.folder}/0.js").removesuffix("0.js") if earlier else "",
        version=earlier.version if earlier else "",
    )


def _only_in_file(last: int) -> str:
    lines = f"Lines 1 to {number.integer(last)} are" if last > 1 else "Line 1 is"
    return f"{lines} in the file only, not searched or counted"


def _severities(levels: text.Severities, earlier: Earlier | None) -> str:
    before = (earlier.warnings, earlier.errors) if earlier else (0, 0)
    return f"{before[0] + len(levels.warnings)} {before[1] + levels.begun}"


def _blocks(seen: text.Seen, levels: text.Severities, first: int, prefix: str) -> Iterator[LogBlock]:
    lines = text.as_html(seen)
    marks = dict.fromkeys(levels.warnings, "w") | dict.fromkeys(levels.errors, "e")
    for start in range(0, len(lines), BLOCK):
        block = lines[start : start + BLOCK]
        # Joined here, since a template takes ten times as long for thousands of lines. They are escaped already.
        parts = block * 2
        parts[::2] = _openings(prefix, first + start)[: len(block)]
        parts[1::2] = block
        for row in marks.keys() & range(start, start + len(block)) if marks else ():
            opening = parts[2 * (row - start)]
            parts[2 * (row - start)] = f'{opening[:-1]} class="{marks[row]}">'
        items = "".join(parts).removeprefix(_BETWEEN)
        yield LogBlock(first + start, len(block), Markup(f"{items}</li>"))  # noqa: S704


_BETWEEN = "</li>\n"


# Cached: logs of the same name and first line have the same anchors in every run.
@lru_cache(16)
def _openings(prefix: str, first: int) -> tuple[str, ...]:
    """The markup before each line of a block: end of the line above, and anchor."""
    return tuple([f'{_BETWEEN}<li id="{prefix}{number}">' for number in range(first, first + BLOCK)])
