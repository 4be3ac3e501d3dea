"""The site is the workspace: what a site publishes, built again, is the same site."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runpages.format import layout
from runpages.pull import pull
from runpages.site_files import Site
from runpages_site.build import FACTS, build
from runpages_site.write.site_folder import NOTES

from .conftest import NOW
from .test_outputs import PIXEL

EXAMPLE = Path(__file__).parent.parent.parent / "site-example" / "runs"
VERSION = "1.2.3"


def files_of(site: Path) -> dict[str, bytes]:
    """The files of a site but for the notes of its builds."""
    paths = (path for path in sorted(site.rglob("*")) if path.is_file())
    inner = {path.relative_to(site).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in inner.items() if name != FACTS and not name.startswith(NOTES)} | {
        ".runpages-site.json": (site / ".runpages-site.json").read_bytes()
    }


def built_twice(workspace: Path, folder: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The site of a workspace, and the one of what it publishes."""
    build(workspace, folder / "site", now=NOW, version=VERSION)
    done = pull(Site(str(folder / "site")), str(folder / "pulled"), portable=False)
    assert not done.refused and not done.different
    build(folder / "pulled", folder / "again", now=NOW, version=VERSION)
    return files_of(folder / "site"), files_of(folder / "again")


def assert_same(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_the_site_of_the_example_is_its_workspace(tmp_path: Path) -> None:
    assert_same(*built_twice(EXAMPLE, tmp_path))


# --- random workspaces ---------------------------------------------------------------------------------------

Put = Callable[[Path, dict[str, Any]], None]


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def write(folder: Path, path: str, data: str | bytes) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)


def file(path: str, data: str | bytes) -> Put:
    return lambda folder, document: write(folder, path, data)


def says(**known: Any) -> Put:
    return lambda folder, document: document.update(known)


def several(*puts: Put) -> Put:
    def all_of(folder: Path, document: dict[str, Any]) -> None:
        for put in puts:
            put(folder, document)

    return all_of


def snapshot(folder: Path, document: dict[str, Any]) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("train.py", "print(1)\n")
    write(folder, "snapshot.zip", data.getvalue())


def linked(folder: Path, document: dict[str, Any]) -> None:
    (folder / "artifacts").mkdir(exist_ok=True)
    (folder / "artifacts" / "out.txt").symlink_to("/etc/hostname")


IMAGES = [
    {"name": "samples", "step": 0, "file": "images/samples/0.png", "caption": "<b>", "width": 1, "height": 1},
    {"name": "samples", "step": 1, "file": "images/samples/gone.png"},
    {"name": "secret/x", "step": 1, "file": "images/hidden.png"},
]
CHART = {"type": "confusion_matrix", "step": 0, "data": {"class_labels": ["a", "b"], "matrix": [[1, 2], [3, 4]]}}

PARTS: dict[str, Put] = {
    "by hand": file("metrics.csv", "name,step,value\nloss,0,0.5\nloss,1,\nloss,2,0.25\n"),
    "torn": file("metrics.csv", "name,step,time,value,text\nloss,0,,0.5,\nbad line\n\"x,1"),
    "writers": several(
        file("metrics.csv", "name,step,time,value,text\nloss,0,1795000000,0.5,\n"),
        file("metrics.rank1-host-7-0123abcd.csv", "name,step,time,value,text\nloss,0,1795000000,0.75,\n"),
    ),
    "series": file("series.json", json.dumps({"format": 1, "series": {"loss": {"goal": "max", "unit": "m"}}})),
    "definitions": file(
        "definitions.jsonl",
        lines({"name": "loss", "goal": "min", "unit": "s"}, {"name": "secret/x", "goal": "max"}, 7) + "{torn",
    ),
    "images": several(
        file("images.jsonl", lines(*IMAGES)), file("images/samples/0.png", PIXEL), file("images/hidden.png", PIXEL)
    ),
    "unlisted": several(file("images/epoch_1.png", PIXEL), file("images/epoch_2.png", PIXEL), file("plot.png", PIXEL)),
    "media": several(
        file("media.jsonl", lines({"name": "page", "step": 0, "file": "media/p.html", "caption": "c"})),
        file("media/p.html", "<b>x</b><script>alert(1)</script>"),
    ),
    "table": file("tables/rows.jsonl", lines({"a": 1, "b": "ü"}, {"a": float("nan")})),
    "chart": file("charts/cm.jsonl", lines(CHART)),
    "artifacts": several(
        file("artifacts/model.pkl", b"\x80"), file("artifacts/a b/.hidden.html", "x"), file("artifacts/x~_y~.txt", "x"),
        file("artifacts/con.txt", "x"), file(f"artifacts/{'n' * 239}", "x"), file("artifacts/ü\u202e:.svg", "<svg/>"),
    ),
    "log": file("logs/console.log", "".join(f"line {at} \x1b[31mred\x1b[0m\n" for at in range(700))),
    "stray log": file("train.log", "a\n"),
    "strays": several(file("odd.xyz", "x"), file("code.py", "x"), file("plots/a.png", PIXEL)),
    "copy": file("run (1).json", "{}"),
    "config": file("config.json", '{"lr": 0.1}'),
    "readme": file("README.md", "*What* it is"),
    "snapshot": snapshot,
    "patch": several(file("git.diff", "--- a\n+++ b\n"), says(environment={"git": {"diff": "git.diff"}})),
    "link": linked,
    "params": says(params={"a": {"b": [1, "x", None]}, "secret": 1}, tags={"t": "<i>", "secret": "s"}),
    "text": says(name="n <i>", description="d *e*", owner={"host": "h", "pid": 1, "boot": "b"}, extra=1, parent="r1"),
    "times": says(created="2026-11-01T10:00:00Z", started="soon", ended="2026-11-01T11:00:00Z"),
    "done": says(status="Completed", started="2026-11-01T10:00:00Z", ended="2026-11-01T11:00:00Z"),
    "going on": says(status="Running", owner={"host": "elsewhere", "pid": 1}, started="2026-11-01T10:00:00Z"),
    "failed": says(status="Failed", error={"code": "UserError", "message": "m", "traceback": "t\nu"}),
    "changes": file("changes.h-1-0123abcd.jsonl", lines({"time": "2026-11-01T10:30:00Z", "tags": {"later": "1"}})),
}  # fmt: skip

