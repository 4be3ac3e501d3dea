"""Where a workspace or a site is: the one place where what a user names becomes a folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from .errors import BuildError


def folder(named: str | Path, what: str) -> Path:
    """The folder that a path or a ``file:`` URL names; ``what`` says for which it is, in an error.

    Raises BuildError for a URL of another scheme.
    """
    if isinstance(named, Path) or "://" not in named:
        return _home(Path(named))
    url = urlsplit(named)
    if url.scheme == "file" and url.netloc in ("", "localhost"):
        return Path(unquote(url.path))
    raise BuildError(
        f"{what} {named}: runpages reads and writes folders and file: URLs, not {url.scheme}:. "
        "Build into a folder, and copy it with the tool of that storage."
    )


def _home(path: Path) -> Path:
    """The path with ``~`` as the home of its user, which a shell leaves to us in ``--output=~/site``."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path
