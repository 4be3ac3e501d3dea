"""Files that are replaced whole or created once, and names that are claimed, by many processes at a time."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runpages import _begin as begin
from runpages._begin import run_folder, run_number
from runpages.format.errors import ConflictError, StorageError
from runpages.format.layout import STATE
from runpages.format.write import claim, create, replace
from tests.format.limit import file_size
from tests.format.process import together
from tests.format.strategy import NASTY

REPLACE = """
import sys
from runpages.format.write import replace
for at in range(1, 2001):
    replace(sys.argv[1], {"at": at, "rest": "x" * (at * 37 % 9000)})
"""


def test_a_reader_never_sees_half_a_document(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    replace(str(path), {"at": 0, "rest": ""})
    seen = [0]
    with subprocess.Popen([sys.executable, "-c", REPLACE, str(path)]) as process:
        while seen[-1] < 2000 and process.poll() is None:
            document = json.loads(path.read_bytes())
            assert document["rest"] == "x" * (document["at"] * 37 % 9000)
            assert document["at"] >= seen[-1]
            seen.append(document["at"])
    assert process.returncode == 0
    assert json.loads(path.read_bytes())["at"] == 2000
    assert len(set(seen)) > 10, "the reader was never there in between"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_is_replaced_by_bytes_or_a_document(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "x"
    replace(str(path), b"bytes", sync=sync)
    assert path.read_bytes() == b"bytes"
    replace(str(path), {"a": 1}, sync=sync)
    assert path.read_bytes() == b'{\n "a": 1\n}\n'


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    replace(str(path), {"a": 1})
    for size in (0, 5):
        with file_size(size), pytest.raises(StorageError, match="cannot write"):
            replace(str(path), {"a": 2})
        with file_size(size), pytest.raises(StorageError, match="cannot write"):
            create(str(tmp_path / "new"), b"0123456789")
    assert json.loads(path.read_bytes()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_document_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    replace(str(path), {"a": 1})
    with pytest.raises(TypeError):
        replace(str(path), {"a": object()})
    assert json.loads(path.read_bytes()) == {"a": 1}


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="folder of the run no longer exists"):
        replace(str(tmp_path / "gone" / "run.json"), {})


@pytest.mark.parametrize(
    "name", [*(n for n in NASTY if n.isprintable() and 0 < len(n.encode()) <= 255), "é" * 127, "😀" * 63]
)
def test_any_name_that_the_disk_takes_is_taken(tmp_path: Path, name: str) -> None:
    name = name.replace("/", "|").rstrip(".") or "x"
    create(str(tmp_path / name), b"1")
    replace(str(tmp_path / name), b"2")
    assert (tmp_path / name).read_bytes() == b"2"


def test_what_is_there_is_never_replaced_by_create(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x"
    create(str(path), b"first")
    with pytest.raises(ConflictError, match="already exists"):
        create(str(path), b"second")
    assert path.read_bytes() == b"first"
    assert list(path.parent.iterdir()) == [path]


def test_without_hard_links_a_name_is_claimed_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    test_what_is_there_is_never_replaced_by_create(tmp_path)
    side = tmp_path / "side"
    side.touch()
    with pytest.raises(ConflictError):
        claim(str(side), str(tmp_path / "a" / "b" / "x"))
    assert not side.exists()


CREATE = """
from runpages.format.write import create
from runpages.format.errors import ConflictError
import os
wait()
for at in range(50):
    try:
        create(f"{argv[0]}/{at}", f"{os.getpid()}\\n".encode() * 1000)
        print(at)
    except ConflictError:
        pass
"""


def test_one_process_wins_a_name(tmp_path: Path) -> None:
    won = together(CREATE, 8, str(tmp_path))
    assert sorted(int(at) for lines in won for at in lines) == list(range(50))
    assert {path.name for path in tmp_path.iterdir()} == {str(at) for at in range(50)}
    for path in tmp_path.iterdir():
        lines = path.read_text().splitlines()
        assert len(lines) == 1000
        assert len(set(lines)) == 1


# --- folders and numbers -----------------------------------------------------------------------------------

NUMBER = """
from runpages._begin import run_number
wait()
for _ in range(50):
    print(run_number(argv[0], argv[1]))
