"""What is measured together: each suite has one input, and steps that take turns on it."""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import site_peers
import workload
from site_stage import REST, Makers, Stage, Wanted, command, floor, forget, ready
from site_trial import Row, Rows, Step
from workload import SHAPES, Shape, run_folder

OPENS = Path(__file__).with_name("site_opens.py")
GROWTH = (1_000, 10_000, 100_000)


class Watch:
    """Whether a build wrote a run's page again."""

    def __init__(self, site: Path, number: int) -> None:
        folder = run_folder(site / "e", number)
        self._page = folder.with_name(f"{folder.name}.html")
        self._seen: tuple[int, int] | None = None

    def look(self) -> None:
        """Remember the page as it is."""
        self._seen = self._facts()

    def written(self, printed: str) -> Row:
        """An error if it was not written."""
        return {} if self._facts() != self._seen else {"error": "the build did not see the change"}

    def left(self, printed: str) -> Row:
        """An error if it was written."""
        return {} if self._facts() == self._seen else {"error": "the build wrote a page again"}

    def bytes(self, printed: str) -> Row:
        """How large the page is."""
        return {"html": self._page.stat().st_size}

    def _facts(self) -> tuple[int, int]:
        facts = self._page.stat()
        return facts.st_mtime_ns, facts.st_ino


class Growing:
    """The metrics of a run, to which steps are added and which are cut back to what they were."""

    def __init__(self, run: Path, shape: Shape) -> None:
        self._path = run / "metrics.csv"
        self._facts = self._path.stat()
        self._shape = shape
        self._next = itertools.count(shape.points)

    def grow(self, steps: int) -> None:
        """Add some steps of every metric, and date it back: a build reads again what changed a moment before it."""
        names = workload.metric_names(self._shape.metrics)
        with open(self._path, "a", encoding="utf-8") as file:
            for step in itertools.islice(self._next, steps):
                file.write("".join(f"{name},{step},{workload.EPOCH + step:.3f},{step % 97 / 100}\n" for name in names))
        past = time.time() - REST
        os.utime(self._path, (past, past))

    def cut(self) -> None:
        """Take away what was added."""
        os.truncate(self._path, self._facts.st_size)
        os.utime(self._path, ns=(self._facts.st_atime_ns, self._facts.st_mtime_ns))


@contextmanager
def growing(source: Path, number: int, shape: Shape) -> Iterator[Growing]:
    """A run that grows for a while."""
    grows = Growing(run_folder(source, number), shape)
    try:
        yield grows
    finally:
        grows.cut()


# --- the suites --------------------------------------------------------------------------------------------


def small(stage: Stage, wanted: Wanted) -> Rows:
    """S, as a quick look."""
    source, site, copy = stage.workspace(SHAPES["S"]), stage.out / "small", stage.out / "copy"
    opened = stage.out / "opened"
    makers: Makers = {
        "s": lambda: stage.full("s", source, site),
        "s cp": lambda: Step("s cp", ["cp", "-r", source, copy], makes=copy),
        "s opens": lambda: Step("s opens", [sys.executable, OPENS, source, opened], makes=opened, after=json.loads),
        "s nothing": lambda: Step("s nothing", stage.build(source, site)),
        "s walk": lambda: floor("s walk", "walk", source),
    }
    taken = stage.take(makers, wanted)
    stage.size("S", source, site)
    return taken


def large(stage: Stage, wanted: Wanted) -> Rows:
    """L: full builds, the copy of its input, and Hugo."""
    shape = SHAPES["L"]
    source, linked, copied, copy = stage.workspace(shape), *(stage.out / name for name in ("linked", "copied", "copy"))
    makers: Makers = {
        "linked": lambda: stage.full("linked", source, linked, "--link"),
        "cp": lambda: Step("cp", ["cp", "-r", source, copy], makes=copy, before=lambda: forget(source)),
        "hugo": lambda: stage.hugo("hugo", shape.runs),
        "copied": lambda: stage.full("copied", source, copied),
    }
    taken = stage.take(makers, wanted)
    stage.size("L", source, linked if linked.exists() else copied)
    return taken


def again(stage: Stage, wanted: Wanted) -> Rows:
    """L once more: nothing new, also for `publish` to a folder, and one run changed."""
    shape = SHAPES["L"]
    source, site, number = stage.workspace(shape), stage.out / "again", shape.runs // 2
    shared = stage.out / "shared"
    watch = Watch(site, number)

    def rebuild(name: str) -> Step:
        if not site.exists():
            ready(stage.full("ready", source, site, "--link"))
        return Step(name, stage.build(source, site, "--link"), before=watch.look, after=watch.left)

    def published(name: str) -> Step:
        step = Step(name, [*command(), "publish", shared, source, "--quiet"])
        if not shared.exists():
            ready(step)
        return step

    def hugo() -> Step:
        ready(stage.hugo("ready", shape.runs))
        return stage.hugo("hugo again", shape.runs, again=True)

    with growing(source, number, shape) as run:

        def change() -> None:
            watch.look()
            run.grow(1)

        makers: Makers = {
            "nothing": lambda: rebuild("nothing"),
            "walk": lambda: floor("walk", "walk", source),
            "published": lambda: published("published"),
            "walk shared": lambda: floor("walk shared", "walk", shared),
            "hugo again": hugo,
            "changed": lambda: rebuild("changed")._replace(before=change, after=watch.written),
        }
        return stage.take(makers, wanted)


