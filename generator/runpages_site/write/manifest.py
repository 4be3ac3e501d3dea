"""What lies in the folder of a site: what its manifest lists, the builder's own notes, and what is foreign."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from runpages.format.errors import RunpagesError
from runpages.format.files import entries_below, read_file

from ..read import recognise
from ..site import MANIFEST
from .site_folder import abandoned, is_begun, written

FORMAT = 1
"""The newest form of the manifest that is understood."""

NOTES = ".runpages"
"""How the names of the builder's own notes begin, in the root of a site."""


class NoSite(RunpagesError):
    """The folder is no site that runpages built."""


class Inventory(NamedTuple):
    """The files of a site. Paths are relative to its root, with ``/``, in the letter case of the disk."""

    listed: Mapping[str, int | None]
    """What the manifest lists, with the sizes that it tells; nothing says that these files are there."""
    files: frozenset[str]
    """All files and symbolic links that are there; links are not followed."""
    folders: frozenset[str]
    """All folders that are there."""
    written: frozenset[str]
    """What a build wrote anew, or was going to, that was killed before it listed them, or is at it just now."""

    @property
    def ours(self) -> frozenset[str]:
        """What runpages wrote or was going to, but for its notes."""
        return self.written.union(self.listed)

    @property
    def notes(self) -> frozenset[str]:
        """The builder's own files, which no manifest lists."""
        return frozenset(path for path in self.files if path.startswith(NOTES))

    @property
    def foreign(self) -> list[str]:
        """What runpages did not write; a folder with nothing of ours is one entry, with ``/`` at its end."""
        ours = {folder for path in self.ours for folder in folders_above(path)}
        return sorted({_outermost(path, ours) for path in self.files - self.ours - self.notes})


def take(site: Path) -> Inventory:
    """List a site. Raises NoSite for a folder that is not there, does not carry our manifest, or cannot be read."""
    if not site.is_dir():
        if site.exists():
            raise NoSite(f"no site: {site} is a file. Name the folder of a site")
        killed = ", since its first build was killed" if abandoned(site) else ""
        raise NoSite(f"no site: {site} does not exist{killed}. Build it first: runpages build -o {quote(str(site))}")
    listed = {} if is_begun(site) else listed_in(site)
    files: set[str] = set()
    folders: set[str] = set()
    try:
        for path, is_folder in entries_below(str(site)):
            (folders if is_folder else files).add(path)
    except OSError as error:
        raise NoSite(
            f"{error.filename or site} cannot be read: {error.strerror or error}. Nothing was changed."
        ) from None
    return Inventory(listed, frozenset(files), frozenset(folders), written(site))


def folders_above(path: str) -> Iterator[str]:
    """The folders on the way to a file, the innermost first."""
    while path := path.rpartition("/")[0]:
        yield path


def listed_in(site: Path) -> dict[str, int | None]:
    """What the manifest of a site lists. Raises NoSite for a folder with no manifest, or with one that is damaged."""
    try:
        manifest = json.loads(read_file(site / MANIFEST))
    except FileNotFoundError:
        raise NoSite(f"{site} was not built by runpages: it has no {MANIFEST}. {_instead(site)}") from None
    except OSError as error:
        raise NoSite(f"{site / MANIFEST} cannot be read: {error.strerror or error}. Nothing was changed.") from None
    except (ValueError, RecursionError):
        raise NoSite(
            f"{site / MANIFEST} is damaged. Restore it, or build the site into a new folder. Nothing was changed."
        ) from None
    if not isinstance(manifest, dict) or manifest.get("runpages") != "site":
        raise NoSite(f"{site / MANIFEST} is not the manifest of a site. Nothing was changed.")
    if manifest.get("format", FORMAT) != FORMAT:
        raise NoSite(f"{site} was built by a newer runpages. Install it: pip install -U runpages")
    return dict(_entries(manifest.get("files")))


def _instead(site: Path) -> str:
    """What to name, or to do first, where a folder is no site."""
    if (site / "site" / MANIFEST).is_file():
        return f"Did you mean {site / 'site'}? Nothing was changed."
    if recognise.is_workspace(str(site)):
        return f"It is a workspace: runpages build {quote(str(site))} builds its site. Nothing was changed."
    return "Nothing was changed."


def _entries(files: object) -> Iterable[tuple[str, int | None]]:
    if isinstance(files, dict):
        return ((path, size if isinstance(size, int) else None) for path, size in files.items())
    if isinstance(files, list):
        return ((path, None) for path in files if isinstance(path, str))
    return ()


def _outermost(path: str, ours: set[str]) -> str:
    found = path
    for folder in folders_above(path):
        if folder not in ours:
            found = folder + "/"
    return found
