"""A run that is named on the command line, by its folder or its id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runpages.format.errors import RunpagesError

from .refusal import Refusal

if TYPE_CHECKING:
    from runpages import Run


def find_run(given: str, root: Path | None) -> Run:
    """The run in a folder, or with an id in the workspace; a mistake ends the command."""
    from runpages import Experiment
    from runpages.family import place

    try:
        return Experiment._of_run(place(given, root))
    except RunpagesError as error:
        raise Refusal(str(error)) from None
