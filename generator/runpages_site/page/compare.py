"""Builds the page that compares runs: its frame, which a browser fills from the data of the runs in its address."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Page
from ..site import Site
from . import figures
from .components import Frame, Link, Render, asset, frame
from .head import About

COMPARE = "compare.html"
_TITLE = "Compare runs"


class Section(NamedTuple):
    """A section of the page, and what it loads when it comes into view."""

    id: str
    name: str
    loads: str


_SECTIONS = (
    ("metrics", "Metrics", "compare_values"),
    ("curves", "Curves", "compare_curves"),
    ("groups", "Groups", "compare_curves"),
    ("parameters", "Parameters", "compare_values"),
    ("environment", "Environment", "compare_values"),
    ("charts", "Charts", "compare_charts"),
    ("tables", "Tables", "compare_tables"),
    ("predictions", "Predictions", "compare_tables"),
    ("images", "Images", "compare_images"),
    ("code", "Code", "compare_code"),
    ("configuration", "Configuration", "compare_code"),
    ("logs", "Logs", "compare_code"),
)


class ComparePage(NamedTuple):
    """Context of the template."""

    frame: Frame
    title: str
    sections: tuple[Section, ...]
    runs: str
    """The page of all runs, or that of the only experiment."""
    plotly: str
    plotly_style: str


def comparison_path(name: str) -> str:
    """The page of a comparison in the settings, from the root of the site."""
    return f"compare/{name}.html"


def compare_page(site: Site, runs: str, render: Render) -> Page:
    """The page of a site that compares runs; ``runs`` is the page where they are chosen."""
    shown = frame(site, COMPARE, _TITLE, (Link("Compare"),), About(f"Compare runs of {site.title}."))
    sections = tuple(Section(key, name, shown.sections.get(loads, "")) for key, name, loads in _SECTIONS)
    page = ComparePage(
        shown, _TITLE, sections, runs, asset(site, COMPARE, figures.SMALLEST), asset(site, COMPARE, "plotly.css")
    )
    return Page(COMPARE, render("compare.html.jinja", page))
