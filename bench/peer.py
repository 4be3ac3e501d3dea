"""The loggers that are compared, each behind the same few calls: start a run, log to it, finish it, read it back.

Monitoring of the system, captured consoles, git and telemetry are off, so that a logger pays for logging alone. No
library is imported before `load`: an object is made in the process and the environment that it is measured in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

Found = dict[str, list[float]]


class Script(NamedTuple):
    """The shortest script with the logger, in its three parts, as a bare interpreter runs it in an empty folder."""

    load: str
    begin: str
    end: str


class UnsupportedError(Exception):
    """The logger has no such call."""


class Logger:
    """What the measurements ask of a logger; `folder` is the one place it may write to."""

    name = ""
    package = ""
    needs: tuple[str, ...] = ()
    script: Script
    # How many points are written to be read back: fewer where a million takes minutes to write.
    points = 1_000_000

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def variables(cls, folder: Path) -> dict[str, str]:
        """Environment variables of its processes."""
        return {}

    def load(self) -> None:
        """Import the library."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin a run."""
        raise NotImplementedError

    def log(self, name: str, value: float, step: int) -> None:
        """Log one scalar."""
        raise NotImplementedError

    def log_many(self, values: dict[str, float], step: int) -> None:
        """Log scalars of one step, in one call where there is such."""
        for name, value in values.items():
            self.log(name, value, step)

    def fill(self, names: list[str], steps: int) -> None:
        """Write many points, by the fastest documented call."""
        for step in range(steps):
            self.log_many({name: step * 0.5 + k for k, name in enumerate(names)}, step)

    def image(self, name: str, pixels: Any, step: int) -> None:
        """Log an array of shape (H, W, 3)."""
        raise NotImplementedError

    def finish(self) -> None:
        """End the run."""
        raise NotImplementedError

    def token(self) -> str:
        """What another process has to know to join this run."""
        return ""

    def join(self, token: str) -> None:
        """Log to a run that another process has begun, instead of `start`."""
        raise NotImplementedError

    def reader(self) -> Callable[[], Found]:
        """What reads all values of the run, by name, with the logger's own reader; its modules are loaded."""
        raise NotImplementedError


class Runpages(Logger):
    """The one at hand, in the environment of this interpreter."""

    name = package = "runpages"
    script = Script("import runpages", "run = runpages.start('bench', root='runs', capture=False)", "run.complete()")

    joined = False

    def load(self) -> None:
        """Import the library."""
        self.library: Any = import_module("runpages")

    def start(self) -> None:
        """Begin a run, without notes of the surroundings."""
        self.run = self.library.start("bench", root=self.folder / "runs", capture=False)

    def log(self, name: str, value: float, step: int) -> None:
        """Log one scalar."""
        self.run.log(name, value, step=step)

    def log_many(self, values: dict[str, float], step: int) -> None:
        """Log scalars of one step."""
        self.run.log(values)

    def fill(self, names: list[str], steps: int) -> None:
        """Write many points, one a call."""
        for step in range(steps):
            for k, name in enumerate(names):
                self.run.log(name, step * 0.5 + k)

    def image(self, name: str, pixels: Any, step: int) -> None:
        """Log an array."""
        self.run.log_image(name, pixels, step=step)

    def finish(self) -> None:
        """End the run, if it is this process's to end."""
        if not self.joined:
            self.run.complete()

    def token(self) -> str:
        """The folder of the run."""
        return str(self.run.folder)

    def join(self, token: str) -> None:
        """Log to files of its own in the same run."""
        if not hasattr(self.library, "resume"):
            raise UnsupportedError("this version has no runpages.resume")
        self.run = self.library.resume(token)
        self.joined = True

    def reader(self) -> Callable[[], Found]:
        """The project's reader of a run folder."""
        read_run = import_module("runpages.format.read").read_run
        (folder,) = (path.parent for path in self.folder.glob("runs/*/*/run.json"))
        return lambda: {name: series.values for name, series in read_run(str(folder), now=time.time()).series.items()}


