"""Builds previews of files for the viewer: facts and, if possible, content.

Previews go into data scripts, which a page loads when one of their files is selected.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from markupsafe import Markup

from runpages.format.image_header import Picture, kind_of

from .. import text
from ..model import FileText, RunTexts
from ..site import Script
from ..text import number
from .components import EMPTY
from .data_scripts import script
from .file_curves import curves

SCRIPT = 256_000
"""Bytes of previews per script."""

ROWS, COLUMNS, CELL = 100, 50, 300
"""Most rows, columns, and characters of a cell, of a table preview."""

CODE = 200_000
"""Bytes of a text file up to which it is shown."""

_PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "avif")
_TYPES = {
    "csv": "CSV", "tsv": "TSV", "json": "JSON", "md": "Markdown", "ipynb": "Notebook", "txt": "Text", "log": "Log",
    "npz": "NumPy arrays", "npy": "NumPy array", "zip": "Zip", "gz": "gzip", "pdf": "PDF", "html": "HTML",
    "htm": "HTML", "jsonl": "JSON lines",
    "svg": "SVG", "yaml": "YAML", "yml": "YAML", "toml": "TOML", "cpp": "C++", "cc": "C++", "js": "JavaScript",
    "ts": "TypeScript", "py": "Python", "sh": "Shell", "pkl": "Pickle", "pt": "PyTorch", "parquet": "Parquet",
}  # fmt: skip


class Preview(NamedTuple):
    """The preview of a file: its JSON ``value``, and the number ``part`` of its script."""

    value: Mapping[str, Any]
    part: int = 0


@dataclass(frozen=True, slots=True)
class RunPreviews:
    """The files shown on a run's page, with the previews of outputs and code in the same order."""

    texts: RunTexts = field(default_factory=RunTexts)
    outputs: tuple[Preview, ...] = ()
    code: tuple[Preview, ...] = ()
    output_scripts: tuple[Script, ...] = ()
    """The data scripts with the previews of the outputs."""
    code_scripts: tuple[Script, ...] = ()
    """The data scripts with the files of the snapshot."""
    zip: str = ""
    """Path of a zip of all outputs, from the site's root; empty if there is none."""


def previews(
    files: Sequence[FileText], hrefs: Sequence[str], pages: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[Preview], list[bytes]]:
    """The previews of ``files`` with their links (empty if unpublished), and the scripts that hold them.

    ``pages`` are the links to copies of HTML and PDF files that a browser may open, by file.
    """
    pairs = enumerate(zip(files, hrefs, strict=True))
    values = {str(at): preview(file, href, pages.get(file.file, "")) for at, (file, href) in pairs}
    places, scripts = packed("files", values)
    return [Preview(value, place) for value, place in zip(values.values(), places, strict=True)], scripts


def packed(key: str, values: Mapping[str, Any]) -> tuple[list[int], list[bytes]]:
    """Values in data scripts of up to ``SCRIPT`` bytes or one value: the script of each value, and the scripts."""
    places: list[int] = []
    parts: list[dict[str, Any]] = []
    size = SCRIPT
    for name, value in values.items():
        length = len(orjson.dumps(value))
        if size + length > SCRIPT:
            parts.append({})
            size = 0
        size += length
        parts[-1][name] = value
        places.append(len(parts) - 1)
    return places, [script(key, part) for part in parts]


def preview(file: FileText, href: str, page: str = "") -> dict[str, Any]:
    """A file as JSON values; ``kind`` determines the further keys.

    ``code``: ``lines``, each of texts and of pairs of class and text. ``nodes``: ``nodes`` and their ``class``.
    ``table``: ``head``, ``rows`` and ``numbers``, the columns of numbers. ``image``: none. ``none``: ``note``.
    ``curves`` are the columns of numbers of a table, ``page`` is the sandboxed copy of an HTML file, and ``opens`` that
    of a PDF file, for a tab of its own. A file of a snapshot has its text as ``source`` where that is not in ``lines``,
    and a notebook its ``outputs`` as text.
    """
    picture, source = kind_of(file.data), _decoded(file)
    content = _content(file, href, picture, source)
    return {
        "name": text.visible(file.name),
        "size": number.size(file.size),
        "type": _type(file, picture),
        "hash": file.hash,
        "href": href,
        **content,
        **_views(file, source, page),
        **_compared(file, source or "", content["kind"]),
    }


