"""Every page opens from the disk in a real Firefox, where a file may read no other file.

`make firefox-check` runs it, `make test` leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.conftest import Site
from tests.browser.firefox import Firefox, FirefoxError, start
from tests.browser.probe import BROKEN_PICTURES, FLAT_CHARTS, THEME

pytestmark = pytest.mark.firefox

TITLES = "() => [...document.querySelectorAll('h1')].filter(title => title.checkVisibility()).length"
# How many charts there are, and how many of them are seen; those in a closed fold are no matter.
CHARTS = """() => {
  const charts = [...document.querySelectorAll('main svg[role=img]')]
    .filter(chart => !chart.closest('details:not([open])'))
    // Of a diagnostic with several views a reader sees the first, until another is chosen.
    .filter(chart => !chart.closest('.v2, .v3'));
  return [charts.length, charts.filter(chart => chart.checkVisibility()).length];
}"""
THEME_BUTTON = 'button[aria-label^="Theme"]'
READ_SIBLING = "() => fetch('other.txt').then(answer => answer.text(), () => 'refused')"
POLICY = "default-src 'none'; script-src 'self'; style-src-attr 'unsafe-inline'"
PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>A page</title><script src="a.js"></script><script>1;</script>
<h1>Title</h1><p style="height: 3000px">high</p><button>A button</button>"""
SCRIPT = """'use strict';
console.error('a word to the console');
Promise.reject(new Error('a promise'));
addEventListener('click', event => { window.clicked = event.isTrusted && event.target.textContent; });
setTimeout(() => { throw new Error('a timer'); });"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with start(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


@pytest.fixture
def firefox(running: Firefox) -> Firefox:
    running.open("about:blank")
    running.listen()
    running.problems.clear()
    return running


def test_pages_open(firefox: Firefox, site: Site) -> None:
    charts = 0
    for place in site.tree.pages:
        firefox.open(site.file + quote(place))
        assert firefox.evaluate(TITLES) == 1, place
        assert firefox.evaluate(BROKEN_PICTURES) == [], place
        assert firefox.evaluate(FLAT_CHARTS) == [], place
        there, seen = firefox.evaluate(CHARTS)
        assert there == seen, place
        charts += seen
        firefox.listen()
        assert firefox.problems == [], place
    assert (charts > 0) == (site.name != "empty")


def test_the_theme_button_works(firefox: Firefox, site: Site) -> None:
    firefox.open(site.file + "index.html")
    light = firefox.evaluate(THEME)
    for _ in range(3):
        firefox.click(THEME_BUTTON)
        if firefox.evaluate(THEME) != light:
            break
    dark = firefox.evaluate(THEME)
    assert dark != light
    firefox.open("about:blank")
    for place in site.tree.pages[:4]:  # Each file has a store of its own there.
        firefox.open(site.file + quote(place))
        assert firefox.evaluate(THEME) == dark, place
    firefox.listen()
    assert firefox.problems == []


def test_this_firefox_is_as_strict_as_those_of_readers(firefox: Firefox, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>A page</title>")
    (tmp_path / "other.txt").write_text("read")
    firefox.open((tmp_path / "index.html").as_uri())
    assert firefox.evaluate(READ_SIBLING) == "refused"


def test_what_goes_wrong_is_told(firefox: Firefox, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "a.js").write_text(SCRIPT)
    firefox.open((tmp_path / "index.html").as_uri())
    firefox.listen()
    told = ["a word to the console", "a promise", "blocked an inline script", "a timer"]
    assert [word for word in told if not any(word in problem for problem in firefox.problems)] == []
    assert len(firefox.problems) == len(told), firefox.problems


def test_a_click_is_one_of_a_person(firefox: Firefox, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "a.js").write_text(SCRIPT)
    firefox.open((tmp_path / "index.html").as_uri())
    assert firefox.evaluate("() => window.clicked") is None
    firefox.click("button")
    assert firefox.evaluate("() => window.clicked") == "A button"
    with pytest.raises(FirefoxError, match="null"):
        firefox.click("nothing")
    with pytest.raises(FirefoxError, match="no such"):
        firefox.command("browsingContext.navigate", context="none", url="about:blank")
