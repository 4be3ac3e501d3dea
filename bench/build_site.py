"""Measure builds against what the machine allows and against other generators: `python bench/build_site.py`.

Whole processes, with the start of the interpreter, that take turns round by round; what is compared stands in the same
round, so that a busy machine slows both. Standard library only, and an installed runpages; Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import site_profile
import site_table
from site_stage import Stage
from site_suites import SUITES
from site_table import ROWS
from site_trial import Rows, adopt
from workload import SHAPES


def file_system(folder: Path) -> str:
    """The kind of the file system that a folder lies on."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    place = folder.resolve()
    kinds = {mount[1]: mount[2] for mount in mounts if place.is_relative_to(mount[1])}
    return kinds[max(kinds, key=len)]


def facts(stage: Stage, folder: Path, load: float) -> str:
    """Versions and machine, in a line."""
    programs = [f"runpages {version('runpages')}", *(f"{peer.name} {peer.version}" for peer in stage.peers.values())]
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    machine = f"{os.cpu_count()} {platform.machine()} cores, {memory:.0f} GB, {file_system(folder)}, load {load:.1f}"
    today = datetime.now(UTC).date().isoformat()
    return (
        f"{today}; {', '.join(programs)}; Python {platform.python_version()}, {system}, {machine}; "
        f"at most {stage.rounds} rounds."
    )


class Results:
    """The figures of this call and of earlier ones, in a file if there is one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        found: dict[str, Any] = json.loads(path.read_text()) if path is not None and path.exists() else {}
        self.rows: dict[str, Rows] = found.get("rows", {})
        self.facts: dict[str, str] = found.get("facts", {})
        self.sizes: dict[str, Any] = found.get("sizes", {})

    def take(self, rows: Sequence[str], taken: Rows, fact: str) -> None:
        """Take over the rows of which every step is there, and write all down."""
        for row in rows:
            steps = site_table.steps_of([row])
            if steps <= taken.keys():
                self.rows[row] = {step: taken[step] for step in site_table.STEPS if step in steps}
                self.facts[row] = fact
        self.save()

    def save(self) -> None:
        """Write them down."""
        if self._path is not None:
            found = {"rows": self.rows, "facts": self.facts, "sizes": self.sizes}
            self._path.write_text(json.dumps(found, indent=1) + "\n")

    def tables(self) -> dict[str, str]:
        """All tables, by name."""
        return {
            "build": site_table.table(self.rows),
            "facts": site_table.facts(self.facts),
            "seconds": site_table.seconds(self.rows),
            "sizes": site_table.sizes(self.sizes),
        }


def measure(rows: Sequence[str], stage: Stage, folder: Path, results: Results) -> None:
    """Measure some rows of the table; suites of which nothing is wanted are passed over."""
    load = os.getloadavg()[0]
    taken: Rows = {}
    needed = site_table.steps_of(rows)
    if needed:
        stage.rehearse()
    for suite, steps in SUITES:
        if wanted := steps & needed:
            stage.out.mkdir()
            try:
                taken |= suite(stage, wanted)
            finally:
                stage.clear()
            results.sizes |= stage.sizes
            results.take(rows, taken, facts(stage, folder, load))


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", metavar="NAME", choices=ROWS, default=ROWS, help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="the disk to measure on; default: that of temporary files")
    parser.add_argument("--results", type=Path, metavar="FILE", help="JSON: figures of earlier calls, and of this one")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the tables into a document as well")
    parser.add_argument(
        "--profile",
        nargs="?",
        const="S",
        choices=SHAPES,
        metavar="SHAPE",
        help="instead: where the time of a build goes",
    )
    return parser.parse_args()


def main() -> None:
    """Measure what the command line asks for, and print it."""
    if sys.platform != "linux":
        raise SystemExit("Builds are measured on Linux only.")
    options = arguments()
    # Installed modules are compiled once, by pip or by the first start; so are those of everything measured here.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    adopt()
    results = Results(options.results)
    with tempfile.TemporaryDirectory(prefix="runpages-bench-", dir=options.folder) as name:
        folder = Path(name).resolve()
        stage = Stage(options.rounds, folder / "inputs", folder / "out")
        if options.profile:
            print(site_profile.profile(stage, options.profile))
            return
        measure(options.rows, stage, folder, results)
    tables = results.tables()
    if options.write:
        site_table.write(options.write, tables)
    print("\n\n".join(tables.values()))


if __name__ == "__main__":
    main()
