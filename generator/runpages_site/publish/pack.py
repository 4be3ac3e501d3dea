"""Packs runs into a zip that another workspace takes in: every file with its hash, and nothing of where they lay."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from runpages.format import layout, published
from runpages.format.discovery import is_run_by
from runpages.format.document import encode
from runpages.format.files import open_file, read_file
from runpages.format.records import File, RunRecord
from runpages.format.secret import is_secret

from .. import gate
from ..examine import refusal
from ..gate import Finding
from ..read import archive, publish_filter
from ..read.archive import FORMAT, MANIFEST, ArchiveError, Fact
from ..read.run_folder import files_of, is_document, published_experiment, read_experiment, read_run
from ..settings import Settings, effects
from ..settings import read as read_settings
from ..write import ro_crate, zips
from ..write.ro_crate import CRATE, Described
from ..write.site_folder import locked

UNPACKING = "unpacking"
"""The folder in a workspace's state where runs are unpacked before they get their place."""

BESIDE = (layout.EXPERIMENT, "README.md")
"""What an experiment has beside its runs."""


class Entry(NamedTuple):
    """A file to be packed: its name in the zip, its size, and where it lies; ``data`` stands for its content."""

    name: str
    size: int
    place: str
    data: bytes | None = None


@dataclass(slots=True)
class Packing:
    """What is to be packed of some runs, which are named ``<experiment>/<run>``."""

    runs: list[str]
    entries: list[Entry] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Why a file is not packed, by its name."""
    found: list[tuple[str, Finding]] = field(default_factory=list)
    """The secrets, each with the folder of its run."""
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is public of the document of each run."""

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(one.size for one in self.entries)


@dataclass(slots=True)
class Unpacked:
    """The runs that are new in a workspace, and those that were there already, with the same content.

    ``kept`` are documents of experiments of which the workspace has others, and ``left_out`` is what the zip lacks of
    its runs, with why.
    """

    new: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def examine(workspace: Path, runs: Sequence[tuple[str, str]], *, now: float) -> Packing:
    """What a zip of runs has, which are named by their folders; the gate masks it and holds files back.

    Links, leftovers of programs, and files that the settings hide or whose names suggest a secret are left out as well.
    ``now`` is in seconds since the epoch. Raises ArchiveError for a private run and for names that not every disk can
    have beside each other, SecretsFound where the settings say so, SettingsError, and OSError.
    """
    settings = read_settings(workspace)
    packing = Packing(sorted("/".join(run) for run in set(runs)))
    for experiment in sorted({experiment for experiment, _ in runs}):
        _take_experiment(packing, workspace / experiment, settings)
    for experiment, run in sorted(set(runs)):
        _take_run(packing, workspace / experiment / run, settings, now)
    packing.entries.sort()
    archive.check_names([one.name for one in packing.entries])
    if settings.secrets == "fail" and packing.found:
        raise refusal(packing.found)
    return packing


def pack(packing: Packing, place: Path, *, described: bytes | None = None) -> None:
    """Write a zip of runs, with the RO-Crate metadata by which they are ``described``.

    The same runs give the same bytes. Raises ArchiveError for a file that changes meanwhile, and OSError; nothing was
    written then.
    """
    files: dict[str, Fact] = {}
    with zips.replaced(place) as zipped:
        for one in packing.entries:
            if one.data is None:
                files[one.name] = zips.add(zipped, one.name, one.place)
            else:
                files[one.name] = zips.add_bytes(zipped, one.name, one.data)
        if described is not None:
            files[CRATE] = zips.add_bytes(zipped, CRATE, described)
        changed = [one.name for one in packing.entries if one.data is not None]
        zips.add_manifest(zipped, packing.runs, files, changed, packing.left_out)


def crate_of(workspace: Path, packing: Packing, now: float) -> bytes:
    """The RO-Crate metadata of what is packed; ``now`` is in seconds since the epoch."""
    settings = read_settings(workspace)
    said = ro_crate.about(workspace, settings.title or " and ".join(packing.runs[:2]), settings.description)
    runs = [
        Described(f"{run}/", document, {name: (name, size) for name, size in _files_in(packing, f"{run}/")})
        for run, document in packing.documents.items()
    ]
    return ro_crate.crate(gate.masked_value(said, gate.policy_of(settings)), runs, now)


def _files_in(packing: Packing, folder: str) -> Iterator[tuple[str, int]]:
    return ((one.name.removeprefix(folder), one.size) for one in packing.entries if one.name.startswith(folder))


