"""Opening a page in a browser, with an ear on everything that must not happen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Response, Route, expect

TIMEOUT = 30_000
# An open page asks for what is new every 3 seconds, and every 30 where nothing came for long; here it hurries.
HURRY = """
const wait = setTimeout;
window.setTimeout = (act, rest, ...more) => wait(act, { 3000: 300, 30000: 3000 }[rest] ?? rest, ...more);
"""
# `RUNPAGES_SLOW=6` makes the processor of all pages slower by that factor. `RUNPAGES_LATE=200` delays by that many
# milliseconds whatever a page does later: timers, frames, idle moments and scripts that it loads. A test that reads
# what is still to come then fails each time, and not once a month.
SLOW, LATE = float(os.environ.get("RUNPAGES_SLOW", "1")), int(os.environ.get("RUNPAGES_LATE", "0"))
DELAY = """{
const wait = setTimeout, append = Element.prototype.append;
window.setTimeout = (act, rest = 0, ...more) => wait(act, rest + LATE, ...more);
for (const name of ["requestAnimationFrame", "requestIdleCallback"]) {
  const usual = window[name].bind(window);
  window[name] = (act, ...more) => usual(() => wait(() => usual(act, ...more), LATE));
}
Element.prototype.append = function (...nodes) {
  const load = () => append.apply(this, nodes);
  if (nodes.some((node) => node instanceof HTMLScriptElement)) wait(load, LATE);
  else load();
};
}"""

# As long as all other waits; of itself Playwright gives up after five seconds, which a loaded machine may need.
expect.set_options(timeout=TIMEOUT)


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
    page = context.new_page()
    if SLOW > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
    if LATE:
        context.add_init_script(DELAY.replace("LATE", str(LATE)))
    try:
        yield Visit(page, origin)
    finally:
        context.close()


@contextmanager
def before_scripts(page: Page) -> Iterator[None]:
    """Scripts that the page asks for meanwhile come at the end, as those of a slow host do."""
    held: list[Route] = []
    page.route("**/*.js", lambda route: held.append(route))
    yield
    page.unroute("**/*.js")
    for route in held:
        route.continue_()


def until(what: Callable[[], Any], expected: Any) -> None:
    """Ask again and again until the answer is the expected one; for what no locator can be expected to have."""
    end = time.monotonic() + TIMEOUT / 1000
    while (found := what()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert found == expected, f"{found!r} is not {expected!r}"
