"""Whether what a call costs grows with what was logged before: `python bench/linear.py`.

Each kind of call is made n times on a new run, and 2n times on another; the ratio of the two is 2 where the cost of a
call stays the same, and 4 where each looks at all that came before. Rounds of both take turns and the least time of
each counts. The first row copies as many files without a logger. Standard library only.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import runpages

Calls = Callable[[Any, int], object]
PICTURE = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\1D\0;"


def each(call: Callable[[Any, int], object]) -> Calls:
    """The calls for 0, 1, 2, …"""

    def calls(run: Any, count: int) -> None:
        for k in range(count):
            call(run, k)

    return calls


def kinds(source: Path) -> dict[str, Calls]:
    """What is logged, by what the table calls it."""
    return {
        "points of one name": each(lambda run, k: run.log("x", k)),
        "names of metrics": each(lambda run, k: run.log(f"x{k}", k)),
        "names in one call each": each(lambda run, k: run.log({f"x{k}": k, f"y{k}": k})),
        "lists": each(lambda run, k: run.log_list(f"x{k}", [k])),
        "definitions": each(lambda run, k: run.define(f"x{k}", unit="s")),
        "rows of one table": each(lambda run, k: run.log_row("t", k=k)),
        "tables": each(lambda run, k: run.log_row(f"t{k}", k=k)),
        "histograms": each(lambda run, k: run.log_histogram(f"h{k}", [k], bins=1)),
        "pictures of one name": each(lambda run, k: run.log_image("p", PICTURE)),
        "pictures of one step": each(lambda run, k: run.log_image("p", PICTURE, step=0)),
        "names of pictures": each(lambda run, k: run.log_image(f"p{k}", PICTURE)),
        "texts": each(lambda run, k: run.log_text(f"t{k}", "text")),
        "tags": each(lambda run, k: run.tag(f"t{k}", k)),
        "properties": each(lambda run, k: run.add_properties({f"p{k}": k})),
        "parameters": each(lambda run, k: run.log_params({f"p{k}": k})),
        "upload_file": each(lambda run, k: run.upload_file(f"a/{k}", source / str(k))),
        "upload_folder": lambda run, count: run.upload_folder("a", _first(source, count)),
        "children": each(lambda run, k: run.child_run().complete()),
    }


def _first(source: Path, count: int) -> Path:
    """A folder with as many files, made once."""
    folder = source.parent / f"first-{count}"
    if not folder.is_dir():
        folder.mkdir()
        for k in range(count):
            (folder / str(k)).write_bytes((source / str(k)).read_bytes())
    return folder


def seconds(root: Path, calls: Calls, count: int) -> float:
    """How long the calls take on a new run, without its start and its end."""
    with tempfile.TemporaryDirectory(dir=root) as folder, runpages.start("e", root=folder, capture=False) as run:
        start = time.perf_counter()
        calls(run, count)
        return time.perf_counter() - start


def collected(root: Path, source: Path, count: int) -> float:
    """How long the end of a run takes that collects so many files."""
    with tempfile.TemporaryDirectory(dir=root) as folder:
        run = runpages.start("e", root=f"{folder}/runs", outputs=f"{folder}/outputs", capture=False)
        shutil.copytree(_first(source, count), f"{folder}/outputs")
        start = time.perf_counter()
        run.complete()
        return time.perf_counter() - start


def copied(root: Path, source: Path, count: int) -> float:
    """How long the standard library takes to copy so many files."""
    with tempfile.TemporaryDirectory(dir=root) as folder:
        start = time.perf_counter()
        shutil.copytree(_first(source, count), f"{folder}/copy")
        return time.perf_counter() - start


def table(root: Path, count: int, rounds: int) -> str:
    """The comparison as a Markdown table."""
    source = root / "source"
    source.mkdir()
    for k in range(2 * count):
        (source / str(k)).write_bytes(b"x" * 1000)
    ways: dict[str, Callable[[int], float]] = {
        "copying files, no logger": partial(copied, root, source),
        "collecting outputs": partial(collected, root, source),
        **{name: partial(seconds, root, calls) for name, calls in kinds(source).items()},
    }
    lines = [f"| | {count:,}: s | {2 * count:,}: s | ratio | us a call |", "|---|--:|--:|--:|--:|"]
    for name, way in ways.items():
        pairs = [(way(count), way(2 * count)) for _ in range(rounds)]
        once, twice = min(one for one, _ in pairs), min(two for _, two in pairs)
        lines.append(f"| {name} | {once:.3f} | {twice:.3f} | {twice / once:.2f} | {once / count * 1e6:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="n")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="the disk to measure on; default: that of temporary files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="runpages-bench-", dir=options.folder) as name:
        print(table(Path(name), options.count, options.rounds))


if __name__ == "__main__":
    main()
