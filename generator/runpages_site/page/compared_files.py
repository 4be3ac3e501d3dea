"""Builds from what browsers compare the code, configuration and logs of a run with those of others.

What is small is in ``run.js``, since of many runs each further file takes time; else it has a data script of its own.
The content of the code is in the data scripts of its viewer; here is the list of all files, so that only those that
differ are loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import text
from ..model import FileText, LogText, Snapshot
from .data_scripts import script
from .preview import RunPreviews

CONFIGURATION = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")
"""How the names of configuration files end."""

LARGEST, ALL = 50_000, 200_000
"""Bytes of a configuration file, and of all of a run, whose text is compared."""

LINES = 200
"""The last lines of a log that are compared."""

LINE = 2_000
"""Characters of such a line."""


INLINE = 4_000
"""Bytes up to which it is in ``run.js``."""


def compared_data(previews: RunPreviews, logs: Sequence[LogText]) -> tuple[Mapping[str, Any], bytes]:
    """What is compared of a run, and the script that it needs for it; empty without code, configuration and logs."""
    snapshot, patch = previews.texts.snapshot, previews.texts.patch
    value: dict[str, Any] = {
        "snapshot": _snapshot(snapshot, [one.part for one in previews.code]) if snapshot else None,
        "patch": _patch(patch) if patch and patch.data else None,
        "configuration": list(_configuration(previews.texts.outputs)),
        "logs": list(map(_log, logs)),
    }
    if not any(value.values()):
        return {}, b""
    made = script("compared", value)
    return (value, b"") if len(made) <= INLINE else ({}, made)


def _snapshot(snapshot: Snapshot, parts: Sequence[int]) -> dict[str, Any]:
    """All files in columns, and the number of the script of each of the first ones."""
    return {
        "names": [text.visible(one.name) for one in snapshot.listed],
        "sizes": [one.size for one in snapshot.listed],
        "crcs": [one.crc for one in snapshot.listed],
        "parts": list(parts),
        "why": "" if snapshot.listed else snapshot.why,
    }


def _patch(patch: FileText) -> dict[str, Any]:
    return {"text": text.visible(patch.data.decode("utf-8", "replace").replace("\r\n", "\n")), "whole": patch.whole}


def _configuration(outputs: Sequence[FileText]) -> Iterator[dict[str, Any]]:
    left = ALL
    for file in outputs:
        if file.name.lower().endswith(CONFIGURATION):
            source = _source(file) if len(file.data) <= min(LARGEST, left) else None
            left -= len(file.data) if source is not None else 0
            yield {"name": text.visible(file.name), "size": file.size, "hash": file.hash, "text": source}


def _source(file: FileText) -> str | None:
    """The text of a file; None where it is binary or was not read."""
    if not file.whole:
        return None
    try:
        return text.visible(file.data.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n"))
    except UnicodeDecodeError:
        return None


def _log(log: LogText) -> dict[str, Any]:
    lines = log.text.removesuffix("\n").rsplit("\n", LINES)[-LINES:] if log.text else []
    total = log.lines if log.lines is not None else log.first + log.text.count("\n") - 1
    shown = text.seen("\n".join(lines)).lines if lines else []
    return {"name": text.visible(log.name), "total": total, "lines": [line[:LINE] for line in shown]}
