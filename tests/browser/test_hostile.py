"""A site of a hostile workspace harms nobody: no script runs, no request leaves, no file outside is read.

Every page and every published file is opened, from a disk and from a server that sends types as Apache does.
"""

from __future__ import annotations

import mimetypes
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from runpages_site.build import Report, build
from tests.browser.conftest import answered_by
from tests.browser.firefox import Firefox, start
from tests.browser.hostile import CANARY, write_corpus
from tests.browser.tree import Tree
from tests.browser.visit import Visit, visit
from tests.generator.conftest import NOW

TYPES = mimetypes.MimeTypes()
for ending, kind in {
    **dict.fromkeys((".xhtml", ".xht"), "application/xhtml+xml"),
    **dict.fromkeys((".shtml", ".stm", ".php", ".phtml", ".asp"), "text/html"),
    **dict.fromkeys((".xml", ".xsl", ".xslt"), "application/xml"),
    **dict.fromkeys((".mht", ".mhtml", ".eml"), "message/rfc822"),
    **dict.fromkeys((".mml", ".mathml"), "application/mathml+xml"),
    **dict.fromkeys((".svg", ".svgz"), "image/svg+xml"),
    ".swf": "application/x-shockwave-flash",
}.items():
    TYPES.add_type(kind, ending)

RAN = "() => [String(window.__pwned), document.title === 'pwned', typeof {}.polluted].join()"
NOTHING = "undefined,false,undefined"


class Hostile(NamedTuple):
    """A site of the hostile workspace, where it is served, and what called home."""

    folder: Path
    report: Report
    tree: Tree
    http: str
    called: list[str]

    def origin(self, scheme: str) -> str:
        """The address of the site's root, with a slash at the end."""
        return {"file": self.folder.as_uri() + "/", "http": self.http}[scheme]


class _Apache(SimpleHTTPRequestHandler):
    """Serves a file by the last extension in its name that has a type, and without a type if none has one."""

    def guess_type(self, path: Any) -> str:
        """The type of a file, which may be empty."""
        endings = [f".{one}".lower() for one in Path(path).name.split(".")[1:]]
        return next((kind for one in endings[::-1] if (kind := TYPES.guess_type(f"x{one}")[0])), "")

    def do_GET(self) -> None:
        """Send a file; browsers ask each site for an icon."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            return self.end_headers()
        return super().do_GET()

    def send_header(self, keyword: str, value: str) -> None:
        """Send a header, but no type that is empty."""
        if value:
            super().send_header(keyword, value)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def browser(usual_browser: Browser) -> Browser:
    return usual_browser


@pytest.fixture(scope="module")
def called() -> list[str]:
    """What was asked of the server at home."""
    return []


@pytest.fixture(scope="module")
def home(called: list[str]) -> Iterator[str]:
    class Home(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Stay silent."""

    with answered_by(Home) as address:
        yield address


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, home: str) -> tuple[Path, Report]:
    top = tmp_path_factory.mktemp("hostile")
    write_corpus(top / "work" / "runs", home)
    return top / "site", build(top / "work" / "runs", top / "site", now=NOW, version="1")


@pytest.fixture(scope="module")
def hostile(built: tuple[Path, Report], called: list[str]) -> Iterator[Hostile]:
    folder, report = built
    with answered_by(partial(_Apache, directory=str(folder))) as http:
        yield Hostile(folder, report, Tree(folder), http, called)


def test_nothing_outside_is_read_and_nothing_is_executed(hostile: Hostile) -> None:
    assert hostile.report.faults == {}
    assert not (hostile.folder.parent / "work" / "executed").exists()
    found = []
    for path in hostile.folder.rglob("*"):
        assert path.is_dir() or (path.is_file() and not path.is_symlink()), path
        data = path.read_bytes() if path.is_file() else b""
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                data += b"".join(archive.read(one) for one in archive.infolist() if one.file_size < 1_000_000)
        if CANARY.encode() in data:
            found.append(path)
    assert found == []


