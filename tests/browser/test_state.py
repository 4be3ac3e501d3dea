"""What a reader chose is in the address: every control of every page, set by hand, pasted, and by going back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import pytest
from playwright.sync_api import Browser, ElementHandle, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.conftest import opened_by
from tests.browser.extremes import picture
from tests.browser.visit import Visit, until, visit

# What can be set. Radio buttons are set in their group; a dialog is open or not.
CONTROLS = "fieldset, input:not([type=radio]), select, textarea, button[aria-pressed], details, dialog"

# What has no state in the address, and why.
EXEMPT = ", ".join(
    {
        "#search": "leads to another page",
        "#single-keys": "kept for the reader on this computer, as the theme is",
        ".tree details": "the folds of a document, which are as many as it has objects",
        "#runs-section :is(input, button)": "those of runs act on one query; test_runs_table.py opens links of it",
        "#lightbox :is(fieldset, input)": "the zoom lasts as long as the dialog; the slider is the number of the image",
    }
)

# How a dialog is opened.
OPENERS = {
    "help": ["#help-button"],
    "lightbox": ["#images .enlarge"],
    "large": [".metric, .run-chart", "[data-act=enlarge]"],
}

# A control is known by what it is in and its place there, which others do not change that come and go elsewhere.
NAMES = """([controls, exempt]) => [...document.querySelectorAll(controls)]
    .filter(node => !node.matches(exempt) && (node.matches("dialog") || node.checkVisibility()))
    .map(function (node) {
        const owner = node.matches("dialog") ? document.body : node.parentElement.closest("[id]");
        const tag = node.matches("input") ? `input[type="${node.type}"]` : node.localName;
        return [owner.id, tag, [...owner.querySelectorAll(tag)].indexOf(node)];
    })"""
FIND = "([id, tag, at]) => (id ? document.getElementById(id) : document.body).querySelectorAll(tag)[at]"
VALUE = """node => String(node.matches("details, dialog") ? node.open
    : node.matches("fieldset") ? node.querySelector(":checked").value : node.ariaPressed ?? node.value)"""
SHOWS = f"([name, value]) => {{ const node = ({FIND})(name); return node && ({VALUE})(node) === value; }}"
STATE = "() => String(runpages.urlState())"
TOUCH = """() => document.querySelectorAll("[data-defer]").forEach(
    section => section.dispatchEvent(new PointerEvent("pointerover")))"""
# The scripts that sections need, and those of the first touch, each of which is loaded once.
LOADED = """async () => {
    const sections = [document.documentElement.dataset.touch, ...[...document.querySelectorAll("[data-defer]")].map(
        section => section.dataset.defer)];
    const scripts = sections.join(" ").split(" ").filter(src => src.endsWith(".js"));
    await Promise.all(scripts.map(src => runpages.load(src, false)));
}"""
IDLE = "() => new Promise(done => setTimeout(() => requestIdleCallback(() => done()), 50))"
Name = tuple[str, str, int]


def table(classes: int) -> dict[str, Any]:
    rows = [[10 - at, 10 - 2 * at, 2 * at, at] for at in range(5)]
    labels = [f"class {at}" for at in range(classes)]
    return {
        "class_labels": labels,
        "probability_tables": [rows] * classes,
        "probability_thresholds": [0, 0.25, 0.5, 0.75, 1],
    }


def write(root: Path) -> None:
    """Two equal runs with a section of every kind."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in ("main.py", "other.py"):
            zipped.writestr(name, f"# {name}\n" * 30)
    for at in range(2):
        params = {f"param_{k:02d}": k for k in range(60)}
        with runpages.start("state", name=f"run {at}", root=root, params=params) as run:
            for name in ("train/loss", "train/accuracy", "val/loss", "val/accuracy"):
                for step in range(12):
                    run.log(name, 1 / (step + 1), step=step)
            for k in range(13):
                run.log(f"many/{k}", k, step=0)
                run.log(f"many/{k}", k + 1, step=1)
            run.log_table("rows", {"word": list("abcdefgh"), "value": [3, 1, 2, 6, 5, 4, 8, 7]})
            run.log_table("wide", {f"c{k}": [1, 2] for k in range(60)})
            image = root.parent / "image.png"
            for step in range(15):
                image.write_bytes(picture(40 + step))
                run.log_image("samples", str(image), step=step * 100)
                run.log_html("report", f"<p>{step}</p>", step=step)
            run.log_confusion_matrix("matrix", {"class_labels": ["a", "b"], "matrix": [[5, 1], [2, 4]]})
            for step in range(3):
                run.log_accuracy_table("scores", table(12), step=step)
    for folder in (document.parent for document in root.glob("state/*/run.json")):
        (folder / "snapshot.zip").write_bytes(archive.getvalue())
        for file in ("logs/train.log", "artifacts/a.txt", "artifacts/b.txt"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text("line a\nWARNING b\nERROR c\n")
    (root / "state" / "README.md").write_text("About it.\n\n" * 400)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    write(folder / "runs")
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


@pytest.fixture(params=["file", "http"])
def origin(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """Where the site is."""
    with opened_by(request.param, site) as address:
        yield address


@pytest.fixture
def seen(browser: Browser, origin: str) -> Iterator[Visit]:
    with visit(browser, origin) as opened:
        yield opened
        assert opened.problems == []


def run_page(site: Path, at: int = 0) -> str:
    """The page of the run that was logged as the first, the second…: ids of one second have no order."""
    pages: list[str] = re.findall(r"2[\w-]*\.html", (site / "e" / "state" / "runs.js").read_text("utf-8"))
    return "e/state/" + pages[-1 - at]


def touched(page: Page) -> None:
    """Touch all sections, and wait until they have what they need."""
    page.evaluate(TOUCH)
    page.evaluate(LOADED)
    page.evaluate(IDLE)


def act(page: Page, node: ElementHandle, name: Name) -> None:
    """Set a control to another value, as a reader does."""
    tag = name[1]
    if tag == "dialog":
        first, *more = OPENERS[node.get_attribute("id") or ""]
        opener = page.locator(first).first
        for selector in more:
            opener.hover()
            opener = opener.locator(selector)
        opener.click()
    elif tag == "details":
        node.query_selector("summary").click()  # type: ignore[union-attr]
    elif tag == "fieldset":
        node.query_selector("label:not(:has(:checked, :disabled))").click()  # type: ignore[union-attr]
    elif tag == "select":
        node.select_option(index=2)
    elif tag == "button":
        node.click()
    elif 'type="range"' in tag:
        before = node.evaluate(VALUE)
        node.press("ArrowLeft" if before != "0" else "ArrowRight")
    else:
        node.fill("a")


def find(page: Page, name: Name) -> ElementHandle:
    node = page.evaluate_handle(FIND, name).as_element()
    assert node, name
    return node


def controls(page: Page) -> list[Name]:
    """The controls of the page: what is in a fold before the fold, and fields last, since what they find is opened."""
    found: list[Name] = [(id, tag, at) for id, tag, at in page.evaluate(NAMES, [CONTROLS, EXEMPT])]
    found.reverse()
    return sorted(found, key=lambda name: "search" in name[1])


def set_by_hand(page: Page, name: Name) -> None:
    """Set a control, and see that it is in the address."""
    node, state = find(page, name), page.evaluate(STATE)
    usual = node.evaluate(VALUE)
    act(page, node, name)
    page.wait_for_function(f"before => ({STATE})() !== before", arg=state)
    assert node.evaluate(VALUE) != usual, name


def see(page: Page, values: dict[Name, str]) -> None:
    """Wait until controls show these values."""
    for name, value in values.items():
        page.wait_for_function(SHOWS, arg=[name, value])


@pytest.mark.parametrize("kind", ["home", "experiment", "run"])
def test_each_control_is_in_the_address(browser: Browser, seen: Visit, site: Path, kind: str) -> None:
    place = {"home": "index.html", "experiment": "e/state/index.html", "run": run_page(site)}[kind]
    page = seen.open(place)
    touched(page)
    dialogs = [name for name in controls(page) if name[1] == "dialog"]
    others = [name for name in controls(page) if name not in dialogs]
    assert len(others) >= {"home": 0, "experiment": 0, "run": 25}[kind]
    usual = {name: find(page, name).evaluate(VALUE) for name in others}
    for name in others:
        set_by_hand(page, name)
    page.evaluate(IDLE)
    chosen = {name: find(page, name).evaluate(VALUE) for name in others}
    links = [(page.evaluate(STATE), chosen)]
    # Another place, without a state; and back.
    page.evaluate("location.hash = 'nowhere'")
    see(page, usual)
    page.go_back()
    see(page, chosen)
    page.evaluate("location.hash = 'elsewhere'")
    see(page, usual)
    for name in dialogs:
        set_by_hand(page, name)
        links.append((page.evaluate(STATE), {name: "true"}))
        page.go_back()
        see(page, {name: "false"})
        until(partial(page.evaluate, STATE), "")
    for state, values in links:
        with visit(browser, seen.origin) as other:
            see(other.open(place + "#?" + state), values)
            assert other.problems == []


def test_what_is_chosen_in_the_content_is_in_the_address(browser: Browser, seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site))
    touched(page)
    head = page.locator("#table-rows th").filter(has_text="value")
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    page.locator("#table-wide [data-columns]").click()
    page.locator("#table-wide .choices input").first.click()
    page.keyboard.press("Escape")
    page.locator("#outputs .row", has_text="b.txt").click()
    page.locator("#code .row", has_text="other.py").click()
    page.wait_for_url("**code.file=other.py")
    assert page.evaluate(STATE).split("&")[::3] == ["table-rows.sort=value%3Adesc", "code.file=other.py"]
    with visit(browser, seen.origin) as other:
        pasted = other.open(page.url.removeprefix(seen.origin))
        expect(pasted).to_have_url(page.url)
        for one in (pasted, page):
            expect(one.locator("#table-rows th[aria-sort=descending]")).to_have_text("value")
            expect(one.locator("#table-wide th").first).to_have_text("c1")
            expect(one.locator("#outputs .pane-head > code")).to_have_text("b.txt")
            expect(one.locator("#code .pane-head > code")).to_have_text("other.py")
            expect(one.locator("#table-rows tbody:not([aria-hidden]) td.n")).to_have_text(list("87654321"))
        assert other.problems == []
    page.evaluate("location.hash = 'nowhere'")
    expect(page.locator("#code .pane-head > code")).to_have_text("main.py")
    expect(page.locator("#table-rows [aria-sort]")).to_have_count(0)
    expect(page.locator("#table-wide th").first).to_have_text("c0")


def test_a_line_of_a_file_keeps_what_was_chosen(seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site) + "#code?smooth=0.5")
    page.locator("#code .row", has_text="other.py").click()
    expect(page.locator("#code .pane-head > code")).to_have_text("other.py")
    page.locator("#code .lines li").nth(2).click(position={"x": 10, "y": 8})
    page.wait_for_url("**#code-other.py-L3?smooth=0.5&code.file=other.py")
    page.locator("#code .row", has_text="main.py").click()
    page.wait_for_url("**#code?smooth=0.5")


