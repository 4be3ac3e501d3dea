"""Packs runs into a zip that another workspace takes in: every file with its hash, and nothing of where they lay."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from runpages.format import layout
from runpages.format.discovery import is_run_by
from runpages.format.files import open_file
from runpages.format.secret import is_secret

from ..read.run_folder import files_of
from ..write.site_folder import locked
from . import archive
from .archive import ArchiveError, Fact

MANIFEST = "runpages-pack.json"
"""The document in a zip that lists its runs, and the size and SHA-256 of each of its files."""

FORMAT = 1

UNPACKING = "unpacking"
"""The folder in a workspace's state where runs are unpacked before they get their place."""

BESIDE = (layout.EXPERIMENT, "README.md")
"""What an experiment has beside its runs."""


@dataclass(slots=True)
class Packed:
    """The runs in a zip, as ``<experiment>/<run>``, how much it holds, and the files that were left out, with why."""

    runs: list[str]
    files: int = 0
    bytes: int = 0
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Unpacked:
    """The runs that are new in a workspace, and those that were there already, with the same content.

    ``kept`` are documents of experiments of which the workspace has others.
    """

    new: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def pack(workspace: Path, runs: Sequence[tuple[str, str]], place: Path) -> Packed:
    """Write a zip of runs, named by their folders; the same runs give the same bytes.

    Links, leftovers of programs and files whose names suggest a secret are left out. Raises ArchiveError for a file
    that changes meanwhile and for names that not every disk can have beside each other, and OSError.
    """
    packed = Packed(sorted("/".join(run) for run in set(runs)))
    files: dict[str, Fact] = {}
    with archive.replaced(place) as zipped:
        for name in _names(workspace, packed):
            files[name] = archive.add(zipped, name, str(workspace / name))
        archive.check_names([*files])
        archive.add_bytes(zipped, MANIFEST, _manifest(packed.runs, files))
    packed.files, packed.bytes = len(files), sum(fact.size for fact in files.values())
    return packed


def unpack(place: Path, workspace: Path) -> Unpacked:
    """Take the runs of a zip into a workspace; nothing that is there is changed.

    All of the zip is checked first. Raises ArchiveError where it is damaged or could do harm, and where the workspace
    has another run in the place of one; nothing was written then. Raises OSError.
    """
    done, state = Unpacked(), workspace / layout.STATE
    try:
        with open_file(place) as file, ZipFile(file) as zipped:
            infos = archive.entries(zipped)
            runs, files = _checked(zipped, infos)
            _check_room(workspace, files)
            for run in runs:
                (done.there if _is_same(workspace, run, files) else done.new).append(run)
            state.mkdir(parents=True, exist_ok=True)
            with locked(state, workspace):
                side = state / UNPACKING
                shutil.rmtree(side, ignore_errors=True)
                try:
                    archive.extract(zipped, {name: infos[name] for name in files}, side)
                    _move(side, workspace, done)
                finally:
                    shutil.rmtree(side, ignore_errors=True)
    except (BadZipFile, ArchiveError) as error:
        raise ArchiveError(f"{place} was not unpacked: {error}. Nothing was written.") from None
    return done


def _check_room(workspace: Path, files: Mapping[str, Fact]) -> None:
    there = next(folder for folder in (workspace, *workspace.absolute().parents) if folder.exists())
    free, needed = shutil.disk_usage(there).free, sum(fact.size for fact in files.values())
    if needed > free:
        raise ArchiveError(f"it would take {needed:,} bytes, and {free:,} are free")


def _names(workspace: Path, packed: Packed) -> Iterator[str]:
    """The files to pack; the others are noted."""
    experiments = sorted({run.split("/")[0] for run in packed.runs})
    beside = (f"{experiment}/{name}" for experiment in experiments for name in BESIDE)
    places = [name for name in beside if (workspace / name).is_file()]
    for run in packed.runs:
        places += [f"{run}/{file}" for file in files_of(str(workspace / run))]
    for name in sorted(places):
        if why := _unfit(workspace, name):
            packed.left_out[name] = why
        else:
            yield name


