"""Terminal output as lines of text with styles: colours become roles, all other control sequences go.

A line is what a terminal would show at its end: a carriage return starts it again, so a progress bar is one state.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, groupby, repeat
from operator import itemgetter
from typing import NamedTuple

from .plain import escaped, hides, visible

LINE_LIMIT = 10_000
"""Characters of a line that are shown."""

LOOKED_AT = 1 << 16
"""Characters of a line that are looked at; of one that was written over and over, the last."""

# Strings (OSC, DCS, APC, PM, SOS) run to BEL or ST, and never over the end of a line.
_CONTROL = r"\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?"
_SEQUENCE = re.compile(_CONTROL)
_TOKEN = re.compile(rf"{_CONTROL}|(\r+)|(\x08+)|([^\x1b\r\x08]+)")
_SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NAMES = ("", "red", "green", "yellow", "blue", "magenta", "cyan", "")
_FLAGS = {1: "bold", 2: "dim", 4: "under", 7: "inv", 9: "strike"}
_ENDS = {22: ("bold", "dim"), 24: ("under",), 27: ("inv",), 29: ("strike",)}

Style = tuple[str, ...]
Run = tuple[str, Style]
"""A text, or a character, of one style."""


class Seen(NamedTuple):
    """What is seen of the lines of a log.

    ``styled`` has the runs of the lines that are not plain, by their place in ``lines``; ``style`` goes on after them.
    """

    lines: list[str]
    styled: dict[int, list[Run]]
    style: Style


def seen(text: str, style: Style = ()) -> Seen:
    """What a terminal shows of each line of a log that begins in a ``style``."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not style and (not hides(text) or _SPECIAL.search(text) is None):
        # Most logs are plain, and a whole one is looked at as fast as a line.
        lines = visible(text).removesuffix("\n").split("\n")
        if max(map(len, lines)) <= LINE_LIMIT:
            return Seen(lines, {}, ())
    lines, styled = [], {}
    for row, line in enumerate(text.removesuffix("\n").split("\n")):
        if not style and len(line) <= LINE_LIMIT and _SPECIAL.search(line) is None:
            lines.append(visible(line))
            continue
        runs, style = _styled_line(line.removesuffix("\r"), style)
        lines.append("".join([part for part, _ in runs]))
        if any(key for _, key in runs):
            styled[row] = runs
    return Seen(lines, styled, style)


def as_html(log: Seen) -> list[str]:
    """Each of the lines as HTML."""
    if not log.lines:
        return []
    lines = escaped("\n".join(log.lines)).split("\n")  # which costs as much as to escape a line
    for row, runs in log.styled.items():
        lines[row] = "".join([_span(text, style) for text, style in runs])
    return lines


def log_lines(text: str) -> list[str]:
    """Each line of a log as HTML; the style at the end of a line goes on in the next."""
    return as_html(seen(text))


def classes(style: Style) -> str:
    """The classes of a style."""
    return " ".join([f"a-{name}" for name in style])


def _span(text: str, style: Style) -> str:
    return f'<span class="{classes(style)}">{escaped(text)}</span>' if style else escaped(text)


def _styled_line(line: str, style: Style) -> tuple[list[Run], Style]:
    line, more = _looked_at(line) if len(line) > LOOKED_AT else (line, 0)
    runs, style = _runs(line, style) or _screen(line, style)
    if len(runs) > 1:
        groups = groupby(runs, key=itemgetter(1))
        runs = [("".join([text for text, _ in group]), key) for key, group in groups]
    return _cut(runs, more), style


def _looked_at(line: str) -> tuple[str, int]:
    """What of a very long line is worth a look, and how many characters of its end are not."""
    start = line.find("\r", len(line) - LOOKED_AT)
    part = line[(start if start >= 0 else line.rfind("\r")) + 1 :]
    return part[:LOOKED_AT], max(len(part) - LOOKED_AT, 0)


def _cut(runs: list[Run], more: int) -> list[Run]:
    """The runs of a line with what is hidden in sight, as far as a page shows them; ``more`` characters follow."""
    left = LINE_LIMIT
    kept: list[Run] = []
    for text, style in runs:
        if left:
            kept.append((visible(text[:left]), style))
        more += max(len(text) - left, 0)
        left = max(left - len(text), 0)
    return [*kept, (f" … {more} more characters", ())] if more else kept


def _runs(line: str, style: Style) -> tuple[list[Run], Style] | None:
    """What ``_screen`` gives, without a look at each character; None of a line for which it takes that.

    Nearly all lines only have colours, or are progress bars that only start again.
    """
    if "\x1b" not in line and "\b" not in line:
        shown = _overlaid(line)
        return [(shown, style)] if shown else [], style
    if "\r" in line or "\b" in line:
        return None
    runs: list[Run] = []
    place = 0
    for match in _SEQUENCE.finditer(line):
        if match[2] != "m":
            return None
        if match.start() > place:
            runs.append((line[place : match.start()], style))
        style = _restyle(style, match[1])
        place = match.end()
    if place < len(line):
        runs.append((line[place:], style))
    return runs, style


