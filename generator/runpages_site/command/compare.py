"""``runpages compare``: what differs between runs or groups of runs, and whether it mattered."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from runpages.format.errors import RunpagesError
from runpages.format.layout import SETTINGS, iso_time
from runpages.site_files import is_site

from .. import settings
from ..comparison import spelled
from ..comparison.condition import parsed
from ..comparison.environment import in_words
from ..comparison.export import document, latex, markdown
from ..comparison.member import reference_first
from ..comparison.metrics import MetricRow
from ..comparison.outcome import FAILS, KNOWN, PASSES, UNKNOWN, Known, Outcome, evaluated
from ..comparison.whole import Comparison, comparison, summary
from ..query.columns import Row
from ..settings import ComparisonSettings, Settings
from ..settings.values import Which
from ..text import grid, number
from .arguments import LocalPath, Refusal, folder, workspace_of
from .members import find_members
from .output import Style, json_option, print_json, print_line, print_table, width, write_file
from .runs import closest, root_option

FAILED, NOT_EVALUATED = 1, 3
"""Exit codes: a condition holds; none does, and one could not be evaluated."""

LISTED = 40
"""Most parameters and tags on a terminal."""

_COLORS = {FAILS: "red", PASSES: "green", KNOWN: "yellow", UNKNOWN: "yellow", "better": "green", "worse": "red"}


class Compared(NamedTuple):
    """A comparison under its title, and what became of its conditions."""

    title: str
    comparison: Comparison
    outcomes: Sequence[Outcome]


@click.command("compare")
@click.argument("runs", nargs=-1, metavar="[A B...]")
@click.option("-m", "--metric", "metrics", multiple=True, metavar="NAME", help="Only this metric; repeatable.")
@click.option("--by", type=click.Choice(["last", "min", "max", "mean", "best"]),
              help="Which value of a metric stands for a run. Default: last.")  # fmt: skip
@click.option("--ref", metavar="A", help="The run or group that the others are compared with. Default: the first.")
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION",
              help="Exit with 1 if this holds of a run or group; repeatable.")  # fmt: skip
@click.option("--md", "form", flag_value="md", help="Print Markdown for a comment on GitHub or GitLab instead.")
@click.option("--tex", "form", flag_value="tex", help="Print a LaTeX table instead.")
@click.option("--badge", type=LocalPath(dir_okay=False), metavar="FILE",
              help="Write an SVG badge with the result.")  # fmt: skip
@json_option
@root_option
def command(
    runs: tuple[str, ...], *, metrics: tuple[str, ...], by: Which | None, ref: str | None, conditions: tuple[str, ...],
    form: str | None, badge: Path | None, as_json: bool, root: str | None,
) -> None:  # fmt: skip
    """Compare runs, or groups of runs, with the first: what differs, and whether it mattered.

    \b
      runpages compare mlp-s0 mlp-s1
      runpages compare 'lr:0.1' 'lr:0.01' --metric val/loss
      runpages compare 'digits-mlp?lr:0.1' 'digits-knn?k:3' --fail-if 'accuracy < 0.9'
      runpages compare weekly

    A run is an id, EXPERIMENT/ID, a folder, or a name that no other run has. Anything else is a query of a group of
    runs, which may have the name of an experiment before it: EXPERIMENT?QUERY. The mean of a group is compared, and the
    verdict says whether the difference is more than noise. A single name is that of a comparison in runpages.yml;
    without any, all of them are compared.

    Conditions are 'METRIC > 0.3' with <, <=, > or >=; 'METRIC worse than baseline', by more than the tolerance in the
    settings; and 'METRIC worse than baseline beyond noise', which needs four runs on each side. The
    baseline is the run or group that the others are compared with; any other may be named instead. Of a METRIC,
    min(METRIC), max(METRIC) and best(METRIC) choose the value. What `known` lists in runpages.yml does not count.

    \b
    Exit codes:
      0  compared, and no condition holds
      1  a condition holds
      2  no such run, comparison or metric, no run for a query, or a mistake in the arguments or in runpages.yml
      3  a condition could not be evaluated, and no other holds
    """
    if as_json and form:
        raise Refusal(f"--json and --{form} exclude each other")
    known = _settings(root)
    chosen = [
        one._replace(metrics=metrics or one.metrics, by=by or one.by, fail_if=(*one.fail_if, *conditions))
        for one in _wanted(runs, ref, known, root)
    ]
    compared = [_compared(one, known, root) for one in chosen]
    _print(compared, "json" if as_json else form)
    outcomes = [outcome for one in compared for outcome in one.outcomes]
    if badge is not None:
        _put_badge(badge, compared, outcomes)
    states = {one.state for one in outcomes}
    raise SystemExit(FAILED if FAILS in states else NOT_EVALUATED if UNKNOWN in states else 0)


def _settings(root: str | None) -> Settings:
    place = workspace_of(root)
    try:
        return Settings() if is_site(place) else settings.read(folder(place))
    except RunpagesError as error:
        raise Refusal(str(error)) from None


def _wanted(runs: Sequence[str], ref: str | None, known: Settings, root: str | None) -> Sequence[ComparisonSettings]:
    """The runs that are named, else the comparisons in the settings."""
    if len({*runs, *([ref] if ref else ())}) > 1:
        title = " and ".join(runs) if len(runs) == 2 else f"{number.integer(len(runs))} runs or groups"
        return [ComparisonSettings(title, tuple(runs), ref=ref)]
    if len(runs) > 1:
        raise Refusal(f"{runs[0]} is named {len(runs)} times; name two or more different runs or queries")
    place = workspace_of(root)
    names = {one.name: one for one in known.comparisons}
    if not names:
        raise Refusal(f"name two or more runs or queries to compare; {place} has no comparisons in {SETTINGS}")
    if runs and runs[0] not in names:
        raise Refusal(
            f"there is no comparison {runs[0]!r} in {SETTINGS} of {place}. {closest(runs[0], names)} To compare runs, "
            "name two or more"
        )
    return [names[runs[0]]] if runs else known.comparisons


def _compared(wanted: ComparisonSettings, known: Settings, root: str | None) -> Compared:
    found = find_members(reference_first(wanted.runs, wanted.ref), root)
    metrics = dict.fromkeys(name for one in found.members for row in one.rows for name in row.run.metrics)
    for name in wanted.metrics:
        if name not in metrics:
            raise Refusal(f"no run of these has a metric {name!r}. {closest(name, metrics)}")
    try:
        conditions = [parsed(one) for one in wanted.fail_if]
    except ValueError as error:
        raise Refusal(str(error)) from None
    whole = comparison(found.members, metrics=wanted.metrics, which=wanted.by, rules=found.rules)
    outcomes = evaluated(
        conditions, whole.members, which=wanted.by, rules=found.rules,
        known=[Known(one.metric, one.run, one.until, one.reason) for one in known.known],
        today=iso_time(time.time())[:10],
    )  # fmt: skip
    return Compared(wanted.title or wanted.name, whole, outcomes)


def _put_badge(path: Path, compared: Sequence[Compared], outcomes: Sequence[Outcome]) -> None:
    from ..comparison.badge import badge  # Charts take longer to load than most comparisons.

    write_file(path, badge([one.comparison for one in compared], outcomes).encode())


# --- output ----------------------------------------------------------------------------------------------


def _print(compared: Sequence[Compared], form: str | None) -> None:
    if form == "json":
        print_json("compare", {"comparisons": [document(*one) for one in compared]})
    elif form == "md":
        click.echo("\n".join(markdown(*one) for one in compared), nl=False)
    elif form == "tex":
        click.echo("\n".join(latex(one.title, one.comparison) for one in compared), nl=False)
    else:
        for at, one in enumerate(compared):
            click.echo("\n" * (at > 0), nl=False)
            _print_one(one)


def _print_one(compared: Compared) -> None:
    _, found, outcomes = compared
    print_line(compared.title, bold=True)
    _print_wrapped(f"What differs: {spelled.sentence(summary(found))}")
    click.echo()
    _print_members(found)
    if found.metrics:
        click.echo()
        _print_metrics(found)
    _print_values(found)
    _print_captured(found)
    if outcomes:
        click.secho("\nConditions", bold=True)
        for one in outcomes:
            _print_wrapped(f"{spelled.MARKS.get(one.state, '?')} {spelled.outcome(one)}", fg=_COLORS[one.state])


def _print_wrapped(text: str, **style: Any) -> None:
    lines = textwrap.wrap(grid.one_line(text), width(), subsequent_indent="  ")
    click.secho("\n".join(lines), **style)


def _print_members(found: Comparison) -> None:
    runs = [one.rows[0].run if not one.group else None for one in found.members]
    print_table(
        [
            grid.Column("", ["ref", *("" for _ in found.others)]),
            grid.Column("compared", [one.title for one in found.members]),
            grid.Column("experiment", [_experiments(one.rows) for one in found.members]),
            grid.Column("runs", [str(len(one.rows)) for one in found.members], right=True, whole=True),
            grid.Column("status", [run.status or number.MISSING if run else "" for run in runs]),
            grid.Column("id", [run.id if run else "" for run in runs], whole=True),
        ],
        lambda row, column: {"bold": column == 1},
        "a wider terminal shows more",
    )


def _experiments(rows: Iterable[Row]) -> str:
    return ", ".join(dict.fromkeys(row.experiment.name for row in rows))


def _print_metrics(found: Comparison) -> None:
    """A row for each metric of each member but the reference, which stands beside it."""
    rows = [(row, place, spelled.figures(row)) for row in found.metrics for place in found.others]
    words = [figures[place].word for _, place, figures in rows]
    columns = [_names_column(found.metrics, [row for row, _, _ in rows])]
    if len(found.others) > 1:
        columns.append(grid.Column("run", [found.members[place].label for _, place, _ in rows]))
    at = len(columns) + 3
    base = [figures[0] for _, _, figures in rows]
    ours = [figures[place] for _, place, figures in rows]
    columns += [
        _numbers(found.reference.label, [one.value for one in base]),
        _numbers(
            "value" if len(found.others) > 1 else found.members[found.others[0]].label, [one.value for one in ours]
        ),
        _numbers("difference", [one.delta for one in ours]),
        grid.Column("verdict", [one.judged for one in ours], whole=True),
        _numbers("%", [one.relative.removesuffix(" %") for one in ours]),
    ]
    if any(one.group for one in found.members):
        columns += [
            _numbers("n", [f"{one.n or 1}/{other.n or 1}" for one, other in zip(ours, base, strict=True)]),
            _numbers("p", [one.p for one in ours]),
            _numbers("95 % interval", [one.interval for one in ours]),
        ]

    def style(row: int, column: int) -> Style:
        return {"fg": _COLORS.get(words[row])} if column == at else {}

    print_table(columns, style, "a wider terminal shows more")
    if test := spelled.test(found):
        _print_wrapped(test, dim=True)


def _names_column(metrics: Sequence[MetricRow], rows: Sequence[MetricRow]) -> grid.Column:
    """The names of metrics; which value it is stands in the head where it is the same for all."""
    which = {row.which for row in metrics}
    if len(which) == 1:
        return grid.Column(f"Metrics ({which.pop()})", [row.name for row in rows])
    return grid.Column("Metrics", [f"{row.name} ({row.which})" for row in rows])


def _numbers(name: str, cells: Sequence[str]) -> grid.Column:
    return grid.Column(name, cells, right=True, whole=True)


def _print_values(found: Comparison) -> None:
    """The first parameters and tags that differ, a column for each member."""
    params = [(row.name, row) for row in found.params if row.differs]
    rows = params + [(f"tag {row.name}", row) for row in found.tags if row.differs]
    if not rows:
        return
    click.echo()
    texts = [[number.MISSING if text is None else text for text in row.texts] for _, row in rows[:LISTED]]
    print_table(
        [
            grid.Column("Parameters", [name for name, _ in rows[:LISTED]]),
            *(grid.Column(one.label, [row[place] for row in texts]) for place, one in enumerate(found.members)),
        ],
        lambda row, column: {"bold": column > 0 and texts[row][column - 1] != texts[row][0]},
        "a wider terminal shows more",
    )
    if len(rows) > LISTED:
        print_line(f"{len(rows) - LISTED} more; --json lists them", dim=True)


def _print_captured(found: Comparison) -> None:
    """What differs in the environment and the code of each member, in words."""
    lines = []
    for place in found.others:
        label, change = found.members[place].label, found.code[place]
        if words := in_words(found.environment[place]):
            lines.append(f"{label}: {', '.join(words)}")
        if change and change.files:
            lines.append(f"{label}: {spelled.files(change)}")
    if lines:
        click.secho("\nEnvironment and code", bold=True)
        for line in lines:
            _print_wrapped(line)
