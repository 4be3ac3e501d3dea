"""Whether a site holds together: links, policies and the manifest, checked against the names on the disk."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import unquote

from runpages.format.files import read_file

from ..site import MANIFEST, NOT_FOUND
from ..write import manifest
from ..write.manifest import Inventory
from . import html
from .html import Reference

HOME = "index.html"
_UNLISTED = "files of an interrupted or running build are not in the manifest; build again"
OUTSIDE = ("http:", "https:", "mailto:")
"""What a link that waits for a click may lead to, outside the site."""


class Problem(NamedTuple):
    """What is wrong, in which file and line of the site."""

    page: str
    line: int | None
    message: str


class Target(NamedTuple):
    """Where a reference leads: a path of the site, and a fragment of the page that lies there."""

    path: str
    fragment: str


@dataclass(slots=True)
class Report:
    """What was checked, and what was found.

    ``outside`` counts the links that lead to other sites at a click; ``clashes`` are files that a disk which ignores
    letter case takes for one.
    """

    site: Path
    pages: int = 0
    links: int = 0
    outside: int = 0
    files: int = 0
    problems: list[Problem] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    clashes: list[list[str]] = field(default_factory=list)
    seconds: float = 0.0


def check(site: Path) -> Report:
    """Check the site in a folder. Raises NoSite where there is none."""
    began = time.perf_counter()
    found = manifest.take(site)
    report = Report(site, files=len(found.files & found.listed.keys()), foreign=found.foreign)
    report.problems += _manifest_problems(site, found)
    report.clashes = _clashes(found.files & found.listed.keys())
    _Check(site, found, report).run()
    report.problems.sort(key=lambda problem: (problem.page, problem.line or 0))
    report.seconds = time.perf_counter() - began
    return report


def target(page: str, url: str) -> Target | str:
    """Where a URL in ``page`` leads, as browsers read it, or why it must not stand in a site."""
    url = url.strip("\0\t\n\f\r ").translate(_DROPPED)
    rest, _, fragment = url.partition("#")
    path = rest.partition("?")[0].replace("\\", "/")
    if ":" in path.partition("/")[0] or path.startswith("//"):
        return "is outside the site"
    if path.startswith("/"):
        return "is absolute: it breaks under a sub-path and when opened from a disk"
    if not path:
        return Target(page, _decoded(fragment))
    # A slash that is spelled as an escape is part of a name, and no file has one.
    segments = [_decoded(segment).replace("/", "\0") for segment in path.split("/")]
    if not segments[-1] or segments[-1] in {".", ".."}:
        return "links to a folder: opened from a disk, the browser lists its files"
    place = normpath(join(dirname(page), "/".join(segments)))
    return "leaves the site" if place.startswith("../") else Target(place, _decoded(fragment))


_DROPPED = {ord(char): None for char in "\t\n\r"}


def _decoded(text: str) -> str:
    # Names that are no UTF-8 have the form in which Python gets them from the disk.
    return unquote(text, errors="surrogateescape")


class _Check:
    """One walk over the pages; fragments of other pages are looked up when all pages have been seen."""

    def __init__(self, site: Path, found: Inventory, report: Report) -> None:
        self._site = site
        self._found = found
        self._report = report
        self._fragments: dict[str, list[tuple[str, Problem]]] = {}
        self._spelled: dict[str, str] | None = None

    def run(self) -> None:
        """Check all that is listed and there."""
        for path in sorted(self._found.listed.keys() & self._found.files):
            if path.endswith(".html"):
                self._check_page(path)
            elif path.endswith(".css"):
                text = self._text(path)
                self._check_references(path, text, html.read_style(text))
        for path, wanted in self._fragments.items():
            ids = html.read(self._text(path)).ids
            self._report.problems += [problem for fragment, problem in wanted if fragment not in ids]

    def _check_page(self, page: str) -> None:
        text = self._text(page)
        read = html.read(text)
        self._report.pages += 1
        self._report.problems += [Problem(page, _line(text, fault.at), fault.message) for fault in read.faults]
        self._check_references(page, text, read.references, read.ids)

    def _check_references(
        self, page: str, text: str, references: Iterable[Reference], ids: frozenset[str] = frozenset()
    ) -> None:
        for reference in references:
            self._report.links += 1
            if reference.target.lower().startswith(OUTSIDE) and reference.is_clicked:
                self._report.outside += 1
                continue
            if reference.target.startswith("data:") and reference.is_picture:
                continue
            why = self._wrong(page, reference, ids, text)
            if why:
                self._report.problems.append(_problem(page, text, reference, why))

    def _wrong(self, page: str, reference: Reference, ids: frozenset[str], text: str) -> str | None:
        there = target(page, reference.target)
        if page == NOT_FOUND:  # Its links start from the address that was asked for.
            return None
        if isinstance(there, str):
            return there
        if there.path not in self._found.files:
            return self._missing(there.path)
        # `#top` is the top of any page; what holds a `=` is state for the page's script and no place in it.
        if not there.fragment or there.fragment.lower() == "top" or "=" in there.fragment:
            return None
        if there.path == page:
            return None if there.fragment in ids else "has no such anchor"
        if there.path.endswith(".html"):
            problem = _problem(page, text, reference, "has no such anchor")
            self._fragments.setdefault(there.path, []).append((there.fragment, problem))
        return None

    def _missing(self, path: str) -> str:
        if path in self._found.folders or path == ".":
            return "links to a folder: opened from a disk, the browser lists its files"
        if self._spelled is None:
            self._spelled = {_folded(file): file for file in self._found.files}
        other = self._spelled.get(_folded(path))
        return f"is spelled {other} on the disk" if other else "does not exist"

    def _text(self, path: str) -> str:
        try:
            data = read_file(self._site / path)
        except OSError as error:
            self._report.problems.append(Problem(path, None, f"it cannot be read: {error.strerror}"))
            return ""
        return data.decode("utf-8", "replace")


def _manifest_problems(site: Path, found: Inventory) -> Iterator[Problem]:
    if found.written:
        yield Problem(MANIFEST, None, _UNLISTED)
    if HOME not in found.listed:
        yield Problem(MANIFEST, None, f"it does not list {HOME}")
    for path, size in found.listed.items():
        if path not in found.files:
            yield Problem(path, None, "listed in the manifest, but missing")
        elif size is not None and size != (there := os.lstat(site / path).st_size):
            yield Problem(path, None, f"it has {there} bytes, but {size} in the manifest")


def _clashes(files: Iterable[str]) -> list[list[str]]:
    met: dict[str, list[str]] = {}
    for file in sorted(files):
        met.setdefault(_folded(file), []).append(file)
    return [paths for paths in met.values() if len(paths) > 1]


def _problem(page: str, text: str, reference: Reference, why: str) -> Problem:
    shown = reference.target if len(reference.target) <= 200 else reference.target[:200] + "…"
    return Problem(page, _line(text, reference.at), f"{reference.where} {shown!r} {why}")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _folded(path: str) -> str:
    """The form in which names meet on a disk that ignores case or the form of accents."""
    return unicodedata.normalize("NFC", path).casefold()
