from __future__ import annotations

import difflib
import shutil
from pathlib import Path

from tests.golden.golden import ROOT, TREE, actual, masked, stored
from tests.golden.text import text_of

SHOWN = 40


def test_the_example_site_is_the_accepted_one(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "site-example" / "runs", tmp_path / "runs")
    found, wanted = actual(tmp_path / "runs", tmp_path / "site"), stored()
    # A page as text says best what differs; the list of hashes says only that something does.
    names = sorted(found.keys() | wanted.keys(), key=lambda name: (name == TREE, name.endswith(".html"), name))
    for name in names:
        if found.get(name) != wanted.get(name):
            lines = difflib.unified_diff(
                wanted.get(name, "").splitlines(), found.get(name, "").splitlines(), "accepted", "built", lineterm=""
            )
            shown = "\n".join(line[:300] for line, _ in zip(lines, range(SHOWN), strict=False))
            raise AssertionError(f"{name} differs; if that is right: python -m tests.golden accept\n{shown}")


def test_the_hashes_of_assets_are_masked_and_nothing_else() -> None:
    page = (
        b'<link href="../assets/runpages.0123abcd.css"><script src="assets/plotly-basic.min.99784e3a.js"> a.0123abcd.js'
    )
    assert masked(page) == (
        b'<link href="../assets/runpages.*.css"><script src="assets/plotly-basic.min.*.js"> a.0123abcd.js'
    )


def test_a_page_as_text_has_headings_tables_lists_and_links() -> None:
    html = """<html><head><title>T</title></head><body><h2 id="a">Runs <span>2</span></h2><svg><text>x</text></svg>
    <table><tr><th>Run</th><th>loss</th></tr><tr><td><a href="b.html">b</a></td><td>0.5</td></tr></table>
    <ul><li>one<li><b>two</b></li></ul><p>A  long
    line<img src="p.png" alt="a cat"></p><script>no()</script></body></html>"""
    assert text_of(html) == "## Runs 2\nRun | loss\n[b](b.html) | 0.5\n- one\n- two\nA long line(picture: a cat)\n"