def _unfit(workspace: Path, name: str) -> str:
    path = workspace / name
    if is_secret(name.split("/", 2)[-1]):
        return "its name suggests a secret"
    if path.is_symlink() or not path.is_file():
        return "it is a link" if path.is_symlink() else "it is not a regular file"
    why = archive.odd(name)
    return f"its name {why}" if why else ""


def _manifest(runs: Sequence[str], files: Mapping[str, Fact]) -> bytes:
    known = {name: fact._asdict() for name, fact in sorted(files.items())}
    document = {"runpages": "pack", "format": FORMAT, "runs": list(runs), "files": known}
    return json.dumps(document, indent=1).encode() + b"\n"


def _checked(zipped: ZipFile, infos: Mapping[str, ZipInfo]) -> tuple[list[str], dict[str, Fact]]:
    """The runs and files of a zip that is whole, and holds nothing that lies elsewhere than in its runs."""
    if MANIFEST not in infos:
        raise ArchiveError(f"it has no {MANIFEST}; it was not made by runpages pack")
    try:
        document = json.loads(b"".join(archive.pieces(zipped, infos[MANIFEST])))
        if document["runpages"] != "pack" or document["format"] != FORMAT:
            raise ArchiveError("it was packed by a newer runpages. Install it: pip install -U runpages")
        runs = list(map(str, document["runs"]))
        files = {str(name): Fact(int(one["size"]), str(one["sha256"])) for name, one in document["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArchiveError(f"{MANIFEST} cannot be read: {error!r}") from None
    if odd := sorted(files.keys() ^ infos.keys() - {MANIFEST}):
        what = "is not in the zip" if odd[0] in files else "is not in the manifest"
        raise ArchiveError(f"{odd[0]!r} {what}")
    _check_places(runs, files)
    for name, fact in files.items():
        if infos[name].file_size != fact.size or archive.fact(zipped, infos[name]) != fact:
            raise ArchiveError(f"{name!r} is not the file that was packed")
    return runs, files


def _check_places(runs: Sequence[str], files: Mapping[str, Fact]) -> None:
    known = {run: [name for name in files if name.startswith(f"{run}/")] for run in runs}
    for run, names in known.items():
        if len(parts := run.split("/")) != 2 or any(part.startswith(".") for part in parts):
            raise ArchiveError(f"{run!r} is no place of a run")
        if not is_run_by(name.removeprefix(f"{run}/") for name in names):
            raise ArchiveError(f"{run!r} has neither {layout.RUN} nor metrics")
    beside = {f"{run.split('/')[0]}/{name}" for run in runs for name in BESIDE}
    if others := files.keys() - beside - {name for names in known.values() for name in names}:
        raise ArchiveError(f"{min(others)!r} belongs to no run")


def _is_same(workspace: Path, run: str, files: Mapping[str, Fact]) -> bool:
    """Whether the workspace has a run already. Raises ArchiveError where it has another one in its place."""
    if not os.path.lexists(workspace / run):
        return False
    mine = {name: fact for name, fact in files.items() if name.startswith(f"{run}/")}
    there = {f"{run}/{file}" for file in files_of(str(workspace / run))}
    there = {name for name in there if not _unfit(workspace, name)}
    if there != mine.keys() or any(_fact(workspace / name) != fact for name, fact in mine.items()):
        raise ArchiveError(f"{workspace / run} is another run; move it to the trash first: runpages rm {run}")
    return True


def _fact(path: Path) -> Fact | None:
    try:
        return archive.fact_of(str(path))
    except OSError:
        return None


def _move(side: Path, workspace: Path, done: Unpacked) -> None:
    """Give the unpacked runs their places, each whole and at once, and experiments what they lack."""
    for run in done.new:
        (workspace / run).parent.mkdir(exist_ok=True)
        os.rename(side / run, workspace / run)  # Fails where another process has made it meanwhile.
    for path in sorted(side.glob("*/*")):
        name = path.relative_to(side).as_posix()
        if path.is_file() and not os.path.lexists(workspace / name):
            os.rename(path, workspace / name)
        elif path.is_file() and _fact(workspace / name) != _fact(path):
            done.kept.append(name)
