"""Why a run failed, as its document tells it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any


def failure(details: str | BaseException | None, code: str | None, *, bare: bool) -> dict[str, Any]:
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
        return ""  # The class of the error is at fault, which its traceback tells.


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
