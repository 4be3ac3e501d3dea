"""Spells a reference for people, close to the style of the APA, and for BibTeX."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ..model import Author, Reference

_MOST = 20
"""Authors that are named; of more, the first 19 and the last are."""
_KINDS = {"software": "[Computer software]", "dataset": "[Data set]"}
_TYPES = {
    "software": "software", "dataset": "dataset", "article": "article", "book": "book",
    "conference-paper": "inproceedings", "thesis": "thesis", "report": "techreport",
}  # fmt: skip
_SPECIAL = re.compile(r"[\\{}&%$#_~^]")
_NAMED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


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
    if len(names) > _MOST:
        return f"{', '.join(names[: _MOST - 1])}, … {names[-1]}"
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
