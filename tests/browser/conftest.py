"""The sites that the browser tests look at, and the browser that they look with."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.extremes import write_extremes
from tests.browser.tree import Tree
from tools.browser import HELP, find, headless

ROOT = Path(__file__).parent.parent.parent
# Sites are served from below the root of their host, as code hosts do for a project's pages.
SUB_PATH = "user/repo"


class Site(NamedTuple):
    """A built site, and where a browser finds it."""

    name: str
    tree: Tree
    file: str
    http: str

    def origin(self, scheme: str) -> str:
        """The address of the site's root, with a slash at the end."""
        return {"file": self.file, "http": self.http}[scheme]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """The browser to use; a test fails with what to do where there is none."""
    return find() or pytest.fail(HELP, pytrace=False)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def usual_browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium as people have it: one without windows has no viewer of PDF files, and says at the start of each page
    that the mouse came to its first pixel, which is a touch."""
    with playwright.chromium.launch(executable_path=chromium()) as browser:
        yield browser


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=headless() or chromium()) as browser:
        yield browser


def _example(root: Path) -> None:
    shutil.copytree(ROOT / "site-example" / "runs", root)


def _build(make: Callable[[Path], None], folder: Path) -> None:
    """Make a workspace and build its site below the folder."""
    runs, site = folder / "work" / "runs", folder / "web" / SUB_PATH
    make(runs)
    site.parent.mkdir(parents=True)
    program = Path(sys.executable).with_name("runpages")
    done = subprocess.run([program, "build", runs, "-o", site], capture_output=True, text=True, timeout=240)
    if done.returncode != 0:
        pytest.fail(f"runpages build ended with {done.returncode}:\n{done.stdout}{done.stderr}", pytrace=False)


def _without_runs(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "runpages.yml").touch()  # An empty folder is no workspace.


WORKSPACES: dict[str, Callable[[Path], None]] = {
    "example": _example,
    "extremes": write_extremes,
    "empty": _without_runs,
}


class Handler(SimpleHTTPRequestHandler):
    """A host of static files that says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


def served(folder: Path) -> AbstractContextManager[str]:
    """A folder on a host: its address, with a slash at the end."""
    return answered_by(partial(Handler, directory=str(folder)))


@contextmanager
def answered_by(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """A host whose requests a handler answers: its address, with a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def opened_by(scheme: str, folder: Path) -> Iterator[str]:
    """A folder from the disk or from a host: its address, with a slash at the end."""
    if scheme == "file":
        yield folder.as_uri() + "/"
        return
    with served(folder) as address:
        yield address


@pytest.fixture(scope="session", params=list(WORKSPACES))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder = shared / f"site-{request.param}"
    # The first of the parallel workers builds the site, the others wait for it.
    with (shared / f"site-{request.param}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _build(WORKSPACES[request.param], folder)
    web = folder / "web"
    with served(web) as host:
        yield Site(request.param, Tree(web / SUB_PATH), (web / SUB_PATH).as_uri() + "/", f"{host}{SUB_PATH}/")
