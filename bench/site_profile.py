"""Where the time of a build goes: one process under the standard library's profiler."""

from __future__ import annotations

import io
import pstats
import shutil
import sys

from site_stage import Stage, forget
from site_trial import Step, run
from workload import SHAPES

SHOWN = 25
OURS = r"runpages(_site)?/|\.jinja"


def profile(stage: Stage, name: str) -> str:
    """Build a workspace twice in one process, the second time under the profiler; what it found, by function."""
    shape = SHAPES[name]
    source, site, out = stage.workspace(shape), stage.out / "site", stage.out / "profile"
    stage.out.mkdir()
    build = [*stage.build(source, site), "--jobs", "1"]
    rows = []
    for command in (build, [sys.executable, "-m", "cProfile", "-o", out, *build]):
        rows.append(run(Step("build", command, before=lambda: forget(source))))
        if "error" in rows[-1]:
            raise SystemExit(rows[-1]["error"])
        shutil.rmtree(site)
    plain, slow = (row["wall"] for row in rows)
    printed = io.StringIO()
    found = pstats.Stats(str(out), stream=printed)
    found.sort_stats("tottime").print_stats(SHOWN)
    found.sort_stats("cumulative").print_stats(OURS, SHOWN)
    return (
        f"A full build of {name}, {shape.runs:,} runs of {shape.metrics} metrics with {shape.points:,} points, in one "
        f"process: {plain:.2f} s, and {slow:.2f} s under the profiler, which makes small functions look more expensive "
        f"than they are.\n{printed.getvalue()}"
    )
