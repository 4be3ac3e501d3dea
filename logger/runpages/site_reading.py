"""Reads a built site, in a folder or at an address, into the same values as its workspace.

A site has the numbers, texts, tables and charts of its runs. Only paths that its manifest lists are read, none of which
may lead out of the site.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from http.client import HTTPException
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .format import layout
from .format.errors import FormatError, UserError
from .format.files import is_inside, read_file
from .format.read import read_run
from .format.records import ExperimentRecord, RunRecord
from .format.status import understood
from .reading import Reading

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

_ADDRESS = ("http://", "https://")
_DATA = ("tables/", "charts/")
_FIRST = ("run.json", "metrics.", "series.", "definitions.")


def reading_of(location: str) -> Reading:
    """What there is at a location: a site, else a workspace, an experiment or a run.

    Raises UserError if there is nothing to read.
    """
    return site_at(location) if is_site(location) else Reading(location)


def site_at(location: str, experiment: str | None = None) -> SiteReading:
    """The site at an address or in a folder; with ``experiment`` only that one, if one has this name.

    Raises UserError if there is no site.
    """
    return SiteReading(_Address(location) if location.startswith(_ADDRESS) else _Folder(location), experiment)


def is_site(location: str) -> bool:
    """Whether a location is an address, or the folder of a site."""
    return location.startswith(_ADDRESS) or os.path.isfile(os.path.join(location, MANIFEST))


class SiteReading(Reading):
    """The runs of a site. ``path`` and ``folder`` of a run are paths or addresses; its files are not listed."""

    def __init__(self, files: _Folder | _Address, experiment: str | None = None) -> None:
        self._files = files
        self._listed = list(_paths(files))
        self.path, self.hints = files.root, []
        folders = sorted({os.path.dirname(path) for path in self._listed if _is_document(path)})
        places = (
            [layout.site_segment(name) for name in (experiment, layout.file_name(experiment))] if experiment else []
        )
        self._folders = [folder for folder in folders if folder.split("/")[1] in places] or folders

    @cached_property
    def experiments(self) -> dict[str, ExperimentRecord]:
        """The experiments by name, without what a workspace says of them beside their runs."""
        folders = {run.experiment: os.path.dirname(run.folder.rstrip("/")) for run in self.runs}
        return {name: ExperimentRecord(folder, name, {}, None, None, None, []) for name, folder in folders.items()}

    @cached_property
    def runs(self) -> list[RunRecord]:
        """All runs, by experiment and id; one of a newer format is reported as a hint and left out."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [run for run in pool.map(self._read, self._folders) if run is not None]

    def run(self, name: str) -> RunRecord:
        """The run with this id or, if only one has it, this name; raises UserError otherwise."""
        found = [folder for folder in self._folders if os.path.basename(folder) == layout.site_segment(name)]
        run = self._read(found[0]) if len(found) == 1 else None
        return super().run(name) if run is None else run

    def columns(self, folder: str) -> dict[str, Any]:
        """What the site says of the columns of an experiment's runs, by the ``folder`` of one of them.

        It has the main ``metric`` and its ``goal``; empty in a site that an older version built.
        """
        path = f"{os.path.dirname(folder.rstrip('/'))}/columns.js".removeprefix(f"{self.path.rstrip('/')}/")
        if path not in self._listed:
            return {}
        text = self._files.content(path).decode("utf-8", "replace").strip()
        try:
            found = json.loads(text.removeprefix('runpages.put("columns",').removesuffix(");"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{self.path.rstrip('/')}/{path} cannot be read: {error}; build the site again") from None
        return found if isinstance(found, dict) else {}

    def _read(self, folder: str) -> RunRecord | None:
        """The run in a folder of the site, from copies of its data in a folder of the form that all runs have."""
        with TemporaryDirectory(prefix="runpages-") as copies:
            for path, original in self._data_of(folder):
                _put(os.path.join(copies, original), self._files.content(path))
            try:
                run = read_run(os.path.join(copies, folder), now=time.time())
            except FormatError as error:
                self.hints.append(str(error))
                return None
        # The process of a run that goes on is looked up by the build only.
        word = run.document.get("status")
        return run._replace(
            folder=f"{self.path.rstrip('/')}/{folder}", status=understood(word) if isinstance(word, str) else None
        )

    def _data_of(self, folder: str) -> Iterator[tuple[str, str]]:
        """The files of a run with its document, points, tables and charts, each with its path in a workspace."""
        for path in self._by_folder[folder]:
            inner = _original(path.removeprefix(f"{folder}/"))
            is_data = inner.startswith(_DATA if "/" in inner else _FIRST) and not inner.endswith(".js")
            if is_data and _is_inside(inner):
                yield path, f"{folder}/{inner}"

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {folder: [] for folder in self._folders}
        for path in self._listed:
            folder = "/".join(path.split("/", 3)[:3])
            if folder in found:
                found[folder].append(path)
        return found


def _is_document(path: str) -> bool:
    """Whether a path of a site is ``e/<experiment>/<run>/run.json``."""
    parts = path.split("/")
    return len(parts) == 4 and parts[0] == "e" and parts[3] == layout.RUN


def _paths(files: _Folder | _Address) -> Iterator[str]:
    """The paths that the manifest of a site lists, without any that leads out of the site.

    Raises UserError for what is no manifest.
    """
    place = f"{files.root.rstrip('/')}/{MANIFEST}"
    try:
        manifest = json.loads(files.content(MANIFEST))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place} cannot be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("runpages") != "site":
        raise UserError(f"{place} is not the manifest of a site that runpages built")
    if manifest.get("format", FORMAT) != FORMAT:
        raise UserError(f"{files.root} was built by a newer runpages. Install it: pip install -U runpages")
    listed = manifest.get("files")
    for path in listed if isinstance(listed, list | dict) else ():
        if isinstance(path, str) and _is_inside(path):
            yield path


def _put(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(data)
    except (OSError, ValueError) as error:
        raise UserError(f"a copy of a file of the site cannot be written: {error}") from None


def _is_inside(path: str) -> bool:
    """Whether a path leads to a file below the folder that it is relative to, on any system."""
    parts = path.split("/")
    return not any(part in ("", ".", "..") or part != part.strip() or set(part) & set("\\:\0") for part in parts)


def _original(path: str) -> str:
    """The path in a run of a file by its path in a site, where a name that a server might misread is spelled anew."""
    *folders, name = path.split("/")
    stem, dot, extension = name.rpartition(".")
    if (marked := _WITHOUT_EXTENSION.fullmatch(stem)) and extension == "txt":
        stem, dot, extension = marked[1], "", ""
    return "/".join([*map(_unspelled, folders), _unspelled(stem) + dot + extension])


_WITHOUT_EXTENSION = re.compile("((?:~[~_]|[^~])*)~")


def _unspelled(name: str) -> str:
    return re.sub("~([~_])", lambda found: "~" if found[1] == "~" else ".", name)


# --- where the files are --------------------------------------------------------------------------------


class _Folder:
    """The files of a site in a folder."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self._real = os.path.realpath(root)

    def content(self, path: str) -> bytes:
        """The bytes of a file; raises UserError if it cannot be read, or is a link that leads out of the site."""
        place = os.path.join(self.root, path)
        try:
            if is_inside(place, self._real):
                return read_file(place)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"{place} cannot be read: {why}; build the site again") from None
        raise UserError(f"{place} is a link that leads out of the site; build the site again")


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

    def content(self, path: str) -> bytes:
        """The bytes of a file; raises UserError if the server does not give it, or sends it from another place."""
        address = self.root + quote(path, errors="surrogatepass")
        try:
            opener = build_opener(_Redirected(self._within))
            request = Request(address, headers={"User-Agent": "runpages"})  # noqa: S310, the address is of HTTP
            with opener.open(request, timeout=PATIENCE) as answer:
                data: bytes = answer.read()
                arrived: str = answer.geturl()
        except (HTTPError, URLError, HTTPException, OSError, ValueError) as error:
            advice = "publish the site again" if self._within else "name the address of a site's home page"
            raise UserError(f"{address} cannot be read: {error}; {advice}") from None
        if not self._within:
            if not arrived.endswith(f"/{MANIFEST}"):
                raise UserError(f"{address} leads to {arrived}, which is no site")
            self.root = self._within = arrived.removesuffix(MANIFEST)
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