def test_back_closes_a_dialog_and_keeps_what_was_chosen_in_it(seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site) + "#images")
    page.locator("#image-samples .enlarge").click()
    expect(page.locator("#lightbox")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**#images?image-samples.large=14&image-samples.step=1300")
    page.go_back()
    expect(page.locator("#lightbox")).to_be_hidden()
    page.wait_for_url("**#images?image-samples.step=1300")
    page.go_forward()
    expect(page.locator("#lightbox")).to_be_visible()
    page.reload()
    expect(page.locator("#lightbox")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**#images?image-samples.step=1300")
    expect(page.locator("#image-samples figcaption")).to_contain_text("step 1300")
    expect(page.locator("#lightbox")).to_be_hidden()


def test_what_is_chosen_while_a_dialog_closes_does_not_open_it_again(seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site) + "#images")
    page.locator("#image-samples .enlarge").click()
    expect(page.locator("#lightbox [data-about]")).to_contain_text("step 1400")
    # The history has moved by then, and "hashchange" is still to come.
    page.evaluate("addEventListener('popstate', () => runpages.urlState('smooth', '0.5'), { once: true })")
    page.keyboard.press("Escape")
    page.wait_for_url("**#images?smooth=0.5")
    page.evaluate(IDLE)
    expect(page.locator("#lightbox")).to_be_hidden()


@pytest.mark.parametrize("moment", ["", "await new Promise(done => dialog.addEventListener('close', done));"])
def test_a_dialog_opened_as_another_closes_has_its_own_entry(seen: Visit, site: Path, moment: str) -> None:
    page = seen.open(run_page(site) + "#images")
    page.locator("#image-samples .enlarge").click()
    page.wait_for_url("**#images?image-samples.large=15")
    page.evaluate(f"""async () => {{
        const dialog = document.getElementById("lightbox");
        dialog.close();
        {moment}
        document.getElementById("help-button").click();
    }}""")
    page.wait_for_url("**#images?help.keys=open")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**#images")
    page.evaluate(IDLE)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_link_to_a_dialog_has_the_page_behind_it(seen: Visit, site: Path) -> None:
    page = seen.open("index.html")
    page.goto(seen.origin + run_page(site) + "#images?image-samples.large=3")
    expect(page.locator("#lightbox [data-about]")).to_contain_text("step 200")
    page.go_back()
    expect(page.locator("#lightbox")).to_be_hidden()
    page.wait_for_url("**#images?image-samples.step=200")


def test_links_of_the_page_keep_the_state_and_the_next_run_gets_it(seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site) + "#?smooth=0.6&image-samples.step=300")
    page.locator(".rail a[href='#metrics']").click()
    page.wait_for_url("**#metrics?smooth=0.6&image-samples.step=300")
    top = "node => Math.floor(node.getBoundingClientRect().top / 100)"
    until(lambda: page.locator("#metrics").evaluate(top), 0)
    page.locator("#next[href]").click()
    page.wait_for_url(f"**/{Path(run_page(site, 1)).name}#?smooth=0.6&image-samples.step=300")
    expect(page.locator(".smoothing input")).to_have_value("0.6")
    expect(page.locator("#image-samples .steps output")).to_contain_text("step 300")


