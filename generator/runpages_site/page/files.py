"""Files as a tree with a viewer beside it: what the sections of outputs and of code have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import basename, dirname
from typing import Any

from markupsafe import Markup

from runpages.format.records import File, RunRecord

from ..model import FileText, Published
from ..text import number
from . import link
from .components import EMPTY, Link, file_link
from .preview import Preview, RunPreviews, static

DEEPEST = 12
"""Folders in folders that are shown as such; what lies deeper has the rest of its path as its name."""

OPEN = 60
"""Files of a tree up to which all of its folders are open at first."""

FIRST, PREFERRED = 16_000, 40_000
"""Characters of HTML up to which a file is in the page from the start; the second is for the one that is preferred."""

_LINE = re.compile(r"-L\d+$")
"""What the address of a line ends with."""

_ICONS = {"image": "image", "table": "table", "code": "code"}


@dataclass(frozen=True, slots=True)
class Node:
    """A folder or a file in a tree. A file's number is its place among the previews, ``part`` that of its script."""

    name: str
    size: str
    icon: str
    href: str = ""
    number: int = -1
    part: int = -1
    id: str = ""
    children: tuple[Node, ...] = ()
    is_open: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pane:
    """The file that a viewer shows at first."""

    number: int
    name: str
    facts: str
    hash: str
    href: str
    body: Markup
    foot: str
    note: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """A tree and a pane beside it; ``parts`` are the links to the scripts with the previews."""

    id: str
    label: str
    nodes: tuple[Node, ...]
    parts: tuple[str, ...]
    first: Pane | None


@dataclass(slots=True)
class _Folder:
    size: int = 0
    files: list[int] = field(default_factory=list)
    folders: dict[str, _Folder] = field(default_factory=dict)


def viewer(
    name: str,
    label: str,
    files: Sequence[FileText],
    hrefs: Sequence[str],
    shown: Sequence[Preview],
    parts: Sequence[str],
    preferred: str = "",
) -> Viewer:
    """A viewer of ``files``, each with the link to it or nothing; without previews it is a tree of links."""
    top = _Folder()
    for at, file in enumerate(files):
        place = top
        place.size += file.size
        for folder in _path(file.name)[:-1]:
            place = place.folders.setdefault(folder, _Folder())
            place.size += file.size
        place.files.append(at)
    ids = _ids(name, files)
    nodes = _nodes(top, _Facts(files, hrefs, shown, ids), len(files) <= OPEN, 0)
    return Viewer(name, label, nodes, tuple(parts), _first(files, shown, ids, preferred))


@dataclass(frozen=True, slots=True)
class _Facts:
    files: Sequence[FileText]
    hrefs: Sequence[str]
    shown: Sequence[Preview]
    ids: Sequence[str]


def _path(name: str) -> list[str]:
    """The parts of a path; what leads nowhere or out is a name like any other."""
    parts = [part for part in name.split("/") if part] or [name]
    return parts if len(parts) <= DEEPEST else [*parts[: DEEPEST - 1], "/".join(parts[DEEPEST - 1 :])]


def _ids(name: str, files: Sequence[FileText]) -> list[str]:
    """An address for each file, which is none of a line; a later one of one name, as in odd archives, is counted."""
    seen: dict[str, int] = {}
    found = []
    for file in files:
        one = link.anchor(name, file.name)
        if _LINE.search(one):
            one += "--"
        count = seen[one] = seen.get(one, 0) + 1
        found.append(one if count == 1 else f"{one}--{count}")
    return found


def _nodes(folder: _Folder, facts: _Facts, is_open: bool, depth: int) -> tuple[Node, ...]:
    """Folders first, then files, each by name."""
    folders = [
        Node(name, number.size(one.size), "folder", children=_nodes(one, facts, is_open, depth + 1),
             is_open=is_open or (depth == 0 and len(folder.folders) == 1))
        for name, one in sorted(folder.folders.items())
    ]  # fmt: skip
    files = sorted(folder.files, key=lambda at: facts.files[at].name)
    return (*folders, *(_node(at, facts) for at in files))


