"""Runs that are there already: loaded, listed, filtered, resumed, and as parents and children."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

import runpages
from runpages import ConflictError, Experiment, Run, RunEnvironmentError, UserError, Workspace
from tests.logger.conftest import Script, Start, contents, read, runs


def experiment(here: Path) -> Experiment:
    return Experiment(Workspace(root=here / "runs"), "e")


# --- loaded ------------------------------------------------------------------------------------------------


def test_a_run_is_loaded_by_its_id(start: Start, here: Path) -> None:
    made = start(name="first", tags={"k": "v"}, params={"lr": 0.1}, description="why")
    made.log("x", 1)
    workspace = Workspace(root=here / "runs")
    for run in (Run(experiment(here), made.id), Run.get(workspace, made.id), workspace.get_run(made.id)):
        assert (run.id, run.number, run.name, run.status) == (made.id, 1, "first", "Running")
        assert (run.tags, run.params, run.description) == ({"k": "v"}, {"lr": 0.1}, "why")
        assert run.get_metrics() == {"x": 1}
        assert run.experiment.name == "e"
    made.complete()


@pytest.mark.parametrize("run_id", ["none", "", ".", "..", "../e", "/", None, 3])
def test_a_run_that_is_not_there_is_refused(start: Start, here: Path, run_id: Any) -> None:
    start()
    with pytest.raises(UserError, match="no run"):
        Run(experiment(here), run_id)


def test_loading_and_reading_write_nothing(start: Start, here: Path) -> None:
    made = start()
    made.log("x", 1)
    before = contents(here)
    run = Run(experiment(here), made.id)
    run.get_metrics()
    run.get_details()
    run.get_tags()
    list(experiment(here).get_runs())
    assert contents(here) == before


def test_what_others_change_is_seen_when_asked_for(start: Start, here: Path) -> None:
    made = start(tags={"kept": "1", "gone": "1"})
    other = Run(experiment(here), made.id)
    other.set_tags({"new": "2", "kept": "2"})
    other.remove_tags(["gone"])
    other.add_properties({"data": "v2"})
    other.log_params({"seed": 1})
    assert made.tags == {"kept": "1", "gone": "1"}
    assert made.get_tags() == {"kept": "2", "new": "2"}
    assert made.get_properties() == {"data": "v2"}
    assert made.params == {"seed": 1}
    assert other.tags == {"kept": "2", "new": "2"}


def test_the_last_word_counts_whoever_says_it(start: Start, here: Path) -> None:
    made = start(tags={"k": "1"})
    other = Run(experiment(here), made.id)
    other.tag("k", "2")
    other.tag("mine")
    time.sleep(0.002)  # Times have milliseconds.
    made.tag("k", "3")
    made.remove_tags("mine")
    assert read(made.folder).tags == made.get_tags() == other.get_tags() == {"k": "3"}


def test_properties_never_change(run: Run) -> None:
    run.add_properties({"a": 1})
    run.add_properties({"a": "1", "b": "2"})
    with pytest.raises(ConflictError, match="'a' is '1' and cannot change to '2'"):
        run.add_properties({"c": "3", "a": "2"})
    assert read(run.folder).properties == run.properties == {"a": "1", "b": "2"}
    run.add_properties({})


def test_a_name_and_a_description_may_be_set(run: Run, here: Path) -> None:
    run.display_name = "better"
    run.description = "Because."
    assert (read(run.folder).name, run.name, read(run.folder).description) == ("better", "better", "Because.")
    other = Run(experiment(here), run.id)
    other.display_name = "best"
    assert read(run.folder).name == other.name == "best"
    with pytest.raises(UserError, match="name"):
        run.display_name = 3  # type: ignore[assignment]


def test_the_state_is_looked_up_until_the_end(start: Start, here: Path) -> None:
    made = start()
    other = Run(experiment(here), made.id)
    made.complete()
    assert other.status == "Running"
    assert other.get_status() == other.status == "Completed"


def test_details_have_the_words_of_the_tracked_run_api(start: Start, here: Path) -> None:
    run = start()
    Path(run.folder, "logs").mkdir()
    Path(run.folder, "logs", "a b.log").write_text("x")
    known = run.get_details()
    assert known["runId"] == run.id
    assert (known["status"], known["target"]) == ("Running", "sdk")
    assert known["startTimeUtc"].endswith("Z")
    assert "endTimeUtc" not in known
    assert "error" not in known
    assert known["logFiles"] == {"logs/a b.log": Path(run.folder, "logs", "a b.log").as_uri()}
    run.fail(ValueError("too large"), error_code="Data")
    known = run.get_details()
    assert known["endTimeUtc"] >= known["startTimeUtc"]
    error = known["error"]["error"]
    assert (error["code"], error["message"], error["debug_type"]) == ("Data", "too large", "ValueError")


def test_a_notebook_shows_a_table_with_everything_escaped(start: Start) -> None:
    run = start("<b>&\"'")
    shown = run._repr_html_()
    assert "<b>" not in shown
    assert "&lt;b&gt;&amp;" in shown
    assert f'href="{run.get_portal_url()}"' in shown
    assert "&lt;b&gt;" in run.experiment._repr_html_()


# --- listed ------------------------------------------------------------------------------------------------


def test_runs_are_listed_newest_first_without_children(start: Start, here: Path) -> None:
    made = [start(name=str(k)) for k in range(3)]
    made[0].child_run("child").complete()
    found = experiment(here).get_runs()
    assert iter(found) is found
    assert [run.name for run in found] == ["2", "1", "0"]
    assert len(list(experiment(here).get_runs(include_children=True))) == 4


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"tags": "k"}, ["both", "one"]),
        ({"tags": {"k": "1"}}, ["both", "one"]),
        ({"tags": {"k": "1", "m": None}}, ["both"]),
        ({"tags": {"k": "2"}}, []),
        ({"tags": {}}, ["both", "one", "none"]),
        ({"properties": "p"}, ["one"]),
        ({"properties": {"p": "v"}}, ["one"]),
        ({"type": "azureml.scriptrun"}, []),
    ],
)
def test_filters_take_a_key_or_pairs_that_all_match(
    start: Start, here: Path, filters: dict[str, Any], names: list[str]
) -> None:
    start(name="none")
    start(name="one", tags={"k": 1}).add_properties({"p": "v"})
    start(name="both", tags={"k": 1, "m": None})
    assert [run.name for run in experiment(here).get_runs(**filters)] == names
    assert [run.name for run in Run.list(experiment(here), **filters)] == names


def test_runs_are_filtered_by_their_state(start: Start, here: Path) -> None:
    start(name="ended").complete()
    start(name="going on")
    assert [run.name for run in Run.list(experiment(here), status="Completed")] == ["ended"]
    assert [run.name for run in Run.list(experiment(here), status="Running")] == ["going on"]


@pytest.mark.parametrize("wrong", [["k"], 3, ("k", "v")])
def test_another_type_of_filter_is_refused(start: Start, here: Path, wrong: Any) -> None:
    start()
    for filters in ({"tags": wrong}, {"properties": wrong}):
        with pytest.raises(ValueError, match="must be a key or a dictionary"):
            experiment(here).get_runs(**filters)


def test_a_run_of_a_newer_format_is_told_and_the_others_are_listed(start: Start, here: Path) -> None:
    start(name="ours")
    newer = here / "runs" / "e" / "newer"
    newer.mkdir()
    (newer / "run.json").write_text('{"format": 2}')
    with pytest.warns(RuntimeWarning, match="format 2"):
        assert [run.name for run in experiment(here).get_runs()] == ["ours"]


def test_experiments_are_listed_tagged_and_put_out_of_sight(start: Start, here: Path) -> None:
    start("a"), start("b")
    workspace = Workspace(root=here / "runs")
    a, b = Experiment.list(workspace)
    a.tag("team", "core")
    a.set_tags({"more": 1})
    a.remove_tags(["more", "unknown"])
    b.archive()
    assert (a.tags, b.archived_time is not None) == ({"team": "core"}, True)
    names = {view: [one.name for one in Experiment.list(workspace, view_type=view)] for view in ("All", "ArchivedOnly")}
    assert names == {"All": ["a", "b"], "ArchivedOnly": ["b"]}
    assert [one.name for one in Experiment.list(workspace)] == ["a"]
    assert [one.name for one in Experiment.list(workspace, tags={"team": "core"})] == ["a"]
    assert Experiment.list(workspace, "b", "All", "team") == []
    b.reactivate()
    assert [one.name for one in Experiment.list(workspace)] == ["a", "b"]
    with pytest.raises(UserError, match="view_type"):
        Experiment.list(workspace, view_type="Some")


# --- children ----------------------------------------------------------------------------------------------


def test_a_child_lies_beside_its_parent_and_ends_by_itself(start: Start, here: Path) -> None:
    (here / "outputs").mkdir()
    parent = start(capture=["python"])
    with parent.child_run("fold 1") as child:
        child.log("x", 1)
        (here / "outputs" / "a.txt").write_text("x")
        assert child.parent is not None
        assert child.parent.id == parent.id
    assert read(child.folder).status == "Completed"
    assert read(child.folder).environment == read(parent.folder).environment
    assert child.get_file_names() == []
    assert Path(child.folder).parent == Path(parent.folder).parent
    assert parent.status == "Running"
    assert parent.parent is None
    parent.complete()
    assert parent.get_file_names() == ["outputs/a.txt"]


def test_a_child_may_have_an_id_of_its_own(run: Run) -> None:
    child = run.child_run(run_id="fold-1")
    assert (child.id, Path(child.folder).name) == ("fold-1", "fold-1")
    with pytest.raises(ConflictError, match="fold-1"):
        run.child_run(run_id="fold-1")
    for wrong in ("../up", "", "a b", ".hidden", "con"):
        with pytest.raises(UserError, match="run_id"):
            run.child_run(run_id=wrong)
    child.complete()


def test_children_are_made_by_count_or_by_tags(run: Run) -> None:
    counted = run.create_children(count=3)
    tagged = run.create_children(tag_key="fold", tag_values=["a", "b"])
    assert [child.tags for child in counted] == [{"azureml.batch_child_number": str(k)} for k in range(3)]
    assert [child.tags for child in tagged] == [{"fold": "a"}, {"fold": "b"}]
    assert {read(child.folder).status for child in (*counted, *tagged)} == {"NotStarted"}
    assert read(counted[0].folder).started is None
    with counted[0] as child:
        assert (child.status, read(child.folder).started is None) == ("Running", False)
    assert read(child.folder).status == "Completed"


@pytest.mark.parametrize(
    "how", [{}, {"count": 1, "tag_key": "k", "tag_values": []}, {"tag_key": "k"}, {"count": 1, "tag_values": [1]}]
)
def test_children_are_asked_for_in_one_way(run: Run, how: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="count="):
        run.create_children(**how)


def test_children_are_found_with_filters_and_theirs_too(run: Run) -> None:
    one, two = run.child_run("one"), run.child_run("two")
    below = one.child_run("below")
    two.tag("k")
    found = run.get_children()
    assert iter(found) is found
    assert [child.name for child in found] == ["one", "two"]
    assert [child.name for child in run.get_children(recursive=True)] == ["one", "two", "below"]
    assert [child.name for child in run.get_children(True, tags="k")] == ["two"]
    assert [child.name for child in run.get_children(status="Completed")] == []
    run.log("x", 0)
    below.log("x", 2)
    two.log("y", 1)
    assert run.get_metrics(recursive=True) == {run.id: {"x": 0}, below.id: {"x": 2}, two.id: {"y": 1}}
    assert run.get_metrics("x", recursive=True) == {run.id: {"x": 0}, below.id: {"x": 2}}
    for child in (one, two, below):
        child.complete()


def test_a_run_that_says_it_is_its_own_parent_harms_nobody(start: Start, here: Path) -> None:
    folder = here / "runs" / "e" / "loop"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"parent": "loop"}')
    assert list(Run(experiment(here), "loop").get_children(recursive=True)) == []


def test_a_child_made_here_is_run_by_another_process(script: Script, here: Path) -> None:
    script(
        "import runpages, subprocess, sys\n"
        "parent = runpages.start('e', capture=False)\n"
        "child, = parent.create_children(count=1)\n"
        "text = 'import runpages, sys\\nrun = runpages.Run(runpages.Experiment(name=\"e\"), sys.argv[1])\\n'\n"
        "text += 'with run: run.log(\"x\", 1)\\n'\n"
        "subprocess.run([sys.executable, '-c', text, child.id], check=True)\n"
        "print(child.get_status())"
    )
    records = {record.parent is not None: record for record in map(read, runs(here / "runs"))}
    assert (records[True].status, records[True].series["x"].values) == ("Completed", [1])
    assert records[True].problems == records[False].problems == []


# --- resumed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["folder", "id", "path"])
def test_a_run_that_has_ended_goes_on_and_ends_again(start: Start, here: Path, by: str) -> None:
    run = start()
    run.log("x", 0)
    run.log("x", 1, step=7)
    run.log_list("l", [1, 2])
    run.log_row("t", a=1)
    run.log_image("i", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    run.fail("once")
    before = contents(run.folder)
    names = {"folder": run.folder, "id": run.id, "path": f"{run.experiment.name}/{run.id}"}
    with runpages.resume(names[by], root=here / "runs") as again:
        assert (again.id, read(run.folder).status, read(run.folder).error) == (run.id, "Running", None)
        again.log("x", 2)
        again.log_list("l", [3])
        again.log_row("t", a=2)
        again.log_image("i", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
        again.log("new", 1)
    record = read(run.folder)
    assert (record.status, record.error, record.problems) == ("Completed", None, [])
    assert (record.series["x"].steps, record.series["x"].values) == ([0, 7, 8], [0, 1, 2])
    assert (record.series["l"].steps, record.series["l"].values) == ([0, 1, 2], [1, 2, 3])
    assert (record.series["new"].steps, [image.step for image in record.images]) == ([0], [0, 1])
    assert record.tables[0].rows == [{"a": 1}, {"a": 2}]
    assert before.items() <= contents(run.folder).items()


def test_a_run_whose_process_was_killed_goes_on(script: Script, here: Path) -> None:
    script(
        "import os, runpages\nrun = runpages.start('e', capture=False)\nrun.log('x', 0)\nos.kill(os.getpid(), 9)",
        code=None,
    )
    (folder,) = runs(here / "runs")
    assert read(folder).status == "NotResponding"
    run = runpages.resume(folder)
    assert read(folder).status == "Running"
    run.log("x", 1)
    run.complete()
    assert (read(folder).status, read(folder).series["x"].steps) == ("Completed", [0, 1])


def test_a_run_that_goes_on_is_joined_and_not_ended(run: Run) -> None:
    run.log("x", 0)
    with runpages.resume(run.folder) as joined:
        joined.log("x", 1)
    assert read(run.folder).status == "Running"
    run.log("x", 2)
    run.complete()
    record = read(run.folder)
    assert (record.status, sorted(record.series["x"].values, key=str)) == ("Completed", [0, 1, 2])


def test_a_resumed_run_that_is_killed_is_not_responding(script: Script, here: Path) -> None:
    script("import runpages\nrunpages.start('e', capture=False).complete()")
    (folder,) = runs(here / "runs")
    text = "import os, sys, runpages\nrunpages.resume(sys.argv[1])\nos.kill(os.getpid(), 9)"
    script(text, str(folder), code=None)
    assert read(folder).status == "NotResponding"


def test_a_folder_written_by_hand_is_resumed(here: Path) -> None:
    folder = here / "runs" / "demo" / "a"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("name,step,value\nloss,3,0.5\n")
    with runpages.resume(folder) as run:
        run.log("loss", 0.25)
    record = read(folder)
    assert (record.series["loss"].steps, record.series["loss"].values) == ([3, 4], [0.5, 0.25])
    assert (record.status, record.problems) == ("Completed", [])


def test_a_run_itself_is_resumed(start: Start) -> None:
    run = start()
    run.complete()
    with runpages.resume(run) as again:
        again.log("loss", 1)
    assert read(run.folder).series["loss"].values == [1]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        *((name, "no run") for name in ("none", "../runs", "runs")),
        *((wrong, "must be a path") for wrong in (3, None, b"x", "a\0b")),
    ],
)
def test_what_is_no_run_is_not_resumed(start: Start, here: Path, run: Any, told: str) -> None:
    start()
    before = contents(here)
    with pytest.raises(UserError, match=told):
        runpages.resume(run)
    assert contents(here) == before


# --- files -------------------------------------------------------------------------------------------------


def test_many_files_are_uploaded_at_once(run: Run, here: Path) -> None:
    (here / "a").write_text("A")
    (here / "b").write_text("B")
    assert run.upload_files(["x/a", "b"], ["a", "b"]) is None
    assert run.upload_files(["c"], ["a"], return_artifacts=True) == {"c": "artifacts/c"}
    with pytest.raises(TypeError, match="1 names and 2 paths"):
        run.upload_files(["d"], ["a", "b"])
    with pytest.warns(RuntimeWarning, match="twice"):
        run.upload_files(["e", "e"], ["a", "b"])
    assert run.get_file_names() == ["b", "c", "e", "x/a"]
    assert Path(run.folder, "artifacts", "e").read_text() == "A"


def test_a_folder_is_uploaded_with_its_paths(run: Run, here: Path) -> None:
    for path in ("data/a.txt", "data/deep/b.txt"):
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_text(path)
    run.upload_folder("kept", "data")
    assert run.get_file_names() == ["kept/a.txt", "kept/deep/b.txt"]
    with pytest.raises(UserError, match="not a folder"):
        run.upload_folder("x", "data/a.txt")


def test_files_are_copied_out_again(run: Run, here: Path) -> None:
    (here / "m").write_bytes(b"\x00model")
    run.upload_file("outputs/m:1.bin", "m")
    run.log_confusion_matrix("c", [[1]])
    run.download_file("outputs/m:1.bin")
    assert (here / "m:1.bin").read_bytes() == b"\x00model"
    run.download_file("outputs/m:1.bin", "deep/er/copy")
    (here / "folder").mkdir()
    run.download_file("outputs/m:1.bin", "folder")
    assert (here / "deep/er/copy").read_bytes() == (here / "folder/m:1.bin").read_bytes() == b"\x00model"
    with pytest.raises(UserError, match=r"no file 'x'; it has charts/c.jsonl, outputs/m:1.bin"):
        run.download_file("x")

    run.download_files("outputs", "all")
    run.download_files("outputs/", "bare", append_prefix=False)
    run.download_files(output_directory="whole")
    assert (here / "all/outputs/m:1.bin").is_file()
    assert (here / "bare/m:1.bin").is_file()
    assert (here / "whole/charts/c.jsonl").is_file()
    run.download_files("charts", output_paths=["matrix"])
    assert (here / "matrix").is_file()
    with pytest.raises(UserError, match="output_paths"):
        run.download_files(output_paths=["one"])


def test_a_foreign_run_cannot_write_above_the_folder_of_a_download(run: Run, here: Path) -> None:
    evil = Path(run.folder, "artifacts", "~2e~2e", "up.txt")
    evil.parent.mkdir(parents=True)
    evil.write_text("x")
    assert run.get_file_names() == ["../up.txt"]
    with pytest.raises(UserError, match=r"\.\."):
        run.download_files(output_directory="copy")
    assert not (here / "copy").exists()


def test_a_link_that_leaves_the_run_is_not_downloaded(run: Run, here: Path) -> None:
    (here / "secret").write_text("secret")
    Path(run.folder, "artifacts").mkdir()
    os.symlink(here / "secret", Path(run.folder, "artifacts", "link"))
    with pytest.raises(OSError, match="leaves"):
        run.download_file("link", "copy")
    assert not (here / "copy").exists()


def test_metrics_come_with_their_files(run: Run) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    run.log("x", 1)
    run.log_image("i", svg)
    run.log_confusion_matrix("c", [[1]])
    found = run.get_metrics(populate=True)
    assert found["x"] == 1
    assert (found["i"].filename, found["i"].data, found["i"].metric_type) == ("images/i/0.svg", svg, "azureml.v2.image")
    assert found["i"].data_location == str(Path(run.folder, "images/i/0.svg"))
    assert found["c"].metric_type == "azureml.v2.confusion_matrix"


# --- the run of this process -------------------------------------------------------------------------------


def test_the_run_that_goes_on_is_the_context(start: Start) -> None:
    first, second = start(), start()
    assert Run.get_context() is second
    second.complete()
    assert Run.get_context() is first
    assert Run.get_submitted_run() is first


OFFLINE = """
import os, pickle, subprocess, sys, runpages
from runpages.azureml.core.run import ScriptRun, _OfflineRun
run = runpages.Run.get_context()
assert run is runpages.Run.get_context()
run.log('x', 1, step=2)
run.tag('k')
run.log_row('t', a=1)
with run.child_run() as child:
    child.log('y', 1)
