"""Measure the page that compares runs in Chromium, from a disk: `python bench/compare_page.py`.

The runs have 10 metrics with 1,000 points each. Sizes are those of the files as they are on the disk, and compressed
by gzip at level 6 as hosts do. Times are medians of rounds, each in a page of its own, in milliseconds; the curves of
fifty runs are drawn after their data scripts have come.
"""

from __future__ import annotations

import argparse
import gzip
import math
import random
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import time
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

import runpages
from runpages_site.build import build
from tools.browser import HELP, find

RUNS, METRICS, POINTS, FEW = 50, 10, 1_000, 10
# Until the page asks for nothing more, and has nothing to do.
IDLE = "() => new Promise(done => setTimeout(() => requestIdleCallback(() => done()), 200))"
LIBRARY = "plotly"
# The data of all runs, and then their curves: a change of the reference draws what is in view again.
POINTS_COME = "() => Promise.all(runpages.compare.members.flatMap(({ runs }) => runs.map(runpages.compare.points)))"
DRAW = """async (id) => {
  const began = performance.now();
  await runpages.compare.redraw(id);
  document.getElementById(id).getBoundingClientRect();
  return performance.now() - began;
}"""
SECTIONS = "() => [...document.querySelectorAll('.compare-section')].filter(one => !one.hidden).map(one => one.id)"
BODY = "(id) => document.querySelector(`#${id} .compare-body`).childElementCount"


def write(folder: Path, runs: int) -> list[str]:
    """Write and build the runs; returns them as the address names them."""
    draw = random.Random(1)
    for number in range(runs):
        params = {"lr": 10.0 ** -draw.randint(1, 4), "seed": number}
        with runpages.start("bench", name=f"run-{number}", params=params, root=folder / "runs", outputs=False) as run:
            for step in range(POINTS):
                fall = math.exp(-step / 300)
                run.log({f"metric{at}/loss": fall + draw.gauss(0, 0.02) + at for at in range(METRICS)}, step=step)
    build(folder / "runs", folder / "site", now=time(), version="1")
    experiments = folder / "site" / "e"
    return sorted(path.parent.relative_to(experiments).as_posix() for path in experiments.glob("*/*/run.js"))


def opened(browser: Browser, url: str) -> tuple[Page, list[Path]]:
    """A page that has loaded all by itself, and the files that it asked for, but for pictures."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(url, wait_until="load")
    before = -1
    while before != len(asked):
        before = len(asked)
        page.evaluate(IDLE)
    places = [urlsplit(request.url) for request in asked if request.resource_type != "image"]
    return page, [Path(unquote(place.path)) for place in places if place.scheme == "file"]


def sizes(files: list[Path]) -> tuple[float, float]:
    """KiB of files but for the chart library, plain and compressed."""
    data = [file.read_bytes() for file in files if LIBRARY not in file.name]
    return sum(map(len, data)) / 1024, sum(len(gzip.compress(one, 6)) for one in data) / 1024


def drawn(browser: Browser, url: str) -> dict[str, float]:
    """One round with all runs: each section that is there, after the points have come."""
    page, _ = opened(browser, url)
    page.evaluate(POINTS_COME)
    found = {}
    for section in page.evaluate(SECTIONS):
        page.locator(f"#{section}").scroll_into_view_if_needed()
        page.evaluate(IDLE)
        took = page.evaluate(DRAW, section)
        if page.evaluate(BODY, section):
            found[section] = took
    page.close()
    return found


def main() -> None:
    """Make the site, and print the figures as tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    executable = find()
    if executable is None:
        raise SystemExit(HELP)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        keys = write(folder, options.runs)
        browser = playwright.chromium.launch(executable_path=executable)
        page = (folder / "site" / "compare.html").as_uri()
        loads = {"without runs": page, f"{FEW} runs": f"{page}#?runs={','.join(keys[:FEW])}"}
        print("| loaded before a touch | KiB | KiB gzipped |\n|---|--:|--:|")
        for name, url in loads.items():
            there, files = opened(browser, url)
            there.close()
            plain, packed = sizes(files)
            print(f"| {name} | {plain:.1f} | {packed:.1f} |")
        rounds = [drawn(browser, f"{page}#?runs={','.join(keys)}") for _ in range(options.rounds)]
        browser.close()
    print(f"\n| {len(keys)} runs × {METRICS} metrics × {POINTS:,} points, drawn | ms |\n|---|--:|")
    for section in rounds[0]:
        print(f"| {section} | {median(one[section] for one in rounds):,.0f} |")


if __name__ == "__main__":
    main()
