"""What lies between a client and a server: it counts what is answered, and can fall silent."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Between:
    """Passes on what a client and a server say, and at some point nothing more, with all connections open.

    What stops it is the first line of a request that has ``word`` in it: ``at`` "request" before any of it is passed
    on, ``at`` "body" when the server has asked for the body, ``at`` "answer" after half of what the server says.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target = host, int(port)
        self.at, self.word = "", b""
        self.stopped: list[bytes] = []
        self.answered = 0
        """Bytes that the server said."""
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepts = threading.Thread(target=self._accept)
        self._accepts.start()

    def stop(self, at: str = "", word: bytes = b"") -> None:
        """From now on stop at some point; without one, pass on everything."""
        self.at, self.word = at, word

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepts.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        line: list[bytes] = [b""]
        with client, suppress(OSError), socket.create_connection(self._target) as there:
            threading.Thread(target=self._answer, args=(there, client, line), daemon=True).start()
            while said := client.recv(1 << 16):
                begins = bool(re.match(rb"[A-Z]+ /", said))
                if begins:
                    line[0] = said.partition(b"\r\n")[0]
                if self._stops("request" if begins or not line[0] else "body", line):
                    self._over.wait()
                    return
                there.sendall(said)

    def _answer(self, there: socket.socket, client: socket.socket, line: list[bytes]) -> None:
        with suppress(OSError):
            while said := there.recv(1 << 16):
                self.answered += len(said)
                if self._stops("answer", line):
                    client.sendall(said[: -len(said) // 2])
                    self._over.wait()
                    return
                client.sendall(said)
            client.shutdown(socket.SHUT_WR)

    def _stops(self, at: str, line: list[bytes]) -> bool:
        if self.at != at or self.word not in line[0]:
            return False
        self.stopped.append(line[0])
        return True


@contextmanager
def between(target: str) -> Iterator[Between]:
    passes = Between(target)
    try:
        yield passes
    finally:
        passes.close()
