"""Writes what a run's page loads or links: thumbnails, sandboxed HTML, chunks of logs and of long metrics.

A chunk of a log holds a thousand lines, numbered from the start of the file, so that what is appended changes the last
one only.
"""

from __future__ import annotations

import codecs
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from html import escape
from itertools import accumulate, takewhile
from typing import Any, BinaryIO, NamedTuple

from runpages.format.layout import FileNames, file_name, hashed_name
from runpages.format.records import Problem, RunRecord

from .. import text
from ..model import Earlier, FileText, LogText, Published, PyramidPlace
from ..page import LINES, chunk_script, lines_script
from ..read.contents import opened
from ..read.downsample import FEW, Columns, Digest
from ..read.previews import PAGE, read_page
from ..read.pyramid import Axis, Chunk, Pyramid
from ..read.thumbnail import Large, Unseen, decode, large
from ..text.terminal import LINE_LIMIT
from .writer import Writer

PAGE_BYTES = 1 << 20
"""How much of a log's end is on a page at most."""

BLOCK = 1 << 20
"""Bytes that are read at once."""

KEPT_BYTES = 16 << 20
"""How much of a log's end is in the site beside the file itself."""

_BEGAN = "(this line begins before) … "


def put_logs(record: RunRecord, published: Published, out: Writer, most: int) -> Iterator[LogText]:
    """The last ``most`` lines of each published log of a run, of its last MiB; those before are written beside it.

    Raises OutputError where the site cannot be written.
    """
    names = FileNames()
    for log in record.logs:
        if log.file not in published.files:
            continue
        try:
            with opened(out.folder, published, log.file) as stream:
                end = read_end(stream)
        except OSError:
            continue
        start = _page_start(end.lines, most)
        earlier = _put_earlier(end, start, out, f"{published.folder}lines/{names.of(log.name)}") if start else None
        whole = b"\n".join([*end.lines[start:], b""]).decode("utf-8", "replace")
        yield LogText(log.name, log.file, whole, end.first + start, end.total, log.size, earlier)


def _page_start(lines: Sequence[bytes], most: int) -> int:
    """Which of the lines is the first on the page."""
    last = lines[max(len(lines) - most, 0) :]
    if sum(map(len, last)) + len(last) <= PAGE_BYTES:
        return len(lines) - len(last)
    fitting = list(takewhile(PAGE_BYTES.__ge__, accumulate([len(line) + 1 for line in reversed(last)])))
    return len(lines) - max(len(fitting), min(most, len(lines), 1))


def _put_earlier(end: LogEnd, stop: int, out: Writer, folder: str) -> Earlier:
    """Write the lines before that at ``stop``, and what they leave to the next."""
    style: tuple[str, ...] = ()
    going = text.Continuation()
    errors = warnings = version = place = 0
    while place < stop:
        number = (end.first + place - 1) // LINES
        upto = min(stop, place + LINES - (end.first + place - 1) % LINES)
        seen = text.seen(b"\n".join(end.lines[place:upto]).decode("utf-8", "replace"), style)
        levels = text.severities(seen.lines, going)
        script = lines_script(seen, levels)
        out.put(f"{folder}/{number}.js", script)
        version = zlib.crc32(script, version)
        style, going = seen.style, levels.going
        errors += levels.begun
        warnings += len(levels.warnings)
        place = upto
    return Earlier(folder, f"{version:08x}", end.first, errors, warnings, style, *going)


class LogEnd(NamedTuple):
    """The last lines of a log, of which ``first`` is the number of the first, and how many lines it has in all."""

    lines: list[bytes]
    first: int
    total: int


def read_end(stream: BinaryIO) -> LogEnd:
    """The end of a log. Raises OSError if it cannot be read."""
    gone, is_cut, blocks = 0, False, deque[bytes]()
    while block := stream.read(BLOCK):
        blocks.append(block)
        if len(blocks) > KEPT_BYTES // BLOCK:
            gone, is_cut = gone + blocks.popleft().count(b"\n"), True
    data = b"".join(blocks)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    total = gone + len(lines)
    if is_cut:  # The first block began in the middle of a line.
        lines[:1] = [] if len(lines) > 1 else [_end_of_line(lines[0])]
    first = total - len(lines) + 1
    if is_cut:  # Scripts that are full stay what they are as the log grows.
        skipped = min(-(first - 1) % LINES, max(len(lines) - LINES, 0))
        del lines[:skipped]
        first += skipped
    return LogEnd(lines, first, total)