def middle(stage: Stage, wanted: Wanted) -> Rows:
    """M: many points."""
    source, site = stage.workspace(SHAPES["M"]), stage.out / "middle"
    makers: Makers = {
        "m": lambda: stage.full("m", source, site, "--link"),
        "csv": lambda: floor("csv", "parse", source),
    }
    taken = stage.take(makers, wanted)
    stage.size("M", source, site)
    return taken


def thousand(stage: Stage, wanted: Wanted) -> Rows:
    """1,000 runs of the shape S, and generators that take a minute for as many pages."""
    shape = SHAPES["S"]._replace(runs=1_000)
    source, site = stage.workspace(shape), stage.out / "thousand"

    def mkdocs(name: str, theme: str) -> Step:
        peer = stage.peer(name)
        folder = stage.input(f"{name}-{shape.runs}", lambda place: site_peers.write_mkdocs(place, shape.runs, theme))
        return Step(name, peer.start, makes=folder / "site", folder=folder, variables=site_peers.quiet())

    makers: Makers = {
        "thousand": lambda: stage.full("thousand", source, site, "--link"),
        "mkdocs": lambda: mkdocs("mkdocs", "mkdocs"),
        "material": lambda: mkdocs("material", "material"),
    }
    return stage.take(makers, wanted, most=1)


def report(stage: Stage, wanted: Wanted) -> Rows:
    """One run of ten metrics with 100,000 points, and the report of DVCLive."""
    shape = Shape(runs=1, points=100_000, images=0, log_bytes=0)
    source, site = stage.workspace(shape), stage.out / "report"
    folder = stage.out / "dvclive"
    page = folder / "report.html"

    def dvclive() -> Step:
        peer = stage.peer("dvclive")
        site_peers.write_dvclive(folder, run_folder(source, 0))
        return Step(
            "dvclive",
            [*peer.start, folder],
            before=lambda: page.unlink(missing_ok=True),
            after=lambda printed: {"html": page.stat().st_size, "call": float(printed)},
            folder=folder,
            variables=site_peers.quiet(),
        )

    makers: Makers = {
        "report": lambda: stage.full("report", source, site, after=Watch(site, 0).bytes),
        "dvclive": dvclive,
    }
    return stage.take(makers, wanted)


def single(stage: Stage, wanted: Wanted) -> Rows:
    """XL: a full build, and one after a hundredth was added."""
    shape = SHAPES["XL"]
    source, site = stage.workspace(shape), stage.out / "single"
    watch = Watch(site, 0)
    with growing(source, 0, shape) as run:

        def grow() -> None:
            watch.look()
            run.grow(max(1, shape.points // 100))

        def cut() -> None:
            run.cut()
            forget(source)

        makers: Makers = {
            "xl": lambda: stage.full("xl", source, site, "--link")._replace(before=cut),
            "appended": lambda: Step("appended", stage.build(source, site, "--link"), before=grow, after=watch.written),
        }
        taken = stage.take(makers, wanted)
    stage.size("XL", source, site)
    return taken


def growth(stage: Stage, wanted: Wanted) -> Rows:
    """H: many runs with little in them, in three sizes."""
    makers: dict[str, Callable[[], Step]] = {}
    for runs in GROWTH:
        makers |= _sized(stage, runs)
    return stage.take(makers, wanted, most=3)


def _sized(stage: Stage, runs: int) -> Makers:
    shape = SHAPES["H"]._replace(runs=runs)
    site = stage.out / f"growth-{runs}"

    def tell(printed: str) -> Row:
        return {"runs": shape.runs}

    def full() -> Step:
        return stage.full(f"full {runs}", stage.workspace(shape), site, "--link", after=tell)

    def nothing() -> Step:
        return Step(f"nothing {runs}", stage.build(stage.workspace(shape), site, "--link"), after=tell)

    return {f"full {runs}": full, f"nothing {runs}": nothing}


SUITES: tuple[tuple[Callable[[Stage, Wanted], Rows], Wanted], ...] = (
    (small, frozenset({"s", "s cp", "s opens", "s nothing", "s walk"})),
    (large, frozenset({"linked", "cp", "hugo", "copied"})),
    (again, frozenset({"nothing", "walk", "published", "walk shared", "hugo again", "changed"})),
    (middle, frozenset({"m", "csv"})),
    (thousand, frozenset({"thousand", "mkdocs", "material"})),
    (report, frozenset({"report", "dvclive"})),
    (single, frozenset({"xl", "appended"})),
    (growth, frozenset(f"{what} {runs}" for runs in GROWTH for what in ("full", "nothing"))),
)
