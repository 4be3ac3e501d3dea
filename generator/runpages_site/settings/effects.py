"""Applies settings: which runs are in the site, and what is shown of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

from runpages.format.discovery import Found
from runpages.format.layout import name_of
from runpages.format.records import ExperimentRecord, RunRecord, Series
from runpages.format.registered import RegisteredModel

from ..packed import FoundRuns
from . import ExperimentSettings, Hide, Limits, Settings

if TYPE_CHECKING:  # Loaded where there is something to render.
    from ..model import ExperimentSummary, RunSummary

T = TypeVar("T")


def is_hidden(patterns: Iterable[str], *names: str | None) -> bool:
    """Whether a pattern matches one of the names."""
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names if name is not None)


def experiment_settings(settings: Settings, *names: str | None) -> ExperimentSettings:
    """The settings of an experiment, by the first of its names that has any."""
    experiments = settings.experiments
    return next((experiments[name] for name in names if name is not None and name in experiments), ExperimentSettings())


def is_experiment_hidden(settings: Settings, *names: str | None) -> bool:
    """Whether an experiment is hidden, by a pattern or by its own settings."""
    return experiment_settings(settings, *names).hidden or is_hidden(settings.hide.experiments, *names)


def goal_of(overrides: ExperimentSettings, metric: str, stated: str | None) -> str | None:
    """The goal of a metric, ``min`` or ``max``; ``stated`` is the goal from the run."""
    return main_goal(overrides, metric, stated) if metric == overrides.metric else overrides.goals.get(metric, stated)


def main_goal(overrides: ExperimentSettings, metric: str, stated: str | None) -> str | None:
    """The goal of the main metric, whether the settings name it or it was inferred from the runs."""
    return overrides.goals.get(metric, overrides.goal or stated)


def unseen(settings: Settings) -> tuple[str, ...]:
    """The patterns of runs of which nothing is in the site."""
    return (*settings.hide.runs, *settings.private)


PRIVATE = "private"
"""The tag of runs that never leave the workspace."""

_PUBLIC = ("false", "no", "off", "0")


def is_private(tags: Mapping[str, str | None]) -> bool:
    """Whether the tags of a run keep it out of the site: a tag ``private`` that says nothing else."""
    return PRIVATE in tags and (tags[PRIVATE] or "").strip().lower() not in _PUBLIC


def visible_runs(listing: Found, settings: Settings) -> Found:
    """The folders found, without hidden experiments and runs."""
    experiments = [name for name in listing.experiments if not is_experiment_hidden(settings, name, name_of(name))]
    if len(experiments) == len(listing.experiments) and not unseen(settings):
        return listing
    visible = frozenset(experiments)
    runs = (run for run in listing.runs if run.experiment in visible and not is_hidden(unseen(settings), run.name))
    return listing._replace(experiments=experiments, runs=FoundRuns(runs))


def visible_by_name(listing: Found, names: Mapping[str, tuple[str, ...]], settings: Settings) -> Found:
    """The folders found, without experiments that are hidden by the name that only their document tells."""
    shown = {folder for folder, called in names.items() if not is_experiment_hidden(settings, *called)}
    if len(shown) == len(names):
        return listing
    return listing._replace(
        experiments=[folder for folder in listing.experiments if folder in shown],
        runs=FoundRuns(run for run in listing.runs if run.experiment in shown),
    )


def without_hidden(patterns: Sequence[str], named: Mapping[str, T]) -> dict[str, T]:
    """The items whose names match no pattern."""
    return {name: value for name, value in named.items() if not is_hidden(patterns, name)}


def visible_params(patterns: Sequence[str], params: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The parameters that match no pattern, by dotted name or by that of a group around them."""
    left: dict[str, Any] = {}
    for key, value in params.items():
        name = f"{above}{key}"
        if is_hidden(patterns, name):
            continue
        if isinstance(value, Mapping) and value:
            value = visible_params(patterns, value, f"{name}.")
            if not value:
                continue
        left[key] = value
    return left


def visible_models(settings: Settings, models: Iterable[RegisteredModel]) -> list[RegisteredModel]:
    """The models registered from a run, without hidden tags."""
    return [model._replace(tags=without_hidden(settings.hide.tags, model.tags)) for model in models]


