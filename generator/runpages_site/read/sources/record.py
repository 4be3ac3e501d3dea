"""What sources of other tools make: the runs that they find, and the record of a run with the parameters beside it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runpages.format import layout, status
from runpages.format.discovery import Found, RunFolder
from runpages.format.document import as_utf8, decode, mapping
from runpages.format.files import content, unreadable
from runpages.format.image_header import picture_of
from runpages.format.records import Medium, Problem, RunRecord

from ..run_folder import read_yaml
from ..source import Source

LARGEST = 1 << 20
"""Bytes of a file of parameters up to which it is read."""

SHOWN = 20
"""Damaged lines of one file that are reported one by one."""


class NamedByFolder:
    """A source whose runs are called as the folders that they lie in."""

    label = ""
    """What the pages call the source."""

    def read_head(self, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is, without what it logged."""
        return record(run, self.label)


class NamedInside:
    """A source whose runs have their names in their files, where they may stand anywhere."""

    def read_head(self: Source, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is, with what it logged: that has to be read for its name."""
        return self.read(run, now=now, known={}, sink=None).record


def found_runs(runs: list[RunFolder], hints: Sequence[str] = (), notes: Mapping[str, str] = {}) -> Found:
    """Runs that were found, with the names of their experiments."""
    return Found(sorted({run.experiment for run in runs}), runs, [*hints], notes)


def record(
    run: RunFolder, source: str, *, created: float | None = None, ended: float | None = None, name: object = None,
    description: object = None, commit: object = None, properties: Mapping[str, object] = {}, folder: str = "",
    **logged: Any,
) -> RunRecord:  # fmt: skip
    """A run that some source read; what it ``logged`` are further fields of the record. Times are in seconds.

    Of name, description, commit and properties those that are no texts, or empty, are left out. The files of the run
    are in ``folder``, else in that of the run, or where the run is a file, beside it. Experiment and id are the names
    of its folders; there is no owner, since that is a process of another machine.
    """
    fields: dict[str, Any] = {
        "status": None, "parent": None, "error": None, "params": {}, "tags": {}, "series": {}, "tables": [],
        "charts": [], "images": [], "media": [], "artifacts": [], "logs": [], "problems": [],
    }  # fmt: skip
    experiment, own = (layout.name_of(one) or one for one in (run.experiment, run.name))
    return RunRecord(
        folder=folder or (os.path.dirname(run.path) if os.path.isfile(run.path) else run.path),
        experiment=experiment, id=own, name=_text(name), number=None, type=None, created=created, started=created,
        ended=ended, last_write=ended, owner={}, description=_text(description),
        properties={"Source": source, **{word: text for word, one in properties.items() if (text := _text(one))}},
        environment={"git": {"commit": commit}} if _text(commit) else {}, snapshot=None, document={},
        **{**fields, **logged},
    )  # fmt: skip


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def sized(folder: str, one: Medium) -> Medium:
    """What was logged, with width and height if it is a picture."""
    picture = picture_of(os.path.join(folder, one.file))
    return one._replace(width=picture.width, height=picture.height) if picture else one


def written(path: str) -> float:
    """When a file was written last, in seconds since the epoch; 0 where there is none."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def is_growing(written: float, now: float) -> bool:
    """Whether what was written at a time may go on; both are in seconds since the epoch."""
    return now - written < status.SILENCE


def unended(written: float, now: float) -> str:
    """The word for a run without an end: a copy says for ever that it is running, so silence counts as an end."""
    return status.RUNNING if abs(now - written) < status.SILENCE else status.NOT_RESPONDING


def content_within(path: str, most: int, why: str) -> bytes:
    """The bytes of a file. Raises OSError, which says ``why``, for more than ``most``, and if it cannot be read."""
    if os.path.getsize(path) > most:
        raise OSError(errno.EFBIG, why, path)
    return content(path)


def document(folder: str, name: str, problems: list[Problem]) -> dict[str, Any]:
    """The JSON document in a file of a run; an empty one where there is none, or a problem is reported."""
    try:
        return mapping(decode(content(os.path.join(folder, name))))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problems.append(unreadable(name, error))
        return {}


class BadLines:
    """Reports the lines of a file that cannot be read: the first each, and of all others how many they are."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file, self._problems, self._count = file, problems, 0

    def add(self, line: int, why: str) -> None:
        """Report a line, by its number from 1."""
        self._count += 1
        if self._count <= SHOWN:
            self._problems.append(Problem(self._file, line, why, "Line skipped", skipped=1))

    def end(self) -> None:
        """Report those that were not reported each."""
        if (more := self._count - SHOWN) > 0:
            why = f"{more:,} more lines are damaged"
            self._problems.append(Problem(self._file, None, why, "Lines skipped", skipped=more))


def parameters(folder: str, names: Iterable[str], problems: list[Problem]) -> dict[str, Any]:
    """The parameters in the first of some JSON or YAML files that has any; what cannot be read is reported."""
    for name in names:
        path = os.path.join(folder, name)
        try:
            data = content_within(path, LARGEST, "it is too large for a file of parameters")
            found = mapping(decode(data)) if name.endswith(".json") else read_yaml(as_utf8(data).decode("utf-8-sig"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            why = str(error) if not isinstance(error, OSError) else unreadable(name, error).message
            problems.append(Problem(name, None, why, "Not read as parameters", False))
            continue
        if found:
            return found
    return {}
