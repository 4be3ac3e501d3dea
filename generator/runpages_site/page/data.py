"""Data for scripts in the browser: what pages tell of other runs comes from here, so that none of them gets stale."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from .. import select, text
from ..model import ExperimentEntry, ExperimentSummary, RunSummary
from ..text import number
from .view import began, fixed, status, took

WORDS = 400
"""Characters of the tags and parameters of a run that are searched."""

SEARCH = "search.js"


def script(key: str, value: object) -> bytes:
    """A script that hands ``value`` over to the page; what would end a script, or a line of it, is escaped."""
    try:
        data = orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):  # A title that is no UTF-8.
        data = json.dumps(value, separators=(",", ":")).encode()
    data = data.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
    data = data.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return b"runpages.put(%s,%s);\n" % (orjson.dumps(key), data)


def runs_script(experiment: ExperimentSummary) -> bytes:
    """The runs of an experiment in columns, the newest first, and for each metric with a goal the best of all."""
    runs = experiment.runs
    folder = experiment.path.removesuffix("index.html")
    word = select.aggregate_word(experiment.goal)
    metric = experiment.metric
    values = [select.aggregate(run.metrics.get(metric), word) if metric is not None else None for run in runs]
    shown = [status(run.status) for run in runs]
    return script(
        "runs",
        {
            "folder": folder,
            "metric": f"{text.brief(metric)} {word}" if metric is not None else "",
            "page": [run.path.removeprefix(folder) for run in runs],
            "title": [text.visible(run.title) for run in runs],
            "id": [text.visible(run.id) for run in runs],
            "number": [run.number for run in runs],
            "kind": [one.kind for one in shown],
            "status": [one.word for one in shown],
            "began": [began(run) for run in runs],
            "took": [took(run) for run in runs],
            "parent": [run.parent for run in runs],
            "value": [cell.text for cell in fixed(values)],
            "best": dict(_best(runs)),
        },
    )


def _best(runs: Sequence[RunSummary]) -> Iterator[tuple[str, tuple[str, float | int, int]]]:
    """For each metric with a goal: the goal, the best value, and which run has it."""
    goals = {name: metric.goal for run in runs for name, metric in run.metrics.items() if metric.goal}
    for name, goal in goals.items():
        values = [select.aggregate(run.metrics.get(name), goal) for run in runs]
        best = select.best_index(values, goal)
        if best is not None and (value := values[best]) is not None:
            yield text.brief(name), (goal, value, best)


def words_script(experiment: ExperimentSummary) -> bytes:
    """The tags and parameters of each run as one text, in the order of the runs."""
    return script("words", [_words(run) for run in experiment.runs])


def _words(run: RunSummary) -> str:
    tags = (f"{key} {value}" if value else key for key, value in run.tags.items())
    params = (f"{name}={text.compact(value)}" for name, value in select.flatten(run.params).items())
    return text.visible(" · ".join([*tags, *params]))[:WORDS]


def search_script(entries: Sequence[ExperimentEntry]) -> bytes:
    """The experiments, and where the search finds their runs."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        folder = entry.path.removesuffix("index.html")
        places = {"page": entry.path, "runs": f"{folder}runs.js", "words": f"{folder}words.js"}
        found.append({"name": text.visible(entry.name), "count": number.integer(entry.runs), **places})
    return script("search", found)
