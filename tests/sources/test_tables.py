"""Tables of metrics as tools write them, and what of them is no table."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.records import RunRecord
from runpages_site import select
from runpages_site.command import runpages
from runpages_site.read.run_folder import summarize
from runpages_site.read.source import Reading, Source, find
from runpages_site.read.sources.hugging_face import HuggingFace
from runpages_site.read.sources.keras import Keras
from runpages_site.read.sources.lightning import Lightning
from runpages_site.read.sources.table import PlainTables
from runpages_site.read.sources.ultralytics import Ultralytics
from tests.format.folder import write

from . import event_writer as w

NOW = 1_900_000_000.0
PIXEL = (Path(__file__).parent / "pixel.png").read_bytes()

PADDED = "                  epoch,             train/box_loss,   metrics/mAP50(B)\n" + "".join(
    f"{epoch:>23},{1 / epoch:>27.5f},{1 - 1 / epoch:>19.5f}\n" for epoch in range(1, 5)
)


def records(source: Source, folder: Path) -> dict[str, RunRecord]:
    found = source.find(str(folder), skip=())
    return {f"{run.experiment}/{run.name}": source.read(run, now=NOW, known={}, sink=None).record for run in found.runs}


def readings(source: Source, folder: Path) -> list[Reading]:
    return [source.read(run, now=NOW, known={}, sink=None) for run in source.find(str(folder), skip=()).runs]


def points(record: RunRecord, name: str) -> list[tuple[object, object]]:
    return list(zip(record.series[name].steps, record.series[name].values, strict=True))


def build(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(runpages, ["build", str(folder), "-o", str(folder.parent / "site"), *options])


def built(folder: Path) -> set[str]:
    """The runs that a build of a folder finds."""
    return {f"{run.experiment}/{run.name}" for run in find(folder, skip=()).runs}


def test_ultralytics_with_padded_columns_and_pictures(tmp_path: Path) -> None:
    args = "task: detect\nlr0: 1e-3\nsave_dir: /home/somebody/runs/detect/train\n"
    files: dict[str, str | bytes] = {"args.yaml": args, "confusion_matrix.png": PIXEL, "weights/best.pt": b"x"}
    write(tmp_path / "runs/detect/train", {"results.csv": PADDED, **files})
    write(tmp_path / "runs/detect/train2", {"results.csv": PADDED, "opt.yaml": "epochs: 3\n"})
    found = records(Ultralytics(), tmp_path / "runs")
    assert set(found) == {"detect/train", "detect/train2"}
    record = found["detect/train"]
    assert points(record, "train/box_loss") == [(1, 1.0), (2, 0.5), (3, 0.33333), (4, 0.25)]
    assert set(record.series) == {"train/box_loss", "metrics/mAP50(B)"}
    assert record.params == {"task": "detect", "lr0": 0.001}
    assert [(image.file, image.width) for image in record.images] == [("confusion_matrix.png", 7)]
    assert [file.name for file in record.artifacts] == ["args.yaml", "results.csv"]
    assert (record.status, record.properties) == (None, {"Source": "Ultralytics"})


def test_lightning(tmp_path: Path) -> None:
    text = "epoch,step,train_loss,val_loss\n0,49,0.5,\n0,99,nan,\n0,99,,inf\n"
    write(tmp_path / "lightning_logs/version_0", {"metrics.csv": text, "hparams.yaml": "lr: 1e-3\n"})
    record = records(Lightning(), tmp_path / "lightning_logs")["lightning_logs/version_0"]
    assert points(record, "train_loss")[0] == (49, 0.5)
    assert math.isnan(record.series["train_loss"].values[1])  # type: ignore[arg-type]
    assert points(record, "val_loss") == [(99, math.inf)]
    assert record.params == {"lr": 0.001}


def test_lightning_without_parameters(tmp_path: Path) -> None:
    write(
        tmp_path / "lightning_logs/version_3", {"metrics.csv": "epoch,step,loss\n0,1,0.5\n", "checkpoints/x.ckpt": ""}
    )
    result = build(tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Lightning CSV" in (tmp_path.parent / "site/e/lightning_logs/version_3.html").read_text()


def test_keras_has_values_that_are_none_and_may_begin_anew(tmp_path: Path) -> None:
    write(tmp_path / "a", {"training.log": "epoch;loss;val_loss\n0;1.0;NA\n1;0.5;nan\n"})
    write(tmp_path / "b", {"training.log": "epoch,loss\n0,3.0\n1,2.0\n0,1.0\n"})
    found = records(Keras(), tmp_path)
    (a, b) = found.values()
    assert points(a, "loss") == [(0, 1.0), (1, 0.5)]
    assert a.series["val_loss"].steps == [1]
    assert points(b, "loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]
    assert "begins anew" in b.problems[0].message


def test_plain_csv_with_its_configuration(tmp_path: Path) -> None:
    write(tmp_path / "mine", {"log.csv": "step,loss\n0,1\n10,0.5\n", "config.json": '{"lr": 1}', "sample_3.png": PIXEL})
    record = records(PlainTables(), tmp_path)[f"{tmp_path.name}/mine"]
    assert points(record, "loss") == [(0, 1), (10, 0.5)]
    assert record.params == {"lr": 1}
    assert [image.file for image in record.images] == ["sample_3.png"]


def test_the_columns_of_stable_baselines(tmp_path: Path) -> None:
    text = "rollout/ep_rew_mean,time/total timesteps,time/iterations\n1.5,2048,1\n2.5,4096,2\n"
    write(tmp_path / "ppo", {"progress.csv": text})
    (record,) = records(PlainTables(), tmp_path).values()
    assert points(record, "rollout/ep_rew_mean") == [(2048, 1.5), (4096, 2.5)]


def test_a_header_in_the_middle_of_a_file(tmp_path: Path) -> None:
    write(tmp_path / "mine", {"log.csv": "step,loss\n0,1.0\n1,0.5\nstep,loss,acc\n2,0.25,0.9\n"})
    (record,) = records(PlainTables(), tmp_path).values()
    assert points(record, "loss") == [(0, 1.0), (1, 0.5), (2, 0.25)]
    assert points(record, "acc") == [(2, 0.9)]
    assert record.problems == []


def test_json_lines(tmp_path: Path) -> None:
    lines = (
        '{"iteration": 0, "loss": 1.0, "eval": {"acc": NaN}, "time": 1700000000.5, "note": "x"}\n'
        '{"iteration": 20, "loss": "Infinity", "flag": true}\n'
    )
    write(tmp_path / "detectron", {"metrics.json": lines})
    (record,) = records(PlainTables(), tmp_path).values()
    assert points(record, "loss") == [(0, 1.0), (20, math.inf)]
    assert set(record.series) == {"loss", "eval/acc", "flag"}
    assert record.series["loss"].times == [1700000000.5, None]


def test_damaged_lines_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a", {"log.jsonl": '{"step": 1, "x": 1}\nbroken\n[1]\n{"step": 2, "x": 2}\n{"step": 3, "x'})
    write(tmp_path / "b", {"log.csv": "step,loss\n1,0.5\n2,0.4,7\n3,0.25\n60,0.4"})
    a, b = records(PlainTables(), tmp_path).values()
    assert points(a, "x") == [(1, 1), (2, 2)]
    assert [(problem.file, problem.line) for problem in a.problems] == [("log.jsonl", line) for line in (2, 3, 5)]
    assert points(b, "loss") == [(1, 0.5), (3, 0.25)]
    assert [(problem.line, problem.damage) for problem in b.problems] == [(3, True), (5, False)]


def test_folders_are_looked_into_eight_levels_down(tmp_path: Path) -> None:
    path = "/".join("abcdefgh")
    write(tmp_path / "project", {f"{path}/steps.csv": "step,loss\n1,0.5\n", f"{path}/i/steps.csv": "step,loss\n1,2\n"})
    assert built(tmp_path / "project") == {f"{'~2f'.join('abcdefg')}/h"}


def test_tables_that_lie_together_are_runs_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "logs/ppo", {"one.csv": "step,x\n1,2\n", "two.csv": "step,x\n1,3\n", "x.png": PIXEL})
    write(tmp_path / "logs/parts", {"train.csv": "epoch,loss\n1,2\n", "val.csv": "epoch,loss\n1,3\n"})
    found = records(PlainTables(), tmp_path / "logs")
    assert {name: list(record.series) for name, record in found.items()} == {
        "ppo/one": ["x"], "ppo/two": ["x"], "logs/parts": ["train/loss", "val/loss"],
    }  # fmt: skip
    assert "Built 3 runs in 2 experiments" in build(tmp_path / "logs").stdout
    assert set(records(PlainTables(), tmp_path / "logs/ppo")) == {"ppo/one", "ppo/two"}


@pytest.mark.parametrize(
    "files",
    [
        {"data.csv": "a,b\n1,2\n"},
        {"names.csv": "epoch,name,town\n1,anna,rome\n2,bert,bonn\n"},
        {"metrics.csv": "step,x\n1,2\n"},
        {"package.json": '{"version": 1}\n'},
        {"best.json": '{"epoch": 1, "loss": 2}\n'},
        {"log.txt": "step 1 of 2\n"},
    ],
)
def test_what_is_no_table_of_metrics(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path / "run", files)
    assert not PlainTables().find(str(tmp_path)).runs


@pytest.mark.parametrize(
    "best", ["metrics/mAP50-95(B)", "metrics/mAP50-95(M)", "metrics/mAP_0.5:0.95", "metrics/accuracy_top1"]
)
def test_the_metric_by_which_ultralytics_keeps_weights_is_the_main_one(best: str, tmp_path: Path) -> None:
    table = f"epoch,train/loss,metrics/precision(B),{best},val/box_loss\n1,3,0.5,0.25,2\n2,2,0.5,0.5,1\n"
    write(tmp_path / "train", {"results.csv": table, "args.yaml": "task: detect\n"})
    (record,) = records(Ultralytics(), tmp_path).values()
    summary = summarize(record, "page")
    assert select.main_metric([summary]) == (best, "max")


def test_a_validation_of_ultralytics_has_no_table(tmp_path: Path) -> None:
    arguments = "task: detect\nmode: val\nmodel: yolo.pt\nimgsz: 640\nsave_dir: /home/me\n"
    write(tmp_path / "detect/val", {"args.yaml": arguments, "confusion_matrix.png": PIXEL})
    write(tmp_path / "other", {"args.yaml": "lr: 1\n"})
    (record,) = records(Ultralytics(), tmp_path).values()
    assert record.params == {"task": "detect", "mode": "val", "model": "yolo.pt", "imgsz": 640}
    assert [image.name for image in record.images] == ["confusion_matrix"]
    assert record.series == {}
    assert record.problems == []


def test_the_trainer_of_hugging_face(tmp_path: Path) -> None:
    history = (
        '{"step": 1, "epoch": 0.1, "loss": 2, "learning_rate": 1e-05}, {"step": 2, "epoch": 0.2, "loss": NaN},'
        '{"step": 2, "epoch": 0.2, "eval_loss": 1.5}, {"step": 2, "epoch": 0.2, "train_runtime": 5.0}'
    )
    state = f'{{"log_history": [{history}], "train_batch_size": 8, "max_steps": 2}}'
    checkpoint = '{"log_history": [{"step": 1, "loss": 9}], "train_batch_size": 8}'
    write(
        tmp_path / "out/bert",
        {
            "checkpoint-500/trainer_state.json": checkpoint,
            "checkpoint-1000/trainer_state.json": state,
            "config.json": '{"model_type": "bert"}',
            "all_results.json": '{"eval_accuracy": 0.5, "eval_loss": 1.5}',
            "runs/Jan01/events.out.tfevents.1.h": b"",
        },
    )
    found = records(HuggingFace(), tmp_path / "out")
    record = found["out/bert"]
    assert set(found) == {"out/bert"}
    assert points(record, "loss")[0] == (1, 2)
    assert points(record, "eval_accuracy") == [(2, 0.5)]
    assert record.params == {"train_batch_size": 8, "max_steps": 2, "model": {"model_type": "bert"}}
    assert record.status == "Completed"
    assert build(tmp_path / "out").stdout.startswith("Built 1 run in 1 experiment"), "its events are not another run"
    assert records(HuggingFace(), tmp_path / "out/bert/checkpoint-500")["bert/checkpoint-500"].status is None


def test_what_belongs_to_a_trainer_is_no_run_and_other_folders_in_it_are(tmp_path: Path) -> None:
    event_file = "events.out.tfevents.1.host"
    table = "step,loss\n1,0.5\n"
    mine: dict[str, str | bytes] = {
        "trainer_state.json": '{"log_history": [{"step": 1, "loss": 2}]}',
        "steps.csv": table,
        "checkpoint-500/steps.csv": table,
        f"checkpoint-500/logs/{event_file}": events(w.scalar("loss", 1.0)),
        f"runs/Jan01_host/{event_file}": events(w.scalar("train/loss", 1.0)),
        "runs/Jan01_host/steps.csv": table,
    }
    write(tmp_path / "project", mine)
    assert built(tmp_path / "project") == {f"{tmp_path.name}/project"}
    others: dict[str, str | bytes] = {
        f"logs/first/{event_file}": events(w.scalar("loss", 1.0)),
        "tables/second/steps.csv": table,
        "runs/third/steps.csv": table,
        "keras/fourth/training.log": "epoch,loss\n0,1\n",
        "inner/checkpoint-9/trainer_state.json": "{}",
        f"inner/runs/Jan02_host/{event_file}": events(w.scalar("train/loss", 1.0)),
        "inner/fifth/steps.csv": table,
    }
    write(tmp_path / "project", others)
    expected = {"logs/first", "tables/second", "runs/third", "keras/fourth", "project/inner", "inner/fifth"}
    assert built(tmp_path / "project") == {f"{tmp_path.name}/project", *expected}
    below = {name.replace("trainer", "checkpoint-1/trainer"): content for name, content in mine.items()}
    write(tmp_path / "checkpoints", below)
    assert built(tmp_path / "checkpoints") == {f"{tmp_path.name}/checkpoints"}, "so is one with checkpoints alone"


def test_a_damaged_state_of_a_trainer_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "out", {"trainer_state.json": '{"log_history": [{"step"'})
    (record,) = records(HuggingFace(), tmp_path / "out").values()
    assert record.problems[0].file == "trainer_state.json"
    write(tmp_path / "out", {"trainer_state.json": "{}"})
    (record,) = records(HuggingFace(), tmp_path / "out").values()
    assert record.problems[0].message == "It has no log_history"


# --- events beside the tables ------------------------------------------------------------------------------


def events(*values: bytes) -> bytes:
    """An event file with values at the steps from 1 on."""
    return b"".join(map(w.frame, (w.VERSION, *(w.event(1.7e9 + at, at, one) for at, one in enumerate(values, 1)))))


def picture(tag: str) -> bytes:
    return w.field(1, tag.encode()) + w.field(4, w.field(4, PIXEL))


def test_events_in_the_folder_of_a_run_are_joined_into_it(tmp_path: Path) -> None:
    session = w.field(3, w.field(1, w.field(1, b"lr") + w.field(2, w.field(2, 9.0))) + w.field(4, b"sweep"))
    hparams = w.field(1, b"_hparams_/session_start_info") + w.metadata("hparams", session)
    name = "events.out.tfevents.1.host"
    write(
        tmp_path / "logs/version_0",
        {
            "metrics.csv": "epoch,step,loss\n0,1,0.5\n0,2,0.25\n",
            "hparams.yaml": "lr: 1\n",
            name: events(w.scalar("loss", 9.0), w.scalar("grad", 3.0), picture("sample"), hparams),
            f"pair_a/{name}": events(w.scalar("pair", 4.0)),
            f"inner/{name}": events(w.scalar("loss", 5.0)),
        },
    )
    (reading,) = readings(Lightning(), tmp_path / "logs")
    record = reading.record
    assert points(record, "loss") == [(1, 0.5), (2, 0.25)]
    assert {name: points(record, name) for name in set(record.series) - {"loss", "epoch"}} == {
        "grad": [(2, 3.0)], "pair/a": [(1, 4.0)], "inner/loss": [(1, 5.0)],
    }  # fmt: skip
    assert (record.params, record.started, record.ended) == ({"lr": 1}, 1.7e9 + 1, 1.7e9 + 4)
    assert [(image.name, image.step) for image in record.images] == [("sample", 3)]
    assert reading.parts[record.images[0].file].content() == PIXEL
    assert build(tmp_path / "logs").stdout.startswith("Built 1 run in 1 experiment")
    with (tmp_path / "logs/version_0/inner" / name).open("ab") as file:
        file.write(w.frame(w.event(1.7e9, 2, w.scalar("loss", 6.0))))
    assert build(tmp_path / "logs").stdout.startswith("Built 1 run in 1 experiment: "), "its stamp has those below"


@pytest.mark.parametrize("place", ["runs/Jan01_host/", ""])
def test_what_the_events_of_a_trainer_add(place: str, tmp_path: Path) -> None:
    event_file = f"{place}events.out.tfevents.1.host"
    history = '{"step": 1, "loss": 2}, {"step": 1, "eval_loss": 3}'
    values = w.scalar("train/loss", 9.0), w.scalar("eval/loss", 9.0), w.scalar("train/reward", 4.0)
    write(
        tmp_path / "out",
        {
            "trainer_state.json": f'{{"log_history": [{history}]}}',
            event_file: events(*values, w.texts("args/text_summary", "text", b"{}")),
            "elsewhere/events.out.tfevents.1.host": events(w.scalar("other", 1.0)),
        },
    )
    ((record, _, parts),) = readings(HuggingFace(), tmp_path)
    assert {name: points(record, name) for name in record.series} == {
        "loss": [(1, 2)], "eval_loss": [(1, 3)], "train/reward": [(3, 4.0)],
    }  # fmt: skip
    assert record.series["loss"].times == [1.7e9 + 1], "the time of the event with its tag and step"
    assert record.series["eval_loss"].times == [None], "its event has another step"
    assert [(text.name, parts[text.file].content()) for text in record.media] == [("args", b"{}")]
    assert build(tmp_path / "out").stdout.startswith("Built 2 runs"), "the one elsewhere is another"
    (before,) = HuggingFace().find(str(tmp_path / "out")).runs
    with (tmp_path / "out" / event_file).open("ab") as file:
        file.write(w.frame(w.event(1.7e9, 4, w.scalar("train/reward", 6.0))))
    (after,) = HuggingFace().find(str(tmp_path / "out")).runs
    assert after.seen.key != before.seen.key


def test_long_metrics_of_joined_events_are_thinned_once(tmp_path: Path) -> None:
    values = [w.scalar(name, step / 8) for step in range(6_000) for name in ("loss", "grad")]
    table = "epoch,step,loss\n" + "".join(f"0,{step},{step}\n" for step in range(6_000))
    write(tmp_path / "logs/version_0", {"metrics.csv": table, "events.out.tfevents.1.host": events(*values)})
    assert build(tmp_path / "logs").exit_code == 0
    text = (tmp_path / "site/e/logs/version_0/points.js").read_text()
    assert text.count('"points":6000') == 3, "of loss and epoch in the table, of grad in the events"


def test_many_damaged_lines_are_summed_up(tmp_path: Path) -> None:
    write(tmp_path / "a", {"log.csv": "step,loss\n1,0.5\n2,0.25\n" + "x,y,z\n" * 30})
    write(tmp_path / "b", {"log.jsonl": '{"step": 1, "x": 1}\n\n' + "broken\n" * 30})
    for record in records(PlainTables(), tmp_path).values():
        assert len(record.problems) == 21
        assert record.problems[-1].message == "10 more lines are damaged"
        assert sum(problem.skipped for problem in record.problems) == 30, "the page of the run says how many"


def test_a_table_that_grows_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    write(tmp_path / "a", {"log.jsonl": '{"step": 1, "x": 1}\n{"step": 2, "x'})
    write(tmp_path / "b", {"log.csv": "step,loss\n1,0.5\n2,0.2"})
    source = PlainTables()
    for run in source.find(str(tmp_path)).runs:
        os.utime(os.path.join(run.path, os.listdir(run.path)[0]), (NOW, NOW))
        record = source.read(run, now=NOW + 1, known={}, sink=None).record
        assert (record.problems, [one.total for one in record.series.values()]) == ([], [1])


def test_a_table_that_is_no_more_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a", {"results.csv": PADDED, "args.yaml": "x: [", "results.png": "no picture"})
    source = Ultralytics()
    (run,) = source.find(str(tmp_path)).runs
    assert source.read_head(run, now=NOW).properties == {"Source": "Ultralytics"}
    monkeypatch.setattr("runpages_site.read.sources.wide.LARGEST", 10)
    messages = [problem.message for problem in source.read(run, now=NOW, known={}, sink=None).record.problems]
    assert messages[0].startswith("It is not valid YAML")
    assert "too much for a table of metrics" in messages[1]
    (tmp_path / "a/results.csv").unlink()
    (tmp_path / "a/results.csv").mkdir()
    assert source.read(run, now=NOW, known={}, sink=None).record.series == {}


def test_times_of_rows(tmp_path: Path) -> None:
    lines = '{"step": 1, "x": 1, "time": "soon", "date": "2026-01-31T12:00:00Z"}\n{"step": 2, "x": 1, "time": 0.5}\n'
    write(tmp_path / "a", {"log.jsonl": lines})
    (record,) = records(PlainTables(), tmp_path).values()
    assert record.series["x"].times == [1769860800.0, None]
    assert points(record, "time") == [(2, 0.5)]


def test_a_run_can_be_hidden_by_its_name(tmp_path: Path) -> None:
    write(tmp_path / "logs", {"a/log.csv": "step,x\n1,2\n", "b/log.csv": "step,x\n1,2\n"})
    (tmp_path / "logs/runpages.yml").write_text("hide:\n  runs: [a]\n")
    assert "Built 1 run in 1 experiment" in build(tmp_path / "logs").stdout


# --- whole builds -------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with folders of several tools."""
    return write(
        tmp_path / "project",
        {
            "train.py": "",
            "runs/detect/train/results.csv": PADDED,
            "runs/detect/train/args.yaml": "task: detect\n",
            "lightning_logs/version_0/metrics.csv": "epoch,step,loss\n0,1,0.5\n",
            "lightning_logs/version_0/hparams.yaml": "lr: 1\n",
            "logs/mine/log.csv": "step,loss\n1,0.5\n",
            "offline/task.json": "{}",
            "offline/metrics.jsonl": "[]",
            "offline/plots/log.csv": "step,loss\n1,0.5\n",
            f"mlruns/1/{'a' * 32}/artifacts/log.csv": "step,loss\n1,0.5\n",
            ".git/log.csv": "step,loss\n1,0.5\n",
        },
    )


