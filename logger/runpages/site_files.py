"""The files of a built site, in a folder or at an address, and what they say of the workspace that they come from.

Only paths that the manifest of a site lists are read, none of which may lead out of the site.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .format import layout, published
from .format.document import decode, mapping
from .format.errors import FormatError, UserError
from .format.files import is_inside, open_file
from .format.published import Copy, Published

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import IO

MANIFEST = ".runpages-site.json"
"""The file of a site that lists all others."""

FORMAT = 1

AT_ONCE = 8
"""Requests at once to the server of a site."""

PATIENCE = 30.0
"""Seconds until a server that does not answer is given up."""

LARGEST_MANIFEST = 1 << 29
LARGEST_DOCUMENT = 1 << 26
"""Bytes of the documents of a site that are read."""

_ADDRESS = ("http://", "https://")
_BLOCK = 1 << 18


def is_site(location: str) -> bool:
    """Whether a location is an address, or the folder of a site."""
    return location.startswith(_ADDRESS) or os.path.isfile(os.path.join(location, MANIFEST))


class Changed(UserError):
    """A file of a site is not the one that was listed: it was damaged, or the site was published meanwhile."""


class Site:
    """A site at an address or in a folder. Raises UserError if there is none."""

    def __init__(self, location: str) -> None:
        self._files = _Address(location) if location.startswith(_ADDRESS) else _Folder(location)
        manifest = self._manifest()
        paths, folders = manifest.get("files"), mapping(manifest.get("folders"))
        self.paths = [
            path for path in (paths if isinstance(paths, list | dict) else ())
            if isinstance(path, str) and not published.unfit(path)
        ]  # fmt: skip
        self._listed = frozenset(self.paths)
        self._names = {segment: name for segment, name in folders.items() if isinstance(name, str)}

    @property
    def root(self) -> str:
        """Its folder, or its address, which ends with ``/``."""
        return self._files.root

    def has(self, path: str) -> bool:
        """Whether the manifest lists a path."""
        return path in self._listed

    def folders(self, document: str, depth: int) -> list[str]:
        """The folders ``depth`` levels below the root in which a document is, sorted; those of experiments and runs."""
        ends = (path.rpartition("/") for path in self.paths if path.startswith("e/"))
        return sorted({folder for folder, _, name in ends if name == document and folder.count("/") == depth - 1})

    def name_of(self, segment: str) -> str:
        """The folder in a workspace that has this segment of a path in the site."""
        return layout.folder_of(segment, self._names)

    def document(self, path: str) -> tuple[dict[str, Any], Published]:
        """A document, and what it says of the files beside it.

        Raises UserError for one that is damaged, FormatError for one that another version of runpages published.
        """
        data, place = self.content(path, LARGEST_DOCUMENT), self.locate(path)
        try:
            document = mapping(decode(data))
            version = document.get("format", FORMAT)
            if isinstance(version, int | float) and version >= FORMAT + 1:
                raise FormatError(f"{place} is of format {version}. Install a newer one: pip install -U runpages")
            if published.KEY not in document:
                raise FormatError(f"{place} does not list the files of the run; build the site again")
            known = published.published(document)
        except ValueError as error:
            raise Changed(f"{place}: {error}") from None
        folder = path.removesuffix(path.rpartition("/")[2])
        for one in known.copies:
            if not self.has(folder + one.place):
                raise Changed(f"{place} lists {one.place}, which the site does not have; publish the site again")
        return document, known

    def locate(self, path: str) -> str:
        """The path or address of a file, for people."""
        return f"{self.root.rstrip('/')}/{path}"

    def content(self, path: str, most: int) -> bytes:
        """The bytes of a file. Raises UserError if it cannot be read, or has more bytes than ``most``."""
        with self._files.opened(path) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Changed(f"{self.locate(path)} is larger than {most:,} bytes; build the site again")
        return data

    def save(self, path: str, copy: Copy, target: str) -> None:
        """Write a file to a ``target``.

        Raises Changed if it is not the ``copy`` that was listed, UserError if it cannot be read, and OSError if it
        cannot be written.
        """
        whole, left = sha256(), copy.size
        with open(target, "wb") as written, self._files.opened(path) as file:
            while block := file.read(min(_BLOCK, left + 1)):
                left -= len(block)
                if left < 0:
                    break
                whole.update(block)
                written.write(block)
        if left or whole.hexdigest() != copy.sha256:
            raise Changed(f"{self.locate(path)} is not the file that was published: its size or its SHA-256 differs")

    def _manifest(self) -> dict[str, Any]:
        place = self.locate(MANIFEST)
        try:
            manifest = json.loads(self.content(MANIFEST, LARGEST_MANIFEST))
        except (ValueError, RecursionError):
            raise UserError(f"{place} is damaged; build the site again, into a new folder") from None
        if not isinstance(manifest, dict) or manifest.get("runpages") != "site":
            raise UserError(f"{place} is not the manifest of a site that runpages built")
        if manifest.get("format", FORMAT) != FORMAT:
            raise UserError(f"{self.root} was built by a newer runpages. Install it: pip install -U runpages")
        return manifest


# --- where the files are --------------------------------------------------------------------------------


class _Folder:
    """The files of a site in a folder."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self._real = os.path.realpath(root)

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """Open a file; raises UserError if it cannot be read, or is a link that leads out of the site."""
        place = os.path.join(self.root, path)
        try:
            if not is_inside(place, self._real):
                raise UserError(f"{place} is a link that leads out of the site; build the site again")
            file = open_file(place)
        except (OSError, ValueError) as error:
            if path == MANIFEST and isinstance(error, FileNotFoundError | NotADirectoryError):
                raise UserError(self._missing()) from None
            why = error.strerror if isinstance(error, OSError) else error
            again = "" if isinstance(error, PermissionError) else "; build the site again"
            raise UserError(f"{place} cannot be read: {why}{again}") from None
        with file:
            yield file

    def _missing(self) -> str:
        if os.path.isdir(self.root):
            what = f"has no {MANIFEST}"
        else:
            what = "is a file" if os.path.exists(self.root) else "does not exist"
        return f"no site: {self.root} {what}. Name the folder or the address of a site that runpages built"


