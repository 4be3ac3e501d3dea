"""Texts of strangers made fit for a page: prose, code, notebooks, diffs, logs, JSON, and plain text."""

from .diff import DiffLine, FileDiff, diff
from .highlight import Line, highlighted, language
from .nodes import Node, markup, nodes
from .notebook import notebook
from .plain import compact, html, visible
from .pretty import pretty_json
from .prose import markdown
from .terminal import log_lines
from .tree import tree

__all__ = [
    "DiffLine", "FileDiff", "Line", "Node", "compact", "diff", "highlighted", "html", "language", "log_lines",
    "markdown", "markup", "nodes", "notebook", "pretty_json", "tree", "visible",
]  # fmt: skip
