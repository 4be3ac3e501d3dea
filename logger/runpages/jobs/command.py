"""Runs any command as a run: its output becomes a log, its exit code the state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from .. import context
from .._error_info import ended, exited, given_error
from .._state import COMMAND
from ..format import layout, status
from .supervisor import PAUSES, insist

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, BinaryIO

    from ..experiment import Experiment
    from ..run import Run

LOG = "console.log"
"""The log with what the command printed."""

_PIECE = 1 << 16
_LEFT = 1 << 20
"""Bytes that are passed on after the end; more than a pipe holds comes from what the command left behind."""


def execute(run: Run, argv: Sequence[str]) -> int:
    """Run a command in the place of this process, and end ``run`` as it ends; returns the exit code for the caller.

    What it prints goes on to the same streams and into a log of the run; on a terminal it sees a terminal, with its
    size and its colours. All signals are passed on that can be. It ends with the command, also where something that
    the command left behind still has its streams. ``RUNPAGES_RUN`` in its environment lets it log into the run. Raises
    OSError where it cannot be started.
    """
    folder = os.path.join(run.folder, layout.LOGS)
    os.makedirs(folder, exist_ok=True)
    environment = {
        **context.environment(),
        "RUNPAGES_RUN": run.folder,
        "RUNPAGES_WORKSPACE": run._experiment.workspace.root,
    }
    with open(os.path.join(folder, LOG), "ab", buffering=0) as log, _Signals() as signals:
        process, streams = _started(argv, environment)
        signals.pass_on_to(process, streams[0][0])
        _copy(streams, _kept(log), _end_of(process))
        code: int = process.wait()
    refusal = insist(lambda: _end(run, code, signals.passed), PAUSES)
    if refusal:
        sys.stderr.write(f"runpages: the end of the run could not be recorded: {refusal}\n")
    return code if code >= 0 else 128 - code


def _end(run: Run, code: int, passed: Sequence[int]) -> None:
    run._state.save({"exit": exited(code)})
    if code != 0 and _is_canceled(code, passed):
        run._end(status.CANCELED, given_error(run))
        return
    word, error = ended(code, run, log=LOG)
    run._end(word, error)


def _is_canceled(code: int, passed: Sequence[int]) -> bool:
    """Whether a command that failed was asked to end: by its last signal, or by one that was passed on before."""
    last = -code if code < 0 else code - 128  # A shell says so of a command that a signal ended.
    return last == signal.SIGINT or last in passed or not _ENDING.isdisjoint(passed)


# --- the streams ------------------------------------------------------------------------------------------


def _started(argv: Sequence[str], environment: dict[str, str]) -> tuple[Any, list[tuple[int, BinaryIO]]]:
    """The process, and what it prints with where that goes: one stream of a terminal, or two pipes."""
    if sys.stdout.isatty() and hasattr(os, "openpty"):
        ours, theirs = os.openpty()
        _same_size(theirs)
        try:
            process: Any = subprocess.Popen(argv, env=environment, stdout=theirs, stderr=theirs)  # noqa: S603
        finally:
            os.close(theirs)
        return process, [(ours, sys.stdout.buffer)]
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
    return process, [(process.stdout.fileno(), sys.stdout.buffer), (process.stderr.fileno(), sys.stderr.buffer)]


def _same_size(terminal: int) -> None:
    import fcntl
    import termios

    size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def _kept(log: BinaryIO) -> Callable[[bytes], None]:
    """Write to the log; a disk that takes nothing more is reported once, and the command goes on."""
    refused: list[OSError] = []

    def keep(data: bytes) -> None:
        if refused:
            return
        try:
            view = memoryview(data)
            while view:
                view = view[log.write(view) :]
        except OSError as error:
            refused.append(error)
            sys.stderr.write(f"runpages: the log is incomplete: {error.strerror or error}\n")

    return keep


def _end_of(process: Any) -> int:
    """A descriptor that has come to its end when the process has."""
    import threading

    reading, writing = os.pipe()

    def wait() -> None:
        process.wait()
        os.close(writing)

    threading.Thread(target=wait, daemon=True).start()
    return reading


def _copy(streams: Sequence[tuple[int, BinaryIO]], store: Callable[[bytes], None], end: int) -> None:
    """Pass on what comes until the process has ended, and then what it left in the streams."""
    import selectors

    with selectors.DefaultSelector() as selector:
        for number, out in streams:
            selector.register(number, selectors.EVENT_READ, out)
        selector.register(end, selectors.EVENT_READ)
        while end in selector.get_map():
            for key, _ in selector.select():
                if key.fd == end:
                    selector.unregister(end)
                else:
                    _pass_on(key, selector, store)
        os.close(end)
        passed = 0
        while passed < _LEFT and (ready := selector.select(0) if selector.get_map() else []):
            passed += sum(_pass_on(key, selector, store) for key, _ in ready)


def _pass_on(key: Any, selector: Any, store: Callable[[bytes], None]) -> int:
    """Copy what is there, or take leave of a stream that has ended; returns how many bytes that was."""
    try:
        data = os.read(key.fd, _PIECE)
    except OSError:  # A terminal whose other end is gone.
        data = b""
    if not data:
        selector.unregister(key.fd)
        return 0
    store(data)
    try:
        key.data.write(data)
        key.data.flush()
    except BrokenPipeError:
        pass  # The reader is gone; the log goes on.
    return len(data)


# --- signals ----------------------------------------------------------------------------------------------

_NOT_PASSED = {"SIGCHLD", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTTIN", "SIGTTOU"}
"""Signals about this process itself: of its children, its faults, its use of the terminal."""

_ENDING = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)}
_OF_KEYS = {getattr(signal, name) for name in ("SIGINT", "SIGQUIT", "SIGTSTP") if hasattr(signal, name)}
"""What keys of a terminal send to every process in front of it."""


class _Signals:
    """Pass all signals on to a process; what a key of the terminal sends reaches it by itself.

    What is ignored, as by ``nohup``, stays ignored. ``passed`` lists those that came.
    """

    def __init__(self) -> None:
        self.passed: list[int] = []
        self._process: Any = None
        self._terminal = -1
        self._early: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        for number in signal.valid_signals():
            if getattr(number, "name", "") in _NOT_PASSED or signal.getsignal(number) in (signal.SIG_IGN, None):
                continue
            try:
                self._before[number] = signal.signal(number, self._take)
            except OSError:
                continue  # SIGKILL and SIGSTOP.
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def pass_on_to(self, process: Any, stream: int) -> None:
        """Pass on what came before there was the process, and what comes from now on."""
        self._process, self._terminal = process, stream
        for number in self._early:
            self._take(number, None)

    def _take(self, number: int, frame: object) -> None:
        if self._process is None:
            self._early.append(number)
            return
        self.passed.append(number)
        if number == getattr(signal, "SIGWINCH", None) and os.isatty(self._terminal):
            _same_size(self._terminal)
        if number not in _OF_KEYS or not _is_in_front():
            self._process.send_signal(number)
        if number == getattr(signal, "SIGTSTP", None):
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # It stops here, and goes on by SIGCONT.
            signal.signal(number, self._take)


def _is_in_front() -> bool:
    """Whether the keys of a terminal reach this process and those that it started."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def begin(
    experiment: Experiment, argv: Sequence[str], *, name: str | None, params: dict[str, Any], tags: dict[str, Any]
) -> Run:
    """Begin the run of a command."""
    shown = list(argv)
    return experiment._class_of(None)._begin(
        experiment,
        name=name,
        params=params,
        tags=tags,
        outputs=True,
        capture=True,
        surroundings={"command": shown},
        more={"type": COMMAND, "definition": {"command": shown}},
    )