EXPERIMENTS = ["demo", "odd: ~ names", "Index", "experiment.json", "a.b~", "ünï", "x" * 130]
RUNS = ["r1", "index", "a.html", "r 2", "README~_md~.txt", "~x", "CON", "20261101-100000-abcdef"]
SETTINGS = [
    "",
    "title: 'a: b'\nhide:\n  metrics: [secret/*]\n  params: [secret]\n  tags: [secret]\n",
    "experiments:\n  demo:\n    metric: loss\n    goals: {loss: min}\n    description: D\n  gone:\n    hidden: true\n",
    "hide:\n  runs: [r1]\n  experiments: [a.b*]\nlimits:\n  log_lines: 5\n",
]

RUN = st.tuples(
    st.sampled_from(RUNS), st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=9, unique=True),
    st.sampled_from(["", "run.json", "run.json", "broken"]),
)  # fmt: skip
EXPERIMENT = st.tuples(
    st.sampled_from(EXPERIMENTS),
    st.lists(RUN, min_size=1, max_size=3, unique_by=lambda run: run[0]),
    st.sampled_from([None, {}, {"format": 1, "name": "N", "description": "d", "tags": {"secret": "s", "t": None}}]),
    st.sampled_from([None, "# Read *me*\n"]),
)
WORKSPACE = st.tuples(
    st.lists(EXPERIMENT, min_size=1, max_size=2, unique_by=lambda one: one[0]),
    st.sampled_from(SETTINGS), st.sampled_from([None, "# Home\n"]),
)  # fmt: skip


def make_run(folder: Path, parts: list[str], kind: str) -> None:
    folder.mkdir(parents=True)
    document: dict[str, Any] = {"format": 1, "id": folder.name}
    for part in parts:
        PARTS[part](folder, document)
    if not kind and not (folder / "metrics.csv").exists():  # It would be no run.
        PARTS["by hand"](folder, document)
    if kind:
        write(folder, layout.RUN, json.dumps(document) if kind == layout.RUN else "{broken")


def make(workspace: Path, experiments: Any, yml: str, readme: str | None) -> None:
    workspace.mkdir()
    files = {layout.SETTINGS: yml or None, layout.README: readme}
    for name, runs, known, prose in experiments:
        for run, parts, kind in runs:
            make_run(workspace / name / run, parts, kind)
        files[f"{name}/{layout.EXPERIMENT}"] = None if known is None else json.dumps(known)
        files[f"{name}/{layout.README}"] = prose
    for path, text in files.items():
        if text is not None:
            write(workspace, path, text)
    for place in workspace.rglob("*"):
        os.utime(place, (NOW - 1000.25, NOW - 1000.25), follow_symlinks=False)


@settings(max_examples=int(os.environ.get("EXAMPLES", "12")), suppress_health_check=list(HealthCheck), deadline=None)
@given(WORKSPACE)
def test_any_site_is_its_workspace(workspace: Any) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        make(folder / "runs", *workspace)
        assert_same(*built_twice(folder / "runs", folder))
    finally:
        shutil.rmtree(folder)
