"""Outputs and code of a run under real hands: the tree by pointer and by keys, and what is in the files."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from runpages_site.build import build
from runpages_site.publish.pack import unpack
from tests.browser.extremes import EMOJI, SCRIPT, picture
from tests.browser.probe import axe_violations
from tests.browser.visit import Visit, until, visit

PATCH = "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n import x\n-rate = 0.1\n+rate = 0.2\n"
CODE = "".join(f"x{at} = {at}  # <b>\n" for at in range(100))
PLACE = "e/demo/kept.html"
# As Ultralytics writes it, with a value that a logarithmic scale cannot show.
CURVES = "".join(
    ",".join(f"{cell:>20}" for cell in row) + "\n"
    for row in (("epoch", "train/loss", "<b>map</b>"), *((at, f"{2 / (at + 1):.4f}", at / 20) for at in range(20)))
)
DRAWN = "all => all.map(one => one.data.map(trace => [trace.name, trace.x.length, trace.y.at(-1)]))"
SCALES = "all => all.map(one => one.layout.yaxis.type)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with outputs of each kind, a snapshot and a patch."""
    folder = tmp_path_factory.mktemp("files")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, text in {
            "src/train.py": CODE,
            "src/deep/util.py": "y = 2\n",
            "a.txt": "hi",
            SCRIPT[:20]: "z",
        }.items():
            zipped.writestr(name, text)
    cell = {"cell_type": "code", "execution_count": 1, "source": "1", "outputs": []}
    files: dict[str, str | bytes] = {
        "artifacts/outputs/rows.csv": "a,b\n" + "".join(f"{at},<i>{at}</i>\n" for at in range(360)),
        "artifacts/outputs/plot.png": picture(),
        "artifacts/outputs/model.bin": b"\0\1\2",
        "artifacts/outputs/results.csv": CURVES,
        "artifacts/outputs/log.jsonl": '{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}\n',
        "artifacts/outputs/page.html": f"<h1>A page</h1>{SCRIPT}",
        "artifacts/outputs/paper.pdf": b"%PDF-1.4\n%%EOF\n",
        "artifacts/outputs/no.pdf": "<script>parent.__pwned = 1</script>",
        "artifacts/outputs/m.json": json.dumps({"list": [1, 2], "text": SCRIPT}),
        f"artifacts/{EMOJI} <b>.md": "# Title\n\n<script>window.__pwned = 1</script>",
        "artifacts/look.ipynb": json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}),
        "metrics.csv": "name,step,value\nloss,0,1\n",
        "snapshot.zip": archive.getvalue(),
        "git.diff": PATCH,
        "run.json": json.dumps(
            {
                "format": 1,
                "status": "Completed",
                "environment": {"command": ["python", "src/train.py"], "git": {"diff": "git.diff"}},
            }
        ),
    }
    for name, content in files.items():
        path = folder / "runs" / "demo" / "kept" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open(PLACE)
        yield opened
        assert opened.page.evaluate("window.__pwned") is None
        assert opened.problems == []


def row(page: Page, name: str, section: str = "outputs") -> Locator:
    """A file or a folder in the tree of a section."""
    return page.locator(f'#{section} .row[title="{name}"]')


def choose(page: Page, name: str, section: str = "outputs") -> Locator:
    """Press a file; returns what is shown of it."""
    row(page, name, section).click()
    page.locator(f"#{section} .pane-head > code").get_by_text(name).wait_for()
    return page.locator(f"#{section} .pane-body")


def test_nothing_is_loaded_before_a_tree_is_touched(seen: Visit) -> None:
    expect(seen.page.locator("script[src*='outputs-0.js'], script[src*='code-0.js']")).to_have_count(0)
    expect(seen.page.locator("[role=tree]")).to_have_count(0)


