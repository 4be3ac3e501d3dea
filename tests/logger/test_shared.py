"""Runs that watch one folder of outputs at the same time are named to each other, and no others are."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import runpages
from runpages import Run
from tests.logger.conftest import Script, Start, contents, read

# One run of several: it waits for words on its standard input, and prints what it was warned of.
ONE = """
import os, sys, warnings, runpages
warnings.simplefilter("always")
name, outputs = sys.argv[1], sys.argv[2]
with runpages.start("e", name=name, root="runs", capture=False, outputs=outputs) as run:
    print(run.id, flush=True)
    sys.stdin.readline()
    if name != "idle":
        os.makedirs(outputs, exist_ok=True)
        open(f"{outputs}/{name}", "w").close()
"""


class Other:
    """A run in another process."""

    def __init__(self, here: Path, name: str, outputs: str = "outputs") -> None:
        place = here / "one.py"
        place.write_text(ONE, encoding="utf-8")
        command = [sys.executable, str(place), name, outputs]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=here, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        assert self.process.stdout is not None
        self.id = self.process.stdout.readline().strip()
        self.name = f"e/{self.id}"
        self.folder = here / "runs" / "e" / self.id

    def end(self) -> str:
        """Let it write its file and end; returns what it printed on its error stream."""
        _, said = self.process.communicate("go\n", timeout=60)
        assert self.process.returncode == 0, said
        return str(said)

    def met(self) -> tuple[str, ...]:
        return read(self.folder).outputs_shared_with


def notes(here: Path) -> list[str]:
    return [path for path in contents(here / "runs") if path.startswith(".")]


def test_runs_that_go_on_at_once_in_one_folder_are_named_to_each_other(here: Path) -> None:
    a, b, c = (Other(here, name) for name in "abc")
    said = {one.id: one.end() for one in (b, a, c)}
    assert b.met() == tuple(sorted([a.name, c.name]))
    assert a.met() == tuple(sorted([b.name, c.name]))
    assert c.met() == tuple(sorted([a.name, b.name]))
    for one in (a, b, c):
        assert all(name in said[one.id] for name in one.met())
        assert "give each run its own outputs=" in said[one.id]
    assert notes(here) == []


def test_where_the_folder_is_in_use_the_start_says_what_to_do(here: Path) -> None:
    (here / "outputs").mkdir()
    a = Other(here, "a")
    b = Other(here, "b")
    said = b.end()
    assert f"{a.name} watches 'outputs' as well" in said
    assert "outputs='outputs/<a name>'" in said
    a.end()


def test_runs_with_folders_of_their_own_meet_nobody(here: Path) -> None:
    (here / "outputs").mkdir()
    a, b = Other(here, "a", "outputs/a"), Other(here, "b", "outputs/b")
    assert (a.end(), b.end(), a.met(), b.met()) == ("", "", (), ())
    assert [file.name for file in read(a.folder).artifacts] == ["outputs/a/a"]
    assert notes(here) == []


def test_a_run_that_collects_nothing_names_nobody(here: Path) -> None:
    a, idle = Other(here, "a"), Other(here, "idle")
    assert (idle.end(), idle.met()) == ("", ())
    a.end()
    assert a.met() == (idle.name,)


def test_a_run_that_was_killed_is_no_company(here: Path) -> None:
    (here / "outputs").mkdir()
    killed = Other(here, "killed")
    killed.process.kill()
    killed.process.communicate()
    b = Other(here, "b")
    assert (b.end(), b.met()) == ("", ())
    assert notes(here) == []


def test_runs_in_turn_meet_nobody(start: Start, here: Path) -> None:
    (here / "outputs").mkdir()
    for name in "abc":
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with start() as run:
                Path("outputs", name).touch()
        assert [file.name for file in read(run.folder).artifacts] == [f"outputs/{name}"]
    assert notes(here) == []


def test_a_run_inside_another_and_children_are_no_company(start: Start, here: Path) -> None:
    (here / "outputs").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with start() as outer:
            with start() as inner:
                Path("outputs/inner").touch()
            with outer.child_run(outputs=["outputs"]) as child:
                Path("outputs/child").touch()
    assert [read(run.folder).outputs_shared_with for run in (outer, inner, child)] == [(), (), ()]


def test_runs_of_one_process_that_overlap_are_named(start: Start) -> None:
    first, second = start(), start()
    Path("outputs").mkdir()
    Path("outputs/a").touch()
    with pytest.warns(RuntimeWarning, match=second.id):
        first.complete()
    second.complete()
    assert read(first.folder).outputs_shared_with == (f"e/{second.id}",)


def test_runs_of_one_process_do_not_read_what_it_has_written_itself(script: Script, here: Path) -> None:
    done = script(
        "import sys, runpages\nread = 0\n"
        "def look(event, given):\n    global read\n"
        "    read += event == 'open' and given[1] == 'r' and '.outputs-' in str(given[0])\n"
        "sys.addaudithook(look)\n"
        "runs = [runpages.start('e', root='runs', capture=False) for _ in range(9)]\n"
        "for run in runs: run.complete()\n"
        "print(read)"
    )
    assert done.stdout == "0\n"
    assert notes(here) == []


MANY = """
import os, runpages
outer = runpages.start('e', root='runs', capture=False)
(place,) = (one.path for one in os.scandir('runs') if one.name.startswith('.outputs-'))
sizes = []
for _ in range(200):
    with runpages.start('e', root='runs', capture=False):
        sizes.append(os.path.getsize(place))
