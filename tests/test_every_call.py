"""Every logging call, with numpy types and hostile names, is seen on the run's page."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from runpages import read
from runpages_site.build import build
from tests.format.schema import faults

NAME = '<script>alert(1)</script> "q" / é 日本 \\ %41'

SCRIPT = f"""
import os
os.environ["MPLBACKEND"] = "Agg"
import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure
import runpages

N = {NAME!r}
params = {{"param " + N: np.float32(0.5), "deep": {{"n": np.int64(3)}}}}
with runpages.start("e", name="name " + N, params=params, tags={{"tag " + N: N}}, description="about " + N) as run:
    run.define("goal " + N, unit="s", goal="min", description="said " + N)
    run.log("goal " + N, np.float32(0.25))
    run.log("goal " + N, np.int64(4))
    run.log("once " + N, np.int64(7), "described " + N)
    run.log("text " + N, np.str_("value " + N))
    for step in range(20):
        run.log({{"many/a " + N: np.float64(step), "many/b " + N: step * 0.5}}, step=step)
    run.log_list("list " + N, np.arange(5) ** 2)
    run.log_row("row " + N, a=np.int64(1), b="cell " + N)
    run.log_table("table " + N, {{"column " + N: np.arange(3), "y": np.linspace(0, 1, 3)}})
    run.log_image("array " + N, np.random.default_rng(0).random((32, 48, 3)), caption="caption " + N)
    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    run.log_image("figure " + N, plot=figure)
    run.log_image("plotly " + N, plot=go.Figure(go.Scatter(y=np.arange(3))), caption="below " + N)
    run.log_confusion_matrix("confusion " + N, {{"class_labels": ["a", "class " + N], "matrix": np.eye(2, dtype=int)}})
    run.log_accuracy_table("accuracy " + N, {{"probability_tables": np.ones((1, 1, 4), int)}})
    run.log_residuals("residuals " + N, {{"bin_edges": np.arange(3), "bin_counts": np.arange(2)}})
    run.log_predictions("predictions " + N, {{"bin_averages": np.ones(1), "bin_edges": np.arange(2)}})
    run.log_histogram("histogram " + N, np.random.default_rng(0).normal(size=1000))
    run.log_audio("audio " + N, np.sin(np.arange(4000) / 10), 8000)
    run.log_video("video " + N, b"\\0\\0\\0\\x18ftypmp42" + bytes(100))
    run.log_html("page " + N, "<h1>" + N)
    run.log_text("words " + N, "line " + N)
    with open("model.bin", "wb") as file:
        file.write(b"model")
    run.upload_file("outputs/kept (a&b) é 'x'.bin", "model.bin")
    run.add_properties({{"property": "prop " + N}})
# The same run again, by a process that does not own it; a child; a run that is made and not started.
with runpages.resume(run.folder) as again:
    again.log("many/b " + N, np.float32(1), step=20)
    again.log_image("array " + N, np.zeros((8, 8)))
    again.remove_tags(["tag " + N])
    again.set_tags({{"tag " + N: N}})
with again.child_run("child") as child:
    child.log("x", 1)
child.create_children(count=1)
"""
SHOWN = (
    "name", "param", "tag", "about", "goal", "said", "once", "described", "text", "value", "many/a", "many/b", "list",
    "row", "cell", "table", "column", "array", "caption", "figure", "plotly", "confusion", "class", "accuracy",
    "below", "residuals", "predictions", "histogram", "audio", "video", "page", "words", "prop",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("every")
    (folder / "every.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, "every.py"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    report = build(folder / "runs", folder / "site", now=time.time(), version="test")
    assert report.problems == {}
    (run,) = (one.folder for one in read(folder / "runs").runs if one.parent is None)
    return folder / "site" / "e" / "e" / f"{Path(run).name}.html"


def test_what_was_written_is_as_the_schemas_say(page: Path) -> None:
    runs = read(page.parents[3] / "runs").runs
    assert len(runs) == 3
    assert [fault for run in runs for fault in faults(Path(run.folder))] == []


@pytest.mark.parametrize("what", SHOWN)
def test_what_was_logged_is_on_the_page(page: Path, what: str) -> None:
    markup = page.read_text("utf-8")
    # Names stand in texts and, cut for the eye, whole in titles.
    assert f"{what} {NAME}" in html.unescape(re.sub(r"</?(bdi|span|b|strong)[^>]*>", "", markup))
    assert "<script>alert" not in markup


def test_every_file_of_the_run_is_linked_and_there(page: Path) -> None:
    links = {
        html.unescape(link) for link in re.findall(r'(?:href|src|data-[a-z-]+)="([^"#?]+)', page.read_text("utf-8"))
    }
    files = {
        path.relative_to(page.parent).as_posix() for path in (page.parent / page.stem).rglob("*") if path.is_file()
    }
    # What comparisons load is named by the address of their page.
    links |= {f"{page.stem}/{name}" for name in ("run.js", "compared.js")}
    # What they load of tables is named by those scripts.
    links |= set(
        re.findall(r'"e/[^"/]+/([^"]*/tables/[^"?]*\.js)', (page.parent / page.stem / "run.js").read_text("utf-8"))
    )
    # Scripts with the texts of further steps are named by the script of all media.
    links |= set(re.findall(r'"([^"]*/texts-\d+\.js)', (page.parent / page.stem / "images.js").read_text("utf-8")))
    linked = {unquote(link) for link in links}
    assert {file for file in files if file not in linked} == set()
