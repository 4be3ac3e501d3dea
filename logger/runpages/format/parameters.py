"""Reads the parameters of a run without a document from the configuration beside its metrics."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .document import as_utf8, decode, mapping
from .files import content, unreadable
from .records import Problem

LARGEST = 1 << 16
"""Bytes of a file up to which it is read: larger ones are data."""


def parameters(folder: str, files: Iterable[str], problems: list[Problem]) -> dict[str, Any]:
    """A document with the ``params`` of the first JSON or TOML file that holds some; an empty one where none does."""
    for name in files:
        path = os.path.join(folder, name)
        try:
            if name.endswith((".json", ".toml")) and os.path.getsize(path) <= LARGEST:
                data = content(path)
                found = mapping(decode(data) if name.endswith(".json") else _toml(data))
                if found:
                    return {"params": found}
        except (OSError, ValueError) as error:
            problems.append(unreadable(name, error)._replace(action="Not read as parameters", damage=False))
    return {}


def _toml(data: bytes) -> dict[str, Any]:
    """A TOML document with its dates as texts, which JSON has none of; raises ValueError for what is none."""
    import tomllib
    from datetime import date, time

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return list(map(plain, value))
        return value.isoformat() if isinstance(value, (date, time)) else value

    return mapping(plain(tomllib.loads(as_utf8(data).decode("utf-8-sig"))))
