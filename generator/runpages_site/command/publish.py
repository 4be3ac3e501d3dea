"""``runpages publish``: publish a workspace where others read it, without losing what is there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from runpages import __version__
from runpages.format import layout
from runpages.format.errors import RunpagesError
from runpages.format.status import ACTIVE

from .. import goal, text
from ..build import Options
from ..changes import NEW
from ..model import ExperimentSummary
from ..publish import retain
from ..publish.destination import PublishError
from ..publish.publish import Drop, Published, built, destination_of, publish
from ..publish.retain import Candidate, Retain
from ..settings import Settings
from ..settings import read as read_settings
from ..text import number
from .arguments import (
    Refusal,
    engine_option,
    engine_start,
    find_named,
    folder,
    refuse_one_slash,
    storage_option,
    storage_options,
    warn_of_memory,
    workspace_of,
)
from .build import INCOMPLETE, document, print_public
from .output import SHOWN, json_option, print_json, print_problems, write_file
from .progress import print_faults, progress


def _retain(ctx: click.Context, param: click.Parameter, given: str | None) -> Retain | None:
    try:
        return None if given is None else retain.parse(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("publish")
@click.argument("destination", metavar="DEST")
@click.argument("workspace", required=False)
@click.option("--keep/--mirror", default=True,
              help="Keep runs of DEST that WORKSPACE lacks (default), or make DEST equal to WORKSPACE.")  # fmt: skip
@click.option("--retain", "retained", metavar="WHICH", callback=_retain,
              help="Of all runs, leave only those of the last days (90d), the newest ('200 runs') or the best of each "
              "experiment ('best 10'). Runs that go on stay.")  # fmt: skip
@click.option("--branch", metavar="NAME", help="The branch of a git repository. Default: gh-pages.")
@click.option("--squash", is_flag=True, help="Replace the history of the branch by one commit.")
@click.option("--single", "one", metavar="NAME",
              help="Publish one run, or one comparison of the settings, as one HTML file without scripts.")  # fmt: skip
@click.option("--size", type=click.FloatRange(min=0.1), default=10.0, metavar="MB", show_default=True,
              help="With --single: the size of the file at most; what has no room is left out and listed.")  # fmt: skip
@click.option("--ro-crate", is_flag=True,
              help="Describe the runs for other programs, as an RO-Crate: ro-crate-metadata.json.")  # fmt: skip
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, metavar="N",
              help="Workers on this machine (default: CPU cores).")  # fmt: skip
@engine_option
@storage_option
@click.option("-n", "--dry-run", is_flag=True,
              help="List what would become public with sizes, what is held back, and which runs DEST would gain, keep "
              "and lose; write nothing.")  # fmt: skip
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback of a program error.")
def command(
    destination: str, workspace: str | None, *, keep: bool, retained: Retain | None, branch: str | None, squash: bool,
    one: str | None, size: float, ro_crate: bool, jobs: int, engine: str, dry_run: bool, as_json: bool, quiet: bool,
    verbose: bool, storage: tuple[str, ...],
) -> None:  # fmt: skip
    """Publish the runs of WORKSPACE to DEST.

    DEST may already have a site, with runs that WORKSPACE lacks, such as those of other machines; they stay. A reader
    never meets a dead link, and if this is killed, the next one finishes the job. If somebody else publishes at the
    same time, both publish their runs. What DEST had is kept in WORKSPACE/.runpages/publish to be compared.

    \b
    DEST is one of:
      FOLDER              a folder; its parent must exist
      REPOSITORY#BRANCH   a branch of a git repository, by URL, git@host:path or folder
      user@host:path      a folder of another machine, by rsync over ssh
      FILE.zip            a zip
      hf:USER/SPACE       a static Space of Hugging Face
      s3://BUCKET/FOLDER  storage that fsspec opens; see runpages build
      FILE.html           with --single, one page with its pictures and files

    \b
    Exit codes:
      0  published; problems of single runs are reported and shown on their pages
      2  nothing was published: no workspace, mistakes in runpages.yml, a DEST that cannot be read or written or has
         other files than those of a site
      3  published, except for pages that failed by an error in runpages
    """
    place = folder(workspace_of(workspace))
    start = engine_start(engine, jobs, quiet=quiet or as_json)
    options = Options(jobs=jobs, keep=keep, prune=not keep, dry_run=dry_run, ro_crate=ro_crate, executor=start)
    if one is not None:
        _publish_single(place, one, folder(destination), int(size * 1e6), options, as_json=as_json)
        return
    refuse_one_slash(destination)
    warn_of_memory(destination)
    try:
        to = destination_of(
            destination, branch=branch, squash=squash, title=lambda: _title(place), access=storage_options(storage)
        )
        with progress(quiet=quiet or as_json) as advance:
            done = publish(
                place, to, now=time.time(), version=__version__, options=options,
                drop=_drop(place, retained, keep=keep), progress=advance,
            )  # fmt: skip
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or destination}: {error.strerror or error}") from None
    if as_json:
        facts = {"destination": done.destination, "sent": done.sent, "attempts": done.attempts}
        print_json("publish", {**document(done.report), **facts})
    else:
        print_problems(done.report.hints, done.report.problems)
        print_faults(done.report.faults, verbose=verbose)
        if not quiet:
            if dry_run:
                _print_preview(done, verbose=verbose)
            else:
                click.echo(text.visible(_summary(done)))
    sys.exit(INCOMPLETE if done.report.faults and not dry_run else 0)


def _publish_single(workspace: Path, name: str, place: Path, budget: int, options: Options, *, as_json: bool) -> None:
    from ..page.compare import comparison_path
    from ..publish.single import single

    if place.is_dir():
        raise Refusal(f"{place} is a folder; name a file: {place / name.rpartition('/')[2]}.html")
    known = read_settings(workspace) if workspace.is_dir() else Settings()
    if any(one.name == name for one in known.comparisons):
        page = comparison_path(name)
    else:
        run = find_named(name, workspace)
        page = layout.run_page(os.path.basename(run.experiment.folder), os.path.basename(run.folder))
    try:
        with built(workspace, now=time.time(), version=__version__, options=options) as site:
            made = single(site, page, budget=budget, base_url=known.base_url)
        if len(made.html) > budget:
            raise PublishError(
                f"{name} takes {number.size(len(made.html))} without its pictures and files, more than "
                f"{number.size(budget)}. Nothing was written. Allow more: --size {len(made.html) / 1e6 + 0.1:.1f}"
            )
        if not options.dry_run:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_file(place, made.html)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or place}: {error.strerror or error}") from None
    if as_json:
        print_json("publish", {"destination": str(place), "bytes": len(made.html), "left_out": made.left_out})
        return
    for path in made.left_out:
        click.secho(text.visible(f"Left out, since it has no room: {path}"), fg="yellow", err=True)
    if options.dry_run:
        click.echo(f"It would have {number.size(len(made.html))}. Nothing was published.")
        return
    click.echo(text.visible(f"Published {name} as {place}, {number.size(len(made.html))}"))


def _title(workspace: Path) -> str:
    name = os.path.basename(os.path.dirname(os.path.abspath(workspace)))
    return (read_settings(workspace).title if workspace.is_dir() else None) or name or "runs"


def _summary(done: Published) -> str:
    report = done.report
    what = f"{number.plural(report.runs, 'run')} in {number.plural(report.experiments, 'experiment')}"
    again = f", after {number.plural(done.attempts - 1, 'publish of others', 'publishes of others')}"
    outcome = f"published to {done.destination}" if done.sent else f"nothing new for {done.destination}"
    return f"{what}: {outcome}{again if done.attempts > 1 else ''}, {number.size(report.bytes)} in all"


def _print_preview(done: Published, *, verbose: bool) -> None:
    """Print what a publish would do, of a dry run."""
    report, examined = done.report, done.report.examined
    assert examined is not None
    print_public(examined, verbose=verbose)
    added = [_named(run) for run, why in report.rendered.items() if why == NEW]
    made_again = [_named(run) for run, why in report.rendered.items() if why != NEW]
    changes = {"Add": added, "Update": made_again, "Keep": examined.kept, "Remove": examined.gone}
    for verb, runs in changes.items():
        if runs:
            shown = runs if verbose else runs[:SHOWN]
            more = f" and {len(runs) - len(shown)} more" if len(runs) > len(shown) else ""
            click.echo(text.visible(f"{verb}: {number.plural(len(runs), 'run')}: {', '.join(shown)}{more}"))
    new = sum(one.size for _, one in examined.files if not one.why)
    click.echo(
        f"Size: {number.size(done.bytes_there)} are there, and {number.size(new)} are in the runs to add or update, "
        f"besides their pages; the host takes {number.size(examined.limit * 1_000_000)} (limits.site)"
    )
    rendered = number.plural(len(report.rendered), "run") if report.rendered else "nothing"
    click.echo(text.visible(f"Would render {rendered} for {done.destination}. Nothing was published."))


def _named(run: str) -> str:
    return "/".join(run.split(os.sep)[-2:])


# --- which runs stay -------------------------------------------------------------------------------------


def _drop(workspace: Path, retained: Retain | None, *, keep: bool) -> Drop | None:
    """What looks up which runs go, among those of the workspace and of the site; None if all stay."""
    if retained is None:
        return None

    def drop(site: Path) -> frozenset[tuple[str, str]]:
        from .runs import read_experiments

        found = {(one.experiment, one.run): one for one in _candidates(read_experiments(str(workspace)))}
        if keep and (site / "e").is_dir():
            there = _candidates(read_experiments(str(site)))
            found = {(one.experiment, one.run): one for one in there} | found
        return retain.dropped(list(found.values()), retained, time.time())

    return drop


def _candidates(experiments: Iterable[ExperimentSummary]) -> Iterator[Candidate]:
    for experiment in experiments:
        better = goal.of_metric(experiment, experiment.metric).better if experiment.metric is not None else None
        for run in experiment.runs:
            value = goal.main_value(experiment, run) if better in ("min", "max") else None
            above, name = os.path.split(run.path.rstrip("/"))
            yield Candidate(
                layout.site_segment(os.path.basename(above)),
                layout.site_segment(name),
                run.ended or run.last_write or run.started or run.created or 0.0,
                run.status in ACTIVE,
                None if value is None else float(value) if better == "min" else -float(value),
            )
