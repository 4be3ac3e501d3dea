"""Decides what becomes of each file of a run: published as it is, masked, or held back.

What runpages wrote (points, tables, charts, logs, the patch) and logged texts are masked. An output file and a file of
a snapshot are somebody's own bytes: with a secret in it, such a file is held back, and a note stands in its place.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from runpages.format.files import open_file
from runpages.format.layout import SETTINGS
from runpages.format.records import RunRecord
from runpages.format.secret import is_secret

from ..read import publish_filter
from ..read.archive import FAULTS, is_bounded, kept_shut
from .candidates import is_candidate, is_candidate_of_points
from .mask import HELD_BACK, WARNED, Finding, Looked, Policy, digest, look

BLOCK = 4 << 20
"""Bytes of a file that are looked at together, up to a line end."""

LARGEST = 64 << 20
"""Bytes of an output file, or of a file of a snapshot, that is looked through; a larger one is published as it is."""

_HEAD = 8_192
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_KEY = 64 << 10


class Release(NamedTuple):
    """What is published of a file: ``data`` in place of its bytes, or nothing, and ``why``; else the file as it is."""

    data: bytes | None = None
    why: str = ""
    found: tuple[Finding, ...] = ()


def release(
    record: RunRecord, path: str, policy: Policy, data: bytes | None = None, counts: Mapping[str, int] | None = None
) -> Release:
    """What becomes of a file of a run, or of the ``data`` that stand for it. Raises OSError where it cannot be read.

    ``counts`` has the number of points by name of a metrics file.
    """
    if policy.idle:
        return Release()
    if policy.masks and (named := _named(path, policy.unredacted)).found:
        found = [Finding(named.text, None, rule, known, HELD_BACK) for _, rule, known in named.found]
        return Release(None, "Held back: its name holds a secret.", tuple(found))
    place = os.path.join(record.folder, path)
    if record.snapshot is not None and path == record.snapshot.file:
        return _snapshot(place, data, path, policy) if policy.looks else Release()
    with open_file(place) if data is None else io.BytesIO(data) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        if not _is_text(stream):
            return Release()
        if any(path == one.file for one in record.artifacts):
            return _output(stream, path, policy) if policy.looks and size <= LARGEST else Release()
        if counts and not policy.redactions:
            if not is_candidate_of_points(stream, counts):
                return Release()
            stream.seek(0)
        return _masked(stream, path, policy)


# Cached: the runs of an experiment have files of the same paths.
_named = lru_cache(4_096)(look)


def _is_text(stream: BinaryIO) -> bool:
    head = stream.read(_HEAD)
    stream.seek(0)
    return b"\0" not in head or head.startswith(_UTF_16)


def _masked(stream: BinaryIO, path: str, policy: Policy) -> Release:
    parts: list[bytes] = []  # Of a file that stays as it is none are kept: it may be larger than the memory.
    found: dict[tuple[str, str], Finding] = {}
    line = done = 0
    before = b""
    for block in _blocks(stream):
        line += before.count(b"\n")
        before = block
        looked = _looked(block, policy)
        masked = block if looked is None else looked.text.encode("utf-8", "surrogateescape")
        for at, rule, known in looked.found if looked else ():
            found.setdefault((rule, known), Finding(path, line + at, rule, known, policy.effect))
        if masked != block and not parts:
            parts.append(_begin(stream, done))
        if parts:
            parts.append(masked)
        done += len(block)
    return Release(b"".join(parts) if parts else None, "", tuple(found.values()))


def _begin(stream: BinaryIO, size: int) -> bytes:
    """The first bytes of a file that is being read."""
    place = stream.tell()
    stream.seek(0)
    data = stream.read(size)
    stream.seek(place)
    return data


def _looked(block: bytes, policy: Policy) -> Looked | None:
    """A piece of a file as it is published; None for one in which there is nothing."""
    if not policy.redactions and not is_candidate(block):
        return None
    return look(block.decode("utf-8", "surrogateescape"), policy)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """A file in pieces that end with a line, and never within a private key."""
    rest = b""
    while block := stream.read(BLOCK):
        block = rest + block
        cut = block.rfind(b"\n") + 1 or len(block)
        begun = block.rfind(b"-----BEGIN", 0, cut)
        if begun > 0 and cut - begun < _LONGEST_KEY and block.find(b"-----END", begun) < 0:
            cut = begun
        rest = block[cut:]
        yield block[:cut]
    if rest:
        yield rest


def _text(data: bytes) -> str:
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "surrogateescape")


def _suspects(data: bytes, policy: Policy) -> list[tuple[int, str, str]]:
    """The secrets in a file as lines, rules and hashes of the file; none if the file is allowed."""
    text = _text(data)
    if not is_candidate(text.encode("utf-8", "surrogateescape") if data.startswith(_UTF_16) else data):
        return []
    found = look(text, policy).found
    known = digest(data) if found else ""
    return [] if known in policy.allowed else [(line, rule, known) for line, rule, _ in found]


_TO_ALLOW = f"add the SHA-256 of the file to allow_secrets in {SETTINGS}, with a comment, and build again."
_BY_NAME = f"Held back: its name suggests a secret. If it is none, {_TO_ALLOW}"


def _note(found: list[tuple[int, str, str]]) -> str:
    line, rule, _ = found[0]
    return f"Held back: line {line} looks like a secret ({rule}). If it is none, {_TO_ALLOW}"


def _output(stream: BinaryIO, path: str, policy: Policy) -> Release:
    found = _suspects(stream.read(), policy)
    effect = HELD_BACK if policy.masks else WARNED
    findings = tuple(Finding(path, line, rule, known, effect) for line, rule, known in found)
    return Release(None, _note(found) if found and policy.masks else "", findings)


def _snapshot(place: str, data: bytes | None, path: str, policy: Policy) -> Release:
    """A snapshot whose files with secrets have a note in place of their content."""
    found: list[Finding] = []
    notes: dict[str, str] = {}
    effect = HELD_BACK if policy.masks else WARNED
    try:
        with open_file(place) if data is None else io.BytesIO(data) as stream:
            if not is_bounded(stream):
                return Release()
            with zipfile.ZipFile(stream) as archive:
                remark = look(archive.comment.decode("utf-8", "surrogateescape"), policy)
                found += [Finding(path, None, rule, known, policy.effect) for _, rule, known in remark.found]
                for entry in archive.infolist():
                    name = look(entry.filename, policy.unredacted)
                    place = f"{path}: {name.text}"
                    found += [Finding(place, None, rule, known, effect) for _, rule, known in name.found]
                    suspects = _entry(archive, entry, policy)
                    found += [Finding(place, line or None, rule, known, effect) for line, rule, known in suspects]
                    if suspects or name.found:
                        notes[entry.filename] = _note(suspects) if suspects and suspects[0][0] else _BY_NAME
                masked = _rewritten(archive, notes, policy) if found and policy.masks else None
    except FAULTS:
        return Release()
    return Release(masked, "", tuple(found))


def _kept_shut(entry: zipfile.ZipInfo) -> str:
    return kept_shut(entry) or ("Too large to look through" if entry.file_size > LARGEST else "")


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, policy: Policy) -> list[tuple[int, str, str]]:
    """The secrets in a file of a snapshot; one that its name suggests has the line 0."""
    if entry.is_dir() or _kept_shut(entry):
        return []
    try:
        data = archive.read(entry)
    except FAULTS:  # Nobody else can read it, either.
        return []
    if is_secret(entry.filename) and digest(data) not in policy.allowed:
        return [(0, "by the name of the file", digest(data))]
    return [] if b"\0" in data[:_HEAD] and not data.startswith(_UTF_16) else _suspects(data, policy)


def _rewritten(archive: zipfile.ZipFile, notes: dict[str, str], policy: Policy) -> bytes:
    """A snapshot with ``notes`` in place of some files, without secrets in names, and without comments."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for entry in archive.infolist():
            copy = zipfile.ZipInfo(look(entry.filename, policy.unredacted).text, entry.date_time)
            copy.external_attr, copy.create_system = entry.external_attr, entry.create_system
            copy.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(copy, notes[entry.filename] + "\n" if entry.filename in notes else _content(archive, entry))
    return data.getvalue()


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    why = _kept_shut(entry)
    try:
        return archive.read(entry) if not why else f"Held back: {why[0].lower()}{why[1:]}.\n".encode()
    except FAULTS:
        return b"Held back: it cannot be unpacked.\n"


