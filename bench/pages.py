"""Measure a run's page in a real Chromium, beside plotly's own HTML export of the same charts: `python bench/pages.py`.

Every figure is of a fresh browser profile, from the disk; both pages take turns, and the medians are printed. Needs
Chromium and the packages `playwright` and `plotly`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

CHARTS, POINTS = 20, 1_000
LONG = 1_000_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Long tasks block the page: what each takes beyond 50 ms counts, as in Lighthouse's Total Blocking Time.
WATCH = """
window.seen = { paint: null, blocked: 0 };
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (entry.name === 'first-contentful-paint') seen.paint = entry.startTime;
})).observe({ type: 'paint', buffered: true });
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  seen.blocked += Math.max(0, entry.duration - 50);
})).observe({ type: 'longtask', buffered: true });
"""
# From the pointer on a chart to plotly's drawing in it, as the page's own clock tells.
ARM = """index => {
  const body = document.querySelectorAll('.metric .card-body')[index];
  window.took = null;
  body.addEventListener('pointerenter', () => {
    const began = performance.now();
    const look = () => body.querySelector('.live .scatterlayer .trace')
      ? window.took = performance.now() - began : requestAnimationFrame(look);
    look();
  }, { once: true, capture: true });
}"""

# From a zoom into a part of a chart, as wide as it is given, to the drawing of other points.
ZOOM = """async part => {
  const box = document.querySelector('.metric .live');
  const [from, to] = [Math.round((1 - part) * LONG / 3), Math.round((1 - part) * LONG / 3 + part * LONG)];
  const before = box.data[0].x;
  const began = performance.now();
  Plotly.relayout(box, { 'xaxis.range': [from, to] });
  while (box.data[0].x === before) await new Promise(requestAnimationFrame);
  return [performance.now() - began, Math.max(...box.data[0].y)];
}""".replace("LONG", str(LONG))


def chromium() -> str:
    """The browser on the path."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("No Chromium was found. On Debian: apt-get install chromium.")
    return found


def course(chart: int) -> list[float]:
    """A falling curve with the noise of a slow random walk."""
    noise = random.Random(chart)
    walk, found = 0.0, []
    for step in range(POINTS):
        walk = 0.998 * walk + noise.gauss(0, 0.02)
        found.append(round(walk + math.exp(-step / 200), 5))
    return found


def spiked(step: int) -> float:
    """A point of a long curve; one of them is a spike."""
    return 3.0 if step == LONG // 3 else math.exp(-step / 200_000) + 0.05 * math.sin(step * step)


def write_site(folder: Path, lines: Iterable[str]) -> Path:
    """A run with some points, built; returns its page."""
    run = folder / "runs" / "pages" / "run"
    run.mkdir(parents=True)
    with (run / "metrics.csv").open("w", encoding="utf-8") as file:
        file.write("name,step,time,value,text\n")
        file.writelines(lines)
    program = Path(sys.executable).with_name("runpages")
    subprocess.run([program, "build", folder / "runs", "-o", folder / "site", "-q"], check=True)
    return folder / "site" / "e" / "pages" / "run.html"


def many_charts() -> Iterable[str]:
    """The lines of a run with many charts."""
    for chart in range(CHARTS):
        for step, value in enumerate(course(chart)):
            yield f"group{chart % 4}/metric{chart},{step},{1.7e9 + step},{value!r},\n"


def long_chart() -> Iterable[str]:
    """The lines of a run with one long metric."""
    return (f"loss,{step},{1.7e9 + step / 100:.2f},{spiked(step)!r},\n" for step in range(LONG))


def write_export(folder: Path, charts: Iterable[list[float]]) -> Path:
    """What people do without: each chart exported by plotly, on one page, with plotly.js in its head."""
    from plotly import graph_objects, io

    parts = []
    for chart, y in enumerate(charts):
        figure = graph_objects.Figure(graph_objects.Scatter(y=y), {"title": {"text": f"metric{chart}"}, "height": 300})
        parts.append(io.to_html(figure, full_html=False, include_plotlyjs=chart == 0))
    page = folder / "export.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>charts</title>{''.join(parts)}", encoding="utf-8")
    return page


