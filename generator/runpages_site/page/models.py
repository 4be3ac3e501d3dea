"""Builds the tables of registered models: of one run, and of all runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from posixpath import basename
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import RunRecord
from runpages.format.registered import RegisteredModel

from .. import select, text
from ..model import ExperimentEntry, Published
from ..text import number
from . import link
from .components import EMPTY, Link, Tags, Time, tags, time


class ModelRow(NamedTuple):
    """A version of a model in a run's table."""

    name: str
    description: Markup
    version: str
    artifact: Link
    framework: str
    tags: Tags
    created: Time | None


class LatestModelRow(NamedTuple):
    """A model in the home page's table: its latest version and its run."""

    name: str
    version: str
    versions: str
    run: Link
    experiment: str
    tags: Tags
    created: Time | None


def model_rows(models: Sequence[RegisteredModel], record: RunRecord, published: Published) -> tuple[ModelRow, ...]:
    """The models of a run by name, latest version first."""
    files = {file.name: published.files[file.file] for file in record.artifacts if file.file in published.files}
    ordered = sorted(models, key=lambda model: (model.name, -model.version))
    return tuple(_row(model, files, published) for model in ordered)


def _row(model: RegisteredModel, files: Mapping[str, str], published: Published) -> ModelRow:
    framework = " ".join(filter(None, (model.framework, model.framework_version)))
    return ModelRow(
        name=text.brief(model.name),
        description=Markup(text.folded(model.description)) if model.description else EMPTY,  # noqa: S704 - it is escaped
        version=str(model.version),
        artifact=_artifact(model.artifact, files, published),
        framework=text.brief(framework),
        tags=tags(model.tags),
        created=time(model.created),
    )


def _artifact(name: str, files: Mapping[str, str], published: Published) -> Link:
    """The link to a file, or from a folder to the outputs; plain text if not published."""
    shown = text.brief(name)
    if name in files:
        return Link(shown, link.between(published.path, files[name]), basename(name))
    return Link(shown, "#outputs" if any(file.startswith(f"{name}/") for file in files) else "")


def latest_models(source: str, entries: Sequence[ExperimentEntry]) -> tuple[LatestModelRow, ...]:
    """The latest models of all experiments by name, for the page at ``source``."""
    experiments = {model.run: entry.name for entry in entries for model in entry.models}
    return tuple(
        LatestModelRow(
            name=model.name,
            version=str(model.version),
            versions=number.integer(model.versions),
            run=Link(model.title, link.between(source, model.run)),
            experiment=experiments[model.run],
            tags=tags(model.tags),
            created=time(model.created),
        )
        for model in select.latest(model for entry in entries for model in entry.models)
    )
