"""Images of several runs, compared by real hands: one slider, pairs, differences and numbers, zoom, large view."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.compare_site import members
from tests.browser.conftest import served
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

EVERY = {"one": 3, "two": 2, "three": 10}
LAST = 12
EXPECTED = Path(__file__).parent.parent / "image_differences.json"


def picture(name: str, step: int) -> np.ndarray:
    """What a run draws at a step: 20 × 30 pixels in colour."""
    draw = np.random.default_rng([*name.encode(), step])
    return draw.integers(0, 256, (20, 30, 3), dtype="uint8")


def large(shift: int) -> np.ndarray:
    """A picture that is large enough for a thumbnail."""
    return np.asarray((np.indices((900, 1200)).sum(0) + shift) // 9, "uint8")


def difference(a: np.ndarray, b: np.ndarray) -> tuple[str, str]:
    """The mean of |a − b| and the PSNR in dB, as the page spells them."""
    delta = a.astype(float) - b
    psnr = 10 * math.log10(255**2 / (delta**2).mean())
    return f"{np.abs(delta).mean():.3g}", f"{psnr:.1f}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared-images")
    for place, (name, every) in enumerate(EVERY.items()):
        with runpages.start("drawn", name=name, params={"every": every}, root=folder / "runs", capture=False) as run:
            for step in range(0, LAST + 1, every):
                run.log("epoch", step // 4, step=step)
                run.log_image("drawing", picture(name, step), step=step)
            for number in range(3):
                run.log_image("set", picture(name, number)[:8, :8], step=0, caption=f"sample {number}")
            run.log_image("large", large(30 * place), step=0)
            run.log_image("sized", picture(name, 1)[: 20 - 5 * place], step=0, caption=f"rows {20 - 5 * place}")
            run.log_text("answer", f"the same\nby {name}\nthe end", step=0)
            run.log_audio("tone", np.sin(np.arange(800) / (place + 2)), 8000, step=0)
    with runpages.start("drawn", name="blind", root=folder / "runs", capture=False) as run:
        run.log("loss", 1)
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture(scope="module")
def http(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


def address(site: Path, *names: str, **state: object) -> str:
    """The page that compares runs, with what its reader chose of images."""
    keys = members(site)
    chosen = "".join(f"&images.{key}={keys.get(str(value), value)}" for key, value in state.items())
    return "compare.html#?runs=" + ",".join(keys[name] for name in names) + chosen


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        yield opened
        assert opened.problems == []


def show(opened: Visit, site: Path, *names: str, **state: object) -> Page:
    """Open the page at its images."""
    page = opened.open(address(site, *names, **state))
    if not state.get("large"):
        seek(page)
    page.locator("#images .image-card").first.wait_for()
    if not state.get("large"):
        page.locator("#images .image-row").evaluate("row => row.scrollIntoView()")
    return page


def again(page: Page) -> None:
    """Reload the page, and go to its images, which are drawn as they come into view."""
    page.reload()
    seek(page)


def seek(page: Page) -> None:
    """Scroll to the images until they are drawn: what is above them grows meanwhile."""
    page.wait_for_function("""() => {
        if (document.querySelector("#images .shot-layer")) return true;
        document.getElementById("images").scrollIntoView();
        return false;
    }""")


def card(page: Page, name: str) -> Locator:
    """The card of a name."""
    return page.locator(f'.image-card[data-name="{name}"]')


def files(page: Page, name: str) -> list[str]:
    """The last part of the address of each image of a card; a reason where there is none."""
    reason = "layer => layer.querySelector('img:not([hidden])')?.src.split('/').pop() ?? layer.innerText"
    return [layer.evaluate(reason) for layer in card(page, name).locator(".shot-layer").all()]


def shown(page: Page, *wanted: str, name: str = "drawing") -> None:
    """Wait until a card shows these files."""
    layers = card(page, name).locator(".shot-layer")
    expect(layers).to_have_count(len(wanted))
    for layer, file in zip(layers.all(), wanted, strict=True):
        if file.endswith((".png", ".webp")):
            layer.locator(f'img[src$="/{file}"]:not([hidden])').wait_for(state="attached")
        else:
            expect(layer).to_have_text(file)


def written(page: Page, text: str) -> None:
    """Wait until the address has a text."""
    page.wait_for_function("text => location.hash.includes(text)", arg=text)


def test_one_slider_shows_the_nearest_image_of_every_run(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", "three", "blind")
    output = page.locator(".image-row output")
    expect(output).to_contain_text("step 12 of 12")
    shown(page, "12.png", "12.png", "10.png", "nothing logged under this name")
    expect(card(page, "drawing").locator(".shot-about")).to_have_text(["", "", "step 10", ""])
    expect(page.locator("#images .count")).to_have_text("6 series, 9 steps")
    slider = page.get_by_role("slider", name="Images by step")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(output).to_contain_text("step 10 of 12")
    shown(page, "9.png", "10.png", "10.png", "nothing logged under this name")
    expect(card(page, "drawing").locator(".shot-about")).to_have_text(["step 9", "", "", ""])
    page.keyboard.press("Home")
    shown(page, "0.png", "0.png", "0.png", "nothing logged under this name")
    page.locator(".image-row").get_by_role("button", name="Next").click()
    expect(slider).to_have_attribute("aria-valuetext", "step 2")
    written(page, "images.step=2")
    again(page)
    expect(output).to_contain_text("step 2 of 12")
    card(page, "drawing").locator(".card-body").focus()
    page.keyboard.press("End")
    expect(output).to_contain_text("step 12 of 12")
    page.wait_for_function("() => !location.hash.includes('images.step')")


def test_images_are_ordered_by_epoch_or_time(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", "blind")
    page.get_by_label("Order of the slider").select_option("epoch")
    expect(page.locator(".image-row output")).to_contain_text("epoch 3 of 3")
    page.get_by_role("slider", name="Images by epoch").focus()
    page.keyboard.press("ArrowLeft")
    shown(page, "9.png", "8.png", "nothing logged under this name")
    page.get_by_label("Order of the slider").select_option("time")
    expect(page.locator(".image-row output")).to_contain_text(" s of ")
    written(page, "images.by=time")


def test_images_of_one_step_are_chosen_by_their_number(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", step=0)
    shown(page, "0.png", "0.png", name="set")
    page.get_by_label("Image of a step").select_option("3")
    shown(page, "0~2.png", "0~2.png", name="set")
    shown(page, "0.png", "0.png")
    written(page, "images.part=3")


def split(page: Page) -> float:
    """Where the divider of the drawing is, as a share of its stage."""
    stage, divider = (
        card(page, "drawing").locator(one).bounding_box() for one in (".shot-stage.is-pair", ".shot-divider")
    )
    assert stage
    assert divider
    return (divider["x"] + divider["width"] / 2 - stage["x"]) / stage["width"]


def test_a_divider_parts_two_images(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", "three")
    page.locator("#images").get_by_text("Before / after").click()
    shown(page, "12.png", "12.png", "12.png", "12.png")
    page.get_by_label("Run B").select_option("three")
    shown(page, "12.png", "10.png", "12.png", "10.png")
    expect(card(page, "drawing").locator(".shot-side .shot-about")).to_have_text(["", "step 10"])
    until(lambda: split(page), pytest.approx(0.5, abs=0.01))
    stage = card(page, "drawing").locator(".shot-stage.is-pair")
    box = stage.bounding_box()
    assert box
    card(page, "drawing").locator(".shot-divider span").hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    page.mouse.up()
    until(lambda: split(page), pytest.approx(0.25, abs=0.02))
    divider = card(page, "drawing").get_by_role("slider", name="Divider between A and B")
    divider.focus()
    page.keyboard.press("End")
    until(lambda: split(page), pytest.approx(1, abs=0.01))
    page.keyboard.press("ArrowLeft")
    written(page, "images.split=99")
    again(page)
    shown(page, "12.png", "10.png", "12.png", "10.png")
    until(lambda: split(page), pytest.approx(0.99, abs=0.01))


def pixels(stage: Locator) -> np.ndarray:
    """What the reader sees of a stage, without its border."""
    stage.page.mouse.move(0, 0)
    stage.locator("img:visible").evaluate_all("all => Promise.all(all.map(one => one.decode()))")
    seen = np.array(Image.open(io.BytesIO(stage.screenshot())).convert("RGB")).astype(int)
    return seen[6:-6, 6:-6]


def test_a_key_shows_one_of_two_images_while_it_is_held_or_until_the_next_press(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", view="pair", step=6)
    shown(page, "6.png", "6.png", "6.png", "6.png")
    flip = page.get_by_role("button", name="Flip")
    stage = card(page, "drawing").locator(".shot-stage.is-pair")
    # A press is one whatever the page does meanwhile: its clock stands, and a hold is when the clock was set.
    began = datetime(2026, 11, 29, tzinfo=UTC)
    held = began + timedelta(seconds=1)
    page.clock.set_fixed_time(began)
    page.keyboard.press("b")
    expect(flip).to_have_text("Flip: B")
    both = {"B": pixels(stage)}
    page.keyboard.press("b")
    expect(flip).to_have_text("Flip: A")
    both["A"] = pixels(stage)
    assert np.abs(both["A"] - both["B"]).mean() > 20
    page.keyboard.down("b")
    expect(flip).to_have_text("Flip: B")
    page.clock.set_fixed_time(held)
    page.keyboard.down("b")
    page.keyboard.up("b")
    expect(flip).to_have_text("Flip: A")
    page.clock.set_fixed_time(began)
    flip.click()
    expect(flip).to_have_text("Flip: B")
    written(page, "images.side=b")
    flip.focus()
    page.keyboard.press("Space")
    expect(flip).to_have_text("Flip: A")
    written(page, "images.side=a")
    again(page)
    expect(flip).to_have_text("Flip: A")
    flip.hover()
    page.mouse.down()
    expect(flip).to_have_text("Flip: B")
    page.clock.set_fixed_time(held)
    page.mouse.up()
    expect(flip).to_have_text("Flip: A")


def test_expected_differences_are_those_of_numpy() -> None:
    for case in json.loads(EXPECTED.read_text()):
        delta = np.array(case["a"], float) - np.array(case["b"], float)
        assert case["mean"] == pytest.approx(np.abs(delta).mean())
        square = (delta**2).mean()
        assert case["psnr"] == (pytest.approx(10 * np.log10(255**2 / square)) if square else None)


def test_differences_have_the_numbers_of_numpy(browser: Browser, site: Path, http: str) -> None:
    with visit(browser, http) as opened:
        page = show(opened, site, "one", "two", "three", "blind", view="difference", step=6)
        numbers = card(page, "drawing").locator(".shot-number")
        wanted = [difference(picture("one", 6), picture(*other)) for other in (("two", 6), ("three", 10))]
        for at, (mean, psnr) in enumerate(wanted):
            expect(numbers.nth(at)).to_have_text(f"mean |Δ| {mean} PSNR {psnr} dB")
        expect(card(page, "drawing").locator(".shot-lost:visible")).to_have_text(["nothing logged under this name"])
        whole = difference(large(0), large(30))
        expect(card(page, "large").locator(".shot-number").first).to_have_text(
            f"mean |Δ| {whole[0]} PSNR {whole[1]} dB"
        )
        expect(page.locator(".image-compare > .note")).to_be_hidden()
        page.locator("#images").get_by_text("Before / after").click()
        expect(card(page, "drawing").locator(".shot-number")).to_have_text(
            f"mean |Δ| {wanted[0][0]} PSNR {wanted[0][1]} dB"
        )
        page.get_by_label("Run B").select_option("one")
        expect(card(page, "drawing").locator(".shot-number")).to_have_text("mean |Δ| 0 PSNR ∞ dB")
        assert opened.problems == []


def test_a_file_shows_the_difference_and_says_why_it_has_no_numbers(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", view="difference", step=6)
    expect(page.locator(".image-compare > .note")).to_contain_text("need a web server")
    shown(page, "6.png", "6.png", "6.png")
    stage = card(page, "drawing").locator(".shot-stage.is-difference")
    seen_mean = 255 - pixels(stage).mean()
    delta = np.abs(picture("one", 6).astype(float) - picture("two", 6))
    # Grey is made of red, green and blue as the eye weighs them.
    assert seen_mean == pytest.approx((delta @ [0.2126, 0.7152, 0.0722]).mean(), abs=6)
    expect(card(page, "drawing").locator(".shot-range")).to_have_text("0 to 255")
    page.get_by_label("Strength of differences").select_option("4")
    expect(card(page, "drawing").locator(".shot-range")).to_have_text("0 to 64")
    until(lambda: 255 - pixels(stage).mean() > 1.5 * seen_mean, True)


def test_images_of_unequal_size_are_told_apart(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two")
    sized = card(page, "sized")
    sized.scroll_into_view_if_needed()
    expect(sized.locator(".card-head .note")).to_have_text("30 × 20 and other sizes")
    expect(sized.locator(".shot-about")).to_have_text(["step 0 · 30 × 20 · rows 20", "step 0 · 30 × 15 · rows 15"])
    page.get_by_role("slider", name="Images by step").focus()
    page.keyboard.press("Home")
    page.locator("#images").get_by_text("Before / after").click()
    sized.scroll_into_view_if_needed()
    expect(sized.locator(".shot-side .shot-about")).to_have_text(["30 × 20 · rows 20", "30 × 15 · rows 15"])
    expect(sized.locator(".shot-lost:visible")).to_have_text("sizes differ: 30 × 20 and 30 × 15")
    expect(sized.locator(".shot-number")).to_be_hidden()


SCALE = "image => image.getBoundingClientRect().width / image.parentElement.getBoundingClientRect().width"
LEFTS = """all => all.map(image => Math.round(
  image.getBoundingClientRect().left - image.parentElement.getBoundingClientRect().left))"""


def test_zoom_and_place_are_shared(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", "three")
    images = page.locator(".image-card img:not([hidden])")
    shown(page, "12.png", "12.png", "10.png")
    scroll = page.evaluate("scrollY")
    stage = card(page, "drawing").locator(".shot-stage").first
    stage.hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(page.locator(".image-compare")).to_have_class("compare-body image-compare is-zoomed")
    page.wait_for_function("() => /images.zoom=1\\.56/.test(location.hash)")
    until(lambda: {round(scale, 2) for scale in images.evaluate_all(f"all => all.map({SCALE})")}, {1.56})
    assert page.evaluate("scrollY") == scroll
    before = images.evaluate_all(LEFTS)
    box = stage.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    until(lambda: all(new < old for old, new in zip(before, images.evaluate_all(LEFTS), strict=True)), True)
    after = images.evaluate_all(LEFTS)
    # It is the same part of images whose boxes are as large.
    assert len(set(after[:3])) == 1
    expect(images.first).to_have_class("pixelated")
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("() => /images.zoom=1\\.95/.test(location.hash)")
    again(page)
    shown(page, "12.png", "12.png", "10.png")
    until(lambda: round(images.first.evaluate(SCALE), 2), 1.95)
    stage.dblclick()
    page.wait_for_function("() => !location.hash.includes('zoom')")
    until(lambda: images.first.evaluate(SCALE), 1)


def test_the_large_view_is_in_the_address_and_loads_whole_files(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", view="pair")
    large_card = card(page, "large")
    large_card.scroll_into_view_if_needed()
    large_card.locator('img[src$=".webp"]').first.wait_for()
    until(lambda: {file.rpartition(".")[2] for file in files(page, "large")}, {"webp"})
    large_card.get_by_role("button", name="Enlarge").click()
    dialog = page.locator("dialog.image-large[open]")
    dialog.locator('.image-card[data-name="large"]').wait_for()
    written(page, "images.large=large")
    page.keyboard.press("+")
    page.keyboard.press("+")
    dialog.locator('img[src$=".png"]').first.wait_for()
    page.keyboard.press("ArrowLeft")
    expect(dialog.locator(".image-row output")).to_contain_text("step 10 of 12")
    page.keyboard.press("b")
    expect(dialog.get_by_role("button", name="Flip")).to_have_text("Flip: B")
    written(page, "images.side=b")
    again(page)
    dialog.locator('.image-card[data-name="large"]').wait_for()
    expect(dialog.locator(".image-row output")).to_contain_text("step 10 of 12")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.image-large")).to_be_hidden()
    page.wait_for_function("() => !location.hash.includes('images.large')")
    expect(large_card.get_by_role("button", name="Enlarge")).to_be_focused()
    expect(page.locator("#images > .compare-body > .image-row")).to_be_visible()
    large_card.get_by_role("button", name="Enlarge").click()
    dialog.wait_for()
    page.go_back()
    expect(page.locator("dialog.image-large")).to_be_hidden()


def test_a_grid_has_all_runs_and_steps(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", "blind", view="grid")
    drawing = card(page, "drawing")
    expect(drawing.locator("thead th")).to_have_text(["run, step", "0", "2", "3", "4", "6", "8", "9", "10", "12"])
    rows = drawing.locator("tbody tr")
    until(lambda: [row.locator("img").count() for row in rows.all()], [5, 7, 0])
    drawing.get_by_role("button", name="6", exact=True).click()
    expect(page.locator(".image-row output")).to_contain_text("step 6 of 12")
    expect(drawing.get_by_role("button", name="6", exact=True)).to_have_attribute("aria-pressed", "true")
    page.locator("#images").get_by_text("Side by side").click()
    shown(page, "6.png", "6.png", "nothing logged under this name")
    page.wait_for_function("() => !location.hash.includes('images.view')")
    # A pasted address of the same page.
    page.evaluate("hash => { location.hash = hash; }", address(site, "one", "two", view="pair", step=2).split("#")[1])
    shown(page, "3.png", "2.png", "3.png", "2.png")
    page.go_back()
    shown(page, "6.png", "6.png", "nothing logged under this name")


def test_media_are_side_by_side_and_texts_are_compared_by_lines(seen: Visit, site: Path) -> None:
    page = show(seen, site, "one", "two", "blind")
    expect(page.locator("#h-images")).to_have_text("Images and media")
    answer = card(page, "answer")
    answer.scroll_into_view_if_needed()
    expect(answer.locator(".shot-medium")).to_have_text(
        ["the same by one the end", "the same by two the end", "nothing logged under this name"]
    )
    expect(answer.locator(".shot-about")).to_have_text(["step 0", "step 0", ""])
    page.locator("#images").get_by_text("Before / after").click()
    answer.scroll_into_view_if_needed()
    expect(answer.locator(".shot-changes .del")).to_have_text(["by one"])
    expect(answer.locator(".shot-changes .add")).to_have_text(["by two"])
    tone = card(page, "tone")
    tone.scroll_into_view_if_needed()
    expect(tone.locator("audio")).to_have_count(2)
    assert [audio.get_attribute("src") for audio in tone.locator("audio").all()] == [
        f"e/{key}/media/tone/0.wav" for key in (members(site)["one"], members(site)["two"])
    ]


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    """Fingers on the screen."""
    told = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})


def test_fingers_move_the_divider_and_pinch(browser: Browser, site: Path) -> None:
    options: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visit(browser, site.as_uri() + "/", **options) as opened:
        page = show(opened, site, "one", "two", view="pair")
        shown(page, "12.png", "12.png", "12.png", "12.png")
        assert page.evaluate(TOO_WIDE) == []
        box = card(page, "drawing").locator(".shot-stage.is-pair").bounding_box()
        assert box
        session = page.context.new_cdp_session(page)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
        touch(session, "touchStart", (x, y))
        touch(session, "touchMove", (x + 30, y))
        touch(session, "touchMove", (x + box["width"] / 4, y))
        touch(session, "touchEnd")
        page.wait_for_function("() => /images.split=7[3-7]/.test(location.hash)")
        touch(session, "touchStart", (x - 20, y), (x + 20, y))
        touch(session, "touchMove", (x - 40, y), (x + 40, y))
        touch(session, "touchMove", (x - 60, y), (x + 60, y))
        touch(session, "touchEnd")
        page.wait_for_function("() => /images.zoom=(2.[5-9]|3)/.test(location.hash)")
        assert opened.problems == []


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_compared_images_are_accessible_and_fit(browser: Browser, site: Path, theme: str, width: int) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme, viewport={"width": width, "height": 800}) as opened:
        page = show(opened, site, "one", "two", "three", "blind")
        shown(page, "12.png", "12.png", "10.png", "nothing logged under this name")
        for view in ("Before / after", "Difference", "All steps"):
            assert axe_violations(page) == []
            assert page.evaluate(TOO_WIDE) == []
            page.locator("#images").get_by_text(view, exact=True).click()
            expect(page.locator(".image-row input:checked")).to_have_attribute(
                "value", view.split()[0].lower().replace("before", "pair").replace("all", "grid")
            )
        assert axe_violations(page) == []
        card(page, "drawing").get_by_role("button", name="Enlarge").click()
        page.locator("dialog.image-large[open] .image-card").wait_for()
        assert axe_violations(page) == []
        assert page.evaluate(TOO_WIDE) == []
        assert opened.problems == []


def test_runs_of_a_group_have_columns_and_the_first_is_the_reference(seen: Visit, site: Path) -> None:
    one = members(site)["one"]
    page = seen.open(f"compare.html#images?runs={one},drawn%3Fevery:2&ref=drawn%3Fevery:2")
    page.locator("#images .image-card").first.wait_for()
    page.locator("#images").evaluate("section => section.scrollIntoView()")
    expect(card(page, "drawing").locator("figcaption a")).to_have_text(["one", "two"])
    expect(card(page, "drawing").locator("figcaption")).to_contain_text(["one", "ref"])
