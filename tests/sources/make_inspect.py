"""Writes ``data/inspect`` with Inspect itself: evaluations by a model that is none, and what its own reader finds.

Run in an environment of its own with ``pip install inspect_ai``: ``python make_inspect.py FOLDER``. The archives that
it writes are compressed by Zstandard; one is written again as earlier versions did.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

from inspect_ai import Task, eval, task
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, _model, _tokens, get_model
from inspect_ai.scorer import includes, match
from inspect_ai.solver import generate

FOLDER = Path(sys.argv[1]).resolve()
for module in (_model, _tokens):  # It would load the tokens of a real model.
    vars(module)["count_text_tokens"] = lambda text: len(text.split())


@task  # type: ignore[untyped-decorator]
def arithmetic(base: int = 10) -> Task:
    """Two questions of which the second is answered wrongly."""
    questions = [Sample(input="1 + 1?", target="2"), Sample(input="2 + 2 <b>?", target="4")]
    return Task(dataset=questions, solver=[generate()], scorer=[match(), includes()])


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.chdir(FOLDER.anchor)  # In a repository, it would note the path of that.
    for kind in ("eval", "json"):
        outputs = [ModelOutput.from_content("mockllm/model", answer) for answer in ("2", "5")]
        model = get_model("mockllm/model", custom_outputs=iter(outputs), memoize=False)
        eval(arithmetic(base=8), model=model, log_dir=str(FOLDER), log_format=kind, display="none", tags=["base"],
             metadata={"note": "<x>"}, max_connections=1, max_samples=1)  # fmt: skip
    expected = {}
    for path in sorted(FOLDER.iterdir()):
        log = read_eval_log(str(path))
        scores = log.results.scores if log.results else []
        values = {f"{one.name}/{name}": metric.value for one in scores for name, metric in one.metrics.items()}
        samples = [[one.id, {name: score.value for name, score in (one.scores or {}).items()}] for one in log.samples]
        expected[path.stem] = {"status": log.status, "values": values, "samples": samples}
        if path.suffix == ".eval":
            with zipfile.ZipFile(path) as archive:
                documents = {name: archive.read(name) for name in archive.namelist() if not name.startswith("samples/")}
            shutil.copy(path, FOLDER / "zstandard.eval")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in documents.items():
                    archive.writestr(name, data)
        else:
            document = json.loads(path.read_text("utf-8"))
            for sample in document["samples"]:
                sample.update(events=[], attachments={})
            path.write_text(json.dumps(document, indent=1), "utf-8")
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1), "utf-8")
