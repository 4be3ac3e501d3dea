"""The address of a page as a link that the reader of a notebook can open, else as the path to copy."""

from __future__ import annotations

import os
import sys
from html import escape

from ..format.document import text
from ..format.read import read_document
from ..format.serving import served

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_STYLE = "color:inherit;text-decoration:underline"
_PATH = "user-select:all;overflow-wrap:anywhere;background:none;color:inherit"
_FILE = "file://"
_FADED = "opacity:.7"
HUB = "JUPYTERHUB_SERVICE_PREFIX"
"""The variable that a JupyterHub sets, to the path that its addresses begin with."""


def anchor(address: str, words: str, root: str | None = None) -> str:
    """HTML of a link, escaped. In a notebook, a page that is a file has a path to copy, and says when it is not built.

    A browser opens no ``file:`` address from a page of ``http:``. The link is the address at which the site of the
    workspace ``root`` is served, else one below the root of the Jupyter server. Elsewhere in a notebook, and for what
    lies outside of that root, there is the path alone.
    """
    shell = kernel()
    if shell is None or not address.startswith(_FILE):
        return _link(address, words)
    path = _path(address)
    copy = f'<code style="{_PATH}" title="The path, to copy">{escape(path)}</code>'
    if not os.path.exists(path):
        return f"{escape(words)}: not built yet, run {_command('build', root)}; it will be at {copy}"
    if link := _served(root, path):
        return f"{_link(link, words)} {copy}"
    link = None if _without_server(shell) else below(path, *_server(os.environ, _runtime(shell)))
    if link is None:
        return f"{escape(words)}: {copy}"
    # Jupyter sandboxes a page that it sends, so that Chromium asks for its styles without the cookie of the login.
    hint = f' <span style="{_FADED}">Without styles? Run {_command("serve --workspace", root)}</span>'
    return f"{_link(link, words)} {copy}{hint if root and HUB not in os.environ else ''}"


def _command(verb: str, root: str | None) -> str:
    """What to run from any folder; without a known workspace, from the one in which the workspace is."""
    from shlex import quote

    command = f"runpages {verb} {quote(root)}" if root else f"runpages {verb}"
    return f'<code style="{_PATH}">{escape(command)}</code>'


def kernel() -> Any:
    """The IPython shell of the kernel that runs this code, or None; IPython is never loaded for it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell if getattr(shell, "kernel", None) is not None else None


def below(path: str, root: str | None, base: str) -> str | None:
    """The address of a file below the root of a Jupyter server; None outside of it, and for what it hides."""
    if not root:
        return None
    from urllib.parse import quote

    try:
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(os.path.expanduser(root)))
    except ValueError:  # Another drive.
        return None
    parts = relative.split(os.sep)
    if os.path.isabs(relative) or any(part.startswith(".") for part in parts):
        return None
    return f"/{base.strip('/')}/files/".replace("//", "/") + quote("/".join(parts))


def _served(root: str | None, path: str) -> str | None:
    """Where ``runpages serve`` has a page, which readers on other machines, those of a hub and Colab, do not reach."""
    return served(root, path) if root and HUB not in os.environ and "google.colab" not in sys.modules else None


def _server(environ: Mapping[str, str], runtime: str | None) -> tuple[str | None, str]:
    """The root folder of the Jupyter server that started this kernel, and the path that its addresses begin with."""
    pid = environ.get("JPY_PARENT_PID") or str(os.getppid())
    known = {}
    for name in (f"jpserver-{pid}.json", f"nbserver-{pid}.json"):
        if runtime and os.path.isfile(os.path.join(runtime, name)):
            known = read_document(os.path.join(runtime, name), [])
            break
    root = environ.get("JUPYTER_SERVER_ROOT") or text(known.get("root_dir")) or text(known.get("notebook_dir"))
    return root, environ.get(HUB) or text(known.get("base_url")) or "/"


def _runtime(shell: Any) -> str | None:
    """The folder with the files of running kernels and servers: that of the connection file of this kernel."""
    application = getattr(shell, "config", {}).get("IPKernelApp", {})
    file = application.get("connection_file")
    return os.path.dirname(os.path.abspath(file)) if isinstance(file, str) and file else None


def _without_server(shell: Any) -> bool:
    """Whether the notebook is one of VS Code or Colab, whose pages have no address for files."""
    own = getattr(shell, "user_ns", {})
    return "__vsc_ipynb_file__" in own or "VSCODE_PID" in os.environ or "google.colab" in sys.modules


def _path(address: str) -> str:
    from urllib.parse import unquote

    path = unquote(address[len(_FILE) :])
    return path if os.sep == "/" else path.lstrip("/").replace("/", os.sep)


def _link(address: str, words: str) -> str:
    return f'<a style="{_STYLE}" href="{escape(address)}" target="_blank" rel="noopener">{escape(words)}</a>'
