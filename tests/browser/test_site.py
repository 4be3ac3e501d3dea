"""Every page of built sites in a real browser: from a disk and under a sub-path, with JavaScript and without."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, ElementHandle, Page, expect
from playwright.sync_api import Error as PlaywrightError

from runpages_site.site import NOT_FOUND
from tests.browser.conftest import Site
from tests.browser.extremes import SECRET
from tests.browser.probe import (
    BROKEN_PICTURES,
    FLAT_CHARTS,
    HIDDEN_VALUES,
    MARK_VALUES,
    OVER_THE_EDGE,
    THEME,
    TOO_WIDE,
    axe_violations,
)
from tests.browser.visit import Visit, until, visit

KINDS = "[...document.querySelectorAll('*')].map((one) => `${one.localName}.${one.getAttribute('class')} ${one.role}`)"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Each page is opened at the last one.
WIDTHS = (390, 768, 2560, 1440)


class Look(NamedTuple):
    """What a page showed when it was opened."""

    headings: int
    broken: list[str]
    """Pictures that did not come."""
    flat: list[str]
    """Charts without a height or a width."""
    ran: bool
    """Whether a script of a logged text ran."""


class CloseLook(NamedTuple):
    """What a page from the disk showed, in windows of several widths and for paper."""

    at_first: Look
    kinds: set[str]
    """The kinds of its elements."""
    charts: int
    pictures: int
    too_wide: list[str]
    values: int
    hidden: list[str]
    """Values that are not on paper."""


SOUND = Look(headings=1, broken=[], flat=[], ran=False)


def look(page: Page) -> Look:
    """What an open page shows."""
    ran = page.evaluate("typeof window.__pwned") != "undefined"
    headings = page.locator("h1:visible").count()
    return Look(headings, page.evaluate(BROKEN_PICTURES), page.evaluate(FLAT_CHARTS), ran)


def look_closely(page: Page) -> CloseLook:
    """What an open page shows, and what it would on paper and in other windows; it is as wide as before afterwards."""
    kinds = set(page.evaluate(KINDS))
    at_first = look(page)
    charts, pictures = (page.locator(f"main {one}:visible").count() for one in ("svg[role=img]", "img"))
    values = page.evaluate(MARK_VALUES)
    page.emulate_media(media="print")
    hidden = page.evaluate(HIDDEN_VALUES)
    page.emulate_media(media="screen")
    too_wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wrong = [*page.evaluate(TOO_WIDE), *page.evaluate(OVER_THE_EDGE)]
        too_wide += [f"at {width}: {what}" for what in wrong]
    return CloseLook(at_first, kinds, charts, pictures, too_wide, values, hidden)


class Tour(NamedTuple):
    """What all pages of a site showed, and what went wrong meanwhile."""

    looks: dict[str, CloseLook]
    problems: list[str]


@pytest.fixture(scope="module", params=[True, False], ids=["script", "no-script"])
def tour(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Tour:
    """Every page, opened once for all that is asked of it: to load them takes most of the time."""
    with visit(browser, site.file, java_script_enabled=request.param) as seen:
        looks = {place: look_closely(page) for place, page in each_page(seen, site)}
        return Tour(looks, seen.problems)


with_script = pytest.mark.parametrize("tour", [True], indirect=True, ids=["script"])
without_script = pytest.mark.parametrize("tour", [False], indirect=True, ids=["no-script"])


def each_page(seen: Visit, site: Site) -> Iterator[tuple[str, Page]]:
    """Open the pages of the site one after the other."""
    for place in site.tree.pages:
        yield place, seen.open(quote(place))


def report(found: Iterable[str]) -> str:
    """What was found, for an assertion that nothing was."""
    return "\n".join(found)


def test_every_link_leads_to_a_file_of_the_site(site: Site) -> None:
    assert report(site.tree.problems()) == ""


def test_every_page_is_reached_from_the_home_page(site: Site) -> None:
    found = {"index.html"}
    todo = ["index.html"]
    while todo:
        page = todo.pop()
        new = site.tree.linked(page) - found
        found |= new
        todo += new
    assert found == set(site.tree.pages)


def test_pages_open_from_the_disk(tour: Tour) -> None:
    assert {place: one.at_first for place, one in tour.looks.items() if one.at_first != SOUND} == {}
    assert report(tour.problems) == ""


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_pages_open_from_a_host(browser: Browser, site: Site, script: bool) -> None:
    with visit(browser, site.http, java_script_enabled=script) as seen:
        looks = {place: look(page) for place, page in each_page(seen, site)}
    assert {place: one for place, one in looks.items() if one != SOUND} == {}
    assert report(seen.problems) == ""


@pytest.mark.parametrize("site", ["example"], indirect=True)
@without_script
def test_runs_show_charts_and_pictures_without_javascript(tour: Tour) -> None:
    assert sum(one.charts for one in tour.looks.values()) > 0
    assert sum(one.pictures for one in tour.looks.values()) > 0


@pytest.mark.parametrize("site", ["example"], indirect=True)
def test_the_rail_marks_the_section_that_is_read(browser: Browser, site: Site) -> None:
    long = 0
    with visit(browser, site.file) as seen:
        for place, page in each_page(seen, site):
            current = page.locator(".rail [aria-current]")
            if not page.locator(".rail").count():
                continue
            expect(current, place).to_have_attribute("href", "#overview")
            if not page.evaluate("document.documentElement.scrollHeight > 3 * innerHeight"):
                continue
            page.locator("#metrics").evaluate("section => section.scrollIntoView()")
            page.locator(".rail [aria-current][href='#metrics']").wait_for()
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            page.locator(".rail [aria-current][href='#raw']").wait_for()
            expect(current, place).to_have_count(1)
            long += 1
    assert long


def covering(looks: dict[str, CloseLook]) -> Iterator[str]:
    """Pages that have all kinds of elements between them: all that is on the other pages is on these."""
    known = set[str]()
    for place, one in sorted(looks.items(), key=lambda item: -len(item[1].kinds)):
        if one.kinds - known:
            known |= one.kinds
            yield place


@with_script
def test_axe_finds_nothing(browser: Browser, site: Site, tour: Tour) -> None:
    found = []
    with visit(browser, site.file) as seen:
        for place in covering(tour.looks):
            page = seen.open(quote(place))
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                found += [f"{place}, {theme}: {violation}" for violation in axe_violations(page)]
    assert report(found) == ""


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_for_what_is_not_there_is_readable(browser: Browser, site: Site, theme: str) -> None:
    with visit(browser, site.file, color_scheme=theme) as seen:
        assert report(axe_violations(seen.open(NOT_FOUND))) == ""
        assert report(seen.problems) == ""


def test_nothing_is_too_wide_for_its_place(tour: Tour) -> None:
    assert report(f"{place} {what}" for place, one in tour.looks.items() for what in one.too_wide) == ""


@with_script
def test_print_hides_no_value(tour: Tour) -> None:
    assert sum(one.values for one in tour.looks.values()) > 0
    assert report(f"{place}: {text}" for place, one in tour.looks.items() for text in one.hidden) == ""


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_the_theme_is_switched_and_remembered(browser: Browser, site: Site, scheme: str) -> None:
    with visit(browser, site.origin(scheme), color_scheme="light") as seen:
        page = seen.open("index.html")
        light = page.evaluate(THEME)
        switch = page.get_by_role("button", name="theme")
        for _ in range(3):
            switch.click()
            if page.evaluate(THEME) != light:
                break
        dark = page.evaluate(THEME)
        assert dark != light
        for place in site.tree.pages[:3]:
            assert seen.open(quote(place)).evaluate(THEME) == dark
        assert report(seen.problems) == ""


def test_the_theme_of_the_system_is_followed(browser: Browser, site: Site) -> None:
    with visit(browser, site.file, color_scheme="light") as seen:
        page = seen.open("index.html")
        light = page.evaluate(THEME)
        page.emulate_media(color_scheme="dark")
        until(lambda: page.evaluate(THEME) != light, True)


def used(node: ElementHandle, act: Callable[[ElementHandle], None]) -> bool:
    """Use an element with real input unless it is hidden or disabled, or an earlier click hides it just now."""
    until = time.monotonic() + 10
    while node.is_visible():
        try:
            if not node.is_enabled():
                return False
            act(node)
        except PlaywrightError as error:
            # It went or moved between the check and the act: look again, since it may also be back.
            if (
                not re.search("not visible|not attached|outside of the viewport", error.message)
                or time.monotonic() > until
            ):
                raise
        else:
            return True
    return False


@pytest.mark.parametrize("site", ["extremes"], indirect=True)
def test_hostile_pages_stand_being_used(browser: Browser, site: Site) -> None:
    with visit(browser, site.http) as seen:
        for place, page in each_page(seen, site):
            # The elements themselves: which is the seventh that is visible changes with each click.
            for button in page.query_selector_all("summary:visible, button:visible")[:40]:
                if used(button, lambda one: one.click(force=True)):
                    page.keyboard.press("Escape")
            for chart in page.query_selector_all("main :has(> svg[role=img]):visible")[:3]:
                used(chart, lambda one: one.hover(force=True))
            assert page.evaluate("typeof window.__pwned") == "undefined", place
        assert report(seen.problems) == ""


@pytest.mark.parametrize("site", ["extremes"], indirect=True)
def test_secrets_and_files_outside_the_workspace_stay_at_home(site: Site) -> None:
    paths = list(site.tree.root.rglob("*"))
    assert [path for path in paths if path.is_symlink()] == []
    assert [path for path in paths if path.is_file() and SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("site", ["extremes"], indirect=True)
def test_logged_pages_run_nothing(browser: Browser, site: Site) -> None:
    documents = {place for place in site.tree.files if place.endswith((".html", ".svg"))}
    for place in documents - set(site.tree.pages):
        with visit(browser, site.http) as seen:
            page = seen.open(quote(place))
            pwned: Any = page.evaluate("window.__pwned")
            assert pwned is None, place


@pytest.mark.parametrize("site", ["example"], indirect=True)
@pytest.mark.parametrize(("days", "last"), [(0, "29 Nov"), (5, "4 Dec")])
def test_the_activity_ends_today(browser: Browser, site: Site, days: int, last: str) -> None:
    with visit(browser, site.origin("file")) as seen:
        seen.page.clock.set_fixed_time(datetime(2026, 11, 29, 12, tzinfo=UTC) + timedelta(days=days))
        page = seen.open("index.html")
        section = page.locator("[data-last-day]")
        expect(section.locator(".activity-axis span").last).to_have_text(last)
        expect(section.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"^\d+ runs in 28 days"))
        bars = [bar.bounding_box() for bar in section.locator("rect").all()]
        drawing = section.locator("svg").bounding_box()
        assert drawing is not None
        day, end = drawing["width"] / 28, drawing["x"] + drawing["width"]
        # Runs were made on two days.
        assert [round((end - bar["x"]) / day) for bar in bars if bar] == [days + 3, days + 1]
        expect(section.locator(".peak")).to_be_visible()
        assert seen.problems == []


@pytest.mark.parametrize("site", ["example"], indirect=True)
def test_an_activity_of_nothing_is_a_line_of_text(browser: Browser, site: Site) -> None:
    with visit(browser, site.origin("file")) as seen:
        seen.page.clock.set_fixed_time(datetime(2027, 1, 8, 12, tzinfo=UTC))
        section = seen.open("index.html").locator("[data-last-day]")
        expect(section).to_have_text("Activity no runs in 28 days", use_inner_text=True)
        expect(section.locator("svg, .peak, .activity-axis").filter(visible=True)).to_have_count(0)
        assert seen.problems == []
