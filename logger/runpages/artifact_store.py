"""Stores the files of a run under the names they were given, and never replaces one."""

from __future__ import annotations

import os

from . import coerce
from .capture.folder import files
from .format import layout
from .format.errors import ConflictError, StorageError, UserError
from .format.write import claim, descriptor, forget, refused, regular, temporary_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO, Any

LISTED = ("images", "media", "charts")
"""The folders of a run whose files are listed beside its artifacts and logs, under their paths in the run."""

_LISTED = tuple(f"{kind}/" for kind in (layout.LOGS, *LISTED))


class Store:
    """What one process stores below ``artifacts/`` of a run; it costs the same however much is there already."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._places = _Places(os.path.join(folder, layout.ARTIFACTS))

    def add(self, name: str, source: Any) -> None:
        """Copy a path's file or a binary stream to ``artifacts/<name>``; it appears whole, or not at all.

        Raises ConflictError where the name is taken, UserError for a name that leaves the run or another type of
        source.
        """
        path = layout.artifact_path(name)
        self._check_free(layout.artifact_name(path), path)
        place = os.path.join(self._folder, layout.ARTIFACTS, path)
        if isinstance(source, (str, os.PathLike)):
            with open(coerce.path(source, f"artifact {name!r}: the source"), "rb", opener=regular) as stream:
                _copy(stream, self._folder, place)
        elif hasattr(source, "read"):
            _copy(source, self._folder, place)
        else:
            raise UserError(f"artifact {name!r}: give a path or a binary stream, not {type(source).__qualname__}")
        self._places.add(path)

    def store(self, name: str, source: str, note: Callable[[str, str], None]) -> str | None:
        """Store a file under its name, spelled so that it meets no other; returns the new path below ``artifacts/``.

        ``note`` gets the path and the name of the file, since a path may not give its name back.
        None where the same bytes are there already under this name; raises ConflictError where other bytes are.
        """
        path, is_there = self._places.free("/".join(layout.artifact_parts(name)))
        place = os.path.join(self._folder, layout.ARTIFACTS, path)
        new = not (is_there and os.path.isfile(place))
        if new and self._is_listed(name):
            raise ConflictError(f"{name!r} is one of the run's own files; runpages never replaces what is written")
        if new:
            with open(source, "rb", opener=regular) as stream:
                _copy(stream, self._folder, place)
            self._places.add(path)
        elif not _same_bytes(source, place):
            raise ConflictError(f"{name} was already uploaded with different content, which is kept")
        try:
            note(path, name)
        except BaseException:
            if new:
                forget(place)  # Nobody would know what it is.
                self._places.forget()
            raise
        return path if new else None

    def keep_all(self, files: Sequence[tuple[str, str]], note: Callable[[str, str], None]) -> None:
        """Store the files under their names, all or none; raises what ``keep`` raises."""
        for name, _ in files:
            layout.artifact_parts(name)  # What is refused is refused before anything is there to take back.
        kept: list[str | None] = []
        try:
            for name, source in files:
                kept.append(self.store(name, source, note))
        except BaseException:
            root = os.path.join(self._folder, layout.ARTIFACTS)
            for path in filter(None, kept):
                forget(os.path.join(root, path))
            self._places.forget()
            for folder in {os.path.dirname(os.path.join(root, self._places.free(name)[0])) for name, _ in files}:
                _remove_empty(folder, self._folder)
            self._places.forget()
            raise

    def _check_free(self, name: str, path: str) -> None:
        if os.path.lexists(os.path.join(self._folder, layout.ARTIFACTS, path)) or self._is_listed(name):
            clash: str | None = name
        else:
            clash = self._places.twin(path)
        if clash:
            same = "already exists" if clash == name else f"meets {clash!r} on a disk that ignores case"
            raise ConflictError(
                f"artifact {name!r} {same}, and runpages never replaces what is written; choose another name"
            )

    def _is_listed(self, name: str) -> bool:
        """Whether a log, a picture or another file of the run has this name."""
        return name.startswith(_LISTED) and os.path.lexists(os.path.join(self._folder, name))


class _Places:
    """The names in folders below ``artifacts/`` as last seen; a folder that has changed is listed again."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._seen: dict[str, tuple[int, dict[str, list[str]]]] = {}

    def twin(self, path: str) -> str | None:
        """The stored name that a path would meet on a disk that ignores case or the form of accents."""
        at = ""
        for part in path.split("/"):
            present = self._present(at)
            alike = [name for key in _keys(part) for name in present.get(key, ())]
            if alike and part not in alike:
                return layout.artifact_name(f"{at}{alike[0]}")
            if not alike:
                return None
            at += f"{part}/"
        return None

    def free(self, path: str) -> tuple[str, bool]:
        """The spelling of a path that is there, or meets none of those that are; and whether it is there."""
        at, is_there = "", True
        for part in path.split("/"):
            present = self._present(at)
            spelled, known = _spelled(part, present)
            is_there = is_there and known
            at += f"{spelled}/"
        found = at.rstrip("/")
        if len(found.encode()) > layout.LONGEST_PATH:
            first, _, rest = path.partition("/")
            found = f"{next(layout.segment_spellings(first))}/{layout.hashed_segment(rest)}"
            is_there = os.path.lexists(os.path.join(self._root, found))
        return found, is_there

    def forget(self) -> None:
        """Look at every folder again."""
        self._seen.clear()

    def add(self, path: str) -> None:
        """Note what this process has stored, so that it does not have to look again."""
        at = ""
        for part in path.split("/"):
            if at in self._seen:
                _, present = self._seen[at]
                if _note(present, part):
                    self._seen[at] = self._changed(at), present
            at += f"{part}/"

    def _present(self, at: str) -> dict[str, list[str]]:
        changed = self._changed(at)
        if at not in self._seen or self._seen[at][0] != changed:
            present: dict[str, list[str]] = {}
            try:
                for name in sorted(os.listdir(os.path.join(self._root, at))):
                    _note(present, name)
            except OSError:
                pass  # It is not there yet, or no folder, which storing will tell.
            self._seen[at] = changed, present
        return self._seen[at][1]

    def _changed(self, at: str) -> int:
        try:
            return os.stat(os.path.join(self._root, at)).st_mtime_ns
        except OSError:
            return 0


