"""Measure the table of runs in Chromium, from a disk: `python bench/runs_table.py`.

The site is that of `many_runs.py`. Times are medians of rounds, each in a page of its own, and in milliseconds. With
`--peer` Tabulator, which npm downloads, shows as many rows of 20 columns in the same rounds; its data is in the page
already, ours is loaded from the disk.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

import many_runs

sys.path.insert(0, str(Path(__file__).parent.parent))

from tools.browser import HELP, find

Figure = tuple[float, float | None]
PARAMS = 14
TABULATOR = "tabulator-tables@6.5.3"
LIVE = "() => Boolean(document.querySelector('.live-runs .tick input'))"
DRAWN = "() => runpages.runsTable.chosen.every((one) => runpages.runsTable.values(one.key, one.aggregate))"
PAINTED = "performance.getEntriesByName('first-contentful-paint')"
ELEMENTS = "document.querySelectorAll('.inner *').length"
LOADED = "[...document.scripts].map((one) => one.src)"

# What is done in the page, and how long it takes until the table is laid out again.
TIMED = """async (act) => {
    const began = performance.now();
    await window.acts[act]();
    document.querySelector(".inner").getBoundingClientRect();
    return performance.now() - began;
}"""
ACTS = """() => {
    const table = runpages.runsTable;
    const [one, other] = table.columns.filter(({ kind, varies }) => kind === "param" && varies);
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    // The groups are there when their rows are.
    const group = (...keys) => new Promise((done) => {
        const drawn = new MutationObserver(() => { drawn.disconnect(); done(); });
        drawn.observe(document.querySelector("#groups tbody"), { childList: true });
        table.setGroup(keys);
    });
    const sort = (...keys) => table.setSort(keys.map((key) => ({ key, aggregate: table.usual(key), down: false })));
    window.acts = {
        // Of more runs than are loaded at first, all come with the first order.
        "sort by a metric": () => sort("metric:val/loss"),
        "sort by two columns": () => sort(one.key, "metric:val/accuracy"),
        "query of numbers": () => table.setQuery(`${one.name}>0 val/loss<0.9`),
        "query of texts": () => table.setQuery(`${other.name}:* -status:failed`),
        "query of free text": () => table.setQuery("99"),
        "no query": () => table.setQuery(""),
        "group by a parameter": () => group(other.key),
        "group by two": () => group(one.key, other.key),
        "no groups": () => table.setGroup([]),
        "scroll far": () => { document.querySelector(".inner").scrollTop += 700000; return frame(); },
    };
    return Object.keys(window.acts);
}"""


class Clock:
    """Milliseconds that pass, and those for which the page's own thread works, since other programs share the cores."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._before = self._now()

    def _now(self) -> tuple[float, float]:
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        return self._page.evaluate("performance.now()"), metrics["TaskDuration"] * 1000

    def lap(self) -> Figure:
        """Both, since the last lap."""
        before, self._before = self._before, self._now()
        return self._before[0] - before[0], self._before[1] - before[1]


