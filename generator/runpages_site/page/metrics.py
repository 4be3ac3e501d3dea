"""Builds a run's metrics section: single values as a table, curves as grouped charts, texts and lists as tables."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import RunRecord, Series, Table, Value

from .. import chart, select, text
from ..model import MetricSummary, Published, Scripts
from ..text import number
from . import link
from .components import EMPTY, MISSING, Cell, Link, figure, file_links, status
from .series import (
    CHARTED,
    band,
    by_kind,
    has_text,
    labelled_points,
    lines,
    metric_tables,
    nan_since,
    strands_note,
    superseded_note,
)
from .tables import TableCard, table_card

ROWS = 100
# Budget for all tables and drawings of a page, so that pages with many charts stay small.
_ROWS_IN_ALL, _FEWEST_ROWS = 100, 5
_LISTED_IN_ALL, _LISTED = 4_000, 50
_POINTS_IN_ALL, _FEWEST_POINTS = 2_000, 90
# Of the charts that a script completes, which have neither axes nor labels before.
_BARE_POINTS, _MOST_BARE_POINTS, _FEWEST_BARE_POINTS = 2_400, 60, 12
_LOG_SPAN = 100
_NAMED = 3
_SINGLE_GROUP = "other"


class SingleRow(NamedTuple):
    """A metric that was logged once."""

    name: str
    value: Cell
    folded: Markup
    """Markup of a long text that unfolds; empty for other values."""
    unit: str
    description: str


class Points(NamedTuple):
    """The points of a series as text: all points of a chart that has few, else the first rows of a table."""

    title: str
    listed: Markup
    """A line for each point of a chart, its columns separated by tabs; empty if there are too many."""
    later: int
    """Number of points of a chart that a script fills in when the table is opened; 0 if they are ``listed``."""
    step: str
    rows: Markup
    """The table of a series without a chart."""
    number: bool
    note: str
    link: Link


class MetricCard(NamedTuple):
    """A metric with its chart; without one (text), only its table."""

    id: str
    name: str
    at: int | None
    """Index among the curves of the data script."""
    note: str
    scale: str
    """Note on the y axis."""
    nan: str
    """Since when all values are nan; empty if they are not."""
    last: Cell
    unit: str
    svg: Markup
    bare: bool
    """Whether a script adds axes, labels and the table view to the chart when it comes into view."""
    aside: str
    """Note on further lines of the chart."""
    points: Points


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one prefix; a single group has no name."""

    name: str
    count: str
    cards: tuple[MetricCard, ...]

    @property
    def id(self) -> str:
        """Anchor of the group."""
        return link.anchor("metrics", self.name)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics section."""

    count: str
    singles: tuple[SingleRow, ...]
    groups: tuple[Group, ...]
    texts: tuple[MetricCard, ...]
    values: TableCard | None
    """Replaces ``singles`` if there are too many."""
    curves: TableCard | None
    """The metrics beyond those that have a chart."""
    more_texts: TableCard | None
    points: str
    """The data script with the points of the charts; empty without charts."""
    timed: bool
    """Whether any point of a chart has a time."""
    ended: bool
    """Whether the run stopped early."""
    diverged: tuple[tuple[Link, str], ...]
    """The first metrics that end in nan, and since when."""
    more_diverged: str

    @property
    def unlisted(self) -> Link | None:
        """Where the points are that the page does not list; None if it lists all."""
        cards = (card for group in self.groups for card in group.cards)
        return next((card.points.link for card in cards if card.points.later), None)

    @property
    def has_tables(self) -> bool:
        """Whether some metrics are rows of a table, for there are too many to show each by itself."""
        return any((self.values, self.curves, self.more_texts))


def curves(record: RunRecord) -> list[Series]:
    """The series with a chart, whose points go into the data script."""
    return by_kind(record.series.values())[1][:CHARTED]


def metrics(
    record: RunRecord,
    published: Published,
    charts: int,
    known: Mapping[str, MetricSummary],
    scripts: Scripts,
) -> Metrics:
    """The metrics section, in which ``charts`` charts have axes and labels without a script."""
    single, curved, other = by_kind(record.series.values())
    charted = curved[:CHARTED]
    files = _files(published)
    room = _room(min(charts, len(charted)) + min(charts, len(other)), len(charted) - charts)
    ended = status(record.status).kind in ("failed", "canceled", "silent")
    tables = {kind: _table(kind, table, published, files, scripts) for kind, table in metric_tables(record, charts)}
    own = [series for series in charted if not select.is_system(series.name)]
    diverged = [(series.name, note) for series in own if (note := _nan_note(series, known[series.name]))]
    return Metrics(
        count=number.integer(len(record.series)),
        singles=() if "values" in tables else tuple(map(_single, single)),
        values=tables.get("values"),
        curves=tables.get("curves"),
        groups=_groups(charted, charts, known, room, files, ended=ended),
        texts=tuple(_card(series, known[series.name], room, files, ended=ended) for series in other[:charts]),
        more_texts=tables.get("texts"),
        points=link.data_script(published.path, scripts.points),
        timed=any(time is not None for series in charted for time in series.times),
        ended=ended,
        diverged=tuple((Link(name, f"#{link.anchor('metric', name)}"), note) for name, note in diverged[:_NAMED]),
        more_diverged=number.plural(len(diverged) - _NAMED, "other metric") if len(diverged) > _NAMED else "",
    )


def _room(whole: int, bare: int) -> _Room:
    return _Room(
        min(_LISTED, _LISTED_IN_ALL // max(1, whole + max(0, bare))),
        max(_FEWEST_ROWS, min(ROWS, _ROWS_IN_ALL // max(1, whole))),
        max(_FEWEST_POINTS, min(chart.POINTS, _POINTS_IN_ALL // max(1, whole))),
        max(_FEWEST_BARE_POINTS, min(_MOST_BARE_POINTS, _BARE_POINTS // max(1, bare))),
    )


def _nan_note(series: Series, known: MetricSummary) -> str:
    since = nan_since(series) if known.text == "nan" else None
    return "" if since is None else f"nan since {_step_name(series)} {number.step(since)}"


class _Room(NamedTuple):
    """Budget of each chart of a page: points listed as text, rows of a table, points of a drawing and of a bare one."""

    listed: int
    rows: int
    points: int
    bare_points: int


def _table(kind: str, table: Table, published: Published, files: Sequence[Link], scripts: Scripts) -> TableCard:
    """The first rows of a table of metrics, with a link to the rest."""
    href = link.data_script(published.path, scripts.metrics.get(kind))
    return table_card(table, f"metrics-{kind}", ROWS, files, href)


def _files(published: Published) -> list[Link]:
    """Links to published files with points."""
    return file_links(sorted(filter(_is_points, published.files)), published)


def _is_points(file: str) -> bool:
    return "/" not in file and file.startswith("metrics") and file.endswith(".csv")


def _single(series: Series) -> SingleRow:
    value = series.values[0]
    return SingleRow(
        name=series.name,
        value=_cell(value),
        folded=Markup(text.folded(value)) if isinstance(value, str) and text.is_long(value) else EMPTY,  # noqa: S704 - escaped
        unit=series.declared.unit or "",
        description=" · ".join(filter(None, (series.declared.description, superseded_note(series)))),
    )


def _groups(
    charted: Sequence[Series], charts: int, known: Mapping[str, MetricSummary], room: _Room, files: Sequence[Link],
    *, ended: bool,
) -> tuple[Group, ...]:  # fmt: skip
    """The cards in groups; the first ``charts`` on the page are whole charts, all others bare."""
    index = {series.name: at for at, series in enumerate(charted)}
    count = itertools.count(1)
    return tuple(
        Group(
            name,
            str(len(group)),
            tuple(
                _card(one, known[one.name], room, files, ended=ended, at=index[one.name], bare=next(count) > charts)
                for one in group
            ),
        )
        for name, group in _prefixed(charted)
    )


def _prefixed(charted: Sequence[Series]) -> list[tuple[str, list[Series]]]:
    """The series grouped by name prefix up to the first ``/``; prefixes with one metric share a group."""
    by_prefix: dict[str, list[Series]] = {}
    for series in charted:
        by_prefix.setdefault(series.name.partition("/")[0] if "/" in series.name else "", []).append(series)
    loose = [prefix for prefix, group in by_prefix.items() if not prefix or len(group) == 1]
    groups = [(prefix, group) for prefix, group in by_prefix.items() if prefix not in loose]
    if loose:
        # A prefix that is the only one of its kind has its name, as `train/loss` beside two of `val`.
        name = (loose[0] if len(loose) == 1 else "") or _SINGLE_GROUP
        groups.append((name if groups else "", [series for prefix in loose for series in by_prefix[prefix]]))
    return sorted(groups, key=lambda group: select.is_system(group[1][0].name))


def _card(
    series: Series, known: MetricSummary, room: _Room, files: Sequence[Link],
    *, ended: bool, at: int | None = None, bare: bool = False,
) -> MetricCard:  # fmt: skip
    is_text = at is None and has_text(series)
    log = not is_text and _wants_log(known.min, known.max)
    points = room.bare_points if bare else room.points
    return MetricCard(
        id=link.anchor("metric", series.name),
        name=series.name,
        at=at,
        note=_note(series),
        scale="log y" if log else "",
        nan=_nan_note(series, known),
        last=_cell(_last_value(series, known)) if series.values else MISSING,
        unit=series.declared.unit or "",
        svg=EMPTY if is_text or not series.values else _chart(series, points, log=log, ended=ended, bare=bare),
        bare=bare,
        aside=strands_note(series),
        points=_points(series, room, files, charted=at is not None, is_text=is_text),
    )


def _last_value(series: Series, known: MetricSummary) -> Value:
    """The value of the last step: as it was logged, a truth value for one."""
    if known.text is None and type(known.last) is float:
        return known.last
    return select.in_order(series)[-1]


def _cell(value: Value) -> Cell:
    """A logged value: numbers rounded with exact digits, long texts shortened."""
    if isinstance(value, str):
        return Cell(text.brief(value))
    return Cell(text.compact(value)) if value is None or isinstance(value, bool) else figure(value)


def _wants_log(least: float | int | None, most: float | int | None) -> bool:
    """Whether a curve spans so many decades that a linear axis would show only its start."""
    return least is not None and most is not None and least > 0 and most / least >= _LOG_SPAN


def _note(series: Series) -> str:
    kind = "list" if series.declared.kind == "list" else ""
    return ", ".join(filter(None, (series.declared.description, kind)))


def _chart(series: Series, most: int, *, log: bool, ended: bool, bare: bool) -> Markup:
    # No texts here: numbers, booleans and null.
    return chart.line_chart(
        lines(series),
        name=series.name,
        x_name=_step_name(series),
        log_y=log,
        ended_at=max(series.steps) if ended and len(series.steps) > 1 else None,
        points=most,
        band=band(series),
        alt_note=strands_note(series),
        bare=bare,
    )


def _step_name(series: Series) -> str:
    return "index" if series.declared.kind == "list" else "step"


def _points(series: Series, room: _Room, files: Sequence[Link], *, charted: bool, is_text: bool) -> Points:
    """The points as text; those of a long metric with a chart are filled in by a script on opening."""
    total = series.total
    is_listed = (charted or bool(series.strands)) and total <= room.listed
    listed = _listed(series, room.listed) if is_listed else EMPTY
    shown = () if charted else (select.step_order(series.steps) or range(len(series.steps)))[: room.rows]
    return Points(
        title=number.plural(total, "value" if series.declared.kind == "list" else "point"),
        listed=listed,
        later=total if charted and not listed else 0,
        step=_step_name(series),
        rows=_rows(series, shown),
        number=not is_text,
        note=f"first {len(shown)} · " if 0 < len(shown) < total else "",
        link=files[0] if len(files) == 1 else Link("raw data", "#raw"),
    )


def _listed(series: Series, most: int) -> Markup:
    """All points as text, with the label of their line if there are several; empty if there are more than ``most``."""
    # Text and not a table, which takes several elements for each point.
    points = sorted(labelled_points(series), key=lambda point: point[0])
    if len(points) > most:
        return EMPTY
    head = (_step_name(series), "value", "line")
    rows = [(_exact(step), _whole(value), text.html(line)) for step, value, line in points]
    columns = 3 if series.strands else 2
    return Markup("\n".join("\t".join(row[:columns]) for row in [head, *rows]))  # noqa: S704 - all of it is escaped


def _rows(series: Series, indices: Sequence[int]) -> Markup:
    """The rows of a table, with exact values."""
    # Joined here: a page has hundreds of rows, and a template takes ten times as long.
    rows = [f"<tr><td>{_exact(series.steps[at])}</td><td>{_whole(series.values[at])}</td></tr>" for at in indices]
    return Markup("\n".join(rows))  # noqa: S704 - a step is a number, and a value is escaped


def _exact(step: float | int) -> str:
    return number.exact(int(step) if step == int(step) else step)


def _whole(value: Value) -> str:
    return text.folded(value) if isinstance(value, str) else text.compact(value)
