"""Publishes to a zip of a site, such as one that is attached to a release."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from runpages.format.files import entries_below

from ..read import archive
from ..write import zips
from .destination import PRIVATE, Moved, PublishError, emptied


class ZipSite:
    """A zip with the files of a site. It is replaced whole; the same site gives the same bytes and replaces none."""

    def __init__(self, place: Path) -> None:
        self.name = str(place)
        self._place = place
        self._seen = ""

    def fetch(self, mirror: Path) -> bool:
        """Unpack the zip, if it is not the one that was sent from here; see ``Destination``."""
        self._seen, note = self._stamp(), mirror.with_name("sent")
        if self._seen and note.is_file() and note.read_text() == self._seen:
            return False
        had = emptied(mirror)
        if not self._seen:
            return had
        try:
            with ZipFile(self._place) as zipped:
                zips.extract(zipped, archive.entries(zipped), mirror)
        except (OSError, BadZipFile, archive.ArchiveError) as error:
            why = _reason(error, self.name)
            raise PublishError(f"{self.name} cannot be read: {why}. Nothing was changed.") from None
        return True

    def send(self, mirror: Path, message: str) -> bool:
        """Write the zip anew; see ``Destination``."""
        before = self._seen
        if self._stamp() != before:
            raise Moved(f"somebody else has published to {self.name}")
        try:
            found = sorted(path for path, is_folder in entries_below(str(mirror)) if not is_folder)
            wanted = [name for name in found if name.split("/")[0] not in PRIVATE and not (mirror / name).is_symlink()]
            archive.check_names(wanted)  # It could not be fetched again.
            with zips.replaced(self._place) as zipped:
                for name in wanted:
                    zips.add(zipped, name, str(mirror / name))
        except (OSError, archive.ArchiveError) as error:
            why = _reason(error, self.name)
            raise PublishError(f"{self.name} cannot be written: {why}. What was there is unchanged.") from None
        mirror.with_name("sent").write_text(after := self._stamp())
        return after != before

    def _stamp(self) -> str:
        """What is seen of the zip from outside; empty where there is none."""
        try:
            facts = os.stat(self._place)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise PublishError(f"{self.name} cannot be read: {error.strerror or error}") from None
        return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"


def _reason(error: Exception, name: str) -> str:
    """Why a zip of this name cannot be read or written; an error of another file has the name of that."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return error.strerror if error.filename in (None, name) else f"{error.filename}: {error.strerror}"
