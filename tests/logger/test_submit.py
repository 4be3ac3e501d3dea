"""Scripts handed over: copied, run in the background, watched, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

import runpages
from runpages import Experiment, Run, RunConfiguration, ScriptRunConfig, Workspace
from runpages.azureml import core as azureml
from runpages.format.errors import ActivityError, ExecutionError
from runpages.jobs.finish import follow
from tests.format.schema import faults

Submit = Callable[..., Run]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return Experiment(Workspace(root=tmp_path / "runs"), "scripts")


@pytest.fixture
def submit(experiment: Experiment, source: Path) -> Submit:
    """Submit a script with this text."""

    def submit(text: str, *arguments: str, **how: object) -> Run:
        (source / "train.py").write_text(text)
        return experiment.submit(ScriptRunConfig(source, "train.py", list(arguments), **how))  # type: ignore[arg-type]

    return submit


def until(found: Callable[[], object]) -> None:
    for _ in range(1000):
        if found():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come")


def log(run: Run) -> str:
    return str(run.get_details_with_logs()["logFiles"]["logs/std_log.txt"])


def test_a_script_logs_into_its_run_and_leaves_its_folder_as_it_is(submit: Submit, source: Path) -> None:
    (source / "helper.py").write_text("ALPHAS = [0.1, 0.2]")
    (source / "data").mkdir()
    (source / "data" / "rows.csv").write_text("1\n")
    run = submit(
        "import os, sys, helper\n"
        "from runpages import Run\n"
        "run = Run.get_submitted_run()\n"
        "assert run is Run.get_context()\n"
        "for alpha in helper.ALPHAS: run.log('alpha', alpha)\n"
        "open('outputs/model.txt', 'w').write(open('data/rows.csv').read())\n"
        "open('left.txt', 'w').write('not kept')\n"
        "print(sys.argv[1:], os.path.basename(os.getcwd()) == run.id, os.environ['ASKED'])\n",
        "--lr",
        "0.1",
        run_config=configured(ASKED="yes"),
    )
    (source / "helper.py").write_text("raise SystemExit('this came too late')")
    assert run.type == "script" and type(run).__name__ == "ScriptRun"
    assert isinstance(next(iter(run.experiment.get_runs())), azureml.ScriptRun)
    details = run.wait_for_completion()
    assert details["status"] == "Completed"
    assert run.get_metrics() == {"alpha": [0.1, 0.2]}
    assert log(run) == "['--lr', '0.1'] True yes\n"
    assert "outputs/model.txt" in run.get_file_names()
    assert sorted(path.name for path in source.iterdir()) == ["data", "helper.py", "train.py"]
    assert details["endTimeUtc"] >= details["startTimeUtc"]
    assert told_exit(run) == {"code": 0}
    assert faults(Path(run.folder)) == []


def configured(**environment: str) -> RunConfiguration:
    found = RunConfiguration()
    found.environment_variables = environment
    return found


def test_lines_are_printed_as_they_come_each_once(submit: Submit, capsys: pytest.CaptureFixture[str]) -> None:
    run = submit("import time\nfor n in range(5): print('line', n); time.sleep(0.05)\nprint('no end', end='')")
    run.wait_for_completion(show_output=True)
    told = capsys.readouterr().out
    assert told.startswith(f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n\nStreaming logs/std_log.txt\n====")
    assert [line for line in told.splitlines() if line.startswith(("line", "no end"))] == [
        *(f"line {n}" for n in range(5)),
        "no end",
    ]
    assert "Status: Completed" in told


def test_odd_output_is_passed_on_whole(submit: Submit, capsys: pytest.CaptureFixture[str]) -> None:
    run = submit(
        "import os, time\n"
        "os.write(1, 'é'.encode()[:1]); time.sleep(0.2); os.write(1, 'é\\n'.encode()[1:])\n"
        "os.write(1, '€'.encode() * 300_000 + b'\\n' + b'\\xff\\x00\\n' + 'torn €'.encode()[:-1])\n"
    )
    run.wait_for_completion(show_output=True)
    told = capsys.readouterr().out.partition("====\n\n")[2].partition("\nExecution Summary")[0]
    assert told == "é\n" + "€" * 300_000 + "\n\ufffd\x00\ntorn \ufffd"


@pytest.mark.parametrize(
    ("text", "code", "message", "how"),
    [
        ("raise ValueError('too <small>')", "UserError", "too <small>", {"code": 1}),
        ("raise SystemExit(3)", "UserError", "It ended with exit code 3", {"code": 3}),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "Signal",
            "It was ended by SIGKILL",
            {"signal": "SIGKILL"},
        ),
        ("this is no Python", "UserError", "invalid syntax", {"code": 1}),
    ],
)
def test_a_script_that_fails_says_why(submit: Submit, text: str, code: str, message: str, how: object) -> None:
    run = submit(text)
    with pytest.raises(ActivityError, match="failed"):
        run.wait_for_completion()
    error = run.get_details()["error"]["error"]
    assert (error["code"], error["message"]) == (code, message)
    assert run.get_detailed_status() == {"status": "Failed", "details": message}
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Failed"
    assert told_exit(run) == how
    assert bool(log(run)) == (code != "Signal" and how != {"code": 3})


def told_exit(run: Run) -> object:
    """How the script ended, as its run tells it."""
    return run._state.read_head().document.get("exit")


def test_what_cannot_be_run_makes_no_run(experiment: Experiment, source: Path) -> None:
    (source / "train.py").write_text("")
    given = RunConfiguration()
    given.environment.python.user_managed_dependencies = True
    given.environment.python.interpreter_path = "/no/such/python"
    for config, told in (
        (ScriptRunConfig(source, "missing.py"), str(source / "missing.py")),
        (ScriptRunConfig(source, "train.py", run_config=given), "/no/such/python"),
        (ScriptRunConfig(source, command=["no-such-command"]), "no-such-command"),
    ):
        with pytest.raises(ExecutionError, match=told):
            experiment.submit(config)
    assert list(experiment.get_runs()) == []


def test_a_command_whose_interpreter_is_missing_fails_and_says_so(experiment: Experiment, source: Path) -> None:
    (source / "go").write_text("#!/no/such/interpreter\n")
    (source / "go").chmod(0o755)
    run = experiment.submit(ScriptRunConfig(source, command=["./go"]))
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Failed"
    assert told_exit(run) in ({"code": 126}, {"code": 127})  # Shells differ.
    assert "go" in log(run)


def test_the_interpreter_counts_and_needs_no_runpages(submit: Submit, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho chosen\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    given = RunConfiguration()
    given.environment.python.user_managed_dependencies = True
    given.environment.python.interpreter_path = str(python)
    run = submit("import runpages, sys; runpages.Run.get_context().log('x', 1)", run_config=given)
    run.wait_for_completion()
    assert run.get_metrics() == {"x": 1}
    assert log(run).startswith("chosen")


def test_a_script_that_hangs_is_ended_after_its_time(experiment: Experiment, source: Path) -> None:
    # No Python: on a loaded machine it may need the whole time to start.
    hangs = ScriptRunConfig(source, command=["sh", "-c", "echo begun; exec sleep 60"], max_run_duration_seconds=1)
    run = experiment.submit(hangs)
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Failed"
    assert run.get_details()["error"]["error"]["code"] == "Timeout"
    assert told_exit(run) == {"signal": "SIGTERM"}
    assert log(run) == "begun\n"


def test_cancel_ends_all_processes_of_the_script(submit: Submit) -> None:
    run = submit(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])\n"
        "open('outputs/half.txt', 'w').write('kept')\n"
        "print(os.getpid(), child.pid); time.sleep(5)\n"
    )
    until(lambda: run.get_status() == "Running" and log(run).strip())
    run.cancel()
    assert run.get_status() == "Canceled"
    assert run.wait_for_completion()["status"] == "Canceled"
    assert not any(alive(int(pid)) for pid in log(run).split())
    assert "outputs/half.txt" in run.get_file_names()
    assert told_exit(run) == {"signal": "SIGTERM"}


def test_a_script_that_is_canceled_may_end_itself(submit: Submit) -> None:
    run = submit(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('saved'))\n"
        "print('begun'); time.sleep(5)\n"
    )
    until(lambda: run.get_status() == "Running" and log(run).strip())
    run.cancel()
    assert run.get_status() == "Canceled"
    assert log(run) == "begun\nsaved\n"
    assert told_exit(run) == {"code": 1}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_run_survives_its_supervisor_and_its_end_is_found_out(submit: Submit) -> None:
    run = submit("import time\nfor n in range(20): print(n); time.sleep(0.05)\nopen('outputs/a','w').write('a')")
    until(lambda: run._state.read_head().document.get("owner", {}).get("group"))
    os.kill(run._state.read_head().document["owner"]["pid"], signal.SIGKILL)
    assert run.get_status() == "Running"
    assert run.wait_for_completion()["status"] == "Completed"
    assert log(run).splitlines() == [str(n) for n in range(20)]
    assert told_exit(run) == {"code": 0}
    assert "outputs/a" in run.get_file_names()


def test_a_run_without_a_supervisor_can_be_canceled(submit: Submit) -> None:
    run = submit("import time; time.sleep(5)")
    until(lambda: run._state.read_head().document.get("owner", {}).get("group"))
    os.kill(run._state.read_head().document["owner"]["pid"], signal.SIGKILL)
    until(lambda: run._state.read_head().status == "NotResponding")
    run.cancel()
    assert run.get_status() == "Canceled"


def test_it_goes_on_when_the_caller_ends(source: Path, tmp_path: Path) -> None:
    (source / "train.py").write_text("import time; time.sleep(0.5); print('done')")
    program = (
        "import runpages, os\n"
        f"e = runpages.Experiment(runpages.Workspace(root={str(tmp_path / 'runs')!r}), 'scripts')\n"
        f"print(e.submit(runpages.ScriptRunConfig({str(source)!r}, 'train.py')).folder, flush=True)\n"
        "os._exit(1)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    run = Experiment._of_run(done.stdout.strip())
    assert run.wait_for_completion()["status"] == "Completed"
    assert log(run) == "done\n"


def test_no_output_is_too_much_or_too_odd(submit: Submit) -> None:
    run = submit(
        "import os\nfor _ in range(200): os.write(1, b'x' * 999_999 + b'\\n')\nos.write(1, bytes(range(256)))\n"
    )
    run.wait_for_completion()
    assert (Path(run.folder) / "logs" / "std_log.txt").stat().st_size == 200 * 1_000_000 + 256


def test_two_at_the_same_instant_do_not_meet(submit: Submit, experiment: Experiment) -> None:
    runs: list[Run] = []
    threads = [Thread(target=lambda n=n: runs.append(submit(f"print({n})"))) for n in (1, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.wait_for_completion()["status"] for run in runs] == ["Completed"] * 2
    assert len({run.id for run in runs}) == len({run.number for run in runs}) == 2


def test_logs_of_the_script_are_followed(submit: Submit, tmp_path: Path) -> None:
    go = tmp_path / "go"
    run = submit(
        "import os, sys, time\nos.makedirs('logs/deep', exist_ok=True)\n"
        "open('logs/deep/own.log', 'w').write('first\\n')\n"
        "end = time.time() + 20\nwhile not os.path.exists(sys.argv[1]) and time.time() < end: time.sleep(0.01)\n",
        str(go),
    )
    until(lambda: (Path(run.folder) / "logs" / "deep" / "own.log").is_file())
    assert run.get_status() == "Running"
    go.touch()
    run.wait_for_completion()
    assert run.get_details_with_logs()["logFiles"]["logs/deep/own.log"] == "first\n"


def test_of_the_logs_of_a_script_no_change_is_lost(tmp_path: Path, experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False, capture=False)
    source, target = tmp_path / run.id / "logs" / "own.log", Path(run.folder) / "logs" / "own.log"
    source.parent.mkdir(parents=True)
    for number, text in enumerate(
        ["10%\n", "20%\n", "20%\n30%\n", "a" * 9_999, "b" * 9_999 + "c", "short\n", "short\nlong\n"]
    ):
        source.write_text(text)
        os.utime(source, (number, number))
        follow(run, str(tmp_path), ["logs"])
        assert target.read_text() == text
    source.write_text("Short" + "x" * 9_999)
    follow(run, str(tmp_path), ["logs"])
    with source.open("r+") as file:  # Its beginning changes, and its end is longer.
        file.write("other")
        file.seek(0, os.SEEK_END)
        file.write("more")
    follow(run, str(tmp_path), ["logs"])
    assert target.read_text().endswith("more")
    follow(run, str(tmp_path), ["logs"], last=True)
    assert target.read_text() == source.read_text()
    run.complete()


def test_all_logs_are_copied_out(submit: Submit, tmp_path: Path) -> None:
    run = submit("print('said')")
    run.wait_for_completion()
    (written,) = run.get_all_logs(tmp_path / "logs")
    assert Path(written).read_text() == "said\n"


def test_a_child_has_its_parent(submit: Submit, source: Path) -> None:
    (source / "child.py").write_text("import runpages; runpages.Run.get_context().log('x', 2)")
    run = submit(
        "import runpages\nrun = runpages.Run.get_context()\n"
        "child = run.submit_child(runpages.ScriptRunConfig('.', 'child.py'))\n"
        "print(child.wait_for_completion()['status'])"
    )
    run.wait_for_completion()
    (child,) = run.get_children()
    assert child.get_metrics() == {"x": 2}
    assert child.parent is not None
    assert child.parent.id == run.id
    assert log(run) == "Completed\n"


def test_a_child_that_the_submitting_process_begins_notes_what_its_parent_does(submit: Submit) -> None:
    run = submit("")
    child = run.child_run()
    child.complete()
    assert child._state.read_head().owner["host"] == os.uname().nodename
    assert set(child._state.capture) == {"python", "packages", "host"}
    run.wait_for_completion()


def test_what_a_script_starts_is_a_child_of_its_run(submit: Submit, experiment: Experiment, tmp_path: Path) -> None:
    run = submit(
        "import os, sys, runpages\n"
        "own = runpages.Run.get_context()\n"
        "for n in range(3):\n"
        "    with runpages.start(name=f'part {n}', params={'n': n}) as part:\n"
        "        part.log('x', n)\n"
        "        assert runpages.Run.get_context() is part and part.parent.id == own.id\n"
        "assert runpages.Run.get_context() is own\n"
        "own.log('x', 3)\n"
        "runpages.start('scripts', root=sys.argv[1], capture=False).complete()\n"
        "for apart in ({'experiment': 'other'}, {'root': 'apart'}, {'root': 'apart', 'experiment': 'scripts'}):\n"
        "    with runpages.start(**apart) as part: print(part.experiment.name, part.parent)\n",
        str(tmp_path / "runs" / ".." / "runs"),
    )
    run.wait_for_completion()
    children = list(run.get_children())
    assert [(child.name, child.get_metrics(), child.status) for child in children[:3]] == [
        (f"part {n}", {"x": n}, "Completed") for n in range(3)
    ]
    assert len(children) == 4
    assert run.get_metrics() == {"x": 3}
    assert log(run) == "other None\ndefault None\nscripts None\n"
    assert [one.id for one in experiment.get_runs()] == [run.id]
    # Each notes its own surroundings, and only as far as was asked.
    documents = [child._state.read_head().document for child in children]
    assert documents[0]["environment"]["command"][-1] == str(tmp_path / "runs" / ".." / "runs")
    assert documents[0]["owner"]["host"]
    assert (documents[3]["environment"], list(documents[3]["owner"])) == ({}, ["pid"])


def test_a_run_of_the_environment_that_is_gone_has_no_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNPAGES_RUN", str(tmp_path / "runs" / "default" / "gone"))
    with runpages.start(root=tmp_path / "runs", capture=False, outputs=False) as run:
        assert run._state.document["parent"] is None


def test_a_workspace_that_takes_nothing_is_told(source: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    (source / "train.py").write_text("")
    experiment = Experiment(Workspace(root=tmp_path / "runs"), "scripts")
    with pytest.raises(runpages.RunpagesError, match="runs"):
        experiment.submit(ScriptRunConfig(source, "train.py"))


def test_the_end_of_an_own_run_is_not_waited_for(experiment: Experiment) -> None:
    with experiment.start_logging(outputs=False) as run, pytest.raises(runpages.UserError, match="complete"):
        run.wait_for_completion()
    assert run.wait_for_completion()["status"] == "Completed"


OWN_END = """
import os, sys, time
from runpages import Run
run = Run.get_context()
run.log('before', 1)
run.{call}
print(run.get_status(), flush=True)
time.sleep(0.3)
run.log('after', 2)
os.makedirs('outputs', exist_ok=True)
open('outputs/late.txt', 'w').write('late')
sys.exit({code})
"""


@pytest.mark.parametrize(
    ("call", "code", "word", "message"),
    [
        ("complete()", 0, "Completed", None),
        ("complete()", 1, "Failed", "It ended with exit code 1"),
        ("fail('it diverged')", 0, "Completed", "it diverged"),
        ("fail('it diverged')", 3, "Failed", "it diverged"),
        ("fail()", 0, "Completed", None),
        ("fail()", 1, "Failed", "It ended with exit code 1"),
        ("fail(ValueError())", 1, "Failed", ""),
        ("fail(error_code='Diverged')", 1, "Failed", ""),
        ("cancel()", 0, "Completed", None),
    ],
)
def test_the_exit_code_decides_and_not_what_the_script_says(
    submit: Submit, call: str, code: int, word: str, message: str | None
) -> None:
    run = submit(OWN_END.format(call=call, code=code))
    details = run.wait_for_completion(raise_on_error=False)
    document = json.loads((Path(run.folder) / "run.json").read_text())
    assert details["status"] == word == document["status"]
    assert (document.get("error") or {}).get("message") == message == run.get_detailed_status()["details"]
    assert run.get_metrics() == {"before": 1, "after": 2}
    assert "outputs/late.txt" in run.get_file_names()
    assert log(run).splitlines()[-1] == "Running" and ("Warning" in log(run)) == (call == "cancel()")
    assert faults(Path(run.folder)) == []


def test_a_script_that_cancels_itself_is_warned_once_with_its_line(submit: Submit) -> None:
    run = submit(
        "from runpages import Run\nfor _ in range(3):\n    Run.get_context().cancel()\nRun.get_context().complete()\n"
    )
    assert run.wait_for_completion()["status"] == "Completed"
    (line,) = [line for line in log(run).splitlines() if "Warning" in line]
    assert "train.py:3: RuntimeWarning: " in line
    assert f"run {run.id} is the run of this script: the exit code sets its status; sys.exit()" in line


def test_a_run_that_was_submitted_comes_back_as_one(submit: Submit, experiment: Experiment) -> None:
    run = submit("")
    run.wait_for_completion()
    with experiment.start_logging(outputs=False) as other:
        pass
    for found in (
        azureml.get_run(experiment, run.id),
        experiment.workspace.get_run(run.id),
        Run.get(experiment.workspace, run.id),
        *experiment.get_runs(type="azureml.scriptrun"),
        *Run.list(experiment, type="script"),
        azureml.ScriptRun(experiment, run.id),
    ):
        assert (type(found), found.id) == (azureml.ScriptRun, run.id)
    assert type(Run(experiment, run.id)) is Run
    assert [type(found) for found in experiment.get_runs()] == [Run, azureml.ScriptRun]
    assert type(azureml.get_run(experiment, other.id)) is Run


def test_a_script_that_says_it_is_complete_can_be_canceled(submit: Submit) -> None:
    run = submit("import time\nfrom runpages import Run\nRun.get_context().complete()\nprint(1)\ntime.sleep(60)")
    until(lambda: log(run) == "1\n" if run.get_status() == "Running" else False)
    run.cancel()
    assert run.get_status() == "Canceled"


def test_from_outside_an_end_warns_and_leaves_cancel_working(submit: Submit) -> None:
    run = submit("import time\ntime.sleep(60)")
    until(lambda: run.get_status() == "Running")
    run.start()
    for end in (run.complete, lambda: run.fail("it diverged")):
        with pytest.warns(RuntimeWarning, match=f"{run.id} is still running: .* cancel\\(\\) ends it now"):
            end()
    assert run.get_status() == "Running"
    run.cancel()
    document = json.loads((Path(run.folder) / "run.json").read_text())
    assert document["status"] == "Canceled" and document["error"]["message"] == "it diverged"


def test_a_script_does_not_wait_for_itself(submit: Submit) -> None:
    run = submit("from runpages import Run\nRun.get_context().wait_for_completion()")
    run.wait_for_completion(raise_on_error=False)
    assert "is the run of this script and ends with it" in log(run)
