"""Draws charts as SVG markup from values.

A chart is as wide as its card, at any width, without a script: text and dots stand at percentages of x and pixels of
y, and the lines lie in an inner ``<svg>`` that stretches (2,000 units wide, ten units a pixel high) while its strokes
do not. So text is never scaled and a card may be resized freely.

The look is the style sheet's (``css/chart.css``). The classes, outermost first:

=========================== =========================================================================================
``svg.chart``               the chart; ``left-38`` … ``right-86``: its margins; ``many``: more than eight lines
``path.grid``               gridlines
``path.axis``               the x axis and its ticks
``path.band``               where values are nan; ``text.note``: their number
``path.stop``               the last point read of a run that stopped early
``path.line``               a line, with ``s1`` … ``s10`` for its colour and ``d1`` … ``d3`` for its dashes; ``faint``:
                            superseded lines
``path.dots``               points of a line between two gaps, in the colour of the line
``path.reach``              from the end of a line that stops early to its label
``path.bars``, ``path.heat`` a distribution; ``h1`` … ``h8``: how many of all values lie there; ``h2`` alone is from
                            the least to the greatest of many lines, whose mean is drawn
``g.mark``                  the points of a line that has few, as circles
``svg.edge``                a triangle where a value lies beyond the axis
``g.tick.x``, ``g.tick.y``  labels of the ticks, ``first`` and ``last`` if they would reach out of the card;
                            ``text.name``: the name of the x axis
``svg.end``                 the end of a line: a dot, ``path.lead`` and ``text.label``, its name
``text.value``              the value of a single point; ``text.none``: what stands in a chart without points
``path.reference``          the reference of a curve; ``path.errors``: error bars
``svg.cells``               a large confusion matrix: ``path.right``, ``path.e1`` … ``e8`` for the strength of errors;
                            ``g.down``, ``g.along``: labels of rows and columns; ``rect.here``: the selected cell
``path.run-dots``           runs of one colour as dots; ``path.runs-line``: as lines of parallel coordinates;
                            ``r1`` … ``r9``: the ramp for ordered values, low to high; ``rest``: grey
``path.mean``               means by value, or a Pareto front; ``svg.best``: the ring around the best run, with its name
``path.bar``                the axes of parallel coordinates; ``text.axis-name``, ``svg.beside``: their names and labels
``svg.spark``               a sparkline, with ``path.line`` and ``circle.mark``
=========================== =========================================================================================
"""

from .axis import Tick
from .heatmap import Distribution, distribution_chart, left_out, matrix_chart
from .line_chart import POINTS, line_chart
from .over_runs import (
    Dot,
    Scale,
    Track,
    categories,
    is_log,
    numbers,
    overlay_chart,
    parallel_chart,
    points_chart,
)
from .series import Columns, Line, Point
from .svg import sparkline
from .xy_chart import Bar, curve_path, stepped, xy_chart

__all__ = [
    "POINTS",
    "Bar",
    "Columns",
    "Distribution",
    "Dot",
    "Line",
    "Point",
    "Scale",
    "Tick",
    "Track",
    "categories",
    "curve_path",
    "distribution_chart",
    "is_log",
    "left_out",
    "line_chart",
    "matrix_chart",
    "numbers",
    "overlay_chart",
    "parallel_chart",
    "points_chart",
    "sparkline",
    "stepped",
    "xy_chart",
]