def test_each_kind_of_file_is_shown(seen: Visit) -> None:
    page = seen.page
    body = choose(page, "rows.csv")
    body.locator("tbody tr").nth(99).wait_for()
    expect(body.locator("tbody tr")).to_have_count(100)
    expect(body.locator("tbody td").nth(1)).to_have_text("<i>0</i>")
    expect(page.locator("#outputs .pane-foot")).to_have_text("100 of 360 rows")
    expect(page.locator("#outputs [data-facts]")).to_contain_text("360 rows, 2 columns")

    picture_shown = choose(page, "plot.png").locator("img")
    assert picture_shown.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")

    body = choose(page, "m.json")
    body.get_by_text("list").click()
    expect(body.locator("details[open] .k-number")).to_have_text(["1", "2"])

    body = choose(page, "model.bin")
    expect(body).to_contain_text("Binary")
    expect(body.locator("code")).to_have_text(re.compile("^.{64}$"))
    expect(body.get_by_role("link")).to_have_attribute("href", "kept/artifacts/outputs/model~_bin~.txt")

    expect(choose(page, f"{EMOJI} <b>.md").locator("h3")).to_have_text("Title")
    expect(choose(page, "look.ipynb").locator(".cell.code .k-number")).to_have_text("1")


def test_all_files_of_a_run_are_one_download_also_from_a_disk(seen: Visit, tmp_path: Path) -> None:
    with seen.page.expect_download() as saved:
        seen.page.get_by_role("link", name="Download", exact=True).click()
    saved.value.save_as(tmp_path / "run.zip")
    assert unpack(tmp_path / "run.zip", tmp_path / "runs").new == ["demo/kept"]
    assert (tmp_path / "runs/demo/kept/artifacts/outputs/page.html").read_text() == f"<h1>A page</h1>{SCRIPT}"


def test_the_first_press_on_a_file_shows_it(seen: Visit) -> None:
    """Also where nothing was loaded before: a finger does not hover."""
    place = row(seen.page, "rows.csv")
    place.dispatch_event("click")
    seen.page.locator("#outputs .pane-head > code").get_by_text("rows.csv").wait_for()
    seen.page.wait_for_url("**" + PLACE + "#?outputs.file=outputs/rows.csv")


def curves(page: Page, count: int) -> Locator:
    """The charts of a file, when there are so many of them and all are drawn."""
    page.locator(".curves .js-plotly-plot").nth(count - 1).wait_for()
    expect(page.locator(".curves .card")).to_have_count(count)
    return page.locator(".curves .js-plotly-plot")


def test_a_metrics_file_is_drawn_as_curves(seen: Visit) -> None:
    page = seen.page
    choose(page, "results.csv")
    expect(page.locator("script[src*='plotly']")).to_have_count(0)
    page.get_by_role("button", name="Curves").click()
    until(lambda: curves(page, 2).evaluate_all(DRAWN), [[["", 20, 0.1]], [["", 20, 0.95]]])
    expect(page.locator(".curves h3")).to_have_text(["train/loss", "<b>map</b>"])
    until(lambda: page.locator(".curves select").evaluate("one => one.selectedOptions[0].text"), "epoch")
    page.locator(".curves").get_by_text("Log y").click()
    page.locator(".curves .note, .curves .right").get_by_text("1 value ≤ 0 not shown").wait_for()
    until(lambda: curves(page, 2).evaluate_all(SCALES), ["log", "log"])
    page.locator(".curves").get_by_text("Together").click()
    until(lambda: curves(page, 1).evaluate_all(DRAWN), [[["train/loss", 20, 0.1], ["&lt;b>map&lt;/b>", 20, 0.95]]])
    expect(page.locator(".curves .legend")).to_contain_text("<b>map</b>")
    page.locator(".curve-columns").get_by_text("epoch").click()
    page.locator(".curves select").select_option("row")
    page.locator(".curves h3").get_by_text("epoch, train/loss").wait_for()
    page.get_by_role("button", name="Curves").click()
    page.locator("#outputs .pane-body table").wait_for()


