"""Who comes from another logger and calls what that has finds in the error what to call."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest

import runpages
from runpages import Run, other_names


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("log_metric", r"use log\(name, value, step=step\)"),
        ("finish", r"use complete\(\)"),
        ("config", r"params"),
        ("anything", r"has no attribute 'anything'$"),
    ],
)
def test_a_run_says_what_to_call_in_its_place(run: Run, name: str, instead: str) -> None:
    with pytest.raises(AttributeError, match=instead):
        getattr(run, name)
    assert not hasattr(run, name)


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


def test_a_property_that_raises_says_why_itself() -> None:
    with pytest.raises(AttributeError, match="has no experiment; start a run"):
        _ = Run.get_context().experiment


def test_a_run_can_still_be_copied_and_pickled(run: Run) -> None:
    again: Any = pickle.loads(pickle.dumps(run))
    assert again is run
    assert copy.deepcopy(run) is run
    assert not hasattr(Run.__new__(Run), "_state")
