"""Serves a site over HTTP like a static host: ranges, validators, a sub-path, a 404 page.

Sends only files of the site: no listings, no dot files, nothing through links that leave it. Pages of other sites may
only link to it, since the data of a site are scripts, which any page could load.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shlex import quote
from socketserver import TCPServer
from typing import Any, BinaryIO, NamedTuple

from runpages.format.errors import RunpagesError

from .http import TEXT, byte_range, content_type, host_name, is_hidden, is_known, may_have, names_of, path_of

HOME = "index.html"
MISSING = "404.html"
HOST = "127.0.0.1"
PORT = 8000
TRIED = 100
"""Number of ports to try from the default one up."""
OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names of this machine for browsers. Any other name may be a DNS rebinding attack."""

_TO_ALL = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    # For browsers without Sec-Fetch headers: no page of another site may load, frame or keep a handle on pages.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Headers of every response."""

# Opening a pipe would wait for its writer.
_TO_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class ServeError(RunpagesError):
    """The site cannot be served: it does not exist, or its address is unavailable."""


def listen(
    site: Path, *, host: str | None = None, port: int | None = None, path: str = "/", awaited: bool = False
) -> Server:
    """Open a server for a site; it answers after ``serve_forever()`` is called.

    ``port`` defaults to 8000 or the next free one. Without ``host``, only requests from this machine by its own names
    are answered. An ``awaited`` site may be built later. Raises ServeError.
    """
    if not awaited and not (site / HOME).is_file():
        near = site / "site"
        if site.is_file():
            raise ServeError(f"no site: {site} is a file. Name the folder of a site")
        build = f"Build it first: runpages build -o {quote(str(site))}"
        first = f"Did you mean {near}?" if (near / HOME).is_file() else build
        raise ServeError(f"no site: {site} has no {HOME}. {first}")
    names = names_of(f"/{path.strip('/')}")
    if names is None:
        raise ServeError(f"--path {path} is not a URL path such as /lab/results/")
    below = [name for name in names if name]
    for tried in (port,) if port is not None else (*range(PORT, PORT + TRIED), 0):
        try:
            return Server(site, (host or HOST, tried), below, OWN_NAMES if host is None else None)
        except OSError as error:
            if port is None and error.errno == errno.EADDRINUSE:
                continue
            why = error.strerror or error
            raise ServeError(f"{host or HOST} port {tried}: {why}. Choose another; --port 0 takes a free one") from None
    raise AssertionError("port 0 is never taken")


class Server(ThreadingHTTPServer):
    """A site at an address."""

    daemon_threads = True
    block_on_close = False
    # On Windows it would let two servers share a port.
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128

    def __init__(
        self, site: Path, address: tuple[str, int], below: Sequence[str], names: frozenset[str] | None
    ) -> None:
        self.files = Files(site)
        self.below = list(below)
        self.names = names
        self.address_family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        """The URL of the site."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{path_of(self.below)}"

    def server_bind(self) -> None:
        """Bind the port, without looking up the machine's full name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error in a response, unless the client disconnected."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class OpenFile(NamedTuple):
    """An open file of the site with its metadata."""

    file: BinaryIO
    type: str
    size: int
    changed: int
    tag: str


