"""Turns an accuracy table into curves: ROC, precision–recall, gain, lift and calibration, per class and averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import chart, select, text
from ..text import number
from . import parse_diagnostics, scores
from .parse_diagnostics import (
    Diagnosed,
    Diagnosis,
    Panel,
    Row,
    Sheet,
    Steps,
    View,
    content,
    joined,
    names,
    sheet,
    spelled,
)
from .scores import Counts, Curve

NAMED, CLASSES = 8, 200
"""Most classes with a curve each, and most classes of a table."""

_CHOSEN_POINTS = 120
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))


class ClassTable(NamedTuple):
    """One class against the rest: its counts, and those at probability thresholds."""

    label: str
    rows: tuple[Counts, ...]
    steps: Steps | str
    """A string says why there are none."""
    wrong: int
    """Number of invalid rows, which are left out."""

    @property
    def support(self) -> float:
        """Number of samples of the class."""
        return max(row.tp + row.fn for row in self.rows)


class Curves(NamedTuple):
    """The curves of one class, or of an average."""

    label: str
    color: str
    dash: int
    support: float | None
    roc: Curve
    precision: Curve
    gain: Curve
    lift: Curve
    bins: Sequence[scores.Bin]
    auc: float | None
    ap: float | None


class Table(NamedTuple):
    """A parsed accuracy table, with notes on what it lacks."""

    classes: tuple[ClassTable, ...]
    notes: tuple[str, ...]


def accuracy(data: Any, name: str) -> Diagnosed[Diagnosis]:
    """The diagnosis of an accuracy table; the data are scores and paths of the averages and of each class.

    ``is_large``: the reader selects one of many classes, whose paths are those of all panels; else of the first two.
    """
    table = _table(data)
    if isinstance(table, str):
        return Diagnosed(table)
    curves = [_curves(table, at) for at in range(len(table.classes))]
    means = _means(curves) if len(curves) > 1 else []
    rows, top, is_large = [*means, *curves], _lift_top(curves), len(curves) > NAMED
    drawn = means if is_large else rows
    shown = Diagnosis(
        views=tuple(_views(drawn, name, top)),
        figures=tuple(_figures(rows)),
        summary=_summary(rows, {one.label for one in drawn}),
        sheets=tuple(_sheets(drawn)),
        note=joined(table.notes),
        choice=tuple(one.label for one in curves) if is_large else (),
    )
    made: dict[str, object] = {
        "means": [_paths(one, top, _COMPARED) for one in means],
        "paths": [_paths(one, top, () if is_large else _COMPARED) for one in curves],
        "scores": [[text.visible(one.label), one.auc, one.ap] for one in rows],
    }
    return Diagnosed(shown, made | ({"is_large": True} if is_large else {}))


_COMPARED = ("roc", "precision")


def _paths(curves: Curves, top: float, kinds: Sequence[str]) -> dict[str, str]:
    """The paths of a class by panel, of all panels without ``kinds``."""
    shapes = _shapes(curves, top).items()
    return {
        kind: chart.curve_path(points, y, _CHOSEN_POINTS)
        for kind, (points, y) in shapes
        if points and (not kinds or kind in kinds)
    }


# --- reading ---


def _table(data: Any) -> Table | str:
    fields = content(data)
    by_score, others = _tables(fields.get("probability_tables")), _tables(fields.get("percentile_tables"))
    size = max(len(by_score), len(others))
    if not size:
        return "No probability_tables and no percentile_tables: for each class, rows of TP, FP, TN, FN."
    if size > CLASSES:
        return f"This table has {number.integer(size)} classes; at most {CLASSES} can be shown."
    given = fields.get("probability_thresholds")
    labels, numbered = names(fields.get("class_labels"), size)
    every = [
        _class_table(label, at, by_score, others, parse_diagnostics.of_class(given, at, size))
        for at, label in enumerate(labels)
    ]
    classes = tuple(one for one in every if one.rows)
    if not classes:
        return "No row has four counts (TP, FP, TN, FN) that are numbers ≥ 0."
    return Table(classes, (numbered, *_missing(every), _uncalibrated(classes)))


def _class_table(label: str, at: int, by_score: list[Any], others: list[Any], given: Any) -> ClassTable:
    first, wrong = _sound(by_score[at] if at < len(by_score) else [])
    second, also = _sound(others[at] if at < len(others) else [])
    steps = "some rows are invalid." if wrong else parse_diagnostics.by_probability(first, given)
    return ClassTable(label, (*first, *second), steps, wrong + also)


def _tables(values: Any) -> list[Any]:
    """Rows by class; with one class the outer list may be missing."""
    if not isinstance(values, list) or not values:
        return []
    is_bare = all(isinstance(row, list) and row and not any(isinstance(one, list) for one in row) for row in values)
    return [values] if is_bare else values


def _sound(rows: Any) -> tuple[tuple[Counts, ...], int]:
    """The valid rows, without empty ones, and the number of invalid rows."""
    if not isinstance(rows, list):
        return (), 1
    counts = [_counts(row) for row in rows]
    return tuple(row for row in counts if row is not None), sum(row is None for row in counts)


def _counts(row: Any) -> Counts | None:
    known = [select.finite(one) for one in row] if isinstance(row, list) and len(row) == 4 else []
    numbers = [float(one) for one in known if one is not None and 0 <= one < 1e300]
    return Counts(*numbers) if len(numbers) == 4 and sum(numbers) > 0 else None


def _missing(every: Sequence[ClassTable]) -> tuple[str, ...]:
    bad = sum(one.wrong for one in every)
    empty = [one.label for one in every if not one.rows]
    return (
        f"{number.plural(bad, 'row')} without four valid counts left out." if bad else "",
        f"Without counts: {_few(empty)}." if empty else "",
        "One class only, so no averages." if len(every) == 1 else "",
    )


def _uncalibrated(classes: Sequence[ClassTable]) -> str:
    """Why there is no calibration, or which classes lack it and why the first one does."""
    reasons = [(one.label, one.steps) for one in classes if isinstance(one.steps, str)]
    if not reasons:
        return ""
    classes_named = "" if len(reasons) == len(classes) else f" of {_few([label for label, _ in reasons])}"
    return f"No calibration{classes_named}: {reasons[0][1]}"


def _few(labels: Sequence[str]) -> str:
    return f"{', '.join(labels[:NAMED])}{' …' if len(labels) > NAMED else ''}"


# --- curves ---


def _curves(table: Table, at: int) -> Curves:
    one = table.classes[at]
    # The first two colours belong to the averages.
    color = f"s{at % 8 + 3}" if len(table.classes) > 1 else "s1"
    precision = scores.precision_recall(one.rows)
    gain = scores.gain(one.rows)
    roc = scores.roc(one.rows)
    bins = [] if isinstance(one.steps, str) else scores.calibration(*one.steps)
    return Curves(
        *(one.label, color, 0, one.support, roc, scores.precision_steps(precision), gain),
        *(scores.lift(gain), bins, scores.area(roc), scores.average_precision(precision)),
    )


def _means(curves: Sequence[Curves]) -> list[Curves]:
    support = [one.support or 0.0 for one in curves]
    kinds = zip(*((one.roc, one.precision, one.gain, one.lift) for one in curves), strict=True)
    several = [[scores.sampled(curve) for curve in kind] for kind in kinds]
    # Lift is undefined for zero samples: its mean starts where all curves have a value.
    begin = max((one.lift[0][0] for one in curves if one.lift), default=0.0)
    # With many classes no single one is drawn, so calibration is pooled over all.
    bins = scores.pooled(one.bins for one in curves) if len(curves) > NAMED else []

    def mean(label: str, look: tuple[str, int], weights: Sequence[float], bins: Sequence[scores.Bin]) -> Curves:
        roc, precision, gain, lift = (scores.averaged(samples, weights) for samples in several)
        lift = [point for point in lift if point[0] >= begin]
        auc, ap = (scores.mean(values, weights) for values in ([one.auc for one in curves], [one.ap for one in curves]))
        return Curves(label, *look, None, roc, precision, gain, lift, bins, auc, ap)

    return [mean("macro", ("s1", 1), [1.0] * len(curves), bins), mean("weighted", ("s2", 2), support, [])]


def _lift_top(drawn: Sequence[Curves]) -> float:
    return max([1.0, *(y for one in drawn for _, y in one.lift)]) * 1.04


def _shapes(curves: Curves, top: float) -> dict[str, tuple[Curve, tuple[float, float]]]:
    """The curves of a class by panel, with the y range of the panel."""
    return {
        "roc": (curves.roc, (0.0, 1.0)),
        "precision": (curves.precision, (0.0, 1.0)),
        "gain": (curves.gain, (0.0, 1.0)),
        "lift": (curves.lift, (0.0, top)),
        "calibration": ([(each.score, each.share) for each in curves.bins], (0.0, 1.0)),
    }


# --- what is shown ---

# Kind, title, x name, note. The curves are defined in scores.py.
_PANELS = (
    ("roc", "ROC", "FP rate", "TPR vs. FPR. Thin dashed: chance."),
    ("precision", "Precision–recall", "recall", "Precision vs. recall, step-wise (no interpolation)."),
    ("gain", "Cumulative gain", "samples", "Recall among the samples with the highest scores. Thin dashed: chance."),
    ("lift", "Lift", "samples", "Gain relative to chance. Thin dashed: chance (lift 1)."),
    ("calibration", "Calibration", "score", "Share of the class vs. mean score in ten bins. Thin dashed: ideal."),
)
_VIEWS = (("ROC and PR", ("roc", "precision")), ("Gain and lift", ("gain", "lift")), ("Calibration", ("calibration",)))
_REFERENCES = {"roc": _DIAGONAL, "gain": _DIAGONAL, "calibration": _DIAGONAL, "lift": ((0.0, 1.0), (1.0, 1.0))}


def _views(drawn: Sequence[Curves], name: str, top: float) -> list[View]:
    panels = {kind: _panel(kind, title, x, note, drawn, top, name) for kind, title, x, note in _PANELS}
    views = []
    for word, kinds in _VIEWS:
        found = [panel for kind in kinds if (panel := panels[kind]) is not None]
        if "calibration" in kinds and found:
            found.append(_score_panel(drawn, name))
        if found:
            views.append(View(word, tuple(found)))
    return views


def _panel(
    kind: str, title: str, x_name: str, note: str, drawn: Sequence[Curves], top: float, name: str
) -> Panel | None:
    shapes = [(one, *_shapes(one, top)[kind]) for one in drawn]
    lines = [chart.Line(one.label, points, one.color, one.dash) for one, points, _ in shapes if points]
    if not lines:
        return None
    svg = chart.xy_chart(
        lines,
        alt=f"{title} of {name}: {_alt_text(kind, drawn)}",
        x_name=x_name,
        y=shapes[0][2],
        reference=_REFERENCES.get(kind, ()),
        dots=kind == "calibration",
    )
    pooled = " Dashed: all classes together." if kind == "calibration" and len(lines) == 1 and lines[0].dash else ""
    return Panel(title, svg, f"{note}{pooled}", kind)


def _alt_text(kind: str, drawn: Sequence[Curves]) -> str:
    """Text alternative of a panel's curves."""
    if kind == "roc":
        return ", ".join(f"{one.label} AUC {_spelled(one.auc)}" for one in drawn)
    if kind == "precision":
        return ", ".join(f"{one.label} AP {_spelled(one.ap)}" for one in drawn)
    return ", ".join(one.label for one in drawn)


