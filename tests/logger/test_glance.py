"""The last values of a run, from the ends of its files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from runpages import Run
from runpages.format.read import read_head
from runpages.notebook.file_ends import END, last_values


def values(folder: str | Path) -> dict[str, Any]:
    found = last_values(read_head(str(folder), now=time.time()))
    assert all(len(one.values) == len(one.steps) == len(one.times) == 1 for one in found.values())
    return {name: one.values[0] for name, one in found.items()}


def test_each_metric_has_its_last_value_and_its_goal(run: Run) -> None:
    for loss in (3, 2, 1):
        run.log("loss", loss)
    run.define("f1", goal="max")
    run.log("f1", 0.5)
    run.log("word", "text")
    assert values(run.folder) == {"loss": 1, "f1": 0.5, "word": "text"}
    found = last_values(read_head(run.folder, now=time.time()))
    assert (found["f1"].declared.goal, found["loss"].declared.goal) == ("max", None)


def test_what_it_takes_does_not_grow_with_the_points(here: Path) -> None:
    begin, end = "early,1,0\n" * 10_000, "".join(f"late,{n},0\n" for n in range(100))
    (here / "metrics.csv").write_text("name,value,step\n" + begin + end + "la")
    assert len(end) < END < len(begin)
    (here / "run.json").write_text('{"status": "Completed"}')
    assert values(here) == {"early": 1, "late": 99}
    (here / "metrics.csv").write_text("name,value,step\n" + begin + end * 100)
    assert values(here) == {"late": 99}


def test_of_several_writers_the_later_one_counts(here: Path) -> None:
    head = "name,value,step,time\n"
    (here / "metrics.csv").write_text(head + "loss,1,0,1700000009\nf1,1,0,1700000001\n")
    (here / "metrics.other-1-00000000.csv").write_text(head + "loss,2,0,1700000005\nf1,2,0,1700000005\n")
    assert values(here) == {"loss": 1, "f1": 2}


def test_goals_of_a_folder_made_by_hand(here: Path) -> None:
    (here / "metrics.csv").write_text("name,value\nf1,1\nf1,2")
    (here / "series.json").write_text('{"series": {"f1": {"goal": "max"}}}')
    found = last_values(read_head(str(here), now=time.time()))
    assert (found["f1"].values, found["f1"].declared.goal) == ([2], "max")


def test_a_file_that_cannot_be_read_has_no_values(run: Run) -> None:
    run.log("loss", 1)
    head = read_head(run.folder, now=time.time())
    Path(run.folder, "metrics.csv").unlink()
    Path(run.folder, "metrics.csv").mkdir()
    assert last_values(head) == {}
