"""What a build notes in its site for the next one: what it rendered from what, and what the indexes need of runs.

Notes are a shortcut and never an input: without them, or with damaged ones, everything is rendered again, and the
site comes out the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from runpages.format import layout
from runpages.format.files import read_file
from runpages.format.records import Problem
from runpages.format.registered import RegisteredModel

from ..errors import Fault
from ..packed import Names
from ..stamp import NO_MODELS, Models
from .run_blocks import load
from .run_notes import RunNote, RunNotes, unnamed, without_names
from .site_folder import NOTES
from .writer import keep, keep_pieces

if TYPE_CHECKING:  # Loaded where there is something to render.
    from ..model import Trouble

FORMAT = 17
STATE = "state.json"
UNFINISHED = "unfinished.json"
POINTS, HASHES = KINDS = "points", "hashes"
"""What is noted of single runs: what was read of long files of points, and the hashes of large outputs."""


class ExperimentNote(NamedTuple):
    """An experiment as it was indexed; ``key`` and ``stamp`` are of what the runs' pages and its own depend on."""

    key: str
    stamp: str
    entry: Mapping[str, Any]
    bytes: int
    problems: tuple[Problem, ...]
    runs: RunNotes
    fault: Fault | None = None
    """Why its own page could not be made; the next build tries again."""
    blocks: tuple[str, ...] = ()
    """The keys of the blocks of its runs, newest first."""
    files: tuple[str, ...] = ()
    """The files of its own page; none where something else may have stayed beside these and those of the blocks."""


class ComparisonNote(NamedTuple):
    """A comparison as its page was made; the key is of what it depends on."""

    key: str
    problems: tuple[Problem, ...]


class Look(NamedTuple):
    """What pages link of a theme: the path of each asset, and the assets that each section loads.

    The key stands for the files of the theme, and for what makes assets of them; ``fingerprints`` has the hash of these
    files by the key of their stamp, none where a change might be missed.
    """

    key: str = ""
    assets: Mapping[str, str] = {}
    sections: Mapping[str, Sequence[str]] = {}
    fingerprints: Mapping[str, str] = {}


NO_LOOK = Look()


class State(NamedTuple):
    """The whole of a site as the last build left it; ``home`` is of what the home page depends on."""

    home: str = ""
    bytes: int = 0
    experiments: Mapping[str, ExperimentNote] = {}
    models: Models = NO_MODELS
    comparisons: Mapping[str, ComparisonNote] = {}
    all_runs: tuple[str, ...] = ()
    """The keys of the blocks of the runs of all experiments, newest first."""
    look: Look = NO_LOOK
    manifest: int | None = None
    """The checksum of the manifest, if it is plain."""


def state_of(published: Iterable[tuple[str, str]]) -> State:
    """The state of a site without notes, from the folders of the experiments and runs that have a page."""
    runs: dict[str, dict[str, RunNote]] = {}
    for experiment, run in sorted(published):
        runs.setdefault(experiment, {})[run] = RunNote("", 0)
    return State("", 0, {name: ExperimentNote("", "", {}, 0, (), RunNotes.of(some)) for name, some in runs.items()})


def named(state: State, there: Iterable[tuple[str, str]]) -> State:
    """A state as it was noted, with the names of runs without a page, of those that are ``there`` by their folders."""
    some = {name for name, note in state.experiments.items() if note.runs.hidden}
    if not some:
        return state
    names: dict[str, dict[str, str]] = {name: {} for name in some}
    for experiment, run in there:
        if experiment in some:
            names[experiment][unnamed(run)] = run
    known = {
        name: note._replace(runs=RunNotes.of({names[name].get(run, run): one for run, one in note.runs.items()}))
        for name, note in state.experiments.items()
        if name in some
    }
    return state._replace(experiments={**state.experiments, **known})


def troubles(experiments: Mapping[str, ExperimentNote]) -> list[Trouble]:
    """What the home page says of pages that a build could not make, or not make whole."""
    from ..model import Trouble

    found = []
    for name, note in experiments.items():
        if note.fault is not None:
            found.append(Trouble(name, "", layout.experiment_page(name), note.fault))
        for run, known in sorted(note.runs.unusual.items()):
            if known.faults:
                page = layout.run_page(name, run) if known.shown else ""
                found += [Trouble(name, run, page, fault) for fault in known.faults]
    return found


