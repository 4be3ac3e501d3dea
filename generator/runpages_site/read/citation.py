"""Reads how a workspace is to be cited, from its ``CITATION.cff`` (Citation File Format 1.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runpages.format.files import read_file
from runpages.format.layout import CITATION
from runpages.format.records import Problem

from ..model import Author, Citation, Reference

_MOST = 100_000
"""Bytes of a citation file that is read; one for people has a few hundred."""
_DATE = re.compile(r"\d{4}")
_HELP = "The home page shows no citation; see https://citation-file-format.github.io"


def read_citation(workspace: Path) -> Citation | None:
    """How a workspace is to be cited; None where it does not say so. What is wrong is a problem of the citation."""
    try:
        data = read_file(workspace / CITATION)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _bad(f"It cannot be read: {error.strerror}")
    if len(data) > _MOST:
        return _bad(f"It has more than {_MOST:,} bytes")
    try:
        return Citation(_reference(_parsed(data.decode("utf-8-sig"))))
    except UnicodeDecodeError:
        return _bad("It is not UTF-8")
    except _Mistake as mistake:
        return _bad(mistake.args[0], mistake.line)


class _Mistake(Exception):
    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def _bad(message: str, line: int | None = None) -> Citation:
    return Citation(None, (Problem(CITATION, line, message, _HELP, damage=False),))


def _parsed(text: str) -> Mapping[Any, Any]:
    import yaml  # A workspace without settings and without a citation does not load it.

    try:
        # All values as they are written: a version 1.10 is not the number 1.1.
        known = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    except RecursionError:
        raise _Mistake("It is nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _Mistake(f"It is not YAML: {error.problem}", line) from None
    except yaml.YAMLError as error:
        raise _Mistake(f"It is not YAML: {error}") from None
    if not isinstance(known, Mapping):
        raise _Mistake("It has no keys such as `title` and `authors`")
    return known


def _reference(known: Mapping[Any, Any]) -> Reference:
    """What is to be cited: the preferred citation where there is one. Raises _Mistake."""
    preferred = known.get("preferred-citation")
    if preferred is not None:
        if not isinstance(preferred, Mapping):
            raise _Mistake("`preferred-citation` has no keys such as `title` and `authors`")
        known, kind = preferred, _text(preferred, "type") or "generic"
    else:
        kind = _text(known, "type") or "software"
    title, authors = _text(known, "title"), known.get("authors")
    if not title:
        raise _Mistake("It has no `title`")
    if not isinstance(authors, list) or not authors:
        raise _Mistake("It has no list of `authors`")
    published = _DATE.match(_text(known, "date-released") or _text(known, "date-published") or _text(known, "year"))
    return Reference(
        kind=kind,
        title=title,
        authors=tuple(_author(place, one) for place, one in enumerate(authors, 1)),
        year=published[0] if published else "",
        version=_text(known, "version"),
        doi=_text(known, "doi").removeprefix("https://doi.org/"),
        url=_text(known, "url") or _text(known, "repository-code"),
        journal=_text(known, "journal"),
        volume=_text(known, "volume"),
        issue=_text(known, "issue"),
        pages="–".join(filter(None, (_text(known, "start"), _text(known, "end")))),
        publisher=_text(known.get("publisher"), "name"),
    )


def _author(place: int, known: Any) -> Author:
    family, given, name = (_text(known, key) for key in ("family-names", "given-names", "name"))
    family = " ".join(filter(None, (_text(known, "name-particle"), family)))
    if not (family or given or name):
        raise _Mistake(f"Author {place} has neither `family-names` nor `name`")
    return (
        Author(family or given, given if family else "", _text(known, "name-suffix"))
        if family or given
        else Author(name)
    )


def _text(known: Any, key: str) -> str:
    """A value as one line of text; empty where there is none."""
    value = known.get(key) if isinstance(known, Mapping) else None
    return " ".join(value.split()) if isinstance(value, str) else ""
