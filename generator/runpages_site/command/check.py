"""``runpages check``: check the links and files of a site."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..check.site import Report, check
from ..text import number
from .arguments import LocalPath, Refusal, site_of
from .output import json_option, print_json

SHOWN = 10
"""Most problems of a page on the terminal; ``--json`` lists all."""


@click.command("check")
@click.argument("site", type=LocalPath(), required=False)
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
def command(site: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Check that SITE (default: site, beside the workspace) works wherever it is copied.

    Every link leads to a file and an anchor in it, in matching letter case; nothing is loaded from elsewhere; every
    page has its strict content security policy; and every file that the build wrote exists. Links to other sites are
    counted, not followed.

    \b
    Exit codes:
      0  no problems
      1  problems found
      2  no site
    """
    try:
        report = check(site_of(site))
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    if as_json:
        print_json("check", _document(report))
    else:
        _print_report(report, quiet=quiet)
    sys.exit(1 if report.problems else 0)


def _print_report(report: Report, *, quiet: bool) -> None:
    for page, found in groupby(report.problems, key=lambda problem: problem.page):
        problems = list(found)
        click.secho(text.visible(page), fg="red")
        for problem in problems[:SHOWN]:
            where = f"line {problem.line}: " if problem.line else ""
            click.echo(f"  {where}{text.visible(problem.message)}")
        if len(problems) > SHOWN:
            click.echo(f"  and {len(problems) - SHOWN} more; --json lists all")
    if quiet:
        return
    for paths in report.clashes[:SHOWN]:
        click.echo(text.visible(f"Same file on disks that ignore letter case: {', '.join(paths)}"))
    if report.foreign:
        shown = ", ".join(report.foreign[:SHOWN]) + (", …" if len(report.foreign) > SHOWN else "")
        click.echo(text.visible(f"Not written by runpages, not checked: {shown}"))
    click.echo(_summary(report))


def _summary(report: Report) -> str:
    outside = f" ({number.integer(report.outside)} to other sites)" if report.outside else ""
    checked = (
        f"{number.plural(report.pages, 'page')}, {number.plural(report.links, 'link')}{outside}, "
        f"{number.plural(report.files, 'file')} in {report.seconds:.2f} s"
    )
    return f"Checked {checked}: {number.plural(len(report.problems), 'problem').lower()}"


def _document(report: Report) -> dict[str, object]:
    return {
        "site": str(report.site),
        "pages": report.pages,
        "links": report.links,
        "outside": report.outside,
        "files": report.files,
        "problems": [problem._asdict() for problem in report.problems],
        "foreign": report.foreign,
        "clashes": report.clashes,
    }
