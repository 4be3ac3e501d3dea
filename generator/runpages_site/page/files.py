"""Builds the file tree and viewer of the outputs and code sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import basename, dirname
from typing import Any, NamedTuple

from markupsafe import Markup

from runpages.format import layout
from runpages.format.records import File, RunRecord

from .. import text
from ..model import FileText, Published
from ..text import number
from . import link
from .components import EMPTY, Link, file_href, file_links
from .preview import Preview, RunPreviews, beginning, runs_code, static

DEEPEST = 12
"""Most nested folders; deeper files have the rest of their path as name."""

OPEN = 60
"""Most files of a tree with all folders open at first."""

FIRST = 9_000
"""Most characters of HTML of the file in the page itself."""

CODE = "runs code"
"""What the tree says of a file that runs code when it is loaded."""

_LINE = re.compile(r"-L\d+$")
"""Suffix of a line's anchor."""

_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
_PROSE = (".json", ".ipynb", ".md", ".htm", ".html", ".rst", ".tex")


class Node(NamedTuple):
    """A folder or file in the tree. ``number`` is the index of a file's preview, ``part`` that of its script."""

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


class Pane(NamedTuple):
    """The file that the viewer shows at first."""

    number: int
    name: str
    facts: str
    hash: str
    href: str
    body: Markup
    foot: str
    note: str


class Viewer(NamedTuple):
    """File tree and pane; ``parts`` are links to the scripts with the previews."""

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
    previews: Sequence[Preview],
    parts: Sequence[str],
    preferred: str = "",
) -> Viewer:
    """A viewer of ``files`` with their links (empty if unpublished); without previews a tree of links."""
    top = _Folder()
    for at, file in enumerate(files):
        folder_node = top
        folder_node.size += file.size
        for folder in _path(file.name)[:-1]:
            folder_node = folder_node.folders.setdefault(folder, _Folder())
            folder_node.size += file.size
        folder_node.files.append(at)
    ids = _ids(name, files)
    nodes = _nodes(top, _Facts(files, hrefs, previews, ids), len(files) <= OPEN, 0)
    return Viewer(name, label, nodes, tuple(parts), _first(files, previews, ids, preferred))


class _Facts(NamedTuple):
    files: Sequence[FileText]
    hrefs: Sequence[str]
    previews: Sequence[Preview]
    ids: Sequence[str]


def _path(name: str) -> list[str]:
    """Split a path into its parts; ``.`` and ``..`` are treated as plain names."""
    parts = [part for part in name.split("/") if part] or [name]
    return parts if len(parts) <= DEEPEST else [*parts[: DEEPEST - 1], "/".join(parts[DEEPEST - 1 :])]


def _ids(name: str, files: Sequence[FileText]) -> list[str]:
    """A unique anchor for each file, never that of a line; repeated names in an archive are numbered."""
    seen: dict[str, int] = {}
    ids = []
    for file in files:
        anchor = link.anchor(name, file.name)
        if _LINE.search(anchor):
            anchor += "--"
        count = seen[anchor] = seen.get(anchor, 0) + 1
        ids.append(anchor if count == 1 else f"{anchor}--{count}")
    return ids


def _nodes(folder: _Folder, facts: _Facts, is_open: bool, depth: int) -> tuple[Node, ...]:
    """Folders first, then files, sorted by name."""
    folders = [
        Node(name, number.size(one.size), "folder", children=_nodes(one, facts, is_open, depth + 1),
             is_open=is_open or (depth == 0 and len(folder.folders) == 1))
        for name, one in sorted(folder.folders.items())
    ]  # fmt: skip
    files = sorted(folder.files, key=lambda at: facts.files[at].name)
    return (*folders, *(_node(at, facts) for at in files))


def _node(at: int, facts: _Facts) -> Node:
    file = facts.files[at]
    preview = facts.previews[at] if facts.previews else None
    kind = preview.value["kind"] if preview else ""
    return Node(
        name=_path(file.name)[-1],
        size=number.size(file.size),
        icon=_icon(file.name.lower(), kind),
        href=(preview.value.get("opens") if preview else "") or facts.hrefs[at],
        number=at if preview else -1,
        part=preview.part if preview else -1,
        id=facts.ids[at],
        note=CODE if runs_code(file.name, file.data) else "" if facts.hrefs[at] or not file.file else "not published",
    )


