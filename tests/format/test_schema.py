"""The schemas of docs/reference/schema accept what the readers read without a problem and what the logger writes."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest

import runpages
from runpages.format.document import decode, encode
from tests.format import schema
from tests.format.folder import line, read, write
from tests.format.sample import FILES, RUN, SERIES
from tests.format.schema import KINDS, faults, faults_of

DOCUMENTS: dict[str, Any] = {
    "run": RUN,
    "series": SERIES,
    "experiment": {
        "format": 1,
        "name": "é",
        "created": "2026-01-01T00:00:00.000Z",
        "tags": {"a": None},
        "archived": None,
    },
    **{
        kind: json.loads(str(FILES[file]).splitlines()[0])
        for kind, file in {
            "definitions": "definitions.jsonl",
            "changes": "changes.node2-17-00ff.jsonl",
            "images": "images.jsonl",
            "media": "media.jsonl",
            "charts": "charts/confusion.jsonl",
        }.items()
    },
}


def test_every_schema_is_one_and_there_are_no_others() -> None:
    names = [*(f"{kind}.schema.json" for kind in KINDS), "runpages.yml.schema.json"]  # That of the settings.
    assert sorted(path.name for path in schema.FOLDER.iterdir()) == sorted(names)
    for kind in KINDS:
        assert schema.load(kind)["$id"] == f"urn:runpages:format:1:{kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_documents_by_hand_are_valid(kind: str) -> None:
    assert faults_of(kind, DOCUMENTS[kind]) == []
    assert faults_of(kind, {**DOCUMENTS[kind], "later": [1]}, strict=False) == []
    assert faults_of(kind, {**DOCUMENTS[kind], "later": [1]}) != []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("run", {"format": 2}),
        ("run", {"format": "1"}),
        ("run", {"id": ""}),
        ("run", {"number": "7"}),
        ("run", {"number": True}),
        ("run", {"status": "NotResponding"}),
        ("run", {"status": ""}),
        ("run", {"created": 1767225600}),
        ("run", {"ended": "2026-01-01"}),
        ("run", {"tags": {"a": 1}}),
        ("run", {"tags": ["a"]}),
        ("run", {"properties": {"a": None}}),
        ("run", {"properties": {"ContentSnapshotId": ""}}),
        ("changes", {"properties": {"ContentSnapshotId": 7}}),
        ("run", {"params": []}),
        ("run", {"owner": {"pid": "7"}}),
        ("run", {"owner": {"pids": 7}}),
        ("run", {"environment": {"command": "python x.py"}}),
        ("run", {"environment": {"git": {"dirty": "yes"}}}),
        ("run", {"error": "it broke"}),
        ("run", {"error": {"code": "x"}}),
        ("experiment", {"name": None}),
        ("series", {"series": {"loss": {"goal": "minimize"}}}),
        ("series", {"series": {"loss": {"gaol": "min"}}}),
        ("series", {"series": {"loss": "min"}}),
        ("series", {"files": {"rows": "Rows"}}),
        ("definitions", {"name": ""}),
        ("definitions", {"goal": "minimize"}),
        ("definitions", {"file": "rows"}),
        ("definitions", {"file": "tables/a/b"}),
        ("changes", {"time": None}),
        ("changes", {"remove_tags": "a"}),
        ("images", {"file": "../x.png"}),
        ("images", {"file": "images/../../x.png"}),
        ("images", {"file": "/images/x.png"}),
        ("images", {"file": "images/.."}),
        ("images", {"file": "images\\x.png"}),
        ("images", {"file": "artifacts/x.png"}),
        ("images", {"name": ""}),
        ("images", {"width": 1.5}),
        ("images", {"step": "1"}),
        ("media", {"file": "images/x.wav"}),
        ("charts", {"type": ""}),
    ],
)
def test_mistakes_are_found(kind: str, change: dict[str, Any]) -> None:
    assert faults_of(kind, {**DOCUMENTS[kind], **change}) != []


@pytest.mark.parametrize(
    ("kind", "key"), [("changes", "time"), ("images", "name"), ("images", "file"), ("charts", "data")]
)
def test_what_has_to_be_there_is_asked_for(kind: str, key: str) -> None:
    document = copy.deepcopy(DOCUMENTS[kind])
    del document[key]
    assert faults_of(kind, document) != []


def test_numbers_that_json_does_not_have_are_valid_as_they_are_spelled() -> None:
    document = json.loads(encode({**RUN, "params": {"x": math.nan}}))
    assert faults_of("run", document) == []
    assert math.isnan(decode(encode(document))["params"]["x"])


# --- whole folders -----------------------------------------------------------------------------------------


def test_a_run_by_hand_is_valid_and_read_without_a_word(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", FILES)
    # The sample leaves the time of one line away, as people may; a program writes it.
    (folder / "metrics.csv").write_text(str(FILES["metrics.csv"]).replace("note,0,,,", "note,0,1767225603.000,,"))
    assert faults(folder) == []
    assert read(folder).problems == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", '{"name": "a", "name": "b"}'),
        ("run.json", '{"params": {"x": NaN}}'),
        ("changes.w.jsonl", line({"tags": {}})),
        ("tables/t.jsonl", "[1]\n"),
        ("tables/t.jsonl", '{"a": 1}'),
        ("tables/t.txt", ""),
        ("metrics.csv", "name,value\nloss,1\n"),
        ("metrics.csv", "name,step,time,value,text\nloss,0,1.000,1_0,\n"),
        ("metrics.csv", "name,step,time,value,text\nloss,0,1.0,1,\n"),
        ("metrics.csv", "name,step,time,value,text\nloss,0,1.000,1,"),
        ("metrics.csv", "name,step,time,value,text\nloss,0,1.000,1,both\n"),
        ("notes.txt", "x"),
        ("experiment.json", "{}"),
    ],
)
def test_faults_of_a_folder_are_found(tmp_path: Path, name: str, content: str) -> None:
    folder = write(tmp_path / "run", {name: content})
    try:
        found = faults(folder)
    except ValueError as error:
        found = [str(error)]
    assert found != []


def test_what_the_logger_writes_is_valid(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        runpages.start(
            'an "experiment" / é',
            root=tmp_path,
            name="n",
            params={"x": math.inf, "y": {"z": [1, None]}},
            tags={"t": None},
        ) as run,
    ):
        for value in (0.5, 7, 10**40, math.nan, -math.inf, True, None, "text, \n", ""):
            run.log("a, b", value)
            run.log("Loss", value, step=1.5)
            run.log("loss\n", value)
        run.define("loss", unit="s", goal="min", description="*d*")
        run.log_list("list", [1, 2.0, "x"])
        run.log_list("empty", [])
        run.log_row("rows", x=1, y="a")
        run.log_table("Rows", {"x": [1, math.nan], "y": ["a", None]})
        run.log_confusion_matrix("cm", {"class_labels": ["a", "b"], "matrix": [[1, 0], [0, 1]]})
        run.log_image("Image/é", b"GIF89a\x03\0\x02\0\x80\0\0", caption="c")
        run.tag("more", "x")
        run.log("after", 1 / 0)
    [experiment] = [path for path in tmp_path.iterdir() if path.is_dir() and not path.name.startswith(".")]
    assert faults_of("experiment", json.loads((experiment / "experiment.json").read_bytes())) == []
    [folder] = [path for path in experiment.iterdir() if path.is_dir() and not path.name.startswith(".")]
    assert faults(folder) == []
    record = read(folder)
    assert (record.problems, record.status, record.experiment) == ([], "Failed", 'an "experiment" / é')
    assert sorted(record.series) == ["Loss", "a, b", "empty", "list", "loss\n"]
    assert sorted(table.name for table in record.tables) == ["Rows", "rows"]
    assert [(image.name, image.width, image.height) for image in record.images] == [("Image/é", 3, 2)]
