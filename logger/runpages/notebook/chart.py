"""Draws logged diagnostics as HTML without script, with drawings as images; what is malformed is left out."""

from __future__ import annotations

from html import escape
from itertools import groupby, pairwise
from math import isfinite
from operator import itemgetter
from typing import Any

from .embed import as_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Point = tuple[float, float | None]


WIDTH, HEIGHT = 280, 130
LEFT, RIGHT, TOP, BOTTOM = 56, WIDTH - 10, 8, HEIGHT - 20
LINE = "#3691e7"
GRAY = "#868e97"
TEXT = "#757b82"
"""As dark as it can be on black and as light as it can be on white: an image has not the colours of the notebook."""


def curve(name: str, steps: Sequence[float], values: Sequence[object]) -> str:
    """Draw values over steps; what is not a finite number is a gap. Empty where nothing can be drawn."""
    pairs = ((_finite(step), _finite(value)) for step, value in zip(steps, values, strict=True))
    points = sorted(((step, value) for step, value in pairs if step is not None), key=itemgetter(0))
    known = [value for _, value in points if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    first, last = points[0][0], points[-1][0]
    across, up = scale(first, last, LEFT, RIGHT), scale(low, high, BOTTOM, TOP)
    lines = "".join(_line(part, across, up) for part in _parts(_thinned(points, across)))
    label = f"{name}: {len(points)} values from {number(low)} to {number(high)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(label)}">'
        f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="{GRAY}" stroke-opacity="0.6"/>'
        f'<g fill="none" stroke="{LINE}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round">{lines}</g>'
        f'<g fill="{TEXT}" font-size="11" font-family="sans-serif">'
        f"{_end_labels(low, high, first, last)}</g></svg>"
    )


def is_curve(values: Sequence[object]) -> bool:
    """Whether values make a line: two at least, and none of them a text."""
    return len(values) > 1 and not any(isinstance(value, str) for value in values) and any(map(_is_number, values))


def number(value: float) -> str:
    """A number in at most six digits; whole ones below a million as they are."""
    return str(int(value)) if abs(value) < 1_000_000 and value == int(value) else f"{value:.6g}"


