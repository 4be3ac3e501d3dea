"""Pure choices over runs: which metric leads, which run is best, which columns a table needs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2s

from runpages.format.records import Series, Value

from . import text
from .model import ExperimentSummary, MetricSummary, ModelSummary, RunSummary

SPARK_POINTS = 32
COLORS = 10
_LARGEST = 10**300
PARAM_COLUMNS = 8
METRIC_COLUMNS = 6
_VALIDATION = frozenset(["val", "valid", "validation", "test", "eval", "dev"])
# What training scripts call their results, beside learning rates, epochs and the like that they log with them.
_RESULTS = frozenset(
    """
    loss losses cost objective error err mse rmse mae mape nll bce perplexity ppl elbo likelihood regret cer wer fid
    acc accuracy score auc auroc auprc ap map f1 r2 precision recall iou miou dice bleu rouge psnr ssim ndcg mrr
    reward rewards rew return returns
    """.split()  # noqa: SIM905 - a list of forty quoted words reads worse
)

Number = float | int


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table of runs shows beside the run itself; ``*_all`` count what there is to choose from."""

    params: tuple[str, ...]
    params_all: int
    metrics: tuple[str, ...]
    metrics_all: int
    host: bool


def summary(series: Series) -> MetricSummary:
    """A metric of a run in a few numbers, in the order of its steps.

    ``last``, ``min`` and ``max`` look at finite numbers only. Where the last datum is none, ``text`` spells it.
    """
    values = in_order(series)
    known = numbers(values)
    found = known if None not in known else [value for value in known if value is not None]
    final = values[-1] if values else None
    return MetricSummary(
        count=series.total,
        last=found[-1] if found else None,
        min=min(found, default=None),  # type: ignore[type-var]
        max=max(found, default=None),  # type: ignore[type-var]
        text=None if not values or known[-1] is not None else text.brief(spell(final)),
        spark=levels(spark(known)),
        goal=series.declared.goal,
        unit=series.declared.unit,
    )


def in_order(series: Series) -> list[Value]:
    """The values of a series by step; points of one step keep the order of the file."""
    order = step_order(series.steps)
    return series.values if order is None else [series.values[index] for index in order]


def step_order(steps: list[Number]) -> list[int] | None:
    """The order of the points by step, or ``None`` where they are in order already."""
    if sorted(steps) == steps:
        return None
    return sorted(range(len(steps)), key=steps.__getitem__)


def numbers(values: Sequence[object]) -> list[Number | None]:
    """Each of ``values`` as a number that a chart can place, else ``None``."""
    if set(map(type, values)) == {float} and math.isfinite(sum(values)):  # type: ignore[arg-type]
        return list(values)  # type: ignore[arg-type] # The usual case, at a tenth of the time.
    return list(map(finite, values))


def finite(value: object) -> Number | None:
    """``value`` as a number that a chart can place; a truth value is 0 or 1, all else is ``None``."""
    if type(value) is float:
        return value if -math.inf < value < math.inf else None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else None
    return None


def spell(value: object) -> str:
    """A datum as text where it is no finite number: ``nan``, ``inf``, ``null`` or the text itself."""
    if value is None:
        return "null"
    return str(value).replace("-", "−") if isinstance(value, float) else str(value)


def spark(values: Sequence[Number | None], limit: int = SPARK_POINTS) -> tuple[float | None, ...]:
    """At most ``limit`` of the values, evenly taken, among them the first, the last, the lowest and the highest."""
    if len(values) <= limit:
        return tuple(values)
    last = len(values) - 1
    picked = [round(place * last / (limit - 1)) for place in range(limit)]
    known = [value for value in values if value is not None]
    for extreme in (min, max) if known else ():
        index = values.index(extreme(known))
        slot = min(max(round(index * (limit - 1) / last), 1), limit - 2)
        picked[slot if index not in (0, last) else picked.index(index)] = index
    return tuple(values[index] for index in sorted(set(picked)))