def look(browser: Browser, page: Path, then: Callable[[Page], dict[str, float]]) -> dict[str, float]:
    """Open a page once in a fresh profile: first paint and blocked ms, KiB, elements, and what `then` measures."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    asked: list[Request] = []
    opened.on("request", lambda request: asked.append(request))
    opened.add_init_script(WATCH)
    opened.goto(page.as_uri(), wait_until="load")
    opened.wait_for_timeout(1_500)
    seen = opened.evaluate("seen")
    files = {request.url.partition("?")[0] for request in asked if request.url.startswith("file:")}
    row = {
        "first paint, ms": seen["paint"],
        "blocked, ms": seen["blocked"],
        "read, KiB": sum(map(_size, files)) / 1024,
        "elements": opened.evaluate("document.getElementsByTagName('*').length"),
        **then(opened),
    }
    context.close()
    return row


def touch(page: Page) -> dict[str, float]:
    """How long the first chart takes to come alive, and then another one."""
    took = {}
    for name, index in (("first touch, ms", 0), ("next touch, ms", CHARTS - 1)):
        body = page.locator(".metric .card-body").nth(index)
        body.scroll_into_view_if_needed()
        page.mouse.move(2, 2)
        page.evaluate(ARM, index)
        body.hover()
        # Not by `wait_for_function`, which the policy of the page forbids.
        while (ms := page.evaluate("took")) is None:
            page.wait_for_timeout(20)
        took[name] = ms
        page.wait_for_timeout(300)
    return took


def zoom(page: Page) -> dict[str, float]:
    """What the first view of a long metric reads, how long zooms into it take, and whether the spike is in each."""
    body = page.locator(".metric .card-body").first
    body.hover()
    body.locator(".live .scatterlayer .trace").first.wait_for()
    page.wait_for_timeout(500)
    scripts: list[str] = page.evaluate(
        "[...document.scripts].map(one => one.src).filter(src => src.includes('/points'))"
    )
    found = {"points of the first view, KiB": sum(_size(script) for script in scripts) / 1024}
    highest = []
    for part in (0.1, 0.01, 0.001):
        found[f"zoom to {part:.1%}, ms"], high = page.evaluate(ZOOM, part)
        highest.append(high)
        page.wait_for_timeout(300)
    return {**found, "spike drawn, of 3 zooms": sum(high == 3.0 for high in highest)}


def _size(url: str) -> int:
    return Path(unquote(urlsplit(url).path)).stat().st_size


def table(rows: dict[str, list[dict[str, float]]]) -> str:
    """The medians as a Markdown table."""
    names = list(dict.fromkeys(name for found in rows.values() for row in found for name in row))
    lines = ["| page | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    for title, found in rows.items():
        cells = [f"{statistics.median(row[name] for row in found):,.0f}" if name in found[0] else "" for name in names]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="the figures of each round as well")
    options = parser.parse_args()
    courses = list(map(course, range(CHARTS)))
    found = {
        f"{CHARTS} charts with {POINTS:,} points each": beside(options.rounds, many_charts(), courses, touch),
        f"a chart with {LONG:,} points": beside(options.rounds, long_chart(), [list(map(spiked, range(LONG)))], zoom),
    }
    for title, rows in found.items():
        print(f"A page of {title}, {options.rounds} rounds, medians:\n\n{table(rows)}\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def beside(
    rounds: int, lines: Iterable[str], courses: list[list[float]], then: Callable[[Page], dict[str, float]]
) -> dict[str, list[dict[str, Any]]]:
    """The figures of our page and of plotly's, in turns."""
    rows: dict[str, list[dict[str, Any]]] = {"runpages": [], "plotly's HTML export": []}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        site, export = write_site(Path(name), lines), write_export(Path(name), courses)
        for _ in range(rounds):
            browser = playwright.chromium.launch(executable_path=chromium())
            rows["runpages"].append(look(browser, site, then))
            rows["plotly's HTML export"].append(look(browser, export, lambda page: {}))
            browser.close()
    return rows


if __name__ == "__main__":
    main()
