"""What has its place on narrow screens, and times that are still to come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, expect

from runpages_site.build import build
from tests.browser.visit import until, visit

STATUSES = ("Completed", "Failed", "Canceled", "Queued")
HOUR = 3600
SCROLLS = "() => [...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1).length"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment whose runs have four statuses; the failed one is damaged, the queued one starts in 3.5 hours."""
    folder = tmp_path_factory.mktemp("narrow")
    now = time()
    for at, status in enumerate(STATUSES):
        run = folder / "runs/study" / status
        run.mkdir(parents=True)
        (run / "metrics.csv").write_text(f"name,step,time,value,text\nval/loss,0,1.0,0.{at + 1},\n")
        started = datetime.fromtimestamp(now + (3.5 if status == "Queued" else -2.5) * HOUR, UTC).isoformat()
        known = {"format": 1, "id": status, "name": f"a run with quite a long name, number {at}", "status": status}
        (run / "run.json").write_text(json.dumps(known | {"started": started}))
    with (folder / "runs/study/Failed/metrics.csv").open("a") as damaged:
        damaged.write("a line without any comma that is longer than a small screen is wide\n")
    assert not build(folder / "runs", folder / "site", now=now, version="1").faults
    return folder / "site"


@pytest.mark.parametrize("width", [1440, 1201, 1120, 1001])
def test_the_home_page_has_room_for_counts_and_columns(browser: Browser, site: Path, width: int) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": width, "height": 900}) as seen:
        page = seen.open("index.html")
        counts = page.locator("td > .counts")
        expect(counts.locator("> span")).to_have_count(len(STATUSES))
        assert counts.evaluate("one => one.offsetHeight") <= 40
        until(lambda: page.evaluate(SCROLLS), 0)


OVER = """() => [...document.querySelectorAll(".latest .name > a, .latest .name > bdi")].filter(function (name) {
    const cell = name.parentElement.getBoundingClientRect();
    return name.checkVisibility() && name.getBoundingClientRect().right > cell.right;
}).map((name) => name.innerText)"""


HEADS = """() => [...document.querySelectorAll(".runs thead th")].filter((head) => head.checkVisibility())
    .map((head) => head.innerText.trim().split(/\\s/)[0]).filter(Boolean)"""


def make_long(root: Path, places: tuple[str, ...], metrics: tuple[str, ...]) -> None:
    """Runs in some folders, each with a long name, a host of its own and a metric."""
    for at, (place, metric) in enumerate(zip(places, metrics, strict=True)):
        run = root / "runs" / place
        run.mkdir(parents=True)
        (run / "metrics.csv").write_text(f"name,step,time,value,text\n{metric},0,1.0,0.5,\n{metric},1,2.0,0.25,\n")
        known = {"format": 1, "id": run.name, "name": "learning_rate_0.0003-batch_128-seed_17"}
        known |= {"status": "Not responding", "started": f"2026-11-{at + 1:02d}T00:00:00Z"}
        owner = {"host": f"gpu-node-00{at}.cluster.research.example.org"}
        (run / "run.json").write_text(json.dumps(known | {"owner": owner}))
    assert not build(root / "runs", root / "site", now=time(), version="1").faults


LONG = "validation/segmentation/mean_intersection_over_union_at_threshold_0.5"


@pytest.mark.parametrize("metrics", [("val/loss", "val/loss"), ("val/loss", LONG), (LONG, LONG)])
def test_long_names_and_hosts_have_room_among_the_latest_runs(
    browser: Browser, tmp_path: Path, metrics: tuple[str, str]
) -> None:
    name = "an-experiment-with-quite-a-long-name"
    make_long(tmp_path, (f"{name}-1/run", f"{name}-2/run"), metrics)
    for width in (1440, 1201, 1200, 1000, 900, 768, 700, 390):
        with visit(browser, (tmp_path / "site").as_uri() + "/", viewport={"width": width, "height": 900}) as seen:
            page = seen.open("index.html")
            expect(page.locator(".latest tbody tr")).to_have_count(2)
            assert page.evaluate(SCROLLS) == 0, width
            assert page.evaluate(OVER) == [], width
            assert page.locator(".latest tbody .name").first.evaluate("(name) => name.offsetWidth") > 100, width


