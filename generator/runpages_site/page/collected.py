"""What a reader must know of a run's outputs: those that it could not collect, and those that may be of another run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runpages.format.records import RunRecord

from ..text import number


@dataclass(frozen=True, slots=True)
class Note:
    """A callout: what it is about, a title, a sentence, and lines of files or runs."""

    label: str
    title: str
    text: str
    lines: str


def notes(record: RunRecord) -> tuple[Note, ...]:
    """The callouts about the outputs of a run; none where there is nothing to say."""
    return tuple(_notes(record))


def _notes(record: RunRecord) -> Iterator[Note]:
    found, shared = record.uncollected, record.outputs_shared_with
    if found is not None:
        lines = [f"{path}: {reason}" if reason else path for path, reason in found.files]
        rest = found.total - len(found.files)
        yield Note(
            "Outputs not collected",
            f"{number.plural(found.total, 'file')} could not be collected.",
            f"The folder that the script ran in was kept: {found.place}"
            if found.place
            else "What is missing is still where the script left it.",
            "\n".join([*lines, *([f"and {number.integer(rest)} more"] if rest else [])]),
        )
    if shared:
        yield Note(
            "Outputs shared with other runs",
            "Outputs may be of another run.",
            "These runs went on at the same time and watched the same folder. "
            "With outputs= each run gets a folder of its own.",
            "\n".join(shared),
        )
