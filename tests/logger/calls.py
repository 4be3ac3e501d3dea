"""One call of each kind, for tests of what a disk does to it."""

from __future__ import annotations

import io
from collections.abc import Callable

import runpages
from tests.logger.kill import picture

CALLS: dict[str, Callable[[runpages.Run], object]] = {
    "log": lambda run: run.log("x", 1),
    "log_list": lambda run: run.log_list("list", [1, 2, 3]),
    "log_row": lambda run: run.log_row("rows", a=1, b="x"),
    "log_table": lambda run: run.log_table("table", {"a": [1, 2], "b": ["x", "y"]}),
    "log_image": lambda run: run.log_image("image", picture(1)),
    "log_text": lambda run: run.log_text("prose", "of some length " * 500),
    "log_confusion_matrix": lambda run: run.log_confusion_matrix("matrix", [[1, 2], [3, 4]]),
    "upload_file": lambda run: run.upload_file("out/file.bin", io.BytesIO(bytes(20_000))),
    "tag": lambda run: run.tag("k", "v" * 9000),
    "log_params": lambda run: run.log_params({"k": "v" * 9000}),
    "define": lambda run: run.define("x", unit="m" * 5000),
    "start": lambda run: runpages.start("other", capture=False, root=run.experiment.workspace.root, outputs=False),
    "complete": lambda run: run.complete(),
}
