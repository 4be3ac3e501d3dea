"""What a reader's browser has to load and to keep, before anything is clicked, stays below limits."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Request

import runpages
from runpages_site.build import build
from tests.browser.conftest import Site
from tests.browser.visit import visit


class Budget(NamedTuple):
    """The most that pages of a kind may cost, in KiB."""

    read: int
    """All files that it loads by itself, as they lie on the disk, without pictures."""
    untouched: float
    """The theme's styles and scripts that it loads by itself, compressed as hosts do it."""
    touched: float
    """The same after everything on the page was touched, without the chart library."""


# A run with a section of every kind has its drawings and tables in the page, which compress to a quarter; and many
# bundles compress less well than one.
BUDGETS = {
    "home": Budget(100, 18, 45),
    "experiment": Budget(100, 18, 81.5),
    "run": Budget(100, 18, 45),
    "run with charts": Budget(180, 18, 63),
    # It has nothing but what its scripts show.
    "compare": Budget(100, 21, 45),
}
PAGE_NODES = 6000

THIRD_PARTY = "plotly"
PAPER = "print."
# A moment, and then one in which the page has nothing to do.
IDLE = "() => new Promise(done => setTimeout(() => requestIdleCallback(() => done()), 50))"
TOUCH = """selector => document.querySelectorAll(selector + "[data-defer]").forEach(
    section => section.dispatchEvent(new PointerEvent("pointerover")))"""
NODES = "() => document.getElementsByTagName('*').length"

of_example = pytest.mark.parametrize("site", ["example"], indirect=True)


class Load(NamedTuple):
    """What a page was before anything was clicked: the files it asked for but its pictures, and its elements."""

    files: list[Path]
    nodes: int

    @property
    def kib(self) -> float:
        """The size of the files."""
        return sum(file.stat().st_size for file in self.files) / 1024


def load(context: BrowserContext, url: str, touch: bool | str = False) -> Load:
    """Open a page from the disk, touch all sections or one, and wait until the page asks for nothing more."""
    asked: list[Request] = []
    ended: list[Request] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request))
    page.on("requestfinished", lambda request: ended.append(request))
    page.on("requestfailed", lambda request: ended.append(request))
    page.goto(url)
    if touch:
        page.evaluate(TOUCH, touch if isinstance(touch, str) else "*")
    before = -1
    while before != len(asked) or len(ended) < len(asked):
        before = len(asked)
        page.evaluate(IDLE)
    nodes: int = page.evaluate(NODES)
    page.close()
    # What is no file, such as data: and blob:, is part of one that is counted.
    urls = [urlsplit(request.url) for request in asked if request.resource_type != "image"]
    return Load([Path(unquote(url.path)) for url in urls if url.scheme == "file"], nodes)


@pytest.fixture(scope="module")
def browser(usual_browser: Browser) -> Browser:
    return usual_browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visit(browser, "file:") as seen:
        yield seen.page.context


@pytest.fixture(scope="module")
def loads(browser: Browser, site: Site) -> dict[str, Load]:
    """Every page of the site, loaded."""
    with visit(browser, site.file) as seen:
        return {place: load(seen.page.context, site.file + quote(place)) for place in site.tree.pages}


def theme_files(site: Site) -> Iterator[Path]:
    """The styles and scripts that are ours."""
    for place in sorted(site.tree.files):
        if place.startswith("assets/") and place.endswith((".css", ".js")) and THIRD_PARTY not in place:
            yield site.tree.root / place


def kind(site: Site, place: str) -> str:
    """The kind of a page."""
    if place == "index.html":
        return "home"
    if place == "compare.html":
        return "compare"
    if place.endswith("/index.html") or place == "runs.html":
        return "experiment"
    return "run with charts" if "data-points=" in (site.tree.root / place).read_text("utf-8") else "run"


def compressed(site: Site, files: list[Path], *, paper: bool = False) -> float:
    """The size of the theme's styles and scripts for screens, or of those for paper, among some files, in KiB."""
    chosen = (file for file in theme_files(site) if file in files and file.name.startswith(PAPER) == paper)
    return sum(len(gzip.compress(file.read_bytes(), 6)) for file in chosen) / 1024


@of_example
def test_styles_for_paper_come_after_all_others_and_are_small(site: Site, loads: dict[str, Load]) -> None:
    for place, load in loads.items():
        assert 0 < compressed(site, load.files, paper=True) <= 2.1, place
        # Browsers give what is for print the lowest priority, and paint before it is there.
        link = rf'<link rel="stylesheet" href="[^"]*{PAPER}[^"]*" media="print">'
        assert re.search(link, (site.tree.root / place).read_text("utf-8")), place


