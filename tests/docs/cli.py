"""`python -m tests.docs.cli`: write docs/reference/cli.md, the reference of the command line, from click's commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from runpages_site.command import VERBS, runpages

PLACE = Path(__file__).parent.parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# The command line

Generated from the commands themselves; `runpages COMMAND --help` (or `-h`) prints the same.

Every command that takes a workspace uses, if you name none, the one that scripts log to from the current folder:
`RUNPAGES_WORKSPACE`, else the project's [configuration](../how-to/log.md#where-it-goes), else `./runs`. The default
site is the folder `site` beside the workspace.

With `--json`, a command prints one JSON document instead: `runpages` names the command, `format` is 1, the rest is the
command's own; `watch` and `serve` print one on each line. A number that JSON does not have is `{"float": "nan"}`.
Errors go to the standard error. Exit codes beside those listed: 2 for a mistake in the arguments and for a file, a
folder or an output that cannot be read or written; 130 for Ctrl-C, with what is left and what to do.

| command | purpose |
|---|---|
"""
CODE = re.compile(r"^  (\d+)  (.*)$")


def document() -> str:
    """The whole page."""
    context = click.Context(runpages, info_name="runpages")
    commands = {verb: command for verb in VERBS if (command := runpages.get_command(context, verb))}
    rows = [f"| [`{verb}`](#runpages-{verb}) | {_first(command)} |" for verb, command in commands.items()]
    parts = [line for verb, command in commands.items() for line in _command(verb, command, context)]
    return HEAD + "\n".join([*rows, "", *parts])


def _command(verb: str, command: click.Command, above: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=verb, parent=above)
    yield f"## runpages {verb}\n"
    yield f"```text\n{context.get_usage().removeprefix('Usage: ')}\n```\n"
    for block in cleandoc(command.help or "").split("\n\n"):
        yield from _block(block.removeprefix("\b\n"), verbatim=block.startswith("\b\n"))
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    if records:
        yield "| option | meaning |\n|---|---|"
        yield from (f"| `{option}` | {_cell(meaning)} |" for option, meaning in records)
        yield ""


def _block(text: str, *, verbatim: bool) -> Iterator[str]:
    """A paragraph of a help text; exit codes as a table, other laid out lines as they are."""
    if not verbatim:
        yield _prose(text) + "\n"
    elif text.startswith("Exit codes:"):
        yield "| exit code | meaning |\n|---|---|"
        lines = re.sub(r"\n     ", " ", text).splitlines()[1:]
        yield from (f"| {found[1]} | {_cell(found[2])} |" for line in lines if (found := CODE.match(line)))
        yield ""
    else:
        yield f"```text\n{cleandoc(text)}\n```\n"


def _first(command: click.Command) -> str:
    return _prose(cleandoc(command.help or "").partition("\n\n")[0])


def _prose(text: str) -> str:
    """Text in which placeholders such as <run> and * are no markup."""
    return re.sub(r"([<*])", r"\\\1", " ".join(text.split()))


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|")


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
    print(f"docs/reference/{PLACE.name}: {len(document().splitlines())} lines")
