"""A run in JupyterLab, driven in a real Chromium: shown at once, shown anew, and still there without the kernel."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from runpages.notebook.chart import WIDTH
from tests.logger.article import BEST, FOUND, HELPER, PREPARE, SUBMIT, TRAIN, WAIT, moved
from tests.notebook.kernel import clean_environment

pytestmark = [pytest.mark.notebook, pytest.mark.filterwarnings("default")]

START = """import runpages
from runpages.notebook import widget
widget.EVERY = 0.5
run = runpages.start("e", name="in the lab <b>", root="runs", capture=False, console=True)
run.log("alpha", 0.4)
print("from a cell")"""
NO_WIDGETS = "import sys; sys.modules['anywidget'] = None\n"
SHOW = "runpages.RunDetails(run).show()"
GO_ON = """import math
for n in range(200):
    run.log("loss", math.exp(-n / 50) if not 80 < n < 100 else float("nan"))
for fold in range(2):
    run.child_run(f"fold {fold}").complete()"""
END = "run.complete()"
BASE = "/user/ann/"
DRAWING = "img[src^='data:image/svg+xml']"


class Lab(NamedTuple):
    """A running JupyterLab: its address, its folder and that of its settings."""

    address: str
    folder: Path
    settings: Path

    def use(self, theme: str) -> None:
        """Choose a theme for the pages that are opened from now on."""
        place = self.settings / "@jupyterlab" / "apputils-extension"
        place.mkdir(parents=True, exist_ok=True)
        (place / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
        (place / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab with nobody's settings."""
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    places = {"HOME": home, "JUPYTER_CONFIG_DIR": home / "config", "JUPYTERLAB_SETTINGS_DIR": home / "settings"}
    environment = {**clean_environment(), **{name: str(place) for name, place in places.items()}}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.port=0", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    command += [f"--ServerApp.base_url={BASE}"]  # As a hub and other proxies have it.
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield Lab(_address(server, home / "log"), folder, home / "settings")
    finally:
        server.terminate()
        server.wait(30)


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/user/ann", log.read_text())
        if found:
            try:
                urllib.request.urlopen(f"{found[0]}/api", timeout=5).close()
            except OSError:
                pass
            else:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import chromium

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        running.close()


def write(path: Path, *cells: str) -> None:
    document = {
        "cells": [
            {"cell_type": "code", "execution_count": None, "id": f"c{n}", "metadata": {}, "outputs": [], "source": text}
            for n, text in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document))


