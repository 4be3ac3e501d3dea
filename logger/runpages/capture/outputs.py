"""Collects output folders: what a script leaves there becomes part of the run when it ends."""

from __future__ import annotations

import errno
import os
import stat
import time

from .. import coerce, query
from .._lifecycle import warn
from ..format import status
from ..format.document import decode, encode_line, mapping
from ..format.errors import FormatError, UserError
from .folder import files, is_gone, judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..run import Run


DEFAULT = "outputs"

NAMED = 100
"""How many files, or runs, the document of a run names of its outputs; the disk may have little room for it."""

_SHOWN = 10
"""How many other runs a warning names."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""Refusals after which another try may succeed."""

_Facts = tuple[int, int]


class Left:
    """A file that was not collected: its name in the run, its path, why, and where a link leads that is not followed.

    ``full`` says that the disk had no room for it.
    """

    def __init__(self, name: str, path: str, why: str, *, target: str = "", full: bool = False) -> None:
        self.name = name
        self.path = path
        self.why = why
        self.target = target
        self.full = full

    @classmethod
    def from_error(cls, name: str, path: str, error: BaseException) -> Left:
        """A file that an error kept from being collected."""
        number = getattr(error, "errno", None)
        why = os.strerror(number) if isinstance(error, OSError) and number else str(error)
        return cls(name, path, why, full=number in NO_ROOM)


def noted(left: Sequence[Left], kept_in: str | None = None) -> dict[str, Any]:
    """What the document of a run says of what was not collected; ``kept_in`` is the folder where it is still."""
    if not left:
        return {}
    named = [{"path": one.name, "reason": one.why} for one in left[:NAMED]]
    return {"uncollected": {"count": len(left), "files": named} | ({"place": kept_in} if kept_in else {})}


class Outputs:
    """The output folders of one run, with the state of their files at its start.

    Files whose size and time of change are as they were are an earlier run's, and are not collected. The workspace,
    given as ``apart``, may not lie in one: a run would collect itself. ``alone`` says that no other run can have the
    folders; else a warning names the runs that have.
    """

    def __init__(
        self,
        outputs: bool | str | os.PathLike[str] | Sequence[str] | None,
        *,
        make: bool,
        apart: str,
        parent: Run | None = None,
        alone: bool = False,
    ) -> None:
        self._folders = {name: _absolute(name) for name in _names(outputs)}
        self._before: dict[str, _Facts] = {}
        self._watch: Watch | None = None
        for name, folder in self._folders.items():
            if os.path.join(os.path.realpath(apart), "").startswith(os.path.join(os.path.realpath(folder), "")):
                raise UserError(f"outputs={name!r} holds the workspace {apart}; give a folder beside it")
            if make:
                _make(name, folder)
            self._before.update((path, facts) for path, facts in _files(folder, []))
        if not alone and self._folders:
            self._watch = Watch(apart, self._folders, parent.id if parent else None)

    def add(self, folder: str) -> None:
        """Collect all files of one more folder, whenever they came."""
        self._folders[folder] = folder

    def begin(self, run: Run) -> Callable[[Run], tuple[dict[str, Any], list[str]]]:
        """Let other runs know who watches the folders; returns what collects them."""
        if self._watch:
            self._watch.begin(run)
        return self.into

    def into(self, run: Run) -> tuple[dict[str, Any], list[str]]:
        """Collect the new and changed files; returns what the run's document is to say of it, and what to warn of."""
        collected, left, remarks = self.bring(run)
        said = noted(left)
        met = self._watch.end(named=collected > 0) if self._watch else []
        if met:
            said["outputs_shared_with"] = met[:NAMED]
            remarks.append(f"some collected files may belong to another run: {_shared(met)}")
        return said, [*remarks, *(f"{one.path} was not collected: {one.why}" for one in left)]

    def bring(self, run: Run) -> tuple[int, list[Left], list[str]]:
        """Collect the new and changed files as artifacts ``<folder>/<path>``.

        Returns how many are in the run, those that are not, and what is to be said of links. It may be called again.
        """
        collected, left, remarks = 0, [], []
        for name, folder in self._folders.items():
            base = os.path.basename(folder) if os.path.isabs(name) else os.path.normpath(name).replace(os.sep, "/")
            unread: list[OSError] = []
            changed = [path for path, facts in _files(folder, unread) if self._before.get(path) != facts]
            for error in unread:
                path = os.fsdecode(error.filename or folder)
                left.append(Left.from_error(_artifact(base, path, folder), path, error))
            for path in changed:
                artifact = _artifact(base, path, folder)
                try:
                    verdict = judged(path, folder)
                    if verdict.kept:
                        run._state.artifacts.store(artifact, path, run._state.recorder.name_artifact)
                        collected += 1
                        remarks += [f"{path} was collected: {verdict.why}"] if verdict.why else []
                    elif verdict.why:
                        left.append(Left(artifact, path, verdict.why, target=verdict.target))
                except Exception as error:  # Whatever it is, the run ends, with the other files.
                    left.append(Left.from_error(artifact, path, error))
        return collected, left, remarks


