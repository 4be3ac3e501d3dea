"""Builds the code section of a run: the files of its snapshot, and changes uncommitted at its start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from posixpath import basename
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import RunRecord

from .. import text
from ..model import FileText, Published, Snapshot
from ..text import number
from . import link
from .components import EMPTY, file_href
from .files import Viewer, viewer
from .preview import RunPreviews

LINES = 1_500
"""Most lines of a patch on a page."""

_USUAL = ("train.py", "main.py", "run.py")

OPEN = 200
"""Most lines of a file's changes that are unfolded at first."""


class ChangedFile(NamedTuple):
    """Changes in a file: number of added and removed lines, and table rows that show them."""

    name: str
    note: str
    added: str
    removed: str
    rows: Markup
    is_open: bool


class Patch(NamedTuple):
    """Uncommitted changes. ``rest`` says what is not shown."""

    facts: str
    files: tuple[ChangedFile, ...]
    rest: str
    href: str
    name: str


class Code(NamedTuple):
    """The code section. ``why`` says why files of the snapshot are not shown."""

    facts: str
    hash: str
    href: str
    viewer: Viewer | None
    why: str
    note: str
    patch: Patch | None


def code(record: RunRecord, published: Published, previews: RunPreviews) -> Code:
    """The code section."""
    snapshot, patch = previews.texts.snapshot, previews.texts.patch
    href = file_href(record.snapshot.file, published) if record.snapshot else ""
    parts = [link.data_script(published.path, part) for part in previews.code_scripts]
    files = snapshot.files if snapshot else ()
    entry = _find_entry(record, [file.name for file in files])
    shown = viewer("code", "Code", files, [""] * len(files), previews.code, parts, entry) if files else None
    return Code(
        facts=_facts(record, snapshot),
        hash=snapshot.hash if snapshot else "",
        href=href,
        viewer=shown,
        why=snapshot.why if snapshot else "",
        note="not published" if record.snapshot and not href else "",
        patch=_patch(patch, published) if patch else None,
    )


def _facts(record: RunRecord, snapshot: Snapshot | None) -> str:
    if record.snapshot is None:
        return ""
    size = number.size(record.snapshot.size)
    return f"snapshot of {number.plural(len(snapshot.listed), 'file')}, {size}" if snapshot else f"snapshot, {size}"


def _find_entry(record: RunRecord, names: Sequence[str]) -> str:
    """The file that is shown first: the script or module of the command line, else one with a usual name."""
    command = record.environment.get("command")
    words = [one for one in command if isinstance(one, str)] if isinstance(command, list) else []
    modules = [word.replace(".", "/") for flag, word in pairwise(words) if flag == "-m"]
    scripts = [word.replace("\\", "/").removeprefix("./") for word in words[1:]]
    by_path = sorted(names, key=lambda name: (name.count("/"), name))
    for asked in (*scripts, *(f"{one}{end}" for one in modules for end in (".py", "/__main__.py"))):
        # The command may be given from another folder than the snapshot's.
        if found := [name for name in by_path if f"/{asked}".endswith(f"/{name}") or f"/{name}".endswith(f"/{asked}")]:
            return max(found, key=lambda name: f"/{asked}".endswith(f"/{name}") and len(name))
    usual = [name for name in by_path if basename(name) in _USUAL]
    return next(iter([*usual, *(name for name in by_path if name.endswith(".py"))]), "")


def _patch(patch: FileText, published: Published) -> Patch | None:
    if not patch.data:
        return None
    files = text.diff(patch.data.decode("utf-8", "replace"))
    added, removed = _counts(files)
    shown: list[ChangedFile] = []
    lines = 0
    for file in files:
        lines += sum(len(hunk.lines) for hunk in file.hunks)
        if lines > LINES and shown:
            break
        shown.append(_changed(file))
    left = len(files) - len(shown)
    rest = f"{number.plural(left, 'more file')} not shown" if left else ""
    cut = "" if patch.whole else "The patch is too large to show in full"
    facts = f"{number.plural(len(files), 'file')}, {added} {removed}" if files else "No changed lines"
    note = ", ".join(filter(None, [rest, cut]))
    return Patch(facts, tuple(shown), note, file_href(patch.file, published), patch.name)


def _counts(files: Sequence[text.FileDiff]) -> tuple[str, str]:
    """How many lines were added, and how many removed."""
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    return f"+{number.integer(added)}", f"−{number.integer(removed)}"


def _changed(file: text.FileDiff) -> ChangedFile:
    lines = sum(len(hunk.lines) for hunk in file.hunks)
    rows = "".join(_rows(file))
    added, removed = _counts([file])
    return ChangedFile(
        name=file.name,
        note=file.note,
        added=added,
        removed=removed,
        rows=Markup(rows) if rows else EMPTY,  # noqa: S704 - all text in it is escaped
        is_open=lines <= OPEN,
    )


_KINDS = {"+": ("add", "+"), "-": ("del", "−"), " ": ("", " ")}


def _rows(one: text.FileDiff) -> Iterator[str]:
    count = 0
    for hunk in one.hunks:
        yield f'<tr class="hunk"><td colspan="4">{text.html(hunk.head)}</td></tr>\n'
        for line in hunk.lines:
            count += 1
            if count > LINES:
                yield '<tr class="hunk"><td colspan="4">Further lines are in the patch file</td></tr>\n'
                return
            yield _row(line)


def _row(line: text.DiffLine) -> str:
    kind, sign = _KINDS[line.sign]
    before, changed, after = map(text.html, line.parts)
    words = f"{before}<b>{changed}</b>{after}" if changed and kind else f"{before}{changed}{after}"
    mark = f' class="{kind}"' if kind else ""
    old, new = ("" if at is None else str(at) for at in (line.old, line.new))
    return f"<tr{mark}><td>{old}</td><td>{new}</td><td>{sign}</td><td>{words}</td></tr>\n"
