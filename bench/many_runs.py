"""Measure the page of an experiment of many runs, and the data beside it: `python bench/many_runs.py`.

The runs are made as the summaries that a build keeps of them, so the index phase is measured and no run is rendered.
The site that it leaves opens in a browser; the links to the runs' own pages lead nowhere. With `--changed`, whole
builds are measured as well: one after a change of one run, and one with nothing new.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import workload
from runpages_site.garbage import collection
from runpages_site.index import Lines, index_batch
from runpages_site.model import MetricSummary, RunSummary
from runpages_site.render import Job
from runpages_site.select import levels
from runpages_site.settings import Settings
from runpages_site.site import Site
from runpages_site.theme import theme
from runpages_site.write.run_blocks import Line, RunBlock, RunBlocks, arranged, cut
from runpages_site.write.summary_notes import line_of
from runpages_site.write.writer import Writer
from site_stage import REST, command
from site_trial import Step, adopt, rounds, run

EPOCH = 1_760_000_000.0
FOLDER = "sweep"
CURVE = 32
METRICS = ("val/loss", "val/accuracy", "train/loss", "speed")


def name_of(number: int) -> str:
    """The folder of a run."""
    return f"20251009-085320-{number:06d}"


def summary(number: int, params: int) -> RunSummary:
    """A run with the parameters and tags of workload H, and metrics with six digits, as that logs them."""
    chance = random.Random(number)
    name = name_of(number)
    document = workload.run_document(number, FOLDER, name, chance)
    begin, end = 1 + chance.random(), 0.1 + chance.random()
    values = [float(f"{end + (begin - end) * 0.9**step + chance.gauss(0, 0.02):.6g}") for step in range(CURVE)]
    curve = levels(values)
    metrics = {
        metric: MetricSummary(CURVE, values[-1], min(values), max(values), None, curve, mean=sum(values) / CURVE)
        for metric in METRICS
    }
    started = EPOCH + number * 61
    return RunSummary(
        path=f"e/{FOLDER}/{name}.html", id=name, title=document["name"], number=number + 1, status=document["status"],
        damaged=False, created=started, started=started, ended=started + round(chance.random() * 7200, 3),
        last_write=None, parent=None, host=None, params=dict([*document["params"].items()][:params]),
        tags=document["tags"], metrics=metrics,
    )  # fmt: skip


def job(folder: Path) -> Job:
    """What the index phase is given, with the styles and scripts in their place."""
    look = theme.load()
    bundle = look.bundle
    writer = Writer(folder, fresh=True)
    for path, data in bundle.files.items():
        writer.put(path, data)
    writer.put("build.js", b"")
    site = Site("many runs", None, None, "bench", bundle.names, look.layout.sections)
    names = {FOLDER: (FOLDER,)}
    return Job(site, Settings(), names, look.folders, look.fingerprint, folder, False, False, EPOCH)


def default_files(folder: Path) -> Iterator[Path]:
    """The data that the table loads before anybody chooses anything."""
    listing = folder / "columns.js"
    text = listing.read_text("utf-8")
    known: dict[str, Any] = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    yield from (listing, folder / "runs.js")
    columns = {column["key"]: column for column in known["columns"]}
    in_runs = {"run:title", "run:status", "run:started"}  # The table has these from runs.js.
    chosen = [columns[key] for key in known["default"] if key not in in_runs]
    places = [column.get("aggregates", {}).get("best") or column for column in chosen]
    places = [place["aggregates"]["last"] if "aggregates" in place else place for place in places]
    yield from sorted({folder / place["file"] for place in places})


def sizes(paths: list[Path]) -> tuple[int, int]:
    """Bytes of some files, and bytes when each is compressed."""
    data = [path.read_bytes() for path in paths]
    return sum(map(len, data)), sum(len(gzip.compress(one, 6)) for one in data)


def main() -> None:
    """Make the runs, index them, and print what that takes and gives."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--params", type=int, default=14)
    parser.add_argument("--folder", type=Path, help="where the site is left; default: nowhere")
    parser.add_argument("--changed", type=int, default=0, metavar="RUNS", help="also build a workspace of so many")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    if options.changed:
        changed(options.changed, options.rounds)
    site = options.folder or Path(tempfile.mkdtemp())
    try:
        measure(options.runs, options.params, site)
    finally:
        if options.folder is None:
            shutil.rmtree(site)


def line(number: int, params: int, **other: Any) -> Line:
    """A run as it is noted, with some values other than those of its number."""
    one = replace(summary(number, params), **other)
    return line_of([one.path], one)


def noted(site: Path, names: Sequence[str], params: int) -> tuple[float, list[RunBlock]]:
    """Note runs block by block, since all at once take much memory; returns the seconds of CPU, and the blocks."""
    store, took, found = RunBlocks(site, FOLDER), 0.0, []
    for start, end in cut(names):
        lines = [line(number, params) for number in reversed(range(start, end))]
        began = time.process_time()
        found.append(store.put(names[start:end][::-1], lines))
        took += time.process_time() - began
    return took, found[::-1]


