"""The table of an experiment's runs for other programs: one row for each run, newest first, all values in full.

Names of columns are ``id``, ``number``, ``name``, ``status``, ``started``, ``duration_s``, then ``param.<name>``,
``tag.<name>`` and ``metric.<name>.<aggregate>``, so that no two columns have one name whatever was logged.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from .. import select
from ..logged import AGGREGATES, MISSING, Logged
from ..model import ExperimentSummary
from ..text import compact, number
from .components import began
from .data_scripts import encoded, json_value
from .items import items_of, read_items
from .pieces import seconds, status_word


class Field(NamedTuple):
    """A column of the table, with a value for each run; None where it has none."""

    name: str
    values: Sequence[object]


def fields(experiment: ExperimentSummary, known: Logged) -> Iterator[Field]:
    """The columns of the table. Times are ISO 8601 in UTC, durations are in seconds."""
    runs = experiment.runs
    yield Field("id", [run.id for run in runs])
    yield Field("number", [run.number for run in runs])
    yield Field("name", [run.title for run in runs])
    yield Field("status", [status_word(run.status) for run in runs])
    yield Field("started", [number.iso(began(run)) or None for run in runs])
    yield Field("duration_s", [*map(seconds, runs)])
    for name, values in known.params.items():
        yield Field(f"param.{name}", _without_missing(values))
    for name, tags in known.tags.items():
        yield Field(f"tag.{name}", [True if value == "" else value for value in tags])
    for name in select.metrics(runs, experiment.metric):
        for which, found in known.metrics[name].items():
            yield Field(f"metric.{name}.{which}", found)


def names(experiment: ExperimentSummary, known: Logged) -> list[str]:
    """The names of the columns."""
    metrics = select.metrics(experiment.runs, experiment.metric)
    return [
        *("id", "number", "name", "status", "started", "duration_s"),
        *(f"param.{name}" for name in known.params),
        *(f"tag.{name}" for name in known.tags),
        *(f"metric.{name}.{which}" for name in metrics for which in AGGREGATES),
    ]


def _without_missing(values: Sequence[object]) -> Sequence[object]:
    return [None if value is MISSING else value for value in values] if MISSING in values else values


def runs_csv(table: Sequence[Field]) -> bytes:
    """The table as CSV (RFC 4180) in UTF-8, with a header; a missing value is empty."""
    return csv_head([name for name, _ in table]) + rows_csv(table)


def csv_head(names: Sequence[str]) -> bytes:
    """The line with the names of the columns."""
    return _csv([names])


def rows_csv(table: Sequence[Field]) -> bytes:
    """The lines after the head."""
    return _csv(zip(*(spelled(values) for _, values in table), strict=True))


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    lines = _Lines()
    csv.writer(lines).writerows(rows)
    return "".join(lines).encode("utf-8", "backslashreplace")


class _Lines(list[str]):
    """What a writer of CSV takes for a file."""

    write = list.append


def spelled(values: Sequence[object]) -> Sequence[object]:
    """Values of which the writer spells none in the way of Python only."""
    plain = {str, int, float, type(None)}
    if plain.issuperset(map(type, values)):
        return values
    return [value if type(value) in plain else compact(value) for value in values]


def runs_json(table: Sequence[Field]) -> bytes:
    """The table as JSON: the names of the ``columns``, and ``data`` with a list for each run.

    Numbers that are not finite are ``"nan"``, ``"inf"`` or ``"-inf"``.
    """
    return json_of([name for name, _ in table], [rows_json(table)])


def json_of(names: Sequence[str], rows: Iterable[bytes]) -> bytes:
    """The same from the names of its columns and its rows, as JSON without brackets."""
    return b"".join(json_pieces(names, rows))


def json_pieces(names: Sequence[str], rows: Iterable[bytes]) -> Iterator[bytes]:
    """The same piece by piece."""
    yield b'{"columns":%s,"data":[' % encoded(names)
    for at, one in enumerate(rows):
        yield b"," + one if at else one
    yield b"]}\n"


def rows_json(table: Sequence[Field]) -> bytes:
    """The rows as JSON without brackets."""
    return items_of(list(zip(*(_finite(values) for _, values in table), strict=True)))


class Rows(NamedTuple):
    """Rows as CSV and as JSON without brackets, with the names of their columns."""

    names: Sequence[str]
    csv: bytes
    json: bytes

    def by(self, names: Sequence[str]) -> Rows:
        """The same with all columns of a table, in its order."""
        if names == self.names:
            return self
        places = {name: place for place, name in enumerate(self.names)}
        arranged = itemgetter(*(places.get(name, -1) for name in names))
        lines = csv.reader(f"{line}\r\n" for line in self.csv.decode().split("\r\n")[:-1])
        return Rows(
            names,
            _csv(arranged([*line, ""]) for line in lines),
            items_of([arranged([*row, None]) for row in read_items(self.json)]),
        )


def rows_of(table: Sequence[Field]) -> Rows:
    """The rows of a table."""
    return Rows([name for name, _ in table], rows_csv(table), rows_json(table))


def _finite(values: Sequence[object]) -> Sequence[object]:
    """Values of which JSON has each."""
    types = set(map(type, values))
    # The usual case, at a tenth of the time.
    if types.isdisjoint([list, dict]) and math.isfinite(sum(value for value in values if type(value) is float)):
        return values
    return [_as_json(value) for value in values]


def _as_json(value: object) -> object:
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return {name: _as_json(item) for name, item in value.items()} if isinstance(value, Mapping) else json_value(value)
