"""What scripts for the tracked-run API trip over, one sentence each."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import GeneratorType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from runpages import ConflictError, Run, UserError
from tests.logger.conftest import Script, Start, contents, read, runs, the_run


# 1: how often a name was logged decides the shape.
def test_what_was_logged_once_is_a_value_and_twice_a_list(run: Run) -> None:
    run.log("once", 1)
    for value in (1, 2):
        run.log("twice", value)
    run.log_list("one element", [3])
    run.log_row("one row", x=1, y=2)
    run.log_table("a table of one row", {"x": [1], "y": [2]})
    assert run.get_metrics() == {
        "once": 1,
        "twice": [1, 2],
        "one element": 3,
        "one row": {"x": 1, "y": 2},
        "a table of one row": {"x": 1, "y": 2},
    }


# 2: the default integer of numpy.
def test_an_integer_of_numpy_stays_a_number(run: Run) -> None:
    run.log("scalar", np.int64(3))
    run.log_list("list", np.arange(3))
    run.log_row("row", x=np.int64(4))
    run.log_params({"n": np.int64(5)})
    assert run.get_metrics() == {"scalar": 3, "list": [0, 1, 2], "row": {"x": 4}}
    assert type(run.get_metrics()["scalar"]) is int
    assert json.loads(Path(run.folder, "run.json").read_bytes())["params"] == {"n": 5}


# 3: an iterator is empty after the first look.
def test_a_list_may_be_a_generator_or_an_array(run: Run) -> None:
    run.log_list("generator", (i * i for i in range(4)))
    run.log_list("array", np.linspace(0, 1, 3))
    run.log_list("map", map(float, "12"))
    assert run.get_metrics() == {"generator": [0, 1, 4, 9], "array": [0.0, 0.5, 1.0], "map": [1.0, 2.0]}


# 5: collected at whichever end.
@pytest.mark.parametrize("end", ["run.complete()", "run.fail('no')", "run.cancel()", "1 / 0", "with run: 1 / 0", ""])
def test_outputs_are_collected_at_every_end(script: Script, here: Path, end: str) -> None:
    text = "import runpages\nrun = runpages.Experiment(name='e').start_logging(capture=False)\n"
    script(f"{text}open('outputs/left', 'w').close()\n{end}\n", code=None)
    record = the_run(here / "runs")
    assert (Path(record.folder) / "artifacts/outputs/left").is_file(), record.status


# 6: an explicit upload into the folder that is collected.
def test_a_file_that_was_uploaded_and_lies_in_outputs_is_there_once(start: Start, here: Path) -> None:
    with start() as run:
        Path("outputs").mkdir()
        Path("outputs/model.pkl").write_bytes(b"model")
        run.upload_file("outputs/model.pkl", "outputs/model.pkl")
        with pytest.raises(ConflictError, match="already"):
            run.upload_file("outputs/model.pkl", "outputs/model.pkl")
    assert run.get_file_names() == ["outputs/model.pkl"]


# 9: an exception in the block.
def test_an_exception_passes_through_the_block_and_fails_the_run(start: Start) -> None:
    with pytest.raises(ZeroDivisionError), start() as run:
        _ = 1 / 0
    error = run.get_details()["error"]["error"]
    assert run.get_status() == "Failed"
    assert "division by zero" in error["message"]
    assert "test_trap.py" in error["debug_stack_trace"]


# 10: tags are texts or nothing; properties stay.
def test_a_tag_may_be_bare_and_becomes_a_text_and_a_property_never_changes(run: Run) -> None:
    run.tag("bare")
    run.tag("number", 1)
    run.add_properties({"p": 1})
    run.add_properties({"p": "1"})
    with pytest.raises(ConflictError, match="'p' is '1' and cannot change to '2'"):
        run.add_properties({"p": 2})
    assert (run.get_tags(), run.get_properties()) == ({"bare": None, "number": "1"}, {"p": "1"})


# 11: the order, the children, and a filter by key.
def test_runs_come_one_by_one_the_newest_first_and_without_children(start: Start) -> None:
    first, second = start(tags={"x": None}), start(tags={"x": "1", "y": "2"})
    child = second.child_run()
    third = start()
    found = second.experiment.get_runs()
    assert isinstance(found, GeneratorType)
    assert [one.id for one in found] == [third.id, second.id, first.id]
    assert [one.id for one in first.experiment.get_runs(tags="x")] == [second.id, first.id]
    assert [one.id for one in first.experiment.get_runs(tags={"x": "1", "y": 2})] == [second.id]
    assert child.id in {one.id for one in first.experiment.get_runs(include_children=True)}
    with pytest.raises(ValueError, match="tags="):
        first.experiment.get_runs(tags=["x"])
    child.complete()


# 12: the second position, both kinds of plots, the extension that lies, the same second.
def test_pictures_come_from_a_path_or_a_plot_and_none_is_lost(run: Run) -> None:
    data = io.BytesIO()
    Image.new("RGB", (3, 2)).save(data, "PNG")
    Path("photo.jpg").write_bytes(data.getvalue())
    run.log_image("photo", "photo.jpg")
    figure = plt.figure(figsize=(1, 1))
    try:
        run.log_image("plot", plot=plt)
        run.log_image("plot", plot=figure)
        assert plt.fignum_exists(figure.number)
    finally:
        plt.close(figure)
    metrics = run.get_metrics()
    assert metrics["photo"] == "images/photo/0.png"
    assert metrics["plot"] == ["images/plot/0.png", "images/plot/1.png"]
    assert all(Path(run.folder, path).is_file() for path in metrics["plot"])


# 13: nothing of a refused call stays.
@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.log_table("t", {"x": [1, 2], "y": [1]}, "a description"),
        lambda run: run.log_image("i", b"no picture", description="a description"),
        lambda run: run.log_list("l", [1, [2]], "a description"),
        lambda run: run.upload_file("../up", "photo"),
    ],
)
def test_a_refused_call_leaves_no_trace(run: Run, call: Callable[[Run], None]) -> None:
    before = contents(run.folder)
    with pytest.raises(UserError):
        call(run)
    assert contents(run.folder) == before
    assert run.get_metrics() == {}


# 14: numbers that are none are valid metrics, and no JSON.
def test_a_number_that_is_not_finite_is_kept_and_never_bare_in_json(run: Run) -> None:
    special = [float("nan"), float("inf"), -np.inf, np.float32("nan")]
    run.log_list("vector", special)
    run.log_table("table", {"x": special})
    run.log_params({"x": special})
    found = run.get_metrics()
    np.testing.assert_equal((found["vector"], found["table"]["x"]), (special, special))

    def no_constant(word: str) -> None:
        raise AssertionError(f"bare {word}")

    for path in Path(run.folder).rglob("*.json*"):
        for line in path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
            json.loads(line, parse_constant=no_constant)


# 16: names are free text, and no paths.
@pytest.mark.parametrize("name", ["train/loss", "../../up", "<b>&amp;", "Größe in µm ", "con", "a" * 300, 'a,b\n"c"'])
def test_any_text_is_a_name_and_leads_nowhere(run: Run, here: Path, name: str) -> None:
    outside = {path for path in contents(here) if not path.startswith("runs/")}
    run.log(name, 1)
    run.log_row(f"{name} row", **dict[str, Any]({name: 2}))
    run.log_image(f"{name} image", np.zeros((2, 2), np.uint8))
    run.tag(name, name)
    metrics = run.get_metrics()
    assert metrics[name] == 1
    assert metrics[f"{name} row"] == {name: 2}
    assert Path(run.folder, metrics[f"{name} image"]).is_file()
    assert read(run.folder).tags == {name: name}
    assert {path for path in contents(here) if not path.startswith("runs/")} == outside
    assert [path.name for path in (here / "runs").iterdir() if path.is_dir()] == ["e"]


# 19: processes that begin runs at once.
def test_numbers_are_unique_when_processes_start_at_once(here: Path) -> None:
    text = "import runpages\nfor _ in range(10): runpages.start('e', capture=False).complete()"
    processes = [subprocess.Popen([sys.executable, "-c", text], cwd=here) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    numbers = sorted(read(folder).number or 0 for folder in runs(here / "runs"))
    assert numbers == list(range(1, 41))


# 20: times.
def test_times_are_in_utc_with_a_z_and_there_is_no_end_before_the_end(run: Run) -> None:
    spelled = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    details = run.get_details()
    assert spelled.fullmatch(details["startTimeUtc"])
    assert "endTimeUtc" not in details
    run.complete()
    details = run.get_details()
    assert spelled.fullmatch(details["endTimeUtc"])
    assert details["startTimeUtc"] <= details["endTimeUtc"]
