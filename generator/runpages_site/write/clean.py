"""Removes a site: what its manifest lists and the builder's own notes, and nothing that anybody else put there."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runpages.format import layout

from ..site import MANIFEST
from . import manifest
from .manifest import NOTES, Inventory, folders_above
from .site_folder import abandoned, locked

TRASH = Path(layout.TRASH)
"""Where runs lie in a workspace that were removed."""


@dataclass(slots=True)
class Report:
    """What was removed, or is to be; paths in the site are relative to it. ``kept`` could not be removed."""

    site: Path
    files: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def clean(site: Path, *, dry_run: bool = False) -> Report:
    """Remove the site in a folder, and what killed builds of it left beside it; with ``dry_run``, only report.

    Raises NoSite for a folder that is no site of ours, and OutputError where a build is writing it. Nothing is
    removed then.
    """
    report = Report(site)
    left = abandoned(site)
    if site.exists() or left is None:
        found = manifest.take(site)
        with locked(site, site):
            _remove_site(site, found, report, dry_run=dry_run)
    if left is not None:
        report.leftovers.append(left.name)
        if not dry_run:
            shutil.rmtree(left, ignore_errors=True)
    return report


def empty_trash(workspace: Path, *, dry_run: bool = False) -> Report:
    """Remove for good the runs in the trash of a workspace; the paths in the report are those of their folders."""
    report = Report(workspace / TRASH)
    for run in sorted(report.site.glob("*/*")):
        try:
            if not dry_run:
                shutil.rmtree(run) if run.is_dir() and not run.is_symlink() else run.unlink()
        except OSError as error:
            report.kept.append(f"{run}: {error.strerror or error}")
        else:
            report.files.append(str(run))
    if not dry_run and not report.kept:
        shutil.rmtree(report.site, ignore_errors=True)
    return report


def _remove_site(site: Path, found: Inventory, report: Report, *, dry_run: bool) -> None:
    # A manifest is a file like any other: what it lists is removed only where a walk met it, which follows no links.
    ours = sorted((found.ours & found.files | found.notes) - {MANIFEST})
    report.foreign = found.foreign
    for path in ours:
        _remove(site, path, report, dry_run=dry_run)
    if not dry_run:
        emptied = {folder for path in found.ours for folder in folders_above(path)}
        emptied |= {folder for folder in found.folders if folder.startswith(NOTES)}
        for folder in sorted(emptied & found.folders, key=len, reverse=True):
            with suppress(OSError):  # It holds something foreign.
                (site / folder).rmdir()
    # Last: as long as anything of ours is there, it says so, and cleaning again ends the job.
    if not report.kept and MANIFEST in found.files:
        _remove(site, MANIFEST, report, dry_run=dry_run)
    if not dry_run:
        with suppress(OSError):
            site.rmdir()


def _remove(site: Path, path: str, report: Report, *, dry_run: bool) -> None:
    try:
        if not dry_run:
            (site / path).unlink()
    except OSError as error:
        report.kept.append(f"{path}: {error.strerror or error}")
    else:
        report.files.append(path)
