"""The charts that a run logged: diagnostics, histograms, plotly figures; what is not understood is shown as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from runpages.format.layout import file_name, hashed_name
from runpages.format.records import Chart, RunRecord

from .. import chart, link, number, text
from ..model import RunPlace
from . import figures
from .distribution import distribution
from .matrix import Matrix, matrix_of
from .view import EMPTY, Link


@dataclass(frozen=True, slots=True)
class ChartCard:
    """A logged chart: as a matrix where it is one, else its type and data."""

    name: str
    type: str
    step: str
    caption: str
    matrix: Matrix | None
    svg: Markup
    figure: int | None
    """Its place among the figures that the browser draws."""
    note: str
    data: Markup
    link: Link | None


def chart_cards(record: RunRecord, place: RunPlace) -> tuple[ChartCard, ...]:
    """The section of charts. Histograms of one name are one chart over their steps."""
    drawn = {id(one): at for at, one in enumerate(figures.drawn(record.charts))}
    sound = {id(one): known for one in record.charts if (known := distribution(one)) is not None}
    together: dict[str, list[chart.Distribution]] = {}
    for one in record.charts:
        if id(one) in sound:
            together.setdefault(one.name, []).append(sound[id(one)])
    cards: list[ChartCard] = []
    for one in record.charts:
        if id(one) not in sound:
            cards.append(_chart_card(one, place, drawn.get(id(one))))
        elif some := together.pop(one.name, []):
            cards.append(_histogram_card(one, some, place))
    return tuple(cards)


def _histogram_card(logged: Chart, known: Sequence[chart.Distribution], place: RunPlace) -> ChartCard:
    card = _chart_card(logged, place, None)
    svg = chart.distribution_chart(known, name=logged.name)
    if len(known) == 1:
        return replace(card, svg=svg, data=EMPTY)
    return replace(card, svg=svg, step="", note=number.plural(len(known), "step"), data=EMPTY)


def _chart_card(logged: Chart, place: RunPlace, figure: int | None) -> ChartCard:
    matrix = matrix_of(logged.data) if logged.type == "confusion_matrix" else None
    return ChartCard(
        name=logged.name,
        type=logged.type.replace("_", " "),
        step=number.short(logged.step) if logged.step else "",
        caption=logged.caption or "",
        matrix=matrix,
        svg=EMPTY,
        figure=figure,
        note=figures.undrawn(logged.data) if logged.type == "plotly" else "",
        data=EMPTY if matrix else text.pretty_json(logged.data),
        link=_chart_file(logged.name, place),
    )


def _chart_file(name: str, place: RunPlace) -> Link | None:
    for spelled in (file_name(name), hashed_name(name)):
        file = f"charts/{spelled}.jsonl"
        if file in place.published:
            return Link(file, link.between(place.path, place.published[file]))
    return None
