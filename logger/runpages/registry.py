"""Keeps versions of named things in a workspace: one document each, written once and never replaced.

Beside the documents of a model are copies of its files that no run keeps.
"""

from __future__ import annotations

import os
from contextlib import contextmanager

from ._lifecycle import warn
from .artifact_store import format_files
from .capture.folder import files, judged
from .format import layout
from .format.document import encode
from .format.errors import ConflictError, UserError
from .format.layout import ENVIRONMENTS, MODELS
from .format.write import create, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Any, Protocol

    from .format.records import Problem

    class Rooted(Protocol):
        """A workspace, of which only the folder matters here."""

        root: str


__all__ = ["ENVIRONMENTS", "MODELS", "add", "find_file", "get", "kept", "latest", "versions"]


def _format() -> tuple[Any, Any]:
    """The modules that find and read the documents, loaded with the first version: they need ``re`` and ``typing``."""
    from .format import read, registered

    return registered, read


def versions(root: str, kind: str, name: str) -> list[int]:
    """The versions of a name, the latest last."""
    known: list[int] = _format()[0].versions(root, kind, name)
    return known


def add(root: str, kind: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Write a document as the next version of a name; returns it. Two processes at once get two versions."""
    import time

    if not name:
        raise UserError(f"{kind[:-1]} name must not be empty")
    while True:
        known = versions(root, kind, name)
        version = (known[-1] if known else 0) + 1
        document = {"format": 1, **content, "name": name, "version": version, "created": layout.iso_time(time.time())}
        try:
            create(_format()[0].path_of(root, kind, name, version), encode(document))
        except ConflictError:
            continue  # Another process was first.
        return document


def get(root: str, kind: str, name: str, version: str | int | None = None) -> dict[str, Any]:
    """A version of a name, by default the latest; raises UserError, which lists what there is.

    Raises UserError for a document that cannot be read as well.
    """
    registered, read = _format()
    known = versions(root, kind, name)
    wanted = known[-1] if known and version is None else version
    if wanted is None or str(wanted) not in map(str, known):
        there = [f"{name}:{one}" for one in known] or registered.names(root, kind)
        which = name if version is None else f"{name}:{version}"
        raise UserError(f"the workspace {root} has no {which!r} among its {kind}: {', '.join(there) or 'none'}")
    path = registered.path_of(root, kind, name, int(wanted))
    problems: list[Problem] = []
    document: dict[str, Any] = read.read_document(path, problems)
    why = document.get("format_refused") or (
        problems and f"{path}: {problems[0].message}. Repair the file, or remove it"
    )
    if why:
        raise UserError(why)
    return document


def latest(root: str, kind: str) -> Sequence[dict[str, Any]]:
    """The latest version of each name; raises UserError as ``get`` does."""
    return [get(root, kind, name) for name in _format()[0].names(root, kind)]


# --- files of models that no run keeps ---


def _folder_of(root: str, name: str) -> str:
    """The folder of a model's documents, and of the copies that they name."""
    return os.path.join(root, layout.STATE, MODELS, layout.file_name(name))


def find_file(root: str, name: str, file: str) -> str:
    """The path of a file that a document names; raises UserError where it is gone, or would lie elsewhere."""
    path = os.path.join(_folder_of(root, name), *layout.artifact_parts(file))
    if not os.path.isfile(path):
        raise UserError(f"the file {path} of model {name!r} is gone")
    return path


@contextmanager
def kept(root: str, name: str, path: str, only: Collection[str] | None) -> Iterator[tuple[str, Sequence[str]]]:
    """Copy a file or a folder beside the documents of a model; gives its name there, and those of its files.

    Nothing refers to the copy before a document does, and if none comes to be, it is removed. ``only`` are paths in
    the folder, without which all is copied. Raises UserError where there is nothing to copy, and for a folder that
    holds the workspace.
    """
    source = os.path.abspath(path)
    if format_files().is_inside(root, os.path.realpath(source)):
        raise UserError(f"{path} holds the workspace {root}; name only the model's file or folder")
    wanted = _wanted(source, only)
    if not wanted:
        raise UserError(f"{path} has no file to register as model {name!r}; set model_path= to a file or folder")
    folder = f".files-{os.urandom(8).hex()}"  # Hidden, since it is no version.
    above = _folder_of(root, name)
    removing: type[BaseException] = BaseException
    try:
        for file, origin in wanted.items():
            _copy(origin, os.path.join(above, folder, *file.split("/")))
        removing = Exception  # An interrupt may come when a document names the copy already.
        yield f"{folder}/{os.path.basename(source)}", [f"{folder}/{file}" for file in wanted]
    except removing:
        import shutil

        shutil.rmtree(os.path.join(above, folder), ignore_errors=True)
        raise


def _wanted(source: str, only: Collection[str] | None) -> dict[str, str]:
    """The paths of the files of a model by their names, which begin with that of the file or folder itself."""
    called = os.path.basename(source)
    if os.path.isfile(source):
        return {called: source}
    found = {}
    for path in files(source, _raised):
        verdict = judged(path, source)
        if verdict.why:
            warn(f"{path} was {'' if verdict.kept else 'not '}registered: {verdict.why}")
        if verdict.kept:
            found[os.path.relpath(path, source).replace(os.sep, "/")] = path
    for child in only or ():
        if not any(_is_below(file, child) for file in found):
            raise UserError(f"{source} has no file {child!r}, named in child_paths=")
    chosen = [file for file in found if only is None or any(_is_below(file, child) for child in only)]
    return {f"{called}/{file}": found[file] for file in chosen}


def _is_below(file: str, child: str) -> bool:
    child = os.path.normpath(child).replace(os.sep, "/")
    return file == child or file.startswith(f"{child}/")


def _copy(source: str, target: str) -> None:
    import shutil

    with format_files().open_file(source) as stream:
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "xb") as file:
                shutil.copyfileobj(stream, file)
        except OSError as error:
            raise refused(error, target) from error


def _raised(error: OSError) -> None:
    raise error
