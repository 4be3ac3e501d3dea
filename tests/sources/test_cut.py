"""No damage to a file of another tool ends a build, nor gives another value without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cut import SAMPLES, Sample, mistakes

# Event files are read by the same code for three tools: it is measured for one of them.
CASES = [
    pytest.param(
        name,
        sample,
        id=f"{name}-{sample.damaged}",
        marks=pytest.mark.often if sample.damaged.endswith(".tfevents.1") else (),
    )
    for name, samples in SAMPLES.items()
    for sample in samples
]


@pytest.mark.parametrize(("name", "sample"), CASES)
def test_a_file_that_is_cut_or_changed_anywhere(name: str, sample: Sample, tmp_path: Path) -> None:
    assert mistakes(name, sample, tmp_path, sample.stride, [0]) == []
