"""`runpages serve` below a path, as a real browser sees it."""

from __future__ import annotations

import threading
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from runpages_site.serve import listen
from tests.browser.conftest import Site
from tests.browser.visit import visit


@pytest.mark.parametrize("site", ["example"], indirect=True)
def test_a_served_site_opens_below_a_path(browser: Browser, site: Site) -> None:
    with listen(site.tree.root, port=0, path="/user/repo/") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with visit(browser, server.url) as seen:
                for place in site.tree.pages:
                    assert seen.open(quote(place)).locator("h1:visible").count() == 1, place
                assert seen.problems == []
                seen.page.goto(server.url.removesuffix("user/repo/"))
                assert seen.page.url == server.url
        finally:
            server.shutdown()
            thread.join()