def of_runs(settings: Settings, *names: str | None) -> Settings:
    """The settings that an experiment's runs depend on; their pages are stale if these change."""
    overrides = experiment_settings(settings, *names)
    goals = ExperimentSettings(
        metric=overrides.metric,
        goal=overrides.goal if overrides.metric else None,
        goals=overrides.goals,
        tolerance=overrides.tolerance,
    )
    # A run may also be hidden by the name in its document.
    hide = settings.hide._replace(experiments=())
    name = next((name for name in names if name is not None), "")
    return Settings(
        title=settings.title,
        theme=settings.theme,
        base_url=settings.base_url,
        social_pictures="runs" if settings.social_pictures == "runs" else "off",
        secrets=settings.secrets,
        allow_secrets=settings.allow_secrets,
        redact=settings.redact,
        private=settings.private,
        hide=hide,
        limits=settings.limits._replace(site=Limits().site),
        experiments={name: goals},
    )


def published_settings(settings: Settings, title: str) -> str:
    """The settings in YAML as they are published: without the names of what is hidden or private and not in the site.

    Patterns of hidden metrics stay, since their points are in the published files.
    """
    import yaml

    shown = {name: one for name, one in settings.experiments.items() if not is_experiment_hidden(settings, name)}
    left = settings._replace(title=title, private=(), hide=Hide(metrics=settings.hide.metrics), experiments=shown)
    tree = _tree(left)
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=100)


def _tree(value: Any) -> Any:
    """Settings as plain values, without those that are as by default."""
    from .types import is_group

    if is_group(value):
        known = value._field_defaults
        return {name: _tree(one) for name, one in value._asdict().items() if name not in known or one != known[name]}
    if isinstance(value, Mapping):
        return {key: _tree(one) for key, one in value.items()}
    return list(map(_tree, value)) if isinstance(value, tuple) else value


def applied(record: RunRecord, settings: Settings, *names: str | None) -> RunRecord:
    """A run with the goals from the settings, and without what they hide.

    ``names`` are those of its experiment, by default the one in the run itself.
    """
    hide, overrides = settings.hide, experiment_settings(settings, *(names or (record.experiment,)))
    record = _without(record, hide) if hide != Hide(hide.experiments, hide.runs) else record
    return record._replace(series={name: _with_goal(one, overrides) for name, one in record.series.items()})


def _without(record: RunRecord, hide: Hide) -> RunRecord:
    tags, params = without_hidden(hide.tags, record.tags), visible_params(hide.params, record.params)
    # The document is published as well; other values are kept.
    document = dict(record.document)
    if isinstance(document.get("tags"), Mapping):
        document["tags"] = without_hidden(hide.tags, document["tags"])
    if isinstance(document.get("params"), Mapping):
        document["params"] = visible_params(hide.params, document["params"])
    return record._replace(
        tags=tags,
        params=params,
        document=document,
        series=without_hidden(hide.metrics, record.series),
        tables=[one for one in record.tables if not is_hidden(hide.metrics, one.name)],
        charts=[one for one in record.charts if not is_hidden(hide.metrics, one.name)],
        images=[one for one in record.images if not is_hidden(hide.metrics, one.name)],
        media=[one for one in record.media if not is_hidden(hide.metrics, one.name)],
    )


def _with_goal(series: Series, overrides: ExperimentSettings) -> Series:
    goal = goal_of(overrides, series.name, series.declared.goal)
    return series if goal == series.declared.goal else series._replace(declared=series.declared._replace(goal=goal))


def summarized(
    record: ExperimentRecord, path: str, runs: Iterable[RunSummary], overrides: ExperimentSettings
) -> ExperimentSummary:
    """An experiment with its runs, newest first, its main metric and goal; ``path`` is its page."""
    from .. import select, summaries
    from ..model import ExperimentSummary
    from ..summaries import KnownRuns

    ordered = runs if isinstance(runs, KnownRuns) else tuple(sorted(runs, key=age, reverse=True))
    metric, stated = select.main_metric(ordered)
    if overrides.metric is not None:
        metric = overrides.metric
        stated = summaries.stated_goal(ordered, metric)
    return ExperimentSummary(
        path=path,
        name=record.name,
        description=overrides.description or record.description,
        readme=record.readme,
        tags=record.tags,
        runs=ordered,
        metric=metric,
        goal=main_goal(overrides, metric, stated) if metric is not None else None,
    )


def age(run: RunSummary) -> tuple[float, int, str]:
    """By what runs are ordered."""
    return (run.started or run.created or run.last_write or 0.0, run.number or 0, run.id)
