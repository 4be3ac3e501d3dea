"""``python -m runpages``: the command line, which is in the package ``runpages_site``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; where only the logger is there, say what to install."""
    try:
        from runpages_site.cli import main as run
    except ModuleNotFoundError as error:
        if error.name != "runpages_site":
            raise
        sys.exit("runpages: the command line is not installed, only the logger. Install it: pip install runpages")
    run()


if __name__ == "__main__":  # Worker processes import this module as well.
    main()