def measured(browser: Browser, url: str) -> dict[str, Figure]:
    """One round: the first rows, from a touch to the live table, then what is done with it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    clock = Clock(page)
    page.goto(url, wait_until="load")
    page.wait_for_function(f"() => {PAINTED}.length > 0")
    found: dict[str, Figure] = {"first rows": (page.evaluate(f"{PAINTED}[0].startTime"), clock.lap()[1])}
    page.locator("#runs-section").scroll_into_view_if_needed()
    clock.lap()
    page.locator("#runs-section").dispatch_event("pointerover", {"bubbles": True})
    page.wait_for_function(LIVE)
    found["live after a touch"] = clock.lap()
    page.wait_for_function(DRAWN)
    found["then all columns drawn"] = clock.lap()
    found["data of the first view, KiB gzipped"] = sum(map(size, page.evaluate(LOADED))), None
    for act in page.evaluate(ACTS):
        clock.lap()
        waited = page.evaluate(TIMED, act)
        found[act] = waited, clock.lap()[1]
    found["elements of the table"] = page.evaluate(ELEMENTS), None
    page.close()
    return found


# Tabulator with rows of 20 columns: numbers and words. It builds, sorts and filters.
PEER = """async (count) => {
    const names = Array.from({ length: 20 }, (_, at) => "c" + at);
    const value = (row, at) => (at % 3 ? ((row * 7919 + at * 104729) % 99991) / 997 : "word " + (row * 31 + at) % 500);
    const row = (_, place) => Object.fromEntries(names.map((name, at) => [name, value(place, at)]));
    const data = Array.from({ length: count }, row);
    const found = {};
    const timed = async (name, act) => {
        const began = performance.now();
        await act();
        document.body.getBoundingClientRect();
        found["Tabulator: " + name] = performance.now() - began;
    };
    let table;
    await timed("live", () => new Promise((done) => {
        const columns = names.map((field) => ({ title: field, field }));
        table = new Tabulator("#table", { data, height: 868, columns });
        table.on("tableBuilt", done);
    }));
    await timed("sort", () => table.setSort("c1", "asc"));
    const terms = [{ field: "c1", type: ">", value: 20 }, { field: "c2", type: "<", value: 50 }];
    await timed("query", () => table.setFilter(terms));
    await timed("group", () => table.setGroupBy("c0"));
    found["Tabulator: elements of the table"] = document.querySelectorAll("#table *").length;
    return found;
}"""


def peer_page(folder: Path) -> str:
    """The address of an empty page with Tabulator, downloaded into a folder."""
    packed = subprocess.run(
        ["npm", "pack", TABULATOR, "--silent"], cwd=folder, check=True, capture_output=True, text=True
    )
    with tarfile.open(folder / packed.stdout.strip()) as archive:
        archive.extractall(folder, filter="data")
    style = "<link rel=stylesheet href=package/dist/css/tabulator.min.css>"
    head = f"{style}<script src=package/dist/js/tabulator.min.js></script>"
    page = folder / "peer.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{head}<div id=table></div>")
    return page.as_uri()


def peer(browser: Browser, url: str, count: int) -> dict[str, Figure]:
    """One round of the peer."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url, wait_until="load")
    found: dict[str, float] = page.evaluate(PEER, count)
    page.close()
    return {name: (value, None) for name, value in found.items()}


def size(url: str) -> float:
    """KiB of a data script, compressed as hosts do."""
    path = Path(unquote(urlsplit(url).path))
    return len(gzip.compress(path.read_bytes(), 6)) / 1024 if "/e/" in url and path.suffix == ".js" else 0.0


def main() -> None:
    """Make the site, unless it is there, and print the figures as a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the site is left, or is already; default: nowhere")
    parser.add_argument("--peer", action="store_true", help="measure Tabulator beside it; needs npm")
    options = parser.parse_args()
    executable = find()
    if executable is None:
        raise SystemExit(HELP)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        site = options.folder or Path(temporary)
        page = site / "e" / many_runs.FOLDER / "index.html"
        if not page.is_file():
            many_runs.measure(options.runs, PARAMS, site)
        browser = playwright.chromium.launch(executable_path=executable)
        other = peer_page(Path(temporary)) if options.peer else None
        rounds = [
            measured(browser, page.as_uri()) | (peer(browser, other, options.runs) if other else {})
            for _ in range(options.rounds)
        ]
        browser.close()
    print(f"| {options.runs:,} runs, median of {options.rounds} | passed | worked |\n|---|--:|--:|")
    for name in rounds[0]:
        passed, worked = zip(*(one[name] for one in rounds), strict=True)
        known = [one for one in worked if one is not None]
        print(f"| {name} | {median(passed):,.0f} | {f'{median(known):,.0f}' if known else ''} |")


if __name__ == "__main__":
    main()
