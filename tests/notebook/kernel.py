"""A real kernel that runs cells, and what a notebook would show of them."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Kernel:
    """Runs cells, and keeps the outputs as a notebook does: by their display id, the latest of each."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.displays: dict[str, list[dict[str, Any]]] = {}
        self.results: list[dict[str, Any]] = []
        self.printed = ""

    def run(self, cell: str) -> float:
        """Run a cell to its end; returns how many seconds that took, and raises where it failed."""
        began = time.monotonic()
        asked = self._client.execute(cell)
        while True:
            message = self._take(60)
            ours = message["parent_header"].get("msg_id") == asked
            if ours and message["content"].get("execution_state") == "idle":
                return time.monotonic() - began

    def wait_for(self, true: Callable[[], object], seconds: float = 60) -> None:
        """Take what comes until something is true."""
        until = time.monotonic() + seconds
        while not true():
            if time.monotonic() > until:
                raise AssertionError(f"it did not come to be in {seconds} s; shown is {self.displays}")
            try:
                self._take(0.2)
            except queue.Empty:
                continue

    def _take(self, seconds: float) -> dict[str, Any]:
        message: dict[str, Any] = self._client.get_iopub_msg(timeout=seconds)
        content = message["content"]
        if message["msg_type"] in ("display_data", "update_display_data"):
            identity = content.get("transient", {}).get("display_id", "")
            known = self.displays.setdefault(identity, [])
            assert bool(known) == (message["msg_type"] == "update_display_data") or not identity
            known.append(content["data"])
        elif message["msg_type"] == "execute_result":
            self.results.append(content["data"])
        elif message["msg_type"] == "stream":
            self.printed += content["text"]
        elif message["msg_type"] == "error":
            raise AssertionError("\n".join(content["traceback"]))
        return message


def clean_environment() -> dict[str, str]:
    """That of a user: a kernel that finds itself in a test does not read what children print."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "RUNPAGES_"))}


@contextmanager
def kernel(folder: Path) -> Iterator[Kernel]:
    """A kernel that works in a folder."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=clean_environment())
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
