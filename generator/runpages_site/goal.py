"""Which values of a metric are better, as stated or by usual words of its name, and which of them is the best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from runpages.format.status import COMPLETED, understood

from . import family, summaries
from .model import ExperimentSummary, RunSummary
from .summaries import aggregate as aggregate

Number = float | int

# What training scripts call their results, beside the learning rates and epochs that they log with them.
LOWER = frozenset(
    """
    loss losses logloss cost error errors err mse rmse rmsle mae mape smape nll bce perplexity ppl bpb bpc regret
    wer cer eer fid lpips ece brier
    """.split()  # noqa: SIM905 - a list of thirty quoted words reads worse
)
HIGHER = frozenset(
    """
    acc accuracy auc auroc auprc ap map f1 f1score fscore r2 score precision recall iou miou dice jaccard kappa mcc
    bleu rouge meteor psnr ssim ndcg mrr elbo success reward rewards rew return returns
    """.split()  # noqa: SIM905
)
_RESULTS = LOWER | HIGHER | {"objective", "likelihood"}
# Beside a usual word these mean another quantity: a loss scale, the spread of a reward, a negated error.
_OTHER = frozenset(
    """
    scale weight weights coef coefficient threshold neg negative std var variance time seconds gap diff delta
    """.split()  # noqa: SIM905
)
_LABELS = {"min": "lowest", "max": "highest"}


class Goal(NamedTuple):
    """Which values are better: ``min``, ``max`` or None, and whether the name of the metric is all that says so."""

    better: str | None
    assumed: bool = False

    @property
    def aggregate(self) -> str:
        """Which value stands for a curve: the best where that is known, else the ``last``."""
        return self.better or "last"

    @property
    def label(self) -> str:
        """The aggregate in words: ``lowest``, ``highest (assumed)`` or ``last``."""
        return label(self.aggregate) + (" (assumed)" if self.assumed else "")


def label(aggregate: str) -> str:
    """An aggregate in words: ``lowest`` and ``highest``; others are words already."""
    return _LABELS.get(aggregate, aggregate)


def of(name: str, stated: str | None) -> Goal:
    """The goal of a metric: as ``stated`` by the settings or the run, else assumed from its name."""
    return Goal(stated) if stated in _LABELS else _assumed(name)


def of_metric(experiment: ExperimentSummary, name: str) -> Goal:
    """The goal of a metric in an experiment: that of its main metric, else as the newest run that states one says."""
    if name == experiment.metric:
        return of(name, experiment.goal)
    return of(name, summaries.stated_goal(experiment.runs, name))


@lru_cache(4096)  # The same names come with every run.
def _assumed(name: str) -> Goal:
    found = words(name)
    if not _OTHER.isdisjoint(found):
        return Goal(None)
    # An F1 loss is a loss.
    better = "min" if found & LOWER else "max" if found & HIGHER else None
    return Goal(better, better is not None)


@lru_cache(4096)
def is_result(name: str) -> bool:
    """Whether a metric's name has a usual word for how good a model is."""
    return not _RESULTS.isdisjoint(words(name))


@lru_cache(4096)
def words(name: str) -> frozenset[str]:
    """The words of a name in lower case: ``valLoss`` has ``val`` and ``loss``, ``rouge1`` has ``rouge`` as well."""
    split = {*_SEPARATOR.split(name.lower()), *_SEPARATOR.split(_CAPITAL.sub(" ", name).lower())}
    return frozenset(split | {word.rstrip("0123456789") for word in split})


_SEPARATOR = re.compile(r"[\W_]+")
_CAPITAL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")


class Contest:
    """What competes for the best among runs: values of completed runs, and of runs without a status.

    Numbers of a run that failed, was canceled or goes on are not its result. A child competes where none of its
    ancestors has a number of its own: the mean of a cross-validation stands for its folds.
    """

    def __init__(self, runs: Sequence[RunSummary]) -> None:
        self._runs = runs
        self._above = family.parents(runs)
        self._finished = summaries.once(runs, _finished)

    def values(self, name: str, which: str) -> list[Number | None]:
        """The values of a metric by run; None for a run that does not compete."""
        found = summaries.values(self._runs, name, which)
        if not self._above:
            return [value if finished else None for value, finished in zip(found, self._finished, strict=True)]
        shadowed = {
            child
            for child in self._above
            if any(found[above] is not None for above in family.ancestors(self._above, child))
        }
        return [
            value if finished and place not in shadowed else None
            for place, (value, finished) in enumerate(zip(found, self._finished, strict=True))
        ]

    def best(self, name: str, goal: Goal) -> int | None:
        """The place of the run with the best value; None without a goal, or where no run competes."""
        return best_index(self.values(name, goal.aggregate), goal.better) if goal.better else None


def _finished(runs: Sequence[RunSummary]) -> list[bool]:
    words = summaries.column(runs, "status")
    done = {word for word in set(words) if not word or understood(word) == COMPLETED}
    return [word in done for word in words]


def best_run(experiment: ExperimentSummary) -> RunSummary | None:
    """The best run of an experiment by its main metric; None where there is none."""
    if experiment.metric is None:
        return None
    place = Contest(experiment.runs).best(experiment.metric, of_metric(experiment, experiment.metric))
    return None if place is None else experiment.runs[place]


def main_value(experiment: ExperimentSummary, run: RunSummary) -> Number | None:
    """The value of the main metric that stands for a run."""
    metric = experiment.metric or ""
    return aggregate(run.metrics.get(metric), of_metric(experiment, metric).aggregate)


def best_index(values: Sequence[Number | None], better: str | None) -> int | None:
    """The place of the best value; the earliest of equals, and ``None`` without a goal."""
    known = [value for value in values if value is not None]
    if not known or better not in _LABELS:
        return None
    return values.index(min(known) if better == "min" else max(known))
