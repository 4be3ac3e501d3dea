"""Draws curves and diagnostics with the charts of the site, as images; where its libraries are not installed, nothing.

The charts of the site have margins and colours by style sheet, which an image does not load: they get both here.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from .embed import as_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..format.records import Chart, Series

WIDTH, HEIGHT = 340, 196

ROWS = 12
"""Rows of a table beside a drawing."""

_NAME = "padding:2px 6px;text-align:right;font-weight:normal;white-space:nowrap"
_CELL = "padding:2px 8px;text-align:right"
# Seen on white and on black: an image has not the colours of the notebook.
_COLOURS = (
    *("#3691e7", "#d9493c", "#2f9e57", "#bd8913", "#8a63d2"),
    *("#0e9aa7", "#d6589f", "#7d8b2a", "#b0683c", "#868e97"),
)
_STYLE = (
    "text{fill:#757b82;font:11.5px sans-serif}"
    "path{fill:none;stroke-width:1px;vector-effect:non-scaling-stroke}"
    ".grid{stroke:#868e97;stroke-opacity:.25}.axis,.stop,.reference,.errors,.reach{stroke:#868e97}"
    ".stop,.reference{stroke-dasharray:3 3}.band{fill:#bd8913;fill-opacity:.15}"
    ".line,.dots{stroke:currentColor;stroke-width:1.75px;stroke-linejoin:round;stroke-linecap:round}"
    ".dots{stroke-width:4px}.bars{fill:currentColor;fill-opacity:.7}circle,.edge path{fill:currentColor}"
    ".faint{opacity:.5}.d1{stroke-dasharray:6 3}.d2{stroke-dasharray:2 3}.d3{stroke-dasharray:8 3 2 3}"
    ".x text,.note,.none{text-anchor:middle}.y text,.name,.last{text-anchor:end}.value,.first{text-anchor:start}"
    ".far{display:none}" + "".join(f".s{place}{{color:{colour}}}" for place, colour in enumerate(_COLOURS, 1))
)
_ROOT = re.compile(r'<svg class="chart left-(\d+) right-(\d+)[^"]*" role="img" aria-label="([^"]*)"[^>]*>')


def site() -> Any:
    """The part of the site that draws; None where its libraries are not installed."""
    try:
        from runpages_site.page import charts
    except ImportError:
        return None
    return charts


def curve(series: Series) -> str:
    """A metric over its steps as an image; empty where nothing can be drawn."""
    if not is_curve(series.values) or (drawing := site()) is None:
        return ""
    line = drawing.chart.Line("", list(zip(series.steps, series.values, strict=True)))
    return _image(drawing.chart.line_chart([line], name=series.name))


def is_curve(values: Sequence[object]) -> bool:
    """Whether values make a line: two at least, none of them a text, and one that is a finite number."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    return (
        len(values) > 1
        and any(abs(value) <= 1e308 for value in numbers)
        and not any(isinstance(value, str) for value in values)
    )


def diagnostic(logged: Chart) -> str:
    """A diagnostic as images, tables and figures; empty for other charts, and for data that nothing can be drawn of."""
    drawing = site()
    found = None if drawing is None else drawing.diagnosed(logged)
    known = None if found is None else found.shown
    if known is None or isinstance(known, str):
        return ""
    if hasattr(known, "labels"):
        return _figures(known.figures) + (_matrix(known) if known.rows else _confused(known))
    drawn = "".join(_image(panel.svg) for panel in known.views[0].panels[:2])
    drawn = f'<div style="display:flex;flex-wrap:wrap;gap:8px 20px">{drawn}</div>'
    return _figures(known.figures) + drawn + (_sheet(known.summary) if known.summary else "")


def _image(svg: str) -> str:
    """A chart of the site by itself, with its margins and colours."""
    found = _ROOT.match(svg)
    if found is None:
        return ""
    left, right = int(found[1]), int(found[2])
    inner = f'<svg x="{left}" width="{WIDTH - left - right}" height="{HEIGHT}" overflow="visible">'
    return as_image(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"<style>svg{{overflow:visible}}{_STYLE}</style>{inner}{svg[found.end() :]}</svg>",
        found[3],
    )


def _figures(figures: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<span>{escape(name)} <b>{escape(text)}</b></span>" for name, text in figures)
    return f'<div style="display:flex;flex-wrap:wrap;gap:0 12px">{cells}</div>' if cells else ""


def _matrix(matrix: Any) -> str:
    """Rows are true classes, columns predicted ones; a cell is as opaque as its share of its row."""
    head = "".join(f'<th scope="col" style="{_NAME}">{escape(label)}</th>' for label in matrix.labels)
    body = "".join(
        f'<tr style="background:none"><th scope="row" style="{_NAME}">{escape(row.label)}</th>'
        f"{''.join(map(_cell, row.cells))}</tr>"
        for row in matrix.rows
    )
    return _scrolled(f'<tr style="background:none"><th style="{_NAME}">true ↓ predicted →</th>{head}</tr>{body}')


def _cell(cell: Any) -> str:
    colour = f";background:rgba(217,73,60,{0.8 * float(cell.opacity):.2f})" if cell.opacity else ""
    weight = ";font-weight:600" if cell.kind == "right" else ""
    return f'<td style="{_CELL}{colour}{weight}">{escape(cell.text)}</td>'


def _confused(matrix: Any) -> str:
    """The most confused pairs of a matrix that is too large for a table."""
    rows = [("true", "predicted", "count", "of true"), *matrix.pairs[:ROWS]]
    return f"{len(matrix.labels)} classes, most confused:{_scrolled(''.join(map(_row, rows)))}"


def _sheet(sheet: Any) -> str:
    """A table of the site, with its first rows."""
    rows = [sheet.head, *((row.name, *row.cells) for row in sheet.rows[:ROWS])]
    more = len(sheet.rows) - ROWS
    return _scrolled("".join(map(_row, rows))) + (
        f'<div style="opacity:.7">and {more} more on its page</div>' if more > 0 else ""
    )


def _row(cells: Sequence[str]) -> str:
    shown = "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in cells)
    return f'<tr style="background:none">{shown}</tr>'


def _scrolled(rows: str) -> str:
    table = f'<table style="border-collapse:collapse;border:0;margin:0;font-size:12px">{rows}</table>'
    return f'<div style="overflow-x:auto">{table}</div>'
