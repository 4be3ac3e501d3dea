"""How runs end with their process: at exit, by an exception, by ``sys.exit`` or by a signal.

Nothing here happens at import: the first run that starts installs what is needed. A forked child starts with
nothing to end, so that a worker that dies never ends its parent's run. An exit code that reaches the interpreter
in no other way than ``raise SystemExit`` cannot be seen at exit, nor can ``os._exit``.
"""

from __future__ import annotations

import os
import sys
import warnings
from _thread import _local
from types import FrameType, TracebackType

from . import _writer, context
from .format.status import TERMINAL
from .format.write import open_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .run import Run

_PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")

_active: list[Run] = []
_known: Any = None  # Of weak references: a child of a fork has to leave runs that have ended, and guests, too.
_begun: Any = {}  # Of weak references to those that this process began or went on with, by their folders.
_last: list[Callable[[], None]] = []
_process = 0
_installed = False
_exit_code: Any = None
_hook: Any = None
_previous: dict[int, Any] = {}
_held = _local()
"""The ``mask`` of a thread that forks: what it held back of signals before."""


def watch(run: Run) -> None:
    """End this run when the process ends, if nothing ended it before."""
    global _process
    if not _installed:
        _install()
    if not _previous:
        _handle_signals()
    if _process != os.getpid():
        _process = os.getpid()
        _end_with_worker()
    _active.append(run)
    _begun[os.path.realpath(run.folder)] = run
    context.began(run, tuple(_active))
    open_files.reserve()


def know(run: Run) -> None:
    """In a forked child this run writes to files of the child's."""
    global _known, _begun
    if _known is None:
        from weakref import WeakSet, WeakValueDictionary

        _known, _begun = WeakSet(), WeakValueDictionary()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)
            os.register_at_fork(before=_hold_signals, after_in_parent=_release_signals)
            os.register_at_fork(after_in_child=_release_signals)
    _known.add(run)


def at_last(call: Callable[[], None]) -> None:
    """Call this when the process ends, after its runs have."""
    _last.append(call)


def forget(run: Run) -> None:
    """The run has ended by itself."""
    if run in _active:
        _active.remove(run)
    context.ended(run, tuple(_active))


def end(run: Run, word: str, error: dict[str, Any] | None) -> None:
    """End a run, after collecting its output folders; one that has ended stays as it is."""
    make_room()
    collected: dict[str, Any] = {}
    remarks: list[str] = []
    try:
        run._state.end_background()
        with run._state.recorder.lock:
            if run.status in TERMINAL:
                return
            forget(run)
            try:
                collected, remarks = run._collect(run)
            finally:
                run._close(word, error, collected)
    finally:
        ended()
    for remark in remarks:
        warn(remark)


def end_by(run: Run, error: BaseException | None) -> None:
    """End a run as the exception says that left the script or the block."""
    if error is None or finished(error):
        run.complete()
    elif canceled(error):
        run.cancel()
    else:
        run.fail(error)


def make_room() -> None:
    """Before a run ends: give back the descriptors that were kept for that."""
    open_files.give_back()


def ended() -> None:
    """After a run has ended: the ends of others need descriptors as well."""
    if _active:
        open_files.reserve()


def current() -> Run | None:
    """The run that goes on around the code that asks, else the latest of this process or the one it was forked in."""
    return context.current(tuple(_active) if os.getpid() == _process else ())


def begun(folder: str) -> Run | None:
    """The run of a folder that this process began or went on with, if it is still in use."""
    run: Run | None = _begun.get(os.path.realpath(folder))
    return run


def live(run: Run) -> Run | None:
    """The run itself while it goes on, else the object by which this process resumed it; None once it has ended."""
    if run.status not in TERMINAL:
        return run
    return next((one for one in _active if one.folder == run.folder), None)


def succeeded(code: object) -> bool:
    """Whether an argument of ``sys.exit`` says success: None, 0 or no argument."""
    return code is None or (isinstance(code, int) and code == 0)


def finished(error: BaseException) -> bool:
    """Whether what leaves a block is no failure: ``sys.exit(0)``, or the end of a generator that is asked no more."""
    return isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and succeeded(error.code))


def canceled(error: BaseException) -> bool:
    """Whether somebody ended the script or the task: by Ctrl-C, or as ``asyncio`` cancels a task."""
    tasks = sys.modules.get("asyncio.exceptions")
    return isinstance(error, KeyboardInterrupt) or (tasks is not None and isinstance(error, tasks.CancelledError))


