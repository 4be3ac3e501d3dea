"""The verbs of the command line, each in a module of its own, which is loaded when it is called."""

from __future__ import annotations

from importlib import import_module

import click

VERBS = ("init", "run", "build", "watch", "serve", "logs", "tag", "rm", "check", "clean")
"""In the order in which a user meets them."""


class Verbs(click.Group):
    """A group whose commands are the modules of this package: what is not called costs nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb; None for another word."""
        if cmd_name not in VERBS:
            return None
        command = import_module(f".{cmd_name}", __package__).command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="runpages", message="runpages %(version)s")
def runpages() -> None:
    """Log experiment runs to plain files, and build them into a website that opens anywhere."""
