"""A whole run into values: everything that is there, by hand or by a tool, in its place and order."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runpages.format import status
from runpages.format.discovery import find
from runpages.format.read import read_experiment
from runpages.format.records import Chart, Declaration, Error, File, Medium, Series
from tests.format.folder import NOW, line, read, told, write
from tests.format.sample import FILES
from tests.format.strategy import same


def test_a_whole_run_is_read(tmp_path: Path) -> None:
    run = read(write(tmp_path / "x" / "y", FILES))
    assert run.problems == []
    assert not run.damaged
    assert (run.id, run.experiment, run.name, run.number) == ("20260101-000000-abcdef", "digits", "ridge", 7)
    assert (run.title, run.type, run.status) == ("ridge", "script", "Failed")
    assert (run.created, run.started, run.ended) == (1767225600.0, 1767225601.0, 1767225660.0)
    assert (run.parent, run.owner["pid"]) == ("20251231-000000-abcdef", 4242)
    assert run.description == "A *run* — with é."
    assert run.tags == {"stage": "test", "seen": "yes"}
    assert run.properties == {"commit": "abc", "p": "1"}
    assert run.params == {
        "lr": 0.1,
        "layers": [32, 16],
        "data": {"name": "digits", "scale": math.inf},
        "seed": None,
        "note": "é",
    }
    assert run.environment["git"]["dirty"] is True
    assert run.error == Error("ValueError", "no", "ValueError", "Traceback …\n")
    assert run.series["loss"] == Series(
        "loss",
        [0, 0, 1],
        [1767225601.0, 1767225601.5, 1767225602.0],
        [0.5, 0.4, 0.25],
        Declaration(unit="nats", goal="min", description="what is *minimised*"),
    )
    assert run.series["note"].values == ["a, b"]
    # A list that was logged empty is a list without points.
    assert run.series["steps"] == Series("steps", [], [], [], Declaration(kind="list", description="each step"))
    tables = {table.name: table for table in run.tables}
    assert sorted(tables) == ["Rows", "rows"]
    assert tables["Rows"].rows == [{"q": [1, 2]}]
    assert tables["rows"].columns == ["x", "y", "z"]
    assert same(tables["rows"].rows, [{"x": 1, "y": "a"}, {"x": 2, "z": math.nan}])
    [chart] = run.charts
    assert chart == Chart(
        "confusion",
        "confusion_matrix",
        0,
        1767225602.0,
        {"class_labels": ["a", "b"], "matrix": [[3, 1], [0, 4]]},
        "charts/confusion.jsonl",
    )
    assert run.images == [
        Medium("sample", 0, 1767225603.0, "images/sample/0.png", "a, b", 8, 6),
        Medium("sample", 1, None, "images/sample/1.png"),
    ]
    assert run.media == [Medium("talk", 0, 1767225604.0, "media/talk/0.wav")]
    assert run.artifacts == [File("outputs/model:1.txt", "artifacts/outputs/model~3a1.txt", 7)]
    assert run.logs == [File("std_log.txt", "logs/std_log.txt", 6)]
    assert run.snapshot == File("snapshot.zip", "snapshot.zip", 22)
    assert run.document["environment"]["cpus"] == 4


# --- by hand -----------------------------------------------------------------------------------------------


def test_a_folder_by_hand_is_a_run(tmp_path: Path) -> None:
    command = r"mkdir -p runs/demo/a && printf 'name,step,value\nloss,0,0.5\n' > runs/demo/a/metrics.csv"
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    [found] = find(str(tmp_path / "runs")).runs
    run = read(Path(found.path))
    assert (run.experiment, run.id, run.title, run.status, run.number) == ("demo", "a", "a", None, None)
    assert (run.created, run.started, run.ended, run.owner, run.document) == (None, None, None, {}, {})
    assert run.series == {"loss": Series("loss", [0], [None], [0.5])}
    assert run.problems == []


def test_an_experiment_by_hand_is_called_like_its_folder(tmp_path: Path) -> None:
    run = read(write(tmp_path / "my~20exp" / "a", {"metrics.csv": "name,value\n"}))
    assert run.experiment == "my exp"
    assert read_experiment(str(tmp_path / "my~20exp"))[1:] == ("my exp", {}, None, None, None, [])


def test_an_experiment_tells_of_itself(tmp_path: Path) -> None:
    document = {"format": 1, "name": "My", "tags": {"a": 1}, "archived": "2026-01-01T00:00:00Z", "description": "d"}
    found = read_experiment(str(write(tmp_path, {"experiment.json": line(document), "README.md": "# Hi"})))
    assert found[1:] == ("My", {"a": "1"}, NOW, "d", "# Hi", [])
    broken = read_experiment(str(write(tmp_path, {"experiment.json": "{\n x"})))
    [problem] = broken.problems
    assert (problem.file, problem.line, broken.name) == ("experiment.json", 2, tmp_path.name)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"status": "finished"}, {"status": "Completed"}),
        ({"status": "killed"}, {"status": "Canceled"}),
        ({"status": "Dreaming"}, {"status": "Dreaming"}),
        ({"status": 3}, {"status": None}),
        ({"status": "running"}, {"status": "Running"}),
        ({"start_time": "2026-01-01T00:00:00Z", "end_time": 5}, {"started": NOW, "ended": 5.0}),
        ({"started": 7, "start_time": 9}, {"started": 7.0}),
        ({"created": 10**400, "started": "soon", "ended": []}, {"created": None, "started": None, "ended": None}),
        ({"tags": {"a": 1, "b": None, "c": [1]}}, {"tags": {"a": "1", "b": None, "c": "[1]"}}),
        ({"tags": ["a"], "params": "x", "properties": 1}, {"tags": {}, "params": {}, "properties": {}}),
        (
            {"number": "7", "name": "", "id": 7, "parent": {}},
            {"number": None, "name": None, "id": "run", "parent": None},
        ),
        ({"number": True, "type": []}, {"number": None, "type": None}),
        ({"error": "it broke"}, {"error": Error("UserError", "it broke")}),
        ({"error": {"message": 5}}, {"error": Error("UserError", "")}),
        ({"error": ["x"]}, {"error": None}),
        ({"owner": "me"}, {"owner": {}}),
        ({"unknown": {"x": 1}}, {"document": {"unknown": {"x": 1}}}),
    ],
)
def test_documents_by_hand_are_read_leniently(
    tmp_path: Path, document: dict[str, Any], expected: dict[str, Any]
) -> None:
    run = read(write(tmp_path / "run", {"run.json": line(document)}))
    assert {key: getattr(run, key) for key in expected} == expected
    assert {(problem.action, problem.damage) for problem in run.problems} <= {("Time ignored", False)}


def test_images_need_no_list(tmp_path: Path) -> None:
    names = [
        "images/loss.png",
        "images/a/0.png",
        "images/a/10.png",
        "images/a/2.5.png",
        "images/a/last.png",
        "images/x~2fy/3.jpg",
    ]
    run = read(write(tmp_path / "run", dict.fromkeys(names, "")))
    assert [(image.name, image.step, image.file) for image in run.images] == [
        ("a", 0, "images/a/0.png"),
        ("a", 2.5, "images/a/2.5.png"),
        ("a", 3, "images/a/last.png"),
        ("a", 10, "images/a/10.png"),
        ("loss", 0, "images/loss.png"),
        ("x/y", 3, "images/x~2fy/3.jpg"),
    ]
    assert run.problems == []


def test_images_of_several_writers_are_in_the_order_of_time(tmp_path: Path) -> None:
    def listed(second: int, file: str) -> str:
        return line({"name": "a", "time": f"2026-01-01T00:00:0{second}Z", "file": f"images/a/{file}"})

    run = read(
        write(
            tmp_path / "run",
            {
                "images.jsonl": listed(1, "0.png") + listed(3, "1.png"),
                "images.w.jsonl": listed(2, "0.w.png"),
                **dict.fromkeys(["images/a/0.png", "images/a/1.png", "images/a/0.w.png"], ""),
            },
        )
    )
    assert [(image.file, image.step) for image in run.images] == [
        ("images/a/0.png", 0),
        ("images/a/0.w.png", 0),
        ("images/a/1.png", 1),
    ]


def test_images_of_one_writer_keep_their_order_without_a_time_and_when_its_clock_goes_back(tmp_path: Path) -> None:
    def listed(file: str, second: int | None) -> str:
        time = {} if second is None else {"time": f"2026-01-01T00:00:0{second}Z"}
        return line({"name": "a", "file": f"images/a/{file}.png", **time})

    lists = {
        "images.jsonl": listed("first", None) + listed("five", 5) + listed("back", 1) + listed("later", None),
        "images.w.jsonl": listed("four", 4) + listed("six", 6),
    }
    order = ["first", "four", "five", "back", "later", "six"]
    run = read(write(tmp_path / "run", {**lists, **{f"images/a/{name}.png": "" for name in order}}))
    assert [Path(image.file).stem for image in run.images] == order


def test_steps_of_a_list_count_by_name(tmp_path: Path) -> None:
    entries = [{"name": name, "file": f"images/{name}.png"} for name in "abab"]
    run = read(
        write(tmp_path / "run", {"images.jsonl": "".join(map(line, entries)), "images/a.png": "", "images/b.png": ""})
    )
    assert [(image.name, image.step) for image in run.images] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


@pytest.mark.parametrize(
    "file", ["../outside.png", "images/../../x.png", "/etc/passwd", "images\\a.png", "..\\x.png", "", None, 5, ["a"]]
)
def test_an_image_outside_the_run_is_left_out(tmp_path: Path, file: object) -> None:
    good = {"name": "a", "file": "images/a.png"}
    lines = "\n" + line(good) + "{\n" + line({"name": "b", "file": file})
    run = read(write(tmp_path / "run", {"images.jsonl": lines, "images/a.png": "", "../outside.png": ""}))
    assert [image.file for image in run.images] == ["images/a.png"]
    assert [(problem.line, problem.action) for problem in run.problems] == [(3, "Line skipped"), (4, "Entry skipped")]


def test_a_listed_image_that_is_missing_is_told(tmp_path: Path) -> None:
    entry = {"name": "a", "step": 10**400, "width": "8", "height": True, "file": "images/a/0.png"}
    run = read(write(tmp_path / "run", {"images.jsonl": line(entry)}))
    assert run.images == [Medium("a", 0, None, "images/a/0.png", missing=True)]
    assert told(run) == [("images/a/0.png", None, "Listed but missing", "Placeholder shown")]


def test_tables_and_charts_by_hand(tmp_path: Path) -> None:
    run = read(
        write(
            tmp_path / "run",
            {
                "tables/loss~20table.jsonl": '{"a": 1}\n\n{"b": 2}',
                "tables/loss~20table.w-1-00ff.jsonl": '{"c": 3}\n',
                "tables/.jsonl": "{}\n",
                "tables/notes.txt": "x",
                "charts/c.jsonl": '{}\n{"type": "plotly", "step": "x", "data": {}}\n{"step": 7.5, "time": 5}\n',
            },
        )
    )
    [table] = run.tables
    assert (table.name, table.columns, table.rows) == ("loss table", ["a", "b", "c"], [{"a": 1}, {"b": 2}, {"c": 3}])
    assert table.files == ["tables/loss~20table.jsonl", "tables/loss~20table.w-1-00ff.jsonl"]
    assert [chart[1:5] for chart in run.charts] == [
        ("unknown", 0, None, None),
        ("plotly", 1, None, {}),
        ("unknown", 7.5, 5.0, None),
    ]
    assert run.problems == []


def test_what_was_said_is_folded_over_the_writers(tmp_path: Path) -> None:
    run = read(
        write(
            tmp_path / "run",
            {
                "metrics.csv": "name,value\nloss,1\n",
                "series.json": line({"series": {"loss": {"unit": "s", "goal": "min"}, "x": 5}, "files": []}),
                "series.w-1-00ff.json": line({"series": {"loss": {"goal": "max", "description": "d", "kind": 3}}}),
            },
        )
    )
    assert run.series["loss"].declared == Declaration(None, "d", "s", "max")
    assert list(run.series) == ["loss"]


# --- is it still there -------------------------------------------------------------------------------------


def test_a_run_of_this_process_is_running(tmp_path: Path) -> None:
    document = {"status": "Running", "owner": status.owner()}
    folder = write(tmp_path / "run", {"run.json": line(document), "metrics.csv": "name,value\nloss,1\nloss,0.1"})
    run = read(folder)
    assert (run.status, run.series["loss"].values, run.problems) == ("Running", [1], [])


def test_a_run_whose_process_is_gone_does_not_respond_and_its_torn_end_is_told(tmp_path: Path) -> None:
    document = {"status": "Running", "owner": {**status.owner(), "pid_start": 1}}
    folder = write(
        tmp_path / "run",
        {"run.json": line(document), "metrics.csv": "name,value\nloss,1\nloss,0.1", "tables/t.jsonl": '{"a": 1}\n{"a'},
    )
    run = read(folder)
    assert (run.status, run.series["loss"].values, run.tables[0].rows) == ("NotResponding", [1], [{"a": 1}])
    assert [(problem.file, problem.line) for problem in run.problems] == [("metrics.csv", 3), ("tables/t.jsonl", 2)]


def test_a_silent_run_of_another_host_does_not_respond(tmp_path: Path) -> None:
    document = {"status": "Running", "owner": {**status.owner(), "host": "elsewhere"}}
    folder = write(tmp_path / "run", {"run.json": line(document)})
    written = (folder / "run.json").stat().st_mtime
    assert read(folder, now=written + status.SILENCE - 1).status == "Running"
    assert read(folder, now=written + status.SILENCE + 1).status == "NotResponding"
