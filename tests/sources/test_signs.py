"""Only sources whose signs are among the names in a folder are loaded, and nothing is missed without a word."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from runpages_site.read import source
from runpages_site.read.sources.folders import names_below
from runpages_site.stamp import RUN_FOLDER
from tests.format.folder import write

from .cut import SAMPLES, Sample

DATA = sorted(path for path in (Path(__file__).parent / "data").rglob("*") if path.is_dir() and path.name != ".guild")
RUN = "0123456789abcdef0123456789abcdef"
STORE = {
    "1/meta.yaml": "artifact_location: file:///runs/1\nexperiment_id: '1'\nlifecycle_stage: active\nname: mine\n",
    f"1/{RUN}/meta.yaml": f"run_id: {RUN}\nartifact_uri: file:///runs/1/{RUN}/artifacts\nlifecycle_stage: active\n",
    f"1/{RUN}/metrics/loss.csv": "1700000000000 0.5 0\n",
    f"1/{RUN}/artifacts/events.out.tfevents.1": "",
}
LOADED = """
import json, sys
from pathlib import Path
from runpages_site.read import source
found = source.find(Path(sys.argv[1]), skip=[])
modules = {name: f"{source.__package__}.sources.{own.place.partition(':')[0]}" for name, own in source.OWN.items()}
print(json.dumps([len(found.runs), [name for name, module in modules.items() if module in sys.modules]]))
"""


def unsigned(folder: Path) -> list[str]:
    """The sources that find runs in a folder where there is no sign of them."""
    names = names_below(str(folder))
    return [
        name
        for name, own in source.OWN.items()
        if not any(sign in names for sign in own.signs) and source.load(name).find(str(folder), skip=[]).runs
    ]


def test_the_sources_of_this_distribution_are_those_that_it_registers() -> None:
    points = {point.name: point.value for point in entry_points(group=source.GROUP)}
    del points[RUN_FOLDER]
    assert points == {name: f"runpages_site.read.sources.{own.place}" for name, own in source.OWN.items()}


CASES = [(name, sample) for name, samples in SAMPLES.items() for sample in samples]


@pytest.mark.parametrize(("name", "sample"), CASES, ids=[f"{name}-{sample.damaged}" for name, sample in CASES])
def test_each_folder_has_a_sign_of_its_source(name: str, sample: Sample, tmp_path: Path) -> None:
    for path, data in sample.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert name in {run.seen.source for run in source.find(tmp_path, skip=[]).runs}
    assert not unsigned(tmp_path)


@pytest.mark.parametrize("folder", DATA, ids=lambda path: path.relative_to(Path(__file__).parent / "data").as_posix())
def test_each_folder_that_a_tool_wrote_has_a_sign_of_it(folder: Path) -> None:
    assert not unsigned(folder)


@pytest.mark.parametrize(
    ("files", "count", "sources"),
    [
        (STORE, 1, ["mlflow"]),
        ({**STORE, "1/other/events.out.tfevents.1": ""}, 2, ["mlflow", "tensorboard"]),
    ],
    ids=["mlflow", "beside its runs"],
)
def test_other_sources_are_not_loaded(files: dict[str, str], count: int, sources: list[str], tmp_path: Path) -> None:
    write(tmp_path, files)
    command = [sys.executable, "-c", LOADED, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [count, sources]


UNREAD = """
import json, os, sys
from pathlib import Path
from runpages_site.read import source
from runpages_site.read.sources import mlflow
os.chdir(sys.argv[1])
if os.getuid() == 0:  # Who may read everything.
    os.setgid(65534); os.setuid(65534)
found = source.find(Path("."), skip=[])
records = [source.load("mlflow").read(run, now=0.0, known={}, sink=None).record for run in found.runs]
print(json.dumps([found.hints, [one.file for record in records for one in record.problems]]))
"""


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path / "project", {f"mlruns/{path}": text for path, text in STORE.items()})
    closed = [tmp_path / "project/logs", tmp_path / f"project/mlruns/1/{RUN}/metrics"]
    closed[0].mkdir()
    for folder in closed:
        folder.chmod(0)
    command = [sys.executable, "-c", UNREAD, str(tmp_path / "project")]
    done = subprocess.run(command, capture_output=True, text=True)
    for folder in closed:
        folder.chmod(0o700)
    assert done.returncode == 0, done.stderr
    hint = "./logs cannot be read: Permission denied. What is in it is not shown"
    assert json.loads(done.stdout) == [[hint], ["metrics"]]
