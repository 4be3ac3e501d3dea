"""Long files: read from where the last build stopped, and never otherwise than as a whole."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from runpages.format.read import read_without_points
from runpages.format.records import Problem, Series
from runpages.format.stream import Position, Stream
from runpages_site.read import downsample, points
from runpages_site.read.points import read_points
from runpages_site.write.build_cache import POINTS, Notes
from runpages_site.write.site_folder import NOTES
from tests.format.strategy import metrics_files, same

HEADER = b"name,step,time,value,text\n"


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "LONG", 1)


MEMORY = f"site/{NOTES}/points/e~run.json"
"""Where the notes of a site keep what was read of the run."""


def read(folder: Path, memory: Path | None) -> tuple[dict[str, Series], list[Problem]]:
    problems: list[Problem] = []
    notes = Notes(memory.parents[2]) if memory else None
    known = notes.known(POINTS, "e", "run") if notes else {}
    series, learned = read_points(read_without_points(str(folder), now=0.0)[1], problems, known)
    if notes and learned != known:
        notes.put_known(POINTS, "e", "run", learned)
    return series, problems


def lines(start: int, end: int) -> bytes:
    return b"".join(b"loss,%d,1.5,%d.5,\n" % (step, step) for step in range(start, end))


grown = st.tuples(st.integers(0, 40), st.integers(1, 30)).map(lambda some: lines(some[0], some[0] + some[1]))
"""Lines of a run that goes on, so many that they are thinned."""


@pytest.mark.parametrize("few", [2, downsample.FEW], ids=["thinned", "all"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(metrics_files | grown | st.binary(max_size=20), min_size=1, max_size=4), draw=st.data())
def test_whatever_is_done_to_a_file_the_points_are_those_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int, edits: list[bytes], draw: st.DataObject
) -> None:
    monkeypatch.setattr(downsample, "FEW", few)
    monkeypatch.setattr(downsample, "STRETCHES", 3)
    monkeypatch.setattr(downsample, "HEAD", 1)
    memory, file = tmp_path / MEMORY, tmp_path / "metrics.csv"
    memory.unlink(missing_ok=True)
    data = HEADER
    for edit in edits:
        at = draw.draw(st.sampled_from([len(data)] * 4 + [0, len(data) // 2]))
        data = data[:at] + edit + data[at + len(edit) :] if draw.draw(st.booleans()) else data[:at] + edit
        file.write_bytes(data)
        found, problems = read(tmp_path, memory)
        whole, told = read(tmp_path, None)
        assert same(found, whole)
        assert problems == told
        event(f"thinned: {any(one.whole is not None for one in found.values())}")


def test_a_last_line_without_its_end_is_not_remembered(tmp_path: Path) -> None:
    memory, file = tmp_path / MEMORY, tmp_path / "metrics.csv"
    for end in (b"loss,3,1.5,3.5,", b"loss,3,1.5,3.5,\n"):
        file.write_bytes(HEADER + lines(0, 3) + end)
        assert read(tmp_path, memory)[0]["loss"].steps == [0, 1, 2, 3]


def test_only_what_was_added_is_read(tmp_path: Path) -> None:
    memory, file = tmp_path / MEMORY, tmp_path / "metrics.csv"
    began: list[int] = []

    class Seen(Stream):
        def __init__(self, source: object, file: str, at: Position, **how: bool) -> None:
            began.append(at.offset)
            super().__init__(source, file, at, **how)  # type: ignore[arg-type]

    with patch.object(points, "Stream", Seen):
        file.write_bytes(HEADER + lines(0, 10))
        read(tmp_path, memory)
        with file.open("ab") as end:
            end.write(lines(10, 20) + b"loss,20,1.5,20.")
        found, _ = read(tmp_path, memory)
        assert found["loss"].steps == list(range(20))
        whole = len(HEADER + lines(0, 10))
        assert began == [0, whole]

        changed = bytearray(file.read_bytes())
        changed[len(HEADER) + 11] = ord("9")  # In the middle, and as long as it was.
        file.write_bytes(bytes(changed) + b"5,\n")
        found, _ = read(tmp_path, memory)
        assert began == [0, whole, 0]
        assert found["loss"].values[0] == 9.5
        assert found["loss"].values[-1] == 20.5


@pytest.mark.parametrize(
    "damage", [b"", b"{}", b"[1]", b'{"metrics.csv": {"hash": "x"}}', b'{"metrics.csv": 3}', b"\xff"]
)
def test_a_damaged_memory_is_no_memory(tmp_path: Path, damage: bytes) -> None:
    memory, file = tmp_path / MEMORY, tmp_path / "metrics.csv"
    file.write_bytes(HEADER + lines(0, 3))
    memory.parent.mkdir(parents=True)
    memory.write_bytes(damage)
    assert read(tmp_path, memory)[0]["loss"].steps == [0, 1, 2]
    assert read(tmp_path, memory)[0]["loss"].steps == [0, 1, 2]


def test_a_file_that_got_short_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, file = tmp_path / MEMORY, tmp_path / "metrics.csv"
    file.write_bytes(HEADER + lines(0, 3))
    read(tmp_path, memory)
    assert memory.exists()
    monkeypatch.setattr(points, "LONG", 1 << 20)
    assert read(tmp_path, memory)[0]["loss"].steps == [0, 1, 2]
    assert not memory.exists()
