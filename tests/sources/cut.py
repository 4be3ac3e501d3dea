"""Damages a small sample of each source: cuts at every byte, and bits that are flipped.

`python -m tests.sources.cut [SOURCE...]` does so at every place of every sample, which takes minutes; the tests do it
at some places of the larger ones.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow
from pyarrow import parquet

from runpages_site.read.source import GROUP, OWN, Source
from runpages_site.read.sources.record_log import HEADER, SWANLAB

from . import event_writer as w

NOW = 1_900_000_000.0
RUN = "0123456789abcdef0123456789abcdef"

Point = tuple[str, str, float, str]
"""The run, the metric, the step and the value of a point."""


class Sample(NamedTuple):
    """A folder that a source reads, and the one of its files that is damaged.

    A file that has checksums, so that no flipped bit may change a value, has the ``ends`` of its records.
    """

    files: dict[str, bytes]
    damaged: str
    ends: frozenset[int] = frozenset()
    stride: int = 1
    """Every how many bytes the tests damage it."""


class Outcome(NamedTuple):
    """What was read of a folder: the points, and whether anything was said."""

    points: frozenset[Point]
    words: tuple[str, ...]


def ends_of(parts: Iterable[bytes]) -> frozenset[int]:
    """Where the parts of a file end."""
    return frozenset(accumulate(map(len, parts)))


def events() -> list[bytes]:
    """The records of an event file with a number, a text, a picture, a histogram and a precision–recall curve."""
    bins = w.field(1, 0.0) + w.field(2, 1.0) + w.field(6, struct.pack("<d", 1.0)) + w.field(7, struct.pack("<d", 4.0))
    shape = w.field(2, w.field(2, w.field(1, 6)) + w.field(2, w.field(1, 2)))
    curve = w.field(1, 1) + shape + w.field(4, struct.pack("<12f", *range(12)))
    values = [
        *(w.scalar("loss", step / 3) for step in range(4)),
        w.texts("note", "text", b"word"),
        w.field(1, b"h") + w.field(5, bins),
        w.field(1, b"pr") + w.field(8, curve) + w.metadata("pr_curves"),
    ]
    return [*map(w.frame, (w.VERSION, *(w.event(1.7e9, step, one) for step, one in enumerate(values))))]


def record_log() -> list[bytes]:
    """The header and the records of a log of Weights & Biases with a run, three rows of a history and an exit."""

    def item(number: int, **values: object) -> bytes:
        pairs = ((name.encode(), json.dumps(value).encode()) for name, value in values.items())
        return b"".join(w.field(number, w.field(1, name) + w.field(16, value)) for name, value in pairs)

    rows = [w.field(2, item(1, loss=step / 3, word=f"w{step}", _step=step, _timestamp=1.7e9)) for step in range(3)]
    run = w.field(17, w.field(1, b"abcd") + w.field(3, b"mine") + w.field(4, item(1, lr=0.5)))
    return [HEADER + b"\0", *framed([run, *rows, w.field(18, w.field(1, 0))])]


def framed(records: list[bytes]) -> Iterator[bytes]:
    """Records as they stand in a record log."""
    return (struct.pack("<IHB", zlib.crc32(b"\1" + one), len(one), 1) + one for one in records)


def swanlab_log() -> list[bytes]:
    """The header and the records of a log of SwanLab with a run, three numbers, a picture and an end."""
    time = w.field(1, 1_700_000_000)
    start = w.field(10, w.field(1, b"mine") + w.field(4, b"one") + w.field(12, time))
    rows = [(w.field(1, b"loss"), step, w.field(1, step / 3)) for step in range(1, 4)]
    points = [w.field(13, key + w.field(2, step) + w.field(4, time) + w.field(5, value)) for key, step, value in rows]
    picture = w.field(14, w.field(1, b"a") + w.field(5, w.field(1, w.field(1, b"a.png") + w.field(4, b"words"))))
    finish = w.field(11, w.field(1, 1) + w.field(3, time))
    return [SWANLAB.header + b"\2", *framed([start, *points, picture, finish])]


def trackio() -> bytes:
    """A database of trackio with one run, in small pages."""
    with tempfile.TemporaryDirectory() as folder:
        made = sqlite3.connect(f"{folder}/mine.db")
        made.executescript("""
            pragma page_size = 512;
            create table metrics (id integer primary key, run_id text, timestamp text, run_name text, step integer,
                                  metrics text);
            create table configs (id integer primary key, run_id text, run_name text, config text);
            insert into metrics values (1, 'a', '2024-01-01T00:00:00', 'one', 1, '{"loss": 1.25}'),
                                       (2, 'a', '2024-01-01T00:00:01', 'one', 20, '{"loss": 0.125}');
            insert into configs values (1, 'a', 'one', '{"lr": 0.5}');
        """)
        made.close()
        return Path(folder, "mine.db").read_bytes()


def neptune() -> dict[str, bytes]:
    """A file as Neptune's exporter writes it, with two numbers and a parameter."""
    columns = {
        "attribute_path": ["loss", "loss", "lr"],
        "attribute_type": ["float_series", "float_series", "float"],
        "step": [1.0, 20.0, None],
        "float_value": [1.25, 0.125, 0.5],
    }
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), out, compression="snappy")
    return {"mine-0123456789abcdef/a-0123456789abcdef_part_0.parquet": out.getvalue()}


