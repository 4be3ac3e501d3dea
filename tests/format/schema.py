"""The JSON Schemas of docs/reference/schema, and run folders held against them.

`faults(folder)` is empty for a run folder as docs/reference/format.md specifies it. It is strict where a reader is
lenient: a key that no schema knows is a fault, since a writer that misspells a key would go unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from runpages.format import layout

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference" / "schema"
KINDS = ("run", "experiment", "series", "definitions", "changes", "images", "media", "charts")


def load(kind: str) -> dict[str, Any]:
    """The schema of a document or of a line, as it stands in docs/reference/schema."""
    schema: dict[str, Any] = json.loads((FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return schema


@cache
def validator(kind: str, *, strict: bool = True) -> Draft202012Validator:
    """Checks values of a kind; a strict one refuses keys that the schema does not list."""
    schema = load(kind)
    return Draft202012Validator(_closed(schema) if strict else schema)


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and _is_object(schema.get("type")):
        closed.setdefault("additionalProperties", False)
    return closed


def _is_object(kind: object) -> bool:
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def faults_of(kind: str, value: Any, *, strict: bool = True) -> list[str]:
    """What is wrong with one document or the object of one line."""
    found = sorted(validator(kind, strict=strict).iter_errors(value), key=lambda error: list(map(str, error.path)))
    return [f"{error.json_path}: {error.message}" for error in found]


def faults(folder: Path) -> list[str]:
    """What is wrong in a run folder: with its documents and lines, and with where they lie."""
    return [
        f"{path.relative_to(folder).as_posix()}: {fault}" for path in _files(folder) for fault in _faults(folder, path)
    ]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _faults(folder: Path, path: Path) -> Iterator[str]:
    place = path.relative_to(folder)
    top = place.parts[0] if len(place.parts) > 1 else ""
    if top in (layout.ARTIFACTS, layout.LOGS, "images", "media"):
        return
    if top in ("tables", "charts") and path.suffix == ".jsonl":
        yield from _line_faults(path, "charts" if top == "charts" else None)
    elif place.name == layout.SNAPSHOT and not top:
        return
    elif path.suffix == ".csv":
        yield from _metrics_faults(path)
    elif not top and (kind := place.name.split(".")[0]) in KINDS:
        if path.suffix == ".json" and kind in ("run", "series"):
            yield from faults_of(kind, _strict_json(path.read_bytes()))
        elif path.suffix == ".jsonl" and kind in ("definitions", "changes", "images", "media"):
            yield from _line_faults(path, kind)
        else:
            yield "no file of the format"
    else:
        yield "no file of the format"


def _line_faults(path: Path, kind: str | None) -> Iterator[str]:
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        yield "the last line has no line feed"
    for number, line in enumerate(data.removesuffix(b"\n").split(b"\n"), 1):
        record = _strict_json(line)
        if not isinstance(record, dict):
            yield f"{number}: no object"
        elif kind is not None:
            yield from (f"{number}: {fault}" for fault in faults_of(kind, record))


NUMBER = r"-?(?:[0-9]+|[0-9]+\.[0-9]*(?:e[+-]?[0-9]+)?|[0-9]+e[+-]?[0-9]+)"
LINE = re.compile(
    rf"(?:[^\",]+|\"(?:[^\"]|\"\")+\"),{NUMBER},[0-9]+\.[0-9]{{3}},"
    rf"(?:(?:{NUMBER}|nan|inf|-inf|true|false|null),|,(?:[^\",]*|\"(?:[^\"]|\"\")*\"))"
)


def _metrics_faults(path: Path) -> Iterator[str]:
    head, *lines = path.read_bytes().decode("utf-8").split("\n")
    if head != layout.METRICS_HEADER:
        yield f"1: the header is {head!r}"
    if lines[-1:] != [""]:
        yield "the last line has no line feed"
    yield from (f"{at}: {line!r}" for at, line in enumerate(lines[:-1], 2) if not LINE.fullmatch(line))


def _strict_json(data: bytes) -> Any:
    """The value of plain JSON: without nan, infinities and keys that stand twice."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    return json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)
