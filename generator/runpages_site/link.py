"""Relative links between the places of a site: the only place where a URL is made.

Places are paths from the site's root, with ``/`` and without escapes; they always name a file, so that a link works
from ``file://`` and under any sub-path.
"""

from __future__ import annotations

from posixpath import dirname, relpath
from urllib.parse import quote

from runpages.format.layout import file_name


def between(source: str, target: str, fragment: str = "") -> str:
    """Link from the page at ``source`` to the file at ``target``.

    Both are checked: an absolute path, a folder or a path that leaves the site is a ``ValueError``.
    """
    _check(source)
    _check(target)
    path = relpath(target, dirname(source) or ".")
    return _encode(path) + (f"#{_encode(fragment)}" if fragment else "")


def anchor(*parts: str) -> str:
    """An ``id`` made of ``parts``, safe in HTML and in a URL."""
    return "-".join(map(_slug, parts))


def _slug(part: str) -> str:
    # A dot may stand in an id, and ``console.log`` reads better with it.
    return ".".join(file_name(piece) if piece else "" for piece in part.split("."))


def _check(path: str) -> None:
    parts = path.split("/")
    if not path or path.startswith("/") or not parts[-1] or ".." in parts or "." in parts:
        raise ValueError(f"not a file of the site: {path!r}")


def _encode(path: str) -> str:
    # A file name that is no UTF-8 reaches Python as surrogates; the link needs its bytes again.
    try:
        return quote(path, safe="/~", errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(path, safe="/~", errors="surrogatepass")
