"""How runs end with their process: at exit, by an exception, by ``sys.exit`` or by a signal.

Nothing here happens at import: the first run that starts installs what is needed. A forked child starts with
nothing to end, so that a worker that dies never ends its parent's run. An exit code that reaches the interpreter
in no other way than ``raise SystemExit`` cannot be seen at exit, nor can ``os._exit``.
"""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .run import Run

_active: list[Run] = []
_installed = False
_exit_code: Any = None
_previous: dict[int, Any] = {}


def watch(run: Run) -> None:
    """End this run when the process ends, if nothing ended it before."""
    if not _installed:
        _install()
    _active.append(run)


def forget(run: Run) -> None:
    """The run has ended by itself."""
    if run in _active:
        _active.remove(run)


def succeeded(code: object) -> bool:
    """Whether an argument of ``sys.exit`` says success: None, 0 or no argument."""
    return code is None or (isinstance(code, int) and code == 0)


def _install() -> None:
    global _installed
    import atexit

    _installed = True
    atexit.register(_at_exit)
    _wrap_exit()
    _wrap_excepthook()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    _handle_signals()


def _wrap_exit() -> None:
    leave = sys.exit

    def exit_and_tell(code: Any = None, /) -> None:
        global _exit_code
        _exit_code = code
        leave(code)

    sys.exit = exit_and_tell  # type: ignore[assignment]


def _wrap_excepthook() -> None:
    hook = sys.excepthook

    def tell_and_hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        for run in list(_active):
            run._end_by(error)
        hook(kind, error, trace)

    sys.excepthook = tell_and_hook


def _at_exit() -> None:
    for run in list(_active):
        if succeeded(_exit_code):
            run.complete()
        else:
            run.fail(f"sys.exit({_exit_code!r})")


def _handle_signals() -> None:
    import signal

    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):
        if number is None:
            continue
        # A signal that is ignored (nohup) stays ignored; one without a Python handler is somebody else's.
        handler = signal.getsignal(number)
        if handler in (None, signal.SIG_IGN):
            continue
        try:
            signal.signal(number, _on_signal)
        except ValueError:
            return  # Only the main thread may; without it a reader sees that the process is gone.
        _previous[number] = handler


def _on_signal(number: int, frame: FrameType | None) -> None:
    import signal

    previous = _previous.get(number, signal.SIG_DFL)
    if callable(previous):
        # The program handles the signal itself; whether it ends then is for it to say.
        previous(number, frame)
        return
    for run in list(_active):
        run.cancel()
    signal.signal(number, previous)
    os.kill(os.getpid(), number)


def _after_fork() -> None:
    for run in _active:
        run._forked()
    _active.clear()
