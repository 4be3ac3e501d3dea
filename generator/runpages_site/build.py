"""Builds a site: scan, read, render, index, publish, prune.

The clock and the versions are arguments, so the same input gives the same bytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from runpages.format import layout
from runpages.format.document import encode
from runpages.format.errors import RunpagesError
from runpages.format.find import Found, RunFolder, find
from runpages.format.records import ExperimentRecord, Problem, RunRecord
from runpages.format.write import replace

from . import asset, public, select, source
from .errors import BuildError
from .model import ExperimentSummary, RunPlace, RunSummary, Site
from .output import Output, opened
from .page import experiment_page, home_page, run_page
from .settings import ExperimentSettings, Settings, read
from .theme import Theme, load

FACTS = "build.js"
"""The data script with the facts of the last build that changed anything."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, and the problems it met, by the folder of the run; hints are about runs in wrong places."""

    site: Path
    runs: int
    experiments: int
    changed: int
    removed: int
    bytes: int
    seconds: float
    problems: Mapping[str, Sequence[Problem]]
    hints: Sequence[str]

    @property
    def damaged(self) -> bool:
        """Whether anything that was written could not be read, or lies where it is not found."""
        return bool(self.hints) or any(problem.damage for found in self.problems.values() for problem in found)


Progress = Callable[[Sequence[RunFolder]], Iterable[RunFolder]]
"""Shows how far a build is, by passing the runs on one by one."""


def build(workspace: Path, folder: Path, *, now: float, version: str, progress: Progress = lambda runs: runs) -> Report:
    """Build the runs of ``workspace`` into the site at ``folder``. ``now`` is in seconds since the epoch.

    One bad run never stops the others: it is told in the report. Raises BuildError where there is no workspace, or
    its settings or the site's folder are not fit to go on with; nothing was changed then.
    """
    began = time.perf_counter()
    found, settings, theme = scan(workspace, folder)
    assets = asset.bundle(theme.sources())
    site = _site(workspace, settings, version, assets.names)
    problems: dict[str, list[Problem]] = {}
    with opened(folder) as out:
        for path, data in assets.files.items():
            out.put(path, data)
        runs = [render_run(run, site, theme, out, problems, now) for run in progress(found.runs)]
        experiments = index(found, workspace, settings, [run for run in runs if run], problems)
        render_indexes(site, experiments, theme, out)
        _put_facts(out, now, time.perf_counter() - began)
        removed = out.finish()
    _tell_workspace(workspace, folder, settings)
    return Report(
        site=folder,
        runs=sum(run is not None for run in runs),
        experiments=len(experiments),
        changed=out.changed - len(removed),
        removed=len(removed),
        bytes=out.bytes,
        seconds=time.perf_counter() - began,
        problems=problems,
        hints=found.hints,
    )


def scan(workspace: Path, folder: Path) -> tuple[Found, Settings, Theme]:
    """Find the runs of a workspace, with its settings and theme; raises BuildError where there is none."""
    if not workspace.is_dir():
        what = "is a file" if workspace.exists() else "is not there"
        raise BuildError(
            f"no workspace: {workspace} {what}. Log a run first, which makes ./runs, "
            "or name the folder that holds <experiment>/<run>/: runpages build FOLDER"
        )
    settings = read(workspace)
    try:
        theme = load(settings.theme)
    except LookupError as error:
        raise BuildError(f"{workspace / layout.SETTINGS}: {error.args[0]}") from None
    return find(str(workspace), skip={str(folder.absolute())}), settings, theme


def render_run(
    run: RunFolder, site: Site, theme: Theme, out: Output, problems: dict[str, list[Problem]], now: float
) -> RunSummary | None:
    """Read a run and write its files and its page; None, and a problem, where that is not possible."""
    try:
        record = source.read_run(run.path, now=now)
        record.problems.extend(public.held_back(record))
        place = _publish(run, record, out)
        logs, drawings = list(source.read_logs(record)), source.read_drawings(record)
        page = run_page(site, record, place, theme.render, logs, drawings)
        out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
        if record.problems:
            problems[run.path] = list(record.problems)
        return source.summarize(record, page.path)
    except Exception as error:  # Whatever is wrong with one run, the others are built.
        why = f"The run could not be rendered: {type(error).__name__}: {error}"
        problems[run.path] = [Problem("", None, why, "Run left out")]
        return None