def _take_experiment(packing: Packing, folder: Path, settings: Settings) -> None:
    """Take what an experiment has beside its runs."""
    record, policy = read_experiment(str(folder)), gate.policy_of(settings)
    shown, found = gate.masked_experiment(record, policy)
    packing.found += [(str(folder), one) for one in found]
    for name in BESIDE:
        place, path = folder / name, f"{folder.name}/{name}"
        if why := _unfit(place, path) if os.path.lexists(place) else "":
            packing.left_out[path] = why
        elif place.is_file():
            data = read_file(place)
            if name == layout.EXPERIMENT:
                document = published_experiment(str(folder)) or {}
                tags = effects.without_hidden(settings.hide.tags, shown.tags)
                public = gate.masked_value({**document, **({"tags": tags} if "tags" in document else {})}, policy)
                data = data if public == document else encode(public)
            data = gate.masked_file(data, policy)
            packing.entries.append(_entry(place, path, data))


def _entry(place: Path, name: str, data: bytes | None) -> Entry:
    """A file as it is, unless it has other ``data`` in the zip."""
    if data is None or data == read_file(place):
        return Entry(name, place.stat().st_size, str(place))
    return Entry(name, len(data), str(place), data)


def _take_run(packing: Packing, folder: Path, settings: Settings, now: float) -> None:
    """Take the files of a run as the gate releases them."""
    run = _Run.read(folder, settings, now)
    packing.found += [(str(folder), one) for one in run.found]
    prefix = f"{folder.parent.name}/{folder.name}/"
    packing.documents[prefix[:-1]] = run.public
    for file in files_of(str(folder)):
        place, named = folder / file, gate.look(file, run.policy)
        why = "its path holds a secret" if named.found and run.policy.masks else _unfit(place, prefix + file)
        if why := why or run.unwanted(file):
            packing.left_out[prefix + named.text] = why
            continue
        data = run.document if file == layout.RUN else None
        if data is None:
            data = publish_filter.shortened(file, run.record, settings.hide.metrics, ())
        released = gate.release(run.record, file, run.policy, data)
        packing.found += [(str(folder), one) for one in released.found]
        if released.why:
            packing.left_out[prefix + file] = released.why.removeprefix("Held back: ")
        else:
            data = data if released.data is None else released.data
            packing.entries.append(_entry(place, prefix + file, data))


class _Run(NamedTuple):
    """A run, and what the settings and the gate say of it."""

    record: RunRecord
    """As it is, but that what other programs wrote is an output file: somebody's own bytes."""
    policy: gate.Policy
    document: bytes | None
    """What stands for its document and the changes of it; None if these are as they may be."""
    public: dict[str, Any]
    """What is public of it."""
    hidden: Collection[str]
    """The files that the settings hide."""
    found: list[Finding]

    @classmethod
    def read(cls, folder: Path, settings: Settings, now: float) -> _Run:
        """Read a run. Raises ArchiveError for a private one, and for one in a site."""
        whole = read_run(str(folder), now=now).record
        if published.KEY in whole.document:
            raise ArchiveError(
                f"{folder} is in a site, which has a small run as {zips.RUN_ZIP}. To pack it, get the workspace back: "
                "runpages pull SITE -o runs"
            )
        if effects.is_private(whole.tags) or effects.is_hidden(settings.private, folder.name, whole.name):
            raise ArchiveError(
                f"{folder} is private, by its tag or by `private` in {layout.SETTINGS}, and is not handed over. If it "
                f"may be: runpages tag {folder.name} private=false, or take it out of the settings"
            )
        experiment = folder.parent
        names = (experiment.name, read_experiment(str(experiment)).name)
        policy, applied = gate.policy_of(settings, whole), effects.applied(whole, settings, *names)
        masked, found = gate.masked(applied, policy)
        document = None if masked.document == whole.document else encode(masked.document)
        known = publish_filter.files(whole)[0].keys()
        ours = known | {file for file in os.listdir(folder) if is_document(file)}
        others = [File(file, file, 0) for file in files_of(str(folder)) if file not in ours]
        record = whole._replace(artifacts=[*whole.artifacts, *others])
        public, hidden = publish_filter.document(masked), known - publish_filter.files(applied)[0].keys()
        return cls(record, policy, document, public, hidden, found)

    def unwanted(self, file: str) -> str:
        """Why a file is left out for what is in the settings or in the document."""
        if file in self.hidden:
            return "the settings hide it"
        is_told = self.document is not None and is_document(file) and file != layout.RUN
        return f"its content is in {layout.RUN}" if is_told else ""


