"""Builds a run's metrics section: single values as a table, curves as grouped charts, texts and lists as tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import RunRecord, Series, Table

from .. import chart, select, text
from ..model import MetricSummary, Published, Scripts
from ..text import number
from . import link
from .components import EMPTY, Cell, Link, status
from .metric_card import Room, is_listed, last, nan_note
from .metric_card import metric_card as _card
from .series import CHARTED, by_kind, metric_tables, superseded_note
from .tables import TableCard, table_card

ROWS = 100
# Budget for all tables and drawings of a page, so that pages with many charts stay small.
_ROWS_IN_ALL, _FEWEST_ROWS = 100, 5
_LISTED_IN_ALL, _LISTED = 4_000, 50
_POINTS_IN_ALL, _FEWEST_POINTS = 2_000, 90
# Of the charts that a script completes, which have neither axes nor labels before.
_BARE_POINTS, _MOST_BARE_POINTS, _FEWEST_BARE_POINTS = 2_400, 60, 12
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


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one prefix; a single group has no name."""

    name: str
    count: str
    cards: Markup
    """The cards, joined: a page may have hundreds."""

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
    texts: Markup
    """The cards of texts and lists, joined."""
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
    unlisted: Link | None
    """Where the points are that the page does not list; None if it lists all."""

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
    scripts: Scripts = Scripts(),  # noqa: B008 - it is frozen
) -> Metrics | None:
    """The metrics section, in which ``charts`` charts have axes and labels without a script; None without metrics."""
    if not record.series:
        return None
    single, curved, other = by_kind(record.series.values())
    charted = curved[:CHARTED]
    files = _files(published)
    raw = files[0] if len(files) == 1 else Link("raw data", "#raw")
    room = _room(min(charts, len(charted)) + min(charts, len(other)), len(charted) - charts)
    ended = status(record.status).kind in ("failed", "canceled", "silent")
    tables = {kind: _table(kind, table, published, files, scripts) for kind, table in metric_tables(record, charts)}
    diverged = [
        series for series in charted if not select.is_system(series.name) and nan_note(series, known[series.name])
    ]
    return Metrics(
        count=number.integer(len(record.series)),
        singles=() if "values" in tables else tuple(map(_single, single)),
        values=tables.get("values"),
        curves=tables.get("curves"),
        groups=_groups(charted, charts, known, room, raw, ended=ended),
        texts=_joined(_card(series, known[series.name], room, raw, ended=ended) for series in other[:charts]),
        more_texts=tables.get("texts"),
        points=link.data_script(published.path, scripts.points) if charted and scripts.points else "",
        timed=any(time is not None for series in charted for time in series.times),
        unlisted=None if all(is_listed(series, room) for series in charted) else raw,
        ended=ended,
        diverged=tuple((_card_link(series), nan_note(series, known[series.name])) for series in diverged[:_NAMED]),
        more_diverged=number.plural(len(diverged) - _NAMED, "other metric") if len(diverged) > _NAMED else "",
    )


def _room(whole: int, bare: int) -> Room:
    return Room(
        min(_LISTED, _LISTED_IN_ALL // max(1, whole + max(0, bare))),
        max(_FEWEST_ROWS, min(ROWS, _ROWS_IN_ALL // max(1, whole))),
        max(_FEWEST_POINTS, min(chart.POINTS, _POINTS_IN_ALL // max(1, whole))),
        max(_FEWEST_BARE_POINTS, min(_MOST_BARE_POINTS, _BARE_POINTS // max(1, bare))),
    )


def _card_link(series: Series) -> Link:
    return Link(series.name, f"#{link.anchor('metric', series.name)}")


def _table(kind: str, table: Table, published: Published, files: Sequence[Link], scripts: Scripts) -> TableCard:
    """The first rows of a table of metrics, with a link to the rest."""
    data = scripts.metrics.get(kind)
    return table_card(table, f"metrics-{kind}", ROWS, files, link.data_script(published.path, data) if data else "")


def _files(published: Published) -> list[Link]:
    """Links to published files with points."""
    found = sorted(file for file in published.files if _is_points(file))
    return [Link(file, link.between(published.path, published.files[file])) for file in found]


def _is_points(file: str) -> bool:
    return "/" not in file and file.startswith("metrics") and file.endswith(".csv")


def _single(series: Series) -> SingleRow:
    value = series.values[0]
    return SingleRow(
        name=series.name,
        value=last(value),
        folded=Markup(text.folded(value)) if isinstance(value, str) and text.is_long(value) else EMPTY,  # noqa: S704 - escaped
        unit=series.declared.unit or "",
        description=" · ".join(filter(None, (series.declared.description, superseded_note(series)))),
    )


def _groups(
    charted: Sequence[Series], charts: int, known: Mapping[str, MetricSummary], room: Room, raw: Link,
    *, ended: bool,
) -> tuple[Group, ...]:  # fmt: skip
    """The cards in groups; the first ``charts`` on the page are whole charts, all others bare."""
    index = {series.name: at for at, series in enumerate(charted)}
    count = itertools.count(1)
    return tuple(
        Group(
            name,
            str(len(group)),
            _joined(
                _card(one, known[one.name], room, raw, ended=ended, at=index[one.name], bare=next(count) > charts)
                for one in group
            ),
        )
        for name, group in _prefixed(charted)
    )


def _joined(cards: Iterable[str]) -> Markup:
    return Markup("".join(cards))  # noqa: S704 - cards are markup


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
