"""The charts of a run under real hands: pointer, keys, tools, zoom; from a disk."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from plotly import graph_objects

import runpages
from runpages_site.build import build
from tests.browser.probe import OVER_THE_EDGE
from tests.browser.visit import Visit, before_scripts, until, visit

LIVE = ".card-body.is-live .live .main-svg"
PARAMS = {"rate": 0.1, "model": {"layers": 3, "units": 64}} | {f"option_{number}": number for number in range(20)}
# The heights of the points that a chart draws, of its last trace, from plotly's own record.
DRAWN = "body => body.querySelector('.live').data.at(-1).y"
FLOW = {"source": [0], "target": [1], "value": [3]}
RANGE = "body => body.querySelector('.live').layout.xaxis.range.map(Number)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A parent with two children; the parent has curves, one of them with gaps."""
    folder = tmp_path_factory.mktemp("charts")
    with runpages.start("curves", name="parent", root=folder / "runs", params=PARAMS) as run:
        for step in range(50):
            run.log({"val/loss": 1 / (step + 1), "val/acc": 1 - 0.9**step, "train/loss": (-1) ** step / (step + 1)})
            run.log("gaps", [1.0, float("nan"), 2.0, float("inf"), 3.0][step % 5], step=step)
            run.log({"below": step - 100.5, "spike": 1e6 if step == 7 else step % 5})
        for name in ("first child", "second child"):
            child = run.child_run(name)
            child.log("val/loss", 0.25)
            child.complete()
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def pages(site: Path, experiment: str = "curves") -> dict[str, str]:
    """The pages of the runs by the name of the run."""
    found = {}
    for page in (site / "e" / experiment).glob("2*.html"):
        title = page.read_text("utf-8").partition('<h1 dir="auto">')[2].partition("<")[0]
        found[title] = page.relative_to(site).as_posix()
    return found


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open(pages(site)["parent"])
        yield opened
        assert opened.problems == []


def card(page: Page, name: str) -> Locator:
    """The card of a metric."""
    return page.locator(f'.metric[data-name="{name}"]')


def apart(left: Locator, right: Locator) -> bool:
    """Whether one ends where the other begins, or before."""
    one, other = left.bounding_box(), right.bounding_box()
    return bool(one and other and one["x"] + one["width"] <= other["x"])


def wake(page: Page, name: str = "val/loss") -> None:
    """Touch a chart and wait until it is live."""
    card(page, name).locator(".card-body").hover()
    card(page, name).locator(LIVE).first.wait_for()


LABELS = ".live .annotation-text, .live .ytick text"


@pytest.mark.parametrize("name", ["val/acc", "val/loss", "gaps"])
def test_a_live_chart_has_the_labels_of_its_drawing(seen: Visit, name: str) -> None:
    drawn = card(seen.page, name).locator(".chart text").all_text_contents()
    wake(seen.page, name)
    live = card(seen.page, name).locator(LABELS).all_text_contents()
    assert sorted(text for text in live if text not in "▲▼") == sorted(drawn)
    assert "49" in live


def test_what_is_pressed_before_the_tools_are_there_is_pressed(seen: Visit) -> None:
    seen.page.keyboard.press("s")
    seen.page.locator(".smoothing output").get_by_text("0.60").wait_for()


def test_nothing_is_loaded_before_a_chart_is_touched(seen: Visit) -> None:
    expect(seen.page.locator(".live")).to_have_count(0)
    assert seen.page.evaluate("typeof Plotly") == "undefined"
    wake(seen.page)
    until(lambda: seen.page.evaluate("typeof Plotly"), "object")


def test_a_touched_chart_lies_where_its_drawing_lay(seen: Visit) -> None:
    body = card(seen.page, "val/loss").locator(".card-body")
    body.scroll_into_view_if_needed()
    before = body.bounding_box()
    line = body.locator("svg.chart path.line").bounding_box()
    wake(seen.page)
    assert body.bounding_box() == before
    drawn = body.locator(".live .scatterlayer .lines").bounding_box()
    assert line and drawn
    assert all(abs(line[side] - drawn[side]) < 3 for side in ("x", "y", "width", "height"))


