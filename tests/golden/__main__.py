"""`python -m tests.golden accept`: take the present site of the example as the right one."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.golden.golden import ROOT, accept, actual


def main() -> None:
    if sys.argv[1:] != ["accept"]:
        sys.exit(str(__doc__))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "site-example" / "runs", Path(folder) / "runs")
        accept(actual(Path(folder) / "runs", Path(folder) / "site"))
    print("Accepted. Read the difference before committing it: git diff tests/golden")


main()
