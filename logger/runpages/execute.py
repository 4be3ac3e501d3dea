"""Any command as a run: its output becomes a log, its exit code the state, and nothing of it changes for the caller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from .format import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, BinaryIO

    from .run import Run

LOG = "console.log"
"""The log with what the command printed."""

KIND = "command"
"""The type of a run that was made of a command."""

_PIECE = 1 << 16


def execute(run: Run, argv: Sequence[str]) -> int:
    """Run a command in the place of this process, and end ``run`` as it ends; returns the exit code for the caller.

    What it prints goes on to the same streams and into a log of the run; on a terminal it sees a terminal, with its
    size and its colours. Signals that end this process are passed on. ``RUNPAGES_RUN`` in its environment lets it log
    into the run. Raises OSError where it cannot be started.
    """
    from .supervisor import PAUSES, insist

    folder = os.path.join(run.folder, layout.LOGS)
    os.makedirs(folder, exist_ok=True)
    environment = {
        **os.environ,
        "RUNPAGES_RUN": run.folder,
        "RUNPAGES_WORKSPACE": run.experiment.workspace.root,
    }
    with open(os.path.join(folder, LOG), "ab", buffering=0) as log:
        told: list[int] = []
        process, streams = _started(argv, environment)
        with _passed_on(process, told):
            _copy(streams, _kept(log))
            code: int = process.wait()
    refusal = insist(lambda: _end(run, code, told), PAUSES)
    if refusal:
        sys.stderr.write(f"runpages: the end of the run is not noted: {refusal}\n")
    return code if code >= 0 else 128 - code


def _end(run: Run, code: int, told: Sequence[int]) -> None:
    from .supervisor import ended, exited

    run._save({"exit": exited(code)})
    if code != 0 and (told or code in (-signal.SIGINT, 128 + signal.SIGINT)):
        run.cancel()
        return
    word, error = ended(code, run, log=LOG)
    run._end(word, error)


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
    """Write to the log; a disk that takes nothing more is told once, and the command goes on."""
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
            sys.stderr.write(f"runpages: the log is not complete: {error.strerror or error}\n")

    return keep


def _copy(streams: Sequence[tuple[int, BinaryIO]], keep: Callable[[bytes], None]) -> None:
    """Pass on what comes until all streams have ended."""
    import selectors

    with selectors.DefaultSelector() as selector:
        for number, out in streams:
            selector.register(number, selectors.EVENT_READ, out)
        while selector.get_map():
            for key, _ in selector.select():
                try:
                    data = os.read(key.fd, _PIECE)
                except OSError:  # A terminal whose other end is gone.
                    data = b""
                if not data:
                    selector.unregister(key.fd)
                    continue
                keep(data)
                try:
                    key.data.write(data)
                    key.data.flush()
                except BrokenPipeError:
                    continue  # Whoever read us is gone; the log goes on.


# --- signals ----------------------------------------------------------------------------------------------


class _passed_on:
    """Pass signals on that would end this process; Ctrl-C of a terminal reaches the command by itself."""

    def __init__(self, process: Any, told: list[int]) -> None:
        self._process = process
        self._told = told
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._pass)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass(self, number: int, frame: object) -> None:
        self._told.append(number)
        if number != signal.SIGINT or not sys.stdin.isatty():
            self._process.send_signal(number)


def begin(
    experiment: Any, argv: Sequence[str], *, name: str | None, params: dict[str, Any], tags: dict[str, Any]
) -> Run:
    """Begin the run of a command."""
    from .run import Run

    shown = list(argv)
    return Run._begin(
        experiment,
        name=name,
        params=params,
        tags=tags,
        outputs=True,
        capture=True,
        surroundings={"command": shown},
        more={"type": KIND, "definition": {"command": shown}},
    )
