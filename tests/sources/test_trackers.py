"""Runs of SwanLab, trackio, Guild AI and Inspect, against what these tools were given to log and read themselves."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runpages.format.records import RunRecord
from runpages_site.command import runpages
from runpages_site.read.source import Source
from runpages_site.read.sources.aim import Aim
from runpages_site.read.sources.guild import Guild
from runpages_site.read.sources.inspect_ai import InspectAi
from runpages_site.read.sources.neptune import Neptune
from runpages_site.read.sources.swanlab import SwanLab
from runpages_site.read.sources.trackio import Trackio
from tests.format.folder import write

DATA = Path(__file__).parent / "data"
LABELS = {
    "swanlab": "SwanLab", "trackio": "trackio", "guild": "Guild AI", "inspect": "Inspect", "neptune": "Neptune",
    "aim": "Aim export",
}  # fmt: skip
NOW = 1_900_000_000.0
SOURCES: dict[str, Source] = {
    "swanlab": SwanLab(), "trackio": Trackio(), "guild": Guild(), "inspect": InspectAi(),
    "neptune": Neptune(), "aim": Aim(),
}  # fmt: skip
KINDS = pytest.mark.parametrize("kind", SOURCES)


def records(kind: str, folder: Path, *, now: float = NOW) -> dict[str, RunRecord]:
    source = SOURCES[kind]
    found = source.find(str(folder), skip=())
    return {run.name: source.read(run, now=now, known={}, sink=None).record for run in found.runs}


def expected(kind: str) -> Any:
    return json.loads((DATA / kind / "expected.json").read_text("utf-8"))


def points(record: RunRecord, name: str) -> list[list[Any]]:
    series = record.series[name]
    return [[step, repr(value)] for step, value in zip(series.steps, series.values, strict=True)]


def build(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(runpages, ["build", str(folder), "-o", str(folder.parent / "site"), *options])


@KINDS
def test_a_site_is_built_from_a_copy(kind: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / kind, tmp_path / "project")
    result = build(tmp_path / "project")
    assert result.exit_code == 0, result.output
    pages = "".join(page.read_text("utf-8") for page in (tmp_path / "site/e").rglob("*.html"))
    assert LABELS[kind] in pages
    assert "SECRET" not in pages
    again = build(tmp_path / "project", "--source", kind)
    assert "nothing changed" in again.stdout, again.output


@pytest.mark.parametrize("mode", ["offline", "local", "old"])
def test_swanlab_is_what_was_logged(mode: str) -> None:
    found = {record.title: record for record in records("swanlab", DATA / "swanlab" / mode).values()}
    record = found.get("first “run”") or found["local"]
    assert (record.experiment, record.status) == ("digits", "Completed")
    assert points(record, "loss") == expected("swanlab")
    assert record.params == {"lr": 0.1, "net": {"depth": 2}}
    assert [(one.name, one.step, one.caption, one.width) for one in record.images] == [("samples", 20, "<one>", 5)]
    assert record.started and record.ended and record.started <= record.ended
    assert all(time and record.started <= time <= record.ended for time in record.series["loss"].times)
    assert record.properties == {"Source": "SwanLab", "Python": "3.11.7"} | ({} if mode == "old" else {"Group": "g1"})
    if mode != "old":
        assert (record.description, record.tags) == ("A **note**", {"base": ""})
        assert [one.name for one in record.media] == ["text"]
        assert record.series["deep/a"].values == list(range(7))


def test_output_of_swanlab_that_a_log_has_is_not_missed(tmp_path: Path) -> None:
    shutil.copytree(DATA / "swanlab/offline", tmp_path / "swanlog")
    (record, *_) = records("swanlab", tmp_path).values()
    assert [one.message for one in record.problems] == ["Not read yet: 8 lines of output"]
    write(Path(record.folder), {"console/2026-11-29.log": "printed\n"})
    (record, *_) = records("swanlab", tmp_path).values()
    assert (record.problems, [one.file for one in record.logs]) == ([], ["console/2026-11-29.log"])


def test_a_failed_run_of_swanlab_says_why() -> None:
    (record,) = (one for one in records("swanlab", DATA / "swanlab/offline").values() if one.title == "failed")
    assert record.status == "Failed"
    assert record.error
    assert record.error.summary == "the <labels> are missing"


def test_without_a_record_log_the_lines_of_swanlab_are_read(tmp_path: Path) -> None:
    (run,) = (DATA / "swanlab/local").glob("run-*")
    shutil.copytree(run, tmp_path / "swanlog" / run.name)
    next((tmp_path / "swanlog").glob("*/*.swanlab")).unlink()
    made = sqlite3.connect(tmp_path / "swanlog/runs.swanlab")
    made.executescript(f"""
        create table project (id integer, name text);
        create table experiment (id integer, project_id integer, run_id text, name text, status integer,
                                 create_time text, finish_time text);
        create table tag (experiment_id integer, name text, folder text);
        insert into project values (1, 'mine');
        insert into experiment values (2, 1, '{run.name}', 'again', -1, '2026-01-01T00:00:00', null);
        insert into tag values (2, 'loss', '1'), (2, '__swanlab__.cpu.pct', '2');
    """)
    made.close()
    (record,) = records("swanlab", tmp_path).values()
    assert (record.title, record.experiment, record.status) == ("again", "mine", "Failed")
    assert points(record, "loss") == expected("swanlab")
    assert set(record.series) == {"loss", "system/cpu.pct"}
    assert [one.caption for one in record.images] == ["<one>"]
    lines = tmp_path / "swanlog" / run.name / "logs/1/1000.log"
    lines.write_bytes(lines.read_bytes()[:-9])
    (record,) = records("swanlab", tmp_path).values()
    assert points(record, "loss") == expected("swanlab")[:-1]
    assert [(one.file, one.line, one.action) for one in record.problems][:1] == [("logs/1/1000.log", 7, "Line skipped")]


def test_an_unknown_version_of_a_record_log_is_named(tmp_path: Path) -> None:
    shutil.copytree(DATA / "swanlab/old", tmp_path / "swanlog")
    log = next(tmp_path.rglob("*.swanlab"))
    log.write_bytes(log.read_bytes()[:6] + b"\7" + log.read_bytes()[7:])
    (record,) = records("swanlab", tmp_path).values()
    messages = [one.message for one in record.problems]
    assert "It is a record log of SwanLab of version 7, which is not known. Update runpages" in messages


def test_trackio_is_what_its_own_reader_finds() -> None:
    found = records("trackio", DATA / "trackio")
    assert set(found) == {"first~20~3cx~3e", "second", "third"}
    own = {"first <x>": found["first~20~3cx~3e"], "second": found["second"]}
    for name, known in expected("trackio").items():
        assert [[step, value] for step, value in points(own[name], "loss")][: len(known)] == known
    record = own["first <x>"]
    assert (record.title, record.experiment, record.status) == ("first <x>", "digits", None)
    assert record.params == {"lr": 0.1, "net": {"depth": 2}}
    assert record.properties == {"Source": "trackio", "Group": "g1"}
    assert record.series["deep.a"].values == list(range(8))
    assert [(one.name, one.caption, one.width) for one in record.images] == [("samples", "<one>", 5)]
    assert {one.name: one.rows for one in record.tables}["rows"] == [{"a": 1, "b": "x"}, {"a": 2, "b": "<y>"}]
    assert [row["title"] for one in record.tables if one.name == "alerts" for row in one.rows] == ["diverges"]
    assert [(one.name, one.data["bin_counts"]) for one in record.charts] == [("spread", [1, 2, 1])]
    assert record.problems == []


def test_fragments_of_trackio_go_on_with_a_run_once(tmp_path: Path) -> None:
    found = records("trackio", DATA / "trackio")
    assert points(found["second"], "loss") == [[0, "1.5"], [1, "0.25"]]
    assert points(found["third"], "loss") == [[1, "3"]]
    shutil.copytree(DATA / "trackio", tmp_path / "t")
    made = sqlite3.connect(tmp_path / "t/digits.db")
    made.execute("update metrics set log_id = 'a' where run_name = 'second'")
    made.commit()
    made.close()
    assert points(records("trackio", tmp_path)["second"], "loss") == [[0, "1.5"]]


def test_pictures_in_a_table_of_trackio_are_shown_there(tmp_path: Path) -> None:
    shutil.copytree(DATA / "trackio", tmp_path / "t")
    (picture,) = (tmp_path / "t/media").rglob("*.png")
    cells = [
        {"_type": "trackio.image", "file_path": path, "caption": "<a>"}
        for path in (picture.relative_to(tmp_path / "t/media").as_posix(), "../secret.png")
    ]
    table = {"_type": "trackio.table", "_value": [{"shown": one, "score": 0.5} for one in cells]}
    made = sqlite3.connect(tmp_path / "t/digits.db")
    row = json.dumps({"predictions": table})
    made.execute("update metrics set metrics = ? where cast(metrics as text) like '%trackio.table%'", (row,))
    made.commit()
    made.close()
    record = records("trackio", tmp_path)["first~20~3cx~3e"]
    (rows,) = (one.rows for one in record.tables if one.name == "predictions")
    assert rows == [{"shown": "predictions/shown/0", "score": 0.5}, {"shown": json.dumps(cells[1]), "score": 0.5}]
    assert [(one.name, one.caption) for one in record.images][1:] == [("predictions/shown/0", "<a>")]
    assert build(tmp_path / "t").exit_code == 0
    page = (tmp_path / "site/e/digits/first~20~3cx~3e.html").read_text("utf-8")
    assert re.search('<td class="value"><a class="picture" [^>]*title="predictions/shown/0">', page)


def test_a_path_of_trackio_that_leaves_its_folder_is_not_followed(tmp_path: Path) -> None:
    shutil.copytree(DATA / "trackio", tmp_path / "t")
    (tmp_path / "secret.png").write_bytes((DATA.parent / "pixel.png").read_bytes())
    made = sqlite3.connect(tmp_path / "t/digits.db")
    row = '{"samples": {"_type": "trackio.image", "file_path": "../../secret.png"}}'
    made.execute("update metrics set metrics = ? where cast(metrics as text) like '%trackio.image%'", (row,))
    made.commit()
    made.close()
    record = records("trackio", tmp_path)["first~20~3cx~3e"]
    assert record.images == []
    assert [one.message for one in record.problems] == [
        "Not read yet: 1 value of the kind trackio.image, whose file is not here"
    ]


def test_an_older_schema_of_trackio_has_no_ids(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "a.db")
    made.executescript("""
        create table metrics (id integer primary key, timestamp text, run_name text, step integer, metrics text);
        create table configs (id integer primary key, run_name text, config text, created_at text);
        insert into metrics values (1, '2026-01-01T00:00:00', 'a/../b', 3, '{"loss": "-Infinity"}'),
                                   (2, '2026-01-01T00:00:01', 'a/../b', 4, '{"loss": ');
        insert into configs values (1, 'a/../b', '{"lr": 1}', '');
    """)
    made.close()
    (record,) = records("trackio", tmp_path).values()
    assert (record.title, record.params, points(record, "loss")) == ("a/../b", {"lr": 1}, [[3, "-inf"]])
    assert [one.action for one in record.problems] == ["Row skipped"]


def test_hostile_fragments_of_trackio_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    huge = "9" * 400
    lines = [
        ({"loss": 1}, huge),
        ({"rows": {"_type": "trackio.table", "_value": [1, [2]]}}, "2"),
        ({"a": {"_type": "trackio.image", "file_path": "\0"}, "b": {"_type": "trackio.image", "file_path": "/"}}, "3"),
    ]
    start = f'{{"v": 1, "kind": "metric", "project": "../p", "run": "..", "run_id": "{"x" * 300}", "metrics": '
    (tmp_path / "project/inbox/w").mkdir(parents=True)
    text = "".join(f'{start}{json.dumps(values)}, "step": {step}}}\n' for values, step in lines)
    (tmp_path / "project/inbox/w/00000000.jsonl").write_text(f'{text}{start}{{"loss": {huge}}}, "step": 4}}\n{{"v": 1')
    result = build(tmp_path / "project")
    assert (result.exit_code, "Built 1 run" in result.stdout) == (0, True), result.output
    assert "Traceback" not in result.output


def test_guild_is_what_its_own_reader_finds() -> None:
    found = records("guild", DATA / "guild")
    words = {"completed": "Completed", "error": "Failed"}
    for name, known in expected("guild").items():
        record, loss = found[name], known["scalars"]["loss"]
        assert record.status == words[known["status"]]
        series = record.series["loss"]
        values = [float(value) for value in series.values if value is not None]
        assert (len(values), series.steps[-1]) == (loss["avg"][1], loss["last"][1])
        assert (min(values), max(values)) == pytest.approx((loss["min"][0], loss["max"][0]), rel=1e-7)
        assert set(series.times) == {None}
        assert [file.file for file in record.logs] == [".guild/output"]
    (done,) = (one for one in found.values() if one.status == "Completed")
    assert (done.title, done.experiment, done.tags) == ("first <x>", "train.py", {"base": ""})
    assert done.params["lr"] == 0.2
    assert [repr(value) for value in done.series["loss"].values] == ["1.0", "0.5", "0.3333333", "1e-30"]
    assert "SECRET" not in repr(done)


def test_guild_is_found_in_the_hidden_folder_of_a_project(tmp_path: Path) -> None:
    shutil.copytree(DATA / "guild/runs", tmp_path / "project/.guild/runs")
    (tmp_path / "project/main.py").write_text("")
    result = build(tmp_path / "project")
    assert "Built 2 runs in 2 experiments" in result.stdout, result.output


def test_a_run_of_guild_that_was_killed_has_no_exit_code(tmp_path: Path) -> None:
    shutil.copytree(DATA / "guild/runs", tmp_path / "runs")
    for path in tmp_path.rglob("exit_status"):
        path.unlink()
    assert {one.status for one in records("guild", tmp_path).values()} == {"NotResponding"}
    written = max(path.stat().st_mtime for path in tmp_path.rglob("output"))
    assert {one.status for one in records("guild", tmp_path, now=written).values()} == {"Running"}


def test_inspect_is_what_its_own_reader_finds() -> None:
    found = records("inspect", DATA / "inspect")
    for name, known in expected("inspect").items():
        record = found[name]
        assert (record.title, record.experiment, record.status) == ("mockllm/model", "arithmetic", "Completed")
        scores = {name: one.values[0] for name, one in record.series.items() if not name.startswith("usage/")}
        assert scores == known["values"]
        (table,) = record.tables
        assert [[row["id"], {key: row[key] for key in ("match", "includes")}] for row in table.rows] == known["samples"]
        assert (table.rows[1]["input"], table.rows[1]["target"]) == ("2 + 2 <b>?", "4")
        assert (record.params["task"], record.tags) == ({"base": 8}, {"base": ""})
        assert record.problems == []


def test_an_archive_that_this_python_cannot_read_says_what_to_do() -> None:
    record = records("inspect", DATA / "inspect")["zstandard"]
    messages = [one.message for one in record.problems]
    if sys.version_info >= (3, 14):
        assert (messages, record.status) == ([], "Completed")
    else:
        assert "inspect log convert FILE --to json" in messages[0]


def test_a_log_of_inspect_without_an_end_has_what_was_noted(tmp_path: Path) -> None:
    (log,) = (DATA / "inspect").glob("2*.eval")
    with zipfile.ZipFile(log) as archive, zipfile.ZipFile(tmp_path / log.name, "w") as copy:
        for name in archive.namelist():
            if name.startswith("_journal/"):
                copy.writestr(name, archive.read(name))
    (record,) = records("inspect", tmp_path).values()
    assert (record.title, record.status, record.series) == ("mockllm/model", "NotResponding", {})
    assert [row["match"] for row in record.tables[0].rows] == ["C", "I"]
