"""What a submitted script leaves is in its run, or where it was: the copy stays until all of it is safe."""

from __future__ import annotations

import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runpages import Experiment, Run, ScriptRunConfig, Workspace
from runpages.format.errors import ActivityError
from runpages.jobs.finish import UNCOLLECTED, collection, finish
from tests.format.schema import faults
from tests.logger.conftest import Start, read
from tests.logger.disk import on_its_own_disk
from tests.logger.test_submit import until

Submit = Callable[[str], Run]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which copies are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)  # The supervisor may be removing its copy just now.


@pytest.fixture
def submit(tmp_path: Path) -> Submit:
    source = tmp_path / "source"
    source.mkdir()

    def submit(text: str) -> Run:
        (source / "train.py").write_text(text)
        return Experiment(Workspace(root=tmp_path / "runs"), "scripts").submit(ScriptRunConfig(source, "train.py"))

    return submit


def outputs(run: Run) -> dict[str, str]:
    return {file.name: Path(run.folder, file.file).read_text() for file in read(run.folder).artifacts}


def uncollected(run: Run) -> list[str]:
    found = read(run.folder).uncollected
    return [path for path, _ in found.files] if found else []


def test_names_that_some_disk_does_not_take_are_collected(submit: Submit, temporary: Path) -> None:
    names = ["Model.pkl", "model.pkl", "x" * 255, "é" * 127]
    run = submit(f"for name in {names!r}: open('outputs/' + name, 'w').write(name)")
    assert run.wait_for_completion()["status"] == "Completed"
    assert outputs(run) == {f"outputs/{name}": name for name in names}
    assert faults(Path(run.folder)) == []
    until(lambda: not os.listdir(temporary))


LOSING = "open('outputs/kept', 'w').write('kept')\nopen('outputs/a\\\\..', 'w').write('lost')\n"


def test_a_file_that_cannot_be_collected_fails_the_run_and_keeps_the_copy(
    submit: Submit, capsys: pytest.CaptureFixture[str]
) -> None:
    run = submit(LOSING)
    with pytest.raises(ActivityError, match=r"(?s)OutputsNotCollected.*outputs/a\\.*working copy is kept"):
        run.wait_for_completion(show_output=True)
    details = run.wait_for_completion(raise_on_error=False)
    (one,) = details["uncollected"]["files"]
    assert (details["status"], one["path"], details["uncollected"]["count"]) == ("Failed", "outputs/a\\..", 1)
    assert details["error"]["error"]["code"] == "OutputsNotCollected"
    place = details["uncollected"]["place"]
    assert Path(place, "outputs", "a\\..").read_text() == "lost"
    assert outputs(run) == {"outputs/kept": "kept"}
    assert faults(Path(run.folder)) == []
    printed = capsys.readouterr().out
    assert f"Not collected: outputs/a\\.. ({one['reason']})\nThe working copy is kept in {place}" in printed


@pytest.mark.parametrize(
    ("last", "word", "code"),
    [("raise ValueError('own')", "Failed", "UserError"), ("import time; print(1); time.sleep(60)", "Canceled", None)],
)
def test_a_script_that_ends_otherwise_keeps_its_own_state(
    submit: Submit, last: str, word: str, code: str | None
) -> None:
    run = submit(LOSING + last)
    if word == "Canceled":
        until(
            lambda: (
                (Path(run.folder) / "logs/std_log.txt").exists() and os.path.getsize(f"{run.folder}/logs/std_log.txt")
            )
        )
        run.cancel()
    details = run.wait_for_completion(raise_on_error=False)
    assert (details["status"], details.get("error", {}).get("error", {}).get("code")) == (word, code)
    assert Path(details["uncollected"]["place"], "outputs", "a\\..").exists()
    assert outputs(run) == {"outputs/kept": "kept"}


def test_an_end_that_nobody_watched_keeps_the_copy_as_well(submit: Submit) -> None:
    run = submit(LOSING + "import time; print(1, flush=True); time.sleep(0.3)")
    until(lambda: run._state.read_head().document.get("owner", {}).get("group"))
    os.kill(run._state.read_head().document["owner"]["pid"], signal.SIGKILL)
    with pytest.warns(RuntimeWarning, match="not collected"):
        details = run.wait_for_completion(raise_on_error=False)
    assert details["error"]["error"]["code"] == "OutputsNotCollected"
    assert Path(details["uncollected"]["place"], "outputs", "a\\..").exists()
    assert faults(Path(run.folder)) == []


