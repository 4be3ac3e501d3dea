"""Measure what a search loads and how long it takes: `python bench/search.py --runs 100000 --experiments 10`.

The runs are those of the workload H, given to the builders of the search without pages of their own. Each query is
typed into the home page of the site in a fresh Chromium profile, from `file://`. "all blocks" is what the search would
load without filters.
"""

from __future__ import annotations

import argparse
import gzip
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

import runpages
import workload
from runpages_site.build import build
from runpages_site.model import ExperimentEntry, ExperimentSummary, MetricSummary, RunSummary
from runpages_site.page import entry_of, search_blocks, search_entry, search_scripts

QUERIES = (
    "trial 4711", "009871", "status:failed", "size:large", "param_07:adam", "seed 3", "train/loss", "val/acc", "0.0123",
    "project-1", "qzxvkw",
)  # fmt: skip
# Until nothing is added for this long, in milliseconds, an answer is not complete.
QUIET = 400
TYPE = """
async ([query, quiet]) => {
  const [field, list] = ["search", "found"].map((id) => document.getElementById(id));
  const begun = performance.now();
  let [first, last] = [0, 0];
  const seen = new MutationObserver(function () {
    if (list.textContent === "Searching…") return;
    last = performance.now() - begun;
    if (!first && list.querySelector("a")) first = last;
  });
  seen.observe(list, { childList: true });
  field.value = query;
  field.dispatchEvent(new InputEvent("input"));
  while (!last || performance.now() - begun - last < quiet) await new Promise((done) => setTimeout(done, 20));
  return [first || last, last, (list.querySelector(".rest") || list).textContent];
}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a query: milliseconds to the first hit and to the last change, loaded bytes, and the last line."""

    query: str
    first: float
    last: float
    files: int
    size: int
    packed: int
    line: str


def summary(number: int, experiment: str) -> RunSummary:
    """A run of the workload as the pages across runs know it."""
    run = workload.run_folder(Path(), number).name
    known: dict[str, Any] = workload.run_document(number, experiment, run, random.Random(number))
    started, ended = (datetime.fromisoformat(known[one]).timestamp() for one in ("started", "ended"))
    metrics = {name: MetricSummary(5, 0.5, 0.5, 1.0, None, ()) for name in workload.metric_names(2)}
    return RunSummary(
        path=f"e/{experiment}/{run}.html", id=run, title=known["name"], number=known["number"], status=known["status"],
        damaged=False, created=started, started=started, ended=ended, last_write=ended, parent=None, host=None,
        params=known["params"], tags=known["tags"], metrics=metrics,
    )  # fmt: skip


def write(site: Path, runs: int, experiments: int) -> tuple[int, float]:
    """Write the scripts of the search; gives the bytes of all blocks, and the seconds that the builders took."""
    entries, size, seconds = list[ExperimentEntry](), 0, 0.0
    for place in range(experiments):
        name = f"project-{place}"
        mine = tuple(summary(number, name) for number in range(place, runs, experiments))[::-1]
        experiment = ExperimentSummary(f"e/{name}/index.html", name, None, None, {}, mine)
        folder = site / "e" / name
        folder.mkdir(parents=True)
        begun = time.perf_counter()
        blocks = search_blocks(experiment)
        entry = search_entry(experiment, blocks)
        seconds += time.perf_counter() - begun
        entries.append(entry_of(experiment, entry))
        for at, block in enumerate(blocks):
            (folder / f"search-{at}.js").write_bytes(block.script)
            size += len(block.script)
    begun = time.perf_counter()
    scripts = [*search_scripts(entries)]
    seconds += time.perf_counter() - begun
    for path, data in scripts:
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_bytes(data)
    return size, seconds


def ask(browser: Browser, site: Path, query: str) -> Answer:
    """Type a query in a profile that has loaded nothing yet."""
    context = browser.new_context()
    page: Page = context.new_page()
    loaded = list[Path]()
    page.on("request", lambda request: loaded.append(Path(request.url.removeprefix("file://"))))
    page.goto(f"file://{site}/index.html")
    page.keyboard.press("/")
    while not page.evaluate("Boolean(window.runpages.searchIndex) && document.activeElement.id === 'search'"):
        page.wait_for_timeout(20)
    page.wait_for_timeout(300)
    first, last, line = page.evaluate(TYPE, [query, QUIET])
    context.close()
    data = [path.read_bytes() for path in loaded if "search" in path.name or path.parent.name == "search"]
    return Answer(
        query, first, last, len(data), sum(map(len, data)), sum(len(gzip.compress(one)) for one in data), line
    )


def lines(answers: Iterator[Answer]) -> Iterator[str]:
    """The table, a line for each query."""
    yield "| query | first hit, ms | complete, ms | files | KiB | gzipped | last line |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for one in answers:
        sizes = f"{one.size / 1024:.0f} | {one.packed / 1024:.0f}"
        yield f"| `{one.query}` | {one.first:.0f} | {one.last:.0f} | {one.files} | {sizes} | {one.line} |"


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--experiments", type=int, default=workload.EXPERIMENTS)
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the program of the browser")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="runpages-bench-") as name:
        folder = Path(name).resolve()
        with runpages.start("demo", root=folder / "runs") as run:
            run.log("loss", 1)
        build(folder / "runs", folder / "site", now=time.time(), version="1")
        size, seconds = write(folder / "site", options.runs, options.experiments)
        print(
            f"{options.runs:,} runs in {options.experiments} experiments; all blocks: {size / 1024:,.0f} KiB;", end=" "
        )
        print(f"built in {1e6 * seconds / options.runs:.0f} µs a run\n")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
            for line in lines(ask(browser, folder / "site", query) for query in QUERIES):
                print(line, flush=True)
            browser.close()


if __name__ == "__main__":
    main()