print(max(sizes) < 80 * sizes[0] / 2)
print(sum(name.startswith('.outputs-') for name in os.listdir('runs')))
outer.complete()
"""


def test_runs_inside_another_of_the_process_leave_few_notes(script: Script, here: Path) -> None:
    assert script(MANY).stdout == "True\n1\n"
    assert notes(here) == []


def test_what_another_process_watched_is_known_until_the_last_run_of_this_one_ends(start: Start, here: Path) -> None:
    first, second = start(), start()
    other = Other(here, "other")
    other.end()
    Path("outputs/mine").touch()
    with pytest.warns(RuntimeWarning, match=other.id):
        first.complete()
    with pytest.warns(RuntimeWarning, match=other.id):
        Path("outputs/later").touch()
        second.complete()
    assert other.name in read(second.folder).outputs_shared_with
    assert notes(here) == []


@pytest.mark.parametrize("experiment", ["None", "'other'"])
def test_a_run_in_a_command_that_is_a_run_is_no_company(script: Script, here: Path, experiment: str) -> None:
    (here / "outputs").mkdir()
    inner = f"import runpages\nwith runpages.start({experiment}, capture=False): open('outputs/a', 'w').close()"
    (here / "inner.py").write_text(inner)
    done = script(
        "import sys, runpages\nfrom runpages.jobs import command as execute\n"
        "e = runpages.Experiment(runpages.Workspace(root='runs'), 'e')\n"
        "argv = [sys.executable, 'inner.py']\n"
        "run = execute.begin(e, argv, name=None, params={}, tags={})\n"
        "sys.exit(execute.execute(run, argv))\n"
    )
    assert done.stderr == ""
    found = [read(path) for path in (here / "runs").glob("*/2*")]
    assert [run.outputs_shared_with for run in found] == [(), ()]
    assert notes(here) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": 1}', '{"run": "x", "began": "soon"}'])
def test_a_note_that_says_nothing_is_passed_over(run: Run, start: Start, here: Path, text: str) -> None:
    (note,) = notes(here)
    name = note.rpartition("-")[0] + "-00000000"
    Path(here, "runs", name).write_text(text)
    other = start()
    other.complete()
    run.complete()
    assert read(run.folder).status == "Completed"
    assert runpages.read(here / "runs").runs