def archive() -> bytes:
    """A log of Inspect with a score."""
    score = {"name": "match", "metrics": {"accuracy": {"value": 0.5}}}
    header = {"status": "success", "eval": {"task": "a", "model": "m"}, "results": {"scores": [score]}}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("header.json", json.dumps(header))
        made.writestr("summaries.json", '[{"id": 1, "scores": {"match": {"value": "C"}}}]')
    return packed.getvalue()


def database() -> bytes:
    """A database of MLflow with one run, in small pages."""
    with tempfile.TemporaryDirectory() as folder:
        made = sqlite3.connect(f"{folder}/mlflow.db")
        made.executescript(f"""
            pragma page_size = 512;
            create table experiments (experiment_id integer primary key, name text, lifecycle_stage text);
            create table runs (run_uuid text primary key, name text, status text, start_time integer, end_time integer,
                               lifecycle_stage text, artifact_uri text, experiment_id integer, user_id text);
            create table metrics (run_uuid text, key text, value float, timestamp integer, step integer, is_nan integer,
                                  primary key (run_uuid, key, timestamp, step));
            create table params (key text, value text, run_uuid text);
            create table tags (key text, value text, run_uuid text);
            insert into experiments values (1, 'mine', 'active');
            insert into runs values ('{RUN}', 'a', 'FINISHED', 1, 2, 'active', '', 1, 'me');
            insert into metrics values ('{RUN}', 'loss', 2.0, 1000, 0, 0), ('{RUN}', 'loss', 1.0, 2000, 1, 0);
        """)
        made.close()
        return Path(folder, "mlflow.db").read_bytes()


