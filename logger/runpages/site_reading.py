"""Reads a built site, in a folder or at an address, into the same values as its workspace.

Only the documents and data of a run are loaded; of its other files, name and size are known.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from tempfile import TemporaryDirectory
from typing import Any

from .format import layout
from .format.errors import FormatError, UserError
from .format.published import Copy
from .format.read import read_experiment, read_run
from .format.records import ExperimentRecord, File, RunRecord
from .format.status import understood
from .format.stray_files import READMES, is_ours
from .reading import Reading
from .site_files import AT_ONCE, LARGEST_DOCUMENT, Site, is_site

_DATA = ("tables/", "charts/")
_GROWN = 1 << 26
"""Bytes by which a file may have grown since it was listed: a site is published while its runs go on."""


def reading_of(location: str) -> Reading:
    """What there is at a location: a site, else a workspace, an experiment or a run.

    Raises UserError if there is nothing to read.
    """
    return site_at(location) if is_site(location) else Reading(location)


def site_at(location: str, experiment: str | None = None) -> SiteReading:
    """The site at an address or in a folder; with ``experiment`` only that one, if one has this name.

    Raises UserError if there is no site.
    """
    return SiteReading(Site(location), experiment)


class SiteReading(Reading):
    """The runs of a site. ``path`` and ``folder`` of a run are paths or addresses."""

    def __init__(self, site: Site, experiment: str | None = None) -> None:
        self._site = site
        self.path, self.hints = site.root, []
        folders = site.folders(layout.RUN, 3)
        places = (
            [layout.site_segment(name) for name in (experiment, layout.file_name(experiment))] if experiment else []
        )
        self._folders = [folder for folder in folders if folder.split("/")[1] in places] or folders

    @cached_property
    def experiments(self) -> dict[str, ExperimentRecord]:
        """What each experiment says of itself, by name; of two of one name the second goes by its folder."""
        found: dict[str, ExperimentRecord] = {}
        wanted = sorted({*self._site.folders(layout.EXPERIMENT, 2), *map(os.path.dirname, self._folders)})
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for experiment in pool.map(self._experiment, wanted):
                name = self._site.name_of(os.path.basename(experiment.folder))
                found[name if experiment.name in found else experiment.name] = experiment
        return found

    @cached_property
    def runs(self) -> list[RunRecord]:
        """All runs, by experiment and id; one of a newer format is reported as a hint and left out."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [run for run in pool.map(self._read, self._folders) if run is not None]

    def run(self, name: str) -> RunRecord:
        """The run with this id or, if only one has it, this name; raises UserError otherwise."""
        found = [folder for folder in self._folders if os.path.basename(folder) == layout.site_segment(name)]
        run = self._read(found[0]) if len(found) == 1 else None
        return super().run(name) if run is None else run

    def columns(self, folder: str) -> dict[str, Any]:
        """What the site says of the columns of an experiment's runs, by the ``folder`` of one of them.

        It has the main ``metric`` and its ``goal``; empty in a site that an older version built.
        """
        path = f"{os.path.dirname(folder.rstrip('/'))}/columns.js".removeprefix(f"{self.path.rstrip('/')}/")
        if not self._site.has(path):
            return {}
        text = self._site.content(path, LARGEST_DOCUMENT).decode("utf-8", "replace").strip()
        try:
            found = json.loads(text.removeprefix('runpages.put("columns",').removesuffix(");"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{self._site.locate(path)} cannot be read: {error}; build the site again") from None
        return found if isinstance(found, dict) else {}

    def _experiment(self, folder: str) -> ExperimentRecord:
        """An experiment in a folder of the site, which may have no document."""
        path = f"{folder}/{layout.EXPERIMENT}"
        with TemporaryDirectory(prefix="runpages-") as copies:
            target = os.path.join(copies, self._site.name_of(os.path.basename(folder)))
            if self._site.has(path):
                _, known = self._site.document(path)
                _put(os.path.join(target, layout.EXPERIMENT), known.content or b"{}")
                for one in known.copies:
                    if one.path == layout.README:
                        _put(os.path.join(target, one.path), self._content(folder, one))
            experiment = read_experiment(target)
        return experiment._replace(folder=self._site.locate(folder))

    def _read(self, folder: str) -> RunRecord | None:
        """The run in a folder of the site, from copies of its data in a folder of the form that all runs have."""
        try:
            _, known = self._site.document(f"{folder}/{layout.RUN}")
        except FormatError as error:
            self.hints.append(str(error))
            return None
        with TemporaryDirectory(prefix="runpages-") as copies:
            target = os.path.join(copies, folder)
            _put(os.path.join(target, layout.RUN), known.content)
            for one in known.copies:
                _put(os.path.join(target, one.path), self._content(folder, one) if _is_data(one.path) else b"")
            run = read_run(target, now=time.time())
        sizes = {one.path: one.size for one in known.copies}
        # The process of a run that goes on is looked up by the build only.
        word = run.document.get("status")
        return run._replace(
            folder=self._site.locate(folder),
            last_write=run.last_write if "last_write" in run.document else None,
            status=understood(word) if isinstance(word, str) else None,
            artifacts=_sized(run.artifacts, sizes),
            logs=_sized(run.logs, sizes),
            snapshot=run.snapshot and run.snapshot._replace(size=sizes[run.snapshot.file]),
        )

    def _content(self, folder: str, copy: Copy) -> bytes:
        return self._site.content(f"{folder}/{copy.place}", copy.size + _GROWN)


def _sized(files: Iterable[File], sizes: dict[str, int]) -> list[File]:
    return [one._replace(size=sizes[one.file]) for one in files]


def _is_data(path: str) -> bool:
    return path.startswith(_DATA) if "/" in path else path in READMES or (is_ours(path) and path != layout.SNAPSHOT)


def _put(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(data)
    except (OSError, ValueError) as error:
        raise UserError(f"a copy of a file of the site cannot be written: {error}") from None
