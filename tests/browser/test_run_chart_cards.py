"""Cards of charts over runs: a query of their own, their files, the axis of commits, and curves of runs that go on."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.test_run_charts import live, state
from tests.browser.visit import HURRY, Visit, until, visit

COMMITS = ("ffff0000", "aaaa1111", "cccc2222")
SETTINGS = """
experiments:
  cards:
    views:
      - {name: Adam, query: "lr:0.1", charts: ['points,loss,lr|opt:adam "run 2", lr:0.1']}
"""
KINDS = {
    "lines": ("lines,loss", ["run", "step", "loss"], 80),
    "points": ("points,loss,lr", ["run", "lr", "loss"], 20),
    "parallel": ("parallel,lr,loss", ["run", "lr", "loss"], 20),
    "grid": ("grid,loss,lr,opt", ["lr", "opt", "mean of loss", "n"], 4),
    "trend": ("trend.commit,loss", ["run", "commit", "loss"], 18),
    "association": ("association,loss", ["param", "measure", "association", "n", "p", "p after Holm"], 2),
}
SVG = "{http://www.w3.org/2000/svg}"


def write(root: Path) -> None:
    """Twenty runs; the first commit comes last by its name, and a run without one is the first of all."""
    for at in range(20):
        params = {"lr": (0.1, 0.01)[at % 2], "opt": ("adam", "sgd")[at // 2 % 2]}
        with runpages.start("cards", name=f"run {at}", root=root, params=params, capture=False) as run:
            for step in range(4):
                run.log("loss", (2.0 if at < 14 else 1.0) + at / 100 - step / 10, step=step)
        if at % 19:
            path = Path(run.folder, "run.json")
            document = json.loads(path.read_text("utf-8"))
            document["environment"] = {"git": {"commit": COMMITS[(at >= 7) + (at >= 14)]}}
            path.write_text(json.dumps(document), encoding="utf-8")
    for at in range(12):
        with runpages.start("alike", name=f"run {at}", root=root, capture=False) as run:
            run.log("loss", 1 + at * 7 % 12)
    for rate in (0.1, 0.2, 0.3, 1e30):
        with runpages.start("far", name=f"at {rate}", root=root, params={"lr": rate, "width": 8}, capture=False) as run:
            run.log("other", rate)
            if rate < 1:
                run.log("loss", rate)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cards")
    write(folder / "runs")
    (folder / "runs" / "runpages.yml").write_text(SETTINGS)
    build(folder / "runs", folder / "site", now=time(), version="0")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/") as seen:
        yield seen
        assert seen.problems == []


@pytest.mark.parametrize(("width", "widest"), [(1440, 450), (1240, 610), (1010, 500), (1000, 990), (390, 370)])
def test_a_card_is_as_wide_as_its_column(seen: Visit, width: int, widest: int) -> None:
    seen.page.set_viewport_size({"width": width, "height": 900})
    cards = seen.open("e/cards/index.html").locator(".run-charts > *:visible")
    found = cards.evaluate_all("cards => cards.map(card => card.getBoundingClientRect().width)")
    assert len(found) > 1
    assert all(width / 4 < one for one in found), found
    assert min(found) < widest


def card_of(page: Page, spec: str) -> Locator:
    """A card that is asked for by the address, once it is drawn."""
    page.evaluate("text => { location.hash = '?charts.4=' + text; }", quote(spec))
    card = page.locator("#charts-4")
    expect(card.locator(".card-body > :is(.is-drawn, table, div, p)").first).to_be_visible()
    return card


def rows(card: Locator) -> list[str]:
    """The names of the runs that the table of a card lists."""
    return [line.split("\t")[0] for line in card.locator("pre.rows").inner_text().splitlines()[1:]]


@pytest.mark.parametrize("width", [1010, 1240, 1250, 1440])
def test_the_tools_of_a_card_take_one_line(browser: Browser, site: Path, width: int) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": width, "height": 900}) as seen:
        page = live(seen, "e/cards/index.html")
        for card in page.locator(".run-chart").all():
            card.hover()
            tools = card.locator(".card-tools button:visible")
            expect(tools).not_to_have_count(0)
            assert len({round(box["y"]) for one in tools.all() if (box := one.bounding_box())}) == 1
        assert seen.problems == []


def test_nothing_moves_on_a_phone_as_the_tools_come(browser: Browser, site: Path) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    places = """[...document.querySelectorAll("#charts h2, #charts .card-body")]
        .map((one) => Math.round(one.getBoundingClientRect().top))"""
    with visit(browser, site.as_uri() + "/", **phone) as seen:
        page = seen.open("e/cards/index.html")
        before = page.evaluate(places)
        assert len(before) > 2
        card = page.locator("#charts .card").first
        title, note = (card.locator(part).bounding_box() for part in ("h3", ".note"))
        # The room of the tools is not between the two.
        assert title and note and note["y"] < title["y"] + title["height"] + 8
        page = live(seen, "e/cards/index.html")
        expect(page.locator(".card-tools button:visible")).not_to_have_count(0)
        until(lambda: page.evaluate(places), before)
        tools = page.locator("#charts .card").first.locator(".card-tools button:visible")
        assert len({round(box["y"]) for one in tools.all() if (box := one.bounding_box())}) == 1
        expect(page.get_by_label("Colour of runs")).to_be_visible()
        assert seen.problems == []


def test_a_card_is_as_high_after_a_touch_where_there_is_no_step(seen: Visit) -> None:
    page = seen.open("e/alike/index.html")
    card = page.locator(".run-chart").last
    before = card.bounding_box()
    assert before
    page = live(seen, "e/alike/index.html")
    expect(card.locator(".note")).to_contain_text("no step: permutation p ")
    after = card.bounding_box()
    assert after and round(after["height"]) == round(before["height"])


def test_curves_that_do_not_come_are_not_said_to_be_missing(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as seen:
        seen.page.route("**/points.js*", lambda route: route.abort())
        page = live(seen, "e/cards/index.html")
        expect(page.locator("#charts .empty").first).to_have_text("The curves of loss cannot be loaded.")


def test_a_card_has_a_query_of_its_own(browser: Browser, site: Path, seen: Visit) -> None:
    page = live(seen, "e/cards/index.html")
    card = page.locator("#charts-2")
    card.hover()
    card.get_by_role("button", name="Edit").click()
    field = card.get_by_role("textbox", name="Only runs with")
    field.fill("lr:nothing")
    field.press("Enter")
    expect(card.get_by_role("status")).to_contain_text("“nothing” is not a number. Try ")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("lr:0.1 -opt:adam,x")
    field.press("Enter")
    expect(card.locator(".card-head .tag")).to_have_text("only lr:0.1 -opt:adam,x")
    expect(card.locator(".note").first).to_contain_text("5 runs")
    # The others, and the table, show what they did.
    expect(page.locator("#charts-1 .note")).to_contain_text("20 runs")
    assert page.evaluate("() => runpages.runsTable.shown.length") == 20
    assert state(page) == "charts.2=points,loss,opt|lr:0.1 -opt:adam,x"
    with visit(browser, seen.origin) as other:
        pasted = other.open(page.url.removeprefix(seen.origin)).locator("#charts-2")
        expect(pasted.locator(".card-head .tag")).to_have_text("only lr:0.1 -opt:adam,x")
        expect(pasted.locator(".note").first).to_contain_text("5 runs")
        assert other.problems == []


def test_a_card_without_runs_says_so(seen: Visit) -> None:
    page = live(seen, "e/cards/index.html")
    for spec, text in (
        ("points,loss,lr|lr:5", "No run matches."),
        ("points,loss,lr|lr:", "A value is missing"),
        ("lines.time,loss|status:failed", "No run matches."),
        ("trend.commit,loss|number:1", "No run has loss and a commit."),
    ):
        card = card_of(page, spec)
        expect(card.locator(".card-body"), spec).to_contain_text(text)
        expect(card.locator("h3")).to_have_text("loss")
    page.evaluate("runpages.runsTable.setQuery('number:0')")
    expect(page.locator("#charts-2 .card-body")).to_have_text("No run is shown.")


def test_the_query_of_a_card_is_in_a_saved_view(seen: Visit) -> None:
    page = live(seen, "e/cards/index.html")
    page.locator("#runs-section").hover()
    page.get_by_role("button", name="Adam").click()
    expect(page.locator("#charts-1 .card-head .tag")).to_have_text('only opt:adam "run 2", lr:0.1')


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_chart_is_a_file(seen: Visit, kind: str) -> None:
    spec, head, count = KINDS[kind]
    page = live(seen, "e/cards/index.html")
    card = card_of(page, spec)
    card.hover()
    files = {}
    for name in ("CSV", "PNG", "SVG"):
        with page.expect_download() as caught:
            card.get_by_role("button", name=name, exact=True).click()
        files[name] = Path(caught.value.path()).read_bytes()
    table = list(csv.reader(files["CSV"].decode().splitlines()))
    assert (table[0], len(table) - 1) == (head, count)
    with Image.open(io.BytesIO(files["PNG"])) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
        # Dots and lines have colours, and texts are over them.
        assert np.count_nonzero(np.ptp(pixels, axis=2) > 40) > 100
    assert ("paint-order:stroke" in files["SVG"].decode()) == (kind in ("points", "parallel", "trend"))
    texts = [one.text for one in ElementTree.fromstring(files["SVG"]).iter(f"{SVG}text")]
    assert card.locator("h3").inner_text().split()[0] in " ".join(filter(None, texts))
    # The tools are no part of it.
    assert "Enlarge" not in texts and card.get_by_role("button", name="Enlarge").is_visible()


def test_the_file_of_a_chart_that_is_still_to_be_drawn_has_its_values(seen: Visit) -> None:
    page = live(seen, "e/cards/index.html")
    with page.expect_download() as caught:
        page.evaluate("""() => {
            addEventListener("statechange", () => document.querySelector("#charts-4 [data-act=csv]").click());
            location.hash = "?charts.4=association,loss";
        }""")
    _, head, count = KINDS["association"]
    table = list(csv.reader(Path(caught.value.path()).read_text("utf-8").splitlines()))
    assert (table[0], len(table) - 1) == (head, count)


@pytest.mark.parametrize("spec", ["points,loss,lr", "parallel,lr,loss"])
def test_a_run_that_is_not_drawn_makes_no_axis_longer(seen: Visit, spec: str) -> None:
    page = live(seen, "e/far/index.html")
    card = card_of(page, spec)
    expect(card.locator("svg.is-drawn")).to_contain_text("0.3")
    expect(card.locator("svg.is-drawn")).not_to_contain_text("e+30")


def test_commits_are_an_axis_in_the_order_in_which_they_were_seen(seen: Visit) -> None:
    page = live(seen, "e/cards/index.html")
    card = card_of(page, "trend.commit,loss")
    expect(card.locator(".tick.x text")).to_have_text([one[:7] for one in COMMITS])
    expect(card.locator(".note").first).to_have_text("min, by commit as first seen, 2 without one, 18 runs")
    expect(card.locator(".run-foot")).to_contain_text(f"▼ since commit {COMMITS[2]}, ")
    expect(card.locator(".run-foot")).to_contain_text("(13 runs) to ")
    # Which runs are shown does not change the order.
    card = card_of(page, "trend.commit,loss|number>=9")
    expect(card.locator(".tick.x text")).to_have_text([one[:7] for one in COMMITS[1:]])
    card.hover()
    card.get_by_role("button", name="Edit").click()
    card.get_by_role("combobox", name="X", exact=True).select_option("time of the start")
    expect(card.locator(".note").first).to_contain_text("in order of start")
    assert state(page) == "charts.4=trend,loss|number>=9"


def test_curves_of_runs_that_go_on_are_read_again(browser: Browser, tmp_path: Path) -> None:
    runs = [runpages.start("on", name=f"run {at}", root=tmp_path / "runs", capture=False) for at in range(2)]
    for run in runs:
        run.log("loss", 3.0, step=0)
        run.log("loss", 2.0, step=1)
    runs[0].complete()
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="0")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        seen.page.add_init_script(HURRY)
        page = live(seen, "e/on/index.html#?charts.4=lines,loss")
        card = page.locator("#charts-4")
        expect(card.locator(".note").first).to_contain_text("1 running")
        card.hover()
        card.get_by_role("button", name="Table").click()
        until(lambda: sorted(rows(card)), ["run 0"] * 2 + ["run 1"] * 2)
        for step in range(2, 5):
            runs[1].log("loss", 1.0, step=step)
        build(tmp_path / "runs", tmp_path / "site", now=time(), version="0")
        expect(card.locator("pre.rows")).to_have_text(re.compile(r"run 1\t4\t1"))
        until(lambda: sorted(rows(card)), ["run 0"] * 2 + ["run 1"] * 5)
        # The build in which it ends is the last one that is read.
        runs[1].log("loss", 0.5, step=5)
        runs[1].complete()
        build(tmp_path / "runs", tmp_path / "site", now=time(), version="0")
        expect(card.locator("pre.rows")).to_have_text(re.compile(r"run 1\t5\t0.5"))
        assert seen.problems == []
