"""``runpages unpack``: take the runs of a zip into a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..publish.pack import unpack
from ..text import number
from .arguments import LocalPath, Refusal, folder, workspace_of
from .output import json_option, print_json


@click.command("unpack")
@click.argument("file", type=LocalPath(dir_okay=False))
@click.argument("workspace", required=False)
@json_option
def command(file: Path, workspace: str | None, *, as_json: bool) -> None:
    """Take the runs of FILE, which runpages pack wrote, into WORKSPACE.

    Before anything is written, all of FILE is checked: that each file is the one that was packed, that none is missing,
    and that none lies elsewhere than in its run. Nothing is overwritten: a run that is there already is left as it is,
    and if WORKSPACE has another run in the place of one, nothing is unpacked.

    \b
    Exit codes:
      0  unpacked, or there already
      2  nothing was unpacked
    """
    try:
        done = unpack(file, folder(workspace_of(workspace)))
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or file}: {error.strerror or error}") from None
    if as_json:
        print_json("unpack", {"new": done.new, "there": done.there, "kept": done.kept, "left_out": done.left_out})
        return
    for name, why in done.left_out.items():
        click.secho(text.visible(f"Not in the zip: {name}: {why}"), fg="yellow", err=True)
    for name in done.kept:
        click.secho(text.visible(f"Kept {name} of the workspace, which differs"), fg="yellow", err=True)
    there = f", {len(done.there)} there already" if done.there else ""
    click.echo(f"Unpacked {number.plural(len(done.new), 'run').lower()}{there}")
