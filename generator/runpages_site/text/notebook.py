"""Converts Jupyter notebooks to nodes: cells with outputs. Markdown is sanitised, HTML is shown as source.

Reads nbformat 3 and 4; see https://nbformat.readthedocs.io.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

from .highlight import Line, highlighted
from .nodes import Node, nodes
from .plain import visible
from .prose import markdown
from .terminal import log_lines

CELLS = 200
PICTURE = 400_000
"""Most base64 characters of an embedded image."""

_TEXT = 20_000


def notebook(document: Mapping[str, Any]) -> list[Node]:
    """The first 200 cells of a notebook."""
    cells = _cells(document)
    tongue = _language(document)
    found: list[Node] = []
    for cell in cells[:CELLS]:
        found += _cell(cell, tongue)
    if len(cells) > CELLS:
        found.append(_note(f"{len(cells) - CELLS} more cells in the file"))
    return found


def notebook_text(document: Mapping[str, Any]) -> tuple[str, str]:
    """The sources of all cells as one text, each below a line with its kind, and the outputs in the same way."""
    sources: list[str] = []
    outputs: list[str] = []
    for number, cell in enumerate(_cells(document), 1):
        kind = cell.get("cell_type")
        sources += [f"# %% {kind}" if isinstance(kind, str) else "# %%", _source(cell)]
        for output in _outputs(cell):
            outputs += [f"# %% outputs of cell {number}", _output_text(output)]
    return "\n".join(sources), "\n".join(outputs)


def lines(coloured: Sequence[Line]) -> Node:
    """Highlighted lines as a code block."""
    inner: list[Node] = []
    for line in coloured:
        inner += [part if isinstance(part, str) else ["span", {"class": part[0]}, part[1]] for part in line]
        inner.append("\n")
    return ["pre", {"tabindex": "0"}, ["code", {}, *inner[:-1]]]


def _cells(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sheets = document.get("worksheets")
    return [cell for one in [document, *_mappings(sheets)] for cell in _mappings(one.get("cells"))]


def _language(document: Mapping[str, Any]) -> str:
    known = _mapping(_mapping(document.get("metadata")).get("language_info")).get("name")
    return known if isinstance(known, str) else "python"


def _cell(cell: Mapping[str, Any], tongue: str) -> Iterator[Node]:
    source = _source(cell)
    if cell.get("cell_type") == "markdown":
        yield ["div", {"class": "cell prose", "dir": "auto"}, *nodes(markdown(source))]
    elif cell.get("cell_type") == "code":
        count = cell.get("execution_count", cell.get("prompt_number"))
        yield ["div", {"class": "cell code"}, _prompt("In", count), lines(highlighted(source, tongue))]
        for output in _outputs(cell):
            yield from _output(output, count)
    elif source:
        yield ["div", {"class": "cell"}, lines(highlighted(source))]


def _source(cell: Mapping[str, Any]) -> str:
    return _text(cell.get("source", cell.get("input")))


def _outputs(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _mappings(cell.get("outputs"))


def _prompt(word: str, count: object) -> Node:
    return ["p", {"class": "note"}, f"{word} [{count if isinstance(count, int) else ' '}]"]


def _output(output: Mapping[str, Any], count: object) -> Iterator[Node]:
    kind = output.get("output_type")
    if kind == "stream":
        yield _out(_terminal(_text(output.get("text"))))
    elif kind in {"error", "pyerr"}:
        trace = output.get("traceback")
        traceback = "\n".join(map(str, trace)) if isinstance(trace, list) else ""
        yield _out(_terminal(traceback or f"{output.get('ename', '')}: {output.get('evalue', '')}"), "error")
    elif kind in {"display_data", "execute_result", "pyout"}:
        label = [_prompt("Out", count)] if kind != "display_data" else []
        yield _out(_display(_bundle(output)), "", label)


def _output_text(output: Mapping[str, Any]) -> str:
    """An output as text; of pictures and other data only the kind, the length and a checksum."""
    kind = output.get("output_type")
    if kind == "stream":
        return _text(output.get("text"))
    if kind in {"error", "pyerr"}:
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    return "\n".join(
        _text(value) if kind == "text/plain" else f"{kind}, {len(data)} characters, CRC-32 {crc32(data):08x}"
        for kind, value in _bundle(output).items()
        for data in [_text(value).encode("utf-8", "surrogatepass")]
    )


def _bundle(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """The output by MIME type; format 3 has short names in the output itself."""
    data = output.get("data")
    if isinstance(data, Mapping):
        return data
    short = {"text": "text/plain", "html": "text/html", "png": "image/png", "jpeg": "image/jpeg"}
    return {kind: output[name] for name, kind in short.items() if name in output}


def _display(bundle: Mapping[str, Any]) -> Node:
    for kind in ("image/png", "image/jpeg"):
        if kind in bundle:
            return _picture(kind, "".join(_text(bundle[kind]).split()), _text(bundle.get("text/plain")))
    if "text/plain" in bundle:
        return _terminal(_text(bundle["text/plain"]))
    if "text/markdown" in bundle:
        return ["div", {"class": "prose", "dir": "auto"}, *nodes(markdown(_text(bundle["text/markdown"])))]
    if "text/html" in bundle:
        return lines(highlighted(_text(bundle["text/html"])[:_TEXT]))
    return _note(f"Not shown: {', '.join(map(str, bundle)) or 'nothing'}")


def _picture(kind: str, data: str, alt: str) -> Node:
    if len(data) > PICTURE:
        return _note("Image too large to show")
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return _note("Unreadable image")
    return ["img", {"src": f"data:{kind};base64,{data}", "alt": visible(alt[:200]) or "Output image"}]


def _terminal(text: str) -> Node:
    cut = text[:_TEXT]
    note = f"\n… {len(text) - _TEXT} more characters" if len(text) > _TEXT else ""
    return ["pre", {"tabindex": "0"}, *nodes("\n".join(log_lines(cut))), note]


def _out(node: Node, word: str = "", before: Sequence[Node] = ()) -> Node:
    return ["div", {"class": f"cell out {word}".strip()}, *before, node]


def _note(text: str) -> Node:
    return ["p", {"class": "note"}, visible(text)]


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(str(part) for part in value)
    return value if isinstance(value, str) else ""


def _mappings(values: object) -> list[Mapping[str, Any]]:
    return [one for one in values if isinstance(one, Mapping)] if isinstance(values, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
