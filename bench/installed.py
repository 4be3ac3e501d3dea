"""Virtual environments of peers, one for each, which are kept for the next time."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

LIMIT = 1800
VENVS = Path(tempfile.gettempdir()) / "runpages-bench-peers"


def environment(name: str, needs: Sequence[str], venvs: Path) -> str:
    """The interpreter of an environment that has what is needed, made if it is not there; raises OSError if not."""
    folder = venvs / name
    python, stamp = folder / "bin/python", folder / "installed.txt"
    wanted = " ".join([platform.python_version(), *needs])
    if not (stamp.exists() and stamp.read_text() == wanted):
        print(f"installing {name} into {folder}", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        printed([sys.executable, "-m", "venv", str(folder)])
        printed([str(python), "-m", "pip", "install", "--quiet", *needs])
        stamp.write_text(wanted)
    return str(python)


def printed(command: Sequence[str]) -> str:
    """What a command prints; raises OSError with its reason if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise OSError(f"not done after {LIMIT} s") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise OSError(next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "no reason"))
    return done.stdout.strip()


def version(python: str, package: str) -> str:
    """The version of a package in an environment."""
    return printed([python, "-c", f"import importlib.metadata as m; print(m.version({package!r}))"])
