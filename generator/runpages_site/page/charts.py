"""The charts that a run logged: diagnostics, histograms, plotly figures; what is not understood is shown as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from markupsafe import Markup

from runpages.format.layout import file_name, hashed_name
from runpages.format.records import Chart, RunRecord

from .. import chart, link, number, text
from ..model import RunPlace
from . import classification, figures, regression
from .data import script
from .diagnosis import Diagnosis
from .distribution import distribution
from .matrix import Matrix, matrix_data, matrix_of
from .view import EMPTY, Link


@dataclass(frozen=True, slots=True)
class ChartCard:
    """A logged chart: as a matrix where it is one, else its type and data."""

    name: str
    type: str
    step: str
    caption: str
    matrix: Matrix | None
    diagnosis: Diagnosis | None
    svg: Markup
    figure: int | None
    """Its place among the figures that the browser draws."""
    more: int | None
    """Its place among the charts of which a browser can show more than the page holds."""
    note: str
    data: Markup
    link: Link | None

    @property
    def is_larger(self) -> bool:
        """Whether a browser can show more than the page holds, which ``diagnostics_script`` has."""
        return bool((self.matrix and self.matrix.svg) or (self.diagnosis and self.diagnosis.choice))

    @property
    def is_wide(self) -> bool:
        """Whether it takes the whole width of the page."""
        drawn = sum(len(view.panels) for view in self.diagnosis.views) if self.diagnosis else 0
        return drawn > 2 or bool(self.matrix and len(self.matrix.labels) > _WIDE)


_WIDE = 14


def chart_cards(record: RunRecord, place: RunPlace) -> tuple[ChartCard, ...]:
    """The section of charts. Histograms of one name are one chart over their steps."""
    drawn = {id(one): at for at, one in enumerate(figures.drawn(record.charts))}
    sound = {id(one): known for one in record.charts if (known := distribution(one)) is not None}
    together: dict[str, list[chart.Distribution]] = {}
    for one in record.charts:
        if id(one) in sound:
            together.setdefault(one.name, []).append(sound[id(one)])
    cards: list[ChartCard] = []
    larger = count()
    for one in record.charts:
        if id(one) not in sound:
            card = _chart_card(one, place, drawn.get(id(one)))
            cards.append(replace(card, more=next(larger)) if card.is_larger else card)
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
    shown = _diagnosed(logged)
    is_drawn = shown is not None and not isinstance(shown, str)
    return ChartCard(
        name=logged.name,
        type=logged.type.replace("_", " "),
        step=number.short(logged.step) if logged.step else "",
        caption=logged.caption or "",
        matrix=shown if isinstance(shown, Matrix) else None,
        diagnosis=shown if isinstance(shown, Diagnosis) else None,
        svg=EMPTY,
        figure=figure,
        more=None,
        note=shown if isinstance(shown, str) else figures.undrawn(logged.data) if logged.type == "plotly" else "",
        data=EMPTY if is_drawn else text.pretty_json(logged.data),
        link=_chart_file(logged.name, place),
    )


def _diagnosed(logged: Chart) -> Matrix | Diagnosis | str | None:
    """A diagnostic ready to be shown, or why it is not; None of another type."""
    if logged.type == "confusion_matrix":
        return matrix_of(logged.data)
    if logged.type == "accuracy_table":
        return classification.accuracy(logged.data, logged.name)
    if logged.type == "residuals":
        return regression.residuals(logged.data, logged.name)
    return regression.predictions(logged.data, logged.name) if logged.type == "predictions" else None


def diagnostics_script(charts: Sequence[Chart]) -> bytes:
    """A script with what is too much for the page of large diagnostics, in their order; empty where there are none."""
    found = [data for one in charts if (data := _more(one)) is not None]
    return script("diagnostics", found) if found else b""


def _more(logged: Chart) -> dict[str, object] | None:
    if logged.type == "confusion_matrix":
        return matrix_data(logged.data)
    return classification.accuracy_data(logged.data) if logged.type == "accuracy_table" else None


def _chart_file(name: str, place: RunPlace) -> Link | None:
    for spelled in (file_name(name), hashed_name(name)):
        file = f"charts/{spelled}.jsonl"
        if file in place.published:
            return Link(file, link.between(place.path, place.published[file]))
    return None
