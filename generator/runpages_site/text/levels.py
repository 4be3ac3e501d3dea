"""Which lines of a log tell of an error or a warning, by the words that loggers write.

An error is a line with ``ERROR``, ``CRITICAL`` or ``FATAL``, one that begins with ``error:`` or ``fatal:``, or a
traceback with all its lines, which is one with the error line above it. A warning is a line with ``WARN``, ``WARNING``
or the name of a Python warning, or one that begins with ``warning:``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

# What a line of a level has in it: to find a text is much faster than to match an expression.
_WORDS = ("ERROR", "CRITICAL", "FATAL", "WARN", "arning: ", "rror: ", "atal: ", "Traceback (most recent call last)")
_ERROR = re.compile(r"\b(?:ERROR|CRITICAL|FATAL)\b|^\s*(?:[Ee]rror|[Ff]atal(?: error)?): ")
_WARNING = re.compile(r"\bWARN(?:ING)?\b|\b\w*Warning: |^\s*warning: ")
_TRACE = "Traceback (most recent call last)"
_EXCEPTION = re.compile(r"[^\W\d][\w.]*(?::|$)")


class Going(NamedTuple):
    """What goes on at the end of some lines: after an error, and in a traceback with this text before its lines."""

    error: bool = False
    trace: str | None = None


class Levels(NamedTuple):
    """The places of lines that belong to errors and warnings, and how many errors began there."""

    errors: list[int]
    warnings: list[int]
    begun: int
    going: Going


def levels(lines: Sequence[str], going: Going = Going()) -> Levels:  # noqa: B008 - it cannot change
    """The levels of some lines that follow on others."""
    errors: list[int] = []
    warnings: list[int] = []
    begun = 0
    end, trace = _rest(lines, 0, going.trace)
    errors += range(end)
    for row in _candidates(lines):
        if row < end:
            continue
        line = lines[row]
        head, found, _ = line.partition(_TRACE)
        if found or _ERROR.search(line):
            follows = errors[-1] == row - 1 if errors else row == 0 and going.error
            begun += not (found and follows)
            end, trace = _rest(lines, row + 1, head) if found else (row + 1, None)
            errors += range(row, end)
        elif _WARNING.search(line):
            warnings.append(row)
    last = errors[-1] == len(lines) - 1 if errors else not lines and going.error
    return Levels(errors, warnings, begun, Going(last, trace if end == len(lines) else None))


def _candidates(lines: Sequence[str]) -> list[int]:
    text = "\n".join(lines)
    found: set[int] = set()
    starts: list[int] = []
    for word in _WORDS:
        place = text.find(word)
        while place >= 0:
            starts = starts or [0, *accumulate(len(line) + 1 for line in lines)]
            row = bisect_right(starts, place) - 1
            found.add(row)
            place = text.find(word, starts[row + 1])
    return sorted(found)


def _rest(lines: Sequence[str], row: int, head: str | None) -> tuple[int, str | None]:
    """Where a traceback ends whose next line is at ``row``, and what is before its lines if it goes on."""
    if head is None:
        return row, None
    for place in range(row, len(lines)):
        line = lines[place].removeprefix(head)
        if not line.startswith((" ", "\t")):
            return place + (_EXCEPTION.match(line) is not None), None
    return len(lines), head
