"""How many files a full build opens: `site_opens.py WORKSPACE SITE` prints it beside how many it reads and writes.

Counted are the files of the workspace and of the site, by what Python says of each call that opens one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from runpages_site.build import build


def main() -> None:
    """Build, and print the figures as JSON."""
    workspace, site = (Path(argument).resolve() for argument in sys.argv[1:])
    roots = (str(workspace), str(site.parent))
    opened: list[tuple[str, bool]] = []

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not isinstance(arguments[0], int):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            if path.startswith(roots):
                opened.append((path, bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))))

    sys.addaudithook(note)
    build(workspace, site, now=time.time(), version="1")
    read = {path for path, writes in opened if not writes and path.startswith(roots[0])}
    written = {path for path, writes in opened if writes}
    print(json.dumps({"opened": len(opened), "files": len(read) + len(written)}))


if __name__ == "__main__":
    main()
