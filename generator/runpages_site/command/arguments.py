"""Resolves arguments of the command line, and their defaults: runs, workspaces, sites, parameters."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from runpages import Experiment, Run, Workspace, query
from runpages.format import layout
from runpages.format.errors import RunpagesError

from .. import text
from ..errors import BuildError
from ..read import recognise
from ..read.scan import may_be_listed

if TYPE_CHECKING:
    from ..executor import Start


_ONE_SLASH = re.compile(r"((?:s3a?|gc?s|abfss?|az|sftp|ssh|webdavs?|hf|memory|https?|git):)/(?!/)")
_BEGINS_AS_URL = re.compile(r"(?!file:|https?:)[A-Za-z][A-Za-z0-9+.-]*://")


def find_run(given: str, root: Path | None) -> Run:
    """The run in a folder, or with an id in the workspace. Raises Refusal if there is none, or it is another tool's."""
    refuse_storage(given)
    folder = _folder_of_run(given.rstrip("/") or given, root)
    if recognise.is_foreign(folder):
        raise Refusal(f"{folder} is a run of another tool, which runpages only reads: runpages show {quote(given)}")
    return Experiment._of_run(folder)


def _folder_of_run(given: str, root: Path | None) -> str:
    try:
        return query.find_run(given, root)
    except RunpagesError as error:
        try:
            return query.find_run(_in_folders(given), root)
        except RunpagesError:
            raise Refusal(_unread(given, root) or f"{error}{_suggestion(given, root)}") from None


def _in_folders(given: str) -> str:
    """EXPERIMENT/ID with the folder of an experiment that is called so, such as that of a name with a slash."""
    above, slash, run_id = given.rpartition("/")
    return f"{layout.file_name(above)}/{run_id}" if slash and above else given


def _unread(given: str, root: Path | None) -> str:
    """Why a run cannot be found in a workspace; empty if what is there can be read."""
    workspace = Workspace(root=root).root
    if not os.path.isdir(workspace):
        what = "is a file" if os.path.exists(workspace) else "does not exist"
        return f"no workspace: {workspace} {what}. Name the folder with <experiment>/<run>/: --root FOLDER"
    above = (workspace, os.path.join(workspace, given.partition("/")[0]), os.path.join(workspace, given))
    closed = (folder for folder in above if os.path.isdir(folder) and not may_be_listed(folder))
    return next((f"{folder} cannot be read: Permission denied" for folder in closed), "")


def _suggestion(given: str, root: Path | None) -> str:
    """Where the run is in the trash, else the runs with this name, else the one with the closest id; or nothing."""
    if trashed := _in_trash(given, Path(Workspace(root=root).root)):
        return trashed
    runs = _runs_in(root)
    if named := _named(given, runs):
        rest = f" or {len(named) - NAMED} more" if len(named) > NAMED else ""
        return f". That is the name of {', '.join(named[:NAMED])}{rest}"
    spellings: dict[str, str] = {}
    for path, name in runs:
        experiment, _, run_id = path.rpartition("/")
        spellings |= dict.fromkeys((path, run_id, *((name, f"{experiment}/{name}") if name else ())), path)
    from difflib import get_close_matches

    close = get_close_matches(given, spellings, 1)
    return f". Did you mean {spellings[close[0]]}?" if close else ""


def _in_trash(given: str, workspace: Path) -> str:
    """The command that brings a run back from the trash; empty if it is not there."""
    run_id = given.rpartition("/")[2]
    for place in (workspace / layout.TRASH).glob("*/*"):
        if place.name == run_id:
            return f". It is in the trash: mv {quote(str(place))} {quote(str(workspace / place.parent.name))}"
    return ""


def find_named(given: str, root: Path | None) -> Run:
    """The run that ``find_run`` finds, else the only one with this name. Raises Refusal if there is none."""
    try:
        return find_run(given, root)
    except Refusal:
        named = _named(given, _runs_in(root))
        if len(named) != 1:
            raise
        return find_run(named[0], root)


def _runs_in(root: Path | None) -> list[tuple[str, str | None]]:
    """The runs of a workspace: the folders of experiment and run, and the name."""
    workspace = Workspace(root=root).root
    return [
        (f"{experiment}/{run.id}", run.name)
        for experiment in query.experiments(workspace)
        for run in query.heads(os.path.join(workspace, experiment))
    ]


def _named(given: str, runs: Sequence[tuple[str, str | None]]) -> list[str]:
    """The runs with a name, which may have the folder of their experiment before it."""
    above, slash, called = given.rpartition("/")
    folders = (f"{above}/", f"{layout.file_name(above)}/") if slash and above else ()
    return [path for path, name in runs if name == given or (name == called and path.startswith(folders))]


NAMED = 3
"""Most runs listed for one name."""


def workspace_of(named: str | None) -> str:
    """The given workspace, else the one that scripts log to from here, as the shorter of relative and absolute path."""
    if named is not None:
        return named
    try:
        root = Workspace().root
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    return min(os.path.relpath(root), root, key=len)


def site_of(named: str | Path | None, workspace: str | None = None) -> Path:
    """The given site, else the one beside the workspace from ``workspace_of``."""
    try:
        if named is not None:
            return folder(named)
        return Path(layout.site_of(str(folder(workspace_of(workspace)))))
    except RunpagesError as error:
        raise Refusal(str(error)) from None


PROCESSES = "processes"

engine_option = click.option(
    "--engine", default=PROCESSES, metavar="ENGINE",
    help="What renders: processes (default), threads, serial, dask for workers on this machine, or dask://HOST:PORT "
    "for those of a scheduler. The last two need runpages[dask].",
)  # fmt: skip


