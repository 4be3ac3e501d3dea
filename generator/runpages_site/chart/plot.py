"""The measures of a chart, in pixels and in units of the inner drawing."""

HEIGHT = 196
TOP, BOTTOM = 8, 172
HALF_TEXT = 4  # from the middle of a line of text down to its base line

# The inner drawing: units across, and units a pixel down. Whole units keep the paths short.
ACROSS = 2_000
PIXEL = 10


def percent(at: float) -> str:
    """Where a place across the inner drawing is in the whole plot, as CSS writes it."""
    return f"{at * 100 / ACROSS:g}%"
