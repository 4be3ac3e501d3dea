"""The state to show: the stored word, unless the process that had to change it is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from runpages.format import status
from runpages.format.status import ACTIVE, NOT_RESPONDING, SILENCE, TERMINAL, derived, understood

NOW = 1_000_000.0
WORDS = [
    "NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running", "Finalizing", "Completed", "Failed",
    "CancelRequested", "Canceled", "NotResponding", "Paused", "Pausing", "Unapproved",
]  # fmt: skip

# A process that tells who it is, and then waits to be killed.
CHILD = """
import json, sys
from runpages.format import status
print(json.dumps(status.owner()), flush=True)
sys.stdin.read()
"""


@contextmanager
def child() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_every_word_is_terminal_or_active_or_derived() -> None:
    assert set(WORDS) == TERMINAL | ACTIVE | {NOT_RESPONDING}
    assert not TERMINAL & ACTIVE


@pytest.mark.parametrize("word", WORDS)
def test_standard_words_stay(word: str) -> None:
    assert understood(word) == word


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("finished", "Completed"), ("FINISHED", "Completed"), ("success", "Completed"), (" done ", "Completed"),
        ("completed", "Completed"), ("failed", "Failed"), ("crashed", "Failed"), ("killed", "Canceled"),
        ("cancelled", "Canceled"), ("running", "Running"), ("scheduled", "Queued"),
        ("Dreaming", "Dreaming"), ("", ""), ("\ud800", "\ud800"),
    ],
)  # fmt: skip
def test_foreign_words(word: str, meant: str) -> None:
    assert understood(word) == meant


def test_this_process_is_alive() -> None:
    owner = status.owner()
    assert owner["pid"] == os.getpid()
    assert isinstance(owner["pid_start"], int)
    assert derived("Running", owner, None, NOW) == "Running"
    assert derived("Running", owner, NOW - 10 * SILENCE, NOW) == "Running"


def test_the_start_of_a_process_is_told_in_ticks_after_boot() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    with child() as (_, owner):
        after = time.clock_gettime(time.CLOCK_BOOTTIME)
        assert before * ticks - 1 <= owner["pid_start"] <= after * ticks + 1


@pytest.mark.parametrize("word", sorted(ACTIVE))
def test_a_killed_process_does_not_respond(word: str) -> None:
    with child() as (process, owner):
        assert derived(word, owner, NOW, NOW) == word
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert derived(word, owner, NOW, NOW) == NOT_RESPONDING


def test_a_zombie_does_not_respond() -> None:
    with child() as (process, owner):
        os.kill(process.pid, signal.SIGKILL)
        # It has ended and nobody has asked for its exit code.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert derived("Running", owner, NOW, NOW) == NOT_RESPONDING


def test_a_later_process_with_the_same_id_is_another() -> None:
    owner = status.owner()
    assert derived("Running", {**owner, "pid_start": owner["pid_start"] + 1}, NOW, NOW) == NOT_RESPONDING
    assert derived("Running", {**owner, "pid_start": None}, NOW, NOW) == "Running"


def test_nothing_outlives_a_reboot() -> None:
    owner = {**status.owner(), "boot_id": "00000000-0000-0000-0000-000000000000"}
    assert derived("Running", owner, NOW, NOW) == NOT_RESPONDING
    assert derived("Running", {**owner, "pid_namespace": "pid:[1]"}, NOW, NOW) == NOT_RESPONDING


@pytest.mark.parametrize("elsewhere", [{"host": "other"}, {"pid_namespace": "pid:[1]"}])
def test_a_process_elsewhere_counts_by_what_it_writes(elsewhere: dict[str, str]) -> None:
    owner = {**status.owner(), **elsewhere, "pid": 2**22 + 1}
    assert derived("Running", owner, NOW - SILENCE, NOW) == "Running"
    assert derived("Running", owner, NOW - SILENCE - 1, NOW) == NOT_RESPONDING
    assert derived("Running", owner, NOW + 1000, NOW) == "Running"
    assert derived("Running", owner, None, NOW) == "Running"


@pytest.mark.parametrize("word", [*sorted(TERMINAL), NOT_RESPONDING, "Dreaming", None])
def test_a_run_that_nobody_has_to_end_keeps_its_word(word: str | None) -> None:
    assert derived(word, {**status.owner(), "pid": 2**22 + 1}, 0.0, NOW) == word


@pytest.mark.parametrize("owner", [{}, {"host": "x"}, {"pid": None}, {"pid": 0}, {"pid": ""}])
def test_a_run_that_tells_no_process_keeps_its_word(owner: dict[str, Any]) -> None:
    assert derived("Running", owner, 0.0, NOW) == "Running"


@pytest.mark.parametrize("pid", ["1", "x", -1, 1.5, True, [1], 10**30, "../self"])
def test_a_strange_process_id_is_no_process(pid: object) -> None:
    assert derived("Running", {**status.owner(), "pid": pid}, NOW, NOW) == NOT_RESPONDING
