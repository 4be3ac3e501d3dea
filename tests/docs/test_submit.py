"""What docs/how-to/submit.md says of scripts that cannot be submitted: which error it is, and that there is no run."""

from __future__ import annotations

from pathlib import Path

import pytest

from runpages import Experiment, RunConfiguration, ScriptRunConfig, Workspace
from runpages.format.errors import ExecutionError, SnapshotError, UserError


def test_what_cannot_run_is_an_error_and_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").mkdir()
    for name in ("train.py", "more.py", "most.py"):
        (tmp_path / "code" / name).touch()
    experiment = Experiment(Workspace(root=tmp_path / "runs"), "sweep")
    elsewhere = RunConfiguration()
    elsewhere.environment.python.user_managed_dependencies = True
    elsewhere.environment.python.interpreter_path = str(tmp_path / "python")
    for config in (
        ScriptRunConfig(tmp_path / "code", "none.py"),
        ScriptRunConfig(tmp_path / "code", "train.py", run_config=elsewhere),
        ScriptRunConfig(tmp_path / "code", command=["no-such-program-anywhere"]),
    ):
        with pytest.raises(ExecutionError):
            experiment.submit(config)
    monkeypatch.setenv("RUNPAGES_SNAPSHOT_FILES", "2")
    with pytest.raises(SnapshotError):
        experiment.submit(ScriptRunConfig(tmp_path / "code", "train.py"))
    with pytest.raises(UserError, match=r"not str; give ScriptRunConfig\(folder, script\)"):
        experiment.submit("train.py")  # type: ignore[arg-type]
    assert list(experiment.get_runs()) == []