def test_a_repository_with_several_kinds(project: Path) -> None:
    result = build(project)
    assert result.exit_code == 0, result.output
    assert "Built 3 runs in 3 experiments" in result.stdout
    assert "offline/task.json is of ClearML; runpages does not read that yet" in result.stderr
    assert build(project, "--strict").exit_code == 1
    assert not (project / ".runpages").exists()


def test_a_source_can_be_named(project: Path) -> None:
    assert "Built 1 run in 1 experiment" in build(project, "--source", "lightning").stdout
    refused = build(project / "lightning_logs", "--source", "keras")
    assert refused.exit_code == 2
    assert "the source 'keras' finds no runs in" in refused.stderr
    unknown = build(project, "--source", "excel")
    assert unknown.exit_code == 2
    assert "there is no source 'excel'; there are aim, dvclive, guild, hugging-face, inspect, keras" in unknown.stderr


def test_a_folder_of_a_kind_that_is_not_read_is_refused(project: Path) -> None:
    result = build(project / "offline")
    assert result.exit_code == 2
    assert "It is a folder of ClearML" in result.stderr
    assert not (project / "site").exists()


def test_runs_of_ours_beside_others_are_pointed_out(project: Path) -> None:
    write(project, {"own/demo/a/metrics.csv": "name,value\nloss,1\n"})
    assert "runpages build" in build(project).stderr


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", {"x.png": PIXEL}) / "x.png"
    write(tmp_path / "logs/mine", {"log.csv": "step,loss\n1,0.5\n"})
    os.symlink(secret, tmp_path / "logs/mine/stolen.png")
    (record,) = records(PlainTables(), tmp_path / "logs").values()
    assert record.images == []


@given(st.binary(max_size=120))
def test_a_table_of_anything(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "anything"
    write(folder / "a", {"training.log": b"epoch,loss\n" + data})
    write(folder / "b", {"log.jsonl": b'{"step": 1, "x": 2}\n' + data})
    write(folder / "c", {"trainer_state.json": data})
    write(folder / "d", {"results.csv": data, "args.yaml": data})
    for source in (Keras(), PlainTables(), HuggingFace(), Ultralytics()):
        for run in source.find(str(folder), skip=()).runs:
            source.read(run, now=NOW, known={}, sink=None)
