"""Links to the published files that a run's page is made of."""

from __future__ import annotations

from .. import link
from ..model import RunPlace
from .view import Link

_RAW_FOLDERS = ("tables/", "charts/")
_RAW_SUFFIXES = (".json", ".csv", ".jsonl")


def raw_links(place: RunPlace) -> tuple[Link, ...]:
    """The published files that the page is made of."""
    found = [file for file in place.published if _is_raw(file)]
    found.sort(key=lambda file: ("/" in file, file != "run.json", file))
    return tuple(Link(file, link.between(place.path, place.published[file])) for file in found)


def _is_raw(file: str) -> bool:
    return file.endswith(_RAW_SUFFIXES) and ("/" not in file or file.startswith(_RAW_FOLDERS))
