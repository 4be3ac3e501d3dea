"""``runpages build``: build a workspace into a site."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from runpages import __version__
from runpages.format.errors import RunpagesError
from runpages.format.layout import SETTINGS

from .. import text
from ..build import Options, Report, build
from ..errors import OutputError, SecretsFound
from ..garbage import collection
from ..report import Clock
from ..settings import Secrets
from ..site import MANIFEST
from ..text import number
from .arguments import (
    Refusal,
    engine_option,
    engine_start,
    folder,
    is_url,
    site_of,
    storage_option,
    storage_options,
    warn_of_memory,
    workspace_of,
)
from .output import json_option, print_json, print_problems
from .progress import print_faults, progress

if TYPE_CHECKING:
    from ..examine import Examined
    from ..gate import Public
    from ..storage.site import StoredSite
    from ..storage.stored_workspace import StoredWorkspace

INCOMPLETE = 3
"""Exit code of a build with an error in runpages."""


class SecretsRefusal(Refusal):
    """A build that was refused because of secrets."""

    exit_code = 4


LARGEST = 5
"""How many of the largest files a dry run lists."""


@click.command("build")
@click.argument("workspace", required=False)
@click.option("-o", "--output", "site", metavar="SITE",
              help="The folder or URL of the site: new, empty, or built by runpages before. "
              "Default: site, beside the workspace.")  # fmt: skip
@click.option("--only", multiple=True, metavar="EXPERIMENT",
              help="Build this experiment only; repeatable, with wildcards * and ?.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N",
              help="Build the last N runs of each experiment only.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Keep the pages of published runs that WORKSPACE lacks.")
@click.option("--prune", is_flag=True,
              help="Remove the pages of all runs not in this build, however many.")  # fmt: skip
@click.option("--link", is_flag=True, help="Link the files of finished runs instead of copying them.")
@click.option("--source", metavar="NAME",
              help="Read the runs of another tool by this source, such as tensorboard. "
              "Default: by what is there.")  # fmt: skip
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, metavar="N",
              help="Workers on this machine (default: CPU cores).")  # fmt: skip
@engine_option
@click.option("--secrets", type=click.Choice(["mask", "fail", "warn", "off"]),
              help="What happens to keys, tokens and passwords (default: the settings, or mask).")  # fmt: skip
@storage_option
@click.option("-n", "--dry-run", is_flag=True,
              help="List what would be rendered and published, with sizes and secrets; write nothing.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was unreadable.")
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", is_flag=True,
              help="List each rendered run and the reason, and show the traceback of a program error.")  # fmt: skip
@collection(wanted=False)
def command(
    workspace: str | None, site: str | None, *, strict: bool, as_json: bool, quiet: bool, verbose: bool,
    only: tuple[str, ...], limit: int | None, keep: bool, prune: bool, link: bool, jobs: int, dry_run: bool,
    source: str | None, secrets: Secrets | None, engine: str, storage: tuple[str, ...],
) -> None:  # fmt: skip
    """Build the runs of WORKSPACE into a static site.

    WORKSPACE is a folder with <experiment>/<run>/ (default: the one that scripts log to from here).
    The site opens by double click, from any web server and under any sub-path, and loads nothing from
    elsewhere. Later builds render only what changed. WORKSPACE may be a site, or its folder e: what is
    published there gives the same site again.

    WORKSPACE and SITE may be URLs of storage, such as s3://bucket/runs, which fsspec opens: runpages[remote].

    \b
    Exit codes:
      0  the site is built; problems of single runs are reported and shown on their pages
      1  with --strict: the site is built, but something was unreadable
      2  nothing was built: no workspace, one that lacks most of the published runs, mistakes in runpages.yml,
         a missing library, an output folder not created by runpages or not writable
      3  the site is built, except for pages that failed by an error in runpages; those of the last build stay, and
         the next build tries again
      4  with secrets: fail, nothing was written: secrets were found, which are listed
    """
    if keep and prune:
        raise Refusal("--keep and --prune exclude each other")
    options = Options(
        only=only, limit=limit, keep=keep, prune=prune, link=link, jobs=jobs, dry_run=dry_run, source=source,
        secrets=secrets, executor=engine_start(engine, jobs, quiet=quiet),
    )  # fmt: skip
    clock = Clock()
    runs, access = workspace_of(workspace), storage_options(storage)
    place = site if is_url(site) else ""
    try:
        with progress(quiet=quiet) as advance, ExitStack() as opened:
            target = opened.enter_context(site_in(site, runs, access))
            place = target.shown
            origin = opened.enter_context(workspace_in(runs, target, access, source))
            options = replace(options, origin=origin.stored, target=target.stored)
            if target.stored or str(origin.folder) != origin.shown:
                clock.ended("open")
            report = build(
                origin.folder, target.folder, now=time.time(), version=__version__, options=options, progress=advance,
                clock=clock,
            )  # fmt: skip
            report = target.named(origin.named(report))
    except SecretsFound as error:
        raise SecretsRefusal(str(error)) from None
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or place}: {error.strerror or error}. The old site still works.") from None
    if as_json:
        print_json("build", document(report))
    else:
        _print_report(report, quiet=quiet, verbose=verbose, dry_run=dry_run)
    if report.faults and not dry_run:
        sys.exit(INCOMPLETE)
    sys.exit(1 if strict and report.damaged else 0)


class Target(NamedTuple):
    """The site of a build: a ``folder``, which for one in storage has what a build keeps at hand, and its place."""

    folder: Path
    shown: str
    stored: StoredSite | None = None

    def named(self, report: Report) -> Report:
        """A report with the place that the user named in place of the folder."""
        return report if self.stored is None else replace(report, url=self.shown)


@contextmanager
def site_in(named: str | None, workspace: str, access: Mapping[str, Any]) -> Iterator[Target]:
    """A site to build into; ``access`` is for storage. Raises RunpagesError where it cannot be one."""
    if named is None or not is_url(named):
        if named is None and is_url(workspace):
            raise OutputError(f"name the site of {workspace} with -o: a folder, or a URL of storage")
        place = site_of(named, workspace)
        yield Target(place, str(place))
        return
    from ..storage.site import opened_site
    from ..storage.storage import Storage

    warn_of_memory(named)
    with opened_site(storage := Storage(named.rstrip("/"), access)) as site:
        yield Target(site.folder, str(storage), site)


class Origin(NamedTuple):
    """The workspace of a build: a ``folder``, which for a site is one with what it publishes, and its place."""

    folder: Path
    shown: str
    hints: Sequence[str] = ()
    stored: StoredWorkspace | None = None

    def named(self, report: Report) -> Report:
        """A report with the place that the user named in place of the folder."""
        before, after = str(self.folder), self.shown
        if before == after:
            return report

        def moved(named: Mapping[str, T]) -> dict[str, T]:
            return {key.replace(before, after): value for key, value in named.items()}

        hints = [*self.hints, *(hint.replace(before, after) for hint in report.hints)]
        rendered, problems, faults = moved(report.rendered), moved(report.problems), moved(report.faults)
        return replace(report, rendered=rendered, problems=problems, faults=faults, hints=hints)


T = TypeVar("T")


@contextmanager
def workspace_in(named: str, target: Target, access: Mapping[str, Any], source: str | None) -> Iterator[Origin]:
    """A workspace to build into a ``target``; of a site, a temporary one with the files that it publishes.

    Raises RunpagesError where the site or the storage cannot be read, or the target is in the site. What is raised
    while it is open names the place, and not the temporary folder.
    """
    with _opened(named, target, access, source) as origin:
        try:
            yield origin
        except RunpagesError as error:
            before, after = str(origin.folder), origin.shown
            error.args = tuple(one.replace(before, after) if isinstance(one, str) else one for one in error.args)
            raise


@contextmanager
def _opened(named: str, target: Target, access: Mapping[str, Any], source: str | None) -> Iterator[Origin]:
    if not is_url(named):
        with _folder_in(folder(named), target) as origin:
            yield origin
        return
    from ..storage.storage import Storage
    from ..storage.stored_workspace import opened_workspace

    storage = Storage(named.rstrip("/"), access)
    site = target.stored.storage if target.stored else None
    with opened_workspace(storage, source=source, site=site) as stored, _folder_in(stored.folder, target) as origin:
        below = origin.shown.removeprefix(str(stored.folder))
        yield origin._replace(shown=f"{storage}{below}", stored=stored if stored.found is not None else None)


@contextmanager
def _folder_in(folder: Path, target: Target) -> Iterator[Origin]:
    site = folder.parent if folder.name == "e" else folder
    if not os.path.isfile(site / MANIFEST):
        yield Origin(folder, str(folder))
        return
    # What asks servers takes longer to load than a build with nothing new.
    from runpages.pull import pull
    from runpages.site_files import Site

    if Path(os.path.realpath(target.folder)).is_relative_to(os.path.realpath(site)):
        raise OutputError(f"{target.shown} is inside the site {site} that it would be built from; name another with -o")
    with TemporaryDirectory(prefix="runpages-") as copies:
        pulled = pull(Site(str(site)), copies, portable=False)
        yield Origin(Path(copies), str(site / "e"), [*pulled.refused, *pulled.different])


def _print_report(report: Report, *, quiet: bool, verbose: bool, dry_run: bool) -> None:
    if verbose:
        for run, why in report.rendered.items():
            click.echo(text.visible(f"{run}: {why}"), err=True)
    print_problems(report.hints, report.problems)
    print_faults(report.faults, verbose=verbose)
    if verbose and report.phases:
        spent = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in report.phases.items())
        click.echo(f"Phases: {spent}", err=True)
    if not quiet:
        if report.examined is not None:
            print_public(report.examined, verbose=verbose)
        click.echo(_preview(report) if dry_run else _summary(report))


def _summary(report: Report) -> str:
    what = f"{_counted(report.runs, 'run')} in {_counted(report.experiments, 'experiment')}"
    outcome = f"{number.plural(report.changed, 'file')} written" if report.changed else "nothing changed"
    if report.removed:
        outcome += f", {report.removed} removed"
    damaged = sum(
        any(problem.damage and problem.file != SETTINGS for problem in found) for found in report.problems.values()
    )
    troubles = f", {number.plural(damaged, 'run')} damaged" if damaged else ""
    troubles += f", {number.plural(len(report.faults), 'page')} incomplete or out of date" if report.faults else ""
    return (
        f"Built {what}{troubles}: {outcome}, {number.size(report.bytes)} in {report.seconds:.2f} s\n"
        f"Open {report.url or report.site}/index.html"
    )


def print_public(examined: Examined, *, verbose: bool) -> None:
    """Print what would become public: files by kind, the largest of them, what is held back, and the secrets."""
    public = [one for _, one in examined.files if not one.why]
    kinds = Counter[str]()
    for one in public:
        kinds[one.kind] += one.size
    for kind, size in kinds.most_common():
        files = number.plural(sum(one.kind == kind for one in public), "file")
        click.echo(f"Public: {kind}, {files}, {number.size(size)}")
    for run, one in [] if verbose else sorted(examined.files, key=_by_size)[:LARGEST]:
        if one.size and not one.why:
            click.echo(text.visible(f"Largest: {run}: {one.path}, {number.size(one.size)}"))
    for run, one in examined.files:
        if one.why:
            click.echo(text.visible(f"Held back: {run}: {one.path}: {one.why.removeprefix('Held back: ')}"))
        elif verbose:
            click.echo(text.visible(f"Public: {run}: {one.path}, {number.size(one.size)}"))
    from ..examine import listed  # What finds secrets takes long to load.

    for line in listed(examined.found):
        click.echo(text.visible(f"Secret: {line}"))


def _by_size(file: tuple[str, Public]) -> tuple[bool, int]:
    return bool(file[1].why), -file[1].size


def _counted(count: int, word: str) -> str:
    return number.plural(count, word) if count else f"0 {word}s"


def _preview(report: Report) -> str:
    rendered = number.plural(len(report.rendered), "run") if report.rendered else "nothing"
    gone = f", and remove {number.plural(report.gone, 'run')}" if report.gone else ""
    return f"Would render {rendered}{gone}. Nothing was written."


def document(report: Report) -> dict[str, object]:
    """A report for ``--json``."""
    counts = {
        name: value for name, value in asdict(report).items() if name not in ("problems", "faults", "examined", "url")
    }
    faults = {place: [fault._asdict() for fault in found] for place, found in report.faults.items()}
    problems = {run: [problem._asdict() for problem in found] for run, found in report.problems.items()}
    public: dict[str, object] = {}
    if report.examined is not None:
        public["public"] = [{"run": run, **one._asdict()} for run, one in report.examined.files]
        public["secrets"] = [{"run": run, **one._asdict()} for run, one in report.examined.found]
        public |= {
            "kept": report.examined.kept,
            "removed_runs": report.examined.gone,
            "limit_mb": report.examined.limit,
        }
    shown = {"site": report.url or str(report.site), "damaged": report.damaged, "problems": problems, "faults": faults}
    return {**counts, **shown, **public}
