"""An accuracy table as curves: ROC, precision and recall, gain, lift, calibration, for each class and on average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import chart, select
from ..text import number
from . import parse_diagnostics, scores
from .components import NONE
from .diagnostic import Diagnosis, Panel, Row, Sheet, View, sheet, spelled
from .parse_diagnostics import Steps, content, joined, names
from .scores import Counts, Curve

NAMED, CLASSES = 8, 200
"""Up to so many classes all have curves at once, and up to so many are read."""

_CHOSEN_POINTS = 120
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))


class ClassTable(NamedTuple):
    """One class against the rest: counts at any thresholds, and those at thresholds of its probability."""

    label: str
    rows: tuple[Counts, ...]
    steps: Steps | str
    """Why there are none, where there are none."""
    wrong: int
    """Rows that are left out."""

    @property
    def support(self) -> float:
        """The samples of the class."""
        return max(row.tp + row.fn for row in self.rows)


class Curves(NamedTuple):
    """What is drawn of one class, or of the mean of all."""

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

    @property
    def css_classes(self) -> str:
        """The classes of its line."""
        return f"{self.color} d{self.dash}"


class Table(NamedTuple):
    """What an accuracy table says, and what is missing in it."""

    classes: tuple[ClassTable, ...]
    notes: tuple[str, ...]


def accuracy(data: Any, name: str) -> Diagnosis | str:
    """The card of an accuracy table, or why nothing of it can be drawn."""
    table = _table(data)
    if isinstance(table, str):
        return table
    curves = [_curves(table, at) for at in range(len(table.classes))]
    means = _means(curves) if len(curves) > 1 else []
    drawn = [*means, *curves] if len(curves) <= NAMED else means
    rows = [*means, *curves]
    return Diagnosis(
        views=tuple(_views(drawn, name, _lift_top(curves))),
        figures=tuple(_figures(rows)),
        summary=_summary(rows, {one.label for one in drawn}),
        sheets=tuple(_sheets(drawn)),
        note=joined(table.notes),
        choice=tuple(one.label for one in curves) if len(curves) > NAMED else (),
    )


def accuracy_data(data: Any) -> dict[str, object] | None:
    """The paths of all classes, where there are so many that a reader chooses one; else None."""
    table = _table(data)
    if isinstance(table, str) or len(table.classes) <= NAMED:
        return None
    curves = [_curves(table, at) for at in range(len(table.classes))]
    top = _lift_top(curves)
    paths = [
        {kind: chart.curve_path(points, y, _CHOSEN_POINTS) for kind, (points, y) in _shapes(one, top).items() if points}
        for one in curves
    ]
    return {"paths": paths}


# --- reading ---


def _table(data: Any) -> Table | str:
    fields = content(data)
    by_score, others = _tables(fields.get("probability_tables")), _tables(fields.get("percentile_tables"))
    size = max(len(by_score), len(others))
    if not size:
        return (
            "There are no probability_tables and no percentile_tables in this: for each class, rows of TP, FP, TN, FN."
        )
    if size > CLASSES:
        return f"This table has {number.integer(size)} classes, and a page shows {CLASSES} at most."
    given = fields.get("probability_thresholds")
    every = [
        _class_table(label, at, by_score, others, parse_diagnostics.of_class(given, at, size))
        for at, label in enumerate(names(fields.get("class_labels"), size))
    ]
    classes = tuple(one for one in every if one.rows)
    if not classes:
        return "None of its rows has four counts, TP, FP, TN and FN, that are numbers from 0 up."
    return Table(classes, (*_missing(fields, every), _uncalibrated(classes)))


def _class_table(label: str, at: int, by_score: list[Any], others: list[Any], given: Any) -> ClassTable:
    first, wrong = _sound(by_score[at] if at < len(by_score) else [])
    second, also = _sound(others[at] if at < len(others) else [])
    steps = "some of its rows are left out." if wrong else parse_diagnostics.by_probability(first, given)
    return ClassTable(label, (*first, *second), steps, wrong + also)


def _tables(values: Any) -> list[Any]:
    """Rows for each class; of one class the list around them may be missing."""
    if not isinstance(values, list) or not values:
        return []
    is_bare = all(isinstance(row, list) and row and not any(isinstance(one, list) for one in row) for row in values)
    return [values] if is_bare else values


def _sound(rows: Any) -> tuple[tuple[Counts, ...], int]:
    """The rows that are four counts, without those that count nothing, and how many are none."""
    if not isinstance(rows, list):
        return (), 1
    counts = [_counts(row) for row in rows]
    return tuple(row for row in counts if row is not None), sum(row is None for row in counts)


def _counts(row: Any) -> Counts | None:
    known = [select.finite(one) for one in row] if isinstance(row, list) and len(row) == 4 else []
    numbers = [float(one) for one in known if one is not None and 0 <= one < 1e300]
    return Counts(*numbers) if len(numbers) == 4 and sum(numbers) > 0 else None


def _missing(fields: Any, every: Sequence[ClassTable]) -> tuple[str, ...]:
    given = fields.get("class_labels")
    lacking = [key for key in ("probability_tables", "percentile_tables") if not _tables(fields.get(key))]
    bad = sum(one.wrong for one in every)
    empty = [one.label for one in every if not one.rows]
    return (
        *(f"There are no {key}." for key in lacking),
        ""
        if isinstance(given, list) and len(given) == len(every)
        else "There is no label for each class, so they are numbered.",
        f"{number.plural(bad, 'row')} of no four counts left out." if bad else "",
        f"Without counts: {_few(empty)}." if empty else "",
        "With one class there is no average." if len(every) == 1 else "",
    )


def _uncalibrated(classes: Sequence[ClassTable]) -> str:
    """Why there is no calibration, or which classes have none and why the first of them has not."""
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
    # The first two colours are those of averages.
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
    # The lift of no samples is not known: its mean begins where all of them do.
    begin = max((one.lift[0][0] for one in curves if one.lift), default=0.0)
    # Of many classes no single one is drawn, so that all together stand for their calibration.
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
    """The curves of a class by the panel that they are drawn in, with the range of y there."""
    return {
        "roc": (curves.roc, (0.0, 1.0)),
        "precision": (curves.precision, (0.0, 1.0)),
        "gain": (curves.gain, (0.0, 1.0)),
        "lift": (curves.lift, (0.0, top)),
        "calibration": ([(each.score, each.share) for each in curves.bins], (0.0, 1.0)),
    }


# --- what is shown ---

# Kind, title, name of x, note. What the curves are is told where they are made, in scores.py.
_PANELS = (
    ("roc", "ROC", "FP rate", "True positive rate over false positive rate, dashed: chance."),
    ("precision", "Precision–recall", "recall", "Precision over recall, in steps: what lies between two is not known."),
    ("gain", "Cumulative gain", "samples", "Recall among the samples with the highest scores, dashed: chance."),
    ("lift", "Lift", "samples", "Gain over what chance gives. Dashed: chance, a lift of 1."),
    ("calibration", "Calibration", "score", "Share of the class over the mean score in ten bins. Dashed: ideal."),
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
    return Panel(title, svg, note, kind)


def _alt_text(kind: str, drawn: Sequence[Curves]) -> str:
    """What a reader who does not see the curves hears of them."""
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
    return Panel("Scores", svg, "How many scores, of all classes together, lie in each of the ten bins.")


def _figures(curves: Sequence[Curves]) -> list[tuple[str, str]]:
    """The areas of the averages, or of the only class."""
    main = [one for one in curves if one.support is None] or list(curves)
    return [
        *((f"{one.label} AUC", _spelled(one.auc)) for one in main),
        *((f"{one.label} AP", _spelled(one.ap)) for one in main),
    ]


def _summary(curves: Sequence[Curves], drawn: set[str]) -> Sheet:
    rows = [
        Row(
            one.label,
            (NONE if one.support is None else spelled(one.support), _spelled(one.auc), _spelled(one.ap)),
            one.css_classes if one.label in drawn else "",
        )
        for one in curves
    ]
    note = "AUC: area below the ROC curve by the trapezoid rule. AP: average precision, the sum of the steps."
    return Sheet("Classes", ("class", "samples", "AUC", "AP"), tuple(rows), note)


def _sheets(drawn: Sequence[Curves]) -> list[Sheet]:
    sheets = []
    for kind, title, x_name, _ in _PANELS[:-1]:
        found = [(one.label, points) for one in drawn if (points := _shapes(one, 1.0)[kind][0])]
        after = kind != "precision"  # the precision at a recall is that of the threshold which reaches it
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
    return NONE if value is None else number.fixed(value, 4)
