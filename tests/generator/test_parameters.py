"""The configuration in YAML beside the metrics as parameters: plain values only, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages_site.build import Report
from runpages_site.read.run_folder import read_run
from tests.generator.conftest import NOW, MakeRun

Built = Callable[[], tuple[Path, Report]]


def params(run: Path) -> Any:
    return read_run(str(run), now=NOW).record.params


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lr: 0.1\nlayers: [32, 16]\n", {"lr": 0.1, "layers": [32, 16]}),
        ("lr: 1e-3\nwd: 1.5E+2\nname: '1e-3'\n", {"lr": 0.001, "wd": 150.0, "name": "1e-3"}),
        ("since: 2026-01-01\n1: a\nnone:\n", {"since": "2026-01-01", "1": "a", "none": None}),
        (
            "shape: !!python/tuple [1, 2]\nof: !!python/name:torch.nn.ReLU ''\n",
            {"shape": [1, 2], "of": "torch.nn.ReLU"},
        ),
        ("ns: !!python/object:argparse.Namespace\n  a: 1\n", {"ns": {"a": 1}}),
        ("!own {a: !env HOME}\n", {"a": "HOME"}),
        ("limit: .inf\n", {"limit": float("inf")}),
        (
            "on: true\nnet: {y: 1, no: 2}\n1e-3: a\nnull: b\n",
            {"on": True, "net": {"y": 1, "no": 2}, "1e-3": "a", "null": "b"},
        ),
        ("<<: {a: 1}\nb: 2\n", {"a": 1, "b": 2}),
        ("- a\n", {}),
        ("", {}),
    ],
)
def test_yaml_is_read_as_plain_values(make_run: MakeRun, text: str, found: Any) -> None:
    assert params(make_run(files={"hparams.yaml": text})) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [1\n", "It is not valid YAML: line 2: "),
        ("a: &a [1, 2]\nb: *a\n", "It has aliases"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("a: " + "[" * 200 + "]" * 200, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_told(make_run: MakeRun, text: str, why: str) -> None:
    record = read_run(str(make_run(files={"config.yml": text})), now=NOW).record
    [problem] = record.problems
    assert (record.params, problem.file, problem.action, problem.damage) == (
        {}, "config.yml", "Not read as parameters", False,
    )  # fmt: skip
    assert why in problem.message


def test_a_run_with_a_document_tells_its_own(make_run: MakeRun) -> None:
    assert params(make_run(files={"config.yaml": "lr: 1"}, name="a")) == {}


def test_what_lies_beside_is_on_the_page_and_published(make_run: MakeRun, built: Built) -> None:
    png = (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0\x1f\x15\xc4\x89"
        b"\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
    )
    files = {"hparams.yaml": "lr: 0.125", "train.log": "began\n", "README.md": "Why *so*", "frame_2.png": png}
    make_run(files={**files, "data.csv": "a,b\n1,2\n", ".env": "hunter2", "credentials.json": "hunter2"})
    site, report = built()
    page = (site / "e/demo/a.html").read_text()
    for shown in ("0.125", "began", "Why <em>so</em>", "frame", "mv data.csv artifacts/"):
        assert shown in page
    published = {path.name for path in (site / "e/demo/a").iterdir() if path.is_file()}
    assert {"hparams~_yaml~.txt", "train~_log~.txt", "frame_2.png"} <= published
    assert not {"data.csv", "credentials.json"} & published
    assert not report.damaged
