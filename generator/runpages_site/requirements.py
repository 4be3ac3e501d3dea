"""The libraries that a build needs, looked for before anything is written."""

from __future__ import annotations

from importlib.util import find_spec

from .errors import BuildError

LIBRARIES = {
    "click": "click", "jinja2": "jinja2", "markdown_it": "markdown-it-py", "nh3": "nh3", "orjson": "orjson",
    "pathspec": "pathspec", "PIL": "pillow", "plotly": "plotly", "pygments": "pygments", "yaml": "pyyaml",
    "rjsmin": "rjsmin", "rich": "rich",
}  # fmt: skip
"""The module of each required distribution, and its name."""


def require() -> None:
    """Raise BuildError if a library is missing; a page that lacks what it shows would be an error of ours."""
    missing = [name for module, name in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        names = ", ".join(missing)
        raise BuildError(
            f"a build needs {names}, which this Python does not have: pip install {' '.join(missing)}. "
            "Nothing was changed."
        )
