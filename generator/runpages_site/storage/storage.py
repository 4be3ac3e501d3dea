"""A folder in storage, as a build uses it: listed once, its files fetched, put and removed one by one."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import BuildError
from ..serve.http import content_type
from ..stamp import Listed
from .at_hand import AtHand, is_content
from .opening import AT_ONCE, StorageError, open_storage, said, shown, within

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

SMALL = 8 << 20
"""Bytes of a file that is put in one request, and is compared where storage names no contents."""

FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
"""How long browsers keep a file whose name changes with its content, and any other."""

_HEADERS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    **dict.fromkeys(("s3", "s3a"), lambda kind, cache: {"ContentType": kind, "CacheControl": cache}),
    **dict.fromkeys(
        ("gs", "gcs"),
        lambda kind, cache: {"content_type": kind, "fixed_key_metadata": {"cache_control": cache}},
    ),
    **dict.fromkeys(
        ("abfs", "abfss", "az"),
        lambda kind, cache: {"content_settings": {"content_type": kind, "cache_control": cache}},
    ),
}
"""How the file system of a scheme takes content type and cache control; other servers choose their own."""

_MADE_OF_KEYS = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "hf", "memory", "oss")
"""Schemes whose folders are there by the names of their files."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What no storage says, only the disk that its files are copied to."""