assert run.get_metrics() == {'x': 1, 't': {'a': 1}}
assert run.get_file_names() == [] and run.parent is None
assert child.parent.id == run.id and [one.id for one in run.get_children()] == [child.id]
for one in (run, child, pickle.loads(pickle.dumps(run)), *run.get_children()):
    assert not hasattr(one, 'experiment') and isinstance(one, _OfflineRun) and type(one).__name__ == '_OfflineRun'
# Where it was begun, a worker comes to the run, too.
subprocess.run([sys.executable, '-c', 'from runpages import Run; assert not hasattr(Run.get_context(), "experiment")'],
               check=True)
try:
    run.submit_child(None)
except runpages.UserError as refusal:
    assert 'takes no script' in str(refusal)
else:
    raise AssertionError
print(child.id)
print(run.id)
print(run.folder)
print(os.getcwd())
"""


def test_without_a_run_there_is_one_that_is_thrown_away(script: Script, here: Path) -> None:
    done = script(OFFLINE)
    child, identity, folder, _ = done.stdout.splitlines()
    assert done.stderr.count(f"{child} is a child of {identity} and is discarded with it") == 1
    assert identity.startswith("OfflineRun_")
    assert done.stderr.count("runpages.start()") == 1
    assert not Path(folder).exists()
    assert [path.name for path in here.iterdir()] == ["script.py"]


def test_what_a_script_begins_beside_an_offline_run_is_kept(script: Script, here: Path) -> None:
    done = script(
        "import runpages\n"
        "from runpages import Run, Workspace, Experiment\n"
        "run = Run.get_context()\n"
        "ws = run.experiment.workspace if hasattr(run, 'experiment') else Workspace()\n"
        "with Experiment(ws, 'real').start_logging() as real: real.log('x', 1)\n"
        "try: run.experiment\n"
        "except AttributeError as error: print(error)\n"
    )
    assert "has no experiment; start a run with runpages.start()" in done.stdout
    assert [run.get_metrics() for run in Workspace(root=here / "runs").experiments["real"].get_runs()] == [{"x": 1}]


@pytest.mark.parametrize("call", ["Run.get_context(allow_offline=False)", "Run.get_submitted_run()"])
def test_without_a_run_a_strict_script_is_told(script: Script, here: Path, call: str) -> None:
    done = script(f"from runpages import Run\n{call}", code=1)
    assert "RunEnvironmentError: no run is active in this process" in done.stderr
    assert RunEnvironmentError.__mro__[1] is runpages.RunpagesError


def test_what_has_no_meaning_on_folders_says_so(run: Run, here: Path) -> None:
    with pytest.raises(UserError, match="submit"):
        experiment(here).submit(None)  # type: ignore[arg-type]
