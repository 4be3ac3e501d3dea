"""The search: what it finds, what it loads for that, and what it says of the rest."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

import runpages
from runpages_site import logged
from runpages_site.build import build
from runpages_site.model import ExperimentSummary
from runpages_site.page import entry_of, search_blocks, search_entry, search_scripts
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, before_scripts, until, visit
from tests.generator.test_data import run as summary

LARGE = 6_000
BLOCKS = re.compile(r"/search-\d+\.js")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten experiments, so that there are filters."""
    folder = tmp_path_factory.mktemp("search")
    for at, name in enumerate(("ash", "birch", "cedar", "elm", "fir", "larch", "oak", "pine", "willow", "yew")):
        experiment = f"study-{at}"
        tags = {"baseline": None, "city": "Zürich"} if at == 3 else {}
        with runpages.start(
            experiment, root=folder / "runs", name=f"trial {name}", tags=tags, params={"lr": at / 10}
        ) as run:
            run.log(f"metric{at}/loss", 0.5)
            if at == 4:
                run.description = "Is *less* regularisation better, or is it the schedule?"
    (folder / "runs/study-5/README.md").write_text("# Five\n\nAll about ptarmigans & <b>rocks</b>, in trial larch.\n")
    assert not build(folder / "runs", folder / "site", now=time(), version="1").problems
    assert (folder / "site/search/0.js").exists()
    return folder / "site"


