"""``runpages serve``: a site at an address of this machine."""

from __future__ import annotations

import os
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import click

from runpages.format import serving
from runpages.format.errors import RunpagesError

from .. import text
from ..serve.server import HOME, listen
from ..watch import EVERY, Watcher, pause
from .arguments import Refusal, site_of, workspace_of
from .watch import print_stopped, watcher

PATIENCE = 10.0
"""Seconds that the end waits for a build; one that is stopped in the middle leaves a site that works."""


@click.command("serve")
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option("-p", "--port", type=click.IntRange(0, 65535),
              help="The port; 0 is any free one. Default: 8000, or the next one that is free.")  # fmt: skip
@click.option("--host", help="The address to answer at, such as 0.0.0.0 for all networks. Default: this machine only.")
@click.option("--path", default="/", show_default=True, help="The path to serve it below, as a code host does: /repo/.")
@click.option("--watch", is_flag=True, help="Build the site meanwhile, whenever its runs change.")
@click.option("--workspace", help="The workspace that --watch builds. Default: the one that scripts log to from here.")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def command(
    site: Path | None, *, port: int | None, host: str | None, path: str, watch: bool, workspace: str | None, show: bool
) -> None:
    """Serve the site in SITE (default: site, beside the workspace) until Ctrl-C.

    A site needs no server: it opens by double click, too. This one shows it as a host of static files would.
    With --host anybody who reaches that address can read the site.

    \b
    Exit codes:
      0  stopped by Ctrl-C
      2  no site and no --watch to build one, or the port is taken
    """
    runs, place = workspace_of(workspace), site_of(site, workspace)
    try:
        builds = watcher(runs, place) if watch else None
        with (
            listen(place, host=host, port=port, path=path, awaited=watch) as server,
            _built(builds, place, runs),
            _noted(runs, place, server.url),
        ):
            click.echo(text.visible(f"Serving {place} at {server.url} until Ctrl-C"))
            if show:
                webbrowser.open(server.url)
            server.serve_forever()
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except KeyboardInterrupt:
        print_stopped()


@contextmanager
def _built(builds: Watcher | None, site: Path, workspace: str) -> Iterator[None]:
    """Build until there is a site, and in a thread beside the server from then on."""
    if builds is None:
        yield
        return
    spent = builds.once()
    if not (site / HOME).is_file():
        click.echo(text.visible(f"Waiting for the first build of {workspace} until Ctrl-C"))
    while not (site / HOME).is_file():
        time.sleep(pause(spent, EVERY))
        spent = builds.once()
    stop = Event()
    thread = Thread(target=builds.run, args=(stop, EVERY), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)


@contextmanager
def _noted(workspace: str, site: Path, url: str) -> Iterator[None]:
    """Let notebooks know the address of a workspace's site while it is served."""
    if not os.path.isdir(workspace):
        yield
        return
    serving.note(workspace, str(site), url)
    try:
        yield
    finally:
        serving.withdraw(workspace)
