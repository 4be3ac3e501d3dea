"""Publishes to storage by URL: the site is built there, in the order in which readers meet no dead link."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from runpages.format import layout

from ..build import Options, Progress, Report, build
from ..errors import BusyError
from ..plan import Segments
from ..site import MANIFEST
from ..storage.site import StoredSite, opened_site
from ..storage.storage import Storage

PAUSE = 2.0
"""Seconds at most before a publish that met another begins anew; each waits for another time."""

_NUMBERS = (layout.RUN, layout.METRICS, "series", "definitions", "changes")


def publish_to(
    storage: Storage, workspace: Path, *, now: float, version: str, options: Options,
    drop: Callable[[Path], frozenset[Segments]] | None, attempts: int, progress: Progress,
) -> tuple[Report, int]:  # fmt: skip
    """Build a workspace into the site in storage; the report, and how often it was begun.

    ``drop`` names the runs to leave out, by a folder with what is published of runs. Raises BusyError where others
    publish there all the time, and what a build raises.
    """
    for attempt in range(1, attempts + 1):
        try:
            with opened_site(storage) as site:
                wanted = replace(options, target=site, drop=_dropped(site, drop))
                report = build(workspace, site.folder, now=now, version=version, options=wanted, progress=progress)
                return replace(report, url=str(storage)), attempt
        except BusyError:
            if attempt == attempts:
                raise
            time.sleep(random.uniform(0.1, PAUSE))  # noqa: S311, not a secret
    raise AssertionError("a last attempt returns or raises")


def bytes_in(storage: Storage) -> int:
    """The size of all files of a site."""
    return sum(file.size for file in storage.files())


def _dropped(site: StoredSite, drop: Callable[[Path], frozenset[Segments]] | None) -> frozenset[Segments]:
    if drop is None:
        return frozenset()
    with TemporaryDirectory(prefix="runpages-") as folder:
        wanted = [file for file in site.storage.files("e") if _tells_of_runs(file.path)]
        site.storage.fetch(wanted, folder)
        if not site.is_new:
            shutil.copy(site.folder / MANIFEST, folder)
        return drop(Path(folder))


def _tells_of_runs(path: str) -> bool:
    """Whether a file of a site has what an experiment's page shows of all of its runs, or the numbers of a run."""
    parts = path.split("/")
    if len(parts) == 4:
        return parts[2] == "columns" or parts[3].startswith(_NUMBERS)
    return len(parts) == 3 and not path.endswith(".html")
