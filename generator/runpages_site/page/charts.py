"""Builds the cards of logged charts: diagnostics, histograms, plotly figures. Unknown types are shown as data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from typing import Any, NamedTuple

from markupsafe import Markup

from runpages.format.layout import file_name, hashed_name
from runpages.format.records import Chart

from .. import chart, select, text
from ..model import Published
from ..text import number
from . import classification, figures, link, matrix, regression
from .components import EMPTY, Link, Render, file_links, spans
from .data_scripts import script
from .gallery import Group, Slider, slider
from .matrix import Matrix
from .parse_diagnostics import Diagnosed, Diagnosis

MOST_STEPS = 50
"""Steps of a chart that its slider holds, including the first and the last."""


@dataclass(frozen=True, slots=True)
class ChartCard:
    """A logged chart: a drawn diagnostic, or its type and data."""

    name: str
    id: str
    type: str
    step: str
    caption: str
    matrix: Matrix | None
    diagnosis: Diagnosis | None
    svg: Markup
    figure: int | None
    """Index among the figures that the browser draws."""
    more: int | None
    """Index in ``diagnostics_script``."""
    note: str
    data: Markup
    link: Link | None
    slider: Slider | None = None
    """Slider over the steps, of which this is the last; ``count`` is their number as text."""
    count: str = ""
    listed: Markup = EMPTY
    """The bins of a histogram, or of its last step, a line for each."""
    steps: int | None = None
    """Index among the cards with a slider."""
    spans: bool = False
    """Whether the card is as wide as the page."""

    @property
    def is_wide(self) -> bool:
        """Whether the card needs the whole width of the page."""
        drawn = sum(len(view.panels) for view in self.diagnosis.views) if self.diagnosis else 0
        return drawn > 2 or bool(self.matrix and len(self.matrix.labels) > _WIDE)


_WIDE = 14


class ChartBody(NamedTuple):
    """Context of the template for a card's body; ``key`` keeps the names of its inputs unique."""

    chart: ChartCard
    key: str


class ShownCharts:
    """The charts on a run's page, by card. Of many steps, an evenly spaced selection.

    A card holds the charts of one name and type, by step; invalid histograms get cards of their own.
    """

    def __init__(self, charts: Sequence[Chart]) -> None:
        self._sound = {id(one): known for one in charts if (known := distribution(one)) is not None}
        logged: dict[tuple[str, str, bool], list[Chart]] = {}
        for one in charts:
            logged.setdefault((one.name, one.type, id(one) in self._sound), []).append(one)
        self._steps = [len(of) for of in logged.values()]
        self.cards = [self._chosen(sorted(of, key=lambda one: one.step)) for of in logged.values()]
        chosen = {id(one) for of in self.cards for one in of}
        self.charts = [one for one in charts if id(one) in chosen]
        self._figures = {id(one): at for at, one in enumerate(figures.drawn(self.charts))}
        self._diagnosed = {id(one): diagnosed(one) for one in self.charts}
        self.diagnostics = list(self._diagnostics())
        self._places = {id(one): at for at, (one, _) in enumerate(self.diagnostics)}

    def _diagnostics(self) -> Iterator[tuple[Chart, dict[str, object]]]:
        """Those in the script, in page order: the last one of each card, and all whose card needs the data."""
        last = {id(of[-1]) for of in self.cards}
        for one in self.charts:
            data = known.data if (known := self._diagnosed[id(one)]) else None
            if data is not None and (id(one) in last or "is_large" in data):
                yield one, {"name": text.visible(one.name), "type": one.type, "step": one.step, **data}

    def _chosen(self, charts: list[Chart]) -> list[Chart]:
        last = len(charts) - 1
        if last < MOST_STEPS or self._is_histogram(charts):
            return charts
        return [charts[at] for at in select.evenly(last, MOST_STEPS)]

    def _is_histogram(self, charts: Sequence[Chart]) -> bool:
        return id(charts[0]) in self._sound

    def sliders(self) -> list[list[Chart]]:
        """Charts of the cards with a slider; histograms over steps are one chart instead."""
        return [charts for charts in self.cards if len(charts) > 1 and not self._is_histogram(charts)]

    def chart_cards(self, published: Published) -> Iterator[ChartCard]:
        """The cards, each at its last step and with an anchor of its own."""
        cards = list(self._cards(published))
        seen: Counter[str] = Counter()
        for card, spanning in zip(cards, spans([card.is_wide for card in cards]), strict=True):
            seen[card.id] += 1
            id = card.id if seen[card.id] == 1 else f"{card.id}--{seen[card.id]}"
            yield replace(card, id=id, spans=spanning)

    def _cards(self, published: Published) -> Iterator[ChartCard]:
        sliders = count()
        for charts, steps in zip(self.cards, self._steps, strict=True):
            card = self.card(charts[-1], published)
            if self._is_histogram(charts):
                yield self._histogram(card, charts)
            elif len(charts) == 1:
                yield card
            else:
                note = number.plural(steps, "step") + (f", {len(charts)} shown" if steps > len(charts) else "")
                moved = slider(card.name, [Group(at, text) for at, text in enumerate(_texts(charts))], len(charts) - 1)
                yield replace(card, step="", count=note, slider=moved, steps=next(sliders))

    def _histogram(self, card: ChartCard, charts: Sequence[Chart]) -> ChartCard:
        svg = chart.distribution_chart([self._sound[id(each)] for each in charts], name=card.name)
        card = replace(card, svg=svg, listed=_bins(self._sound[id(charts[-1])]))
        return replace(card, step="", note=number.plural(len(charts), "step")) if len(charts) > 1 else card

    def card(self, logged: Chart, published: Published) -> ChartCard:
        """The card of a single chart."""
        known = self._diagnosed[id(logged)]
        shown = known.shown if known else None
        is_drawn = id(logged) in self._sound or (shown is not None and not isinstance(shown, str))
        return ChartCard(
            name=logged.name,
            id=link.anchor("chart", logged.name),
            type=logged.type.replace("_", " "),
            step=number.step(logged.step) if logged.step else "",
            caption=logged.caption or "",
            matrix=shown if isinstance(shown, Matrix) else None,
            diagnosis=shown if isinstance(shown, Diagnosis) else None,
            svg=EMPTY,
            figure=self._figures.get(id(logged)),
            more=self._places.get(id(logged)),
            note=shown if isinstance(shown, str) else figures.undrawn(logged.data) if logged.type == "plotly" else "",
            data=EMPTY if is_drawn else text.pretty_json(logged.data),
            link=_chart_file(logged.name, published),
        )


