"""Measures the table of runs in Chromium on one experiment with many runs, from a disk.

A site with a single real run is built, with the experiment's page and data scripts made from synthetic summaries: the
same functions as in any build, without a hundred thousand run folders. `--keep` leaves the site to look at.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

import runpages
from runpages_site import index
from runpages_site.build import build
from runpages_site.model import MetricSummary, RunSummary
from tools.browser import HELP, find

METRICS = ("val/loss", "val/accuracy")
PARAMS = ("lr", "seed", "optimizer", "batch", "dropout", "width", "depth", "decay", "warmup", "schedule", "data", "clip")
STATUSES = ("Completed",) * 17 + ("Failed", "Canceled", "Completed")
OPTIMIZERS = ("adam", "sgd", "adamw", "lion")
READY = "document.querySelector('.live-runs .tick input') && runpages.runsTable.count"
ELEMENTS = "document.querySelectorAll('#runs-section *').length"

# Each step: what it is, and a script that does it and gives the milliseconds until the next frame is drawn.
TIMED = """async (act) => {
  const table = runpages.runsTable;
  const began = performance.now();
  await eval(act);
  document.querySelector('.inner').getBoundingClientRect();
  return performance.now() - began;
}"""
STEPS = {
    "sort by a metric": "table.setSort([{ key: 'metric:val/loss', aggregate: 'best', down: false }])",
    "sort by two columns": "table.setSort([{ key: 'param:lr', aggregate: '', down: true }, { key: 'metric:val/accuracy', aggregate: 'best', down: true }])",
    "query a number": "table.setQuery('lr:0.001..0.1 val/loss<0.5')",
    "query a text": "table.setQuery('optimizer:adam -status:failed')",
    "query free text": "table.setQuery('sweep-99')",
    "clear the query": "table.setQuery('')",
    "group by a parameter": "table.group(['param:optimizer'])",
    "group by two": "table.group(['param:optimizer', 'param:depth'])",
    "scroll": "new Promise((done) => { const at = document.querySelector('.inner'); at.scrollTop += 700000; requestAnimationFrame(() => requestAnimationFrame(done)); })",
}


def summary(number: int) -> RunSummary:
    """A made-up run with 12 parameters, a tag and two metrics of five points."""
    chance = random.Random(number)

    def metric(goal: str | None) -> MetricSummary:
        low = round(chance.random(), 4)
        spark = tuple(chance.randrange(1000) for _ in range(5))
        return MetricSummary(5, low, low, low + 1, None, spark, goal=goal, mean=low + 0.5)

    params: dict[str, Any] = {name: chance.randrange(4) for name in PARAMS}
    params |= {"lr": 10 ** -chance.randrange(1, 5), "seed": number % 100, "optimizer": chance.choice(OPTIMIZERS)}
    began = 1.7e9 + 60.0 * number
    return RunSummary(
        path=f"e/sweep/20261101-{number:06d}-abcdef.html",
        id=f"20261101-{number:06d}-abcdef",
        title=f"sweep-{number}",
        number=number + 1,
        status=chance.choice(STATUSES),
        damaged=False,
        created=began,
        started=began,
        ended=began + chance.uniform(1, 5000),
        last_write=began,
        parent=None,
        host=f"gpu-{number % 8}",
        params=params,
        tags={"stage": "search"} if number % 3 else {},
        metrics={name: metric({0: "min", 1: "max"}.get(at)) for at, name in enumerate(METRICS)},
    )


def write(folder: Path, count: int) -> Path:
    """Write the site; returns the page of the experiment."""
    with runpages.start("sweep", root=folder / "runs") as run:
        run.log("val/loss", 1.0)
    whole = index.index_experiment

    def many(job: index.Job, lines: index.Lines) -> index.Indexed:
        return whole(job, lines._replace(lines=[b"%d" % number for number in range(count)]))

    with (
        mock.patch.object(index, "index_experiment", many),
        mock.patch.object(index, "summary_of", lambda line: summary(int(line))),
    ):
        build(folder / "runs", folder / "site", now=time.time(), version="1")
    return folder / "site" / "e" / "sweep" / "index.html"


def opened(browser: Browser, url: str) -> tuple[Page, dict[str, float]]:
    """Open the page and touch the table; the times are milliseconds from the start of the navigation."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page.goto(url, wait_until="commit")
    first = page.wait_for_function("performance.getEntriesByName('first-contentful-paint')[0]?.startTime").json_value()
    page.evaluate("document.querySelector('#runs-section').scrollIntoView()")
    began = page.evaluate("performance.now()")
    page.locator("#runs-section").dispatch_event("pointerover", {"bubbles": True})
    page.wait_for_function(READY)
    live = page.evaluate("performance.now()") - began
    return page, {"first rows": first, "live after the first touch": live}


def measure(browser: Browser, url: str) -> dict[str, float]:
    """One round: how long each step takes, and how many elements the section has then."""
    page, found = opened(browser, url)
    found["elements"] = page.evaluate(ELEMENTS)
    for name, act in STEPS.items():
        found[name] = page.evaluate(TIMED, act)
    found["elements after it"] = page.evaluate(ELEMENTS)
    loaded = page.evaluate("[...document.scripts].map((one) => one.src)")
    found["data loaded, KiB gzipped"] = sum(map(_size, loaded))
    page.close()
    return found


def _size(url: str) -> float:
    path = Path(url.split("?")[0].removeprefix("file://"))
    is_data = "/e/" in url and path.is_file()
    return len(gzip.compress(path.read_bytes(), 6)) / 1024 if is_data else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="leave the site in this folder")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    executable = find()
    if executable is None:
        raise SystemExit(HELP)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = asked.keep or Path(temporary)
        page = folder / "site" / "e" / "sweep" / "index.html"
        page = page if page.is_file() else write(folder, asked.runs)
        browser = playwright.chromium.launch(executable_path=executable)
        rounds = [measure(browser, page.as_uri()) for _ in range(asked.rounds)]
        browser.close()
    found = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    if asked.json:
        print(json.dumps(found))
        return
    print(f"| {asked.runs:,} runs, median of {asked.rounds} | ms |\n|---|--:|")
    for name, value in found.items():
        print(f"| {name} | {value:,.0f} |")


if __name__ == "__main__":
    main()
