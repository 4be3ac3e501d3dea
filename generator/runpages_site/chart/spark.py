"""A sparkline: one line in a row of text, without axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from .axis import Axis, padded
from .curve import as_float, drawable, pieces_of
from .plot import PIXEL
from .sample import thinned
from .trace import across, path


def sparkline(values: Sequence[float | None], *, mark: int | None = None, width: int = 72, height: int = 20) -> Markup:
    """Draw values as a small line without axes, hidden from screen readers: the number stands beside it.

    What is not finite is a gap. The dot is at index ``mark``, or at the last value that is finite.
    """
    body = _spark(list(map(as_float, values)), mark, width, height)
    return Markup(  # noqa: S704 - only numbers stand in it
        f'<svg class="spark" aria-hidden="true" width="{width}" height="{height}" '
        f'viewBox="0 0 {width * PIXEL} {height * PIXEL}">{body}</svg>'
    )


def _spark(values: list[float], mark: int | None, width: int, height: int) -> str:
    finite = drawable(values)
    if not finite:
        return ""
    x, y = _spark_axes(len(values), min(finite), max(finite), width, height)
    steps, shown = thinned(range(len(values)), values, 2 * width)
    line = "".join([path(across(x, steps), y.place(values)) for steps, values in pieces_of(steps, shown)])
    if mark is None:
        mark = next(at for at in range(len(values) - 1, -1, -1) if math.isfinite(values[at]))
    dot = ""
    if 0 <= mark < len(values) and math.isfinite(values[mark]):
        dot = f'<circle class="mark" cx="{x.place([mark])[0]}" cy="{y.place([values[mark]])[0]}" r="19"/>'
    return f'<path class="line" d="{line}"/>{dot}'


def _spark_axes(count: int, low: float, high: float, width: int, height: int) -> tuple[Axis, Axis]:
    """Axes that leave room for the dot at each side; one value, or one value throughout, lies in the middle."""
    edge = 2 * PIXEL
    if high - low <= max(1e-9 * max(-low, high), 1e-300):
        low, high = padded(low, high, whole=False, log=False)
    y = Axis(low, high, height * PIXEL - edge, 2 * edge - height * PIXEL)
    return (Axis(0, count - 1, edge, width * PIXEL - 2 * edge) if count > 1 else Axis(-1, 1, 0, width * PIXEL)), y
