"""Servers in tests have their ports for themselves."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.servers import listening

# Listens on the second port that it is given; the first is one that another program has.
SECOND = """
import socket, sys
from pathlib import Path
taken, port, mark = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
first = not mark.exists()
mark.write_text(str(port))
server = socket.create_server(("127.0.0.1", taken if first else port))
while True:
    client, _ = server.accept()
    client.sendall(b"second")
    client.close()
"""


def test_a_program_whose_port_is_taken_is_started_with_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken, mark = other.getsockname()[1], tmp_path / "mark"
        command = [sys.executable, "-c", SECOND, str(taken)]
        with (
            listening(lambda port: [*command, str(port), str(mark)], tmp_path / "log") as port,
            socket.create_connection(("127.0.0.1", port)) as client,
        ):
            assert client.recv(10) == b"second"
            assert mark.read_text() == str(port)
            for _ in range(100):  # What asks for a free port is not given that one.
                with socket.create_server(("127.0.0.1", 0)) as another:
                    assert another.getsockname()[1] != port
    assert "Address already in use" in (tmp_path / "log").read_text()


def test_a_program_that_never_listens_is_named_with_what_it_said(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such option')"]
    refused = pytest.raises(AssertionError, match=r"python\S* does not listen: no such option")
    with refused, listening(lambda port: command, tmp_path / "log"):
        raise AssertionError("it listens")
