"""Ranks, in processes that have the variables of a launcher."""

from __future__ import annotations

from pathlib import Path

import pytest

from runpages.format.layout import rank_of
from tests.logger.conftest import Script, runs

FORKED = """
import os, runpages
with runpages.start("e", capture=False) as run:
    child = os.fork()
    if not child:
        run.log("x", 1)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize(
    ("said", "rank"),
    [
        ({}, None),
        ({"RANK": "3", "WORLD_SIZE": "4"}, 3),
        ({"RANK": "0", "WORLD_SIZE": "1"}, None),
        ({"RANK": "3"}, None),
        ({"RANK": "high", "WORLD_SIZE": "4"}, None),
        ({"SLURM_PROCID": "2", "SLURM_NTASKS": "8"}, 2),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}, 1),
        ({"PMI_RANK": "5", "PMI_SIZE": "6"}, 5),
        # torchrun in a task of Slurm: each of its processes has a rank of its own.
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "RANK": "9", "WORLD_SIZE": "16"}, 9),
    ],
)
def test_a_writer_that_was_launched_with_others_has_its_rank(
    script: Script, here: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], rank: int | None
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    script(FORKED)
    (folder,) = runs(here / "runs")
    (guest,) = [path.name.split(".")[1] for path in folder.glob("metrics.*.csv")]
    assert rank_of(guest) == rank