def levels(values: Sequence[Number | None]) -> tuple[int | None, ...]:
    """The course of values in whole numbers, from 0 for the least to 1,000 for the greatest: all that a spark shows.

    They are kept for every metric of every run, at a third of the room that floats take.
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    if high - low <= max(1e-9 * max(-low, high), 1e-300):  # What is noise is no course.
        return tuple(None if value is None else 0 for value in values)
    # Halves, since the way from the least float to the greatest is no float.
    bottom, reach = low / 2, high / 2 - low / 2
    return tuple(None if value is None else round(1_000 * ((value / 2 - bottom) / reach)) for value in values)


_PLAIN = frozenset([str, int, float, bool, type(None), list])


def flatten(params: Mapping[str, object]) -> dict[str, object]:
    """Nested parameters with their names joined by ``.``; lists and empty groups are values."""
    if _PLAIN.issuperset(map(type, params.values())):
        return dict(params)
    flat: dict[str, object] = {}
    waiting: list[tuple[str, object]] = [(str(key), value) for key, value in reversed(list(params.items()))]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping) and value:
            waiting += [(f"{name}.{key}", item) for key, item in reversed(list(value.items()))]
        else:
            flat[name] = value
    return flat


def differing(runs: Sequence[RunSummary]) -> list[str]:
    """The flattened parameters that do not have one value in all runs, in the order of their first appearance."""
    rows = [flatten(run.params) for run in runs]
    names = dict.fromkeys(name for row in rows for name in row)
    return [name for name in names if _differs([row.get(name, _MISSING) for row in rows])]


_MISSING = object()


def _differs(values: Sequence[object]) -> bool:
    first = values[0]
    return any(value is not first and (type(value), repr(value)) != (type(first), repr(first)) for value in values)


def main_metric(runs: Sequence[RunSummary]) -> tuple[str | None, str | None]:
    """The metric that stands for the runs, and its goal where they state one.

    A stated goal leads, then what is not of the machine, then a name of a result that at least half as many runs have
    as any other, then how many runs have it, then a name that speaks of validation, then the first logged.
    """
    counts: dict[str, int] = {}
    goals: dict[str, str] = {}
    for run in runs:
        for name, metric in run.metrics.items():
            if metric.last is not None:
                counts[name] = counts.get(name, 0) + 1
                if metric.goal is not None:
                    goals.setdefault(name, metric.goal)
    if not counts:
        return None, None
    most = max(counts.values())

    def rank(name: str) -> tuple[bool, bool, bool, int, bool]:
        result = is_result(name) and 2 * counts[name] >= most
        return name in goals, not is_system(name), result, counts[name], is_validation(name)

    name = max(counts, key=rank)
    return name, goals.get(name)


def is_system(name: str) -> bool:
    """Whether a metric tells how busy the machine was, and nothing of the experiment; others are shown before it."""
    return name.startswith("system/")


def is_validation(name: str) -> bool:
    """Whether a metric's name says that it was measured on held-out data."""
    return not _VALIDATION.isdisjoint(_words(name))


def is_result(name: str) -> bool:
    """Whether a metric's name has a usual word for how good a model is."""
    return not _RESULTS.isdisjoint(_words(name))


@lru_cache(4096)  # The same names come with every run.
def _words(name: str) -> frozenset[str]:
    return frozenset(re.split(r"[\W_]+", name.lower()))


def aggregate_word(goal: str | None) -> str:
    """Which aggregate stands for a curve: the best where a goal is known, else the last."""
    return goal if goal in ("min", "max") else "last"


def aggregate(metric: MetricSummary | None, word: str) -> Number | None:
    """The ``min``, ``max`` or ``last`` of a metric."""
    if metric is None:
        return None
    return {"min": metric.min, "max": metric.max}.get(word, metric.last)


def best_index(values: Sequence[Number | None], goal: str | None) -> int | None:
    """The place of the best value; the earliest of equals, and ``None`` without a goal."""
    known = [index for index, value in enumerate(values) if value is not None]
    if not known or goal not in ("min", "max"):
        return None
    sign = 1 if goal == "min" else -1
    return min(known, key=lambda index: (sign * (values[index] or 0), index))


def best_run(runs: Sequence[RunSummary], metric: str | None, goal: str | None) -> RunSummary | None:
    """The run with the best value of ``metric``; of equals, the one that comes first."""
    if metric is None:
        return None
    word = aggregate_word(goal)
    index = best_index([aggregate(run.metrics.get(metric), word) for run in runs], goal)
    return None if index is None else runs[index]


def columns(experiment: ExperimentSummary) -> Columns:
    """The columns of an experiment's table of runs: what differs, and the metrics after the main one."""
    params = differing(experiment.runs) if experiment.runs else []
    known = dict.fromkeys(name for run in experiment.runs for name in run.metrics if name != experiment.metric)
    names = [name for name in known if not is_system(name)]
    hosts = {run.host for run in experiment.runs}
    return Columns(
        params=tuple(params[:PARAM_COLUMNS]),
        params_all=len(params),
        metrics=tuple(names[:METRIC_COLUMNS]),
        metrics_all=len(known),
        host=len(hosts) > 1,
    )


def lead_metrics(series: Iterable[Series], limit: int) -> list[Series]:
    """The series of one run that its first screen shows: those with a goal, results, held-out ones, others."""
    numeric = [one for one in series if any(finite(value) is not None for value in one.values)]
    numeric.sort(key=lambda one: (one.declared.goal is None, not is_result(one.name), not is_validation(one.name)))
    lead = [one for one in numeric if one.declared.goal or not is_system(one.name)]
    return (lead or numeric)[:limit]


def duration(started: float | None, ended: float | None) -> float | None:
    """How long a run took; ``None`` while it has no end, or where its clock went back."""
    if started is None or ended is None or ended < started:
        return None
    return ended - started


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def color(run_id: str) -> str:
    """The series colour of a run, ``s1`` to ``s10``: the same on every page."""
    digest = blake2s(run_id.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return f"s{int.from_bytes(digest, 'big') % COLORS + 1}"


def latest(models: Iterable[ModelSummary]) -> tuple[ModelSummary, ...]:
    """The latest version of each model, by name, with how many versions there are of it."""
    found: dict[str, ModelSummary] = {}
    for model in models:
        known = found.get(model.name)
        newest = max(known or model, model, key=lambda one: one.version)
        found[model.name] = replace(newest, versions=(known.versions if known else 0) + model.versions)
    return tuple(found[name] for name in sorted(found))