def test_the_share_button_is_not_there(seen: Visit) -> None:
    wake(seen.page)
    config = seen.page.evaluate("document.querySelector('.live')._context")
    assert (config["showSendToCloud"], config["plotlyServerURL"]) == (False, "")
    expect(seen.page.get_by_text("Share")).to_have_count(0)
    expect(seen.page.locator(".modebar-btn")).to_have_count(0)


def test_the_cursor_tells_one_step_on_all_charts(seen: Visit) -> None:
    page = seen.page
    wake(page)
    wake(page, "val/acc")
    body = card(page, "val/acc").locator(".card-body")
    body.hover(position={"x": 200, "y": 80})
    tips = page.locator(".tip:visible")
    expect(tips.nth(1)).to_be_visible()
    texts = tips.all_inner_texts()
    assert len({text.split("\n")[0].strip() for text in texts}) == 1
    page.mouse.move(5, 5)
    expect(tips).to_have_count(0)


def test_arrow_keys_move_the_cursor_and_are_told(seen: Visit) -> None:
    page = seen.page
    wake(page)
    card(page, "val/loss").locator(".card-body").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#said")).to_have_text("step 1: 0.5")
    page.keyboard.press("End")
    expect(page.locator("#said")).to_have_text("step 49: 0.02")


def test_a_key_before_the_chart_has_come_alive_is_not_lost(seen: Visit) -> None:
    with before_scripts(seen.page):
        card(seen.page, "val/loss").locator(".card-body").focus()
        seen.page.keyboard.press("End")
    expect(seen.page.locator("#said")).to_have_text("step 49: 0.02")


def test_smoothing_keeps_the_raw_line_and_is_in_the_address(seen: Visit) -> None:
    page = seen.page
    page.keyboard.press("s")
    body = card(page, "train/loss").locator(".card-body")
    body.scroll_into_view_if_needed()
    card(page, "train/loss").locator(LIVE).first.wait_for()
    page.wait_for_selector('.metric[data-name="train/loss"] .live .scatterlayer .trace:nth-child(2)')
    # s(t) = w s(t-1) + (1-w) y(t), over 1 - w^t.
    sums, expected = 0.0, []
    for step in range(50):
        sums = 0.6 * sums + 0.4 * (-1) ** step / (step + 1)
        expected.append(sums / (1 - 0.6 ** (step + 1)))
    until(lambda: body.evaluate(DRAWN), pytest.approx(expected))
    page.wait_for_url(lambda url: "smooth=0.6" in url)
    page.reload()
    page.wait_for_selector(".live .scatterlayer .trace:nth-child(2)")
    page.keyboard.press("s")
    page.locator(".live .scatterlayer .trace:nth-child(2)").first.wait_for(state="detached")
    page.wait_for_url(lambda url: "smooth" not in url)


@pytest.mark.parametrize(("choice", "name"), [("Time", "UTC"), ("Relative", "s")])
def test_x_is_step_or_time(seen: Visit, choice: str, name: str) -> None:
    page = seen.page
    page.get_by_text(choice, exact=True).click()
    card(page, "val/loss").scroll_into_view_if_needed()
    card(page, "val/loss").locator(LIVE).first.wait_for()
    until(lambda: card(page, "val/loss").locator(".live").evaluate("box => box.layout.annotations[0].text"), name)
    expect(page).to_have_url(re.compile(f"x={choice.lower()}"))


KIND = "box => box._fullLayout.yaxis.type"


def choose(page: Page, name: str, value: str) -> None:
    """Check one of the segments of the tools."""
    page.locator(f'#metrics [name="{name}"][value="{value}"]').check(force=True)


