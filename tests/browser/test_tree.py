"""The tests over built sites can fail: the tree finds pages, links and what is wrong; the rest is in test_check.py."""

from __future__ import annotations

from pathlib import Path

from runpages_site.site import MANIFEST
from tests.browser.tree import Tree, is_page

POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'\">"
)


def tree(folder: Path, body: str) -> Tree:
    pages = {"index.html": body, "e/a/run.html": '<p id="here">', "e/a/run/raw.html": ""}
    for place, text in pages.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(POLICY + text, encoding="utf-8")
    listed = ", ".join(f'"{place}"' for place in pages)
    (folder / MANIFEST).write_text(f'{{"runpages": "site", "format": 1, "files": [{listed}]}}', encoding="utf-8")
    return Tree(folder)


def test_a_good_site_has_no_problems(tmp_path: Path) -> None:
    site = tree(tmp_path, '<a href="e/a/run.html#here">')
    assert list(site.problems()) == []
    assert site.linked("index.html") == {"e/a/run.html"}
    assert site.pages == ["e/a/run.html", "index.html"]


def test_a_dead_link_and_a_stray_file_are_problems(tmp_path: Path) -> None:
    site = tree(tmp_path, '\n<a href="e/a/run.html#gone"><script src="e/none.js"></script>')
    (tmp_path / "stray.txt").write_text("")
    assert list(site.problems()) == [
        "index.html:2: script src 'e/none.js' does not exist",
        "index.html:2: a href 'e/a/run.html#gone' has no such anchor",
        "stray.txt: not in the manifest",
    ]


def test_logged_files_are_no_pages() -> None:
    places = ["index.html", "reports/a.html", "e/x/index.html", "e/x/run.html", "e/x/run/artifacts/page.html", "e/a.js"]
    assert [place for place in places if is_page(place)] == places[:4]