@pytest.fixture(scope="module")
def large(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same site, where an experiment with thousands of runs is searched."""
    folder = tmp_path_factory.mktemp("large") / "site"
    shutil.copytree(site, folder)
    runs = [
        summary(
            f"run-{at}",
            0.5,
            title=f"trial {at}",
            number=at,
            started=1e9 + at,
            params={"seed": at % 7, "text": f"{at:080d}"},
        )
        for at in range(LARGE, 0, -1)
    ]
    experiment = ExperimentSummary("e/x/index.html", "x", None, None, {}, tuple(runs), "loss", "min")
    blocks = search_blocks(experiment)
    (folder / "e/x").mkdir()
    for at, block in enumerate(blocks):
        (folder / f"e/x/search-{at}.js").write_bytes(block.script)
    for path, data in search_scripts(
        [entry_of(experiment, search_entry(experiment, logged.of(runs), [block.entry for block in blocks]))]
    ):
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/") as seen:
        seen.open("e/study-1/index.html")
        yield seen
        assert seen.problems == []


def ask(page: Page, query: str) -> Locator:
    """Type a query as a reader does; gives the line below the hits once all is searched that will be."""
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.press("Control+a")
    page.keyboard.type(query)
    line = page.locator(".found .rest")
    expect(line).to_contain_text("run")
    return line


def titles(page: Page) -> Locator:
    return page.locator(".found .title")


def test_all_that_a_run_or_an_experiment_is_known_by_is_found(seen: Visit) -> None:
    page = seen.page
    for query, found, marked in (
        ("trial pine", ["trial pine"], []),
        ("study-8", ["study-8", "trial willow"], []),
        ("metric6/", ["study-6", "trial oak"], ["metric=metric6/loss"] * 2),
        ("lr:0.2", ["trial cedar"], ["lr=0.2"]),
        ("tag:base", ["study-3", "trial elm"], ["tag=baseline"] * 2),
        ("zürich", ["trial elm"], ["city=Zürich"]),
        ("schedule", ["trial fir"], ["schedule"]),
        ("ptarmigan", ["study-5"], ["ptarmigan"]),
        ("status:completed lr:0.9", ["trial yew"], ["status=Completed", "lr=0.9"]),
    ):
        expect(ask(page, query), query).to_have_text(f"{len(found)} found in 10 runs")
        expect(titles(page), query).to_have_text(found)
        expect(page.locator(".found mark"), query).to_have_text(marked)
    ask(page, "ptarmigan")
    expect(page.locator(".found .note")).to_contain_text("about ptarmigans & <b>rocks")


def test_what_is_nowhere_is_not_found_and_nothing_is_loaded_for_it(seen: Visit) -> None:
    # The newest runs are loaded before a word is there.
    expect(ask(seen.page, "w")).to_contain_text("in 10 runs")
    loaded: list[str] = []
    seen.page.on("request", lambda request: loaded.append(request.url))
    expect(ask(seen.page, "wxyzzy")).to_have_text("No matches in 10 runs. Logs are not searched.")
    assert [one for one in loaded if "search-0.js" in one] == []


def test_a_metric_leads_to_its_experiment_by_the_keyboard(seen: Visit) -> None:
    page = seen.page
    expect(ask(page, "metric2/loss")).to_have_text("2 found in 10 runs")
    expect(page.locator("[aria-selected=true] .title")).to_have_text("study-2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/e/study-2/index.html")


def test_enter_before_the_hits_opens_the_first_of_them(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as seen:
        page = seen.open("index.html")
        with before_scripts(page):
            page.keyboard.press("/")
            page.keyboard.type("trial cedar")
            page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("trial cedar")


def test_enter_waits_for_a_run_of_that_very_name(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as seen:
        held: list[Route] = []
        seen.page.route(BLOCKS, lambda route: held.append(route))
        page = seen.open("index.html")
        page.keyboard.press("/")
        page.keyboard.type("trial larch")
        expect(titles(page)).to_have_text(["study-5"])
        page.keyboard.press("Enter")
        page.unroute(BLOCKS)  # What was held goes on.
        expect(page.locator("h1")).to_have_text("trial larch")
        assert seen.problems == []


def test_enter_without_hits_opens_nothing_later(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as seen:
        page = seen.open("index.html")
        expect(ask(page, "wxyzzy")).to_contain_text("No matches")
        page.keyboard.press("Enter")
        expect(ask(page, "cedar")).to_have_text("1 found in 10 runs")
        assert page.url.endswith("index.html")


def test_of_many_runs_the_newest_are_searched_and_the_others_on_demand(browser: Browser, large: Path) -> None:
    with visit(browser, large.as_uri() + "/") as seen:
        loaded: list[int] = []
        seen.page.on("request", lambda request: loaded.append(_size(request.url)))
        page = seen.open("index.html")
        line = ask(page, "seed:3")
        expect(line).to_contain_text("20 of ")
        newest = next(at for at in range(LARGE, 0, -1) if at % 7 == 3)
        expect(titles(page).first).to_have_text(f"trial {newest}")
        assert sum(loaded) < 500_000 < sum(one.stat().st_size for one in large.glob("e/x/search-*.js"))
        rest = page.get_by_role("option", name="Search the other")
        expect(rest).to_be_visible()
        page.keyboard.press("ArrowUp")
        expect(rest).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Enter")
        expect(line).to_have_text("20 of 857 found in 6000 runs")
        expect(rest).to_have_count(0)
        assert seen.problems == []


def test_one_of_many_runs_is_found_with_few_of_the_scripts(browser: Browser, large: Path) -> None:
    with visit(browser, large.as_uri() + "/") as seen:
        page = seen.open("index.html")
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        expect(ask(page, "run-17")).to_contain_text("found in")
        expect(titles(page).first).to_have_text("trial 17")
        assert len([one for one in loaded if "/e/x/" in one]) <= 6
        assert seen.problems == []


def test_what_the_newest_runs_answer_needs_no_filters(browser: Browser, large: Path) -> None:
    with visit(browser, large.as_uri() + "/") as seen:
        loaded: list[str] = []
        seen.page.on("request", lambda request: loaded.append(request.url))
        expect(ask(seen.open("index.html"), "seed")).to_contain_text("of 6000 runs")
        assert [url for url in loaded if "/search/" in url] == []
        assert len([url for url in loaded if "/e/x/" in url]) == 1
        assert seen.problems == []


def _size(url: str) -> int:
    return Path(url.removeprefix("file://")).stat().st_size if "search" in url else 0


def test_a_missing_block_hides_no_other_hits(browser: Browser, site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "site")
    (tmp_path / "site/e/study-3/search-0.js").unlink()
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        page = seen.open("index.html")
        expect(ask(page, "trial")).to_have_text("10 found in 10 runs")  # And an experiment.


def test_a_tap_opens_the_search_on_a_phone(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 800}, has_touch=True) as seen:
        page = seen.open("index.html")
        box = page.locator(".search").bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 24
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator("#search")).to_be_focused()
        page.keyboard.type("willow")
        page.get_by_role("option", name="trial willow").tap()
        page.wait_for_url("**/e/study-8/*")
        assert seen.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_hits_are_accessible_and_fit_a_phone(browser: Browser, large: Path, theme: str, width: int) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": theme}
    with visit(browser, large.as_uri() + "/", **options) as seen:
        page = seen.open("index.html")
        ask(page, "seed:3")
        expect(page.get_by_role("option", name="Search the other")).to_be_visible()
        until(lambda: page.evaluate(TOO_WIDE), [])
        assert axe_violations(page) == []
        assert seen.problems == []