def engine_start(engine: str, jobs: int, *, quiet: bool = False) -> Start | None:
    """What makes the executor of ``--engine``. Raises Refusal for one that is unknown or not installed."""
    if engine == PROCESSES:
        return None
    from ..engine import start_of  # It takes longer to load than a build with nothing new.

    try:
        return start_of(engine, jobs, lambda line: None if quiet else click.echo(text.visible(line), err=True))
    except BuildError as error:
        raise Refusal(str(error)) from None


class Refusal(click.ClickException):
    """An error before anything was done: what is wrong, where, and what to do."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(text.visible(message))


# Leading zeros, a plus sign or more digits mean an id, and a trailing zero after the point a version.
# An exponent follows one digit before the point: 12345e6 is the start of a commit hash.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]*[1-9]|(?:0|[1-9][0-9]*)\.0?)")
_EXPONENT = re.compile(r"-?(?:[0-9]\.?|[0-9]?\.[0-9]+)[eE][+-]?[0-9]{1,3}")
_JSON = ("[", "{", '"')


def param_of(given: str) -> tuple[str, Any]:
    """Parse a parameter KEY=VALUE. Raises Refusal for other forms.

    A value is a number if that keeps its spelling, parsed JSON if it is a list, object or quoted string, else the
    text itself.
    """
    key, found, value = given.partition("=")
    if not found or not key:
        raise Refusal(f"-p takes KEY=VALUE, not {given!r}")
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
        from decimal import Decimal

        return number if Decimal(repr(number)) == Decimal(text) else text
    return text


def storage_options(given: Sequence[str]) -> dict[str, Any]:
    """Parse options of storage, each KEY=VALUE. Raises Refusal for other forms.

    A value is parsed JSON if it is a list, an object, a quoted string, true, false or null, else the text itself: a
    key of an account may be all digits.
    """
    found: dict[str, Any] = {}
    for option in given:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise Refusal(f"--storage-option takes KEY=VALUE, not {key!r}")  # The rest may be a password.
        word = {"true": True, "false": False, "null": None}
        found[key] = word[value] if value in word else _parsed(value) if value.startswith(_JSON) else value
    return found


def tag_of(given: str) -> tuple[str, str | None]:
    """Parse a tag KEY=VALUE or KEY. Raises Refusal for other forms."""
    key, found, value = given.partition("=")
    if not key:
        raise Refusal(f"a tag is KEY=VALUE or KEY, not {given!r}")
    return key, value if found else None


storage_option = click.option(
    "--storage-option", "storage", multiple=True, metavar="KEY=VALUE",
    help="An option of the storage of a URL, such as endpoint_url=http://127.0.0.1:9000; repeatable. "
    "A value may be JSON.",
)  # fmt: skip
"""Its values are for ``storage_options``."""


def is_url(named: str | Path | None) -> bool:
    """Whether it is a URL of storage, and no folder."""
    return isinstance(named, str) and "://" in named and not named.startswith("file:")


def warn_of_memory(url: str) -> None:
    """Say of storage that is a part of this process that nothing of it will be left."""
    if url.startswith("memory://"):
        click.secho(
            f"{text.visible(url)} lies in the memory of this process, and is lost when it ends", fg="yellow", err=True
        )


def folder(named: str | Path) -> Path:
    """The path of a folder or a file of this machine, by its path or ``file:`` URL. Raises Refusal for other URLs."""
    if isinstance(named, Path) or "://" not in named:
        refuse_one_slash(str(named))
        return _home(Path(named))
    url = urlsplit(named)
    if url.scheme == "file" and url.netloc in ("", "localhost"):
        return Path(unquote(url.path))
    raise Refusal(_elsewhere(named))


def refuse_one_slash(named: str) -> None:
    """Raise Refusal for what was meant as a URL, but would be a folder or a host with the name of a scheme."""
    if (found := _ONE_SLASH.match(named)) is not None and not Path(found[1]).exists():
        rest = named[found.end() :]
        raise Refusal(f"{named} is no folder; a URL has two slashes: {found[1]}//{rest}")


def is_address(named: str) -> bool:
    """Whether it is the address of a site on a web server."""
    return named.startswith(("http://", "https://"))


class LocalPath(click.Path):
    """A path or ``file:`` URL of this machine. Others are refused, since a path of ``s3://`` would have one slash.

    With ``addresses``, it may be an address of HTTP as well, and is a text.
    """

    def __init__(self, *, addresses: bool = False, **known: Any) -> None:
        super().__init__(path_type=str if addresses else Path, **known)
        self._addresses = addresses

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, or the address. Raises Refusal for what is in storage."""
        if isinstance(value, str) and "://" in value:
            if self._addresses and is_address(value):
                return value
            value = folder(value)
        return super().convert(value, param, ctx)


def refuse_storage(name: str) -> None:
    """Raise Refusal for a URL in the place of the name of a run or an experiment."""
    if _BEGINS_AS_URL.match(name):
        raise Refusal(_elsewhere(name))


def _elsewhere(url: str) -> str:
    """What is said of a URL where there must be a path."""
    from ..storage.opening import shown

    known = shown(url)
    if url.startswith("file:"):
        return f"{known} names another machine; a URL of a file of this one is file:///PATH"
    if is_address(url):
        return (
            f"{known} is on a web server, and this command takes folders and files of this machine. "
            f"For the runs of a site: runpages pull {known} -o FOLDER"
        )
    return (
        f"{known} is in storage, and this command takes folders and files of this machine. To bring the workspace or "
        f"the site here: runpages build {known} -o FOLDER, and for its runs also runpages pull FOLDER. To write "
        "there: runpages publish or runpages sync."
    )


def _home(path: Path) -> Path:
    """The path with ``~`` expanded, which shells do not do in ``--output=~/site``."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path
