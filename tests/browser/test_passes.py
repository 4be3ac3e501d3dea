"""The charts of a run that was resumed, and of one with ranks, under real hands."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from runpages_site.build import build
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.test_charts import card, wake
from tests.browser.visit import Visit, until, visit
from tests.generator.test_passes import Logged, course, write

TRACES = "body => body.querySelector('.live').data.map((one) => [...one.x])"
LOOKS = "body => body.querySelector('.live').data.map((one) => [one.opacity ?? 1, one.line.width, one.fill ?? ''])"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("passes")
    run = folder / "runs" / "demo" / "resumed"
    write(run, [*course("", 1000, range(150)), Logged("b", 2000), *course("b", 2001, range(100, 160), 0.9)])
    for count, name in ((3, "few"), (12, "many")):
        for rank in range(count):
            write(folder / "runs" / "demo" / name, course(f"rank{rank}-node-{rank}-ab", 1000, range(150), rank))
    build(folder / "runs", folder / "site", now=3000.0, version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        yield opened
        assert opened.problems == []


def test_the_superseded_part_stays_faint_when_the_chart_is_touched(seen: Visit) -> None:
    seen.open("e/demo/resumed.html")
    body = card(seen.page, "loss").locator(".card-body")
    wake(seen.page, "loss")
    faint, curve = body.evaluate(TRACES)
    assert (faint, curve) == ([*range(100, 150)], [*range(160)])
    until(lambda: body.evaluate(LOOKS), [[0.6, 1, ""], [1, 1.75, ""]])


def test_smoothing_and_the_axis_of_time_keep_the_lines_apart(seen: Visit) -> None:
    seen.open("e/demo/resumed.html#metrics?smooth=0.5")
    page = seen.page
    body = card(page, "loss").locator(".card-body")
    wake(page, "loss")
    page.get_by_text("Relative", exact=True).click()
    page.wait_for_function("body => body.querySelector('.live').data[0].x[0] < 100", arg=body.element_handle())
    times = body.evaluate(TRACES)
    assert [len(one) for one in times] == [50, 160, 160]
    assert all(one == sorted(one) for one in times)


def test_table_and_csv_mark_what_was_superseded(seen: Visit, tmp_path: Path) -> None:
    seen.open("e/demo/resumed.html")
    page = seen.page
    wake(page, "loss")
    card(page, "loss").locator("summary").click()
    rows = card(page, "loss").locator("tbody tr")
    expect(rows).to_have_count(210)
    assert rows.nth(100).locator("td").all_text_contents()[2] == ""
    expect(rows.nth(101).locator("td")).to_have_text(["100", "0.6", "superseded"])
    with page.expect_download() as saved:
        card(page, "loss").get_by_role("button", name="CSV").click()
    saved.value.save_as(tmp_path / "loss.csv")
    head, *lines = csv.reader((tmp_path / "loss.csv").read_text().splitlines())
    assert head == ["step", "time", "value", "line"]
    assert len(lines) == 210
    assert sum(line[3] == "superseded" for line in lines) == 50


def test_ranks_have_their_names_and_colours(seen: Visit) -> None:
    seen.open("e/demo/few.html")
    body = card(seen.page, "loss").locator(".card-body")
    wake(seen.page, "loss")
    until(lambda: body.evaluate(TRACES), [[*range(150)]] * 3)
    expect(body.locator(".legendtext")).to_have_text(["rank 0", "rank 1", "rank 2"])


def test_many_ranks_stay_a_band(seen: Visit) -> None:
    seen.open("e/demo/many.html")
    body = card(seen.page, "loss").locator(".card-body")
    wake(seen.page, "loss")
    assert [fill for _, _, fill in body.evaluate(LOOKS)] == ["none", "tonexty", ""]


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_and_nothing_is_too_wide(browser: Browser, site: Path, theme: str, width: int) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme, viewport={"width": width, "height": 900}) as seen:
        for name in ("resumed", "few", "many"):
            page = seen.open(f"e/demo/{name}.html")
            wake(page, "loss")
            card(page, "loss").locator("summary").click()
            assert axe_violations(page) == []
            assert page.evaluate(TOO_WIDE) == []
        assert seen.problems == []
