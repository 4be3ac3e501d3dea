"""Builds a site again and again while its runs go on: what is new is built, and a build that fails stops nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from runpages.format.errors import RunpagesError

from .build import Report
from .errors import BusyError

EVERY = 1.0
"""Seconds between two builds at least."""

SHARE = 0.25
"""How much of the time is spent on building at most."""


class Watcher:
    """One build after another of one site."""

    def __init__(
        self, build: Callable[[], Report], *, on_report: Callable[[Report], None], failed: Callable[[str], None]
    ) -> None:
        """``on_report`` gets the report of each build that changed something, of the first one, and of the first that
        succeeds after some have failed; ``failed`` gets what was wrong, once for as long as it stays the same."""
        self._build = build
        self._on_report = on_report
        self._failed = failed
        self._wrong = ""
        self._begun = False

    def once(self) -> float:
        """Build once; returns how many seconds that took."""
        began = time.perf_counter()
        try:
            report = self._build()
        except BusyError:
            pass  # Another build of the site is at it: what it leaves to do is done next time.
        except Exception as error:  # Whatever is wrong now, it may be mended.
            self._fail(error)
        else:
            if report.changed or report.removed or self._wrong or not self._begun:
                self._on_report(report)
            self._wrong, self._begun = "", True
        return time.perf_counter() - began

    def run(self, stop: Event, every: float = EVERY) -> None:
        """Build until ``stop`` is set, each ``every`` seconds, or as seldom as a slow build asks for."""
        while not stop.is_set():
            stop.wait(pause(self.once(), every))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, RunpagesError):
            why = str(error)
        elif isinstance(error, OSError) and error.strerror is not None:
            why = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
        else:
            why = f"{type(error).__name__}: {error}"
        if why != self._wrong:
            self._wrong = why
            self._failed(why)


def pause(spent: float, every: float) -> float:
    """How many seconds to wait after a build that took ``spent`` seconds."""
    return max(every, spent * (1 / SHARE - 1))