def test_the_scale_is_that_of_all_charts_or_of_one(seen: Visit) -> None:
    page = seen.page
    wake(page)
    live, note = card(page, "val/loss").locator(".live"), card(page, "val/loss").locator(".scale")
    log = card(page, "val/loss").get_by_role("button", name="Log y")
    # 1 to 0.02 is less than two decades.
    expect(log).to_have_attribute("aria-pressed", "false")
    assert (live.evaluate(KIND), note.count()) == ("linear", 0)
    choose(page, "scale", "log")
    expect(note).to_have_text("log y")
    expect(log).to_have_attribute("aria-pressed", "true")
    until(lambda: live.evaluate(KIND), "log")
    expect(card(page, "val/loss").locator(".live .ytick text")).to_have_text(["0.03", "0.1", "0.3", "1"])
    page.wait_for_url(lambda url: "scale=log" in url)
    log.click()
    expect(note).to_have_text("")
    expect(log).to_have_attribute("aria-pressed", "false")
    until(lambda: live.evaluate(KIND), "linear")
    choose(page, "scale", "linear")
    page.wait_for_url(lambda url: "scale=linear" in url)
    choose(page, "scale", "auto")
    page.wait_for_url(lambda url: "scale" not in url)


def test_a_logarithmic_axis_says_what_it_cannot_show(seen: Visit) -> None:
    page = seen.page
    choose(page, "scale", "log")
    wake(page, "train/loss")
    expect(card(page, "train/loss").locator(".scale")).to_have_text("log y · 25 values ≤ 0 not shown")
    wake(page, "below")
    expect(card(page, "below").locator(".scale")).to_have_text("linear: no value > 0")
    until(lambda: card(page, "below").locator(".live").evaluate(KIND), "linear")


def test_outliers_are_left_out_of_the_range_and_counted(seen: Visit) -> None:
    page = seen.page
    wake(page, "spike")
    page.get_by_role("button", name="Ignore outliers").click()
    expect(card(page, "spike").locator(".scale")).to_have_text("1 outlier not shown")
    until(lambda: card(page, "spike").locator(".live").evaluate("box => box.layout.yaxis.range[1] < 10"), True)
    page.wait_for_url(lambda url: "outliers=ignore" in url)
    page.get_by_role("button", name="Ignore outliers").click()
    page.wait_for_url(lambda url: "outliers" not in url)


def drag(page: Page, name: str = "val/loss", down: int = 0) -> None:
    """Draw a stretch of a live chart, or a box, and wait until all charts show it."""
    box = card(page, name).locator(".card-body").bounding_box()
    assert box
    page.mouse.move(box["x"] + 150, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 60 + down, steps=5)
    page.mouse.up()
    card(page, name).get_by_role("button", name="Reset zoom").wait_for()


def back_by_button(page: Page) -> None:
    card(page, "val/loss").get_by_role("button", name="Reset zoom").click()


def back_by_key(page: Page) -> None:
    page.keyboard.press("Escape")


def back_by_double_click(page: Page) -> None:
    card(page, "val/loss").locator(".card-body").dblclick(position={"x": 200, "y": 100})


@pytest.mark.parametrize("back", [back_by_button, back_by_key, back_by_double_click])
def test_zoom_is_shared_and_undone_where_it_was_made(seen: Visit, back: Callable[[Page], None]) -> None:
    page = seen.page
    for name in ("val/loss", "val/acc"):
        wake(page, name)
    drag(page, down=60)
    tags = page.locator(".zoom:visible .tag")
    expect(card(page, "val/acc").locator(".zoom .tag")).to_be_visible()
    low, high = card(page, "val/loss").locator(".card-body").evaluate(RANGE)
    assert 5 < low < high < 40
    until(lambda: card(page, "val/acc").locator(".card-body").evaluate(RANGE), pytest.approx([low, high], rel=1e-4))
    expect(tags.first).to_have_text(re.compile(r"^step \d+ to \d+$"))
    page.wait_for_url(lambda url: "zoom=" in url)
    back(page)
    expect(tags).to_have_count(0)
    expect(page.get_by_role("button", name="Reset zoom")).to_have_count(0)
    until(lambda: card(page, "val/acc").locator(".card-body").evaluate(RANGE), [0, 49])
    page.wait_for_url(lambda url: "zoom" not in url)


