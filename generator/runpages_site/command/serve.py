"""``runpages serve``: a site at an address of this machine."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import click

from runpages.format.errors import RunpagesError

from .. import text
from ..serve import listen
from .refusal import Refusal


@click.command("serve")
@click.argument("site", type=click.Path(path_type=Path), default=Path("site"))
@click.option("-p", "--port", type=click.IntRange(0, 65535),
              help="The port; 0 is any free one. Default: 8000, or the next one that is free.")  # fmt: skip
@click.option("--host", help="The address to answer at, such as 0.0.0.0 for all networks. Default: this machine only.")
@click.option("--path", default="/", show_default=True, help="The path to serve it below, as a code host does: /repo/.")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def command(site: Path, *, port: int | None, host: str | None, path: str, show: bool) -> None:
    """Serve the site in SITE (default: site) until Ctrl-C.

    A site needs no server: it opens by double click, too. This one shows it as a host of static files would.
    With --host anybody who reaches that address can read the site.

    \b
    Exit codes:
      0  stopped by Ctrl-C
      2  no site, or the port is taken
    """
    try:
        server = listen(site, host=host, port=port, path=path)
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    with server:
        click.echo(text.visible(f"Serving {site} at {server.url} until Ctrl-C"))
        try:
            if show:
                webbrowser.open(server.url)
            server.serve_forever()
        except KeyboardInterrupt:
            # A terminal has shown ^C by itself.
            click.echo("\rStopped" if sys.stdout.isatty() else "Stopped")
