"""A workspace whose runs kept their code in each way: snapshots of all kinds of files, patches on a commit, nothing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from time import time
from typing import Any

import runpages
from runpages_site.build import build

EVIL = "<script>window.__pwned = 1</script>"
TRAIN = [f"# step {at}" for at in range(90)]
LOG = [f"2026-11-29 10:{at:02d}:07 epoch {at} loss {1 / (1 + at):.3f} in {at}.5 s" for at in range(20)]


def write_code(folder: Path) -> None:
    """Write the workspace into ``folder / "runs"``."""
    root = folder / "runs"
    first, second = _files("predict", 0), _files("predict_proba", 1)
    _with_snapshot(folder, root, "first", first, 0)
    _with_snapshot(folder, root, "second", second, 1)
    _with_snapshot(folder, root, "third", {**second, "train.py": "print()\n"}, 2)
    _with_patches(folder, root)
    with runpages.start("code", name="without code", root=root, capture=False) as run:
        run.log("loss", 1.0)


def _files(call: str, version: int) -> dict[str, str | bytes]:
    train = [*TRAIN[:20], f"run.log('loss', log_loss(y, net.{call}(X)))", *TRAIN[20:]]
    return {
        "train.py": "\n".join([*train, *(["run.log_image('layer', weights(net))"] * version)]) + "\n",
        "spaces.py": "if x:\n" + "    " * (version + 1) + "y = 1\n",
        f"only-{version}.py": "x = 1\n",
        "study.ipynb": _notebook(version),
        "notes.md": f"# Notes\n\nVersion {version}\n",
        "empty.py": "x = 1\n" * version,
        "weights.bin": bytes(range(256)) * (3 + version),
        "hostile.py": f"{EVIL}\n# \u202e reversed {version}\n" + "x" * 150_000 + str(version) + "\n",
        "large.py": f"# {version}\n" + "x = 1\n" * 50_000,
        "many.txt": "".join(f"{version} {at}\n" for at in range(20_000)),
        **{f"same/{at:03d}.py": f"value = {at}\n" for at in range(30)},
    }


def _notebook(version: int) -> str:
    picture = {"image/png": "iVBORw0KGgo=" if version else "iVBORw0KGgoA"}
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": ["# A study\n", "of digits"], "metadata": {}},
        {
            "cell_type": "code",
            "source": f"rate = 0.{version + 1}",
            "metadata": {},
            "execution_count": 3 + version,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": f"loss {version}\n"},
                {"output_type": "display_data", "data": picture, "metadata": {}},
            ],
        },
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _with_snapshot(folder: Path, root: Path, name: str, files: dict[str, str | bytes], version: int) -> None:
    code = folder / "code" / name
    for path, content in files.items():
        (code / path).parent.mkdir(parents=True, exist_ok=True)
        (code / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    with runpages.start("code", name=name, root=root, capture=False) as run:
        run.log("loss", 1.0 + version)
        run.take_snapshot(str(code))
        _upload(run, folder, "config.yaml", f"optim:\n  lr: 0.{version + 1}\n  name: adam\n")
        _upload(run, folder, "model.json", json.dumps({"width": 64 * (version + 1), "layers": [1, 2]}, indent=1))
        _upload(run, folder, "same.toml", "a = 1\n")
        _upload(run, folder, "scores.csv", f"a,b\n1,{version}\n")
        logs = Path(run.folder) / "logs"
        logs.mkdir(exist_ok=True)
        lines = [line.replace("10:", f"1{version}:").replace(".5 s", f".{version} s") for line in LOG]
        end = f"{40 + version}%|████      | 4/10 [00:0{version}<00:06, 1.{version}it/s]"
        (logs / "console.log").write_text("\n".join([*lines, end, f"best {version}", EVIL]) + "\n")


def _upload(run: runpages.Run, folder: Path, name: str, content: str) -> None:
    path = folder / "upload" / run.id / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    run.upload_file(name, str(path))


def _with_patches(folder: Path, root: Path) -> None:
    """Two runs with different changes on one commit, and one on the next commit."""
    code = folder / "repository"
    code.mkdir()
    train = code / "train.py"
    lines = [f"line {at}" for at in range(1, 61)]
    before = Path.cwd()
    os.chdir(code)
    try:
        _git("init", "-q")
        _commit(train, lines, "first")
        train.write_text("\n".join([*lines[:9], "ten", *lines[10:]]) + "\n")
        _run_with_patch(root, "patched")
        train.write_text("\n".join([*lines[:29], "thirty", *lines[30:]]) + "\n")
        _run_with_patch(root, "patched again")
        _commit(train, lines[:50], "second")
        _run_with_patch(root, "committed")
    finally:
        os.chdir(before)


def _git(*words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def _commit(path: Path, lines: list[str], message: str) -> None:
    path.write_text("\n".join(lines) + "\n")
    _git("add", ".")
    _git("commit", "-q", "-m", message)


def _run_with_patch(root: Path, name: str) -> None:
    with runpages.start("code", name=name, root=root, capture=["git", "patch"]) as run:
        run.log("loss", 1.0)


def build_code(folder: Path) -> Path:
    """Write and build the workspace; returns the folder of the site."""
    write_code(folder)
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"
