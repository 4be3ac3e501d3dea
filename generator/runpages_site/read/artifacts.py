"""The content of a run's files that its page shows. Only what is published is read."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from runpages.format import files as run_files
from runpages.format import layout
from runpages.format.records import File, RunRecord

from ..model import FileText, RunTexts
from . import content, publish_filter
from .snapshot import read_snapshot

LARGEST_ZIP = 20_000_000
"""Bytes of all files together up to which there is a zip of them: it takes their room once more."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that the format can spell."""

_PACKED = (
    ".7z", ".avif", ".bz2", ".flac", ".gif", ".gz", ".jpeg", ".jpg", ".m4a", ".mp3", ".mp4", ".npz", ".ogg",
    ".parquet", ".png", ".pt", ".pth", ".webm", ".webp", ".whl", ".xz", ".zip", ".zst",
)  # fmt: skip


def zip_of(folder: str, files: Mapping[str, str]) -> bytes:
    """A zip of some files of a run folder, given by their name in the zip. Raises OSError where one cannot be read."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, whatever this machine is.
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.lower().endswith(_PACKED) else zipfile.ZIP_DEFLATED
            out.writestr(entry, run_files.content(os.path.join(folder, path)))
    return data.getvalue()


def read_outputs(
    record: RunRecord, files: Sequence[File], published: Mapping[str, str], memory: Path, now: float
) -> tuple[FileText, ...]:
    """Some of the outputs of a run, in the order of ``files``; ``memory`` is a file that knows hashes."""
    shown = content.read_outputs(record, [file for file in files if file.file in published], memory, now)
    known = {file.file: file for file in shown}
    return tuple(known.get(file.file) or _held_back(file) for file in files)


def read_code(record: RunRecord, published: Mapping[str, str], most: int) -> RunTexts:
    """The patch of a run, and up to ``most`` files of its snapshot."""
    snapshot = record.snapshot if record.snapshot and record.snapshot.file in published else None
    patch = publish_filter.patch(record)
    return RunTexts(
        snapshot=read_snapshot(os.path.join(record.folder, snapshot.file), most) if snapshot else None,
        patch=content.read_patch(record.folder, patch) if patch is not None and patch in published else None,
    )


def _held_back(file: File) -> FileText:
    return FileText(file.name, file.file, file.size, why="It is not published")


def zip_outputs(record: RunRecord, published: Mapping[str, str]) -> bytes | None:
    """The published outputs as one zip; None for a single one, and where they are too large, cannot be read, or two
    would have one name."""
    found = [file for file in record.artifacts if file.file in published]
    if len(found) < 2 or sum(file.size for file in found) > LARGEST_ZIP:
        return None
    # No tool takes a backslash for a folder that way.
    names = {file.file.removeprefix(f"{layout.ARTIFACTS}/").replace("\\", "~5c"): file.file for file in found}
    if len(names) < len(found):
        return None
    try:
        return zip_of(record.folder, names)
    except OSError:
        return None
