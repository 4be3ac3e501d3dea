"""Finds runs and reads them: by id, listed with filters, and as parents and children of one another."""

from __future__ import annotations

import os
import time

from . import _classes, guest, nested
from .coerce import quoted, sequence, whole_number
from .format import status
from .format.errors import FormatError, UserError
from .metadata import git_properties, one_tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike
    from typing import Any

    from .experiment import Experiment
    from .format.records import ExperimentRecord, RunRecord
    from .run import Run
    from .workspace import Workspace

_ORIGINAL = {"script": "azureml.scriptrun"}
"""What the Azure ML SDK calls a type of runs."""


def _format() -> tuple[Any, Any]:
    """The modules that find and read folders, loaded when one is first looked at: they need ``re`` and ``typing``."""
    from .format import discovery, read

    return discovery, read


# --- reading ---


def head(folder: str) -> RunRecord:
    """What the run in a folder is, without what it logged."""
    record: RunRecord = _format()[1].read_head(folder, now=time.time())
    return record


def whole(folder: str) -> RunRecord:
    """The run in a folder, with what it logged."""
    record: RunRecord = _format()[1].read_run(folder, now=time.time())
    return record


def experiment(folder: str) -> ExperimentRecord:
    """What the experiment in a folder is, without its runs."""
    record: ExperimentRecord = _format()[1].read_experiment(folder)
    return record


def document(path: str) -> dict[str, Any]:
    """A JSON document as it is; empty where it cannot be read."""
    content: dict[str, Any] = _format()[1].read_document(path, [])
    return content


def experiments(workspace: str) -> Sequence[str]:
    """The names of the folders of a workspace that are experiments."""
    names: Sequence[str] = _format()[0].find(workspace).experiments
    return names


def is_run(folder: str) -> bool:
    """Whether a folder is a run."""
    return bool(_format()[0].is_run(folder))


# --- finding ---


def folder_of(experiment_folder: str, run_id: object) -> str | None:
    """The folder of a run by its id, which is the folder's name; None where there is none."""
    if not isinstance(run_id, str) or os.path.basename(run_id) != run_id or run_id.startswith("."):
        return None
    folder = os.path.join(experiment_folder, run_id)
    try:
        return folder if run_id and is_run(folder) else None
    except ValueError:  # No folder can have such a name.
        return None


def folder_in(experiment: Any, run_id: object) -> str:
    """The folder of a run of an experiment; raises UserError where there is none, and for no experiment."""
    known = _classes.checked_experiment(experiment)
    folder = folder_of(known.folder, run_id)
    if folder is None:
        raise UserError(f"experiment {known.name!r} has no run {quoted(run_id)} in {known.folder}")
    return folder


def anywhere(workspace: str, run_id: str) -> str:
    """The folder of a run by its id in any experiment of a workspace; raises UserError where there is none."""
    for name in experiments(workspace):
        folder = folder_of(os.path.join(workspace, name), run_id)
        if folder:
            return folder
    raise UserError(f"the workspace {workspace} has no run {quoted(run_id)}")


def find_run(given: str, root: str | PathLike[str] | None) -> str:
    """The folder of a run by its folder, by its id, or by the name of its experiment's folder with its id behind it.

    The workspace is ``root``, else as for ``start``. Raises UserError where there is no such run.
    """
    if is_run(given):
        return given
    workspace = _classes.workspace(root=root).root
    above, _, run_id = given.rpartition("/")
    known = above and above in experiments(workspace)
    folder = folder_of(os.path.join(workspace, above), run_id) if known else None
    return folder or anywhere(workspace, given)


def heads(experiment_folder: str) -> list[RunRecord]:
    """What every run of an experiment is, the newest start first; a newer format is passed over with a warning."""
    found = []
    for name in sorted(os.listdir(experiment_folder)) if os.path.isdir(experiment_folder) else ():
        folder = folder_of(experiment_folder, name)
        try:
            if folder:
                found.append(head(folder))
        except FormatError as error:
            import warnings

            warnings.warn(str(error), RuntimeWarning, stacklevel=3)
    return sorted(found, key=lambda run: (run.started or run.created or 0.0, run.number or 0), reverse=True)