def warn(message: str) -> None:
    """Report what went wrong where raising it would hide what matters more, also where warnings are made errors."""
    try:
        warnings.warn(message, RuntimeWarning, stacklevel=level_of_the_script())
    except RuntimeWarning:
        sys.stderr.write(f"runpages: {message}\n")


def level_of_the_script() -> int:
    """The ``stacklevel`` at which a warning names the line of the script, and not one of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def _install() -> None:
    global _installed
    import atexit

    _installed = True
    atexit.register(_at_exit)
    _wrap_exit()
    _wrap_excepthook()


def _end_with_worker() -> None:
    """A worker of ``multiprocessing`` leaves by ``os._exit``, after what it has registered for that."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, _at_exit, exitpriority=0)


def _wrap_exit() -> None:
    leave = sys.exit

    def exit_and_tell(code: Any = None, /) -> None:
        global _exit_code
        threading = sys.modules.get("threading")  # Without it there is one thread, and loading it may fail by now.
        if threading is None or threading.current_thread() is threading.main_thread():
            _exit_code = code  # In another thread it ends that alone.
        leave(code)

    sys.exit = exit_and_tell  # type: ignore[assignment]


def _wrap_excepthook() -> None:
    global _hook
    hook = sys.excepthook

    def tell_and_hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        global _exit_code
        try:
            if not _interactive():
                _exit_code = 1
                _end_all(lambda run: end_by(run, error))
        finally:
            hook(kind, error, trace)

    sys.excepthook = _hook = tell_and_hook


def _interactive() -> bool:
    """Whether there is a prompt, where an exception ends nothing."""
    return hasattr(sys, "ps1")


def _end_all(end: Callable[[Run], None]) -> None:
    """End every run that goes on; one that the disk refuses to end does not keep the others from it."""
    if os.getpid() != _process:
        return  # A forked child gets a signal before it could forget its parent's runs.
    for run in list(_active):
        try:
            end(run)
        except Exception as error:  # Whatever it is, the process ends, and for another reason.
            warn(f"run {run.id} could not be ended: {error}")


def _at_exit() -> None:
    # A hook that replaced the one above did not tell; the interpreter has noted the exception before it.
    noted = None if sys.excepthook is _hook or _interactive() else getattr(sys, "last_value", None)
    error = sys.exc_info()[1] or noted  # The first is that of a worker.
    if error is not None:
        _end_all(lambda run: end_by(run, error))
    elif succeeded(_exit_code):
        _end_all(lambda run: run.complete())
    else:
        _end_all(lambda run: run.fail(f"sys.exit({_exit_code!r})"))
    _leave()


def _leave() -> None:
    while _last:
        _last.pop()()


def _signals() -> Any:
    """The module of signals: the bare one, since the other loads ``enum``, which takes longer than a run to start."""
    try:
        import _signal as signal  # type: ignore[import-not-found]
    except ImportError:
        import signal
    return signal


def _handle_signals() -> None:
    signal = _signals()
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
    signal = _signals()
    previous = _previous.get(number, signal.SIG_DFL)
    if callable(previous):
        # The program handles the signal itself; whether it ends then is for it to say.
        previous(number, frame)
        return
    try:
        _end_all(lambda run: run.cancel())
        _leave()
    finally:
        signal.signal(number, previous)
        os.kill(os.getpid(), number)


def _hold_signals() -> None:
    """Before a fork: a signal that reaches the child before the interpreter there is ready would be lost."""
    signal = _signals()
    if _previous and hasattr(signal, "pthread_sigmask"):
        _held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, list(_previous))


def _release_signals() -> None:
    """After a fork, in a child once the signals are its own."""
    signal = _signals()
    mask = _held.__dict__.pop("mask", None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _after_fork() -> None:
    signal = _signals()
    going = tuple(_active)
    _active.clear()
    _begun.clear()
    _last.clear()
    for run in list(_known):
        run._forked()
    context.forked(going)
    open_files.forked()
    _writer.forked()
    # A signal is the child's own matter; if it starts a run, that is handled anew.
    for number, handler in _previous.items():
        if signal.getsignal(number) is _on_signal:
            signal.signal(number, handler)
    _previous.clear()
