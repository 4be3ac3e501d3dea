"""The logs of scripts that print too much, or nothing for people, on the pages of their runs; from a disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, expect

from runpages import Experiment, Run, ScriptRunConfig, Workspace
from runpages_site.build import build
from runpages_site.write.run_files import KEPT_BYTES
from tests.browser.visit import Visit, visit

MUCH = KEPT_BYTES + (4 << 20)
"""More than is kept beside the file."""

FLOOD = f"""
import sys
printed = number = 0
while printed < {MUCH}:
    number += 1
    color = "\\x1b[3%dm" % (number % 8) if number % 10 == 0 else ""
    printed += sys.stdout.write(f"{{color}}step {{number}} loss {{1 / number:.6f}} of an epoch that takes its time\\n")
sys.stdout.write("\\x1b[0mthe last of all lines\\n")
"""
RUBBISH = """
import os, random
random.seed(1)
for _ in range(20): os.write(1, random.randbytes(100_000))
os.write(1, b"\\nafter the rubbish\\n")
"""
LINE = f"""
import os
for number in range({MUCH} // 100_000): os.write(1, b"%09d " % number * 10_000)
os.write(1, b"the end of it")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("submitted")


@pytest.fixture(scope="module")
def runs(folder: Path) -> dict[str, Run]:
    """A run of each script, in a site."""
    source = folder / "source"
    source.mkdir()
    experiment = Experiment(Workspace(root=folder / "runs"), "demo")
    found = {}
    for name, text in (("flood", FLOOD), ("rubbish", RUBBISH), ("line", LINE)):
        (source / "train.py").write_text(text)
        found[name] = experiment.submit(ScriptRunConfig(source, "train.py"))
        assert found[name].wait_for_completion()["status"] == "Completed"
    build(folder / "runs", folder / "site", now=time(), version="1")
    return found


@pytest.fixture
def seen(browser: Browser, folder: Path) -> Iterator[Visit]:
    with visit(browser, (folder / "site").as_uri() + "/") as opened:
        yield opened
        assert opened.problems == []


def log(seen: Visit, run: Run) -> Locator:
    card = seen.open(f"e/demo/{run.id}.html").locator(".log-card")
    card.hover()  # Its tools come when it is touched.
    return card


def find(card: Locator, text: str) -> Locator:
    """Find a text; gives what is told of it."""
    card.get_by_placeholder("Find in log").fill(text)
    return card.locator("output")


def test_the_end_of_a_flood_is_shown_and_found(seen: Visit, runs: dict[str, Run]) -> None:
    card = log(seen, runs["flood"])
    expect(card.locator("li")).to_have_count(500)
    expect(card.locator("li").last).to_have_text("the last of all lines")
    expect(find(card, "last of all")).to_have_text("1 of 1 line")
    expect(card.locator(".at")).to_have_text("the last of all lines")
    last = int(str(card.locator(".at").get_attribute("id")).split("-L")[1])
    # One that is not on the page yet, and one that is only in the file.
    expect(find(card, f"step {last - 50_000} ")).to_have_text("1 of 1 line")
    expect(find(card, "step 1 ")).to_have_text("No matches")
    expect(card.locator(".log-before")).to_contain_text("are in the file only, not searched")


def test_rubbish_is_shown_as_far_as_it_can_be(seen: Visit, runs: dict[str, Run]) -> None:
    card = log(seen, runs["rubbish"])
    expect(find(card, "after the rubbish")).to_have_text("1 of 1 line")


def test_of_a_line_without_an_end_the_end_is_shown(seen: Visit, runs: dict[str, Run]) -> None:
    card = log(seen, runs["line"])
    expect(card.locator("li")).to_have_count(1)
    expect(card.locator("li")).to_contain_text("the end of it")
    expect(find(card, "the end of it")).to_have_text("1 of 1 line")
