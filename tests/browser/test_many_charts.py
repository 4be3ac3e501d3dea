"""A run with many metrics: every one is a chart, made as it comes into view; read by pointer and by finger."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from runpages_site.build import build
from runpages_site.chart.axis import linear, logarithmic, padded, y_axis
from runpages_site.chart.line_chart import side_of
from runpages_site.chart.series import Line, curve_of
from tests.browser.test_charts import LIVE, card
from tests.browser.visit import Visit, until, visit

METRICS = 90


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with 90 metrics in 3 groups and without times, one of which ends in nan."""
    folder = tmp_path_factory.mktemp("many")
    run = folder / "runs" / "many" / "one"
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"format": 1, "status": "Completed", "name": "one"}')
    lines = ["name,step,time,value,text"]
    for number in range(METRICS):
        for step in range(60):
            value = "nan" if number == METRICS - 1 and step >= 40 else f"{number + step / 100 + step % 3}"
            lines.append(f"{'abc'[number % 3]}/m{number},{step},,{value},")
    (run / "metrics.csv").write_text("\n".join(lines) + "\n")
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open("e/many/one.html")
        yield opened
        assert opened.problems == []


def test_every_metric_is_a_chart_as_it_comes_into_view(seen: Visit) -> None:
    page = seen.page
    expect(page.locator(".metric .chart")).to_have_count(METRICS)
    expect(page.locator(".metric .chart .tick.y")).to_have_count(24)
    assert page.evaluate("document.getElementById('metrics').getElementsByTagName('*').length") < 1700
    last = card(page, "c/m89")
    height = last.evaluate("card => card.offsetHeight")
    expect(page.locator(".live")).to_have_count(0)
    last.scroll_into_view_if_needed()
    last.locator(LIVE).first.wait_for()
    assert last.locator(".live .ytick text").count() > 2
    assert (
        last.evaluate("card => card.offsetHeight") == height == card(page, "a/m0").evaluate("card => card.offsetHeight")
    )
    last.locator("summary").click()
    last.locator("tbody tr").first.wait_for()
    expect(last.locator("tbody tr")).to_have_count(60)
    expect(last.locator(".points .note")).to_contain_text("metrics.csv")


def test_a_line_lies_where_it_lay_when_its_chart_gets_its_axes(seen: Visit) -> None:
    body = card(seen.page, "c/m80").locator(".card-body")
    line = body.locator("path.line").bounding_box()
    body.scroll_into_view_if_needed()
    card(seen.page, "c/m80").locator(LIVE).first.wait_for()
    drawn = body.locator(".live .scatterlayer .lines").bounding_box()
    assert line and drawn
    assert all(abs(line[side] - drawn[side]) < 3 for side in ("x", "width", "height"))


def test_the_filter_finds_metrics_of_every_group_and_those_that_end_in_nan(seen: Visit) -> None:
    page = seen.page
    page.locator("[data-filter]").fill("m89")
    expect(page.locator("[data-count]")).to_have_text("1 of 90")
    card(page, "c/m89").locator(LIVE).first.wait_for()
    page.locator("[data-filter]").fill("nan")
    expect(page.locator("[data-count]")).to_have_text("1 of 90")
    expect(card(page, "c/m89").locator(".note.warn")).to_have_text("nan since step 40")
    callout = page.get_by_role("group", name="Not a number")
    expect(callout).to_have_text("c/m89 is nan since step 40.")


@pytest.mark.parametrize("width", [390, 1100, 1440])
def test_the_group_that_is_read_and_what_the_address_names_are_in_sight(
    browser: Browser, site: Path, width: int
) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": width, "height": 900}) as opened:
        page = opened.open("e/many/one.html#metric-b~2fm40?smooth=0.5&fold=")
        page.wait_for_function("""() => {
            const bottom = selector => document.querySelector(selector).getBoundingClientRect().bottom;
            const top = document.getElementById("metric-b~2fm40").getBoundingClientRect().top;
            const head = innerWidth > 1000 ? bottom("#metrics-b > summary") : 0;
            return getComputedStyle(document.querySelector("#metrics > .toolbar")).position === "sticky"
                && top < 300 && top >= Math.max(bottom("#metrics > .toolbar"), head);
        }""")
        if width > 1000:
            expect(page.locator("#metrics-b > summary")).to_be_in_viewport(ratio=1)
        assert opened.problems == []