@pytest.mark.parametrize("width", [390, 1010, 1440])
def test_heads_of_zoomed_charts_keep_within_their_cards(seen: Visit, width: int) -> None:
    page = seen.page
    page.set_viewport_size({"width": width, "height": 900})
    wake(page)
    page.evaluate("location.hash = '?zoom=10~20'")
    expect(page.locator(".zoom:visible")).not_to_have_count(0)
    assert page.evaluate(OVER_THE_EDGE) == []


LINES = """tools => new Set([...tools.children].filter(one => one.checkVisibility())
    .map(one => { const { y, height } = one.getBoundingClientRect(); return Math.round(y + height / 2); })).size"""


def test_the_tools_of_all_charts_take_one_line_and_two_on_a_phone(seen: Visit) -> None:
    page = seen.page
    for width, lines in ((1440, 1), (390, 2)):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("#metrics > .toolbar").evaluate(LINES) == lines


def test_the_number_of_nan_stays_in_a_zoom(seen: Visit) -> None:
    page = seen.page
    wake(page, "gaps")

    def counted() -> int:
        texts = card(page, "gaps").locator(LABELS).all_text_contents()
        return sum(int(text.split()[0]) for text in texts if text.endswith(" nan"))

    assert counted() == 10
    drag(page, "gaps")
    low, high = card(page, "gaps").locator(".card-body").evaluate(RANGE)
    inside = sum(low <= step <= high for step in range(1, 50, 5))
    assert 1 < inside < 10
    until(counted, inside)


def test_the_tools_stay_in_sight(seen: Visit) -> None:
    page = seen.page
    wake(page)
    for width, top in ((1280, 0), (390, 41)):
        page.set_viewport_size({"width": width, "height": 500})
        page.locator(".metric").last.scroll_into_view_if_needed()
        y = "toolbar => toolbar.getBoundingClientRect().y"
        until(partial(page.locator("#metrics > .toolbar").evaluate, y), pytest.approx(top, abs=1))


def test_the_view_comes_back_from_its_address(seen: Visit) -> None:
    page = seen.page
    state = "smooth=0.5&scale=log&outliers=ignore&zoom=10~20&filter=val&fold=other&table=open"
    page.evaluate("state => { location.hash = '#metrics?' + state; location.reload(); }", state)
    page.locator(LIVE).first.wait_for()
    expect(page.locator(".smoothing output")).to_have_text("0.50")
    expect(page.locator("#metrics [name=scale]:checked")).to_have_value("log")
    expect(page.get_by_role("button", name="Ignore outliers")).to_have_attribute("aria-pressed", "true")
    expect(card(page, "val/loss").locator(".zoom .tag")).to_have_text("step 10 to 20")
    expect(page.locator("[data-filter]")).to_have_value("val")
    expect(card(page, "val/loss").locator("details.points[open]")).to_have_count(1)
    page.evaluate("location.hash = '#metrics?scale=linear'")
    expect(card(page, "val/loss").locator(".zoom")).to_be_hidden()
    expect(page.locator("#metrics [name=scale]:checked")).to_have_value("linear")
    expect(page.locator("[data-filter]")).to_have_value("")
    expect(page.locator("details.points[open]")).to_have_count(0)


def test_csv_has_every_digit_and_pictures_are_files(seen: Visit, tmp_path: Path) -> None:
    page = seen.page
    wake(page)
    with page.expect_download() as told:
        card(page, "val/loss").get_by_role("button", name="CSV").click()
    assert told.value.suggested_filename == "val_loss.csv"
    rows = list(csv.DictReader(told.value.path().read_text("utf-8").splitlines()))
    assert [float(row["value"]) for row in rows] == [1 / (step + 1) for step in range(50)]
    assert rows[3]["step"] == "3" and rows[3]["time"].endswith("Z")
    for kind, magic in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as told:
            card(page, "val/loss").get_by_role("button", name=kind, exact=True).click()
        assert told.value.path().read_bytes().startswith(magic)


