"""What a notebook, or a terminal, shows of a run."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from runpages import Run, RunDetails
from tests.logger.conftest import Start, contents


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A kernel that notes what it is asked to display."""
    displayed: list[Any] = []
    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    display: Any = types.ModuleType("IPython.display")
    display.display = displayed.append
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return displayed


def test_outside_of_a_notebook_a_text_is_printed_once(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(run.folder)
    RunDetails(run).show()
    assert capsys.readouterr().out == f"e, run 1, {run.id}: Running\n{run.get_portal_url()}\n"
    assert contents(run.folder) == before


def test_a_shell_of_ipython_without_a_kernel_is_no_notebook(
    run: Run, notebook: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: types.SimpleNamespace(), raising=False)
    RunDetails(run).show()
    assert notebook == []
    assert run.id in capsys.readouterr().out


def test_a_notebook_displays_it_once(run: Run, notebook: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    run.log("mse", 0.25)
    details = RunDetails(run)
    details.show(render_lib=None)
    assert notebook == [details]
    assert capsys.readouterr().out == ""
    html = details._repr_html_()
    assert html.startswith(run._repr_html_())
    assert "<tr><th>mse</th><td>0.25</td></tr>" in html


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (lambda run: run.log_list("m", range(6)), "0, 1, 2, 3, 4, 5"),
        (lambda run: run.log_list("m", range(1000)), "0, 1, 2, 3, 4, 5, … 999 (1000 values)"),
        (lambda run: run.log_row("m", x=1, y="a"), "x: 1; y: a"),
        (lambda run: run.log_table("m", {"x": [1, 2], "y": [3, 4]}), "x: 1, 2; y: 3, 4"),
        (lambda run: run.log("m", float("nan")), "nan"),
    ],
)
def test_a_metric_is_one_line(run: Run, call: Any, shown: str) -> None:
    call(run)
    assert f"<tr><th>m</th><td>{shown}</td></tr>" in RunDetails(run)._repr_html_()


def test_what_was_logged_is_escaped(start: Start) -> None:
    run = start("<script>alert(1)</script>", name="<b>")
    run.log("<img src=x onerror=alert(2)>", "<svg onload=alert(3)>")
    run.log_row("r", **{"<i>": "</td>"})
    html = RunDetails(run)._repr_html_()
    for raw in ("<script", "<img", "<svg", "<i>", "</td></td>"):
        assert raw not in html


def test_a_run_without_metrics_has_no_table_of_them(run: Run) -> None:
    assert RunDetails(run)._repr_html_() == run._repr_html_()


def test_the_data_of_the_widget(run: Run) -> None:
    run.log("mse", 0.25)
    run.tag("k", "v")
    with run.child_run(name="fold") as child:
        child.log("mse", 1)
    data = RunDetails(run).get_widget_data()
    assert (data["status"], data["run_id"], data["run_metrics"]) == ("Running", run.id, {"mse": 0.25})
    properties = data["run_properties"]
    assert (properties["run_number"], properties["tags"], properties["end_time"]) == (1, {"k": "v"}, None)
    assert [(one["run_id"], one["name"], one["status"]) for one in data["child_runs"]] == [
        (child.id, "fold", "Completed")
    ]


def test_a_run_that_is_there_is_shown_as_it_is(run: Run, here: Path) -> None:
    other = RunDetails(Run(run.experiment, run.id))
    assert other.get_widget_data()["status"] == "Running"
    run.complete()
    assert other.get_widget_data()["status"] == "Completed"
    assert repr(other).splitlines()[0].endswith(": Completed")
