"""The code that a run was made with: the files of its snapshot, and what was not committed when it began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from runpages.format.records import RunRecord

from .. import text
from ..model import FileText, Published, Snapshot
from ..text import number
from . import link
from .components import EMPTY, file_link
from .files import Viewer, viewer
from .preview import RunPreviews

LINES = 1_500
"""Lines of a patch that a page shows."""

OPEN = 200
"""Lines of a file's changes up to which they are in sight at first."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """What changed in a file: how many lines came and went, and the rows of a table that shows them."""

    name: str
    note: str
    added: str
    removed: str
    rows: Markup
    is_open: bool


@dataclass(frozen=True, slots=True)
class Patch:
    """What was not committed. ``rest`` says what of it is not shown."""

    facts: str
    files: tuple[ChangedFile, ...]
    rest: str
    href: str
    name: str


@dataclass(frozen=True, slots=True)
class Code:
    """The section of code. ``why`` says why no files of the snapshot are shown, or not all."""

    facts: str
    hash: str
    href: str
    viewer: Viewer | None
    why: str
    note: str
    patch: Patch | None


def code(
    record: RunRecord,
    published: Published,
    previews: RunPreviews = RunPreviews(),  # noqa: B008 - it is frozen
) -> Code | None:
    """The section of code, or nothing where the run has neither snapshot nor patch."""
    snapshot, patch = previews.texts.snapshot, previews.texts.patch
    if record.snapshot is None and patch is None:
        return None
    found = file_link(record.snapshot.file, published) if record.snapshot else None
    parts = [link.data(published.path, part) for part in previews.code_scripts]
    files = snapshot.files if snapshot else ()
    shown = viewer("code", "Code", files, [""] * len(files), previews.code, parts, _script(record)) if files else None
    return Code(
        facts=_facts(record, snapshot),
        hash=snapshot.hash if snapshot else "",
        href=found.href if found else "",
        viewer=shown,
        why=snapshot.why if snapshot else "",
        note="not published" if record.snapshot and not found else "",
        patch=_patch(patch, published) if patch else None,
    )


def _facts(record: RunRecord, snapshot: Snapshot | None) -> str:
    if record.snapshot is None:
        return ""
    size = number.size(record.snapshot.size)
    return f"snapshot of {number.plural(snapshot.count, 'file')}, {size}" if snapshot else f"snapshot, {size}"


def _script(record: RunRecord) -> str:
    """The script in the command line, which a reader wants to see first."""
    command = record.environment.get("command")
    said = command if isinstance(command, list) else []
    return next((one.removeprefix("./") for one in said[1:] if isinstance(one, str) and one.endswith(".py")), "")


def _patch(patch: FileText, published: Published) -> Patch | None:
    found = text.diff(patch.data.decode("utf-8", "replace"))
    added, removed = sum(one.added for one in found), sum(one.removed for one in found)
    href = file_link(patch.file, published)
    if not patch.data:
        return None
    shown: list[ChangedFile] = []
    lines = 0
    for one in found:
        lines += sum(len(hunk.lines) for hunk in one.hunks)
        if lines > LINES and shown:
            break
        shown.append(_changed(one))
    left = len(found) - len(shown)
    rest = f"{number.plural(left, 'more file')} not shown" if left else ""
    cut = "" if patch.whole else "The patch is too large to be shown whole"
    facts = f"{number.plural(len(found), 'file')}, {_counts(added, removed)}" if found else "No line of it is a change"
    return Patch(facts, tuple(shown), ", ".join(filter(None, [rest, cut])), href.href if href else "", patch.name)


def _counts(added: int, removed: int) -> str:
    return f"+{number.integer(added)} −{number.integer(removed)}"


def _changed(one: text.FileDiff) -> ChangedFile:
    lines = sum(len(hunk.lines) for hunk in one.hunks)
    rows = "".join(_rows(one))
    return ChangedFile(
        name=one.name,
        note=one.note,
        added=f"+{number.integer(one.added)}",
        removed=f"−{number.integer(one.removed)}",
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
                yield '<tr class="hunk"><td colspan="4">More lines are in the patch</td></tr>\n'
                return
            yield _row(line)


def _row(line: text.DiffLine) -> str:
    kind, sign = _KINDS[line.sign]
    before, changed, after = map(text.html, line.parts)
    words = f"{before}<b>{changed}</b>{after}" if changed and kind else f"{before}{changed}{after}"
    mark = f' class="{kind}"' if kind else ""
    old, new = ("" if at is None else str(at) for at in (line.old, line.new))
    return f"<tr{mark}><td>{old}</td><td>{new}</td><td>{sign}</td><td>{words}</td></tr>\n"
