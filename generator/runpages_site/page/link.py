"""Makes the relative links between the files of a site; no other module makes URLs.

Paths are relative to the site's root, with ``/`` and without escapes, and always name a file, so that links work
from ``file://`` and under any sub-path.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from runpages.format.layout import file_name

_SAFE = re.compile(r"[\w.~/-]*", re.ASCII).fullmatch
"""Whether a path needs no quoting, like most."""

_PLAIN = re.compile(r"\w[\w.-]*").fullmatch


def between(source: str, target: str) -> str:
    """Link from the page at ``source`` to the file at ``target``.

    Raises ValueError for an absolute path, a folder, or a path outside the site.
    """
    return _relative(_folders(source), target)


@lru_cache(1_024)  # The pages of an experiment link the same styles and scripts.
def _relative(here: tuple[str, ...], target: str) -> str:
    there = _parts(target)
    shared = 0
    for one, other in zip(here, there[:-1], strict=False):
        if one != other:
            break
        shared += 1
    return _encode("../" * (len(here) - shared) + "/".join(there[shared:]))


def runs_with_tag(source: str, experiment: str, key: str, value: str | None) -> str:
    """Link from the page at ``source`` to those runs of the page ``experiment`` that have a tag, and its value."""
    return between(source, experiment) + _tagged(key, value)


@lru_cache(1_024)  # Many runs have the same tags.
def _tagged(key: str, value: str | None) -> str:
    return _matching(f"tag.{_quoted(key)}:{_quoted(value)}" if value else f"tag:{_quoted(key)}")


def runs_matching(source: str, experiment: str, query: str) -> str:
    """Link from the page at ``source`` to those runs of the page ``experiment`` that a query leaves."""
    return between(source, experiment) + _matching(query)


def _matching(query: str) -> str:
    return f"#runs?runs.query={quote(query, ':', errors='surrogatepass')}"


def _quoted(word: str) -> str:
    """A word as queries have it."""
    return word if _PLAIN(word) else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def absolute(base: str, path: str) -> str:
    """The address of a file of a site that is published at ``base``."""
    return f"{base.rstrip('/')}/{_encode(path)}"


def data_script(source: str, target: tuple[str, str] | None) -> str:
    """Link to a data script with its content hash, so that browser caches never serve an old one; empty for None."""
    return f"{between(source, target[0])}?v={target[1]}" if target else ""


def anchor(*parts: str) -> str:
    """Join ``parts`` to an ``id`` that is safe in HTML and URLs."""
    return "-".join(map(_slug, parts))


@lru_cache(1_024)  # Cached: most runs have the metric names of the run before.
def _slug(part: str) -> str:
    # Dots are valid in ids, and ``console.log`` reads better with one.
    return ".".join(file_name(piece) if piece else "" for piece in part.split("."))


@lru_cache(4)  # A page has many links.
def _folders(source: str) -> tuple[str, ...]:
    return tuple(_parts(source)[:-1])


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if not path or path.startswith("/") or not parts[-1] or ".." in parts or "." in parts:
        raise ValueError(f"not a file of the site: {path!r}")
    return parts if "" not in parts else list(filter(None, parts))


def _encode(path: str) -> str:
    if _SAFE(path):
        return path
    # File names that are not UTF-8 arrive as surrogates; the link needs their bytes.
    try:
        return quote(path, safe="/~", errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(path, safe="/~", errors="surrogatepass")
