"""``runpages run``: run a command and record it as a run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from runpages import Experiment, Workspace
from runpages.format.errors import RunpagesError

from .arguments import LocalPath, Refusal, param_of, tag_of

NOT_STARTED = 127


@click.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-e", "--experiment", default="default", show_default=True, help="The experiment of the run.")
@click.option("-n", "--name", help="The name of the run.")
@click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    metavar="KEY=VALUE",
    help="A parameter; repeatable.",
)
@click.option("-t", "--tag", "tags", multiple=True, metavar="KEY[=VALUE]", help="A tag; repeatable.")
@click.option("--snapshot", type=LocalPath(exists=True), help="A folder to store as a zip file.")
@click.option("--root", type=LocalPath(), help="The workspace. Default: as for runpages.start().")
@click.argument("argv", nargs=-1, required=True, metavar="-- COMMAND...")
def command(
    experiment: str,
    name: str | None,
    params: tuple[str, ...],
    tags: tuple[str, ...],
    snapshot: Path | None,
    root: Path | None,
    argv: tuple[str, ...],
) -> None:
    """Run a command and record it.

    \b
      runpages run -e demo -p lr=0.1 -- python train.py --lr 0.1
      runpages run -p 'commit="1234567"' -- make    (a number in JSON quotes is a string)

    COMMAND needs no changes. Its output is shown live and kept as a log, colours included. The run's status and this
    command's exit code follow the command's, and signals are passed on. A script in it that calls
    runpages.Run.get_context() logs into the run.
    """
    from runpages.jobs.command import begin, execute

    try:
        known = dict(map(param_of, params))
        run = begin(
            Experiment(Workspace(root=root), experiment), argv, name=name, params=known, tags=dict(map(tag_of, tags))
        )
        if snapshot is not None:
            run.take_snapshot(snapshot)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    try:
        code = execute(run, argv)
    except OSError as error:
        run.fail(f"{argv[0]} could not be started: {error.strerror or error}")
        click.echo(f"runpages: {argv[0]}: {error.strerror or error}", err=True)
        code = NOT_STARTED
    sys.exit(code)
