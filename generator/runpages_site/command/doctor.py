"""``runpages doctor``: find what is wrong in a workspace, and repair it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from runpages.format import layout
from runpages.format.errors import RunpagesError

from .. import text
from ..read.damage import Finding, Repair, beginning, findings, unread_lines
from ..text import number
from ..write import mend
from .arguments import Refusal, folder, site_of, workspace_of
from .output import json_option, print_json


@click.command("doctor")
@click.argument("workspace", required=False)
@click.option("--fix", is_flag=True, help="Repair what can be repaired, after keeping a copy.")
@json_option
def command(workspace: str | None, *, fix: bool, as_json: bool) -> None:
    """List what is wrong in WORKSPACE, and how it can be repaired.

    These are lines that were torn, documents that cannot be read, what killed processes left, copies of files and runs,
    children without their parent, and files that may not be read: what a build reports, and what it passes over. Runs
    that go on are left alone.

    With --fix, whatever is changed or removed is first kept in WORKSPACE/.runpages/doctor/<time>/, under the same path;
    move it back to undo the repair.

    \b
    Exit codes:
      0  nothing is wrong, or all of it was repaired
      1  something is wrong
      2  no workspace
    """
    place, now = folder(workspace_of(workspace)), time.time()
    copies = place / mend.COPIES / layout.iso_time(now).replace(":", "")
    try:
        found = findings(place, site_of(None, workspace), now=now)
        failed = dict(_repair(place, found, copies, now)) if fix else {}
        left = findings(place, site_of(None, workspace), now=now) if fix else found
    except RunpagesError as error:
        raise Refusal(str(error)) from None
    repaired = [one for one in found if one not in left]
    if as_json:
        facts = {"repaired": list(map(_document, repaired)), "findings": list(map(_document, left))}
        print_json("doctor", {"workspace": str(place), **facts, "copies": str(copies) if copies.exists() else None})
    else:
        _print(repaired, left, failed, copies)
    sys.exit(1 if left else 0)


def _repair(workspace: Path, found: list[Finding], copies: Path, now: float) -> Iterator[tuple[str, str]]:
    """Repair what can be, in order; the paths of what could not be, with the reason."""
    for one in found:
        try:
            match one.repair:
                case Repair.ASIDE:
                    mend.set_aside(workspace, one.path, copies)
                case Repair.DOCUMENT | Repair.RECOVERED:
                    mend.begin_document(workspace, one.path, beginning(workspace / one.path), copies)
                case Repair.READABLE:
                    mend.make_readable(workspace, one.path)
                case Repair.LINES:
                    _remove_lines(workspace, one.path, copies, now)
                case Repair.NONE:
                    pass
        except RunpagesError as error:
            yield one.path, str(error)
        except OSError as error:
            yield one.path, f"{error.filename or one.path}: {error.strerror or error}"


def _remove_lines(workspace: Path, path: str, copies: Path, now: float) -> None:
    """Remove lines until the reader has read all others: of many it names the first."""
    experiment, run, file = path.split("/", 2)
    while lines := unread_lines(str(workspace / experiment / run), file, now=now):
        mend.remove_lines(workspace, path, lines, copies)


def _print(repaired: list[Finding], left: list[Finding], failed: dict[str, str], copies: Path) -> None:
    for one in repaired:
        click.echo(text.visible(f"Repaired {_sentence(one)}"))
    for one in left:
        what = f" To repair it with --fix: {one.repair.value}." if one.repair.value and one.path not in failed else ""
        why = f" It could not be repaired: {failed[one.path]}." if one.path in failed else ""
        end = "" if one.message.endswith("?") else "."
        click.secho(text.visible(f"{_sentence(one)}{end}{what}{why}"), fg="yellow")
    if copies.exists():
        click.echo(text.visible(f"Copies of what was changed are in {copies}"))
    counts = number.plural(len(left), "problem").lower()
    click.echo(f"{len(repaired)} repaired, {counts} left" if repaired else counts.capitalize())


def _sentence(one: Finding) -> str:
    where = one.path + (f", line {one.line}" if one.line is not None else "")
    return f"{where}: {one.message}".removeprefix(": ").removesuffix(".")


def _document(one: Finding) -> dict[str, object]:
    return {**one._asdict(), "repair": one.repair.value or None}