def test_times_cannot_be_chosen_where_there_are_none(seen: Visit) -> None:
    card(seen.page, "a/m0").locator(".card-body").hover()
    for value in ("time", "relative"):
        choice = seen.page.locator(f"[name=x-axis][value={value}]")
        expect(choice).to_be_disabled()
        expect(choice.locator("..")).to_have_attribute("title", "No times were logged")
    seen.page.evaluate("location.hash = '#metrics?x=time'; location.reload()")
    card(seen.page, "a/m0").locator(".card-body").hover()
    card(seen.page, "a/m0").locator(LIVE).first.wait_for()
    expect(seen.page.locator("[name=x-axis]:checked")).to_have_value("step")


# --- the same axes in the browser as in the builder ---


def test_axes_of_live_charts_are_those_of_the_drawings(seen: Visit) -> None:
    page = seen.page
    card(page, "a/m0").locator(".card-body").hover()
    card(page, "a/m0").locator(LIVE).first.wait_for()
    some = random.Random(1)
    ends = [(low, low + some.choice([1, 7, 0.03, 1e-7, 4e6, 1e300]) * some.random()) for low in _numbers(some)]
    expected = [
        [*map(list, [*linear(low, high), *linear(low, high, whole=True)]), list(padded(low, high, False, False))]
        for low, high in ends
    ]
    script = "ends => ends.map(([low, high]) => { const axis = runpages.axis; return ["
    script += "...[...axis.linear(low, high), ...axis.linear(low, high, 6, true)].map(one => [one.value, one.label]),"
    script += "axis.padded(low, high, false, false)]; })"
    assert page.evaluate(script, ends) == expected

    decades = [(10**low, 10 ** (low + some.choice([0.1, 0.9, 3, 12]))) for low in range(-30, 30, 3)]
    script = "ends => ends.map(([low, high]) => runpages.axis.logarithmic(low, high).map(one => one.label))"
    assert page.evaluate(script, decades) == [[tick.label for tick in logarithmic(*one)] for one in decades]

    lines = [[low, high, (low + high) / 2] for low, high in ends if high > low]
    axes = [y_axis([curve_of(Line("", list(enumerate(line))))], log=False) for line in lines]
    script = "lines => lines.map(values => { const series = { x: 'step', steps: [0, 1, 2], times: null, values, others:"
    script += "null, strands: [], ranks: false }; const view = { weight: 0, x: 'step', scale: 'linear', zoom: null };"
    script += "const spec = runpages.chartSpec(series, view, { heights: null, ended: false });"
    script += "return [spec.yRange, spec.left]; })"
    assert page.evaluate(script, lines) == [[[axis.low, axis.high], side_of(axis).left] for axis in axes]


def _numbers(some: random.Random) -> list[float]:
    return [some.choice([-1, 1]) * some.random() * 10 ** some.randint(-8, 8) for _ in range(60)] + [0.0, 10_000.0, 1e7]


# --- by finger ---


@pytest.fixture
def phone(browser: Browser, site: Path) -> Iterator[Page]:
    small: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visit(browser, site.as_uri() + "/", **small) as opened:
        opened.open("e/many/one.html")
        opened.page.locator("#metrics-a > summary").tap()  # Large groups come folded there.
        yield opened.page
        assert opened.problems == []


