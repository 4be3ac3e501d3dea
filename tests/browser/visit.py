"""Opening a page in a browser, with an ear on everything that must not happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Response

TIMEOUT = 30_000
# An open page asks for what is new every 3 seconds, and every 30 where nothing came for long; here it hurries.
HURRY = """
const wait = setTimeout;
window.setTimeout = (act, rest, ...more) => wait(act, { 3000: 300, 30000: 3000 }[rest] ?? rest, ...more);
"""


class Visit:
    """A page of the browser and what went wrong on it; `problems` grows as the page lives."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._add(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def open(self, place: str) -> Page:
        """Go to a place of the site and wait until it has loaded."""
        self.page.goto(self.origin + place, wait_until="load")
        return self.page

    def _add(self, problem: str) -> None:
        self.problems.append(f"{self.page.url.removeprefix(self.origin)}: {problem}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self._add(f"console {message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self._add(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self._add(f"asked for {request.url}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it was still loading, such as its icon; that is no fault of the page.
        if request.failure != "net::ERR_ABORTED":
            self._add(f"not loaded: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._add(f"{response.status} for {response.url}")


@contextmanager
def visit(browser: Browser, origin: str, **options: Any) -> Iterator[Visit]:
    """A fresh browser profile with one page, for a site that lies at `origin`, which ends with a slash."""
    context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
    context.set_default_timeout(TIMEOUT)
    try:
        yield Visit(context.new_page(), origin)
    finally:
        context.close()
