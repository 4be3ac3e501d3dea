"""``runpages rm``: move runs to the trash of their workspace."""

from __future__ import annotations

import os
from pathlib import Path

import click

from runpages.format.status import ACTIVE

from ..write.clean import TRASH
from .arguments import LocalPath, Refusal, find_run
from .output import json_option, print_json


@click.command("rm")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--root", type=LocalPath(), help="The workspace. Default: as for runpages.start().")
@json_option
def command(runs: tuple[str, ...], *, root: Path | None, as_json: bool) -> None:
    """Move each RUN (an id, EXPERIMENT/ID or a folder) to the trash of its workspace.

    The trash is the folder .runpages/trash; move a run back to restore it. runpages clean --trash empties it. A running
    run is not moved.

    \b
    Exit codes:
      0  moved
      2  no such run, or a running one; those before it are moved
    """
    moved = []
    try:
        for given in runs:
            moved.append(_moved(given, root))
            if not as_json:
                click.echo("Moved {run} to {to}".format(**moved[-1]))
    finally:  # Those before a run that cannot be moved are moved.
        if as_json:
            print_json("rm", {"moved": moved})


def _moved(given: str, root: Path | None) -> dict[str, str]:
    found = find_run(given, root)
    if Path(found.experiment.workspace.root).parts[-2:] == TRASH.parts:
        raise Refusal(f"run {found.id} is in the trash; runpages clean --trash removes it permanently")
    if found.get_status() in ACTIVE:
        raise Refusal(f"run {found.id} is {found.get_status()}; cancel it or wait until it ends")
    place = Path(found.experiment.workspace.root) / TRASH / os.path.basename(found.experiment.folder)
    place.mkdir(parents=True, exist_ok=True)
    target = place / found.id
    if target.exists():
        raise Refusal(f"{target} already exists; empty the trash with runpages clean --trash")
    os.rename(found.folder, target)
    return {"run": found.id, "to": str(target)}
