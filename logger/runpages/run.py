"""A run: the record of one trial, written while it goes on, and read back."""

from __future__ import annotations

import os
import time

from . import _lifecycle, context, guest, query, ranks
from ._failure import failure
from ._lifecycle import warn
from ._state import settled
from .files import Files
from .format import layout, status
from .format.begin import run_folder, run_number
from .format.errors import ConflictError, StorageError, UserError
from .format.write import replace
from .hierarchy import Relations
from .jobs.waiting import Given, Submitted
from .log import Log
from .media import Media
from .metadata import parameters, tagged, words
from .model import Models
from .snapshot.calls import Snapshots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from types import TracebackType
    from typing import Any

    from .experiment import Experiment
    from .format.records import RunRecord
    from .workspace import Workspace

KIND = "script"
"""The type of a run whose script was submitted."""

_now = time.time


class Run(Log, Media, Snapshots, Files, Models, Relations, Submitted, Given):
    """A run that this process logs to, or one that is there already.

    ``runpages.start`` and ``Experiment.start_logging`` begin one; ``Run(experiment, run_id)`` takes one that is
    there, to read it or to add to it, and raises UserError where there is none. A call that returned survives the
    death of the process. Safe to use from threads; a forked child writes files of its own. It can be passed to other
    processes, which then add to it and do not end it. As a context manager it ends with the block: ``Completed``,
    ``Failed`` with the traceback of an exception, or ``Canceled`` by Ctrl-C. The exception goes on to the caller.
    """

    _collect: Callable[[Run], tuple[dict[str, Any], list[str]]] = staticmethod(lambda run: ({}, []))

    def __init__(self, experiment: Experiment, run_id: str, outputs: Any = None) -> None:
        folder = query.folder_of(experiment.folder, run_id)
        if folder is None:
            raise UserError(f"experiment {experiment.name!r} has no run {run_id!r} in {experiment.folder}")
        from .format.read import read_head

        self._take(experiment, folder, settled(read_head(folder, now=_now())), owner=False)

    @staticmethod
    def _known(experiment: Experiment, head: RunRecord) -> Run:
        """A run that was read already, of the class that it is of."""
        from .kinds import of

        kind = of(experiment.workspace.root, head.type)
        run = kind.__new__(kind)
        run._take(experiment, head.folder, settled(head), owner=False)
        return run

    # --- beginning ---

    @classmethod
    def _begin(
        cls,
        experiment: Experiment,
        *,
        name: str | None = None,
        params: Any = None,
        tags: Any = None,
        description: str | None = None,
        outputs: bool | str | Sequence[str] | None = False,
        make_outputs: bool = False,
        capture: bool | Collection[str] = False,
        parent: Run | None = None,
        run_id: str | None = None,
        word: str = status.RUNNING,
        surroundings: dict[str, Any] | None = None,
        more: dict[str, Any] | None = None,
    ) -> Run:
        from .capture.environment import PATCH, environment, parts, uncommitted
        from .capture.outputs import Outputs

        chosen: Collection[str] = parts(capture)
        given = {
            "name": words("name", name),
            "description": words("description", description),
            "params": parameters({} if params is None else params),
            "tags": tagged({} if tags is None else tags),
        }
        collection = Outputs(outputs, make=make_outputs, apart=experiment.workspace.root, parent=parent)
        if parent is not None and surroundings is None:  # Both are of this process, and what it is was noted.
            surroundings, chosen, diff = parent._document.get("environment", {}), parent._capture, b""
        else:
            surroundings = environment(chosen) | (surroundings or {})
            diff = uncommitted(chosen)
        if diff:
            surroundings = {**surroundings, "git": {**surroundings.get("git", {}), "diff": PATCH}}
        now = layout.iso_time(_now())
        identity, folder = _place(experiment, run_id)
        document = {
            "format": 1,
            "id": identity,
            "experiment": experiment.name,
            "name": None,
            "number": run_number(experiment.folder, layout.STATE),
            "type": None,
            "status": word,
            "created": now,
            "started": now if word == status.RUNNING else None,
            "ended": None,
            "owner": ranks.owner(),
            "parent": parent.id if parent else None,
            "description": None,
            "properties": {},
            "environment": surroundings,
            **given,
            **(more or {}),
        }
        run = cls.__new__(cls)
        run._take(experiment, folder, document, owner=True, ends=word == status.RUNNING)
        run._capture = chosen
        if diff:
            replace(os.path.join(folder, PATCH), diff)
        run._save()
        run._collect = collection.begin(run)
        if run._ends:
            _lifecycle.watch(run)
        return run

    @staticmethod
    def start_logging(experiment: Experiment, **how: Any) -> Run:
        """The same as ``experiment.start_logging(...)``."""
        return experiment.start_logging(**how)

    def start(self) -> None:
        """Begin a run that was made and not started; from now on it ends with this process."""
        with self._recorder.lock:
            if not self._is_elsewhere():
                self._own(started=layout.iso_time(_now()))

    def _own(self, **change: Any) -> None:
        """Go on with the run from now on, which ends with this process."""
        owned = {"status": status.RUNNING, "ended": None, "error": None, "exit": None, "owner": ranks.owner()}
        self._save({**owned, **change})
        self._ends = True
        _lifecycle.watch(self)

    # --- the end ---

    def complete(self) -> None:
        """End the run as ``Completed``, after collecting the output folders. A run that has ended stays as it is.

        A script that was submitted, or that ``runpages run`` runs, ends its run by its exit code: in it ``complete``,
        ``fail`` and ``cancel`` only flush; the error of ``fail`` is kept, and ``cancel`` warns. From outside only
        ``cancel`` ends it; the others warn.
        """
        self._ask(status.COMPLETED)

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """End the run as ``Failed``, with a text or an exception that says why; raises TypeError for anything else."""
        if error_details is not None and not isinstance(error_details, (str, BaseException)):
            raise TypeError(f"error_details takes a text or an exception, and this is {type(error_details).__name__}")
        _lifecycle.make_room()  # What says why may have to be loaded.
        bare = self._owner and "host" not in self._capture
        self._ask(status.FAILED, failure(error_details, error_code, bare=bare))

    def cancel(self) -> None:
        """End the run as ``Canceled``, after collecting the output folders; see ``complete`` for submitted scripts."""
        self._ask(status.CANCELED)

    def _end_by(self, error: BaseException | None) -> None:
        """End the run as the exception says that left the script or the block."""
        if error is None or _lifecycle.finished(error):
            self.complete()
        elif _lifecycle.canceled(error):
            self.cancel()
        else:
            self.fail(error)

    def _end(self, word: str, error: dict[str, Any] | None = None) -> None:
        _lifecycle.make_room()
        said: dict[str, Any] = {}
        remarks: list[str] = []
        try:
            self._end_beside()
            with self._recorder.lock:
                if self.status in status.TERMINAL:
                    return
                _lifecycle.forget(self)
                try:
                    said, remarks = self._collect(self)
                finally:
                    self._close(word, error, said)
        finally:
            _lifecycle.ended()
        for remark in remarks:
            warn(remark)

    def _close(self, word: str, error: dict[str, Any] | None, said: dict[str, Any]) -> None:
        ended = {**said, "status": word, "ended": layout.iso_time(_now()), **({"error": error} if error else {})}
        self._close_log()
        if self._owner and "host" not in self._capture:
            ended["owner"] = {"pid": self._document["owner"]["pid"]}
        self._save(ended, sync=True)
        self._close_log()

    def __enter__(self) -> Run:
        if self.status == status.NOT_STARTED:
            self.start()
        context.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        context.leave(self)
        if not self._ends:
            return  # A forked child leaves the block, or a guest; the run is its own process's.
        try:
            self._end_by(error)
        except StorageError as refusal:
            if error is None:
                raise
            # The exception that ends the block matters more than that the disk does not take it.
            warn(f"run {self.id} could not be ended: {refusal}")

    def flush(self, timeout_seconds: float = 300, *, sync: bool = False) -> None:
        """Do nothing: every call has written what it logged. ``sync`` makes it outlive a power cut as well."""
        for recorder in self._recorders() if sync else ():
            recorder.sync()

    def _forked(self) -> None:
        mine = self._owner or self._ends
        super()._forked()
        self._collect = lambda run: ({}, [])
        if mine:
            guest.adopt(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, a run is its folder: in its own process it is itself again, in every other one a guest of it."""
        return guest.restored, (self.folder,)

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, memo: Any) -> Run:
        return self

    # --- what it is ---

    @property
    def id(self) -> str:
        """The id, which is the name of its folder."""
        return str(self._document["id"])

    @property
    def number(self) -> int | None:
        """The number within the experiment; gaps are legal, the id is the identity."""
        number: int | None = self._document["number"]
        return number

    @property
    def type(self) -> str | None:
        """What kind of run it is; None for one that a script or a notebook began by itself."""
        kind: str | None = self._document["type"]
        return kind

    @property
    def status(self) -> str | None:
        """The state as this process last saw it, such as ``Running``; None for a folder made by hand."""
        word: str | None = self._document["status"]
        return word

    def get_status(self) -> str | None:
        """The state as it is now, unless the run has ended."""
        if not self._owner and self.status not in status.TERMINAL:
            head = self._read_head()
            self._document = {**self._document, **settled(head)}
            if head.status == status.NOT_RESPONDING and self.type == KIND:
                from .jobs.waiting import settle

                settle(self)
        return self.status

    def get_details(self) -> dict[str, Any]:
        """A dictionary with ``runId``, ``status``, ``startTimeUtc``, ``endTimeUtc``, ``properties``, ``logFiles``, …"""
        from .azure_shapes import details

        return details(self._read_head(), self.get_properties())

    def get_portal_url(self) -> str:
        """The address of the run's page in the built site, or of where it will be."""
        from . import azure_shapes

        return azure_shapes.of_run(self._experiment.workspace.root, self.folder)

    def __repr__(self) -> str:
        return f"Run(Experiment: {self._experiment.name},\nId: {self.id},\nType: {self.type},\nStatus: {self.status})"

    def _repr_html_(self) -> str:
        from .azure_shapes import table

        page = ("Link to the page", self.get_portal_url())
        return table(
            self._experiment.workspace.root,
            Experiment=self._experiment.name,
            Id=self.id,
            Type=self.type,
            Status=self.get_status(),
            **{"Details Page": page},
        )

    # --- reading back ---

    def get_metrics(
        self, name: str | None = None, recursive: bool = False, run_type: str | None = None, populate: bool = False
    ) -> dict[str, Any]:
        """What was logged, by name, or only ``name`` (an empty dictionary where there is no such).

        A scalar logged once is the value, more often a list; a list of one element is the element; a row or table of
        one row is a dictionary of scalars, else of lists, with None where a row lacks a column. A picture or a chart
        is its path in the run, several a list of paths; with ``populate`` an object with ``filename``, ``data`` (its
        bytes), ``data_location`` and ``metric_type``. ``recursive`` gives a dictionary by run id, of the run and of
        its descendants of ``run_type`` that logged something.
        """
        from .azure_shapes import shapes

        found = shapes(self._read(), populate=populate)
        if name is not None:
            found = {key: found[key] for key in (name,) if key in found}
        if not recursive:
            return found
        below = {run.id: run.get_metrics(name, populate=populate) for run in self.get_children(True, type=run_type)}
        return {self.id: found, **{key: metrics for key, metrics in below.items() if metrics}}

    # --- other runs ---

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """A run of any experiment by its id; raises UserError where there is none."""
        return workspace.get_run(run_id)

    @staticmethod
    def list(
        experiment: Experiment,
        type: str | None = None,
        tags: Any = None,
        properties: Any = None,
        status: str | None = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """The runs of an experiment, the newest first, as ``Experiment.get_runs``; ``status`` is one more filter."""
        return experiment.get_runs(type, tags, properties, include_children, status=status)

    @staticmethod
    def get_context(allow_offline: bool = True) -> Run:
        """The run that goes on here.

        That is the innermost run of this thread or task, else the latest of this process; else the run that goes on in
        the process that started this one, which this one adds to and does not end; else the run that ``submit`` or
        ``runpages run`` made for this process. Where there is none, an offline run: it takes every call, and is thrown
        away with the process, as a line on stderr says. Raises RunEnvironmentError instead with
        ``allow_offline=False``.
        """
        run = _lifecycle.current() or guest.of_parent() or guest.of_environment()
        if run is None:
            from .kinds import offline

            run = offline(allowed=allow_offline)
        return run

    @staticmethod
    def get_submitted_run() -> Run:
        """The same as ``get_context(allow_offline=False)``, by its old name."""
        return Run.get_context(allow_offline=False)


def _place(experiment: Experiment, run_id: str | None) -> tuple[str, str]:
    """A new folder for a run, with its id; raises ConflictError where a given id is taken."""
    if run_id is not None:
        if layout.file_name(run_id) != run_id:
            raise UserError(f"a run id has letters, digits, '_' and '-', 120 at most, and this is {run_id!r}")
        if os.path.lexists(os.path.join(experiment.folder, run_id)):
            raise ConflictError(f"experiment {experiment.name!r} has a run {run_id!r} already; choose another id")
    experiment._create()
    return run_folder(experiment.folder, lambda: run_id or layout.run_id(_now()))