def _views(file: FileText, source: str | None, page: str) -> dict[str, Any]:
    """Further ways to look at a file."""
    if _is_pdf(file):
        return {"opens": page} if page else {}
    found = curves(file.name, source, file.whole) if source else None
    return {key: value for key, value in (("curves", found), ("page", page)) if value}


def _compared(file: FileText, source: str, kind: str) -> dict[str, Any]:
    """The text of a file of a snapshot that is shown in another form, for its comparison with that of another run."""
    if file.file or kind not in ("nodes", "table"):
        return {}
    source = source.replace("\r\n", "\n").removesuffix("\n")
    if file.name.lower().endswith(".ipynb"):
        cells, outputs = text.notebook_text(json.loads(source))
        return {"source": text.visible(cells), "outputs": text.visible(outputs)}
    return {"source": text.visible(source)} if file.whole and file.size <= CODE else {}


def _is_pdf(file: FileText) -> bool:
    return file.data.startswith(b"%PDF-")


_PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".cloudpickle")
_ARRAY = b"\x93NUMPY"
_OBJECTS = re.compile(rb"'descr': *(\[.*)?'[|<>=]?O\d*'")


def runs_code(name: str, head: bytes = b"") -> bool:
    """Whether a file is a pickle by its name, or an array of objects by its head: loading one runs what it says."""
    name = name.lower().removesuffix(".gz")
    return name.endswith(_PICKLES) or (head.startswith(_ARRAY) and _OBJECTS.search(head.partition(b"}")[0]) is not None)


def _type(file: FileText, picture: Picture | None) -> str:
    kind = picture.extension.upper() if picture else _kind(file.name)
    return f"{kind}, runs code when loaded" if runs_code(file.name, file.data) else kind


def _kind(name: str) -> str:
    _, dot, extension = name.rpartition("/")[2].rpartition(".")
    return _TYPES.get(extension.lower(), text.visible(extension.upper()[:8])) if dot else ""


def _content(file: FileText, href: str, picture: Picture | None, source: str | None) -> dict[str, Any]:
    if _is_pdf(file):
        return {"kind": "none", "note": "Opens in a tab of its own"}
    if file.why:
        return {"kind": "none", "note": file.why}
    if picture and picture.extension in _PICTURES:
        note = f"{picture.width} × {picture.height}" if picture.width and picture.height else ""
        return {"kind": "image", "note": note} if href else {"kind": "none", "note": "Image"}
    if not file.size:
        return {"kind": "none", "note": "Empty file"}
    if source is None:
        return {"kind": "none", "note": "Binary file, no preview"}
    return _of_text(file, source)


def _decoded(file: FileText) -> str | None:
    """The text of a file; None if it is binary. The last character of a beginning may be cut."""
    if b"\0" in file.data:
        return None
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not file.whole and error.start >= len(file.data) - 4:
            return file.data[: error.start].decode("utf-8-sig")
        return None


def _of_text(file: FileText, source: str) -> dict[str, Any]:
    extension = file.name.lower().rpartition(".")[2]
    make = _MAKERS.get(extension)
    if make is not None:
        try:
            return make(source, file.whole)
        except (ValueError, RecursionError, csv.Error, TypeError, AttributeError):
            pass  # Not what its extension says: shown as plain text.
    if not file.whole or file.size > CODE:
        return {"kind": "none", "note": "Too large to preview"}
    return _code(source, text.language(file.name))


def _code(source: str, language: str) -> dict[str, Any]:
    lines = text.highlighted(source, language)
    return {"kind": "code", "lines": lines, "note": number.plural(len(lines), "line")}


def _log(source: str, _whole: bool) -> dict[str, Any]:
    if "\x1b" not in source:
        return _code(source, "")
    lines = [[_part(node) for node in text.nodes(line)] for line in text.log_lines(source)]
    return {"kind": "code", "lines": lines, "note": number.plural(len(lines), "line")}


def _part(node: text.Node) -> Any:
    return node if isinstance(node, str) else [node[1].get("class", ""), "".join(map(str, node[2:]))]


def _nodes(kind: str, nodes: Sequence[text.Node], note: str = "") -> dict[str, Any]:
    return {"kind": "nodes", "class": kind, "nodes": list(nodes), "note": note}


def _json(source: str, _whole: bool) -> dict[str, Any]:
    document = json.loads(source)
    if not isinstance(document, dict | list) or not document:
        return _code(source, "json")
    note = number.plural(len(document), "key" if isinstance(document, dict) else "item")
    return _nodes("tree", text.nodes(text.tree(document)), note)


