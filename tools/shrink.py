"""The built-in theme's scripts with short names for what is local: `python tools/shrink.py`, after each change of one.

Terser, which comes from npm, makes each script of `js/` and `later/` small; the result lies in `small/`, with the hash
of the script that it was made of. A build takes the small one of a script that has this hash, so a script that was
changed, or is a workspace's own, is taken as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent
THEME = ROOT / "themes" / "runpages_themes" / "default"
TERSER = ROOT / ".venv" / "npm" / "node_modules" / ".bin" / "terser"
OPTIONS = ("--ecma", "2020", "--compress", "passes=3,ecma=2020,unsafe_arrows=true,hoist_props=true", "--mangle")
PARTS = ("js", "later")


def main() -> None:
    """Make all of them anew."""
    if not TERSER.is_file():
        sys.exit(f"{TERSER} is not there; make html-check brings it")
    small = THEME / "small"
    hashes = {}
    for part in PARTS:
        (small / part).mkdir(parents=True, exist_ok=True)
        for script in sorted((THEME / part).glob("*.js")):
            name = f"{part}/{script.name}"
            done = subprocess.run([TERSER, script, *OPTIONS], capture_output=True, check=True)
            (small / name).write_bytes(done.stdout.strip() + b"\n")
            hashes[name] = sha256(script.read_bytes()).hexdigest()
    for left in {f"{path.parent.name}/{path.name}" for path in small.glob("*/*.js")} - hashes.keys():
        (small / left).unlink()
    (small / "sources.json").write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
