"""Passes the streams of another process on, in a process of its own, and copies them to the logs of its runs.

A process and no thread: what a program printed before it crashed is still passed on, code that keeps the interpreter
to itself does not wait for a reader that needs it, and children that outlive the program keep their streams. It is
started by ``console`` as a script, imports the standard library only, and ends when nobody can write any more.
"""

from __future__ import annotations

import math
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DONE = b"."
"""What is answered when an order was carried out."""

FINISHED = b"!"
"""What is answered last, when all streams have ended."""

APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
"""How a log is opened; without the last flag Windows would write two characters for each line feed."""

_MISSING = b"runpages: a part of what was printed may be missing here: the process that copies it was killed\n"

_PIECE = 1 << 16
_MOST = 1 << 24
"""Bytes after which a stream that never stops counts as passed on."""

_PAUSE = 0.5
"""Seconds that the start of a line waits for its end before it is logged."""


class Tee:
    """The streams ``{from: to}`` of descriptors, and the logs by their paths."""

    def __init__(self, streams: dict[int, int], orders: int, answers: int) -> None:
        self._streams = streams
        self._orders = orders
        self._answers = answers
        self._logs: dict[bytes, int] = {}
        self._rest = b""
        self._begun: dict[int, tuple[float, bytes]] = {}  # Until when the start of a line waits, and what it is.

    def add(self, path: bytes) -> None:
        """Copy what comes from now on to a log."""
        self._logs[path] = os.open(path, APPENDING)

    def run(self) -> None:
        """Pass on until all streams have ended."""
        while self._streams:
            waiting = [*self._streams, *([self._orders] if self._orders >= 0 else [])]
            until = min((until for until, _ in self._begun.values()), default=None)
            ready, _, _ = select.select(waiting, [], [], until and max(0.0, until - time.monotonic()))
            self._pass_on(number for number in ready if number in self._streams)
            self._log_begun(time.monotonic())
            if self._orders in ready:
                self._obey()
        _write(self._answers, FINISHED)

    def _pass_on(self, ready: Iterable[int]) -> int:
        """Copy what is there; returns how many bytes that was."""
        count = 0
        for number in ready:
            try:
                data = os.read(number, _PIECE)
            except OSError:  # A terminal that nobody has open any more.
                data = b""
            if not data:
                self._log(number, self._begun.pop(number, (0.0, b""))[1])
                del self._streams[number]
                continue
            count += len(data)
            self._copy(number, data)
            _write(self._streams[number], data)
        return count

    def _copy(self, number: int, data: bytes) -> None:
        """Log whole lines: without buffering a line comes in pieces, and those of another stream between them."""
        until, begun = self._begun.pop(number, (0.0, b""))
        lines, end, rest = (begun + data).rpartition(b"\n")
        self._log(number, lines + end)
        if rest:
            until = time.monotonic() + _PAUSE if end or not begun else until
            self._begun[number] = (until if len(rest) <= _PIECE else 0.0, rest)

    def _log_begun(self, now: float = math.inf) -> None:
        """Log the lines that were begun and have waited long enough."""
        for number, (until, begun) in list(self._begun.items()):
            if until <= now:
                del self._begun[number]
                self._log(number, begun)

    def _log(self, number: int, data: bytes) -> None:
        """Write to all logs; one that cannot be written to any more is named on the stream, and left out."""
        for path, log in list(self._logs.items()):
            reason = _write(log, data)
            if reason:
                del self._logs[path]
                report = f"runpages: {os.fsdecode(path)} is incomplete: {reason}\n"
                _write(self._streams[number], report.encode("utf-8", "replace"))

    def _obey(self) -> None:
        """Carry out ``+<path>`` and ``-<path>``, each after everything that was printed before it."""
        data = os.read(self._orders, _PIECE)
        if not data:
            self._orders = -1
            return
        *orders, self._rest = (self._rest + data).split(b"\0")
        for order in orders:
            self._drain()
            self._log_begun()
            path = order[1:]
            if order[:1] == b"+":
                self.add(path)
            elif path in self._logs:
                os.close(self._logs.pop(path))
            _write(self._answers, DONE)

    def _drain(self) -> None:
        passed = 0
        while self._streams and passed < _MOST:
            ready, _, _ = select.select(list(self._streams), [], [], 0)
            if not ready:
                return
            passed += self._pass_on(ready)


def tell_missing(logs: Iterable[bytes], stream: int) -> None:
    """Say in the logs, and to a stream, that something that was printed may be in neither."""
    _write(stream, _MISSING)
    for path in logs:
        try:
            log = os.open(path, APPENDING)
        except OSError:
            continue  # Its run is gone, and with it who would read it.
        _write(log, _MISSING)
        os.close(log)


def _write(number: int, data: bytes) -> str | None:
    """Write all of it; returns why that was not possible. The reader may be gone, which is not reported."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(number, view) :]
        except BlockingIOError:
            select.select([], [number], [])
        except OSError as error:
            return error.strerror or str(error)
    return None


def main() -> None:
    """Take as arguments ``first`` or ``again``, the descriptors of orders and answers, ``from:to`` pairs, the logs."""
    # Ctrl-C and other keys are for the program; this ends with it.
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    turn, orders, answers, pairs, *paths = sys.argv[1:]
    numbers = [pair.split(":") for pair in pairs.split(",")]
    streams = {int(source): int(target) for source, target in numbers}
    logs = list(map(os.fsencode, paths))
    if turn == "again":
        tell_missing(logs, [*streams.values()][-1])
    tee = Tee(streams, int(orders), int(answers))
    for log in logs:
        tee.add(log)
    tee.run()


if __name__ == "__main__":
    main()