def _overlaid(line: str) -> str:
    """What is seen of a line whose parts were written one over the other."""
    if "\r" not in line:
        return line
    shown = ""
    for part in reversed(line.split("\r")):
        if len(part) > len(shown):
            shown += part[len(shown) :]
    return shown


def _screen(line: str, style: Style) -> tuple[list[Run], Style]:
    """The cells that a terminal of endless width shows after ``line``."""
    cells: list[Run] = []
    column = 0
    for arguments, final, start, back, text in _TOKEN.findall(line):
        if text:
            cells[column : column + len(text)] = zip(text, repeat(style), strict=False)
            column += len(text)
        elif start:
            column = 0
        elif back:
            column = max(0, column - len(back))
        elif final == "m":
            style = _restyle(style, arguments)
        elif final == "K":
            _erase(cells, column, arguments)
    return cells, style


def _erase(cells: list[Run], column: int, arguments: str) -> None:
    if arguments in ("", "0"):
        del cells[column:]
    elif arguments in ("1", "2"):
        cells[:column] = [(" ", ())] * min(column, len(cells))
        if arguments == "2":
            del cells[column:]


def _restyle(style: Style, arguments: str) -> Style:
    return _known_style(style, arguments) if len(arguments) < 32 else _new_style(style, arguments)


def _new_style(style: Style, arguments: str) -> Style:
    codes = [int(code) if code.isdecimal() and len(code) < 4 else 0 for code in re.split("[;:]", arguments)]
    place = 0
    while place < len(codes):
        code = codes[place]
        if code in (38, 48):
            name, used = _extended(codes[place + 1 :])
            style = _paint(style, name) if code == 38 else style
            place += used
        else:
            style = _with_code(style, code)
        place += 1
    return style


_known_style = lru_cache(256)(_new_style)


def _with_code(style: Style, code: int) -> Style:
    if code == 0:
        return ()
    if code in _FLAGS:
        return (*(name for name in style if name != _FLAGS[code]), _FLAGS[code])
    if code in _ENDS:
        return tuple(name for name in style if name not in _ENDS[code])
    if code == 39 or 30 <= code <= 37:
        return _paint(style, "" if code == 39 else _NAMES[code - 30])
    return _paint(style, _NAMES[code - 90] or "grey") if 90 <= code <= 97 else style


def _paint(style: Style, name: str) -> Style:
    kept = tuple(one for one in style if one in _FLAGS.values())
    return (*kept, name) if name else kept


def _extended(codes: list[int]) -> tuple[str, int]:
    """The role of a 256-colour or true-colour code, and how many codes it took."""
    if codes[:1] == [5] and len(codes) > 1:
        return _indexed(codes[1]), 2
    if codes[:1] == [2] and len(codes) > 3:
        return _nearest(*codes[1:4]), 4
    return "", len(codes)


def _indexed(index: int) -> str:
    if index < 16:
        return _NAMES[index % 8] or ("grey" if index == 8 else "")
    if index >= 232:
        return "grey" if index < 250 else ""
    index -= 16
    return _nearest(*(0 if level == 0 else 55 + 40 * level for level in (index // 36, index // 6 % 6, index % 6)))


def _nearest(red: int, green: int, blue: int) -> str:
    """The role whose hue is next; a colour with little of a hue is plain text."""
    low, high = min(red, green, blue), max(red, green, blue)
    if high - low < 48:
        return "grey" if 60 < high < 190 else ""
    middle = (low + high) / 2
    return {
        (True, False, False): "red",
        (False, True, False): "green",
        (False, False, True): "blue",
        (True, True, False): "yellow",
        (True, False, True): "magenta",
        (False, True, True): "cyan",
    }.get((red > middle, green > middle, blue > middle), "")


# What a line of a level has in it: to find a text is much faster than to match an expression.
_WORDS = ("ERROR", "CRITICAL", "FATAL", "WARN", "arning: ", "rror: ", "atal: ", "Traceback (most recent call last)")
_ERROR = re.compile(r"\b(?:ERROR|CRITICAL|FATAL)\b|^\s*(?:[Ee]rror|[Ff]atal(?: error)?): ")
_WARNING = re.compile(r"\bWARN(?:ING)?\b|\b\w*Warning: |^\s*warning: ")
_TRACE = "Traceback (most recent call last)"
_EXCEPTION = re.compile(r"[^\W\d][\w.]*(?::|$)")


class Continuation(NamedTuple):
    """What goes on at the end of some lines: after an error, and in a traceback with this text before its lines."""

    error: bool = False
    trace: str | None = None


class Severities(NamedTuple):
    """The places of lines that belong to errors and warnings, and how many errors began there."""

    errors: list[int]
    warnings: list[int]
    begun: int
    going: Continuation


def severities(lines: Sequence[str], going: Continuation = Continuation()) -> Severities:  # noqa: B008 - it cannot change
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
    return Severities(errors, warnings, begun, Continuation(last, trace if end == len(lines) else None))


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
