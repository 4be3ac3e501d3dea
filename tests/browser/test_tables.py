"""The tables of a run under real hands: sorting, filtering, choosing, copying; from a disk and from a host."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.conftest import served
from tests.browser.extremes import picture
from tests.browser.probe import axe_violations
from tests.browser.visit import Visit, until, visit

ROWS = 3_000
WORDS = ("amber", "Birch", "cedar", "éclair", "zinc 2", "zinc 10")
URL = "https://example.org/"
PICTURES = "[...document.querySelectorAll('.picture img')].every(one => one.complete && one.naturalWidth > 0)"


def logged() -> dict[str, list[object]]:
    """The columns of the long table; every seventh loss is missing and some are no number."""
    chance = random.Random(1)
    losses: list[object] = [chance.expovariate(1) for _ in range(ROWS)]
    losses[::7] = [None] * len(losses[::7])
    losses[3], losses[4], losses[5] = float("nan"), float("inf"), float("-inf")
    return {
        "id": [f"sample {row}" for row in range(ROWS)],
        "word": [WORDS[row % len(WORDS)] for row in range(ROWS)],
        "loss": losses,
        "epoch": [row // 10 for row in range(ROWS)],
        "large": [row * 12_345 - 9_000 for row in range(ROWS)],
        "step": [row * 12_345 for row in range(ROWS)],
        "tiny": [10.0 ** (-row % 12) for row in range(ROWS)],
    }


LOGGED = logged()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a long table, a wide one, a small one, one with pictures and a curve."""
    folder = tmp_path_factory.mktemp("tables")
    with runpages.start("tables", name="all", root=folder / "runs") as run:
        run.log_table("long", LOGGED)
        run.log_table("wide <b>", {f"c{at}": [at * row for row in range(40)] for at in range(60)})
        run.log_table("small", {"a": [3, 1, 2], "b": ["x", "y", "z"]})
        run.log_table("curve", {"x": [1, 2, 3], "y": [1.0, 4.0, 9.0]})
        for step in range(3):
            image = folder / f"{step}.png"
            image.write_bytes(picture(40 + step))
            run.log_image("worst", str(image), step=step)
        stored = run.get_metrics("worst")["worst"]
        run.log_table("pictures", {"picture": stored, "said": [URL, "<img src=x>", "plain"]})
    with runpages.start("values", root=folder / "runs") as run:
        run.log({f"class {at}": at / ROWS for at in range(ROWS)})
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def place(site: Path, experiment: str = "tables") -> str:
    """The page of the only run of an experiment."""
    (page,) = (site / "e" / experiment).glob("2*.html")
    return page.relative_to(site).as_posix()


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open(place(site))
        yield opened
        assert opened.problems == []


def card(page: Page, name: str = "long") -> Locator:
    """The card of a table."""
    return page.locator(".logged", has=page.get_by_role("heading", name=name, exact=True))


def touch(of: Locator) -> Locator:
    """Point at a table and wait until its heads can be pressed."""
    of.hover()
    of.locator(".sort").first.wait_for()
    return of


def column(of: Locator, at: int, rows: int = 10) -> list[str]:
    """The first cells of a column that are drawn."""
    return of.locator(f"tbody:not([aria-hidden]) tr td:nth-child({at + 1})").all_text_contents()[:rows]


def sort(of: Locator, name: str, until: str | None) -> None:
    """Press a head and wait for the order that it then has."""
    of.get_by_role("button", name=name, exact=True).click()
    head = of.locator("th", has_text=name)
    head.and_(of.page.locator(f'[aria-sort="{until}"]' if until else ":not([aria-sort])")).wait_for()


def find(of: Locator, query: str, count: str) -> None:
    """Write a filter and wait for what the foot says then."""
    of.get_by_role("searchbox", name="Filter rows").fill(query)
    of.locator(".card-foot").get_by_text(count).wait_for()


