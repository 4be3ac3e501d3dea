"""What a reader sees of runs, with the bytes of their files, as values that can be compared."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from runpages.format.discovery import find
from runpages.format.read import read_run


def seen(workspace: Path | str) -> list[dict[str, Any]]:
    """Every run of a workspace. What holds nothing is left out: an empty list, and a table without rows."""
    return [run(folder.path) for folder in find(str(workspace)).runs]


def run(folder: Path | str) -> dict[str, Any]:
    """One run, without its times and problems."""
    record = read_run(str(folder), now=time.time())
    return {
        "status": record.status,
        "tags": record.tags,
        "params": record.params,
        "series": {name: (series.steps, series.values) for name, series in record.series.items() if series.steps},
        "tables": {table.name: table.rows for table in record.tables if table.rows},
        "charts": [(chart.name, chart.data) for chart in record.charts],
        "declared": {name: series.declared for name, series in record.series.items() if series.steps},
        "files": [(one.name, Path(folder, one.file).read_bytes()) for one in (*record.images, *record.media)],
        "artifacts": {file.name: Path(folder, file.file).read_bytes() for file in record.artifacts},
    }
