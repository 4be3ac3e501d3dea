"""No damage to a file of another tool ends a build, nor gives another value without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cut import SAMPLES, Sample, mistakes

CASES = [(name, sample) for name, samples in SAMPLES.items() for sample in samples]


@pytest.mark.often
@pytest.mark.parametrize(("name", "sample"), CASES, ids=[f"{name}-{sample.damaged}" for name, sample in CASES])
def test_a_file_that_is_cut_or_changed_anywhere(name: str, sample: Sample, tmp_path: Path) -> None:
    assert mistakes(name, sample, tmp_path, sample.stride, [0]) == []
