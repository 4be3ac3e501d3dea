"""Texts of strangers made fit for a page: prose, logs, JSON, and plain text with its control characters in sight."""

from .plain import compact, html, visible
from .pretty import pretty_json
from .prose import markdown
from .terminal import log_lines
from .tree import tree

__all__ = ["compact", "html", "log_lines", "markdown", "pretty_json", "tree", "visible"]
