"""The charts that a run logged: diagnostics, histograms, plotly figures; what is not understood is shown as data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from typing import Any

from markupsafe import Markup

from runpages.format.layout import file_name, hashed_name
from runpages.format.records import Chart

from .. import chart, select, text
from ..model import Published
from ..text import number
from . import classification, figures, link, regression
from .components import EMPTY, Link, Render
from .data_scripts import script
from .diagnostic import Diagnosis
from .gallery import Group, Slider, slider
from .matrix import Matrix, matrix_data, matrix_of

MOST_STEPS = 50
"""How many steps of a name its slider goes through; the first and the last are among them."""


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
    slider: Slider | None = None
    """Over the steps of which this is the last; ``count`` tells how many there are."""
    count: str = ""
    steps: int | None = None
    """Its place among the cards with a slider."""

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


@dataclass(frozen=True, slots=True)
class ChartBody:
    """What the template of a card's inside gets; ``key`` sets its fields apart from those of other cards."""

    chart: ChartCard
    key: str


class ShownCharts:
    """The charts that the page of a run shows, card by card: of many steps of a name some, evenly chosen.

    A card has the charts of one name and type, by step; broken histograms are apart.
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
        self._larger = {id(one): at for at, one in enumerate(one for one in self.charts if _more(one) is not None)}

    def _chosen(self, of: list[Chart]) -> list[Chart]:
        last = len(of) - 1
        if last < MOST_STEPS or self._is_histogram(of):
            return of
        return [of[round(at * last / (MOST_STEPS - 1))] for at in range(MOST_STEPS)]

    def _is_histogram(self, of: Sequence[Chart]) -> bool:
        return id(of[0]) in self._sound

    def sliders(self) -> list[list[Chart]]:
        """The cards with a slider over their steps; histograms are one chart over them."""
        return [of for of in self.cards if len(of) > 1 and not self._is_histogram(of)]

    def shown(self, published: Published) -> Iterator[ChartCard]:
        """The cards, each with its last step."""
        sliders = count()
        for of, steps in zip(self.cards, self._steps, strict=True):
            card = self.card(of[-1], published)
            if self._is_histogram(of):
                yield self._histogram(card, of)
            elif len(of) == 1:
                yield card
            else:
                note = number.plural(steps, "step") + (f", {len(of)} of them here" if steps > len(of) else "")
                moved = slider(card.name, [Group(at, text) for at, text in enumerate(_texts(of))], len(of) - 1)
                yield replace(card, step="", count=note, slider=moved, steps=next(sliders))

    def _histogram(self, card: ChartCard, of: Sequence[Chart]) -> ChartCard:
        svg = chart.distribution_chart([self._sound[id(one)] for one in of], name=card.name)
        if len(of) == 1:
            return replace(card, svg=svg)
        return replace(card, svg=svg, step="", note=number.plural(len(of), "step"))

    def card(self, logged: Chart, published: Published) -> ChartCard:
        """The card of a single chart."""
        shown = _diagnosed(logged)
        is_drawn = id(logged) in self._sound or (shown is not None and not isinstance(shown, str))
        return ChartCard(
            name=logged.name,
            type=logged.type.replace("_", " "),
            step=number.short(logged.step) if logged.step else "",
            caption=logged.caption or "",
            matrix=shown if isinstance(shown, Matrix) else None,
            diagnosis=shown if isinstance(shown, Diagnosis) else None,
            svg=EMPTY,
            figure=self._figures.get(id(logged)),
            more=self._larger.get(id(logged)),
            note=shown if isinstance(shown, str) else figures.undrawn(logged.data) if logged.type == "plotly" else "",
            data=EMPTY if is_drawn else text.pretty_json(logged.data),
            link=_chart_file(logged.name, published),
        )


def steps_script(charts: ShownCharts, published: Published, render: Render) -> bytes:
    """A script with the steps of the cards that have a slider; empty where there is none."""
    found = []
    for at, of in enumerate(charts.sliders()):
        bodies = [render("chart.html.jinja", ChartBody(charts.card(one, published), f"s{at}")) for one in of]
        found.append({"texts": _texts(of), "bodies": bodies})
    return script("steps", found) if found else b""


def _texts(of: Sequence[Chart]) -> list[str]:
    return [f"step {number.short(one.step)} of {number.short(of[-1].step)}" for one in of]


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


def _chart_file(name: str, published: Published) -> Link | None:
    for spelled in (file_name(name), hashed_name(name)):
        file = f"charts/{spelled}.jsonl"
        if file in published.files:
            return Link(file, link.between(published.path, published.files[file]))
    return None


def distribution(logged: Chart) -> chart.Distribution | None:
    """A logged histogram, where it holds what a histogram needs."""
    if logged.type != "histogram":
        return None
    data = logged.data if isinstance(logged.data, dict) else {}
    edges, counts = _numbers(data.get("bin_edges")), _numbers(data.get("bin_counts"))
    sound = counts and len(edges) == len(counts) + 1 and all(low < high for low, high in pairwise(edges))
    if not sound or min(counts) < 0 or not math.isfinite(edges[-1] - edges[0]):
        return None
    return chart.Distribution(logged.step, edges, counts)


def _numbers(values: Any) -> list[float]:
    known = [select.finite(value) for value in values] if isinstance(values, list) else []
    return [float(value) for value in known if value is not None] if None not in known else []
