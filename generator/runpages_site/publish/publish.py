"""Publishes a workspace: what the destination has is kept, and the live site is whole at every moment."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from runpages.format import layout

from ..build import Options, Progress, Report, build
from ..errors import OutputError
from ..plan import Segments
from ..read.scan import scan
from ..text import number
from ..write import site_folder
from .destination import Destination, Moved, PublishError, manifest_in

if TYPE_CHECKING:  # Loaded for URLs of storage.
    from ..storage.storage import Storage

ATTEMPTS = 5
"""How often a destination that others publish to meanwhile is fetched, built and sent."""

BRANCH = "gh-pages"

_STORED = re.compile(r"[a-z][a-z0-9+.-]*://.+")

_SPACES = "https://huggingface.co/spaces/"
_SPACE = re.compile(r"hf:([\w.-]+/[\w.-]+)")
_REMOTE = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//).*")
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
    bytes_there: int = 0
    """Of a dry run: the size of what the destination has."""


def destination_of(
    given: str, *, branch: str | None = None, squash: bool = False, title: Callable[[], str],
    access: Mapping[str, Any] = MappingProxyType({}),
) -> Destination | Path | Storage:  # fmt: skip
    """What a destination on the command line means; a path is a folder. Raises PublishError for a mistake.

    ``title`` gives that of a Space which has none; ``access`` is for storage.
    """
    url, _, named = given.partition("#")
    if space := _SPACE.fullmatch(url):
        url = f"{_SPACES}{space[1]}"
    elif given.startswith("hf:") and not os.path.exists(given):
        raise PublishError(f"{given} names no Space of Hugging Face, as hf:USER/SPACE does")
    is_space = url.startswith(_SPACES)
    if branch or named or _URL.fullmatch(url) or url.endswith(".git"):
        from .git import GitBranch

        default = "main" if is_space else BRANCH
        return GitBranch(url, branch or named or default, squash=squash, title=title() if is_space else None)
    if squash:
        raise PublishError(f"--squash is for branches of git repositories, and {given} is none; name one: --branch")
    if _STORED.fullmatch(given):
        from ..storage.storage import Storage

        return Storage(given.rstrip("/"), dict(access))
    if _REMOTE.fullmatch(given) and not os.path.exists(given):
        from .rsync import Rsync

        return Rsync(given)
    folder = Path(given).expanduser()
    if folder.suffix.lower() == ".zip":
        from .zip_file import ZipSite

        return ZipSite(folder)
    return folder


def publish(
    workspace: Path, to: Destination | Path | Storage, *, now: float, version: str, options: Options,
    drop: Drop | None = None, progress: Progress = lambda done, total: None,
) -> Published:  # fmt: skip
    """Build a workspace into what a destination has, and send the result.

    A folder and storage are built in place; all else in a mirror in the workspace, which is a cache. ``drop`` names
    runs to leave out. ``now`` is in seconds since the epoch. Raises BuildError where that is not possible, and
    PublishError where the destination cannot be read or written: it is as it was then, or is completed by the next
    publish.
    """
    options = replace(options, noted=False, check=_check_manifest)
    dropped: Drop = drop or (lambda site: frozenset())
    if isinstance(to, Path):
        _check(to)
        if options.dry_run:
            return _previewed(workspace, to, str(to), now, version, replace(options, drop=dropped(to)))
        options = replace(options, drop=dropped(to))
        report = build(workspace, to, now=now, version=version, options=options, progress=progress)
        return Published(str(to), report, bool(report.changed or report.removed))
    if isinstance(to, Destination):
        return _publish_mirror(workspace, to, now, version, options, dropped, progress)
    from .bucket import bytes_in, publish_to

    report, attempts = publish_to(
        to, workspace, now=now, version=version, options=options, drop=drop, attempts=ATTEMPTS, progress=progress
    )
    sent, size = bool(report.changed or report.removed), bytes_in(to) if options.dry_run else 0
    return Published(str(to), report, sent, attempts, size)


def _publish_mirror(
    workspace: Path, to: Destination, now: float, version: str, options: Options, dropped: Drop, progress: Progress
) -> Published:
    """Build in a mirror of a destination, and send that."""
    if not workspace.is_dir():
        scan(workspace, workspace / layout.STATE)  # Raises what a build says of that.
    if options.dry_run:
        with TemporaryDirectory(prefix="runpages-") as folder:
            to.fetch(mirror := Path(folder, "site"))
            there = _known(mirror, _mirror_of(workspace, to.name))
            return _previewed(workspace, there, to.name, now, version, replace(options, drop=dropped(there)))
    mirror = _mirror(workspace, to.name)
    with site_folder.locked(mirror.parent, mirror):
        settled = mirror.with_name("settled")
        for attempt in range(1, ATTEMPTS + 1):
            was_settled = settled.exists()
            settled.unlink(missing_ok=True)
            # Notes are of what was built last, which need not be what lies there now, also if that was killed.
            if to.fetch(mirror) or not was_settled:
                shutil.rmtree(mirror / site_folder.NOTES, ignore_errors=True)
            wanted = replace(options, drop=dropped(mirror))
            report = _build_mirror(workspace, mirror, now, version, wanted, progress)
            try:
                sent = to.send(mirror, f"Publish {_counted(report)}")
            except Moved:
                if attempt == ATTEMPTS:
                    raise
            else:
                settled.touch()
                return Published(to.name, report, sent, attempt)
    raise AssertionError("a last attempt returns or raises")


def _build_mirror(
    workspace: Path, mirror: Path, now: float, version: str, options: Options, progress: Progress
) -> Report:
    try:
        return build(workspace, mirror, now=now, version=version, options=options, progress=progress)
    except OutputError as error:  # It names a file of the site, as a reader sees it, and here that is not where it is.
        raise PublishError(f"{mirror}: {error}") from None


@contextmanager
def built(workspace: Path, *, now: float, version: str, options: Options) -> Iterator[Path]:
    """The site of a workspace alone, which is kept for the next time, but for a dry run.

    Raises BuildError where it cannot be built.
    """
    wanted = replace(options, keep=False, prune=True, noted=False, dry_run=False)
    if options.dry_run:
        with TemporaryDirectory(prefix="runpages-") as folder:
            build(workspace, site := Path(folder, "site"), now=now, version=version, options=wanted)
            yield site
        return
    mirror = _mirror(workspace, "")
    with site_folder.locked(mirror.parent, mirror):
        build(workspace, mirror, now=now, version=version, options=wanted)
        yield mirror


def _counted(report: Report) -> str:
    return f"{number.plural(report.runs, 'run')} in {number.plural(report.experiments, 'experiment')}"


def _previewed(workspace: Path, site: Path, name: str, now: float, version: str, options: Options) -> Published:
    """What a publish into a site would do; nothing is written."""
    _check_manifest(site)
    report = build(workspace, site, now=now, version=version, options=options)
    sizes = (_size(site / path) for path in site_folder.manifest(site).files)
    return Published(name, report, False, bytes_there=sum(sizes))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _known(fetched: Path, mirror: Path) -> Path:
    """What was fetched; where it has the files of the mirror of the last publish, that, since it has the notes, too."""
    same = mirror.with_name("settled").exists() and manifest_in(mirror) == manifest_in(fetched)
    return mirror if same else fetched


def _mirror_of(workspace: Path, name: str) -> Path:
    known = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return workspace / layout.STATE / "publish" / known / "site"


def _mirror(workspace: Path, name: str) -> Path:
    mirror = _mirror_of(workspace, name)
    try:
        mirror.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PublishError(
            f"{mirror.parent}, where a publish keeps what the destination had, cannot be made: "
            f"{error.strerror or error}. Publish a workspace that you may write to, such as a copy"
        ) from None
    return mirror


def _check(site: Path) -> None:
    """Raise PublishError where the folder above a site is not there: it may not be mounted."""
    if not site.parent.is_dir():
        raise PublishError(
            f"{site.parent} does not exist; is it mounted? If it is right, make it: mkdir -p {site.parent}"
        )


def _check_manifest(site: Path) -> None:
    """Raise NoSite where a site is there whose files cannot be told."""
    if site_folder.exists(site) and not site_folder.is_begun(site):
        from ..write.manifest import listed_in

        listed_in(site)
