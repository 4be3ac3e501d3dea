"""The plain page that other site generators are given, as front matter and as Markdown; the number decides it.

A page holds a table of 30 parameters, a summary of 30 metrics, a table of 30 rows, ten figures with a small SVG and
70 lines of a log: about 18 KB of HTML.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from workload import WORDS, metric_names


class Table(NamedTuple):
    """A table with its title."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


def title_of(number: int) -> str:
    """The title of a page."""
    return f"trial {number}"


def tables(number: int) -> list[Table]:
    """The three tables of a page."""
    chance = random.Random(number)

    def digits(count: int) -> list[float]:
        return [round(chance.random(), 5) for _ in range(count)]

    return [
        Table("Parameters", ["name", "value"], [[f"param_{k:02d}", *digits(1)] for k in range(30)]),
        Table(
            "Metrics",
            ["metric", "last", "min", "max", "mean", "points"],
            [[name, *digits(4), 1000] for name in metric_names(30)],
        ),
        Table("Epochs", ["epoch", "loss", "accuracy", "f1", "lr"], [[k, *digits(4)] for k in range(30)]),
    ]


def figures(number: int) -> list[dict[str, str]]:
    """Ten figures: a name, and the points of its line."""
    chance = random.Random(f"figures {number}")
    return [
        {"name": name, "points": " ".join(f"{x * 20},{chance.randrange(40)}" for x in range(8))}
        for name in metric_names(10)
    ]


def log(number: int) -> str:
    """The end of a log."""
    chance = random.Random(number)
    return "\n".join(f"[{k:6d}] INFO {' '.join(chance.choices(WORDS, k=6))}" for k in range(70))


def front_matter(number: int) -> str:
    """A content file that is all data: JSON front matter, which a template spells out."""
    page = {
        "title": title_of(number),
        "status": "Completed",
        "tags": ["baseline", "small", "draft"],
        "tables": [table._asdict() for table in tables(number)],
        "figures": figures(number),
        "log": log(number),
    }
    return json.dumps(page) + "\n"


def markdown(number: int) -> str:
    """The same page in Markdown."""
    parts = [f"# {title_of(number)}", "Completed", "- baseline\n- small\n- draft"]
    for table in tables(number):
        lines = [table.head, ["---"] * len(table.head), *table.rows]
        parts += [f"## {table.title}", "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)]
    parts += [
        f'<figure><figcaption>{figure["name"]}</figcaption><svg viewBox="0 0 140 40">'
        f'<polyline points="{figure["points"]}"/></svg></figure>'
        for figure in figures(number)
    ]
    return "\n\n".join([*parts, "## Log", f"```\n{log(number)}\n```"]) + "\n"
