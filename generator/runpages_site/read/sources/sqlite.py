"""Opens the SQLite files of other tools, to be read only.

One that a writer has open, or that has not the index that is needed, is copied to a temporary file first, which is
indexed. Texts that are no UTF-8 are read with replacements, and views, which could compute for ever, are not used.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from runpages.format.files import open_file

SUFFIXES = (".db", ".sqlite", ".sqlite3")
"""How the names of such files end."""

FAULTS = (sqlite3.Error, OSError, UnicodeError)
"""What reading a damaged file raises; its messages may quote bytes that are no text."""

_MAGIC = b"SQLite format 3\0"

Index = tuple[str, str]
"""A table, and the column by which its rows are to be found without reading all."""


def has_tables(path: str, names: frozenset[str], index: Index | None = None) -> bool:
    """Whether a file is of SQLite and has some tables."""
    try:
        with open_file(path) as file:
            return file.read(len(_MAGIC)) == _MAGIC and tables(connect(path, index)) >= names
    except FAULTS:
        return False


def is_damaged(path: str) -> bool:
    """Whether a file is of SQLite, and which tables it has cannot be read."""
    try:
        with open_file(path) as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return False
        tables(connect(path))
    except FAULTS:
        return True
    return False


def connect(path: str, index: Index | None = None) -> sqlite3.Connection:
    """A connection to a file as it is now. Raises OSError and sqlite3.Error where there is none."""
    return _connected(path, *size_and_time(path), *size_and_time(path + "-wal"), index)


def size_and_time(path: str) -> tuple[int, int]:
    """The size of a file and when it was changed, in nanoseconds; zeros where there is none."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return 0, 0
    return there.st_size, there.st_mtime_ns


def changed(path: str) -> float:
    """When a file or its log was changed last, in seconds since the epoch."""
    return max(size_and_time(path)[1], size_and_time(path + "-wal")[1]) / 1e9


def cut(path: str) -> str:
    """What a file lacks of the pages that it is to have; empty for a whole one, or one with a log. Raises OSError."""
    size = os.path.getsize(path)
    with open_file(path) as file:
        head = file.read(100)
    if len(head) < 100 or size_and_time(path + "-wal")[0] or head[24:28] != head[92:96]:
        return ""  # The number of pages is not kept.
    page = int.from_bytes(head[16:18], "big")
    whole = (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    return f"It is cut off, with {size:,} of {whole:,} bytes" if size < whole else ""


def tables(opened: sqlite3.Connection) -> set[str]:
    """The names of the tables."""
    return {row[0] for row in opened.execute("select name from sqlite_master where type = 'table'")}


def columns(opened: sqlite3.Connection, table: str) -> set[str]:
    """The names of the columns of a table."""
    return {row[1] for row in opened.execute("select * from pragma_table_info(?)", (table,))}


def row_of(opened: sqlite3.Connection, query: str, *values: object) -> Mapping[str, Any]:
    """The first row that a query finds, by the names of the columns; empty where it finds none."""
    found = opened.execute(query, values).fetchone()
    return dict(found) if found else {}


@lru_cache(maxsize=4)
def _connected(path: str, size: int, changed: int, log: int, logged: int, index: Index | None) -> sqlite3.Connection:
    if not log:
        opened = _open(path)
        if index is None or _has_index(opened, index):
            return opened
        opened.close()
    return _open(_copied(path, log > 0, index))


def _open(path: str) -> sqlite3.Connection:
    opened = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro", uri=True, check_same_thread=False)
    opened.row_factory = sqlite3.Row
    opened.text_factory = lambda data: data.decode("utf-8", "replace")
    opened.execute("pragma trusted_schema = off")
    return opened


def _copied(path: str, with_log: bool, index: Index | None) -> str:
    """A copy with what its log has, and an index; it is removed as the process ends."""
    copy = os.path.join(tempfile.mkdtemp(dir=_temporary().name), "copy.db")
    for suffix in ("", "-wal") if with_log else ("",):
        with open_file(path + suffix) as source, open(copy + suffix, "wb") as target:
            while block := source.read(1 << 20):
                target.write(block)
    with closing(sqlite3.connect(copy)) as made:
        if index is not None and index[0] in tables(made):
            made.execute(f"create index if not exists of_runs on {index[0]} ({index[1]})")
            made.commit()
    return copy


@lru_cache(maxsize=1)
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="runpages-")


def _has_index(opened: sqlite3.Connection, index: Index) -> bool:
    """Whether rows are found by a column without reading all."""
    table, column = index
    if table not in tables(opened):
        return True
    names = [row[1] for row in opened.execute(f"pragma index_list({table})")]
    first = [opened.execute(f'pragma index_info("{name}")').fetchone() for name in names if '"' not in name]
    return any(one and one[2] == column for one in first)