def _unfit(place: Path, name: str) -> str:
    """Why a file is not fit to be packed, under a name that begins with its experiment and its run."""
    if is_secret(name.split("/", 2)[-1]):
        return "its name suggests a secret"
    if place.is_symlink() or not place.is_file():
        return "it is a link" if place.is_symlink() else "it is not a regular file"
    why = archive.odd(name)
    return f"its name {why}" if why else ""


def unpack(place: Path, workspace: Path) -> Unpacked:
    """Take the runs of a zip into a workspace; nothing that is there is changed.

    All of the zip is checked first. Raises ArchiveError where it is damaged or could do harm, and where the workspace
    has another run in the place of one; nothing was written then. Raises OSError.
    """
    done, state = Unpacked(), workspace / layout.STATE
    try:
        with open_file(place) as file, ZipFile(file) as zipped:
            infos = archive.entries(zipped)
            runs, files, changed, done.left_out = _checked(zipped, infos)
            _check_room(workspace, files)
            for run in runs:
                (done.there if _is_same(workspace, run, files, changed) else done.new).append(run)
            state.mkdir(parents=True, exist_ok=True)
            with locked(state, workspace):
                side = state / UNPACKING
                shutil.rmtree(side, ignore_errors=True)
                try:
                    zips.extract(zipped, {name: infos[name] for name in files}, side)
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


def _checked(
    zipped: ZipFile, infos: Mapping[str, ZipInfo]
) -> tuple[list[str], dict[str, Fact], frozenset[str], dict[str, str]]:
    """The runs and files of a zip that is whole, and holds nothing that lies elsewhere than in its runs.

    Then come the files that are not as they were where they were packed, and those that were left out, with why.
    """
    if MANIFEST not in infos:
        raise ArchiveError(f"it has no {MANIFEST}; it was not made by runpages pack")
    try:
        document = json.loads(b"".join(archive.pieces(zipped, infos[MANIFEST])))
        if document["runpages"] != "pack" or document["format"] != FORMAT:
            raise ArchiveError("it was packed by a newer runpages. Install it: pip install -U runpages")
        runs = list(map(str, document["runs"]))
        files = {str(name): Fact(int(one["size"]), str(one["sha256"])) for name, one in document["files"].items()}
        left_out = {str(name): str(why) for name, why in document.get("left_out", {}).items()}
        changed = frozenset(map(str, (*document.get("changed", ()), *left_out)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArchiveError(f"{MANIFEST} cannot be read: {error!r}") from None
    if odd := sorted(files.keys() ^ infos.keys() - {MANIFEST}):
        what = "is not in the zip" if odd[0] in files else "is not in the manifest"
        raise ArchiveError(f"{odd[0]!r} {what}")
    _check_places(runs, files.keys() - {CRATE})
    for name, fact in files.items():
        if infos[name].file_size != fact.size or archive.fact(zipped, infos[name]) != fact:
            raise ArchiveError(f"{name!r} is not the file that was packed")
    files.pop(CRATE, None)
    return runs, files, changed, left_out


def _check_places(runs: Sequence[str], files: Collection[str]) -> None:
    known = {run: [name for name in files if name.startswith(f"{run}/")] for run in runs}
    for run, names in known.items():
        if len(parts := run.split("/")) != 2 or any(part.startswith(".") for part in parts):
            raise ArchiveError(f"{run!r} is no place of a run")
        if not is_run_by(name.removeprefix(f"{run}/") for name in names):
            raise ArchiveError(f"{run!r} has neither {layout.RUN} nor metrics")
    beside = {f"{run.split('/')[0]}/{name}" for run in runs for name in BESIDE}
    if others := set(files) - beside - {name for names in known.values() for name in names}:
        raise ArchiveError(f"{min(others)!r} belongs to no run")


def _is_same(workspace: Path, run: str, files: Mapping[str, Fact], changed: Collection[str]) -> bool:
    """Whether a workspace has a run already; what the gate ``changed`` or held back may be any.

    Raises ArchiveError where it has another one in its place.
    """
    if not os.path.lexists(workspace / run):
        return False
    mine = {name: fact for name, fact in files.items() if name.startswith(f"{run}/") and name not in changed}
    there = {f"{run}/{file}" for file in files_of(str(workspace / run))}.difference(changed)
    there = {name for name in there if not _unfit(workspace / name, name)}
    if there != mine.keys() or any(_fact(workspace / name) != fact for name, fact in mine.items()):
        raise ArchiveError(f"{workspace / run} is another run; move it to the trash first: runpages rm {run}")
    return True


def _fact(path: Path) -> Fact | None:
    try:
        return zips.fact_of(str(path))
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
