"""``runpages tag``: set or remove tags of existing runs."""

from __future__ import annotations

from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .arguments import LocalPath, Refusal, find_run, tag_of
from .output import json_option, print_json


@click.command("tag")
@click.argument("run")
@click.argument("tags", nargs=-1, required=True, metavar="KEY[=VALUE]...")
@click.option("--remove", is_flag=True, help="Remove the tags with these keys instead.")
@click.option("--root", type=LocalPath(), help="The workspace. Default: as for runpages.start().")
@json_option
def command(run: str, tags: tuple[str, ...], *, remove: bool, root: Path | None, as_json: bool) -> None:
    """Set tags of RUN: an id, EXPERIMENT/ID or a folder; the others stay.

    \b
    Exit codes:
      0  set
      2  no such run, or a tag without a key
    """
    found = find_run(run, root)
    try:
        if remove:
            found.remove_tags([tag.partition("=")[0] for tag in tags])
        else:
            found.set_tags(dict(map(tag_of, tags)))
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    if as_json:
        print_json("tag", {"run": found.id, "tags": found.get_tags()})
