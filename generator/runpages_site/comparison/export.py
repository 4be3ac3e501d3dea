"""A comparison for other programs and papers: Markdown, LaTeX and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..text import grid, number
from . import spelled
from .environment import in_words
from .metrics import Cell, MetricRow
from .outcome import Outcome
from .spelled import MARKS, Figures, aim, figures
from .whole import Comparison, summary

# --- Markdown, for a comment on GitHub or GitLab --------------------------------------------------------


_ACTIVE = re.compile(r"[\\`*_{}\[\]<>()#!|~@&$]|[:%^](?=\S)|(?<=www)\.", re.IGNORECASE)
"""What is markup, or makes a link, a mention or an emoji of what follows."""


def markdown(title: str, found: Comparison, outcomes: Sequence[Outcome]) -> str:
    """The comparison, with the conditions first and what differs folded; names of others are spelled so that no link,
    mention or markup comes of them."""
    parts = [
        f"### {_plain(title)}",
        f"Against {_code(found.reference.title)}: what differs: {_plain(spelled.sentence(summary(found)))}.",
    ]
    if outcomes:
        parts.append("\n".join(f"- {MARKS.get(one.state, '?')} {_plain(spelled.outcome(one))}" for one in outcomes))
    parts.append(_markdown_table(_metric_lines(found)))
    if test := spelled.test(found):
        parts.append(_plain(test) + ".")
    if rows := list(_value_lines(found)):
        parts.append(_folded("What differs", _markdown_table(rows)))
    if lines := list(_captured_lines(found)):
        parts.append(_folded("Environment and code", "\n".join(lines)))
    return "\n\n".join(parts) + "\n"


def _metric_lines(found: Comparison) -> Iterator[list[str]]:
    groups = any(one.group for one in found.members)
    yield ["metric", "run", "reference", "value", "difference", "%", "verdict", *(["p", "95 % interval"] * groups)]
    for row in found.metrics:
        cells = figures(row)
        for place in found.others:
            one = cells[place]
            judged = f"**{one.judged}**" if one.word in ("better", "worse") else one.judged
            yield [
                f"{_code(row.name)} {_plain(aim(row))}",
                _code(found.members[place].label),
                _plain(cells[0].value),
                _plain(one.value),
                _plain(one.delta),
                _plain(one.relative),
                judged,
                *([one.p.replace("<", "&lt;"), _plain(one.interval)] if groups else []),
            ]


def _value_lines(found: Comparison) -> Iterator[list[str]]:
    rows = [("", row) for row in found.params if row.differs] + [("tag ", row) for row in found.tags if row.differs]
    if rows:
        yield ["", *(_code(one.label) for one in found.members)]
    for kind, row in rows:
        yield [kind + _code(row.name), *("–" if text is None else _code(text) for text in row.texts)]


def _captured_lines(found: Comparison) -> Iterator[str]:
    for place in found.others:
        change, label = found.code[place], _code(found.members[place].label)
        if words := in_words(found.environment[place]):
            yield f"- {label}: {_plain(', '.join(words))}"
        if change and change.files:
            yield f"- {label}: {_plain(spelled.files(change))}"


def _markdown_table(rows: Iterable[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _plain(text: str) -> str:
    """A text of which Markdown makes nothing but itself."""
    return _ACTIVE.sub(r"\\\g<0>", grid.one_line(text))


def _code(text: str) -> str:
    """A text as code, in which nobody is mentioned and nothing is linked."""
    line = grid.one_line(text).replace("|", "\\|")
    fence = "`" * (max((len(found) for found in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if "`" in line or line != line.strip() else f"{fence}{line or ' '}{fence}"


# --- LaTeX, with the rules of booktabs ------------------------------------------------------------------


_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}",
    number.MINUS: "$-$", "±": r"$\pm$", "▲": r"$\uparrow$", "▼": r"$\downarrow$", "’": "'", "–": "--", "→": r"$\to$",
}  # fmt: skip
_ANY_SPECIAL = re.compile("|".join(map(re.escape, _SPECIAL)))


def latex(title: str, found: Comparison) -> str:
    """A ``table`` with a column for each member; the best value of a metric is bold. It needs booktabs."""
    heads = ["metric", *(one.label for one in found.members)]
    rows = [
        [_escaped(f"{row.name} ({aim(row)})"), *map(_latex_cell, figures(row), [cell.best for cell in row.cells])]
        for row in found.metrics
    ]
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{_escaped(title)}}}",
        f"  \\begin{{tabular}}{{l{'r' * len(found.members)}}}",
        "    \\toprule",
        f"    {' & '.join(map(_escaped, heads))} \\\\",
        "    \\midrule",
        *(f"    {' & '.join(row)} \\\\" for row in rows),
        "    \\bottomrule",
        "  \\end{tabular}",
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _latex_cell(one: Figures, best: bool) -> str:
    value = _escaped(one.value)
    value = f"\\textbf{{{value}}}" if best else value
    return value + (
        f" {{\\small ({_escaped(one.delta)}{', ' + _escaped(one.word) if one.word else ''})}}" if one.delta else ""
    )


def _escaped(text: str) -> str:
    """A text in which TeX sees no commands."""
    return _ANY_SPECIAL.sub(lambda found: _SPECIAL[found[0]], grid.one_line(text))


# --- JSON, whose shape docs/how-to/compare-in-ci.md describes -------------------------------------------


def document(title: str, found: Comparison, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The members, what differs, the metrics, and what became of the conditions."""
    return {
        "title": title,
        "reference": found.reference.label,
        "members": [
            {
                "label": one.label,
                "title": one.title,
                "key": one.key,
                "group": one.group,
                "runs": [{"experiment": row.experiment.name, "id": row.run.id} for row in one.rows],
            }
            for one in found.members
        ],
        "differs": summary(found),
        "metrics": [_metric_document(row, found) for row in found.metrics],
        "params": {row.name: list(row.texts) for row in found.params if row.differs},
        "tags": {row.name: list(row.texts) for row in found.tags if row.differs},
        "environment": [[change._asdict() for change in changes] for changes in found.environment],
        "code": [change and change._asdict() for change in found.code],
        "conditions": [
            {
                "condition": one.condition,
                "member": one.member,
                "state": one.state,
                "why": one.why,
                "known": one.known and one.known._asdict(),
            }
            for one in outcomes
        ],
    }


def _metric_document(row: MetricRow, found: Comparison) -> dict[str, Any]:
    return {
        "name": row.name,
        "which": row.which,
        "goal": row.aim.better,
        "assumed": row.aim.assumed,
        "unit": row.unit,
        "tolerance": row.tolerance,
        "pair_by": row.pair_by,
        "cells": [_cell_document(cell, one.label) for cell, one in zip(row.cells, found.members, strict=True)],
    }


def _cell_document(cell: Cell, label: str) -> dict[str, Any]:
    judged = cell.verdict
    interval = judged.interval if judged else None
    return {
        "member": label,
        "value": cell.value,
        "n": cell.n,
        "sd": cell.sd,
        "delta": cell.delta.absolute,
        "relative": cell.delta.relative,
        "word": cell.delta.word or None,
        "best": cell.best,
        "interval": interval and [interval.low, interval.high],
        "p": judged.p if judged else None,
        "tested": judged.tested if judged else None,
    }
