"""Builds the card of a metric: its chart with the last value and its points as text; of a text or a list its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import Series, Value

from .. import chart, select, text
from ..model import MetricSummary
from ..text import number
from . import link
from .components import NONE, Cell, Link, figure
from .series import band, has_text, labelled_points, lines, nan_since, strands_note

_LOG_SPAN = 100
_CUT = 24
"""Most characters of a name that a card surely shows."""


class Room(NamedTuple):
    """Budget of each chart of a page: points listed as text, rows of a table, points of a drawing and of a bare one."""

    listed: int
    rows: int
    points: int
    bare_points: int


def metric_card(
    series: Series, known: MetricSummary, room: Room, raw: Link,
    *, ended: bool, at: int | None = None, bare: bool = False,
) -> str:  # fmt: skip
    """The markup of a card.

    ``at`` is the index among the curves of the data script; a metric without one has a table of its first rows instead
    of a chart, unless its strands are to be drawn. ``raw`` is where all points are. A script adds axes, labels and the
    table view to a ``bare`` chart when that comes into view.
    """
    # Joined here: a page has many cards, and a template takes five times as long.
    is_text = at is None and has_text(series)
    log = not is_text and _wants_log(known.min, known.max)
    count = series.total
    total = number.plural(count, "value" if series.declared.kind == "list" else "point")
    svg = "" if is_text or not series.values else _chart(series, room, log=log, ended=ended, bare=bare)
    name = text.html(series.name)
    place = "" if at is None else f' data-at="{at}"'
    if bare:
        place += f' data-bare="{total}"'
    body = f'<div class="card-body">{svg}</div>\n' if svg else ""
    if svg and (aside := strands_note(series)):
        body += f'<p class="note aside">{text.html(aside)}</p>\n'
    title = f' title="{name}"' if len(series.name) > _CUT else ""
    points = _points(series, room, raw, count, total, charted=at is not None, is_text=is_text, bare=bare)
    return (
        f'<article class="card metric" id="{link.anchor("metric", series.name)}" data-name="{name}"{place}>\n'
        f'<div class="card-head"><h4 class="cut" dir="auto"{title}>{name}</h4>{_facts(series, known, log)}'
        f'<span class="right cut">last {_last(series, known)}</span></div>\n'
        f"{body}{points}</article>\n"
    )


def _facts(series: Series, known: MetricSummary, log: bool) -> str:
    """Since when all values are nan, what the metric is, and the scale of the y axis."""
    since, declared = nan_note(series, known), series.declared
    found = f'<span class="note warn">{text.html(since)}</span>' if since else ""
    if declared.description or declared.kind == "list":
        kind = "list" if declared.kind == "list" else ""
        said = text.html(", ".join(filter(None, (declared.description, kind))))
        found += f'<span class="note cut" title="{said}"><bdi>{said}</bdi></span>'
    return f'{found}<span class="note scale">log y</span>' if log else found


def nan_note(series: Series, known: MetricSummary) -> str:
    """Since when all values of a metric are nan; empty if they are not."""
    since = nan_since(series) if known.text == "nan" else None
    return "" if since is None else f"nan since {_step_name(series)} {number.step(since)}"


def _last(series: Series, known: MetricSummary) -> str:
    """The value of the last step with its unit."""
    cell = last(_last_value(series, known)) if series.values else Cell(NONE)
    title = f' title="{text.html(cell.exact)}"' if cell.exact else ""
    unit = series.declared.unit
    return f"<b{title}>{text.html(cell.text)}</b>" + (f' <span class="unit">{text.html(unit)}</span>' if unit else "")


def _last_value(series: Series, known: MetricSummary) -> Value:
    """As it was logged, a truth value for one."""
    if known.text is None and type(known.last) is float:
        return known.last
    return select.in_order(series)[-1]


def last(value: Value) -> Cell:
    """One logged value: numbers rounded with exact digits, long texts shortened, everything else unchanged."""
    if isinstance(value, str):
        return Cell(text.brief(value))
    return Cell(text.compact(value)) if isinstance(value, bool) or value is None else figure(value)


def _wants_log(least: float | int | None, most: float | int | None) -> bool:
    """Whether a curve spans so many decades that a linear axis would show only its start."""
    return least is not None and most is not None and least > 0 and most / least >= _LOG_SPAN


def _chart(series: Series, room: Room, *, log: bool, ended: bool, bare: bool) -> Markup:
    # No texts here: numbers, booleans and null.
    return chart.line_chart(
        lines(series),
        name=series.name,
        x_name=_step_name(series),
        log_y=log,
        ended_at=max(series.steps) if ended and len(series.steps) > 1 else None,
        points=room.bare_points if bare else room.points,
        band=band(series),
        alt_note=strands_note(series),
        bare=bare,
    )


def _step_name(series: Series) -> str:
    return "index" if series.declared.kind == "list" else "step"


def _points(
    series: Series, room: Room, raw: Link, count: int, total: str, *, charted: bool, is_text: bool, bare: bool
) -> str:  # fmt: skip
    """The points as text; those of a long metric with a chart are filled in by a script on opening."""
    summary = f"<summary>Show {total} as a table</summary>"
    if count <= room.listed and (charted or series.strands) and is_listed(series, room):
        listed = _listed(series)
        return f'<details class="points">{summary}<pre class="rows" tabindex="0">{listed}</pre></details>\n'
    if not is_text and series.values:
        if bare:
            return ""
        return (
            f'<details class="points" data-shown="{count if charted else 0}">{summary}'
            f'<p class="note">all in {_to(raw)}</p></details>\n'
        )
    order = select.step_order(series.steps)
    shown = range(len(series.steps))[: room.rows] if order is None else order[: room.rows]
    if not shown:
        return '<div class="points"><p class="note">No values</p></div>\n'
    numbers, note = "" if is_text else " numbers", f"first {len(shown)} · " if len(shown) < count else ""
    return (
        f'<div class="points"><div class="scroll" role="group" aria-label="{total}" tabindex="0">'
        f'<table class="table{numbers}"><thead><tr><th scope="col">{_step_name(series)}</th>'
        f'<th scope="col">value</th></tr></thead><tbody>\n{_rows(series, shown)}\n</tbody></table></div>\n'
        f'<p class="note">{note}all in {_to(raw)}</p></div>\n'
    )


def _to(target: Link) -> str:
    """A link as templates make it."""
    words = text.html(target.text)
    title = f' title="{words}"' if target.is_long else ""
    return f'<a href="{text.html(target.href)}"{title}><bdi>{words}</bdi></a>'


def is_listed(series: Series, room: Room) -> bool:
    """Whether the page has all points of a chart as text."""
    if series.total > room.listed:
        return False
    return not series.strands or len(list(labelled_points(series))) <= room.listed


def _listed(series: Series) -> str:
    """All points as text, with the label of their line if there are several."""
    # Text and not a table, which takes several elements for each point.
    points = sorted(labelled_points(series), key=lambda point: point[0])
    head = (_step_name(series), "value", "line")
    rows = [(_exact(step), _whole(value), text.html(line)) for step, value, line in points]
    columns = 3 if series.strands else 2
    return "\n".join("\t".join(row[:columns]) for row in [head, *rows])


def _rows(series: Series, indices: Sequence[int]) -> str:
    """The rows of a table, with exact values."""
    rows = [f"<tr><td>{_exact(series.steps[at])}</td><td>{_whole(series.values[at])}</td></tr>" for at in indices]
    return "\n".join(rows)


def _exact(step: float | int) -> str:
    return number.exact(int(step) if step == int(step) else step)


def _whole(value: Value) -> str:
    return text.folded(value) if isinstance(value, str) else text.compact(value)