class Notes:
    """The notes of a site's folder."""

    def __init__(self, site: Path) -> None:
        self._folder = site / NOTES

    def state(self) -> State:
        """What the last build noted; an empty state where it noted nothing, or was killed in the middle."""
        known = {} if (self._folder / UNFINISHED).exists() else _read(self._folder / STATE, load)
        try:
            if known["format"] != FORMAT:
                return State()
            experiments = {name: _experiment(*note) for name, note in known["experiments"].items()}
            comparisons = {
                name: ComparisonNote(key, _problems(problems)) for name, (key, problems) in known["comparisons"].items()
            }
            models, all_runs, look = _models(*known["models"]), tuple(known["all_runs"]), _look(*known["look"])
            more = comparisons, all_runs, look, known["manifest"]
            return State(known["home"], known["bytes"], experiments, models, *more)
        except (KeyError, TypeError, ValueError, AttributeError):
            return State()

    def unfinished(self) -> list[str]:
        """The places that a killed build may have written to."""
        places = _read(self._folder / UNFINISHED).get("places")
        return [place for place in places if isinstance(place, str)] if isinstance(places, list) else []

    def begin(self, places: Iterable[str]) -> None:
        """Note where this build is going to write; until ``finish`` nothing is believed of what the last one noted."""
        self._write(UNFINISHED, _dump({"places": sorted({*places, *self.unfinished()})}))

    def finish(self, state: State) -> None:
        """Note what the site holds now."""
        known = {
            "format": FORMAT,
            "home": state.home,
            "bytes": state.bytes,
            "models": state.models,
            "comparisons": state.comparisons,
            "all_runs": state.all_runs,
            "look": state.look,
            "manifest": state.manifest,
        }
        try:
            keep_pieces(self._folder / STATE, _state_pieces(known, state.experiments))
        except TypeError:  # A lone surrogate, or an integer of many digits.
            experiments = {name: _noted(one) for name, one in state.experiments.items()}
            self._write(STATE, b" " + _dump({**known, "experiments": experiments}))
        with suppress(FileNotFoundError):
            (self._folder / UNFINISHED).unlink()

    def known(self, kind: str, experiment: str, run: str) -> dict[str, Any]:
        """What was noted of a run's large files: the ``hashes`` of outputs, or the ``points`` that were read."""
        return _read(self._of_run(kind, experiment, run))

    def put_known(self, kind: str, experiment: str, run: str, known: Mapping[str, Any]) -> None:
        """Note what is known of a run's large files; nothing removes the note."""
        path = self._of_run(kind, experiment, run)
        if known:
            keep(path, _dump(known))
        else:
            path.unlink(missing_ok=True)

    def forget(self, experiment: str, runs: Iterable[str]) -> None:
        """Forget runs that are no more."""
        for run in runs:
            for kind in KINDS:
                self._of_run(kind, experiment, run).unlink(missing_ok=True)

    def _of_run(self, kind: str, experiment: str, run: str) -> Path:
        return self._folder / kind / f"{layout.site_segment(experiment)}~{layout.site_segment(run)}.json"

    def _write(self, name: str, data: bytes) -> None:
        keep(self._folder / name, data)


def _experiment(
    key: str, stamp: str, entry: dict[str, Any], size: int, problems: Any, runs: Any, fault: Any, blocks: Any,
    files: Any,
) -> ExperimentNote:  # fmt: skip
    names, keys, sizes, unusual = runs
    more = {name: _run(*note) for name, note in unusual.items()}
    known = RunNotes(Names(names), bytes.fromhex(keys), sizes, more)
    failed = Fault(*fault) if fault else None
    return ExperimentNote(key, stamp, entry, size, _problems(problems), known, failed, tuple(blocks), tuple(files))


def _noted(one: ExperimentNote) -> list[Any]:
    """What ``_experiment`` takes."""
    runs = without_names(one.runs)
    unusual = {name: [*note] for name, note in runs.unusual.items()}
    columns = [runs.names.text, runs.digests.hex(), runs.sizes.tolist(), unusual]
    return [one.key, one.stamp, one.entry, one.bytes, one.problems, columns, one.fault, one.blocks, one.files]


def _run(key: str, size: int, live: dict[str, Any] | None, problems: Any, shown: bool, faults: Any) -> RunNote:
    return RunNote(
        key, size, live, _problems(problems) if problems else (), shown, tuple(Fault(*one) for one in faults)
    )


def _models(key: str, models: Iterable[Any], problems: Iterable[Any]) -> Models:
    return Models(key, tuple(RegisteredModel(*model) for model in models), _problems(problems))


def _look(key: str, *more: Mapping[str, Any]) -> Look:
    return Look(key, *map(dict, more))


def _problems(known: Iterable[Any]) -> tuple[Problem, ...]:
    return tuple(Problem(*problem) for problem in known)


def _read(path: Path, parsed: Callable[[bytes], Any] = json.loads) -> dict[str, Any]:
    try:
        known = parsed(read_file(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _dump(value: Any) -> bytes:
    # Python's own json keeps what a folder's name or a parameter may hold: lone surrogates, nan, large integers.
    return json.dumps(value, separators=(",", ":")).encode()


def _state_pieces(known: Mapping[str, Any], experiments: Mapping[str, ExperimentNote]) -> Iterator[bytes]:
    """A state in pieces, in a quarter of the time of ``_dump``. Raises TypeError for what ``orjson`` does not have."""
    yield _plain_json(known)[:-1] + b',"experiments":{'
    before = b""
    for name, one in experiments.items():
        yield before + _plain_json({name: _noted(one)})[1:-1]
        before = b","
    yield b"}}"


def _plain_json(value: object) -> bytes:
    return orjson.dumps(value, default=list, option=orjson.OPT_NON_STR_KEYS)
