"""``runpages init``: a workspace to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..starter import SCRIPT, Started, start
from .refusal import Refusal


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def command(folder: Path) -> None:
    """Make a workspace to begin with in FOLDER (default: here).

    Writes train.py, a script that logs a real run, and runs/ with its settings and a text for the first page.
    What is there already stays as it is.

    \b
    Exit codes:
      0  the files are there
      2  a file is in the way, or the folder cannot be written
    """
    try:
        started = start(folder)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    for path in started.written:
        click.echo(text.visible(f"Wrote {folder / path}"))
    for path in started.left:
        click.secho(text.visible(f"Left {folder / path} as it is: it was there already"), fg="yellow")
    click.echo("\n".join(["", "Next:", *(f"  {line}" for line in _next(folder, started))]))


def _next(folder: Path, started: Started) -> list[str]:
    """What to type now; a script of the user's own is the user's to run."""
    there = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(text.visible(str(folder)))}"]
    script = [f"python {SCRIPT}"] if SCRIPT in started.written else []
    return [*there, *script, "runpages build"]
