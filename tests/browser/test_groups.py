"""Groups of runs on the page of an experiment, and the verdicts on them: the same as in Python, for every reader."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

import runpages
from runpages.groups import Groups
from runpages_site.build import build
from tests.browser.conftest import opened_by
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

HOSTILE = '<img src=x onerror="window.__pwned = 1">__proto__\'"&'
SETTINGS = """
experiments:
  sweep:
    metric: loss
    goal: min
    tolerance: {loss: 0.05}
"""

# What the page says of each group, from the model that it shows, in full precision.
RESULTS = """async ([by, metric, value, label, pairBy]) => {
    const { runsTable: model, groupValues } = runpages;
    await model.ready;
    const columns = await Promise.all(by.map(key => model.load(key)));
    const groups = groupValues.grouped(columns, model.count);
    const { numbers } = await model.load(metric, value);
    const { numbers: any } = await model.load(metric, "max");
    const counts = groupValues.results(model.runs.kind, model.parents, any);
    const { goal, tolerance } = model.column(metric);
    const reference = groups.find(group => group.label === label) || null;
    const how = { reference, goal, tolerance, pairBy: pairBy && await model.load(pairBy) };
    return groupValues.judged(groups, counts, numbers, how).map(({ group, spread, verdict }) =>
        ({ label: group.label, members: group.members.length, spread, verdict }));
}"""


def by_hand(workspace: Path, id: str, values: list[float], experiment: str = "sweep", **document: Any) -> None:
    folder = workspace / experiment / id
    folder.mkdir(parents=True)
    points = "".join(f"loss,{step},{value}\n" for step, value in enumerate(values))
    (folder / "metrics.csv").write_text("name,step,value\n" + points, encoding="utf-8")
    document = {"format": 1, "id": id, "status": "Completed", **document}
    (folder / "run.json").write_text(json.dumps(document), encoding="utf-8")


def write(workspace: Path) -> None:
    """Six seeds of each of four rates, of which 0.1 wins by the last value and 1 by the best; and odd ones."""
    draw = random.Random(4)
    number = 0
    for rate, last, best in ((0.01, 5.0, 4.8), (0.1, 4.0, 3.9), (1, 6.0, 3.0), (1e-05, 5.0, 4.8)):
        for seed in range(6):
            noise = draw.gauss(0, 0.2 if rate != 1e-05 else 0.001) + seed / 50
            number += 1
            params, tags = {"rate": rate, "seed": seed}, {"half": str(seed % 2)}
            values = [9, best + noise, last + noise]
            name = f"rate {rate} seed {seed}"
            by_hand(workspace, f"2026-{number:03}", values, number=number, name=name, params=params, tags=tags)
    odds: list[dict[str, Any]] = [
        {"params": {"rate": 1}, "status": "Failed"},
        {"params": {"rate": 10.0, "seed": 7}},
        {"params": {"rate": 10, "seed": 8}, "tags": {"half": HOSTILE}},
        {"params": {"seed": 9}, "tags": {"half": ""}},
        {"params": {"rate": 0.1}, "parent": "2026-007"},
    ]
    for odd, document in enumerate(odds):
        by_hand(workspace, f"2027-{odd:03}", [9, 1, 1 + odd / 10], number=100 + odd, name=f"odd {odd}", **document)
    (workspace / "runpages.yml").write_text(SETTINGS, encoding="utf-8")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("groups")
    write(folder / "runs")
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder


@pytest.fixture(params=["file", "http"])
def origin(request: pytest.FixtureRequest, workspace: Path) -> Iterator[str]:
    with opened_by(request.param, workspace / "site") as address:
        yield address


@pytest.fixture
def file(workspace: Path) -> str:
    return (workspace / "site").as_uri() + "/"


@pytest.fixture
def seen(browser: Browser, file: str) -> Iterator[Visit]:
    with visit(browser, file) as opened:
        yield opened
        assert opened.problems == []


def opened(seen: Visit, state: str = "runs.group=rate") -> Page:
    """The page with this state, when its groups are there."""
    page = seen.open("e/sweep/index.html" + (state and "#?" + state))
    page.locator("#runs").hover()
    if "runs.group" in state:
        expect(rows(page).first).to_be_visible()
    return page


def rows(page: Page) -> Locator:
    return page.locator("#groups .group-row")


def row(page: Page, label: str) -> Locator:
    return rows(page).filter(has=page.locator("th b", has_text=re.compile(f"^{re.escape(label)}$")))


def said(page: Page) -> list[str]:
    return rows(page).all_inner_texts()


def grouped(workspace: Path, by: str = "rate") -> Groups:
    return runpages.read(workspace / "runs").groups(by=by)


# --- the numbers -----------------------------------------------------------------------------------------


def assert_close(theirs: Any, ours: Any) -> None:
    if ours is None or isinstance(ours, str | int):
        assert theirs == ours
    elif isinstance(ours, float):
        assert math.isclose(theirs, ours, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(ours) and math.isnan(theirs))
    else:
        for key, value in ours._asdict().items():
            assert_close(theirs[key], value)


def test_groups_and_verdicts_are_those_of_python(seen: Visit, workspace: Path) -> None:
    page, ours, words = opened(seen), grouped(workspace), set()
    for value, pair_by in itertools.product(["last", "best", "min", "max"], [None, "seed"]):
        theirs = page.evaluate(RESULTS, [["param:rate"], "metric:loss", value, "0.01", pair_by and f"param:{pair_by}"])
        verdicts = ours.verdicts("0.01", "loss", value, goal="min", tolerance=0.05, pair_by=pair_by)
        assert [one["label"] for one in theirs] == [group.label for group in ours]
        for found, group in zip(theirs, ours, strict=True):
            assert found["members"] == group.n
            assert_close(found["spread"], group.spread("loss", value, goal="min"))
            assert_close(found["verdict"], verdicts.get(group.label))
        words |= {one.word for one in verdicts.values()}
    assert words == {"better", "worse", "same", "unknown"}


def test_numbers_of_a_thousand_members_are_those_of_numpy(browser: Browser, tmp_path: Path) -> None:
    draw = random.Random(6)
    values = [float(repr(1e6 + draw.gauss(0, 1))) for _ in range(1000)]
    for at, value in enumerate(values):
        by_hand(tmp_path / "runs", f"r{at:04}", [value], params={"arm": "a", "seed": at})
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        page = opened(seen, "runs.group=arm")
        (found,) = page.evaluate(RESULTS, [["param:arm"], "metric:loss", "last", "", None])
        array = np.array(values)
        assert found["members"] == found["spread"]["n"] == 1000
        assert found["spread"]["mean"] == pytest.approx(np.mean(array), rel=1e-14)
        assert found["spread"]["sd"] == pytest.approx(np.std(array, ddof=1), rel=1e-9)
        assert (found["spread"]["least"], found["spread"]["most"]) == (array.min(), array.max())
        expect(rows(page)).to_contain_text(f"{np.mean(array):,.1f}\u2009±\u2009{np.std(array, ddof=1):.1f}")
        row(page, "a").get_by_role("button", name="Members of a").click()
        expect(page.locator(".member-row")).to_have_count(25)
        assert page.locator("#groups *").count() < 1000
        assert seen.problems == []


def test_a_value_at_a_step_is_taken_from_the_points(seen: Visit, workspace: Path) -> None:
    page = opened(seen, "runs.group=rate&groups.value=step&groups.step=1")
    expect(row(page, "0.1").locator(".mean-cell")).to_contain_text("±")
    for group in grouped(workspace):
        spread = group.spread("loss", at=1)
        if spread.n > 1:
            texts = row(page, group.label).locator(".mean-cell").inner_text().split("±")
            assert [float(text) for text in texts] == pytest.approx([spread.mean, spread.sd], abs=0.001)
    expect(page.locator("#groups thead")).to_contain_text("at step 1, mean ± sd")


# --- what is shown ---------------------------------------------------------------------------------------


def test_groups_are_in_the_order_of_their_values_and_what_has_none_is_last(seen: Visit) -> None:
    page = opened(seen)
    expect(rows(page).locator("th b")).to_have_text(["1e-05", "0.01", "0.1", "1", "10", "not set"])
    expect(page.locator("#groups [data-foot]")).to_have_text("6 groups, 29 runs")
    expect(page.locator("#groups [data-foot-note]")).to_have_text(
        "2 runs without a value that counts, such as failed ones, left out · sd over runs, n − 1"
    )
    # The failed run and the child of a run with a value do not count.
    expect(row(page, "1").locator("td").first).to_contain_text("6 of 7")
    expect(row(page, "1").locator(".counts")).to_have_text(re.compile("6 completed.*1 failed"))
    expect(row(page, "0.1").locator("td").first).to_contain_text("6 of 7")


def test_a_query_hides_groups_and_members_and_changes_no_number(seen: Visit) -> None:
    page = opened(seen, "runs.group=rate&groups.reference=0.01")
    expect(page.locator("#groups .verdict")).to_have_count(5)
    before = {label: row(page, label).locator("td:not(:nth-child(2))").all_inner_texts() for label in ("0.01", "0.1")}
    page.evaluate("runpages.runsTable.setQuery('rate:0.01,0.1 seed<2')")
    expect(rows(page)).to_have_count(2)
    expect(row(page, "0.01").locator("td").first).to_contain_text("6, 2 shown")
    expect(row(page, "0.1").locator("td").first).to_contain_text("6 of 7, 2 shown")
    for label, texts in before.items():
        expect(row(page, label).locator("td:not(:nth-child(2))")).to_have_text(texts, use_inner_text=True)
    expect(page.locator("#groups [data-count]")).to_have_text(
        "2 of 6 groups of 29 runs; numbers over all of them, 4 shown"
    )
    expect(page.locator("#groups [data-foot]")).to_have_text(
        "6 groups, 29 runs; 4 hidden by the query, which changes no number"
    )
    row(page, "0.1").get_by_role("button", name="Members of 0.1").click()
    expect(page.locator(".member-row a")).to_have_text(["rate 0.1 seed 1", "rate 0.1 seed 0"])


def test_last_and_best_flip_the_ranks_and_the_panel_says_so(seen: Visit) -> None:
    page = opened(seen, "runs.group=rate&groups.reference=0.01&groups.chosen=1")
    panel = page.locator("#groups .verdict-panel")
    expect(panel.locator(".panel-title")).to_have_text("1 is worse than 0.01")
    expect(panel).to_contain_text("Beats0 of 36 pairs a run of 1 below one of 0.01")
    expect(panel.locator(".trust")).to_contain_text("The ranks flip. By the best value 10 still leads, 1 is third, ")
    expect(panel.locator(".trust")).to_contain_text(", and 1 is better than 0.01.")
    expect(panel.locator(".trust")).to_contain_text("Not all runs count. 1 run of 1:")
    expect(panel).to_contain_text(
        re.compile(r"p < 0\.001 Welch; < 0\.001 after Holm over 3; exact permutation 0\.002, 924 splits of 6 \+ 6")
    )
    expect(panel).to_contain_text("Picked from27 runs in 6 groups")
    page.locator("#groups .segments").get_by_text("Best", exact=True).click()
    expect(panel.locator(".panel-title")).to_have_text("1 is better than 0.01")
    expect(row(page, "1").locator(".verdict")).to_have_text("▼better")
    expect(page.locator("#groups thead")).to_contain_text("min (best), mean ± sd")
    expect(page.locator("#groups")).not_to_contain_text("*", use_inner_text=True)


def test_a_group_that_still_leads_is_not_said_to_have_moved(browser: Browser, tmp_path: Path) -> None:
    for rate, last, best in ((1, 1.0, 0.9), (2, 2.0, 1.9), (3, 3.0, 1.5)):
        for seed in range(4):
            values = [9, best + seed / 100, last + seed / 100]
            by_hand(tmp_path / "runs", f"{rate}-{seed}", values, params={"rate": rate, "seed": seed})
    (tmp_path / "runs" / "runpages.yml").write_text(SETTINGS, encoding="utf-8")
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        page = opened(seen, "runs.group=rate&groups.reference=2&groups.chosen=1")
        trust = page.locator("#groups .trust")
        expect(trust).to_contain_text("The ranks flip. By the best value 1 still leads, 3 is second, 2 is third.")
        assert seen.problems == []


def test_long_names_of_groups_stay_within_the_drawing_of_ranks(browser: Browser, tmp_path: Path) -> None:
    for at, name in enumerate(("WWWWWWWWWWWWWWWWWWWWWWWW", "a name that is long enough to be cut", "short")):
        for seed in range(3):
            values = [9, at + seed / 100, 2.0 + at + seed / 100]
            by_hand(tmp_path / "runs", f"{at}-{seed}", values, params={"rate": name, "seed": seed})
    (tmp_path / "runs" / "runpages.yml").write_text(SETTINGS, encoding="utf-8")
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        page = opened(seen, "runs.group=rate&groups.reference=short")
        slope = page.locator("#groups .slope")
        edges = slope.evaluate("""(node) => {
            const { left, right } = node.parentElement.getBoundingClientRect();
            const boxes = [...node.querySelectorAll("text")].map((one) => one.getBoundingClientRect());
            return boxes.flatMap((one) => [one.left - left, right - one.right]);
        }""")
        assert min(edges) >= 0, edges
        expect(slope).to_contain_text("a name")
        assert seen.problems == []


def test_each_verdict_has_its_word_sign_and_reason(seen: Visit) -> None:
    page = opened(seen, "runs.group=rate&groups.reference=0.01")
    expect(row(page, "0.01").locator(".tag")).to_have_text("ref")
    expect(row(page, "0.1").locator(".verdict")).to_have_text("▼better")
    expect(row(page, "1").locator(".verdict")).to_have_text("▲worse")
    expect(row(page, "10").locator(".verdict-cell")).to_contain_text(re.compile("can’t tell.*needs .* more runs"))
    assert row(page, "10").locator(".untested, .hollow").count() == 2
    assert row(page, "0.1").locator(".untested, .hollow").count() == 0
    assert page.locator("#groups tbody .zone").count() == 6
    row(page, "not set").get_by_role("button", name="can’t tell").click()
    expect(page.locator(".panel-title")).to_have_text("not set can’t be told from 0.01")
    expect(page.locator(".verdict-panel")).to_contain_text("Three against three cannot reach p < 0.1.")


def test_pairs_are_asked_for(seen: Visit) -> None:
    page = opened(seen, "runs.group=rate&groups.reference=0.01&groups.chosen=0.1")
    panel = page.locator(".verdict-panel")
    expect(panel).to_contain_text("Pairsnot paired")
    page.get_by_label("Pair by").select_option("seed")
    expect(panel).to_contain_text("Pairs6 by seed")
    expect(page.locator("#groups thead")).to_contain_text("paired t")
    row(page, "0.1").get_by_role("button", name="Members of 0.1").click()
    expect(page.locator(".member-row", has_text="rate 0.1 seed 3")).to_contain_text("seed 3")
    page.wait_for_url("**&groups.pair=seed*")


def test_names_are_text(seen: Visit) -> None:
    page = opened(seen, "runs.group=half")
    assert set(rows(page).locator("th b").all_inner_texts()) == {"0", "1", HOSTILE, "(empty)", "not set"}
    page.get_by_label("Reference").select_option(HOSTILE)
    expect(row(page, HOSTILE).locator(".tag")).to_have_text("ref")
    expect(page.locator(".verdict-panel")).to_be_visible()
    assert page.evaluate("window.__pwned") is None


# --- how it is used --------------------------------------------------------------------------------------


def test_all_that_is_chosen_is_in_the_address(browser: Browser, origin: str, workspace: Path) -> None:
    with visit(browser, origin) as seen:
        page = opened(seen, "")
        page.get_by_role("button", name="Group", exact=True).click()
        page.get_by_label("rate", exact=True).check()
        page.get_by_label("half tag").check()
        page.keyboard.press("Escape")
        page.get_by_label("half tag").wait_for(state="detached")
        page.locator("#groups .segments").get_by_text("Best", exact=True).click()
        page.get_by_label("Reference").select_option("0.01, 0")
        row(page, "1, 1").locator(".verdict").click()
        expect(page.locator(".panel-title")).to_contain_text("1, 1 can’t be told from 0.01, 0")

        page.wait_for_url("**groups.chosen=1*")
        texts, url = said(page), page.url
        assert len(texts) > 8
        with visit(browser, origin) as other:
            pasted = other.open(url.removeprefix(origin))
            expect(rows(pasted)).to_have_count(len(texts))
            until(lambda: said(pasted), texts)
            expect(pasted.locator(".panel-title")).to_contain_text("1, 1 can’t be told from 0.01, 0")
            expect(pasted).to_have_url(url)
            assert other.problems == []
        page.reload()
        expect(rows(page)).to_have_count(len(texts))
        until(lambda: said(page), texts)
        page.evaluate("location.hash = 'elsewhere'")
        expect(page.locator("#groups")).to_be_hidden()
        page.go_back()
        expect(page.locator("#groups")).to_be_visible()
        expect(rows(page)).to_have_count(len(texts))
        until(lambda: said(page), texts)
        assert seen.problems == []


def test_boxes_of_groups_tick_their_members(seen: Visit) -> None:
    page = opened(seen)
    box = row(page, "1").get_by_role("checkbox")
    row(page, "1").get_by_role("button", name="Members of 1").click()
    members = page.locator(".member-row").get_by_role("checkbox")
    box.check()
    expect(members).to_have_count(7)
    expect(page.get_by_role("region", name="Selected runs")).to_contain_text("7 selected")
    until(lambda: all(one.is_checked() for one in members.all()), True)
    members.first.uncheck()
    expect(page.get_by_role("region", name="Selected runs")).to_contain_text("6 selected")
    until(lambda: box.evaluate("one => [one.checked, one.indeterminate]"), [False, True])
    page.get_by_role("region", name="Selected runs").get_by_role("button", name="Clear").click()
    until(lambda: box.evaluate("one => [one.checked, one.indeterminate]"), [False, False])


def test_open_groups_and_more_rows_are_in_the_address(browser: Browser, tmp_path: Path) -> None:
    for at in range(60):
        params = {"at": at, "half": "" if at % 2 else "a, b"}
        by_hand(tmp_path / "runs", f"r{at:02}", [at], params=params, number=at + 1, name=f"run {at}")
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    origin = (tmp_path / "site").as_uri() + "/"
    with visit(browser, origin) as seen:
        page = opened(seen, "runs.group=half")
        for name in ("Members of a, b", "Members of"):
            page.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("button", name="Show more of 30 members").first.click()
        members = page.locator(".member-row")
        expect(members).to_have_count(60)
        page.wait_for_function("() => /groups.open=.*,.*&groups.rows=50/.test(location.hash)")
        with visit(browser, origin) as other:
            copy = other.open(page.url.removeprefix(origin))
            expect(copy.locator(".member-row")).to_have_count(60)
            assert other.problems == []
        page.get_by_role("button", name="Members of a, b").click()
        expect(members).to_have_count(30)
        assert seen.problems == []


def test_an_address_with_what_is_not_there_shows_what_is(seen: Visit) -> None:
    page = opened(seen, "runs.group=gone,rate&groups.reference=7&groups.metric=acc&groups.value=median&groups.pair=x")
    expect(rows(page)).to_have_count(6)
    expect(page.get_by_label("Reference")).to_have_value("")
    expect(page.locator("#groups thead")).to_contain_text("last, mean ± sd")


def test_keys_alone_reach_all_of_it(seen: Visit) -> None:
    page = opened(seen, "")
    button = page.locator("#runs-group button").first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_placeholder("Find a parameter or tag")).to_be_focused()
    page.keyboard.type("rat")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(rows(page)).to_have_count(6)
    page.get_by_label("Reference").focus()
    page.keyboard.type("0.01")
    expect(page.locator("#groups .verdict")).to_have_count(5)
    opener = row(page, "0.1").get_by_role("button", name="Members of 0.1")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".member-row")).to_have_count(7)
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    verdict = row(page, "1").locator(".verdict")
    verdict.focus()
    page.keyboard.press("Enter")
    expect(verdict).to_have_attribute("aria-pressed", "true")
    expect(verdict).to_be_focused()


def test_the_list_of_groups_opens_only_with_names_in_it(browser: Browser, origin: str) -> None:
    held: list[Route] = []
    with visit(browser, origin) as seen:
        seen.page.route("**/columns.js*", lambda route: held.append(route))
        page = opened(seen, "")
        until(lambda: page.evaluate("1") and len(held), 1)  # Requests are heard of while the page is asked something.
        button = page.locator("#runs-group button").first
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "false")
        held[0].continue_()
        expect(page.get_by_label("rate", exact=True)).to_be_visible()
        assert seen.problems == []


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(browser: Browser, file: str, theme: Any, width: int) -> None:
    with visit(browser, file, viewport={"width": width, "height": 900}, color_scheme=theme) as seen:
        page = opened(seen, "runs.group=rate&groups.reference=0.01&groups.value=best")
        row(page, "0.1").get_by_role("button", name="Members of 0.1").click()
        assert axe_violations(page) == []
        assert page.evaluate(TOO_WIDE) == []
        page.locator("#runs-group button").first.click()
        assert axe_violations(page) == []
        page.keyboard.press("Escape")
        page.get_by_label("Reference").select_option("")
        expect(page.locator("#groups .verdict")).to_have_count(0)
        assert axe_violations(page) == []
        assert seen.problems == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_reference_is_marked_in_the_line_of_its_name(browser: Browser, file: str, width: int) -> None:
    with visit(browser, file, viewport={"width": width, "height": 900}) as seen:
        page = opened(seen, "runs.group=rate&groups.reference=0.01")
        mark = page.locator("#groups tbody th", has=page.get_by_text("ref", exact=True))
        name, tag, cell = (one.bounding_box() for one in (mark.locator("b"), mark.locator(".tag"), mark))
        assert name and tag and cell
        assert abs((name["y"] + name["height"] / 2) - (tag["y"] + tag["height"] / 2)) < 2
        assert tag["y"] >= cell["y"] and tag["y"] + tag["height"] <= cell["y"] + cell["height"]
        assert seen.problems == []


def test_a_phone_shows_a_group_in_three_lines(browser: Browser, file: str) -> None:
    with visit(browser, file, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as seen:
        page = opened(seen, "runs.group=rate&groups.reference=0.01")
        group = row(page, "0.1")
        expect(page.locator("#groups .verdict")).to_have_count(5)
        name, mean, interval, verdict = (
            group.locator(one).bounding_box() for one in ("th b", ".mean-cell", "td.interval-cell", ".verdict")
        )
        assert name and mean and interval and verdict
        assert abs(name["y"] - mean["y"]) < 10
        assert name["y"] + name["height"] <= interval["y"]
        assert interval["y"] + interval["height"] <= verdict["y"] + 4
        assert mean["x"] + mean["width"] <= 390
        expect(group.locator(".strip-cell")).to_be_hidden()
        assert seen.problems == []


def test_without_scripts_there_are_no_groups(browser: Browser, file: str) -> None:
    with visit(browser, file, java_script_enabled=False) as seen:
        page = seen.open("e/sweep/index.html")
        expect(page.locator("#groups")).to_be_hidden()