def test_curves_are_restored_from_an_address(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as opened:
        page = opened.open(f"{PLACE}#output-outputs~2fresults.csv?outputs.view=true&outputs.columns=2&outputs.x=-1")
        until(lambda: curves(page, 1).evaluate_all(DRAWN), [[["", 20, 0.95]]])
        until(lambda: page.locator(".curves select").evaluate("one => one.selectedOptions[0].text"), "row")
        page.evaluate("""location.hash = location.hash.replace('columns=2', 'columns=1')""")
        page.locator(".curves h3").get_by_text("train/loss").wait_for()
        # The columns were those of this file.
        choose(page, "log.jsonl")
        page.locator(".curves h3").get_by_text("loss", exact=True).wait_for()
        until(lambda: curves(page, 1).evaluate_all(DRAWN), [[["", 2, 1]]])
        assert opened.problems == []


def test_a_curve_is_zoomed_and_reset(seen: Visit) -> None:
    page = seen.page
    choose(page, "results.csv")
    page.get_by_role("button", name="Curves").click()
    box = curves(page, 2).first.locator(".nsewdrag").bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 62, steps=3)
    page.mouse.up()
    reset = page.locator(".curves").get_by_role("button", name="Reset zoom")
    reset.wait_for()
    ranges = "all => new Set(all.map(one => one.layout.xaxis.range.map(Math.round).join())).size"
    until(lambda: curves(page, 2).evaluate_all(ranges), 1)
    reset.click()
    reset.wait_for(state="hidden")


def test_a_page_among_the_outputs_is_shown_in_a_sandbox(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as opened:
        page = opened.open(PLACE)
        expect(choose(page, "page.html")).to_contain_text("<h1>")
        page.get_by_role("button", name="Preview").click()
        page.frame_locator("#outputs iframe").frame_locator("iframe").get_by_text("A page").wait_for()
        expect(page.locator("#outputs iframe")).to_have_attribute("sandbox", "")
        assert page.evaluate("window.__pwned") is None
        assert [problem for problem in opened.problems if "script" not in problem.lower()] == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_pdf_opens_in_a_tab_of_its_own(browser: Browser, site: Path, script: bool) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=script) as opened:
        page = opened.open(PLACE)
        link = row(page, "paper.pdf")
        if script:
            choose(page, "paper.pdf")
            link = page.locator("#outputs").get_by_role("link", name="Open", exact=True)
            expect(link).to_have_attribute("target", "_blank")
        href = str(link.get_attribute("href"))
        assert re.fullmatch(r"kept/pages/[0-9a-f]{16}/paper\.pdf", href)
        assert (site / "e" / "demo" / href).read_bytes().startswith(b"%PDF-")
        # What only is called one is shown as what it is.
        assert str(row(page, "no.pdf").get_attribute("href")).endswith("no~_pdf~.txt")


def test_icons_say_what_a_file_is(seen: Visit) -> None:
    shapes = {name: row(seen.page, name).locator("svg").inner_html() for name in ("rows.csv", "log.jsonl", "paper.pdf")}
    script = row(seen.page, "train.py", "code").locator("svg").inner_html()
    assert shapes["rows.csv"] == shapes["log.jsonl"] != shapes["paper.pdf"]
    assert script not in shapes.values()