def _score_panel(drawn: Sequence[Curves], name: str) -> Panel:
    bins = scores.pooled(one.bins for one in drawn)
    counts = [0.0] * scores.BINS
    for one in bins:
        counts[min(int(one.score * scores.BINS), scores.BINS - 1)] = one.samples
    edges = [at / scores.BINS for at in range(scores.BINS + 1)]
    svg = chart.distribution_chart([chart.Distribution(0, edges, counts)], name=f"{name}, scores", x_name="score")
    return Panel("Scores", svg, "Number of scores in each of ten bins, all classes together.")


def _figures(curves: Sequence[Curves]) -> list[tuple[str, str]]:
    """AUC and AP of the averages, or of the only class."""
    main = [one for one in curves if one.support is None] or list(curves)
    return [
        *((f"{one.label} AUC", _spelled(one.auc)) for one in main),
        *((f"{one.label} AP", _spelled(one.ap)) for one in main),
    ]


def _summary(curves: Sequence[Curves], drawn: set[str]) -> Sheet:
    rows = [
        Row(
            one.label,
            (spelled(one.support), _spelled(one.auc), _spelled(one.ap)),
            f"{one.color} d{one.dash}" if one.label in drawn else "",
        )
        for one in curves
    ]
    note = "AUC: trapezoidal. AP: step-wise sum, as in scikit-learn."
    return Sheet("Classes", ("class", "samples", "AUC", "AP"), tuple(rows), note)


def _sheets(drawn: Sequence[Curves]) -> list[Sheet]:
    sheets = []
    for kind, title, x_name, _ in _PANELS[:-1]:
        found = [(one.label, points) for one in drawn if (points := _shapes(one, 1.0)[kind][0])]
        after = kind != "precision"  # precision at a recall is that of the threshold that reaches it
        rows = [
            Row(f"{x:.1f}", tuple(_spelled(scores.height(points, x, after=after)) for _, points in found))
            for x in _SHEET
            if x > 0 or kind != "lift"
        ]
        if found:
            sheets.append(sheet(title, (x_name, *(label for label, _ in found)), rows))
    rows = [
        Row(one.label, (_spelled(each.score), _spelled(each.share), spelled(each.samples)))
        for one in drawn
        for each in one.bins
    ]
    return [*sheets, *([sheet("Calibration", ("class", "score", "share", "samples"), rows)] if rows else [])]


_SHEET = [at / 10 for at in range(11)]


def _spelled(value: float | None) -> str:
    return number.fixed(value, 4)
