"""The page of a comparison in the settings: the same numbers as the live page, and whole without a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from runpages_site.build import build
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import until, visit
from tests.generator.compared import write_workspace

COMPARISONS = """\
    pair_by: seed
comparisons:
  - name: rates
    title: Does a smaller rate help?
    text: Five *seeds* each.
    runs: ["sweep?lr:0.1", "sweep?lr:0.01", lr0.01-s2]
    fail_if: [loss worse than baseline beyond noise, los > 1]
  - name: runs
    runs: [lr0.1-s0, lr0.1-s1, lr0.01-s0, "a boosted tree", gone]
"""
# What both pages show of each metric, by its name: the texts of the cells.
STATIC = """() => Object.fromEntries([...document.querySelectorAll("#metrics tbody tr")].map((row) => [
    row.querySelector("th bdi").textContent,
    [...row.querySelectorAll("td")].map((cell) => {
        const copy = cell.cloneNode(true);
        copy.querySelectorAll(".quiet, .p").forEach((one) => one.remove());
        const delta = copy.querySelector(".sub");
        delta?.remove();
        return [copy.textContent.trim(), (delta?.textContent ?? "").trim()];
    }),
]))"""
LIVE = """() => Object.fromEntries([...document.querySelector("#metrics table").tBodies[0].rows].map((row) => [
    row.querySelector("th bdi").textContent,
    [...row.querySelectorAll("td")].map((cell) =>
        [".figure", ".delta-line"].map((part) => (cell.querySelector(part)?.textContent ?? "").trim())),
]))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    build(write_workspace(folder / "runs", COMPARISONS), folder / "site", now=1_795_000_000, version="1")
    return folder / "site"


@pytest.mark.parametrize("name", ["rates", "runs"])
def test_the_live_page_has_the_same_numbers(browser: Browser, site: Path, name: str) -> None:
    with visit(browser, f"{site.as_uri()}/") as shown:
        page = shown.open(f"compare/{name}.html")
        static = page.evaluate(STATIC)
        page.get_by_role("link", name="Compare live").click()
        expect(page.locator("#metrics tbody tr").nth(len(static) - 1)).to_be_visible()
        until(lambda: {name: cells for name, cells in page.evaluate(LIVE).items() if name in static}, static)
        live = page.evaluate(LIVE)
        assert shown.problems == []
    assert len(static) > 1
    assert set(live) - set(static) <= {"duration"}


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_whole_without_a_script(browser: Browser, site: Path, width: int) -> None:
    with visit(
        browser, f"{site.as_uri()}/", java_script_enabled=False, viewport={"width": width, "height": 900}
    ) as shown:
        page = shown.open("compare/rates.html")
        expect(page.get_by_role("heading", level=1)).to_have_text("Does a smaller rate help?")
        headings = page.get_by_role("heading", level=2).all_inner_texts()
        assert headings == ["Conditions", "Metrics", "Curves", "Parameters", "Environment and code"]
        expect(page.get_by_role("img", name="loss of 11 runs over steps")).to_be_visible()
        expect(page.get_by_text("los > 1: no run has a metric 'los'")).to_be_visible()
        expect(page.get_by_role("row", name="loss")).to_contain_text("better")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["rates", "runs"])
def test_the_page_is_accessible_and_fits_a_phone(browser: Browser, site: Path, name: str, scheme: str) -> None:
    with visit(browser, f"{site.as_uri()}/", color_scheme=scheme, viewport={"width": 390, "height": 800}) as shown:
        page = shown.open(f"compare/{name}.html")
        assert axe_violations(page) == []
        assert page.evaluate(TOO_WIDE) == []
        assert shown.problems == []