def test_keys_move_in_the_tree(seen: Visit) -> None:
    page = seen.page
    row(page, "outputs").hover()
    page.locator("#outputs [role=tree]").wait_for()
    row(page, "outputs").focus()

    def focused(name: str) -> None:
        expect(row(page, name)).to_be_focused()

    page.keyboard.press("ArrowDown")
    focused("log.jsonl")
    page.keyboard.press("ArrowLeft")
    focused("outputs")
    page.keyboard.press("ArrowLeft")
    expect(row(page, "outputs")).to_have_attribute("aria-expanded", "false")
    expect(row(page, "log.jsonl")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(row(page, "log.jsonl")).not_to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    focused("log.jsonl")
    page.keyboard.press("r")
    page.keyboard.press("r")
    focused("rows.csv")
    page.keyboard.press("Enter")
    page.locator("#outputs .pane-head > code").get_by_text("rows.csv").wait_for()
    expect(row(page, "rows.csv")).to_have_attribute("aria-current", "true")
    page.keyboard.press("End")
    focused(f"{EMOJI} <b>.md")
    expect(page.locator("#outputs .row[tabindex='0']")).to_have_count(1)


def test_a_folder_opens_and_closes_by_pointer(seen: Visit) -> None:
    page = seen.page
    row(page, "deep", "code").click()
    row(page, "util.py", "code").wait_for(state="hidden")
    row(page, "deep", "code").click()
    expect(choose(page, "util.py", "code")).to_have_text("y = 2", use_inner_text=True)


def test_the_script_stands_in_the_page_and_its_lines_are_addresses(seen: Visit) -> None:
    page = seen.page
    lines = page.locator("#code .lines li")
    assert 20 < lines.count() < 100
    expect(lines.first).to_have_text("x0 = 0  # <b>")
    expect(lines.first.locator(".k-comment")).to_have_text("# <b>")
    page.locator("#code-viewer, #codes-viewer").hover()
    page.locator("#code [role=tree]").wait_for()
    lines.nth(99).wait_for()
    expect(lines).to_have_count(100)
    lines.nth(9).click(position={"x": 20, "y": 8})
    page.wait_for_url("**#code-src~2ftrain.py-L10")
    expect(page.locator(".lines .marked")).to_have_attribute("id", "code-src~2ftrain.py-L10")


def test_an_address_opens_its_file_and_marks_its_line(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/") as opened:
        page = opened.open(PLACE + "#code-src~2fdeep~2futil.py-L1")
        page.locator(".lines .marked").wait_for()
        expect(page.locator(".lines .marked")).to_have_text("y = 2")
        expect(row(page, "util.py", "code")).to_have_attribute("aria-current", "true")
        assert opened.problems == []


def test_a_patch_says_what_changed_without_colour(seen: Visit) -> None:
    rows = seen.page.locator(".diff tbody tr").all_inner_texts()
    cells = [[cell.strip() for cell in line.split("\t")] for line in rows]
    assert cells[1:] == [["1", "1", "", "import x"], ["2", "", "−", "rate = 0.1"], ["", "2", "+", "rate = 0.2"]]
    summary = seen.page.locator(".changed summary")
    expect(summary).to_contain_text("+1 −1")
    summary.click()
    expect(seen.page.locator(".diff")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_opened_files(browser: Browser, site: Path, theme: str) -> None:
    with visit(browser, site.as_uri() + "/", color_scheme=theme) as opened:
        page = opened.open(PLACE)
        for name in ("rows.csv", "m.json", "model.bin", "look.ipynb"):
            choose(page, name)
            assert list(axe_violations(page)) == []
        choose(page, "results.csv")
        page.get_by_role("button", name="Curves").click()
        curves(page, 2)
        assert list(axe_violations(page)) == []


def test_it_fits_a_phone(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": 390, "height": 800}) as opened:
        page = opened.open(PLACE)
        body = choose(page, "rows.csv")
        tree = page.locator("#outputs .tree-side").bounding_box()
        below = body.bounding_box()
        assert tree and below
        assert below["y"] >= tree["y"] + tree["height"]
        until(lambda: page.evaluate("document.documentElement.scrollWidth"), 390)
        assert opened.problems == []


def test_without_javascript_the_tree_is_lists_of_links(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open(PLACE)
        expect(row(page, "rows.csv")).to_be_visible()
        row(page, "m.json").click()
        page.wait_for_url("**/m.json")


def test_folders_of_many_files_are_closed_but_for_readers_without_scripts(browser: Browser, tmp_path: Path) -> None:
    for at in range(80):
        place = tmp_path / "runs" / "demo" / "many" / "artifacts" / f"folder {at % 4}" / f"{at:02}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(str(at))
    (tmp_path / "runs" / "demo" / "many" / "metrics.csv").write_text("name,value\na,1\n")
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    for script in (True, False):
        with visit(browser, (tmp_path / "site").as_uri() + "/", java_script_enabled=script) as opened:
            page = opened.open("e/demo/many.html")
            expect(row(page, "00.txt")).to_be_visible(visible=not script)
            if script:
                row(page, "folder 0").click()
                row(page, "00.txt").wait_for()
            assert opened.problems == []
