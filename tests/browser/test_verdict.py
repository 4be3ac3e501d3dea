"""The verdicts that the browser computes are those of Python."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from runpages.format import verdict

SCRIPT = Path(__file__).parents[2] / "themes/runpages_themes/default/scripts/deferred/verdict.js"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.evaluate("() => { window.runpages = {}; }")
    page.add_script_tag(content=SCRIPT.read_text("utf-8"))
    return page


def group(draw: random.Random, size: int) -> list[float]:
    place, width = draw.choice([0.0, 1.0, 30.0]), 10 ** draw.uniform(-3, 3)
    values = [place * width + draw.gauss(0, width) for _ in range(size)]
    return [round(value, 2) for value in values] if draw.random() < 0.2 else values


def cases(count: int) -> list[dict[str, Any]]:
    """Groups of all sizes, some with equal values, with every way to ask for verdicts."""
    draw = random.Random(3)
    found = []
    for _ in range(count):
        sizes = [draw.choice([0, 1, 2, 3, 4, 5, 6, 9, 40]) for _ in range(draw.randint(1, 4))]
        groups = {f"g{index}": group(draw, size) for index, size in enumerate(sizes)}
        reference = group(draw, draw.choice([1, 3, 4, 7, 30]))
        goal, tolerance = draw.choice(["min", "max", None]), draw.choice([None, 0.0, 0.5, 100.0])
        pairs = {name: list(zip(values, reference, strict=False)) for name, values in groups.items()}
        found.append({"groups": groups, "reference": reference, "goal": goal, "tolerance": tolerance,
                      "pairs": pairs if draw.random() < 0.3 else None})  # fmt: skip
    found.append({"groups": {"a": [1.0] * 4, "b": [2.0] * 5}, "reference": [1.0] * 4, "goal": "max",
                  "tolerance": None, "pairs": None})  # fmt: skip
    return found


def assert_close(theirs: Any, ours: Any, path: str, scale: float) -> None:
    if isinstance(ours, dict):
        assert theirs.keys() == ours.keys(), path
        for key, value in ours.items():
            assert_close(theirs[key], value, f"{path}.{key}", scale)
    elif isinstance(ours, float):
        assert math.isclose(theirs, ours, rel_tol=1e-9, abs_tol=1e-12 * scale), (path, theirs, ours)
    else:
        assert theirs == ours, (path, theirs, ours)


def plain(found: verdict.Verdict) -> dict[str, Any]:
    return found._asdict() | {"interval": found.interval and found.interval._asdict()}


def test_the_verdicts_are_those_of_python(page: Page) -> None:
    asked = cases(300)
    theirs = page.evaluate(
        "cases => cases.map(({groups, reference, ...how}) => runpages.verdict.verdicts(groups, reference, how))", asked
    )
    words = set()
    for number, (case, found) in enumerate(zip(asked, theirs, strict=True)):
        ours = {name: plain(one) for name, one in verdict.verdicts(**case).items()}
        words |= {one["word"] for one in ours.values()}
        scale = max(
            map(abs, [1.0, *case["reference"], *(value for values in case["groups"].values() for value in values)])
        )
        assert_close(found, ours, str(number), scale)
    assert words == {"better", "worse", "same", "unknown"}


def test_the_other_figures_are_those_of_python(page: Page) -> None:
    draw = random.Random(5)
    for _ in range(40):
        a, b = (group(draw, draw.randint(1, 7)) for _ in "ab")
        effect, goal = abs(draw.gauss(0, 1)) * max(map(abs, a)), draw.choice(["min", "max"])
        found = page.evaluate(
            """([a, b, effect, goal]) => { const { exact, wins, seeds, spread } = runpages.verdict;
            return [exact(a, b), wins(a, b, goal), seeds(spread(a), spread(b), effect)]; }""",
            [a, b, effect, goal],
        )
        ours = [verdict.exact(a, b), verdict.wins(a, b, goal)._asdict()]
        assert found == [*ours, verdict.seeds(verdict.spread(a), verdict.spread(b), effect)]


def test_a_spread_is_that_of_python(page: Page) -> None:
    draw = random.Random(4)
    groups = [group(draw, 1000), [1e16, 1.0, -1e16], [5.0]]
    for values, found in zip(
        groups, page.evaluate("groups => groups.map(runpages.verdict.spread)", groups), strict=True
    ):
        ours = verdict.spread(values)._asdict()
        if math.isnan(ours["sd"]):
            assert math.isnan(found.pop("sd")) and math.isnan(ours.pop("sd"))
        assert found == pytest.approx(ours, rel=1e-12)
