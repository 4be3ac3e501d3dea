"""Images and media of a run under real hands: sliders, keys, the large view, logged pages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.conftest import opened_by
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

EVIL = "<style>h1 { color: green }</style><h1>A logged page</h1><script>parent.__pwned = 1</script>"
WIDTH = "() => document.querySelector('#lightbox img').getBoundingClientRect().width"
LEFT = "() => document.querySelector('#lightbox img').getBoundingClientRect().left"


def shade(level: int, width: int, height: int) -> np.ndarray:
    """A picture that goes from black to a grey."""
    return np.linspace(0, level, width * height).reshape(height, width).astype("uint8")


def animation() -> bytes:
    """A GIF that is large enough for a thumbnail."""
    frames = [Image.fromarray(shade(level, 1200, 20)) for level in (100, 200)]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return made.getvalue()


@pytest.fixture(scope="module")
def browser(usual_browser: Browser) -> Browser:
    return usual_browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    with runpages.start("pictures", name="all", root=folder / "runs") as run:
        for step in range(40):
            run.log_image("course", shade(5 * step + 20, 48, 36), step=step, caption=f"epoch {step}")
        for number in range(60):
            run.log_image("set", shade(4 * number + 10, 8, 8), step=0, caption=f"sample {number}")
        large = io.BytesIO()
        Image.fromarray(shade(250, 2000, 1500)).save(large, "PNG")
        run.log_image("large", large.getvalue())
        run.log_image("torn", large.getvalue()[:3000])
        run.log_image("rollout", Image.fromarray(shade(250, 1200, 20)), step=0)
        run.log_image("rollout", animation(), step=1)
        for step in range(3):
            run.log_audio("tone", np.sin(np.arange(800) / (step + 2)), 8000, step=step, caption=f"take {step}")
        run.log_html("report", EVIL)
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def place(site: Path) -> str:
    """The run's page."""
    (page,) = (site / "e" / "pictures").glob("2*.html")
    return page.relative_to(site).as_posix()


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open(place(site))
        yield opened
        assert opened.problems == []


def card(page: Page, name: str) -> Locator:
    """The card of a name."""
    return page.locator(f'.gallery:has(h3:text-is("{name}"))')


def told(page: Page, name: str, text: str) -> None:
    """Wait until the slider of a card tells where it stands."""
    card(page, name).locator(f'output:text-is("{text}")').wait_for()


def large(page: Page, text: str) -> None:
    """Wait until the large view tells what it shows."""
    page.locator(f'#lightbox[open] [data-about]:text-is("{text}")').wait_for()


def test_the_slider_chooses_the_step_by_keys(seen: Visit) -> None:
    course = card(seen.page, "course")
    expect(course.locator(".frames [aria-current]")).to_have_text("step 39")
    course.locator("input").focus()
    seen.page.keyboard.press("ArrowLeft")
    told(seen.page, "course", "step 38 of 39")
    expect(course.locator(".stage figcaption")).to_have_text("step 38: epoch 38")
    expect(course.locator(".stage img")).to_have_attribute("src", re.compile("/38.png$"))
    expect(course.locator(".frames [aria-current]")).to_have_count(0)
    seen.page.keyboard.press("Home")
    told(seen.page, "course", "step 0 of 39")
    expect(course.locator(".frames [aria-current]")).to_have_text("step 0")


def test_key_frames_and_buttons_choose_the_step(seen: Visit) -> None:
    course = card(seen.page, "course")
    course.get_by_text("step 13").click()
    told(seen.page, "course", "step 13 of 39")
    course.get_by_role("button", name="Next").click()
    told(seen.page, "course", "step 14 of 39")
    expect(course.locator("input")).to_have_value("14")


@pytest.mark.parametrize(
    "meanwhile",
    [
        "card.replaceWith(next); dispatchEvent(new Event('renewed'));",
        "document.dispatchEvent(new CustomEvent('statechange', { bubbles: true, detail: false }));",
    ],
    ids=["renewed", "back"],
)
def test_a_step_whose_images_are_still_loaded_stays_chosen(seen: Visit, meanwhile: str) -> None:
    page = seen.page
    card(page, "course").locator("input").press("ArrowLeft")
    told(page, "course", "step 38 of 39")
    card(page, "course").evaluate(f"""card => {{
        const next = card.cloneNode(true);
        card.closest("section").dataset.gallery += "?again";
        const slider = card.querySelector("input");
        slider.value = 7;
        slider.dispatchEvent(new Event("input"));
        {meanwhile}
    }}""")
    told(page, "course", "step 7 of 39")
    expect(card(page, "course").locator(".stage figcaption")).to_have_text("step 7: epoch 7")


