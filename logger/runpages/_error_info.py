"""Describes why a run failed and how its process ended, in the form its document stores."""

from __future__ import annotations

import os

from .format import layout, status
from .format.document import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any

    from .run import Run

_TAIL = 1 << 16
"""Bytes of the end of a log in which a traceback is looked for."""


def error_of(details: str | BaseException | None, code: str | None, *, bare: bool) -> dict[str, Any]:
    """The error of a run, from a text or an exception; ``bare`` keeps the folders of this machine out of it."""
    if not isinstance(details, BaseException):
        return {"code": code or "UserError", "message": details or ""}
    known = {
        "code": code or "UserError",
        "message": _message(details),
        "type": f"{type(details).__module__}.{type(details).__qualname__}".removeprefix("builtins."),
    }
    try:
        import traceback

        trace = "".join(traceback.format_exception(details))
        return {**known, "traceback": _without_places(trace) if bare else trace}
    except (ImportError, OSError):  # The library is gone that the script ran with. It failed for another reason.
        return known


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""  # The class of the error is at fault, which its traceback shows.


def _without_places(trace: str) -> str:
    """The traceback without the folders of this machine: file names relative to where modules are found."""
    import re
    import sys

    try:
        here = os.getcwd()
    except OSError:  # Somebody removed the working folder.
        here = ""
    starts = sorted({os.path.join(place, "") for place in (here, *sys.path)} - {"", os.sep}, key=len, reverse=True)

    def relative(match: re.Match[str]) -> str:
        path = match[0]
        start = next((start for start in starts if path.startswith(start)), "")
        return path.removeprefix(start) if start or not os.path.isabs(path) else os.path.basename(path)

    return re.sub(r'(?<=File ").+?(?=", line \d)', relative, trace)


# --- of a process ------------------------------------------------------------------------------------------


def ended(code: int, run: Run, log: str) -> tuple[str, dict[str, Any] | None]:
    """The state and the error that follow from an exit code; a shell reports a signal as 128 and its number.

    An error that the script itself gave says more than what is found in its log.
    """
    own = given_error(run)
    if code == 0 or own:
        return status.COMPLETED if code == 0 else status.FAILED, own
    name = exited(code).get("signal")
    if name:
        return status.FAILED, {"code": "Signal", "message": f"It was ended by {name}"}
    error: dict[str, Any] = {"code": "UserError", "message": f"It ended with exit code {code}"}
    trace, last = _last_error(os.path.join(run.folder, layout.LOGS, log))
    kind, _, message = last.partition(": ")
    if trace or kind.endswith("Error"):
        error |= {"message": message or kind, "type": kind}
    if trace:
        error["traceback"] = trace
    return status.FAILED, error


def given_error(run: Run) -> dict[str, Any] | None:
    """The error that the script of a run gave by ``run.fail``, whose exit code decides; None where it gave none."""
    return mapping(run._state.read_head().document.get("error")) or None


def exited(code: int) -> dict[str, Any]:
    """How a process ended, for its run: the ``code``, or the name of the ``signal`` that ended it."""
    import signal

    number = -code if code < 0 else code - 128
    known = number > 0 and number in {int(one) for one in signal.Signals}
    return {"signal": signal.Signals(number).name} if known else {"code": code}


def _last_error(log: str) -> tuple[str, str]:
    """The last traceback at the end of a log, empty where there is none, and the line with the error."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return "", ""
    at = text.rfind("Traceback (most recent call last):")
    if at < 0:
        return "", text.rstrip().rpartition("\n")[2]
    lines = text[at:].splitlines()
    end = next((n for n, line in enumerate(lines[1:], 1) if line and not line.startswith(" ")), len(lines) - 1)
    return "\n".join(lines[: end + 1]) + "\n", lines[end]
