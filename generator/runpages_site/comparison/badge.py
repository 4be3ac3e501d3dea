"""Draws a badge: a label and a message in two fields, as readmes show them.

Widths of texts are computed from the metrics of a common font, and stated in the SVG for viewers with other fonts.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..chart.axis import elided, width
from ..text import html, number
from .outcome import FAILS, PASSES, UNKNOWN, Outcome
from .spelled import figures
from .whole import Comparison

# White on each of these has a contrast of 4.5 at least.
_COLORS = {"good": "#1a7f37", "bad": "#c1262d", "neutral": "#57606a"}
_LABEL = "#3b434b"
_PAD, _HEIGHT, _LONGEST = 8, 20, 240


def badge(found: Sequence[Comparison], outcomes: Sequence[Outcome]) -> str:
    """What became of the conditions; without any, the first metric of the first comparison and its difference."""
    if outcomes:
        return drawn("comparison", *_verdict([one.state for one in outcomes]))
    return drawn(*_metric(found[0]))


def _verdict(states: Sequence[str]) -> tuple[str, str]:
    if failed := states.count(FAILS):
        return f"{failed} of {len(states)} {'fails' if failed == 1 else 'fail'}", "bad"
    if UNKNOWN in states:
        return f"{states.count(UNKNOWN)} of {len(states)} not evaluated", "neutral"
    known = len(states) - states.count(PASSES)
    return "passes" + (f", {known} known" if known else ""), "good"


def _metric(found: Comparison) -> tuple[str, str, str]:
    if not found.metrics:
        return "comparison", number.MISSING, "neutral"
    row, [place, *_] = found.metrics[0], found.others
    one, word = figures(row)[place], row.cells[place].delta.word
    kind = {"better": "good", "worse": "bad"}.get(word, "neutral")
    return row.name, " ".join(filter(None, (one.value, one.delta and f"({one.delta})", one.word))), kind


def drawn(label: str, message: str, kind: str) -> str:
    """The SVG of a badge; ``kind`` is good, bad or neutral."""
    label, message = elided(label, _LONGEST), elided(message, _LONGEST)
    left, right = width(label) + 2 * _PAD, width(message) + 2 * _PAD
    whole = left + right
    alt = html(f"{label}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:g}" height="{_HEIGHT}" role="img" aria-label="{alt}">'
        f"<title>{alt}</title>"
        f'<clipPath id="r"><rect width="{whole:g}" height="{_HEIGHT}" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left:g}" height="{_HEIGHT}" fill="{_LABEL}"/>'
        f'<rect x="{left:g}" width="{right:g}" height="{_HEIGHT}" fill="{_COLORS[kind]}"/></g>'
        '<g fill="#fff" font-family="Arial,Liberation Sans,Helvetica,sans-serif" font-size="11.5">'
        f"{_text(label, _PAD)}{_text(message, left + _PAD)}</g></svg>\n"
    )


def _text(text: str, at: float) -> str:
    return f'<text x="{at:g}" y="14" textLength="{width(text):g}" lengthAdjust="spacingAndGlyphs">{html(text)}</text>'