class Files:
    """The files of a site, and nothing else."""

    def __init__(self, site: Path) -> None:
        self._root = os.path.realpath(site)

    def is_folder(self, names: Sequence[str]) -> bool:
        """Whether the names are a folder with an index page."""
        place = self._resolved([*names, HOME])
        return place is not None and os.path.isfile(place)

    def open(self, names: Sequence[str]) -> OpenFile | None:
        """Open a file, or a folder's index page for an empty last name; None if missing or outside the site."""
        names = [*names[:-1], names[-1] or HOME]
        place = self._resolved(names)
        if place is None:
            return None
        try:
            descriptor = os.open(place, _TO_READ)
        except OSError:
            return None
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            os.close(descriptor)
            return None
        file = os.fdopen(descriptor, "rb")
        tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        return OpenFile(file, content_type(names[-1]), facts.st_size, int(facts.st_mtime), tag)

    def _resolved(self, names: Sequence[str]) -> str | None:
        """The file's path with links resolved; None if outside the site."""
        if is_hidden(names):
            return None
        place = os.path.realpath(os.path.join(self._root, *names))
        return place if place.startswith(os.path.join(self._root, "")) else None


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "runpages"
    sys_version = ""
    disable_nagle_algorithm = True
    # An idle client frees its thread.
    timeout = 60

    def do_GET(self) -> None:
        """Send a file."""
        self._answer()

    def do_HEAD(self) -> None:
        """Send the headers of a file."""
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a page is dozens of requests."""

    def _answer(self) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # The body is not a request.
        if self.server.names is not None and host_name(self.headers.get("Host", "")) not in self.server.names:
            self._say(HTTPStatus.FORBIDDEN, "This server answers to localhost only. Other names: runpages serve --host")
            return
        path, _, query = self.path.partition("?")
        if not may_have(path, self.headers):
            self._say(HTTPStatus.FORBIDDEN, "Requested by a page of another site. Only links to this site are allowed")
            return
        names, below = names_of(path), self.server.below
        if names is None or names[: len(below)] != below:
            if path == "/":
                self._redirect(path_of(below))
            else:
                self._say_missing()
            return
        names = names[len(below) :]
        entry = self.server.files.open(names) if names else None
        if entry:
            self._send(entry)
        elif self.server.files.is_folder(names):
            self._redirect(path_of([*below, *names]) + (f"?{query}" if query else ""))
        else:
            self._send_missing()

    def _send(self, entry: OpenFile) -> None:
        with entry.file:
            if is_known(
                self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"), entry.tag, entry.changed
            ):
                self._head(HTTPStatus.NOT_MODIFIED, {"ETag": entry.tag})
                return
            span = self._span(entry)
            if span is None:
                self._send_part(entry, HTTPStatus.OK, range(entry.size), {})
            elif span:
                part = f"bytes {span.start}-{span.stop - 1}/{entry.size}"
                self._send_part(entry, HTTPStatus.PARTIAL_CONTENT, span, {"Content-Range": part})
            else:
                there = {"Content-Range": f"bytes */{entry.size}"}
                self._say(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "The file is shorter", there)

    def _span(self, entry: OpenFile) -> range | None:
        """The requested part of a file; None for all of it, also if the client has a part of an old version."""
        version = self.headers.get("If-Range", entry.tag)
        if version not in {entry.tag, formatdate(entry.changed, usegmt=True)}:
            return None
        return byte_range(self.headers.get("Range", ""), entry.size)

    def _send_missing(self) -> None:
        entry = self.server.files.open([MISSING])
        if entry is None:
            self._say_missing()
            return
        with entry.file:
            self._send_part(entry, HTTPStatus.NOT_FOUND, range(entry.size), {})

    def _say_missing(self) -> None:
        self._say(HTTPStatus.NOT_FOUND, f"Page not found. The site is at {path_of(self.server.below)}")

    def _send_part(self, entry: OpenFile, status: HTTPStatus, span: range, more: dict[str, str]) -> None:
        facts = {
            "Content-Type": entry.type,
            "Content-Length": str(len(span)),
            "Accept-Ranges": "bytes",
            "ETag": entry.tag,
            "Last-Modified": formatdate(entry.changed, usegmt=True),
        }
        self._head(status, facts | more)
        if self.command != "HEAD" and span and self.connection.sendfile(entry.file, span.start, len(span)) < len(span):
            self.close_connection = True  # The file was truncated: the client must not wait for the rest.

    def _redirect(self, place: str) -> None:
        # Not permanent: browsers would remember it for the next site at this port.
        self._head(HTTPStatus.FOUND, {"Location": place, "Content-Length": "0"})

    def _say(self, status: HTTPStatus, text: str, more: dict[str, str] | None = None) -> None:
        data = f"{text}\n".encode()
        self._head(status, {"Content-Type": TEXT, "Content-Length": str(len(data))} | (more or {}))
        if self.command != "HEAD":
            self.wfile.write(data)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (_TO_ALL | headers).items():
            self.send_header(name, value)
        self.end_headers()
