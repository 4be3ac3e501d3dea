"""The measurements as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

Row = dict[str, Any]
Rows = dict[str, list[Row]]

OURS, LIMIT = "runpages", "limit"
COUNTED = frozenset({"kill", "four", "company"})


class Target(NamedTuple):
    """What a figure has to reach, as a ratio to the limit or as it is; `more` where more is better."""

    must: float
    good: float | None = None
    ratio: bool = False
    more: bool = False

    def cell(self, value: float | None) -> str:
        """The bounds, and whether the value reaches them."""
        sign, unit = "≥" if self.more else "≤", " ×" if self.ratio else ""
        bounds = [("must", self.must), ("good", self.good)]
        return "; ".join(
            f"{word} {sign} {short(bound)}{unit}{_verdict(value, bound, self.more)}"
            for word, bound in bounds
            if bound is not None
        )


class Figure(NamedTuple):
    """One measurement: what is compared, against which limit, and the columns of its table."""

    title: str
    key: str
    unit: str
    limit: str
    target: Target
    columns: tuple[tuple[str, str], ...]


FIGURES = {
    "one": Figure(
        "One scalar a call",
        "us",
        "µs",
        "f-string + `os.write`",
        Target(1.5, 1.2, ratio=True),
        (("median µs a call", "us"), ("µs a call, with the finish", "us with finish"), ("ratio to the limit", "ratio")),
    ),
    "ten": Figure(
        "Ten scalars a call",
        "us",
        "µs",
        "ten f-strings + one `os.write`",
        Target(1.5, 1.2, ratio=True),
        (("median µs a call", "us"), ("µs a call, with the finish", "us with finish"), ("ratio to the limit", "ratio")),
    ),
    "kill": Figure(
        "Points lost on SIGKILL",
        "lost",
        "",
        "0",
        Target(0),
        (
            ("calls at full speed", "fast calls"),
            ("of these lost", "fast lost"),
            ("calls 5 ms apart", "slow calls"),
            ("of these lost", "slow lost"),
            ("torn rows shown", "torn"),
        ),
    ),
    "import": Figure(
        "Import over a bare interpreter",
        "load",
        "ms",
        "`import json`",
        Target(15, 5),
        (
            ("ms", "load"),
            ("modules", "modules"),
            ("packages beyond the standard library and itself", "packages"),
            ("ratio to the limit", "ratio"),
        ),
    ),
    "begin": Figure(
        "Start and finish of an empty run",
        "ms",
        "ms",
        "folder + file + rename",
        Target(3, 1),
        (
            ("start, ms", "start"),
            ("finish, ms", "finish"),
            ("both, ms", "ms"),
            ("both with json loaded before, ms", "with json"),
            ("both again in the same process, ms", "again"),
            ("ratio to the limit", "ratio"),
        ),
    ),
    "four": Figure(
        "Four processes on one run",
        "readable",
        "",
        "20,000",
        Target(20_000, more=True),
        (("calls returned", "calls"), ("readable", "readable"), ("torn rows shown", "torn")),
    ),
    "read": Figure(
        "Reading 10^6 points back",
        "s",
        "s",
        "`csv` module",
        Target(1, 0.5, ratio=True),
        (("s for 10^6 points", "s"), ("points read", "points"), ("ratio to the limit", "ratio")),
    ),
    "image": Figure(
        "A 1000 × 1000 RGB array as image",
        "ms",
        "ms",
        "Pillow's default PNG",
        Target(0.25, 1 / 9, ratio=True),
        (
            ("median ms a call", "ms"),
            ("ms a call, with the finish", "ms with finish"),
            ("KB", "kb"),
            ("ratio to the limit", "ratio"),
        ),
    ),
    "company": Figure(
        "Threads, processes, sockets while a run is open",
        "all",
        "",
        "0",
        Target(0),
        (("threads", "threads"), ("helper processes", "processes"), ("sockets", "sockets")),
    ),
}


def short(value: float) -> str:
    """A number to three digits or so; whole ones as they are."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{2 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}"


def _verdict(value: float | None, bound: float, more: bool) -> str:
    if value is None:
        return ""
    return " (met)" if (value >= bound if more else value <= bound) else " (missed)"


