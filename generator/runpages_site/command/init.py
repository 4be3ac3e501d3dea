"""``runpages init``: create a starter workspace."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import click

from runpages.format.errors import RunpagesError
from runpages.format.layout import SETTINGS

from .. import text
from .arguments import LocalPath, Refusal
from .output import json_option, print_json

SCRIPT = "train.py"
WORKSPACE = "runs"

_SCRIPT = """\
\"\"\"Find the minimum of (x - 3)² by gradient descent. Change the rate and run it again: the site compares both.\"\"\"

import runpages

x, rate = 8.0, 0.1
with runpages.start("descent", params={"rate": rate}) as run:
    for step in range(40):
        run.log({"x": x, "loss": (x - 3) ** 2})
        x -= rate * 2 * (x - 3)
"""

_SETTINGS = """\
title: {title}
# description: A sentence below the title.
# base_url: https://example.org/lab   # where it will be published: for feeds, and for links in messengers
# theme: default
"""

_OF_SCRIPT = """\
experiments:
  descent:
    metric: loss          # the main metric
    goal: min             # what is better: min or max
    # description: A sentence for the tables.
"""

_README = """\
What is tried here, and what came out. This text is `runs/README.md`, in Markdown; each experiment may have one of its
own, such as `runs/descent/README.md`.
"""


class StarterError(RunpagesError):
    """The workspace cannot be created."""


class Started(NamedTuple):
    """Written and already existing files; paths are relative to the folder."""

    written: list[str]
    left: list[str]


def files(name: str, *, scripted: bool = True) -> Mapping[str, str]:
    """The files of a new workspace in a folder with this name.

    Where it is not ``scripted`` by our script, the settings of that script's experiment are a comment, as an example.
    """
    of_script = _OF_SCRIPT if scripted else "".join(f"# {line}\n" for line in _OF_SCRIPT.splitlines())
    # JSON strings are valid YAML for any name.
    title = json.dumps(text.visible(name) or "My runs", ensure_ascii=False)
    return {
        SCRIPT: _SCRIPT,
        f"{WORKSPACE}/{SETTINGS}": f"{_SETTINGS.format(title=title)}\n{of_script}",
        f"{WORKSPACE}/README.md": _README,
    }


def start(folder: Path) -> Started:
    """Write a workspace into a folder, creating it if needed. Existing files are never changed.

    Raises StarterError if a file is in the way of a folder, or writing fails.
    """
    started = Started([], [])
    wanted = files(Path(os.path.abspath(folder)).name, scripted=_is_ours(folder / SCRIPT))
    for parent in {(folder / path).parent: None for path in wanted}:
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise StarterError(f"{parent} is in the way of a folder; name another: runpages init FOLDER") from None
        except OSError as error:
            raise StarterError(f"{parent}: {error.strerror or error}") from None
    for path, content in wanted.items():
        try:
            with (folder / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(content)
        except FileExistsError:
            started.left.append(path)
        except OSError as error:
            raise StarterError(f"{folder / path}: {error.strerror or error}") from None
        else:
            started.written.append(path)
    return started


def _is_ours(script: Path) -> bool:
    """Whether our script is there, or will be."""
    try:
        return script.read_text("utf-8") == _SCRIPT
    except (OSError, ValueError):
        return not os.path.lexists(script)


@click.command("init")
@click.argument("folder", type=LocalPath(), default=Path())
@json_option
def command(folder: Path, *, as_json: bool) -> None:
    """Create a starter workspace in FOLDER (default: here).

    Writes train.py, a script that logs a run, and runs/ with settings and a README for the home page. Existing
    files stay unchanged.

    \b
    Exit codes:
      0  the files exist
      2  a file is in the way, or the folder cannot be written
    """
    try:
        started = start(folder)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    if as_json:
        files = {"folder": str(folder), "written": started.written, "kept": started.left}
        print_json("init", {**files, "next": _next(folder, started)})
        return
    for path in started.written:
        click.echo(text.visible(f"Wrote {folder / path}"))
    for path in started.left:
        click.secho(text.visible(f"Kept existing {folder / path}"), fg="yellow")
    click.echo("\n".join(["", "Next:", *(f"  {line}" for line in _next(folder, started))]))


def _next(folder: Path, started: Started) -> list[str]:
    """The next commands to type; an existing script is not included."""
    place = text.visible(str(folder))
    end = "-- " if place.startswith("-") else ""
    there = [] if folder.resolve() == Path.cwd() else [f"cd {end}{shlex.quote(place)}"]
    script = [f"python {SCRIPT}"] if SCRIPT in started.written else []
    return [*there, *script, "runpages build"]
