"""The page of an experiment from the lines that its runs left; idempotent, as the page of a run is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.records import ExperimentRecord, Problem

from . import apply, remark, select
from .model import ExperimentSummary, RunSummary
from .page import entry_of, experiment_page, runs_script, words_script
from .read import run_folder
from .render import Job, theme
from .settings import ExperimentSettings
from .write.build_cache import plain, summary_of
from .write.writer import Writer


class Lines(NamedTuple):
    """An experiment to be indexed: its folder in the workspace, and a line for each run."""

    folder: str
    lines: Sequence[bytes]


class Indexed(NamedTuple):
    """What remains of an experiment when its page is written."""

    experiment: str
    entry: dict[str, Any]
    files: dict[str, int]
    changed: int
    problems: tuple[Problem, ...]


def index_batch(job: Job, experiments: Sequence[Lines]) -> list[Indexed]:
    """Index some experiments. Raises OutputError where the site cannot be written."""
    return [index_experiment(job, experiment) for experiment in experiments]


def index_experiment(job: Job, lines: Lines) -> Indexed:
    """Write the page of an experiment."""
    record = run_folder.read_experiment(lines.folder)
    runs = [run for run in map(summary_of, lines.lines) if run is not None]
    name, said = (
        os.path.basename(lines.folder),
        apply.said_of(job.settings, record.name, os.path.basename(lines.folder)),
    )
    record = record._replace(tags=apply.shown(job.settings.hide.tags, record.tags))
    experiment = _experiment(record, layout.experiment_page(name), sorted(runs, key=_age, reverse=True), said)
    page = experiment_page(
        job.site, experiment, theme(job.theme, job.look).render, columns=said.columns, rows=job.settings.limits.runs
    )
    out = Writer(job.folder, fresh=job.fresh)
    out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    out.put(layout.experiment_data(name, "runs"), runs_script(experiment))
    out.put(layout.experiment_data(name, "words"), words_script(experiment))
    problems = (*record.problems, *remark.on_names(experiment, said), *remark.on_twins(experiment.runs))
    return Indexed(name, plain(entry_of(experiment)), out.files, out.changed, problems)


def _experiment(
    record: ExperimentRecord, page: str, runs: Sequence[RunSummary], said: ExperimentSettings
) -> ExperimentSummary:
    metric, stated = select.main_metric(runs)
    if said.metric is not None:
        metric = said.metric
        stated = next((run.metrics[metric].goal for run in runs if metric in run.metrics), None)
    return ExperimentSummary(
        path=page,
        name=record.name,
        description=said.description or record.description,
        readme=record.readme,
        tags=record.tags,
        runs=tuple(runs),
        metric=metric,
        goal=apply.main_goal(said, metric, stated) if metric is not None else None,
    )


def _age(run: RunSummary) -> tuple[float, int, str]:
    return (run.started or run.created or run.last_write or 0.0, run.number or 0, run.id)
