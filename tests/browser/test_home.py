"""The home page and the page of all runs, as readers use them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from runpages_site.build import build
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

EXPERIMENTS = 26
OTHERS = (18, 19)
"""Experiments with another metric."""
VALUES = """() => [...document.querySelectorAll(".runs tbody th")].map(function (name) {
    const isSeen = (cell) => cell.offsetWidth && cell.getBoundingClientRect().right <= innerWidth;
    const values = [...name.parentElement.querySelectorAll(".n")].filter(isSeen);
    const label = (cell) => getComputedStyle(cell, "::after").content;
    return name.querySelector("a")?.text + values.map((cell) => ` ${cell.lastChild?.textContent} ${label(cell)}`);
})"""
DOT = "(row) => getComputedStyle(row.querySelector('.name'), '::before').content"
NOW = 1_795_000_000.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many experiments; runs of one failed."""
    folder = tmp_path_factory.mktemp("home")
    for at in range(EXPERIMENTS):
        run = folder / f"runs/study-{at:02d}/run"
        run.mkdir(parents=True)
        metric = "accuracy" if at in OTHERS else "val/loss"
        (run / "metrics.csv").write_text(f"name,step,time,value,text\n{metric},0,1.0,{at + 0.5},\n")
        known = {"format": 1, "id": "run", "name": f"run of {at}", "started": f"2026-11-{at + 1:02d}T00:00:00Z"}
        if at == 7:
            error = {"code": "UserError", "type": "ValueError", "message": "alpha is too small", "traceback": ""}
            known |= {"status": "Failed", "error": error}
        (run / "run.json").write_text(json.dumps(known))
    assert not build(folder / "runs", folder / "site", now=NOW, version="1").faults
    return folder / "site"


@pytest.fixture(params=[1440, 390])
def seen(request: pytest.FixtureRequest, browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", viewport={"width": request.param, "height": 900}) as seen:
        yield seen
        assert seen.problems == []


def is_fit(page: Page) -> None:
    until(lambda: page.evaluate(TOO_WIDE), [])
    assert axe_violations(page) == []


def test_older_experiments_are_folded_and_the_state_is_in_the_address(seen: Visit) -> None:
    page = seen.open("index.html")
    expect(page.locator("#experiments + .count")).to_have_text(str(EXPERIMENTS))
    old = page.get_by_role("link", name="study-00")
    expect(page.get_by_role("link", name="study-06")).to_be_visible()
    expect(old).not_to_be_visible()
    page.get_by_text("6 more experiments").click()
    expect(old).to_be_visible()
    page.wait_for_url("**#?experiments.more=*")
    is_fit(page)


def test_a_failed_run_is_listed_with_its_reason(seen: Visit) -> None:
    page = seen.open("index.html")
    row = page.locator(".failing tbody tr")
    expect(row).to_contain_text("ValueError: alpha is too small")
    assert page.locator(".runs tbody tr").first.evaluate(DOT) == "none", "no line of the page has its colour"
    row.get_by_role("link", name="run of 7").click()
    page.wait_for_url("**/e/study-07/run.html")


def test_all_runs_are_one_table_with_its_query(seen: Visit) -> None:
    page = seen.open("index.html")
    page.get_by_role("link", name=f"All {EXPERIMENTS} runs").click()
    page.wait_for_url("**/runs.html")
    page.keyboard.press("f")
    page.keyboard.type("experiment:study-1 val/loss<13")
    expect(page.locator(".runs-count")).to_have_text(f"3 of {EXPERIMENTS} runs")
    assert page.locator(".runs tbody tr:has(a)").first.evaluate(DOT) == "none", "runs of two experiments would share it"
    page.keyboard.press("Escape")
    is_fit(page)
    page.get_by_role("link", name="run of 12").click()
    page.wait_for_url("**/e/study-12/run.html")


@pytest.mark.parametrize("touched", [False, True])
def test_on_a_phone_each_of_all_runs_has_its_own_value(browser: Browser, site: Path, touched: bool) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 1600}, has_touch=True) as seen:
        page = seen.open("runs.html")
        if touched:
            page.locator(".runs-count").tap()
            expect(page.locator(".laid-runs")).to_have_count(1)
        values = [f'run of {at} {at}.5 "{"accuracy" if at in OTHERS else "val/loss"}"' for at in range(25, 15, -1)]
        until(lambda: page.evaluate(VALUES)[:10], values)
        is_fit(page)
        assert seen.problems == []


def test_all_runs_are_grouped_by_their_experiments(seen: Visit) -> None:
    page = seen.open("runs.html#?runs.group=tag.experiment")
    expect(page.locator(".group-table tbody tr").first).to_contain_text("study-")
    expect(page.locator("#groups [data-count]")).to_contain_text(f"{EXPERIMENTS} groups of {EXPERIMENTS} runs")


def test_without_javascript_all_runs_are_a_table_with_links(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as seen:
        page = seen.open("runs.html")
        expect(page.locator("tbody tr")).to_have_count(EXPERIMENTS)
        expect(page.locator("tbody tr").first).to_contain_text("study-25")
        page.get_by_role("link", name="run of 12").click()
        page.wait_for_url("**/e/study-12/run.html")
        assert seen.problems == []
