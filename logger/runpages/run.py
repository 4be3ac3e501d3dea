"""A run: the record of one trial, written while it goes on, and read back."""

from __future__ import annotations

import os
import time

from . import _begin, _classes, _lifecycle, addresses, coerce, context, guest, offline, query, ranks
from ._error_info import error_of
from ._lifecycle import warn
from ._state import SCRIPT, RunState, settled
from .attachments import Attachments
from .capture.environment import parts
from .capture.outputs import Outputs
from .format import layout, status
from .format.errors import StorageError
from .jobs import waiting
from .log import Logging
from .metadata import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from types import TracebackType
    from typing import Any

    from ._state import Document
    from .experiment import Experiment
    from .jobs.config import ScriptRunConfig
    from .workspace import Workspace

_now = time.time


class Run(Logging, Attachments):
    """A run that this process logs to, or one that is there already.

    ``runpages.start`` and ``Experiment.start_logging`` begin one; ``Run(experiment, run_id)`` takes one that is
    there, to read it or to add to it, and raises UserError where there is none. A call that returned survives the
    death of the process. Safe to use from threads; a forked child writes files of its own. It can be passed to other
    processes, which then add to it and do not end it. As a context manager it ends with the block: ``Completed``,
    ``Failed`` with the traceback of an exception, or ``Canceled`` by Ctrl-C. The exception is passed on to the caller.
    """

    _collect: Callable[[Run], tuple[dict[str, Any], list[str]]] = staticmethod(lambda run: ({}, []))

    def __init__(self, experiment: Experiment, run_id: str, outputs: Any = None) -> None:
        folder = query.folder_in(experiment, run_id)
        self._take(experiment, folder, settled(query.head(folder)), owner=False)

    def _take(self, experiment: Experiment, folder: str, document: Document, **how: Any) -> None:
        """Take a folder as this run's; ``how`` is of its state."""
        self._experiment = experiment
        self.folder = folder
        self._log_to(RunState(folder, document, **how))
        _lifecycle.know(self)

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
        chosen = parts(capture)
        given = {**described(name, description, params, tags), **(more or {})}
        collection = Outputs(outputs, make=make_outputs, apart=experiment.workspace.root, parent=parent)
        environment, captured, diff = _begin.surroundings(chosen, surroundings, parent)
        now = layout.iso_time(_now())
        identity, folder = _begin.folder(experiment, run_id, _now)
        run = cls.__new__(cls)
        try:
            document = _begin.document(experiment, identity, now, word, parent, {"environment": environment, **given})
            run._take(experiment, folder, document, owner=True, ends=word == status.RUNNING, capture=captured)
            _begin.keep_patch(folder, diff)
            run._state.save()
        except BaseException:
            _begin.give_up(folder)
            raise
        run._collect = collection.begin(run)
        if run._state.ends:
            _lifecycle.watch(run)
        return run

    @staticmethod
    def start_logging(experiment: Experiment, **how: Any) -> Run:
        """The same as ``experiment.start_logging(...)``."""
        return experiment.start_logging(**how)

    def start(self) -> None:
        """Begin a run that was made and not started; from now on it ends with this process."""
        with self._state.recorder.lock:
            if not self._state.is_elsewhere:
                self._own(started=layout.iso_time(_now()))

    def _own(self, **change: Any) -> None:
        """Go on with the run from now on, which ends with this process."""
        owned = {"status": status.RUNNING, "ended": None, "error": None, "exit": None, "owner": ranks.owner()}
        self._state.save({**owned, **change})
        self._state.ends = True
        _lifecycle.watch(self)

    def _go_on(self) -> None:
        """Go on with a run that another process began, after what it has by now."""
        self._state.count_anew()
        self._log_to(self._state)
        self._own()

    def _hand_over(self) -> None:
        """Be a guest of the run that this process made."""
        self._close_log()
        state = self._state
        self._take(self._experiment, self.folder, state.document, owner=False, capture=state.capture)

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
            raise TypeError(f"error_details must be a string or an exception, not {type(error_details).__name__}")
        error_code = None if error_code is None else coerce.text(error_code, "error_code=")
        _lifecycle.make_room()  # What says why may have to be loaded.
        self._ask(status.FAILED, error_of(error_details, error_code, bare=self._state.hides_host))

    def cancel(self) -> None:
        """End the run as ``Canceled``, after collecting the output folders; see ``complete`` for submitted scripts."""
        self._ask(status.CANCELED)

    def _ask(self, word: str, error: dict[str, Any] | None = None) -> None:
        """End the run, unless it is for the process that was made for it to end it."""
        if self._state.is_elsewhere:
            waiting.ask(self, word, error)
        else:
            self._end(word, error)

    def _end(self, word: str, error: dict[str, Any] | None = None) -> None:
        """End the run, after collecting the output folders."""
        _lifecycle.end(self, word, error)

    def _close(self, word: str, error: dict[str, Any] | None, changes: dict[str, Any]) -> None:
        ended = {**changes, "status": word, "ended": layout.iso_time(_now()), **({"error": error} if error else {})}
        self._close_log()
        if self._state.hides_host:
            ended["owner"] = {"pid": self._state.document["owner"]["pid"]}
        self._state.save(ended, sync=True)
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
        if not self._state.ends:
            return  # A forked child leaves the block, or a guest; the run is its own process's.
        try:
            _lifecycle.end_by(self, error)
        except StorageError as refusal:
            if error is None:
                raise
            # The exception that ends the block matters more than that the disk does not take it.
            warn(f"run {self.id} could not be ended: {refusal}")

    def flush(self, timeout_seconds: float = 300, *, sync: bool = False) -> None:
        """Do nothing: every call has written what it logged. ``sync`` makes it outlive a power cut as well."""
        if sync:
            self._state.sync()

    def _forked(self) -> None:
        mine = self._state.owner or self._state.ends
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
        return str(self._state.document["id"])

    @property
    def number(self) -> int | None:
        """The number within the experiment; gaps are legal, the id is the identity."""
        return self._state.document["number"]

    @property
    def type(self) -> str | None:
        """What kind of run it is; None for one that a script or a notebook began by itself."""
        return self._state.document["type"]

    @property
    def status(self) -> str | None:
        """The state as this process last saw it, such as ``Running``; None for a folder made by hand."""
        return self._state.document["status"]

    def get_status(self) -> str | None:
        """The state as it is now, unless the run has ended."""
        if not self._state.owner and self.status not in status.TERMINAL:
            head = self._state.read_head()
            self._state.take(head)
            if head.status == status.NOT_RESPONDING and self.type == SCRIPT:
                waiting.settle(self)
        return self.status

    def get_details(self) -> dict[str, Any]:
        """A dictionary with ``runId``, ``status``, ``startTimeUtc``, ``endTimeUtc``, ``properties``, ``logFiles``, …"""
        return dict(_shapes().details(self._state.read_head(), self.get_properties()))

    def get_portal_url(self) -> str:
        """The address of the run's page in the built site, or of where it will be."""
        return addresses.of_run(self._experiment.workspace.root, self.folder)

    def __repr__(self) -> str:
        return f"Run(Experiment: {self._experiment.name},\nId: {self.id},\nType: {self.type},\nStatus: {self.status})"

    def _repr_html_(self) -> str:
        page = ("Link to the page", self.get_portal_url())
        facts: dict[str, Any] = {"Experiment": self._experiment.name, "Id": self.id, "Type": self.type}
        facts |= {"Status": self.get_status(), "Details Page": page}
        return addresses.table(self._experiment.workspace.root, **facts)

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
        logged: dict[str, Any] = _shapes().metrics(self._state.read(), name, populate=populate)
        if not recursive:
            return logged
        below = {run.id: run.get_metrics(name, populate=populate) for run in self.get_children(True, type=run_type)}
        return {self.id: logged, **{run_id: found for run_id, found in below.items() if found}}

    # --- parents and children ---

    @property
    def parent(self) -> Run | None:
        """The run that made this one; None at the top, and where the parent's folder is gone."""
        return query.parent(self)

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: bool | str | Sequence[str] = False
    ) -> Run:
        """Begin a child of this run in this process, best in a ``with`` statement.

        It lies beside its parent and collects no outputs unless ``outputs`` names folders. Raises ConflictError where
        a run has the id.
        """
        return query.child(self, name, run_id, outputs)

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[Any] | None = None
    ) -> Sequence[Run]:
        """Make children that begin with ``start()`` or a ``with`` block, here or in another process.

        Either ``count``, and each has its number as the tag ``azureml.batch_child_number``, or ``tag_key`` with
        ``tag_values``, one child for each. Raises UserError for both or neither.
        """
        return query.make_children(self, count, tag_key, tag_values)

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: str | None = None,
        status: str | None = None,
    ) -> Iterator[Run]:
        """The children of this run in the order of their numbers, with the filters of ``Experiment.get_runs``."""
        runs = query.descendants(query.heads(self._experiment.folder), self.id, recursive=recursive)
        passing = query.passing(runs, type=type, tags=tags, properties=properties, status=status)
        return (self._experiment._from_head(head) for head in passing)

    # --- submitted scripts ---

    def submit_child(self, config: ScriptRunConfig, tags: Any = None, **_: Any) -> Run:
        """Submit a script as a child of this run; see ``Experiment.submit``."""
        return waiting.submit_child(self, config, tags)

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until a run that is running elsewhere has ended; returns its details.

        ``show_output`` prints the lines of its log as they come, each once. Ctrl-C ends the waiting and not the run,
        and raises ExecutionError. Raises ActivityError for a run that failed, unless ``raise_on_error`` is False; a run
        whose outputs could not all be collected has failed, and ``uncollected`` of the details names them. Raises
        UserError for the run of this process or of its script, whose end would never come.
        """
        return waiting.wait(self, show_output=show_output, raise_on_error=raise_on_error)

    def get_detailed_status(self) -> dict[str, Any]:
        """A dictionary with the ``status`` and the ``details`` that are known of it, the message of an error."""
        return waiting.detailed_status(self)

    def get_details_with_logs(self) -> dict[str, Any]:
        """The details, with the text of each log in place of its address."""
        return waiting.details_with_logs(self)

    def get_all_logs(self, destination: str | os.PathLike[str] | None = None) -> list[str]:
        """Copy all logs into a folder, by default one with the id of the run; returns the files that were written."""
        return waiting.copy_logs(self, self.id if destination is None else coerce.path(destination, "destination="))

    def clean(self) -> Sequence[str]:
        """Remove the copy that a submitted run left on this machine; returns the folders that were removed.

        Mostly there is none: a copy goes with the end of its script, unless not all outputs could be collected. What
        is in the run stays. Raises UserError for a run that is still running.
        """
        return waiting.clean(self)

    # --- other runs ---

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """A run of any experiment by its id; raises UserError where there is none."""
        return _classes.checked_workspace(workspace).get_run(run_id)

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
        return _classes.checked_experiment(experiment).get_runs(type, tags, properties, include_children, status=status)

    @staticmethod
    def get_context(allow_offline: bool = True) -> Run:
        """The active run.

        That is the innermost run of this thread or task, else the latest of this process; else the active run of
        the process that started this one, which this one adds to and does not end; else the run that ``submit`` or
        ``runpages run`` made for this process. If there is none, an offline run: it accepts every call and is discarded
        with the process, as a line on stderr says. With ``allow_offline=False`` it raises RunEnvironmentError
        instead.
        """
        run = _lifecycle.current() or guest.of_parent() or guest.of_environment()
        return offline.offline(allowed=allow_offline) if run is None else run

    @staticmethod
    def get_submitted_run() -> Run:
        """The same as ``get_context(allow_offline=False)``, by its old name."""
        return Run.get_context(allow_offline=False)


def _shapes() -> Any:
    """The module that reads a run back, loaded when that is asked for: it needs ``typing``."""
    from . import azure_shapes

    return azure_shapes
