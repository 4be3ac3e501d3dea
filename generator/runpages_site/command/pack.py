"""``runpages pack``: pack runs into a zip that another workspace takes in."""

from __future__ import annotations

import os
from pathlib import Path

import click

from runpages.format.errors import RunpagesError
from runpages.format.status import ACTIVE

from .. import text
from ..publish.pack import pack
from ..text import number
from .arguments import Refusal, find_named
from .output import json_option, print_json


@click.command("pack")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("runs.zip"),
              metavar="FILE", help="The zip; one that is there is replaced. Default: runs.zip.")  # fmt: skip
@click.option("--root", type=click.Path(path_type=Path), help="The workspace. Default: as for runpages.start().")
@json_option
def command(runs: tuple[str, ...], *, output: Path, root: Path | None, as_json: bool) -> None:
    """Pack each RUN (an id, EXPERIMENT/ID, a name or a folder) into a zip, which runpages unpack takes in elsewhere.

    It has all files of the runs, with the documents of their experiments, and lists the SHA-256 of each. The same runs
    give the same bytes. Links and files whose names suggest a secret are left out and listed.

    \b
    Exit codes:
      0  packed
      2  nothing was packed: no such run, a running one, or a file that cannot be read
    """
    found = [find_named(given, root) for given in runs]
    for run in found:
        if run.get_status() in ACTIVE:
            raise Refusal(f"run {run.id} is {run.get_status()}; cancel it or wait until it ends")
    roots = {os.path.abspath(run.experiment.workspace.root) for run in found}
    if len(roots) > 1:
        raise Refusal(f"the runs are of several workspaces: {', '.join(sorted(roots))}; pack those of each")
    names = [(os.path.basename(run.experiment.folder), os.path.basename(run.folder)) for run in found]
    try:
        packed = pack(Path(roots.pop()), names, output)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or output}: {error.strerror or error}. Nothing was written.") from None
    if as_json:
        facts = {"runs": packed.runs, "files": packed.files, "bytes": packed.bytes, "left_out": packed.left_out}
        print_json("pack", {"file": str(output), **facts})
        return
    for name, why in packed.left_out.items():
        click.secho(text.visible(f"Left out {name}: {why}"), fg="yellow", err=True)
    what = f"{number.plural(len(packed.runs), 'run')}, {number.plural(packed.files, 'file')}"
    click.echo(text.visible(f"Packed {what}, {number.size(packed.bytes)}, into {output}"))
