"""plotly.js inserts no styles where a script adds the link to its stylesheet, and then the bundle, to a page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.test_plotly import BUNDLES, CONFIG, TRACES
from tests.browser.visit import visit
from tools.plotly_css import PLACE

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'none'"
)
# The bundle inserts its rules when it is run, so the link has to be in the page by then; it need not be loaded.
LOADER = """
const link = Object.assign(document.createElement("link"), {
  rel: "stylesheet", href: "plotly.css", id: "plotly.js-style-global", className: "no-inline-styles",
});
const loaded = new Promise((resolve) => link.addEventListener("load", resolve));
document.head.append(link);
const script = Object.assign(document.createElement("script"), { src: BUNDLE });
script.addEventListener("load", async () => {
  await loaded;
  await Plotly.newPlot("chart", TRACES, {}, CONFIG);
  document.body.id = "drawn";
});
document.head.append(script);
"""


def write_page(folder: Path, bundle: str) -> None:
    """A page whose script adds everything that a chart needs."""
    values = {"BUNDLE": BUNDLES[bundle].name, "TRACES": [TRACES[bundle][0]], "CONFIG": CONFIG}
    named = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
    (folder / "load.js").write_text(named + LOADER, "utf-8")
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    page = f'<!doctype html>{head}<div id="chart"></div><script src="load.js"></script>'
    (folder / "index.html").write_text(page, "utf-8")
    for place in (BUNDLES[bundle], PLACE):
        shutil.copy(place, folder)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_link_that_a_script_adds_before_the_bundle_is_enough(browser: Browser, tmp_path: Path, bundle: str) -> None:
    write_page(tmp_path, bundle)
    with visit(browser, f"{tmp_path.as_uri()}/") as seen:
        page = seen.open("index.html")
        page.wait_for_selector("#drawn")  # The policy lets no function be polled in the page.
        assert page.locator(TRACES[bundle][1]).count() == 1
        assert page.locator("style").count() == 0
        assert page.locator(".main-svg").first.evaluate("svg => getComputedStyle(svg).position") == "absolute"
        titles = page.locator(".modebar-btn").evaluate_all("all => all.map((one) => one.dataset.title)")
        assert titles
        assert not [title for title in titles if "Share" in title]
        assert seen.problems == []
