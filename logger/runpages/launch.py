"""What a launcher of several processes says of this one, by environment variables: torchrun, Slurm, MPI."""

from __future__ import annotations

import os

_RANKS = (
    ("RANK", "WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
)
"""The rank of a process, and how many were launched; the innermost launcher first."""


def rank() -> int | None:
    """The rank of this process, where more than one was launched; else None."""
    for name, size in _RANKS:
        known, of = _number(name), _number(size)
        if known is not None and of is not None:
            return known if of > 1 else None
    return None


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
