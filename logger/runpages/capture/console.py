"""Keeps what this process prints as the log ``logs/console.log`` of its run, with ``console=True``.

The descriptors 1 and 2 are led through pipes, or through a terminal where they are one, to a process (``tee``) that
passes everything on and copies it to the logs. So what extensions and children print is in the log as well. This
process keeps the pipes open, too, so that nobody who prints is ended when that process is killed, and a thread, which
does nothing else, starts another one then. A stream of Python that is no descriptor, as in a notebook, is copied as it
is written to.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock

from ..format import layout
from ..format.errors import RunEnvironmentError
from ..format.write import refused
from .tee import APPENDING, DONE, FINISHED, tell_missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..run import Run

LOG = "console.log"

_PIPE = 1 << 20
"""Bytes that a pipe should hold, so that who prints seldom waits."""

_READS = 64
"""How often what waits in a pipe is read in a row."""

_SECONDS = 10.0
"""How long passing on what was printed may take at the end of a run, if the terminal stands still."""

_MOST_DEATHS = 3
"""How often the process is started anew; after that, what is printed goes where it went before, past the log."""

_lock = RLock()
_helpers: list[Any] = []  # Kept: one whose streams a child still has goes on.
_descriptors: _Descriptors | None = None


def capture(run: Run) -> Callable[[], None]:
    """Copy what this process prints to the log of the run; returns what ends that."""
    path = os.path.join(run.folder, layout.LOGS, LOG)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        log = os.open(path, APPENDING, 0o666)
    except OSError as error:
        raise refused(error, path) from error
    streams = {number: stream for number, stream in ((1, sys.stdout), (2, sys.stderr)) if stream is not None}
    numbers = [number for number, stream in streams.items() if _leads_to(stream, number)]
    ends = [_copied(stream, log) for number, stream in streams.items() if number not in numbers]
    if numbers:
        _add(path, numbers)

    def end() -> None:
        if numbers:
            _remove(path)
        for one in ends:
            one()
        os.close(log)

    return end


def _leads_to(stream: Any, number: int) -> bool:
    """Whether a stream of Python writes to its descriptor; elsewhere than on POSIX pipes cannot be waited for."""
    try:
        return os.name == "posix" and stream.fileno() == number
    except (OSError, AttributeError, ValueError):
        return False


# --- streams of Python ------------------------------------------------------------------------------------


class _Copy:
    """Takes what is written to a stream: for the log, and for what took it before."""

    def __init__(self, log: int, before: Any) -> None:
        self.log = log
        self.before = before

    def write(self, text: Any) -> Any:
        if self.log >= 0 and isinstance(text, str):
            try:
                os.write(self.log, text.encode("utf-8", "backslashreplace"))
            except OSError:
                pass  # A full disk does not keep a notebook from printing.
        return self.before.write(text) if self.before is not None else None

    def flush(self) -> None:
        if self.before is not None:
            self.before.flush()


class _Own:
    """The write that a stream has by itself."""

    def __init__(self, stream: Any) -> None:
        self.write = stream.write


def _copied(stream: Any, log: int) -> Callable[[], None]:
    """Copy what is written to a stream; returns what ends that."""
    if hasattr(stream, "echo"):
        # A kernel's stream has a place for this. Its write is no such place: IPython replaces it for each cell.
        name, new = "echo", _Copy(log, stream.echo)
        ours: Any = new
    else:
        new = _Copy(log, _Own(stream))
        # On the object itself, so that all code that holds the stream writes through it, too.
        name, ours = "write", new.write
    before = getattr(stream, name)
    try:
        setattr(stream, name, ours)
    except AttributeError:
        return lambda: None

    def end() -> None:
        new.log = -1  # Another run's copy may stand before it.
        if getattr(stream, name) == ours:
            setattr(stream, name, before)

    return end


# --- descriptors ------------------------------------------------------------------------------------------


class _Descriptors:
    """The descriptors of this process, led to one helper for all logs."""

    def __init__(self, numbers: list[int], log: str) -> None:
        self.logs = [log]
        self._lock = RLock()  # Never held while something is printed: that may wait for another helper.
        self._over = False
        self._deaths = 0
        self._before: dict[int, int] = {}
        self._buffering: list[Any] = []
        _flush()
        ours: dict[int, int] = {}  # Where each descriptor writes to from now on.
        self._inner: list[tuple[int, int]] = []  # What the helper reads, and where it passes it on.
        for number in numbers:
            self._before[number] = os.dup(number)
            twin = next((other for other in ours if _same(other, number)), None)
            if twin is None:
                reading, ours[number] = _channel(number)
                self._inner.append((reading, self._before[number]))
            else:
                ours[number] = ours[twin]  # One stream for both, which keeps their order.
        try:
            self._start("first")
            for number, writing in ours.items():
                os.dup2(writing, number)
            self._by_line()
        finally:
            for number in set(ours.values()):
                os.close(number)

    def _start(self, turn: str) -> None:
        """Start the helper, and what notices its end."""
        from _thread import start_new_thread

        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        try:
            self._process = _helper(turn, self.logs, orders, answers, self._inner)
        finally:
            os.close(orders)
            os.close(answers)
        start_new_thread(self._watch, (self._answers,))

    def _watch(self, answers: int) -> None:
        """Wait for the end of the helper, which closes its end of a pipe, and start another if it was killed."""
        import select

        end = select.poll()
        end.register(answers, 0)
        end.poll()
        with self._lock:
            if not self._over and self._answers == answers:
                self._revive()

    def _revive(self) -> None:
        """Start another helper in the place of one that was killed; one that has finished needs none."""
        if FINISHED in os.read(self._answers, 1 << 10):
            self._over = True
            return
        os.close(self._orders)
        os.close(self._answers)
        self._deaths += 1
        try:
            if self._deaths > _MOST_DEATHS:
                raise ChildProcessError("it was killed repeatedly")
            self._start("again")
        except (OSError, RunEnvironmentError):
            self._go_without()

    def _go_without(self) -> None:
        """Let what is printed go where it went before, and say so in the logs."""
        self._over, self._orders, self._answers = True, os.open(os.devnull, os.O_WRONLY), os.open(os.devnull, 0)
        self._pass_on()  # Before the change, so that little is overtaken by what is printed after it.
        self.end()
        self._pass_on()
        tell_missing([os.fsencode(log) for log in self.logs], self._inner[-1][1])

    def _pass_on(self) -> None:
        """Pass on what waits in the pipes; a script that prints all the time does not keep this busy for ever."""
        for reading, target in self._inner:
            os.set_blocking(reading, False)
            try:
                for _ in range(_READS):
                    os.write(target, os.read(reading, _PIPE))
            except OSError:
                continue  # There is no more.

    def _by_line(self) -> None:
        """Let Python hand over each line as it is printed, so that the log can be watched."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure") and not stream.closed and not stream.line_buffering:
                stream.reconfigure(line_buffering=True)
                self._buffering.append(stream)

    def order(self, word: str, path: str) -> None:
        """Tell the helper, and wait until everything printed before is where it belongs."""
        with self._lock:
            while not self._over and not self._is_done(word, path):
                self._revive()

    def _is_done(self, word: str, path: str) -> bool:
        """Whether the helper has carried an order out, or takes too long; not so if it is gone."""
        import select

        try:
            os.write(self._orders, f"{word}".encode() + os.fsencode(path) + b"\0")
        except BrokenPipeError:
            return False
        if not select.select([self._answers], [], [], _SECONDS)[0]:
            return True
        return os.read(self._answers, 1) in (DONE, FINISHED)

    def end(self) -> None:
        """Put the descriptors back as they were."""
        for stream in self._buffering:
            try:
                stream.reconfigure(line_buffering=False)
            except ValueError:
                continue  # It was closed.
        for number, before in self._before.items():
            os.dup2(before, number)

    def leave(self) -> None:
        """Give everything back but the streams, which a child may have."""
        self._over = True
        for number in (*self._before.values(), self._orders, self._answers, *(reading for reading, _ in self._inner)):
            os.close(number)
        self._before.clear()

    def wait(self) -> None:
        """Take the end of the helper, if nobody else has the streams."""
        import subprocess

        try:
            self._process.wait(0.5)
            _helpers.remove(self._process)
        except subprocess.TimeoutExpired:
            return


