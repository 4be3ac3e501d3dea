"""A run in a real kernel: what is sent to the notebook, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.kernel import Kernel, kernel

pytestmark = [pytest.mark.notebook, pytest.mark.filterwarnings("default")]

START = """
import runpages, sys
from runpages.notebook import widget
widget.EVERY = 0.2
run = runpages.start("e", root="runs", capture=False)
run.log("loss", 0.5)
"""
NO_WIDGETS = "import sys; sys.modules['anywidget'] = None"


@pytest.fixture
def cells(tmp_path: Path) -> Iterator[Kernel]:
    with kernel(tmp_path) as running:
        yield running


def test_an_output_is_replaced_until_the_run_has_ended(cells: Kernel) -> None:
    cells.run(NO_WIDGETS + START)
    assert cells.run("runpages.RunDetails(run).show()") < 5
    (identity, outputs), (below, logs) = cells.displays.items()
    assert identity
    assert below
    assert "Running" in outputs[0]["text/html"]
    assert "Status: Running" in outputs[0]["text/plain"]
    cells.run("for n in range(5): run.log('loss', n)")
    cells.wait_for(lambda: "image/svg" in outputs[-1]["text/html"])
    cells.run("run.complete()")
    cells.wait_for(lambda: "Completed" in outputs[-1]["text/html"])
    cells.run("import threading; print([t.name for t in threading.enumerate() if 'runpages' in t.name])")
    assert cells.printed == "[]\n"
    assert list(cells.displays) == [identity, below]
    assert len(logs) == 1  # There are none, and none came.


def test_a_widget_is_used_where_it_is_installed(cells: Kernel) -> None:
    pytest.importorskip("anywidget")
    cells.run(START)
    cells.run("runpages.RunDetails(run).show()")
    ((output,),) = cells.displays.values()
    assert "application/vnd.jupyter.widget-view+json" in output
    assert "Running" in output["text/html"]
    assert "Status: Running" in output["text/plain"]


def test_a_run_and_its_details_as_the_last_line_of_a_cell(cells: Kernel) -> None:
    cells.run(START + "run")
    cells.run("runpages.RunDetails(run)")
    assert "<th>Experiment</th>" in cells.results[0]["text/html"]
    assert "loss" in cells.results[1]["text/html"]
    cells.run("run.complete()")


def test_what_cells_print_is_in_the_log_and_in_the_notebook(cells: Kernel, tmp_path: Path) -> None:
    cells.run("import runpages; run = runpages.start('e', root='runs', capture=False, console=True)")
    cells.run("print('from a cell')")
    cells.run("import subprocess; subprocess.run(['echo', 'from a child'])")
    cells.wait_for(lambda: "from a child" in cells.printed)
    cells.run("run.complete()")
    cells.run("print('afterwards')")
    assert cells.printed == "from a cell\nfrom a child\nafterwards\n"
    (log,) = (tmp_path / "runs").glob("e/*/logs/console.log")
    assert log.read_text() == "from a cell\nfrom a child\n"