def _end_labels(low: float, high: float, first: float, last: float) -> str:
    ends = [(LEFT - 5, BOTTOM if low != high else (TOP + BOTTOM) // 2 + 4, "end", low)]
    ends += [(LEFT - 5, TOP + 8, "end", high)] if high != low else []
    ends += [(LEFT, HEIGHT - 5, "start", first), (RIGHT, HEIGHT - 5, "end", last)][: 1 + (first != last)]
    return "".join(f'<text x="{x}" y="{y}" text-anchor="{anchor}">{value:.4g}</text>' for x, y, anchor, value in ends)


def _is_number(value: object) -> bool:
    return _finite(value) is not None


def _finite(value: object) -> float | None:
    if type(value) is float:
        return value if isfinite(value) else None
    try:
        return float(value) if isinstance(value, (int, float)) and isfinite(value) else None
    except OverflowError:  # A whole number beyond all floats.
        return None


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Where a number lies between two places; halved first, since the span of two floats may be none."""
    half = high / 2 - low / 2
    return lambda value: start + (end - start) * ((value / 2 - low / 2) / half if half else 0.5)


def _thinned(points: list[Point], across: Callable[[float], float]) -> list[Point]:
    """At most the least and the greatest value of each pixel, so that no spike is lost, and whether it had a gap."""
    if len(points) <= 2 * WIDTH:
        return points
    found: list[Point] = []
    for _, group in groupby(points, lambda point: int(across(point[0]))):
        column = list(group)
        known = [(value, at, step) for at, (step, value) in enumerate(column) if value is not None]
        if known:
            ends = sorted({min(known), max(known)}, key=lambda end: end[1])
            found += [(step, value) for value, _, step in ends]
        if len(known) < len(column) / 2:
            found.append((column[-1][0], None))
    return found


def _parts(points: list[Point]) -> list[list[tuple[float, float]]]:
    """The stretches between gaps."""
    found: list[list[tuple[float, float]]] = [[]]
    for step, value in points:
        if value is None:
            found.append([])
        else:
            found[-1].append((step, value))
    return [part for part in found if part]


def _line(part: list[tuple[float, float]], across: Callable[[float], float], up: Callable[[float], float]) -> str:
    places = [(f"{across(step):.1f}", f"{up(value):.1f}") for step, value in part]
    if len(places) == 1:  # A line of no length, which round ends make a dot.
        return f'<path stroke-width="4" d="M{places[0][0]} {places[0][1]}h0"/>'
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in places)}"/>'


CLASSES = 20
"""Classes of a matrix that are drawn."""

CURVES = 10
"""ROC curves that are drawn in one chart."""

POINTS = 300
"""Bins that are drawn, and about as many points of a ROC curve."""

_COLOURS = (
    *("#3691e7", "#d9493c", "#2f9e57", "#bd8913", "#8a63d2"),
    *("#0e9aa7", "#d6589f", "#7d8b2a", "#b0683c", "#868e97"),
)
_NAME = "padding:2px 6px;text-align:right;font-weight:normal;white-space:nowrap"


def drawing(kind: str, data: Any) -> str:
    """A diagnostic drawn; empty for kinds and data that nothing can be drawn of."""
    draw = {
        "confusion_matrix": _matrix,
        "residuals": _histogram,
        "histogram": _histogram,
        "accuracy_table": _roc,
        "predictions": _predictions,
    }.get(kind)
    if draw is None or not isinstance(data, dict):
        return ""
    inner = data.get("data")
    return draw(inner if isinstance(inner, dict) and "schema_type" in data else data)


def _matrix(data: dict[str, Any]) -> str:
    """Rows are true classes, columns predicted ones; a cell is as opaque as its share of its row."""
    rows = [_numbers(row) for row in _listed(data.get("matrix"))]
    if not rows or any(len(row) != len(rows) for row in rows):
        return ""
    labels = [escape(label) for label in _labels(data, len(rows))[:CLASSES]]
    head = "".join(f'<th scope="col" style="{_NAME}">{label}</th>' for label in labels)
    body = "".join(
        f'<tr style="background:none"><th scope="row" style="{_NAME}">{label}</th>'
        f"{''.join(_cell(value, sum(map(abs, row))) for value in row[:CLASSES])}</tr>"
        for label, row in zip(labels, rows, strict=False)
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;border:0;margin:0;font-size:12px">'
        f'<tr style="background:none"><th style="{_NAME};opacity:.7">true ↓ predicted →</th>{head}</tr>{body}'
        f"</table></div>{_rest(CLASSES, len(rows))}"
    )


def _cell(value: float, whole: float) -> str:
    share = abs(value) / whole if whole and isfinite(whole) else 0.0
    return (
        f'<td style="padding:2px 8px;text-align:right;background:rgba(54,145,231,{0.6 * share:.2f})">'
        f"{escape(number(value))}</td>"
    )


def _histogram(data: dict[str, Any]) -> str:
    """Counts over the edges of their bins."""
    counts = _numbers(data.get("bin_counts"))
    edges = _edges(data, len(counts))
    if not edges or min(counts) < 0 or not max(counts):
        return ""
    across, up = scale(edges[0], edges[-1], LEFT, RIGHT), scale(0.0, max(counts), BOTTOM, TOP)
    bars = "".join(
        f"M{across(left):.1f} {BOTTOM}V{up(count):.1f}H{across(right):.1f}V{BOTTOM}Z"
        for left, right, count in zip(edges, edges[1:], counts, strict=False)
    )
    return _svg(f'<path d="{bars}" fill="{LINE}" fill-opacity="0.7"/>', (edges[0], edges[-1]), (0.0, max(counts)))


def _predictions(data: dict[str, Any]) -> str:
    """The mean prediction over the middle of each bin of true values, with its error up and down; dashed: ideal."""
    means = _numbers(data.get("bin_averages"))
    edges = _edges(data, len(means))
    if not edges:
        return ""
    given = _numbers(data.get("bin_errors"))
    errors = [abs(error) for error in given] if len(given) == len(means) else [0.0] * len(means)
    ends = [mean + sign * error for mean, error in zip(means, errors, strict=True) for sign in (-1, 1)]
    low, high = min(edges[0], *ends), max(edges[-1], *ends)
    if not isfinite(high) or not isfinite(low):
        return ""
    across, up = scale(edges[0], edges[-1], LEFT, RIGHT), scale(low, high, BOTTOM, TOP)
    middles = [left / 2 + right / 2 for left, right in pairwise(edges)]
    points = [(across(x), mean, error) for x, mean, error in zip(middles, means, errors, strict=True)]
    bars = "".join(f"M{x:.1f} {up(mean - error):.1f}V{up(mean + error):.1f}" for x, mean, error in points if error)
    dots = "".join(f"M{x:.1f} {up(mean):.1f}h0" for x, mean, _ in points)
    return _svg(
        f'{_dashed(up(edges[0]), up(edges[-1]))}<path d="{bars}" stroke="{LINE}" stroke-opacity="0.6"/>'
        f'<path d="{dots}" stroke="{LINE}" stroke-width="5" stroke-linecap="round"/>',
        (edges[0], edges[-1]),
        (low, high),
    )


def _roc(data: dict[str, Any]) -> str:
    """TPR over FPR for each class, from TP, FP, TN, FN at thresholds, with the area below; dashed: by chance."""
    tables = _listed(data.get("probability_tables"))
    across, up = scale(0.0, 1.0, LEFT, RIGHT), scale(0.0, 1.0, BOTTOM, TOP)
    lines, legend = [], []
    for table, label, colour in zip(tables, _labels(data, len(tables)), _COLOURS, strict=False):
        points = _rates(table)
        if points:
            few = [*points[:: len(points) // POINTS + 1], points[-1]]
            places = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in few)
            lines.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
            area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
            legend.append(f'<span><span style="color:{colour}">●</span> {escape(label)} {area:.3f}</span>')
    if not lines:
        return ""
    names = (
        f'<div style="display:grid;grid-template-columns:1fr 1fr;gap:0 12px;max-width:{WIDTH}px;font-size:12px">'
        '<span style="grid-column:1/-1;opacity:.7">area under the curve (AUC)</span>'
    )
    chart = _svg(_dashed(BOTTOM, TOP) + "".join(lines), (0.0, 1.0), (0.0, 1.0))
    return f"{chart}{names}{''.join(legend)}</div>{_rest(CURVES, len(tables))}"


def _rates(table: Any) -> list[tuple[float, float]]:
    """False and true positive rates, from corner to corner; empty where none is known."""
    rows = [row for row in map(_numbers, _listed(table)) if len(row) == 4]
    rates = [(fp / (fp + tn), tp / (tp + fn)) for tp, fp, tn, fn in rows if fp + tn > 0 and tp + fn > 0]
    sound = {(x, y) for x, y in rates if 0 <= x <= 1 and 0 <= y <= 1}
    return sorted({(0.0, 0.0), (1.0, 1.0)} | sound) if sound else []


def _dashed(left: float, right: float) -> str:
    return f'<path d="M{LEFT} {left:.1f}L{RIGHT} {right:.1f}" stroke="{GRAY}" stroke-dasharray="3 3" fill="none"/>'


def _svg(inner: str, x: tuple[float, float], y: tuple[float, float]) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="{GRAY}" stroke-opacity="0.6"/>{inner}'
        f'<g fill="{TEXT}" font-size="11" font-family="sans-serif">'
        f'<text x="{LEFT - 5}" y="{TOP + 8}" text-anchor="end">{y[1]:.4g}</text>'
        f'<text x="{LEFT - 5}" y="{BOTTOM}" text-anchor="end">{y[0]:.4g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 5}" text-anchor="start">{x[0]:.4g}</text>'
        f'<text x="{RIGHT}" y="{HEIGHT - 5}" text-anchor="end">{x[1]:.4g}</text></g></svg>'
    )
    return as_image(svg, f"from {x[0]:.4g} to {x[1]:.4g}, {y[0]:.4g} to {y[1]:.4g}")


def _rest(shown: int, there: int) -> str:
    """What says that not all classes are drawn."""
    return f'<div style="opacity:.7">first {shown} of {there} classes; the page has all</div>' if there > shown else ""


def _labels(data: dict[str, Any], count: int) -> list[str]:
    given = _listed(data.get("class_labels"))
    return [str(label)[:24] for label in (given if len(given) == count else range(count))]


def _edges(data: dict[str, Any], bins: int) -> list[float]:
    """The edges of bins; empty where they do not rise, or where there are too many to draw."""
    edges = _numbers(data.get("bin_edges"))
    rising = len(edges) == bins + 1 and edges == sorted(edges) and edges[0] < edges[-1]
    return edges if rising and 0 < bins <= POINTS else []


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _numbers(given: Any) -> list[float]:
    """A list of finite numbers; empty where anything else is among them."""
    cells = _listed(given)
    try:
        found = [float(cell) for cell in cells if isinstance(cell, (int, float))]
    except OverflowError:
        return []
    return found if len(found) == len(cells) and all(map(isfinite, found)) else []
