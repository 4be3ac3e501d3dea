"""The table of an experiment's runs under real hands: order, query, columns, selection, links, keys; without a host."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.probe import axe_violations
from tests.browser.visit import HURRY, Visit, before_scripts, until, visit
from tests.generator.test_data import put

RUNS = 60
ALL = f"{RUNS} runs and 2 child runs"
RATES = (0.001, 0.01, 0.1)
OPTIMIZERS = ("adam", "sgd", 'a, "quoted" one')
HOSTILE = "<img src=x onerror=alert(1)> & 50%_$ | שלום"
PAGE = "e/sweep/index.html"
SETTINGS = """
experiments:
  sweep:
    views:
      - name: Only adam
        query: optimizer:adam
        sort: [-loss, lr]
        columns: [lr, loss.last]
        group: [lr]
"""

# Where the heads and the cells of the first rows are, and what they say; but for the word beside the best value.
BOXES = """() => [...document.querySelectorAll(
    ".runs thead th, .runs tbody:not([aria-hidden]) tr:nth-child(-n + 8) > :is(th, td)")].map(function (one) {
        const { left, top } = one.getBoundingClientRect();
        return [Math.round(left), Math.round(top), one.innerText.split("best").pop().replace(/\\d+ s ago/, "").trim()];
    })"""

# The names of the pinned runs in sight, and what has the focus below them or the head.
SIGHT = """() => [...document.querySelectorAll(".pinned-runs tr")].filter(function (row) {
    const { left, top, height } = row.querySelector("a").getBoundingClientRect();
    return row.contains(document.elementFromPoint(left + 2, top + height / 2));
}).map((row) => row.querySelector("a").textContent)"""
HIDDEN = """() => {
    const node = document.activeElement;
    if (!node.closest(".runs tbody")) return "";
    const { left, right, top, bottom } = node.getBoundingClientRect();
    const found = document.elementFromPoint(Math.max(left, 0) + 8, (top + bottom) / 2);
    return node.contains(found) || found?.contains(node) ? "" : node.outerHTML + found?.outerHTML;
}"""

# Where the row that has the focus is, from the top of the window.
PLACE = """() => {
    const row = document.activeElement;
    return [row.querySelector("a").textContent, Math.round(row.getBoundingClientRect().top)];
}"""

FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
DRAWN = "() => runpages.runsTable.chosen.every((one) => runpages.runsTable.values(one.key, one.aggregate))"


def _log(run: runpages.Run, at: int) -> None:
    for step in range(3):
        run.log("loss", loss(at) + 2 - step, step=step)
        run.log("accuracy", (at % 7) / 7 + step / 100, step=step)
    if at == 5:
        run.log("loss", float("nan"), step=3)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty runs of a sweep, one of them with a hostile name, one that failed, and one with two children."""
    folder = tmp_path_factory.mktemp("runs")
    root = folder / "runs"
    for at in range(RUNS):
        params = {"lr": RATES[at % 3], "optimizer": OPTIMIZERS[at // 3 % 3], "seed": at, "model": {"width": 64}}
        name = HOSTILE if at == 1 else f"run-{at}"
        tags = {"base": None} if at % 20 == 0 else {"note <b>": "first & last"}
        note = "Kept for the paper, see figure 2" if at == 6 else None
        run = runpages.start("sweep", name=name, params=params, tags=tags, description=note, root=root)
        _log(run, at)
        if at == 8:
            for fold in range(2):
                with run.child_run(name=f"fold-{fold}") as child:
                    child.log_params({"model": {"width": 64}})
                    child.log("loss", 9.0 + fold)
        if at == 2:
            run.fail("out of memory")
        else:
            run.complete()
    (root / "runpages.yml").write_text(SETTINGS)
    build(root, folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(
        browser, site.as_uri() + "/", color_scheme="light", permissions=["clipboard-write", "clipboard-read"]
    ) as opened:
        yield opened
        assert opened.problems == []


def drawn(page: Page) -> None:
    """Wait until the rows have boxes and the values of all columns."""
    page.locator(".runs .tick input").first.wait_for(state="attached")
    page.wait_for_function(DRAWN)
    page.evaluate(FRAMES)


def live(seen: Visit, state: str = "") -> Page:
    """Open the page with a state, touch the table and wait until it is drawn."""
    page = seen.open(PAGE + state)
    page.locator("#runs").hover()
    drawn(page)
    return page


def rows(page: Page) -> Locator:
    return page.locator(".runs tbody tr[data-row]")


def to_the_end(page: Page) -> None:
    page.locator(".runs-card .table-foot").scroll_into_view_if_needed()
    page.locator(".inner").evaluate("one => one.scrollTo(0, one.scrollHeight)")


def names(page: Page, count: int = 5) -> list[str]:
    return rows(page).locator("th a").all_text_contents()[:count]


def first(page: Page, expected: list[str]) -> None:
    """Wait until the rows at the top are those of these runs."""
    for place, name in enumerate(expected):
        expect(rows(page).locator("th a").nth(place)).to_have_text(name)


def only(page: Page, expected: list[str]) -> None:
    """Wait until the rows are those of these runs and of no other."""
    expect(rows(page).locator("th a")).to_have_text(expected)


def query(page: Page, text: str, count: int) -> None:
    """Write a query by hand and wait for how many runs it leaves."""
    field = page.get_by_role("combobox", name="Filter runs")
    field.fill("")
    field.press_sequentially(text)
    of = f"{count} of {RUNS + 2} runs and child runs"
    expect(page.locator(".runs-count")).to_have_text(of if count < RUNS + 2 else ALL)


def head(page: Page, name: str) -> Locator:
    return page.locator(".runs thead th", has=page.get_by_role("button", name=name, exact=True))


def heads(page: Page) -> list[str]:
    return page.locator(".runs thead .sort").all_text_contents()


def loss(at: int) -> float:
    """The lowest loss of a run."""
    return (at * 37 % RUNS) / 10 + 1


def test_without_scripts_the_newest_runs_are_there(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open(PAGE)
        shown = page.locator(".runs tbody tr").count()
        assert 20 < shown <= 50
        expect(page.locator(".older > summary")).to_have_text(f"{RUNS + 2 - shown} older runs")
        assert page.get_by_role("combobox").count() == page.get_by_role("button").count() == 0
        expect(page.locator(".runs .tick").first).to_be_hidden()
        expect(page.get_by_role("link", name="runs.csv")).to_be_visible()
        assert opened.problems == []


def test_the_live_table_takes_the_place_of_the_first_rows_without_a_jump(seen: Visit) -> None:
    page = seen.open(PAGE)
    before = page.evaluate(BOXES)
    page.locator("#runs").hover()
    drawn(page)
    after = page.evaluate(BOXES)
    assert [text for _, _, text in after] == [text for _, _, text in before]
    for (left, top, text), (left_before, top_before, _) in zip(after, before, strict=True):
        assert abs(left - left_before) <= 2 and abs(top - top_before) <= 2, text


def test_the_tools_stay_where_they_are_at_the_first_touch(seen: Visit) -> None:
    page = seen.open(PAGE)
    tools = "#runs-query, .runs-tools .chip, .runs-bar button, .runs-card"
    boxes = """nodes => nodes.map(function (node) {
        const { x, y, width } = node.getBoundingClientRect();
        return [node.textContent.slice(0, 20), Math.round(x + scrollX), Math.round(y + scrollY), Math.round(width)];
    })"""
    before = page.locator(tools).evaluate_all(boxes)
    page.locator("#runs").hover()
    drawn(page)
    expect(page.locator(".run-views")).to_be_visible()
    after = page.locator(tools).evaluate_all(boxes)
    assert [box[1:] for box in after] == [box[1:] for box in before]


def test_what_is_shown_at_first_fits_a_screen(browser: Browser, tmp_path: Path) -> None:
    draw = random.Random(1)
    for at in range(55):
        # The rows that come with the touch are wider than those of the page.
        long = 0 if at > 30 else 1_000
        params = {f"p{n}": long + round(draw.random(), 3 if at > 30 else 6) for n in range(14)}
        with runpages.start("wide", name=f"run {at}", params=params, root=tmp_path / "runs", capture=False) as run:
            for name in ("loss", "val/accuracy", "train/accuracy", "speed", "memory"):
                run.log(name, draw.random(), step=0)
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    width = "one => [one.scrollWidth, one.clientWidth]"
    with visit(browser, (tmp_path / "site").as_uri() + "/", viewport={"width": 1440, "height": 900}) as opened:
        page = opened.open("e/wide/index.html")
        whole, room = page.locator(".inner").evaluate(width)
        assert whole <= room + 1
        page.locator("#runs").hover()
        drawn(page)
        whole, room = page.locator(".inner").evaluate(width)
        assert whole <= room + 1
        assert len(heads(page)) > 8
        assert opened.problems == []


@pytest.mark.parametrize("name", ["More", "Group", "Columns", "Export"])
def test_the_first_tap_on_a_tool_opens_its_menu(browser: Browser, site: Path, name: str) -> None:
    with visit(browser, site.as_uri() + "/", has_touch=True) as seen:
        page = seen.open(PAGE)
        button = page.locator("#runs-section").get_by_role("button", name=re.compile(f"^{name}"))
        button.tap()
        expect(button).to_have_attribute("aria-expanded", "true")
        assert seen.problems == []


def test_the_first_tap_on_a_status_filters(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", has_touch=True) as seen:
        page = seen.open(PAGE)
        page.locator("#runs-section").get_by_role("button", name="Failed 1", exact=True).tap()
        expect(page.locator(".runs-count")).to_have_text(re.compile("^1 of "))
        assert seen.problems == []


def test_the_first_press_on_a_head_sorts(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", has_touch=True) as seen:
        page = seen.open(PAGE)
        with before_scripts(page):
            page.locator(".runs thead th.main").tap()
        expect(page.locator(".runs thead th.main")).to_have_attribute("aria-sort", "ascending")
        assert seen.problems == []


def test_the_first_keys_go_through_the_rows(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as seen:
        page = seen.open(PAGE)
        with before_scripts(page):
            page.keyboard.press("j")
            page.keyboard.press("j")
        expect(page.locator(".runs tbody tr:focus")).to_have_attribute("aria-rowindex", "3")
        assert seen.problems == []


def test_only_the_rows_in_view_are_drawn(seen: Visit) -> None:
    page = live(seen)
    assert rows(page).count() < 45
    expect(page.locator(".runs")).to_have_attribute("aria-rowcount", str(RUNS + 3))
    to_the_end(page)
    expect(rows(page).last.locator("th a")).to_have_text("run-0")
    expect(rows(page).last).to_have_attribute("aria-rowindex", str(RUNS + 3))


def test_all_rows_in_view_are_drawn_at_the_end_of_the_page(seen: Visit) -> None:
    page = live(seen)
    page.evaluate("runpages.runsTable.setQuery('number<=18')")
    expect(rows(page)).to_have_count(18)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    # New columns: while there were no rows, the page was shorter, and the table further down.
    lay = "document.dispatchEvent(new Event('runs-columns'))"
    assert page.evaluate(f"{lay}, document.querySelectorAll('.runs tbody tr[data-row]').length") == 18


def test_what_is_wider_than_the_page_scrolls_in_the_table(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 900, "height": 700}) as opened:
        page = live(
            opened, "#?runs.columns=status,*seed,lr,optimizer,base,host,id,number,duration,started,accuracy,loss"
        )
        head(page, "loss").get_by_role("button").click()
        page.locator(".inner").evaluate("one => one.scrollTo(400, 0)")
        expect(rows(page).first.locator(".best")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") == 900
        pinned = rows(page).first.locator(".pinned").bounding_box()
        assert pinned and pinned["x"] < 200
        assert opened.problems == []


def test_heads_sort_best_first_and_failed_runs_come_last(seen: Visit) -> None:
    page = live(seen)
    head(page, "loss").get_by_role("button").click()
    expect(head(page, "loss")).to_have_attribute("aria-sort", "ascending")
    order = sorted((loss(at), -at) for at in range(RUNS) if at != 2)
    first(page, [f"run-{-at}" for _, at in order[:4]])
    expect(page.locator(".runs-card .table-foot")).to_contain_text("Sorted by loss")
    head(page, "loss").get_by_role("button").click()
    expect(head(page, "loss")).to_have_attribute("aria-sort", "descending")
    to_the_end(page)
    expect(rows(page).last.locator("th a")).to_have_text("run-2")
    head(page, "loss").get_by_role("button").click()
    expect(page.locator(".runs-card .table-foot")).to_contain_text("Newest first")


def test_shift_adds_a_column_to_the_order(seen: Visit) -> None:
    page = live(seen)
    head(page, "lr").get_by_role("button").click()
    head(page, "loss").get_by_role("button").click(modifiers=["Shift"])
    expect(page.locator(".runs-card .table-foot")).to_contain_text("Sorted by lr, then loss")
    assert page.evaluate("runpages.runsTable.sort.length") == 2
    low = sorted((loss(at), at) for at in range(0, RUNS, 3))
    first(page, [f"run-{at}" for _, at in low[:3]])
    page.wait_for_function("() => location.hash.includes('runs.sort=lr,loss')")


def test_a_press_beside_the_name_of_a_column_sorts(seen: Visit) -> None:
    page = live(seen)
    head(page, "loss").click(position={"x": 4, "y": 4})
    expect(page.locator(".runs-card .table-foot")).to_contain_text("Sorted by loss")
    assert page.evaluate("runpages.runsTable.sort.length") == 1
    head(page, "loss").locator(".edge").click()
    assert not page.evaluate("runpages.runsTable.sort[0].down")


def test_children_follow_their_parent_and_stay_with_it(seen: Visit) -> None:
    page = live(seen)
    query(page, "fold OR seed:8", 3)
    only(page, ["run-8", "fold-0", "fold-1"])
    expect(rows(page).nth(1).locator("th")).to_have_class(re.compile("below-1"))
    query(page, "fold", 2)
    expect(rows(page).first.locator("th")).not_to_have_class(re.compile("below-1"))


def test_how_many_runs_there_are_is_said_as_before_a_touch(seen: Visit) -> None:
    page = seen.open(PAGE)
    parts = page.locator(":is(.runs-count, [data-status], .table-foot > span)")
    before = parts.all_inner_texts()
    assert ALL in before
    page.locator("#runs").hover()
    drawn(page)
    expect(parts).to_have_text(before)


def test_runs_that_the_page_does_not_show_are_named_in_the_room_that_they_get(seen: Visit) -> None:
    page = seen.open(PAGE)
    older = page.locator(".runs-card .inner .older")
    expect(older).to_be_visible()
    page.locator("#runs").hover()
    drawn(page)
    expect(older).to_be_hidden()


def test_the_best_value_is_marked_by_weight_and_word(seen: Visit) -> None:
    page = live(seen)
    best = page.locator(".runs td.best")
    head(page, "loss").get_by_role("button").click()
    expect(rows(page).first.locator("td.best")).to_have_text("best 1.000")
    expect(best.first).to_have_css("font-weight", "600")


def test_runs_with_the_same_best_value_are_all_marked(seen: Visit) -> None:
    page = live(seen)
    head(page, "accuracy").get_by_role("button").click()
    page.wait_for_function("() => location.hash.includes('runs.sort')")
    drawn(page)
    # Every seventh run is as accurate as the first of them; none of these failed.
    best = rows(page).locator("td.best").filter(has_text="0.87")
    expect(best).to_have_count(len(range(6, RUNS, 7)))


def test_a_run_that_diverged_says_so(seen: Visit) -> None:
    page = live(seen)
    query(page, "seed:5", 1)
    expect(rows(page).first).to_contain_text("ends nan")


def test_a_query_filters_and_a_mistake_leaves_the_rows(seen: Visit) -> None:
    page = live(seen)
    query(page, "lr:0.01..0.1 loss<2", sum(at % 3 > 0 and loss(at) < 2 for at in range(RUNS)))
    left = page.locator(".runs-count").inner_text()
    field = page.get_by_role("combobox", name="Filter runs")
    field.press_sequentially(" lr<much")
    error = page.locator(".query-error")
    expect(error).to_have_text("“much” is not a number. Try lr<0.5")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".query-marks .mistake")).to_have_text("much")
    expect(page.locator(".runs-count")).to_have_text(left)
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator(".runs-count")).to_have_text(ALL)
    expect(error).to_be_hidden()
    query(page, "nothing-like-it", 0)
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(page.locator(".runs-count")).to_have_text(ALL)


def test_names_and_values_are_completed_by_keys(seen: Visit) -> None:
    page = live(seen)
    field = page.get_by_role("combobox", name="Filter runs")
    field.press_sequentially("opt")
    option = page.get_by_role("option")
    expect(option.first).to_have_text("optimizerparameter")
    field.press("ArrowDown")
    field.press("Enter")
    expect(option).to_have_text(["sgd21", "adam21", 'a, "quoted" one18'])
    field.press("ArrowUp")
    field.press("Enter")
    expect(field).to_have_value('optimizer:"a, \\"quoted\\" one" ')
    expect(page.locator(".runs-count")).to_have_text(f"18 of {RUNS + 2} runs and child runs")
    field.press_sequentially("lr")
    expect(option.first).to_have_text("lr:is, also 1..3 or a,b")
    field.press("Escape")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()


def test_chips_and_facets_write_the_query(seen: Visit) -> None:
    page = live(seen)
    field = page.get_by_role("combobox", name="Filter runs")
    chip = page.locator(".chip[data-status=Failed]")
    chip.click()
    expect(field).to_have_value("status:Failed")
    expect(chip).to_have_attribute("aria-pressed", "true")
    page.locator(".chip[data-status=Completed]").click()
    expect(field).to_have_value("status:Failed,Completed")
    chip.click()
    expect(field).to_have_value("status:Completed")
    page.get_by_role("button", name="More").click()
    menu = page.get_by_role("group", name="Filter by tags and parameters")
    menu.get_by_text("optimizer").click()
    menu.get_by_role("button", name="sgd").click()
    expect(field).to_have_value("status:Completed optimizer:sgd")
    expect(page.locator(".runs-count")).to_have_text(f"21 of {RUNS + 2} runs and child runs")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


@pytest.mark.parametrize("name", ["More", "Columns", "Export"])
def test_a_menu_is_left_by_escape_and_by_tab(seen: Visit, name: str) -> None:
    page = live(seen)
    button = page.locator("section.runs-section, section:has(#runs)").get_by_role("button", name=name)
    for _ in range(2):
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("Escape")
        expect(button).to_have_attribute("aria-expanded", "false")
        expect(button).to_be_focused()
    button.click()
    page.get_by_role("combobox", name="Filter runs").focus()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("combobox", name="Filter runs")).to_be_focused()


def test_columns_are_chosen_pinned_moved_and_sized(seen: Visit) -> None:
    page = live(seen)
    page.get_by_role("button", name="Columns").click()
    menu = page.get_by_role("group", name="Columns")
    expect(menu.get_by_role("checkbox", name="model.width")).to_be_hidden()
    menu.get_by_role("button", name="with one value for all runs").first.click()
    menu.get_by_role("checkbox", name="accuracy").uncheck()
    menu.get_by_label("Value of loss").select_option("mean")
    menu.get_by_role("searchbox").fill("seed")
    expect(menu.get_by_role("checkbox")).to_have_count(1)
    menu.get_by_role("listitem").hover()
    menu.get_by_role("button", name="Pin seed").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Columns")).to_be_focused()
    until(lambda: (heads(page)[:2], "accuracy" in heads(page)), (["Run", "seed"], False))
    expect(head(page, "loss").locator(".sub")).to_have_text("mean")
    button = head(page, "loss").get_by_role("button")
    button.focus()
    before = heads(page).index("loss")
    page.keyboard.press("Alt+ArrowRight")
    expect(button).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")  # The curves were between them.
    expect(page.locator(".runs thead .sort").nth(before + 1)).to_have_text("loss")
    expect(button).to_be_focused()
    wide = head(page, "loss").bounding_box()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("() => runpages.runsTable.chosen.some((one) => one.width)")
    assert wide
    page.wait_for_function("() => /runs.columns=.*loss.mean~.*[*]seed/.test(location.hash)")


def test_columns_are_moved_by_their_grips(seen: Visit) -> None:
    page = live(seen)
    before = heads(page)
    page.get_by_role("button", name="Columns").click()
    menu = page.get_by_role("group", name="Columns")
    menu.get_by_role("button", name="Move seed").drag_to(menu.get_by_role("button", name="Move lr"))
    expect(page.locator(".runs thead .sort").nth(before.index("lr"))).to_have_text("seed")
    expect(menu.get_by_role("button", name="Move seed")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => /runs.columns=/.test(location.hash)")

    def listed() -> list[str]:
        return menu.locator("#columns-shown + ul label").all_inner_texts()

    until(lambda: listed().index("lr") - listed().index("seed"), 2)
    shown = listed()
    menu.get_by_role("checkbox", name="optimizer").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(menu.get_by_role("checkbox", name="optimizer")).to_be_focused()
    until(lambda: listed() != shown, True)
    menu.get_by_role("button", name="Reset to default").click()
    page.keyboard.press("Escape")
    until(lambda: heads(page), before)


def test_columns_are_moved_by_touch(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 844}, has_touch=True) as opened:
        page = live(opened)
        page.get_by_role("button", name="Columns").tap()
        page.get_by_role("button", name="Move seed").scroll_into_view_if_needed()
        grips = [page.get_by_role("button", name=f"Move {name}").bounding_box() for name in ("seed", "lr")]
        (x, y), (_, end) = ((box["x"] + 12, box["y"] + 12) for box in grips if box)
        touch = page.context.new_cdp_session(page)
        for kind, at in (("touchStart", y), ("touchMove", (y + end) / 2), ("touchMove", end)):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": at}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_function("() => /runs.columns=.*seed,lr/.test(location.hash)")
        assert opened.problems == []


def test_a_press_on_a_run_outlasts_the_drawing_of_the_table(seen: Visit) -> None:
    page = seen.open(PAGE)
    link = page.locator(".runs tbody th a").nth(3)
    link.scroll_into_view_if_needed()
    box, target = link.bounding_box(), link.evaluate("one => one.href")
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_function("() => runpages.runsTable?.ready")
    page.evaluate("async () => { await runpages.runsTable.ready; await new Promise((done) => setTimeout(done)); }")
    page.mouse.up()
    expect(page).to_have_url(target)


def test_a_press_on_a_run_outlasts_columns_that_come_late(seen: Visit) -> None:
    page = live(seen)
    link = rows(page).nth(3).locator("th a")
    target = link.evaluate("one => one.href")
    link.hover()
    page.mouse.down()
    page.evaluate(f"async () => {{ document.dispatchEvent(new Event('runs-loaded')); await {FRAMES}; }}")
    page.mouse.up()
    expect(page).to_have_url(target)


def test_pinned_runs_come_first_in_every_order(browser: Browser, site: Path, seen: Visit) -> None:
    page = live(seen)
    row = rows(page).filter(has=page.get_by_role("link", name="run-55", exact=True))
    row.hover()
    row.get_by_role("button", name="Pin run-55").click()
    expect(rows(page).first.locator("th a")).to_have_text("run-55")
    head(page, "seed").get_by_role("button").click()
    expect(rows(page).nth(1).locator("th a")).to_have_text("run-0")
    query(page, "lr<0.05", 40)
    first(page, ["run-55", "run-0", HOSTILE])
    expect(rows(page).first.get_by_role("button", name="Unpin run-55")).to_be_visible()
    rows(page).nth(1).locator(".tick input").check()
    page.get_by_role("region", name="Selected runs").get_by_role("button", name="Pin", exact=True).click()
    first(page, ["run-55", "run-0", HOSTILE])
    page.wait_for_function("() => /runs.pinned=[^&]*,/.test(location.hash)")
    with visit(browser, site.as_uri() + "/") as other:
        copy = other.open(page.url.removeprefix(other.origin))
        expect(rows(copy).first.locator("th a")).to_have_text("run-55")
        first(copy, names(page, 10))
        assert other.problems == []
    query(page, "lr:0.001", 20)
    first(page, ["run-0", "run-3"])
    page.get_by_role("region", name="Selected runs").get_by_role("button", name="Unpin").click()
    page.wait_for_function("() => !/runs.pinned=[^&]*,/.test(location.hash)")
    page.evaluate("location.hash = '#?runs.pinned=gone'")
    expect(rows(page).first.locator("th a")).to_have_text("run-59")


@pytest.mark.parametrize("width", [1440, 390])
def test_pinned_runs_stay_in_sight_and_hide_no_focus(browser: Browser, site: Path, width: int) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": width, "height": 800}) as seen:
        runs = put((site / "e/sweep/runs.js").read_bytes())
        pinned = ",".join(runs["id"][runs["title"].index(name)] for name in ("run-8", "run-55"))
        page = live(seen, f"#?runs.pinned={pinned}")
        first(page, ["run-8", "run-55", "run-59"])
        rows(page).nth(2).locator("th a").focus()
        for _ in range(50):
            page.keyboard.press("j")
        assert page.evaluate(SIGHT) == ["run-8", "run-55"]
        for _ in range(45):
            page.keyboard.press("k")
            assert page.evaluate(HIDDEN) == ""
        page.keyboard.press("Tab")
        for _ in range(12):
            page.keyboard.press("Shift+Tab")
            assert page.evaluate(HIDDEN) == ""
        assert seen.problems == []


def test_an_open_page_takes_in_runs_that_are_new(browser: Browser, tmp_path: Path) -> None:
    def log(at: int) -> runpages.Run:
        run = runpages.start("e", name=f"run-{at}", params={"lr": at % 3}, root=tmp_path / "runs", capture=False)
        run.log("loss", at % 7)
        return run

    def rebuild() -> None:
        build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")

    for at in range(50):
        log(at).complete()
    (going := log(50)).flush()
    rebuild()
    address, place = (tmp_path / "site").as_uri() + "/", "e/e/index.html#?"
    with visit(browser, address, viewport={"width": 1440, "height": 700}) as seen, visit(browser, address) as other:
        for one in (seen, other):
            one.page.add_init_script(HURRY)
        groups = other.open(place + "runs.group=lr&groups.open=1")
        expect(groups.locator("#groups .member")).to_have_count(17)
        page = seen.open(place + "runs.query=loss<6&runs.columns=lr,loss.last")
        expect(page.locator(".runs-count")).to_have_text("44 of 51 runs")
        page.get_by_role("checkbox", name="Select run-49", exact=True).check()
        for _ in range(35):
            page.keyboard.press("j")
        before = page.evaluate(PLACE)
        for at in range(51, 61):
            log(at).complete()
        rebuild()
        expect(page.locator(".runs-count")).to_have_text("53 of 61 runs")
        assert page.evaluate(PLACE) == before
        expect(page.get_by_role("region", name="Selected runs")).to_contain_text("1")
        expect(page.locator("[data-status=Completed] .count")).to_have_text("60")
        expect(groups.locator("#groups .member")).to_have_count(20)
        going.complete()
        rebuild()
        expect(page.locator("[data-status=Completed] .count")).to_have_text("61")
        page.keyboard.press("Home")
        page.get_by_role("columnheader", name="loss").get_by_role("button").first.click()
        first(page, ["run-56", "run-49"])
        expect(page.get_by_role("checkbox", name="Select run-49", exact=True)).to_be_checked()
        assert seen.problems + other.problems == []


def test_what_is_noted_is_found_and_is_a_column(seen: Visit) -> None:
    page = live(seen)
    query(page, "note:paper", 1)
    only(page, ["run-6"])
    query(page, '"see figure"', 1)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Note", exact=True).check()
    expect(rows(page).first).to_contain_text("Kept for the paper")


def test_a_head_is_dragged_to_another_place_and_width(seen: Visit) -> None:
    page = live(seen)
    first = heads(page)
    head(page, "optimizer").drag_to(head(page, "lr"))
    expect(page.locator(".runs thead .sort").nth(first.index("lr"))).to_have_text("optimizer")
    assert page.evaluate("runpages.runsTable.sort.length") == 0
    box = head(page, "optimizer").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 60, box["y"] + 10, steps=3)
    page.mouse.up()
    page.wait_for_function("() => runpages.runsTable.chosen.some((one) => one.width > 60)")
    until(lambda: heads(page).index("optimizer"), first.index("lr"))


def test_ticked_runs_are_counted_copied_and_saved(seen: Visit) -> None:
    page = live(seen)
    boxes = rows(page).locator(".tick input")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected runs")
    expect(bar).to_contain_text("4 selected")
    expect(rows(page).nth(2)).to_have_class("ticked")
    bar.get_by_role("button", name="Copy ids").click()
    page.wait_for_function("() => document.getElementById('said').textContent === 'Copied'")
    copied = str(page.evaluate("navigator.clipboard.readText()")).split("\n")
    assert copied == page.evaluate(
        "[...runpages.runsTable.shown].slice(1, 5).map((row) => runpages.runsTable.runs.id[row])"
    )
    with page.expect_download() as download:
        bar.get_by_role("button", name="CSV").click()
    table = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert [row["id"] for row in table] == copied
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()
    page.get_by_role("checkbox", name="Select all shown runs").check()
    expect(bar).to_contain_text(f"{RUNS + 2} selected")


def test_what_is_shown_is_exported(seen: Visit) -> None:
    page = live(seen, "#?runs.query=seed:..1&runs.columns=status,optimizer,lr,loss,started")
    expect(page.locator(".runs-count")).to_have_text(f"2 of {RUNS + 2} runs and child runs")

    def export(name: str) -> str:
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("group", name="Export").get_by_role("button", name=name).click()
        return download.value.path().read_text()

    table = list(csv.reader(export("CSV").splitlines()))
    assert table[0] == ["id", "Run", "Status", "optimizer", "lr", "loss (lowest)", "Started"]
    assert table[1][1:6] == [HOSTILE, "Completed", "adam", "0.01", "4.7"]
    markdown = export("Markdown").splitlines()
    assert markdown[1] == "| --- | --- | --- | ---: | ---: | --- |"
    assert markdown[2].startswith("| \\<img src=x onerror=alert(1)\\> \\& 50%\\_$ \\| ")
    latex = export("LaTeX")
    assert "\\begin{tabular}{lllrrl}\n\\toprule" in latex and latex.endswith("\\bottomrule\n\\end{tabular}\n")
    assert "\\textless{}img src=x onerror=alert(1)\\textgreater{} \\& 50\\%\\_\\$ | " in latex


def test_a_copied_link_shows_the_same_view_and_back_restores_it(browser: Browser, site: Path, seen: Visit) -> None:
    page = live(seen)
    query(page, "-status:failed lr<0.05", 40)
    head(page, "accuracy").get_by_role("button").click()
    page.wait_for_function("() => location.hash.includes('runs.sort')")
    expect(head(page, "accuracy")).to_have_attribute("aria-sort", "descending")
    drawn(page)
    before = names(page, 10), heads(page), page.locator(".runs-count").inner_text()
    address = page.url
    with visit(browser, site.as_uri() + "/") as other:
        copy = other.open(address.removeprefix(other.origin))
        expect(copy.locator(".runs-count")).to_have_text(before[2])
        first(copy, before[0])
        until(lambda: heads(copy), before[1])
        assert other.problems == []
    page.evaluate("location.hash = '#?runs.query=tag:base'")
    expect(page.locator(".runs-count")).to_have_text(f"3 of {RUNS + 2} runs and child runs")
    expect(head(page, "accuracy")).not_to_have_attribute("aria-sort", re.compile("."))
    page.go_back()
    expect(page.locator(".runs-count")).to_have_text(before[2])
    first(page, before[0])
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("-status:failed lr<0.05")


def test_ticked_runs_are_in_the_address_and_there_after_going_back(seen: Visit) -> None:
    page = live(seen)
    for at in (1, 4):
        rows(page).nth(at).locator("input").check()
    page.wait_for_function("() => location.hash.includes('runs.ticked=')")
    ticked = page.evaluate("() => [...runpages.runsTable.ticked]")
    page.get_by_role("link", name="Compare 2").click()
    page.wait_for_url(re.compile("compare"))
    page.go_back()
    expect(page.locator(".selection b")).to_have_text("2")
    assert page.evaluate("() => [...runpages.runsTable.ticked]") == ticked
    page.get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_function("() => !location.hash.includes('runs.ticked')")
    page.evaluate("() => runpages.runsTable.tickAll(Array(101).keys(), true)")
    page.evaluate("location.hash = '#?runs.query=adam'")
    expect(page.locator(".runs-count")).to_have_text(re.compile("^2[0-9] of "))
    assert page.evaluate("() => runpages.runsTable.ticked.size") == 101
    assert "ticked" not in page.url


def test_saved_views_are_tabs(seen: Visit) -> None:
    page = live(seen)
    views = page.get_by_role("group", name="Saved views")
    expect(views.get_by_role("button", name="All runs")).to_have_attribute("aria-pressed", "true")
    views.get_by_role("button", name="Only adam").click()
    expect(page.locator(".runs-count")).to_have_text(f"21 of {RUNS + 2} runs and child runs")
    expect(views.get_by_role("button", name="Only adam")).to_have_attribute("aria-pressed", "true")
    until(lambda: heads(page), ["Run", "lr", "loss"])
    until(lambda: page.evaluate("runpages.runsTable.groupBy"), ["param:lr"])
    views.get_by_role("button", name="All runs").click()
    page.wait_for_function("() => !location.hash.includes('runs.')")


def test_the_table_is_used_by_keys_alone(seen: Visit) -> None:
    page = seen.open(PAGE)
    page.keyboard.press("f")
    expect(page.get_by_role("combobox", name="Filter runs")).to_be_focused()
    page.locator(".runs .tick input").first.wait_for(state="attached")
    page.keyboard.type("seed<10 -status:failed")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".runs-count")).to_have_text(f"9 of {RUNS + 2} runs and child runs")
    for key in "jjkx":
        page.keyboard.press(key)
    expect(rows(page).first).to_be_focused()
    expect(rows(page).first).to_have_class("ticked")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/e/sweep/2*.html")
    expect(page.get_by_role("heading", level=1)).to_have_text("run-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: Path, scheme: str) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=scheme) as opened:
        page = live(opened)
        rows(page).locator(".tick input").first.click()
        page.get_by_role("combobox", name="Filter runs").press_sequentially("lr:0.01 o")
        page.get_by_role("option").first.wait_for()
        assert axe_violations(page) == []
        page.get_by_role("button", name="Columns").click()
        assert axe_violations(page) == []
        page.get_by_role("button", name="More").click()
        assert axe_violations(page) == []
        assert opened.problems == []


def test_on_a_phone_a_run_has_two_lines(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 844}, has_touch=True) as opened:
        page = opened.open(PAGE)
        page.locator(".runs tbody tr .state").first.tap()
        drawn(page)
        first = rows(page).nth(1)
        boxes = {
            part: first.locator(part).bounding_box() for part in ("th", ".state", ".start", ".main", ".spark-cell")
        }
        assert all(boxes.values())
        found = {part: box for part, box in boxes.items() if box}
        assert found["th"]["y"] + found["th"]["height"] <= found[".state"]["y"] + 1
        assert found[".state"]["x"] < found[".start"]["x"] < found[".main"]["x"] < found[".spark-cell"]["x"] < 390
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        to_the_end(page)
        expect(rows(page).last.locator("th a")).to_have_text("run-0")
        rows(page).last.locator(".tick input").tap()
        expect(page.get_by_role("region", name="Selected runs")).to_contain_text("1 selected")
        assert axe_violations(page) == []
        assert opened.problems == []


def test_the_facts_of_the_page_agree_with_its_data(site: Path) -> None:
    script = (
        (site / "e" / "sweep" / "columns.js").read_text().removeprefix('runpages.put("columns",').removesuffix(");\n")
    )
    facts = json.loads(script)
    known = {one["key"]: one for one in facts["columns"]}
    assert list(known["metric:loss"]["ends"].values()) == ["nan"]
    assert known["param:lr"]["floats"] is True and known["param:seed"]["floats"] is False
