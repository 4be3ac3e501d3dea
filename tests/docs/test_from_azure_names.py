"""The command of docs/how-to/from-azure.md that moves a script over, and its table of exceptions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import runpages
from runpages.azureml import exceptions
from runpages.format import errors
from tests.docs.from_azure import rows

DOCUMENT = (Path(__file__).parent.parent.parent / "docs/how-to/from-azure.md").read_text(encoding="utf-8")
TABLE = [re.findall(r"`(\w+)`", cells) for cells in rows(DOCUMENT, "## Exceptions")]
NAMES = [name for names in TABLE for name in names]

MOVED = """
import azureml
import azureml.core
import azureml as aml
from azureml import core
    from  azureml.core.run import Run
import os, azureml.core.experiment
from azureml.train.widgets import RunDetails
from azureml.exceptions import UserErrorException
import azureml.dataprep as dprep
from azureml.contrib.tensorboard import Tensorboard
from azureml._restclient.models import Asset
from azureml.explain.model.tabular_explainer import TabularExplainer
from azureml.accel import AccelOnnxConverter
from azureml.monitoring import ModelDataCollector
from azureml.datadrift import DataDriftDetector
from azureml.responsibleai.tools import ModelAnalysis
print(azureml.core.VERSION, isinstance(run, azureml.core.run.Run))
   "source": ["import azureml\\n", "import azureml.core\\n", "from azureml.widgets import RunDetails"]
"""

KEPT = """
from azureml_user.parallel_run import EntryScript
from azuremlopendatasets import x
import myazureml
run.get_properties()["azureml.git.commit"]
pip install azureml-core azureml.png
run.set_tags({"azureml.nodeid": "1"})
from runpages.azureml.core import Run
"""


def moved(text: str, tmp_path: Path) -> str:
    """What the command of the page makes of a script."""
    command = re.search(r"^sed -i\.bak -E (?:.*\\\n)*.*", DOCUMENT, re.MULTILINE)
    assert command is not None
    script = tmp_path / "train.py"
    script.write_text(text, encoding="utf-8")
    subprocess.run(["bash", "-euc", command[0]], cwd=tmp_path, check=True)
    return script.read_text(encoding="utf-8")


def test_every_module_path_is_moved_and_nothing_else(tmp_path: Path) -> None:
    once = moved(MOVED, tmp_path)
    assert once == re.sub(r"\bazureml\b", "runpages.azureml", MOVED)
    assert moved(once, tmp_path) == once
    assert moved(KEPT, tmp_path) == KEPT


def test_exceptions_have_their_original_names() -> None:
    assert sorted(NAMES) == sorted(exceptions.__all__)
    for name in NAMES:
        assert issubclass(getattr(exceptions, name), runpages.RunpagesError)
        assert getattr(exceptions, name)("what and where").message == "what and where"
    assert issubclass(errors.StorageError, OSError)


@pytest.mark.parametrize("line", [line for line in DOCUMENT.splitlines() if re.match(r"\| `\w+Exception`", line)])
def test_exceptions_are_what_the_table_says(line: str) -> None:
    originals, here = (re.findall(r"`(\w+)`", cell) for cell in line.strip("| ").split(" | "))
    for original in originals:
        found = getattr(exceptions, original)
        if here:
            assert all(issubclass(found, getattr(errors, name)) for name in here) and found.__name__ == here[0]
        else:
            package = Path(runpages.__file__).parent
            assert not any(f"raise {original}" in file.read_text() for file in package.rglob("*.py"))
