"""Writes zips: the same files give the same bytes, whose dates, owners and modes are not in them."""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from struct import Struct
from types import MappingProxyType
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import orjson

from runpages.format import layout
from runpages.format.files import open_file
from runpages.format.records import RunRecord
from runpages.format.status import ACTIVE

from ..model import Published
from ..read import archive
from ..read.archive import FORMAT, MANIFEST, MOST, PIECE, SMALL, ArchiveError, Fact
from ..read.contents import opened
from ..settings import Limits
from .writer import Writer

RUN_ZIP = "run.zip"
"""The zip of all files of a run, among them."""

LARGEST = 20_000_000
"""Bytes of all outputs together up to which there is a zip of them: it takes their room once more."""

BLOCK = 1 << 12
"""Bytes up to which a file is stored as it is: to set up the packing takes longer than to write it."""

_LEVEL = 1
"""How hard a page's zips are packed: the highest level takes four times as long, for a fifth less."""

_HEAD, _ENTRY, _END = Struct("<4s5H3L2H"), Struct("<4sBB5H3L5H2L"), Struct("<4s4H2LH")
"""What stands before a file in a zip, its entry in the list of all files, and what stands after that."""

_WIDE_SIZES, _WIDE_END, _WIDE_PLACE = Struct("<2H3Q"), Struct("<4sQ2H2L4Q"), Struct("<4sLQL")
"""What is there beside them where a number is too large for these."""

_LARGE = 1 << 31
"""The number from which on that is so: some programs take a larger one for negative."""

_WIDE, _MANY = 0xFFFF_FFFF, 0xFFFF
"""What stands in place of such a number, and for too many files."""

_UTF_8, _NO_DATE = 0x800, (0, 1 << 5 | 1)
_UNIX, _MODE = 3, 0o100644 << 16

_PACKED = (
    ".7z", ".avif", ".bz2", ".flac", ".gif", ".gz", ".jpeg", ".jpg", ".m4a", ".mp3", ".mp4", ".npz", ".ogg",
    ".parquet", ".png", ".pt", ".pth", ".webm", ".webp", ".whl", ".xz", ".zip", ".zst",
)  # fmt: skip


def add(zipped: ZipFile, name: str, path: str) -> Fact:
    """Add a file, without its date, owner and mode. Raises OSError, and ArchiveError for one that changes meanwhile."""
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size <= SMALL:
            return add_bytes(zipped, name, file.read())
        fact, method = _measured(file, name)
        file.seek(0)
        info = _info(name, method)
        info.file_size = fact.size
        digest = sha256()
        with zipped.open(info, "w") as target:
            while piece := file.read(PIECE):
                digest.update(piece)
                target.write(piece)
    if digest.hexdigest() != fact.sha256:
        raise ArchiveError(f"{path} changed while it was packed. Nothing was written")
    return fact


def add_bytes(zipped: ZipFile, name: str, data: bytes) -> Fact:
    """Add a document, a small file, or what stands for a file."""
    fact, method = _measured(io.BytesIO(data), name)
    zipped.writestr(_info(name, method), data)
    return fact


def add_manifest(
    zipped: ZipFile, runs: Collection[str], files: Mapping[str, Fact], changed: Collection[str] = (),
    left_out: Mapping[str, str] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Make the files that were added a zip of runs, each of which is named ``<experiment>/<run>``.

    ``changed`` are those that are not as in their workspace; those ``left_out`` have the reason.
    """
    add_bytes(zipped, MANIFEST, _manifest(runs, files, changed, left_out))


def _manifest(
    runs: Collection[str], files: Mapping[str, Fact], changed: Collection[str], left_out: Mapping[str, str]
) -> bytes:
    known = {name: fact._asdict() for name, fact in sorted(files.items())}
    document: dict[str, object] = {"runpages": "pack", "format": FORMAT, "runs": sorted(runs), "files": known}
    if changed:
        document["changed"] = sorted(changed)
    if left_out:
        document["left_out"] = dict(sorted(left_out.items()))
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # A name that is no text.
        return json.dumps(document, indent=2).encode() + b"\n"


@contextmanager
def replaced(place: Path) -> Iterator[ZipFile]:
    """A zip to write, which takes its place whole or not at all; one with the same bytes there stays.

    Raises OSError, with the name of the place.
    """
    side = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with ZipFile(side, "w") as zipped:
            yield zipped
        if not _same(side, place):
            os.replace(side, place)
    except OSError as error:
        if error.filename != str(side):  # A file to be packed, or a full disk.
            raise
        raise OSError(error.errno, error.strerror, str(place)) from None
    finally:
        side.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    """Whether two files have the same bytes."""
    try:
        return one.stat().st_size == other.stat().st_size and fact_of(str(one)) == fact_of(str(other))
    except OSError:
        return False


def _info(name: str, method: int) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = method
    info.create_system = _UNIX  # Whatever this machine is.
    info.external_attr = _MODE
    return info


def _measured(file: IO[bytes], name: str) -> tuple[Fact, int]:
    """The facts of a file, and how to pack it so that it is not taken for a bomb."""
    digest, packer, size, packed = sha256(), None, 0, 0
    is_packed = name.lower().endswith(_PACKED)
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
        if size > SMALL and not is_packed:
            packer = packer or zlib.compressobj()
            packed += len(packer.compress(piece))
    fact = Fact(size, digest.hexdigest())
    if is_packed or size <= BLOCK:
        return fact, ZIP_STORED
    if packer is None:
        return fact, ZIP_DEFLATED
    packed += len(packer.flush())
    return fact, ZIP_STORED if size > MOST * packed // 2 or packed >= size else ZIP_DEFLATED


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip of files that are in memory, each packed once; what would be taken for a bomb is stored.

    ``ZipFile`` takes longer to write a small file than to read and to pack it.
    """
    parts: list[bytes] = []
    entries: list[bytes] = []
    place = 0
    for name, data in members.items():
        spelled, (method, content) = name.encode(), _compressed(name, data)
        version, sizes, extra, begin = 20, (len(content), len(data)), b"", place
        if max(place, *sizes) >= _LARGE:
            extra = _WIDE_SIZES.pack(1, _WIDE_SIZES.size - 4, len(data), len(content), place)
            version, sizes, begin = 45, (_WIDE, _WIDE), _WIDE
        flags = 0 if spelled.isascii() else _UTF_8
        facts = version, flags, method, *_NO_DATE, zlib.crc32(data), *sizes, len(spelled), len(extra)
        parts += (_HEAD.pack(b"PK\3\4", *facts), spelled, extra, content)
        entries += (_ENTRY.pack(b"PK\1\2", version, _UNIX, *facts, 0, 0, 0, _MODE, begin), spelled, extra)
        place += _HEAD.size + len(spelled) + len(extra) + len(content)
    return b"".join([*parts, *entries, _end(len(members), sum(map(len, entries)), place)])


def _compressed(name: str, data: bytes) -> tuple[int, bytes]:
    """How a file is packed, and what that gives."""
    if len(data) > BLOCK and not name.lower().endswith(_PACKED):
        content = zlib.compress(data, _LEVEL, -zlib.MAX_WBITS)
        if len(data) <= SMALL or len(content) < len(data) <= MOST * len(content) // 2:
            return ZIP_DEFLATED, content
    return ZIP_STORED, data


def _end(count: int, size: int, place: int) -> bytes:
    """The end of a zip: how many files there are, and where the list of them is."""
    end = b""
    if count >= _MANY or place >= _LARGE:
        end = _WIDE_END.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, place)
        end += _WIDE_PLACE.pack(b"PK\6\7", 0, place + size, 1)
        count, size, place = min(count, _MANY), min(size, _WIDE), min(place, _WIDE)
    return end + _END.pack(b"PK\5\6", 0, 0, count, count, size, place, 0)