def _add(path: str, numbers: list[int]) -> None:
    global _descriptors
    with _lock:
        if _descriptors is None:
            _descriptors = _Descriptors(numbers, path)
        else:
            _flush()
            _descriptors.logs.append(path)
            _descriptors.order("+", path)


def _remove(path: str) -> None:
    global _descriptors
    with _lock:
        if _descriptors is None or path not in _descriptors.logs:
            return
        _flush()
        last = _descriptors.logs == [path]
        if last:
            _descriptors.end()
        _descriptors.order("-", path)
        _descriptors.logs.remove(path)
        if last:
            _descriptors.leave()
            _descriptors.wait()
            _descriptors = None


def _forked() -> None:
    """In a forked child, whose streams go on through the parent's helper: a run of its own begins anew."""
    global _descriptors, _lock
    _lock = RLock()
    if _descriptors is not None:
        _descriptors.leave()
        _descriptors = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _helper(turn: str, logs: list[str], orders: int, answers: int, streams: list[tuple[int, int]]) -> Any:
    import subprocess

    if not sys.executable:
        raise RunEnvironmentError("console=True starts another Python, but sys.executable is not set")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tee.py")
    pairs = ",".join(f"{source}:{target}" for source, target in streams)
    process = subprocess.Popen(  # noqa: S603 - this interpreter, no shell
        [sys.executable, "-I", "-S", script, turn, str(orders), str(answers), pairs, *logs],
        stdin=subprocess.DEVNULL,
        stdout=streams[0][1],  # Its own would be the pipes that another one read before, which then never ended.
        stderr=streams[-1][1],
        pass_fds=[orders, answers, *(number for pair in streams for number in pair)],
        start_new_session=True,
    )
    _helpers.append(process)
    return process


def _channel(number: int) -> tuple[int, int]:
    """Where to read what is printed, and where to print: a terminal for a terminal, so that colours stay."""
    if os.isatty(number):
        return _terminal(number)
    reading, writing = os.pipe()
    try:
        import fcntl

        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    except (ImportError, AttributeError, OSError):
        pass
    return reading, writing


def _terminal(number: int) -> tuple[int, int]:
    import fcntl
    import termios

    reading, writing = os.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, fcntl.ioctl(number, termios.TIOCGWINSZ, b"\0" * 8))
    mode = termios.tcgetattr(writing)
    mode[1] &= ~termios.OPOST  # The real terminal ends lines as it likes; a log has line feeds.
    termios.tcsetattr(writing, termios.TCSANOW, mode)
    return reading, writing


def _same(first: int, other: int) -> bool:
    return os.path.samestat(os.fstat(first), os.fstat(other))


def _flush() -> None:
    """Hand over what Python and the C library hold back."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # None, closed, or nobody reads it.
    try:
        import ctypes

        ctypes.CDLL(None).fflush(None)
    except (ImportError, OSError, AttributeError, TypeError):
        pass
