"""Recognises by the names in a folder without runs what it is, and suggests the command that is right.

Only a bounded number of names is looked at, and no link is followed.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from shlex import quote
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import OF_SACRED, is_run_by
from runpages.format.files import open_file

from ..site import MANIFEST

NAMES = 5_000
"""How many names are looked at in all."""

WIDTH = 500
"""How many names of one folder."""

RUN_DEPTH = 2
"""The depth of a run below its workspace."""

DEPTH = 4
"""How many levels of folders: a workspace two levels down still shows its runs."""

SACRED = "cout.txt"
"""The file by which a run of Sacred is recognised, which has a ``run.json`` as ours do."""

META = "meta.yaml"
"""The file that a folder of MLflow has, be it an experiment or a run; all that is below is of MLflow, too."""

_HEAD = 2_000
_OWN = {"README.md", layout.CITATION, layout.REPORTS, "theme", layout.STATE}


class Listing(NamedTuple):
    """What lies in a folder; ``depth`` counts from the folder that was named."""

    path: str
    depth: int
    names: frozenset[str]
    folders: tuple[str, ...]


class Tracker(NamedTuple):
    """Another tool that keeps runs; ``sign`` returns the name that gives a folder of its own away, or nothing."""

    name: str
    sign: Callable[[Listing], str]


def refusal(folder: str) -> str:
    """Why a folder without runs is no workspace, and what to do; empty for a workspace that has no runs yet."""
    listings = list(_walk(folder))
    if not listings:
        return ""
    if MANIFEST in listings[0].names:
        return (
            f"{folder} is a site that runpages built, not a workspace. "
            f"Name the folder of its runs: runpages build RUNS -o {quote(folder)}"
        )
    if layout.SETTINGS in listings[0].names and not any(map(_is_too_deep, listings)):
        return ""
    if found := elsewhere(folder, listings, "there are no runs in it"):
        return f"{folder} is not a workspace. {found}"
    if _is_workspace(listings):
        return ""
    if not listings[0].names - {layout.STATE}:
        return (
            f"{folder} is empty. Log a run into it first, for example with a script from `runpages init`; "
            f"then: runpages build {quote(folder)}"
        )
    known = min(listings[0].names - {layout.STATE})
    return (
        f"{folder} is not a workspace: it has {known!r}, but no <experiment>/<run>/ with run.json or metrics.csv. "
        "Name the folder that does: runpages build FOLDER"
    )


def elsewhere(folder: str, listings: Sequence[Listing] = (), asked: str = "") -> str:
    """Where the runs near a folder are, with the command that builds them, or which tool's they are; or nothing.

    ``asked`` says what the sources found in the folder, if they were asked.
    """
    listings = listings or list(_walk(folder))
    runs = list(filter(_is_run, listings))
    if runs:
        return _command(folder, runs)
    for one in listings:
        if found := _tracker(one):
            sign = os.path.join(one.path, found[1])
            build = asked or f"name it: runpages build {quote(one.path)}"
            why = build if found[0] in READ else f"runpages {_reads(found[0])}"
            return f"It is a folder of {found[0]}, by {sign}; {why}"
    return ""


def beside(folder: str) -> tuple[set[str], list[str]]:
    """What lies beside the runs of other tools in a folder, by one walk.

    Gives the folders, as absolute paths, that belong to tools that are not read, since the tables in them are parts of
    runs; and the hints at runs of ours and at those of tools that are not read.
    """
    listings = list(_walk(folder, closed=lambda one: is_of_mlflow(one.path)))
    unread = _unread(listings)
    closed = {os.path.abspath(one.path) for one, _, sign in unread if sign not in _BESIDE}
    runs = list(filter(_is_run, listings))
    first = {name: os.path.join(one.path, sign) for one, name, sign in reversed(unread)}
    hints = [f"{sign} is of {name}; runpages {_reads(name)}" for name, sign in sorted(first.items())]
    return closed, [_command(folder, runs), *hints] if runs else hints


def _reads(name: str) -> str:
    """What is read of a tool whose folders are not."""
    return "reads only what is exported from it" if name in EXPORTED else "does not read that yet"


def _unread(listings: Sequence[Listing]) -> list[tuple[Listing, str, str]]:
    """The folders of tools that are not read, each with the tool and the name by which it is recognised."""
    found = [(one, _tracker(one)) for one in listings]
    return [(one, *known) for one, known in found if known is not None and known[0] not in READ]


def is_foreign(path: str) -> bool:
    """Whether a folder is that of a run of another tool, whose files may have the names of ours."""
    listing = next(_walk(path), None)
    return listing is not None and _tracker(listing) is not None


def is_of_mlflow(path: str) -> bool:
    """Whether a folder is an experiment or a run of MLflow, by one of its files; its other names are not looked at."""
    words = (b"experiment_id:", b"artifact_location:", b"artifact_uri:")
    return any(map(_head(path, META).count, words))


def runs_below(folder: str) -> str:
    """Where the runs are if all are too deep for ``folder`` to be their workspace, with the command; or nothing."""
    listings = list(_walk(folder))
    runs = list(filter(_is_run, listings))
    return f"{folder} is not a workspace. {_command(folder, runs)}" if runs and all(map(_is_too_deep, runs)) else ""


def is_workspace(folder: str) -> bool:
    """Whether a folder is one to build: it holds runs of ours, one to three levels down."""
    return any(one.depth and _is_run(one) for one in _walk(folder))


# --- our own ---------------------------------------------------------------------------------------------


def _is_too_deep(listing: Listing) -> bool:
    return listing.depth > RUN_DEPTH and _is_run(listing)


def _is_run(listing: Listing) -> bool:
    """Whether a folder is a run of ours: those of other tools have files of the same names."""
    return is_run_by(listing.names) and _tracker(listing) is None


def _is_workspace(listings: Sequence[Listing]) -> bool:
    """Whether what lies in a folder says that it is to be a workspace, though there are no runs yet."""
    top, *below = listings
    if os.path.isdir(os.path.join(top.path, layout.TRASH)):
        return True
    marks = {layout.EXPERIMENT, layout.STATE}
    return bool("README.md" in top.names and top.names <= _OWN) or any(
        one.depth == 1 and one.names & marks and not is_run_by(one.names) for one in below
    )


def _command(folder: str, runs: Sequence[Listing]) -> str:
    workspaces = list(dict.fromkeys(os.path.normpath(os.path.join(run.path, "..", "..")) for run in runs))
    first = runs[0]
    commands = "; or: ".join(f"runpages build {quote(place)}" for place in workspaces[:3])
    if first.depth == 0:
        return f"It is a single run. Build the workspace that it is in: {commands}"
    if first.depth == 1:
        name = os.path.basename(os.path.abspath(folder))
        return (
            f"It contains runs, such as {os.path.basename(first.path)}, so it is an experiment. "
            f"Build the folder above: {commands}; or this experiment alone: {commands} --only {quote(name)}"
        )
    return f"There are runs in {', '.join(workspaces[:3])}. Did you mean: {commands}"


# --- those of other tools --------------------------------------------------------------------------------


def _tracker(listing: Listing) -> tuple[str, str] | None:
    """The first tool whose folder this is, and the name by which it is recognised."""
    if layout.RUN in listing.names and not _sacred(listing):
        return None
    found = ((tracker.name, tracker.sign(listing)) for tracker in TRACKERS)
    return next((one for one in found if one[1]), None)


def _named(*names: str) -> Callable[[Listing], str]:
    """A folder with all these names."""
    return lambda listing: names[0] if listing.names.issuperset(names) else ""


def _matching(pattern: str) -> Callable[[Listing], str]:
    """A folder with a name that a pattern matches."""
    match = re.compile(pattern).fullmatch
    return lambda listing: min(filter(match, listing.names), default="")


def _any(*signs: Callable[[Listing], str]) -> Callable[[Listing], str]:
    return lambda listing: next(filter(None, (sign(listing) for sign in signs)), "")


def _mlflow(listing: Listing) -> str:
    if "mlflow.db" in listing.names:
        return "mlflow.db"
    return META if META in listing.names and is_of_mlflow(listing.path) else ""


def _sacred(listing: Listing) -> str:
    return SACRED if listing.names >= OF_SACRED else ""


def _keras(listing: Listing) -> str:
    for name in sorted(listing.names & {"training.log", "training_log.csv", "history.csv"}):
        if re.match(rb"epoch[,;\t]", _head(listing.path, name)):
            return name
    return ""


def _lightning(listing: Listing) -> str:
    """``metrics.csv`` with a column for each metric; ours have a column ``name``."""
    is_named = re.fullmatch(r"version_\d+", os.path.basename(os.path.abspath(listing.path)))
    if "metrics.csv" not in listing.names or not (is_named or "hparams.yaml" in listing.names):
        return ""
    columns = _head(listing.path, "metrics.csv").partition(b"\n")[0].strip().split(b",")
    return "metrics.csv" if {b"step", b"epoch"}.intersection(columns) and b"name" not in columns else ""


TRACKERS = (
    Tracker("MLflow", _mlflow),
    Tracker("SwanLab", _matching(r"runs\.swanlab|run-.*\.swanlab")),
    Tracker("Weights & Biases", _matching(r"(offline-)?run-\d{8}_\d{6}-\w+|run-\w+\.wandb")),
    Tracker("DVCLive", _any(_named("metrics.json", "params.yaml"), _named("metrics.json", "plots"))),
    Tracker("Sacred", _sacred),
    Tracker("Ultralytics", _any(*(_named("results.csv", name) for name in ("args.yaml", "opt.yaml", "hyp.yaml")))),
    Tracker("Lightning", _lightning),
    Tracker("Hugging Face Trainer", _named("trainer_state.json")),
    Tracker("Aim", _any(_named(".aim"), _named("run_metadata.sqlite"))),
    Tracker("Guild AI", _named(".guild")),
    Tracker("Neptune", _named(".neptune")),
    Tracker("ClearML", _named("task.json", "metrics.jsonl")),
    Tracker("TensorBoard", _matching(r".*tfevents.*")),
    Tracker("Keras", _keras),
)
"""In the order in which they are looked for: the files of TensorBoard lie in the folders of others, too."""


READ = frozenset(
    [
        "DVCLive", "Guild AI", "Hugging Face Trainer", "Keras", "Lightning", "MLflow", "Sacred", "SwanLab",
        "TensorBoard", "Ultralytics", "Weights & Biases",
    ]
)  # fmt: skip
"""Those that a source of this distribution reads."""

EXPORTED = frozenset(["Aim", "Neptune"])
"""Those of which the files are read that they export."""

_BESIDE = frozenset(["mlflow.db", ".aim", ".neptune", "run_metadata.sqlite"])
"""What lies in the folder of a project, and says nothing of the folders beside it."""


def _head(path: str, name: str) -> bytes:
    try:
        with open_file(os.path.join(path, name)) as file:
            return file.read(_HEAD)
    except OSError:
        return b""


# --- the walk --------------------------------------------------------------------------------------------


def _walk(folder: str, *, closed: Callable[[Listing], bool] = lambda listing: False) -> Iterator[Listing]:
    """The folder and those below it, the nearest first, but for hidden ones, sites and what is in a run.

    Folders that are ``closed`` are given, and those in them are not.
    """
    left = NAMES
    waiting = deque([(folder, 0)])
    while waiting and left > 0:
        listing = _list(*waiting.popleft(), min(WIDTH, left))
        if listing is None:
            continue
        left -= len(listing.names) + 1
        yield listing
        is_end = listing.depth >= DEPTH or MANIFEST in listing.names or is_run_by(listing.names)
        if not is_end and not closed(listing):
            waiting.extend((os.path.join(listing.path, name), listing.depth + 1) for name in listing.folders)


def _list(path: str, depth: int, most: int) -> Listing | None:
    try:
        with os.scandir(path) as entries:
            found = list(islice(entries, most))
    except OSError:
        return None
    folders = (one.name for one in found if not one.name.startswith(".") and one.is_dir(follow_symlinks=False))
    return Listing(path, depth, frozenset(one.name for one in found), tuple(sorted(folders)))
