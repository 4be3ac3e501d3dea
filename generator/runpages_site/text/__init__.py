"""Texts of strangers made fit for a page: prose, logs, JSON, and plain text with its control characters in sight."""

from .plain import compact, visible
from .pretty import pretty_json
from .prose import markdown
from .terminal import log_lines

__all__ = ["compact", "log_lines", "markdown", "pretty_json", "visible"]
