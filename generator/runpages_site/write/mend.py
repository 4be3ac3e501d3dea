"""Repairs files of a workspace, after what is changed or removed has been kept beside the runs."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection
from pathlib import Path

from runpages.format import layout
from runpages.format.files import open_file
from runpages.format.write import replace

COPIES = f"{layout.STATE}/doctor"
"""The folder in a workspace where copies are kept: a folder for each repair, with the same paths as the workspace."""


def set_aside(workspace: Path, path: str, copies: Path) -> None:
    """Move a file or folder to the copies. Raises OSError."""
    place = copies / path
    place.parent.mkdir(parents=True, exist_ok=True)
    os.rename(workspace / path, place)


def begin_document(workspace: Path, path: str, content: bytes, copies: Path) -> None:
    """Keep a document among the copies, and put another one in its place. Raises OSError and StorageError."""
    place = copies / path
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(workspace / path, place)
    replace(str(workspace / path), content)


def remove_lines(workspace: Path, path: str, lines: Collection[int], copies: Path) -> None:
    """Remove lines of a file, counted from 1, which are kept in the copies. Raises OSError and StorageError."""
    place = copies / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        shutil.copy2(workspace / path, place)
    with open_file(workspace / path) as file:
        kept = [line for number, line in enumerate(file, 1) if number not in lines]
        facts = os.fstat(file.fileno())
    replace(str(workspace / path), b"".join(kept))
    os.utime(workspace / path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def make_readable(workspace: Path, path: str) -> None:
    """Let the owner read a file, or list a folder. Raises OSError."""
    place = workspace / path
    mode = stat.S_IMODE(place.stat().st_mode)
    place.chmod(mode | stat.S_IRUSR | (stat.S_IXUSR if place.is_dir() else 0))
