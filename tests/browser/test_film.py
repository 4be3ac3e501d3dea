"""A real training is filmed by its open page, from the disk: points come while it runs."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.film import film, show, trained
from tests.browser.visit import HURRY


def test_points_come_while_a_training_runs(browser: Browser, tmp_path: Path) -> None:
    with trained(tmp_path, 0.25) as address:
        assert address.startswith("file:")
        page = show(browser, address, HURRY, viewport={"width": 1440, "height": 900})
        frames = list(film(page))
        page.close()
    points, states = [frame.points for frame in frames], [frame.state for frame in frames]
    assert (points[-1], states[0], states[-1]) == (30, "Running", "Completed")
    assert points == sorted(points)
    assert len({frame.picture for frame in frames if frame.state == "Running"}) >= 3, points
