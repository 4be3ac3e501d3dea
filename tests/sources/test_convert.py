"""Runs of other tools as run folders: what is converted is what the source reads, and a site of them is a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.test_fixed_point import assert_same, built_twice

DATA = Path(__file__).parent / "data"
NOW = 1_900_000_000.0
VERSION = "1.2.3"
SAMPLES = ["mlflow/files", "mlflow/database", "tensorboardX", "torch", "keras", "wandb", "dvclive", "sacred", "made"]


@pytest.mark.parametrize("sample", SAMPLES[:-1])
def test_a_site_of_foreign_runs_is_its_workspace(sample: str, tmp_path: Path) -> None:
    assert_same(*built_twice(DATA / sample, tmp_path))