class Trackio(Logger):
    """Rows go to a queue, from which a thread stores them in SQLite."""

    QUIET: ClassVar = {"embed": False, "auto_log_gpu": False, "auto_log_cpu": False}
    name = package = "trackio"
    needs = ("trackio",)
    script = Script("import trackio", f"trackio.init(project='bench', name='run', **{QUIET})", "trackio.finish()")

    @classmethod
    def variables(cls, folder: Path) -> dict[str, str]:
        """Where its database goes."""
        return {"TRACKIO_DIR": str(folder / "trackio")}

    def load(self) -> None:
        """Import the library."""
        self.library: Any = import_module("trackio")

    def start(self, resume: str = "never") -> None:
        """Begin a run, or go on with it."""
        self.library.init(project="bench", name="run", resume=resume, **self.QUIET)

    def log(self, name: str, value: float, step: int) -> None:
        """Log one scalar."""
        self.library.log({name: value}, step=step)

    def log_many(self, values: dict[str, float], step: int) -> None:
        """Log scalars of one step."""
        self.library.log(values, step=step)

    def image(self, name: str, pixels: Any, step: int) -> None:
        """Log an array."""
        self.library.log({name: self.library.Image(pixels)}, step=step)

    def finish(self) -> None:
        """Wait for the thread."""
        self.library.finish()

    def join(self, token: str) -> None:
        """Go on with the run of this name, which has a stored point by then."""
        self.start("allow")

    def reader(self) -> Callable[[], Found]:
        """The rows as its own storage gives them."""
        storage = import_module("trackio.sqlite_storage").SQLiteStorage

        def read() -> Found:
            found: Found = {}
            for row in storage.get_logs("bench", "run"):
                for name, value in row.items():
                    if name not in {"step", "timestamp"} and isinstance(value, int | float):
                        found.setdefault(name, []).append(value)
            return found

        return read


