"""The vendored bundles of plotly.js draw under the policy of the pages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from time import time
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from plotly.graph_objects import Figure, Scatter

import runpages
from runpages_site.build import build
from tests.browser.visit import until, visit
from tools.plotly_css import PLACE, VENDOR, stylesheet

BUNDLES = {name: VENDOR / f"plotly-{name}" / f"plotly-{name}.min.js" for name in ("basic", "cartesian")}
TRACES: dict[str, tuple[dict[str, Any], str]] = {
    "basic": ({"type": "scatter", "y": [1, 3, 2]}, ".scatterlayer path.js-line"),
    "cartesian": ({"type": "heatmap", "z": [[1, 2], [3, 4]]}, ".heatmaplayer image"),
}
CONFIG = {"showSendToCloud": False, "plotlyServerURL": "", "displaylogo": False}
FRAME = VENDOR.parent / "templates" / "frame.html.jinja"
LINK = '<link rel="stylesheet" href="plotly.css" id="plotly.js-style-global" class="no-inline-styles">'


def write_page(folder: Path, bundle: str, link: str) -> None:
    """A page with one chart, as a page of a site would have it."""
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">', FRAME.read_text("utf-8"))
    assert found
    policy = found.group()
    scripts = f'<script src="{BUNDLES[bundle].name}"></script><script src="draw.js"></script>'
    page = f'<!doctype html><meta charset="utf-8">{policy}{link}<div id="chart"></div>{scripts}'
    (folder / "index.html").write_text(page, "utf-8")
    drawing = ", ".join(json.dumps(one) for one in ("chart", [TRACES[bundle][0]], {}, CONFIG))
    (folder / "draw.js").write_text(f"Plotly.newPlot({drawing}).then(() => {{ chart.dataset.drawn = 1; }});", "utf-8")
    shutil.copy(BUNDLES[bundle], folder)
    shutil.copy(PLACE, folder)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_the_stylesheet_is_what_the_bundle_would_insert(browser: Browser, bundle: str) -> None:
    assert stylesheet(browser, BUNDLES[bundle]) == PLACE.read_text("utf-8")


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_draws_under_the_policy(browser: Browser, tmp_path: Path, bundle: str) -> None:
    write_page(tmp_path, bundle, LINK)
    with visit(browser, f"{tmp_path.as_uri()}/") as seen:
        page = seen.open("index.html")
        page.wait_for_selector("[data-drawn]")
        expect(page.locator(TRACES[bundle][1])).to_have_count(1)
        expect(page.locator("style")).to_have_count(0)
        until(lambda: page.locator(".main-svg").first.evaluate("svg => getComputedStyle(svg).position"), "absolute")
        until(lambda: page.evaluate("document.styleSheets.length"), 1)
        titles = page.locator(".modebar-btn").evaluate_all("all => all.map((one) => one.dataset.title)")
        assert titles
        assert not [title for title in titles if "Share" in title]
        expect(page.locator(".modebar a[href]")).to_have_count(0)
        assert seen.problems == []


def test_a_page_without_the_link_breaks_the_policy(browser: Browser, tmp_path: Path) -> None:
    write_page(tmp_path, "basic", "")
    with visit(browser, f"{tmp_path.as_uri()}/") as seen:
        seen.open("index.html").wait_for_selector("[data-drawn]", state="attached")
        assert any("style-src" in problem for problem in seen.problems)


LOOK = (
    "one => [one._fullLayout.font.family, one._fullLayout.modebar.bgcolor, getComputedStyle(document.body).fontFamily]"
)


def test_a_logged_figure_has_the_font_of_the_page_unless_it_names_one(browser: Browser, tmp_path: Path) -> None:
    figures: dict[str, dict[str, Any]] = {
        "plain": {},
        "own": {"font": {"family": "serif"}},
        "template": {"template": "plotly"},
    }
    with runpages.start("figures", name="all", root=tmp_path / "runs") as run:
        for name, layout in figures.items():
            # The default template of plotly.py would be one of the figure's own.
            run.log_image(name, plot=Figure(Scatter(y=[1, 2]), {"template": None, **layout}))
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    (place,) = (tmp_path / "site" / "e" / "figures").glob("2*.html")
    with visit(browser, f"{tmp_path.as_uri()}/site/", color_scheme="dark") as seen:
        page = seen.open(f"e/figures/{place.name}")
        found = {}
        for name in figures:
            card = page.locator(f'#charts .card:has(h3:text-is("{name}"))')
            card.scroll_into_view_if_needed()
            card.hover()
            card.locator(".js-plotly-plot .main-svg").first.wait_for()
            found[name] = card.locator(".js-plotly-plot").evaluate(LOOK)
        family = found["plain"][2]
        assert [found[name][0] for name in figures] == [family, "serif", family]
        assert {found[name][1] for name in figures} == {"rgba(0,0,0,0)"}
        assert seen.problems == []
