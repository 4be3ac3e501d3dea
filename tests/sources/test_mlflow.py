"""Both stores of MLflow, against what its own client finds in them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runpages.format import layout
from runpages.format.records import Problem, RunRecord
from runpages_site.command import runpages
from runpages_site.read.source import Source
from runpages_site.read.sources.mlflow import Mlflow, _checked, _series
from runpages_site.read.sources.mlflow_database import MlflowDatabase
from runpages_site.read.sources.mlflow_run import value_of
from tests.examples import examples
from tests.format.folder import write

DATA = Path(__file__).parent / "data/mlflow"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text("utf-8"))
OLD = {
    f"old/{kind}": json.loads((DATA / f"old/{kind}/expected.json").read_text("utf-8")) for kind in ("files", "database")
}
"""What the clients of MLflow 1.15 and 1.30 find in stores of theirs."""

NAME = "ridge / näive <b>"
NOW = 1_900_000_000.0
WORDS = {"FINISHED": "Completed", "FAILED": "Failed", "KILLED": "Canceled", "RUNNING": "NotResponding"}
STORES = pytest.mark.parametrize("kind", ["files", "database"])
META = "artifact_location: file:///home/somebody/mlruns/1\nexperiment_id: '1'\nlifecycle_stage: active\nname: mine\n"
RUN = "0123456789abcdef0123456789abcdef"
WHOLE = ["0", "17", "-3", "1700000000000", "007", "1_0", "99999999999999999999", "-0", "1,2"]
NUMBERS = ["0.1", "-1e-7", "1E5", "1.", ".5", "nan", "inf", "-Infinity", '"5"', "[1]", "null", "true", "x", "1" * 400]
FIELDS = st.sampled_from([*WHOLE, *NUMBERS]) | st.floats().map(str)
LINES = st.tuples(st.sampled_from(WHOLE), FIELDS, st.sampled_from(WHOLE)) | st.lists(FIELDS, min_size=2, max_size=4)


def source(kind: str) -> Source:
    return Mlflow() if kind.endswith("files") else MlflowDatabase()


def records(kind: str, folder: Path) -> dict[str, RunRecord]:
    found = source(kind).find(str(folder), skip=())
    return {run.name: source(kind).read(run, now=NOW, known={}, sink=None).record for run in found.runs}


def build(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(runpages, ["build", str(folder), "-o", str(folder.parent / "site"), *options])


def store(tmp_path: Path, **files: str) -> Path:
    """A file store with one run."""
    write(tmp_path / "mlruns/1", {"meta.yaml": META})
    meta = f"run_id: {RUN}\nrun_name: mine\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000001000\n"
    write(
        tmp_path / "mlruns/1" / RUN,
        {"meta.yaml": meta, **{name.replace("__", "/"): text for name, text in files.items()}},
    )
    return tmp_path / "mlruns"


def run_of(folder: Path) -> RunRecord:
    (record,) = records("files", folder).values()
    return record


@pytest.mark.parametrize("kind", [*EXPECTED, *OLD])
def test_runs_are_what_the_client_finds(kind: str) -> None:
    found, expected = records(kind, DATA / kind), {**EXPECTED, **OLD}[kind]
    assert set(found) == set(expected)
    for run, known in expected.items():
        record = found[run]
        assert (record.title, record.status) == (known["name"] or run, WORDS[known["status"]])
        assert record.description == known["tags"].get("mlflow.note.content")
        assert (record.started, record.ended) == (known["start"] / 1000, known["end"] and known["end"] / 1000)
        assert {name: value_of(text) for name, text in known["params"].items()} == record.params
        own = {name: text for name, text in known["tags"].items() if not name.startswith("mlflow.")}
        assert (record.tags, record.parent) == (own, known["tags"].get("mlflow.parentRunId"))
        assert set(record.series) == set(known["metrics"])
        for name, points in known["metrics"].items():
            series = record.series[name]
            milliseconds = [round(time * 1000) for time in series.times if time is not None]
            read = zip(series.steps, milliseconds, map(repr, series.values), strict=True)
            # Its client gives the number that stands for infinity in a database.
            spelled = [[*at, value.replace("1.7976931348623157e+308", "inf")] for *at, value in points]
            assert sorted(map(list, read)) == sorted(spelled)


@STORES
def test_what_lies_beside_the_metrics_is_shown(kind: str) -> None:
    (record,) = (one for one in records(kind, DATA / kind).values() if one.title == "first")
    assert record.description == "A **note**"
    assert [(image.name, image.step, image.width) for image in record.images] == [
        ("plot", 0, 5), ("samples/one", 0, 5), ("samples/one", 10, 5),
    ]  # fmt: skip
    assert record.tables[0].rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "<y>"}]
    assert [file.name for file in record.artifacts] == ["notes.txt", "eval/table.json"]
    assert record.properties["Source"] == "MLflow"
    assert record.properties["Script"] == "make_mlflow.py"
    assert record.problems == []


@STORES
def test_a_site_is_built_from_a_copy(kind: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(DATA / kind, copy)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    result = build(copy)
    assert (result.exit_code, "Built 5 runs in 1 experiment" in result.stdout) == (0, True), result.output
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before
    pages = "".join(page.read_text("utf-8") for page in (tmp_path / "site/e").rglob("*.html"))
    assert "/srv/training" not in pages
    assert "nothing changed" in build(copy).stdout


@STORES
def test_what_is_said_of_an_experiment_is_its_readme(kind: str, tmp_path: Path) -> None:
    copy, page = tmp_path / "copy", tmp_path / "site/e" / layout.file_name(NAME) / "index.html"
    shutil.copytree(DATA / kind, copy)
    build(copy)
    assert page.exists()
    for note in ("All of **the ridge**", "Another *word*"):
        if kind == "files":
            (experiment,) = {path.parent.parent for path in copy.glob("mlruns/*/*/metrics")}
            write(experiment / "tags", {"mlflow.note.content": note})
        else:
            database = sqlite3.connect(copy / "mlflow.db")
            database.execute("delete from experiment_tags")
            (number,) = database.execute("select experiment_id from experiments where name = ?", (NAME,)).fetchone()
            database.execute("insert into experiment_tags values ('mlflow.note.content', ?, ?)", (note, number))
            database.commit()
            database.close()
        result = build(copy)
        assert result.exit_code == 0, result.output
        assert (
            note.replace("**", "<strong>", 1).replace("**", "</strong>").replace("*w", "<em>w")[:-1] in page.read_text()
        )


def test_an_old_store_has_no_steps_and_other_keys(tmp_path: Path) -> None:
    record = run_of(store(tmp_path, metrics__loss="1500000000000 2.0\n1500000001000 1.0\n"))
    assert (record.series["loss"].steps, record.series["loss"].values) == ([0, 1], [2.0, 1.0])


def test_damaged_lines_are_named(tmp_path: Path) -> None:
    record = run_of(store(tmp_path, metrics__loss="1500000000000 2.0 0\n<<<<<<< HEAD\n1500000001000 1.0 1\n15000"))
    assert record.series["loss"].values == [2.0, 1.0]
    assert [(one.file, one.line, one.damage) for one in record.problems] == [
        ("metrics/loss", 4, False), ("metrics/loss", 2, True),
    ]  # fmt: skip


@settings(max_examples=examples(0.5))
@given(st.lists(LINES, max_size=5), st.sampled_from([" ", "  ", "\t"]))
@example([("1", "1,2", "3")], " ")
@example([("1", "-0", "3")], " ")
def test_points_are_those_of_each_line_alone(lines: list[Sequence[str]], space: str) -> None:
    data = "".join(f"{space.join(fields)}\n" for fields in lines).encode()
    at_once, one_by_one = list[Problem](), list[Problem]()
    found = _series("loss", data, at_once)
    assert repr(found) == repr(_checked("loss", [line.split() for line in data.split(b"\n")[:-1]], one_by_one))
    assert at_once == one_by_one


@pytest.mark.parametrize("odd", ["", "3000 nan 0\n", "3000 0.5\n", "3000 1 2 3\n", "3000 0.5 0"])
def test_metrics_that_are_read_together_are_those_of_each_file_alone(odd: str, tmp_path: Path) -> None:
    files = {"acc": "1000 1 0\n2000 0.5 1\n", "loss": "1000 -0 0\n", "odd": odd, "val/loss": "1500 2.5 7\n" * 3}
    folder = store(tmp_path, **{f"metrics__{name}": text for name, text in files.items()})
    alone = {name: _series(name, text.encode(), []) for name, text in files.items()}
    series = run_of(folder).series
    assert list(map(repr, series.values())) == [repr(one) for one in alone.values() if one.steps]


def test_the_document_of_a_run_is_read_when_it_is_found_after_its_stamp(tmp_path: Path) -> None:
    folder = store(tmp_path, metrics__loss="1000 0.5 0\n")
    (found,) = Mlflow().find(str(folder)).runs
    meta = folder / "1" / RUN / "meta.yaml"
    meta.write_text(meta.read_text().replace("mine", "other"))
    assert Mlflow().read(found, now=NOW, known={}, sink=None).record.name == "mine"
    (again,) = Mlflow().find(str(folder)).runs
    assert again.seen.key != found.seen.key
    assert Mlflow().read(again, now=NOW, known={}, sink=None).record.name == "other"


def test_a_file_that_came_or_went_since_the_run_was_listed_is_not_read(tmp_path: Path) -> None:
    folder = store(tmp_path, params__lr="0.1", params__old="1", metrics__train__loss="1700000000000 1.5 0\n")
    (run,) = Mlflow().find(str(folder)).runs
    (folder / "1" / RUN / "params/old").unlink()
    write(folder / "1" / RUN / "params", {"new": "2"})
    record = Mlflow().read(run, now=NOW, known={}, sink=None).record
    assert (record.params, list(record.series), record.problems) == ({"lr": 0.1}, ["train/loss"], [])
    assert Mlflow().find(str(folder)).runs[0].seen.key != run.seen.key


def test_names_of_any_kind_are_those_of_files(tmp_path: Path) -> None:
    folder = store(tmp_path, params__lr="0.1")
    write(folder / "1" / RUN / "params", {"a\nb": "1", "0\n0/x": "2"})
    os.mkfifo(folder / "1" / RUN / "params/pipe")
    (folder / "1" / RUN / "params/link").symlink_to(folder / "1/meta.yaml")
    record = run_of(folder)
    assert (record.params, record.problems) == ({"lr": 0.1, "a\nb": 1, "0\n0/x": 2}, [])


def test_links_and_secrets_of_the_writer_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    folder = store(tmp_path, artifacts__a="1")
    (folder / "1" / RUN / "artifacts/link").symlink_to(tmp_path / "secret")
    (folder / "1" / RUN / "tags").mkdir()
    (folder / "1" / RUN / "tags/linked").symlink_to(tmp_path / "secret")
    record = run_of(folder)
    assert [file.name for file in record.artifacts] == ["a"]
    assert record.tags == {}


def test_a_long_parameter_is_whole_and_a_huge_one_is_reported(tmp_path: Path) -> None:
    record = run_of(store(tmp_path, params__long="x" * 10_000, params__huge="x" * ((1 << 20) + 1)))
    assert record.params == {"long": "x" * 10_000}
    assert [(one.file, one.message) for one in record.problems if one.damage] == [
        ("params/huge", "It cannot be read: it is too large")
    ]


def test_files_that_are_no_text_and_no_yaml_are_reported(tmp_path: Path) -> None:
    folder = store(tmp_path, params__a="1")
    (folder / "1" / RUN / "params/b").write_bytes(b"\xff")
    (folder / "1" / RUN / "meta.yaml").write_text("a: [")
    record = run_of(folder)
    assert record.params == {"a": 1}
    assert [(one.file, one.message.partition(":")[0]) for one in record.problems] == [
        ("meta.yaml", "It is not valid YAML"), ("params/b", "It is not UTF-8"),
    ]  # fmt: skip


def test_a_meta_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = store(tmp_path, metrics__loss="1500000000000 2.0 0\n")
    (folder / "1" / RUN / "meta.yaml").rename(tmp_path / "elsewhere")
    (folder / "1" / RUN / "meta.yaml").symlink_to(tmp_path / "elsewhere")
    record = run_of(folder)
    assert (record.title, record.series["loss"].values) == (RUN, [2.0])


def test_folders_in_an_experiment_without_a_meta_file_are_no_runs(tmp_path: Path) -> None:
    folder = store(tmp_path)
    (folder / "1" / ("a" * 32) / "meta.yaml").mkdir(parents=True)
    (folder / "1" / ("b" * 32)).mkdir()
    write(folder / "1/mine", {"run.json": '{"format": 1}'})
    assert build(folder).stdout.startswith("Built 1 run in 1 experiment")
    assert (tmp_path / f"site/e/mine/{RUN}.html").is_file()


def test_artifacts_that_are_elsewhere_are_reported(tmp_path: Path) -> None:
    folder = store(tmp_path)
    meta = folder / "1" / RUN / "meta.yaml"
    meta.write_text(meta.read_text() + "artifact_uri: s3://bucket/1/artifacts\n")
    assert "s3://" in run_of(folder).problems[0].message


def test_a_store_without_runs_says_so(tmp_path: Path) -> None:
    write(tmp_path / "mlruns/0", {"meta.yaml": META})
    result = build(tmp_path / "mlruns")
    assert "MLflow, by" in result.output
    assert "mlruns/0 is an experiment of MLflow without runs" in result.output
    assert "there are no runs in it" in result.output


def test_registered_models_are_no_experiment(tmp_path: Path) -> None:
    write(tmp_path / "models/mine", {"meta.yaml": "name: mine\ncreation_timestamp: 1\n"})
    assert not Mlflow().find(str(tmp_path)).runs


# --- the database ------------------------------------------------------------------------------------------


def change(path: Path, statement: str) -> None:
    """Change a database as another program does."""
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


def old_database(path: Path) -> None:
    """The tables of an early version: no index of the metrics by run, and none of the later columns."""
    database = sqlite3.connect(path)
    database.executescript(f"""
        create table experiments (experiment_id integer primary key, name text, lifecycle_stage text);
        create table runs (run_uuid text primary key, name text, status text, start_time integer, end_time integer,
                           lifecycle_stage text, artifact_uri text, experiment_id integer, user_id text);
        create table metrics (key text, value float, timestamp integer, run_uuid text);
        create table params (key text, value text, run_uuid text);
        create table tags (key text, value text, run_uuid text);
        insert into experiments values (1, 'mine', 'active');
        insert into runs values ('{RUN}', 'a', 'FINISHED', 1, 2, 'active', '', 1, 'me');
        insert into metrics values ('loss', 2.0, 1000, '{RUN}'), ('loss', 1.0, 2000, '{RUN}');
        insert into tags values ('mlflow.runName', 'named', '{RUN}');
    """)
    database.close()


def test_an_old_database(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    (record,) = records("database", tmp_path).values()
    assert record.series["loss"].values == [2.0, 1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]


def test_datasets_and_models_of_a_run_are_named_and_seen_when_they_change(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    keys = [MlflowDatabase().find(str(tmp_path), skip=()).runs[0].seen.key]
    database = sqlite3.connect(tmp_path / "mlflow.db")
    database.executescript("""
        create table inputs (source_type text, source_id text, destination_type text, destination_id text);
        create table datasets (dataset_uuid text, name text, digest text);
        insert into datasets values ('d1', 'train set', 'abc'), ('d2', 'held out', null);
    """)
    for link in (
        ("DATASET", "d1", "RUN", RUN), ("DATASET", "d2", "RUN", RUN), ("DATASET", "d1", "RUN", "another"),
        ("RUN_OUTPUT", RUN, "MODEL_OUTPUT", "m-1"), ("RUN_OUTPUT", RUN, "MODEL_OUTPUT", "m-2"),
    ):  # fmt: skip
        database.execute("insert into inputs values (?, ?, ?, ?)", link)
        database.commit()
        keys.append(MlflowDatabase().find(str(tmp_path), skip=()).runs[0].seen.key)
    database.executescript("create table logged_models (model_id, name); insert into logged_models values ('m-1', 'a')")
    database.close()
    (run,) = MlflowDatabase().find(str(tmp_path), skip=()).runs
    found = MlflowDatabase().read(run, now=NOW, known={}, sink=None).record.properties
    assert (found["Datasets"], found["Models"]) == ("held out, train set abc", "m-2, a")
    changed = [one != other for one, other in zip(keys, [*keys[1:], run.seen.key], strict=True)]
    assert changed == [True, True, False, False, False, True], "models have a table of their own"


def test_deleted_runs_of_a_database_are_counted(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    change(tmp_path / "mlflow.db", "insert into runs values ('second', 'b', 'FINISHED', 1, 2, 'deleted', '', 1, 'me')")
    found = MlflowDatabase().find(str(tmp_path), skip=())
    assert ([run.name for run in found.runs], found.hints) == (
        [RUN], [f"{tmp_path}/mlflow.db: runs that were deleted are left out: 1"],
    )  # fmt: skip


def test_a_tag_that_changes_to_one_as_long_is_seen(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    before = MlflowDatabase().find(str(tmp_path), skip=()).runs[0].seen
    change(tmp_path / "mlflow.db", "update tags set value = 'NAMED'")
    assert MlflowDatabase().find(str(tmp_path), skip=()).runs[0].seen.key != before.key


def test_what_a_writer_has_not_yet_moved_into_the_file_is_read(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    writer = sqlite3.connect(tmp_path / "mlflow.db")
    writer.execute("pragma journal_mode = wal")
    writer.execute(f"insert into metrics values ('loss', 0.5, 3000, '{RUN}')")
    writer.commit()
    assert (tmp_path / "mlflow.db-wal").stat().st_size
    (record,) = records("database", tmp_path).values()
    writer.close()
    assert record.series["loss"].values == [2.0, 1.0, 0.5]


def test_a_change_is_seen_and_only_that_run_is_read_again(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    before = MlflowDatabase().find(str(tmp_path), skip=()).runs[0].seen
    change(tmp_path / "mlflow.db", "insert into runs values ('second', 'b', 'RUNNING', 1, null, 'active', '', 1, 'me')")
    first, second = MlflowDatabase().find(str(tmp_path), skip=()).runs
    assert (first.seen.key, second.name) == (before.key, "second")


def test_tables_that_compute_are_not_asked(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    database = sqlite3.connect(tmp_path / "mlflow.db")
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i, i, i, i from n"
    database.executescript(f"drop table metrics; create view metrics (key, value, timestamp, run_uuid) as {endless};")
    database.close()
    assert "is not a workspace" in build(tmp_path).output or "cannot be read" in build(tmp_path).output


def test_a_database_that_is_cut_off_is_named(tmp_path: Path) -> None:
    old_database(tmp_path / "mlflow.db")
    data = (tmp_path / "mlflow.db").read_bytes()
    (tmp_path / "mlflow.db").write_bytes(data[:-100])
    (hint, *_) = MlflowDatabase().find(str(tmp_path)).hints
    size = f"{len(data) - 100:,} of {len(data):,} bytes"
    assert hint == f"{tmp_path}/mlflow.db is damaged. It is cut off, with {size}. Copy it again"


def test_a_database_whose_tables_cannot_be_read_is_named_whatever_it_is_called(tmp_path: Path) -> None:
    shutil.copytree(DATA.parent / "trackio", tmp_path / "project")
    (database, *_) = sorted((tmp_path / "project").rglob("*.db"))
    data = database.read_bytes()
    database.write_bytes(data[:100] + bytes(len(data) - 100))
    write(tmp_path / "project", {"other.db": "no database"})
    result = build(tmp_path / "project")
    assert f"{database} cannot be read: " in result.stderr
    assert "other.db" not in result.stderr


def test_a_refusal_says_what_is_wrong_with_the_only_database(tmp_path: Path) -> None:
    write(tmp_path / "project", {"mlflow.db": "version https://git-lfs.github.com/spec/v1\n"})
    result = build(tmp_path / "project")
    assert result.exit_code == 2
    assert f" {tmp_path}/project/mlflow.db cannot be read: file is not a database. Copy it again" in result.stderr


@pytest.mark.parametrize("options", [(), ("--source", "mlflow")])
def test_a_copy_of_a_run_is_left_out_and_named(options: tuple[str, ...], tmp_path: Path) -> None:
    folder = store(tmp_path / "project", metrics__loss="1700000000000 0.5 0\n")
    for path in folder.rglob("*"):
        os.utime(path, (1.7e9, 1.7e9))
    shutil.copytree(folder, tmp_path / "project/old")
    result = build(tmp_path / "project", *options)
    assert "Built 1 run in 1 experiment" in result.stdout
    copy, first = (f"{tmp_path}/project/{name}/1/{RUN}" for name in ("old", "mlruns"))
    assert f"{copy} is left out: {first} has the same name in the experiment mine." in result.stderr
    shutil.copytree(tmp_path / "project/old", tmp_path / "project/older")
    again = build(tmp_path / "project", *options)
    assert "nothing changed" in again.stdout
    assert f"{copy} and 1 more run are left out: " in again.stderr


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_ends_the_reading(tmp_path: Path, seed: int) -> None:
    data = bytearray((DATA / "database/mlflow.db").read_bytes())
    for at in range(64):
        data[(seed * 7919 + at * 104_729) % len(data)] ^= 1 << (at % 8)
    (tmp_path / "mlflow.db").write_bytes(data[: len(data) - seed * 1_000])
    found = MlflowDatabase().find(str(tmp_path), skip=())
    for run in found.runs:
        MlflowDatabase().read(run, now=NOW, known={}, sink=None)
    assert found.runs or found.hints


def test_numbers_are_numbers() -> None:
    assert [value_of(text) for text in ("3", "-1", "1e-3", "0.5", "1.0.0", "1_000", "True", "")] == [
        3, -1, 0.001, 0.5, "1.0.0", "1_000", "True", "",
    ]  # fmt: skip
    assert value_of("9" * 50) == "9" * 50
    assert [value_of(text) for text in ("-0.0", "+5", "1.", ".5", "1e5", "1.5E+07", "1234567", "0")] == [
        -0.0, 5, 1.0, 0.5, 1e5, 1.5e7, 1_234_567, 0
    ]  # fmt: skip
    for text in ("007", "-00", "00.5", "12345e7", "4e52186", "1e999"):  # Numbers would lose what these spell.
        assert value_of(text) == text
