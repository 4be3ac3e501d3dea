"""An experiment with more runs than its page loads at first: what it shows of a part is said to be of a part."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

import runpages
from runpages_site.build import build
from runpages_site.page import shards
from tests.browser.conftest import opened_by, served
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.test_groups import RESULTS, by_hand
from tests.browser.visit import Visit, until, visit

RUNS = 560
OLD = "r0003"
DAMAGED = [11, 100, 555]
FAILED = [20, 30, 40]
LOADED = re.compile(r"^Newest (\d+) of (560|600) runs\. Load all runs$")
ALL = "559 runs and 1 child run"


def write(workspace: Path) -> None:
    """Runs whose best is among the oldest, with a child that is much newer than its parent."""
    for at in range(RUNS):
        document: dict[str, Any] = {"number": at + 1, "name": f"run {at}", "params": {"rate": at % 4, "seed": at}}
        document |= {
            "created": f"2026-01-01T{at // 60:02}:{at % 60:02}:00Z",
            "tags": {"half": "old" if at < 280 else "new"},
        }
        if at < 9:
            document["tags"] = {"half": "old", "first": str(at)}
        if at in FAILED:
            document["status"] = "Failed"
        if at == RUNS - 1:
            document["parent"] = OLD
        by_hand(workspace, f"r{at:04}", [9, 1.0 if at == 7 else 2 + (at * 37 % 560) / 1000], **document)
    for at in range(40):
        by_hand(workspace, f"x{at:02}", [3], "other", name=f"other {at}", created=f"2026-01-01T{at // 5:02}:00:30Z")
    for at in DAMAGED:
        with (workspace / f"sweep/r{at:04}/metrics.csv").open("a") as file:
            file.write("no numbers\n")
    (workspace / "runpages.yml").write_text("experiments:\n  sweep:\n    metric: loss\n    goal: min\n")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shards")
    write(folder / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SIZE", 50)
        build(folder / "runs", folder / "site", now=time(), version="1")
    yield folder


@pytest.fixture
def http(workspace: Path) -> Iterator[str]:
    with served(workspace / "site") as address:
        yield address


@pytest.fixture
def file(workspace: Path) -> str:
    return (workspace / "site").as_uri() + "/"


@pytest.fixture(params=["file", "http"])
def origin(request: pytest.FixtureRequest, workspace: Path) -> Iterator[str]:
    with opened_by(request.param, workspace / "site") as address:
        yield address


@pytest.fixture
def seen(browser: Browser, file: str) -> Iterator[Visit]:
    with visit(browser, file) as opened:
        yield opened
        assert opened.problems == []


def opened(seen: Visit, state: str = "") -> Page:
    page = seen.open("e/sweep/index.html" + (state and "#?" + state))
    page.locator("#runs").hover()
    expect(page.locator("#runs-section.live-runs")).to_be_visible()
    return page


def counter(page: Page) -> Locator:
    return page.locator(".runs-count")


def names(page: Page) -> list[str]:
    return page.locator("#runs-section tbody th a").all_inner_texts()


def test_the_newest_runs_come_first_and_the_others_when_they_are_asked_for(browser: Browser, origin: str) -> None:
    with visit(browser, origin) as seen:
        page = opened(seen)
        expect(counter(page)).to_have_text(LOADED)
        assert 50 <= page.evaluate("runpages.runsTable.count") < 280
        expect(page.locator("#runs-section tbody th a").first).to_have_text("run 559")
        expect(page.locator("#runs-section td.best")).to_have_count(0)
        page.get_by_role("button", name="Load all runs").first.click()
        expect(counter(page)).to_have_text(ALL)
        assert page.evaluate("runpages.runsTable.runs.title") == [f"run {at}" for at in reversed(range(RUNS))]
        assert seen.problems == []


def test_an_order_is_over_all_runs(seen: Visit) -> None:
    page = opened(seen)
    page.locator("#runs-section thead").get_by_role("button", name="loss").first.click()
    expect(counter(page)).to_have_text(ALL)
    order = sorted(range(RUNS), key=lambda at: 1.0 if at == 7 else 2 + (at * 37 % 560) / 1000)
    until(lambda: names(page)[:5], [f"run {at}" for at in order[:5]])
    expect(page.locator("#runs-section td.best")).to_contain_text("1.0")


def test_a_query_is_over_all_runs_and_says_so_until_it_is_there(browser: Browser, http: str) -> None:
    held: list[Route] = []
    with visit(browser, http) as seen:
        page = opened(seen)
        seen.page.route("**/columns/*.js", lambda route: held.append(route))
        page.locator("#runs-query").fill("seed<9 rate:0")
        expect(counter(page)).to_have_text(re.compile(r"^Loading: \d+ of 560 runs$"))
        until(lambda: page.evaluate("1") and len(held) > 0, True)
        expect(page.locator("#runs-section tbody th a").first).to_have_text("run 559")
        seen.page.unroute("**/columns/*.js")  # What was held goes on.
        expect(counter(page)).to_have_text("3 of 560 runs and child runs")
        until(lambda: names(page), ["run 8", "run 4", "run 0"])
        page.locator("#runs-query").fill("")
        expect(counter(page)).to_have_text(ALL)
        assert seen.problems == []


def test_a_shard_that_is_missing_is_named_and_changes_nothing(browser: Browser, http: str) -> None:
    with visit(browser, http) as seen:
        page = opened(seen)
        before = page.evaluate("runpages.runsTable.count")
        seen.page.route("**/columns/*.js", lambda route: route.abort())
        page.get_by_role("button", name="Load all runs").first.click()
        expect(counter(page)).to_contain_text("This file of the site is missing")
        assert page.evaluate("runpages.runsTable.count") == before
        seen.page.unroute("**/columns/*.js")
        page.get_by_role("button", name="Load all runs").first.click()
        expect(counter(page)).to_have_text(ALL)


def test_an_address_of_which_a_shard_is_missing_shows_what_there_is(
    browser: Browser, http: str, workspace: Path
) -> None:
    with visit(browser, http) as seen:
        missing = "**/" + older(workspace / "site")[0]["file"]
        seen.page.route(missing, lambda route: route.abort())
        page = opened(seen, f"runs.sort=loss&runs.pinned={OLD},r0558&runs.columns=seed")
        expect(counter(page)).to_contain_text("This file of the site is missing")
        expect(page.locator(".pinned-runs th a")).to_have_text("run 558")
        expect(page.locator("#runs-section .table-foot")).to_contain_text("Newest first")
        expect(page.locator("#runs-section th[aria-sort]")).to_have_count(0)
        row = page.locator("#runs-section tbody tr", has=page.get_by_role("link", name="run 555", exact=True))
        row.hover()
        row.get_by_role("button", name="Pin run 555").click()
        expect(page.locator(".pinned-runs th a")).to_have_text(["run 558", "run 555"])
        assert not [problem for problem in seen.problems if ": error: " in problem]
        seen.page.unroute(missing)
        counter(page).get_by_role("button").click()
        expect(counter(page)).to_have_text(ALL)
        until(lambda: names(page)[:3], ["run 558", "run 555", "run 7"])
        expect(page.locator("#runs-section .table-foot")).to_contain_text("Sorted by loss")


def test_failed_runs_have_an_order_among_themselves(seen: Visit) -> None:
    page = opened(seen, "runs.query=status:failed&runs.sort=loss")
    until(lambda: names(page), ["run 20", "run 40", "run 30"])
    page.locator("#runs-section thead").get_by_role("button", name="loss").first.click()
    until(lambda: names(page), ["run 30", "run 40", "run 20"])


def test_facets_count_all_runs(seen: Visit) -> None:
    page = opened(seen)
    page.locator("[data-runs-facets]").click()
    page.locator(".facets-menu summary", has_text="half").click()
    expect(page.locator(".facets-menu details[open] .chip")).to_have_text(["new 280", "old 280"])
    expect(counter(page)).to_have_text(ALL)


def test_groups_are_over_all_runs_and_as_in_python(seen: Visit, workspace: Path) -> None:
    page = opened(seen)
    page.evaluate("runpages.runsTable.setGroup(['param:rate'])")
    expect(page.locator("#groups .group-row")).to_have_count(4)
    theirs = page.evaluate(RESULTS, [["param:rate"], "metric:loss", "best", "", None])
    ours = runpages.read(workspace / "runs/sweep").groups(by="rate")
    assert [(one["label"], one["members"]) for one in theirs] == [(group.label, group.n) for group in ours]
    for found, group in zip(theirs, ours, strict=True):
        assert found["spread"]["mean"] == pytest.approx(group.spread("loss", "best", goal="min").mean, rel=1e-12)


def test_what_an_address_asks_for_is_found_in_older_runs(seen: Visit) -> None:
    page = opened(seen, f"runs.pinned={OLD}")
    expect(page.locator(".pinned-runs th a")).to_have_text("run 3")
    expect(page).to_have_url(re.compile(f"runs.pinned={OLD}"))
    page = opened(seen, "runs.query=tag:first&runs.sort=-seed")
    expect(counter(page)).to_have_text("9 of 560 runs and child runs")
    until(lambda: names(page), [f"run {at}" for at in reversed(range(9))])


def test_an_id_that_no_shard_can_have_loads_none(seen: Visit) -> None:
    page = opened(seen, "runs.pinned=r0558,gone")
    expect(page.locator(".pinned-runs th a")).to_have_text("run 558")
    expect(page.locator("#said")).to_have_text("No run has the id gone")
    expect(counter(page)).to_have_text(LOADED)
    page.evaluate("location.hash = '#?runs.pinned=r0003x'")  # It may be in a shard, and is not.
    expect(page.locator("#said")).to_have_text("No run has the id r0003x")
    expect(counter(page)).to_have_text(ALL)
    expect(page).not_to_have_url(re.compile("pinned"))


def test_older_damaged_runs_have_their_mark(seen: Visit) -> None:
    page = opened(seen)
    marked = page.locator("#runs-section tbody tr", has=page.locator("[title=Damaged]"))
    until(lambda: marked.locator("th a").all_inner_texts(), ["run 555"])
    page.locator("#runs-query").fill("seed:11,12,100,555")
    until(lambda: names(page), ["run 555", "run 100", "run 12", "run 11"])
    assert marked.locator("th a").all_inner_texts() == [f"run {at}" for at in reversed(DAMAGED)]


def test_ticks_stay_and_a_file_has_all_runs(seen: Visit) -> None:
    page = opened(seen)
    page.locator("#runs-section tbody").get_by_label("Select run 558").check()
    page.locator("[data-runs-export]").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert [row["id"] for row in rows if row["id"] != "r0559"] == [f"r{at:04}" for at in reversed(range(RUNS - 1))]
    assert {row["id"]: row for row in rows}["r0007"]["loss (lowest)"] == "1"
    expect(page.locator("#runs-section tbody").get_by_label("Select run 558")).to_be_checked()
    expect(page.get_by_role("region", name="Selected runs")).to_contain_text("1 selected")


def test_charts_say_what_they_draw(seen: Visit) -> None:
    page = opened(seen)
    expect(page.locator("#charts")).not_to_contain_text("Load all runs")  # Those of the page are of all runs.
    page.locator("#charts .card-body").first.hover()
    note = page.locator("#charts .run-charts-tools > .note")
    expect(note).to_have_text(re.compile(r"The charts draw the newest \d+ of 560 runs\. Load all runs"))
    place = page.locator("#runs").bounding_box()
    note.get_by_role("button", name="Load all runs").click()
    expect(note).to_be_hidden()
    expect(counter(page)).to_have_text(ALL)
    assert page.locator("#runs").bounding_box() == place, "what is below the charts stays where the pointer expects it"


def test_nothing_moves_on_a_phone_as_the_newest_runs_come(browser: Browser, file: str) -> None:
    with visit(browser, file, viewport={"width": 340, "height": 800}) as seen:
        card = seen.open("e/sweep/index.html").locator(".runs-card")
        before = card.bounding_box()
        page = opened(seen)
        expect(counter(page)).to_have_text(LOADED)
        after = card.bounding_box()
        assert before and after and after["y"] - before["y"] <= 4
        assert seen.problems == []


@pytest.mark.parametrize("width", [390, 1440])
def test_keys_reach_the_rest_and_no_page_scrolls_sideways(browser: Browser, file: str, width: int) -> None:
    with visit(browser, file, viewport={"width": width, "height": 844}) as seen:
        page = opened(seen)
        expect(counter(page)).to_have_text(LOADED)
        assert axe_violations(page) == []
        assert page.evaluate(TOO_WIDE) == []
        counter(page).get_by_role("button").focus()
        page.keyboard.press("Enter")
        expect(counter(page)).to_have_text(ALL)
        assert page.evaluate(TOO_WIDE) == []
        assert seen.problems == []


def test_a_page_of_an_old_run_knows_its_neighbours_its_child_and_the_best(seen: Visit) -> None:
    page = seen.open(f"e/sweep/{OLD}.html")
    expect(page.locator("#next")).to_have_attribute("href", re.compile("r0004.html$"))
    expect(page.locator("#previous")).to_have_attribute("href", re.compile("r0002.html$"))
    expect(page.locator("#children tbody th a")).to_have_text("run 559")
    expect(page.locator(".delta a").first).to_have_text("run 7")
    page = seen.open("e/sweep/r0559.html")
    expect(page.locator("#previous")).to_have_attribute("href", re.compile("r0558.html$"))
    expect(page.locator(".delta a").first).to_have_text("run 7")


def test_a_group_of_a_comparison_is_of_all_runs(seen: Visit) -> None:
    page = seen.open("compare.html#?runs=sweep?rate:1 seed<20,sweep?rate:2 seed<20")
    expect(page.locator("main")).to_contain_text("against the 5 of rate:1")


def test_the_page_of_all_runs_loads_them_when_they_are_needed(seen: Visit) -> None:
    page = seen.open("runs.html")
    page.locator("#runs").hover()
    expect(counter(page)).to_have_text(LOADED)
    expect(page.locator("#runs-section tbody th a").first).to_have_text("run 559")
    page.locator("#runs-section thead").get_by_role("button", name="loss").first.click()
    expect(counter(page)).to_have_text("599 runs and 1 child run")
    until(lambda: names(page)[0], "run 7")
    expect(page.locator("#runs-section td.best")).to_contain_text("1.0")
    page.locator("#runs-query").fill("id:r0007,r0011")
    until(lambda: names(page), ["run 7", "run 11"])
    expect(page.locator("#runs-section tbody tr", has=page.locator("[title=Damaged]"))).to_contain_text("run 11")
    page.locator("#runs-section tbody th a", has_text="run 7").click()
    expect(page).to_have_url(re.compile("e/sweep/r0007.html"))
    page.go_back()
    expect(counter(page)).to_have_text("2 of 600 runs and child runs")
    until(lambda: names(page), ["run 7", "run 11"])


def test_without_scripts_the_page_counts_all(browser: Browser, file: str) -> None:
    with visit(browser, file, java_script_enabled=False) as seen:
        page = seen.open("e/sweep/index.html")
        expect(counter(page)).to_have_text("559 runs and 1 child run")


@pytest.mark.often
def test_new_runs_leave_older_shards_as_they_are(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SIZE", 50)
    runs, site = tmp_path / "runs", tmp_path / "site"
    write(runs)
    build(runs, site, now=1.8e9, version="1")
    before = older(site)
    assert len(before) > 2
    params = {"rate": 1.5, "more": "x"}
    by_hand(runs, "r0560", [9, 0.5], number=561, name="new", params=params, created="2026-01-02T00:00:00Z")
    build(runs, site, now=1.8e9, version="1")
    assert older(site)[-len(before) :] == before
    build(runs, tmp_path / "clean", now=1.8e9, version="1")
    assert content(site) == content(tmp_path / "clean")


def older(site: Path) -> list[dict[str, Any]]:
    """The older shards of the experiment."""
    text = (site / "e/sweep/runs.js").read_text("utf-8")
    found: list[dict[str, Any]] = json.loads(text[text.index(",") + 1 : text.rindex(")")])["shards"]
    assert all((site / "e/sweep" / one["file"]).is_file() for one in found)
    return found


def content(site: Path) -> dict[str, bytes]:
    paths = (path for path in (site / "e").rglob("*") if path.is_file())
    return {str(path.relative_to(site)): path.read_bytes() for path in paths}