@of_example
@pytest.mark.parametrize("name", BUDGETS)
def test_pages_of_a_kind_stay_within_its_budget(site: Site, loads: dict[str, Load], name: str) -> None:
    found = {place: load for place, load in loads.items() if kind(site, place) == name}
    assert found
    read = {place: round(load.kib, 1) for place, load in found.items()}
    assert {place: size for place, size in read.items() if size > BUDGETS[name].read} == {}
    untouched = {place: round(compressed(site, load.files), 2) for place, load in found.items()}
    assert {place: size for place, size in untouched.items() if not 5 < size <= BUDGETS[name].untouched} == {}


@of_example
@pytest.mark.parametrize("name", BUDGETS)
def test_a_page_that_was_touched_everywhere_stays_within_its_budget(
    site: Site, loads: dict[str, Load], context: BrowserContext, name: str
) -> None:
    largest = max((place for place in loads if kind(site, place) == name), key=lambda place: loads[place].kib)
    untouched, touched = loads[largest], load(context, site.file + quote(largest), touch=True)
    assert len(touched.files) > len(untouched.files)
    assert compressed(site, touched.files) <= BUDGETS[name].touched


@of_example
def test_a_section_loads_its_own_scripts_only(site: Site, context: BrowserContext, loads: dict[str, Load]) -> None:
    place = next(place for place in loads if "log-card" in (site.tree.root / place).read_text("utf-8"))
    found = load(context, site.file + quote(place), touch="#logs")
    more = {file.name for file in found.files} - {file.name for file in loads[place].files}
    # With what comes at the first touch, wherever it is.
    at_first = {"touch.css", "touch.js", "run-tools.css", "run-tools.js"}
    assert {re.sub(r"\.\w{8}\.", ".", name) for name in more} == {"logs.js", *at_first}


@of_example
def test_pages_are_small_trees(loads: dict[str, Load]) -> None:
    assert {place: load.nodes for place, load in loads.items() if load.nodes > PAGE_NODES} == {}


@of_example
def test_third_party_scripts_wait_for_a_click(site: Site, loads: dict[str, Load]) -> None:
    for place, load in loads.items():
        asked = [file.relative_to(site.tree.root).as_posix() for file in load.files]
        assert asked[0] == place
        assert len(asked) > 1
        assert [other for other in asked[1:] if THIRD_PARTY in other] == [], place


def test_a_page_of_everything_stays_small(context: BrowserContext, tmp_path: Path) -> None:
    """80 curves, 300 parameters, matrices of 100 and 20 classes, long tables and a long log in colours."""
    chance = random.Random(1)
    with runpages.start("all", root=tmp_path / "runs") as run:
        run.log_params({f"group{at // 30}.param_{at}": chance.random() for at in range(300)})
        for size in (100, 20):
            counts = [[chance.randrange(5) + 50 * (row == column) for column in range(size)] for row in range(size)]
            labels = [f"class {at}" for at in range(size)]
            run.log_confusion_matrix(f"matrix {size}", {"class_labels": labels, "matrix": counts})
        rows = range(5_000)
        run.log_table("big", {"id": list(rows), "word": ["cat"] * 5_000, "loss": [chance.random() for _ in rows]})
        for step in range(400):
            run.log({f"{'abcd'[at % 4]}/m{at}": chance.random() for at in range(80)}, step=step)
        for step in range(50):
            run.log({f"few/m{at}": chance.random() for at in range(4)}, step=step)
        folder = Path(run.folder)
        (folder / "logs").mkdir(exist_ok=True)
        lines = (f"\x1b[3{at % 7}mline {at}\x1b[0m ok\n" for at in range(20_000))
        (folder / "logs" / "console.log").write_text("".join(lines))
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    (page,) = (tmp_path / "site" / "e" / "all").glob("2*.html")
    assert page.read_text().count('class="card metric"') == 84
    found = load(context, page.as_uri())
    assert found.nodes <= PAGE_NODES
    assert found.kib <= 400


def test_all_that_a_page_loads_is_counted(context: BrowserContext, tmp_path: Path) -> None:
    files = {
        "index & a.html": "<!doctype html><title>A</title><link rel=stylesheet href=a.css><script src=a.js></script>"
        "<p>text</p><img src=a.png alt=''>",
        "a.css": "@import 'b.css';",
        "b.css": "p { margin: 0 }",
        # A script that comes when the page is long there.
        "a.js": "addEventListener('load', () => setTimeout(() => requestIdleCallback(() => { const late ="
        " document.createElement('script'); late.src = 'late.js'; document.body.append(late); }), 0));",
        "late.js": "document.body.append(document.createElement('p'));",
        "never.js": "",
        "a.png": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = load(context, (tmp_path / "index & a.html").as_uri())
    counted = ["index & a.html", "a.css", "a.js", "b.css", "late.js"]
    assert sorted(file.name for file in found.files) == sorted(counted)
    assert found.kib * 1024 == sum(len(files[name]) for name in counted)
    assert found.nodes == len(["html", "head", "title", "link", "script", "body", "p", "img", "script", "p"])
