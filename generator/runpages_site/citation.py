"""How a workspace is to be cited: what its ``CITATION.cff`` says (Citation File Format 1.2), for people and BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from runpages.format.layout import CITATION
from runpages.format.records import Problem

_MOST = 100_000
"""Bytes of a citation file that is read; one for people has a few hundred."""
_YEAR = re.compile(r"\d{4}")
_HELP = "The home page shows no citation; see https://citation-file-format.github.io"
_NAMES = 20
"""Authors that are named; of more, the first 19 and the last are."""
_KINDS = {"software": "[Computer software]", "dataset": "[Data set]"}
_TYPES = {
    "software": "software", "dataset": "dataset", "article": "article", "book": "book",
    "conference-paper": "inproceedings", "thesis": "thesis", "report": "techreport",
}  # fmt: skip
_SPECIAL = re.compile(r"[\\{}&%$#_~^]")
_NAMED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


class Author(NamedTuple):
    """Who is cited; of a group, ``family`` is its name."""

    family: str
    given: str = ""
    suffix: str = ""


class Reference(NamedTuple):
    """What is cited; a text is empty where the citation file does not say it."""

    kind: str
    title: str
    authors: tuple[Author, ...]
    year: str
    version: str
    doi: str
    url: str
    journal: str
    volume: str
    issue: str
    pages: str
    publisher: str


class Citation(NamedTuple):
    """How a workspace is to be cited; without a reference, the problems say why there is none."""

    reference: Reference | None
    problems: tuple[Problem, ...] = ()


# --- reading ---------------------------------------------------------------------------------------------


def parse(data: bytes) -> Citation:
    """How a workspace is to be cited, from its citation file. What is wrong is a problem of the citation."""
    if len(data) > _MOST:
        return _bad(f"It has more than {_MOST:,} bytes")
    try:
        return Citation(_reference(document(data)))
    except UnicodeDecodeError:
        return _bad("It is not UTF-8")
    except _Mistake as mistake:
        return _bad(mistake.args[0], mistake.line)


class _Mistake(ValueError):
    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def _bad(message: str, line: int | None = None) -> Citation:
    return Citation(None, (Problem(CITATION, line, message, _HELP, damage=False),))


def document(data: bytes) -> Mapping[Any, Any]:
    """The keys of a citation file, with all values as they are written. Raises ValueError if it is no such file."""
    import yaml  # A workspace without settings and without a citation does not load it.

    try:
        # All values as they are written: a version 1.10 is not the number 1.1.
        known = yaml.load(data.decode("utf-8-sig"), Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
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
    published = _YEAR.match(_text(known, "date-released") or _text(known, "date-published") or _text(known, "year"))
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
    if family or given:
        return Author(family or given, given if family else "", _text(known, "name-suffix"))
    if not name:
        raise _Mistake(f"Author {place} has neither `family-names` nor `name`")
    return Author(name)


def _text(known: Any, key: str) -> str:
    """A value as one line of text; empty where there is none."""
    value = known.get(key) if isinstance(known, Mapping) else None
    return " ".join(value.split()) if isinstance(value, str) else ""


# --- spelling --------------------------------------------------------------------------------------------


class Cited(NamedTuple):
    """A citation as the home page shows it."""

    text: str
    address: str
    """Where what is cited is found, spelled after the text; empty if nobody says so."""
    href: str
    """The same as a link; empty where browsers should not follow it."""
    bibtex: str


def cited(reference: Reference) -> Cited:
    """A reference for people and for BibTeX."""
    address = f"https://doi.org/{reference.doi}" if reference.doi else reference.url
    href = address if address.lower().startswith(("https://", "http://")) else ""
    return Cited(_in_words(reference), address, href, _bibtex(reference))


def _in_words(one: Reference) -> str:
    version = f" (Version {one.version})" if one.version else ""
    kind = f" {_KINDS[one.kind]}" if one.kind in _KINDS else ""
    volume = one.volume + (f"({one.issue})" if one.issue else "")
    journal = ", ".join(filter(None, (one.journal, volume, one.pages)))
    where = (f"{_ended(part)}" for part in (journal, one.publisher) if part)
    named = _ended(_authors([_name(author) for author in one.authors]))
    return " ".join(filter(None, (named, f"({one.year or 'n.d.'}).", _ended(f"{one.title}{version}{kind}"), *where)))


def _name(author: Author) -> str:
    letters = re.findall(r"(-?)(\w)\w*\.?", author.given)
    initials = "".join(f"-{letter}." if dash else f" {letter}." for dash, letter in letters).strip()
    return ", ".join(filter(None, (author.family, initials, author.suffix)))


def _authors(names: list[str]) -> str:
    if len(names) > _NAMES:
        return f"{', '.join(names[: _NAMES - 1])}, … {names[-1]}"
    return ", & ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _bibtex(one: Reference) -> str:
    names = " and ".join(
        ", ".join(filter(None, map(_escaped, (author.family, author.suffix, author.given))))
        if author.given
        else f"{{{_escaped(author.family)}}}"
        for author in one.authors
    )
    kind = _TYPES.get(one.kind, "misc")
    holds = "booktitle" if kind == "inproceedings" else "journal"
    fields = {
        "author": names, "title": f"{{{_escaped(one.title)}}}", "year": one.year, "version": _escaped(one.version),
        holds: _escaped(one.journal), "volume": _escaped(one.volume), "number": _escaped(one.issue),
        "pages": _escaped(one.pages.replace("–", "--")), "publisher": _escaped(one.publisher), "doi": _bare(one.doi),
        "url": _bare(one.url),
    }  # fmt: skip
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value.strip("{}")]
    return "\n".join([f"@{kind}{{{_key(one)},", *lines, "}"])


def _key(one: Reference) -> str:
    """The name by which a document cites it: that of the first author, and the year."""
    plain = unicodedata.normalize("NFKD", one.authors[0].family)
    return ("".join(re.findall("[A-Za-z0-9]", plain)) or "runs") + one.year


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _NAMED.get(found[0], f"\\{found[0]}"), text)


def _bare(address: str) -> str:
    """An address as it is, without what would end its field."""
    return re.sub(r"[{}\\]", "", address)
