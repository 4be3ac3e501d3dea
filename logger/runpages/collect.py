"""Output folders: what a script leaves there is collected into the run when it ends."""

from __future__ import annotations

import errno
import os
import stat

from .folder import files, is_gone, judged
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .run import Run
    from .shared import Watch

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
    def of(cls, name: str, path: str, error: BaseException) -> Left:
        """A file that an error kept from being collected."""
        number = getattr(error, "errno", None)
        why = os.strerror(number) if isinstance(error, OSError) and number else str(error)
        return cls(name, path, why, full=number in NO_ROOM)


def noted(left: Sequence[Left], place: str | None = None) -> dict[str, Any]:
    """What the document of a run says of what was not collected; ``place`` is the folder where it is still."""
    if not left:
        return {}
    named = [{"path": one.name, "reason": one.why} for one in left[:NAMED]]
    return {"uncollected": {"count": len(left), "files": named} | ({"place": place} if place else {})}


class Collection:
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
        self._folders = {name: os.path.abspath(name) for name in _names(outputs)}
        self._before: dict[str, _Facts] = {}
        self._watch: Watch | None = None
        for name, folder in self._folders.items():
            if os.path.join(os.path.realpath(apart), "").startswith(os.path.join(os.path.realpath(folder), "")):
                raise UserError(f"outputs={name!r} holds the workspace {apart}; give a folder beside it")
            if make:
                _make(name, folder)
            self._before.update((path, facts) for path, facts in _files(folder, []))
        if not alone and self._folders:
            from .shared import Watch

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
        met = self._watch.end() if self._watch else []
        if met and collected:
            said["outputs_shared_with"] = met[:NAMED]
            remarks.append(f"what was collected may be of another run: {_shared(met)}")
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
                left.append(Left.of(_artifact(base, path, folder), path, error))
            for path in changed:
                artifact = _artifact(base, path, folder)
                try:
                    verdict = judged(path, folder)
                    if verdict.kept:
                        run._artifacts.keep(artifact, path, run._recorder.name_artifact)
                        collected += 1
                        remarks += [f"{path} was collected: {verdict.why}"] if verdict.why else []
                    elif verdict.why:
                        left.append(Left(artifact, path, verdict.why, target=verdict.target))
                except Exception as error:  # Whatever it is, the run ends, with the other files.
                    left.append(Left.of(artifact, path, error))
        return collected, left, remarks


def _artifact(base: str, path: str, folder: str) -> str:
    place = os.path.relpath(path, folder).replace(os.sep, "/")
    return f"{base}/{place}" if place != "." else base


def _shared(met: list[str]) -> str:
    rest = f" and {len(met) - _SHOWN} more" if len(met) > _SHOWN else ""
    return f"{', '.join(met[:_SHOWN])}{rest} watched the same folder meanwhile; outputs= gives each run its own"


def _make(name: str, folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"outputs={name!r} cannot be made a folder: {error.strerror}; give another one, or outputs=False"
        ) from error


def _names(outputs: bool | str | os.PathLike[str] | Sequence[str] | None) -> list[str]:
    if outputs is None or outputs is True:
        return [DEFAULT]
    if outputs is False:
        return []
    names = [os.fspath(outputs)] if isinstance(outputs, (str, os.PathLike)) else list(outputs)
    for name in names:
        if ".." in os.path.normpath(name).split(os.sep):
            raise UserError(f"outputs={name!r} lies above the working folder; give a folder below it or a whole path")
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
