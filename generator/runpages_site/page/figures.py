"""Prepares logged plotly figures for the browser, and selects the bundle of plotly.js that draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runpages.format.records import Chart

from .data_scripts import script

SMALLEST = "plotly-basic.min.js"
"""The bundle of a page without figures, which draws the curves of metrics at a touch."""

BASIC = frozenset(["scatter", "bar", "pie"])
"""Trace types of the smallest bundle."""

CARTESIAN = BASIC | frozenset(
    ["box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "scatterternary", "violin"]
)
"""Trace types of the other vendored bundle."""

ALL = CARTESIAN | frozenset(
    [
        *("barpolar", "candlestick", "carpet", "cone", "contourcarpet", "funnel", "funnelarea", "icicle", "indicator"),
        *("isosurface", "mesh3d", "ohlc", "parcats", "parcoords", "sankey", "scatter3d", "scattercarpet"),
        *("scatterpolar", "scattersmith", "splom", "streamtube", "sunburst", "surface", "table", "treemap", "volume"),
        "waterfall",
    ]
)
"""Trace types of full plotly.js, without maps, which would load tiles from other sites."""


def drawn(charts: Sequence[Chart]) -> list[Chart]:
    """The plotly figures that a bundle can draw, in page order."""
    return [one for one in charts if one.type == "plotly" and (kinds := _kinds(one.data)) and kinds <= ALL]


def bundle(charts: Sequence[Chart]) -> str | None:
    """The smallest bundle that draws all figures of a page; None if it takes full plotly.js."""
    kinds = {kind for one in drawn(charts) for kind in _kinds(one.data)}
    return SMALLEST if kinds <= BASIC else "plotly-cartesian.min.js" if kinds <= CARTESIAN else None


def undrawn(figure: Any) -> str:
    """Why a figure is shown as data; empty if it is drawn."""
    kinds = sorted(_kinds(figure) - ALL)
    return f"Trace types that need other sites or are unknown: {', '.join(kinds)}." if kinds else ""


def figures_script(charts: Sequence[Chart]) -> bytes:
    """The figures as a data script, without anything that contacts other sites or changes other charts."""
    return script("figures", [_harmless(one.data) for one in charts])


def _kinds(figure: Any) -> set[str]:
    return {str(trace.get("type") or "scatter").removesuffix("gl") for trace in _traces(figure)}


def _traces(figure: Any) -> Iterator[Mapping[str, Any]]:
    data = figure.get("data") if isinstance(figure, Mapping) else None
    yield from (trace for trace in (data if isinstance(data, list) else []) if isinstance(trace, Mapping))


def _harmless(figure: Mapping[str, Any]) -> dict[str, Any]:
    # WebGL lines are slower without a graphics card, and no vendored bundle has them.
    traces = [{**trace, "type": str(trace.get("type") or "scatter").removesuffix("gl")} for trace in _traces(figure)]
    layout = figure.get("layout")
    layout = dict(layout) if isinstance(layout, Mapping) else {}
    for name in ("images", "modebar", "width"):
        layout.pop(name, None)
    frames = figure.get("frames")
    return {"data": traces, "layout": layout, "frames": frames if isinstance(frames, list) else []}
