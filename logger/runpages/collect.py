"""Output folders: what a script leaves there is collected into the run when it ends."""

from __future__ import annotations

import os
import stat

from .artifact import files, is_kept
from .ending import warn
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .run import Run

DEFAULT = "outputs"

_Facts = tuple[int, int]


class Collection:
    """The output folders of one run, with the state of their files at its start.

    Files whose size and time of change are as they were are an earlier run's, and are not collected. The workspace,
    given as ``apart``, may not lie in one: a run would collect itself.
    """

    def __init__(
        self, outputs: bool | str | os.PathLike[str] | Sequence[str] | None, *, make: bool, apart: str
    ) -> None:
        self._folders = {name: os.path.abspath(name) for name in _names(outputs)}
        self._before: dict[str, _Facts] = {}
        for name, folder in self._folders.items():
            if os.path.join(os.path.realpath(apart), "").startswith(os.path.join(os.path.realpath(folder), "")):
                raise UserError(f"outputs={name!r} holds the workspace {apart}; give a folder beside it")
            if make:
                _make(name, folder)
            self._before.update(_files(folder))

    def add(self, folder: str) -> None:
        """Collect all files of one more folder, whenever they came."""
        self._folders[folder] = folder

    def into(self, run: Run) -> None:
        """Collect the new and changed files as artifacts ``<folder>/<path>``; a file that fails is told, not raised."""
        for name, folder in self._folders.items():
            base = os.path.basename(folder) if os.path.isabs(name) else os.path.normpath(name).replace(os.sep, "/")
            for path, facts in _files(folder):
                if self._before.get(path) == facts:
                    continue
                artifact = f"{base}/{os.path.relpath(path, folder).replace(os.sep, '/')}"
                try:
                    if is_kept(path, folder):
                        run._artifacts.collect(artifact, path)
                except Exception as error:  # Whatever it is, the run ends, with the other files.
                    warn(f"{path} was not collected: {error}")


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


def _files(folder: str) -> Iterator[tuple[str, _Facts]]:
    for path in files(folder):
        try:
            facts = os.stat(path)
        except OSError:
            try:
                facts = os.lstat(path)  # A link that leads to no file: collecting it fails, and that is reported.
            except OSError:
                continue
        if not stat.S_ISREG(facts.st_mode):
            facts = os.lstat(path)
        if stat.S_ISREG(facts.st_mode) or stat.S_ISLNK(facts.st_mode):
            yield path, (facts.st_size, facts.st_mtime_ns)
