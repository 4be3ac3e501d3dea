"""``runpages clean``: remove a site, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..text import number
from ..write.clean import Report, clean, empty_trash
from .arguments import LocalPath, Refusal, site_of
from .output import json_option, print_json

SHOWN = 10
"""Most files of a kind listed on the terminal."""


@click.command("clean")
@click.argument("site", type=LocalPath(), required=False)
@click.option("--trash", type=LocalPath(exists=True, file_okay=False), metavar="WORKSPACE",
              help="Instead, permanently remove the runs in the trash of WORKSPACE (see runpages rm).")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Remove nothing, and print what would be removed.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@json_option
def command(site: Path | None, *, trash: Path | None, dry_run: bool, quiet: bool, as_json: bool) -> None:
    """Remove the site in SITE (default: site, beside the workspace).

    Only files written by runpages are removed: those in the manifest, the build cache, and leftovers of interrupted
    builds. Runs are not touched: runpages build recreates the site.

    \b
    Exit codes:
      0  the site was removed
      1  some files could not be removed
      2  nothing was done: no site, or a build is writing it
    """
    if trash is not None:
        _clean_trash(trash, dry_run=dry_run, quiet=quiet, as_json=as_json)
        return
    try:
        report = clean(site_of(site), dry_run=dry_run)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    _print_kept(report)
    if as_json:
        gone = {"removed": _gone(report), "not_removed": report.kept, "foreign": report.foreign}
        print_json("clean", {"site": str(report.site), "dry_run": dry_run, **gone})
    elif not quiet:
        _print_report(report, dry_run=dry_run)
    sys.exit(1 if report.kept else 0)


def _clean_trash(workspace: Path, *, dry_run: bool, quiet: bool, as_json: bool) -> None:
    report = empty_trash(workspace, dry_run=dry_run)
    _print_kept(report)
    if as_json:
        print_json("clean", {"dry_run": dry_run, "removed": report.files, "not_removed": report.kept})
    elif not quiet:
        for run in report.files:
            click.echo(text.visible(f"{'Would remove' if dry_run else 'Removed'} {run}"))
        if not report.files and not report.kept:
            click.echo(text.visible(f"The trash of {workspace} is empty"))
    sys.exit(1 if report.kept else 0)


def _print_kept(report: Report) -> None:
    for kept in report.kept[:SHOWN]:
        click.secho(text.visible(f"Not removed: {kept}"), fg="red", err=True)
    if len(report.kept) > SHOWN:
        click.echo(f"and {len(report.kept) - SHOWN:,} more; --json lists all", err=True)


def _gone(report: Report) -> list[str]:
    """The files that are removed, or would be."""
    return [*(str(report.site / path) for path in report.files), *map(str, report.leftovers)]


def _print_report(report: Report, *, dry_run: bool) -> None:
    if dry_run:
        for path in _gone(report):
            click.echo(text.visible(f"Would remove {path}"))
    for path in report.foreign[:SHOWN]:
        click.echo(text.visible(f"Kept, not written by runpages: {report.site / path}"))
    if len(report.foreign) > SHOWN:
        click.echo(f"and {len(report.foreign) - SHOWN} more")
    if not dry_run:
        leftovers = f" and {number.plural(len(report.leftovers), 'leftover')} of interrupted builds"
        left = leftovers if report.leftovers else ""
        click.echo(f"Removed {number.plural(len(report.files), 'file').lower()}{left}")
