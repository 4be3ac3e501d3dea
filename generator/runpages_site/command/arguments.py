"""What a command line names, or means without a word: a run, a workspace, a site."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from runpages.format import layout
from runpages.format.errors import RunpagesError

from .. import text
from ..errors import BuildError

if TYPE_CHECKING:
    from runpages import Run


def find_run(given: str, root: Path | None) -> Run:
    """The run in a folder, or with an id in the workspace; a mistake ends the command."""
    from runpages import Experiment
    from runpages.query import place

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


class Refusal(click.ClickException):
    """Nothing was done: what is wrong, where, and what to do."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(text.visible(message))


# What has leading zeros, a plus sign or more digits is an id, and what ends in a zero after the point is a version.
# With an exponent there is one digit before the point: 12345e6 is the beginning of a commit.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]*[1-9]|(?:0|[1-9][0-9]*)\.0?)")
_EXPONENT = re.compile(r"-?(?:[0-9]\.?|[0-9]?\.[0-9]+)[eE][+-]?[0-9]{1,3}")
_JSON = ("[", "{", '"')


def param_of(given: str) -> tuple[str, Any]:
    """The key and the value of a parameter that is given as KEY=VALUE; raises Refusal where it is not.

    A value is a number where that says all that was written, what it says where it is a list, an object or a quoted
    text of JSON, and else the text itself.
    """
    key, found, value = given.partition("=")
    if not found or not key:
        raise Refusal(f"-p takes KEY=VALUE, and this is {given!r}")
    return key, _parsed(value)


def _parsed(text: str) -> Any:
    if text.startswith(_JSON):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    if _WHOLE.fullmatch(text) and text != "-0":
        return int(text)
    if _DECIMAL.fullmatch(text) or _EXPONENT.fullmatch(text):
        number = float(text)
        return number if Decimal(repr(number)) == Decimal(text) else text
    return text


def folder(named: str | Path, what: str) -> Path:
    """The folder that a path or a ``file:`` URL names; ``what`` says for which it is, in an error.

    Raises BuildError for a URL of another scheme.
    """
    if isinstance(named, Path) or "://" not in named:
        return _home(Path(named))
    url = urlsplit(named)
    if url.scheme == "file" and url.netloc in ("", "localhost"):
        return Path(unquote(url.path))
    raise BuildError(
        f"{what} {named}: runpages reads and writes folders and file: URLs, not {url.scheme}:. "
        "Build into a folder, and copy it with the tool of that storage."
    )


def _home(path: Path) -> Path:
    """The path with ``~`` as the home of its user, which a shell leaves to us in ``--output=~/site``."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path