def test_a_chart_is_enlarged_with_its_tools_and_comes_back(seen: Visit) -> None:
    page = seen.page
    wake(page)
    card(page, "val/loss").get_by_role("button", name="Enlarge").click()
    dialog = page.get_by_role("dialog", name="val/loss")

    def drawn(test: str) -> None:
        """Wait until the chart, or its card, is as it has to be."""
        find = "document.querySelector(\"[data-name='val/loss'] .live .main-svg\")"
        page.wait_for_function(f"() => {{ const one = {find}; return one && {test}; }}")

    drawn("one.clientWidth > 1000 && one.clientHeight > 350")
    for tool in ("Log y", "CSV", "PNG", "SVG", "Ignore outliers"):
        expect(dialog.get_by_role("button", name=tool, exact=True)).to_be_visible()
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="SVG", exact=True).click()
    assert ">val/loss<" in saved.value.path().read_text("utf-8")
    dialog.locator("[name=scale][value=log]").check(force=True)
    expect(dialog.locator(".scale")).to_have_text("log y")
    dialog.locator(".smoothing input").fill("0.5")
    dialog.locator(".live .scatterlayer .trace:nth-child(2)").wait_for()
    page.wait_for_url(lambda url: "chart=val/loss" in url)
    page.go_back()
    expect(dialog).to_be_hidden()
    expect(page.locator("#metrics > .head + .toolbar")).to_have_count(1)
    page.go_forward()
    expect(dialog.locator(LIVE).first).to_be_visible()
    page.keyboard.press("Escape")
    drawn("one.clientWidth < 600 && one.clientHeight === 196")
    page.wait_for_url(lambda url: "chart=" not in url and "scale=log" in url)
    page.set_viewport_size({"width": 800, "height": 900})
    drawn("Math.abs(one.closest('.card-body').clientWidth - one.clientWidth) < 20")


def test_what_is_not_finite_is_a_gap_that_is_told(seen: Visit) -> None:
    page = seen.page
    wake(page, "gaps")
    live = card(page, "gaps").locator(".live")
    until(lambda: live.evaluate("box => box.data[0].y.slice(0, 5)"), [1, None, 2, None, 3])
    assert live.evaluate("box => box.layout.shapes.length") > 0
    assert "▲" in live.evaluate("box => box.layout.annotations.map(one => one.text).join()")


def test_the_filter_leaves_what_has_all_words_and_counts(seen: Visit) -> None:
    page = seen.page
    page.keyboard.press("f")
    page.keyboard.type("loss val")
    expect(page.locator("[data-count]")).to_have_text("1 of 6")
    expect(page.locator(".metric:visible")).to_have_count(1)
    expect(page.get_by_text("5 metrics without “loss val”")).to_be_visible()
    expect(page).to_have_url(re.compile("filter=loss\\+val"))
    page.keyboard.press("Control+a")
    page.keyboard.type("nothing like it")
    expect(page.locator(".metric:visible")).to_have_count(0)
    expect(page.get_by_text("No metric matches.")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator(".metric:visible")).to_have_count(6)
    expect(page).not_to_have_url(re.compile("filter"))


def test_groups_fold_one_or_all_and_a_filter_opens_them(seen: Visit) -> None:
    page = seen.page
    page.locator("#metrics summary", has_text="val").first.click()
    wake(page, "spike")
    page.locator("#metrics summary", has_text="val").first.click()
    expect(page.locator("#metrics [data-group]:not([open])")).to_have_count(0)
    page.get_by_role("button", name="Fold all").click()
    expect(page.locator("#metrics [data-group][open]")).to_have_count(0)
    expect(page).to_have_url(re.compile("fold=val,other"))
    page.locator("[data-filter]").fill("acc")
    expect(card(page, "val/acc")).to_be_visible()
    page.locator("[data-filter]").fill("")
    expect(card(page, "val/acc")).to_be_hidden()
    page.get_by_role("button", name="Unfold all").click()
    expect(card(page, "val/acc")).to_be_visible()
    expect(page).not_to_have_url(re.compile("fold"))


