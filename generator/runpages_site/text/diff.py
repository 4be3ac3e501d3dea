"""Parses unified diffs into files, hunks, and lines with old and new numbers and changed words.

Reads the format of ``diff -u`` with git's extensions; other text is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .plain import visible


class DiffLine(NamedTuple):
    """A line: sign, old and new number, and text as unchanged, changed and unchanged part."""

    sign: str
    old: int | None
    new: int | None
    parts: tuple[str, str, str]


class Hunk(NamedTuple):
    """A hunk; ``head`` is its ``@@`` line."""

    head: str
    lines: list[DiffLine]


class FileDiff(NamedTuple):
    """Changes in a file. ``note`` has what no line shows, such as a new name."""

    name: str
    note: str
    added: int
    removed: int
    hunks: list[Hunk]


_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)")
_BINARY = ("Binary files ", "GIT binary patch")
_NOTES = ("new file", "deleted file", "rename from ", "rename to ", "old mode", "new mode", *_BINARY)
_WORDS = 1_000
"""Characters above which lines are not compared by word."""


def diff(text: str) -> list[FileDiff]:
    """The files of a unified diff."""
    files: list[FileDiff] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        head = _HUNK.fullmatch(line)
        if head and files:
            hunk, at = _hunk(head, lines, at + 1)
            _add(files, hunk)
            continue
        if line.startswith("diff --git "):
            files.append(FileDiff(_from_head(line), "", 0, 0, []))
        elif line.startswith("--- ") and lines[at + 1 : at + 2] and lines[at + 1].startswith("+++ "):
            _name(files, line, lines[at + 1].removesuffix("\r"))
            at += 1
        elif files and not files[-1].hunks and line.startswith(_NOTES):
            note = "binary" if line.startswith(_BINARY) else visible(line)
            files[-1] = files[-1]._replace(note=", ".join(filter(None, [files[-1].note, note])))
        at += 1
    return files


def _from_head(line: str) -> str:
    """The file name in ``diff --git a/x b/x``: the common name, else the last one."""
    names = line.removeprefix("diff --git ")
    half = names[: len(names) // 2]
    same = names == f"{half} b{half[1:]}"
    return visible(half[2:] if same else names.rpartition(" b/")[2])


def _name(files: list[FileDiff], old: str, new: str) -> None:
    """Take the name from the two lines above the hunks; without a git header they start a file."""
    before, after = (line[4:].partition("\t")[0] for line in (old, new))
    name = visible(_stripped(after if after != "/dev/null" else before))
    if files and not files[-1].hunks:
        files[-1] = files[-1]._replace(name=name)
    else:
        files.append(FileDiff(name, "", 0, 0, []))


def _stripped(name: str) -> str:
    name = name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name
    return name[2:] if name.startswith(("a/", "b/")) else name


def _hunk(head: re.Match[str], lines: Sequence[str], at: int) -> tuple[Hunk, int]:
    """A hunk and the index after it. Lines are counted by its head, since a line may look like a head."""
    old, new = int(head[1]), int(head[3])
    old_end, new_end = old + _count(head[2]), new + _count(head[4])
    parsed: list[DiffLine] = []
    while at < len(lines) and (old < old_end or new < new_end):
        sign, text = lines[at][:1] or " ", lines[at][1:].removesuffix("\r")
        if sign not in " +-" or (sign != "+" and old >= old_end) or (sign != "-" and new >= new_end):
            if sign == "\\":
                at += 1
                continue
            break
        parsed.append(
            DiffLine(sign, None if sign == "+" else old, None if sign == "-" else new, (visible(text), "", ""))
        )
        old += sign != "+"
        new += sign != "-"
        at += 1
    return Hunk(visible(head[0].removesuffix("\r")), list(_with_words(parsed))), at


def _count(spelled: str | None) -> int:
    return 1 if spelled is None else int(spelled)


def _add(files: list[FileDiff], hunk: Hunk) -> None:
    last = files[-1]
    last.hunks.append(hunk)
    signs = [line.sign for line in hunk.lines]
    files[-1] = last._replace(added=last.added + signs.count("+"), removed=last.removed + signs.count("-"))


def _with_words(lines: Sequence[DiffLine]) -> Iterator[DiffLine]:
    """The lines, with changed words marked where equally many lines were removed and added."""
    at = 0
    while at < len(lines):
        gone = _length(lines, at, "-")
        come = _length(lines, at + gone, "+")
        if gone and gone == come:
            pairs = [_changed(lines[at + n], lines[at + gone + n]) for n in range(gone)]
            yield from (one for one, _ in pairs)
            yield from (other for _, other in pairs)
        else:
            yield from lines[at : at + max(1, gone + come)]
        at += max(1, gone + come)


def _length(lines: Sequence[DiffLine], start: int, sign: str) -> int:
    end = start
    while end < len(lines) and lines[end].sign == sign:
        end += 1
    return end - start


_WORD = re.compile(r"\w+|\s+|.")


def _changed(before: DiffLine, after: DiffLine) -> tuple[DiffLine, DiffLine]:
    """Two lines with shared ends split off, unless those are less than a third."""
    old, new = before.parts[0], after.parts[0]
    if max(len(old), len(new)) > _WORDS:
        return before, after
    a, b = _WORD.findall(old), _WORD.findall(new)
    start = _shared(a, b)
    end = _shared(a[start:][::-1], b[start:][::-1])
    parts = [("".join(w[:start]), "".join(w[start : len(w) - end]), "".join(w[len(w) - end :])) for w in (a, b)]
    if 3 * len((parts[0][0] + parts[0][2]).strip()) < min(len(old.strip()), len(new.strip())):
        return before, after
    return before._replace(parts=parts[0]), after._replace(parts=parts[1])


def _shared(first: Sequence[str], second: Sequence[str]) -> int:
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count