def test_a_link_with_a_state_leads_to_its_place(seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site) + "#images?image-samples.step=300")
    expect(page.locator("#image-samples")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("state", "dialogs"),
    [
        ("image-samples.large=abc", 0),
        ("image-samples.large=99", 1),
        ("help.keys=open&image-samples.large=3&chart=train/loss&chart-matrix.large=open", 1),
        ("chart=nothing&smooth=abc&zoom=x&x=y&scale=cubic&fold=%25E0", 0),
    ],
)
def test_an_address_that_was_changed_by_hand_opens_one_dialog_at_most(
    seen: Visit, site: Path, state: str, dialogs: int
) -> None:
    page = seen.open(run_page(site) + "#?" + state)
    expect(page.locator("dialog[open]")).to_have_count(dialogs)
    page.wait_for_load_state("networkidle")
    page.evaluate(IDLE)
    expect(page.locator("dialog[open]")).to_have_count(dialogs)
    expect(page.locator("#said")).to_have_text("")


def test_a_line_that_a_log_does_not_have_leads_to_the_log(seen: Visit, site: Path) -> None:
    page = seen.open(run_page(site) + "#log-train.log-L99")
    expect(page.locator("#log-train\\.log")).to_be_in_viewport()
    expect(page.locator("#said")).to_have_text("The log has no line 99 here")


