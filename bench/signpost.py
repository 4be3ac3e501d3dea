"""Three numbers that two processes share, of which one may be killed at any moment."""

from __future__ import annotations

import mmap
import os
from pathlib import Path


class Signpost:
    """`ready` and `calls` are set by the one that logs, `go` by the one that watches it."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
        try:
            os.ftruncate(descriptor, 24)
            self._numbers = memoryview(mmap.mmap(descriptor, 24)).cast("q")
        finally:
            os.close(descriptor)

    @property
    def ready(self) -> int:
        """Whether the run is open."""
        return self._numbers[0]

    @ready.setter
    def ready(self, value: int) -> None:
        self._numbers[0] = value

    @property
    def go(self) -> int:
        """Whether to go on."""
        return self._numbers[1]

    @go.setter
    def go(self, value: int) -> None:
        self._numbers[1] = value

    @property
    def calls(self) -> int:
        """How many calls have returned."""
        return self._numbers[2]

    @calls.setter
    def calls(self, value: int) -> None:
        self._numbers[2] = value
