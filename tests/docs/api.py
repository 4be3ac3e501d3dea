"""`python -m tests.docs.api`: write docs/reference/api.md, the reference of the logger, from its docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import runpages
from runpages import attachments, groups, log, reading
from runpages.format import errors, records, verdict

PLACE = Path(__file__).parent.parent.parent / "docs" / "reference" / "api.md"
HEAD = """# The logger, call by call

Made from the docstrings. [Logging](../how-to/log.md) is the page to begin with.
"""
FUNCTIONS = (runpages.start, runpages.resume, runpages.read)
# A run's calls, by what they are for: each group begins with the one that is named, in the order of the class.
RUN: tuple[tuple[type, dict[str, str]], ...] = (
    (log.Logging, {"log": "Numbers, texts, tables", "log_image": "Pictures, charts, media"}),
    (
        attachments.Attachments,
        {
            "experiment": "Tags, properties, parameters",
            "upload_file": "Files",
            "take_snapshot": "The code that ran",
            "input_datasets": "What its script was given",
        },
    ),
    (
        runpages.Run,
        {"start_logging": "Life, reading back", "parent": "Parents and children", "submit_child": "Submitted scripts"},
    ),
)
VALUES = (
    *(records.RunRecord, records.Series, records.Table, records.Chart, records.Medium, records.File),
    *(verdict.Spread, verdict.Verdict, verdict.Interval),
)


def document() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_functions(), *_run(), *_groups(), *_values(), *_errors()])


def _functions() -> Iterator[str]:
    yield "## Beginning\n"
    for function in FUNCTIONS:
        yield from _entry(f"runpages.{function.__name__}{_signature(function)}", function)


def _run() -> Iterator[str]:
    yield f"## Run\n\n{_text(runpages.Run)}\n"
    yield f"{_call(runpages.Run)}\n"
    for part, titles in RUN:
        if part is not runpages.Run:
            yield f"{_text(part)}\n"
        yield from _members(part, "run", titles)


def _groups() -> Iterator[str]:
    for kind, owner in ((runpages.Experiment, "experiment"), (runpages.Workspace, "workspace")):
        yield f"## {kind.__name__}\n\n{_text(kind)}\n"
        yield f"{_call(kind)}\n"
        yield from _members(kind, owner)
    yield "## Submitted scripts, notebooks, logs\n"
    for part in (runpages.ScriptRunConfig, runpages.RunConfiguration, runpages.RunDetails, runpages.LogHandler):
        yield f"{_call(part)}\n\n{_text(part)}\n"
        yield from _members(part, part.__name__)
    yield f"## Reading\n\n{_text(reading.Reading)}\n"
    yield from _members(reading.Reading, "reading")
    yield f"## Groups\n\n{_text(groups.Groups)}\n"
    yield from _members(groups.Groups, "groups")
    yield f"{_text(groups.Group)}\n"
    yield from _members(groups.Group, "group")


def _values() -> Iterator[str]:
    yield "## What is read\n"
    for kind in VALUES:
        yield f"**{kind.__name__}**({', '.join(kind._fields)})\n\n{_text(kind)}\n"


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.RunpagesError)]
    for kind in kinds:
        above = ", ".join(base.__name__ for base in kind.__bases__)
        yield f"- **{kind.__name__}** ({above}): {_text(kind)}"
    yield ""


def _members(kind: type, owner: str, titles: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """The public members that a class itself defines, in the order of its text, with titles above some of them."""
    for name, member in vars(kind).items():
        if name.startswith("_"):
            continue
        if name in titles:
            yield f"### {titles[name]}\n"
        if isinstance(member, property):
            yield from _entry(f"{owner}.{name}", member)
        elif isinstance(member, (staticmethod, classmethod)):
            skip = isinstance(member, classmethod)
            yield from _entry(f"{kind.__name__}.{name}{_signature(member.__func__, skip=skip)}", member.__func__)
        elif inspect.isfunction(member):
            yield from _entry(f"{owner}.{name}{_signature(member, skip=1)}", member)
        elif hasattr(member, "func"):  # A property that is kept.
            yield from _entry(f"{owner}.{name}", member.func)


def _entry(call: str, member: Any) -> Iterator[str]:
    # The underscores of names would be emphasis.
    yield f"**`{call}`**\n"
    yield f"{_text(member)}\n"


def _call(kind: Any) -> str:
    return f"**`{kind.__name__}{_signature(kind.__init__, skip=1)}`**"


def _signature(function: Any, *, skip: int = 0) -> str:
    """The parameters with their defaults; what types they have, the text says."""
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    bare = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
    shown = str(inspect.Signature(bare))
    return re.sub(r"<object object at 0x[0-9a-f]+>", "…", shown)


def _text(member: Any) -> str:
    """The docstring in Markdown; raises where there is none."""
    text = inspect.getdoc(member)
    if not text:
        raise ValueError(f"{member} has no docstring")
    return re.sub(r"``([^`]+)``", r"`\1`", text)


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
    print(f"docs/reference/{PLACE.name}: {len(document().splitlines())} lines")
