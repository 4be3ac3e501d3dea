"""Turns untrusted text into safe markup: Markdown, code, notebooks, diffs, logs, JSON, plain text."""

from .diff import DiffLine, FileDiff, diff
from .highlight import Line, highlighted, language
from .nodes import Node, markup, nodes
from .notebook import notebook, notebook_text
from .plain import PLAIN, brief, brief_values, compact, folded, html, is_long, visible
from .prose import as_read, markdown
from .terminal import Continuation, Seen, Severities, as_html, classes, log_lines, seen, severities
from .tree import outline, pretty_json, tree

__all__ = [
    "PLAIN",
    "Continuation",
    "DiffLine",
    "FileDiff",
    "Line",
    "Node",
    "Seen",
    "Severities",
    "as_html",
    "as_read",
    "brief",
    "brief_values",
    "classes",
    "compact",
    "diff",
    "folded",
    "highlighted",
    "html",
    "is_long",
    "language",
    "log_lines",
    "markdown",
    "markup",
    "nodes",
    "notebook",
    "notebook_text",
    "outline",
    "pretty_json",
    "seen",
    "severities",
    "tree",
    "visible",
]  # fmt: skip