def test_a_run_that_is_canceled_without_a_supervisor_keeps_its_outputs(submit: Submit, temporary: Path) -> None:
    run = submit("open('outputs/a', 'w').write('a'); print(1, flush=True)\nimport time; time.sleep(60)")
    until(lambda: run._state.read_head().document.get("owner", {}).get("group"))
    until(lambda: os.path.getsize(f"{run.folder}/logs/std_log.txt"))
    os.kill(run._state.read_head().document["owner"]["pid"], signal.SIGKILL)
    until(lambda: run._state.read_head().status == "NotResponding")
    run.cancel()
    assert (run.get_status(), outputs(run)) == ("Canceled", {"outputs/a": "a"})
    assert os.listdir(temporary) == []


def test_links_are_judged_by_what_would_be_lost(submit: Submit, tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "scratch").mkdir()
    out = (
        f"import os\nos.symlink({str(tmp_path / 'scratch')!r}, 'outputs/scratch')\nos.symlink('gone', 'outputs/gone')\n"
    )
    run = submit(out)
    assert run.wait_for_completion()["status"] == "Completed"
    assert uncollected(run) == ["outputs/gone", "outputs/scratch"]
    until(lambda: not os.listdir(temporary))
    run = submit(
        out + "os.mkdir('checkpoints'); open('checkpoints/1', 'w'); os.symlink('../checkpoints', 'outputs/all')"
    )
    details = run.wait_for_completion(raise_on_error=False)
    assert (details["status"], details["error"]["error"]["code"]) == ("Failed", "OutputsNotCollected")
    assert Path(details["uncollected"]["place"], "checkpoints", "1").exists()


def test_outputs_may_be_a_link_or_be_made_anew(submit: Submit, tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "scratch").mkdir()
    run = submit(
        f"import os\nos.rmdir('outputs'); os.symlink({str(tmp_path / 'scratch')!r}, 'outputs')\n"
        "open('outputs/a', 'w').write('a')"
    )
    run.wait_for_completion()
    assert outputs(run) == {"outputs/a": "a"}
    assert (tmp_path / "scratch" / "a").read_text() == "a"
    run = submit("import os, shutil\nshutil.rmtree('outputs'); os.mkdir('outputs'); open('outputs/b', 'w').write('b')")
    run.wait_for_completion()
    assert outputs(run) == {"outputs/b": "b"}
    until(lambda: not os.listdir(temporary))


def test_logs_that_cannot_be_brought_are_named_too(submit: Submit, tmp_path: Path) -> None:
    run = submit(
        "import os\nos.mkdir('logs'); open('logs/own.log', 'w').write('own'); open('elsewhere', 'w')\n"
        "open('logs/std_log.txt', 'w').write('not what was printed')\nprint('printed')\n"
        "os.symlink('own.log', 'logs/latest.log'); os.symlink('../elsewhere', 'logs/lost.log')\n"
        "os.chdir('logs')\nfor _ in range(20): os.mkdir('d' * 250); os.chdir('d' * 250)\n"
        "open('deep.log', 'w').write('deep')"
    )
    details = run.wait_for_completion(raise_on_error=False)
    logs = Path(run.folder, "logs")
    assert sorted(os.listdir(logs)) == ["own.log", "std_log.script.txt", "std_log.txt"]
    assert (logs / "std_log.txt").read_text() == "printed\n"
    assert (logs / "std_log.script.txt").read_text() == "not what was printed"
    deep, lost = sorted(uncollected(run))
    assert (deep[:10], lost) == ("logs/ddddd", "logs/lost.log")
    assert details["status"] == "Failed"


