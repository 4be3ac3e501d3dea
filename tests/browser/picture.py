"""`python -m tests.browser.picture`: take the README's picture, a run's page of the example, anew."""

from __future__ import annotations

import io
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from runpages.format import layout
from runpages.format.discovery import find
from runpages.format.read import read_run
from runpages_site.build import build
from tests.browser.conftest import ROOT, chromium

RUN = "lr0.01-s1"
PLACE = ROOT / "docs" / "images" / "run.png"
WIDTH, HEIGHT, DENSITY = 1280, 1100, 1.5


def main() -> None:
    workspace, now = ROOT / "site-example" / "runs", time.time()
    (run,) = (one for one in find(str(workspace)).runs if read_run(one.path, now=now).name == RUN)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build(workspace, Path(folder, "site"), now=now, version=version("runpages"))
        browser = playwright.chromium.launch(executable_path=chromium())
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=DENSITY)
        page.goto(Path(folder, "site", layout.run_page(run.experiment, run.name)).as_uri())
        taken = page.screenshot()
        browser.close()
    Image.open(io.BytesIO(taken)).convert("RGB").save(PLACE, optimize=True)
    print(f"{PLACE.relative_to(ROOT)}: {PLACE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
