"""Texts of strangers made fit for a page: prose, logs, JSON, and plain text with its control characters in sight."""

from .levels import Going, Levels, levels
from .plain import compact, html, visible
from .pretty import pretty_json
from .prose import markdown
from .terminal import Seen, as_html, classes, log_lines, seen
from .tree import tree

__all__ = [
    "Going",
    "Levels",
    "Seen",
    "as_html",
    "classes",
    "compact",
    "html",
    "levels",
    "log_lines",
    "markdown",
    "pretty_json",
    "seen",
    "tree",
    "visible",
]