def _markdown(source: str, _whole: bool) -> dict[str, Any]:
    return _nodes("prose", text.nodes(text.markdown(source)))


def _notebook(source: str, _whole: bool) -> dict[str, Any]:
    cells = text.notebook(json.loads(source))
    return _nodes("notebook", cells) if cells else _code(source, "json")


def _table(delimiter: str) -> Callable[[str, bool], dict[str, Any]]:
    def make(source: str, whole: bool) -> dict[str, Any]:
        if not whole:
            source = source[: source.rfind("\n") + 1]
        reader = csv.reader(source.splitlines(keepends=True), delimiter=delimiter)
        head = next(reader, [])
        rows = list(islice(reader, ROWS))
        total = len(rows) + sum(1 for row in reader if row)
        shown = [[_cell(cell) for cell in row[:COLUMNS]] for row in rows if row]
        wide = max([len(head), *map(len, rows)])
        return {
            "kind": "table",
            "head": [_cell(cell) for cell in head[:COLUMNS]],
            "rows": shown,
            "numbers": [at for at in range(min(wide, COLUMNS)) if _are_numbers([row[at : at + 1] for row in shown])],
            "note": f"{number.plural(total, 'row')}, {number.plural(len(head), 'column')}" if whole else "",
            "foot": _foot(len(shown), total, wide, whole),
        }

    return make


def _foot(visible: int, total: int, wide: int, whole: bool) -> str:
    some = number.plural(total, "row")
    rows = f"{number.integer(visible)} of {some}" if whole else f"The first {number.plural(visible, 'row')}"
    columns = f", {COLUMNS} of {wide} columns" if wide > COLUMNS else ""
    return rows + columns


def _cell(cell: str) -> str:
    return text.visible(cell if len(cell) <= CELL else f"{cell[:CELL]}…")


def _are_numbers(cells: Sequence[Sequence[str]]) -> bool:
    known = [cell[0] for cell in cells if cell and cell[0].strip()]
    return bool(known) and all(map(_is_number, known))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


_MAKERS: Mapping[str, Callable[[str, bool], dict[str, Any]]] = {
    "csv": _table(","), "tsv": _table("\t"), "json": _json, "md": _markdown, "markdown": _markdown,
    "ipynb": _notebook, "log": _log, "txt": _log,
}  # fmt: skip


# --- as HTML -----------------------------------------------------------------------------------------------


def static(value: Mapping[str, Any], anchor: str) -> Markup:
    """The preview as HTML; lines of code have the anchors ``<anchor>-L1`` and so on."""
    match value["kind"]:
        case "code":
            return _static_code(value, anchor)
        case "nodes":
            return Markup('<div class="{}">{}</div>').format(value["class"], text.markup(value["nodes"]))
        case "table":
            return _static_table(value)
        case "image":
            return Markup('<img src="{}" alt="{}" loading="lazy">').format(value["href"], value["name"])
    return EMPTY


def beginning(value: Mapping[str, Any], most: int) -> tuple[Mapping[str, Any], str]:
    """The first lines of code, which take about ``most`` characters of HTML, and a note of what is left out."""
    lines = value.get("lines", ())
    room = 0.8 * most
    for at, line in enumerate(lines):
        room -= 60 + sum(len(part) if isinstance(part, str) else 32 + len(part[1]) for part in line)
        if room < 0:
            return {**value, "lines": lines[:at]}, f"The first {at} of {number.plural(len(lines), 'line')}"
    return value, ""


def _static_code(value: Mapping[str, Any], anchor: str) -> Markup:
    rows = [
        ["li", {"id": f"{anchor}-L{at}"}, *(p if isinstance(p, str) else ["span", {"class": p[0]}, p[1]] for p in line)]
        for at, line in enumerate(value["lines"], 1)
    ]
    return Markup('<ol class="lines">{}</ol>').format(text.markup(rows))


def _static_table(value: Mapping[str, Any]) -> Markup:
    numbers = frozenset(value["numbers"])

    def cells(row: Sequence[str], tag: str, attributes: dict[str, str]) -> text.Node:
        marked = [[tag, attributes | ({"class": "n"} if at in numbers else {}), cell] for at, cell in enumerate(row)]
        return ["tr", {}, *marked]

    head = ["thead", {}, cells(value["head"], "th", {"scope": "col"})]
    body = ["tbody", {}, *(cells(row, "td", {}) for row in value["rows"])]
    return text.markup([["table", {"class": "table"}, head, body]])
