"""Diagnostics under real hands: views, shares, squares and classes that are chosen; and without JavaScript."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.conftest import served
from tests.browser.probe import FLAT_CHARTS, TOO_WIDE, axe_violations
from tests.browser.visit import Visit, until, visit

HOSTILE = ["<script>alert(1)</script>", "a" * 300, "quote \" and '", "\u202egnp", "🦙", "日本語"]
MANY = [f"kind {at}" for at in range(40)]


def table(labels: list[str]) -> dict[str, Any]:
    """An accuracy table in which each class is told from the rest a little worse than the one before."""
    thresholds = [at / 20 for at in range(21)]
    tables = []
    for at in range(len(labels)):
        rows = []
        for threshold in thresholds:
            tp, fp = round(100 * (1 - threshold) ** 0.3), round(400 * (1 - threshold) ** (4 - at / len(labels)))
            rows.append([tp, fp, 400 - fp, 100 - tp])
        tables.append(rows)
    return {"class_labels": labels, "probability_tables": tables, "probability_thresholds": thresholds}


def square(size: int) -> list[list[int]]:
    counts = [[80 if row == column else 0 for column in range(size)] for row in range(size)]
    counts[1][3], counts[2][0] = 20, 10
    return counts


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diagnostics")
    with runpages.start("judged", name="model", root=folder / "runs") as run:
        run.log_confusion_matrix("small", {"class_labels": ["a", "b", "c", "d"], "matrix": square(4)})
        run.log_confusion_matrix("large", {"class_labels": MANY, "matrix": square(40)})
        run.log_confusion_matrix("hostile matrix", {"class_labels": HOSTILE, "matrix": square(6)})
        # The logger refuses it; other programs may write it.
        charts = Path(run.folder, "charts")
        (charts / "no~20matrix.jsonl").write_text('{"type": "confusion_matrix", "data": {"matrix": [[1, 2], [3]]}}\n')
        for step in range(4):
            counts = {"class_labels": ["a", "b"], "matrix": [[10 * step + 30, 10], [5, 5]]}
            run.log_confusion_matrix("course", counts, step=step)
            run.log_accuracy_table("course of many", table(MANY[: 9 + step]), step=step)
        run.log_accuracy_table("few", table(["no", "yes"]))
        run.log_accuracy_table("many", table(MANY[:12]))
        run.log_accuracy_table("hostile table", table(HOSTILE))
        run.log_accuracy_table("one long name", table(HOSTILE[1:2]))
        run.log_residuals("off", {"bin_edges": [-2, -1, 0, 1, 2], "bin_counts": [1, 5, 9, 2]})
        run.log_histogram("spread", [0.5, 1.5, 1.5, 4.0], bins=4)
        run.log_predictions("fit", {"bin_averages": [1, 2], "bin_errors": [0.5, 1], "bin_edges": [0, 1, 2]})
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture(scope="module")
def http(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


def place(site: Path) -> str:
    """The page of the run."""
    return next((site / "e" / "judged").glob("2*.html")).relative_to(site).as_posix()


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        opened.open(place(site))
        yield opened
        assert opened.problems == []


def card(page: Page, name: str) -> Locator:
    return page.locator("#charts .card", has=page.locator(f'h3[title="{name}"]'))


def square_of(page: Page, row: int, column: int) -> tuple[float, float]:
    """Where the middle of a square of the large matrix is, from the corner of its drawing."""
    box = card(page, "large").locator(".cells").bounding_box()
    assert box
    left, below = 64, 24
    return left + (box["width"] - left) * (column + 0.5) / 40, (box["height"] - below) * (row + 0.5) / 40


def test_a_slider_goes_through_the_steps_of_a_chart(seen: Visit) -> None:
    course = card(seen.page, "course")
    cell, told = course.locator("tbody td").first, course.locator(".steps output")
    expect(cell).to_have_text("60")
    expect(told).to_have_text("step 3 of 3")
    course.get_by_text("Row %").click()
    expect(cell).to_have_text("0.86")
    course.locator("[data-by='-1']").click()
    expect(told).to_have_text("step 2 of 3")
    expect(cell).to_have_text("0.83")  # What was chosen stays.
    course.get_by_text("Counts").click()
    expect(cell).to_have_text("50")
    course.locator(".steps input").press("Home")
    expect(told).to_have_text("step 0 of 3")
    expect(cell).to_have_text("30")

    many = card(seen.page, "course of many")
    many.locator(".steps input").press("Home")
    expect(many.locator("select option")).to_have_count(10)
    many.locator("select").select_option("8")
    expect(many.locator(".chosen").first).to_be_attached()


def test_counts_become_shares_and_counts_again(seen: Visit) -> None:
    small = card(seen.page, "small")
    cell = small.locator("tbody tr").nth(1).locator("td.wrong")
    expect(cell).to_have_text("20")
    small.get_by_text("Row %").click()
    expect(cell).to_have_text("0.20")
    small.get_by_text("Column %").click()
    expect(cell).to_have_text("0.20")
    expect(small.locator("tbody tr").nth(0).locator("td.right")).to_have_text("0.89")
    seen.page.keyboard.press("ArrowLeft")
    seen.page.keyboard.press("ArrowLeft")
    expect(cell).to_have_text("20")


def test_a_square_of_a_large_matrix_tells_what_it_is(seen: Visit) -> None:
    large = card(seen.page, "large")
    x, y = square_of(seen.page, 1, 3)
    large.locator(".cells-of").focus()
    expect(large.locator(".cell-said")).to_contain_text("true kind 0, predicted kind 0: 80")
    large.locator(".cells").hover(position={"x": x, "y": y})
    told = "true kind 1, predicted kind 3: 20, 0.200 of the row, 0.200 of the column"
    expect(large.locator(".cell-said")).to_have_text(told)
    seen.page.keyboard.press("ArrowLeft")
    expect(large.locator(".cell-said")).to_have_text("true kind 1, predicted kind 2: 0")
    seen.page.keyboard.press("ArrowDown")
    expect(large.locator(".cell-said")).to_contain_text("true kind 2, predicted kind 2: 80")


def test_a_large_matrix_shows_shares_of_columns(seen: Visit) -> None:
    large = card(seen.page, "large")
    paths = "nodes => Object.fromEntries(nodes.map(node => [node.getAttribute('class'), node.getAttribute('d')]))"
    before = large.locator(".cells path").evaluate_all(paths)
    large.get_by_text("Column %").click()
    expect(large.locator(".cells path.e8")).to_have_attribute("d", "M3 1.5h1M0 2.5h1")
    large.get_by_text("Row %").click()
    expect(large.locator(".cells path.e8")).to_have_attribute("d", before["e8"])
    assert large.locator(".pairs tbody tr").first.inner_text().split("\t") == ["kind 1", "kind 3", "20", "0.200"]


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_view_is_chosen(browser: Browser, site: Path, http: str, scheme: str) -> None:
    with visit(browser, site.as_uri() + "/" if scheme == "file" else http) as opened:
        few = card(opened.open(place(site)), "few")
        expect(few.get_by_role("heading", level=4)).to_have_text(["ROC", "Precision–recall"])
        few.get_by_text("Gain and lift").click()
        expect(few.get_by_role("heading", name="Lift")).to_be_visible()
        expect(few.get_by_role("heading", name="ROC")).to_be_hidden()
        opened.page.keyboard.press("ArrowRight")
        expect(few.get_by_role("heading", name="Scores")).to_be_visible()
        assert opened.problems == []


def test_one_of_many_classes_is_drawn_when_it_is_chosen(seen: Visit) -> None:
    many = card(seen.page, "many")
    expect(many.locator(".chosen")).to_have_count(0)
    many.locator("select").focus()
    many.locator("select").select_option("kind 7")
    expect(many.locator(".chosen")).to_have_count(5)
    first = many.locator("[data-kind=roc] .chosen").get_attribute("d")
    many.locator("select").select_option("kind 2")
    expect(many.locator("[data-kind=roc] .chosen")).not_to_have_attribute("d", str(first))
    many.locator("select").select_option("Averages")
    expect(many.locator(".chosen")).to_have_count(0)


def test_the_chosen_class_has_its_name_at_the_curve_and_a_mark_in_the_table(seen: Visit) -> None:
    many = card(seen.page, "many")
    many.locator("select").focus()
    many.locator("select").select_option("kind 7")
    expect(many.locator(".chosen-name")).to_have_text(["kind 7"] * 5)
    row = many.locator(".legend-table tr", has=seen.page.locator("th[title='kind 7']"))
    expect(row).to_have_attribute("aria-current", "true")
    expect(row.locator(".line-key")).to_be_visible()
    inside = """name => { const [a, b] = [name, name.closest('svg')].map(node => node.getBoundingClientRect());
      return a.width > 0 && a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom }"""
    assert all(name.evaluate(inside) for name in many.locator(".chosen-name:visible").all())
    many.locator("select").select_option("kind 2")
    expect(many.locator(".legend-table [aria-current]")).to_have_count(1)
    many.locator("select").select_option("Averages")
    expect(many.locator(".legend-table [aria-current]")).to_have_count(0)
    expect(many.locator(".chosen-name")).to_have_count(0)


def test_notes_tell_dashed_lines_apart(seen: Visit) -> None:
    expect(card(seen.page, "many")).to_contain_text("Thin dashed: ideal. Dashed: all classes together.")
    few = str(card(seen.page, "few").text_content())
    assert "Thin dashed: ideal." in few
    assert "all classes together. Dashed" not in few


def test_a_cell_says_what_it_counts(seen: Visit) -> None:
    cell = card(seen.page, "small").locator("td.wrong").first
    cell.hover()
    expect(cell).to_have_attribute("title", "20 of b predicted as d: 0.200 of the row, 0.200 of the column")


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("small", ",a,b,c,d,recall"),
        ("large", ",kind 0,kind 1"),
        ("few", "ROC"),
        ("off", "from,to,count"),
        ("spread", "from,to,count"),
    ],
)
def test_every_drawing_is_a_file_and_has_a_large_view(seen: Visit, name: str, head: str) -> None:
    page, of = seen.page, card(seen.page, name)
    of.hover()
    tools = of.locator(".card-tools")
    expect(tools.get_by_role("button")).to_have_text(["CSV", "PNG", "SVG", "Enlarge"])
    files = {}
    for kind in ("CSV", "PNG", "SVG"):
        with page.expect_download() as caught:
            tools.get_by_role("button", name=kind).click()
        assert caught.value.suggested_filename == f"{name}.{kind.lower()}"
        files[kind] = Path(caught.value.path()).read_bytes()
    assert files["CSV"].decode().startswith(head)
    box = of.bounding_box()
    assert box
    with Image.open(io.BytesIO(files["PNG"])) as image:
        assert image.width == pytest.approx(2 * box["width"], abs=2)
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10
    drawing = ElementTree.fromstring(files["SVG"])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert name in [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    tools.get_by_role("button", name="Enlarge").click()
    large = page.get_by_role("dialog", name=name)
    expect(large.locator(".card")).to_be_visible()
    page.go_back()
    expect(large).to_be_hidden()
    expect(of).to_be_visible()


def test_what_is_no_matrix_says_why(seen: Visit) -> None:
    expect(card(seen.page, "no matrix")).to_contain_text("The matrix is not square: 2 rows of 1 to 2 counts.")


def test_without_a_script_everything_is_in_sight(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open(place(site))
        titles = ["ROC", "Precision–recall", "Cumulative gain", "Lift", "Calibration", "Scores"]
        for title in titles:
            expect(card(page, "many").locator("h4", has_text=title).first, title).to_be_visible()
        expect(card(page, "few").locator(".segments")).to_be_hidden()
        expect(card(page, "many").locator("select")).to_be_hidden()
        expect(card(page, "small").locator(".segments")).to_be_hidden()
        expect(card(page, "small").locator("td.wrong").first).to_have_text("20")
        expect(card(page, "large").locator(".cells")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_every_card_is_sound(browser: Browser, site: Path, width: int, scheme: Any) -> None:
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with visit(browser, site.as_uri() + "/", **options) as opened:
        page = opened.open(place(site))
        for word in (None, "Gain and lift", "Calibration"):
            for choice in page.get_by_text(word).all() if word else ():
                choice.click()
            assert page.evaluate(TOO_WIDE) == []
            assert page.evaluate(FLAT_CHARTS) == []
        for fold in page.locator("#charts details > summary").all():
            fold.click()
        until(lambda: page.evaluate(TOO_WIDE), [])
        assert axe_violations(page) == []
        assert opened.problems == []