def test_without_scripts_the_first_rows_are_there(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open(place(site))
        expect(card(page).locator("tbody tr")).to_have_count(50)
        expect(card(page).locator(".card-foot")).to_have_text("50 of 3000 rows")
        expect(card(page).get_by_role("searchbox")).to_be_hidden()
        expect(card(page).get_by_role("button")).to_have_count(0)
        expect(card(page, "pictures").locator("img")).to_have_count(3)
        assert opened.problems == []


def test_many_values_are_there_without_scripts_and_found_with_them(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        of = card(opened.open(place(site, "values")), "Values logged once")
        expect(of.locator("tbody tr")).to_have_count(100)
        assert str(of.get_by_role("link", name="Data").get_attribute("href")).endswith("/metrics.csv")
    with visit(browser, site.as_uri() + "/") as opened:
        of = touch(card(opened.open(place(site, "values")), "Values logged once"))
        find(of, "metric:2999", "1 of 3000 rows")
        find(of, "", "3000 rows")
        sort(of, "Value", "ascending")
        sort(of, "Value", "descending")
        until(lambda: column(of, 0, 2), ["class 2999", "class 2998"])
        assert opened.problems == []


def test_live_rows_are_spelled_as_those_of_the_page(seen: Visit) -> None:
    of = card(seen.page)
    cells = (
        "table => [...table.querySelectorAll('tbody:not([aria-hidden]) td')].slice(0, 120).map(one => one.outerHTML)"
    )
    plain = "text => text.replaceAll(/<\\/?bdi>| dir=\"auto\"/g, '')"
    before = of.locator("table").evaluate(f"table => ({cells})(table).map({plain})")
    touch(of).get_by_role("searchbox").focus()
    of.locator(".laid").wait_for()
    until(lambda: of.locator("table").evaluate(f"table => ({cells})(table).map({plain})"), before)


def test_a_head_sorts_up_and_down_and_back(seen: Visit) -> None:
    of = touch(card(seen.page))
    sort(of, "loss", "ascending")
    until(lambda: column(of, 2, 1), ["−inf"])
    known = sorted(loss for loss in LOGGED["loss"] if isinstance(loss, float) and abs(loss) < 1e9)
    shown = [float(text) for text in column(of, 2)[1:]]
    assert shown == pytest.approx(known[:9], abs=5e-5)
    sort(of, "loss", "descending")
    until(lambda: column(of, 2, 2), ["inf", f"{known[-1]:.4f}"])
    # What is missing, and what is not a number, is last in either direction.
    of.locator(".data-rows").evaluate("region => region.scrollTo(0, region.scrollHeight)")
    of.get_by_text("sample 2996", exact=True).wait_for()
    until(lambda: set(column(of, 2, 20)), {"–"})
    sort(of, "loss", None)
    until(lambda: column(of, 0, 2), ["sample 0", "sample 1"])


def test_texts_are_sorted_as_the_language_does(seen: Visit) -> None:
    of = touch(card(seen.page))
    sort(of, "word", "ascending")
    for number, word in enumerate(("amber", "Birch", "cedar", "éclair", "zinc 2", "zinc 10")):
        at = number * ROWS // len(WORDS)
        of.locator(".data-rows").evaluate("(region, at) => region.scrollTo(0, at * 28 + 280)", at)
        of.locator(f'tr[aria-rowindex="{at + 12}"]').wait_for()
        expect(of.locator(f'tr[aria-rowindex="{at + 12}"] td').nth(1)).to_have_text(word)


def test_the_keyboard_sorts_and_keeps_its_place(seen: Visit) -> None:
    of = card(seen.page)
    of.get_by_role("searchbox").focus()
    of.locator(".laid").wait_for()
    head = of.get_by_role("button", name="epoch")
    head.focus()
    seen.page.keyboard.press("Enter")
    seen.page.keyboard.press("Space")
    of.locator('th[aria-sort="descending"]').wait_for()
    expect(head).to_be_focused()
    until(lambda: column(of, 3, 1), ["299"])
    expect(seen.page.locator("#said")).to_have_text("sorted by epoch, descending")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("AMBER", 500),
        ("amber sample", 500),
        ("word:zinc", 1_000),
        ('"zinc 2"', 500),
        ("epoch=7", 10),
        ("epoch>=7 epoch<8.5", 20),
        ("word=amber epoch<=2", 5),
        ("loss>0", sum(isinstance(loss, float) and loss > 0 for loss in LOGGED["loss"])),
        ("no:column", 0),
    ],
)
def test_a_filter_leaves_the_rows_that_have_all_of_it(seen: Visit, query: str, rows: int) -> None:
    find(touch(card(seen.page)), query, f"{rows} of 3000 rows")


def test_a_filter_that_cannot_be_understood_keeps_the_rows(seen: Visit) -> None:
    of = touch(card(seen.page))
    find(of, "epoch>290", "90 of 3000 rows")
    find(of, "epoch>many", "“many” is not a number. Try epoch>0.5")
    until(lambda: column(of, 3, 1), ["291"])
    find(of, "nothing at all", "0 of 3000 rows")
    until(lambda: column(of, 0), ["No matching rows"])
    find(of, "", "3000 rows")


