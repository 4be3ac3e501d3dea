"""The name of a call of another logger is answered with the one to use."""

from __future__ import annotations

import re

import pytest

import runpages
from runpages import Run, other_names


@pytest.mark.parametrize(
    ("name", "instead"),
    [("init", r"use start\(experiment\)"), ("log_metric", r"returns a run.*log\(name"), ("what", r"attribute 'what'$")],
)
def test_the_package_says_what_to_call_in_its_place(name: str, instead: str) -> None:
    with pytest.raises(AttributeError, match=instead):
        getattr(runpages, name)


def test_what_is_named_is_there(run: Run) -> None:
    for name, instead in other_names._OF_A_RUN.items():
        first = re.match(r"\w+", instead)
        assert first and hasattr(run, first[0])
        assert not hasattr(run, name)
