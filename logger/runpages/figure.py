"""The figure behind whatever was drawn: by what it leads to, so no library is imported."""

from __future__ import annotations

from typing import Any

_DEEPEST = 4


def figure_of(source: Any, depth: int = 0) -> Any | None:
    """What can be saved as a picture: a figure or ``pyplot``, or that which axes, a grid, a display or a list lead to.

    None for what leads to none.
    """
    if hasattr(source, "savefig"):
        return source
    if depth == _DEEPEST:
        return None
    for inner in _within(source):
        found = figure_of(inner, depth + 1)
        if found is not None:
            return found
    return None


def _within(source: Any) -> Any:
    """What may lead to a figure: the artists in a list, a dictionary or an array of them, else an attribute."""
    if isinstance(source, dict):
        return source.values()
    if isinstance(source, (list, tuple)):
        return source
    dtype = getattr(source, "dtype", None)
    if dtype is not None:
        return getattr(source, "flat", source) if getattr(dtype, "kind", "") == "O" else ()
    if hasattr(source, "draw") and hasattr(source, "save"):  # A plot of plotnine is drawn when it is asked for.
        return (source.draw(),)
    found = (getattr(source, name, None) for name in ("figure", "figure_", "fig"))
    return (inner for inner in found if inner is not None)


def moving(animation: Any) -> bytes:
    """The GIF of an animation of matplotlib, which saves to a path only."""
    import os
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "animation.gif")
        animation.save(path, writer="pillow")
        with open(path, "rb") as file:
            return file.read()
