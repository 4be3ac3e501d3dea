"""The metrics of a comparison as a table for LaTeX, with the rules of booktabs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text import grid, number
from .spelled import Figures, aim, figures
from .whole import Comparison

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}",
    number.MINUS: "$-$", "±": r"$\pm$", "▲": r"$\uparrow$", "▼": r"$\downarrow$", "’": "'", "–": "--", "→": r"$\to$",
}  # fmt: skip
_ANY = re.compile("|".join(map(re.escape, _SPECIAL)))


def latex(title: str, found: Comparison) -> str:
    """A ``table`` with a column for each member; the best value of a metric is bold. It needs booktabs."""
    heads = ["metric", *(one.label for one in found.members)]
    rows = [_row(row.name, aim(row), figures(row), [cell.best for cell in row.cells]) for row in found.metrics]
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{escaped(title)}}}",
        f"  \\begin{{tabular}}{{l{'r' * len(found.members)}}}",
        "    \\toprule",
        f"    {' & '.join(map(escaped, heads))} \\\\",
        "    \\midrule",
        *(f"    {' & '.join(row)} \\\\" for row in rows),
        "    \\bottomrule",
        "  \\end{tabular}",
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, what: str, cells: Sequence[Figures], best: Sequence[bool]) -> list[str]:
    return [escaped(f"{name} ({what})"), *(map(_cell, cells, best))]


def _cell(one: Figures, best: bool) -> str:
    value = escaped(one.value)
    value = f"\\textbf{{{value}}}" if best else value
    return value + (
        f" {{\\small ({escaped(one.delta)}{', ' + escaped(one.word) if one.word else ''})}}" if one.delta else ""
    )


def escaped(text: str) -> str:
    """A text in which TeX sees no commands."""
    return _ANY.sub(lambda found: _SPECIAL[found[0]], grid.one_line(text))
