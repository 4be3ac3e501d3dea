"""A run: the record of one trial, written while it goes on."""

from __future__ import annotations

import os
import time

from . import artifact, ending, value
from .ending import warn
from .format import layout, status
from .format.document import encode
from .format.errors import StorageError, UserError
from .format.write import replace, run_folder, run_number
from .log import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import TracebackType
    from typing import Any

    from .experiment import Experiment

_now = time.time


class Run(Log):
    """A run that this process logs to. Made by ``runpages.start`` and ``Experiment.start_logging``.

    A call that returned survives the death of the process. Safe to use from threads; a forked child writes files of
    its own. As a context manager it ends with the block: ``Completed``, ``Failed`` with the traceback of an
    exception, or ``Canceled`` by Ctrl-C. The exception goes on to the caller.
    """

    def __init__(self, experiment: Experiment, folder: str, document: dict[str, Any], capture: Collection[str]) -> None:
        super().__init__(folder)
        self.experiment = experiment
        self._document = document
        self._capture = capture
        self._owner = True
        self._collect: Callable[[Run], None] = lambda run: None

    # --- beginning and end ---

    @classmethod
    def _begin(
        cls,
        experiment: Experiment,
        *,
        name: str | None,
        params: dict[str, Any] | None,
        tags: dict[str, Any] | None,
        description: str | None,
        outputs: bool | str | Sequence[str] | None,
        make_outputs: bool,
        capture: bool | Collection[str],
    ) -> Run:
        from .capture import environment, parts
        from .collect import Collection as Outputs

        chosen = parts(capture)
        given = {
            "name": _text("name", name),
            "description": _text("description", description),
            "params": _params(params or {}),
            "tags": _tags(tags or {}),
        }
        collection = Outputs(outputs, make=make_outputs, apart=experiment.workspace.root)
        surroundings = environment(chosen)
        now = _now()
        experiment._create()
        run_id, folder = run_folder(experiment.folder, lambda: layout.run_id(_now()))
        document = {
            "format": 1,
            "id": run_id,
            "experiment": experiment.name,
            "name": None,
            "number": run_number(experiment.folder, layout.STATE),
            "type": None,
            "status": status.RUNNING,
            "created": layout.iso_time(now),
            "started": layout.iso_time(now),
            "ended": None,
            "owner": status.owner(),
            "parent": None,
            "description": None,
            "properties": {},
            "environment": surroundings,
            **given,
        }
        run = cls(experiment, folder, document, chosen)
        run._save()
        run._collect = collection.into
        ending.watch(run)
        return run

    @staticmethod
    def start_logging(experiment: Experiment, **how: Any) -> Run:
        """The same as ``experiment.start_logging(...)``."""
        return experiment.start_logging(**how)

    def complete(self) -> None:
        """End the run as ``Completed``, after collecting the output folders. A run that has ended stays as it is."""
        self._end(status.COMPLETED)

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """End the run as ``Failed``, with a text or an exception that says why; raises TypeError for anything else."""
        if error_details is not None and not isinstance(error_details, (str, BaseException)):
            raise TypeError(f"error_details takes a text or an exception, and this is {type(error_details).__name__}")
        self._end(status.FAILED, _error(error_details, error_code, bare="host" not in self._capture))

    def cancel(self) -> None:
        """End the run as ``Canceled``, after collecting the output folders."""
        self._end(status.CANCELED)

    def _end_by(self, error: BaseException | None) -> None:
        """End the run as the exception says that left the script or the block."""
        if error is None or (isinstance(error, SystemExit) and ending.succeeded(error.code)):
            self.complete()
        elif isinstance(error, KeyboardInterrupt):
            self.cancel()
        else:
            self.fail(error)

    def _end(self, word: str, error: dict[str, Any] | None = None) -> None:
        with self._recorder.lock:
            if self.status in status.TERMINAL:
                return
            ending.forget(self)
            try:
                self._collect(self)
            finally:
                self._close(word, error)

    def _close(self, word: str, error: dict[str, Any] | None) -> None:
        ended: dict[str, Any] = {"status": word, "ended": layout.iso_time(_now())}
        if error:
            ended["error"] = error
        self._close_log()
        if self._owner and "host" not in self._capture:
            ended["owner"] = {"pid": self._document["owner"]["pid"]}
        self._save(ended, sync=True)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._owner:
            return  # A forked child leaves the block; the run is its parent's.
        try:
            self._end_by(error)
        except StorageError as refusal:
            if error is None:
                raise
            # The exception that ends the block matters more than that the disk does not take it.
            warn(f"run {self.id} could not be ended: {refusal}")

    def flush(self, timeout_seconds: float = 300, *, sync: bool = False) -> None:
        """Do nothing: every call has written what it logged. ``sync`` makes it outlive a power cut as well."""
        if sync:
            self._recorder.sync()

    # --- what it is ---

    @property
    def id(self) -> str:
        """The id, which is the name of its folder."""
        return str(self._document["id"])

    @property
    def number(self) -> int:
        """The number within the experiment; gaps are legal, the id is the identity."""
        return int(self._document["number"])

    @property
    def name(self) -> str:
        """What it was called, else its id."""
        return self._document["name"] or self.id

    @property
    def status(self) -> str:
        """The state, such as ``Running`` or ``Completed``."""
        return str(self._document["status"])

    @property
    def tags(self) -> dict[str, str | None]:
        """A copy of the tags."""
        return dict(self._document["tags"])

    @property
    def params(self) -> dict[str, Any]:
        """A copy of the parameters, nested as they were given."""
        return dict(self._document["params"])

    def __repr__(self) -> str:
        kind = self._document["type"]
        return f"Run(Experiment: {self.experiment.name},\nId: {self.id},\nType: {kind},\nStatus: {self.status})"

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag: a key with an optional text. Another type of value becomes its text."""
        self.set_tags({key: value})

    def set_tags(self, tags: dict[str, Any]) -> None:
        """Set several tags; the others stay."""
        self._change("tags", _tags(tags))

    def log_params(self, params: dict[str, Any]) -> None:
        """Add parameters: nested dictionaries of plain values; a name that is there is replaced."""
        self._change("params", _params(params))

    def _change(self, key: str, added: dict[str, Any]) -> None:
        with self._recorder.lock:
            self._save({key: {**self._document[key], **added}}, told={key: added})

    def _save(
        self, change: dict[str, Any] | None = None, *, told: dict[str, Any] | None = None, sync: bool = False
    ) -> None:
        """Write the document with a change; a disk that refuses leaves the run as it was.

        What does not own the run notes the change in a file of its own, as ``told`` where that is shorter.
        """
        document = {**self._document, **(change or {})}
        if self._owner:
            replace(os.path.join(self.folder, layout.RUN), encode(document), sync=sync)
        else:
            self._recorder.change(**(told or change or {}))
        self._document = document

    # --- files ---

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> None:
        """Keep a file as an artifact under ``name``, with ``/`` between folders; a path or a binary stream.

        Raises ConflictError for a name that ``get_file_names`` lists, UserError for a name that would leave the run
        and for other types, FileNotFoundError for a missing file.
        """
        artifact.store(self.folder, name, path_or_stream)

    def get_file_names(self) -> list[str]:
        """The names of all files: artifacts as given, and what lies in ``logs``, ``images``, ``media``, ``charts``."""
        return artifact.names(self.folder)

    # --- reading back ---

    def get_metrics(self, name: str | None = None) -> dict[str, Any]:
        """What was logged, by name, or only ``name`` (an empty dictionary where there is no such).

        A scalar logged once is the value, more often a list; a list of one element is the element; a row or table of
        one row is a dictionary of scalars, else of lists, with None where a row lacks a column. A picture or a chart
        is its path in the run, several a list of paths.
        """
        from .format.read import read_run
        from .metrics import shapes

        found = shapes(read_run(self.folder, now=_now()))
        return found if name is None else {key: found[key] for key in (name,) if key in found}

    def get_portal_url(self) -> str:
        """The address of the run's page in the built site, or of where it will be."""
        from . import place

        return place.of_run(self.experiment.workspace.root, self.folder)

    def _forked(self) -> None:
        self._go_on_as_child()
        self._owner = False
        self._collect = lambda run: None


