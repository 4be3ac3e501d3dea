"""``runpages convert``: write runs of other tools as run folders."""

from __future__ import annotations

import sys
import time

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..text import number
from ..write.convert import Converted, convert
from .arguments import Refusal, folder
from .output import json_option, print_json, print_problems
from .progress import Task, progress

_CONVERTING = Task("Converting", "converted", "runs")


@click.command("convert")
@click.argument("source")
@click.argument("workspace")
@click.option("--source", "reader", metavar="NAME",
              help="Read the runs by this source, such as tensorboard. Default: by what is there.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="List the runs that would be converted; write nothing.")
@click.option("--update", is_flag=True,
              help="Convert runs again that have changed since; what they were goes to the trash.")  # fmt: skip
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
def command(
    source: str, workspace: str, *, reader: str | None, update: bool, dry_run: bool, as_json: bool, quiet: bool
) -> None:  # fmt: skip
    """Write the runs of SOURCE, a folder of another tool, as run folders into WORKSPACE.

    Points, parameters, tags, pictures, tables, texts and files are carried over; the rest is listed, here and on the
    page of the run. SOURCE is only read. Nothing in WORKSPACE is changed: runs that were converted before are passed
    over, but for those that have changed since with --update. After an interruption the same command goes on.

    \b
    Exit codes:
      0  the workspace has all runs of the folder
      1  some were not converted, for the reason that is printed; all others are there
      2  no such runs, or the disk failed; what is there by then stays
    """
    try:
        place, target = folder(source), folder(workspace)
        with progress(quiet=quiet or as_json or dry_run, task=_CONVERTING) as advance:
            done = convert(
                place, target, now=time.time(), reader=reader, update=update, dry_run=dry_run, progress=advance
            )
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or workspace}: {error.strerror or error}. Run it again to go on.") from None
    if as_json:
        print_json("convert", _document(done))
    else:
        _print(done, workspace, quiet=quiet, dry_run=dry_run)
    sys.exit(1 if done.refused else 0)


def _document(done: Converted) -> dict[str, object]:
    problems = {run: [one._asdict() for one in some] for run, some in done.problems.items()}
    return {
        "new": done.new, "there": done.there, "changed": done.changed, "problems": problems, "refused": done.refused,
        "hints": done.hints,
    }  # fmt: skip


def _print(done: Converted, workspace: str, *, quiet: bool, dry_run: bool) -> None:
    stale = [name for name in done.changed if name not in done.new and name not in done.refused]
    hints = [f"{name} has changed since it was converted; --update converts it again" for name in stale]
    print_problems([*done.hints, *hints, *(f"{run}: {why}" for run, why in done.refused.items())], done.problems)
    if quiet:
        return
    if dry_run:
        for run in done.new:
            click.echo(text.visible(run))
    new = number.plural(len(done.new), "run") if done.new else "no new runs"
    there = f", {number.plural(len(done.there), 'run')} there already" if done.there else ""
    click.echo(f"Would convert {new}{there}. Nothing was written." if dry_run else f"Converted {new}{there}")
    if not dry_run:
        click.echo(f"Workspace {workspace}")
