"""`python -m tests.browser.picture`: take the pictures of the documents, three pages of the example, anew."""

from __future__ import annotations

import io
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

from runpages.format import layout
from runpages.format.discovery import find
from runpages.format.read import read_run
from runpages_site.build import build
from tests.browser.conftest import ROOT, chromium

RUN = "lr0.01-s1"
IMAGES = ROOT / "docs" / "images"
WIDTH = 1440
HEIGHTS = {"home": 640, "experiment": 800, "run": 1000}


def main() -> None:
    workspace, now = ROOT / "site-example" / "runs", time.time()
    (run,) = (one for one in find(str(workspace)).runs if read_run(one.path, now=now).name == RUN)
    pages = {
        "home": "index.html",
        "experiment": layout.experiment_page(run.experiment),
        "run": layout.run_page(run.experiment, run.name),
    }
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build(workspace, Path(folder, "site"), now=now, version=version("runpages"))
        browser = playwright.chromium.launch(executable_path=chromium())
        for name, path in pages.items():
            size = ViewportSize(width=WIDTH, height=HEIGHTS[name])
            page = browser.new_page(viewport=size, color_scheme="light")
            page.goto(Path(folder, "site", path).as_uri())
            _save(page.screenshot(), IMAGES / f"{name}.png")
            page.close()
        browser.close()


def _save(taken: bytes, place: Path) -> None:
    Image.open(io.BytesIO(taken)).convert("RGB").save(place, optimize=True)
    print(f"{place.relative_to(ROOT)}: {place.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
