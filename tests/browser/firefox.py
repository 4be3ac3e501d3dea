"""A real Firefox with the rules that readers have, spoken to over WebDriver BiDi.

Playwright drives a Firefox of its own only. The protocol: https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("firefox-esr", "firefox")
NO_FIREFOX = (
    "The Firefox tests found no Firefox. On Debian: apt-get install firefox-esr. "
    "Elsewhere: name the program in RUNPAGES_FIREFOX."
)
TIMEOUT = 60
# Under automation Firefox lets files read each other, and all seems to work, unless the profile says otherwise.
PREFERENCES = {"security.fileuri.strict_origin_policy": True, "ui.systemUsesDarkTheme": 0}
# Thrown in a page by us: what the page itself said has been told before.
_END = "the end of what the page has said"


class FirefoxError(Exception):
    """A command that Firefox could not do, or a function that threw in the page."""


class Firefox:
    """One tab, and what went wrong in it; `problems` is complete after `listen`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.problems: list[str] = []
        self._socket = socket
        self._commands = 0
        self._ends = 0
        self.command("session.new", capabilities={})
        self._tab: str = self.command("browsingContext.getTree")["contexts"][0]["context"]
        self.command("session.subscribe", events=["log.entryAdded"], contexts=[self._tab])

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Do one command of the protocol; its result."""
        self._commands += 1
        self._socket.send(json.dumps({"id": self._commands, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == self._commands:
                break
        if message["type"] == "error":
            raise FirefoxError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    def open(self, url: str) -> None:
        """Go to an address and wait until the page has loaded."""
        self.command("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, function: str) -> Any:
        """What a function of the page's language returns, as JSON can tell it."""
        found = self._call(f"async () => JSON.stringify(await ({function})() ?? null)")
        return json.loads(found["value"])

    def click(self, selector: str) -> None:
        """Click the first element that a selector finds, with a pointer, as a person does."""
        name = json.dumps(selector)
        element = self._call(
            f"() => {{ const found = document.querySelector({name}); found.scrollIntoView(); return found; }}"
        )
        origin = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": moves}
        self.command("input.performActions", context=self._tab, actions=[pointer])

    def listen(self) -> None:
        """Wait until all has come that the page said so far."""
        ends = self._ends
        self.evaluate(f"() => {{ setTimeout(() => {{ throw new Error({json.dumps(_END)}); }}); }}")
        while self._ends == ends:
            self._receive()

    def _call(self, function: str) -> dict[str, Any]:
        answer = self.command(
            "script.callFunction", functionDeclaration=function, awaitPromise=True, target={"context": self._tab}
        )
        if answer["type"] == "exception":
            raise FirefoxError(f"{answer['exceptionDetails']['text']} in {function}")
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(TIMEOUT))
        if message.get("method") == "log.entryAdded":
            self._hear(message["params"])
        return message

    def _hear(self, entry: dict[str, Any]) -> None:
        text = entry.get("text") or ""
        if _END in text:
            self._ends += 1
        elif entry["level"] == "error":
            self.problems.append(f"{entry['type']} {entry['level']}: {text}")


def program() -> str:
    """The Firefox to use; a test fails with what to do where there is none."""
    named = os.environ.get("RUNPAGES_FIREFOX")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        pytest.fail(f"RUNPAGES_FIREFOX={named} is no program." if named else NO_FIREFOX, pytrace=False)
    return found


@contextmanager
def start(folder: Path) -> Iterator[Firefox]:
    """A Firefox of its own, with a fresh profile in an empty folder."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [program(), "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(folder)]
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | {"HOME": str(folder)})
        try:
            # No proxy stands between two programs of one machine.
            with connect(_address(process, folder), proxy=None, max_size=None) as socket:
                firefox = Firefox(socket)
                yield firefox
                firefox.command("browser.close")
            process.wait(TIMEOUT)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Where Firefox listens, which it writes into its profile."""
    place = folder / "WebDriverBiDiServer.json"
    limit = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < limit:
        try:
            found = json.loads(place.read_text("utf-8"))
            return f"ws://{found['ws_host']}:{found['ws_port']}/session"
        except (OSError, ValueError):
            time.sleep(0.05)
    output = (folder / "output.txt").read_text("utf-8", "replace")
    pytest.fail(f"Firefox did not start (exit code {process.poll()}):\n{output}", pytrace=False)
