"""Runs a submitted script in a process of its own, and ends its run as the script ended.

The script writes its log by itself and is in a session of its own: the death of this process takes neither away. A
shell between the two notes the exit code in a file, from which any later process finds the end of such a run.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from .. import _classes, context
from .._error_info import ended, given_error
from ..format import layout, status
from ..format.errors import StorageError
from .finish import LOG, collection, finish, follow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..run import Run

EXIT = "exit"
"""In the place of the run: the exit code of the script, once it has ended."""

GRACE = 10.0
"""Seconds between asking a canceled script to end and ending it."""

# The shell is there for the exit code alone: it outlives the death of this process and signals to the script, and says
# nothing in the log of it.
_SHELL = 'trap : HUP INT TERM; exec 2> /dev/null; (exec "$@" 2>&1); code=$?; echo $code > "$0"; exit $code'
PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PATIENCE = (*PAUSES, 2.0)
"""The pauses after which files are collected again that a full disk refused."""


class _Canceled(BaseException):
    """The run is to be canceled."""


def main() -> None:
    """Run what the caller describes on standard input."""
    import json

    spec = json.loads(sys.stdin.buffer.read())
    supervise(spec)


def supervise(spec: dict[str, Any]) -> None:
    """Run the script of a submitted run, and end the run."""
    from functools import partial

    run = _classes.experiment._of_run(spec["run"])
    run._state.take_over(spec["document"])
    place, word, error, code = spec["place"], status.FAILED, None, None
    outputs = collection(run, place) if spec["collect"] else None
    signal.signal(signal.SIGTERM, _cancel)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start(run, spec)
        try:
            code = _wait(process, run, spec)
            word, error = ended(code, run, LOG)
        except _Canceled:
            word, code = status.CANCELED, _stopped(process)
            error = given_error(run)
        except TimeoutError as late:
            code = _stopped(process)
            word, error = status.FAILED, {"code": "Timeout", "message": str(late)}
    except _Canceled:
        word = status.CANCELED
    except Exception as failed:
        word, error = status.FAILED, {"code": "ExecutionError", "message": f"The script could not be run: {failed}"}
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end = partial(finish, run, place, word, error, collect=outputs, watch=spec["watch"], code=code, pauses=PATIENCE)
        insist(end, (*PAUSES, *[2.0] * 60))  # A process that asks for the state after that does it, see ``settle``.


def insist(act: Callable[[], None], pauses: Sequence[float]) -> StorageError | None:
    """Do what a full disk refuses again after each of the pauses; returns the last refusal where that was no use."""
    refusal = None
    for pause in (*pauses, 0.0):
        try:
            act()
        except StorageError as error:
            refusal = error
            time.sleep(pause)
        else:
            return None
    return refusal


def _cancel(number: int, frame: object) -> None:
    raise _Canceled


def start(run: Run, spec: dict[str, Any]) -> Any:
    """Start the script; its log is a file of the run, and its exit code goes to a file of the place."""
    import subprocess

    place = spec["place"]
    logs = os.path.join(run.folder, layout.LOGS)
    os.makedirs(logs, exist_ok=True)
    argv = spec["argv"]
    shell = ["/bin/sh", "-c", _SHELL, os.path.join(place, EXIT), *argv]
    with open(os.path.join(logs, LOG), "ab", buffering=0) as log:
        process = subprocess.Popen(  # noqa: S603 - what the user submitted
            shell if os.path.exists("/bin/sh") else argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=os.path.join(place, run.id),
            env=environment(run, place, spec["env"]),
            start_new_session=True,
        )
    owner = {**status.owner(), "group": process.pid, "group_start": status.start_tick(process.pid), "place": place}
    try:
        run._state.save({"status": status.RUNNING, "started": layout.iso_time(time.time()), "owner": owner})
    except BaseException:  # Refused, or canceled meanwhile: no script goes on that nobody knows of.
        _stopped(process)
        raise
    return process


def environment(run: Run, temporary: str, given: dict[str, str]) -> dict[str, str]:
    """What the script finds in its environment: its run, the package, and what was asked for."""
    package = os.path.join(temporary, "package")
    known = {
        "PYTHONUNBUFFERED": "1",  # Else a log is not seen before the script ends.
        **context.environment(),
        **{name: str(text) for name, text in given.items()},
        "RUNPAGES_RUN": run.folder,
        "RUNPAGES_WORKSPACE": run._experiment.workspace.root,
        "AZUREML_RUN_ID": run.id,
        "AZUREML_OUTPUT_DIRECTORY": "./outputs",
    }
    known["PYTHONPATH"] = os.pathsep.join(filter(None, [package, known.get("PYTHONPATH")]))
    return known


def _wait(process: Any, run: Run, spec: dict[str, Any]) -> int:
    """Wait for the script, and bring what it adds to its folders of logs into the run meanwhile."""
    import subprocess

    limit = spec["seconds"]
    until = time.monotonic() + limit if limit else None
    turn = 0
    while True:
        try:
            code: int = process.wait(PAUSES[min(turn, len(PAUSES) - 1)])
        except subprocess.TimeoutExpired:
            turn += 1
            if turn >= len(PAUSES):
                follow(run, spec["place"], spec["watch"])
        else:
            return code
        if until is not None and time.monotonic() > until:
            raise TimeoutError(f"The script exceeded max_run_duration_seconds={limit}")


def _stopped(process: Any) -> int:
    """End the script with all its processes; returns its exit code."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # A second cancel interrupts nothing.
    stop(process.pid, process.poll)
    code: int = process.wait()
    return code


def stop(group: int, poll: Any = None) -> None:
    """End a group of processes: ask, and after a while insist."""
    until = time.monotonic() + GRACE
    _kill(group, signal.SIGTERM)
    while _there(group) and time.monotonic() < until:
        if poll is not None:
            poll()
        time.sleep(0.02)
    _kill(group, signal.SIGKILL)


def _there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _kill(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


# --- whether it goes on -------------------------------------------------------------------------------------


def goes_on(owner: dict[str, Any]) -> bool:
    """Whether a process of the script is there; a later one may have its number, after a new start of the machine."""
    tick = status.start_tick(owner["group"])
    ours = tick is None or owner.get("group_start") in (None, tick)
    return ours and status.same_boot(owner) and _there(owner["group"])


def claimed_code(temporary: str) -> int | None:
    """The exit code that nobody took yet; 128 and SIGKILL where the script could not note it; None for a later one."""
    taken = os.path.join(temporary, f"{EXIT}.taken")
    try:
        os.close(os.open(taken, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except OSError:
        return None
    try:
        with open(os.path.join(temporary, EXIT), encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 128 + signal.SIGKILL


def unclaim(temporary: str) -> None:
    """Let another process take the exit code."""
    try:
        os.unlink(os.path.join(temporary, f"{EXIT}.taken"))
    except OSError:
        pass
