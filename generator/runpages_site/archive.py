"""All kept files of a run as one zip. The same files give the same bytes: sorted, without times and owners."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping

from runpages.format.files import content

LARGEST = 20_000_000
"""Bytes of all files together up to which there is a zip of them: it takes their room once more."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that the format can spell."""

_PACKED = (
    ".7z", ".avif", ".bz2", ".flac", ".gif", ".gz", ".jpeg", ".jpg", ".m4a", ".mp3", ".mp4", ".npz", ".ogg",
    ".parquet", ".png", ".pt", ".pth", ".webm", ".webp", ".whl", ".xz", ".zip", ".zst",
)  # fmt: skip


def archive(folder: str, files: Mapping[str, str]) -> bytes:
    """A zip of some files of a run folder, given by their name in the zip. Raises OSError where one cannot be read."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, whatever this machine is.
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.lower().endswith(_PACKED) else zipfile.ZIP_DEFLATED
            out.writestr(entry, content(os.path.join(folder, path)))
    return data.getvalue()
