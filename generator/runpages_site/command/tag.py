"""``runpages tag``: tags of runs that are there."""

from __future__ import annotations

from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .finding import find_run
from .refusal import Refusal


@click.command("tag")
@click.argument("run")
@click.argument("tags", nargs=-1, required=True, metavar="KEY[=VALUE]...")
@click.option("--remove", is_flag=True, help="Remove the tags with these keys instead.")
@click.option("--root", type=click.Path(path_type=Path), help="The workspace. Default: as for runpages.start().")
def command(run: str, tags: tuple[str, ...], *, remove: bool, root: Path | None) -> None:
    """Set tags of RUN: an id, EXPERIMENT/ID or a folder; the others stay.

    \b
    Exit codes:
      0  set
      2  no such run
    """
    found = find_run(run, root)
    parts = [tag.partition("=") for tag in tags]
    try:
        if remove:
            found.remove_tags([key for key, _, _ in parts])
        else:
            found.set_tags({key: value if given else None for key, given, value in parts})
    except RunpagesError as error:
        raise Refusal(str(error)) from None
