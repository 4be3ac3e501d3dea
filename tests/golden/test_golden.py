from __future__ import annotations

import difflib
import shutil
from pathlib import Path

from tests.golden.golden import ROOT, TREE, actual, stored

SHOWN = 40


def test_the_example_site_is_the_accepted_one(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "site-example" / "runs", tmp_path / "runs")
    found, wanted = actual(tmp_path / "runs", tmp_path / "site"), stored()
    # The whole pages say what differs; the list of hashes only that something does.
    names = sorted(found.keys() | wanted.keys(), key=lambda name: (name == TREE, name))
    for name in names:
        if found.get(name) != wanted.get(name):
            lines = difflib.unified_diff(
                wanted.get(name, "").splitlines(), found.get(name, "").splitlines(), "accepted", "built", lineterm=""
            )
            shown = "\n".join(line[:300] for line, _ in zip(lines, range(SHOWN), strict=False))
            raise AssertionError(f"{name} differs; if that is right: python -m tests.golden accept\n{shown}")
