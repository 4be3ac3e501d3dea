"""Names to file names: reversible, portable, and never out of their folder."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format import layout
from runpages.format.layout import FileNames, file_name, hashed_name, name_of, rank_of
from tests.format.strategy import NASTY, any_text

RESERVED = ["con", "prn", "aux", "nul", *(f"{port}{at}" for port in ("com", "lpt") for at in range(1, 10))]


@given(any_text)
def test_a_name_comes_back_from_its_file_name(name: str) -> None:
    file = file_name(name)
    assert name_of(file) == (None if "~~" in file else name)


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_name_comes_back(name: str) -> None:
    file = file_name(name)
    assert name_of(file) == (None if "~~" in file else name)
    spelled = re.sub(rb"[^A-Za-z0-9_-]", b"~xx", name.encode("utf-8", "surrogatepass"))
    assert ("~~" in file) == (not 0 < len(spelled) <= 120)


@given(any_text)
@example("\ud83d\ude00")
def test_a_file_name_is_portable(name: str) -> None:
    file = file_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_~-]{1,120}", file)
    assert file.lower() not in RESERVED


@given(any_text, any_text)
def test_different_names_have_different_file_names(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


@pytest.mark.parametrize("word", RESERVED)
def test_reserved_names_are_escaped_whatever_their_case(word: str) -> None:
    for name in (word, word.upper(), word.title()):
        assert file_name(name) == f"~{ord(name[0]):02x}{name[1:]}"
        assert name_of(file_name(name)) == name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("loss", "loss"),
        ("val_loss-2", "val_loss-2"),
        ("train/loss", "train~2floss"),
        ("loss (%)", "loss~20~28~25~29"),
        ("~", "~7e"),
        ("é", "~c3~a9"),
        ("😀", "~f0~9f~98~80"),
        ("../x", "~2e~2e~2fx"),
        ("", "~~e3b0c44298fc1c14"),
        ("a" * 120, "a" * 120),
        ("a" * 121, "a" * 100 + "~~e9615320128cc7a3"),
    ],
)
def test_file_names_never_change(name: str, file: str) -> None:
    assert file_name(name) == file


def test_a_long_name_keeps_its_beginning_and_a_digest() -> None:
    name = "x/" * 150
    assert file_name(name) == hashed_name(name)
    assert re.fullmatch(r"(x~2f){25}~~[0-9a-f]{16}", file_name(name))
    assert name_of(file_name(name)) is None


@pytest.mark.parametrize("file", ["a b", "100%", "~", "~z", "~2", "~2F", "~ff", "ünder", "a.b", "\udcff"])
def test_a_foreign_file_name_is_taken_as_it_stands(file: str) -> None:
    assert name_of(file) == file


@given(st.lists(any_text | st.sampled_from(["loss", "Loss", "LOSS", "lo~73s", "é", "É"]), max_size=20))
def test_no_two_names_of_a_writer_meet(names: list[str]) -> None:
    given_out = FileNames()
    files = {name: given_out.of(name) for name in names}
    assert len({file.lower() for file in files.values()}) == len(files)
    assert {name: given_out.of(name) for name in reversed(names)} == files
    # The first of those that would meet keeps the plain form.
    if names:
        assert files[names[0]] == file_name(names[0])


def test_a_name_that_would_meet_another_gets_the_hashed_form() -> None:
    given_out = FileNames()
    assert [given_out.of(name) for name in ("loss", "Loss")] == ["loss", hashed_name("Loss")]


# --- ids, writers and times --------------------------------------------------------------------------------


def test_a_run_id_is_a_time_and_a_tail() -> None:
    assert re.fullmatch(r"20260102-030405-[a-z2-7]{6}", layout.run_id(1767323045.9))
    assert len({layout.run_id(0.0) for _ in range(100)}) == 100


@given(any_text, st.integers(1, 2**22))
def test_a_writer_stands_before_the_extension(host: str, pid: int) -> None:
    writer = layout.writer_id(host, pid)
    assert re.fullmatch(r"[A-Za-z0-9_~-]{1,60}-[0-9]+-[0-9a-f]{8}", writer)
    file = layout.with_writer("metrics.csv", writer)
    assert file == f"metrics.{writer}.csv"
    assert layout.writer_of(file) == writer
    assert layout.with_writer("metrics.csv", None) == "metrics.csv"
    assert layout.writer_of("metrics.csv") is None


@given(any_text, st.integers(1, 2**22), st.integers(0, 10**6))
def test_a_writer_has_its_rank(host: str, pid: int, rank: int) -> None:
    writer = layout.writer_id(host, pid, rank)
    assert layout.rank_of(writer) == rank
    assert layout.writer_of(layout.with_writer("metrics.csv", writer)) == writer


@pytest.mark.parametrize("writer", ["node1-42-0a1b2c3d", "rank7-42-0a1b", "rank-node-42-0a1b", "ranks-7-42-0a1b", ""])
def test_a_host_by_the_name_of_a_rank_is_none(writer: str) -> None:
    assert layout.rank_of(writer) is None


@given(any_text, any_text)
def test_the_longest_file_name_fits_every_file_system(name: str, host: str) -> None:
    writer = layout.writer_id(host, 2**22, 10**6)
    assert len(layout.with_writer(f"{file_name(name)}.jsonl", writer).encode()) <= 255


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1767323045.0006, "2026-01-02T03:04:05.001Z"),
        (1767323045.9999, "2026-01-02T03:04:06.000Z"),
        (-0.5, "1969-12-31T23:59:59.500Z"),
    ],
)
def test_times_are_iso_with_milliseconds(seconds: float, text: str) -> None:
    assert layout.iso_time(seconds) == text


@pytest.mark.parametrize(
    ("writer", "rank"),
    [("rank3-node-4242-0f3c", 3), ("rank0-a-1-ab", 0), ("node-4242-0f3c", None), ("rank-1-2-ab", None),
     ("ranker-1-ab", None), ("rank\u00b2-1-ab", None), ("", None)],
)  # fmt: skip
def test_a_writer_may_tell_its_rank(writer: str, rank: int | None) -> None:
    assert rank_of(writer) == rank
