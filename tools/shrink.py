"""The built-in theme's scripts with short names for what is local: `python tools/shrink.py`, after each change of one.

Terser, which comes from npm, makes the scripts that become one file small together; the result lies in `small/`, with
the hash of the scripts that it was made of. A build takes it where the scripts are these, so a theme with a script that
was changed, or with one more, has its scripts as they are.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from runpages_site.theme import asset, theme

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "themes" / "runpages_themes" / "default" / "small"
TERSER = ROOT / ".venv" / "npm" / "node_modules" / ".bin" / "terser"
OPTIONS = ("--ecma", "2020", "--compress", "passes=3,ecma=2020,unsafe_arrows=true", "--mangle")


def main() -> None:
    """Make all of them anew."""
    if not TERSER.is_file():
        sys.exit(f"{TERSER} is not there; make html-check brings it")
    SMALL.mkdir(exist_ok=True)
    known = {}
    for name, scripts in asset.bundled(theme.load().sources()).items():
        done = subprocess.run([TERSER, *OPTIONS], input=b"".join(scripts.values()), capture_output=True, check=True)
        (SMALL / name).write_bytes(done.stdout.strip() + b"\n")
        known[name] = asset.fingerprint(scripts)
    (SMALL / "sources.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
