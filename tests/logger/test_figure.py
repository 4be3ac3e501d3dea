"""Whatever was drawn leads to its figure."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.animation import ArtistAnimation, FuncAnimation
from matplotlib.figure import Figure
from PIL import Image
from sklearn.metrics import ConfusionMatrixDisplay

from runpages import Run, UserError
from runpages.encode_image import encode


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def pixels(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


class Grid:
    """What a grid of seaborn looks like."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure


class Visualizer:
    """What a visualizer of yellowbrick looks like."""

    def __init__(self, figure: Figure) -> None:
        self.fig = figure


class Plot:
    """What a plot of plotnine looks like."""

    def __init__(self, figure: Figure) -> None:
        self.figure_made = figure

    def draw(self) -> Figure:
        return self.figure_made

    def save(self, path: str) -> None: ...


DRAWN: dict[str, Callable[[Any], Any]] = {
    "axes": lambda axes: axes,
    "axes of axes": lambda axes: np.array([[axes]]),
    "lines": lambda axes: axes.plot([1, 2]),
    "bars": lambda axes: axes.bar([1], [2]),
    "counts and bars": lambda axes: axes.hist([1, 2, 2]),
    "image": lambda axes: axes.imshow([[0, 1]]),
    "boxes": lambda axes: axes.boxplot([1, 2]),
    "figure and axes": lambda axes: (axes.figure, axes),
    "part of a figure": lambda axes: axes.figure.add_subfigure(axes.figure.add_gridspec(1, 1)[0]),
    "frame": lambda axes: pd.DataFrame({"a": [1, 2]}).plot(ax=axes),
    "frame in parts": lambda axes: pd.DataFrame({"a": [1, 2]}).plot(ax=axes, subplots=True),
    "frame by groups": lambda axes: pd.DataFrame({"a": [1, 2], "g": [0, 0]}).groupby("g")["a"].plot(ax=axes),
    "display": lambda axes: ConfusionMatrixDisplay.from_predictions([0, 1], [0, 1], ax=axes),
    "grid": lambda axes: Grid(axes.figure),
    "visualizer": lambda axes: Visualizer(axes.figure),
    "plot": lambda axes: Plot(axes.figure),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_what_was_drawn_leads_to_its_figure(kind: str) -> None:
    figure, axes = plt.subplots(figsize=(2, 1))
    drawn = DRAWN[kind](axes)
    expected = io.BytesIO()
    figure.savefig(expected, format="png")
    plt.figure()  # Another one is current.
    data, facts = encode(drawn, "p")
    assert facts.extension == "png"
    assert np.array_equal(pixels(data), pixels(expected.getvalue()))


@pytest.mark.parametrize(
    "source", [[], {}, [[[[[[]]]]]], [1, "a"], ConfusionMatrixDisplay(np.eye(2)), np.array([None])]
)
def test_what_leads_to_no_figure_is_refused(run: Run, source: Any) -> None:
    with pytest.raises(UserError, match=r"'p'.*is not an image"):
        run.log_image("p", plot=source)
    assert run.get_metrics() == {}


@pytest.mark.parametrize("kind", ["function", "artists"])
def test_an_animation_is_a_picture_that_moves(kind: str) -> None:
    figure, axes = plt.subplots(figsize=(1, 1))
    texts = [axes.text(0.5, 0.5, word) for word in "abc"]
    if kind == "function":
        animation: Any = FuncAnimation(figure, lambda at: texts[0].set_text("xyz"[at]), frames=3)
    else:
        animation = ArtistAnimation(figure, [[text] for text in texts])
    data, facts = encode(animation, "p")
    image: Any = Image.open(io.BytesIO(data))
    assert (facts.extension, image.n_frames) == ("gif", 3)


@pytest.mark.parametrize("size", [False, True])
def test_what_a_notebook_shows_as_a_picture_is_one(size: bool) -> None:
    class Shown:
        def _repr_png_(self) -> Any:
            data = io.BytesIO()
            Image.new("L", (3, 2), 9).save(data, "PNG")
            return (data.getvalue(), {"width": 3}) if size else data.getvalue()

    assert encode(Shown(), "p")[1] == ("png", 3, 2)
