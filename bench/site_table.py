"""The measurements of builds as Markdown tables, and into a document."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from site_suites import GROWTH
from site_trial import Row, Rows
from table import good_rows, short

UNITS = {"peak": "MB"}
END = "<!-- end -->"


class Line(NamedTuple):
    """One figure: a step, what it is set against in the same round, and what the project asks of itself.

    Without `peer` the figure is what it is, and the worst round counts. `peer_key` is the peer's figure where it is
    another one; `each` sets both over the number of their runs.
    """

    row: str
    title: str
    ours: str
    key: str
    peer: str | None = None
    must: float | None = None
    good: float | None = None
    peer_key: str | None = None
    each: bool = False

    @property
    def steps(self) -> list[str]:
        """The steps that it needs."""
        return [self.ours] if self.peer is None else [self.ours, self.peer]


STEPS = {
    "s": "S: full build, files copied",
    "s cp": "S: `cp -r` of the input",
    "s opens": "S: full build in one process",
    "s nothing": "S: nothing new",
    "s walk": "S: scandir + stat of every file",
    "linked": "L: full build, files linked",
    "cp": "L: `cp -r` of the input",
    "hugo": "Hugo on as many plain pages",
    "copied": "L: full build, files copied",
    "m": "M: full build, files linked",
    "csv": "M: `csv.DictReader`",
    "thousand": "1,000 runs of S: full build, files linked",
    "mkdocs": "MkDocs on 1,000 pages",
    "material": "Material on 1,000 pages",
    "report": "one run of 10 × 10⁵ points: full build",
    "dvclive": "DVCLive's report of it",
    "nothing": "L: nothing new",
    "walk": "L: scandir + stat of every file",
    "published": "L: `publish` to a folder, nothing new",
    "walk shared": "L: scandir + stat of every file of that folder",
    "hugo again": "Hugo's rebuild of as many plain pages",
    "changed": "L: one run changed",
    "xl": "XL: full build, files linked",
    "appended": "XL: 1 % appended",
    **{f"full {runs}": f"H: full build of {runs:,} runs" for runs in GROWTH},
    **{f"nothing {runs}": f"H: nothing new in {runs:,} runs" for runs in GROWTH},
}
KEYS = {
    "wall": "wall",
    "cpu": "CPU",
    "peak": "peak memory",
    "html": "size of the page",
    "call": "the call alone",
    "opened": "files opened",
    "files": "files read and written",
}


def _growth() -> list[Line]:
    smallest, *more = GROWTH
    return [
        Line("growth", f"{STEPS[f'{what} {runs}']}, a run", f"{what} {runs}", key, f"{what} {smallest}", 1.2, each=True)
        for runs in more
        for what in ("full", "nothing")
        for key in ("wall", "cpu")
    ]


LINES = [
    Line("small", STEPS["s"], "s", "wall", "s cp"),
    Line("small", STEPS["s opens"], "s opens", "opened", "s opens", 1.2, 1.05, peer_key="files"),
    Line("small", STEPS["s nothing"], "s nothing", "wall", "s walk"),
    Line("full", STEPS["linked"], "linked", "wall", "cp"),
    Line("hugo", STEPS["linked"], "linked", "wall", "hugo"),
    Line("hugo", STEPS["linked"], "linked", "cpu", "hugo", 3, 2),
    Line("copied", STEPS["copied"], "copied", "wall", "cp"),
    Line("parse", STEPS["m"], "m", "cpu", "csv", 1.3, 1),
    Line("mkdocs", STEPS["thousand"], "thousand", "cpu", "mkdocs", 0.2, 1 / 8),
    Line("mkdocs", STEPS["thousand"], "thousand", "cpu", "material", 0.13, 1 / 13),
    Line("report", STEPS["report"], "report", "wall", "dvclive", 1 / 2, 1 / 5),
    Line("report", STEPS["report"], "report", "wall", "dvclive", 1 / 2, 1 / 5, peer_key="call"),
    Line("report", STEPS["report"], "report", "html", "dvclive", 1 / 50, 1 / 100),
    Line("nothing", STEPS["nothing"], "nothing", "wall", "walk", 1.6, 1.2),
    Line("nothing", STEPS["nothing"], "nothing", "wall", "hugo again"),
    Line("published", STEPS["published"], "published", "cpu", "walk shared", 1.5),
    Line("changed", STEPS["changed"], "changed", "wall", "nothing", 1.5, 1.25),
    Line("appended", STEPS["appended"], "appended", "wall", "xl", 1 / 3, 1 / 10),
    Line("memory", STEPS["linked"], "linked", "peak", None, 150, 100),
    Line("memory", STEPS["m"], "m", "peak", None, 150, 100),
    Line("memory", STEPS["xl"], "xl", "peak", None, 300, 120),
    *_growth(),
]
ROWS = list(dict.fromkeys(line.row for line in LINES))


def steps_of(rows: Sequence[str]) -> set[str]:
    """The steps that some rows of the table need."""
    return {step for line in LINES if line.row in rows for step in line.steps}


# --- figures -----------------------------------------------------------------------------------------------


def figure(value: float) -> str:
    """A number to two or three digits."""
    return f"{value:.2g}" if abs(value) < 0.1 else short(value)


def spread(values: Sequence[float], unit: str = "") -> str:
    """The median, with the least and the most."""
    if not values:
        return "–"
    low, middle, high = (figure(value) for value in (min(values), statistics.median(values), max(values)))
    told = f"{middle} {unit}".rstrip()
    return told if low == high else f"{told} ({low}–{high})"


def results_of(line: Line, rows: Rows) -> list[float]:
    """The figure of each round; none where something failed."""
    ours = rows.get(line.ours, [])
    if line.peer is None:
        return [row[line.key] for row in good_rows(ours)]
    pairs = zip(ours, rows.get(line.peer, []), strict=False)
    return [
        _value(own, line.key, line.each) / _value(peer, line.peer_key or line.key, line.each)
        for own, peer in pairs
        if "error" not in own and "error" not in peer
    ]


def _value(row: Row, key: str, each: bool) -> float:
    return float(row[key]) / (row["runs"] if each else 1)


def reached(line: Line, values: Sequence[float]) -> str:
    """What of the two bounds is reached: by the median of ratios, by the worst of the figures that are none."""
    if not values or line.must is None:
        return "–"
    value = statistics.median(values) if line.peer else max(values)
    if line.good is not None and value <= line.good:
        return "good"
    return "must" if value <= line.must else "missed"


# --- tables ------------------------------------------------------------------------------------------------


def table(found: dict[str, Rows]) -> str:
    """All ratios, a line each; `found` has the steps of each row of the table that was measured."""
    lines = [
        "| what | figure | against | result | must | good | reached |",
        "|---|---|---|--:|--:|--:|---|",
        *(_line(line, found[line.row]) for line in LINES if line.row in found),
    ]
    return "\n".join(lines)


def _line(line: Line, rows: Rows) -> str:
    values = results_of(line, rows)
    peer = "–" if line.peer is None else STEPS[line.peer]
    if line.peer_key:
        peer += f", {KEYS[line.peer_key]}"
    result = spread(values, UNITS.get(line.key, "") if line.peer is None else "")
    if not values:
        errors = [row["error"] for step in line.steps for row in rows.get(step, []) if "error" in row]
        result = _plain(errors[0]) if errors else "–"
    bounds = ["–" if bound is None else f"≤ {bound:.3g}" for bound in (line.must, line.good)]
    return f"| {' | '.join([line.title, KEYS[line.key], peer, result, *bounds, reached(line, values)])} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def seconds(found: dict[str, Rows]) -> str:
    """What each step took."""
    taken: Rows = {}
    for row in ROWS:
        for step, rows in found.get(row, {}).items():
            taken.setdefault(step, rows)
    lines = ["| step | rounds | wall, s | CPU, s | peak, MB |", "|---|--:|--:|--:|--:|"]
    for step in STEPS:
        if good := good_rows(taken.get(step, [])):
            cells = [spread([row[key] for row in good]) for key in ("wall", "cpu", "peak")]
            lines.append(f"| {STEPS[step]} | {len(good)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def sizes(found: dict[str, Row]) -> str:
    """How large inputs and sites are."""
    lines = ["| input | files | MB | files of its site | MB |", "|---|--:|--:|--:|--:|"]
    for name, size in found.items():
        cells = [f"{size[part]['files']:,} | {short(size[part]['bytes'] / 1e6)}" for part in ("input", "site")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def facts(found: dict[str, Any]) -> str:
    """When and where it was measured; rows that were taken at different times stand by themselves."""
    by_fact: dict[str, list[str]] = {}
    for row in ROWS:
        if row in found:
            by_fact.setdefault(found[row], []).append(row)
    if len(by_fact) == 1:
        return next(iter(by_fact))
    return "\n".join(f"- {', '.join(rows)}: {fact}" for fact, rows in by_fact.items())


def write(path: Path, tables: dict[str, str]) -> None:
    """Put tables into a document, each between `<!-- table: NAME -->` and the next `<!-- end -->`."""
    text = path.read_text(encoding="utf-8")
    for name, body in tables.items():
        start = f"<!-- table: {name} -->"
        if start not in text:
            raise SystemExit(f"{path} has no {start}")
        before, _, after = text.partition(start)
        text = f"{before}{start}\n\n{body}\n\n{END}{after.partition(END)[2]}"
    path.write_text(text, encoding="utf-8")
