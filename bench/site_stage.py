"""Where builds are measured: inputs, what is made of them, and the peers that are installed."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import site_peers
import workload
from installed import VENVS
from site_peers import PEERS, Peer
from site_trial import Row, Rows, Step, footprint, rounds, run, warm
from workload import Shape

FLOOR = Path(__file__).with_name("site_floor.py")
STATE = ".runpages"
# Seconds after which a build trusts that a file is as it was.
REST = 4.0

Makers = Mapping[str, Callable[[], Step]]
Wanted = frozenset[str]


class Stage:
    """Inputs, a folder for what is made of them, and the peers that are installed."""

    def __init__(self, most: int, inputs: Path, out: Path) -> None:
        self.rounds = most
        self.out = out
        self.peers: dict[str, Peer] = {}
        self.sizes: dict[str, Row] = {}
        self._inputs = inputs
        self._made: list[Path] = []

    def workspace(self, shape: Shape) -> Path:
        """A workspace of a shape, written if it is not there."""
        return self.input("-".join(map(str, shape)), lambda folder: workload.write_workspace(folder, shape))

    def input(self, name: str, write: Callable[[Path], None]) -> Path:
        """A folder of that name, written and read once if it is not there."""
        folder = self._inputs / name
        if not folder.exists():
            print(f"writing {folder}", file=sys.stderr, flush=True)
            write(folder)
            time.sleep(REST)
            warm(folder)
        return folder

    def peer(self, name: str) -> Peer:
        """A peer, installed if it is not there; raises OSError with the reason if that fails."""
        if name not in self.peers:
            self.peers[name] = PEERS[name](VENVS)
        return self.peers[name]

    def build(self, source: Path, site: Path, *more: str) -> list[str | Path]:
        """The command that builds a workspace."""
        return [*command(), "build", source, "-o", site, "--quiet", *more]

    def full(self, name: str, source: Path, site: Path, *more: str, after: Callable[[str], Row] | None = None) -> Step:
        """A build into a folder that is not there yet, without anything that an earlier one may have noted."""
        step = Step(name, self.build(source, site, *more), makes=site, before=lambda: forget(source))
        return step if after is None else step._replace(after=after)

    def hugo(self, name: str, pages: int, *, again: bool = False) -> Step:
        """Hugo on so many plain pages."""
        peer = self.peer("hugo")
        folder = self.input(f"hugo-{pages}", lambda place: site_peers.write_hugo(place, pages))
        step = Step(name, peer.start, folder=folder, variables=site_peers.quiet())
        self._made.append(folder / "public")
        return step if again else step._replace(makes=folder / "public")

    def take(self, makers: Makers, wanted: Wanted, most: int | None = None) -> Rows:
        """All rounds of the steps that are wanted; one that cannot be made says why."""
        steps: list[Step] = []
        taken: Rows = {}
        for name, make in makers.items():
            if name in wanted:
                try:
                    steps.append(make())
                except OSError as error:
                    taken[name] = [{"error": str(error)}]
        self._made += [step.makes for step in steps if step.makes is not None]
        return taken | rounds(steps, min(self.rounds, most or self.rounds))

    def size(self, name: str, source: Path, site: Path) -> None:
        """Note how large an input and its site are."""
        if site.exists():
            self.sizes[name] = {"input": footprint(source), "site": footprint(site)}

    def rehearse(self) -> None:
        """Build two runs, so that no step finds a module that was not compiled; ends the program if that fails."""
        self.out.mkdir()
        row = run(self.full("rehearsal", self.workspace(Shape(runs=2)), self.out / "rehearsal"))
        if "error" in row:
            raise SystemExit(f"runpages build: {row['error']}")
        self.clear()

    def clear(self) -> None:
        """Remove what was made of the inputs."""
        for folder in (self.out, *self._made):
            shutil.rmtree(folder, ignore_errors=True)
        self._made.clear()


def command() -> list[str]:
    """How to call runpages: the program beside this interpreter, else the one on the path."""
    beside = Path(sys.executable).with_name("runpages")
    found = str(beside) if beside.exists() else shutil.which("runpages")
    if not found:
        raise SystemExit("runpages is not installed for this Python. From the project's folder: pip install -e .")
    return [found]


def floor(name: str, what: str, source: Path) -> Step:
    """A floor in an interpreter that loads as little as it can."""
    return Step(name, [sys.executable, "-I", "-S", FLOOR, what, source])


def forget(source: Path) -> None:
    """Remove what builds noted in a workspace."""
    shutil.rmtree(source / STATE, ignore_errors=True)


def ready(step: Step) -> None:
    """Run a step beforehand; raises OSError if it fails."""
    row = run(step)
    if "error" in row:
        raise OSError(row["error"])