MARK = "cell => getComputedStyle(cell, '::after').content"


def test_the_still_of_an_animation_is_marked_and_the_large_view_moves(seen: Visit) -> None:
    rollout = card(seen.page, "rollout")
    assert [cell.evaluate(MARK) for cell in rollout.locator(".frames .cell").all()] == ["none", '"animated"']
    until(lambda: rollout.locator(".stage .cell").evaluate(MARK), '"animated"')
    rollout.locator(".stage .cell").click()
    large(seen.page, "step 1 · 1200 × 20")
    seen.page.locator('#lightbox img[src$="/rollout/1.gif"]').wait_for()
    seen.page.keyboard.press("Escape")
    rollout.get_by_text("step 0").first.click()
    told(seen.page, "rollout", "step 0 of 1")
    until(lambda: rollout.locator(".stage .cell").evaluate(MARK), "none")


def test_a_grid_shows_its_parts(seen: Visit) -> None:
    grid = card(seen.page, "set")
    expect(grid.locator(".cell")).to_have_count(24)
    grid.get_by_role("button", name="Next").click()
    told(seen.page, "set", "25–48 of 60")
    grid.get_by_role("button", name="Next").click()
    told(seen.page, "set", "49–60 of 60")
    expect(grid.locator(".cell")).to_have_text([f"sample {number}" for number in range(48, 60)])


def test_keys_alone_lead_through_the_large_view(seen: Visit) -> None:
    page = seen.page
    card(page, "course").locator(".stage a").focus()
    page.keyboard.press("Enter")
    large(page, "step 39 · epoch 39 · 48 × 36")
    page.keyboard.press("ArrowLeft")
    large(page, "step 38 · epoch 38 · 48 × 36")
    page.keyboard.press("Home")
    large(page, "step 0 · epoch 0 · 48 × 36")
    page.keyboard.press("ArrowLeft")
    large(page, "step 0 · epoch 0 · 48 × 36")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    large(page, "step 38 · epoch 38 · 48 × 36")
    page.keyboard.press("Escape")
    page.locator("#lightbox").wait_for(state="hidden")
    card(page, "course").locator('.stage [data-at="38"]:focus').wait_for()
    told(page, "course", "step 38 of 39")


def test_the_large_view_zooms_and_moves(seen: Visit) -> None:
    page = seen.page
    card(page, "course").locator(".stage a").click()
    large(page, "step 39 · epoch 39 · 48 × 36")
    fit = page.evaluate(WIDTH)
    page.get_by_text("1:1", exact=True).click()
    until(lambda: page.evaluate(WIDTH), 48)
    page.keyboard.press("+")
    until(lambda: page.evaluate(WIDTH), 60)
    page.keyboard.press("-")
    until(lambda: page.evaluate(WIDTH), 48)
    page.keyboard.press("0")
    until(lambda: page.evaluate(WIDTH), fit)
    expect(page.locator("#lightbox").get_by_label("Fit")).to_be_checked()
    page.locator(".lightbox-stage").hover()
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.locator(".lightbox-stage.moves").wait_for()
    # Both turns of the wheel; an image is enlarged up to 32 times.
    until(lambda: page.evaluate(WIDTH), pytest.approx(min(fit * 1.25**2, 32 * 48), abs=0.1))
    before = page.evaluate(LEFT)
    page.mouse.down()
    page.mouse.move(600, 400)
    page.mouse.up()
    until(lambda: page.evaluate(LEFT) != before, True)
    before = page.evaluate(LEFT)
    page.locator(".lightbox-stage").focus()
    page.keyboard.press("Shift+ArrowLeft")
    until(lambda: page.evaluate(LEFT) != before, True)
    page.get_by_role("button", name="Close").click()
    page.locator("#lightbox").wait_for(state="hidden")


def test_the_large_view_goes_through_a_whole_set(seen: Visit) -> None:
    page = seen.page
    card(page, "set").locator(".cell").nth(23).click()
    large(page, "step 0 · sample 23 · 8 × 8")
    page.get_by_role("button", name="Next image").click()
    large(page, "step 0 · sample 24 · 8 × 8")
    expect(page.locator("#lightbox a[download]")).to_have_attribute(
        "href", page.locator("#lightbox img").get_attribute("src")
    )
    page.locator("#lightbox input[type=range]").focus()
    page.keyboard.press("End")
    large(page, "step 0 · sample 59 · 8 × 8")
    page.keyboard.press("Escape")
    told(page, "set", "49–60 of 60")
    card(page, "set").locator('[data-at="59"]:focus').wait_for()


