"""What the open page of a run that goes on takes its news from; a run that has ended has none of it."""

from __future__ import annotations

from runpages.format import status

from .data import script

LIVE = "live.js"
"""The name of the script in the folder of the run."""


def is_live(word: str | None) -> bool:
    """Whether a run with this status, as it is shown, goes on: its process is there, and has not ended it."""
    return word is not None and status.understood(word) in status.ACTIVE


def live_script(html: str) -> bytes:
    """The page as it was built, for the browser to put what is new in it into the open page."""
    return script("live", html)
