"""`runpages serve` as a real browser sees it: below a path, with logged pages, and from the pages of another site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import TypeVar
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

import runpages
from runpages_site.build import build
from runpages_site.serve.server import listen
from tests.browser.conftest import Handler, Site
from tests.browser.extremes import picture
from tests.browser.visit import visit

ATTACK = """<!doctype html><title>another site</title><a href="SITE/index.html">a link</a>
<script>
const seen = [];
window.runpages = { put: () => seen.push("script") };
function load(tag, attribute, path, more) {
  return new Promise(function (done) {
    const element = Object.assign(document.createElement(tag), more);
    const loaded = () => done(seen.push(tag));
    // A frame that was refused loads as well: a page of the browser's own, which the test tells from the site's.
    if (tag === "iframe") element.onload = done;
    else Object.assign(element, { onload: loaded, onloadedmetadata: loaded, onerror: done });
    element[attribute] = "SITE/" + path;
    document.body.append(element);
  });
}
const ask = (path, how) => fetch("SITE/" + path, how).then(() => seen.push("fetch"), () => {});
addEventListener("load", async function () {
  await Promise.all([
    load("script", "src", "search.js", {}),
    load("script", "src", "search.js", { referrerPolicy: "no-referrer" }),
    load("script", "src", "search.js", { crossOrigin: "anonymous" }),
    load("img", "src", "PICTURE", {}),
    load("audio", "src", "SOUND", {}),
    load("link", "href", "STYLE", { rel: "stylesheet" }),
    load("iframe", "src", "index.html", {}),
    ask("search.js", {}),
    ask("search.js", { mode: "no-cors" }),
  ]);
  document.title = "over";
});
</script>
"""

S = TypeVar("S", bound=ThreadingHTTPServer)


@contextmanager
def running(server: S) -> Iterator[S]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def folder_served(folder: Path) -> ThreadingHTTPServer:
    """A server that answers everybody, as most do."""
    return ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))


def only(site: Path, pattern: str) -> str:
    """The address of the one file of its kind."""
    (found,) = site.glob(pattern)
    return quote(found.relative_to(site).as_posix())


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a run that logged a page, a picture and a sound."""
    folder = tmp_path_factory.mktemp("serve")
    with runpages.start("demo", name="run", root=folder / "runs") as run:
        run.log_html("report", "<h1>A logged page</h1><script>document.body.textContent = 'ran'</script>")
        run.log_image("square", picture())
        run.log_audio("tone", np.zeros(800), 8000)
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def attack(site: Path, url: str) -> str:
    """A page that tries to get at the files of a site that is served at a URL."""
    paths = {
        "SITE/": url,
        "PICTURE": only(site, "e/demo/*/images/**/*.png"),
        "SOUND": only(site, "e/demo/*/media/**/*.wav"),
        "STYLE": only(site, "assets/runpages.*.css"),
    }
    page = ATTACK
    for word, path in paths.items():
        page = page.replace(word, path)
    return page


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_of_another_site_gets_nothing(
    browser: Browser, logged: Path, tmp_path: Path, name: str, is_ours: bool
) -> None:
    served = listen(logged, port=0) if is_ours else folder_served(logged)
    with running(served), running(folder_served(tmp_path)) as other:
        home = f"http://127.0.0.1:{served.server_address[1]}/"
        (tmp_path / "index.html").write_text(attack(logged, home))
        with visit(browser, f"http://{name}:{other.server_address[1]}/") as seen:
            page = seen.open("")
            page.wait_for_function("document.title === 'over'")
            framed = [frame for frame in page.frames[1:] if frame.locator("link[href^=assets]").count()]
            got = {*page.evaluate("seen"), *("frame" for _ in framed)}
            assert got == (set() if is_ours else {"script", "img", "audio", "link", "fetch", "frame"})
            page.get_by_text("a link").click()
            page.wait_for_url(f"{home}index.html")
            assert page.locator("h1:visible").count() == 1


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_logged_page_is_seen_at_a_click(browser: Browser, logged: Path, scheme: str) -> None:
    with running(listen(logged, port=0)) as server:
        home = server.url if scheme == "http" else f"{logged.as_uri()}/"
        with visit(browser, home) as seen:
            page = seen.open(only(logged, "e/demo/2*.html"))
            page.get_by_text("Preview (scripts disabled)").click()
            expect(page.frame_locator("iframe[sandbox]").frame_locator("iframe").locator("h1")).to_have_text(
                "A logged page"
            )
            assert [problem for problem in seen.problems if "script" not in problem] == []


@pytest.mark.parametrize("site", ["example"], indirect=True)
def test_a_served_site_opens_below_a_path(browser: Browser, site: Site) -> None:
    with running(listen(site.tree.root, port=0, path="/user/repo/")) as server, visit(browser, server.url) as seen:
        for place in site.tree.pages:
            assert seen.open(quote(place)).locator("h1:visible").count() == 1, place
        assert seen.problems == []
        seen.page.goto(server.url.removesuffix("user/repo/"))
        assert seen.page.url == server.url
