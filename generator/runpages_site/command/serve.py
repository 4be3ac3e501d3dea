"""``runpages serve``: serve a site on this machine."""

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
from .arguments import LocalPath, Refusal, engine_option, site_of, workspace_of
from .output import json_option, print_json
from .watch import print_stopped, watcher

PATIENCE = 10.0
"""Seconds to wait for a build on exit; an interrupted build leaves a working site."""


@click.command("serve")
@click.argument("site", type=LocalPath(), required=False)
@click.option("-p", "--port", type=click.IntRange(0, 65535),
              help="Port (0: any free). Default: 8000 or the next free one.")  # fmt: skip
@click.option("--host", help="Address to bind, such as 0.0.0.0 for all networks. Default: this machine only.")
@click.option("--path", default="/", show_default=True, help="URL path to serve below, as on a code host: /repo/.")
@click.option("--watch", is_flag=True, help="Rebuild the site when runs change.")
@click.option("--workspace", help="The workspace that --watch builds. Default: the one that scripts log to from here.")
@engine_option
@click.option("--open", "show", is_flag=True, help="Open the site in the browser.")
@json_option
def command(
    site: Path | None, *, port: int | None, host: str | None, path: str, watch: bool, workspace: str | None, show: bool,
    engine: str, as_json: bool,
) -> None:  # fmt: skip
    """Serve the site in SITE (default: site, beside the workspace) until Ctrl-C.

    A site needs no server, as it also opens by double click. This shows it as a static host would. With --host, anyone
    who can reach that address can read the site.

    \b
    Exit codes:
      0  stopped by Ctrl-C
      2  no site and no --watch to build one, or the port is taken
    """
    runs, place = workspace_of(workspace), site_of(site, workspace)
    try:
        builds = watcher(runs, place, engine=engine, as_json=as_json) if watch else None
        with (
            listen(place, host=host, port=port, path=path, awaited=watch) as server,
            _built(builds, place, runs, as_json=as_json),
            _noted(runs, place, server.url),
        ):
            if as_json:
                print_json("serve", {"site": str(place), "url": server.url}, line=True)
            else:
                click.echo(text.visible(f"Serving {place} at {server.url} until Ctrl-C"))
            if show:
                webbrowser.open(server.url)
            server.serve_forever()
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    except KeyboardInterrupt:
        if not as_json:
            print_stopped()


@contextmanager
def _built(builds: Watcher | None, site: Path, workspace: str, *, as_json: bool) -> Iterator[None]:
    """Build in the foreground until the site exists, then in a thread beside the server."""
    if builds is None:
        yield
        return
    spent = builds.once()
    if not (site / HOME).is_file():
        click.echo(text.visible(f"Waiting for the first build of {workspace} until Ctrl-C"), err=as_json)
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
    """Publish the address of a workspace's site to notebooks while it is served."""
    if not os.path.isdir(workspace):
        yield
        return
    serving.note(workspace, str(site), url)
    try:
        yield
    finally:
        serving.withdraw(workspace)
