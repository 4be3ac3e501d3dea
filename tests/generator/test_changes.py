"""What is new in a workspace: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from runpages.format.discovery import Found, RunFolder
from runpages_site.changes import AGAIN, ALL, FILES, LIVENESS, NEW, Changes, Run, compare
from runpages_site.errors import PAGE_KEPT, Fault
from runpages_site.stamp import Stamp
from runpages_site.write.build_cache import ExperimentNote, State
from runpages_site.write.run_notes import RunNote, RunNotes

LIVE = {"status": "Running"}
FAULT = Fault("The page", "TypeError", PAGE_KEPT)


def folder(run: str, key: str = "k", experiment: str = "e") -> RunFolder:
    return RunFolder(experiment, run, f"{experiment}/{run}", Stamp(key, 0.0))


def found(*runs: RunFolder, experiments: tuple[str, ...] = ("e",)) -> Found:
    return Found(list(experiments), list(runs), [])


def note(key: str = "k", live: dict[str, Any] | None = None) -> RunNote:
    return RunNote(key, 10, live, (), shown=True)


def state(home: str = "home", /, **runs: RunNote) -> State:
    return State(home, 100, {"e": ExperimentNote("settings", "own", {"name": "e"}, 50, (), RunNotes.of(runs))})


def changes(there: Found, known: State, still_shows: bool = True, kept: Collection[Run] = (), **other: str) -> Changes:
    def shows(live: Mapping[str, Any]) -> bool:
        assert live == LIVE
        return still_shows

    return compare(
        there,
        known,
        keys=dict.fromkeys(there.experiments, other.get("key", "settings")),
        stamps=dict.fromkeys(there.experiments, other.get("stamp", "own")),
        home=other.get("home", "home"),
        kept=kept,
        still_shows=shows,
    )


def test_where_nothing_changed_there_is_nothing_to_do() -> None:
    made = changes(found(folder("a"), folder("b")), state(a=note(), b=note(live=LIVE)))
    assert made == Changes([], {}, {}, {"e": ["a", "b"]}, [], [], home=False)
    assert not made


def test_the_first_build_does_everything() -> None:
    made = changes(found(folder("a")), State())
    assert made == Changes([folder("a")], {"e/a": NEW}, {}, {"e": ["a"]}, ["e"], [], home=True)
    assert made


@pytest.mark.parametrize(
    ("known", "other", "why"),
    [
        ({}, {}, NEW),
        ({"a": note("other")}, {}, FILES),
        ({"a": note("other", LIVE)}, {"key": "new", "still_shows": False}, FILES),
        ({"a": note()}, {"key": "new"}, ALL),
        ({"a": note(live=LIVE)}, {"key": "new", "still_shows": False}, ALL),
        ({"a": note(live=LIVE)}, {"still_shows": False}, LIVENESS),
        ({"a": note()._replace(faults=(FAULT,))}, {}, AGAIN),
        ({"a": note("other")._replace(faults=(FAULT,))}, {}, AGAIN),
    ],
)
def test_a_run_is_rendered_for_one_reason(known: dict[str, RunNote], other: dict[str, Any], why: str) -> None:
    made = changes(found(folder("a"), folder("b")), state(**known, b=note()), **other)
    assert made.why["e/a"] == why
    assert folder("a") in made.runs
    assert ("e/b" in made.why) == ("key" in other)
    assert (made.experiments, made.gone, made.dropped, made.home) == (["e"], {}, [], True)


def test_a_run_that_ended_is_not_asked_whether_it_lives() -> None:
    assert not changes(found(folder("a")), state(a=note()), still_shows=False)


def test_runs_that_are_no_more_are_gone_with_their_experiment_or_without() -> None:
    made = changes(found(folder("a")), state(a=note(), b=note(), c=note()))
    assert made == Changes([], {}, {"e": ["b", "c"]}, {"e": ["a"]}, ["e"], [], home=True)
    made = changes(found(experiments=()), state(a=note()))
    assert made == Changes([], {}, {"e": ["a"]}, {}, [], ["e"], home=True)
    assert made
    # An experiment may be there without runs.
    made = changes(found(), state(a=note()))
    assert made == Changes([], {}, {"e": ["a"]}, {"e": []}, ["e"], [], home=True)
    assert changes(found(experiments=()), state()) == Changes([], {}, {}, {}, [], ["e"], home=True)


def test_kept_runs_are_not_gone_and_make_nothing_new() -> None:
    known = state(a=note(), b=note())
    made = changes(found(folder("a")), known, kept=[("e", "b")])
    assert made == Changes([], {}, {}, {"e": ["a", "b"]}, [], [], home=False)
    assert not made
    assert not changes(found(experiments=()), known, kept=[("e", "b"), ("e", "a")])
    made = changes(found(experiments=()), known, kept=[("e", "b")])
    assert made == Changes([], {}, {"e": ["a"]}, {"e": ["b"]}, ["e"], [], home=True)


def test_the_page_of_an_experiment_that_failed_or_was_never_noted_is_made_again() -> None:
    [known] = state(a=note()).experiments.values()
    for wrong in (known._replace(fault=FAULT), known._replace(entry={})):
        made = changes(found(folder("a")), State("home", 0, {"e": wrong}))
        assert (made.runs, made.experiments) == ([], ["e"])


def test_an_experiment_is_indexed_where_its_own_files_changed() -> None:
    made = changes(found(folder("a")), state(a=note()), stamp="new")
    assert made == Changes([], {}, {}, {"e": ["a"]}, ["e"], [], home=True)
    assert made


def test_a_run_of_another_experiment_is_none_of_this_one() -> None:
    there = found(folder("a", experiment="f"), experiments=("e", "f"))
    made = changes(there, state(a=note()))
    assert made == Changes(
        [folder("a", experiment="f")], {"f/a": NEW}, {"e": ["a"]}, {"e": [], "f": ["a"]}, ["e", "f"], [], home=True
    )


def test_the_home_page_may_be_all_that_is_new() -> None:
    made = changes(found(folder("a")), state(a=note()), home="new")
    assert made == Changes([], {}, {}, {"e": ["a"]}, [], [], home=True)
    assert made


@pytest.mark.parametrize("made", [Changes([], {}, {}, {}, ["e"], [], False), Changes([], {}, {}, {}, [], ["e"], False)])
def test_there_is_something_to_do_where_an_experiment_is_new_or_no_more(made: Changes) -> None:
    assert made
