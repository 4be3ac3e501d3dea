"""A metric of very many points: what a view needs is loaded when it is looked at, and a spike is always there."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Page, expect

from runpages_site.build import build
from tests.browser.test_charts import LIVE, card, wake
from tests.browser.visit import Visit, until, visit

POINTS, SPIKE, BEGAN = 200_000, 66_667, 1_700_000_000
SHOWN = "body => { const [one] = body.querySelector('.live').data; return [[...one.x], [...one.y]]; }"
RANGE = "box => box.layout.xaxis.range.map(Number)"
CHUNKS = "() => [...document.scripts].map((one) => one.src).filter((src) => src.includes('/points/'))"


def value(step: int) -> float:
    return 3.0 if step == SPIKE else math.exp(-step / 50_000) + 0.02 * math.sin(step * step)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    run = folder / "runs" / "long" / "one"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"format": 1, "status": "Completed", "name": "one"}))
    with (run / "metrics.csv").open("w") as file:
        file.write("name,step,time,value,text\n")
        for step in range(POINTS):
            file.write(f"loss,{step},{BEGAN + step / 100},{value(step)!r},\n")
            if step % 20 == 0:  # Uneven steps, and a stretch without numbers.
                file.write(
                    f"gaps,{step + step % 7},{BEGAN + step / 100},{'nan' if 40_000 < step < 60_000 else step},\n"
                )
            if step % 1000 == 0:
                file.write(f"short,{step},{BEGAN + step / 100},{step},\n")
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open("e/long/one.html")
        yield opened
        assert opened.problems == []


def shown(page: Page, name: str = "loss") -> tuple[list[float], list[float | None]]:
    """What a live chart draws."""
    x, y = card(page, name).locator(".card-body").evaluate(SHOWN)
    return x, y


def span(page: Page, name: str = "loss") -> float:
    x, _ = shown(page, name)
    return x[-1] - x[0]


def drag(page: Page, start: float, end: float, name: str = "loss") -> None:
    """Zoom with the pointer into a part of the chart, and wait until it draws that part."""
    tag = card(page, name).locator(".zoom .tag")
    before = tag.text_content() if tag.count() else ""
    box = card(page, name).locator(".nsewdrag").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=5)
    page.mouse.up()
    # It is written when the part is drawn, with the points that were loaded for it.
    expect(tag).not_to_have_text(str(before))


def test_the_first_view_is_small_and_has_the_spike(seen: Visit, site: Path) -> None:
    wake(seen.page, "loss")
    x, y = shown(seen.page)
    assert (x[0], max(filter(None, y))) == (0, 3.0)
    assert 2_000 < len(x) <= 8_192
    assert x[-1] == pytest.approx(POINTS, abs=100)
    loaded = {name.partition("?")[0].rpartition("/points/")[2] for name in seen.page.evaluate(CHUNKS)}
    assert {name for name in loaded if name.startswith("loss/")} == {"loss/2-0.js"}
    assert (site / "e/long/one/points.js").stat().st_size < 6_000


def test_a_zoom_goes_down_to_the_points_and_never_loses_the_spike(seen: Visit) -> None:
    page = seen.page
    wake(page, "loss")
    for _ in range(4):
        low, high = card(page, "loss").locator(".live").evaluate(RANGE)
        middle = (SPIKE - low) / (high - low)
        drag(page, max(middle - 0.1, 0), min(middle + 0.1, 1))
        assert max(filter(None, shown(page)[1])) == 3.0
    x, y = shown(page)
    assert all(after - before == 1 for before, after in pairwise(x))
    assert y == pytest.approx([value(int(step)) for step in x], abs=1e-5)

    low, high = card(page, "loss").locator(".live").evaluate("box => box.layout.yaxis.range")
    assert low < min(filter(None, y)) < max(filter(None, y)) < high < 4
    # The others are in the same range, and back is back.
    until(lambda: span(page, "gaps") < 10_000, True)
    card(page, "loss").get_by_role("button", name="Reset zoom").click()
    until(lambda: span(page) > POINTS * 0.99, True)


def test_the_cursor_tells_the_least_and_the_greatest(seen: Visit) -> None:
    wake(seen.page, "loss")
    body = card(seen.page, "loss").locator(".card-body")
    body.hover(position={"x": 200, "y": 80})
    expect(body.locator(".tip")).to_contain_text(" to ")


def test_the_table_has_the_first_points(seen: Visit) -> None:
    fold = card(seen.page, "loss").locator("details.points")
    fold.locator("summary").click()
    fold.locator("tbody tr").first.wait_for()
    expect(fold.locator("tbody tr")).to_have_count(1000)
    expect(fold.locator(".note")).to_have_text("first 1000 · all in metrics.csv")
    step, shown = fold.locator("tbody tr").nth(7).inner_text().split()
    assert step == "7"
    assert float(shown) == pytest.approx(value(7), abs=1e-6)


def test_gaps_are_gaps_and_are_told_at_every_level(seen: Visit) -> None:
    wake(seen.page, "gaps")
    x, y = shown(seen.page, "gaps")
    hole = [step for step, height in zip(x, y, strict=True) if height is None]
    assert min(hole) == pytest.approx(40_000, abs=300)
    assert max(hole) == pytest.approx(60_000, abs=300)
    shapes = (
        card(seen.page, "gaps").locator(".live").evaluate("box => box.layout.shapes.map((one) => [one.x0, one.x1])")
    )
    assert len(shapes) == 1
    drag(seen.page, 0.19, 0.21, "gaps")
    x, y = shown(seen.page, "gaps")
    assert {round(step) - round(step) % 20 for step in x} == {20 * (round(step) // 20) for step in x}
    assert None in y
    assert any(height is not None for height in y)


@pytest.mark.parametrize(("axis", "first"), [("time", BEGAN * 1000), ("relative", 0)])
def test_times_are_there_at_every_level(seen: Visit, axis: str, first: float) -> None:
    page = seen.page
    wake(page, "loss")
    page.locator(f'[name=x-axis][value="{axis}"]').check(force=True)
    seconds = POINTS / 100
    unit = 1000 if axis == "time" else 1 / 60
    until(lambda: span(page), pytest.approx(seconds * unit, rel=0.01))
    x, _ = shown(page)
    assert x[0] == pytest.approx(first, abs=10)
    drag(page, 0.3, 0.35)
    x, y = shown(page)
    assert max(filter(None, y)) == 3.0
    assert (x[-1] - x[0]) / unit == pytest.approx(seconds * 0.05, rel=0.5)
    assert [*x] == sorted(x)


def test_a_missing_chunk_is_told_and_the_rest_works(browser: Browser, site: Path) -> None:
    chunk = site / "e/long/one/points/loss/2-0.js"
    data = chunk.read_bytes()
    chunk.unlink()
    try:
        with visit(browser, site.as_uri() + "/") as opened:
            opened.open("e/long/one.html")
            card(opened.page, "loss").locator(".card-body").hover()
            card(opened.page, "gaps").locator(LIVE).first.wait_for()
            expect(card(opened.page, "loss").locator("svg.chart")).to_be_visible()
            expect(opened.page.locator("#said")).to_contain_text("2-0.js")
    finally:
        chunk.write_bytes(data)