def test_a_grid_is_enlarged_by_a_button_from_where_its_slider_is(seen: Visit) -> None:
    page = seen.page
    card(page, "set").get_by_role("button", name="Next").click()
    told(page, "set", "25–48 of 60")
    card(page, "set").get_by_role("button", name="Enlarge").click()
    large(page, "step 0 · sample 24 · 8 × 8")


def test_a_small_image_fills_its_card_without_blur(seen: Visit) -> None:
    picture = card(seen.page, "course").locator(".stage img")
    until(lambda: picture.evaluate("one => one.offsetWidth > 400"), True)
    until(lambda: picture.evaluate("one => getComputedStyle(one).imageRendering"), "pixelated")


def test_a_large_picture_comes_small_first_and_whole_when_enlarged(seen: Visit) -> None:
    page = seen.page
    expect(card(page, "large").locator("img")).to_have_attribute("src", re.compile(r"\.webp"))
    card(page, "large").get_by_role("button", name="Enlarge").click()
    large(page, "step 0 · 2000 × 1500")
    page.locator('#lightbox img[src$=".png"]').wait_for()


def test_nothing_moves_when_pictures_come(browser: Browser, site: Path) -> None:
    sizes = "all => all.map(one => [one.complete, one.offsetWidth, one.offsetHeight])"
    with visit(browser, site.as_uri() + "/", viewport={"width": 1440, "height": 200}) as seen:
        pictures = seen.open(place(site)).locator("#images img")
        before = pictures.evaluate_all(sizes)
        pictures.evaluate_all("all => { for (const one of all) one.loading = 'eager'; }")
        for picture in pictures.all():
            picture.evaluate("one => one.decode()")
        after = pictures.evaluate_all(sizes)
    assert not all(complete for complete, *_ in before)
    for (_, *was), (complete, *now) in zip(before, after, strict=True):
        assert complete
        assert all(abs(one - other) <= 1 for one, other in zip(was, now, strict=True)), (was, now)


def test_a_torn_picture_is_a_box_with_its_file(seen: Visit) -> None:
    torn = card(seen.page, "torn").locator("a.lost")
    expect(torn).to_contain_text("It cannot be decoded")
    assert str(torn.get_attribute("href")).endswith(".png")


def test_sounds_are_chosen_by_the_slider(seen: Visit) -> None:
    tone = card(seen.page, "tone")
    expect(tone.locator(".about")).to_contain_text("take 2")
    tone.locator("input").focus()
    seen.page.keyboard.press("Home")
    told(seen.page, "tone", "step 0 of 2")
    expect(tone.locator(".about")).to_contain_text("take 0")
    expect(tone.locator("audio")).to_have_attribute("src", re.compile("/0.wav$"))
    seen.page.evaluate("document.querySelector('audio').load()")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_logged_page_is_shown_at_a_click_and_runs_nothing(
    browser: Browser, site: Path, scheme: str, script: bool
) -> None:
    with opened_by(scheme, site) as origin, visit(browser, origin, java_script_enabled=script) as opened:
        page = opened.open(place(site))
        expect(page.locator("iframe:visible")).to_have_count(0)
        page.get_by_text("Preview (scripts disabled)").click()
        heading = page.frame_locator("iframe").frame_locator("iframe").get_by_text("A logged page")
        heading.wait_for()
        until(lambda: page.evaluate("typeof window.__pwned"), "undefined")
        # The browser tells of the script that it did not run, and of nothing else.
        assert [problem for problem in opened.problems if "script" not in problem.lower()] == []


def test_without_scripts_the_other_files_are_links(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open(place(site))
        course = card(page, "course")
        expect(course.locator(".steps")).to_be_hidden()
        expect(course.locator("img:visible")).to_have_count(5)
        course.locator("summary", has_text="36 more images").click()
        expect(course.locator(".links a:visible")).to_have_count(36)
        expect(course.locator(".links a").last).to_have_text("step 38: epoch 38")
        # The frame of the logged page is there, and its script is not run.
        assert [problem for problem in opened.problems if "sandboxed" not in problem] == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_large_view_is_accessible_and_fits(browser: Browser, site: Path, theme: str, width: int) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme, viewport={"width": width, "height": 800}) as opened:
        page = opened.open(place(site))
        assert axe_violations(page) == []
        card(page, "course").locator(".stage a").click()
        large(page, "step 39 · epoch 39 · 48 × 36")
        assert axe_violations(page) == []
        until(lambda: page.evaluate(TOO_WIDE), [])
        assert opened.problems == []