def test_all_rows_are_reached_and_few_are_in_the_page(seen: Visit) -> None:
    of = touch(card(seen.page))
    region = of.locator(".data-rows")
    region.focus()
    seen.page.keyboard.press("PageDown")
    of.locator(".laid").wait_for()
    seen.page.keyboard.press("End")
    of.get_by_text("sample 2999", exact=True).wait_for()
    assert of.locator("tr").count() < 60
    expect(of.locator("table")).to_have_attribute("aria-rowcount", "3001")
    head = of.locator("th").first.bounding_box()
    box = region.bounding_box()
    assert head and box and abs(head["y"] - box["y"]) < 2


def test_going_live_moves_nothing(seen: Visit) -> None:
    of = card(seen.page)
    of.scroll_into_view_if_needed()
    before = of.bounding_box()
    assert before
    touch(of).locator(".data-rows").evaluate("region => region.scrollTo(0, 700)")
    of.locator(".laid").wait_for()
    until(lambda: of.locator(".data-rows").evaluate("region => region.scrollTop"), 700)
    of.locator('tr[aria-rowindex="28"]').get_by_text("sample 26", exact=True).wait_for()
    # The tools that come may be a pixel higher or lower than the room that was kept for them, by the font.
    until(lambda: [*(of.bounding_box() or {}).values()], pytest.approx([*before.values()], abs=1))


def test_heads_say_that_they_sort_and_which_one_does(browser: Browser, seen: Visit, site: Path) -> None:
    mark = "(head) => getComputedStyle(head.querySelector('.sort'), '::after').content.slice(1, 2)"
    of = card(seen.page)
    heads = of.locator("thead th")
    until(lambda: [head.evaluate(mark) for head in heads.all()], ["↕"] * len(LOGGED))
    sort(touch(of), "loss", "ascending")
    until(lambda: [head.evaluate(mark) for head in heads.all()], ["↕", "↕", "↑", *["↕"] * (len(LOGGED) - 3)])
    sort(of, "loss", "descending")
    loss = heads.nth(2)
    until(lambda: loss.evaluate(mark), "↓")
    # The mark is beside its word: the button is as wide as both.
    button, word = loss.locator(".sort").bounding_box(), loss.locator("bdi").bounding_box()
    assert button
    assert word
    assert 8 < button["width"] - word["width"] < 20
    assert button["x"] + button["width"] == pytest.approx(word["x"] + word["width"], abs=1)
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        unscripted = card(opened.open(place(site))).locator("thead th").first
        until(lambda: unscripted.evaluate(mark), "o")  # As in "none".


def test_the_filter_shows_examples_that_it_understands(seen: Visit) -> None:
    of = touch(card(seen.page))
    field = of.get_by_role("searchbox", name="Filter rows")
    expect(field).to_have_attribute("placeholder", "Filter: text, word:amber, tiny>1000000")
    find(of, "word:amber", "500 of 3000 rows")
    find(of, "tiny>1000000", "1250 of 3000 rows")
    seen.page.locator("#help-button").click()
    seen.page.get_by_text("Filter rows: numbers").wait_for()
    expect(seen.page.get_by_role("dialog", name="Keyboard")).to_contain_text("prob>0.9 step<=3")


def test_long_names_of_columns_are_cut_at_their_end(browser: Browser, tmp_path: Path) -> None:
    with runpages.start("long", root=tmp_path / "runs") as run:
        run.log_table("cut", {"n" * 200: [1, 2], "text": ["a", "b"]})
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as opened:
        (place,) = (tmp_path / "site" / "e" / "long").glob("2*.html")
        head = opened.open(place.relative_to(tmp_path / "site").as_posix()).locator("th.n")
        # Where the text begins, though its end may be cut.
        left = """one => {
            const range = document.createRange();
            range.selectNodeContents(one.querySelector("bdi"));
            return range.getBoundingClientRect().left - one.getBoundingClientRect().left;
        }"""
        assert head.evaluate(left) >= 0
        head.hover()
        expect(head.locator("button.sort")).to_be_visible()
        assert head.evaluate(left) >= 0


