"""``runpages logs``: print or follow a run's log."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import BinaryIO

import click

from runpages.format.files import opened
from runpages.format.status import TERMINAL

from .arguments import LocalPath, Refusal, find_run
from .output import json_option, print_json

PAUSE = 0.2


@click.command("logs")
@click.argument("run")
@click.argument("log", required=False)
@click.option("-f", "--follow", is_flag=True, help="Follow until the run ends.")
@click.option("--root", type=LocalPath(), help="The workspace. Default: as for runpages.start().")
@json_option
def command(run: str, log: str | None, *, follow: bool, root: Path | None, as_json: bool) -> None:
    """Print the log of RUN: an id, EXPERIMENT/ID or a folder; LOG names one of several.

    \b
    Exit codes:
      0  printed
      2  no such run, or no such log
    """
    if follow and as_json:
        raise Refusal("--follow and --json exclude each other")
    found = find_run(run, root)
    while True:
        ended = found.get_status() in TERMINAL or not follow
        names = sorted(name.removeprefix("logs/") for name in found.get_file_names() if name.startswith("logs/"))
        if names or ended:
            break
        time.sleep(PAUSE)
    if not names:
        raise Refusal(f"run {found.id} has no log")
    if log is None and len(names) > 1 and not as_json:
        click.echo(f"of {', '.join(names)}; showing {names[0]}", err=True)
    if log is not None and log not in names:
        raise Refusal(f"run {found.id} has no log {log!r}; it has {', '.join(names)}")
    path = f"logs/{log or names[0]}"
    if as_json:
        with opened(found.folder, path) as file:
            text = file.read().decode("utf-8", "replace")
        print_json("logs", {"run": found.id, "logs": names, "log": log or names[0], "text": text})
        return
    with opened(found.folder, path) as stream:
        _print(stream, lambda: found.get_status() in TERMINAL, follow=follow)


def _print(file: BinaryIO, ended: object, *, follow: bool) -> None:
    while True:
        last = not follow or ended()  # type: ignore[operator]
        while data := file.read(1 << 16):
            sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        if last:
            return
        time.sleep(PAUSE)
