"""``runpages pull``: give the workspace of a published site back."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from runpages.format.errors import RunpagesError
from runpages.pull import Pulled, pull
from runpages.site_files import Site

from .. import text
from ..text import number
from .arguments import Refusal, folder, is_address, workspace_of
from .output import json_option, print_json
from .progress import Task, progress

SHOWN = 10
"""Most differences on the terminal; ``--json`` lists all."""

_PULLING = Task("Pulling", "pulled", "MB")
_MEGABYTE = 1_000_000


@click.command("pull")
@click.argument("site")
@click.option("-o", "--output", "workspace", metavar="WORKSPACE",
              help="The folder of the runs, new or with runs. Default: where scripts log to from here.")  # fmt: skip
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
def command(site: str, workspace: str | None, *, as_json: bool, quiet: bool) -> None:
    """Copy the runs that SITE publishes, an address or a folder, into a workspace.

    Each file is checked by its SHA-256, and a run appears when all of its files are there. After an interruption the
    same command goes on. Nothing in the workspace is changed: a run that is there and differs is reported.

    \b
    Exit codes:
      0  the workspace has all runs of the site
      1  some differ from those of the site, or were refused; all others are there
      2  no site, or the network or the disk failed; what is there by then stays
    """
    try:
        target = folder(workspace_of(workspace))
        with progress(quiet=quiet or as_json, task=_PULLING) as advance:
            done = pull(Site(_location(site)), str(target), progress=lambda *bytes: advance(*map(_megabytes, bytes)))
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or workspace}: {error.strerror or error}. Run it again to go on.") from None
    if as_json:
        print_json("pull", asdict(done))
    else:
        _print(done, quiet=quiet)
    sys.exit(1 if done.different or done.refused else 0)


def _location(site: str) -> str:
    """The address, or the folder of the site; its folder ``e`` stands for it."""
    if is_address(site):
        return site
    place = folder(site)
    return str(place.parent if place.name == "e" else place)


def _megabytes(size: int) -> int:
    return -(-size // _MEGABYTE)


def _print(done: Pulled, *, quiet: bool) -> None:
    for sentence in (*done.refused[:SHOWN], *done.different[:SHOWN]):
        click.secho(text.visible(sentence), fg="yellow", err=True)
    more = max(len(done.refused) - SHOWN, 0) + max(len(done.different) - SHOWN, 0)
    if more:
        click.echo(f"and {more:,} more; --json lists all", err=True)
    if done.different:
        click.echo("Nothing there was changed. To take what the site has, rename the run and pull again.", err=True)
    if not quiet:
        for place in done.kept[:SHOWN]:
            click.echo(text.visible(f"{place} stays as it is; the site has another one"))
        same = f", {number.plural(done.same, 'run')} there already" if done.same else ""
        new = number.plural(done.runs, "run") if done.runs else "no new runs"
        click.echo(f"Pulled {new}{same}: {number.plural(done.files, 'file')}, {number.size(done.bytes)}")
        click.echo(f"Workspace {done.folder}")
