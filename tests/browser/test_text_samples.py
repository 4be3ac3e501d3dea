"""Logged texts under real hands: the slider, words in all steps, and the difference to the step before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page

import runpages
from runpages_site.build import build
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, visit

EVIL = "<script>window.__pwned = 1</script>"
STEPS = 12


def text_of(step: int) -> str:
    """A text in which one word changes at each step, and which is longer than what the page has of it."""
    hard = ["It is Hard to explain."] if step % 4 == 2 else []
    return "\n".join(["Beautiful is better.", f"Step {step} says so.", *hard, *(f"line {at}" for at in range(60))])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    with runpages.start("texts", name="all", root=folder / "runs") as run:
        for step in range(STEPS):
            run.log_text("sample", text_of(step), step=step, caption=f"epoch {step}")
        run.log_text(EVIL, f"{EVIL}\n\u202eright to left\n\u05e9\u05dc\u05d5\u05dd", step=0)
        run.log_text(EVIL, "&amp; <b>", step=1)
        run.log_text("large", "one line\n" * 100_000 + "x" * 1_000_000, step=0)
        run.log_text("long line", "y" * 1_000_000)
        run.log_text("empty", "")
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def place(site: Path) -> str:
    """The run's page."""
    (page,) = (site / "e" / "texts").glob("2*.html")
    return page.relative_to(site).as_posix()


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/") as opened:
        opened.open(place(site))
        yield opened
        assert opened.page.evaluate("window.__pwned") is None
        assert opened.problems == []


def card(page: Page, name: str = "sample") -> Locator:
    """The card of a name."""
    return page.locator(f'.sample:has(h3:text-is("{name}"))')


def told(page: Page, text: str) -> None:
    """Wait until the finds of the card are counted so."""
    card(page).locator(f'.sample-tools output:text-is("{text}")').wait_for()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_last_text_is_in_the_page(browser: Browser, site: Path, script: bool) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=script) as opened:
        page = opened.open(place(site))
        assert page.locator("#h-media").inner_text() == "Text"
        assert page.locator("#media .count").first.inner_text() == "17 texts in 5 series"
        lines = card(page).locator(".sample-text li")
        assert lines.count() == 40
        assert lines.nth(1).inner_text().strip() == "Step 11 says so."
        assert "40 of 62 lines" in card(page).locator(".about").inner_text()
        assert card(page).locator(".sample-frames button").count() == 6
        assert page.locator("script[src*='texts-']").count() == 0
        assert card(page).locator(".links a").count() == (0 if script else STEPS - 1)
        assert opened.problems == []


def test_the_slider_and_the_frames_choose_the_step(seen: Visit) -> None:
    sample = card(seen.page)
    sample.locator("[type=range]").focus()
    seen.page.keyboard.press("ArrowLeft")
    sample.get_by_text("Step 10 says so.").wait_for()
    assert sample.locator(".sample-text li").count() == 63
    assert sample.locator(".about").inner_text() == "step 10 · epoch 10 · 10.txt"
    sample.locator(".sample-frames button").first.click()
    sample.get_by_text("Step 0 says so.").last.wait_for()
    sample.locator('.sample-frames [aria-current="true"]:has-text("step 0")').wait_for()


def test_words_are_found_in_all_steps(seen: Visit) -> None:
    page, sample = seen.page, card(seen.page)
    sample.locator("[data-find]").fill("HARD")
    told(page, "0 here · “HARD” in 3 of 12, first at step 2")
    assert sample.locator(".hits i").count() == 3
    sample.locator("[data-find]").press("Enter")
    told(page, "1 here · “HARD” in 3 of 12, first at step 2")
    assert sample.locator("mark.at").inner_text() == "Hard"
    assert sample.locator(".steps output").inner_text() == "step 2 of 11"
    sample.get_by_role("button", name="Previous match").click()
    sample.locator('.steps output:text-is("step 10 of 11")').wait_for()
    sample.locator("[data-find]").fill("nowhere")
    told(page, "No matches")
    assert sample.get_by_role("button", name="Next match").is_disabled()


def test_a_text_is_compared_with_the_one_before(seen: Visit) -> None:
    sample = card(seen.page)
    sample.get_by_text("Diff to previous").click()
    sample.locator(".sample-text .add").wait_for()
    assert sample.locator(".add b").inner_text() == "11"
    assert sample.locator(".del b").all_inner_texts() == ["10"]
    assert sample.locator("[data-changed]").inner_text() == "+1 −2 since step 10"
    sample.locator(".sample-frames button").first.click()
    sample.locator(".steps output:text-is('step 0 of 11')").wait_for()
    sample.locator(".sample-text:not(.is-diff)").wait_for()


def test_a_pasted_address_restores_find_and_view(seen: Visit, browser: Browser, site: Path) -> None:
    sample = card(seen.page)
    sample.locator("[data-find]").fill("says")
    sample.get_by_text("Diff to previous").click()
    sample.locator(".sample-text .add mark").wait_for()
    # What is chosen in quick succession is written a moment later.
    seen.page.wait_for_url(re.compile(r"(?=.*\.diff=true)(?=.*\.find=says)"))
    address = seen.page.url.removeprefix(site.as_uri() + "/")
    with visit(browser, site.as_uri() + "/") as opened:
        other = card(opened.open(address))
        other.locator(".sample-text .add mark").wait_for()
        assert other.locator("[data-find]").input_value() == "says"
        assert opened.problems == []


def test_texts_of_strangers_are_shown_as_they_are(seen: Visit) -> None:
    evil = card(seen.page, EVIL)
    evil.locator(".sample-frames button").first.click()
    evil.locator(".about:has-text('step 0')").wait_for()
    lines = [line.strip() for line in evil.locator(".sample-text li").all_inner_texts()]
    assert lines == [EVIL, "\\u202eright to left", "\u05e9\u05dc\u05d5\u05dd"]


def test_long_texts_are_cut_and_say_so(seen: Visit) -> None:
    for name, note in (("large", "The first 200.0 kB of 1.9 MB"), ("long line", "The first 200.0 kB of 1.0 MB")):
        shown = card(seen.page, name)
        assert note in shown.locator(".about").inner_text()
        shown.hover()
        shown.locator("[data-find]").fill("e")
        shown.locator(".sample-tools output:not(:empty)").wait_for()
    large = card(seen.page, "large")
    assert large.locator(".sample-text li").count() == 5000
    assert "5000 of 22223 lines" in large.locator(".about").inner_text()


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_it_is_accessible_and_fits(browser: Browser, site: Path, theme: str, width: int) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme, viewport={"width": width, "height": 800}) as opened:
        page = opened.open(place(site))
        card(page).locator("[data-find]").fill("says")
        card(page).get_by_text("Diff to previous").click()
        card(page).locator(".sample-text .add mark").wait_for()
        assert axe_violations(page) == []
        assert page.evaluate(TOO_WIDE) == []
        assert opened.problems == []
