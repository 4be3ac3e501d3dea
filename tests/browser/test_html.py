"""Every built page is valid HTML, as the checker of the standard sees it: the Nu Html Checker, which needs Java.

Its errors count, its warnings do not. `make html-check` gets the checker and runs this, `make test` leaves it out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.browser.conftest import Site

pytestmark = pytest.mark.validity

CHECKER = Path(sys.prefix) / "npm" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# The checker's schema needs a deep stack.
OPTIONS = ("-Xss8m", "-jar", str(CHECKER), "--stdout", "--errors-only", "--no-langdetect", "--format", "json")
NO_CHECKER = f"The Nu Html Checker is not installed: {CHECKER} is missing. Run: make html-check"
NO_JAVA = "The Nu Html Checker needs Java and found none. On Debian: apt-get install default-jre-headless."
# Pages by name, with what is told of each.
BODIES = {
    "good & fine.html": ("<p>text</p>", ""),
    "odd & #1.html": ("<ul><p>no item</p></ul>", "“p” not allowed as child of element “ul”"),
    "twice.html": ("<p id='a'>one</p><p id='a'>two</p>", "Duplicate ID “a”"),
    "role.html": ("<p role='nothing'>text</p>", "Bad value “nothing” for attribute “role”"),
    "drawing.html": ("<svg><path d='M 1 1 Q'/></svg>", "Bad value “M 1 1 Q” for attribute “d”"),
}
TEXT = '<!doctype html><html lang="en"><head><title>A page</title></head><body><main>{}</main></body></html>'


def errors(root: Path, pages: Sequence[str]) -> list[str]:
    """The errors of pages below a folder, one line each; a test fails with what to do where the checker is missing."""
    java = shutil.which("java")
    if not java:
        pytest.fail(NO_JAVA, pytrace=False)
    if not CHECKER.exists():
        pytest.fail(NO_CHECKER, pytrace=False)
    for page in pages:
        (root / page).stat()  # The checker is silent about files that are not there.
    done = subprocess.run([java, *OPTIONS, *pages], cwd=root, capture_output=True, text=True)
    try:
        messages = json.loads(done.stdout)["messages"]
    except ValueError:
        pytest.fail(f"The Nu Html Checker ended with {done.returncode}:\n{done.stdout}{done.stderr}", pytrace=False)
    return [_line(root, message) for message in messages]


def _line(root: Path, message: dict[str, Any]) -> str:
    # What is wrong with the checker and not with a page has no place.
    place = unquote(message.get("url", "")).removeprefix(f"file:{root.resolve()}/")
    extract = " ".join(message.get("extract", "").split())
    return f"{place}:{message.get('lastLine', 0)}: {message['message']} {extract}"


def test_every_page_is_valid(site: Site) -> None:
    assert "\n".join(errors(site.tree.root, site.tree.pages)) == ""


def test_what_is_not_valid_is_told(tmp_path: Path) -> None:
    for place, (body, _) in BODIES.items():
        (tmp_path / place).write_text(TEXT.format(f"<h1>Title</h1>{body}"), encoding="utf-8")
    found = errors(tmp_path, list(BODIES))
    for place, (_, error) in BODIES.items():
        told = [line for line in found if line.startswith(f"{place}:1: ")]
        assert len(told) == bool(error), told
        assert all(error in line for line in told), told


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        errors(tmp_path, ["gone.html"])
