"""Charts over runs: what is seen without a script, lifting, brushing, choosing, and the numbers behind them."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from time import sleep, time
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

RATES, WIDTHS = (0.001, 0.01, 0.1), (16, 32, 64, 128)
COUNT = 36
EVERY_KIND = (
    "#?charts.1=lines.sd,val/loss&charts.4=grid,val/loss,width,lr&charts.5=trend,val/loss"
    "&charts.6=association,val/loss&charts.7=points.box,val/loss,opt&charts.8=points,val/loss,last(val/score)"
)
SETTINGS = """
experiments:
  sweep:
    views:
      - {name: Trend of adam, query: "opt:adam", charts: ["trend,val/loss", none, "grid,val/loss,width,lr"]}
"""
HOSTILE = '<img src=x onerror=alert(1)>, "b" ~c'


def loss(at: int) -> float:
    """What a run ends with: by the rate, a little by the width, and more since the code changed."""
    noise = random.Random(at).gauss(0, 0.005)
    return 0.1 + 0.1 * abs(math.log10(RATES[at % 3]) + 2) + 0.4 / WIDTHS[at // 3 % 4] + 0.07 * (at >= 20) + noise


def write(root: Path) -> None:
    """A sweep, and runs with names that are markup."""
    for at in range(COUNT):
        params = {"lr": RATES[at % 3], "width": WIDTHS[at // 3 % 4], "opt": ("adam", "sgd")[at % 2]}
        if (params["lr"], params["width"]) == (0.1, 128):
            params["width"] = 64
        params["code"] = "v1" if at < 20 else "v2"
        with runpages.start("sweep", name=f"run-{at}", root=root, params=params, capture=False) as run:
            for step in range(6):
                run.log("val/loss", loss(at) + 1 / (step + 1) - 1 / 6, step=step)
            run.log("val/score", 1 - loss(at))
    for name, steps in (("short", 1), ("long", 5)):
        with runpages.start("ended", name=name, root=root, capture=False) as run:
            for step in range(steps):
                run.log("loss", 1 / (step + 1), step=step)
        sleep(0.002)  # A chart in order of start needs two starts, which are noted in milliseconds.
    for at in range(3):
        params = {HOSTILE: at, "b": ("</script>", "x,y")[at % 2]}
        with runpages.start("hostile", name=f"<b>{at}</b>", root=root, params=params, capture=False) as run:
            for step in range(3):
                run.log("<i>loss</i>, a", at + step, step=step)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run-charts")
    write(folder / "runs")
    (folder / "runs" / "runpages.yml").write_text(SETTINGS)
    build(folder / "runs", folder / "site", now=time(), version="0")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/") as seen:
        yield seen
        assert seen.problems == []


def live(seen: Visit, place: str = "e/sweep/index.html") -> Page:
    """The page with its charts drawn by the script."""
    page = seen.open(place)
    page.locator("#charts h2").hover()
    page.locator("#charts[data-live]").wait_for()
    expect(page.locator("#charts .card")).not_to_have_count(0)
    expect(page.locator("#charts .card-body:not(:has(> :is(.is-drawn, table, div, p)))")).to_have_count(0)
    return page


def state(page: Page) -> str:
    return unquote(str(page.evaluate("() => String(runpages.urlState())"))).replace("+", " ")


def titles(page: Page) -> list[str]:
    found: list[str] = page.locator("#charts .card").evaluate_all(
        "cards => cards.map(card => ['h3', '.note'].map(part => card.querySelector(part).textContent).join(': '))"
    )
    return found


def drag(page: Page, axis: Locator, start: float, end: float) -> None:
    """Drag along an axis, between shares of its height from below."""
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box is not None
    x, bottom, height = box["x"] + box["width"] / 2, box["y"] + box["height"] - 8, box["height"] - 16
    page.mouse.move(x, bottom - start * height)
    page.mouse.down()
    page.mouse.move(x, bottom - (start + end) / 2 * height)
    page.mouse.move(x, bottom - end * height)
    page.mouse.up()


def test_charts_are_there_without_a_script(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as seen:
        page = seen.open("e/sweep/index.html")
        charts = page.get_by_role("region", name="Charts over runs").locator("svg[role=img]")
        expect(charts).to_have_count(3)
        for chart in charts.all():
            assert re.search("36 runs.*Lowest.* by run-", chart.get_attribute("aria-label") or "")
        assert seen.problems == []


@pytest.mark.parametrize(("experiment", "count"), [("sweep", 3), ("ended", 2)])
def test_the_script_shows_the_same_charts(seen: Visit, experiment: str, count: int) -> None:
    page = seen.open(f"e/{experiment}/index.html")
    before = page.locator("#charts").bounding_box()
    headings = page.locator("#charts h3").all_text_contents()
    page = live(seen, f"e/{experiment}/index.html")
    expect(page.locator("#charts svg.is-drawn")).to_have_count(count)
    expect(page.locator("#charts h3")).to_have_text(headings)
    until(page.locator("#charts").bounding_box, before)
    assert "charts" not in state(page)


def test_a_name_belongs_to_where_its_line_ends(seen: Visit) -> None:
    page = live(seen, "e/ended/index.html")
    chart = page.locator("#charts svg.is-drawn").first

    def end(name: str) -> float:
        ends = chart.locator("g.end").filter(has_text=name).locator("circle")
        return float(ends.get_attribute("cx") or "nan")

    low, high = (
        float(chart.locator("path.axis").evaluate(f"path => path.getBBox().{side}")) for side in ("x", "width")
    )
    assert end("short") == pytest.approx(low, abs=1)
    assert end("long") == pytest.approx(low + high, abs=1)
    expect(chart.locator(".reach")).to_have_count(1)


def test_each_chart_is_drawn_once_as_the_script_takes_over(seen: Visit) -> None:
    page = seen.open("e/sweep/index.html")
    page.evaluate("""() => {
        window.drawn = 0;
        const count = (changes) => { window.drawn += changes.length; };
        for (const body of document.querySelectorAll("#charts .card-body")) {
            new MutationObserver(count).observe(body, { childList: true });
        }
    }""")
    page.locator("#charts h2").hover()
    expect(page.locator("#charts svg.is-drawn")).to_have_count(3)
    # What is drawn again is drawn a moment later.
    page.evaluate("() => new Promise((done) => setTimeout(() => requestIdleCallback(() => done()), 200))")
    assert page.evaluate("window.drawn") == 3


def test_a_brush_is_a_term_of_the_query_with_inclusive_ends(seen: Visit) -> None:
    page = live(seen)
    drag(page, page.locator("#charts-3 .handle").first, 0.4, 0.8)
    expect(page.locator("#charts-3 .brush")).to_have_count(1)
    assert state(page) == "runs.query=lr:0.01..0.01"
    expect(page.locator("#charts-2 .note")).to_contain_text("12 runs")
    # A second one on another axis; the first one is drawn anew.
    drag(page, page.locator("#charts-3 .handle").first, 1.0, 0.3)
    expect(page.locator("#charts-2 .note")).to_contain_text("24 runs")
    drag(page, page.locator("#charts-3 .handle").nth(1), -0.01, 0.4)
    expect(page.locator("#charts-3 .brush")).to_have_count(2)
    assert "lr:0.01..0.1 width:16..32" in state(page)
    rows = page.evaluate("() => [...runpages.runsTable.shown].map(row => runpages.runsTable.runs.title[row])")
    assert sorted(rows) == sorted(f"run-{at}" for at in range(COUNT) if at % 3 > 0 and at // 3 % 4 < 2)
    page.locator("#charts-3").get_by_text("Clear brush").click()
    expect(page.locator("#charts-3 .brush")).to_have_count(0)
    assert state(page) == ""


def test_a_click_takes_a_brush_away_and_ticks_no_run(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html#?runs.query=opt:adam lr:0.01..0.1")
    expect(page.locator("#charts-3 .brush text").first).to_have_text("0.01 – 0.1")
    drag(page, page.locator("#charts-3 .handle").first, 0.5, 0.5)
    expect(page.locator("#charts-3 .brush")).to_have_count(1)
    assert state(page) == "runs.query=opt:adam"
    assert page.evaluate("() => runpages.runsTable.ticked.size") == 0


def test_a_metric_is_brushed_by_its_aggregate(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html#?charts.3=parallel,lr,last(val/loss),val/loss")
    drag(page, page.locator("#charts-3 .handle").nth(1), 0.5, -0.01)
    expect(page.locator("#charts-3 .brush")).to_have_count(1)
    low, high = map(float, re.findall(r"last\(val/loss\):(\S+)\.\.(\S+)", state(page))[0])
    shown = page.evaluate("() => runpages.runsTable.shown.length")
    values = sorted(map(loss, range(COUNT)))
    assert 0 < shown < COUNT and low <= values[0] and values[shown - 1] <= high < values[shown]


def test_a_run_is_lifted_in_all_charts(seen: Visit) -> None:
    page = live(seen)
    page.locator("#charts-2 .best circle").hover(force=True)
    best = min(range(COUNT), key=loss)
    expect(page.locator("#charts-2 .run-tip strong")).to_have_text(f"run-{best}")
    expect(page.locator("#charts .lifts > *")).not_to_have_count(0)
    expect(page.locator("#charts-1 .lifted-line")).to_have_count(1)
    expect(page.locator("#charts-3 .lifted-line")).to_have_count(1)
    page.locator("h1").hover()
    expect(page.locator("#charts .lifts > *")).to_have_count(0)
    # What the table lifts is lifted here, too.
    page.evaluate("() => runpages.runsTable.lift(3)")
    expect(page.locator("#charts-3 .lifted-line")).to_have_count(1)


def test_keys_go_from_run_to_run(seen: Visit) -> None:
    page = live(seen)
    page.locator("#charts-2 .card-body").focus()
    page.keyboard.press("End")
    said = page.locator("#said")
    expect(said).to_contain_text("lr 0.1")
    page.keyboard.press("Space")
    expect(said).to_contain_text("ticked")
    assert page.evaluate("() => runpages.runsTable.ticked.size") == 1
    page.keyboard.press("Home")
    expect(said).to_contain_text("lr 0.001")
    title = page.evaluate("() => runpages.runsTable.runs.title[runpages.runsTable.lifted]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)


def test_what_is_chosen_is_in_the_address(browser: Browser, site: Path, seen: Visit) -> None:
    page = live(seen)
    page.get_by_role("button", name="Add chart").click()
    form = page.locator("#charts-4 form")
    form.get_by_role("combobox", name="Chart", exact=True).select_option("grid")
    form.get_by_role("combobox", name="Rows", exact=True).select_option("param:width")
    form.get_by_role("combobox", name="Columns", exact=True).select_option("param:lr")
    form.get_by_role("combobox", name="Value", exact=True).select_option("last")
    page.locator("#charts-1").get_by_role("button", name="Edit").click()
    page.locator("#charts-1 form").get_by_role("combobox", name="Groups").select_option("minmax")
    page.locator("#charts-2").get_by_role("button", name="Remove").click()
    page.get_by_label("Colour of runs").select_option("param:opt")
    expect(page.locator("#charts-1 .note")).to_contain_text("mean, min to max by opt")
    assert state(page) == (
        "charts.4=grid,last(val/loss),width,lr&charts.1=lines.minmax,val/loss&charts.2=none&charts.color=opt"
    )
    shown = titles(page)
    assert len(shown) == 3 and "36 runs" in shown[2]
    with visit(browser, site.as_uri() + "/") as other:
        # Nothing was touched: the address asks for it.
        fresh = other.page
        fresh.goto(page.url)
        expect(fresh.locator("#charts-1 .note")).to_contain_text("mean, min to max by opt")
        expect(fresh.locator("#charts .card")).to_have_count(3)
        until(lambda: titles(fresh), shown)
        # Back to what is usual, as by a link that was pasted.
        fresh.evaluate("() => { location.hash = '#?charts.1=trend,val/loss'; }")
        expect(fresh.locator("#charts .card")).to_have_count(3)
        expect(fresh.locator("#charts-1 .note")).to_contain_text("in order of start")
        expect(fresh.locator("#charts-2")).to_be_visible()
        assert other.problems == []


def test_a_card_that_asks_for_nothing_that_is_there_is_as_usual(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html#?charts.1=pie,val/loss&charts.9=lines,gone")
    expect(page.locator("#charts svg.is-drawn")).to_have_count(3)


def test_a_saved_view_has_charts(seen: Visit) -> None:
    page = live(seen)
    page.locator("#runs-section").hover()
    page.get_by_role("button", name="Trend of adam").click()
    expect(page.locator("#charts-1 .note")).to_contain_text("min, in order of start, 18 runs, no step: permutation p ")
    expect(page.locator("#charts-2")).to_have_count(0)
    expect(page.locator("#charts-3 .run-grid-table")).to_be_visible()
    assert state(page) == ("runs.query=opt:adam&charts.1=trend,val/loss&charts.2=none&charts.3=grid,val/loss,width,lr")


def test_a_query_changes_no_band(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html#?charts.1=lines.sd,val/loss")
    foot, bands = page.locator("#charts-1 .run-foot"), page.locator("#charts-1 .group-mean")
    expect(bands).to_have_count(3)
    expect(foot).to_contain_text("Bands over all members of each group, n 12 a step")
    before = page.locator("#charts-1 .end text").all_text_contents()
    assert len(before) == 3
    page.evaluate("runpages.runsTable.setQuery('opt:adam')")
    expect(page.locator("#charts-1 .line")).to_have_count(18)
    expect(foot).to_contain_text("n 12 a step")
    expect(bands).to_have_count(3)
    expect(page.locator("#charts-1 .end text")).to_have_text(before)
    page.evaluate("runpages.runsTable.setQuery('lr:0.1 opt:adam')")
    expect(bands).to_have_count(1)
    expect(foot).to_contain_text("n 12 a step")


def test_every_kind_of_chart_says_what_it_shows(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html" + EVERY_KIND)
    expect(page.locator("#charts-1 .note")).to_have_text("mean ± sd by lr, 36 runs, log")
    expect(page.locator("#charts-1 .run-foot")).to_contain_text("n 12 a step")
    expect(page.locator("#charts-1 .run-foot")).to_contain_text("Within a group these vary too: width, opt, code")
    expect(page.locator("#charts-5 .run-foot")).to_contain_text("since run-20")
    expect(page.locator("#charts-5 .run-foot")).to_contain_text("(worse)")
    expect(page.locator("#charts-5 .run-foot")).to_contain_text("Changed with it: code v1 → v2.")
    expect(page.locator("#charts-6 .note")).to_contain_text("association, not cause")
    expect(page.locator("#charts-6 tbody tr")).to_have_count(4)
    expect(page.locator("#charts-7 .box")).to_have_count(2)
    expect(page.locator("#charts-8 .note")).to_contain_text("against last val/score")
    empty = page.locator("#charts-4 .no-run")
    expect(empty).to_have_text("no run")


def test_the_grid_has_the_means_of_its_cells(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html#?charts.4=grid,val/loss,width,lr")
    expect(page.locator("#charts-4 .is-best")).to_have_count(1)
    cells = page.locator("#charts-4 tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    groups: dict[tuple[int, float], list[float]] = {}
    for at in range(COUNT):
        rate, width = RATES[at % 3], WIDTHS[at // 3 % 4]
        groups.setdefault((64 if (rate, width) == (0.1, 128) else width, rate), []).append(loss(at))
    for row in cells:
        for rate, text in zip(RATES, row[1:], strict=True):
            values = groups.get((int(row[0]), rate))
            if values is None:
                assert text == "no run"
                continue
            mean, count = text.split("\n")
            assert float(mean) == pytest.approx(np.mean(values), abs=5e-5)
            assert count.startswith(f"n {len(values)}")


def test_values_are_in_a_table_and_a_file(seen: Visit) -> None:
    page = live(seen)
    card = page.locator("#charts-2")
    card.hover()
    card.get_by_role("button", name="Table").click()
    expect(card.locator("pre.rows")).to_contain_text("run\tlr\tval/loss")
    assert len(card.locator("pre.rows").inner_text().splitlines()) == COUNT + 1
    with page.expect_download() as download:
        page.locator("#charts-1").hover()
        page.locator("#charts-1").get_by_role("button", name="CSV").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert lines[0] == "run,step,val/loss"
    assert len(lines) == 6 * COUNT + 1


def test_a_card_is_enlarged_and_comes_back(seen: Visit) -> None:
    page = live(seen)
    page.locator("#charts-2").hover()
    page.locator("#charts-2").get_by_role("button", name="Enlarge").click()
    expect(page.locator("#large #charts-2 svg.is-drawn")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#charts #charts-2 svg.is-drawn")).to_be_visible()


def test_names_that_are_markup_are_names(seen: Visit) -> None:
    page = live(seen, "e/hostile/index.html#?charts.color=own")
    expect(page.locator("#charts svg.is-drawn")).to_have_count(3)
    expect(page.locator("#charts-1 .label").first).to_contain_text("<b>")
    page.locator("#charts-3").get_by_role("button", name="Edit").click()
    form = page.locator("#charts-3 form")
    expect(form.get_by_label(HOSTILE, exact=True)).to_be_checked()
    form.get_by_role("combobox", name="Chart", exact=True).select_option("points")
    form.get_by_role("combobox", name="Over", exact=True).select_option("param:" + HOSTILE)
    expect(page.locator("#charts-3 h3")).to_have_text("<i>loss</i>, a")
    shown = titles(page)
    fresh = live(seen, page.url.removeprefix(seen.origin))
    expect(fresh.locator("#charts-3 h3")).to_have_text("<i>loss</i>, a")
    until(lambda: titles(fresh), shown)
    assert fresh.locator("#charts img, #charts :is(b, i):not(.run-tip *)").count() == 0


def test_a_phone_shows_one_chart_below_the_other(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 800}, has_touch=True) as seen:
        page = seen.open("e/sweep/index.html" + EVERY_KIND)
        page.locator("#charts[data-live]").wait_for()
        expect(page.locator("#charts svg.is-drawn")).to_have_count(6)
        assert page.evaluate(TOO_WIDE) == []
        lefts = page.locator("#charts .card").evaluate_all("cards => cards.map(card => card.getBoundingClientRect().x)")
        assert len(set(lefts)) == 1
        assert seen.problems == []


def test_axe_finds_nothing_in_any_kind_of_chart(seen: Visit) -> None:
    page = live(seen, "e/sweep/index.html" + EVERY_KIND)
    expect(page.locator("#charts svg.is-drawn")).to_have_count(6)
    page.locator("#charts-3").get_by_role("button", name="Edit").click()
    page.locator("#charts-1").get_by_role("button", name="Table").click()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate("() => Promise.all(document.getAnimations().map(one => one.finished))")
        assert axe_violations(page) == []


def test_the_numbers_are_those_of_numpy(seen: Visit) -> None:
    page = live(seen)
    draw = np.random.default_rng(7)

    def ask(expression: str, *given: Any) -> Any:
        return page.evaluate(f"given => runpages.runStats.{expression}", list(given))

    for size in (20, 137):
        x, y = draw.normal(size=size).round(1).tolist(), draw.normal(size=size).tolist()
        boxed = ask("box(given[0])", y)
        assert [boxed["first"], boxed["median"], boxed["third"]] == pytest.approx(np.quantile(y, [0.25, 0.5, 0.75]))
        ranks = [np.array(ask("ranks(given[0])", one)) for one in (x, y)]
        assert ranks[0] == pytest.approx([np.mean(np.flatnonzero(np.sort(x) == value)) + 1 for value in x])
        found = ask("correlation(...given)", x, y)
        assert found["value"] == pytest.approx(np.corrcoef(ranks[0], ranks[1])[0, 1])
        shuffled = [abs(np.corrcoef(ranks[0], draw.permutation(ranks[1]))[0, 1]) for _ in range(2_000)]
        assert found["p"] == pytest.approx(np.mean(np.array(shuffled) >= abs(found["value"])), abs=0.06)
        places = draw.integers(0, 4, size).tolist()
        groups = [np.array(y)[np.array(places) == place] for place in range(4)]
        between = sum(len(group) * (group.mean() - np.mean(y)) ** 2 for group in groups)
        assert ask("etaSquared(...given)", places, y)["value"] == pytest.approx(between / (np.var(y) * size))
    curves = draw.normal(size=(6, 5))
    bands = ask("bands(given[0].map(values => new Map(values.map((value, x) => [x, value]))))", curves.tolist())
    assert [one["mean"] for one in bands] == pytest.approx(curves.mean(axis=0))
    assert [one["sd"] for one in bands] == pytest.approx(curves.std(axis=0, ddof=1))
    values = np.concatenate([draw.normal(size=9), draw.normal(3, 1, 7)])
    step = ask("step(given[0])", values.tolist())

    def welch(at: int) -> float:
        one, other = values[:at], values[at:]
        return float(abs(one.mean() - other.mean())) / math.sqrt(
            one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)
        )

    assert step["at"] == max(range(4, len(values) - 3), key=welch)
