"""The metrics of the members of a comparison, each with its difference to the reference and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runpages.format import verdict
from runpages.format.verdict import Verdict

from .. import goal, select, text
from ..goal import Goal
from ..query.columns import Column, Field, Row, value_of
from .delta import NO_DELTA, Delta, delta_of, finite, relative
from .member import Member


class Rule(NamedTuple):
    """What the settings say of the metrics of an experiment: tolerances, and by what runs of groups are paired."""

    tolerance: Mapping[str, float] = {}
    pair_by: str | None = None


class Cell(NamedTuple):
    """A metric of a member: the value of a run, or the mean of a group with its size and standard deviation.

    A value that is no finite number is spelled. ``verdict`` is there where the member or the reference is a group.
    """

    value: float | int | str | None
    delta: Delta = NO_DELTA
    n: int | None = None
    sd: float | None = None
    verdict: Verdict | None = None
    best: bool = False
    """Whether no other member has a value that is as good."""


class MetricRow(NamedTuple):
    """A metric of all members, in their order; ``which`` of its values stands for a run: last, min, max or mean."""

    name: str
    which: str
    aim: Goal
    unit: str | None
    tolerance: float | None
    pair_by: str | None
    """The parameter or tag by which the runs of groups are paired, where they are."""
    cells: Sequence[Cell]


def metric_names(members: Sequence[Member]) -> list[str]:
    """The metrics of the members, the important ones first, without those of the machine."""
    runs = [row.run for member in members for row in member.rows]
    main = next((row.experiment.metric for member in members for row in member.rows), None)
    return [name for name in select.metrics(runs, main) if not select.is_system(name)]


def metric_row(name: str, members: Sequence[Member], at: int, which: str, rules: Mapping[str, Rule]) -> MetricRow:
    """A metric of the members; ``at`` is the place of the reference.

    ``which`` is ``last``, ``min``, ``max``, ``mean`` or ``best``. ``rules`` are those of the
    experiments, by their path.
    """
    rows = [row for member in [members[at], *members] for row in member.rows if name in row.run.metrics]
    aim = goal.of_metric(rows[0].experiment, name) if rows else goal.of(name, None)
    rule = rules.get(rows[0].experiment.path, Rule()) if rows else Rule()
    chosen = aim.aggregate if which == "best" else which
    field = Field(Column("metric", name, numeric=True), chosen)
    counted = [_counted(member, field) if member.group else {} for member in members]
    cells = [
        _of_group(list(values.values())) if member.group else Cell(_of_run(member, field))
        for member, values in zip(members, counted, strict=True)
    ]
    tolerance = rule.tolerance.get(name)
    pair_by = rule.pair_by if members[at].group else None
    if any(member.group for member in members):
        cells = _judged(cells, _Values(members, counted, cells, at), aim.better, tolerance, pair_by)
    else:
        base = cells[at].value
        cells = [
            cell if place == at else cell._replace(delta=delta_of(cell.value, base, aim.better, tolerance))
            for place, cell in enumerate(cells)
        ]
    unit = next((row.run.metrics[name].unit for row in rows if row.run.metrics[name].unit), None)
    return MetricRow(name, chosen, aim, unit, tolerance, pair_by, _with_best(cells, aim.better))


def _of_run(member: Member, field: Field) -> float | int | str | None:
    found = value_of(field, member.rows[0]) if member.rows else None
    if found is None or (isinstance(found, int | float) and finite(found) is not None):
        return found
    return text.compact(found)


def _counted(member: Member, field: Field) -> dict[int, float]:
    """The values that count of a group, by the place of the run in it: of completed runs that stand for their children.

    Values that are not finite are left out.
    """
    found: dict[int, float] = {}
    contests = {row.experiment.path: row.experiment for row in member.rows}
    competing = {
        path: {
            run.path
            for run, value in zip(one.runs, goal.Contest(one.runs).values(field.column.name, field.which), strict=True)
            if value is not None
        }
        for path, one in contests.items()
    }
    for place, row in enumerate(member.rows):
        value = finite(value_of(field, row))
        if value is not None and row.run.path in competing[row.experiment.path]:
            found[place] = value
    return found


def _of_group(values: Sequence[float]) -> Cell:
    spread = verdict.spread(values)
    return Cell(spread.mean if spread.n else None, n=spread.n, sd=spread.sd if spread.n > 1 else None)


class _Values(NamedTuple):
    """The values of the members that are tested: those of a group, by the place of the run, and the one of a run."""

    members: Sequence[Member]
    counted: Sequence[Mapping[int, float]]
    cells: Sequence[Cell]
    at: int

    def of(self, place: int) -> list[float]:
        if self.members[place].group:
            return list(self.counted[place].values())
        value = finite(self.cells[place].value)
        return [] if value is None else [value]

    def pairs(self, place: int, by: str) -> list[tuple[float, float]]:
        """The values of a member and the reference whose runs are the only ones with a value of a parameter or tag."""
        ours, theirs = self._unique(place, by), self._unique(self.at, by)
        return [(value, theirs[key]) for key, value in ours.items() if key in theirs]

    def _unique(self, place: int, by: str) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for row_at, value in self.counted[place].items():
            key = _text_of(self.members[place].rows[row_at], by)
            if key is not None:
                found.setdefault(key, []).append(value)
        return {key: values[0] for key, values in found.items() if len(values) == 1}


def _text_of(row: Row, name: str) -> str | None:
    """The value of a parameter, else of a tag, as a text."""
    for kind, known in (("param.", row.params), ("tag.", row.run.tags)):
        for spelled in (name, name.removeprefix(kind)):
            if spelled in known:
                return text.compact(known[spelled])
    return None


def _judged(
    cells: Sequence[Cell], values: _Values, better: str | None, tolerance: float | None, pair_by: str | None
) -> list[Cell]:
    """The cells with their difference to the reference, and the verdict of all that stand against it together."""
    others = [place for place in range(len(cells)) if place != values.at]
    words = verdict.verdicts(
        {str(place): values.of(place) for place in others},
        values.of(values.at),
        goal=better,
        tolerance=tolerance,
        pairs=None if pair_by is None else {str(place): values.pairs(place, pair_by) for place in others},
    )
    base = finite(cells[values.at].value)
    judged = list(cells)
    for place in others:
        value, found = finite(cells[place].value), words[str(place)]
        absolute = None if value is None or base is None else value - base
        share = None if absolute is None or base is None else relative(absolute, base)
        judged[place] = cells[place]._replace(
            delta=Delta(absolute, share, "" if absolute is None else found.word), verdict=found
        )
    return judged


def _with_best(cells: Sequence[Cell], better: str | None) -> list[Cell]:
    values = [finite(cell.value) for cell in cells]
    place = goal.best_index(values, better)
    if place is None or values.count(values[place]) > 1 or len(values) - values.count(None) < 2:
        return list(cells)
    return [cell._replace(best=at == place) for at, cell in enumerate(cells)]
