"""Copies the files of a model that no run keeps into the workspace."""

from __future__ import annotations

import os
from contextlib import contextmanager

from ._lifecycle import warn
from .artifact_store import format_files
from .capture.folder import files, judged
from .format import layout
from .format.errors import UserError
from .format.write import refused
from .registry import MODELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


def folder_of(root: str, name: str) -> str:
    """The folder of a model's documents, and of the copies that they name."""
    return os.path.join(root, layout.STATE, MODELS, layout.file_name(name))


def find(root: str, name: str, file: str) -> str:
    """The path of a file that a document names; raises UserError where it is gone, or would lie elsewhere."""
    path = os.path.join(folder_of(root, name), *layout.artifact_parts(file))
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
    above = folder_of(root, name)
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
