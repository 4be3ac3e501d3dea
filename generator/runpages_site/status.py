"""How the states of runs are shown: the word, and the kind that selects icon and colour."""

from __future__ import annotations

from dataclasses import dataclass

from runpages.format.status import understood

from .text import number

KINDS = ("completed", "running", "failed", "canceled", "queued", "silent", "unknown", "none")
"""All kinds, in the order in which they are counted."""

_SHOWN = {
    "Completed": ("Completed", "completed"),
    "Running": ("Running", "running"),
    "Starting": ("Running", "running"),
    "Finalizing": ("Running", "running"),
    "NotStarted": ("Queued", "queued"),
    "Queued": ("Queued", "queued"),
    "Preparing": ("Queued", "queued"),
    "Provisioning": ("Queued", "queued"),
    "Failed": ("Failed", "failed"),
    "Canceled": ("Canceled", "canceled"),
    "CancelRequested": ("Canceled", "canceled"),
    "NotResponding": ("Not responding", "silent"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """A status as displayed; ``kind`` selects icon and colour."""

    word: str
    kind: str


def status(word: str | None) -> Status:
    """The status for a stored word; unknown words are shown as they are."""
    if not word:
        return Status(number.MISSING, "none")
    known = _SHOWN.get(understood(word))
    return Status(*known) if known else Status(word, "unknown")
