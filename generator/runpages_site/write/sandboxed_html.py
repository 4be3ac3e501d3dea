"""Writes copies of logged pages that run nothing and ask for nothing: a page shows them in a sandbox, at a click.

The copies end in ``.htm``, which no page of the site does.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256

from runpages.format.records import RunRecord

from ..model import FileText, Published
from ..read.previews import PAGE, read_page
from .writer import Writer

PAGES = (".html", ".htm", ".xhtml", ".xht")
"""The files that are shown so."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What stands before everything else in a copy: no script, no request."""

_FRONT = f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'


def sealed(page: bytes) -> bytes:
    """A logged page with the policy in front, in UTF-8."""
    return _FRONT.encode() + _text(page).encode()


def put_pages(record: RunRecord, published: Published, out: Writer) -> dict[str, str]:
    """Write the copies of a run's logged pages; the path of each in the site, by file of the run.

    A page that is too large or cannot be read has none. Raises OutputError where the site cannot be written.
    """
    made: dict[str, str] = {}
    for medium in record.media:
        if medium.file in published.files and medium.file.lower().endswith(PAGES):
            data = read_page(record.folder, medium.file)
            if data is not None:
                made[medium.file] = _put(data, published, out)
    return made


def put_outputs(folder: str, files: Iterable[FileText], published: Published, out: Writer) -> dict[str, str]:
    """Write copies of outputs that open in a browser; their paths, by file of the run.

    These are HTML files that were read in full, sealed, and PDF files, whose scripts run in the sandbox of the
    browser's viewer. Their names are ours, and what is called a PDF begins as one.
    """
    made: dict[str, str] = {}
    for file in files:
        if file.whole and file.data and file.name.lower().endswith(PAGES):
            made[file.file] = _put(file.data, published, out)
        elif file.data.startswith(b"%PDF-") and file.hash and file.size <= PAGE:
            path = f"{published.folder}pages/{file.hash[:16]}.pdf"
            with suppress(OSError):  # It can be downloaded, or is noted as missing.
                out.copy(os.path.join(folder, file.file), path, link=False)
                made[file.file] = path
    return made


def _put(page: bytes, published: Published, out: Writer) -> str:
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