def _artifact(base: str, path: str, folder: str) -> str:
    place = os.path.relpath(path, folder).replace(os.sep, "/")
    return f"{base}/{place}" if place != "." else base


def _shared(met: list[str]) -> str:
    rest = f" and {len(met) - _SHOWN} more" if len(met) > _SHOWN else ""
    return f"{', '.join(met[:_SHOWN])}{rest} watched the same folder meanwhile; give each run its own outputs="


def _make(name: str, folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"outputs={name!r} cannot be created as a folder: {error.strerror}; give another one, or outputs=False"
        ) from error


def _absolute(name: str) -> str:
    try:
        return os.path.abspath(name)
    except FileNotFoundError:
        raise UserError(
            f"outputs={name!r} is below the current folder, which no longer exists; give an absolute path, or "
            "outputs=False"
        ) from None


def _names(outputs: bool | str | os.PathLike[str] | Sequence[str] | None) -> list[str]:
    if outputs is None or outputs is True:
        return [DEFAULT]
    if outputs is False:
        return []
    given: Iterable[Any] = [outputs] if coerce.is_single(outputs) else outputs  # type: ignore[assignment]
    names = [coerce.path(one, "outputs=") for one in given]
    for name in names:
        if ".." in os.path.normpath(name).split(os.sep):
            raise UserError(f"outputs={name!r} is above the working folder; give a folder below it or an absolute path")
    return names


def _files(folder: str, unread: list[OSError]) -> Iterator[tuple[str, _Facts]]:
    """The files and links below a folder; the errors of what cannot be looked at go to ``unread``."""
    for path in files(folder, unread.append):
        try:
            facts = os.lstat(path)
            if stat.S_ISLNK(facts.st_mode) and os.path.isfile(path):
                facts = os.stat(path)  # Of a link that leads to no file the link itself is judged.
        except OSError as error:
            if not is_gone(error):
                unread.append(error)
            continue
        if stat.S_ISREG(facts.st_mode) or stat.S_ISLNK(facts.st_mode):
            yield path, (facts.st_size, facts.st_mtime_ns)


MOST_NAMED = 10
"""How many other runs are named."""


class Watch:
    """The output folders of one run that others may watch as well; a run of the same line of parents is none of them.

    A warning names the runs that watch one of the folders already, where it is there. What runs of this process watch
    is known without looking at the disk, so that a start and an end cost the same however many of them go on.
    """

    def __init__(self, workspace: str, folders: Mapping[str, str], parent: str | None) -> None:
        self._workspace = workspace
        self._real = {name: os.path.realpath(folder) for name, folder in folders.items()}
        self._mine: dict[str, str] = {}
        # What a command that is a run starts is of its process tree.
        command = os.path.basename(os.environ.get("RUNPAGES_RUN", ""))
        self._note: dict[str, Any] = {"within": [run for run in (parent, command) if run]}
        self._met: set[str] = set()
        for name, folder in self._real.items():
            live = (note for _, note in _of_others(workspace, folder) if self._is_company(note) and self._is_live(note))
            found = [_name(note) for note in live][:MOST_NAMED]
            self._met.update(found)
            if found and os.path.isdir(folder):
                warn(_warning(name, found))

    def begin(self, run: Run) -> None:
        """Say that a run watches the folders; a disk that takes no note is no reason to fail."""
        experiment = os.path.basename(run._experiment.folder)
        self._note |= {"experiment": experiment, "run": run.id, "began": time.time()}
        for folder in self._real.values():
            path = _file_of_notes(self._workspace, folder)
            self._mine[path] = folder
            _going.setdefault(path, {})[run.id] = self._note
            _append(path, self._note)

    def end(self, *, named: bool) -> list[str]:
        """Watch no more; returns the runs that watched one of the folders meanwhile, as ``<experiment>/<run>``, sorted.

        They are looked up if they are to be ``named``. The notes of a run that has ended are kept while one of another
        process goes on.
        """
        try:
            met = self._meanwhile() if named else []
            for path, folder in self._mine.items():
                self._leave(path, folder)
        except Exception:  # Whatever it is, the run ends; what is left is taken away with the notes of another.
            return sorted(self._met)
        return met

    def _leave(self, path: str, folder: str) -> None:
        going = _going.get(path, {})
        going.pop(self._note["run"], None)
        others = _of_others(self._workspace, folder)
        if any("ended" not in note and self._is_live(note) for _, note in others):
            _append(path, {**self._note, "ended": time.time()})
        elif going:  # They still ask who was there meanwhile.
            _shorten(path, going)
        else:
            _remove({path, *(other for other, _ in others)})

    def _meanwhile(self) -> list[str]:
        met = set(self._met)
        for path, folder in self._mine.items():
            # Of this process, a run that began and ended meanwhile was one inside this one.
            own = [note for note in list(_going.get(path, {}).values()) if note is not self._note]
            for note in (*own, *(note for _, note in _of_others(self._workspace, folder))):
                if note.get("began", 0.0) >= self._note["began"] and not self._is_related(note):
                    met.add(_name(note))
        return sorted(met)

    def _is_company(self, note: dict[str, Any]) -> bool:
        return "ended" not in note and not self._is_related(note)

    def _is_related(self, note: dict[str, Any]) -> bool:
        within = note.get("within")
        inner = isinstance(within, list) and self._note.get("run") in within
        return inner or note.get("run") in self._note["within"]

    def _is_live(self, note: dict[str, Any]) -> bool:
        folder = os.path.join(self._workspace, str(note.get("experiment")), str(note.get("run")))
        try:
            return os.path.isdir(folder) and query.head(folder).status in status.ACTIVE
        except FormatError:
            return False