def good_rows(rows: Sequence[Row]) -> list[Row]:
    """The rounds that gave a figure."""
    return [row for row in rows if "error" not in row]


def with_ratios(figure: Figure, rows: Rows) -> Rows:
    """Each round's figure over the limit of the same round, where the two were not paired in one process."""
    limits = rows.get(LIMIT, [])
    found: Rows = {}
    for name, own in rows.items():
        found[name] = [dict(row) for row in own]
        for row, limit in zip(found[name], limits, strict=False):
            if figure.key in row and figure.key in limit:
                row.setdefault("ratio", row[figure.key] / limit[figure.key])
    return found


def middle(rows: Sequence[Row], key: str) -> float | None:
    """The median over the rounds."""
    values = [row[key] for row in rows if row.get(key) is not None]
    return statistics.median(values) if values else None


def _cell(rows: Sequence[Row], key: str) -> str:
    values = [row[key] for row in rows if row.get(key) is not None]
    if not values:
        return "–"
    low, value, high = (short(number) for number in (min(values), statistics.median(values), max(values)))
    return value if low == high else f"{value} ({low}–{high})"


def table(test: str, rows: Rows) -> str:
    """The table of one figure, a logger a row."""
    figure = FIGURES[test]
    rows = with_ratios(figure, rows)
    lines = [
        f"### {figure.title}",
        "",
        f"| | {' | '.join(title for title, _ in figure.columns)} |",
        f"|---|{'--:|' * len(figure.columns)}",
    ]
    for name, own in rows.items():
        title = figure.limit if name == LIMIT else name
        good = good_rows(own)
        if good:
            cells = [_cell(good, key) for _, key in figure.columns]
        else:
            cells = [str(own[0]["error"]).replace("|", "\\|").replace("\n", " "), *[""] * (len(figure.columns) - 1)]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


# --- the summary -------------------------------------------------------------------------------------------


def _safe(results: dict[str, Rows]) -> set[str]:
    """The loggers that lost nothing in any kill of this measurement."""
    kills = results.get("kill", {})
    return {name for name, rows in kills.items() if good_rows(rows) and all(row.get("lost") == 0 for row in rows)}


def _best(figure: Figure, rows: Rows, names: Sequence[str]) -> str:
    found = {name: middle(good_rows(rows[name]), figure.key) for name in names}
    values = {name: value for name, value in found.items() if value is not None}
    if not values:
        return "–"
    best = (max if figure.target.more else min)(values.values())
    return f"{', '.join(name for name, value in values.items() if value == best)}: {_value(figure, best)}"


def _value(figure: Figure, value: float | None) -> str:
    return "–" if value is None else f"{short(value)} {figure.unit}".rstrip()


def _line(test: str, rows: Rows, safe: set[str]) -> str:
    figure = FIGURES[test]
    rows = with_ratios(figure, rows)
    own = good_rows(rows.get(OURS, []))
    # A figure that is counted holds in every round, not in the median.
    worst = (min if figure.target.more else max)((row[figure.key] for row in own), default=None)
    value = worst if test in COUNTED else middle(own, figure.key)
    ratio = middle(own, "ratio")
    peers = [name for name in rows if not name.startswith(OURS) and name != LIMIT]
    limit = middle(good_rows(rows.get(LIMIT, [])), figure.key)
    cells = [
        figure.title,
        _value(figure, value),
        _best(figure, rows, [name for name in peers if name in safe]),
        _best(figure, rows, peers),
        figure.limit if limit is None else f"{figure.limit}: {_value(figure, limit)}",
        "–" if ratio is None else short(ratio),
        figure.target.cell(ratio if figure.target.ratio else value),
    ]
    return f"| {' | '.join(cells)} |"


def summary(results: dict[str, Rows]) -> str:
    """All figures in one table."""
    safe = _safe(results)
    lines = [
        "| figure | runpages | best peer that loses nothing | best peer | limit | ratio to the limit | target |",
        "|---|--:|---|---|---|--:|---|",
        *(_line(test, results[test], safe) for test in FIGURES if test in results),
    ]
    return "\n".join(lines)