# --- what becomes public ----------------------------------------------------------------------------------


class Public(NamedTuple):
    """A file of a run that becomes public, or is held back and why: its kind, its path in the run, its size."""

    kind: str
    path: str
    size: int
    why: str = ""


def survey(record: RunRecord, policy: Policy) -> tuple[list[Public], list[Finding]]:
    """The files of a run that a build publishes, with their sizes, and the secrets in them."""
    allowed, held = publish_filter.files(record)
    files: list[Public] = [
        Public(_kind(record, one.file), one.file, _size(record, one.file), one.message) for one in held
    ]
    found: list[Finding] = []
    for path in allowed:
        size = _size(record, path)
        try:
            released = release(record, path, policy)
        except OSError as error:
            released = Release(None, f"It cannot be read: {error.strerror}")
        found += released.found
        shown = look(path, policy.unredacted).text
        size = size if released.data is None else len(released.data)
        files.append(Public(_kind(record, path), shown, size, released.why))
    return files, found


def _size(record: RunRecord, path: str) -> int:
    try:
        return os.path.getsize(os.path.join(record.folder, path))
    except OSError:
        return 0


def _kind(record: RunRecord, path: str) -> str:
    if record.snapshot is not None and path == record.snapshot.file:
        return "snapshot"
    kinds = (
        ("outputs", (one.file for one in record.artifacts)),
        ("logs", (one.file for one in record.logs)),
        ("images", (one.file for one in record.images)),
        ("media", (one.file for one in record.media)),
        ("charts", (one.file for one in record.charts)),
        ("tables", (file for one in record.tables for file in one.files)),
    )
    return next((kind for kind, paths in kinds if path in paths), "points and patch")
