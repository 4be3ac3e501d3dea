"""Texts of strangers made fit for a page: prose, code, notebooks, diffs, logs, JSON, and plain text."""

from .brief import brief, brief_values, folded, is_long
from .diff import DiffLine, FileDiff, diff
from .highlight import Line, highlighted, language
from .levels import Going, Levels, levels
from .nodes import Node, markup, nodes
from .notebook import notebook
from .plain import compact, html, visible
from .pretty import pretty_json
from .prose import markdown
from .terminal import Seen, as_html, classes, log_lines, seen
from .tree import tree

__all__ = [
    "DiffLine", "FileDiff", "Going", "Levels", "Line", "Node", "Seen", "as_html", "brief", "brief_values", "classes",
    "compact", "diff", "folded", "highlighted", "html", "is_long", "language", "levels", "log_lines", "markdown",
    "markup", "nodes", "notebook", "pretty_json", "seen", "tree", "visible",
]  # fmt: skip