def test_each_of_logs_and_outputs_is_brought_or_named(start: Start, tmp_path: Path) -> None:
    run = start(outputs=False)
    place = tmp_path / "place"
    copy = place / run.id
    outputs_before = collection(run, str(_made(place / run.id).parent))
    for path in ("outputs/a", "outputs/b\\..", "logs/deep/own.log", "logs/std_log.txt", "elsewhere"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(path)
    (copy / "logs/lost.log").symlink_to("../elsewhere")
    (copy / "logs/latest.log").symlink_to("deep/own.log")
    Path(run.folder, "logs").mkdir()
    Path(run.folder, "logs", "blocked").write_text("a file of the run")
    (copy / "logs/blocked").mkdir()
    (copy / "logs/blocked/own.log").write_text("own")
    with pytest.warns(RuntimeWarning, match="not collected"):
        finish(
            run, str(place), "Completed", None, collect=outputs_before, watch=["logs", "none"], code=0, pauses=(0.0,)
        )
    found = read(run.folder)
    assert sorted(uncollected(run)) == ["logs/blocked/own.log", "logs/lost.log", "outputs/b\\.."]
    assert (found.status, found.error and found.error.code) == ("Failed", UNCOLLECTED)
    assert found.error and "outputs/b\\.." in found.error.message and str(copy) in found.error.message
    assert {file.name for file in found.logs} == {"deep/own.log", "std_log.script.txt", "blocked"}
    assert copy.is_dir()


def test_a_message_names_the_first_files_of_many(start: Start, tmp_path: Path) -> None:
    run = start(outputs=False)
    copy = _made(tmp_path / "place" / run.id)
    outputs_before = collection(run, str(copy.parent))
    for n in range(5):
        (copy / "outputs" / f"{n}\\..").touch()
    with pytest.warns(RuntimeWarning, match="not collected"):
        finish(run, str(copy.parent), "Completed", None, collect=outputs_before, watch=[], code=None)
    error = read(run.folder).error
    assert error and ") and 2 more. Its working copy is kept" in error.message


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_what_a_full_disk_refused_is_tried_again(here: Path) -> None:
    on_its_own_disk(
        here,
        """
import os, threading
from pathlib import Path
import runpages
from runpages.jobs import finish
from tests.logger.disk import mount, room

mount()
run = runpages.start("e", root="disk/runs", capture=False, outputs=False)
place = os.path.abspath("place")
copy = Path(place, run.id)
copy.mkdir(parents=True)
outputs = finish.collection(run, place)
(copy / "outputs/large").write_bytes(bytes(1_000_000))
full = room(50)
full.__enter__()
threading.Timer(0.3, full.__exit__, (None, None, None)).start()
finish.finish(run, place, "Completed", None, collect=outputs, watch=[], code=0, pauses=[0.1] * 50)
assert run.get_details()["status"] == "Completed"
assert run.get_file_names() == ["outputs/large"]
assert not copy.exists()
""",
    )


def test_a_full_disk_loses_nothing_and_a_second_call_brings_the_rest(here: Path) -> None:
    on_its_own_disk(
        here,
        """
import os, tempfile
from pathlib import Path
from runpages import Experiment, ScriptRunConfig, Workspace
from tests.logger.disk import mount, room

tempfile.tempdir = os.path.abspath("temporary")
mount()
os.mkdir("source")
Path("source/train.py").write_text(
    "open('outputs/large', 'wb').write(bytes(1_000_000)); open('outputs/small', 'w').write('s')"
)
with room(100):
    run = Experiment(Workspace(root="disk/runs"), "scripts").submit(ScriptRunConfig("source", "train.py"))
    details = run.wait_for_completion(raise_on_error=False)
assert details["status"] == "Failed", details
assert details["error"]["error"]["code"] == "OutputsNotCollected"
assert details["uncollected"]["files"] == [{"path": "outputs/large", "reason": "No space left on device"}]
assert run.get_file_names() == ["logs/std_log.txt", "outputs/small"]
kept = details["uncollected"]["place"]
assert os.path.getsize(f"{kept}/outputs/large") == 1_000_000
run.upload_folder("outputs", f"{kept}/outputs")
assert run.get_file_names() == ["logs/std_log.txt", "outputs/large", "outputs/small"]
""",
    )


def test_nothing_is_said_where_all_is_collected(submit: Submit) -> None:
    run = submit("open('outputs/a', 'w').write('a')")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        details = run.wait_for_completion()
    assert "uncollected" not in details
    assert "uncollected" not in read(run.folder).document
