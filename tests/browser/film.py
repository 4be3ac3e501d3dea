"""`python -m tests.browser.film FOLDER`: film the page of a real training from the disk, a picture for each renewal."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ROOT, chromium

METRIC = '.metric[data-name="val/loss"]'
PATIENCE = 60.0
# Both texts at once: between two readings the page may be renewed.
SHOWN = "names => names.map(name => document.querySelector(name).textContent)"
# The training of the example, with a rest after each epoch.
TRAINING = """
import sys, time
sys.path.insert(0, sys.argv[1])
import digits_mlp
rest = float(sys.argv[2])
def train(*arguments, of=digits_mlp.MLPClassifier.partial_fit, **known):
    time.sleep(rest)
    return of(*arguments, **known)
digits_mlp.MLPClassifier.partial_fit = train
sys.argv[1:] = ["--name", "filmed"]
digits_mlp.main()
"""


class Frame(NamedTuple):
    """What was seen at one moment: the points of a metric, the state, and the picture."""

    points: int
    state: str
    picture: bytes


@contextmanager
def trained(folder: Path, rest: float) -> Iterator[str]:
    """The address of the page of a training that goes on below ``folder``, on a disk; `runpages watch` builds it."""
    watch = ["-c", "from runpages_site.cli import main; main()", "watch", "runs", "--every", "0.5"]
    train = ["-c", TRAINING, str(ROOT / "site-example" / "scripts"), str(rest)]
    with ExitStack() as stack:
        for command in (train, watch):
            process = subprocess.Popen([sys.executable, *command], cwd=folder, stdout=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
        end = time.monotonic() + PATIENCE
        while not (pages := list(folder.glob("site/e/digits-mlp/2*.html"))) and time.monotonic() < end:
            time.sleep(0.1)
        yield pages[0].as_uri()


def film(page: Page) -> Iterator[Frame]:
    """A frame for each change of what the open page shows, from the first points until the run has ended."""
    page.locator(f"{METRIC} .points summary").wait_for()
    seen: tuple[int, str] | None = None
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        told, state = page.evaluate(
            SHOWN, [f"{METRIC} .points summary", ".title-row .badge"]
        )  # "Show 12 points as a table"
        now = int(told.split()[1]), state.strip()
        if now != seen:
            yield Frame(*now, page.screenshot())
            seen, end = now, time.monotonic() + PATIENCE
        if now[1] == "Completed":
            return
        time.sleep(0.1)


def show(browser: Browser, address: str, script: str = "", **look: object) -> Page:
    """The page, at its metrics; a script is run before it."""
    page = browser.new_page(**look)  # type: ignore[arg-type]
    page.add_init_script(script)
    page.goto(address)
    page.locator("#metrics").wait_for()
    page.locator("#metrics").scroll_into_view_if_needed()
    return page


def main() -> None:
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        with trained(Path(folder), 1.0) as address:
            page = show(browser, address, viewport={"width": 1440, "height": 900})
            for at, frame in enumerate(film(page)):
                (place / f"{at:02}.png").write_bytes(frame.picture)
                print(f"{at:02}.png: {frame.points} points, {frame.state}")
        browser.close()


if __name__ == "__main__":
    main()