class TensorboardX(Logger):
    """Events go to a queue of ten, from which a thread writes them to a buffered file."""

    name = package = "tensorboardX"
    needs = ("tensorboardX", "tensorboard")
    script = Script("from tensorboardX import SummaryWriter", "writer = SummaryWriter('events')", "writer.close()")
    points = 100_000

    def load(self) -> None:
        """Import the library."""
        self.library: Any = import_module("tensorboardX")

    def start(self) -> None:
        """Open an event file."""
        self.writer = self.library.SummaryWriter(str(self.folder / "events"))

    def log(self, name: str, value: float, step: int) -> None:
        """Log one scalar."""
        self.writer.add_scalar(name, value, step)

    def image(self, name: str, pixels: Any, step: int) -> None:
        """Log an array."""
        self.writer.add_image(name, pixels, step, dataformats="HWC")

    def finish(self) -> None:
        """Wait for the thread and close the file."""
        self.writer.close()

    def join(self, token: str) -> None:
        """Open another event file in the same folder, as its readers expect."""
        self.start()

    def reader(self) -> Callable[[], Found]:
        """The reader of TensorBoard, keeping every event."""
        module = import_module("tensorboard.backend.event_processing.event_accumulator")

        def read() -> Found:
            events = module.EventAccumulator(str(self.folder / "events"), size_guidance={"scalars": 0})
            events.Reload()
            return {tag: [event.value for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}

        return read


class Dvclive(Logger):
    """A tab-separated file a metric, opened and closed at each call."""

    QUIET: ClassVar = {"save_dvc_exp": False, "dvcyaml": None}
    name = package = "dvclive"
    needs = ("dvclive",)
    script = Script("from dvclive import Live", f"live = Live('live', **{QUIET})", "live.end()")
    points = 100_000

    @classmethod
    def variables(cls, folder: Path) -> dict[str, str]:
        """Without telemetry."""
        return {"DVC_NO_ANALYTICS": "1"}

    def load(self) -> None:
        """Import the library."""
        self.library: Any = import_module("dvclive")

    def start(self, resume: bool = False) -> None:
        """Begin a run, or go on with it; without git and dvc.yaml."""
        self.live = self.library.Live(str(self.folder / "live"), resume=resume, **self.QUIET)

    def log(self, name: str, value: float, step: int) -> None:
        """Log one scalar; the step is set, since `next_step` would rewrite the summary each time."""
        self.live.step = step
        self.live.log_metric(name, value)

    def log_many(self, values: dict[str, float], step: int) -> None:
        """Log scalars of one step."""
        self.live.step = step
        for name, value in values.items():
            self.live.log_metric(name, value)

    def image(self, name: str, pixels: Any, step: int) -> None:
        """Log an array."""
        self.live.log_image(f"{name}-{step}.png", pixels)

    def finish(self) -> None:
        """End the run."""
        self.live.end()

    def join(self, token: str) -> None:
        """Go on with the run."""
        self.start(resume=True)

    def reader(self) -> Callable[[], Found]:
        """Its own parser of its files."""
        parse = import_module("dvclive.utils").parse_tsv
        paths = sorted((self.folder / "live/plots/metrics").rglob("*.tsv"))
        return lambda: {path.stem: [float(row[path.stem]) for row in parse(path)] for path in paths}


class Mlflow(Logger):
    """The file store: a file a metric, opened and closed at each call."""

    name = package = "mlflow-skinny"
    needs = ("mlflow-skinny", "sqlalchemy", "alembic")
    script = Script(
        "import mlflow; from os import getcwd",
        "mlflow.set_tracking_uri(f'file://{getcwd()}/mlruns'); mlflow.start_run()",
        "mlflow.end_run()",
    )
    points = 100_000

    @classmethod
    def variables(cls, folder: Path) -> dict[str, str]:
        """Recent versions have to be told that files are meant."""
        return {
            "MLFLOW_ALLOW_FILE_STORE": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_PYTHON_REFRESH": "quiet",
        }

    def load(self) -> None:
        """Import the library."""
        self.library: Any = import_module("mlflow")
        self.library.set_tracking_uri(f"file://{self.folder}/mlruns")

    def start(self) -> None:
        """Begin a run."""
        self.run = self.library.start_run()

    def log(self, name: str, value: float, step: int) -> None:
        """Log one scalar."""
        self.library.log_metric(name, value, step=step)

    def log_many(self, values: dict[str, float], step: int) -> None:
        """Log scalars of one step."""
        self.library.log_metrics(values, step=step)

    def fill(self, names: list[str], steps: int) -> None:
        """Write many points, in batches of a thousand."""
        metric = import_module("mlflow.entities").Metric
        client, now, batch = self.library.MlflowClient(), int(time.time() * 1000), []
        for step in range(steps):
            batch += [metric(name, step * 0.5 + k, now, step) for k, name in enumerate(names)]
            if len(batch) >= 1000 or step == steps - 1:
                client.log_batch(self.run.info.run_id, metrics=batch)
                batch = []

    def image(self, name: str, pixels: Any, step: int) -> None:
        """Log an array."""
        self.library.log_image(pixels, artifact_file=f"{name}-{step}.png")

    def finish(self) -> None:
        """End the run."""
        self.library.end_run()

    def token(self) -> str:
        """The id of the run."""
        return str(self.run.info.run_id)

    def join(self, token: str) -> None:
        """Go on with the run."""
        self.run = self.library.start_run(run_id=token)

    def reader(self) -> Callable[[], Found]:
        """The client's history of each metric."""
        client = self.library.MlflowClient()

        def read() -> Found:
            found: Found = {}
            for run in client.search_runs(["0"]):
                for name in run.data.metrics:
                    history = client.get_metric_history(run.info.run_id, name)
                    found[name] = [metric.value for metric in history]
            return found

        return read


LOGGERS: dict[str, type[Logger]] = {kind.name: kind for kind in (Runpages, Trackio, TensorboardX, Dvclive, Mlflow)}


def environment(kind: type[Logger], folder: Path) -> dict[str, str]:
    """That of a new user, with an empty home; numpy's pool of threads, which is nobody's here, is left out."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    if not kind.needs and "PYTHONPATH" in os.environ:
        kept["PYTHONPATH"] = os.environ["PYTHONPATH"]
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {**kept, "HOME": str(home), "OPENBLAS_NUM_THREADS": "1", **kind.variables(folder)}