def _end_of_line(line: bytes) -> bytes:
    """The end of a line that began before what is kept of its log, as far as a page shows a line."""
    end = line[-4 * LINE_LIMIT :].decode("utf-8", "replace")[len(_BEGAN) - LINE_LIMIT :]
    _, again, rest = end.partition("\r")  # A progress bar, which is written over from its start.
    return (rest if again else _BEGAN + end).encode()


STILL = ".still.webp"
"""How the name of a thumbnail ends that shows the first frame of an animation; the theme marks these."""

_PLACEHOLDER = "Placeholder shown"


def put_thumbnails(record: RunRecord, published: Published, out: Writer) -> tuple[dict[str, str], dict[str, str]]:
    """Write the thumbnails of a run: the path of each, and why a picture is not shown, both by file of the run.

    What cannot be shown becomes a problem of the run. Raises OutputError if the site cannot be written.
    """
    paths: dict[str, str] = {}
    unseen: dict[str, str] = {}
    for image in record.images:
        if image.missing or image.file not in published.files or image.file in paths | unseen:
            continue
        try:
            if path := _put_thumbnail(image.file, published, out):
                paths[image.file] = path
        except Unseen as error:
            unseen[image.file] = str(error)
            if image.width and image.height:  # The reader has reported others.
                record.problems.append(Problem(image.file, None, str(error), _PLACEHOLDER, error.damage))
    return paths, unseen


def _put_thumbnail(file: str, published: Published, out: Writer) -> str:
    try:
        with opened(out.folder, published, file) as stream:
            picture = large(stream)
            return _put(picture, stream, published.folder, out) if picture else ""
    except OSError as error:
        raise Unseen(f"It cannot be read: {error.strerror}") from None


def _put(picture: Large, stream: BinaryIO, folder: str, out: Writer) -> str:
    stem = f"{folder}thumbnails/{picture.name}"
    for path in (f"{stem}.webp", f"{stem}{STILL}"):
        # In a fresh site it may be the half of one, which a killed process left.
        if path in out.files or (not out.fresh and out.keep(path)):
            return path
    data, moves = decode(stream, picture.kind)
    path = f"{stem}{STILL if moves else '.webp'}"
    out.put(path, data)
    return path


PAGES = (".html", ".htm", ".xhtml", ".xht")
"""The files that are shown so."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What stands before everything else in a copy: no script, no request."""

_FRONT = (
    f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    "<style>html,body,iframe{display:block;margin:0;border:0;width:100%;height:100%}</style>\n"
)


def sealed(page: bytes) -> bytes:
    """A logged page in a sandbox below the policy, in UTF-8.

    The policy forbids no `<meta http-equiv="refresh">`, which would take a reader who opens the copy to another site.
    """
    return f'{_FRONT}<iframe sandbox srcdoc="{escape(_text(page))}"></iframe>\n'.encode()


def put_pages(record: RunRecord, published: Published, out: Writer) -> dict[str, str]:
    """Write the copies of a run's logged pages; the path of each in the site, by file of the run.

    A page that is too large or cannot be read has none. Raises OutputError where the site cannot be written.
    """
    made: dict[str, str] = {}
    for medium in record.media:
        if medium.file in published.files and medium.file.lower().endswith(PAGES):
            data = read_page(out.folder, published, medium.file)
            if data is not None:
                made[medium.file] = _put_page(data, published, out)
    return made


def put_outputs(folder: str, files: Iterable[FileText], published: Published, out: Writer) -> dict[str, str]:
    """Write copies of outputs that open in a browser; their paths, by file of the run.

    These are HTML files that were read in full, sealed, and PDF files, whose scripts run in the sandbox of the
    browser's viewer, which shows its name. The names are portable, and what is called a PDF begins as one.
    """
    made: dict[str, str] = {}
    for file in files:
        if file.whole and file.data and file.name.lower().endswith(PAGES):
            made[file.file] = _put_page(file.data, published, out)
        elif file.data.startswith(b"%PDF-") and file.hash and file.size <= PAGE:
            name = file_name(os.path.splitext(file.name.rpartition("/")[2])[0])
            path = f"{published.folder}pages/{file.hash[:16]}/{name}.pdf"
            with suppress(OSError):  # It can be downloaded, or is noted as missing.
                out.copy(os.path.join(folder, file.file), path, link=False)
                made[file.file] = path
    return made