def test_groups_are_the_second_level_of_the_contents(seen: Visit) -> None:
    page = seen.page
    wake(page)
    groups = page.locator(".rail ol ol a")
    expect(groups).to_have_text(["val2", "other4"])
    page.locator(".rail a[href='#metrics']").click()
    groups.nth(1).click()
    page.wait_for_url("**#metrics-other")
    expect(card(page, "spike")).to_be_visible()
    page.locator("[data-filter]").fill("spike")
    expect(groups).to_have_text(["val0 of 2", "other1 of 4"])


def test_tables_open_for_all_charts(seen: Visit) -> None:
    button = seen.page.get_by_role("group", name="Chart tools").get_by_role("button", name="Table")
    button.click()
    expect(seen.page.locator("details.points[open]")).to_have_count(6)
    expect(seen.page).to_have_url(re.compile("table=open"))
    button.click()
    expect(seen.page.locator("details.points[open]")).to_have_count(0)


def test_dark_charts_have_dark_colours(seen: Visit) -> None:
    page = seen.page
    wake(page)

    def color() -> str:
        return str(card(page, "val/loss").locator(".live").evaluate("box => box.layout.paper_bgcolor"))

    assert color() == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    until(color, "rgb(17, 19, 22)")


# --- the frame ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 1440])
def test_the_actions_of_a_run_stay_together_beside_any_name(browser: Browser, tmp_path: Path, width: int) -> None:
    runpages.start("names", name="short", root=tmp_path / "runs").complete()
    runpages.start("names", name="n" * 70, tags={"t" * 60: None}, root=tmp_path / "runs").complete()
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/", viewport={"width": width, "height": 900}) as seen:
        page = seen.open(
            next(page for name, page in pages(tmp_path / "site", "names").items() if name.startswith("nn"))
        )
        actions = page.locator(".title-row .button")
        expect(actions).to_have_count(4)
        boxes = [box for one in actions.all() if (box := one.bounding_box())]
        assert len({box["y"] for box in boxes}) == 1
        assert all(box["x"] + box["width"] <= width for box in boxes)
        assert seen.problems == []


def test_on_touch_screens_the_title_of_the_points_ends_before_the_tools(browser: Browser, site: Path) -> None:
    with visit(
        browser, site.as_uri() + "/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as seen:
        page = seen.open(pages(site)["parent"])
        wake(page)
        title, tools = card(page, "val/loss").locator("summary"), card(page, "val/loss").locator(".card-tools")
        until(lambda: apart(title, tools), True)
        assert seen.problems == []


def test_children_and_parent_lead_to_one_another(seen: Visit, site: Path) -> None:
    page = seen.page
    table = page.locator("#children")
    table.locator("tbody th").first.wait_for()
    expect(table.locator("tbody th")).to_have_text(["first child", "second child"])
    expect(table.locator("tbody .status svg.completed")).to_have_count(2)
    expect(page.locator("#rail-children .count")).to_have_text("2")
    table.get_by_role("link", name="first child").click()
    page.wait_for_url(f"**/{pages(site)['first child']}")
    page.locator("[data-run-id] a").click()
    page.wait_for_url(f"**/{pages(site)['parent']}")


def test_brackets_go_to_the_run_before_and_after(seen: Visit, site: Path) -> None:
    page = seen.page
    page.locator("#next[href]").wait_for()
    page.keyboard.press("]")
    page.wait_for_url(f"**/{pages(site)['first child']}")
    page.locator("#previous[href]").wait_for()
    page.keyboard.press("[")
    page.wait_for_url(f"**/{pages(site)['parent']}")
    page.locator("#next[href]").wait_for()
    expect(page.locator("#previous")).to_have_attribute("aria-disabled", "true")


def test_the_search_finds_names_tags_and_parameters(seen: Visit, site: Path) -> None:
    page = seen.page
    page.keyboard.press("/")
    page.keyboard.type("rate=0.1")
    found = page.get_by_role("option")
    found.first.wait_for()
    expect(found).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.type("child")
    expect(found).to_have_count(2)
    page.keyboard.press("ArrowDown")
    name = page.locator("[aria-selected=true] .title").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{pages(site)[name]}")


def test_hits_say_what_matched_and_the_status(seen: Visit) -> None:
    page = seen.page
    page.keyboard.press("/")
    page.keyboard.type("status:completed rate:0.1")
    page.get_by_role("option").first.wait_for()
    expect(page.locator(".found mark").first).to_have_text("status=Completed")
    expect(page.locator(".found .note").first).to_contain_text(" · Completed · ")


def test_hits_show_what_differs_at_the_end_of_long_names(browser: Browser, tmp_path: Path) -> None:
    for at in range(2):
        params = {"model": {"text_encoder": {"dropout_of_the_last_attention_layer": at, "rate": at}}, "lr.max_rate": at}
        runpages.start("demo", name=f"run {at}", root=tmp_path / "runs", params=params).complete()
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, tmp_path.joinpath("site").as_uri() + "/") as seen:
        page = seen.open("index.html")
        assert "status:" in str(page.locator("#search").get_attribute("placeholder"))
        page.locator("#search").fill("run")
        note = page.locator(".found .note").first
        expect(note).to_have_text(
            re.compile(r" · …the_last_attention_layer=1 · model.text_encoder.rate=1 · max_rate=1$")
        )
        whole = "model.text_encoder.dropout_of_the_last_attention_layer=1"
        expect(note).to_have_attribute("title", re.compile(re.escape(whole)))


