"""The open page of a run that goes on: a process logs, `runpages watch` builds, and a real browser shows it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from runpages_site.build import build
from tests.browser.firefox import start
from tests.browser.visit import HURRY, Visit, until, visit

LIVE = ".card-body.is-live .live .main-svg"
POINTS = "body => body.querySelector('.live').data.at(-1).y.length"
RANGE = "body => body.querySelector('.live').layout.xaxis.range.map(Number)"

# A training that does a line of Python for each line that it is told.
TRAINING = """
import sys
from pathlib import Path
import runpages

run = runpages.start("live", name="training", root=sys.argv[1], params={"lr": 0.1})
run.define("loss", goal="min")
log = Path(run.folder) / "logs" / "train.log"
log.parent.mkdir(exist_ok=True)
steps = 0

def train(count):
    global steps
    for _ in range(count):
        run.log("loss", 1 / (steps + 1), step=steps)
        steps += 1
    with log.open("a") as file:
        file.write(f"epoch with {steps} steps\\\\n")

print(run.id, flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
""".replace("\\\\", "\\")


# The line by which a process takes the run over, without an end before it that the page might see.
TAKE_OVER = (
    "import json, time; from runpages.format import layout, status; "
    "line = {'time': layout.iso_time(time.time()), 'status': 'Running', 'owner': status.owner()}; "
    "Path(run.folder, 'changes.host-1-abcd.jsonl').write_text(json.dumps(line) + '\\n'); time.sleep(0.002)"
)


class Training:
    """A run that goes on in a process of its own, and does what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.id = self._hear()

    def do(self, line: str) -> None:
        """Do a line of Python, and wait until it is done."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._hear() == "done"

    def _hear(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def started(*command: str | Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    with started(sys.executable, "-c", TRAINING, tmp_path / "runs") as process:
        yield Training(process)


def runpages(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-c", "from runpages_site.cli import main; main()", *arguments]


@pytest.fixture
def site(tmp_path: Path, training: Training) -> Iterator[str]:
    """The address of a site that is watched, on the disk."""
    training.do("train(5)")
    with started(*runpages("watch", tmp_path / "runs", "-o", tmp_path / "site", "--every", "0.3")):
        until(lambda: (tmp_path / "site" / f"e/live/{training.id}.html").exists(), True)
        yield (tmp_path / "site").as_uri() + "/"


@contextmanager
def hurried(browser: Browser, origin: str) -> Iterator[Visit]:
    """A visit to pages that ask ten times as often as they do by themselves."""
    with visit(browser, origin) as seen:
        seen.page.add_init_script(HURRY)
        yield seen


def begin(seen: Visit, training: Training) -> Page:
    page = seen.open(f"e/live/{training.id}.html")
    page.evaluate("window.marker = 'the page that was opened'")
    return page


def ended(seen: Visit) -> None:
    until(lambda: seen.page.evaluate("window.marker"), "the page that was opened")
    assert seen.problems == []


def loss(page: Page) -> Locator:
    return page.locator('.metric[data-name="loss"]')


def tile(page: Page) -> str | None:
    return page.locator('[data-metric="loss"]').get_attribute("data-value")


def last_line(page: Page) -> str:
    return (page.locator(".log li").last.text_content() or "").strip()


def test_the_page_of_a_run_that_goes_on_shows_what_is_new(browser: Browser, site: str, training: Training) -> None:
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        assert last_line(page) == "epoch with 5 steps"
        page.locator(".smoothing input").fill("0.5")
        body = loss(page).locator(".card-body")
        body.hover()
        loss(page).locator(LIVE).first.wait_for()
        until(lambda: body.evaluate(POINTS), 5)
        training.do("train(20)")
        until(lambda: body.evaluate(POINTS), 25)
        expect(loss(page).locator(".right b")).to_have_text("0.04")
        until(lambda: tile(page), "0.04")
        until(lambda: last_line(page), "epoch with 25 steps")
        assert len(body.evaluate("body => body.querySelector('.live').data")) == 2, "it is smoothed still"

        box = body.bounding_box()
        assert box
        page.mouse.move(box["x"] + 150, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + 350, box["y"] + 60, steps=8)
        page.mouse.up()
        page.locator(".zoom:visible").first.wait_for()
        zoomed = body.evaluate(RANGE)
        page.locator(".log").evaluate("log => log.scrollIntoView()")
        top = page.evaluate("scrollY")
        training.do("train(20)")
        until(lambda: body.evaluate(POINTS), 45)
        until(lambda: body.evaluate(RANGE), zoomed)
        until(lambda: page.evaluate("scrollY"), top)

        expect(page.locator(".badge")).to_have_text("Running")
        training.do("run.complete()")
        until(lambda: page.locator(".badge").inner_text(), "Completed")
        expect(page.locator(".facts")).not_to_contain_text("so far")
        expect(page.locator("[data-live], iframe")).to_have_count(0)
        until(lambda: body.evaluate(RANGE), zoomed)
        assert not (Path(urlsplit(site).path) / f"e/live/{training.id}/live.js").exists()
        ended(seen)


def test_a_run_whose_process_is_gone_is_told_as_that(browser: Browser, site: str, training: Training) -> None:
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training._process.kill()
        page.locator(".callout.warn", has_text="Not responding").wait_for()
        expect(page.locator("[data-live]")).to_have_count(0)
        ended(seen)


def test_what_the_reader_did_stays(browser: Browser, site: str, training: Training) -> None:
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        fold = page.locator("#raw details.document")
        fold.locator("> summary").click()
        page.locator("[data-filter]").fill("lo")
        page.locator(".title-row h1").evaluate("node => getSelection().selectAllChildren(node)")
        training.do("train(3)")
        until(lambda: last_line(page), "epoch with 8 steps")
        expect(page.locator("#raw details.document[open]")).to_have_count(1)
        expect(page.locator("[data-filter]")).to_have_value("lo")
        expect(page.locator("[data-filter]")).to_be_focused()
        until(lambda: page.evaluate("getSelection().toString()"), "training")
        ended(seen)


def test_what_is_logged_stays_text(browser: Browser, site: str, training: Training) -> None:
    bad = "</script><img src=x onerror=alert(1)>\"'&amp;"
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training.do(
            f"log.open('a').write({bad + chr(10)!r}); run.log({bad!r}, 1); run.log({bad!r}, 2); run.tag({bad!r})"
        )
        until(lambda: last_line(page), bad)
        expect(page.locator("h4", has_text=bad)).to_have_text(bad)
        expect(page.locator(".title-row .tag")).to_have_text(bad)
        expect(page.locator("main img, main script")).to_have_count(0)
        ended(seen)


def test_the_end_of_a_log_is_followed_by_who_reads_it(browser: Browser, site: str, training: Training) -> None:
    lines = "[log.open('a').write(f'line {at}\\n') for at in range(%d, %d)]"
    left = "log => log.scrollHeight - log.clientHeight - log.scrollTop < 2"
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training.do(lines % (0, 100))
        until(lambda: last_line(page), "line 99")
        log = page.locator(".log")
        until(lambda: log.evaluate(left), True)
        for end in (True, False):
            log.evaluate("(log, end) => { log.scrollTop = end ? log.scrollHeight : 300; }", end)
            training.do(lines % ((100, 200) if end else (200, 300)))
            until(lambda end=end: last_line(page), "line 199" if end else "line 299")  # type: ignore[misc]
            until(partial(log.evaluate, left if end else "log => log.scrollTop === 300"), True)
        ended(seen)


def test_who_reads_in_a_log_stays_where_he_is(browser: Browser, site: str, training: Training) -> None:
    line = "f'line {at}' + (' ERROR it burst' if at %% 100 == 50 else '') + '\\n'"
    lines = f"[log.open('a').write({line}) for at in range(%d, %d)]"
    first = (
        "log => [...log.querySelectorAll('li')].find(line => "
        "line.getBoundingClientRect().bottom > log.getBoundingClientRect().top + 1).textContent"
    )
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training.do(lines % (0, 900))
        until(lambda: last_line(page), "line 899")
        log, find, told = page.locator(".log"), page.locator("[data-find]"), page.locator("[data-finds] output")
        log.evaluate("log => { log.scrollTop = 1000; }")
        read = log.evaluate(first)
        training.do(lines % (900, 1300))
        until(lambda: last_line(page), "line 1299")
        until(lambda: log.evaluate(first), read)

        find.fill("burst")
        until(told.inner_text, "1 of 13 lines")
        for _ in range(4):
            find.press("Enter")
        until(told.inner_text, "5 of 13 lines")
        top = log.evaluate("log => log.scrollTop")
        training.do(lines % (1300, 1400))
        until(told.inner_text, "5 of 14 lines")
        until(lambda: log.evaluate("log => log.scrollTop"), top)
        expect(find).to_have_value("burst")
        expect(find).to_be_focused()
        find.fill("")

        page.locator(".log-card .segments label", has_text="Errors").click()
        until(lambda: page.locator(".log li:visible").count(), 14)
        training.do(lines % (1400, 1500))
        until(lambda: page.locator(".log li:visible").count(), 15)
        ended(seen)


def test_a_run_that_is_resumed_goes_on_with_what_was_superseded_apart(
    browser: Browser, site: str, training: Training
) -> None:
    steps = "body => body.querySelector('.live').data.map((one) => one.x.length)"
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        body = loss(page).locator(".card-body")
        body.hover()
        body.locator(".live .main-svg").first.wait_for()
        training.do(f"{TAKE_OVER}; steps = 3; train(7)")
        until(lambda: body.evaluate(steps), [2, 10])
        loss(page).get_by_text("2 points superseded by resuming at step 3").wait_for()
        training.do("train(2)")
        until(lambda: body.evaluate(steps), [2, 12])
        ended(seen)


def test_a_table_that_is_sorted_and_filtered_stays_so(browser: Browser, site: str, training: Training) -> None:
    rows = "[run.log_row('rows', at=at, word='even' if at %% 2 == 0 else 'odd') for at in range(%d, %d)]"
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training.do(rows % (0, 200))
        table, field = page.locator("#tables article"), page.locator("#tables [data-rows]")
        table.locator("th", has_text="at").hover()
        for _ in range(2):
            table.locator("th button", has_text="at").click()
        field.fill("word=even")
        foot = table.locator(".card-foot")
        until(foot.inner_text, "100 of 200 rows · sorted by at, descending")
        training.do(rows % (200, 300))
        until(foot.inner_text, "150 of 300 rows · sorted by at, descending")
        expect(table.locator("tbody:not([aria-hidden]) td").first).to_have_text("298")
        expect(field).to_be_focused()
        table.locator(".data-rows").evaluate("region => { region.scrollTop = 400; }")
        training.do(rows % (300, 302))
        until(foot.inner_text, "151 of 302 rows · sorted by at, descending")
        until(lambda: table.locator(".data-rows").evaluate("region => region.scrollTop"), 400)
        ended(seen)


def test_pictures_come_to_who_looks_at_the_last_one(browser: Browser, site: str, training: Training) -> None:
    grey = "np.full((32, 48), at * 9, 'uint8')"
    image = f"import numpy as np; [run.log_image('course', {grey}, step=at) for at in range(%d, %d)]"
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training.do(image % (0, 10))
        card = page.locator("#images article")
        shown, slider = card.locator(".stage figcaption"), card.locator(".steps input")
        until(shown.inner_text, "step 9")
        training.do(image % (10, 12))
        until(shown.inner_text, "step 11")
        card.locator("[data-by='-1']").click()
        until(shown.inner_text, "step 10")
        training.do(image % (12, 14))
        until(lambda: slider.get_attribute("max"), "13")
        until(shown.inner_text, "step 10")
        expect(slider).to_have_value("10")
        expect(card.locator("[data-by='-1']")).to_be_focused()

        card.locator(".stage a").click()
        page.locator("#lightbox[open]").wait_for()
        training.do(image % (14, 15) + "; train(5)")
        until(lambda: tile(page), "0.1")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#lightbox output")).to_have_text("step 11 · 12 of 14")
        page.keyboard.press("Escape")
        until(lambda: slider.get_attribute("max"), "14")
        until(shown.inner_text, "step 11")
        ended(seen)


def test_charts_and_files_keep_what_was_chosen(browser: Browser, site: str, training: Training) -> None:
    counts = "{'class_labels': ['a', 'b'], 'matrix': [[%d, 1], [2, 3]]}"
    matrix = f"run.log_confusion_matrix('squares', {counts}, step=%d)"
    upload = "import io; run.upload_file('outputs/%s.txt', io.BytesIO(b'%s'))"
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        training.do(matrix % (3, 0) + "; " + upload % ("b", "first") + "; " + upload % ("c", "second"))
        cell = page.locator("#charts .matrix tbody td").first
        page.locator("#charts [data-shares] label").nth(1).click()
        until(cell.inner_text, "0.75")
        page.locator("#outputs .row", has_text="c.txt").click()
        body = page.locator("#outputs .pane-body")
        until(body.inner_text, "second")
        training.do(matrix % (9, 1) + "; " + upload % ("a", "third"))
        until(page.locator("#outputs .row", has_text="a.txt").count, 1)
        until(cell.inner_text, "0.90")
        expect(page.locator("#charts .steps output")).to_have_text("step 1 of 1")
        until(body.inner_text, "second")
        expect(page.locator("#outputs .row[aria-current]")).to_have_attribute("title", "c.txt")
        page.locator("#outputs .row", has_text="a.txt").click()
        until(body.inner_text, "third")
        ended(seen)


def test_sections_that_were_not_there_come_with_their_tools(
    browser: Browser, tmp_path: Path, training: Training
) -> None:
    with started(*runpages("watch", tmp_path / "runs", "-o", tmp_path / "site", "--every", "0.3")):
        until(lambda: (tmp_path / "site" / f"e/live/{training.id}.html").exists(), True)
        with hurried(browser, (tmp_path / "site").as_uri() + "/") as seen:
            page = begin(seen, training)
            expect(page.locator("#metrics")).to_have_count(0)
            training.do("train(300)")
            body = loss(page).locator(".card-body")
            body.hover()
            loss(page).locator(LIVE).first.wait_for()
            expect(page.locator("#metrics > .toolbar:visible, .rail a[href='#metrics']")).to_have_count(2)
            loss(page).locator("details.points summary").click()
            until(lambda: loss(page).locator("tbody tr").count(), 300)
            training.do("run.log('other', 1); run.log('other', 2); train(1)")
            page.locator('.metric[data-name="other"] .card-body').hover()
            page.locator(f'.metric[data-name="other"] {LIVE}').first.wait_for()
            until(lambda: loss(page).locator("tbody tr").count(), 301)
            loss(page).locator(".card-body").hover()
            loss(page).locator("[data-act=enlarge]").click()
            page.locator("#large[open] .live").wait_for()
            training.do("train(9)")
            until(lambda: page.locator("#large .card-body").evaluate(POINTS), 310)
            page.locator("#large [data-close]").click()
            loss(page).locator(".live").wait_for()
            expect(page.locator(".log")).to_have_css("font-family", re.compile("mono"))
            ended(seen)


def test_children_of_a_run_come_and_end(browser: Browser, site: str, training: Training) -> None:
    with hurried(browser, site) as seen:
        page = begin(seen, training)
        rows = page.locator("#children tbody tr")

        def states() -> list[list[str]]:
            return [row.split()[:2] for row in rows.all_inner_texts()]

        training.do("child = run.child_run('first'); child.log('loss', 0.5)")
        until(states, [["first", "Running"]])
        training.do("child.complete(); child = run.child_run('second')")
        until(states, [["first", "Completed"], ["second", "Running"]])
        training.do("child.complete(); run.complete()")
        until(states, [["first", "Completed"], ["second", "Completed"]])
        expect(page.locator("#rail-children .count")).to_have_text("2")
        ended(seen)


def test_a_page_that_nobody_sees_asks_for_nothing(browser: Browser, site: str, training: Training) -> None:
    hide = (
        "state => { Object.defineProperty(document, 'hidden', { value: state, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    with hurried(browser, site) as seen:
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        page = begin(seen, training)
        page.wait_for_event("request", lambda request: "build.js?t=" in request.url)
        page.evaluate(hide, True)
        training.do("train(3)")

        def asks() -> list[str]:
            """What the page asks for in a while that is longer than three of its rests."""
            asked.clear()
            page.wait_for_timeout(1000)
            return asked

        # What it was asking for as it was hidden still comes.
        until(asks, [])
        page.evaluate(hide, False)
        until(lambda: last_line(page), "epoch with 8 steps")
        ended(seen)


def test_over_a_server_that_builds(browser: Browser, tmp_path: Path, training: Training) -> None:
    training.do("train(5)")
    command = runpages("serve", tmp_path / "site", "--watch", "--workspace", tmp_path / "runs", "--port", "0")
    with started(*command) as process:
        assert process.stdout
        lines = iter(process.stdout.readline, "")
        line = next(line for line in lines if line.startswith("Serving"))
        with hurried(browser, line.split(" at ")[1].split()[0]) as seen:
            page = begin(seen, training)
            training.do("train(3)")
            until(lambda: last_line(page), "epoch with 8 steps")
            training.do("run.fail('it burst')")
            page.locator(".callout.bad", has_text="it burst").wait_for()
            ended(seen)


def test_without_scripts_it_is_the_page_that_was_built(browser: Browser, site: str, training: Training) -> None:
    with visit(browser, site, java_script_enabled=False) as seen:
        page = seen.open(f"e/live/{training.id}.html")
        expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
        assert last_line(page) == "epoch with 5 steps"
        assert seen.problems == []


def test_a_run_that_has_ended_loads_nothing_for_it(browser: Browser, tmp_path: Path, training: Training) -> None:
    training.do("train(5); run.complete()")
    build(tmp_path / "runs", tmp_path / "site", now=time.time(), version="1")
    with hurried(browser, (tmp_path / "site").as_uri() + "/") as seen:
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        page = begin(seen, training)
        page.wait_for_timeout(1000)
        assert not [url for url in asked if "?t=" in url or "/live." in url]
        assert not list((tmp_path / "site").rglob("live.js"))
        ended(seen)


@pytest.mark.firefox
def test_firefox_takes_in_what_is_new_from_a_disk(tmp_path: Path, site: str, training: Training) -> None:
    (tmp_path / "firefox").mkdir()
    with start(tmp_path / "firefox") as firefox:
        firefox.open(site + f"e/live/{training.id}.html")
        firefox.evaluate("() => { window.marker = 'here'; }")
        training.do("train(3)")
        until(lambda: firefox.evaluate("() => [...document.querySelectorAll('.log li')].at(-1).textContent.trim()"),
              "epoch with 8 steps")  # fmt: skip
        training.do("run.complete()")
        until(lambda: firefox.evaluate("() => document.querySelector('.badge').textContent"), "Completed")
        until(lambda: firefox.evaluate("() => window.marker"), "here")
        firefox.listen()
        assert firefox.problems == []
