"""A workspace in storage: its runs are found in one listing, and each is fetched where it is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder

from ..errors import BuildError, OutputError
from ..read import recognise
from ..read.listed import by_run, found_in
from ..site import MANIFEST
from ..stamp import RUN_FOLDER, Listed
from ..theme.theme import PROJECT
from .at_hand import AtHand
from .opening import StorageError
from .storage import Storage, is_portable

WHOLE = 1_000_000_000
"""Bytes of a place without run folders that are fetched unasked, to look for the runs of other tools."""

_BESIDE = (f"{PROJECT}/", f"{layout.STATE}/{layout.MODELS}/")
"""The folders of a workspace, beside its runs, that a build reads."""


class StoredWorkspace(NamedTuple):
    """A workspace in ``storage``, and the ``folder`` of this machine with what lies beside its runs.

    What was ``found`` names the runs by the places that they would have there; None where the folder has all of it.
    """

    storage: Storage
    folder: Path
    found: Found | None

    def bring(self, runs: Iterable[RunFolder]) -> None:
        """Fetch runs to their places in the folder."""
        for run in runs:
            fetch_run(self.storage, run)


@contextmanager
def opened_workspace(
    storage: Storage, *, source: str | None = None, site: Storage | None = None
) -> Iterator[StoredWorkspace]:
    """A workspace in storage, without the ``site`` in it.

    A site, and what has no run folders, is fetched whole. Raises StorageError where nothing is there, or it cannot be
    read, and OutputError where it is in the site.
    """
    inside = below(site.url, storage.url) if site else ""
    if site and (site.url == storage.url or below(storage.url, site.url)):
        raise OutputError(f"the workspace {storage} would be inside its site; name another with -o")
    with TemporaryDirectory(prefix="runpages-") as above:
        # A site without a title is named for the last folders of the workspace.
        folder = Path(above, *str(storage).partition("://")[2].rstrip("/").split("/")[-2:])
        folder.mkdir(parents=True, exist_ok=True)
        listed = storage.files()
        if not listed:
            raise StorageError(
                f"no workspace: nothing is at {storage}, or it cannot be listed. Check its name; "
                "`runpages sync FOLDER URL` copies a workspace to storage"
            )
        files = [file for file in listed if not (inside and file.path.startswith(f"{inside}/"))]
        yield _opened(storage, folder, files, source)


def _opened(storage: Storage, folder: Path, files: list[Listed], source: str | None) -> StoredWorkspace:
    known = by_run(files)
    found = found_in(known, str(folder), str(storage))
    of_ours = source in (None, RUN_FOLDER) and not any(file.path == MANIFEST for file in known.beside)
    if of_ours and found.hints and not found.runs:
        raise StorageError(f"{storage} is not a workspace. {found.hints[0]}. Nothing was written.")
    if of_ours and (found.hints or found.experiments) and not _are_foreign(storage, found.runs):
        left_out = storage.fetch(_beside(known.beside), str(folder))
        for experiment in found.experiments:
            (folder / experiment).mkdir(exist_ok=True)
        for file in known.beside:
            if file.path.startswith(f"{layout.TRASH}/") and is_portable(file.path):
                folder.joinpath(*file.path.split("/")[:4]).mkdir(parents=True, exist_ok=True)
        return StoredWorkspace(storage, folder, found._replace(hints=[*found.hints, *map(_left_out, left_out)]))
    size = sum(file.size for file in files)
    if source is None and size > WHOLE and of_ours:
        raise BuildError(
            f"{storage} has no run folders, and {size / 1e9:.1f} GB of other files. If they are the runs of another "
            "tool, name it to fetch them all: --source NAME"
        )
    storage.fetch(files, str(folder))
    return StoredWorkspace(storage, folder, None)


def _left_out(path: str) -> str:
    return f"{path} was left out: no folder can have a file of that name"


def fetch_run(storage: Storage, run: RunFolder, site: Path | None = None) -> None:
    """Fetch a run to its path, as it is listed now or later: a file that is gone by then is left out.

    What the ``site`` on this machine has of it is taken from there.
    """
    os.makedirs(run.path, exist_ok=True)
    at_hand = AtHand(f"{site}/{layout.run_files(run.experiment, run.name)}") if site else None
    storage.fetch(run.seen.files, run.path, f"{run.experiment}/{run.name}", at_hand)


@contextmanager
def fetched(storage: Storage | None, run: RunFolder, site: Path | None = None) -> Iterator[RunFolder]:
    """A run in a temporary folder of this machine, if it is one in storage, with what the ``site`` here has of it."""
    if storage is None:
        yield run
        return
    with TemporaryDirectory(prefix="runpages-") as above:
        here = run._replace(path=os.path.join(above, run.experiment, run.name))
        fetch_run(storage, here, site)
        yield here


def below(url: str, above: str) -> str:
    """The path from a URL above to another; empty where that is not below it."""
    inside = f"{above.rstrip('/')}/"
    return url.rstrip("/").removeprefix(inside) if url.startswith(inside) else ""


def _beside(files: Iterable[Listed]) -> list[Listed]:
    """The files that a build reads of the workspace itself and of its experiments."""
    names = (layout.SETTINGS, layout.README, layout.CITATION, layout.EXPERIMENT)
    return [
        file
        for file in files
        if file.path.startswith(_BESIDE) or (file.path.count("/") < 2 and file.path.rpartition("/")[2] in names)
    ]


def _are_foreign(storage: Storage, runs: Sequence[RunFolder]) -> bool:
    """Whether the runs are those of another tool, whose files have the names of ours, by the first of them."""
    if not runs:
        return False
    names = {file.path for file in runs[0].seen.files}
    if layout.RUN in names and recognise.SACRED not in names:
        return False
    with fetched(storage, runs[0]) as run:
        return recognise.is_foreign(run.path)
