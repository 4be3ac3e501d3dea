"""What the documents say works: snippets run, links lead somewhere. The rules are in snippet.py."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.snippet import Snippet, anchors, commands, documents, libraries, links, prints, snippets

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [path.relative_to(ROOT).as_posix() for path in documents(ROOT)]
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
LIMIT = 180
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:home|root|Users|work|workspace|mnt|srv)/\w")


def _environment(home: Path) -> dict[str, str]:
    """That of a new user: `python` and `runpages` on the path, an empty home, no settings of runpages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNPAGES_", "PYTEST_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**kept, "PATH": path, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


def _run(command: list[str], folder: Path, home: Path) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return -1, f"(still running after {LIMIT} s)"
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _failures(snippet: Snippet, place: str, folder: Path, home: Path) -> list[str]:
    if snippet.language == "console":
        lines = [(c.line, ["bash", "-euo", "pipefail", "-c", c.text], c.expected) for c in commands(snippet)]
    elif snippet.language == "bash":
        lines = [(snippet.line, ["bash", "-euo", "pipefail", "-c", snippet.text], [])]
    else:
        script = home / f"line_{snippet.line}.py"
        script.write_text(snippet.text, encoding="utf-8")
        lines = [(snippet.line, [sys.executable, str(script)], [])]
    for line, command, expected in lines:
        code, printed = _run(command, folder, home)
        if code != 0:
            return [f"{place}:{line}: exit code {code}\n{printed}"]
        if not prints(expected, printed):
            return [f"{place}:{line}: printed\n{printed}instead of\n" + "\n".join(expected)]
    return []


def _pages() -> list[Any]:
    """The documents; those that need libraries of users' scripts are run where these are installed."""
    needy = {place for place in DOCUMENTS if libraries((ROOT / place).read_text(encoding="utf-8"))}
    return [pytest.param(place, marks=pytest.mark.libraries if place in needy else ()) for place in DOCUMENTS]


@pytest.mark.parametrize("place", DOCUMENTS)
def test_the_libraries_of_a_page_are_installed_for_its_check(place: str) -> None:
    installed = {re.split(r"[<>=[]", one)[0] for one in GROUPS["libraries"]}
    assert libraries((ROOT / place).read_text(encoding="utf-8")) <= installed


@pytest.mark.parametrize("place", _pages())
def test_snippets_run(place: str, tmp_path: Path) -> None:
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    for snippet in snippets((ROOT / place).read_text(encoding="utf-8")):
        if snippet.left_out is None:
            assert _failures(snippet, place, folder, home) == []


def _dead(place: str, target: str) -> str | None:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None
    path = (ROOT / place).parent / unquote(parts.path) if parts.path else ROOT / place
    if parts.path.startswith("/") or not path.resolve().is_relative_to(ROOT.resolve()):
        return "leaves the project"
    if not path.exists():
        return "is not there"
    if parts.fragment and path.suffix == ".md" and parts.fragment not in anchors(path.read_text("utf-8")):
        return "has no such heading"
    return None


@pytest.mark.parametrize("place", DOCUMENTS)
def test_links_lead_somewhere(place: str) -> None:
    found = [(link, _dead(place, link.target)) for link in links((ROOT / place).read_text(encoding="utf-8"))]
    assert [f"{place}:{link.line}: {link.target} {why}" for link, why in found if why] == []


def test_every_document_is_linked_from_the_readme_in_three_steps() -> None:
    reached = {"README.md"}
    for _ in range(3):
        for place in sorted(reached):
            targets = (urlsplit(link.target) for link in links((ROOT / place).read_text(encoding="utf-8")))
            paths = [(ROOT / place).parent / unquote(one.path) for one in targets if one.path and not one.netloc]
            reached |= {path.resolve().relative_to(ROOT).as_posix() for path in paths} & set(DOCUMENTS)
    assert sorted(set(DOCUMENTS) - reached) == []


@pytest.mark.parametrize("place", DOCUMENTS)
def test_no_path_of_one_machine(place: str) -> None:
    lines = (ROOT / place).read_text(encoding="utf-8").splitlines()
    assert [f"{place}:{number}: {text}" for number, text in enumerate(lines, 1) if MACHINE_PATH.search(text)] == []
