"""Torn files and garbage: a reader never raises, keeps what is whole, and tells the rest with file and line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format import status
from runpages.format.errors import FormatError
from runpages.format.records import RunRecord
from tests.format.folder import line, read, write
from tests.format.sample import FILES, RUN
from tests.format.strategy import any_text, json_values, same

TEXTS = sorted(name for name, content in FILES.items() if name.endswith((".json", ".jsonl", ".csv")))


def lists(run: RunRecord) -> dict[str, list[Any]]:
    """What a run holds that only grows, by the file that tells it."""
    return {
        "tables/rows.jsonl": [row for table in run.tables if table.name == "rows" for row in table.rows],
        "charts/confusion.jsonl": list(run.charts),
        "images.jsonl": [image for image in run.images if image.caption],
        "media.jsonl": [medium for medium in run.media if medium.time],
    }


@pytest.mark.often
@pytest.mark.parametrize("name", TEXTS)
def test_every_prefix_of_every_file_is_read_and_told(tmp_path: Path, name: str) -> None:
    content = FILES[name]
    data = content if isinstance(content, bytes) else content.encode()
    folder = write(tmp_path / "run", FILES)
    whole = lists(read(folder))
    for end in range(len(data)):
        (folder / name).write_bytes(data[:end])
        run = read(folder)
        for file, records in lists(run).items():
            assert same(records, whole[file][: len(records)]), end
        torn = data[:end].rpartition(b"\n")[2]
        about = [problem for problem in run.problems if problem.file == name]
        assert len(about) == len(run.problems), end
        if name.startswith("changes"):  # Another process may be writing it at any time.
            assert about == [], end
        elif name.endswith(".json"):
            complete = end == len(data) - 1
            assert len(about) == (0 if complete else 1), end
            assert all(problem.damage and problem.line for problem in about if "UTF-8" not in problem.message), end
        elif torn and not (name.endswith(".jsonl") and _is_json(torn)):
            assert [(problem.line, problem.damage) for problem in about] == [(data[:end].count(b"\n") + 1, True)], end
        else:
            assert about == [], end


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


@pytest.mark.often
@pytest.mark.parametrize("name", [name for name in TEXTS if not name.endswith(".json")])
def test_every_prefix_of_a_file_that_grows_is_no_damage(tmp_path: Path, name: str) -> None:
    content = FILES[name]
    assert isinstance(content, str)
    running = line({**RUN, "status": "Running", "ended": None, "owner": status.owner()})
    folder = write(tmp_path / "run", {**FILES, "run.json": running})
    for end in range(len(content.encode())):
        (folder / name).write_bytes(content.encode()[:end])
        run = read(folder)
        assert (run.status, run.problems) == ("Running", []), end


@pytest.mark.parametrize("name", TEXTS)
def test_a_torn_line_in_the_middle_costs_that_line_only(tmp_path: Path, name: str) -> None:
    content = FILES[name]
    assert isinstance(content, str)
    if name.endswith(".json"):
        return
    first, *rest = content.splitlines(keepends=True)
    cut = (rest or [first])[0]
    torn = "".join([first, cut[: len(cut) // 2], "\x18\n", *rest])
    folder = write(tmp_path / "run", FILES)
    whole = read(folder)
    (folder / name).write_text(torn, encoding="utf-8")
    run = read(folder)
    assert [(problem.file, problem.line) for problem in run.problems] == [(name, 2)]
    assert run._replace(problems=[], last_write=None) == whole._replace(last_write=None) or "nan" in torn


@pytest.mark.parametrize(
    ("content", "line_told", "reason"),
    [
        ('{\n "id": "x",\n "tags": {\n', 4, "It is not valid JSON"),
        ('{"id": "x"} {', 1, "It is not valid JSON"),
        ("", 1, "It is not valid JSON"),
        ("\0" * 300, 1, "It is not valid JSON"),
        (b"\xe9{}", None, "It is not valid JSON: it is not UTF-8"),
        ("[1]", None, "It is not a JSON object"),
        ('"x"', None, "It is not a JSON object"),
        ("[" * 100_000, None, "It is not valid JSON: it is nested more than"),
    ],
)
def test_a_broken_run_json_is_told_and_the_rest_is_read(
    tmp_path: Path, content: str | bytes, line_told: int | None, reason: str
) -> None:
    run = read(write(tmp_path / "exp" / "run", {**FILES, "run.json": content, "changes.node2-17-00ff.jsonl": ""}))
    [problem] = run.problems
    assert (problem.file, problem.line, problem.action, problem.damage) == (
        "run.json",
        line_told,
        "File skipped",
        True,
    )
    assert problem.message.startswith(reason)
    assert (run.damaged, run.id, run.experiment, run.status) == (True, "run", "exp", None)
    assert run.series["loss"].values == [0.5, 0.4, 0.25]
    assert len(run.images) == 2


def test_the_end_of_a_run_with_a_broken_run_json_may_be_torn(tmp_path: Path) -> None:
    run = read(
        write(tmp_path / "run", {"run.json": '{"status": "Comp', "metrics.csv": "name,value\nloss,1\nloss,0.12"})
    )
    assert run.series["loss"].values == [1]
    assert [(problem.file, problem.line) for problem in run.problems] == [("run.json", 1), ("metrics.csv", 3)]


def test_many_bad_lines_are_summed_up(tmp_path: Path) -> None:
    run = read(write(tmp_path / "run", {"tables/t.jsonl": '{"a": 1}\nx\n' * 50}))
    assert len(run.tables[0].rows) == 50
    assert len(run.problems) == 21
    assert [problem.line for problem in run.problems[:3]] == [2, 4, 6]
    assert run.problems[-1].message == "30 more lines could not be read"
    assert sum(problem.skipped for problem in run.problems) == 50


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[1]", "It is not a JSON object"),
        (b"nonsense", "It is not valid JSON: column 1: Expecting value"),
        (b'{"a": "\xff"}', "It is not valid JSON: it is not UTF-8"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "nested more than"),
        (b'{"a": ' + b"9" * 5000 + b"}", "It is not valid JSON: Exceeds the limit"),
    ],
)
def test_a_bad_record_is_told_with_its_reason(tmp_path: Path, text: bytes, reason: str) -> None:
    run = read(write(tmp_path / "run", {"tables/t.jsonl": b'{"a": 1}\n' + text + b'\n{"a": 2}\n'}))
    assert run.tables[0].rows == [{"a": 1}, {"a": 2}]
    [problem] = run.problems
    assert (problem.file, problem.line) == ("tables/t.jsonl", 2)
    assert reason in problem.message


NAMES = [*TEXTS, "charts/x.jsonl", "media/x/y.mp4", "series.w.json", "metrics.w.csv", "changes.w.jsonl", "logs/a.txt"]
RECORD_KEYS = [
    *RUN, "time", "step", "file", "width", "height", "caption", "series", "files", "kind", "unit", "goal",
    "remove_tags", "data", "start_time", "end_time", "loss", "float", "format_refused",
]  # fmt: skip
documents = st.dictionaries(
    st.sampled_from(RECORD_KEYS), json_values | st.dictionaries(any_text, json_values, max_size=3)
)
contents = (
    st.binary(max_size=80)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(str.encode)
    | st.lists(documents.map(lambda value: json.dumps(value).encode()), max_size=3).map(b"\n".join)
    | st.lists(
        st.sampled_from([b"name", b"value", b"step", b"time", b",", b"\n", b'"', b"1", b"nan", b"9" * 400, b"\x18"])
    ).map(b"".join)
)


@given(st.dictionaries(st.sampled_from(NAMES), contents, max_size=6))
def test_garbage_never_raises(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            run = read(write(Path(folder, "run"), files))
        except FormatError as error:
            assert "pip install -U runpages" in str(error)
            return
    for problem in run.problems:
        assert problem.file == "" or not problem.file.startswith(("/", ".."))
        assert problem.message
        assert problem.action
    for series in run.series.values():
        assert len(series.steps) == len(series.times) == len(series.values)
        assert all(time is None or abs(time) < float("inf") for time in series.times)


@given(st.data())
def test_flipped_bytes_never_raise(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(TEXTS))
    content = FILES[name]
    flipped = bytearray(content if isinstance(content, bytes) else content.encode())
    for at in data.draw(st.lists(st.integers(0, len(flipped) - 1), min_size=1, max_size=3)):
        flipped[at] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        try:
            read(write(Path(folder, "run"), {**FILES, name: bytes(flipped)}))
        except FormatError:
            assert name == "run.json"


@pytest.mark.parametrize(
    "file",
    ["run.json", "changes.w.jsonl", "series.json", "tables/t.jsonl", "charts/t.jsonl", "images.jsonl", "media.jsonl"],
)
@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), 1e308, True, "\ud800", "x" * 9999, [[]] * 1000, {"": {"": None}}, {"a": [1] * 10}, None],
)
def test_every_key_may_hold_anything(tmp_path: Path, file: str, value: Any) -> None:
    read(write(tmp_path / "run", {file: line(dict.fromkeys(set(RECORD_KEYS) - {"format"}, value))}))
