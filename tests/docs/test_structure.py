"""docs/explained/architecture.md names every module at the top of a package, and its measures are those of today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.modules import ROOT
from tools import structure

PLACE = ROOT / "docs" / "explained" / "architecture.md"
CHANGES = ROOT / "docs" / "how-to" / "change-the-code.md"


def test_the_measures_are_those_of_today() -> None:
    text = PLACE.read_text("utf-8")
    today = structure.document(text, structure.measures(len(structure.entered_files())))
    assert text == today, "the table is old: python tools/structure.py --write docs/explained/architecture.md"


def test_the_measures_are_written_between_their_marks() -> None:
    table = structure.document(f"a\n{structure.BEGIN}\nold\n{structure.END}\nb\n", {"modules": (9, "10")})
    assert table.startswith(f"a\n{structure.BEGIN}\n\n| measure |")
    assert table.endswith(f"\n| modules | 9 | 10 |\n\n{structure.END}\nb\n")
    with pytest.raises(ValueError, match="lacks"):
        structure.document("no marks", {})


@pytest.mark.parametrize("package", ["logger/runpages/", "generator/runpages_site/"])
def test_every_room_is_in_the_table_of_its_package(package: str) -> None:
    table = PLACE.read_text("utf-8").partition(f"| in `{package}` |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    named = sorted(name.rstrip("/") for cell in cells for name in re.findall(r"`([^`]+)`", cell))
    there = sorted(
        path.stem for path in (ROOT / package).iterdir() if not path.name.startswith("__") and _is_room(path)
    )
    assert named == there


def test_what_the_table_of_the_theme_names_is_there() -> None:
    folder = ROOT / "themes" / "runpages_themes" / "default"
    table = PLACE.read_text("utf-8").partition("| in `themes/runpages_themes/default/` |")[2].partition("\n\n")[0]
    named = [name for line in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert len(named) > 5
    assert [name for name in named if not (folder / name).exists()] == []


def _is_room(path: Path) -> bool:
    return path.suffix == ".py" or path.is_dir()


def test_the_files_of_the_worked_changes_are_there() -> None:
    named = re.findall(r"`((?:logger|generator|tests|docs)/[\w./-]+)`", CHANGES.read_text("utf-8"))
    assert len(named) > 25
    assert [name for name in named if not (ROOT / name).exists()] == []