# An A4 sheet has 180 mm, 680 px, between its margins.
ON_PAPER = """() => {
    document.getElementById("main").style.width = "680px";
    const table = document.querySelector(".runs");
    const names = [...table.querySelectorAll("tbody .name")];
    const lines = names.map((one) => Math.round(one.offsetHeight / parseFloat(getComputedStyle(one).lineHeight)));
    return [table.offsetWidth <= 680, Math.max(...lines) <= 8, getComputedStyle(names[0], "::before").display];
}"""


@pytest.mark.parametrize("place", ["index.html", "runs.html", "e/an-experiment-with-quite-a-long-name-1/index.html"])
def test_on_paper_names_are_not_pressed_into_a_column_of_letters(browser: Browser, tmp_path: Path, place: str) -> None:
    name = "an-experiment-with-quite-a-long-name"
    places = tuple(f"{name}-{at // 6}/run-{at}" for at in range(12))
    make_long(tmp_path, places, tuple(f"metric-{at // 6}-with-a-name" for at in range(12)))
    with visit(browser, (tmp_path / "site").as_uri() + "/", viewport={"width": 700, "height": 900}) as seen:
        page = seen.open(place)
        page.emulate_media(media="print")
        until(lambda: page.evaluate(ON_PAPER), [True, True, "none"])


def test_on_a_phone_the_heads_are_those_of_what_a_row_shows(browser: Browser, tmp_path: Path) -> None:
    make_long(tmp_path, ("one/a", "one/b", "two/c"), ("val/loss",) * 3)
    with visit(browser, (tmp_path / "site").as_uri() + "/", viewport={"width": 390, "height": 900}) as seen:
        page = seen.open("index.html")
        assert page.evaluate(HEADS) == ["Run", "val/loss", "Curve"]
        seen.open("e/one/index.html")
        page.locator("#runs").hover()
        expect(page.locator(".laid-runs tbody a")).to_have_count(2)
        until(lambda: page.evaluate(HEADS), ["Run", "val/loss", "Curve"])


LINES = """() => [...document.querySelectorAll("thead th:not(:has(.vh))")]
    .filter((head) => /^[A-Z][a-z]+$/.test(head.innerText)).filter(function (head) {
        const text = document.createRange();
        text.selectNodeContents(head);
        return text.getClientRects().length > 1;
    }).map((head) => head.innerText)"""


def test_no_word_of_a_head_is_broken_on_paper(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 800, "height": 900}) as seen:
        page = seen.open("index.html")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint')); document.getElementById('main').style.width = '480px'")
        until(lambda: page.evaluate(LINES), [])


def test_problems_stand_in_lines_on_a_phone(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 900}) as seen:
        page = seen.open("e/study/Failed.html")
        expect(page.locator("#problems tbody tr")).to_have_count(1)
        until(lambda: page.evaluate(SCROLLS), 0)


def test_a_start_in_the_future_is_said_to_be_one(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as seen:
        page = seen.open("e/study/Queued.html")
        expect(page.locator("[data-ago]")).to_have_text("· in 3 h")
        seen.open("e/study/Failed.html")
        expect(page.locator("[data-ago]")).to_have_text("· 2 h ago")
        seen.open("e/study/index.html")
        page.locator("#runs").hover()
        expect(page.locator(".live-runs .start").filter(has_text="in 3 h")).to_have_count(1)


def test_the_tools_of_a_single_run_end_where_its_table_ends(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "runs/study/one").mkdir(parents=True)
    (tmp_path / "runs/study/one/metrics.csv").write_text("name,step,time,value,text\nval/loss,0,1.0,0.5,\n")
    assert not build(tmp_path / "runs", tmp_path / "site", now=time(), version="1").faults
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        page = seen.open("e/study/index.html")
        page.locator("#runs").hover()
        expect(page.locator("[data-runs-facets]")).to_be_hidden()
        last = page.locator(".runs-tools > :not(.chooser)").last
        right = "(node) => node.getBoundingClientRect().right"
        until(lambda: last.evaluate(right), page.locator(".runs-card").evaluate(right))