def test_an_address_loads_what_it_needs_only(seen: Visit, site: Path) -> None:
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(re.sub(r"\.\w{8}\.js$", "", Path(request.url).name)))
    page = seen.open(run_page(site) + "#?log-train.log.level=e&gone.filter=a&table-rows.sort=nothing:desc")
    expect(page.locator("#log-train\\.log .log li.e")).to_be_visible()
    expect(page.locator("#log-train\\.log .log li.w")).to_be_hidden()
    until(lambda: page.evaluate(IDLE) or {"logs", "tables", "touch"} <= set(asked), True)
    assert not {"metrics", "images", "files", "charts"} & set(asked)


def test_a_head_of_a_section_copies_its_link(seen: Visit, site: Path) -> None:
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = seen.open(run_page(site) + "#?log-train.log.level=e")
    page.locator("#logs > .head").hover()
    page.get_by_role("link", name="Copy link to Logs").click()
    page.wait_for_url("**#logs?log-train.log.level=e")
    until(lambda: page.evaluate("navigator.clipboard.readText()"), page.url)


def test_a_phone_sees_where_it_is_and_has_large_groups_folded(browser: Browser, origin: str, site: Path) -> None:
    with visit(browser, origin, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True) as phone:
        page = phone.open(run_page(site))
        page.evaluate("document.querySelector('#code').scrollIntoView()")
        current = page.locator(".rail [aria-current]", has_text="Code")
        expect(current).to_be_in_viewport(ratio=1)
        expect(page.locator("#metrics-val[open]")).to_have_count(1)
        expect(page.locator("#metrics-many:not([open])")).to_have_count(1)
        assert phone.problems == []


def test_the_first_tap_on_the_head_of_a_table_sorts_it(browser: Browser, origin: str, site: Path) -> None:
    with visit(browser, origin, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True) as phone:
        page = phone.open(run_page(site))
        page.locator("#table-rows th").last.tap()
        expect(page.locator("#table-rows th").last).to_have_attribute("aria-sort", "ascending")
        assert phone.problems == []