def touch(session: CDPSession, kind: str, *fingers: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_finger_reads_values_and_two_zoom(phone: Page) -> None:
    chart = card(phone, "a/m0")
    body = chart.locator(".card-body")
    body.tap(position={"x": 150, "y": 80})
    readout = chart.locator(".card-head .tip")
    expect(readout).to_be_visible()
    before = readout.inner_text()
    session = phone.context.new_cdp_session(phone)
    box = body.bounding_box()
    assert box
    x, y = box["x"], box["y"] + 80
    touch(session, "touchStart", (x + 150, y))
    for at in range(1, 7):
        touch(session, "touchMove", (x + 150 + 15 * at, y))
    touch(session, "touchEnd")
    expect(readout).not_to_have_text(before)
    expect(phone).not_to_have_url(re.compile("zoom"))
    expect(chart.locator(".zoom")).to_have_count(0)

    touch(session, "touchStart", (x + 150, y))
    touch(session, "touchStart", (x + 150, y), (x + 220, y))
    for at in range(1, 7):
        touch(session, "touchMove", (x + 150 - 10 * at, y), (x + 220 + 10 * at, y))
    touch(session, "touchEnd")
    chart.get_by_role("button", name="Reset zoom").wait_for()
    expect(phone).to_have_url(re.compile("zoom="))
    chart.get_by_role("button", name="Reset zoom").tap()
    expect(chart.locator(".zoom")).to_be_hidden()


def test_the_first_tap_of_a_page_reads_a_value(phone: Page) -> None:
    expect(phone).to_have_url(re.compile("fold="))  # Else it could come after the address was emptied.
    phone.evaluate("history.replaceState(null, '', location.pathname)")
    phone.reload()
    phone.locator("#metrics-a").evaluate("group => { group.open = true; }")
    expect(phone.locator("script[src*='metrics']")).to_have_count(0)
    chart = card(phone, "a/m0")
    chart.locator(".card-body").tap(position={"x": 150, "y": 80})
    expect(chart.locator(".card-head .tip")).to_have_text(re.compile(r"^step"))


def test_tools_are_in_sight_by_touch_and_cover_no_head(phone: Page) -> None:
    chart = card(phone, "a/m0")
    chart.locator(".card-body").tap(position={"x": 150, "y": 80})
    chart.locator(LIVE).first.wait_for()
    tools, head = chart.locator(".card-tools").bounding_box(), chart.locator(".card-head").bounding_box()
    assert tools and head
    assert tools["y"] > head["y"] + head["height"]
    until(lambda: chart.locator(".card-tools").evaluate("tools => getComputedStyle(tools).opacity"), "1")
    phone.get_by_role("button", name="More chart tools").tap()
    expect(phone.get_by_role("button", name="Ignore outliers")).to_be_visible()
    until(lambda: phone.evaluate("document.documentElement.scrollWidth"), 390)


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1440, 2), (1680, 3)])
def test_a_chart_that_is_alone_in_its_row_is_as_wide_as_the_page(
    browser: Browser, site: Path, width: int, columns: int
) -> None:
    metrics = "".join(
        f"g{count}/m{at},{step},,{step},\n" for count in (1, 2, 3, 4) for at in range(count) for step in (0, 1)
    )
    folder = site.parent / f"alone-{width}"
    run = folder / "runs" / "many" / "one"
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"format": 1, "status": "Completed"}')
    (run / "metrics.csv").write_text("name,step,time,value,text\n" + metrics)
    build(folder / "runs", folder / "site", now=time(), version="1")
    with visit(browser, (folder / "site").as_uri() + "/", viewport={"width": width, "height": 900}) as opened:
        page = opened.open("e/many/one.html")
        for count in (1, 2, 3, 4):
            # On a phone a row has one card, and all are as wide.
            alone = columns > 1 and count % columns == 1
            widths = page.locator(f"#metrics-g{count} .card").evaluate_all(
                "cards => cards.map((one) => one.offsetWidth)"
            )
            whole = page.locator("#metrics").evaluate("section => section.offsetWidth")
            assert (widths[-1] == whole) == (alone or columns == 1), count
            assert len(set(widths[:-1])) <= 1
        assert opened.problems == []