def fact_of(path: str) -> Fact:
    """The size and the hash of a regular file. Raises OSError."""
    with open_file(path) as file:
        return _measured(file, _PACKED[0])[0]


def extract(zipped: ZipFile, infos: Mapping[str, ZipInfo], folder: Path) -> None:
    """Write files of a zip below a folder in which none of them is. Raises ArchiveError and OSError."""
    for name, info in infos.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(place, "xb") as file:
            for piece in archive.pieces(zipped, info):
                file.write(piece)


# --- what pages offer ------------------------------------------------------------------------------------


def put_outputs(record: RunRecord, published: Published, out: Writer) -> str:
    """Write the published outputs of a run as one zip; gives its path, or nothing where there is none.

    There is none of a run that goes on, which would be another one at each build, none for a single output, and none
    where they are too large, cannot be read, or two would have one name. Raises OutputError.
    """
    found = [file for file in record.artifacts if file.file in published.files]
    # No tool takes a backslash for a folder that way.
    names = {file.file.removeprefix(f"{layout.ARTIFACTS}/").replace("\\", "~5c"): file.file for file in found}
    if record.status in ACTIVE or len(found) < 2 or len(names) < len(found):
        return ""
    if sum(file.size for file in found) > LARGEST:
        return ""
    try:
        members = {name: _content(out.folder, published, path) for name, path in sorted(names.items())}
    except OSError:
        return ""
    out.put(path := f"{published.folder}outputs.zip", packed(members))
    return path


def put_run(
    name: str, document: bytes, status: str | None, published: Published, size: int, limits: Limits, out: Writer
) -> str:
    """Write the published files of a run as a zip that ``runpages unpack`` takes; gives its path, or nothing.

    ``name`` is ``<experiment>/<run>``, ``document`` that of the run, ``size`` that of all its files in bytes. The zip
    says why other files are withheld. There is none of a run that goes on, and of a large one. Raises OutputError.
    """
    if status in ACTIVE or size > limits.download * 1_000_000 or archive.odd(name):
        return ""
    try:
        odd = _odd(tuple(published.hashes))
        names = {path: f"{name}/{path}" for path in sorted(published.hashes) if path not in odd}
        members = {f"{name}/{layout.RUN}": document}
        members |= {member: _content(out.folder, published, path) for path, member in names.items()}
    except (OSError, ArchiveError):
        return ""
    left_out = {f"{name}/{path}": f"its name {why}" for path, why in odd.items()}
    known = {names[path]: published.hashes[path] for path in names if path in published.contents}
    files = {member: Fact(len(data), known.get(member) or _hash(data)) for member, data in members.items()}
    left_out |= {f"{name}/{path}": why.removeprefix("Held back: ") for path, why in published.withheld.items()}
    members[MANIFEST] = _manifest([name], files, (), left_out)
    out.put(path := published.folder + RUN_ZIP, packed(members))
    return path


# Cached: the runs of an experiment have files of the same paths.
@lru_cache(256)
def _odd(paths: Sequence[str]) -> Mapping[str, str]:
    """Why some files of a run are in no zip, by their paths. Raises ArchiveError where none can be in one."""
    odd = {path: why for path in paths if (why := archive.odd(path))}
    archive.check_names([layout.RUN, *(path for path in paths if path not in odd)])
    return odd


def _content(site: Path, published: Published, path: str) -> bytes:
    with opened(site, published, path) as file:
        return file.read()


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()