def _put_page(page: bytes, published: Published, out: Writer) -> str:
    path = f"{published.folder}pages/{sha256(page).hexdigest()[:16]}.htm"
    out.put(path, sealed(page))
    return path


def _text(page: bytes) -> str:
    # A browser would take the mark of another encoding before it reads the policy.
    if page.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return page.decode("utf-16", "replace")
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        return page.decode("cp1252", "replace")


class Pyramids:
    """The pyramids of one metrics file. Raises OutputError where the site cannot be written."""

    def __init__(self, out: Writer, folder: str) -> None:
        """``folder`` is that of the run in the site, with ``/`` at its end."""
        self._out = out
        self._folder = f"{folder}points/"
        self._pyramids: dict[str, Pyramid] = {}
        self._hashes: dict[str, int] = {}
        self._axis = Axis()

    def begin(self) -> None:
        """Begin anew, and take back what was written so far."""
        for name, pyramid in self._pyramids.items():
            for place in pyramid.full():
                self._out.withdraw(self._path(name, *place))
        self._hashes, self._pyramids = {}, {}

    def restore(self, state: Any) -> bool:
        """Go on from the ``state`` of an earlier build; False where a file that it wrote is no more."""
        try:
            self._hashes = {name: int(known["hash"]) for name, known in state.items()}
            self._pyramids = {name: Pyramid(known["pyramid"], self._axis) for name, known in state.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        paths = [self._path(name, *place) for name, one in self._pyramids.items() for place in one.full()]
        if all(map(self._out.keep, paths)):
            return True
        for path in paths:
            self._out.files.pop(path, None)
        self._pyramids = {}
        return False

    def state(self) -> dict[str, Any]:
        """What the next build needs to go on, fit for a JSON document of the format."""
        return {
            name: {"pyramid": pyramid.state(), "hash": self._hashes[name]} for name, pyramid in self._pyramids.items()
        }

    def add(self, name: str, before: Sequence[Digest], columns: Columns) -> None:
        """Take the next points of a metric in, before the last digest of the earlier ones takes them."""
        if name not in self._pyramids:
            if sum(digest.count for digest in before) + len(columns[0]) <= FEW:
                return
            self._pyramids[name] = Pyramid(axis=self._axis)
            self._hashes[name] = 0
            for digest in before:
                self._take(name, digest.columns())
        self._take(name, columns)

    def finish(self) -> dict[str, PyramidPlace]:
        """Write the chunks that are not full; the pyramids by the metric."""
        return {name: self._finish(name, pyramid) for name, pyramid in self._pyramids.items() if not pyramid.lost}

    def _finish(self, name: str, pyramid: Pyramid) -> PyramidPlace:
        version = self._hashes[name]
        for chunk in pyramid.ends():
            version = self._write(name, chunk, version)
        return PyramidPlace(f"points/{_place_of(name)}", f"{version:08x}", pyramid.top())

    def _take(self, name: str, columns: Columns) -> None:
        pyramid = self._pyramids[name]
        for chunk in pyramid.add(*columns):
            self._hashes[name] = self._write(name, chunk, self._hashes[name])
        if pyramid.lost:
            for place in pyramid.full():
                self._out.withdraw(self._path(name, *place))
            self._pyramids[name] = Pyramid({"lost": True})

    def _write(self, name: str, chunk: Chunk, version: int) -> int:
        script = chunk_script(chunk.data)
        self._out.put(self._path(name, chunk.level, chunk.place), script)
        return zlib.crc32(script, version)

    def _path(self, name: str, level: int, place: int) -> str:
        return f"{self._folder}{_place_of(name)}/{level}-{place}.js"


def _place_of(name: str) -> str:
    """The folder of a metric, which is no other's on a disk that ignores case, whatever was read of the others."""
    plain = file_name(name)
    return plain if plain == plain.lower() else hashed_name(name)
