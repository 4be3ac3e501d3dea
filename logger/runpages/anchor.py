"""The address of a page as a link that the reader of a notebook can open, else as the path to copy."""

from __future__ import annotations

import os
import sys
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_STYLE = "color:inherit;text-decoration:underline"
_PATH = "user-select:all;overflow-wrap:anywhere;background:none;color:inherit"
_FILE = "file://"


def anchor(address: str, words: str) -> str:
    """HTML of a link, escaped. In a notebook, a page that is a file has a path to copy, and says when it is not built.

    A browser opens no ``file:`` address from a page of ``http:``: under a Jupyter server the link is one below its
    root. Elsewhere in a notebook, and for what lies outside of that root, there is the path alone.
    """
    shell = kernel()
    if shell is None or not address.startswith(_FILE):
        return _link(address, words)
    path = _path(address)
    copy = f'<code style="{_PATH}" title="The path, to copy">{escape(path)}</code>'
    if not os.path.exists(path):
        return f"{escape(words)}: not built yet, run <code>runpages build</code>; it will be at {copy}"
    served = None if _without_server(shell) else below(path, *_server(os.environ, _runtime(shell)))
    return f"{_link(served, words)} {copy}" if served else f"{escape(words)}: {copy}"


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


def _server(environ: Mapping[str, str], runtime: str | None) -> tuple[str | None, str]:
    """The root folder of the Jupyter server that started this kernel, and the path that its addresses begin with."""
    from .format.document import text
    from .format.read import read_document

    pid = environ.get("JPY_PARENT_PID") or str(os.getppid())
    known = {}
    for name in (f"jpserver-{pid}.json", f"nbserver-{pid}.json"):
        if runtime and os.path.isfile(os.path.join(runtime, name)):
            known = read_document(os.path.join(runtime, name), [])
            break
    root = environ.get("JUPYTER_SERVER_ROOT") or text(known.get("root_dir")) or text(known.get("notebook_dir"))
    return root, environ.get("JUPYTERHUB_SERVICE_PREFIX") or text(known.get("base_url")) or "/"


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
