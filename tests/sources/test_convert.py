"""Runs of other tools as run folders: what is converted is what the source reads, and a site of them is a workspace."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import runpages as logger
from runpages.format import layout
from runpages.format.records import Medium, RunRecord, Series
from runpages.pull import pull
from runpages.site_files import Site
from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.read.run_folder import read_run
from runpages_site.read.scan import scan, source_of
from runpages_site.read.source import Reading
from runpages_site.write.convert import CONVERTING, convert
from tests.examples import examples
from tests.format.folder import write
from tests.generator.test_fixed_point import assert_same, built_twice
from tests.unmeasured import unmeasured

from . import event_writer as w

DATA = Path(__file__).parent / "data"
PIXEL = (DATA.parent / "pixel.png").read_bytes()
NOW = 1_900_000_000.0
VERSION = "1.2.3"

MADE = {
    "lightning_logs/version_0/metrics.csv": "epoch,step,train_loss\n0,49,0.5\n1,99,nan\n",
    "lightning_logs/version_0/hparams.yaml": "lr: 0.001\n",
    "yolo/train/results.csv": "epoch,loss\n1,0.5\n2,inf\n",
    "yolo/train/args.yaml": "lr0: 0.01\n",
    "keras/training.log": "epoch,acc\n0,0.5\n",
    "trainer/out/trainer_state.json": json.dumps(
        {"log_history": [{"step": 1, "epoch": 0.5, "loss": 0.25}, {"step": 2, "epoch": 1.0, "eval_loss": 2}]}
    ),
    "export/wandb_export.csv": '"Step","a <b> - loss","a <b> - loss__MIN"\n"0","1.5","1.5"\n',
    "plain/a.jsonl": '{"step": 0, "loss": NaN, "note": "x,\\"y\\""}\n{"step": 1, "loss": 1e-300}\n',
    "plain/config.json": '{"lr": 0.1, "net": {"depth": 2}}',
}
RUNS = 6
"""The runs that these are."""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for path, text in MADE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (folder / "yolo/train/val_batch0.png").write_bytes(PIXEL)
    return folder


SAMPLES = ["mlflow/files", "mlflow/database", "tensorboardX", "torch", "keras", "wandb", "dvclive", "sacred", "made"]


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest, made: Path) -> Path:
    return made if request.param == "made" else DATA / str(request.param)


def read(folder: Path, at: Path) -> dict[tuple[str, str], Reading]:
    """What the sources read of a folder; ``at`` is where nothing is."""
    found = scan(folder, at)
    assert found.is_foreign
    return {
        (run.experiment, run.name): source_of(run.seen.source).read(run, now=NOW, known={}, sink=None)
        for run in found.found.runs
    }


def by_step(series: Series) -> list[tuple[Any, ...]]:
    return sorted(zip(series.steps, series.times, series.values, strict=True), key=lambda point: point[0])


def contents(record: RunRecord, parts: Any = {}) -> dict[str, Any]:  # noqa: B006 - it is only read
    """What a run holds, with the bytes of its files."""

    def data(file: str) -> bytes:
        found: bytes = parts[file].content() if file in parts else (Path(record.folder) / file).read_bytes()
        return found

    def listed(one: Medium) -> tuple[Any, ...]:
        return one.name, one.step, data(one.file), one.caption, one.width, one.height

    media = {kind: list(map(listed, getattr(record, kind))) for kind in ("images", "media")}
    return {
        "what": (record.experiment, record.id, record.title, record.status, record.parent, record.description),
        "params": record.params,
        "tags": record.tags,
        "properties": record.properties,
        "environment": record.environment,
        "error": record.error and record.error[1:],
        "series": {name: (by_step(one), one.declared) for name, one in record.series.items()},
        "tables": [(one.name, one.columns, one.rows) for one in record.tables],
        "charts": sorted(repr((one.name, one.type, one.step, one.data, one.caption)) for one in record.charts),
        "artifacts": sorted((one.name, data(one.file)) for one in record.artifacts),
        "logs": sorted((one.name, data(one.file)) for one in record.logs),
        **media,
    }


def times(record: RunRecord) -> list[float | None]:
    """The times that documents have, in microseconds."""
    return [record.created, record.started, record.ended, *(one.time for one in (*record.images, *record.media))]


def assert_equal(reading: Reading, folder: Path) -> None:
    ours = read_run(str(folder), now=NOW).record
    expected, found = contents(reading.record, reading.parts), contents(ours)
    for what, value in expected.items():
        assert repr(found[what]) == repr(value), what
    for one, other in zip(times(ours), times(reading.record), strict=True):
        assert (one or 0.0) == pytest.approx(other or 0.0, rel=0, abs=1e-6)
    assert ours.problems[: len(reading.record.problems)] == reading.record.problems


def test_runs_are_converted_as_their_source_reads_them(sample: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sample.rglob("*")}
    readings = read(sample, tmp_path / "runs")
    done = convert(sample, tmp_path / "runs", now=NOW)
    assert (len(done.new), done.refused) == (len(readings), {})
    for place, reading in readings.items():
        assert_equal(reading, tmp_path / "runs" / "/".join(place))
    assert {path: path.stat().st_mtime_ns for path in sample.rglob("*")} == before


def test_a_site_of_foreign_runs_is_its_workspace(sample: Path, tmp_path: Path) -> None:
    one, other = built_twice(sample, tmp_path)
    assert sum(name.endswith("/run.json") for name in one) > 0
    assert_same(one, other)


def test_pages_of_converted_runs_are_those_of_the_foreign_ones(made: Path, tmp_path: Path) -> None:
    convert(made, tmp_path / made.name, now=NOW)
    pages = {}
    for name, folder in (("foreign", made), ("ours", tmp_path / made.name)):
        build(folder, tmp_path / name, now=NOW, version=VERSION)
        pages[name] = {
            path.relative_to(tmp_path / name).as_posix(): path.read_bytes()
            for path in (tmp_path / name / "e").rglob("*")
            if path.is_file()
        }
    assert_same(pages["foreign"], pages["ours"])


def test_a_site_gives_foreign_runs_back(made: Path, tmp_path: Path) -> None:
    build(made, tmp_path / "site", now=NOW, version=VERSION)
    pull(Site(str(tmp_path / "site")), str(tmp_path / "pulled"), portable=False)
    published = {run.id: run for run in logger.read(str(tmp_path / "site")).runs}
    for (experiment, name), reading in read(made, tmp_path / "none").items():
        assert_equal(reading, tmp_path / "pulled" / experiment / name)
        for metric, series in reading.record.series.items():
            known = published[reading.record.id].series[metric]
            assert repr(by_step(known)) == repr(by_step(series))


# --- random runs ---------------------------------------------------------------------------------------------

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
NUMBERS = st.floats(width=32)
POINTS = st.lists(st.tuples(NAMES, st.integers(-(2**40), 2**40), st.floats(1e9, 2e9), NUMBERS), min_size=1, max_size=20)


@settings(max_examples=examples(0.2), suppress_health_check=list(HealthCheck), deadline=None)
@given(POINTS)
def test_any_events_are_converted(points: list[tuple[str, int, float, float]]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        events = [w.event(time, step, w.scalar(name, value)) for name, step, time, value in points]
        (folder / "logs/run").mkdir(parents=True)
        (folder / "logs/run/events.out.tfevents.1").write_bytes(b"".join(map(w.frame, (w.VERSION, *events))))
        readings = read(folder / "logs", folder / "runs")
        convert(folder / "logs", folder / "runs", now=NOW)
        for place, reading in readings.items():
            assert_equal(reading, folder / "runs" / "/".join(place))
    finally:
        shutil.rmtree(folder)


# --- the command ---------------------------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    return CliRunner().invoke(runpages, ["convert", *map(str, arguments)])


def test_nothing_is_overwritten(made: Path, tmp_path: Path) -> None:
    taken = tmp_path / "runs/lightning_logs/version_0"
    write(taken, {"metrics.csv": "name,step,value\nmine,0,1\n"})
    result = run(made, tmp_path / "runs")
    assert result.exit_code == 1, result.output
    assert "was not converted. Move it away" in result.stderr
    assert (taken / "metrics.csv").read_text() == "name,step,value\nmine,0,1\n"
    shutil.rmtree(taken)
    files = [path for path in (tmp_path / "runs").glob("*/*/**/*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    assert before
    again = run(made, tmp_path / "runs")
    assert (again.exit_code, again.stdout.splitlines()[0]) == (
        0,
        f"Converted 1 run, {RUNS - 1} runs there already",
    )
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files} == before


def test_a_run_that_has_grown_is_named_and_converted_again_on_request(tmp_path: Path) -> None:
    table = tmp_path / "logs/version_0/metrics.csv"
    write(table.parent, {"metrics.csv": "epoch,step,loss\n0,1,0.5\n"})
    runs = tmp_path / "runs"
    assert run(tmp_path / "logs", runs).exit_code == 0
    with (runs / "logs/version_0/run.json").open("ab") as file:
        file.write(b"\n")
    edited = (runs / "logs/version_0/run.json").read_bytes()
    with table.open("a") as rows:
        rows.write("1,2,0.25\n")
    named = run(tmp_path / "logs", runs)
    assert "logs/version_0 has changed since it was converted; --update converts it again" in named.stderr
    assert (named.exit_code, named.stdout.splitlines()[0]) == (0, "Converted no new runs, 1 run there already")
    assert (runs / "logs/version_0/run.json").read_bytes() == edited
    would = run(tmp_path / "logs", runs, "--update", "-n")
    assert would.stdout.splitlines()[0] == "logs/version_0"
    assert (runs / "logs/version_0/run.json").read_bytes() == edited
    updated = run(tmp_path / "logs", runs, "--update")
    assert (updated.exit_code, updated.stdout.splitlines()[0]) == (0, "Converted 1 run")
    assert "has changed" not in updated.stderr
    assert logger.read(runs).run("version_0").series["loss"].values == [0.5, 0.25]
    assert (runs / ".runpages/trash/logs/version_0/run.json").read_bytes() == edited
    again = run(tmp_path / "logs", runs, "--update")
    assert again.stdout.splitlines()[0] == "Converted no new runs, 1 run there already"
    with table.open("a") as rows:
        rows.write("2,3,0.125\n")
    refused = run(tmp_path / "logs", runs, "--update")
    assert refused.exit_code == 1
    assert "already exists; empty the trash with runpages clean --trash" in refused.stderr
    assert logger.read(runs).run("version_0").series["loss"].values == [0.5, 0.25]


def test_a_dry_run_lists_and_writes_nothing(made: Path, tmp_path: Path) -> None:
    result = run(made, tmp_path / "runs", "-n")
    assert (result.exit_code, (tmp_path / "runs").exists()) == (0, False)
    assert "lightning_logs/version_0" in result.stdout.splitlines()
    assert result.stdout.endswith(f"Would convert {RUNS} runs. Nothing was written.\n")


def test_what_is_not_carried_over_is_listed_and_noted(tmp_path: Path) -> None:
    events = [w.event(1.0, 1, w.scalar("loss", 0.5), w.texts("points", "mesh", b"x"))]
    write(tmp_path / "logs/exp/run", {"events.out.tfevents.1": b"".join(map(w.frame, events))})
    result = run(tmp_path / "logs", tmp_path / "runs")
    assert "mesh" in result.stderr
    (problem,) = json.loads((tmp_path / "runs/exp/run/run.json").read_bytes())["problems"]
    assert "mesh" in problem["message"]
    listed = json.loads(run(tmp_path / "logs", tmp_path / "other", "--json").stdout)
    assert (listed["new"], "mesh" in listed["problems"]["exp/run"][0]["message"]) == (["exp/run"], True)


def test_refusals_say_what_to_do(made: Path, tmp_path: Path) -> None:
    convert(made, tmp_path / "runs", now=NOW)
    (tmp_path / "empty").mkdir()
    for folder, why in (("runs", "has run folders already"), ("empty", "is empty"), ("gone", "does not exist")):
        result = run(tmp_path / folder, tmp_path / "out")
        assert (result.exit_code, why in result.stderr) == (2, True), result.output
    (tmp_path / "file").write_text("")
    assert run(made, tmp_path / "file").exit_code == 2
    write(tmp_path / "project", {"logs/a/steps.csv": "step,loss\n1,0.5\n", "more/b/steps.csv": "step,loss\n1,0.5\n"})
    before = sorted((tmp_path / "project").rglob("*"))
    assert "is the folder of the runs. Name another" in run(tmp_path / "project", tmp_path / "project").stderr
    assert "has runs of other tools. Name another" in run(tmp_path / "project", tmp_path / "project/more").stderr
    assert sorted((tmp_path / "project").rglob("*")) == before
    assert run(tmp_path / "project", tmp_path / "project/runs").stdout.startswith("Converted 2 runs")


def test_a_run_that_goes_on_is_left_for_later(tmp_path: Path) -> None:
    document = {"status": "RUNNING", "start_time": "2030-03-17T17:40:00", "heartbeat": "2030-03-17T17:46:00"}
    files = {"config.json": "{}", "cout.txt": "", "metrics.json": "{}", "run.json": json.dumps(document)}
    write(tmp_path / "sacred/1", files)
    done = convert(tmp_path / "sacred", tmp_path / "runs", now=NOW)
    assert (done.new, list(done.refused)) == ([], ["sacred/1"]), done
    assert "still Running" in done.refused["sacred/1"]
    assert not (tmp_path / "runs/sacred").exists()


def test_a_killed_command_is_finished_by_the_next(made: Path, tmp_path: Path) -> None:
    program = "from runpages_site.cli import main; main()"
    whole = convert(made, tmp_path / "whole", now=NOW)
    shutil.copytree(made, tmp_path / "large")
    rows = "".join(f"{step},{step / 7}\n" for step in range(50_000))
    (tmp_path / "large/plain/b.csv").write_text(f"step,loss\n{rows}")
    command: list[str | Path] = [sys.executable, "-c", program, "convert", tmp_path / "large", tmp_path / "runs"]
    with subprocess.Popen(command, env=unmeasured()) as process:
        side = tmp_path / "runs" / layout.STATE / CONVERTING / "run"
        while not side.exists() and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
    result = run(tmp_path / "large", tmp_path / "runs")
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "runs" / layout.STATE / CONVERTING).exists()
    for name in whole.new:
        if not name.startswith("plain"):
            ours, theirs = (tmp_path / at / name for at in ("runs", "whole"))
            files = sorted(path.relative_to(ours) for path in ours.rglob("*") if path.is_file())
            assert [(ours / path).read_bytes() for path in files] == [(theirs / path).read_bytes() for path in files]


@pytest.mark.parametrize("folder", sorted(path.name for path in DATA.iterdir() if path.is_dir()))
def test_what_is_hidden_by_name_is_asked_for_the_name_that_its_page_would_show(folder: str, tmp_path: Path) -> None:
    found = scan(DATA / folder, tmp_path / "site").found.runs
    assert found
    for run in found:
        one = source_of(run.seen.source)
        name = one.read(run, now=NOW, known={}, sink=None).record.name
        assert one.read_head(run, now=NOW).name == name, run.path


def test_a_run_of_another_tool_that_is_private_by_its_name_leaves_no_trace(tmp_path: Path) -> None:
    shutil.copytree(DATA / "wandb", tmp_path / "project")
    (tmp_path / "project/runpages.yml").write_text("private: [failed]\n")
    report = build(tmp_path / "project", tmp_path / "site", now=NOW, version=VERSION)
    assert report.runs
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert not [path for path in files if "bbbb2222" in str(path) or b"bbbb2222" in path.read_bytes()]
