"""Makes run folders of whole files, of those whose files are in pieces as in object storage."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress

from runpages.format.files import blocks, entries_below
from runpages.format.pieces import has_pieces, join, piece_of


def is_in_pieces(folder: str) -> bool:
    """Whether a file of a run has pieces."""
    return has_pieces(path for path, _ in entries_below(folder, refused=_pass))


def _pass(error: OSError) -> None:
    """Go on after a folder that cannot be listed: reading the run reports it."""


def put_joined(source: str, folder: str, bring: Callable[[str, str], None]) -> None:
    """Make a run folder of another one, with whole files in place of their pieces. Raises OSError."""
    os.makedirs(folder)
    by_folder: dict[str, list[tuple[str, int]]] = {}
    for path, is_folder in entries_below(source, refused=_pass):
        if is_folder:
            os.makedirs(os.path.join(folder, path), exist_ok=True)
        else:
            by_folder.setdefault(os.path.dirname(path), []).append((path, os.lstat(f"{source}/{path}").st_size))
    for above, files in by_folder.items():
        os.makedirs(os.path.join(folder, above), exist_ok=True)
        joined = join(files)
        # What is not read is there still, to be reported.
        torn = {problem.file for problem in joined.problems}
        kept = [path for path, _ in files if (piece := piece_of(path)) and piece.whole in torn]
        for path in [*kept, *(path for path, _ in joined.files if path not in joined.parts)]:
            _bring_any(f"{source}/{path}", os.path.join(folder, path), bring)
        for path, parts in joined.parts.items():
            with open(os.path.join(folder, path), "xb") as file:
                file.writelines(blocks(source, parts))
            newest = max((os.stat(f"{source}/{part.path}").st_mtime_ns for part in parts), default=0)
            os.utime(os.path.join(folder, path), ns=(newest, newest))


def _bring_any(source: str, place: str, bring: Callable[[str, str], None]) -> None:
    """Bring a file; what is none, such as a link or a pipe, comes as it is, to be reported."""
    if stat.S_ISREG(os.lstat(source).st_mode):
        bring(source, place)
    else:
        with suppress(OSError):
            os.link(source, place, follow_symlinks=False)
