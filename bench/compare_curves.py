"""Measure the curves of many compared runs in a real Chromium: `python bench/compare_curves.py`.

The times are from the arrival of the last data script to the frame in which all charts are drawn, and of a move of the
cursor over all of them; beside them what the page's thread computed in all, which other programs on the machine do not
change. Each round has a fresh browser profile and reads from the disk. Needs Chromium and `playwright`.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pages import chromium

RUNS, METRICS, POINTS = 50, 10, 1_000
# The moment at which the points of the last run were there.
WATCH = """
let known;
Object.defineProperty(window, 'runpages', { get: () => known, set: value => {
  const put = value.put;
  value.put = (key, data) => { put(key, data); if (key === 'points') window.arrived = performance.now(); };
  known = value;
}, configurable: true });
"""
DRAWN = """charts => new Promise(done => {
  const look = () => document.querySelectorAll('#curves .compare-card svg.chart').length < charts
    ? requestAnimationFrame(look) : requestAnimationFrame(() => done(performance.now() - arrived));
  look();
})"""
MOVE = """async () => {
  const body = document.querySelector('#curves .card-body');
  const { left, top } = body.getBoundingClientRect();
  const took = [];
  for (let at = 100; at < 400; at += 10) {
    const began = performance.now();
    body.dispatchEvent(new PointerEvent('pointermove', { clientX: left + at, clientY: top + 90, bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    took.push(performance.now() - began);
  }
  return took.sort((one, other) => one - other)[took.length >> 1];
}"""


def lines(run: int) -> Iterator[str]:
    """The metrics of a run: falling curves with noise."""
    noise = random.Random(run)
    yield "name,step,time,value,text\n"
    for metric in range(METRICS):
        for step in range(POINTS):
            value = math.exp(-step / (100 + 40 * (run % 5))) + noise.gauss(0, 0.02)
            yield f"metric{metric},{step},{1.7e9 + step + run},{value:.6g},\n"


def write_site(folder: Path) -> str:
    """The runs, built; returns the address that compares them."""
    for run in range(RUNS):
        place = folder / "runs" / "many" / f"run{run:02}"
        place.mkdir(parents=True)
        (place / "metrics.csv").write_text("".join(lines(run)))
    program = Path(sys.executable).with_name("runpages")
    subprocess.run([program, "build", folder / "runs", "-o", folder / "site", "-q"], check=True)
    members = ",".join(f"many/run{run:02}" for run in range(RUNS))
    return f"{(folder / 'site' / 'compare.html').as_uri()}#runs?runs={members}"


def measure(browser: Browser, address: str) -> dict[str, float]:
    """One visit, in which all charts are in view."""
    context = browser.new_context(viewport={"width": 1440, "height": 4000})
    page: Page = context.new_page()
    page.add_init_script(WATCH)
    tools = context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(address)
    page.locator("#curves").scroll_into_view_if_needed()
    drawn = page.evaluate(DRAWN, METRICS)
    spent = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    found = {"drawn, ms": drawn, "computed, ms": 1000 * spent["TaskDuration"], "cursor, ms": page.evaluate(MOVE)}
    context.close()
    return found


def main() -> None:
    """Write the site, visit it, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = write_site(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        rows = [measure(browser, address) for _ in range(rounds)]
        browser.close()
    print(f"{RUNS} runs of {METRICS} metrics with {POINTS:,} points, median of {rounds} (least to most)")
    for name in rows[0]:
        values = sorted(row[name] for row in rows)
        print(f"{name:12} {statistics.median(values):8.0f} ({values[0]:.0f} to {values[-1]:.0f})")


if __name__ == "__main__":
    main()
