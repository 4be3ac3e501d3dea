"""Writes ``data/guild`` with Guild AI itself, and what its own reader finds into ``data/guild/expected.json``.

Run in an environment of its own with ``pip install guildai 'setuptools<81'``: ``python make_guild.py FOLDER``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1]).resolve()
HOME = FOLDER / "home"
TRAIN = """
lr = 0.1
for step, loss in enumerate([1.0, 0.5, 0.3333333, 1e-30]):
    print(f"step: {step}")
    print(f"loss: {loss!r}")
with open("out.txt", "w") as file:
    file.write("kept")
"""
FAIL = 'print("loss: 0.5")\nraise ValueError("the <labels> are missing")\n'


def guild(*words: str) -> str:
    """Call Guild AI in the folder of the scripts."""
    command = [str(Path(sys.executable).with_name("guild")), *words]
    environment = {**os.environ, "GUILD_HOME": str(HOME)}
    return subprocess.run(command, cwd=FOLDER / "project", env=environment, text=True, capture_output=True).stdout


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    HOME.mkdir(parents=True)
    (FOLDER / "project").mkdir()
    (FOLDER / "project/train.py").write_text(TRAIN)
    (FOLDER / "project/fail.py").write_text(FAIL)
    guild("run", "train.py", "lr=0.2", "--label", "first <x>", "--tag", "base", "-y")
    guild("run", "fail.py", "-y")
    expected = {}
    for path in sorted((HOME / "runs").iterdir()):
        rows = json.loads(guild("runs", "info", path.name, "--json", "--all-scalars"))
        expected[path.name] = {"status": rows["status"], "scalars": rows["scalars"]}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1), "utf-8")
    (HOME / "runs").rename(FOLDER / "runs")
    shutil.rmtree(FOLDER / "project")
    shutil.rmtree(HOME)
    # What says where it was written is no part of what is read.
    kept = {"flags", "label", "tags", "started", "stopped", "exit_status"}
    for path in FOLDER.glob("runs/*/.guild/*"):
        if path.name == "attrs":
            for one in path.iterdir():
                if one.name not in kept:
                    one.unlink()
            (path / "env").write_text("SECRET: of-the-environment\n")
        elif path.name == "opref":
            path.write_text(f"script:/project '' '' {path.read_text().split()[-1]}")
        elif not path.name.startswith(("events", "output")):
            path.unlink()
    for path in FOLDER.rglob("output*"):
        path.unlink() if path.name != "output" else path.write_text(path.read_text().replace(str(HOME), "/home"))
