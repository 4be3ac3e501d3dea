"""The logs of a run under real hands: find, levels, wrap, lines that come when they are asked for; from a disk."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from runpages_site.build import build
from tests.browser.probe import axe_violations
from tests.browser.visit import Visit, until, visit

LINES = 7_000
PAGE = "e/demo/a.html"
TRACE = "Traceback (most recent call last):\n  File 'train.py', line 3\nValueError: <b>three</b>\n"
# axe looks at each of thousands of lines for seconds, and they differ in their numbers only.
FEW_ALIKE = r"""log => {
  const seen = {};
  for (const line of log.querySelectorAll('li')) {
    const kind = line.className + line.innerHTML.replace(/\d+/g, '');
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (seen[kind] > 20) line.remove();
  }
}"""
# How many lines there are in a log, and the number of the first.
COUNT = "log => log.querySelectorAll('li').length"
FIRST = "log => Number(log.querySelector('li').id.split('-L')[1])"


def line(number: int) -> str:
    """A line of the long log."""
    if number == 1_500:
        return "ERROR no \x1b[32mnumber\x1b[0m: <img src=x onerror=window.__pwned=1>\n"
    if number in (1_700, 6_500):
        return f"WARNING slow {number}\n"
    return f"epoch {number} \x1b[31mloss\x1b[0m {'needle ' * (number % 2_000 == 7)}\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a long log, a short one and an empty one."""
    folder = tmp_path_factory.mktemp("logs")
    logs = folder / "runs" / "demo" / "a" / "logs"
    logs.mkdir(parents=True)
    (logs.parent / "run.json").write_text(json.dumps({"format": 1, "id": "a", "status": "Running"}))
    (logs / "long.log").write_text("".join(map(line, range(1, LINES + 1))))
    (logs / "short.log").write_text(f"{TRACE}10%\r100%\n{'word ' * 200}\n" + "torn li")
    (logs / "none.log").write_text("")
    (folder / "runs" / "runpages.yml").write_text("limits:\n  log_lines: 2000\n")
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture(params=["file", "http"])
def origin(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """Where the site is."""
    if request.param == "file":
        yield site.as_uri() + "/"
        return
    handler = partial(_Quiet, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open(PAGE)
        yield opened
        assert opened.problems == []


def card(page: Page, name: str = "long") -> Locator:
    """The card of a log."""
    return page.locator(f'.log-card[id="log-{name}.log"]')


def log(page: Page, name: str = "long") -> Locator:
    """The lines of a log."""
    return card(page, name).locator(".log")


def find(page: Page, text: str) -> Locator:
    """Find a text in the long log; gives what is told of it."""
    card(page).get_by_placeholder("Find in log").fill(text)
    return card(page).locator("output")


def is_in_sight(page: Page, number: int) -> bool:
    """Whether a line of the long log is within its frame."""
    frame, found = log(page).bounding_box(), page.locator(f"[id='log-long.log-L{number}']").bounding_box()
    if not frame or not found:
        return False
    return frame["y"] <= found["y"] and found["y"] + found["height"] <= frame["y"] + frame["height"]


def test_a_find_reaches_lines_that_were_not_there_and_goes_around(browser: Browser, origin: str) -> None:
    with visit(browser, origin) as opened:
        page = opened.open(PAGE)
        until(lambda: log(page).evaluate(COUNT), 2_000)
        told = find(page, "NEEDLE")
        expect(told).to_have_text("1 of 4 lines")
        marked = log(page).locator(".at")
        expect(marked).to_have_attribute("id", "log-long.log-L7")
        for number, place in ((2_007, 2), (4_007, 3), (6_007, 4), (7, 1)):
            page.keyboard.press("Enter")
            expect(told).to_have_text(f"{place} of 4 lines")
            expect(marked).to_have_attribute("id", f"log-long.log-L{number}")
            until(partial(is_in_sight, page, number), True)
        page.keyboard.press("Shift+Enter")
        expect(told).to_have_text("4 of 4 lines")
        card(page).get_by_role("button", name="Next match").click()
        expect(told).to_have_text("1 of 4 lines")
        assert opened.problems == []


def test_a_find_marks_its_words_and_says_where_nothing_is(seen: Visit) -> None:
    page = seen.page
    expect(find(page, "epoch 6999")).to_have_text("1 of 1 line")
    until(lambda: page.evaluate("[...CSS.highlights.get('find')].map(String)"), ["epoch 6999"])
    expect(find(page, "no such words")).to_have_text("No matches")
    until(lambda: page.evaluate("CSS.highlights.get('find').size"), 0)
    find(page, "")
    expect(card(page).locator("output")).to_be_hidden()


def test_a_level_leaves_its_lines_of_the_whole_log(seen: Visit) -> None:
    page = seen.page
    levels = card(page).locator(".segments")
    assert [text.split() for text in levels.locator("label").all_inner_texts()] == [
        ["All"],
        ["Warnings", "2"],
        ["Errors", "1"],
    ]
    levels.get_by_text("Warnings").click()
    shown = log(page).locator("li:visible")
    expect(shown).to_have_text(["WARNING slow 1700", "WARNING slow 6500"])
    until(
        lambda: log(page).evaluate("log => [...log.querySelectorAll('li.w')].map(line => line.value)"), [1_700, 6_500]
    )
    levels.get_by_text("Errors").click()
    expect(shown).to_have_count(1)
    expect(shown).to_have_text("ERROR no number: <img src=x onerror=window.__pwned=1>")
    expect(shown.locator(".a-green")).to_have_text("number")
    assert page.evaluate("typeof window.__pwned") == "undefined"
    levels.get_by_text("All").click()
    expect(page.locator("[id='log-long.log-L7000']")).to_be_visible()


def test_a_find_keeps_to_the_level(seen: Visit) -> None:
    page = seen.page
    card(page).locator(".segments").get_by_text("Warnings").click()
    expect(find(page, "slow")).to_have_text("1 of 2 lines")
    expect(find(page, "epoch")).to_have_text("No matches")


def test_a_traceback_is_one_error_and_no_level_of_nothing_can_be_chosen(seen: Visit) -> None:
    levels = card(seen.page, "short").locator(".segments")
    assert levels.locator("label").all_inner_texts()[1:] == ["Warnings\n0", "Errors\n1"]
    expect(levels.locator("input[value=w]")).to_be_disabled()
    expect(log(seen.page, "short").locator(".e")).to_have_count(3)


def test_earlier_lines_come_above_what_is_read(seen: Visit) -> None:
    page = seen.page
    bar = card(page).locator(".log-before")
    assert bar.inner_text().startswith("5000 earlier lines not shown")
    bar.get_by_role("button", name="Show 2000 earlier lines").click()
    expect(bar).to_contain_text("3000 earlier lines not shown")
    log(page).evaluate("log => { log.scrollTop = 0; }")
    first = page.locator("[id='log-long.log-L3001']")
    first.wait_for()
    expect(first).to_have_text("epoch 3001 loss", use_inner_text=True)
    until(lambda: log(page).evaluate(FIRST), 3_001)
    bar.get_by_role("button", name="Show all").click()
    page.locator("[id='log-long.log-L1']").wait_for()
    until(lambda: is_in_sight(page, 1), True)
    expect(bar).to_have_text("All 7000 lines loaded", use_inner_text=True)


def test_only_what_is_seen_is_loaded(seen: Visit) -> None:
    page = seen.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    card(page).get_by_role("button", name="Show all").click()
    page.locator("[id='log-long.log-L1']").wait_for()
    assert 0 < len([url for url in asked if "/lines/" in url]) < 5
    # Lines that are not there hold their place.
    until(lambda: log(page).evaluate("log => log.scrollHeight"), pytest.approx(LINES * 19, abs=40))


def test_the_address_of_a_line_brings_it(browser: Browser, origin: str) -> None:
    with visit(browser, origin) as opened:
        page = opened.open(f"{PAGE}#log-long.log-L1500")
        marked = log(page).locator(".at")
        expect(marked).to_contain_text("ERROR no number")
        until(lambda: is_in_sight(page, 1_500), True)
        opened.open(f"{PAGE}#log-long.log-L200")
        expect(marked).to_have_attribute("id", "log-long.log-L200")
        opened.open(f"{PAGE}#log-long.log-L9999999")
        expect(page.locator("#said")).to_have_text("The log has no line 9999999 here")
        assert opened.problems == []


def test_a_press_on_a_number_makes_the_address_and_keeps_what_else_is_in_it(seen: Visit) -> None:
    page = seen.page
    page.evaluate("location.hash = 'logs?smooth=0.5'")
    card(page).locator("[data-wrap]").hover()
    target = page.locator("[id='log-long.log-L5010']")
    card(page).locator(".log-before button").first.wait_for()
    page.locator("script[src*='/logs.']").wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    target.click(position={"x": 20, "y": 8})
    expect(log(page).locator(".at")).to_have_attribute("id", "log-long.log-L5010")
    page.wait_for_url("**#log-long.log-L5010?smooth=0.5")
    target.click(position={"x": 300, "y": 8})
    page.wait_for_url("**#log-long.log-L5010?smooth=0.5")


def test_an_address_of_a_line_that_a_level_leaves_out_shows_all(seen: Visit) -> None:
    page = seen.page
    card(page).locator(".segments").get_by_text("Errors").click()
    expect(log(page).locator("li:visible")).to_have_count(1)
    page.evaluate("location.hash = 'log-long.log-L1499'")
    expect(log(page).locator(".at")).to_contain_text("epoch 1499")
    expect(card(page).locator(".segments input").first).to_be_checked()


def test_long_lines_wrap(seen: Visit) -> None:
    page = seen.page
    lines = log(page, "short")
    wide = "log => log.scrollWidth > log.clientWidth"
    assert lines.evaluate(wide)
    button = card(page, "short").get_by_role("button", name="Wrap")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    until(lambda: lines.evaluate(wide), False)


def test_a_missing_script_is_told(browser: Browser, site: Path) -> None:
    lines = next((site / "e/demo/a/lines").iterdir())
    lines.rename(lines.with_name("gone"))
    try:
        with visit(browser, site.as_uri() + "/") as opened:
            page = opened.open(PAGE)
            card(page).get_by_placeholder("Find in log").fill("x")
            expect(page.locator("#said")).to_contain_text("This file of the site is missing")
    finally:
        lines.with_name("gone").rename(lines)


def test_logs_are_read_without_scripts(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open(PAGE)
        expect(log(page).locator("li")).to_have_count(2_000)
        expect(card(page).locator(".log-before")).to_have_text("5000 earlier lines not shown", use_inner_text=True)
        expect(card(page).locator(".toolbar:visible")).to_have_count(0)
        download = card(page).get_by_role("link", name="Download")
        expect(download).to_have_attribute("href", "a/logs/long~_log~.txt")
        expect(download).to_have_attribute("download", "long.log")
        assert log(page, "short").inner_text().split("\n")[3:] == ["100%", "word " * 200, "torn li"]
        expect(log(page, "none")).to_have_count(0)
        assert opened.problems == []


def test_the_log_of_a_failed_run_opens_at_its_end(browser: Browser, tmp_path: Path) -> None:
    for name, status in (("failed", "Failed"), ("done", "Completed")):
        run = tmp_path / "runs" / "demo" / name
        (run / "logs").mkdir(parents=True)
        (run / "run.json").write_text(json.dumps({"format": 1, "id": name, "status": status}))
        (run / "logs" / "long.log").write_text("".join(map(line, range(1, 1_001))) + TRACE)
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as opened:
        for place, number, sight in (("failed.html", 1_003, True), ("done.html", 1_003, False)):
            page = opened.open(f"e/demo/{place}")
            until(partial(is_in_sight, page, number), sight)
        # Also once the tools are there.
        page = opened.open("e/demo/failed.html")
        find_field = card(page).get_by_placeholder("Find in log")
        log(page).hover()
        expect(find_field).to_be_visible()
        assert is_in_sight(page, 1_003)
        # The address of a line wins.
        page = opened.open("e/demo/failed.html#log-long.log-L700")
        until(lambda: is_in_sight(page, 700), True)
        assert opened.problems == []


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_no_line_moves_as_the_tools_come(browser: Browser, tmp_path: Path, width: int) -> None:
    run = tmp_path / "runs" / "demo" / "a"
    (run / "logs").mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"format": 1, "id": "a", "status": "Completed"}))
    (run / "logs" / "long.log").write_text("".join(map(line, range(1, 101))))
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    size = {"width": width, "height": 900}
    with visit(browser, (tmp_path / "site").as_uri() + "/", viewport=size, has_touch=width < 1000) as opened:
        page = opened.open("e/demo/a.html")
        # In its card: above that the links to other runs may still be coming.
        top = "document.querySelector('.log').offsetTop - document.querySelector('.log-card').offsetTop"
        before = page.evaluate(top)
        page.locator("h1").hover()
        expect(card(page).get_by_placeholder("Find in log")).to_be_visible()
        until(lambda: page.evaluate(top), before)
        assert opened.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_tools_in_use_are_for_everyone(browser: Browser, site: Path, theme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    with visit(browser, site.as_uri() + "/", color_scheme=theme, viewport=size) as opened:
        page = opened.open(PAGE)
        expect(find(page, "slow")).to_have_text("1 of 2 lines")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        log(page).evaluate(FEW_ALIKE)
        assert axe_violations(page) == []