def _node(at: int, facts: _Facts) -> Node:
    file = facts.files[at]
    known = facts.shown[at] if facts.shown else None
    kind = known.value["kind"] if known else ""
    return Node(
        name=_path(file.name)[-1],
        size=number.size(file.size),
        icon=_ICONS.get(kind, "file"),
        href=facts.hrefs[at],
        number=at if known else -1,
        part=known.part if known else -1,
        id=facts.ids[at],
        note="" if facts.hrefs[at] or not file.file else "not published",
    )


def _first(files: Sequence[FileText], shown: Sequence[Preview], ids: Sequence[str], preferred: str) -> Pane | None:
    """The preferred file, else the first that can be shown and is small; nothing where there is none."""
    order = sorted(range(len(shown)), key=lambda at: (files[at].name != preferred, files[at].name.count("/"), at))
    for at in order[:20]:
        value = shown[at].value
        body = static(value, ids[at])
        if body and len(body) <= (PREFERRED if files[at].name == preferred else FIRST):
            return _pane(at, value, body)
    return _pane(order[0], shown[order[0]].value, EMPTY) if order else None


def _pane(at: int, value: Mapping[str, Any], body: Markup) -> Pane:
    facts = [value["note"] if value["kind"] != "none" else "", value["type"], value["size"]]
    return Pane(
        number=at,
        name=value["name"],
        facts=" · ".join(filter(None, facts)),
        hash=value["hash"],
        href=value["href"],
        body=body,
        foot=value.get("foot", ""),
        note="" if body else value["note"] if value["kind"] == "none" else "Choose a file to see it here",
    )


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in the table of what the tree has no room for."""

    folder: str
    link: Link
    size: str
    note: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The section of outputs; the rest is folded."""

    facts: str
    viewer: Viewer
    zip: str
    rest: tuple[FileRow, ...]
    rest_title: str


def first(record: RunRecord, shown: int) -> list[File]:
    """The outputs that the tree shows: the first by name."""
    return sorted(record.artifacts, key=lambda file: file.name)[:shown]


def hrefs(files: Sequence[File] | Sequence[FileText], published: Published) -> list[str]:
    """The link to each file of a run, empty for one that is not published."""
    found = [file_link(file.file, published) if file.file else None for file in files]
    return [one.href if one else "" for one in found]


def outputs(
    record: RunRecord,
    published: Published,
    shown: int,
    previews: RunPreviews = RunPreviews(),  # noqa: B008 - it is frozen
) -> Outputs | None:
    """The section of outputs, ``shown`` in the tree, or nothing where the run has none."""
    if not record.artifacts:
        return None
    texts = previews.texts.outputs or [FileText(file.name, file.file, file.size) for file in first(record, shown)]
    rest = sorted(record.artifacts, key=lambda file: file.name)[len(texts) :]
    size = number.size(sum(file.size for file in record.artifacts))
    parts = [link.data(published.path, part) for part in previews.output_scripts]
    return Outputs(
        facts=f"{number.plural(len(record.artifacts), 'file')}, {size}",
        viewer=viewer("output", "Outputs", texts, hrefs(texts, published), previews.outputs, parts),
        zip=link.between(published.path, previews.zip) if previews.zip else "",
        rest=tuple(_row(file, published) for file in rest),
        rest_title=number.plural(len(rest), "more file") if rest else "",
    )


def _row(file: File, published: Published) -> FileRow:
    found = file_link(file.file, published)
    folder = dirname(file.name)
    return FileRow(
        folder=f"{folder}/" if folder else "",
        link=Link(basename(file.name), found.href if found else "", basename(file.name)),
        size=number.size(file.size),
        note="" if found else "not published",
    )
