"""Writes ``data/neptune`` with the writer of Neptune's exporter, and what was given to it into ``expected.json``.

The exporter asks a server for the runs, so the rows are made here; its own code writes the files. It is not on PyPI:
get the repository ``neptune-ai/neptune-exporter``, and run this with its ``src`` on the path, in an environment with
``pip install "pyarrow>=21,<22"``: ``PYTHONPATH=src python make_neptune.py FOLDER``.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
from neptune_exporter.model import SCHEMA
from neptune_exporter.storage.parquet_writer import ParquetWriter
from neptune_exporter.utils import sanitize_path_part

PROJECT = "group/digits"
RUNS = ("first <x>", "DIG-2")
START = datetime(2025, 5, 1, 12, 0, 0, tzinfo=UTC)
VALUES = [1.0, 0.5, math.nan, math.inf, 1e-300, 0.1 + 0.2]
FILES = {"samples/0.png": "pixel", "samples/1.png": "pixel", "notes.txt": "words <b>"}


def row(run: str, path: str, kind: str, **values: Any) -> dict[str, Any]:
    """A row of the exporter's columns."""
    empty = dict.fromkeys(SCHEMA.names)
    return {**empty, "project_id": PROJECT, "run_id": run, "attribute_path": path, "attribute_type": kind, **values}


def first(run: str) -> Iterator[dict[str, Any]]:
    """Everything that is read."""
    yield row(run, "sys/name", "string", string_value="first <name>")
    yield row(run, "sys/id", "string", string_value="DIG-1")
    yield row(run, "sys/owner", "string", string_value="me")
    yield row(run, "sys/state", "string", string_value="inactive")
    yield row(run, "sys/failed", "bool", bool_value=False)
    yield row(run, "sys/creation_time", "datetime", datetime_value=START)
    yield row(run, "sys/running_time", "float", float_value=60.0)
    yield row(run, "sys/tags", "string_set", string_set_value=["b", "a"])
    yield row(run, "params/lr", "float", float_value=0.1)
    yield row(run, "params/net/depth", "int", int_value=2)
    yield row(run, "params/word", "string", string_value="<y>")
    yield row(run, "params/flag", "bool", bool_value=True)
    for step, value in enumerate(VALUES):
        at = {"step": Decimal(step) / 2, "timestamp": START + timedelta(seconds=step)}
        yield row(run, "train/loss", "float_series", float_value=value, **at)
        yield row(run, "log", "string_series", string_value=f"line {step}", **at)
    for step in range(2):
        at = {"step": Decimal(step), "timestamp": START}
        yield row(run, "samples", "file_series", file_value={"path": f"samples/{step}.png"}, **at)
    edges = {"type": "COUNTING", "edges": [0.0, 1.0, 2.0], "values": [3.0, 1.0]}
    yield row(run, "spread", "histogram_series", histogram_value=edges, step=Decimal(1), timestamp=START)
    yield row(run, "notes", "file", file_value={"path": "notes.txt"})
    yield row(run, "away", "file", file_value={"path": "../../secret.txt"})


def second(run: str) -> Iterator[dict[str, Any]]:
    """A run that failed."""
    yield row(run, "sys/failed", "bool", bool_value=True)
    yield row(run, "train/loss", "float_series", float_value=2.0, step=Decimal(0), timestamp=START)


def main(folder: Path) -> None:
    """Write a project, its files, and a part of a run in a file of its own."""
    writer = ParquetWriter(folder / "data", target_part_size_bytes=1)
    for run, rows in zip(RUNS, (list(first(RUNS[0])), list(second(RUNS[1]))), strict=True):
        with writer.run_writer(PROJECT, run) as out:
            for part in (rows[:20], rows[20:]):
                if part:
                    out.save(pyarrow.RecordBatch.from_pylist(part, schema=SCHEMA))
    (folder / "secret.txt").write_text("SECRET", "utf-8")
    for path, what in FILES.items():
        place = folder / "files" / sanitize_path_part(PROJECT) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        picture = Path(__file__).with_name("pixel.png").read_bytes()
        place.write_bytes(picture if what == "pixel" else what.encode())
    points = [[step / 2, repr(value)] for step, value in enumerate(VALUES)]
    (folder / "expected.json").write_text(json.dumps({"train/loss": points}, indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
