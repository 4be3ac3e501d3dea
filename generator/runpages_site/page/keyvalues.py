"""Builds a run's lists of names and values: parameters, attributes, environment."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import Pass, RunRecord

from .. import text
from ..text import number
from .components import EMPTY, time

ROWS = 12
_MOST = 1_000
_DEEPEST = 6
_COMMIT = 12
_WIDE, _INDENTATION = 20, 2
"""Characters that a column of names shows in any script, and those that an indentation takes."""


class KeyValues(NamedTuple):
    """A list of names and values; ``rest`` is folded."""

    title: str
    first: Markup
    rest: Markup
    rest_title: str
    packages: Markup = EMPTY
    """Installed packages as the lines of a requirements file, folded in place of ``rest``."""


# The rows are made as text: a run has a hundred parameters, and a template takes ten times as long.


def _row(key: str, value: str, *, code: bool = False, exact: str = "", depth: int = 0) -> str:
    """A name and its value as a row; ``exact`` is the tooltip of a shortened value."""
    attributes = (' class="code"' if code else "") + (f' title="{text.html(exact)}"' if exact else "")
    return f"<div>{_name(key, depth)}<dd{attributes}>{text.folded(value)}</dd></div>\n"


@lru_cache(1_024)  # The runs of an experiment have the same names.
def _name(key: str, depth: int, group: str = "") -> str:
    """A name, with a tooltip if its column may truncate it; ``depth`` is its indentation."""
    name = text.html(key)
    classes = " ".join(filter(None, (group, f"d{depth}" if depth else "")))
    tooltip = f' title="{name}"' if len(key) + _INDENTATION * depth > _WIDE else ""
    return "<dt" + (f' class="{classes}"' if classes else "") + f"{tooltip}>{name}</dt>"


def _joined(rows: Iterable[str]) -> Markup:
    return Markup("".join(rows))  # noqa: S704 - all text in it is escaped


def parameters(record: RunRecord) -> KeyValues | None:
    """The parameters, nested as they were logged."""
    return _folded("Parameters", list(_nested(record.params)))


def attributes(record: RunRecord) -> KeyValues | None:
    """Identity and properties of the run."""
    points = sum(series.total for series in record.series.values())
    of = f"{number.integer(points)} in {number.plural(len(record.series), 'metric')}"
    pid, place = record.owner.get("pid"), host(record)
    end = mapping(record.document.get("exit"))
    rows = [
        *_cut(record),
        _row("Run ID", record.id, code=True),
        *_pair("Number", record.number),
        *_pair("Type", record.type),
        *_definition(mapping(record.document.get("definition"))),
        *(_moment("Created", record.created) if record.created != record.started else ()),
        *_moment("Started", record.started),
        *_resumed(record.passes),
        *_moment("Ended", record.ended),
        *_pair("Exit code", end.get("code")),
        *_pair("Ended by", end.get("signal")),
        *_moment("Last write", record.last_write if record.ended is None else None),
        *([_parent(record.parent)] if record.parent else []),
        *_pair("Process", f"pid {pid}" + (f" on {place}" if place else "") if pid else None),
        *_pair("Points", of if points else None),
        *(_property(key, value) for key, value in record.properties.items()),
    ]
    return _folded("Attributes", rows)


def _parent(run_id: str) -> str:
    """The id of another run, which a script links."""
    shown = text.html(run_id)
    return f'<div>{_name("Parent", 0)}<dd class="code" data-run-id="{shown}">{text.folded(run_id)}</dd></div>\n'


def _cut(record: RunRecord) -> Iterator[str]:
    """Values that the head of the page truncates."""
    if text.is_long(record.title):
        yield _row("Name", record.title)
    for key, value in record.tags.items():
        if text.is_long(key) or text.is_long(value or ""):
            yield _row("Tag", f"{key}: {value}" if value else key)


def _resumed(passes: Sequence[Pass]) -> Iterator[str]:
    """When processes resumed the run, latest first."""
    if passes:
        rest = f" and {number.plural(len(passes) - ROWS, 'time')} earlier" if len(passes) > ROWS else ""
        moments = "; ".join(number.moment(one.time) for one in passes[: -ROWS - 1 : -1])
        yield _row("Resumed", f"{times(len(passes))}: {moments}{rest}")


def times(count: int) -> str:
    """A number of times in words."""
    return number.plural(count, "time") if count > 1 else "once"


def _definition(definition: Mapping[str, object]) -> Iterator[str]:
    """The submitted job."""
    yield from _pair("Script", definition.get("script"), code=True)
    arguments = definition.get("arguments")
    yield from _pair("Arguments", shlex.join(map(word, arguments)) if isinstance(arguments, list) else None, code=True)
    yield from _pair("Interpreter", definition.get("interpreter"), code=True)
    yield from _pair("Folder", definition.get("source_directory"), code=True)


def _property(key: str, value: str) -> str:
    if key == _SNAPSHOT:
        return _row("Snapshot", value[:_COMMIT], code=True, exact=value)
    return _row(key, value)


_SNAPSHOT = "ContentSnapshotId"
_ENVIRONMENT = {"python": "Python", "platform": "Platform", "cpus": "CPU cores", "host": "Host"}


def environment(record: RunRecord) -> KeyValues | None:
    """Host, software and git state of the run; packages are folded."""
    found = dict(record.environment)
    git, packages = mapping(found.pop("git", None)), mapping(found.pop("packages", None))
    found.pop("command", None)
    rows = [
        *(_row(_ENVIRONMENT.get(key, key), word(value)) for key, value in found.items()),
        *_pair("Git branch", git.get("branch")),
        *_commit(word(git.get("commit"))),
        *_pair("Git remote", git.get("remote"), code=True),
        *_pair("Git refused", git.get("error")),
    ]
    if not rows and not packages:
        return None
    folded = number.plural(len(packages), "package")
    return KeyValues("Environment", _joined(rows), EMPTY, folded, _requirements(packages))


def _requirements(packages: Mapping[str, object]) -> Markup:
    """Packages as the lines of a requirements file."""
    lines = [f"{text.brief(name)}=={text.brief(word(version))}" for name, version in islice(packages.items(), _MOST)]
    if len(packages) > _MOST:
        lines.append(f"# {number.integer(len(packages) - _MOST)} more in run.json, below")
    return Markup(text.html("\n".join(lines)))  # noqa: S704 - it is escaped


def without_packages(document: Mapping[str, object]) -> Mapping[str, object]:
    """A ``run.json`` with a number in place of its packages, all of which the page lists."""
    environment = mapping(document.get("environment"))
    if packages := mapping(environment.get("packages")):
        return {**document, "environment": {**environment, "packages": {"…": len(packages)}}}
    return document


def _commit(commit: str) -> Iterator[str]:
    if commit:
        yield _row("Git commit", commit[:_COMMIT], code=True, exact=commit)


def _pair(key: str, value: object, *, code: bool = False) -> Iterator[str]:
    if value is not None and value != "":
        yield _row(key, word(value), code=code)


def _moment(key: str, epoch: float | None) -> Iterator[str]:
    moment = time(epoch)
    if moment is not None:
        yield f'<div>{_name(key, 0)}<dd><time datetime="{moment.iso}">{moment.exact}</time></dd></div>\n'


def _nested(params: Mapping[str, object], depth: int = 0) -> Iterator[str]:
    for key, value in params.items():
        if type(value) not in text.PLAIN and isinstance(value, Mapping) and value and depth < _DEEPEST:
            yield f'<div>{_name(str(key), depth, "group")}<dd class="vh">group</dd></div>\n'
            yield from _nested(value, depth + 1)
        else:
            yield _row(str(key), _param(value), depth=depth)


def _param(value: object) -> str:
    return json.dumps(value) if value == "" else text.compact(value)


def _folded(title: str, rows: Sequence[str]) -> KeyValues | None:
    if not rows:
        return None
    # A single extra row takes no more room than the line that unfolds it.
    cut = len(rows) if len(rows) <= ROWS + 1 else ROWS
    rest, left = rows[cut : cut + _MOST], len(rows) - cut - _MOST
    more = [_row("…", f"{number.integer(left)} more in run.json, below")] if left > 0 else []
    rest_title = f"{number.integer(len(rows) - cut)} more {title.lower()}" if rest else ""
    return KeyValues(title, _joined(rows[:cut]), _joined([*rest, *more]), rest_title)


def host(record: RunRecord) -> str:
    """Host name of a run."""
    return word(record.owner.get("host")) or word(record.environment.get("host"))


def mapping(value: object) -> Mapping[str, object]:
    """``value`` if it is a mapping, else an empty one: files may hold anything."""
    return value if isinstance(value, Mapping) else {}


def word(value: object) -> str:
    """A value as text; empty for None."""
    return "" if value is None else text.compact(value)