META = b"artifact_location: ./mlruns/1\nexperiment_id: '1'\nlifecycle_stage: active\nname: mine\n"
RUN_META = f"run_id: {RUN}\nrun_name: mine\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000001000\n".encode()
STATE = b'{"log_history": [{"step": 1, "loss": 1.25}, {"step": 20, "loss": 0.125}], "max_steps": 10}'
SACRED = {
    "1/run.json": b'{"experiment": {"name": "mine"}, "status": "COMPLETED", "heartbeat": "2024-01-01T00:00:00"}',
    "1/config.json": b'{"lr": 0.5}',
    "1/cout.txt": b"",
    "1/metrics.json": b'{"loss": {"steps": [0, 10], "timestamps": ["2024-01-01T00:00:00", "2024-01-01T00:00:01"], '
    b'"values": [1.5, {"dtype": "float32", "value": 0.25}]}}',
}
WIDE = b"epoch,step,loss\n0,1,1.25\n0,20,0.125\n1,300,0.0625\n"
DVC = {
    "dvclive/metrics.json": b'{"step": 20, "loss": 0.125}',
    "dvclive/params.yaml": b"lr: 0.5\n",
    "dvclive/plots/metrics/loss.tsv": b"timestamp\tstep\tloss\n1700000000000\t1\t1.25\n1700000001000\t20\t0.125\n",
}
EVENTS, LOG, SWAN = events(), record_log(), swanlab_log()
BESIDE = "version_0/a.tfevents.1"
RESULTS = "out/all_results.json"
LINES = b'{"index": 1, "data": 1.25, "create_time": "2024-01-01T00:00:00"}\n{"index": 20, "data": 0.125}\n'
SWANLOG = "swanlog/run-20240101_000000-abcd"
GUILD = "runs/0123/.guild"
SCORES = {"scores": [{"name": "a", "metrics": {"b": {"value": 0.5}}}]}
INSPECT = json.dumps({"version": 2, "status": "success", "eval": {"model": "m"}, "results": SCORES}).encode()
FRAGMENT = b'{"v": 1, "kind": "metric", "project": "p", "run": "r", "metrics": {"loss": 0.5}, "step": 10}\n'
WANDB = "wandb/run-20240101_000000-abcd"
MLRUNS = {"mlruns/1/meta.yaml": META, f"mlruns/1/{RUN}/meta.yaml": RUN_META}
POINTS = b"1700000000000 2.25 10\n1700000001000 1.125 200\n"


def each(files: dict[str, bytes]) -> list[Sample]:
    """A sample for each of some files with content, which the others lie beside."""
    return [Sample(files, name) for name in files if files[name]]


SAMPLES: dict[str, list[Sample]] = {
    "mlflow": each({**MLRUNS, f"mlruns/1/{RUN}/metrics/loss": POINTS}),
    "mlflow-database": [Sample({"mlflow.db": database()}, "mlflow.db", stride=67)],
    "wandb": [
        Sample({f"{WANDB}/run-abcd.wandb": b"".join(LOG)}, f"{WANDB}/run-abcd.wandb", ends_of(LOG)),
        *each({f"{WANDB}/files/wandb-summary.json": b'{"loss": 0.125, "_step": 3}'}),
        *each({f"{WANDB}/files/config.yaml": b"lr:\n  desc: null\n  value: 0.5\n"}),
    ],
    "swanlab": [
        Sample({f"{SWANLOG}/run-abcd.swanlab": b"".join(SWAN)}, f"{SWANLOG}/run-abcd.swanlab", ends_of(SWAN)),
        *each({f"{SWANLOG}/files/swanlab-metadata.json": b"{}", f"{SWANLOG}/logs/loss/1000.log": LINES}),
    ],
    "guild": [
        Sample(
            {f"{GUILD}/attrs/flags": b"lr: 0.5\n", f"{GUILD}/a.tfevents": b"".join(EVENTS)},
            f"{GUILD}/a.tfevents",
            ends_of(EVENTS),
            stride=7,
        ),
        *each(
            {
                f"{GUILD}/attrs/flags": b"lr: 0.5\n'n': 3\n",
                f"{GUILD}/attrs/started": b"1700000000000000",
                f"{GUILD}/opref": b"script:/a '' '' train.py",
            }
        ),
    ],
    "trackio": [
        Sample({"mine.db": trackio()}, "mine.db", stride=67),
        *each({"inbox/writer/00000000.jsonl": FRAGMENT}),
    ],
    "inspect": [
        *each({"2024-01-01T00-00-00-00-00_a_b.json": INSPECT}),
        Sample({"a.eval": archive()}, "a.eval", frozenset([len(archive())]), stride=3),
    ],
    "dvclive": each(DVC),
    "sacred": each(SACRED),
    "ultralytics": each({"a/results.csv": WIDE, "a/args.yaml": b"task: detect\nlr0: 1e-3\n"}),
    "lightning": [
        *each({"version_0/metrics.csv": WIDE, "version_0/hparams.yaml": b"lr: !!python/name:a.B ''\n"}),
        Sample({"version_0/metrics.csv": WIDE, BESIDE: b"".join(EVENTS)}, BESIDE, ends_of(EVENTS)),
    ],
    "hugging-face": [
        *each({"out/trainer_state.json": STATE}),
        Sample({"out/trainer_state.json": STATE, RESULTS: b'{"eval_loss": 1.5}'}, RESULTS),
    ],
    "tensorboard": [Sample({"run/a.tfevents.1": b"".join(EVENTS)}, "run/a.tfevents.1", ends_of(EVENTS))],
    "keras": each({"a/training.log": b"epoch,loss,val_loss\n0,1.25,NA\n1,0.125,0.5\n10,0.0625,0.25\n"}),
    "wandb-export": each(
        {"a.csv": b'"Step","one - loss","one - loss__MIN"\n"1","1.25","1.25"\n"20","0.125","0.125"\n'}
    ),
    "neptune": [one._replace(stride=7) for one in each(neptune())],
    "aim": each({"a.csv": b"step,value,run.hash,run.lr,metric.name\n1,1.25,ab,0.5,loss\n20,0.125,ab,0.5,loss\n"}),
    "table": [
        *each({"a/log.csv": WIDE}),
        *each({"a/log.jsonl": b'{"step": 1, "loss": 1.25}\n{"step": 20, "loss": 0.125}\n'}),
    ],
}
"""The samples of each source by its name."""


