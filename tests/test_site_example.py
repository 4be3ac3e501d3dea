"""The example's scripts make what its runs hold, and a script for the Azure ML SDK runs with its imports changed."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import runpages
from runpages.format.read import read_run
from runpages.format.records import RunRecord
from runpages_site.build import build

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "site-example" / "runs"
SCRIPTS = ROOT / "site-example" / "scripts"

# The calls of the SDK under the keywords that scripts use; nothing in it knows that runs are folders.
AZURE = """
import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from runpages import Experiment, Run, Workspace

ws = Workspace(workspace_name='lab', subscription_id='0000', resource_group='group')
exp = Experiment(workspace_object=ws, name='train-within-notebook')
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

run = Run.start_logging(experiment=exp)
run.tag("Description", "My first run!")
reg = Ridge(alpha=0.03)
reg.fit(X_train, y_train)
preds = reg.predict(X_test)
run.log('alpha', 0.03)
run.log('mse', mean_squared_error(preds, y_test))
with open('model.pkl', 'wb') as file:
    joblib.dump(value=reg, filename=file)
run.upload_file(name='outputs/model.pkl', path_or_stream='./model.pkl')
run.complete()
print(run.get_portal_url())
"""


def call(script: Path, folder: Path, *arguments: str) -> str:
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def records(workspace: Path, experiment: str = "*") -> list[RunRecord]:
    folders = sorted(path.parent for path in workspace.glob(f"{experiment}/*/run.json"))
    return [read_run(str(folder), now=time.time()) for folder in folders]


def named(workspace: Path, name: str) -> RunRecord:
    (found,) = [record for record in records(workspace) if record.title == name]
    return found


def values(record: RunRecord, *, but: tuple[str, ...] = ()) -> dict[str, list[object]]:
    """What a run logged, to the digits that every version of the libraries gives."""
    return {
        name: [float(f"{value:.4g}") if isinstance(value, float) else value for value in series.values]
        for name, series in record.series.items()
        if name not in but
    }


def test_a_script_for_the_azure_sdk_runs_with_its_imports_changed(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(AZURE, encoding="utf-8")
    address = call(script, tmp_path).strip()
    build(tmp_path / "runs", tmp_path / "site", now=time.time(), version="test")
    assert address.startswith("file:///")
    page = Path(address.removeprefix("file://")).read_text("utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "alpha 0.03" in text
    assert re.search(r'title="3424\.8\d*"><bdi>3425</bdi>', page)
    assert "Description My first run!" in text
    assert re.search(r'<a [^>]*href="[^"]*/artifacts/outputs/model~_pkl~\.txt"', page)


def test_one_alpha_gives_the_known_error(tmp_path: Path) -> None:
    call(SCRIPTS / "diabetes_ridge.py", tmp_path)
    (made,) = records(tmp_path / "runs")
    assert made.series["mse"].values == [pytest.approx(3424.86, abs=0.005)]
    assert [file.name for file in made.artifacts] == ["outputs/model.pkl"]
    assert values(made) == values(named(RUNS, "alpha0.03"))


def test_the_sweep_finds_the_known_best(tmp_path: Path) -> None:
    call(SCRIPTS / "diabetes_ridge_sweep.py", tmp_path)
    (made,) = records(tmp_path / "runs")
    alphas, errors = made.series["alpha"].values, made.series["mse"].values
    assert alphas == [pytest.approx(k * 0.05) for k in range(20)]
    best = min(range(20), key=lambda k: errors[k])  # type: ignore[arg-type, return-value]
    assert alphas[best] == pytest.approx(0.40)
    assert errors[best] == pytest.approx(3295.71, abs=0.005)
    assert values(made) == values(named(RUNS, "alpha-sweep"))


def test_the_network_learns_and_logs_every_kind(tmp_path: Path) -> None:
    call(SCRIPTS / "digits_mlp.py", tmp_path, "--learning-rate", "0.01", "--seed", "1")
    (made,) = records(tmp_path / "runs")
    kept = named(RUNS, "lr0.01-s1")
    for record in (made, kept):
        assert record.status == "Completed"
        assert len(record.series["val/loss"].values) == 30
        assert {image.name for image in record.images} == {"first layer", "validation samples", "wrong digits"}
        assert [table.name for table in record.tables] == ["hardest digits", "per class", "predictions"]
        assert [chart.type for chart in record.charts] == ["accuracy_table", "confusion_matrix"]
        assert record.snapshot is not None
        assert [log.name for log in record.logs] == ["console.log"]
    last = [record.series["val/accuracy"].values[-1] for record in (made, kept)]
    assert last[0] == pytest.approx(last[1], abs=0.02)  # Sums differ a little from processor to processor.


def test_learning_rates_rank_otherwise_by_the_last_than_by_the_best_epoch() -> None:
    groups = runpages.read(RUNS / "digits-mlp").groups(by="optimizer.learning_rate")
    rates = [group for group in groups if group.spread("val/loss").n == 6]
    assert [group.label for group in rates] == ["0.001", "0.01", "0.1"]
    ranks = {
        value: [group.label for group in sorted(rates, key=lambda group: group.spread("val/loss", value).mean)]
        for value in ("last", "best")
    }
    assert ranks == {"last": ["0.01", "0.001", "0.1"], "best": ["0.01", "0.1", "0.001"]}
    words = {value: groups.verdicts(0.01, "val/accuracy", value)["0.1"].word for value in ("last", "best")}
    assert words == {"last": "worse", "best": "unknown"}


def test_a_line_of_code_differs_between_two_runs() -> None:
    codes = []
    for name in ("k3", "k3-weighted"):
        record = named(RUNS, name)
        assert record.snapshot is not None
        with zipfile.ZipFile(Path(record.folder, "snapshot.zip")) as archive:
            codes.append(archive.read("digits_knn.py").decode().splitlines())
    changed = [pair for pair in zip(*codes, strict=True) if pair[0] != pair[1]]
    assert len(changed) == 1 and "weights=" in changed[0][1]


def test_the_runs_are_complete_and_small_and_tell_nothing_of_a_machine() -> None:
    kept = records(RUNS)
    grid = [(rate, seed) for rate in ("0.001", "0.01", "0.1") for seed in range(6)]
    assert {record.title for record in kept if record.experiment == "digits-mlp"} == {
        *(f"lr{rate}-s{seed}" for rate, seed in grid),
        "sgd-lr1e30",
    }
    assert [record.title for record in kept if record.status != "Completed"] == ["sgd-lr1e30"]
    assert [problem for record in kept for problem in record.problems] == []
    failed = named(RUNS, "sgd-lr1e30").error
    assert failed is not None
    assert "ValueError" in (failed.traceback or "")
    files = [path for path in RUNS.rglob("*") if path.is_file() and ".runpages" not in path.parts]
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    hosts = [record.owner.get("host") or record.environment.get("git") for record in kept]
    assert not any(hosts)
    texts = [path for path in files if path.suffix in (".json", ".jsonl", ".csv", ".log", ".md", ".yml")]
    assert not [path for path in texts if re.search(r"/(home|root|Users|tmp|work)/", path.read_text("utf-8"))]
