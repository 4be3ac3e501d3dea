"""``runpages build``: build a workspace into a site."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import asdict

import click

from runpages import __version__
from runpages.format.errors import RunpagesError
from runpages.format.layout import SETTINGS
from runpages.format.records import Problem

from .. import text
from ..build import Options, Report, build
from ..text import number
from .arguments import Refusal, folder, site_of, workspace_of
from .output import json_option, print_json
from .progress import print_faults, progress

INCOMPLETE = 3
"""Exit code of a build with an error in runpages."""

SHOWN = 10
"""Most problems of a run on the terminal; its page lists all."""


@click.command("build")
@click.argument("workspace", required=False)
@click.option("-o", "--output", "site", metavar="SITE",
              help="The folder of the site: new, empty, or built by runpages before. "
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
              help="Worker processes (default: CPU cores).")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Print what would be rendered, and write nothing.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was unreadable.")
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", is_flag=True,
              help="List each rendered run and the reason, and show the traceback of a program error.")  # fmt: skip
def command(
    workspace: str | None, site: str | None, *, strict: bool, as_json: bool, quiet: bool, verbose: bool,
    only: tuple[str, ...], limit: int | None, keep: bool, prune: bool, link: bool, jobs: int, dry_run: bool,
    source: str | None,
) -> None:  # fmt: skip
    """Build the runs of WORKSPACE into a static site.

    WORKSPACE is a folder with <experiment>/<run>/ (default: the one that scripts log to from here).
    The site opens by double click, from any web server and under any sub-path, and loads nothing from
    elsewhere. Later builds render only what changed.

    \b
    Exit codes:
      0  the site is built; problems of single runs are reported and shown on their pages
      1  with --strict: the site is built, but something was unreadable
      2  nothing was built: no workspace, one that lacks most of the published runs, mistakes in runpages.yml,
         a missing library, an output folder not created by runpages or not writable
      3  the site is built, except for pages that failed by an error in runpages; those of the last build stay, and
         the next build tries again
    """
    if keep and prune:
        raise Refusal("--keep and --prune exclude each other")
    options = Options(
        only=only, limit=limit, keep=keep, prune=prune, link=link, jobs=jobs, dry_run=dry_run, source=source
    )
    runs, place = workspace_of(workspace), site_of(site, workspace)
    try:
        with progress(quiet=quiet) as advance:
            report = build(
                folder(runs, "workspace"), place,
                now=time.time(), version=__version__, options=options, progress=advance,
            )  # fmt: skip
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


def _print_report(report: Report, *, quiet: bool, verbose: bool, dry_run: bool) -> None:
    if verbose:
        for run, why in report.rendered.items():
            click.echo(text.visible(f"{run}: {why}"), err=True)
    print_problems(report)
    print_faults(report.faults, verbose=verbose)
    if verbose and report.phases:
        spent = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in report.phases.items())
        click.echo(f"Phases: {spent}", err=True)
    if not quiet:
        click.echo(_preview(report) if dry_run else _summary(report))


def print_problems(report: Report) -> None:
    """Print the problems of runs, and where runs lie in a wrong place."""
    for hint in report.hints:
        click.secho(text.visible(hint), fg="yellow", err=True)
    for run, problems in report.problems.items():
        click.secho(text.visible(run), fg="yellow", err=True)
        for problem in problems[:SHOWN]:
            click.echo(f"  {text.visible(_sentence(problem))}", err=True)
        if len(problems) > SHOWN:
            click.echo(f"  and {len(problems) - SHOWN} more; see the run's page", err=True)


def _sentence(problem: Problem) -> str:
    where = problem.file + (f", line {problem.line}" if problem.line is not None else "")
    return f"{where}: {problem.message}. {problem.action}." if where else f"{problem.message}. {problem.action}."


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
        f"Open {report.site / 'index.html'}"
    )


def _counted(count: int, word: str) -> str:
    return number.plural(count, word) if count else f"0 {word}s"


def _preview(report: Report) -> str:
    rendered = number.plural(len(report.rendered), "run") if report.rendered else "nothing"
    gone = f", and remove {number.plural(report.gone, 'run')}" if report.gone else ""
    return f"Would render {rendered}{gone}. Nothing was written."


def document(report: Report) -> dict[str, object]:
    """A report for ``--json``."""
    counts = {name: value for name, value in asdict(report).items() if name not in ("problems", "faults")}
    faults = {place: [fault._asdict() for fault in found] for place, found in report.faults.items()}
    problems = {run: [problem._asdict() for problem in found] for run, found in report.problems.items()}
    return {**counts, "site": str(report.site), "damaged": report.damaged, "problems": problems, "faults": faults}
