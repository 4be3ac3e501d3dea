"""The script of the widget in a real browser: the slider of images, and what a reader chose stays when it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from runpages.notebook import widget
from tests.browser.visit import until

MODULE = Path(widget.__file__).with_name("notebook.js")
SETUP = """async ([source, html]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const changed = new Set();
  const model = { get: () => model.html, html, on: (_, act) => changed.add(act), off: (_, act) => changed.delete(act) };
  window.show = (html) => { model.html = html; for (const act of changed) act(); };
  window.end = module.default.render({ model, el: document.querySelector("main") });
}"""
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
NAME = '"a&amp;b"'.replace('"', "&quot;")


def run(*steps: int, note: str = "") -> str:
    """What Python makes of a run: its images, the newest first, and two logs."""
    images = "".join(f'<div data-step="{n}"><div>step {n}</div><img alt="{n}" src="{PIXEL}"></div>' for n in steps)
    logs = "".join(f'<details data-log="{n}"><summary>log {n}</summary><pre>end of {n}</pre></details>' for n in "ab")
    return f'<p>{note}</p><div><div data-images="{NAME}">{images}</div></div>{logs}'


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content("<main></main>")
    page.evaluate(SETUP, [MODULE.read_text(encoding="utf-8"), run(20, 10, 0)])
    yield page
    page.close()


def seen(page: Page) -> list[str]:
    return [image.get_attribute("alt") or "" for image in page.locator("img").all() if image.is_visible()]


def test_a_slider_goes_through_the_steps_and_begins_with_the_newest(page: Page) -> None:
    slider = page.get_by_role("slider", name='Step of "a&b"')
    until(lambda: seen(page), ["20"])
    expect(page.get_by_text("step 20", exact=True)).to_be_visible()
    slider.press("ArrowLeft")
    until(lambda: seen(page), ["10"])
    expect(page.get_by_text("step 10", exact=True)).to_be_visible()
    slider.press("Home")
    until(lambda: seen(page), ["0"])


def test_a_newer_image_is_shown_unless_an_older_one_was_chosen(page: Page) -> None:
    page.evaluate("show", run(30, 20, 10))
    until(lambda: seen(page), ["30"])
    page.get_by_role("slider").press("ArrowLeft")
    page.evaluate("show", run(40, 30, 20))
    until(lambda: seen(page), ["20"])
    expect(page.get_by_role("slider")).to_be_focused()
    page.evaluate("show", run(60, 50, 40))  # The chosen one is no longer there.
    until(lambda: seen(page), ["60"])


def test_a_single_image_has_no_slider(page: Page) -> None:
    page.evaluate("show", run(7))
    until(lambda: seen(page), ["7"])
    expect(page.get_by_text("step 7", exact=True)).to_have_count(1)
    expect(page.get_by_role("slider")).to_have_count(0)


def test_logs_that_were_opened_stay_open(page: Page) -> None:
    page.get_by_text("log b").click()
    page.evaluate("show", run(20, 10, 0, note="anew"))
    expect(page.get_by_text("anew")).to_be_visible()
    expect(page.get_by_text("end of b")).to_be_visible()
    expect(page.get_by_text("end of a")).to_be_hidden()


def test_nothing_is_replaced_while_a_reader_drags(page: Page) -> None:
    page.get_by_role("slider").hover()
    page.mouse.down()
    page.evaluate("show", run(20, 10, 0, note="anew"))
    expect(page.get_by_text("anew")).to_have_count(0)
    page.mouse.up()
    expect(page.get_by_text("anew")).to_have_count(1)


def test_a_view_that_was_closed_draws_no_more(page: Page) -> None:
    page.evaluate("end()")
    page.evaluate("show", run(note="anew"))
    expect(page.get_by_text("anew")).to_have_count(0)