def descendants(family: list[RunRecord], run_id: str, *, recursive: bool) -> list[RunRecord]:
    """The children of a run in the order of their numbers; with ``recursive`` theirs follow."""
    found: list[RunRecord] = []
    waiting, seen = [run_id], {run_id}
    while waiting:
        parent = waiting.pop(0)
        for head in sorted(family, key=lambda head: (head.number or 0, head.id)):
            if head.parent == parent and head.id not in seen:  # A folder made by hand may be its own ancestor.
                seen.add(head.id)
                found.append(head)
                waiting += [head.id] if recursive else []
    return found


def passing(
    runs: list[RunRecord],
    *,
    type: str | None = None,
    tags: Any = None,
    properties: Any = None,
    status: str | None = None,
) -> list[RunRecord]:
    """The runs that pass the filters of the tracked-run API.

    ``tags`` and ``properties`` take a key that has to be there, or a dictionary of which every pair has to match;
    raises ValueError for any other type.
    """
    check_filter("tags", tags)
    check_filter("properties", properties)
    for name, given in (("type", type), ("status", status)):
        if given is not None and not isinstance(given, str):
            raise ValueError(f"{name}= must be a string, not {given.__class__.__qualname__}")
    return [
        run
        for run in runs
        if has(run.tags, tags)
        and (properties is None or has({**git_properties(run.environment), **run.properties}, properties))
        and type in (None, run.type, _ORIGINAL.get(run.type or ""))
        and status in (None, run.status)
    ]


def check_filter(name: str, given: Any) -> None:
    """Raise ValueError for a filter by tags or properties that is neither a key nor a dictionary."""
    if given is not None and not isinstance(given, (str, dict)):
        raise ValueError(f"{name}= must be a key or a dictionary, not {given.__class__.__qualname__}")


def has(tags: dict[str, Any], wanted: Any) -> bool:
    """Whether known tags have a key, or every pair of a dictionary; without a filter all pass."""
    if wanted is None or isinstance(wanted, str):
        return wanted is None or wanted in tags
    return all(
        key in tags and tags[key] == (None if value is None else nested.text(value)) for key, value in wanted.items()
    )


DEFAULT = "default"
"""The name of the experiment where ``start`` is given none."""


def home(workspace: Workspace, name: str | None) -> tuple[Experiment, Run | None]:
    """Where a run belongs that a process starts: its experiment, and its parent.

    The parent is the run that the process was started for. Children lie beside it, so a run of another workspace or
    experiment has none.
    """
    given = _classes.experiment(workspace, DEFAULT if name is None else name)
    parent = guest.of_environment()
    if parent is None or not folder_of(parent._experiment.folder, parent.id):  # Its folder may be gone.
        return given, None
    if not _same(parent._experiment.workspace.root, workspace.root):
        return given, None
    if name is not None and not _same(parent._experiment.folder, given.folder):
        return given, None
    return parent._experiment, parent


def _same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def parent(run: Run) -> Run | None:
    """The run that made this one; None at the top, and where its folder is gone."""
    above = run._state.document["parent"]
    folder = folder_of(run._experiment.folder, above) if above else None
    return run._experiment._run_in(folder) if folder else None


def child(run: Run, name: str | None, run_id: str | None, outputs: bool | str | Sequence[str]) -> Run:
    """Begin a child of a run in this process."""
    kind = run._experiment._class_of(None)
    return kind._begin(run._experiment, name=name, run_id=run_id, outputs=outputs, parent=run)


def make_children(run: Run, count: int | None, tag_key: str | None, tag_values: Sequence[Any] | None) -> Sequence[Run]:
    """Make children that are not started: ``count``, or one for each value of a tag."""
    by_tag = tag_key is not None and tag_values is not None
    if (count is not None) == by_tag or (tag_key is None) != (tag_values is None):
        raise UserError("create_children needs count=, or tag_key= and tag_values=")
    kind = run._experiment._class_of(None)
    values: Sequence[Any]
    if by_tag:
        key, values = tag_key, sequence(tag_values, "tag_values= must be a list of values")
    else:
        key, values = "azureml.batch_child_number", range(whole_number(count, "count="))
    tags = [one_tag(key, value) for value in values]
    return [kind._begin(run._experiment, tags=tag, parent=run, word=status.NOT_STARTED) for tag in tags]
