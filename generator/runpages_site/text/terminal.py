"""Parses terminal output into styled lines and finds errors and warnings; other control sequences are dropped.

A line is what a terminal would finally show: a carriage return restarts it, so a progress bar shows its last state.
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
"""Most characters of a line that are shown."""

LOOKED_AT = 1 << 16
"""Most characters of a line that are parsed; of an overwritten line, the last ones."""

# Strings (OSC, DCS, APC, PM, SOS) end at BEL or ST, within the line.
_CONTROL = r"\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?"
_SEQUENCE = re.compile(_CONTROL)
_TOKEN = re.compile(rf"{_CONTROL}|(\r+)|(\x08+)|([^\x1b\r\x08]+)")
_SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NAMES = ("", "red", "green", "yellow", "blue", "magenta", "cyan", "")
_FLAGS = {1: "bold", 2: "dim", 4: "under", 7: "inv", 9: "strike"}
_ENDS = {22: ("bold", "dim"), 24: ("under",), 27: ("inv",), 29: ("strike",)}

Style = tuple[str, ...]
Run = tuple[str, Style]
"""Text of one style."""


class Seen(NamedTuple):
    """The visible lines of a log.

    ``styled`` has the runs of styled lines, by index in ``lines``; ``style`` is the style at the end.
    """

    lines: list[str]
    styled: dict[int, list[Run]]
    style: Style


def seen(text: str, style: Style = ()) -> Seen:
    """The lines of a log as a terminal shows them, starting in ``style``."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    hidden = not style and hides(text)
    if not style and (not hidden or _SPECIAL.search(text) is None):
        # Most logs are plain, and checking a whole log is as fast as checking a line.
        lines = (visible(text) if hidden else text).removesuffix("\n").split("\n")
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
    """The lines as HTML."""
    if not log.lines:
        return []
    whole = "\n".join(log.lines)
    markup = escaped(whole)  # costs as much as escaping one line
    lines = list(log.lines) if markup is whole else markup.split("\n")
    for row, runs in log.styled.items():
        lines[row] = "".join([_span(text, style) for text, style in runs])
    return lines


def log_lines(text: str) -> list[str]:
    """The lines of a log as HTML; styles continue across lines."""
    return as_html(seen(text))


def classes(style: Style) -> str:
    """The CSS classes of a style."""
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
    """The part of a very long line to parse, and the number of characters cut at its end."""
    start = line.find("\r", len(line) - LOOKED_AT)
    part = line[(start if start >= 0 else line.rfind("\r")) + 1 :]
    return part[:LOOKED_AT], max(len(part) - LOOKED_AT, 0)


def _cut(runs: list[Run], more: int) -> list[Run]:
    """The runs of a line cut to the limit, with control characters made visible; ``more`` characters follow."""
    left = LINE_LIMIT
    kept: list[Run] = []
    for text, style in runs:
        if left:
            kept.append((visible(text[:left]), style))
        more += max(len(text) - left, 0)
        left = max(left - len(text), 0)
    return [*kept, (f" … {more} more characters", ())] if more else kept


def _runs(line: str, style: Style) -> tuple[list[Run], Style] | None:
    """A fast path of ``_screen``; None if the line needs it.

    Nearly all lines have only colours, or are progress bars with carriage returns.
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
    """The visible text of a line with carriage returns."""
    if "\r" not in line:
        return line
    shown = ""
    for part in reversed(line.split("\r")):
        if len(part) > len(shown):
            shown += part[len(shown) :]
    return shown


def _screen(line: str, style: Style) -> tuple[list[Run], Style]:
    """The cells of an infinitely wide terminal after ``line``."""
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
    """The colour class of a 256-colour or true-colour code, and the number of codes consumed."""
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
    """The colour class with the nearest hue; plain text for unsaturated colours."""
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


# Substrings of candidate lines, whose search is much faster than a regular expression, and for each a character that
# few logs have: looking for it first takes a twentieth of a search.
_WORDS = (
    ("R", "ERROR"), ("C", "CRITICAL"), ("L", "FATAL"), ("W", "WARN"), (":", "arning: "), (":", "rror: "),
    (":", "atal: "), ("T", "Traceback (most recent call last)"),
)  # fmt: skip
_ERROR = re.compile(r"\b(?:ERROR|CRITICAL|FATAL)\b|^\s*(?:[Ee]rror|[Ff]atal(?: error)?): ")
_WARNING = re.compile(r"\bWARN(?:ING)?\b|\b\w*Warning: |^\s*warning: ")
_TRACE = "Traceback (most recent call last)"
_EXCEPTION = re.compile(r"[^\W\d][\w.]*(?::|$)")


class Continuation(NamedTuple):
    """State after some lines: whether the last belongs to an error, and the prefix of an open traceback."""

    error: bool = False
    trace: str | None = None


class Severities(NamedTuple):
    """Indices of lines that belong to errors and warnings, and the number of errors that begin there."""

    errors: list[int]
    warnings: list[int]
    begun: int
    going: Continuation


def severities(lines: Sequence[str], going: Continuation = Continuation()) -> Severities:  # noqa: B008 - it cannot change
    """The severities of lines that continue earlier ones."""
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
    for character, word in _WORDS:
        place = text.find(word) if character in text else -1
        while place >= 0:
            starts = starts or [0, *accumulate(len(line) + 1 for line in lines)]
            row = bisect_right(starts, place) - 1
            found.add(row)
            place = text.find(word, starts[row + 1])
    return sorted(found)


def _rest(lines: Sequence[str], row: int, head: str | None) -> tuple[int, str | None]:
    """Index after a traceback that continues at ``row``, and its prefix if it is still open."""
    if head is None:
        return row, None
    for place in range(row, len(lines)):
        line = lines[place].removeprefix(head)
        if not line.startswith((" ", "\t")):
            return place + (_EXCEPTION.match(line) is not None), None
    return len(lines), head
