"""The checker of links finds what is wrong, so that the tests over built sites can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.tree import Tree, is_page

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'


def problems(folder: Path, body: str, head: str = POLICY) -> list[str]:
    for place in ("e/a/run/raw.txt", "e/a/run.html", "assets/Style.css"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(f'{POLICY}<p id="here">', encoding="utf-8")
    (folder / "index.html").write_text(f"<head>{head}</head>{body}", encoding="utf-8")
    return list(Tree(folder).problems())


@pytest.mark.parametrize(
    "body",
    [
        '<a href="e/a/run.html#here">',
        '<a href="e/a/run.html#runs=a">',
        '<a href="index.html">',
        '<p id="x"><a href="#x">',
        '<a href="https://example.org/">',
        '<img src="data:image/png;base64,">',
        '<script src="e/a/run/raw.txt?v=1"></script>',
        '<script type="application/json">{}</script>',
    ],
)
def test_good_markup_passes(body: str, tmp_path: Path) -> None:
    assert problems(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<a href="e/a/none.html">', "not there"),
        ('<a href="e/a/run.html#gone">', "no such id"),
        ('<a href="#gone">', "no such id"),
        ('<link href="assets/style.css">', "letter case"),
        ('<a href="e/a/">', "folder"),
        ('<a href="/index.html">', "absolute"),
        ('<a href="../other/index.html">', "leaves the site"),
        ('<a href="javascript:alert(1)">', "leaves the site"),
        ('<a href="data:text/html,x">', "leaves the site"),
        ('<img src="https://example.org/a.png">', "leaves the site"),
        ('<script src="//example.org/a.js"></script>', "leaves the site"),
        ('<img srcset="e/a/none.png 2x">', "not there"),
        ('<p onclick="x()">', "onclick on <p>"),
        ("<script>x()</script>", "a script inside"),
        ("<style>p{}</style>", "<style>"),
        ('<iframe src="e/a/run/raw.txt"></iframe>', "without sandbox"),
        ('<p id="x"><p id="x">', "twice"),
    ],
)
def test_bad_markup_is_found(body: str, why: str, tmp_path: Path) -> None:
    found = problems(tmp_path, body)
    assert len(found) == 1
    assert why in found[0]


@pytest.mark.parametrize("head", ["", f'<link rel="stylesheet" href="assets/Style.css">{POLICY}'])
def test_the_policy_comes_first(head: str, tmp_path: Path) -> None:
    assert "Content-Security-Policy" in problems(tmp_path, "", head)[0]


def test_logged_files_are_no_pages() -> None:
    places = ["index.html", "reports/a.html", "e/x/index.html", "e/x/run.html", "e/x/run/artifacts/page.html", "e/a.js"]
    assert [place for place in places if is_page(place)] == places[:4]
