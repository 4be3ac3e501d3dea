"""Reads the runs of a workspace or a site for the commands that list and compare them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import click

from runpages.format import layout
from runpages.format.discovery import RunFolder
from runpages.format.errors import RunpagesError, UserError
from runpages.format.records import ExperimentRecord, RunRecord
from runpages.reading import site_at
from runpages.site_files import is_site

from .. import logged, settings
from ..errors import BuildError
from ..executor import spread, workers
from ..model import ExperimentSummary, RunSummary
from ..query.columns import Columns, Field, Row, ordered, rows
from ..query.meaning import matching
from ..query.syntax import QueryError
from ..read import run_folder, scan
from ..settings import ExperimentSettings, Hide, Settings, effects
from ..stamp import RUN_FOLDER, Stamp
from ..text import grid, visible
from .arguments import NAMED, LocalPath, Refusal, find_named, folder, refuse_storage, workspace_of

Command = Callable[..., None]

SERIAL = 100
"""Runs up to which processes would take longer to start than to help."""

root_option = click.option(
    "--root",
    type=LocalPath(addresses=True),
    metavar="PLACE",
    help="A workspace, or a site: its folder or its address. Default: the workspace as for runpages.start().",
)


query_option = click.option(
    "-q", "--query", metavar="QUERY", help="Only runs that match, such as 'status:completed lr<0.1'."
)


def selection_options(function: Command) -> Command:
    """The options that choose runs and their order."""
    for option in (
        click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="The first N runs only."),
        click.option("-s", "--sort", metavar="NAMES", help="Sort by these, joined by commas; -NAME: greatest first."),
        query_option,
    ):
        function = option(function)
    return function


def selected(
    found: Sequence[ExperimentSummary], query: str | None, sort: str | None = None, limit: int | None = None
) -> tuple[list[Row], Columns]:
    """The runs that options choose, in their order, and what all runs have. Raises Refusal for a mistake."""
    chosen = rows(found)
    columns = Columns(chosen)
    if query is not None:
        try:
            chosen = matching(query, chosen, columns)
        except QueryError as error:
            raise _mistake(query, error) from None
    if sort is not None:
        chosen = ordered(chosen, [_sort_key(name, columns) for name in names_of(sort)])
    return chosen[:limit], columns


def _mistake(query: str, error: QueryError) -> Refusal:
    """The refusal of a query, with a mark below the mistake."""
    shown, before = grid.one_line(query), grid.cells(grid.one_line(query[: error.start]))
    mark = "^" * max(grid.cells(grid.one_line(query[error.start : error.end])), 1)
    return Refusal(f"{error}\n  {shown}\n  {' ' * before}{mark}\nTry: {error.example}")


def names_of(given: str) -> list[str]:
    """Names joined by commas; one with a comma is in quotation marks."""
    return [name.strip() for name in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', given) if name.strip()]


def _sort_key(name: str, columns: Columns) -> tuple[Field, bool]:
    try:
        return columns.find(name), False
    except QueryError:
        return field(name.removeprefix("-"), columns), name.startswith("-")


def field(name: str, columns: Columns) -> Field:
    """The field of a name. Raises Refusal if no run has it, or if it may be more than one."""
    try:
        return columns.find(name)
    except QueryError as error:
        raise Refusal(f"{error}. {closest(name, [one.name for one in columns.all])}") from None


def read_experiments(place: str | None, name: str | None = None) -> list[ExperimentSummary]:
    """The experiments of a workspace or a site with their runs, newest first; with ``name`` only that one.

    Goals and main metrics are those of the settings; what these hide is listed. Raises Refusal if there is none.
    """
    if name is not None:
        refuse_storage(name)
    given = workspace_of(place)
    try:
        if is_site(given):
            found = _of_site(given, name)
            return [_named(found, name, given)] if name is not None else found
        return _of_workspace(folder(given), name)
    except RunpagesError as error:
        raise Refusal(str(error)) from None


def read_run(given: str, place: str | None) -> tuple[Row, RunRecord]:
    """A run by its id, its folder, EXPERIMENT/ID or its name if no other has it, and all that was read of it.

    Raises Refusal if there is none.
    """
    refuse_storage(given)
    root = workspace_of(place)
    try:
        record, overrides, path = (_run_of_site if is_site(root) else _run_of_workspace)(given, root)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    above = ExperimentRecord(os.path.dirname(path), record.experiment, {}, None, None, None, [])
    [row] = rows([effects.summarized(above, above.folder, [summary_of(record, path)], overrides)])
    return row, record


def _run_of_site(given: str, place: str) -> tuple[RunRecord, ExperimentSettings, str]:
    reading = site_at(place)
    try:
        record = reading.run(given)
    except UserError as error:
        names = [name for run in reading.runs for name in (run.id, run.name) if name]
        raise BuildError(f"{error}. {closest(given, names)}") from None
    return record, _published(reading.columns(record.folder)), record.folder


def _run_of_workspace(given: str, root: str) -> tuple[RunRecord, ExperimentSettings, str]:
    try:
        path = find_named(given, Path(root)).folder
    except Refusal as refusal:
        run = _run_of_another_tool(given, Path(root), str(refusal))
    else:
        above, name = os.path.split(path)
        run = RunFolder(os.path.basename(above), name, path, Stamp("", 0.0))
    record = scan.source_of(run.seen.source).read(run, now=time.time(), known={}, sink=None).record
    path = run.path if run.seen.source == RUN_FOLDER else os.path.join(root, _would_lie(run))
    experiment = os.path.dirname(path)
    known = settings.read(Path(experiment).parent)._replace(hide=Hide())
    names = run_folder.read_experiment(experiment).name, run.experiment
    return effects.applied(record, known, *names), effects.experiment_settings(known, *names), path


def _would_lie(run: RunFolder) -> str:
    """Where the run of another tool would lie in a workspace: several may lie in one folder, or in one file."""
    return os.path.join(run.experiment, run.name)


def _run_of_another_tool(given: str, root: Path, refusal: str) -> RunFolder:
    """A run of other tools in a folder, by what run folders are named by. Raises Refusal if there is none."""
    scanned = scan.scan(root, Path(layout.site_of(str(root)))) if root.is_dir() else None
    if scanned is None or not scanned.is_foreign:
        raise Refusal(refusal)
    runs, wanted = scanned.found.runs, os.path.abspath(given)
    for run in runs:
        ids = (*_spelled(run, run.name), *_spelled(run, layout.name_of(run.name) or run.name))
        if given in ids or os.path.abspath(run.path) == wanted:
            return run
    now = time.time()
    heads = ((run, scan.source_of(run.seen.source).read_head(run, now=now).name) for run in runs)
    named = [(run, name) for run, name in heads if name]
    found = [run for run, name in named if given in _spelled(run, name)]
    if not found:
        raise Refusal(f"{refusal}. {closest(given, [*(run.name for run in runs), *(name for _, name in named)])}")
    if len(found) > 1:
        first = ", ".join(run.name for run in found[:NAMED])
        raise Refusal(f"{len(found)} runs are called {given!r}. Name one by its id, such as {first}")
    return found[0]


def _spelled(run: RunFolder, name: str) -> tuple[str, ...]:
    """How a run may be given that is called so: also with its experiment, or the folder of that, before it."""
    return name, f"{run.experiment}/{name}", f"{layout.name_of(run.experiment) or run.experiment}/{name}"


def _named(found: Sequence[ExperimentSummary], name: str, place: str) -> ExperimentSummary:
    known = {one.name: one for one in found}
    if name not in known:
        raise BuildError(no_experiment(name, place, known))
    return known[name]


def no_experiment(name: str, place: str, known: Collection[str]) -> str:
    """The message that a place has no such experiment."""
    return f"there is no experiment {name!r} in {place}. {closest(name, known)}".rstrip()


def closest(name: str, known: Collection[str]) -> str:
    """A hint after an unknown name: the name that is spelled most alike, else the first that there are."""
    if close := get_close_matches(name, known, 1, 0.5):
        return f"Did you mean {close[0]!r}?"
    more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
    return f"There is {', '.join(sorted(known)[:NAMED])}{more}." if known else ""


def _of_workspace(workspace: Path, name: str | None) -> list[ExperimentSummary]:
    scanned = scan.scan(workspace, Path(layout.site_of(str(workspace))))
    if refused := scan.refusal(workspace, scanned):
        raise BuildError(refused)
    _print_hints(scanned.found.hints)
    records = {one: run_folder.read_experiment(str(workspace / one)) for one in scanned.found.experiments}
    if name is not None:
        records = _called(name, records, workspace)
    known = settings.read(workspace)._replace(hide=Hide())
    names = {one: record.name for one, record in records.items()}
    by_experiment: dict[str, list[RunSummary]] = {one: [] for one in records}
    for run, summary in _summaries(known, names, scanned.found.runs):
        by_experiment[run.experiment].append(summary)
    return [
        effects.summarized(
            record, record.folder, by_experiment[one], effects.experiment_settings(known, record.name, one)
        )
        for one, record in records.items()
    ]


def _called(name: str, records: Mapping[str, ExperimentRecord], workspace: Path) -> dict[str, ExperimentRecord]:
    """The experiment in the folder of this name, else the one that is called so."""
    found = {one: record for one, record in records.items() if record.name == name}
    if name in records or len(found) == 1:
        return {name: records[name]} if name in records else found
    if found:
        raise BuildError(f"{len(found)} experiments are called {name!r}; name a folder: {', '.join(found)}")
    raise BuildError(no_experiment(name, str(workspace), [record.name for record in records.values()]))


def _print_hints(hints: Iterable[str]) -> None:
    for hint in hints:
        click.secho(visible(hint), fg="yellow", err=True)


def _summaries(
    known: Settings, names: Mapping[str, str], folders: Sequence[RunFolder]
) -> Iterable[tuple[RunFolder, RunSummary]]:
    """The runs of the named experiments, in no order; one that an installed source cannot read is reported."""
    runs = [run for run in folders if run.experiment in names]
    count = min(os.cpu_count() or 1, 8) if len(runs) > SERIAL else 1
    with workers(count) as pool:
        work = partial(_read_batch, known, names, time.time())
        for batch, result in spread(work, runs, pool):
            if isinstance(result, Exception):
                _print_hints([f"{batch[0].path} cannot be read: {result}"])
            else:
                yield from zip(batch, result, strict=True)


def _read_batch(known: Settings, names: Mapping[str, str], now: float, runs: Sequence[RunFolder]) -> list[RunSummary]:
    records = (scan.source_of(run.seen.source).read(run, now=now, known={}, sink=None).record for run in runs)
    return [
        summary_of(
            effects.applied(record, known, names[run.experiment], run.experiment),
            record.folder if run.seen.source == RUN_FOLDER else _would_lie(run),
        )
        for run, record in zip(runs, records, strict=True)
    ]


def summary_of(record: RunRecord, path: str = "") -> RunSummary:
    """What tables show of a run, with all texts whole; ``path`` is its folder if that of the record is not."""
    summary = run_folder.summarize(record, path or record.folder)
    return replace(summary, title=record.title, params=record.params, tags=record.tags, status=record.status)


def _of_site(place: str, name: str | None) -> list[ExperimentSummary]:
    reading = site_at(place, name)
    by_experiment: dict[str, list[RunRecord]] = {}
    runs = reading.runs
    _print_hints(reading.hints)
    for record in runs:
        by_experiment.setdefault(os.path.dirname(record.folder), []).append(record)
    return [
        effects.summarized(
            ExperimentRecord(folder, runs[0].experiment, {}, None, None, None, []),
            folder,
            map(summary_of, runs),
            _published(reading.columns(runs[0].folder)),
        )
        for folder, runs in by_experiment.items()
    ]


def settings_of(experiment: ExperimentSummary, place: str | None) -> ExperimentSettings:
    """The settings of an experiment that was read from a place."""
    root = workspace_of(place)
    if is_site(root):
        return _published(site_at(root).columns(experiment.runs[0].path))
    folder = experiment.path.rstrip("/")
    return effects.experiment_settings(settings.read(Path(folder).parent), experiment.name, os.path.basename(folder))


def _published(columns: Mapping[str, Any]) -> ExperimentSettings:
    """The settings of an experiment as its page has them: the main metric, and what is better."""
    known = [one for one in columns.get("columns", ()) if one.get("kind") == "metric"]
    goals = {one["name"]: one["goal"] for one in known if one.get("goal") in ("min", "max") and not one.get("assumed")}
    tolerance = {one["name"]: float(one["tolerance"]) for one in known if one.get("tolerance")}
    pair_by = columns.get("pair_by")
    return ExperimentSettings(
        metric=columns.get("metric"),
        goals=goals,
        tolerance=tolerance,
        pair_by=pair_by.partition(":")[2] if isinstance(pair_by, str) else None,
    )


def differing(experiment: ExperimentSummary) -> list[str]:
    """The parameters with more than one value among the runs of an experiment."""
    return [name for name, values in logged.of(experiment.runs).params.items() if logged.varies(values)]
