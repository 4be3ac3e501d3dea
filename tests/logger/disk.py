"""A disk of 4 MiB that one script mounts, fills and makes read-only, and that nobody else sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
DISK = "disk"
SIZE = 8 << 20


def on_its_own_disk(here: Path, text: str) -> None:
    """Run a script that may mount, in the folder `here`; it has to end with exit code 0.

    Skips the test where nobody may mount. The script can import from `tests`.
    """
    place = here / "script.py"
    place.write_text(text, encoding="utf-8")
    command = [*_own_mounts(), sys.executable, str(place)]
    paths = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def _own_mounts() -> list[str]:
    """The command in which a process may mount a disk that nobody else sees."""
    import pytest

    for command in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    raise pytest.skip.Exception("this machine lets nobody mount a small disk")


# --- in such a script --------------------------------------------------------------------------------------


def mount() -> None:
    """Mount the disk in the working folder; a mount that failed would let the script fill the real one."""
    os.mkdir(DISK)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", DISK], check=True)
    _assert_mounted()


def remount(how: str) -> None:
    """Make the disk read-only (`ro`) or writable again (`rw`)."""
    _assert_mounted()
    subprocess.run(["mount", "-o", f"remount,{how}", DISK], check=True)
    assert bool(os.statvfs(DISK).f_flag & os.ST_RDONLY) == (how == "ro")


@contextmanager
def room(pages: int) -> Iterator[None]:
    """Within, the disk has as many free pages and no more."""
    _assert_mounted()
    facts = os.statvfs(DISK)
    ballast = Path(DISK, "ballast")
    ballast.write_bytes(bytes((facts.f_bavail - pages) * facts.f_bsize))
    assert os.statvfs(DISK).f_bavail == pages
    try:
        yield
    finally:
        ballast.unlink()


def _assert_mounted() -> None:
    facts = os.statvfs(DISK)
    assert os.path.ismount(DISK)
    assert facts.f_blocks * facts.f_frsize == SIZE