class _Address:
    """The files of a site on a web server; ``root`` is where the manifest is, also after a redirection."""

    def __init__(self, address: str) -> None:
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise UserError(f"{address} is no address: {error}") from None
        above, _, page = parts.path.rpartition("/")
        folder = above if page.endswith((".html", ".htm")) else parts.path.rstrip("/")
        self.root = f"{parts.scheme}://{parts.netloc}{folder}/"
        self._within = ""

    @contextmanager
    def opened(self, path: str) -> Iterator[_Answer]:
        """Open a file; raises UserError if the server does not give it, or sends it from another place."""
        address = self.root + quote(path, errors="surrogatepass")
        advice = "publish the site again" if self._within else "name the address of a site's home page"
        try:
            opener = build_opener(_Redirected(self._within))
            request = Request(address, headers={"User-Agent": "runpages"})  # noqa: S310, the address is of HTTP
            answer = opener.open(request, timeout=PATIENCE)
        except (HTTPError, URLError, HTTPException, OSError, ValueError) as error:
            raise UserError(f"{address} cannot be read: {_reason(error)}; {advice}") from None
        with answer:
            arrived: str = answer.geturl()
            if not self._within:
                if not arrived.endswith(f"/{MANIFEST}"):
                    raise UserError(f"{address} leads to {arrived}, which is no site")
                self.root = self._within = arrived.removesuffix(MANIFEST)
            yield _Answer(answer, address)


def _reason(error: Exception) -> str:
    """Why nothing came from an address, without the names of classes and numbers of errors."""
    cause = error.reason if isinstance(error, URLError) and not isinstance(error, HTTPError) else error
    return str(getattr(cause, "strerror", None) or cause)


class _Answer:
    """What a server sends."""

    def __init__(self, answer: Any, address: str) -> None:
        self._answer, self._address = answer, address

    def read(self, size: int) -> bytes:
        """The next bytes, at most ``size``. Raises UserError where the connection breaks."""
        try:
            data: bytes = self._answer.read(size)
        except (HTTPException, OSError, ValueError) as error:
            raise UserError(f"{self._address} cannot be read: {error}") from None
        return data


class _Redirected(HTTPRedirectHandler):
    """Follows redirections below an address only; the first request may be sent anywhere by HTTP."""

    def __init__(self, within: str) -> None:
        self._within = within or _ADDRESS

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """The request to the new address; raises HTTPError if that is elsewhere."""
        if not newurl.startswith(self._within):
            raise HTTPError(req.full_url, code, f"it leads out of the site, to {newurl}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
