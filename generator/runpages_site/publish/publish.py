"""Publishes a workspace: what the destination has is kept, and the live site is whole at every moment."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from runpages.format import layout

from ..build import Options, Progress, Report, build
from ..plan import Segments
from ..read.scan import scan
from ..text import number
from ..write import site_folder
from ..write.manifest import NoSite, listed_in
from .destination import Destination, Moved, PublishError, manifest_in
from .git import GitBranch
from .rsync import Rsync
from .zip_file import ZipSite

ATTEMPTS = 5
"""How often a destination that others publish to meanwhile is fetched, built and sent."""

BRANCH = "gh-pages"

_SPACE = re.compile(r"hf:([\w.-]+/[\w.-]+)")
_REMOTE = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//).+")
_URL = re.compile(r"(?:https?|ssh|git|file)://.+|git@.+:.+")

Drop = Callable[[Path], frozenset[Segments]]
"""The runs that are to go, by the site that holds what the destination has."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did: the report of its build, whether anything was sent, and how often it was begun."""

    destination: str
    report: Report
    sent: bool
    attempts: int = 1


def destination_of(given: str, *, branch: str | None = None, squash: bool = False, title: str) -> Destination | Path:
    """What a destination on the command line means; a path is a folder. Raises PublishError for a mistake."""
    url, _, named = given.partition("#")
    if space := _SPACE.fullmatch(url):
        place = f"https://huggingface.co/spaces/{space[1]}"
        return GitBranch(place, branch or named or "main", squash=squash, space=title)
    if branch or named or _URL.fullmatch(url) or url.endswith(".git"):
        return GitBranch(url, branch or named or BRANCH, squash=squash, space=title if _is_space(url) else None)
    if squash:
        raise PublishError(f"--squash is for branches of git repositories, and {given} is none; name one: --branch")
    if _REMOTE.fullmatch(given) and not os.path.exists(given):
        return Rsync(given)
    folder = Path(given).expanduser()
    return ZipSite(folder) if folder.suffix.lower() == ".zip" else folder


def _is_space(url: str) -> bool:
    return "huggingface.co/spaces/" in url


def publish(
    workspace: Path, to: Destination | Path, *, now: float, version: str, options: Options,
    drop: Drop = lambda site: frozenset(), progress: Progress = lambda done, total: None,
) -> Published:  # fmt: skip
    """Build a workspace into what a destination has, and send the result.

    A folder is built in place; all else in a mirror in the workspace, which is a cache. ``drop`` names runs to leave
    out. ``now`` is in seconds since the epoch. Raises BuildError where that is not possible, and PublishError where the
    destination cannot be read or written: it is as it was then, or is completed by the next publish.
    """
    options = replace(options, noted=False)
    if isinstance(to, Path):
        _check(to)
        options = replace(options, drop=drop(to))
        report = build(workspace, to, now=now, version=version, options=options, progress=progress)
        return Published(str(to), report, bool(report.changed or report.removed))
    if not workspace.is_dir():
        scan(workspace, workspace / layout.STATE)  # Raises what a build says of that.
    mirror = _mirror(workspace, to.name)
    with site_folder.locked(mirror.parent, mirror):
        settled = mirror.with_name("settled")
        for attempt in range(1, ATTEMPTS + 1):
            was_settled = settled.exists()
            settled.unlink(missing_ok=True)
            # Notes are of what was built last, which need not be what lies there now, also if that was killed.
            if to.fetch(mirror) or not was_settled:
                shutil.rmtree(mirror / site_folder.NOTES, ignore_errors=True)
            _check(mirror)
            wanted = replace(options, drop=drop(mirror))
            report = build(workspace, mirror, now=now, version=version, options=wanted, progress=progress)
            if options.dry_run:
                return Published(to.name, report, False, attempt)
            try:
                sent = to.send(mirror, f"Publish {_counted(report)}")
            except Moved:
                if attempt == ATTEMPTS:
                    raise
            else:
                settled.touch()
                return Published(to.name, report, sent, attempt)
    raise AssertionError("a last attempt returns or raises")


@contextmanager
def built(workspace: Path, *, now: float, version: str, options: Options) -> Iterator[Path]:
    """The site of a workspace alone, which is kept for the next time. Raises BuildError where it cannot be built."""
    mirror = _mirror(workspace, "")
    with site_folder.locked(mirror.parent, mirror):
        options = replace(options, keep=False, prune=True, noted=False)
        build(workspace, mirror, now=now, version=version, options=options)
        yield mirror


def _counted(report: Report) -> str:
    return f"{number.plural(report.runs, 'run')} in {number.plural(report.experiments, 'experiment')}"


def _mirror(workspace: Path, name: str) -> Path:
    mirror = (
        workspace / layout.STATE / "publish" / sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16] / "site"
    )
    try:
        mirror.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PublishError(f"{mirror.parent} cannot be made: {error.strerror or error}") from None
    return mirror


def _check(site: Path) -> None:
    """Raise PublishError where a site is there whose runs cannot be told, or where its folder may not be mounted."""
    if not site.parent.is_dir():
        raise PublishError(
            f"{site.parent} does not exist; is it mounted? If it is right, make it: mkdir -p {site.parent}"
        )
    if site_folder.exists(site) and not site_folder.is_begun(site) and manifest_in(site):
        try:
            listed_in(site)
        except NoSite as error:
            raise PublishError(str(error)) from None
