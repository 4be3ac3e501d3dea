"""A run without JavaScript: what its page holds then, and what it says is elsewhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.visit import Visit, visit

FEW, MANY = 50, 51
NOTE = "need JavaScript. What is not on this page is in the files that it links."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with short and long metrics, and one whose points are all in the page."""
    folder, chance = tmp_path_factory.mktemp("no-script"), random.Random(1)
    with runpages.start("short", root=folder / "runs") as run:
        for step in range(30):
            run.log("loss", chance.random(), step=step / 2)
    with runpages.start("both", root=folder / "runs") as run:
        for name, count in (("few", FEW), ("many", MANY)):
            for step in range(count):
                run.log(name, float("nan") if step == 3 else chance.random(), step=step)
        size = range(40)
        run.log_confusion_matrix("large", {"class_labels": [f"<{at}>" for at in size], "matrix": [[3] * 40] * 40})
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        yield opened
        assert opened.problems == []


def run_page(seen: Visit, site: Path, experiment: str) -> Page:
    """The page of the only run of an experiment."""
    return seen.open(next((site / "e" / experiment).glob("2*.html")).relative_to(site).as_posix())


def points(page: Page, name: str) -> list[list[str]]:
    """The points that a card lists."""
    text = page.locator(f".metric[data-name={name}] .rows").text_content()
    return [line.split("\t") for line in (text or "").splitlines()]


def test_a_chart_lists_up_to_fifty_points(seen: Visit, site: Path) -> None:
    page = run_page(seen, site, "both")
    card = page.locator(".metric[data-name=few]")
    card.locator("summary").click()
    expect(card.locator(".rows")).to_be_visible()
    head, *listed = points(page, "few")
    assert head == ["step", "value"]
    logged = next(run.series["few"] for run in runpages.read(site.parent / "runs").runs if "few" in run.series)
    assert [step for step, _ in listed] == [str(step) for step in logged.steps]
    assert [repr(float(value)) for _, value in listed] == [repr(value) for value in logged.values]
    assert listed[3][1] == "nan"


def test_a_chart_with_more_points_says_where_they_are(seen: Visit, site: Path) -> None:
    page = run_page(seen, site, "both")
    expect(page.locator(".metric[data-name=many] details:visible")).to_have_count(0)
    link = page.get_by_text("Points of charts that list none").get_by_role("link")
    expect(link).to_have_text("metrics.csv")
    file = page.evaluate("link => link.href", link.element_handle())
    assert Path(file.removeprefix("file://")).read_text().count("many") == MANY
    short = run_page(seen, site, "short")
    expect(short.locator(".unlisted")).to_have_count(0)
    assert [step for step, _ in points(short, "loss")][:4] == ["step", "0", "0.5", "1"]


def test_the_scores_of_many_classes_are_text(seen: Visit, site: Path) -> None:
    page = run_page(seen, site, "both")
    lines = (page.locator("#charts .rows").text_content() or "").splitlines()
    assert lines[0].split("\t") == ["precision", "recall", "F1", "samples", "class"]
    assert lines[7].split("\t") == ["0.025", "0.025", "0.025", "120", "<6>"]


def test_a_line_says_what_needs_javascript(browser: Browser, seen: Visit, site: Path) -> None:
    for page in (run_page(seen, site, "short"), seen.open("index.html")):
        expect(page.locator(".no-script")).to_contain_text(NOTE)
    with visit(browser, site.as_uri() + "/") as scripted:
        expect(run_page(scripted, site, "both").locator(".no-script")).to_have_count(0)
        expect(scripted.page.get_by_text("Points of charts that list none")).to_be_hidden()
