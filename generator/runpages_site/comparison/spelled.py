"""The words and figures of a comparison, the same on a terminal, in Markdown, in LaTeX and on a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .. import goal
from ..text import number
from .differences import CodeChange
from .metrics import Cell, MetricRow
from .outcome import FAILS, KNOWN, PASSES, Outcome, chance
from .whole import Comparison

WORDS = {"better": "better", "worse": "worse", "same": "same", "unknown": "can’t tell"}
MARKS = {FAILS: "✗", PASSES: "✓", KNOWN: "~"}
"""What stands before an outcome; a question mark before one that was not evaluated."""

UP, DOWN, EQUAL = "▲", "▼", "="
DECIMALS = 6
"""Most decimals that are shown for a deviation."""

CODE = 6
"""Most files of code that are named."""


class Figures(NamedTuple):
    """A cell in figures, each of which is empty where there is none."""

    value: str
    n: str = ""
    """How many runs of a group count."""
    size: str = ""
    """The size of the difference to the reference, without its sign."""
    share: str = ""
    """The same in percent of the reference."""
    sign: str = ""
    """``▲`` or ``▼``, without a goal ``+`` or ``−``; ``=`` where the values look the same."""
    word: str = ""
    """``better``, ``worse``, ``same`` or ``can’t tell``."""
    p: str = ""
    """The p of the verdict, which is corrected where several groups are tested."""
    interval: str = ""
    """The plain 95 % interval of the difference."""

    @property
    def delta(self) -> str:
        """The difference with its sign: ``+0.0114``."""
        return self._signed(self.size)

    @property
    def relative(self) -> str:
        """The difference with its sign in percent: ``+1.2 %``."""
        return self._signed(self.share)

    def _signed(self, size: str) -> str:
        return size and {UP: "+", DOWN: number.MINUS, EQUAL: ""}.get(self.sign, self.sign) + size

    @property
    def judged(self) -> str:
        """The arrow and the word: ``▲ better``, ``= same``; empty without a goal."""
        sign = EQUAL if self.word == WORDS["same"] else self.sign if self.sign in (UP, DOWN, EQUAL) else ""
        return " ".join(filter(None, (sign, self.word)))

    @property
    def shown(self) -> str:
        """The difference as pages show it: ``▲ 0.0114 (1.2 %)``, ``+0.65 (2.6 %)``, ``=``."""
        if self.sign in ("", EQUAL):
            return self.sign
        gap = " " if self.sign in (UP, DOWN) else ""
        return f"{self.sign}{gap}{self.size}" + (f" ({self.share})" if self.share else "")


def figures(row: MetricRow) -> list[Figures]:
    """The cells of a metric, with as many decimals as its values need; deviations have two digits at least."""
    decimals = number.column([cell.value for cell in row.cells if not isinstance(cell.value, str)])
    if deviations := [cell.sd for cell in row.cells if cell.sd]:
        needed = 1 - math.floor(math.log10(min(deviations)))
        decimals = min(max(decimals, needed), max(decimals, DECIMALS))
    return [_figures(cell, decimals, has_goal=row.aim.better is not None) for cell in row.cells]


def _figures(cell: Cell, decimals: int, *, has_goal: bool) -> Figures:
    value = cell.value if isinstance(cell.value, str) else number.fixed(cell.value, decimals)
    spread = "" if cell.sd is None else f" ± {number.fixed(cell.sd, decimals)}"
    found = Figures(value + spread, "" if cell.n is None else str(cell.n))
    absolute, share, word = cell.delta
    if absolute is not None:
        size = number.fixed(abs(absolute), decimals)
        looks_same = not any(digit in size for digit in "123456789")
        up, down = (UP, DOWN) if has_goal else ("+", number.MINUS)
        found = found._replace(
            size=size,
            share="" if share is None else percent(abs(share)),
            sign=EQUAL if looks_same else up if absolute > 0 else down,
            word=WORDS.get(word, "") if word == "unknown" or not looks_same else "",
        )
    if cell.verdict is None:
        return found
    interval, p = cell.verdict.interval, cell.verdict.p
    between = f"{number.fixed(interval.low, decimals)} to {number.fixed(interval.high, decimals)}" if interval else ""
    return found._replace(p="" if p is None else chance(p), interval=between)


def percent(share: float) -> str:
    """A share as a percentage with two digits, whole from 100 on: ``0.56 %``, ``1,280 %``."""
    size = 100 * share
    if size >= 99.5:
        return f"{number.short(round(size))} %"
    digits = 1 if size >= 0.1 else 0
    return f"{size:.{min(digits - math.floor(math.log10(size)), 12)}f} %" if size else "0 %"


def aim(row: MetricRow) -> str:
    """What the values of a metric are: ``last, lower is better (assumed)``."""
    better = {"min": "lower", "max": "higher"}.get(row.aim.better or "")
    words = [goal.label(row.which)]
    if better:
        words.append(f"{better} is better" + (" (assumed)" if row.aim.assumed else ""))
    if row.tolerance:
        words.append(f"tolerance {number.short(row.tolerance)}")
    return ", ".join(words)


def test(found: Comparison) -> str:
    """How verdicts of groups were found; empty where there are none."""
    judged = [
        (row, cell.verdict) for row in found.metrics for cell in row.cells if cell.verdict and cell.verdict.tested
    ]
    if not judged:
        return ""
    row, most = judged[0][0], max(one.tested for _, one in judged)
    words = f"p by the paired t-test of runs with the same {row.pair_by}" if row.pair_by else "p by Welch’s test"
    return words + (f", with Holm’s correction over {most} groups; intervals are not corrected" if most > 1 else "")


def outcome(one: Outcome) -> str:
    """An outcome in a line: what became of the condition, for whom, and why."""
    about = f" ({one.member})" if one.member else ""
    return f"{one.state}: {one.condition}{about}: {one.known.sentence if one.known else one.why}"


def files(change: CodeChange) -> str:
    """The files of code that changed, were added or removed: ``~ train.py, + model.py, − old.py``."""
    marked = (("~", change.changed), ("+", change.added), (number.MINUS, change.removed))
    listed = [f"{mark} {name}" for mark, names in marked for name in names]
    more = len(listed) - CODE
    return ", ".join(listed if more <= 1 else [*listed[:CODE], f"{more} more"])


def sentence(parts: Sequence[str]) -> str:
    """What differs, in a sentence."""
    return ", ".join(parts) if parts else "nothing that was recorded"