def _icon(name: str, kind: str) -> str:
    if kind == "image":
        return "image"
    if name.endswith(_TABLES):
        return "table"
    return "code" if kind == "code" and text.language(name) and not name.endswith(_PROSE) else "file"


def _first(files: Sequence[FileText], previews: Sequence[Preview], ids: Sequence[str], preferred: str) -> Pane | None:
    """The preferred file, else the first small one with a preview; None without files."""
    order = sorted(range(len(previews)), key=lambda at: (files[at].name != preferred, files[at].name.count("/"), at))
    for at in order[:20]:
        value, cut = beginning(previews[at].value, FIRST)
        body = static(value, ids[at])
        if body and len(body) <= FIRST:
            return _pane(at, {**value, "foot": cut or value.get("foot", "")}, body)
    return _pane(order[0], previews[order[0]].value, EMPTY) if order else None


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
        note="" if body else value["note"] if value["kind"] == "none" else "Point here to load this file",
    )


class FileRow(NamedTuple):
    """A file beyond the limit of the tree."""

    folder: str
    link: Link
    size: str
    note: str


class Outputs(NamedTuple):
    """The outputs section; ``rest`` is folded."""

    facts: str
    viewer: Viewer
    zip: str
    rest: tuple[FileRow, ...]
    rest_title: str


def first(record: RunRecord, limit: int) -> list[File]:
    """The outputs shown in the tree: the first ``limit`` by name."""
    return sorted(record.artifacts, key=lambda file: file.name)[:limit]


def hrefs(files: Sequence[File] | Sequence[FileText], published: Published) -> list[str]:
    """Links to files of a run; empty for unpublished ones."""
    return [file_href(file.file, published) for file in files]


def page_links(pages: Mapping[str, str], published: Published) -> dict[str, str]:
    """Links to the copies of HTML and PDF files that a browser may open, by file."""
    return {file: link.between(published.path, path) for file, path in pages.items()}


def outputs(record: RunRecord, published: Published, limit: int, previews: RunPreviews) -> Outputs:
    """The outputs section with at most ``limit`` files in the tree."""
    texts = previews.texts.outputs or [FileText(file.name, file.file, file.size) for file in first(record, limit)]
    rest = sorted(record.artifacts, key=lambda file: file.name)[len(texts) :]
    size = number.size(sum(file.size for file in record.artifacts))
    parts = [link.data_script(published.path, part) for part in previews.output_scripts]
    return Outputs(
        facts=f"{number.plural(len(record.artifacts), 'file')}, {size}",
        viewer=viewer("output", "Outputs", texts, hrefs(texts, published), previews.outputs, parts),
        zip=link.between(published.path, previews.zip) if previews.zip else "",
        rest=tuple(_row(file, published) for file in rest),
        rest_title=number.plural(len(rest), "more file") if rest else "",
    )


def _row(file: File, published: Published) -> FileRow:
    href, folder = file_href(file.file, published), dirname(file.name)
    return FileRow(
        folder=f"{folder}/" if folder else "",
        link=Link(basename(file.name), href, basename(file.name)),
        size=number.size(file.size),
        note=CODE if runs_code(file.name) else "" if href else "not published",
    )


_RAW_FOLDERS = ("tables/", "charts/")
_RAW_SUFFIXES = (".json", ".csv", ".jsonl")


def raw_links(published: Published) -> tuple[Link, ...]:
    """Links to the published files that the page of a run is made of."""
    found = sorted(filter(_is_raw, published.files), key=lambda file: ("/" in file, file != "run.json", file))
    return tuple(one._replace(text=_logged_name(one.text)) for one in file_links(found, published))


def _logged_name(file: str) -> str:
    """The path of a file with its name as it was logged: ``charts/confusion 100.jsonl``."""
    folder, _, name = file.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    logged = layout.name_of(stem)
    return f"{folder}/{text.brief(logged)}{dot}{extension}" if folder and logged else file


def _is_raw(file: str) -> bool:
    return file.endswith(_RAW_SUFFIXES) and ("/" not in file or file.startswith(_RAW_FOLDERS))