def index(
    found: Found,
    workspace: Path,
    settings: Settings,
    runs: Sequence[RunSummary],
    problems: dict[str, list[Problem]],
) -> list[ExperimentSummary]:
    """Gather the runs by experiment, the newest first, as the pages across runs show them."""
    by_page: dict[str, list[RunSummary]] = {}
    for run in runs:
        by_page.setdefault(run.path.rpartition("/")[0] + "/index.html", []).append(run)
    experiments = []
    for folder in found.experiments:
        record = source.read_experiment(str(workspace / folder))
        if record.problems:
            problems[str(workspace / folder)] = record.problems
        page = layout.experiment_page(folder)
        said = settings.experiments.get(record.name, ExperimentSettings())
        experiments.append(_experiment(record, page, sorted(by_page.get(page, []), key=_age, reverse=True), said))
    return sorted(experiments, key=lambda one: _age(one.runs[0]) if one.runs else (0.0, 0, ""), reverse=True)


def render_indexes(site: Site, experiments: Sequence[ExperimentSummary], theme: Theme, out: Output) -> None:
    """Write the pages that point to runs, after the runs are there; the home page comes last."""
    for experiment in experiments:
        page = experiment_page(site, experiment, theme.render)
        out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    home = home_page(site, experiments, theme.render)
    out.put(".nojekyll", b"")  # GitHub Pages would leave out files whose names begin with an underscore.
    out.put(home.path, home.html.encode("utf-8", "backslashreplace"))


def _publish(run: RunFolder, record: RunRecord, out: Output) -> RunPlace:
    """Write a run's public files; what cannot be copied is a problem of the run and is not linked."""
    folder = layout.run_files(run.experiment, run.name)
    published = {layout.RUN: folder + layout.RUN}
    out.put(published[layout.RUN], encode(public.document(record)))
    for path, place in public.files(record).items():
        try:
            out.copy(os.path.join(run.path, path), folder + place)
        except OSError as error:
            record.problems.append(Problem(path, None, f"It cannot be copied: {error.strerror}", "Not published"))
        else:
            published[path] = folder + place
    return RunPlace(
        layout.run_page(run.experiment, run.name), layout.experiment_page(run.experiment), folder, published
    )


def _experiment(
    record: ExperimentRecord, page: str, runs: Sequence[RunSummary], said: ExperimentSettings
) -> ExperimentSummary:
    metric, goal = select.main_metric(runs)
    if said.metric is not None:
        metric = said.metric
        goal = next((run.metrics[metric].goal for run in runs if metric in run.metrics), None)
    return ExperimentSummary(
        path=page,
        name=record.name,
        description=said.description or record.description,
        readme=record.readme,
        tags=record.tags,
        runs=tuple(runs),
        metric=metric,
        goal=said.goal or goal,
    )


def _site(workspace: Path, settings: Settings, version: str, assets: Mapping[str, str]) -> Site:
    # A workspace with the default name is known by the folder that it lies in.
    place = workspace.absolute()
    name = place.parent.name if place.name == "runs" else place.name
    return Site(settings.title or name or "runs", settings.description, source.read_prose(workspace), version, assets)


def _age(run: RunSummary) -> tuple[float, int, str]:
    return (run.started or run.created or run.last_write or 0.0, run.number or 0, run.id)


def _put_facts(out: Output, now: float, seconds: float) -> None:
    """Note when the site last changed; a build that changed nothing leaves the note alone."""
    if out.changed or not out.keep(FACTS):
        facts = {"built": layout.iso_time(now), "seconds": round(seconds, 2)}
        out.put(FACTS, b'runpages.put("build",' + orjson.dumps(facts) + b");\n")


def _tell_workspace(workspace: Path, folder: Path, settings: Settings) -> None:
    """Note in the workspace where its site is, for ``run.get_portal_url()``."""
    state = workspace / layout.STATE
    facts = {"format": 1, "site": os.path.relpath(folder, state), "base_url": settings.base_url}
    path = state / "site.json"
    try:
        if not path.is_file() or path.read_bytes() != encode(facts):
            state.mkdir(exist_ok=True)
            replace(str(path), encode(facts))
    except (OSError, RunpagesError):
        return  # A workspace that is read-only can be built all the same.
