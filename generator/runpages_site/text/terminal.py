"""Terminal output as safe HTML: colours become role classes, all other control sequences go.

A line is what a terminal would show at its end: a carriage return starts it again, so a progress bar is one state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from .plain import escaped, html, visible

LINE_LIMIT = 10_000

# Strings (OSC, DCS, APC, PM, SOS) run to BEL or ST, and never over the end of a line.
_SEQUENCE = re.compile(
    r"\x1b\[([0-?]*)[ -/]*([@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"
    r"|\x1b[ -/]*[0-~]?"
)
_SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NAMES = ("", "red", "green", "yellow", "blue", "magenta", "cyan", "")
_FLAGS = {1: "bold", 2: "dim", 4: "under", 7: "inv", 9: "strike"}
_ENDS = {22: ("bold", "dim"), 24: ("under",), 27: ("inv",), 29: ("strike",)}

Style = tuple[str, ...]
Run = tuple[str, Style]
"""A text, or a character, of one style."""


def log_lines(text: str) -> list[str]:
    """Each line of a log as HTML; the style at the end of a line goes on in the next."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    shown = visible(text)
    if shown is text or _SPECIAL.search(text) is None:
        # Most logs are plain, and escaping a whole one costs as much as escaping a line.
        lines = escaped(shown).removesuffix("\n").split("\n")
        if max(map(len, lines)) <= LINE_LIMIT:
            return lines
    style: Style = ()
    result: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        markup, style = _line(line.removesuffix("\r"), style)
        result.append(markup)
    return result


def _line(line: str, style: Style) -> tuple[str, Style]:
    runs, style = _runs(line, style) or _screen(line, style)
    parts = [_span(key, "".join([text for text, _ in group])) for key, group in groupby(runs, key=itemgetter(1))]
    return "".join(parts), style


def _cut(line: str) -> str:
    if len(line) <= LINE_LIMIT:
        return line
    return f"{line[:LINE_LIMIT]} … {len(line) - LINE_LIMIT} more characters"


def _span(style: Style, text: str) -> str:
    shown = html(_cut(text))
    return f'<span class="{" ".join([f"a-{name}" for name in style])}">{shown}</span>' if style else shown


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
    for char, arguments, final in _tokens(line):
        if final == "m":
            style = _restyle(style, arguments)
        elif final == "K":
            _erase(cells, column, arguments)
        elif char == "\r":
            column = 0
        elif char == "\b":
            column = max(0, column - 1)
        elif char:
            cells[column : column + 1] = [(char, style)]
            column += 1
    return cells, style


def _tokens(line: str) -> Iterator[tuple[str, str, str]]:
    """Characters and control sequences: (character, arguments, final letter)."""
    place = 0
    for match in _SEQUENCE.finditer(line):
        yield from ((char, "", "") for char in line[place : match.start()])
        yield "", match[1] or "", match[2] or ""
        place = match.end()
    yield from ((char, "", "") for char in line[place:])


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
            style = _apply(style, code)
        place += 1
    return style


_known_style = lru_cache(256)(_new_style)


def _apply(style: Style, code: int) -> Style:
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
