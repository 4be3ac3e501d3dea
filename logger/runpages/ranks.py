"""Reads the rank of a process and the restarts of its job from the variables of torchrun, Slurm and MPI."""

from __future__ import annotations

import os

from .format import status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RANKS = (
    ("RANK", "WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
)
"""The rank of a process, and how many were launched; the innermost launcher first."""

_RESTARTS = (("TORCHELASTIC_RESTART_COUNT", "TORCHELASTIC_RUN_ID"), ("SLURM_RESTART_COUNT", "SLURM_JOB_ID"))
"""How often a job was restarted, and which job it is."""


def rank() -> int | None:
    """The rank of this process, where more than one was launched; else None."""
    for name, size in _RANKS:
        known, of = _number(name), _number(size)
        if known is not None and of is not None:
            return known if of > 1 else None
    return None


def restart() -> str:
    """Which restart of which job this process belongs to; empty on the first start, or without a launcher."""
    found = [(job, os.environ.get(job, ""), _number(count)) for count, job in _RESTARTS]
    return " ".join(f"{job}={name} restart={count}" for job, name, count in found if count)


def owner() -> dict[str, Any]:
    """This process as the owner of a run, with its rank and restart."""
    said = {"rank": rank(), "restart": restart() or None}
    return {**status.owner(), **{key: value for key, value in said.items() if value is not None}}


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