def test_the_corpus_is_all_there(hostile: Hostile) -> None:
    runs = {path.name for path in (hostile.folder / "e" / "hostile").glob("*.html")} - {"index.html"}
    assert runs == {f"{name}.html" for name in ("deep", "documents", "links", "media", "outputs", "pipes")}
    endings = {Path(place).suffix for place in candidates(hostile)}
    assert endings >= {".txt", ".htm", ".pdf", ".png", ".gif", ".json", ".csv", ".js", ".zip"}


def candidates(hostile: Hostile) -> list[str]:
    """The published files that could run, which are all with what would run in them; compressed ones as well."""
    runs = re.compile(rb"pwned|^\x1f\x8b", re.MULTILINE)
    files = [place for place in hostile.tree.files if not place.startswith((".runpages", "assets/"))]
    pages = set(hostile.tree.pages)
    data = {place: (hostile.folder / place).read_bytes() for place in files if place not in pages}
    # Of those with the same content and ending, one.
    found = {(Path(place).suffix, content): place for place, content in data.items() if runs.search(content)}
    return list(found.values())


OWN_WORDS = re.compile(r"console error: .*(sandboxed|Content Security Policy)", re.DOTALL)
"""What a browser says when it refuses something to a logged page in its frame."""
REFUSED = re.compile(r"not loaded: (\S+) csp$")


def problems(seen: Visit) -> list[str]:
    """What went wrong, but for what the browser refused to logged pages; no request of these was sent."""
    refused = {f"asked for {found[1]}" for one in seen.problems if (found := REFUSED.search(one))}
    told = {one.partition(": ")[2]: one for one in seen.problems if not (REFUSED.search(one) or OWN_WORDS.search(one))}
    # The viewer of PDF files is a page of the browser.
    return [one for what, one in told.items() if what not in refused and "for chrome" not in what]


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_no_page_runs_or_calls_what_was_logged(browser: Browser, hostile: Hostile, scheme: str) -> None:
    with visit(browser, hostile.origin(scheme)) as seen:
        for place in hostile.tree.pages:
            page = seen.open(quote(place))
            assert page.locator("h1:visible").count() == 1, place
            handle_everything(page)
            assert page.evaluate(RAN) == NOTHING, place
            assert page.url.startswith(hostile.origin(scheme)), place
        assert problems(seen) == []
    assert hostile.called == []


def handle_everything(page: Page) -> None:
    """Open all folds and press the buttons, so that all is loaded that waits for a touch."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for button in page.query_selector_all("main button:visible")[:30]:
        try:
            button.click(force=True, timeout=1_000)
            page.keyboard.press("Escape")
        except PlaywrightError as error:
            # An earlier click hid it.
            if not re.search("not visible|not attached|outside of the viewport|Timeout", error.message):
                raise


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_no_published_file_runs_where_it_is_opened(browser: Browser, hostile: Hostile, scheme: str) -> None:
    with visit(browser, hostile.origin(scheme)) as seen:
        for place in candidates(hostile):
            try:
                page = seen.open(quote(place))
            except PlaywrightError as error:
                assert re.search("Download is starting|ERR_ABORTED", error.message), place
                continue
            assert page.evaluate(RAN) == NOTHING, place
            assert page.url.startswith(hostile.origin(scheme)), place
        assert problems(seen) == []
    assert hostile.called == []


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with start(tmp_path_factory.mktemp("firefox")) as running:
        yield running


@pytest.mark.firefox
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_nothing_runs_in_firefox(firefox: Firefox, hostile: Hostile, scheme: str) -> None:
    for place in (*hostile.tree.pages, *(one for one in candidates(hostile) if not one.endswith((".zip", ".js")))):
        firefox.open(hostile.origin(scheme) + quote(place))
        assert firefox.evaluate(RAN) == NOTHING, place
    assert hostile.called == []