def steps_script(charts: ShownCharts, published: Published, render: Render) -> bytes:
    """Data script with the steps of the cards that have a slider; empty if there are none."""
    steps = []
    for at, group in enumerate(charts.sliders()):
        bodies = [render("chart.html.jinja", ChartBody(charts.card(one, published), f"s{at}")) for one in group]
        steps.append({"texts": _texts(group), "bodies": bodies})
    return script("steps", steps) if steps else b""


def _texts(charts: Sequence[Chart]) -> list[str]:
    return [f"step {number.step(each.step)} of {number.step(charts[-1].step)}" for each in charts]


def diagnosed(logged: Chart) -> Diagnosed[Matrix] | Diagnosed[Diagnosis] | None:
    """A diagnostic ready to be shown; None for other types."""
    if logged.type == "confusion_matrix":
        return matrix.diagnosed(logged.data)
    make = _DRAWN.get(logged.type)
    return make(logged.data, logged.name) if make else None


_DRAWN: Mapping[str, Callable[[Any, str], Diagnosed[Diagnosis]]] = {
    "accuracy_table": classification.accuracy,
    "residuals": regression.residuals,
    "predictions": regression.predictions,
}


def diagnostics_script(charts: ShownCharts) -> bytes:
    """Data script with the diagnostics in page order, for their cards and for comparisons; empty if there are none."""
    found = [data for _, data in charts.diagnostics]
    return script("diagnostics", found) if found else b""


def _chart_file(name: str, published: Published) -> Link | None:
    files = (f"charts/{spelled}.jsonl" for spelled in (file_name(name), hashed_name(name)))
    return next(iter(file_links(files, published)), None)


def distribution(logged: Chart) -> chart.Distribution | None:
    """A logged histogram; None if its data is invalid."""
    if logged.type != "histogram":
        return None
    data = logged.data if isinstance(logged.data, dict) else {}
    edges, counts = _numbers(data.get("bin_edges")), _numbers(data.get("bin_counts"))
    sound = counts and len(edges) == len(counts) + 1 and all(low < high for low, high in pairwise(edges))
    if not sound or min(counts) < 0 or not math.isfinite(edges[-1] - edges[0]):
        return None
    return chart.Distribution(logged.step, edges, counts)


def _bins(known: chart.Distribution) -> Markup:
    rows = zip(known.edges, known.edges[1:], known.counts, strict=False)
    lines = ("\t".join(f"{value:.12g}" for value in row) for row in rows)
    return Markup("\n".join(["from\tto\tcount", *lines]))  # noqa: S704 - numbers


def _numbers(values: Any) -> list[float]:
    known = [select.finite(value) for value in values] if isinstance(values, list) else []
    return [float(value) for value in known if value is not None] if None not in known else []
