"""Several writers of one run: their points and changes fold into one story, whatever their clocks say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.records import Value
from runpages.format.stream import merge
from tests.format.folder import line, read, write

Written = tuple[str, dict[str, tuple[list[float | int], list[float | None], list[Value]]]]


def writer(name: str, *points: tuple[float, float | None, Value]) -> Written:
    steps, times, values = ([point[at] for point in points] for at in range(3))
    return name, {"loss": (steps, times, values)}  # type: ignore[dict-item]


def test_points_are_merged_by_time_then_writer() -> None:
    merged = merge(
        [
            writer("", (0, 1.0, "a0"), (1, 3.0, "a1"), (2, 5.0, "a2")),
            writer("y", (0, 3.0, "y0"), (1, 4.0, "y1")),
            writer("x", (0, 3.0, "x0"), (1, 6.0, "x1")),
        ]
    )
    assert merged["loss"].values == ["a0", "a1", "x0", "y0", "y1", "a2", "x1"]
    assert merged["loss"].steps == [0, 1, 0, 0, 1, 2, 1]
    assert merged["loss"].times == [1.0, 3.0, 3.0, 3.0, 4.0, 5.0, 6.0]


def test_a_clock_that_goes_back_reorders_nothing_of_its_writer() -> None:
    merged = merge(
        [writer("", (0, 10.0, "a0"), (1, 2.0, "a1"), (2, 11.0, "a2")), writer("x", (0, 5.0, "x0"), (1, 10.5, "x1"))]
    )
    assert merged["loss"].values == ["x0", "a0", "a1", "x1", "a2"]
    assert merged["loss"].times == [5.0, 10.0, 2.0, 10.5, 11.0]


def test_points_without_a_time_stay_with_their_writer() -> None:
    merged = merge(
        [writer("", (0, None, "a0"), (1, 5.0, "a1"), (2, None, "a2")), writer("x", (0, 1.0, "x0"), (1, 6.0, "x1"))]
    )
    assert merged["loss"].values == ["a0", "x0", "a1", "a2", "x1"]


points = st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 6).map(float), st.integers()), max_size=8)


@given(st.lists(points, max_size=4))
def test_merging_keeps_every_point_and_each_writers_order(parts: list[list[tuple[int, float | None, int]]]) -> None:
    labelled = [
        [(step, time, f"{at}:{index}") for index, (step, time, _) in enumerate(part)] for at, part in enumerate(parts)
    ]
    merged = merge([writer(str(at), *part) for at, part in enumerate(labelled) if part])
    if not any(parts):
        assert merged == {}
        return
    series = merged["loss"]
    together = list(zip(series.steps, series.times, series.values, strict=True))
    assert sorted(map(repr, together)) == sorted(repr(point) for part in labelled for point in part)
    for part in labelled:
        assert [point for point in together if point in part] == part
    # Each point stands where the latest time that its writer had told puts it.
    latest = {
        value: max((t for _, t, _ in part[: index + 1] if t is not None), default=-math.inf)
        for part in labelled
        for index, (_, _, value) in enumerate(part)
    }
    keys = [(latest[str(value)], str(value).split(":")[0]) for _, _, value in together]
    assert keys == sorted(keys)


def test_the_order_of_the_files_in_the_folder_does_not_matter(tmp_path: Path) -> None:
    header = "name,step,time,value,text\n"
    first = write(
        tmp_path / "a", {"metrics.csv": f"{header}x,0,1.0,1,\n", "metrics.b-1-0000.csv": f"{header}x,0,2.0,2,\n"}
    )
    second = write(
        tmp_path / "b", {"metrics.csv": f"{header}x,0,2.0,2,\n", "metrics.a-1-0000.csv": f"{header}x,0,1.0,1,\n"}
    )
    assert read(first).series["x"].values == read(second).series["x"].values == [1, 2]


def test_at_one_time_the_owner_comes_first(tmp_path: Path) -> None:
    files = {"metrics.csv": "name,time,value\nx,1,0\n", "metrics.a-1-0000.csv": "name,time,value\nx,1,1\n"}
    assert read(write(tmp_path / "run", files)).series["x"].values == [0, 1]


def test_the_points_of_all_writers_are_read(tmp_path: Path) -> None:
    header = "name,step,time,value,text\n"
    run = read(
        write(
            tmp_path / "run",
            {
                "metrics.csv": f"{header}loss,0,1.0,1,\n",
                "metrics.n1-7-00ff.csv": f"{header}loss,0,2.0,2,\nacc,0,2.0,0.5,\n",
                "metrics.n2-9-00ff.csv": "name,value\nloss,3\nother\n",
            },
        )
    )
    assert run.series["loss"].values == [3, 1, 2]
    assert run.series["acc"].values == [0.5]
    assert [(p.file, p.line) for p in run.problems] == [("metrics.n2-9-00ff.csv", 3)]


# --- changes -----------------------------------------------------------------------------------------------

ENDED = {"status": "Completed", "ended": "2026-01-01T00:10:00.000Z"}


def changed(folder: Path, document: dict[str, Any], **files: list[dict[str, Any]]) -> Any:
    written = {f"changes.{name}.jsonl": "".join(map(line, changes)) for name, changes in files.items()}
    return read(write(folder, {"run.json": line(document), **written}))


def at(minute: float, **change: Any) -> dict[str, Any]:
    return {"time": f"2026-01-01T00:{int(minute):02d}:{int(minute % 1 * 60):02d}.000Z", **change}


def test_changes_are_folded_by_time_then_writer(tmp_path: Path) -> None:
    run = changed(
        tmp_path / "run",
        {"tags": {"a": "0", "b": "0", "c": "0"}, "params": {"lr": 1}, "properties": {"p": "0"}, **ENDED},
        w1=[at(11, tags={"a": "1", "d": "1"}), at(13, tags={"a": "3"}, remove_tags=["c"])],
        w2=[at(12, tags={"a": "2"}, params={"lr": 2, "n": {"x": 1}}), at(13, tags={"a": "4"}, properties={"q": "1"})],
    )
    assert run.tags == {"a": "4", "b": "0", "d": "1"}
    assert run.params == {"lr": 2, "n": {"x": 1}}
    assert run.properties == {"p": "0", "q": "1"}
    assert run.problems == []


def test_a_tag_that_was_removed_can_be_set_again(tmp_path: Path) -> None:
    run = changed(tmp_path / "run", {"tags": {"a": "0"}}, w=[at(1, remove_tags=["a", "x"]), at(2, tags={"a": None})])
    assert run.tags == {"a": None}


def test_the_status_of_a_later_writer_counts(tmp_path: Path) -> None:
    run = changed(
        tmp_path / "run",
        ENDED,
        w2=[at(30, status="Failed", ended="2026-01-01T00:30:00.000Z", error={"code": "E", "message": "m"})],
        w1=[at(20, status="Running", started="2026-01-01T00:20:00Z", name="new", description="more")],
    )
    assert (run.status, run.name, run.description) == ("Failed", "new", "more")
    assert (run.started, run.ended) == (1767226800.0, 1767227400.0)
    assert run.error is not None
    assert run.error.message == "m"


def test_the_owner_that_ended_later_has_the_last_word(tmp_path: Path) -> None:
    run = changed(
        tmp_path / "run",
        ENDED,
        cli=[at(9, status="CancelRequested", error="no", ended="x", started="x", tags={"a": "1"})],
    )
    assert (run.status, run.ended, run.started, run.error) == ("Completed", 1767226200.0, None, None)
    assert run.tags == {"a": "1"}


def test_a_change_without_a_time_counts_and_comes_first(tmp_path: Path) -> None:
    run = changed(
        tmp_path / "run", ENDED, a=[at(11, tags={"x": "late"})], hand=[{"status": "Failed", "tags": {"x": "early"}}]
    )
    assert (run.status, run.tags) == ("Failed", {"x": "late"})


def test_the_lines_of_one_writer_keep_their_order(tmp_path: Path) -> None:
    run = changed(
        tmp_path / "run", ENDED, a=[at(11, tags={"x": "1"}), at(11, tags={"x": "2"}), at(11, tags={"x": "3"})]
    )
    assert run.tags == {"x": "3"}


@pytest.mark.parametrize(
    "change",
    [
        {"tags": ["a"]},
        {"tags": None},
        {"remove_tags": "a"},
        {"remove_tags": [["x"], 5, None]},
        {"status": 5},
        {"status": None},
        {"time": [], "params": 3},
        {"unknown": 1, "format_refused": "x"},
        {"error": []},
        {"owner": {"pid": "x"}},
    ],
)
def test_a_strange_change_changes_nothing_and_never_raises(tmp_path: Path, change: dict[str, Any]) -> None:
    run = changed(tmp_path / "run", {"tags": {"a": "1"}, "params": {"b": 2}}, w=[change])
    assert (run.tags, run.params, run.status) == ({"a": "1"}, {"b": 2}, None)


def test_a_torn_change_of_a_process_that_goes_on_is_no_damage(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "run", {"run.json": line(ENDED), "changes.w.jsonl": line(at(11, tags={"a": "1"})) + '{"tags'}
    )
    assert read(folder).problems == []
    assert read(folder).tags == {"a": "1"}
