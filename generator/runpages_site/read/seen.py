"""What is seen of a workspace without reading its runs: their stamps, whether they still go on, the texts beside them.

This is all that a build with nothing new needs of a workspace; to load what reads runs would take it a third longer.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from runpages.format import layout, status
from runpages.format.files import FOLDERS, content, read_text
from runpages.format.records import RunRecord

from ..stamp import Stamp


def stamp(folder: str) -> Stamp | None:
    """The stamp of a run's folder; None for a folder that is no run."""
    facts: list[str] = []
    newest, below = 0, [""]
    for prefix in below:  # It grows meanwhile: folders may be nested deeper than Python calls itself.
        newest = max(newest, _facts(folder, prefix, facts, below))
    if not any(map(_makes_a_run, facts)):
        return None
    facts.sort()
    return Stamp.of("\n".join(facts), newest / 1e9)


def liveness(record: RunRecord) -> dict[str, Any] | None:
    """What the state of a run that has not ended depends on, with the word that is shown; None if it has ended.

    It is noted beside a site, which may be public: a digest stands for the name of the machine.
    """
    stored = record.document.get("status")
    word = status.understood(stored) if isinstance(stored, str) else None
    if word not in status.ACTIVE:
        return None
    host = record.owner.get("host")
    owner = {**record.owner, "host": _digest(host)} if isinstance(host, str) else record.owner
    return {"word": word, "owner": owner, "last_write": record.last_write, "shown": record.status}


def still_shows(live: Mapping[str, Any], now: float) -> bool:
    """Whether a run that had not ended would be shown as it was."""
    shown: object = live["shown"]
    owner, here = live["owner"], status.host()
    if owner.get("host") == _digest(here):
        owner = {**owner, "host": here}
    return status.derived(live["word"], owner, live["last_write"], now) == shown


def _digest(host: str) -> str:
    return blake2b(host.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def read_beside(folder: str, name: str) -> bytes | None:
    """A file for people beside the runs, such as the README; None where there is none that can be read."""
    try:
        return content(os.path.join(folder, name))
    except OSError:
        return None


def read_prose(folder: Path, name: str = layout.README) -> str | None:
    """The README of a folder, in Markdown, or another text for people."""
    return read_text(str(folder / name))


def _facts(folder: str, prefix: str, facts: list[str], below: list[str]) -> int:
    """Note the files of a folder of a run; returns the latest time, and adds the folders in it to those ``below``.

    Each file of a workspace passes here in each build: a call for each would be a twentieth of one with nothing new.
    """
    newest = 0
    try:
        with os.scandir(f"{folder}/{prefix}") as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    if prefix or name in FOLDERS:
                        below.append(f"{prefix}{name}/")
                    elif not name.startswith("."):
                        facts.append(f"{name}/\0")  # Reported, but not searched.
                elif not (name[0] == "." and name.endswith(".tmp")):  # What has no name yet.
                    try:
                        there = entry.stat()
                    except OSError:
                        facts.append(f"{prefix}{name}\0")
                        continue
                    time = there.st_mtime_ns
                    if time > newest:
                        newest = time
                    facts.append(f"{prefix}{name}\0{there.st_size}\0{time}")
    except OSError:
        facts.append(f"{prefix}\0")
    return newest


def _makes_a_run(fact: str) -> bool:
    name = fact.partition("\0")[0]
    return name == layout.RUN or (name.startswith(layout.METRICS) and name.endswith(".csv") and "/" not in name)
