"""Measure how long a browser takes to compare the code of two runs: `python bench/compare_code.py --files 2000`.

Two snapshots of as many files of 60 lines, of which some differ in a line; in the last row one file of 5,000 lines
differs in every tenth. The page that compares the runs is opened in a fresh Chromium profile, from `file://`. "shown"
is the time from the chips of the runs, which come first, to the list of files and the difference of the first ones;
"drawn again" is the same with all data there, at the press of a switch. Only scripts of code that were loaded count.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import runpages
from runpages_site.build import build

# When the chips were there, and the list of files, in milliseconds since the page was asked for.
WATCH = """
window.seen = {};
new MutationObserver(function () {
  for (const [name, selector] of [["chips", "#compare-chips > *"], ["shown", "#code .change-about"]])
    if (!(name in window.seen) && document.querySelector(selector)) window.seen[name] = performance.now();
}).observe(document, { childList: true, subtree: true });
"""
AGAIN = """
async () => {
  const before = document.querySelector("#code .change-about");
  const begun = performance.now();
  document.querySelector("#code .change-tools [type=checkbox]").click();
  while (document.querySelector("#code .change-about") === before) await new Promise((done) => setTimeout(done, 0));
  return performance.now() - begun;
}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """Two snapshots: how many files they have, how many differ, and how many lines one of them has."""

    files: int
    changed: int
    lines: int = 60


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds of a visit, and what was loaded for it."""

    shown: float
    again: float
    files: int
    size: int


def source(number: int, lines: int, version: int) -> str:
    """A file; of another version a line in ten of a long one differs, else one line."""
    every = 10 if lines > 1000 else lines
    return "".join(
        f"value_{at} = compute({number}, {at + (1000 * version if at % every == every // 2 else 0)})\n"
        for at in range(lines)
    )


def write(folder: Path, case: Case) -> str:
    """Write and build two runs with such snapshots; returns the address of the page that compares them."""
    names = []
    for version in range(2):
        code = folder / f"code-{version}"
        for number in range(case.files):
            path = code / f"package_{number // 100}" / f"module_{number:05}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = case.lines if number == 0 else 60
            path.write_text(source(number, lines, version if number < case.changed else 0))
        with runpages.start("code", root=folder / "runs", capture=False) as run:
            run.take_snapshot(str(code))
        names.append(f"code/{Path(run.folder).name}")
    build(folder / "runs", folder / "site", now=time.time(), version="1")
    return f"{(folder / 'site').as_uri()}/compare.html#code?runs={','.join(names)}"


def measured(browser: Browser, address: str) -> Result:
    """Compare in a profile that has loaded nothing yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    loaded: list[Path] = []
    page.on("request", lambda request: loaded.append(Path(request.url.removeprefix("file://").partition("?")[0])))
    page.goto(address)
    page.locator("#code .change-about").wait_for()
    chips, shown = page.evaluate("[window.seen.chips, window.seen.shown]")
    again = page.evaluate(AGAIN)
    context.close()
    data = [path for path in loaded if path.name.startswith(("code-", "compared")) and "assets" not in path.parts]
    return Result(shown - chips, again, len(data), sum(path.stat().st_size for path in data))


def lines(browser: Browser, cases: list[Case], rounds: int) -> Iterator[str]:
    """The table, a line for each pair of snapshots: medians over the rounds."""
    yield "| files | differ | lines of the longest | shown, ms | drawn again, ms | scripts | KiB |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="runpages-bench-") as name:
            address = write(Path(name).resolve(), case)
            found = [measured(browser, address) for _ in range(rounds)]
        shown, again = (statistics.median(getattr(one, key) for one in found) for key in ("shown", "again"))
        row: Mapping[str, str] = {
            "files": f"{case.files:,}",
            "differ": f"{case.changed:,}",
            "lines": f"{case.lines:,}",
            "shown": f"{shown:.0f}",
            "again": f"{again:.0f}",
            "scripts": str(found[0].files),
            "size": f"{found[0].size / 1024:,.0f}",
        }
        yield f"| {' | '.join(row.values())} |"


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the program of the browser")
    options = parser.parse_args()
    cases = [Case(options.files, changed) for changed in (1, 20, options.files)]
    cases.append(Case(options.files, 1, 5000))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for line in lines(browser, cases, options.rounds):
            print(line, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
