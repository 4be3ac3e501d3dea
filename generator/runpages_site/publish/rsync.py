"""Publishes to a folder of another machine by rsync over ssh, in the order in which a build writes a site."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from ..site import MANIFEST
from ..write.build_cache import STATE
from ..write.manifest import listed_in
from ..write.site_folder import NOTES
from ..write.writer import JOURNAL
from .destination import PRIVATE, Moved, PublishError, emptied, manifest_in, run

VANISHED = 24
"""The exit code of rsync where something to copy is not there, which is what removes it at the destination."""

_RUN_PAGE = re.compile(r"e/[^/]+/(?!index\.html$)[^/]+\.html")
_DATA = re.compile(r"assets/.*|e/[^/]+/[^/]+/.*")


class Rsync:
    """A folder ``[user@]host:path``."""

    def __init__(self, target: str) -> None:
        self.name = target
        host, _, path = target.partition(":")
        above, _, name = path.rstrip("/").rpartition("/")
        if target.startswith("-") or not host or name in ("", ".", "..", "~"):
            raise PublishError(f"{target} names no folder of another machine, as user@host:path/site does")
        self._folder = f"{host}:{path.rstrip('/')}/"
        self._above = f"{host}:{above}/" if above or path.startswith("/") else f"{host}:./"
        self._leaf = name
        self._before = b""

    def fetch(self, mirror: Path) -> bool:
        """Copy the folder; see ``Destination``."""
        mirror.mkdir(parents=True, exist_ok=True)
        # A journal says what a publish that was killed has begun to write.
        kept = [f"--exclude=/{path}" for path in PRIVATE if path != JOURNAL]
        try:
            changed = self._rsync("-rtOi", "--delete", *kept, self._folder, f"{mirror}/")
        except PublishError:
            if self._is_there():
                raise
            self._before = b""
            return emptied(mirror)
        self._before = manifest_in(mirror)
        return bool(changed.strip())

    def send(self, mirror: Path, message: str) -> bool:
        """Copy what changed: data, pages, indexes, the manifest; remove what is gone. See ``Destination``."""
        kept = [f"--exclude=/{path}" for path in PRIVATE]
        if not self._rsync("-rtOni", *kept, f"{mirror}/", self._folder).strip():
            return False
        files, before = listed_in(mirror).keys(), _listed(self._before)
        data = {path for path in files if not path.endswith(".html") and _DATA.fullmatch(path)}
        pages = {path for path in files if _RUN_PAGE.fullmatch(path)}
        self._journal(before ^ files)
        self._copy(mirror, data)
        self._copy(mirror, pages)
        if self._manifest() != self._before:
            raise Moved(f"somebody else has published to {self.name}")
        self._copy(mirror, files - data - pages)
        self._copy(mirror, [MANIFEST])
        self._remove(before - files)
        self._remove([JOURNAL])
        return True

    def _is_there(self) -> bool:
        """Whether the folder exists. Raises PublishError where the one above it does not, or cannot be listed."""
        # Spaces in a name are as they are; the first four fields are mode, size, day and time.
        lines = self._rsync("--list-only", "-d", f"--include=/{self._leaf}", "--exclude=*", self._above).splitlines()
        return any(line.split(maxsplit=4)[4:] == [self._leaf] for line in lines)

    def _manifest(self) -> bytes:
        with TemporaryDirectory(prefix="runpages-") as folder:
            self._rsync("--ignore-missing-args", self._folder + MANIFEST, f"{folder}/")
            return manifest_in(Path(folder))

    def _journal(self, paths: Iterable[str]) -> None:
        with TemporaryDirectory(prefix="runpages-") as folder:
            Path(folder, JOURNAL).write_bytes(b"".join(b"\0" + os.fsencode(path) + b"\0" for path in sorted(paths)))
            # Notes of a build on that machine are not of what will lie there.
            self._replace(folder, [JOURNAL, f"{NOTES}/{STATE}"])

    def _copy(self, mirror: Path, paths: Collection[str]) -> None:
        if paths:
            self._rsync("-t", "--from0", "--files-from=-", f"{mirror}/", self._folder, data=_list(paths))

    def _remove(self, paths: Collection[str]) -> None:
        if paths:
            with TemporaryDirectory(prefix="runpages-") as nothing:
                self._replace(nothing, paths)

    def _replace(self, folder: str, paths: Collection[str]) -> None:
        """Copy those of some files that are in a folder, and remove the others."""
        missing = ("-t", "--from0", "--files-from=-", "--no-implied-dirs", "--delete-missing-args")
        self._rsync(*missing, f"{folder}/", self._folder, data=_list(paths), fails=(VANISHED,))

    def _rsync(self, *arguments: str, data: bytes = b"", fails: tuple[int, ...] = ()) -> str:
        return run(("rsync", "-s", *arguments), name=self.name, data=data, fails=fails)[1]


def _list(paths: Collection[str]) -> bytes:
    return b"\0".join(os.fsencode(path) for path in sorted(paths))


def _listed(manifest: bytes) -> set[str]:
    return set(json.loads(manifest)["files"]) if manifest else set()
