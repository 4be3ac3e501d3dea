"""Renders a run for notebooks: one piece of HTML with its images in it, without script and style sheet.

Colours are those of the notebook, or such as can be seen on light and on dark. Everything logged is escaped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from .. import query
from ..azure_shapes import shapes
from ..format import status
from ..format.layout import iso_time
from ..format.records import Medium, RunRecord, Series
from . import links
from .chart import curve, diagnostic, is_curve, site
from .embed import embedded
from .file_ends import last_values, newest, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..run import Run

CURVES = 24
"""Charts that are drawn; the page of the run has all."""

ROWS = 60
"""Rows of a table that are shown."""

LOGS = 8
"""Logs beside the newest one whose ends can be chosen."""

VALUES = 6
"""Values of a list or of a column that are shown."""

LONGEST = 300
"""Characters of a text that are shown."""

_WHOLE = "flex:1 1 100%"
_ROW = "display:flex;flex-wrap:wrap;gap:8px 20px"
_TITLE = "overflow-wrap:anywhere;max-width:280px"
_IMAGE = "display:block;max-width:280px;max-height:240px;margin:0"
_FADED = "opacity:.7"
_EDGE = "1px solid rgba(134,142,151,.4)"
_PLAIN = "border-collapse:collapse;margin:0;border:0;font-size:13px"
_CELL = "padding:2px 12px 2px 0;text-align:left;vertical-align:top;font-weight:normal;background:none"
_COLOURS = {
    status.COMPLETED: "#2f9e57",
    status.FAILED: "#d9493c",
    status.CANCELED: "#868e97",
    status.NOT_RESPONDING: "#bd8913",
}
_GOES_ON = "#3691e7"


class Shown(NamedTuple):
    """What is shown: the run, its children, the end of its log, and when it was looked at."""

    run: RunRecord
    children: list[RunRecord]
    page: str
    log: str | None
    tail: list[str]
    now: float
    logs: Sequence[tuple[str, list[str]]] = ()
    """The ends of the other logs, by file."""


def look(run: Run) -> Shown:
    """What there is to show of a run now."""
    word = run.get_status()
    record = run._state.read()._replace(status=word)  # Of a submitted run this one knows more than its folder.
    log = newest(record)
    children = query.descendants(query.heads(run._experiment.folder), run.id, recursive=False)
    return Shown(
        run=record,
        children=[child._replace(series=last_values(child)) for child in children[:ROWS]] + children[ROWS:],
        page=run.get_portal_url(),
        log=log.file if log else None,
        tail=tail(run.folder, log) if log else [],
        now=time.time(),
        logs=[(other.file, tail(run.folder, other)) for other in record.logs if other.size and other != log][:LOGS],
    )


def panel(shown: Shown, note: str = "") -> str:
    """The whole; ``note`` says how it is kept fresh."""
    run = shown.run
    charts, images = _charts(run), embedded(run.folder, run.images)
    single, curves = _metrics(
        run._replace(
            charts=[chart for chart in run.charts if chart.name not in charts],
            images=[image for image in run.images if image.name not in images],
        )
    )
    parts = [
        _part("Run", _table(_facts(shown)), "flex:0 1 280px"),
        _part("Metrics", single + curves, "flex:1 1 420px") if single or curves else "",
        _part("Diagnostics", _diagnostics(charts), _WHOLE) if charts else "",
        _part("Images", _images(run, images), _WHOLE) if images else "",
        _part(f"Child runs ({len(shown.children)})", _children(shown), _WHOLE) if shown.children else "",
        _part(f"End of {escape(shown.log)}", _log(shown.tail), _WHOLE) if shown.log and shown.tail else "",
        _others(shown.logs),
    ]
    return _framed(
        f'<div style="display:flex;flex-wrap:wrap;gap:6px 12px;align-items:baseline">{_heading(shown, note)}</div>'
        f'{_error(run)}<div style="display:flex;flex-wrap:wrap;gap:4px 32px">{"".join(parts)}</div>'
    )


def other_logs(shown: Shown) -> str:
    """The logs to choose from, on their own; empty where there are none."""
    return _framed(_others(shown.logs)) if shown.logs else ""


def _framed(content: str) -> str:
    style = f"font:13px/1.45 system-ui,sans-serif;border:{_EDGE};border-radius:6px;padding:10px 14px"
    return f'<div style="{style}">{content}</div>'


def _heading(shown: Shown, note: str) -> str:
    run = shown.run
    word = run.status or "–"
    root = os.path.dirname(os.path.dirname(run.folder))
    dot = f'<span style="color:{_COLOURS.get(word, _GOES_ON)}" aria-hidden="true">●</span>'
    return (
        f'<b style="font-size:15px">{escape(_cut(run.title))}</b><span>{dot} {escape(word)}</span>'
        f'<span>{links.anchor(shown.page, "Page of the run", root)}</span><span style="{_FADED}">{escape(note)}</span>'
    )


def _error(run: RunRecord) -> str:
    if run.error is None:
        return ""
    text = f"{run.error.type}: {run.error.message}" if run.error.type else run.error.message
    return (
        f'<div style="border-left:3px solid {_COLOURS[status.FAILED]};margin:8px 0;padding:2px 10px;'
        f'white-space:pre-wrap;overflow-wrap:anywhere">{escape(_cut(text, 2000))}</div>'
    )


def _facts(shown: Shown) -> list[tuple[str, str]]:
    run = shown.run
    definition = run.document.get("definition")
    definition = definition if isinstance(definition, dict) else {}
    begun = run.started or run.created
    facts: list[tuple[str, Any]] = [
        ("Experiment", run.experiment),
        ("Number", run.number),
        ("Id", run.id),
        ("Type", run.type),
        ("Start", _moment(begun)),
        ("Duration", _duration(run, shown.now)),
        ("Script", definition.get("script")),
        ("Arguments", _joined(definition.get("arguments"))),
        ("Command", None if definition.get("script") else _joined(definition.get("command"))),
        ("Description", run.description),
    ]
    rows = [(name, escape(_cut(str(value)))) for name, value in facts if value not in (None, "")]
    tags = [escape(_cut(key if text is None else f"{key}: {text}")) for key, text in run.tags.items()]
    return rows + ([("Tags", "<br>".join(tags[:ROWS]))] if tags else [])


def _joined(words: object) -> str | None:
    return " ".join(map(str, words)) if isinstance(words, list) else None


def _metrics(run: RunRecord) -> tuple[str, str]:
    """What is a line of a table, and what is drawn."""
    drawable = site() is not None
    lines = {name: one for name, one in run.series.items() if drawable and is_curve(one.values)}
    others = shapes(run._replace(series={name: one for name, one in run.series.items() if name not in lines}))
    rows = [(_cut(name), escape(_cut(value(one)))) for name, one in others.items()]
    drawn = [_figure(name, one) for name, one in list(lines.items())[:CURVES]]
    more = (
        f'<div style="{_FADED}">and {len(lines) - CURVES} more charts on its page</div>' if len(lines) > CURVES else ""
    )
    charts = f'<div style="{_ROW};margin-top:8px">{"".join(drawn)}</div>{more}' if drawn else ""
    return _table(rows) if rows else "", charts


def _charts(run: RunRecord) -> dict[str, str]:
    """The latest chart of each name that can be drawn."""
    latest = {chart.name: chart for chart in run.charts}
    drawn = {name: diagnostic(chart) for name, chart in latest.items()}
    return {name: one for name, one in drawn.items() if one}


def _diagnostics(charts: dict[str, str]) -> str:
    shown = "".join(
        f'<div style="min-width:0;max-width:100%"><b>{escape(_cut(name))}</b>{one}</div>'
        for name, one in list(charts.items())[:CURVES]
    )
    return f'<div style="{_ROW}">{shown}</div>{_more(len(charts) - CURVES)}'


def _images(run: RunRecord, last: dict[str, list[tuple[Medium, str]]]) -> str:
    """For each name its last images in a strip, the newest first; a widget makes a slider of it."""
    strips = []
    for name, some in last.items():
        images = "".join(
            f'<div data-step="{image.step}" style="flex:none"><div style="{_FADED}">step {image.step}</div>'
            f'<img src="{uri}" alt="{escape(_cut(name))}, step {image.step}" style="{_IMAGE}"/></div>'
            for image, uri in some
        )
        there = sum(image.name == name for image in run.images)
        rest = f'<span style="{_FADED}"> last {len(some)} of {there}</span>' if there > len(some) else ""
        title = f'<div style="{_TITLE}"><b>{escape(_cut(name))}</b>{rest}</div>'
        strip = f'<div data-images="{escape(name)}" style="display:flex;gap:8px;overflow-x:auto">{images}</div>'
        strips.append(f'<div style="max-width:100%">{title}{strip}</div>')
    return f'<div style="{_ROW}">{"".join(strips)}</div>'


def _best(series: Series) -> str:
    """The best value of a metric whose goal was declared, with its step."""
    pairs = [(v, step) for step, v in zip(series.steps, series.values, strict=True) if isinstance(v, (int, float))]
    known = [pair for pair in pairs if pair[0] - pair[0] == 0]
    if series.declared.goal not in ("min", "max") or not known:
        return ""
    best, step = (min if series.declared.goal == "min" else max)(known, key=lambda pair: pair[0])
    return f", best {value(best)} at step {step}"


def _figure(name: str, series: Series) -> str:
    values = series.values
    last = f'<span style="{_FADED}"> {escape(value(values[-1]) + _best(series))}</span>'
    title = f'<div style="{_TITLE}"><b>{escape(_cut(name))}</b>{last}</div>'
    return f"<div>{title}{curve(series)}</div>"


def value(one: Any) -> str:
    """A metric as one line: of many values the first ones, the last one and how many there are."""
    if isinstance(one, dict):
        return "; ".join(f"{column}: {value(cells)}" for column, cells in one.items())
    if isinstance(one, float):
        return f"{one:.6g}" if one - one == 0 else str(one)
    if not isinstance(one, list):
        return str(one)
    shown = ", ".join(map(value, one[:VALUES]))
    return shown if len(one) <= VALUES else f"{shown}, … {value(one[-1])} ({len(one)} values)"


def _children(shown: Shown) -> str:
    rows = []
    main = _main(shown.children)
    for child in shown.children[:ROWS]:
        word = child.status or "–"
        dot = f'<span style="color:{_COLOURS.get(word, _GOES_ON)}" aria-hidden="true">●</span> {escape(word)}'
        duration = escape(_duration(child, shown.now) or "")
        number = "" if child.number is None else str(child.number)
        series = child.series.get(main) if main else None
        metric = escape(_cut(value(series.values[-1]))) if series else ""
        facts = [number, escape(_cut(child.title)), dot, escape(_moment(child.started) or ""), duration]
        rows.append(facts + [metric] * (main is not None))
    more = _more(len(shown.children) - ROWS)
    return _grid(["Number", "Name", "Status", "Start", "Duration", *([_cut(main)] if main else [])], rows) + more


def _main(children: list[RunRecord]) -> str | None:
    """The metric that children are compared by: the first one with a goal, else the first one of numbers."""
    every = [one for child in children for one in child.series.values()]
    numbers = [one for one in every if not isinstance(one.values[-1], str)]
    return next((one.name for one in numbers if one.declared.goal), numbers[0].name if numbers else None)


def _others(logs: Sequence[tuple[str, list[str]]]) -> str:
    shown = "".join(
        f'<details data-log="{escape(file)}"><summary>{escape(_cut(file))}</summary>{_log(lines)}</details>'
        for file, lines in logs
    )
    return _part("Other logs", shown, _WHOLE) if logs else ""


def _log(lines: list[str]) -> str:
    text = escape("\n".join(lines))
    return (
        '<pre style="font:12px/1.4 ui-monospace,monospace;margin:0;padding:6px 0;background:none;color:inherit;'
        f'white-space:pre-wrap;overflow-wrap:anywhere">{text}</pre>'
    )


def _part(title: str, content: str, style: str) -> str:
    head = f'<div style="font-weight:600;border-bottom:{_EDGE};margin:8px 0 4px">{title}</div>'
    return f'<div style="{style};min-width:0">{head}{content}</div>'


def _table(rows: list[tuple[str, str]]) -> str:
    """Rows of a name, which is escaped here, and a cell, which is HTML."""
    shown = "".join(
        f'<tr style="background:none"><th scope="row" style="{_CELL};{_FADED}">{escape(name)}</th>'
        f'<td style="{_CELL};overflow-wrap:anywhere">{cell}</td></tr>'
        for name, cell in rows[:ROWS]
    )
    return f'<table style="{_PLAIN}">{shown}</table>{_more(len(rows) - ROWS)}'


def _grid(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col" style="{_CELL};{_FADED}">{escape(name)}</th>' for name in heads)
    lines = ("".join(f'<td style="{_CELL}">{cell}</td>' for cell in row) for row in rows)
    body = "".join(f'<tr style="background:none">{line}</tr>' for line in lines)
    return f'<table style="{_PLAIN}"><tr style="background:none">{head}</tr>{body}</table>'


def _more(count: int, what: str = "more") -> str:
    """How many more there are; nothing where there are none."""
    return f'<div style="{_FADED}">and {count} {what} on its page</div>' if count > 0 else ""


def _moment(when: float | None) -> str | None:
    return None if when is None else f"{iso_time(when)[:19].replace('T', ' ')} UTC"


def _duration(run: RunRecord, now: float) -> str | None:
    """From the start to the end, or until now; a run whose process is gone has none."""
    end = run.ended if run.ended is not None else now if run.status in status.ACTIVE else run.last_write
    if run.started is None or end is None:
        return None
    seconds = max(0.0, end - run.started)
    drawing = site()
    return f"{seconds:.1f} s" if drawing is None else str(drawing.number.duration(seconds))


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]} …"
