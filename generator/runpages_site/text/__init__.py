"""Texts of strangers made fit for a page: prose, code, notebooks, diffs, logs, JSON, and plain text."""

from .diff import DiffLine, FileDiff, diff
from .highlight import Line, highlighted, language
from .nodes import Node, markup, nodes
from .notebook import notebook
from .plain import brief, brief_values, compact, folded, html, is_long, visible
from .prose import markdown
from .terminal import Going, Levels, Seen, as_html, classes, levels, log_lines, seen
from .tree import pretty_json, tree

__all__ = [
    "DiffLine", "FileDiff", "Going", "Levels", "Line", "Node", "Seen", "as_html", "brief", "brief_values", "classes",
    "compact", "diff", "folded", "highlighted", "html", "is_long", "language", "levels", "log_lines", "markdown",
    "markup", "nodes", "notebook", "pretty_json", "seen", "tree", "visible",
]  # fmt: skip
