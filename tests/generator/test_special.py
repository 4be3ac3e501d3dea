"""Whatever lies in a place that a build reads, the build ends, and the other runs are there."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runpages_site.build import build
from runpages_site.check.site import check
from runpages_site.errors import BuildError
from runpages_site.site import MANIFEST

from .conftest import NOW

PATIENCE = 20
POINTS = "name,step,time,value,text\nloss,0,1.0,0.5,\nloss,1,2.0,0.25,\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55")

RUN = (
    "run.json", "metrics.csv", "metrics.x.csv", "metrics.x.y.csv", "series.json", "series.x.json", "changes.x.jsonl",
    "images.jsonl", "images.x.jsonl", "media.jsonl", "media.x.jsonl", "snapshot.zip", "other",
    "tables", "charts", "images", "media", "artifacts", "logs",
    "tables/t.jsonl", "tables/t.x.jsonl", "charts/c.jsonl", "images/p/0.png", "images/p/0.svg", "images/p",
    "media/m/0.html", "media/m/0.mp4", "artifacts/a.txt", "artifacts/d", "artifacts/d/a.ipynb", "artifacts/a.csv",
    "artifacts/.env", "logs/a.log", "logs/patch.diff",
)  # fmt: skip
WORKSPACE = (
    "demo/experiment.json", "demo/README.md", "demo/.runpages", "demo/x", "experiment",
    "README.md", "runpages.yml", "../runpages.yml", ".runpages", ".runpages/site.json", ".runpages/trash",
    "reports", "reports/a.md", "theme", "theme/templates", "theme/templates/run.html.jinja",
    "theme/templates/x/card.html.jinja", "theme/css", "theme/css/user.css", "theme/js", "theme/js/x.js",
    "theme/vendor", "theme/vendor/plotly.css", "theme/icons/x.svg",
)  # fmt: skip
SITE = (
    "index.html", "build.js", "search.js", ".nojekyll", "e/demo/index.html", "e/demo/good.html", "e/demo/good",
    "e/demo/good/points.js", "e/demo/good/metrics.csv", "e/demo/good/run.json", "e", "assets",
    ".runpages", ".runpages/state.json", ".runpages/unfinished.json", ".runpages/runs/demo.jsonl", ".runpages/hashes",
    ".runpages/points", ".runpages-unfinished", MANIFEST,
)  # fmt: skip


class Hung(BaseException):
    """No error of the code under test, which may catch those."""


@contextmanager
def patience() -> Iterator[None]:
    """Within, what waits for ever is interrupted."""

    def interrupt(number: int, frame: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def listen(path: Path) -> None:
    # The name of a socket may have 107 bytes at most, and a test's folder is often longer.
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(path.parent)
        try:
            listener.bind(path.name)
        finally:
            os.chdir(here)


def link_to_pipe(path: Path) -> None:
    pipe = path.with_name(f".{path.name}.pipe")
    os.mkfifo(pipe)
    path.symlink_to(pipe.name)


KINDS: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "socket": listen,
    "folder": Path.mkdir,
    "file": Path.touch,
    "dangling": lambda path: path.symlink_to("nothing"),
    "loop": lambda path: path.symlink_to(path.name),
    "self": lambda path: path.symlink_to("."),
    "up": lambda path: path.symlink_to(".."),
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "to a pipe": link_to_pipe,
}
if hasattr(os, "geteuid") and os.geteuid() == 0:
    KINDS["device"] = lambda path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))


# Most kinds take the same ways through the code.
EACH_KIND = [
    pytest.param(kind, marks=() if kind in {"pipe", "folder", "loop"} else pytest.mark.often) for kind in KINDS
]


def put(kind: str, path: Path) -> None:
    """Something in a place, instead of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(f".was-{path.name}"))
    else:
        path.unlink(missing_ok=True)
    KINDS[kind](path)