def _note(present: dict[str, list[str]], part: str) -> bool:
    """Note a name among those of a folder; returns whether it is new."""
    known = [present.setdefault(key, []) for key in _keys(part)]
    if part in known[0]:
        return False
    for names in known:
        names.append(part)
    return True


def _spelled(part: str, present: dict[str, list[str]]) -> tuple[str, bool]:
    """How a part is spelled in a folder, and whether it is there; a new one meets none that is, even without case."""
    first = None
    for spelling in layout.segment_spellings(part):
        key = layout.folded(spelling)
        alike = present.get(key, ())
        if spelling in alike:
            return spelling, True
        if not any(layout.folded(name) == key for name in alike):
            first = first or spelling
            # A part that meets none by any spelling is new, and its other spellings need not be made.
            if not alike:
                break
    return first or spelling, False


def _keys(part: str) -> set[str]:
    """By what one part of a path meets another: as it is spelled, and as it is meant."""
    return {layout.folded(part), layout.folded(layout.artifact_name(part))}


def _remove_empty(folder: str, top: str) -> None:
    """Remove a folder in which nothing was stored, and those around it, as far as they hold nothing else."""
    while folder != top:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def format_files() -> Any:
    """The module that reads the files of a run, loaded when one is asked for: it needs ``re`` and ``typing``."""
    from .format import files

    return files


def names(folder: str) -> list[str]:
    """The names of all files of a run, sorted: artifacts as given, the others by their path in the run."""
    files = format_files()
    artifacts = files.artifact_names(folder, below(os.path.join(folder, layout.ARTIFACTS))).values()
    others = files.whole_paths(
        f"{kind}/{path}" for kind in (layout.LOGS, *LISTED) for path in below(os.path.join(folder, kind))
    )
    return sorted({*artifacts, *others})


