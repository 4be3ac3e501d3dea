"""The models of a workspace: read when one of their documents is new, and given to the runs that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from runpages.format import layout
from runpages.format.discovery import Found
from runpages.format.registered import MODELS, RegisteredModel, documents, read_models

from ..write.build_cache import NO_MODELS, Models
from . import run_folder, scan


def read(workspace: Path, before: Models, now: float) -> Models:
    """The models of a workspace; ``before`` are those of the last build, which are still right if no document is new.

    ``now`` is in seconds since the epoch.
    """
    paths = [one.path for one in documents(str(workspace), MODELS)]
    if not paths:
        return NO_MODELS
    stamp = scan.stamp_of_files(str(workspace), paths)
    if stamp.key == before.key:
        return before
    models, problems = read_models(str(workspace))
    return Models(stamp.key if stamp.is_sure(now) else "", tuple(models), tuple(problems))


def with_models(found: Found, models: Sequence[RegisteredModel], workspace: Path) -> Found:
    """What was found, each run ``seen`` with the models that come from it, which are part of its key.

    A model names its run by the id and by the name of the experiment, which is its folder's, or in its document.
    """
    if not models:
        return found
    by_run: dict[str, list[RegisteredModel]] = {}
    for model in models:
        by_run.setdefault(model.run, []).append(model)

    @cache
    def said(folder: str) -> str:
        return run_folder.read_experiment(str(workspace / folder)).name

    def own(model: RegisteredModel, folder: str) -> bool:
        return layout.file_name(model.experiment) == folder or said(folder) == model.experiment

    runs = [
        run._replace(seen=run.seen.with_models(tuple(one for one in by_run[run.name] if own(one, run.experiment))))
        if run.name in by_run
        else run
        for run in found.runs
    ]
    return found._replace(runs=runs)
