"""``runpages export``: write a table of runs for other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from .. import logged, text
from ..model import ExperimentSummary
from ..query.columns import Row
from ..text import number
from .arguments import LocalPath, Refusal
from .output import json_option, print_json, write_file
from .runs import read_experiments, root_option, selected, selection_options

FORMATS = ("csv", "json", "parquet")


@click.command("export")
@click.argument("experiment", required=False)
@click.option("-o", "--output", required=True, type=LocalPath(allow_dash=True), metavar="FILE",
              help="The file to write or replace; - is the standard output.")  # fmt: skip
@click.option("--format", "wanted", type=click.Choice(FORMATS), help="Default: by the suffix of FILE; csv for -.")
@selection_options
@json_option
@root_option
def command(
    experiment: str | None, *, output: Path, wanted: str | None, query: str | None, sort: str | None,
    limit: int | None, as_json: bool, root: str | None,
) -> None:  # fmt: skip
    """Write a row for each run of EXPERIMENT, or of all, to FILE.

    \b
      runpages export digits-mlp -o runs.csv
      runpages export --query status:completed -o - | head

    CSV and JSON are as the runs.csv and runs.json of a site: id, number, name, status, started, duration_s, and then
    param.NAME, tag.NAME, metric.NAME.last, .min, .max and .mean, all digits of each number. Without EXPERIMENT the
    first column is experiment. Parquet needs pyarrow.

    \b
    Exit codes:
      0  written
      2  no such workspace or experiment, a mistake in the query, an unknown format, or FILE cannot be written
    """
    if as_json and str(output) == "-":
        raise Refusal("--json and -o - exclude each other: both print to the standard output")
    form = wanted or _format_of(output)
    found = read_experiments(root, experiment)
    rows, _ = selected(found, query, sort, limit)
    names, data = _encoded(found, rows, form, named=experiment is None)
    if str(output) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()  # At the end of Python a full disk or a closed pipe would be no error.
        return
    write_file(output, data)
    if as_json:
        print_json("export", {"file": str(output), "file_format": form, "runs": len(rows), "columns": names})
    else:
        columns = number.plural(len(names), "column").lower()
        click.echo(text.visible(f"Wrote {number.plural(len(rows), 'run').lower()} with {columns} to {output}"))


def _format_of(output: Path) -> str:
    suffix = output.suffix.lower().removeprefix(".")
    if str(output) == "-":
        return FORMATS[0]
    if suffix not in FORMATS:
        raise Refusal(f"{output} has none of the suffixes .csv, .json and .parquet; add --format")
    return suffix


def _encoded(
    found: Sequence[ExperimentSummary], rows: Sequence[Row], form: str, *, named: bool
) -> tuple[list[str], bytes]:
    """The names of the columns, and the file."""
    # The pages take longer to load than a small workspace to read.
    from ..page import Field, fields, runs_csv, runs_json
    from ..write.runs_parquet import runs_parquet

    runs = tuple(row.run for row in rows)
    metric = found[0].metric if len(found) == 1 else None
    whole = ExperimentSummary("", "", None, None, {}, runs, metric)
    experiments = [Field("experiment", [row.experiment.name for row in rows])] if named else []
    table = [*experiments, *fields(whole, logged.of(runs))]
    data = {"csv": runs_csv, "json": runs_json, "parquet": runs_parquet}[form](table)
    if data is None:
        raise Refusal("Parquet needs pyarrow, which is not installed: pip install pyarrow")
    return [name for name, _ in table], data