def place_of(name: str) -> str:
    """Where an artifact of this name lies in its run."""
    return f"{layout.ARTIFACTS}/{layout.artifact_path(name)}"


def find(folder: str, name: str) -> str:
    """The path of a file that ``names`` lists; raises UserError for an unknown one, which lists the known ones."""
    coerce.text(name, "an artifact name")
    try:
        place = os.path.join(folder, place_of(name))
        if os.path.isfile(place) and layout.artifact_name(layout.artifact_path(name)) == name:
            return place
    except UserError:
        pass  # It was collected, or another program stored it.
    known = names(folder)
    if name not in known:
        shown = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        raise UserError(f"the run has no file {name!r}; it has {shown or 'none'}")
    for place, called in format_files().artifact_names(folder, below(os.path.join(folder, layout.ARTIFACTS))).items():
        if called == name:
            return os.path.join(folder, layout.ARTIFACTS, place)
    return os.path.join(folder, name)


def copy(source: str, target: str, run: str = "") -> None:
    """Copy a file of a run out of it, with the folders on the way; a link that leaves the run is not followed.

    From the folder of the ``run`` on, a file that has pieces is copied whole.
    """
    import shutil

    files = format_files()
    with files.opened(run, os.path.relpath(source, run)) if run else files.regular(source) as stream:
        if os.path.dirname(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            shutil.copyfileobj(stream, file)


def copy_once(source: str, target: str) -> None:
    """Copy a file of a run to a place that is free, whole or not at all; raises ConflictError for other bytes there."""
    import shutil

    folder = os.path.dirname(target) or "."
    with format_files().regular(source) as stream:
        os.makedirs(folder, exist_ok=True)
        if os.path.isfile(target) and _same_bytes(source, target):
            return
        side = temporary_name(folder)
        try:
            with open(side, "xb") as file:
                shutil.copyfileobj(stream, file)
            claim(side, target)
        finally:
            forget(side)


def _copy(stream: IO[bytes], folder: str, temporary: str) -> None:
    # Beside run.json and not in its place, so that a stream that breaks leaves no folder behind.
    side = temporary_name(folder)
    try:
        try:
            with open(side, "xb", buffering=0, opener=descriptor) as target:
                while data := _read(stream):
                    _fill(target, data)
            if not os.path.isdir(os.path.dirname(temporary)):
                os.makedirs(os.path.dirname(temporary), exist_ok=True)
            claim(side, temporary)
        except BaseException:
            forget(side)
            raise
    except _SourceError as broken:
        raise broken.error from None
    except (FileExistsError, NotADirectoryError):
        raise ConflictError(f"{temporary}: part of this path is a file of the run; choose another name") from None
    except OSError as error:
        raise error if isinstance(error, StorageError) else refused(error, temporary) from error


class _SourceError(Exception):
    """Carries an error of the source past the handlers of the disk's errors."""

    def __init__(self, error: OSError) -> None:
        self.error = error


def _fill(target: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[target.write(view) :]


def _read(stream: IO[bytes]) -> bytes:
    try:
        data: Any = stream.read(1 << 20)
    except OSError as error:
        raise _SourceError(error) from None
    if isinstance(data, str):
        raise UserError("the stream must return bytes; open the file with mode 'rb'")
    return data  # type: ignore[no-any-return]


def _same_bytes(first: str, other: str) -> bool:
    with open(first, "rb") as a, open(other, "rb") as b:
        while True:
            left, right = a.read(1 << 16), b.read(1 << 16)
            if left != right:
                return False
            if not left:
                return True


def below(root: str) -> list[str]:
    """Every file below a folder by its path in it, with ``/``, sorted."""
    places = (os.path.relpath(path, root).replace(os.sep, "/") for path in files(root) if not _is_folder(path))
    return sorted(place for place in places if not _is_left_behind(place))


def _is_left_behind(path: str) -> bool:
    """Whether a file of a run never got its name, since its writer was killed."""
    name = path.rpartition("/")[2]
    return name.startswith(".") and name.endswith(".tmp")


def _is_folder(path: str) -> bool:
    return os.path.islink(path) and os.path.isdir(path)
