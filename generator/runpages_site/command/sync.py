"""``runpages sync``: copy a workspace to a bucket while its runs go on."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..errors import BuildError
from ..sync.rounds import Round, Sync
from ..text import number
from ..watch import pause
from .arguments import Refusal, folder, storage_options, warn_of_memory
from .output import json_option, print_json
from .watch import print_stopped

EVERY = 10.0
"""Seconds between two rounds at least."""

SHOWN = 10
"""Most failures on the terminal; ``--json`` lists all."""


@click.command("sync")
@click.argument("workspace")
@click.argument("url")
@click.option("--watch", is_flag=True, help="Go on until all runs have ended, or until Ctrl-C.")
@click.option("--every", type=click.FloatRange(min=0.1), default=EVERY, show_default=True, metavar="SECONDS",
              help="Interval between rounds with --watch.")  # fmt: skip
@click.option("--storage-option", "options", multiple=True, metavar="KEY=VALUE",
              help="An option of the file system of fsspec, such as endpoint_url=https://...; repeatable.")  # fmt: skip
@click.option("-n", "--dry-run", "dry", is_flag=True, help="List what would be sent, with sizes, and send nothing.")
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
def command(
    workspace: str,
    url: str,
    *,
    watch: bool,
    every: float,
    options: Sequence[str],
    dry: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Copy what is new in WORKSPACE to storage at URL, such as s3://bucket/runs.

    Nothing in the bucket is deleted. Of a log or a metrics file that grows only the new lines are sent. After an
    interruption the same command goes on. The bucket gets all files of the workspace, without masking secrets.

    Needs pip install "runpages[remote]". Credentials come from the environment, as for other programs of that storage.

    \b
    Exit codes:
      0  all is in the bucket; or stopped by Ctrl-C, with --watch
      1  some files could not be sent, and are listed; all others are in the bucket
      2  no such workspace, a package is missing, or the bucket cannot be reached
    """
    if watch and dry:
        raise Refusal("--watch and --dry-run exclude each other")
    if "://" not in url or url.startswith("file:"):
        raise Refusal(f"{url} is no URL of storage such as s3://bucket/runs; rsync or cp copies runs to a folder")
    warn_of_memory(url)
    try:
        root = str(folder(workspace))
        if not os.path.isdir(root):
            raise Refusal(f"there is no workspace {root}")
        sync = Sync(root, url, storage_options(options), patient=watch)
        with nullcontext() if dry else sync.journal.opened():
            sync.begin()
            ok = _watch(sync, every, as_json, quiet) if watch else _once(sync, url, dry, as_json, quiet)
    except (RunpagesError, OSError) as error:
        raise Refusal(_sentence(error)) from None
    sys.exit(0 if ok else 1)


def _once(sync: Sync, url: str, dry: bool, as_json: bool, quiet: bool) -> bool:
    done = sync.once(dry=dry)
    if as_json:
        print_json("sync", _document(done, dry))
        return not done.failed
    _print_problems(done)
    if dry and not quiet:
        for path, size in done.objects:
            click.echo(f"{number.size(size):>10}  {text.visible(path)}")
    if not quiet:
        click.echo(text.visible(f"{'Would send' if dry else 'Sent'} {_summary(done)} to {url}"))
    return not done.failed


def _watch(sync: Sync, every: float, as_json: bool, quiet: bool) -> bool:
    """Send round after round; False if some files could not be sent in the last one."""
    wrong = ""
    try:
        while True:
            began = time.perf_counter()
            try:
                done = sync.once()
            except BuildError as error:  # The network may come back.
                if wrong != (wrong := str(error)):
                    click.secho(f"{_clock()} {text.visible(wrong)}; trying again", fg="yellow", err=True)
            else:
                wrong = ""
                _print_round(done, as_json, quiet)
                if not done.going_on:
                    return not done.failed
            time.sleep(pause(time.perf_counter() - began, every))
    except KeyboardInterrupt:
        if not (as_json or quiet):
            print_stopped()
        return True


def _print_round(done: Round, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json("sync", _document(done, dry=False), line=True)
        return
    _print_problems(done)
    if not quiet and (done.objects or not done.going_on):
        state = f"{number.plural(done.going_on, 'run')} going on" if done.going_on else "all runs have ended"
        click.echo(f"{_clock()} Sent {_summary(done)}; {state}")


def _summary(done: Round) -> str:
    if not done.objects:
        return "nothing new"
    return f"{number.plural(len(done.objects), 'file')}, {number.size(done.size)}"


def _print_problems(done: Round) -> None:
    problems = [*done.failed, *done.left_out]
    for path, why in problems[:SHOWN]:
        click.secho(text.visible(f"{path}: {why}"), fg="yellow", err=True)
    if len(problems) > SHOWN:
        click.echo(f"and {len(problems) - SHOWN:,} more; --json lists all", err=True)


def _document(done: Round, dry: bool) -> dict[str, object]:
    return {
        "dry_run": dry,
        "runs": done.runs,
        "going_on": done.going_on,
        "bytes": done.size,
        "objects": [{"path": path, "size": size} for path, size in done.objects],
        "failed": [{"path": path, "error": why} for path, why in done.failed],
        "left_out": [{"path": path, "reason": why} for path, why in done.left_out],
    }


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'workspace'}: {error.strerror}"
    return str(error)


def _clock() -> str:
    return time.strftime("%H:%M:%S")
