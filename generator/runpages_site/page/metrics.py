"""The metrics of a run: single values as a table, curves as charts in groups, text and lists as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import RunRecord, Series, Table, Value

from .. import chart, select, text
from ..model import Published, Scripts
from ..text import number
from . import link
from .components import EMPTY, NONE, Cell, Link, curve, figure, status
from .series import aside, band, by_kind, earlier, has_text, lines, metric_tables, spelled, told
from .tables import TableCard, table_card

ROWS = 100
# What all tables and all drawings of a page have together: a page of many charts stays small.
_ROWS_IN_ALL, _FEWEST_ROWS = 100, 5
_POINTS_IN_ALL, _FEWEST_POINTS = 2_600, 120
_LOG_SPAN = 100
_SINGLE_GROUP = "other"


@dataclass(frozen=True, slots=True)
class SingleRow:
    """A metric that was logged once."""

    name: str
    value: Cell
    folded: Markup
    """A long text, of which the opening is shown; empty for every other value."""
    unit: str
    description: str


@dataclass(frozen=True, slots=True)
class Points:
    """The table view of a series: steps and values, and how many of how many."""

    title: str
    step: str
    marked: bool
    """Whether a third column says which line a point belongs to."""
    rows: Markup
    number: bool
    later: int
    """How many points a script fills in, when the table is opened."""
    note: str
    link: Link


@dataclass(frozen=True, slots=True)
class MetricCard:
    """A metric with its chart; without one (text) the table is open."""

    id: str
    name: str
    at: int | None
    """Its place among the curves of the data script."""
    note: str
    last: Cell
    unit: str
    svg: Markup
    aside: str
    """What the lines beside the curve are."""
    points: Points


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one prefix; the only group of a run has no name."""

    name: str
    count: str
    cards: tuple[MetricCard, ...]


@dataclass(frozen=True, slots=True)
class FoldedRow:
    """A metric past the number of charts that a page bears."""

    name: str
    spark: Markup
    low: Cell
    high: Cell
    last: Cell


@dataclass(frozen=True, slots=True)
class Metrics:
    """The section of metrics."""

    count: str
    singles: tuple[SingleRow, ...]
    groups: tuple[Group, ...]
    texts: tuple[MetricCard, ...]
    values: TableCard | None
    """Instead of ``singles``, where these are too many."""
    curves: TableCard | None
    """Instead of ``folded``."""
    more_texts: TableCard | None
    folded: tuple[FoldedRow, ...]
    folded_title: str
    points: str
    """The data script with the points of the charts; empty where there is no chart."""

    @property
    def has_tables(self) -> bool:
        """Whether some metrics are rows of a table, for there are too many to show each by itself."""
        return any((self.values, self.curves, self.more_texts))


def curves(record: RunRecord, charts: int) -> list[Series]:
    """The series that have a chart, of at most so many ``charts``: their points go into the data script."""
    return by_kind(record.series.values())[1][:charts]


