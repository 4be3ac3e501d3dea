"""The commands of the command line, each in its own module, loaded on demand."""

from __future__ import annotations

from importlib import import_module

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


class Verbs(click.Group):
    """A click group that loads the module of a command on demand."""

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
