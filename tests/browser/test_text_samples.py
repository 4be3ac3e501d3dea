"""Logged texts under real hands: the slider, words in all steps, and the difference to the step before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

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
        expect(page.locator("#h-media")).to_have_text("Text")
        expect(page.locator("#media .count").first).to_have_text("17 texts in 5 series")
        lines = card(page).locator(".sample-text li")
        expect(lines).to_have_count(40)
        expect(lines.nth(1)).to_have_text("Step 11 says so.")
        expect(card(page).locator(".about")).to_contain_text("40 of 62 lines")
        expect(card(page).locator(".sample-frames button")).to_have_count(6)
        expect(page.locator("script[src*='texts-']")).to_have_count(0)
        expect(card(page).locator(".links a")).to_have_count(0 if script else STEPS - 1)
        assert opened.problems == []


def test_the_slider_and_the_frames_choose_the_step(seen: Visit) -> None:
    sample = card(seen.page)
    sample.locator("[type=range]").focus()
    seen.page.keyboard.press("ArrowLeft")
    sample.get_by_text("Step 10 says so.").wait_for()
    expect(sample.locator(".sample-text li")).to_have_count(63)
    expect(sample.locator(".about")).to_have_text("step 10 · epoch 10 · 10.txt")
    sample.locator(".sample-frames button").first.click()
    sample.get_by_text("Step 0 says so.").last.wait_for()
    sample.locator('.sample-frames [aria-current="true"]:has-text("step 0")').wait_for()


def test_words_are_found_in_all_steps(seen: Visit) -> None:
    page, sample = seen.page, card(seen.page)
    sample.locator("[data-find]").fill("HARD")
    told(page, "0 here · “HARD” in 3 of 12, first at step 2")
    expect(sample.locator(".hits i")).to_have_count(3)
    sample.locator("[data-find]").press("Enter")
    told(page, "1 here · “HARD” in 3 of 12, first at step 2")
    expect(sample.locator("mark.at")).to_have_text("Hard")
    expect(sample.locator(".steps output")).to_have_text("step 2 of 11")
    sample.get_by_role("button", name="Previous match").click()
    sample.locator('.steps output:text-is("step 10 of 11")').wait_for()
    sample.locator("[data-find]").fill("nowhere")
    told(page, "No matches")
    expect(sample.get_by_role("button", name="Next match")).to_be_disabled()


def test_a_text_is_compared_with_the_one_before(seen: Visit) -> None:
    sample = card(seen.page)
    sample.get_by_text("Diff to previous").click()
    sample.locator(".sample-text .add").wait_for()
    expect(sample.locator(".add b")).to_have_text("11")
    expect(sample.locator(".del b")).to_have_text(["10"])
    expect(sample.locator("[data-changed]")).to_have_text("+1 −2 since step 10")
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
        expect(other.locator("[data-find]")).to_have_value("says")
        assert opened.problems == []


def test_texts_of_strangers_are_shown_as_they_are(seen: Visit) -> None:
    evil = card(seen.page, EVIL)
    evil.locator(".sample-frames button").first.click()
    evil.locator(".about:has-text('step 0')").wait_for()
    lines = [EVIL, "\\u202eright to left", "\u05e9\u05dc\u05d5\u05dd"]
    expect(evil.locator(".sample-text li")).to_have_text(lines)


def test_long_texts_are_cut_and_say_so(seen: Visit) -> None:
    for name, note in (("large", "The first 200.0 kB of 1.9 MB"), ("long line", "The first 200.0 kB of 1.0 MB")):
        shown = card(seen.page, name)
        expect(shown.locator(".about")).to_contain_text(note)
        shown.hover()
        shown.locator("[data-find]").fill("e")
        shown.locator(".sample-tools output:not(:empty)").wait_for()
    large = card(seen.page, "large")
    expect(large.locator(".sample-text li")).to_have_count(5000)
    expect(large.locator(".about")).to_contain_text("5000 of 22223 lines")


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_it_is_accessible_and_fits(browser: Browser, site: Path, theme: str, width: int) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme, viewport={"width": width, "height": 800}) as opened:
        page = opened.open(place(site))
        card(page).locator("[data-find]").fill("says")
        card(page).get_by_text("Diff to previous").click()
        card(page).locator(".sample-text .add mark").wait_for()
        assert axe_violations(page) == []
        until(lambda: page.evaluate(TOO_WIDE), [])
        assert opened.problems == []
