"""Writes the thumbnails of a run's published pictures, named by content: one that is there is not made again."""

from __future__ import annotations

import os

from runpages.format.records import Problem, RunRecord

from ..model import Published
from ..read.thumbnail import Large, Unseen, decode, large
from .writer import Writer

STILL = ".still.webp"
"""How the name of a thumbnail ends that shows the first frame of an animation; the theme marks these."""

_PLACEHOLDER = "Placeholder shown"


def put_thumbnails(record: RunRecord, published: Published, out: Writer) -> tuple[dict[str, str], dict[str, str]]:
    """Write the thumbnails of a run: the path of each, and why a picture is not shown, both by file of the run.

    What cannot be shown becomes a problem of the run. Raises OutputError if the site cannot be written.
    """
    paths: dict[str, str] = {}
    unseen: dict[str, str] = {}
    for image in record.images:
        if image.missing or image.file not in published.files or image.file in paths | unseen:
            continue
        try:
            if picture := large(os.path.join(record.folder, image.file)):
                paths[image.file] = _put(picture, published.folder, out)
        except Unseen as error:
            unseen[image.file] = str(error)
            if image.width and image.height:  # The reader has reported others.
                record.problems.append(Problem(image.file, None, str(error), _PLACEHOLDER, error.damage))
    return paths, unseen


def _put(picture: Large, folder: str, out: Writer) -> str:
    stem = f"{folder}thumbnails/{picture.name}"
    for path in (f"{stem}.webp", f"{stem}{STILL}"):
        # In a fresh site it may be the half of one, which a killed process left.
        if path in out.files or (not out.fresh and out.keep(path)):
            return path
    data, moves = decode(picture)
    path = f"{stem}{STILL if moves else '.webp'}"
    out.put(path, data)
    return path