def index(work: Job, site: Path, blocks: Sequence[RunBlock], before: Sequence[RunBlock] = ()) -> float:
    """Index the runs; returns the seconds of CPU.

    As in a build, what was written of the blocks ``before`` is not made again.
    """
    folder = site / "e" / FOLDER / "columns"
    listed = {path.relative_to(site).as_posix() for path in folder.glob("*")} if before else ()
    pairs = zip(reversed(blocks), reversed(before), strict=False)
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0].key == pair[1].key, pairs))
    began = time.process_time()
    [made] = index_batch(work, [Lines(str(site / FOLDER), blocks, listed, same)])
    took = time.process_time() - began
    for path in folder.glob("*"):
        if path.relative_to(site).as_posix() not in made.files:
            path.unlink()
    return took


def merged(
    work: Job, blocks: Sequence[RunBlock], names: Sequence[str], lines: Mapping[str, Line]
) -> tuple[float, list[RunBlock]]:
    """Index runs of which some have a new line; returns the seconds of CPU, and the blocks."""
    there = set(names)
    with collection(wanted=False):  # As a build has it.
        began = time.process_time()
        found = arranged(RunBlocks(work.folder, FOLDER), blocks, there, lines)
        took = time.process_time() - began
        return took + index(work, work.folder, found, blocks), found


class Changes:
    """The runs of a workspace, of which another one changes each time."""

    def __init__(self, source: Path) -> None:
        self._runs = sorted(path for path in source.glob("project-*/*") if path.is_dir())
        self._places = itertools.count(len(self._runs) // 2, 37)

    def change(self) -> None:
        """Add a step to a run, and date it back: a build reads again what changed a moment before it."""
        path = self._runs[next(self._places) % len(self._runs)] / "metrics.csv"
        with path.open("a") as file:
            file.write(f"{workload.METRICS[0]},9,{EPOCH},0.5\n")
        past = time.time() - REST
        os.utime(path, (past, past))


def changed(runs: int, count: int) -> None:
    """Build a workspace of so many runs in one experiment, and print what a change of one costs."""
    adopt()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    workload.EXPERIMENTS = 1
    with tempfile.TemporaryDirectory(prefix="runpages-bench-") as place:
        source, site = Path(place, "runs"), Path(place, "site")
        workload.write_workspace(source, workload.SHAPES["H"]._replace(runs=runs))
        time.sleep(REST)
        build: list[str | Path] = [*command(), "build", source, "-o", site, "--quiet", "--link"]
        for _ in range(2):  # The first build may still have seen files that were new.
            run(Step("full", build))
        steps = [Step("nothing", build), Step("changed", build, before=Changes(source).change)]
        taken = rounds(steps, count)
    for what in ("wall", "cpu"):
        none, one = ([row[what] for row in taken[name]] for name in ("nothing", "changed"))
        ratio = statistics.median(after / before for before, after in zip(none, one, strict=True))
        seconds = f"{statistics.median(none):.2f} s with nothing new, {statistics.median(one):.2f} s after a change"
        print(f"one of {runs:,} runs changed: {ratio:.2f} × nothing new ({what}; {seconds})")
    print()


def measure(runs: int, params: int, site: Path) -> None:
    """Index so many runs into a site, and print the figures as tables."""
    names = [name_of(number) for number in range(runs)]
    noting, blocks = noted(site, names, params)
    store, floor = RunBlocks(site, FOLDER), 0.0
    for block in blocks:
        lines = store.lines(block)
        began = time.process_time()
        for one in lines:
            json.loads(one)
        floor += time.process_time() - began
    work = job(site)
    took = noting + index(work, site, blocks)
    work = replace(work, fresh=False)
    again, blocks = merged(work, blocks, names, {names[-1]: line(runs - 1, params)})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    columns = params + len(METRICS) + 2
    print(
        f"{runs:,} runs of {columns} columns: index {took:.2f} s of CPU, {took / floor:.1f} × reading their summaries"
    )
    print(f"({floor:.2f} s), {took / runs * 1e6:.0f} µs a run; {peak:.0f} MiB at most;")
    print(f"after a change of one run {again:.2f} s, {again / took:.3f} × the whole\n")
    page = site / "e" / FOLDER
    before = [page / "index.html", *(site / "assets").glob("runpages.*"), *(site / "assets").glob("runs.*.css")]
    rows = {
        "page": [page / "index.html"],
        "page, styles and scripts before a touch": before,
        "`columns.js`": [page / "columns.js"],
        "`runs.js`": [page / "runs.js"],
        "data of the first view": list(default_files(page)),
        "all columns, and older runs": [*(page / "columns").iterdir()],
        "blocks of the search": sorted(page.glob("search-*.js")),
        "`runs.csv`": [page / "runs.csv"],
        "`runs.json`": [page / "runs.json"],
    }
    print("| | files | KiB | KiB gzipped |\n|---|--:|--:|--:|")
    for name, paths in rows.items():
        plain, small = sizes(paths)
        print(f"| {name} | {len(paths)} | {plain / 1024:,.1f} | {small / 1024:,.1f} |")
    few = range(0, runs, 100)
    spread, blocks = merged(work, blocks, names, {names[at]: line(at, params, title="other") for at in few})
    new = {name_of(number): line(number, params) for number in range(runs, runs + len(few))}
    grown, _ = merged(work, blocks, [*names, *new], new)
    print(f"\nafter a change of every hundredth run {spread:.2f} s of CPU, and with 1 % new ones {grown:.2f} s")


if __name__ == "__main__":
    main()
