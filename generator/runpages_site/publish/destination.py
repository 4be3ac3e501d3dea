"""What a destination of a site does, and how the programs are run that reach one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from runpages.format.files import read_file

from ..errors import OutputError
from ..site import MANIFEST
from ..write.site_folder import NOTES
from ..write.writer import JOURNAL, UNFINISHED

PRIVATE = (NOTES, UNFINISHED, JOURNAL)
"""What lies in the folder of a site and is for the builder only."""

LINES = 8
"""Most lines of what a program printed that are repeated as the reason why it failed."""

_CREDENTIALS = re.compile(r"://[^/@\s]+@")


class PublishError(OutputError):
    """A destination cannot be read or written."""


class Moved(PublishError):
    """Somebody else has published to the destination since it was fetched."""


@runtime_checkable
class Destination(Protocol):
    """Where a site is published. The mirror is a local folder, which a destination fills and is sent from."""

    name: str
    """What it is called in messages."""

    def fetch(self, mirror: Path) -> bool:
        """Make the mirror hold what the destination has; whether that is anything else than it held.

        Raises PublishError where the destination cannot be read; one that is not there yet is empty.
        """

    def send(self, mirror: Path, message: str) -> bool:
        """Make the destination hold what the mirror has; whether anything was new. ``message`` says what is sent.

        Raises Moved where the destination is not what was fetched, and PublishError where it cannot be written.
        """


def emptied(folder: Path) -> bool:
    """Make a folder exist and be empty; whether something was in it."""
    had = folder.exists() and any(folder.iterdir())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return had


def manifest_in(folder: Path) -> bytes:
    """The bytes of a site's manifest; none where there is none."""
    try:
        return read_file(folder / MANIFEST)
    except FileNotFoundError:
        return b""


def run(
    command: Iterable[str], *, name: str, env: Mapping[str, str] | None = None, data: bytes = b"",
    fails: Iterable[int] = (), apart: bool = False,
) -> tuple[int, str]:  # fmt: skip
    """Run a program; its exit code and what it printed. ``fails`` are exit codes that are no error.

    One that runs ``apart`` ends by itself when this process and its group are killed.

    Raises PublishError where it is not installed or fails; ``name`` is that of the destination.
    """
    program, *arguments = command
    try:
        done = subprocess.run(  # noqa: S603, a list of arguments, and no shell
            [program, *arguments], input=data, capture_output=True, check=False,
            env={**(os.environ if env is None else env), "LC_ALL": "C"}, start_new_session=apart,
        )  # fmt: skip
    except FileNotFoundError:
        raise PublishError(f"to publish to {without_secrets(name)} takes {program}, which is not installed") from None
    if done.returncode and done.returncode not in fails:
        lines = list(filter(str.strip, done.stderr.decode("utf-8", "replace").splitlines()))
        remote = [line.removeprefix("remote:") for line in lines if line.startswith("remote:")]
        remote = [line for line in remote if line.strip()]
        said = (remote or lines)[-LINES:] or [f"exit code {done.returncode}"]
        why = without_secrets("; ".join(map(str.strip, said)))
        raise PublishError(f"{without_secrets(name)}: {program} failed: {why}")
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape")


def without_secrets(text: str) -> str:
    """A text without the credentials in its URLs."""
    return _CREDENTIALS.sub("://", text)
