"""Output folders that more than one run watches at once: nobody can tell then which of them left a file.

While a run watches a folder, a small hidden file in its workspace says so. It outlives the run as long as others watch
the same folder, so that those know at their end of all that they met.
"""

from __future__ import annotations

import os
import time

from .ending import warn
from .format import status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from .run import Run

NAMED = 10
"""How many other runs are named."""


class Watch:
    """The output folders of one run that others may watch as well; a run of the same line of parents is none of them.

    A warning names the runs that watch one of the folders already, where it is there.
    """

    def __init__(self, workspace: str, folders: Mapping[str, str], parent: str | None) -> None:
        self._workspace = workspace
        self._real = {name: os.path.realpath(folder) for name, folder in folders.items()}
        self._mine: dict[str, str] = {}
        # What a command that is a run starts lies in its experiment, or is independent; both are of one process tree.
        command = os.path.basename(os.environ.get("RUNPAGES_RUN", ""))
        self._note: dict[str, Any] = {"within": [run for run in (parent, command) if run], "process": _process()}
        self._met: set[str] = set()
        for name, folder in self._real.items():
            found = [_name(note) for _, note in self._others(folder) if self._is_live(note)][:NAMED]
            self._met.update(found)
            if found and os.path.isdir(folder):
                warn(_warning(name, found))

    def begin(self, run: Run) -> None:
        """Say that a run watches the folders; a disk that takes no note is no reason to fail."""
        experiment = os.path.basename(run._experiment.folder)
        self._note |= {"experiment": experiment, "run": run.id, "began": time.time()}
        for folder in self._real.values():
            path = os.path.join(self._workspace, f"{_beginning(folder)}{_check(_name(self._note))}")
            self._mine[path] = folder
            _write(path, self._note)

    def end(self) -> list[str]:
        """Watch no more; returns the runs that watched one of the folders meanwhile, as ``<experiment>/<run>``, sorted.

        The notes of a run that has ended are kept while another one goes on.
        """
        try:
            met = self._meanwhile()
            for path, folder in self._mine.items():
                notes = _notes(self._workspace, folder, but=self._mine)
                if any("ended" not in found and self._is_live(found) for _, found in notes):
                    _write(path, {**self._note, "ended": time.time()})
                else:
                    _remove([path, *(other for other, _ in notes)])
        except Exception:  # Whatever it is, the run ends; what is left is taken away with the notes of another.
            return sorted(self._met)
        return met

    def _meanwhile(self) -> list[str]:
        met = set(self._met)
        for folder in self._real.values():
            for _, note in self._others(folder):
                later = note.get("began", 0.0) >= self._note["began"]
                # Of one process, a run that began and ended meanwhile was one inside this one.
                if later and not (note.get("process") == self._note["process"] and "ended" in note):
                    met.add(_name(note))
        return sorted(met)

    def _others(self, folder: str) -> list[tuple[str, dict[str, Any]]]:
        """The notes of runs that are of another line of parents; before the start, also of another process."""
        begun = "began" in self._note
        return [
            (path, note)
            for path, note in _notes(self._workspace, folder, but=self._mine)
            if not self._is_related(note)
            and (begun or (note.get("process") != self._note["process"] and "ended" not in note))
        ]

    def _is_related(self, note: dict[str, Any]) -> bool:
        within = note.get("within")
        inner = isinstance(within, list) and self._note.get("run") in within
        return inner or note.get("run") in self._note["within"]

    def _is_live(self, note: dict[str, Any]) -> bool:
        from .format.errors import FormatError
        from .format.read import read_head

        folder = os.path.join(self._workspace, str(note.get("experiment")), str(note.get("run")))
        try:
            return os.path.isdir(folder) and read_head(folder, now=time.time()).status in status.ACTIVE
        except FormatError:
            return False


def _warning(name: str, found: list[str]) -> str:
    watch = "watches" if len(found) == 1 else "watch"
    return (
        f"{', '.join(found)} {watch} {name!r} as well, and each run will collect what the others leave there. "
        f"Give each a folder of its own, such as outputs={name + '/<a name>'!r}, or outputs=False"
    )


def _name(note: Mapping[str, Any]) -> str:
    return f"{note.get('experiment')}/{note.get('run')}"


def _process() -> str:
    """What sets this process apart from every other one, on any host; a forked child is another one."""
    pid = os.getpid()
    if pid not in _token:
        _token.clear()
        _token[pid] = os.urandom(8).hex()
    return _token[pid]


_token: dict[int, str] = {}


def _beginning(folder: str) -> str:
    return f".outputs-{_check(folder)}-"


def _check(text: str) -> str:
    """A number for a text, by which few texts meet; a hash would have to be loaded, which takes as long as a run."""
    return f"{int.from_bytes(text.encode('utf-8', 'surrogateescape'), 'big') % _PRIME:016x}"


_PRIME = (1 << 61) - 1


def _notes(place: str, folder: str, but: Collection[str]) -> list[tuple[str, dict[str, Any]]]:
    """The notes of all other runs that watch a folder, or did, by their paths."""
    try:
        names = [name for name in sorted(os.listdir(place)) if name.startswith(_beginning(folder))]
    except OSError:
        return []
    from .format.document import decode, mapping

    found = []
    for name in names:
        path = os.path.join(place, name)
        if path in but:
            continue
        try:
            with open(path, "rb") as file:
                found.append((path, mapping(decode(file.read()))))
        except (OSError, ValueError):
            continue  # It was taken away meanwhile.
    return found


def _write(path: str, note: dict[str, Any]) -> None:
    from .format.document import encode_line

    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o666)
        try:
            os.write(file, encode_line(note))
        finally:
            os.close(file)
    except OSError:
        pass  # What has no room for this has none for outputs either.


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except OSError:
            pass