def picture(page: Any, name: str) -> None:
    """Keep a picture of the page where ``RUNPAGES_PICTURES`` names a folder."""
    folder = os.environ.get("RUNPAGES_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


class Notebook:
    """An open notebook, run cell by cell with the keyboard."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        self.done = 0
        page.get_by_text("(ipykernel) | Idle").wait_for()  # Keys that come before are lost.
        self.cells.first.locator(".cm-content").click()

    def run_next(self) -> None:
        """Run a cell, and wait until it has its number."""
        self.page.keyboard.press("Shift+Enter")
        self.done += 1
        self.cells.nth(self.done - 1).locator(".jp-InputPrompt", has_text=f"[{self.done}]:").wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize(
    ("way", "before"), [("widget", ""), ("output", "import sys; sys.modules['anywidget'] = None\n")]
)
def test_a_run_is_shown_and_shown_anew(lab: Lab, browser: Any, way: str, before: str, theme: str) -> None:
    from playwright.sync_api import expect

    name = f"{way}-{theme.split()[1].lower()}"
    lab.use(theme)
    write(lab.folder / f"{name}.ipynb", before + START, SHOW, GO_ON, END)
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    page.set_default_timeout(60_000)
    page.goto(f"{lab.address}/lab/workspaces/{name}/tree/{name}.ipynb")
    notebook = Notebook(page)
    notebook.run_next()
    notebook.run_next()
    shown = notebook.cells.nth(1).locator(".jp-OutputArea-output")
    shown.get_by_text("Running").wait_for()
    expect(shown.get_by_text("in the lab <b>")).to_have_count(1, timeout=60_000)
    expect(shown.locator(DRAWING)).to_have_count(0, timeout=60_000)
    notebook.run_next()
    shown.get_by_text("fold 1").wait_for()
    shown.locator(DRAWING).wait_for()
    assert shown.locator(DRAWING).evaluate("drawing => drawing.decode().then(() => drawing.naturalWidth)") == WIDTH
    expect(shown.get_by_text("from a cell")).to_have_count(1, timeout=60_000)
    picture(page, f"{name}-1")
    notebook.run_next()
    shown.get_by_text("again every").wait_for(state="detached")
    expect(shown.get_by_text("Completed")).to_have_count(3, timeout=60_000)
    picture(page, f"{name}-2")
    page.keyboard.press("Control+s")
    _wait_until(lambda: "Completed" in saved_html(lab.folder / f"{name}.ipynb"))
    assert "in the lab &lt;b&gt;" in saved_html(lab.folder / f"{name}.ipynb")
    page.close()


BUILD = "import sys\n!{sys.prefix}/bin/runpages build runs"
SERVE = """import subprocess
command = [f"{sys.prefix}/bin/runpages", "serve", "--workspace", "runs", "--port", "0"]
server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
print(server.stdout.readline())"""


def test_links_lead_to_the_page_by_jupyter_and_by_serve(lab: Lab, browser: Any) -> None:
    folder = lab.folder / "linked"
    folder.mkdir()
    lab.use("JupyterLab Light")
    last = "runpages.RunDetails(run)"
    write(folder / "a.ipynb", START, last, BUILD, last, SERVE, last, "server.terminate(); run.complete()")
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    page.set_default_timeout(60_000)
    page.goto(f"{lab.address}/lab/workspaces/linked/tree/linked/a.ipynb")
    notebook = Notebook(page)
    for _ in range(6):
        notebook.run_next()
    before, built, served = (notebook.cells.nth(place).locator(".jp-OutputArea-output") for place in (1, 3, 5))
    assert f"not built yet, run runpages build {folder / 'runs'};" in before.inner_text()
    assert before.get_by_role("link").count() == 0
    for shown, address in ((built, f"{lab.address}/files/linked/site/e/e/"), (served, "http://127.0.0.1:")):
        with page.expect_popup() as opened:
            shown.get_by_role("link", name="Page of the run").click()
        opened.value.get_by_role("heading", name="in the lab <b>").wait_for()
        assert opened.value.url.startswith(address)
        opened.value.close()
    picture(page, "links")
    notebook.cells.nth(notebook.done).locator(".cm-content").click()
    notebook.run_next()
    page.close()


def test_a_sweep_is_submitted_watched_and_read_in_a_notebook(lab: Lab, browser: Any) -> None:
    folder = lab.folder / "sweep"
    (folder / "project").mkdir(parents=True)
    (folder / "project" / "train.py").write_text(moved(TRAIN))
    (folder / "project" / "mylib.py").write_text(moved(HELPER))
    lab.use("JupyterLab Light")
    root = "Workspace(workspace_name='lab', root='runs').write_config()"
    first = f"from runpages import Workspace\nfrom runpages.notebook import widget\nwidget.EVERY = 0.5\n{root}"
    write(folder / "sweep.ipynb", first, *(moved(cell).strip() for cell in (PREPARE, SUBMIT, WAIT, BEST)))
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    page.set_default_timeout(60_000)
    page.goto(f"{lab.address}/lab/workspaces/sweep/tree/sweep/sweep.ipynb")
    notebook = Notebook(page)
    for _ in range(5):
        notebook.run_next()
    shown, waited, best = (notebook.cells.nth(place).locator(".jp-OutputArea-output") for place in (2, 3, 4))
    best.get_by_text(FOUND).wait_for()
    picture(page, "sweep")
    printed = waited.first.inner_text()
    assert printed.count("0.40 3295.71") == 1
    assert "Streaming logs/std_log.txt" in printed
    assert "Status: Completed" in printed
    shown.get_by_text("again every").wait_for(state="detached")
    assert shown.get_by_text("Completed").count() == 1
    assert shown.get_by_text("train.py", exact=True).count() == 1
    assert shown.locator(DRAWING).count() == 2  # The alphas and the errors.
    assert shown.get_by_text("0.95 3").count() == 1  # The end of the log.
    (run,) = (folder / "runs").glob("diabetes-sweep/*/run.json")
    assert len(list((run.parent / "artifacts").glob("ridge_*.pkl"))) == 20
    page.close()


def saved_html(path: Path) -> str:
    """What the saved notebook has below its second cell, for those who read it without a kernel."""
    outputs = json.loads(path.read_text())["cells"][1]["outputs"]
    return "".join(outputs[0]["data"]["text/html"]) if outputs else ""


def _wait_until(true: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)
