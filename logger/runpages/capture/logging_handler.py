"""Writes records of the ``logging`` module as a log of a run."""

from __future__ import annotations

import logging
import os
import time

from .._lifecycle import live
from ..coerce import quoted
from ..format import layout
from ..format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._writer import Recorder
    from ..run import Run

# With the level, by which a page chooses the lines.
_LINE = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


class LogHandler(logging.Handler):
    """Writes the records of ``logging`` to ``logs/<name>.log`` of a run, each at once and by one write.

    A line has the time, the level, the name of the logger and the message, unless another formatter is set; filters and
    a level are those of every handler. Safe to use from threads; a forked child writes a file of its own. It stops with
    its run: a record that is made after the end is passed over in silence, unless this process resumes the run. Raises
    UserError for a name that is not a string.
    """

    def __init__(self, run: Run, name: Any = "log", level: int | str = logging.NOTSET) -> None:
        if not isinstance(name, str) or not name.removesuffix(".log"):
            raise UserError(f"log name must be a non-empty string, not {quoted(name)}")
        if not hasattr(type(run), "folder") and not hasattr(run, "_state"):
            raise UserError(f"a LogHandler writes to a Run, not to {quoted(run)}")
        super().__init__(level)
        self.run = run
        self._file = layout.file_name(name.removesuffix(".log")) + ".log"
        self._recorder: Recorder | None = None
        self._fd = -1
        self._until = 0.0
        run._state.background.append(self._end)

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, and its traceback below."""
        # It is not set as the formatter: basicConfig(format=) gives one only to handlers that have none.
        return (self.formatter or _LINE).format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; errors are reported as ``logging`` reports them, and never raised."""
        try:
            run = live(self.run)
            # A queue may hand over later what was said before the end.
            if run is None and record.created > self._until:
                return
            data = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            # The run has another recorder after a fork, and the files of a process are its own.
            if self._fd < 0 or self._recorder is not self.run._state.recorder:
                self._open(run)
            while data:
                data = data[os.write(self._fd, data) :]
            if run is None:
                self._close()
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Give the descriptor back; a later record opens the file again."""
        with self._guarded():
            self._close()
        super().close()

    def _end(self) -> None:
        """The run ends: what is said from now on is not its own."""
        with self._guarded():
            self._until = time.time()
            self._close()

    def _guarded(self) -> Any:
        """The lock of every handler, which ``logging`` holds while a record is written."""
        assert self.lock is not None
        return self.lock

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open(self, run: Run | None) -> None:
        self._close()
        if run is not None and run is not self.run:  # It was resumed: the end of that object is the end of the run.
            run._state.background.append(self._end)
        self._recorder = self.run._state.recorder
        folder = os.path.join(self.run.folder, layout.LOGS)
        if os.path.isdir(self.run.folder):  # The run's own is never made again, which somebody removed.
            os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, layout.with_writer(self._file, self._recorder.writer))
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._fd = os.open(path, how, 0o666)
