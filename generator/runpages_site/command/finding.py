"""What a command line names, or means without a word: a run, a workspace, a site."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runpages.format import layout
from runpages.format.errors import RunpagesError

from ..place import folder
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


def workspace_of(named: str | None) -> str:
    """The workspace that is named, else the one that scripts log to from here; the shorter of its two paths."""
    from runpages import Workspace

    if named is not None:
        return named
    try:
        root = Workspace().root
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    return min(os.path.relpath(root), root, key=len)


def site_of(named: str | Path | None, workspace: str | None = None) -> Path:
    """The site that is named, else the one beside a workspace, which is found as by ``workspace_of``."""
    try:
        if named is not None:
            return folder(named, "site")
        return Path(layout.site_of(str(folder(workspace_of(workspace), "workspace"))))
    except RunpagesError as error:
        raise Refusal(str(error)) from None