def test_a_tile_links_the_run_that_is_better(browser: Browser, tmp_path: Path) -> None:
    for name, loss in (("better", 0.25), ("worse", 0.75)):
        with runpages.start("demo", name=name, root=tmp_path / "runs") as run:
            run.log("loss", loss)
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, tmp_path.joinpath("site").as_uri() + "/") as seen:
        page = seen.page
        seen.open("e/demo/index.html")
        page.set_viewport_size({"width": 768, "height": 600})
        until(lambda: page.locator("tbody th").first.evaluate("cell => getComputedStyle(cell).position"), "sticky")
        page.locator("tbody").get_by_role("link", name="worse").click()
        delta = page.locator(".delta")
        expect(delta).to_have_text("▲ 0.5 worse than better")
        delta.get_by_role("link", name="better").click()
        page.get_by_text("✓ best run").wait_for()


def test_the_help_lists_the_keys_of_the_page_and_turns_them_off(seen: Visit) -> None:
    page = seen.page
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    for key in "/?tfs":
        expect(dialog.locator("kbd", has_text=re.compile(f"^{re.escape(key)}$")).first).to_be_visible()
    dialog.get_by_label("Single-letter keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Help").click()
    dialog.get_by_label("Single-letter keys").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()


def test_parameters_are_searched_with_the_names_of_their_groups(seen: Visit) -> None:
    page = seen.page
    field = page.get_by_label("Filter parameters")
    page.locator("#parameters h2").hover()
    names = page.locator(".columns > div").first.locator("dt:visible")
    field.fill("model un")
    expect(names).to_have_text(["model", "units"])
    field.fill("option_17")
    expect(names).to_have_text(["option_17"])
    field.fill("")
    expect(names).to_have_count(24)


