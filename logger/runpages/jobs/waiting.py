"""Waits for submitted runs, passes on their logs, and ends them from outside."""

from __future__ import annotations

import os
import sys
import time

from .. import _error_info, _lifecycle, guest
from .._state import SCRIPT
from ..artifact_store import copy
from ..coerce import path, text
from ..format import status
from ..format.errors import ActivityError, ExecutionError, StorageError, UserError
from . import finish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn, TextIO

    from .._state import Document
    from ..run import Run
    from .config import ScriptRunConfig
    from .environment import Environment

# Short at first, for scripts that are.
_PAUSES = (*[0.01] * 30, *[0.05] * 20, 0.2)
_RULE = "=" * 40
_PIECE = 1 << 16
"""How much of a log is passed on at once, and of a line that has no end yet."""


def _late() -> tuple[Any, Any, Any]:
    """The modules that submit a script, describe it and watch over it, loaded with the first one."""
    from . import config, submit, supervisor

    return submit, config, supervisor


def submit_child(run: Run, config: ScriptRunConfig, tags: Any) -> Run:
    """Submit a script as a child of a run."""
    child: Run = _late()[0].submit(run._experiment, config, tags, parent=run)
    return child


def wait(run: Run, *, show_output: bool, raise_on_error: bool) -> dict[str, Any]:
    """Wait until a run that is running elsewhere has ended; returns its details."""
    if run._state.ends and run.status not in status.TERMINAL:
        raise UserError(f"run {run.id} is running in this process; end it with complete()")
    if run._state.is_elsewhere and guest.is_of_environment(run):
        raise UserError(f"run {run.id} is the run of this script and ends with it; wait for it where it was submitted")
    try:
        word = _wait(run, sys.stdout if show_output else None)
    except KeyboardInterrupt:
        raise ExecutionError(f"waiting was interrupted; run {run.id} is still running, and cancel() ends it") from None
    details = run.get_details()
    if word == status.FAILED and raise_on_error:
        import json

        why = json.dumps(details.get("error", {}), indent=4)
        raise ActivityError(f"run {run.id} failed:\n{why}{_uncollected(run).rstrip()}")
    return details


def detailed_status(run: Run) -> dict[str, Any]:
    """The state of a run, and what is known of an error."""
    word = run.get_status()
    error = run._state.read_head().error
    return {"status": word, "details": error.message if error else None}


def details_with_logs(run: Run) -> dict[str, Any]:
    """The details of a run, with the texts of its logs."""
    details = run.get_details()
    details["logFiles"] = {
        f"logs/{log.name}": _text(os.path.join(run.folder, log.file)) for log in run._state.read_head().logs
    }
    return details


def copy_logs(run: Run, folder: str) -> list[str]:
    """Copy all logs of a run into a folder; returns the files that were written."""
    written = []
    for log in run._state.read_head().logs:
        target = os.path.join(folder, *log.name.split("/"))
        copy(os.path.join(run.folder, log.file), target, run.folder)
        written.append(target)
    return written


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


# --- waiting -----------------------------------------------------------------------------------------------


