"""Bytes that reach a bucket while a run grows, by `runpages sync`, and by `rclone sync` with --peer.

`python bench/sync_bytes.py [--steps 100] [--peer]`. A run grows by 1 MB a step, and is synced after each. The server
is `rclone serve s3`; what goes to it passes a relay that counts, so headers and listings count as well.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from runpages_site.sync.rounds import Sync

MEGABYTE = 1_000_000
RCLONE = Path(sys.executable).with_name("rclone")


class Relay:
    """Passes connections on to a port, and counts what goes there."""

    def __init__(self, port: int) -> None:
        self.sent = 0
        self._port = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._door.accept()
            server = socket.create_connection(("127.0.0.1", self._port))
            for ends in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        try:
            while data := source.recv(1 << 18):
                target.sendall(data)
                self.sent += len(data) if counts else 0
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def line(step: int) -> str:
    """A point of the metrics file."""
    return f"loss,{step},{1_767_225_600 + step / 10:.3f},{1 / (step + 1)!r},\n"


def grow(run: Path, step: int) -> int:
    """Append a megabyte of points; returns how many bytes the run has."""
    with (run / "metrics.csv").open("a") as file:
        begin = file.tell()
        while file.tell() - begin < MEGABYTE:
            file.write("".join(line(step * 20_000 + at) for at in range(200)))
    return sum(path.stat().st_size for path in run.iterdir())


def measure(name: str, steps: int, folder: Path, relay: Relay, sync: Callable[[], object]) -> None:
    """Grow a run, and print what a ``sync`` after each step sent."""
    run = folder / "runs" / "demo" / "a"
    run.mkdir(parents=True)
    (run / "metrics.csv").write_text("name,step,time,value,text\n")
    (run / "run.json").write_text(json.dumps({"format": 1, "id": "a", "status": "Running"}))
    relay.sent, grown, began = 0, 0, time.process_time()
    for step in range(steps):
        grown = grow(run, step)
        sync()
    (run / "run.json").write_text(json.dumps({"format": 1, "id": "a", "status": "Completed"}))
    sync()
    spent = time.process_time() - began
    print(
        f"{name}: grown {grown / MEGABYTE:.1f} MB in {steps} steps, sent {relay.sent / MEGABYTE:.1f} MB: "
        f"{relay.sent / grown:.3f} x; {spent:.1f} s of CPU in this process"
    )


def main() -> None:
    """Measure, with a server of its own."""
    options = argparse.ArgumentParser()
    options.add_argument("--steps", type=int, default=100)
    options.add_argument("--peer", action="store_true")
    given = options.parse_args()
    with TemporaryDirectory() as temporary, socket.socket() as free:
        folder = Path(temporary)
        (folder / "buckets" / "lab").mkdir(parents=True)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        address = f"127.0.0.1:{port}"
        command = [str(RCLONE), "serve", "s3", "--auth-key", "key,secret", "--addr", address, str(folder / "buckets")]
        environment = os.environ | {"RCLONE_CONFIG": str(folder / "rclone.conf")}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
            try:
                while socket.socket().connect_ex(("127.0.0.1", port)):
                    time.sleep(0.05)
                relay = Relay(port)
                ours(given.steps, folder / "ours", relay)
                if given.peer:
                    peer(given.steps, folder / "peer", relay, environment)
            finally:
                server.terminate()


def ours(steps: int, folder: Path, relay: Relay) -> None:
    """Measure ``runpages sync``."""
    endpoint = {"endpoint_url": f"http://127.0.0.1:{relay.port}", "key": "key", "secret": "secret"}
    made: list[int] = []

    def sync() -> None:
        one = Sync(str(folder / "runs"), "s3://lab/ours", endpoint)
        with one.journal.opened():
            one.begin()
            made.append(len(one.once().objects))

    measure("runpages sync", steps, folder, relay, sync)
    print(f"runpages sync: {sum(made)} objects written")


def peer(steps: int, folder: Path, relay: Relay, environment: dict[str, str]) -> None:
    """Measure ``rclone sync``."""
    known = {
        "TYPE": "s3", "PROVIDER": "Rclone", "ENDPOINT": f"http://127.0.0.1:{relay.port}", "ACCESS_KEY_ID": "key",
        "SECRET_ACCESS_KEY": "secret",
    }  # fmt: skip
    environment = environment | {f"RCLONE_CONFIG_LAB_{key}": value for key, value in known.items()}
    command = [str(RCLONE), "sync", str(folder / "runs"), "lab:lab/peer"]
    measure("rclone sync", steps, folder, relay, lambda: subprocess.run(command, env=environment, check=True))


if __name__ == "__main__":
    main()
