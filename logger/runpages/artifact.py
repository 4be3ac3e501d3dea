"""The files that a run keeps: stored under the names they were given, never replaced."""

from __future__ import annotations

import os

from .format import layout
from .format.errors import ConflictError, StorageError, UserError
from .format.write import beside, claim, forget, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

LISTED = ("images", "media", "charts")
"""The folders of a run whose files are listed beside its artifacts and logs, under their paths in the run."""


def store(folder: str, name: str, source: Any) -> None:
    """Copy a path's file or a binary stream to ``artifacts/<name>``; it appears whole, or not at all.

    Raises ConflictError where the name is taken, UserError for a name that leaves the run or another type of source.
    """
    if not isinstance(name, str):
        raise UserError(f"an artifact's name is a text, and this is a {type(name).__qualname__}")
    path = layout.artifact_path(name)
    place, name = os.path.join(folder, layout.ARTIFACTS, path), layout.artifact_name(path)
    _check_free(folder, name, place)
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream:
            _copy(stream, folder, place)
    elif hasattr(source, "read"):
        _copy(source, folder, place)
    else:
        raise UserError(f"artifact {name!r}: give a path or a binary stream, and not a {type(source).__qualname__}")


def store_collected(folder: str, name: str, path: str) -> None:
    """Store a file of an output folder; one that was uploaded under this name stays, and differing bytes are told."""
    place = os.path.join(folder, layout.ARTIFACTS, layout.artifact_path(name))
    if not os.path.lexists(place):
        store(folder, name, path)
    elif not _same_bytes(path, place):
        import warnings

        warnings.warn(
            f"{path} was not collected: {name} was uploaded before with other content, which stays",
            RuntimeWarning,
            stacklevel=2,
        )


def names(folder: str) -> list[str]:
    """The names of all files of a run, sorted: artifacts as given, the others by their path in the run."""
    artifacts = [layout.artifact_name(path) for path in below(os.path.join(folder, layout.ARTIFACTS))]
    others = [f"{kind}/{path}" for kind in (layout.LOGS, *LISTED) for path in below(os.path.join(folder, kind))]
    return sorted({*artifacts, *others})


def place_of(name: str) -> str:
    """Where an artifact of this name lies in its run."""
    return f"{layout.ARTIFACTS}/{layout.artifact_path(name)}"


def find(folder: str, name: str) -> str:
    """The path of a file that ``names`` lists; raises UserError for an unknown one, and tells the known ones."""
    known = names(folder)
    if name not in known:
        shown = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        raise UserError(f"the run has no file {name!r}; it has {shown or 'none'}")
    for place in below(os.path.join(folder, layout.ARTIFACTS)):
        if layout.artifact_name(place) == name:
            return os.path.join(folder, layout.ARTIFACTS, place)
    return os.path.join(folder, name)


def copy(source: str, target: str) -> None:
    """Copy a file of a run out of it, with the folders on the way; a link that leaves the run is not followed."""
    import shutil

    from .format.files import regular

    with regular(source) as stream:
        if os.path.dirname(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            shutil.copyfileobj(stream, file)


def copy_once(source: str, target: str) -> None:
    """Copy a file of a run to a place that is free, whole or not at all; raises ConflictError for other bytes there."""
    import shutil

    from .format.files import regular

    folder = os.path.dirname(target) or "."
    with regular(source) as stream:
        os.makedirs(folder, exist_ok=True)
        if os.path.isfile(target) and _same_bytes(source, target):
            return
        side = beside(folder)
        try:
            with open(side, "xb") as file:
                shutil.copyfileobj(stream, file)
            claim(side, target)
        finally:
            forget(side)


def _check_free(folder: str, name: str, place: str) -> None:
    clash = name if name in names(folder) else _twin(os.path.join(folder, layout.ARTIFACTS), place)
    if clash:
        same = "is there already" if clash == name else f"meets {clash!r} on a disk that ignores case"
        raise ConflictError(f"artifact {name!r} {same}, and nothing written is ever replaced; choose another name")


def _twin(root: str, place: str) -> str | None:
    """The stored name that a place would meet on a disk that ignores case or the form of accents."""
    at = root
    for part in os.path.relpath(place, root).split(os.sep):
        present = os.listdir(at) if os.path.isdir(at) else []
        twin = next((name for name in present if name != part and layout.same_place(name, part)), None)
        if twin is not None and part not in present:
            return layout.artifact_name(os.path.relpath(os.path.join(at, twin), root).replace(os.sep, "/"))
        at = os.path.join(at, part)
    return None


def _copy(stream: IO[bytes], folder: str, place: str) -> None:
    # Beside run.json and not in its place, so that a stream that breaks leaves no folder behind.
    side = beside(folder)
    try:
        with open(side, "xb") as target:
            while data := _read(stream):
                target.write(data)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        claim(side, place)
    except _SourceError as broken:
        raise broken.error from None
    except (FileExistsError, NotADirectoryError):
        raise ConflictError(f"{place}: a part of this path is a file of the run; choose another name") from None
    except OSError as error:
        raise error if isinstance(error, StorageError) else refused(error, place) from error
    finally:
        if os.path.lexists(side):
            os.unlink(side)


class _SourceError(Exception):
    """Carries an error of the source past the handlers of the disk's errors."""

    def __init__(self, error: OSError) -> None:
        self.error = error


def _read(stream: IO[bytes]) -> bytes:
    try:
        data: Any = stream.read(1 << 20)
    except OSError as error:
        raise _SourceError(error) from None
    if isinstance(data, str):
        raise UserError("a stream has to give bytes; open the file with mode 'rb'")
    return data  # type: ignore[no-any-return]


def _same_bytes(one: str, other: str) -> bool:
    with open(one, "rb") as a, open(other, "rb") as b:
        while True:
            left, right = a.read(1 << 16), b.read(1 << 16)
            if left != right:
                return False
            if not left:
                return True


def below(root: str) -> list[str]:
    """Every file below a folder by its path in it, with ``/``, sorted."""
    found = []
    for place, _, files in os.walk(root):
        for file in files:
            if not (file.startswith(".") and file.endswith(".tmp")):
                found.append(os.path.relpath(os.path.join(place, file), root).replace(os.sep, "/"))
    return sorted(found)