def test_a_table_has_a_large_view_and_a_file(seen: Visit) -> None:
    page, of = seen.page, card(seen.page, "small")
    of.hover()
    tools = of.get_by_role("group", name="Tools of small")
    expect(tools.get_by_role("button")).to_have_text(["CSV", "Enlarge"])
    with page.expect_download() as caught:
        tools.get_by_role("button", name="CSV").click()
    assert Path(caught.value.path()).read_text() == "a,b\n3,x\n1,y\n2,z\n"
    tools.get_by_role("button", name="Enlarge").click()
    large = page.get_by_role("dialog", name="small")
    large.locator(".logged td").first.wait_for()
    page.wait_for_url("**.large=open")
    page.go_back()
    large.wait_for(state="hidden")
    expect(of.locator("td")).to_have_count(6)
    page.go_forward()
    large.locator(".logged").wait_for()
    long = card(page)
    page.keyboard.press("Escape")
    large.wait_for(state="hidden")
    touch(long)
    expect(long.locator(".card-tools button")).to_have_text(["Enlarge"])  # Its CSV is in its tools.


def test_csv_has_what_is_shown_with_all_digits(seen: Visit) -> None:
    of = touch(card(seen.page))
    find(of, "amber epoch<3", "5 of 3000 rows")
    sort(of, "epoch", "ascending")
    sort(of, "epoch", "descending")
    with seen.page.expect_download() as caught:
        of.get_by_role("button", name="CSV").click()
    assert caught.value.suggested_filename == "long.csv"
    with Path(caught.value.path()).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == list(LOGGED)
    assert [row[0] for row in rows] == [f"sample {at}" for at in (24, 12, 18, 0, 6)]
    for row in rows:
        at = int(row[0].removeprefix("sample "))
        expected = LOGGED["loss"][at]
        assert row[2] == ("" if expected is None else repr(expected))


def test_columns_are_chosen(seen: Visit) -> None:
    of = touch(card(seen.page, "wide <b>"))
    expect(of.locator(".card-foot")).to_have_text("50 of 60 columns")
    button = of.get_by_role("button", name="Columns")
    button.click()
    menu = of.get_by_role("group", name="Columns", exact=True)
    menu.get_by_role("searchbox").fill("c59")
    menu.get_by_role("checkbox", name="c59").check()
    of.locator("th", has_text="c59").wait_for()
    menu.get_by_role("searchbox").fill("c0")
    menu.get_by_role("checkbox", name="c0").uncheck()
    of.locator("th", has_text="c0").wait_for(state="detached")
    expect(of.locator("th")).to_have_count(50)
    expect(of.locator("tbody:not([aria-hidden]) tr").first.locator("td")).to_have_count(50)
    seen.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(menu).to_have_count(0)


def test_small_tables_are_sorted_and_have_no_tools(seen: Visit) -> None:
    of = touch(card(seen.page, "small"))
    sort(of, "a", "ascending")
    until(lambda: column(of, 1), ["y", "z", "x"])
    expect(of.get_by_role("searchbox")).to_have_count(0)


def test_texts_that_name_pictures_are_pictures_and_addresses_stay_texts(seen: Visit) -> None:
    of = touch(card(seen.page, "pictures"))
    sort(of, "said", "ascending")
    seen.page.locator(".picture img").last.scroll_into_view_if_needed()
    expect(of.locator(".picture img")).to_have_count(3)
    until(lambda: seen.page.evaluate(PICTURES), True)
    assert all(box["height"] <= 48 for box in (one.bounding_box() for one in of.locator("img").all()) if box)
    expect(of.get_by_text(URL, exact=True)).to_have_count(1)
    expect(of.locator(f'a[href^="{URL}"]')).to_have_count(0)


def test_a_copied_figure_has_all_its_digits(seen: Visit, browser: Browser) -> None:
    of = touch(card(seen.page))
    seen.page.evaluate(
        "document.addEventListener('copy', event => { window.copied = event.clipboardData.getData('text/plain') })"
    )
    # The rows of the script take the place of those that would be selected.
    of.get_by_role("searchbox").focus()
    of.locator(".laid").wait_for()
    of.locator("tbody:not([aria-hidden]) tr").nth(1).locator("td").nth(2).dblclick()
    seen.page.keyboard.press("ControlOrMeta+c")
    until(lambda: seen.page.evaluate("window.copied"), repr(LOGGED["loss"][1]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_live_tables(browser: Browser, site: Path, theme: str) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme) as opened:
        page = opened.open(place(site))
        sort(touch(card(page)), "loss", "ascending")
        touch(card(page, "wide <b>")).get_by_role("button", name="Columns").click()
        page.get_by_role("group", name="Columns", exact=True).wait_for()
        assert list(axe_violations(page)) == []
        assert opened.problems == []


def test_tables_come_from_a_host(browser: Browser, site: Path) -> None:
    with served(site.parent) as address, visit(browser, f"{address}site/") as opened:
        find(touch(card(opened.open(place(site)))), "epoch=7", "10 of 3000 rows")
        assert opened.problems == []
