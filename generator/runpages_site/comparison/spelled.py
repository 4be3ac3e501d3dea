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
CODE = 6
"""Most files of code that are named."""


class Figures(NamedTuple):
    """A cell in figures, each of which is empty where there is none."""

    value: str
    n: str = ""
    """How many runs of a group count."""
    delta: str = ""
    """The difference to the reference, with its sign."""
    relative: str = ""
    """The same in percent of the reference."""
    arrow: str = ""
    word: str = ""
    """``better``, ``worse``, ``same`` or ``can’t tell``."""
    p: str = ""
    """The p of the verdict, which is corrected where several groups are tested."""
    interval: str = ""
    """The plain 95 % interval of the difference."""

    @property
    def judged(self) -> str:
        """The arrow and the word: ``▲ better``, ``=``."""
        return " ".join(filter(None, (self.arrow, self.word if self.arrow != EQUAL or self.p else "")))


def figures(row: MetricRow) -> list[Figures]:
    """The cells of a metric, with as many decimals as the values of the row need."""
    decimals = number.column([cell.value for cell in row.cells if not isinstance(cell.value, str)])
    return [_figures(cell, decimals) for cell in row.cells]


def _figures(cell: Cell, decimals: int) -> Figures:
    found = Figures(_value(cell, decimals), "" if cell.n is None else str(cell.n))
    absolute, share, word = cell.delta
    if absolute is not None:
        found = found._replace(
            delta=signed(absolute, decimals),
            relative="" if share is None else percent(share),
            arrow=EQUAL if word == "same" or not absolute else UP if absolute > 0 else DOWN,
            word=WORDS.get(word, ""),
        )
    if cell.verdict is None:
        return found
    interval, p = cell.verdict.interval, cell.verdict.p
    between = f"{number.cell(interval.low, decimals)} to {number.cell(interval.high, decimals)}" if interval else ""
    return found._replace(p="" if p is None else chance(p), interval=between)


def _value(cell: Cell, decimals: int) -> str:
    if isinstance(cell.value, str):
        return cell.value
    spread = "" if cell.sd is None else f" ± {number.fixed(cell.sd, decimals)}"
    return number.fixed(cell.value, decimals) + spread


def signed(value: float, decimals: int) -> str:
    """A difference with its sign."""
    return ("+" if value > 0 else "") + number.cell(value, decimals) if value else "0"


def percent(share: float) -> str:
    """A share as a signed percentage with three digits: ``+0.562 %``."""
    size = abs(100 * share)
    rounded = round(size, 2 - math.floor(math.log10(size))) if size else 0
    sign = "" if not share else "+" if share > 0 else number.MINUS
    return f"{sign}{number.short(rounded)} %"


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