"""


@pytest.mark.parametrize("runs", [0, 1, 12])
def test_run_numbers_are_unique_and_begin_after_the_runs_that_are_there(tmp_path: Path, runs: int) -> None:
    for at in range(runs):
        (tmp_path / f"run{at}").mkdir()
        (tmp_path / f"run{at}" / "run.json").touch()
    for at in range(3):  # Runs that begin at the same moment have their folders before their numbers.
        (tmp_path / f"new{at}").mkdir()
    (tmp_path / "experiment.json").touch()
    (tmp_path / "loop").symlink_to("loop")
    printed = together(NUMBER, 8, str(tmp_path), STATE)
    numbers = [int(line) for lines in printed for line in lines]
    assert len(numbers) == 400
    first = runs + 1
    assert sorted(numbers) == list(range(first, first + 400))
    for lines in printed:
        assert lines == sorted(lines, key=int)
    assert [path.name for path in (tmp_path / STATE).iterdir()] == [f"number-{first + 400}"]
    assert {path.name for path in tmp_path.iterdir()} >= {STATE}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".number")]


def test_a_counter_that_another_process_made_first_stays(tmp_path: Path) -> None:
    (tmp_path / STATE).mkdir()
    (tmp_path / STATE / "number-7").touch()
    begin._first_counter(str(tmp_path), str(tmp_path / STATE))
    assert os.listdir(tmp_path) == [STATE]
    assert os.listdir(tmp_path / STATE) == ["number-7"]


def test_a_number_that_another_process_took_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / STATE).mkdir()
    (tmp_path / STATE / "number-8").touch()
    seen = iter(([7], [8]))
    monkeypatch.setattr(begin, "_counters", lambda _folder: next(seen))
    assert run_number(str(tmp_path), STATE) == 8
    assert os.listdir(tmp_path / STATE) == ["number-9"]


def test_a_lost_counter_begins_anew(tmp_path: Path) -> None:
    assert [run_number(str(tmp_path), STATE) for _ in range(3)] == [1, 2, 3]
    (tmp_path / STATE / "number-4").unlink()
    assert run_number(str(tmp_path), STATE) == 1


def test_a_strange_counter_is_no_counter(tmp_path: Path) -> None:
    assert run_number(str(tmp_path), STATE) == 1
    for name in ("number-x", "number-²", "number-", "number"):
        (tmp_path / STATE / name).touch()
    assert run_number(str(tmp_path), STATE) == 2


def test_an_experiment_that_is_gone_has_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="folder of the run no longer exists"):
        run_number(str(tmp_path / "gone"), STATE)


FOLDER = """
import random
from runpages._begin import run_folder
wait()
for _ in range(50):
    run, path = run_folder(argv[0], lambda: str(random.randrange(1000)))
    open(path + "/mine", "x").close()
    print(run)
"""


def test_a_run_folder_is_taken_once(tmp_path: Path) -> None:
    printed = together(FOLDER, 8, str(tmp_path / "deep" / "exp"))
    ids = [line for lines in printed for line in lines]
    assert len(ids) == len(set(ids)) == 400
    assert {path.name for path in (tmp_path / "deep" / "exp").iterdir()} == set(ids)


def test_a_run_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    assert run_folder(str(tmp_path), lambda: "a") == ("a", str(tmp_path / "a"))
    with pytest.raises(ConflictError, match="after 100 tries"):
        run_folder(str(tmp_path), lambda: "a")
    (tmp_path / "file").touch()
    for place in ("file", "file/exp"):
        with pytest.raises(StorageError, match="a file, not a folder"):
            run_folder(str(tmp_path / place), lambda: "a")