def _error(details: str | BaseException | None, code: str | None, *, bare: bool) -> dict[str, Any]:
    if not isinstance(details, BaseException):
        return {"code": code or "UserError", "message": details or ""}
    import traceback

    trace = "".join(traceback.format_exception(details))
    return {
        "code": code or "UserError",
        "message": str(details),
        "type": f"{type(details).__module__}.{type(details).__qualname__}".removeprefix("builtins."),
        "traceback": _without_places(trace) if bare else trace,
    }


def _without_places(trace: str) -> str:
    """The traceback without what it tells of this machine: file names relative to where modules are found."""
    import re
    import sys

    try:
        here = os.getcwd()
    except OSError:  # Somebody removed the working folder.
        here = ""
    starts = sorted({os.path.join(place, "") for place in (here, *sys.path)} - {"", os.sep}, key=len, reverse=True)

    def relative(found: re.Match[str]) -> str:
        path = found[0]
        start = next((start for start in starts if path.startswith(start)), "")
        return path.removeprefix(start) if start or not os.path.isabs(path) else os.path.basename(path)

    return re.sub(r'(?<=File ").+?(?=", line \d)', relative, trace)


def _params(params: Any) -> dict[str, Any]:
    if not hasattr(params, "keys"):
        raise UserError(f"params are a dictionary name -> value, and this is a {type(params).__qualname__}")
    return dict(value.document(dict(params)))


def _text(what: str, text: Any) -> str | None:
    if text is not None and not isinstance(text, str):
        raise UserError(f"the {what} of a run is a text, and this is a {type(text).__qualname__}")
    return text


def _tags(tags: dict[str, Any]) -> dict[str, str | None]:
    if not isinstance(tags, dict):
        raise UserError(f"tags are a dictionary key -> text, and this is a {type(tags).__qualname__}")
    return {str(key): None if text is None else str(text) for key, text in tags.items()}
