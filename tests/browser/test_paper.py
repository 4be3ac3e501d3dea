"""Pages on paper: printed by Chromium, and read from the PDF."""

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from time import time

import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.conftest import Site
from tests.browser.visit import Visit, visit

COLUMNS, PARAMS, RUNS = 30, 300, 12
of_example = pytest.mark.parametrize("site", ["example"], indirect=True)
# Ages become times on paper, and words that only screen readers have are left out.
SHOWN = """selector => [...document.querySelectorAll(selector)]
  .filter(node => node.checkVisibility() && !node.querySelector('time, .vh')).map(node => node.textContent)"""


def plain(text: str) -> str:
    """Text without blanks, which a PDF places rather than writes, and with the letters of ligatures."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def pdf(page: Page, size: str = "A4") -> pypdf.PdfReader:
    """What a page is printed as."""
    return pypdf.PdfReader(io.BytesIO(page.pdf(format=size, prefer_css_page_size=True)))


def texts(read: pypdf.PdfReader) -> list[str]:
    """The texts of the sheets."""
    return [plain(sheet.extract_text()) for sheet in read.pages]


def missing(values: list[str], sheets: list[str]) -> list[str]:
    """The values that are on no sheet."""
    return [value for value in values if plain(value) not in "".join(sheets)]


@pytest.fixture(scope="module")
def browser(usual_browser: Browser) -> Browser:
    return usual_browser


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of runs with many parameters and metrics, one of them with a wide table and a long log."""
    folder, chance = tmp_path_factory.mktemp("paper"), random.Random(1)
    for at in range(RUNS):
        params = {f"option_{number}": round(chance.random(), 5) for number in range(9)}
        with runpages.start("wide", name=f"run {at}", root=folder / "runs", params=params) as run:
            for number in range(8):
                run.log(f"metric_{number}", chance.random(), step=0)
                run.log(f"metric_{number}", chance.random(), step=1)
    with runpages.start("one", name="one", root=folder / "runs", console=True) as run:
        run.log_params({f"part{at // 30}.param_{at}": round(chance.random(), 9) for at in range(PARAMS)})
        table = {f"column_{at}": [round(chance.random(), 4) for _ in range(10)] for at in range(COLUMNS)}
        run.log_table("wide", table)
        for step in range(60):
            run.log("long", chance.random(), step=step)
        print("\n".join(f"line {at}" for at in range(400)))
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, wide: Path) -> Iterator[Visit]:
    with visit(browser, wide.as_uri() + "/", color_scheme="dark") as opened:
        yield opened
        assert opened.problems == []


def run_page(seen: Visit, wide: Path) -> Page:
    """The page of the run with everything."""
    return seen.open(next((wide / "e" / "one").glob("2*.html")).relative_to(wide).as_posix())


def ordinary(site: Site) -> str:
    """A run of ordinary size."""
    pages = (place for place in site.tree.pages if place.startswith("e/digits-mlp/"))
    return next(place for place in pages if "<title>lr0.1-s1 " in (site.tree.root / place).read_text("utf-8"))


@of_example
@pytest.mark.parametrize(("size", "script"), [("A4", True), ("Letter", False)])
def test_a_run_of_ordinary_size_takes_few_sheets(browser: Browser, site: Site, size: str, script: bool) -> None:
    with visit(browser, site.file, java_script_enabled=script) as opened:
        page = opened.open(ordinary(site))
        cards: list[list[str]] = page.locator(".metric").evaluate_all(
            "cards => cards.map(card => ['h4', '.right b', 'pre'].map(part => card.querySelector(part).textContent))"
        )
        sheets = texts(pdf(page, size))
        assert len(sheets) <= 8
        assert all(len(sheet) > 300 for sheet in sheets[:-1])
        assert len(cards) == 6
        for name, last, points in cards:
            (sheet,) = (one for one in sheets if plain(points) in one)  # A card is on one sheet.
            assert plain(name) in sheet
            assert plain(last) in sheet
        whole = "".join(sheets)
        names = page.evaluate(SHOWN, ".kv :is(dt, dd:not(.vh)), .table :is(td, th), .tile :is(dt, .figure)")
        assert len(names) > 150
        assert missing(names, sheets) == []
        for word in ("Filter", "Smoothing", "Row%", "Wrap", "Reset"):
            assert word not in whole


