"""``runpages watch``: rebuild a site while runs go on."""

from __future__ import annotations

import os
import sys
import time
from itertools import chain, repeat
from pathlib import Path
from threading import Event

import click

from runpages import __version__
from runpages.format.errors import RunpagesError

from .. import text
from ..build import Options, Report, build
from ..errors import BuildError
from ..read import recognise
from ..text import number
from ..watch import EVERY, Watcher
from .arguments import Refusal, engine_option, engine_start, folder, site_of, workspace_of
from .build import document
from .output import json_option, print_json
from .progress import print_faults, progress

NAMED = 3
"""Most runs of a build that are named; of more, only the number is shown."""


def watcher(workspace: str, site: Path, *, engine: str, as_json: bool = False) -> Watcher:
    """A watcher that rebuilds a site and reports on the terminal, or as one JSON document a line.

    Raises RunpagesError if ``workspace`` is not a local folder, or if all its runs are too deep: no later build would
    find them.
    """
    runs = folder(workspace)
    if misplaced := recognise.runs_below(str(runs)):
        raise BuildError(misplaced)
    jobs = os.cpu_count() or 1
    options = Options(jobs=jobs, executor=engine_start(engine, jobs, quiet=True))
    quiet = chain([False], repeat(True))

    def once() -> Report:
        with progress(quiet=next(quiet)) as advance:  # The first build may take long.
            return build(runs, site, now=time.time(), version=__version__, options=options, progress=advance)

    reported: set[str] = set()

    def report_build(report: Report) -> None:
        if as_json:
            print_json("watch", document(report), line=True)
            return
        for hint in report.hints:
            if hint not in reported:
                click.secho(f"{_clock()} {text.visible(hint)}", fg="yellow", err=True)
        new = {place: faults for place, faults in report.faults.items() if place not in reported}
        print_faults(new)
        reported.update(report.hints, new)
        click.echo(f"{_clock()} {text.visible(_summary(report))}")

    return Watcher(
        once,
        on_report=report_build,
        failed=lambda why: click.secho(f"{_clock()} Not built: {text.visible(why)}", fg="yellow", err=True),
    )


@click.command("watch")
@click.argument("workspace", required=False)
@click.option("-o", "--output", "site", metavar="SITE",
              help="The folder of the site: new, empty, or built by runpages before. "
              "Default: site, beside the workspace.")  # fmt: skip
@click.option("--every", type=click.FloatRange(min=0.1), default=EVERY, show_default=True, metavar="SECONDS",
              help="Interval between scans; slow workspaces are scanned less often.")  # fmt: skip
@engine_option
@json_option
def command(workspace: str | None, site: str | None, *, every: float, engine: str, as_json: bool) -> None:
    """Rebuild when runs change, until Ctrl-C.

    WORKSPACE defaults to the one that scripts log to from here.

    No server is needed: open pages of running runs update themselves, others when reloaded. A failed build is reported
    once and tried again.

    \b
    Exit codes:
      0  stopped by Ctrl-C
      2  WORKSPACE is not a local folder, or holds the runs of a workspace below it
    """
    runs, place = workspace_of(workspace), site_of(site, workspace)
    try:
        builds = watcher(runs, place, engine=engine, as_json=as_json)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    if not as_json:
        click.echo(text.visible(f"Watching {runs} until Ctrl-C; open {place / 'index.html'}"))
    try:
        builds.run(Event(), every)
    except KeyboardInterrupt:
        if not as_json:
            print_stopped()


def print_stopped() -> None:
    """Confirm Ctrl-C; a terminal shows ^C by itself."""
    click.echo("\rStopped" if sys.stdout.isatty() else "Stopped")


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _summary(report: Report) -> str:
    names = ["/".join(Path(run).parts[-2:]) for run in report.rendered]
    damaged = sum(any(problem.damage for problem in found) for found in report.problems.values())
    about = names if len(names) <= NAMED else [number.plural(len(names), "run")]
    about += [f"{number.plural(report.gone, 'run')} gone"] if report.gone else []
    about += [f"{number.plural(damaged, 'run')} damaged"] if damaged else []
    did = f"{number.plural(report.changed, 'file')} written" if report.changed else "nothing new"
    return f"{', '.join(about)}{': ' if about else ''}{did} in {report.seconds:.2f} s"