def _wait(run: Run, out: TextIO | None) -> str:
    """Wait for the end, and print the log meanwhile; returns the state."""
    stream = _Stream(os.path.join(run.folder, "logs", finish.LOG), out)
    if out is not None:
        out.write(f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n\nStreaming logs/{finish.LOG}\n{_RULE}\n\n")
    turn = 0
    while (word := run.get_status()) not in status.TERMINAL and word != status.NOT_RESPONDING:
        turn = 0 if stream.pass_on() else turn + 1
        time.sleep(_PAUSES[min(turn, len(_PAUSES) - 1)])
    stream.pass_on(last=True)
    if out is not None:
        out.write(f"\nExecution Summary\n{_RULE}\nRunId: {run.id}\nWeb View: {run.get_portal_url()}\nStatus: {word}\n")
        error = run._state.read_head().error
        if error:
            out.write(f"\n{error.code}: {error.message}\n")
        out.write(_uncollected(run))
        out.flush()
    return str(word)


def _uncollected(run: Run) -> str:
    """What a run could not collect, as lines for people; empty where there is nothing."""
    found = run._state.read_head().uncollected
    if found is None:
        return ""
    lines = [f"Not collected: {path} ({why})" for path, why in found.files]
    lines += [f"and {found.total - len(found.files)} more"] if found.total > len(found.files) else []
    lines += [f"The working copy is kept in {found.place}"] if found.place else []
    return "\n" + "\n".join(lines) + "\n"


class _Stream:
    """A log that grows, passed on line by line, each line once; of a very long line what is there."""

    def __init__(self, path: str, out: TextIO | None) -> None:
        from codecs import getincrementaldecoder

        self._path = path
        self._out = out
        self._offset = 0
        self._text = getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def pass_on(self, *, last: bool = False) -> bool:
        """Print what came; the last line may have no end. Returns whether there was anything."""
        if self._out is None:
            return False
        before = self._offset
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                while data := file.read(_PIECE):
                    self._offset += len(data)
                    self._print(self._rest + self._text.decode(data))
        except OSError:
            pass  # It is not there yet, or cannot be read just now.
        if last:
            self._out.write(self._rest + self._text.decode(b"", final=True))
            self._rest = ""
        self._out.flush()
        return self._offset > before

    def _print(self, text: str) -> None:
        assert self._out is not None
        end = text.rfind("\n") + 1
        if len(text) - end > _PIECE:
            end = len(text)
        self._out.write(text[:end])
        self._rest = text[end:]


# --- what nobody watched ------------------------------------------------------------------------------------


def settle(run: Run) -> None:
    """Find out about a submitted run whose supervisor is gone: it goes on, or its end is noted now."""
    supervisor = _late()[2]
    owner = run._state.document.get("owner") or {}
    place = owner.get("place")
    if not place or not owner.get("group") or not status.is_local(owner):
        return
    if supervisor.goes_on(owner):
        run._state.document["status"] = status.RUNNING
        return
    code = supervisor.claimed_code(place)
    if code is None:
        return
    word, error = _error_info.ended(code, run, finish.LOG)
    outputs = finish.everything(run, place)
    try:
        finish.finish(run, place, word, error, collect=outputs, watch=["logs"], code=code)
    except StorageError:
        supervisor.unclaim(place)  # The disk is full; a later call notes it.


def ask(run: Run, word: str, error: dict[str, Any] | None) -> None:
    """Take the wish that a run ends, which the process that was made for it ends: its exit code decides how.

    What was logged is on the disk afterwards, and the error is kept. From outside, only ``cancel`` ends the script.
    """
    if run.get_status() in status.TERMINAL:
        return
    run.flush(sync=True)
    if error and error != _error_info.error_of(None, None, bare=True):  # The log may say more.
        run._state.save({"error": error})
    if guest.is_of_environment(run):
        if word == status.CANCELED:
            _lifecycle.warn(
                f"run {run.id} is the run of this script: the exit code sets its status; sys.exit() ends it "
                "as Completed, and an exception or another code as Failed"
            )
        return
    if run.status == status.NOT_RESPONDING and run.type != SCRIPT:
        run._end(word, error)  # Nobody is there to do it, and nobody finds its exit code.
    elif word == status.CANCELED:
        cancel(run)
    else:
        _lifecycle.warn(
            f"run {run.id} is still running: the exit code of its script sets its status; cancel() ends it now"
        )


def cancel(run: Run) -> None:
    """End a run from outside: its supervisor, or ``runpages run``, ends the processes and notes the state."""
    import signal

    supervisor = _late()[2]
    if run.type != SCRIPT:
        _cancel_command(run)
        return
    until = time.monotonic() + supervisor.GRACE + 5
    asked = False
    while run.get_status() not in status.TERMINAL and time.monotonic() < until:
        owner = run._state.read_head().document.get("owner") or {}
        if not status.is_local(owner):
            raise ExecutionError(f"run {run.id} is running on {owner.get('host')}; cancel it there")
        if owner.get("group") and not asked:
            asked = True
            if status.is_there(owner):
                os.kill(owner["pid"], signal.SIGTERM)
            else:  # Nobody watches it any more.
                if supervisor.goes_on(owner):
                    supervisor.stop(owner["group"])
                place = owner["place"]
                code = supervisor.claimed_code(place)
                outputs = finish.everything(run, place)
                error = _error_info.given_error(run)
                finish.finish(run, place, status.CANCELED, error, collect=outputs, watch=["logs"], code=code)
        time.sleep(0.02)


def _cancel_command(run: Run) -> None:
    """Pass SIGTERM to the command through ``runpages run``; a command may take its time, so the end is not awaited."""
    import signal

    owner = run._state.read_head().document.get("owner") or {}
    if not status.is_local(owner):
        raise ExecutionError(f"run {run.id} is running on {owner.get('host')}; cancel it there")
    if status.is_there(owner):
        os.kill(owner["pid"], signal.SIGTERM)


class Inputs(dict[str, str]):
    """Files and folders by the names of their arguments; to ask for another name says how to give one."""

    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(
            f"no argument {name} of this run names an existing file or folder; it has {', '.join(self) or 'none'}. "
            f'Submit the script with arguments=["--{name}", path]'
        )


def inputs(document: Document) -> Inputs:
    """The files and folders that the arguments of a submitted script name."""
    return Inputs(_paths(_arguments(document)))


def secret(name: str) -> str:
    """The environment variable of that name, or of its capitals with ``_`` for ``-``."""
    spelled = text(name, "the name of a secret").upper().replace("-", "_")
    for variable in (name, spelled):
        if path(variable, "the name of a secret") in os.environ:
            return os.environ[variable]
    raise UserError(f"there is no secret {name!r}; secrets are environment variables: set {spelled}")


def environment(document: Document) -> Environment:
    """The environment that the script of a run was submitted with."""
    definition = document.get("definition")
    if not isinstance(definition, dict):
        raise UserError(f"run {document['id']} has no environment: it was not submitted")
    submitted: Environment = _late()[1].known(definition)
    return submitted


def clean(run: Run) -> Sequence[str]:
    """Remove the copy that a submitted run left on this machine; returns the folders that were removed."""
    import shutil

    if run.get_status() not in status.TERMINAL:
        raise UserError(f"run {run.id} is still running; clean() removes its folder after it ends")
    left = run._state.read_head().uncollected
    place = os.path.dirname((left and left.place) or "")
    if not os.path.basename(place).startswith(f"runpages-{run.id}-") or not os.path.isdir(place):
        return []  # None was left, or not on this machine.
    shutil.rmtree(place)
    return [place]


def _arguments(document: Document) -> Sequence[str]:
    definition = document.get("definition")
    known = definition.get("arguments") if isinstance(definition, dict) else None
    return [word for word in known if isinstance(word, str)] if isinstance(known, list) else []


def _paths(arguments: Sequence[str]) -> dict[str, str]:
    """The files and folders that named arguments name."""
    found = {}
    for word, after in zip(arguments, [*arguments, ""][1:], strict=True):
        option, equals, value = word.partition("=")
        path = value if equals else after
        if option.startswith("-") and path and os.path.exists(path):
            found[option.lstrip("-")] = path
    return found
