"""Figures of compared runs under real hands: curves, bands, diagnostics, joined tables and predictions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.compare_site import members
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

LABELS = ["cat", "dog", "eel"]
TRUE = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
# `one` alone is right in 3 examples, `two` alone in 1; both are wrong in 1, and wrong alike in 1.
GUESSES = {"one": [0, 1, 2, 0, 1, 2, 1, 0, 0, 0], "two": [1, 2, 0, 0, 1, 2, 0, 2, 0, 0]}


def curve(name: str) -> list[float]:
    """A loss that parts from that of the first run at step 4; the second has a gap, a spike and more steps."""
    values = [1 / (1 + step) for step in range(12)]
    if name == "one":
        return values
    values[4:] = [value + 0.1 for value in values[4:]]
    values[6] = math.nan
    return [*values, 5.0, 0.2]


def accuracy_table(name: str) -> dict[str, Any]:
    worse = 10 if name == "two" else 0
    rows = [
        [100 - 10 * at, max(0, 90 - 20 * at + worse), 100 - max(0, 90 - 20 * at + worse), 10 * at] for at in range(11)
    ]
    thresholds = [at / 10 for at in range(11)]
    return {"class_labels": ["no", "yes"], "probability_tables": [rows, rows], "probability_thresholds": thresholds}


def log_figures(run: Any, name: str) -> None:
    guesses = GUESSES[name]
    matrix = [[sum(t == a and g == b for t, g in zip(TRUE, guesses, strict=True)) for b in range(3)] for a in range(3)]
    run.log_confusion_matrix("pets", {"class_labels": LABELS, "matrix": matrix})
    run.log_accuracy_table("judged", accuracy_table(name))
    run.log_residuals("off", {"bin_edges": [-2, -1, 0, 1, 2], "bin_counts": [1, 5, 9, 2 + len(name)]})
    run.log_predictions("fit", {"bin_averages": [0.4, 1.7], "bin_edges": [0, 1, 2]})
    for at, (label, guess) in enumerate(zip(TRUE, guesses, strict=True)):
        if label != guess:
            run.log_image("wrong", np.full((8, 8), 20 * at, np.uint8), step=at)
    names = iter(run.get_metrics("wrong")["wrong"])
    pictures = [next(names) if label != guess else None for label, guess in zip(TRUE, guesses, strict=True)]
    columns = {"id": range(10), "picture": pictures, "true": [LABELS[at] for at in TRUE]}
    run.log_table(
        "tests",
        columns | {"predicted": [LABELS[at] for at in guesses], "probability": [0.5 + at / 20 for at in range(10)]},
    )
    rows = [{"layer": f"conv{at}", "norm": 1.5 + at * (1 + 0.1 * (name == "two"))} for at in range(4)]
    run.log_table("layers", [*rows, {"layer": f"head of {name}", "norm": 7.25}])
    run.log_table("scores", [{"kind": "macro", "f1": 0.75 if name == "one" else 0.5}])
    counts = [[(3 * row + 7 * column + len(name)) % 5 for column in range(40)] for row in range(40)]
    run.log_confusion_matrix("words", {"class_labels": [f"w{at}" for at in range(40)], "matrix": counts})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    for name in ("one", "two"):
        with runpages.start("pets", name=name, params={"lr": 0.1}, root=folder / "runs", capture=False) as run:
            for step, value in enumerate(curve(name)):
                run.log("loss", value, step=step)
                run.log("norm", 2.0 + step, step=step)
            run.log("late", 0.5)
            log_figures(run, name)
    with runpages.start("pets", name="bare", params={"lr": 0.2}, root=folder / "runs", capture=False) as run:
        run.log("loss", 0.75)
    for seed in range(14):
        with runpages.start(
            "many", name=f"s{seed}", params={"lr": seed % 2}, root=folder / "runs", capture=False
        ) as run:
            for step in range(8):
                run.log("loss", seed % 2 + seed / 100 + 1 / (1 + step), step=step)
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def address(site: Path, *titles: str, more: str = "") -> str:
    known = members(site)
    return f"compare.html#curves?runs={','.join(known[title] for title in titles)}{more}"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light", accept_downloads=True) as opened:
        yield opened
        assert opened.problems == []


def card(page: Page, section: str, name: str) -> Locator:
    page.locator(f"#{section}").scroll_into_view_if_needed()
    found = page.locator(f"#{section} .compare-card", has=page.locator(f'h3[title="{name}"]'))
    found.scroll_into_view_if_needed()
    return found


def saved(page: Page, figure: Locator, kind: str) -> str:
    figure.hover()
    with page.expect_download() as download:
        figure.locator(f"[data-act={kind}]").click()
    return Path(download.value.path()).read_text()


# --- curves ---


def test_curves_say_where_they_part_and_what_is_missing(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two", "bare"))
    loss = card(page, "curves", "loss")
    expect(loss.locator(".card-foot")).to_have_text(
        "Parts from one (relative difference above 0.1 %): two at step 4 (0.3 against 0.2). "
        "No curve, one value: bare 0.75. "
    )
    expect(loss.locator(".card-head .note")).to_have_text("1 nan")
    expect(loss.locator(".nan-band")).to_have_count(1)
    expect(loss.locator(".end .label")).to_have_text(["two", "one"], ignore_case=False)
    norm = card(page, "curves", "norm")
    expect(norm.locator(".card-foot")).to_have_text(
        "Never parts from one (relative difference above 0.1 %): two. Without norm: bare. "
    )


def test_one_cursor_goes_over_all_cards_with_the_values_in_their_order(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    loss, norm = card(page, "curves", "loss"), card(page, "curves", "norm")
    expect(norm.locator("svg.chart")).to_be_visible()
    loss.locator(".card-body").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    tip = loss.locator(".compare-tip")
    expect(tip.locator("strong")).to_have_text("step 5")
    expect(tip.locator("bdi")).to_have_text(["two", "one"])
    expect(tip.locator("b")).to_have_text(["0.2667", "0.1667"])
    expect(norm.locator(".cursor-marks path")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(tip.locator("b")).to_have_text(["0.1429", "nan"])
    page.keyboard.press("End")
    expect(tip.locator("b")).to_have_text(["0.2", "–"])
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    loss.locator("svg.chart").hover(position={"x": 300, "y": 60})
    expect(tip).to_be_visible()
    expect(tip.locator("strong")).to_have_text(re.compile(r"step \d+$"))
    page.mouse.move(2, 2)
    expect(tip).to_have_count(0)


def test_what_is_chosen_for_all_curves_is_in_the_address(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    loss = card(page, "curves", "loss")
    line = loss.locator(".line").first
    raw = line.get_attribute("d")
    slider = page.get_by_label("Smoothing")
    slider.press("End")
    expect(line).not_to_have_attribute("d", str(raw))
    expect(loss.locator(".raw").first).to_have_attribute("d", str(raw))
    page.locator("#curves").get_by_text("Relative", exact=True).click()
    page.locator("#curves").get_by_text("Log y", exact=True).click()
    expect(loss.locator(".card-head .note")).to_have_text("log y, smoothing 0.95, 1 nan")
    expect(page).to_have_url(re.compile("curves.smooth=0.95.*curves.x=relative.*curves.scale=log"))
    page.reload()
    card(page, "curves", "loss")
    expect(loss.locator(".card-head .note")).to_have_text("log y, smoothing 0.95, 1 nan")
    expect(slider).to_have_value("0.95")
    expect(page.get_by_role("radio", name="Relative")).to_be_checked()


def test_a_figure_is_a_small_drawing_with_text_and_a_table_for_pgfplots(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    loss = card(page, "curves", "loss")
    drawing = saved(page, loss, "svg")
    assert len(drawing) < 100_000
    texts = [node.text for node in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]
    assert {"loss", "one", "two", "step"} <= set(texts)
    head, *rows = saved(page, loss, "csv").splitlines()
    assert head == "step,one,two"
    assert (rows[6], rows[12]) == (f"6,{1 / 7!r},nan", "12,nan,5")


def test_many_curves_have_a_legend_that_lifts_one(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, *(f"s{seed}" for seed in range(14))))
    loss = card(page, "curves", "loss")
    expect(loss.locator(".line")).to_have_count(14)
    expect(loss.locator(".end")).to_have_count(0)
    legend = page.locator("#curves .compare-legend span")
    expect(legend).to_have_count(14)
    legend.nth(3).hover()
    expect(loss.locator(".lifted")).to_have_count(1)
    expect(loss.locator(".card-body")).to_have_class(re.compile("has-lift"))
    page.mouse.move(2, 2)
    expect(loss.locator(".lifted")).to_have_count(0)
    expect(loss.locator(".card-foot")).to_contain_text("13 runs at step 0")
    drawing = saved(page, loss, "svg")
    assert len(drawing) < 100_000
    assert all(f">s{seed}<" in drawing for seed in range(14))


def test_groups_are_bands_with_their_numbers(seen: Visit, site: Path) -> None:
    groups = ",".join(quote(f"many?lr:{rate}", safe="") for rate in (0, 1))
    page = seen.open(f"compare.html#groups?runs={groups}")
    loss = card(page, "groups", "loss")
    expect(loss.locator(".group-band")).to_have_count(2)
    expect(loss.locator(".end .label")).to_have_text(["lr:1 n 7", "lr:0 n 7"])
    expect(loss.locator(".card-foot")).to_have_text("n 7 a step, where 3 or more runs share it; sd with n − 1. ")
    before = loss.locator(".group-band").first.get_attribute("d")
    page.locator("#groups").get_by_text("Min–max").click()
    expect(loss.locator(".group-band").first).not_to_have_attribute("d", str(before))
    head, first, *_ = saved(page, loss, "csv").splitlines()
    assert head == "step,lr-0-mean,lr-0-low,lr-0-high,lr-0-n,lr-1-mean,lr-1-low,lr-1-high,lr-1-n"
    values = [float(value) for value in first.split(",")]
    assert values == pytest.approx([0, 1.06, 1.0, 1.12, 7, 2.07, 2.01, 2.13, 7])


# --- diagnostics ---


def test_matrices_stand_side_by_side_and_as_a_difference(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    pets = card(page, "charts", "pets")
    expect(pets.locator("figure")).to_have_count(2)
    expect(pets.locator("figcaption .note")).to_have_text(["70.0 % right", "50.0 % right"])
    expect(pets.locator("figure").nth(1).locator("tbody tr").first.locator("td")).to_have_text(["3", "1", "0"])
    page.locator("#charts").get_by_text("Difference").click()
    expect(pets.locator("figure").nth(1).locator("tbody tr").first.locator("td")).to_have_text(["0", "0", "0"])
    expect(pets.locator("figure").nth(1).locator("tbody tr").nth(1).locator("td")).to_have_text(["−1", "−1", "+2"])
    page.locator("#charts").get_by_text("Shares").click()
    expect(pets.locator("figure").nth(1).locator("tbody tr").first.locator("td")).to_have_text(["0.75", "0.25", "0.00"])
    assert ElementTree.fromstring(saved(page, pets, "svg")).tag.endswith("svg")
    assert saved(page, pets, "csv").splitlines()[0] == r"true \ predicted in one,cat,dog,eel"


def test_the_cells_of_a_large_matrix_are_reached_by_keys(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    words = card(page, "charts", "words")
    figure = words.locator("figure").first
    figure.get_by_role("group").focus()
    for key in ("ArrowDown", "Shift+ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(figure.get_by_role("status")).to_have_text(f"true w1, predicted w9: {(3 + 63 + 3) % 5}")
    drawing = saved(page, words, "svg")
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    assert len(drawing) < 100_000


def test_curves_of_diagnostics_lie_over_each_other(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two", "bare"))
    judged = card(page, "charts", "judged")
    expect(judged.locator("svg.chart")).to_have_count(2)
    expect(judged.locator(".line")).to_have_count(4)
    expect(judged.locator(".card-foot")).to_have_text("Without judged: bare.")
    areas = [float(text.split("\n")[0]) for text in judged.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert areas[0] > areas[1]
    judged.locator("select").select_option("yes")
    expect(page).to_have_url(re.compile("charts-judged.class=yes"))
    off = card(page, "charts", "off")
    expect(off.locator(".line")).to_have_count(2)
    expect(off.locator("tbody tr").first.locator("td")).to_have_text(["0.4000", "0.8307"])
    assert saved(page, off, "csv").splitlines()[0] == "x-one,one,x-two,two"
    expect(card(page, "charts", "fit").locator(".line")).to_have_count(2)


# --- tables ---


def test_tables_are_joined_by_a_key_and_show_what_differs(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    layers = card(page, "tables", "layers")
    expect(layers.locator(".card-head .note")).to_have_text("5 of 6 rows differ")
    rows = layers.locator("tbody:not([aria-hidden]) tr")
    expect(rows.nth(1).locator("td")).to_have_text(["2.500", "+0.1002.600"])
    expect(rows.nth(4).locator("th, td")).to_have_text(["head of one", "7.250", "–"])
    expect(layers.locator(".card-foot")).to_contain_text("2 rows are not in all runs.")
    layers.get_by_text("Only what differs").click()
    expect(rows).to_have_count(5)
    layers.get_by_label("Joined by").select_option("row number")
    expect(rows.first.locator("th")).to_have_text("2")
    expect(page).to_have_url(
        re.compile(r"tables-layers.key=.*tables-layers.rows=differ|tables-layers.rows=differ.*tables-layers.key=")
    )
    assert saved(page, layers, "csv").splitlines()[0] == "row,layer one,layer two,norm one,norm two"


def test_a_joined_table_is_sorted_by_a_column_of_a_run(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    layers = card(page, "tables", "layers")
    heads = layers.locator("tbody:not([aria-hidden]) th")
    button = layers.locator("thead button", has_text="two").last
    button.click()
    expect(heads).to_have_text(["conv0", "conv1", "conv2", "conv3", "head of two", "head of one"])
    expect(button).to_be_focused()
    button.click()
    expect(heads).to_have_text(["head of two", "conv3", "conv2", "conv1", "conv0", "head of one"])
    expect(page).to_have_url(re.compile("tables-layers.sort=-2.norm"))
    page.reload()
    card(page, "tables", "layers")
    expect(heads.first).to_have_text("head of two")


def test_tables_of_one_row_have_the_runs_beside_each_other(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    scores = card(page, "tables", "scores")
    expect(scores.locator(".card-head .note")).to_have_text("1 of 2 columns differ")
    rows = scores.locator("tbody:not([aria-hidden]) tr")
    expect(rows.nth(1).locator("th, td")).to_have_text(["f1", "0.75", "−0.250.50"])
    scores.get_by_text("Only what differs").click()
    expect(rows).to_have_count(1)
    assert saved(page, scores, "csv").splitlines()[0] == "column,one,two"


def test_predictions_show_where_two_models_disagree(seen: Visit, site: Path) -> None:
    page = seen.open(address(site, "one", "two"))
    page.locator("#predictions").scroll_into_view_if_needed()
    section = page.locator("#predictions")
    expect(section.get_by_text("5 of 10 differ")).to_be_visible()
    rows = section.locator("tbody:not([aria-hidden]) tr")
    expect(rows.locator("th")).to_have_text(["0", "1", "2", "6", "7"])
    expect(rows.locator("td:last-child")).to_have_text(["✓ A", "✓ A", "✓ A", "✓ B", "✕ neither"])
    rows.first.scroll_into_view_if_needed()
    expect(rows.first.locator("img")).to_have_js_property("complete", True)
    assert rows.locator("img").evaluate_all("nodes => nodes.every(node => node.src.includes('/pets/'))")
    section.get_by_role("button", name="Both wrong alike 1").click()
    expect(rows.locator("th")).to_have_text(["8"])
    expect(page).to_have_url(re.compile("predictions.show=alike"))
    side = section.locator(".prediction-side")
    expect(side).to_contain_text("+20.0 points")
    expect(side).to_contain_text(
        "A 70.0 %, B 50.0 %. Bootstrap over the 10 examples, 2,000 draws: noise of the test set, not of the seed."
    )
    drawing = saved(page, section.locator(".compare-card"), "svg")
    assert "+20.0 points" in "".join(ElementTree.fromstring(drawing).itertext())
    section.get_by_label("A", exact=True).select_option("two")
    expect(side).to_contain_text("−20.0 points")


# --- all of it ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_by_axe_and_a_phone_does_not_scroll_sideways(
    browser: Browser, site: Path, scheme: Any
) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=scheme) as opened:
        page = opened.open(address(site, "one", "two", "bare"))
        for section, name in (("curves", "loss"), ("charts", "judged"), ("tables", "tests")):
            card(page, section, name)
        page.locator("#predictions").scroll_into_view_if_needed()
        expect(page.locator("#predictions tbody:not([aria-hidden]) tr").first).to_be_visible()
        assert axe_violations(page) == []
        page.set_viewport_size({"width": 390, "height": 800})
        until(lambda: page.evaluate(TOO_WIDE), [])
        assert opened.problems == []
