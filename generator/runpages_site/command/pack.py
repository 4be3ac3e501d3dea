"""``runpages pack``: pack runs into a zip that another workspace takes in."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from runpages.format.errors import RunpagesError
from runpages.format.status import ACTIVE

from .. import text
from ..errors import SecretsFound
from ..examine import listed
from ..publish.pack import Packing, crate_of, examine, pack
from ..text import number
from .arguments import LocalPath, Refusal, find_named
from .build import SecretsRefusal
from .output import json_option, print_json


@click.command("pack")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("-o", "--output", type=LocalPath(dir_okay=False), default=Path("runs.zip"),
              metavar="FILE", help="The zip; one that is there is replaced. Default: runs.zip.")  # fmt: skip
@click.option("--root", type=LocalPath(), help="The workspace. Default: as for runpages.start().")
@click.option("--ro-crate", is_flag=True,
              help="Describe the runs for other programs, as an RO-Crate: ro-crate-metadata.json.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True,
              help="List what would be packed, with sizes, what is left out, and secrets; write nothing.")  # fmt: skip
@json_option
def command(
    runs: tuple[str, ...], *, output: Path, root: Path | None, ro_crate: bool, dry_run: bool, as_json: bool
) -> None:
    """Pack each RUN (an id, EXPERIMENT/ID, a name or a folder) into a zip, which runpages unpack takes in elsewhere.

    It has the files of the runs, with the documents of their experiments, and lists the SHA-256 of each. The same runs
    give the same bytes. Secrets are masked or held back as a build does it, and what the settings hide is left out;
    so are links and files whose names suggest a secret. Private runs are not packed.

    \b
    Exit codes:
      0  packed
      2  nothing was packed: no such run, a running or a private one, or a file that cannot be read
      4  with secrets: fail, nothing was packed: secrets were found, which are listed
    """
    found = [find_named(given, root) for given in runs]
    for run in found:
        if run.get_status() in ACTIVE:
            raise Refusal(f"run {run.id} is {run.get_status()}; cancel it or wait until it ends")
    roots = {os.path.abspath(run.experiment.workspace.root) for run in found}
    if len(roots) > 1:
        raise Refusal(f"the runs are of several workspaces: {', '.join(sorted(roots))}; pack those of each")
    names = [(os.path.basename(run.experiment.folder), os.path.basename(run.folder)) for run in found]
    workspace, now = Path(roots.pop()), time.time()
    try:
        packing = examine(workspace, names, now=now)
        if not dry_run:
            pack(packing, output, described=crate_of(workspace, packing, now) if ro_crate else None)
    except SecretsFound as error:
        raise SecretsRefusal(str(error)) from None
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Refusal(f"{error.filename or output}: {error.strerror or error}. Nothing was written.") from None
    if as_json:
        print_json("pack", {"file": None if dry_run else str(output), **_document(packing)})
    else:
        _print(packing, output, dry_run=dry_run)


def _print(packing: Packing, output: Path, *, dry_run: bool) -> None:
    if dry_run:
        for one in packing.entries:
            masked = "" if one.data is None else ", masked"
            click.echo(text.visible(f"{one.name}, {number.size(one.size)}{masked}"))
    for name, why in packing.left_out.items():
        click.secho(text.visible(f"Left out {name}: {why}"), fg="yellow", err=not dry_run)
    for line in listed(packing.found):
        click.secho(text.visible(f"Secret: {line}"), fg="yellow", err=not dry_run)
    what = f"{number.plural(len(packing.runs), 'run')}, {number.plural(len(packing.entries), 'file').lower()}"
    done = f"{what}, {number.size(packing.bytes)}"
    click.echo(text.visible(f"Would pack {done}. Nothing was written." if dry_run else f"Packed {done}, into {output}"))


def _document(packing: Packing) -> dict[str, object]:
    entries = [{"name": one.name, "size": one.size, "changed": one.data is not None} for one in packing.entries]
    secrets = [{"run": run, **one._asdict()} for run, one in packing.found]
    counts = {"runs": packing.runs, "files": len(entries), "bytes": packing.bytes}
    return {**counts, "left_out": packing.left_out, "entries": entries, "secrets": secrets}