def _warning(name: str, runs: list[str]) -> str:
    watch = "watches" if len(runs) == 1 else "watch"
    return (
        f"{', '.join(runs)} {watch} {name!r} as well, so each run will collect the files of the others. "
        f"Give each its own folder, such as outputs={name + '/<a name>'!r}, or outputs=False"
    )


def _name(note: Mapping[str, Any]) -> str:
    return f"{note.get('experiment')}/{note.get('run')}"


def _process() -> str:
    """What sets this process apart from every other one, on any host; a forked child is another one."""
    pid = os.getpid()
    if pid not in _token:
        _token.clear()
        _going.clear()
        _lines.clear()
        _token[pid] = os.urandom(8).hex()
    return _token[pid]


_token: dict[int, str] = {}

_going: dict[str, dict[str, dict[str, Any]]] = {}
"""The notes of the runs of this process that go on: by the file of the notes, by their ids."""

_lines: dict[str, int] = {}
"""How many notes a file of this process has."""

_SPARE = 64
"""Notes of runs that have ended that a file may have beside as many as go on, before it is written anew."""


def _beginning(folder: str) -> str:
    return f".outputs-{_check(folder)}-"


def _file_of_notes(workspace: str, folder: str) -> str:
    """The file with the notes of this process about a folder of outputs, a line each."""
    return os.path.join(workspace, _beginning(folder) + _process())


def _check(text: str) -> str:
    """A number for a text, by which few texts meet; a hash would have to be loaded, which takes as long as a run."""
    return f"{int.from_bytes(text.encode('utf-8', 'surrogateescape'), 'big') % _PRIME:016x}"


_PRIME = (1 << 61) - 1


def _of_others(workspace: str, folder: str) -> list[tuple[str, dict[str, Any]]]:
    """The notes of runs of other processes that watch a folder, or did, with their files; the last of a run counts."""
    beginning, own = _beginning(folder), os.path.basename(_file_of_notes(workspace, folder))
    try:
        names = sorted(name for name in os.listdir(workspace) if name.startswith(beginning) and name != own)
    except OSError:
        return []
    found: list[tuple[str, dict[str, Any]]] = []
    for name in names:
        path = os.path.join(workspace, name)
        found += [(path, note) for note in {_name(note): note for note in _read(path)}.values()]
    return found


def _read(path: str) -> Iterator[dict[str, Any]]:
    """The notes in a file; a line that is no note is one without any."""
    try:
        with open(path, "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return  # It was taken away meanwhile.
    for line in lines:
        try:
            yield mapping(decode(line))
        except ValueError:
            yield {}


def _append(path: str, note: dict[str, Any]) -> None:
    """Add a note to a file of this process; what has no room for this has none for outputs either."""
    how = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        gone = True
        while gone:  # Another process took the file away just when it was opened.
            file = os.open(path, how, 0o666)
            try:
                os.write(file, encode_line(note))
                gone = os.fstat(file).st_nlink == 0
            finally:
                os.close(file)
    except OSError:
        pass
    _lines[path] = _lines.get(path, 0) + 1


def _shorten(path: str, going: Mapping[str, dict[str, Any]]) -> None:
    """Write a file of this process anew, without the runs that have ended, once they are many."""
    if _lines.get(path, 0) > 2 * len(going) + _SPARE:
        _remove([path])
        for note in list(going.values()):
            _append(path, note)


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        _lines.pop(path, None)
        try:
            os.unlink(path)
        except OSError:
            pass