@pytest.mark.parametrize(("groups", "points"), [(1, 49), (6, 30), (20, 30)])
def test_a_run_of_many_curves_takes_few_sheets(browser: Browser, tmp_path: Path, groups: int, points: int) -> None:
    chance = random.Random(1)
    names = [f"{at % groups}/m{at}" if groups > 1 else f"m{at}" for at in range(60)]
    with runpages.start("many", root=tmp_path / "runs") as run:
        for step in range(points):
            run.log({name: chance.random() for name in names}, step=step)
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    (place,) = (tmp_path / "site" / "e" / "many").glob("2*.html")
    with visit(browser, place.as_uri()) as opened:
        page = opened.open("")
        cards: list[str] = page.locator(".metric .rows").all_text_contents()
        sheets = texts(pdf(page))
    assert len(cards) == len(names)
    assert len(sheets) <= 10
    assert [card for card in cards if not any(plain(card) in sheet for sheet in sheets)] == []


@of_example
@pytest.mark.parametrize("place", ["index.html", "e/digits-mlp/index.html"])
def test_pages_across_runs_are_printed_with_all_their_columns(browser: Browser, site: Site, place: str) -> None:
    with visit(browser, site.file) as opened:
        page = opened.open(place)
        page.emulate_media(media="print")
        values = page.evaluate(SHOWN, "main :is(td, th), .tile :is(dt, .figure)")
        heads = page.evaluate(
            "[...document.querySelectorAll('main h2, .runs-bar')].map((one) => getComputedStyle(one).breakAfter)"
        )
        assert set(heads) == {"avoid"}, "no heading stays alone at the end of a sheet"
        page.emulate_media(media=None)
        sheets = texts(pdf(page))
        assert missing(values, sheets) == []
        assert len(sheets) <= 2


def test_many_columns_are_printed_on_turned_sheets(seen: Visit) -> None:
    page = seen.open("e/wide/index.html")
    read = pdf(page)
    sheets, box = texts(read), read.pages[0].mediabox
    values = page.evaluate(SHOWN, ".runs :is(td, th)")
    assert len(values) > RUNS * 18
    assert missing(values, sheets) == []
    assert "run11" in sheets[0]
    assert box.width > box.height


def test_wide_tables_and_hundreds_of_parameters_are_whole_on_paper(seen: Visit, wide: Path) -> None:
    page = run_page(seen, wide)
    cells = page.evaluate(SHOWN, ".logged :is(td, th)")
    sheets = texts(pdf(page))
    assert len(cells) == COLUMNS * 11
    assert missing(cells, sheets) == []
    assert missing([f"param_{at}" for at in range(PARAMS)], sheets) == []
    values = page.evaluate("[...document.querySelectorAll('.kv dd')].map(node => node.textContent)")
    assert missing(values, sheets) == []
    whole = "".join(sheets)
    assert whole.index("288moreparameters") > whole.index("Rawdata")  # Long lists come last.
    assert "Show60points" not in whole  # A fold that a script fills.
    assert "Pointsofchartsthatlistnone:metrics.csv" in whole
    assert "line399" in whole
    assert "line100" not in whole
    assert "Thelastlines;allareinthefileofthislog." in whole
    assert len(sheets) <= 8


def test_tables_that_were_opened_are_printed_too(seen: Visit, wide: Path) -> None:
    page = run_page(seen, wide)
    page.locator("#metrics").hover()
    page.locator(".points summary").click()
    expect(page.locator(".points td:visible")).to_have_count(120)
    points = page.evaluate(SHOWN, ".points td")
    assert missing(points, texts(pdf(page))) == []
