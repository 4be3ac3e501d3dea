"""The commands of the command line, each in its own module, loaded on demand."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from ..garbage import collection

VERBS = (
    *(
        "init",
        "run",
        "build",
        "publish",
        "sync",
        "watch",
        "serve",
        "ls",
        "show",
        "best",
        "compare",
        "export",
        "logs",
        "pull",
        "convert",
        "tag",
        "rm",
        "pack",
        "unpack",
        "doctor",
        "check",
        "clean",
    ),
)
"""Command names, in the order of the help."""


REFUSED = 2
"""The exit code of a file or an output that cannot be read or written."""

_AGAIN = "Run it again to go on"
_LEFT = {
    "build": "An existing site still works; run it again to complete it",
    "publish": "Readers still meet a whole site; run it again to complete it",
    "sync": _AGAIN,
    "pull": _AGAIN,
    "convert": _AGAIN,
    "unpack": _AGAIN,
    "pack": "Nothing was written",
    "export": "Nothing was written",
    "rm": "The runs named above are moved, and no other",
    "clean": "What is left is removed by the same command",
    "doctor": "What --fix changed has a copy in .runpages/doctor of the workspace",
}
"""What an interrupted command leaves, or what to do; those that only read leave nothing."""


_ROW = re.compile(r"(\s*\S.*?\s{2,})(\S.*)")


class Formatter(click.HelpFormatter):
    """Writes help texts, and breaks the rows of their tables, such as that of exit codes, where they do not fit."""

    def write_text(self, text: str) -> None:
        """Write the paragraphs of a help text; click alone would leave tables as wide as they are."""
        super().write_text("\n\n".join(map(self._fitting, text.split("\n\n"))))

    def _fitting(self, paragraph: str) -> str:
        if not paragraph.startswith("\b\n"):
            return paragraph
        rows: list[tuple[str, str]] = []
        for line in paragraph.splitlines():
            if (row := _ROW.fullmatch(line)) is not None:
                rows.append((row[1], row[2]))
            elif rows and rows[-1][0] and line.startswith(" " * len(rows[-1][0])):
                rows[-1] = rows[-1][0], f"{rows[-1][1]} {line.strip()}"
            else:  # A line of an example.
                rows.append(("", line))
        return "\n".join(self._row(*row) for row in rows)

    def _row(self, head: str, body: str) -> str:
        import textwrap  # Only help texts need it.

        below, width = " " * len(head), self.width - self.current_indent
        return textwrap.fill(head + body, width, subsequent_indent=below, break_on_hyphens=False) if head else body


class _Context(click.Context):
    formatter_class = Formatter


class Verbs(click.Group):
    """A click group that loads the module of a command on demand, and says of each what an interruption leaves."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command; what the system refuses is said without a traceback, and ends with 2."""
        try:
            return super().main(*args, **extra)
        except OSError as error:
            if error.strerror is None:  # Raised by a library, not by the system.
                raise
            _end_refused(error)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of the arguments; what is refused ends it with 2, and Ctrl-C with 130."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (refusal := _refusal(error)) is None:
                raise
            raise refusal from None
        except KeyboardInterrupt:
            left = _LEFT.get(ctx.invoked_subcommand or "", "")
            click.echo(f"\nInterrupted. {left}.".removesuffix(" ."), err=True)
            from signal import SIGINT

            ctx.exit(128 + SIGINT)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with this name; None if there is none."""
        if cmd_name not in VERBS:
            return None
        with collection(wanted=False):
            command = import_module(f".{cmd_name}", __package__).command
        assert isinstance(command, click.Command)
        command.context_class = _Context
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first argument; a mistyped one is refused with the closest name."""
        if args and args[0] not in VERBS:
            from difflib import get_close_matches

            if close := get_close_matches(args[0], VERBS, 1, 0.5):
                ctx.fail(f"No such command {args[0]!r}. Did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="runpages", message="runpages %(version)s")
def runpages() -> None:
    """Log experiment runs to plain files, and build them into a website that opens anywhere."""


def _refusal(error: Exception) -> click.ClickException | None:
    """What is said of an error of the user's; None for all others."""
    from runpages.format.errors import RunpagesError  # A command that ends well needs none of it.

    if not isinstance(error, RunpagesError):
        return None
    from .arguments import Refusal

    return Refusal(str(error))


def _end_refused(error: OSError) -> NoReturn:
    from ..text import visible

    if error.filename is None and not _is_anywhere():
        what = "the current folder no longer exists; go to another one"
    elif error.filename is None:
        what = f"the output or a file cannot be written: {error.strerror}"
    else:
        what = f"{error.filename}: {error.strerror}"
    try:
        sys.stdout.flush()
    except OSError:  # What it holds would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    click.echo(f"Error: {visible(what)}", err=True)
    sys.exit(REFUSED)


def _is_anywhere() -> bool:
    """Whether the current folder exists."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True