def metrics(
    record: RunRecord,
    published: Published,
    charts: int,
    scripts: Scripts = Scripts(),  # noqa: B008 - it is frozen
) -> Metrics | None:
    """The section of metrics, with at most so many ``charts``, or nothing where none was logged."""
    if not record.series:
        return None
    single, curves, other = by_kind(record.series.values())
    files = _files(published)
    count = max(1, min(charts, len(curves)) + min(charts, len(other)))
    room = _Room(
        max(_FEWEST_ROWS, min(ROWS, _ROWS_IN_ALL // count)),
        max(_FEWEST_POINTS, min(chart.POINTS, _POINTS_IN_ALL // count)),
    )
    ended = status(record.status).kind in ("failed", "canceled", "silent")
    cards = [_card(series, room, files, ended=ended, at=at) for at, series in enumerate(curves[:charts])]
    tables = {kind: _table(kind, table, published, files, scripts) for kind, table in metric_tables(record, charts)}
    return Metrics(
        count=number.integer(len(record.series)),
        singles=() if "values" in tables else tuple(map(_single, single)),
        values=tables.get("values"),
        curves=tables.get("curves"),
        groups=_groups(cards),
        texts=tuple(_card(series, room, files, ended=ended) for series in other[:charts]),
        more_texts=tables.get("texts"),
        folded=() if "curves" in tables else tuple(_folded(series) for series in curves[charts:]),
        folded_title=number.plural(len(curves) - charts, "more curve"),
        points=link.data(published.path, scripts.points) if cards and scripts.points else "",
    )


class _Room(NamedTuple):
    """How much each of the charts of a page may have: rows of its table, points of its drawing."""

    rows: int
    points: int


def _table(kind: str, table: Table, published: Published, files: Sequence[Link], scripts: Scripts) -> TableCard:
    """The first rows of a table of metrics, with the way to the rest."""
    data = scripts.metrics.get(kind)
    return table_card(table, f"metrics-{kind}", ROWS, files, link.data(published.path, data) if data else "")


def _files(published: Published) -> list[Link]:
    """Links to the published files that hold points."""
    found = sorted(file for file in published.files if _is_points(file))
    return [Link(file, link.between(published.path, published.files[file])) for file in found]


def _is_points(file: str) -> bool:
    return "/" not in file and file.startswith("metrics") and file.endswith(".csv")


def datum(value: Value) -> Cell:
    """One logged value: numbers short with all digits at hand, everything else as it is."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Cell(text.compact(value))
    return figure(value)


def _single(series: Series) -> SingleRow:
    value = series.values[0]
    return SingleRow(
        name=series.name,
        value=_last(value),
        folded=Markup(text.folded(value)) if isinstance(value, str) and text.is_long(value) else EMPTY,  # noqa: S704 - escaped
        unit=series.declared.unit or "",
        description=" · ".join(filter(None, (series.declared.description, earlier(series)))),
    )


def _groups(charted: Sequence[MetricCard]) -> tuple[Group, ...]:
    """The cards by the part of their name before the first ``/``; prefixes of one metric are taken together."""
    by_prefix: dict[str, list[MetricCard]] = {}
    for card in charted:
        by_prefix.setdefault(card.name.partition("/")[0] if "/" in card.name else "", []).append(card)
    loose = [prefix for prefix, group in by_prefix.items() if not prefix or len(group) == 1]
    groups = [
        Group(prefix, str(len(group)), tuple(group)) for prefix, group in by_prefix.items() if prefix not in loose
    ]
    if loose:
        cards = [card for prefix in loose for card in by_prefix[prefix]]
        # A prefix that is the only one of its kind has its name, as `train/loss` beside two of `val`.
        name = (loose[0] if len(loose) == 1 else "") or _SINGLE_GROUP
        groups.append(Group(name if groups else "", str(len(cards)), tuple(cards)))
    return tuple(sorted(groups, key=lambda group: select.is_system(group.cards[0].name)))


def _card(series: Series, room: _Room, files: Sequence[Link], *, ended: bool, at: int | None = None) -> MetricCard:
    is_text = has_text(series)
    log = not is_text and _wants_log(select.numbers(series.values))
    last = select.in_order(series)[-1] if series.values else None
    return MetricCard(
        id=link.anchor("metric", series.name),
        name=series.name,
        at=at,
        note=_note(series, log=log),
        last=_last(last) if series.values else Cell(NONE, missing=True),
        unit=series.declared.unit or "",
        svg=EMPTY if is_text or not series.values else _chart(series, room.points, log=log, ended=ended),
        aside=aside(series),
        points=_points(series, room.rows, files, charted=at is not None),
    )


def _last(value: Value) -> Cell:
    return Cell(text.brief(value)) if isinstance(value, str) else datum(value)


def _wants_log(values: Sequence[float | int | None]) -> bool:
    """Whether a curve runs over so many decades that a linear axis would show its start only."""
    known = [value for value in values if value is not None]
    return len(known) > 1 and min(known) > 0 and max(known) / min(known) >= _LOG_SPAN


def _note(series: Series, *, log: bool) -> str:
    kind = "list" if series.declared.kind == "list" else ""
    return ", ".join(part for part in (series.declared.description, kind, "log y" if log else "") if part)


def _chart(series: Series, most: int, *, log: bool, ended: bool) -> Markup:
    # No value is a text here: numbers, truth values and null.
    return chart.line_chart(
        lines(series),
        name=series.name,
        x_name=_step_name(series),
        log_y=log,
        ended_at=max(series.steps) if ended and len(series.steps) > 1 else None,
        points=most,
        band=band(series),
        said=aside(series),
    )


def _step_name(series: Series) -> str:
    return "index" if series.declared.kind == "list" else "step"


def _points(series: Series, rows: int, files: Sequence[Link], *, charted: bool) -> Points:
    """The table view; that of a long metric with a chart is made from the points of the chart, when it is opened."""
    order = select.step_order(series.steps)
    total = series.total
    later = charted and total > rows
    shown = range(0 if later else min(rows, len(series.steps))) if order is None or later else order[:rows]
    return Points(
        title=number.plural(total, "value" if series.declared.kind == "list" else "point"),
        step=_step_name(series),
        marked=bool(series.strands),
        rows=_marked_rows(series, 0 if later else rows) if series.strands else _rows(series, shown),
        number=not has_text(series),
        later=total if later else 0,
        note=f"first {min(rows, total)} · " if 0 < len(shown) < total and not later else "",
        link=files[0] if len(files) == 1 else Link("raw data", "#raw"),
    )


def _rows(series: Series, shown: Sequence[int]) -> Markup:
    """The rows of the table view, values with all their digits: whoever opens it wants to read them."""
    steps, values = [series.steps[at] for at in shown], [series.values[at] for at in shown]
    # Hundreds of rows a page: joined here, since a template takes ten times as long.
    row = "<tr><td>%s</td><td>%s</td></tr>".__mod__
    rows = map(row, zip(_steps(steps), _values(values), strict=True))
    return Markup("\n".join(rows))  # noqa: S704 - a step is a number, and a value is escaped


def _steps(steps: Sequence[float | int]) -> Iterable[str]:
    if set(map(type, steps)) == {int} and min(steps) >= 0 and max(steps) < number.MARKED:
        return map(str, steps)
    return map(spelled, steps)


def _values(values: Sequence[Value]) -> Iterable[str]:
    return map(repr if set(map(type, values)) == {float} and None not in select.numbers(values) else _whole, values)


def _marked_rows(series: Series, most: int) -> Markup:
    """The first rows of a series with strands, each with the line that its point belongs to."""
    row = "<tr><td>%s</td><td>%s</td><td>%s</td></tr>".__mod__
    points = sorted(told(series), key=lambda point: point[0])[:most]
    rows = [row((spelled(step), _whole(value), text.html(line))) for step, value, line in points]
    return Markup("\n".join(rows))  # noqa: S704 - a step is a number, and all else is escaped


def _whole(value: Value) -> str:
    return text.folded(value) if isinstance(value, str) else text.compact(value)


def _folded(series: Series) -> FoldedRow:
    known = select.summary(series)
    return FoldedRow(
        name=series.name,
        spark=curve(known.spark),
        low=figure(known.min),
        high=figure(known.max),
        last=Cell(known.text) if known.text is not None else figure(known.last),
    )
