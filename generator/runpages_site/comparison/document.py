"""A comparison as a document for ``--json``, whose shape docs/how-to/compare-in-ci.md describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .metrics import Cell, MetricRow
from .outcome import Outcome
from .whole import Comparison, summary


def document(title: str, found: Comparison, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The members, what differs, the metrics, and what became of the conditions."""
    return {
        "title": title,
        "reference": found.reference.label,
        "members": [
            {
                "label": one.label,
                "title": one.title,
                "key": one.key,
                "group": one.group,
                "runs": [{"experiment": row.experiment.name, "id": row.run.id} for row in one.rows],
            }
            for one in found.members
        ],
        "differs": summary(found),
        "metrics": [_metric(row, found) for row in found.metrics],
        "params": {row.name: list(row.texts) for row in found.params if row.differs},
        "tags": {row.name: list(row.texts) for row in found.tags if row.differs},
        "environment": [[change._asdict() for change in changes] for changes in found.environment],
        "code": [change and change._asdict() for change in found.code],
        "conditions": [
            {
                "condition": one.condition,
                "member": one.member,
                "state": one.state,
                "why": one.why,
                "known": one.known and one.known._asdict(),
            }
            for one in outcomes
        ],
    }


def _metric(row: MetricRow, found: Comparison) -> dict[str, Any]:
    return {
        "name": row.name,
        "which": row.which,
        "goal": row.aim.better,
        "assumed": row.aim.assumed,
        "unit": row.unit,
        "tolerance": row.tolerance,
        "pair_by": row.pair_by,
        "cells": [_cell(cell, one.label) for cell, one in zip(row.cells, found.members, strict=True)],
    }


def _cell(cell: Cell, label: str) -> dict[str, Any]:
    judged = cell.verdict
    interval = judged.interval if judged else None
    return {
        "member": label,
        "value": cell.value,
        "n": cell.n,
        "sd": cell.sd,
        "delta": cell.delta.absolute,
        "relative": cell.delta.relative,
        "word": cell.delta.word or None,
        "best": cell.best,
        "interval": interval and [interval.low, interval.high],
        "p": judged.p if judged else None,
        "tested": judged.tested if judged else None,
    }