def test_packages_are_found_by_their_names_and_versions_and_copied_as_requirements(
    browser: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "demo" / "a"
    folder.mkdir(parents=True)
    packages = {"numpy": "2.4.6", "Pillow": "13.0.0", "pyyaml": "6.0.4"}
    (folder / "run.json").write_text(json.dumps({"format": 1, "environment": {"packages": packages}}))
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/", permissions=["clipboard-read", "clipboard-write"]) as seen:
        page = seen.open("e/demo/a.html")
        page.locator("#environment").hover()
        page.get_by_label("Filter environment").fill("pillow 13")
        expect(page.locator("#packages")).to_be_visible()
        expect(page.locator("#packages")).to_have_text("Pillow==13.0.0")
        page.get_by_label("Filter environment").fill("")
        page.get_by_title("Copy packages").click()
        until(
            lambda: page.evaluate("() => navigator.clipboard.readText()"),
            "numpy==2.4.6\nPillow==13.0.0\npyyaml==6.0.4",
        )


# --- logged figures ----------------------------------------------------------------------------------------


def test_what_a_filter_of_a_list_is_for_is_read_in_full(seen: Visit) -> None:
    page = seen.page
    page.locator("#parameters").hover()
    fields = page.locator(".columns .field input")
    expect(fields).not_to_have_count(0)
    # The longest of them, whatever this run has.
    fields.first.evaluate("field => { field.value = 'Filter environment'; }")
    until(lambda: fields.first.evaluate("field => field.scrollWidth <= field.clientWidth"), True)


def test_logged_figures_are_drawn_when_they_come_into_view(browser: Browser, tmp_path: Path) -> None:
    figure = graph_objects.Figure(graph_objects.Heatmap(z=[[1, 2], [3, 4]]), {"title": {"text": "A heat map"}})
    with runpages.start("figures", root=tmp_path / "runs") as run:
        for step in range(60):
            run.log({f"metric {number}": step for number in range(8)})
        run.log_image("heat", plot=figure)
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    (page,) = (tmp_path / "site" / "e" / "figures").glob("2*.html")
    with visit(browser, page.parent.as_uri() + "/", viewport={"width": 1440, "height": 500}) as seen:
        seen.open(page.name)
        expect(seen.page.locator(".logged-figure .main-svg")).to_have_count(0)
        seen.page.locator("#charts").scroll_into_view_if_needed()
        seen.page.locator(".logged-figure .heatmaplayer image").wait_for()
        expect(seen.page.locator(".logged-figure .gtitle")).to_have_text("A heat map")
        # The charts of metrics are drawn by the same library.
        seen.page.locator(".metric .card-body").first.hover()
        seen.page.locator(LIVE).first.wait_for()
        assert [problem for problem in seen.problems if "asked for" not in problem] == []


def test_tiles_are_no_higher_than_their_four_lines(seen: Visit) -> None:
    heights = seen.page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.offsetHeight)")
    assert heights and max(heights) < 116


def test_figures_in_space_and_on_circles_are_drawn_by_the_whole_library(browser: Browser, tmp_path: Path) -> None:
    figures = {
        "space": graph_objects.Figure(graph_objects.Scatter3d(x=[1, 2], y=[1, 2], z=[1, 2])),
        "circle": graph_objects.Figure(graph_objects.Scatterpolar(r=[1, 2, 3], theta=[0, 120, 240])),
        "flow": graph_objects.Figure(graph_objects.Sankey(node={"label": ["a", "b"]}, link=FLOW)),
        "map": graph_objects.Figure(graph_objects.Scattergeo(lon=[1], lat=[1])),
    }
    for name in ("one", "two"):
        with runpages.start("figures", name=name, root=tmp_path / "runs") as run:
            for key, figure in figures.items():
                run.log_image(key, plot=figure)
    for _ in range(2):  # What an unchanged experiment needs stays.
        report = build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    assert report.changed == 0
    assert (tmp_path / "site/e/figures/plotly.min.js").stat().st_size > 4_000_000
    (page, _) = (tmp_path / "site/e/figures").glob("2*.html")
    with visit(browser, tmp_path.joinpath("site").as_uri() + "/") as seen:
        seen.open(f"e/figures/{page.name}")
        for box in seen.page.locator(".logged-figure").all():
            box.scroll_into_view_if_needed()
            box.locator(".main-svg").first.wait_for()
        expect(seen.page.locator(".logged-figure")).to_have_count(3)
        expect(seen.page.locator(".polarlayer .scatterlayer path")).not_to_have_count(0)
        expect(seen.page.locator(".sankey-node")).to_have_count(2)
        expect(seen.page.locator("#charts")).to_contain_text("scattergeo")
        # A machine without a graphics card is told that this is slow.
        assert [problem for problem in seen.problems if "console warning" not in problem] == []
