"""The probes find what is wrong on a page, so that the tests over built sites can fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.extremes import picture
from tests.browser.probe import (
    BROKEN_PICTURES,
    FLAT_CHARTS,
    HIDDEN_VALUES,
    MARK_VALUES,
    TOO_WIDE,
    axe_violations,
)
from tests.browser.visit import Visit, visit

POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src 'self'; script-src 'unsafe-inline'; style-src-attr 'unsafe-inline'\">"
)
GOOD = """<h1>Title</h1><p><a href="index.html">A link</a></p><img src="a.png" alt="A picture">
<svg role="img" aria-label="A curve" width="80" height="40"></svg>
<table><tr><th scope="col">name</th></tr><tr><td>value</td></tr></table>"""


@pytest.fixture
def seen(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    (tmp_path / "a.png").write_bytes(picture())
    with visit(browser, tmp_path.as_uri() + "/") as opened:
        yield opened


def show(seen: Visit, tmp_path: Path, body: str, style: str = "") -> None:
    head = f'<meta charset="utf-8">{POLICY}<title>A page</title>'
    text = f'<!doctype html><html lang="en"><head>{head}</head><body style="{style}"><main>{body}</main></body></html>'
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    seen.open("index.html")


def test_a_good_page_passes(seen: Visit, tmp_path: Path) -> None:
    show(seen, tmp_path, GOOD)
    assert seen.page.evaluate(MARK_VALUES) == 2
    answers = [seen.page.evaluate(probe) for probe in (BROKEN_PICTURES, FLAT_CHARTS, TOO_WIDE, HIDDEN_VALUES)]
    assert answers == [[], [], [], []]
    assert axe_violations(seen.page) == []
    assert seen.problems == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<script>console.error('no')</script>", "console error: no"),
        ("<script>console.warn('hm')</script>", "console warning: hm"),
        ("<script>nothing.there</script>", "error: "),
        ("<script>alert('hi')</script>", "dialog: hi"),
        ("<img src='none.png'>", "not loaded: "),
        ("<img src='../outside.png'>", "asked for "),
        ("<link rel=stylesheet href='a.css'>", "console error: "),
        ("<script>fetch('https://localhost/').catch(() => {})</script>", "console error: "),
    ],
)
def test_a_bad_page_is_told(seen: Visit, tmp_path: Path, body: str, problem: str) -> None:
    show(seen, tmp_path, body)
    assert any(problem in found for found in seen.problems), seen.problems


@pytest.mark.parametrize(
    ("probe", "body"),
    [
        (BROKEN_PICTURES, "<img src='none.png' width=9 height=9>"),
        (FLAT_CHARTS, "<svg role=img width=80 height=0></svg>"),
        (TOO_WIDE, "<p style='width: 3000px'>wide</p>"),
    ],
)
def test_what_is_not_seen_is_told(seen: Visit, tmp_path: Path, probe: str, body: str) -> None:
    show(seen, tmp_path, body)
    assert seen.page.evaluate(probe) != []


def test_what_scrolls_by_itself_is_no_wide_page(seen: Visit, tmp_path: Path) -> None:
    show(seen, tmp_path, "<div style='overflow-x: auto'><p style='width: 3000px'>wide</p></div>")
    assert seen.page.evaluate(TOO_WIDE) == []


def test_a_hidden_value_is_told(seen: Visit, tmp_path: Path) -> None:
    show(seen, tmp_path, GOOD)
    seen.page.evaluate(MARK_VALUES)
    seen.page.evaluate("() => { document.querySelector('table').style.display = 'none'; }")
    assert seen.page.evaluate(HIDDEN_VALUES) == ["value"]


def test_axe_finds_faint_text(seen: Visit, tmp_path: Path) -> None:
    show(seen, tmp_path, "<h1>Title</h1><p style='color: #ccc'>faint</p>", style="background: #fff")
    assert any("color-contrast" in violation for violation in axe_violations(seen.page))
