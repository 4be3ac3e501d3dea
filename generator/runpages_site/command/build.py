"""``runpages build``: the runs of a workspace into a site."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path

import click

from runpages.format.errors import RunpagesError
from runpages.format.find import RunFolder
from runpages.format.records import Problem

from .. import number, text
from ..build import Report, build
from .refusal import Refusal

SHOWN = 10
"""Problems of one run that are told on the terminal; its page tells all of them."""


@click.command("build")
@click.argument("workspace", type=click.Path(path_type=Path), default=Path("runs"))
@click.option("-o", "--output", "site", type=click.Path(path_type=Path), default=Path("site"), show_default=True,
              help="The folder of the site: new, empty, or built by runpages before.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 if anything could not be read.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def command(workspace: Path, site: Path, *, strict: bool, quiet: bool) -> None:
    """Build the runs of WORKSPACE (default: runs) into a static site.

    WORKSPACE is a folder that holds <experiment>/<run>/. The site opens by double click, from any web server
    and under any sub-path; nothing in it is loaded from elsewhere. Building again writes only what changed.

    \b
    Exit codes:
      0  the site is built; problems of single runs are told, and shown on their pages
      1  with --strict: the site is built, and something could not be read
      2  nothing was built: no workspace, mistakes in runpages.yml, or a folder that is not ours
    """
    try:
        with _Bar(quiet=quiet) as bar:
            report = build(workspace, site, now=time.time(), version=version("runpages"), progress=bar.over)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or site}: {error.strerror or error}. The old site still works.") from None
    _tell_problems(report)
    if not quiet:
        click.echo(_summary(report))
    sys.exit(1 if strict and report.damaged else 0)


class _Bar(AbstractContextManager["_Bar"]):
    """How far the build is: a bar on a terminal, nothing elsewhere, where the summary is enough."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()

    def __exit__(self, *_: object) -> None:
        return None

    def over(self, runs: Sequence[RunFolder]) -> Iterable[RunFolder]:
        """Pass the runs on one by one."""
        if self._quiet:
            yield from runs
            return
        with click.progressbar(runs, label="Building", file=sys.stderr, show_pos=True) as bar:
            yield from bar


def _tell_problems(report: Report) -> None:
    for hint in report.hints:
        click.secho(text.visible(hint), fg="yellow", err=True)
    for folder, problems in report.problems.items():
        click.secho(text.visible(folder), fg="yellow", err=True)
        for problem in problems[:SHOWN]:
            click.echo(f"  {text.visible(_sentence(problem))}", err=True)
        if len(problems) > SHOWN:
            click.echo(f"  and {len(problems) - SHOWN} more; the run's page tells all of them", err=True)


def _sentence(problem: Problem) -> str:
    where = problem.file + (f", line {problem.line}" if problem.line is not None else "")
    return f"{where}: {problem.message}. {problem.action}." if where else f"{problem.message}. {problem.action}."


def _summary(report: Report) -> str:
    what = f"{number.plural(report.runs, 'run')} in {number.plural(report.experiments, 'experiment')}"
    did = f"{number.plural(report.changed, 'file')} written" if report.changed else "nothing changed"
    if report.removed:
        did += f", {report.removed} removed"
    damaged = sum(any(problem.damage for problem in found) for found in report.problems.values())
    told = f", {number.plural(damaged, 'run')} damaged" if damaged else ""
    return (
        f"Built {what}{told}: {did}, {number.size(report.bytes)} in {report.seconds:.2f} s\n"
        f"Open {report.site / 'index.html'}"
    )