def good(runs: Path, run: str = "good", experiment: str = "demo") -> Path:
    folder = runs / experiment / run
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(POINTS)
    return folder


def lists(folder: Path) -> None:
    """What names the files of a run, so that they are looked for."""
    (folder / "run.json").write_text(
        '{"format": 1, "status": "Completed", "environment": {"git": {"patch": "logs/patch.diff"}}}'
    )
    names = ("images/p/0.png", "images/p/0.svg"), ("media/m/0.html", "media/m/0.mp4")
    for kind, files in zip(("images", "media"), names, strict=True):
        lines = (f'{{"name": "p", "step": {at}, "file": "{file}"}}\n' for at, file in enumerate(files))
        (folder / f"{kind}.jsonl").write_text("".join(lines))


def is_there(site: Path) -> None:
    assert "0.25" in (site / "e/demo/good.html").read_text()


@pytest.mark.parametrize("kind", EACH_KIND)
def test_in_every_place_of_a_run(kind: str, tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    good(runs)
    for at, name in enumerate(RUN):
        folder = good(runs, f"r{at:02}", "special")
        lists(folder)
        put(kind, folder / name)
    with patience():
        report = build(runs, site, now=NOW, version="1")
    assert report.runs == 1 + len(RUN), report.problems
    is_there(site)


@pytest.mark.parametrize("kind", EACH_KIND)
@pytest.mark.parametrize("name", WORKSPACE)
def test_in_every_place_of_a_workspace(kind: str, name: str, tmp_path: Path) -> None:
    if name.endswith("run.html.jinja") and kind == "file":
        return  # That is a template, which makes empty pages.
    runs, site = tmp_path / "runs", tmp_path / "site"
    good(runs)
    put(kind, runs / name)
    with patience():
        try:
            build(runs, site, now=NOW, version="1")
        except BuildError as error:
            assert name in str(error)
            return
    is_there(site)


@pytest.mark.parametrize("kind", EACH_KIND)
@pytest.mark.parametrize("name", SITE)
def test_in_every_place_of_a_site(kind: str, name: str, tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    good(runs)
    build(runs, site, now=NOW, version="1")
    put(kind, site / name)
    with (runs / "demo" / "good" / "metrics.csv").open("a") as file:
        file.write("loss,2,,0.125,\n")
    with patience():
        try:
            build(runs, site, now=NOW, version="1")
        except BuildError as error:
            assert str(site) in str(error) or "cannot be written" in str(error)
            return
    is_there(site)


# --- folders in folders -----------------------------------------------------------------------------------


def nested(folder: Path, levels: int, name: str = "d") -> None:
    """A file so deep that its path may be longer than the system takes."""
    here = Path.cwd()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    try:
        for _ in range(levels):
            os.mkdir(name)
            os.chdir(name)
        Path("leaf.jinja").write_text("x")
    finally:
        os.chdir(here)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder for folders nested so deeply that pytest could not remove them."""
    yield tmp_path
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)


@pytest.mark.parametrize("levels", [150, 1100, 2300])
def test_folders_that_are_nested_deeply_cost_no_run(levels: int, deep: Path) -> None:
    runs, site = deep / "runs", deep / "site"
    good(runs)
    for name in ("artifacts", "logs", "images", "media", "tables", "charts", "other"):
        nested(good(runs, name) / name, levels)
    nested(runs / "experiment", levels)
    nested(runs / "theme" / "templates", levels)
    report = build(runs, site, now=NOW, version="1")
    assert report.runs == 8
    left_out = {problem.action for problem in report.problems.get(str(runs / "demo" / "artifacts"), ())}
    assert left_out == ({"Folder skipped"} if levels > 200 else set())
    is_there(site)
    assert check(site).problems == []
    assert build(runs, site, now=NOW, version="1").changed == 0


def test_a_path_that_is_too_long_in_the_site_costs_one_file(deep: Path) -> None:
    runs, site = deep / "runs", deep.joinpath(*["s" * 200] * 3) / "site"
    good(runs)
    nested(good(runs, "long") / "artifacts", 17, "n" * 200)
    report = build(runs, site, now=NOW, version="1")
    (problem,) = report.problems[str(runs / "demo" / "long")]
    assert problem.message == "It cannot be copied: File name too long"
    assert report.runs == 2
    is_there(site)
    assert check(site).problems == []


# --- numbers of any size in any field -----------------------------------------------------------------------

ODD = (
    "1e400", "-1e400", "1" + "0" * 5000, "-1" + "0" * 300, "1e308", "-1e308", "5e-324", "-0.0", "NaN", "-Infinity",
    '{"float": "inf"}', "-1", "9223372036854775808", "1e18", "253402300800", "-62135596801", "true", "null", '"x"',
    "[]", "{}", '"9999-12-31T23:59:59-23:59"', "[" * 100_000, "[" * 100_000 + "]" * 100_000, "[" * 90 + "]" * 90,
)  # fmt: skip
DOCUMENTS: dict[str, Any] = {
    "run.json": {
        "format": 1, "id": "r", "name": "n", "number": 3, "status": "Running", "created": 1.5, "started": 2, "ended": 3,
        "owner": {"host": "h", "boot_id": "b", "pid": 1, "pid_start": 2, "pid_namespace": "x"}, "exit": {"code": 1},
        "tags": {"a": "b"}, "properties": {"p": "q"}, "params": {"lr": 0.1, "deep": {"x": [1, 2]}},
        "environment": {"python": "3", "command": ["a"], "git": {"commit": "c", "dirty": True}, "cpu_count": 4},
        "error": {"code": "c", "message": "m"},
    },
    "series.json": {"format": 1, "series": {"loss": {"goal": "min", "unit": "s"}}, "files": {"tables/t": "name"}},
    "changes.x.jsonl": {"time": 1.5, "tags": {"a": "b"}, "params": {"z": 2}, "ended": 3, "owner": {"pid": 1}},
    "images.jsonl": {"name": "p", "step": 1, "time": 2, "file": "images/p/0.png", "width": 3, "height": 4},
    "media.jsonl": {"name": "m", "step": 1, "time": 2, "file": "media/m/0.mp4"},
    "tables/t.jsonl": {"a": 1, "b": "x"},
    "charts/c.jsonl": {"type": "histogram", "step": 1, "time": 2, "data": {"edges": [1, 2, 3], "counts": [4, 5]}},
}  # fmt: skip
MARK = "@odd@"


def marked(value: Any) -> Iterator[Any]:
    """The value with the mark in the place of each of its parts in turn, and of itself."""
    yield MARK
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        for inner in marked(item):
            copy = value.copy()
            copy[key] = inner
            yield copy


def mutants(odd: str) -> Iterator[tuple[str, str]]:
    """File and content: each field of each document in turn is the odd value."""
    for file, document in DOCUMENTS.items():
        for one in marked(document):
            yield file, json.dumps(one).replace(f'"{MARK}"', odd) + "\n"
    for column in range(5):
        row = ["loss", "1", "2", "0.5", ""]
        row[column] = odd
        yield "metrics.csv", f"{POINTS}{','.join(row)}\nloss,3,4,0.5,\n"


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_every_field_may_hold_what_it_should_not(odd: str, tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    good(runs)
    for at, (file, content) in enumerate(mutants(odd), 1):
        folder = good(runs, f"r{at:03}", "odd")
        for other, document in DOCUMENTS.items():
            (folder / other).parent.mkdir(exist_ok=True)
            (folder / other).write_text(json.dumps(document) + "\n")
        (folder / file).write_text(content)
    report = build(runs, site, now=NOW, version="1")
    lost = [one for some in report.problems.values() for one in some if "could not be rendered" in one.message]
    assert lost == []
    assert report.runs == 1 + at
    is_there(site)