def read(source: Source, folder: Path) -> Outcome:
    """What a source finds in a folder, as a build asks it."""
    found, points, words = source.find(str(folder), skip=()), set[Point](), list[str]()
    for run in found.runs:
        source.read_head(run, now=NOW)
        record = source.read(run, now=NOW, known={}, sink=None).record
        words += [problem.message for problem in record.problems]
        for name, one in record.series.items():
            points |= {(run.name, name, *point) for point in zip(one.steps, map(repr, one.values), strict=True)}
    return Outcome(frozenset(points), (*found.hints, *words, *([] if found.runs else ["There are no runs"])))


def damaged(data: bytes, stride: int, bits: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """The data cut at places, and with bits flipped there, each with what was done."""
    for at in range(0, len(data), stride):
        yield f"cut at {at}", data[:at]
        for bit in bits:
            flipped = bytearray(data)
            flipped[at] ^= 1 << (bit + at) % 8
            yield f"bit {(bit + at) % 8} of byte {at} flipped", bytes(flipped)


def mistake(sample: Sample, whole: Outcome, what: str, data: bytes, found: Outcome) -> str:
    """What is wrong with the outcome of reading a damaged sample; empty if nothing is."""
    is_cut = what.startswith("cut")
    if not is_cut and not sample.ends:
        return ""
    if not found.points <= whole.points and not found.words:
        return f"{sample.damaged}, {what}: other points {set(found.points - whole.points)} without a word"
    # A table that ends with a line is a whole one.
    is_whole = is_cut and (data.endswith(b"\n") or not data or len(data) in sample.ends)
    if found.points != whole.points and not found.words and not is_whole:
        return f"{sample.damaged}, {what}: fewer points without a word"
    return ""


def mistakes(name: str, sample: Sample, folder: Path, stride: int, bits: Iterable[int]) -> list[str]:
    """What goes wrong as the damaged file of a sample is read in many states. Raises what the source raises."""
    (point,) = entry_points(group=GROUP, name=name)
    source: Source = point.load()()
    for path, data in sample.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    whole = read(source, folder)
    found = []
    for what, data in damaged(sample.files[sample.damaged], stride, bits):
        (folder / sample.damaged).write_bytes(data)
        try:
            found.append(mistake(sample, whole, what, data, read(source, folder)))
        except Exception as error:
            error.add_note(f"{sample.damaged}, {what}")
            raise
    return [one for one in found if one]


def main(names: Any) -> None:
    """Damage all samples at every place."""
    for name in names or SAMPLES:
        for sample in SAMPLES[name]:
            with tempfile.TemporaryDirectory() as folder:
                found = mistakes(name, sample, Path(folder), 1, range(8))
            print(f"{name}, {sample.damaged}: {len(found)} mistakes", *found[:5], sep="\n  ")
    print("without a sample:", ", ".join(sorted(set(OWN) - set(SAMPLES))) or "none")


if __name__ == "__main__":
    main(sys.argv[1:])