_MD5 = re.compile(r"[0-9a-f]{32}")

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder in storage. It may travel to another process, which opens it anew."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """For the file system: credentials, among others."""

    def __str__(self) -> str:
        return shown(self.url)

    @property
    def scheme(self) -> str:
        """The scheme of its URL."""
        return self.url.partition("://")[0]

    def files(self, below: str = "") -> list[Listed]:
        """All files below a folder, sorted, by one listing; none where it is not there.

        Paths are relative to the storage. Raises StorageError where storage cannot be read.
        """
        with self._asked() as (fs, root):
            try:
                found = fs.find(_joined(root, below), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return self._listed(found.values(), root)

    def beside(self, folder: str) -> dict[str, Listed]:
        """The files in a folder itself, and the folders in it with a slash at their end, by their paths."""
        with self._asked() as (fs, root):
            try:
                found = fs.ls(_joined(root, folder), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return {}
        folders = (one["name"][len(root) :].strip("/") + "/" for one in found if one["type"] == "directory")
        files = {one.path: one for one in self._listed(found, root)}
        return files | {name: Listed(name, 0, 0, "") for name in folders if name.strip("/") != folder.strip("/")}

    def facts(self, path: str) -> Listed | None:
        """What storage says of one file; None where there is none."""
        with self._asked(path) as (fs, root):
            try:
                found = self._listed([fs.info(_joined(root, path), **within(fs))], root)
            except FileNotFoundError:
                return None
        return found[0] if found else None

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        with self._asked(path) as (fs, root):
            try:
                data: bytes = fs.cat_file(_joined(root, path), **within(fs, SMALL))
            except FileNotFoundError:
                return None
        return data

    def fetch(self, files: Iterable[Listed], folder: str, below: str = "", at_hand: AtHand | None = None) -> list[str]:
        """Copy files, whose paths are relative to a place ``below``, into a local folder, with their times.

        What is ``at_hand`` of them is not asked for. Returns the paths that were left out: those of files that are
        gone, and that no folder can have.
        """

        def fetch(file: Listed) -> str:
            place = os.path.join(folder, file.path)
            try:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                path = _joined(below, file.path)
                with self._asked(path) as (fs, root):
                    there = _joined(root, path)
                    rest = partial(_rest, fs, there, file.size)
                    if at_hand is None or not at_hand.make(file, place, rest):
                        fs.get_file(there, place, **within(fs, file.size))
                if file.time:
                    os.utime(place, ns=(file.time, file.time))
            except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError):
                if os.path.isfile(place):
                    os.unlink(place)  # Some file systems make it before they look.
                return file.path  # It went meanwhile, or a folder has its name.
            return ""

        wanted = list(files)
        fit = [file for file in wanted if is_portable(file.path)]
        left_out = [file.path for file in wanted if not is_portable(file.path)]
        return left_out + [path for path in self._each(fetch, fit) if path]

    def put(self, files: Mapping[str, str]) -> None:
        """Put local files at paths; each becomes visible whole where storage is made of keys."""

        def put(file: tuple[str, str]) -> None:
            path, place = file
            size = os.path.getsize(place)
            if size <= SMALL:
                with open(place, "rb") as data:
                    self._pipe(path, data.read())
                return
            with self._asked(path) as (fs, root):
                fs.put_file(place, self._target(fs, root, path), **self._headers(path), **within(fs, size))

        with self._written():
            for _ in self._each(put, list(files.items())):
                pass

    def put_bytes(self, path: str, data: bytes) -> None:
        """Put a small file."""
        with self._written():
            self._pipe(path, data)

    def _pipe(self, path: str, data: bytes) -> None:
        with self._asked(path) as (fs, root):
            target, more = self._target(fs, root, path), {**self._headers(path), **within(fs, len(data))}
            try:
                fs.pipe_file(target, data, **more)
            except TimeoutError:  # The clients that wait without a limit do not ask again.
                if not fs.async_impl:
                    raise
                fs.pipe_file(target, data, **more)

    def _target(self, fs: AbstractFileSystem, root: str, path: str) -> str:
        """Where a file is put, in a folder that is there."""
        target = _joined(root, path)
        if self.scheme not in _MADE_OF_KEYS:
            fs.makedirs(fs._parent(target), exist_ok=True)
        return target

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise StorageError(f"{self} cannot be written: {error}. Make the bucket first") from None

    def remove(self, paths: Iterable[str]) -> list[str]:
        """Remove files, each by a request of its own; returns those that were there, as far as storage says so."""

        def remove(path: str) -> str:
            with self._asked(path) as (fs, root):
                try:
                    fs.rm_file(_joined(root, path), **within(fs))
                except FileNotFoundError:
                    return ""
            return path

        return [path for path in self._each(remove, list(paths)) if path]

    def differing(self, files: Mapping[str, str], known: Mapping[str, Listed]) -> dict[str, str]:
        """Those of some local files that storage does not hold the same of, by what is ``known`` of it."""
        paths = list(files)
        same = self._each(lambda path: self._holds(path, files[path], known.get(path)), paths)
        return {path: files[path] for path, is_same in zip(paths, same, strict=True) if not is_same}

    def _holds(self, path: str, place: str, known: Listed | None) -> bool:
        if known is None or known.size != os.path.getsize(place):
            return False
        with open(place, "rb") as file:
            if is_content(known.tag, file):
                return True
            if _MD5.fullmatch(known.tag) or known.size > SMALL:
                return False
            file.seek(0)
            return self.read(path) == file.read()

    def _headers(self, path: str) -> dict[str, Any]:
        make = _HEADERS.get(self.scheme)
        cache = FOR_EVER if path.startswith("assets/") else ASK_AGAIN
        return make(content_type(PurePosixPath(path).name), cache) if make else {}

    def _listed(self, found: Iterable[Mapping[str, Any]], root: str) -> list[Listed]:
        files = (
            Listed(one["name"][len(root) :].lstrip("/"), int(one.get("size") or 0), changed(one), _tag(one))
            for one in found
            if one["type"] == "file"
        )
        return sorted(file for file in files if file.path and not file.path.endswith("/"))

    def _each(self, work: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
        """The results of work on each item, as many at once as the file system takes."""
        with self._asked() as (fs, _):
            at_once = min(AT_ONCE, len(items)) if fs.async_impl else 1
        if at_once <= 1:
            yield from map(work, items)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(at_once) as pool:
            try:
                yield from pool.map(work, items)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    @contextmanager
    def _asked(self, path: str = "") -> Iterator[tuple[AbstractFileSystem, str]]:
        """The file system and the path of the storage in it; what it raises names storage and path, and what to do."""
        fs, root = _opened(self.url, json.dumps(self.options, sort_keys=True))
        try:
            yield fs, root
        except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, StorageError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and (
                error.errno in _NO_ROOM or (error.filename and os.path.isabs(str(error.filename)))
            ):
                raise  # What is wrong is on this machine.
            raise StorageError(f"{_joined(str(self), path)}: {said(error)}") from None


def _rest(fs: AbstractFileSystem, path: str, size: int, start: int) -> bytes:
    data: bytes = fs.cat_file(path, start=start, end=size, **within(fs, size - start))
    return data


@lru_cache(8)
def _opened(url: str, options: str) -> tuple[AbstractFileSystem, str]:
    try:
        fs, root = open_storage(url, json.loads(options))
    except BuildError as error:
        raise StorageError(str(error).replace(url, shown(url)) if "://" in url else str(error)) from None
    except Exception as error:  # Some connect at once.
        raise StorageError(f"{shown(url)}: {said(error)}") from None
    fs.dircache.use_listings_cache = False  # Others write there, too.
    return fs, root


def is_portable(path: str) -> bool:
    """Whether a file of this path, which comes from storage, lies below the folder that it is copied into."""
    parts = path.split("/")
    if os.name == "nt" and ":" in path:
        return False  # It names a drive, or a stream of another file.
    return not any(
        part in ("", ".", "..") or "\0" in part or "\\" in part or len(os.fsencode(part)) > 255 for part in parts
    )


def _joined(above: str, path: str) -> str:
    return f"{above}/{path.rstrip('/')}" if above and path else above or path.rstrip("/")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")


def changed(facts: Mapping[str, Any]) -> int:
    """When a file of a listing was changed last, in nanoseconds since the epoch; 0 where storage does not say."""
    known = next((facts[name] for name in _TIMES if facts.get(name)), None)
    if isinstance(known, str):
        try:
            known = datetime.fromisoformat(known)
        except ValueError:
            return 0
    if isinstance(known, datetime):
        known = known if known.tzinfo else known.replace(tzinfo=UTC)
        return (known - _EPOCH) // timedelta(microseconds=1) * 1000
    return round(known * 1e6) * 1000 if isinstance(known, int | float) else 0


def _tag(facts: Mapping[str, Any]) -> str:
    """What names the content of a file, or nothing."""
    if known := facts.get("md5Hash"):
        return base64.b64decode(known).hex()
    known = facts.get("ETag") or facts.get("etag") or facts.get("blob_id") or ""
    return str(known).strip('"')
