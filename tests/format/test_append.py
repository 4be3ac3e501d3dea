"""Lines that are appended: one call of the system each, and whatever the disk does, the file stays readable."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.errors import ConflictError, StorageError
from runpages.format.stream import Points, parse
from runpages.format.write import Appender, refused
from tests.format.limit import file_size

HEADER = b"name,step,time,value,text\n"
LINES = [b"loss,0,1700000000.000,0.5,\n", b"loss,1,1700000001.000,0.25,\n", b"loss,2,1700000002.000,0.125,\n"]


def read(path: Path) -> Points:
    return parse(path.read_bytes(), path.name)


def steps(path: Path) -> list[float]:
    found = read(path).series
    return found["loss"][0] if found else []


class Calls:
    """The calls of the system that wrote."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data: list[bytes] = []
        real = os.write

        def write(fd: int, data: bytes) -> int:
            self.data.append(bytes(data))
            return real(fd, data)

        monkeypatch.setattr(os, "write", write)


def test_a_line_is_one_call_and_the_first_brings_the_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.csv"
    file = Appender(str(path), HEADER)
    assert not path.exists()
    calls = Calls(monkeypatch)
    for line in LINES:
        file.write(line)
    assert calls.data == [HEADER + LINES[0], LINES[1], LINES[2]]
    assert path.read_bytes() == HEADER + b"".join(LINES)


def test_many_lines_are_one_call_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    Appender(str(tmp_path / "t.jsonl")).write(b"{}\n" * 100_000)
    assert calls.data == [b"{}\n" * 100_000]


def test_a_line_is_with_the_system_when_the_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    file = Appender(str(path), HEADER)
    for count, line in enumerate(LINES, 1):
        file.write(line)
        assert steps(path) == list(range(count))


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    script = (
        "import os, sys; from runpages.format.write import Appender\n"
        f"file = Appender(sys.argv[1], {HEADER!r})\n"
        "for at in range(10**6):\n    file.write(b'loss,%d,,1,\\n' % at); os.write(1, b'%d\\n' % at)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(500):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        acknowledged = 500 + process.stdout.read().count(b"\n")
    assert process.returncode == -signal.SIGKILL
    assert steps(path)[:acknowledged] == list(range(acknowledged))


def test_another_writers_file_is_never_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(b"theirs")
    with pytest.raises(ConflictError, match="belongs to another writer"):
        Appender(str(path), HEADER).write(LINES[0])
    assert path.read_bytes() == b"theirs"


def test_a_closed_file_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    file = Appender(str(path), HEADER)
    file.close()
    file.close()
    for line in LINES:
        file.write(line)
        file.sync()
        file.close()
        assert file.fd == -1
    assert path.read_bytes() == HEADER + b"".join(LINES)


def test_the_descriptor_is_not_inherited(tmp_path: Path) -> None:
    file = Appender(str(tmp_path / "x"))
    file.write(b"x\n")
    assert not os.get_inheritable(file.fd)


# --- a full disk -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(len(HEADER) + len(LINES[0])))
def test_a_first_line_that_does_not_fit_leaves_no_trace(tmp_path: Path, size: int) -> None:
    path = tmp_path / "metrics.csv"
    file = Appender(str(path), HEADER)
    with file_size(size), pytest.raises(StorageError):
        file.write(LINES[0])
    assert not path.exists()
    file.write(LINES[1])
    assert (steps(path), read(path).problems) == ([1], [])


@pytest.mark.parametrize("room", range(len(LINES[1])))
def test_a_line_that_does_not_fit_is_told_and_left_out(tmp_path: Path, room: int) -> None:
    path = tmp_path / "metrics.csv"
    file = Appender(str(path), HEADER)
    file.write(LINES[0])
    with file_size(len(HEADER) + len(LINES[0]) + room), pytest.raises(StorageError) as full:
        file.write(LINES[1])
    assert full.value.errno in (errno.ENOSPC, errno.EFBIG)
    assert str(path) in str(full.value)
    assert "Earlier data is safe" in str(full.value) or "earlier data is safe" in str(full.value)
    assert isinstance(full.value, OSError)
    assert steps(path) == [0]
    file.write(LINES[2])
    assert steps(path) == [0, 2]
    problems = read(path).problems
    assert [(problem.line, problem.action) for problem in problems] == ([(3, "Line skipped")] if room else [])
    assert all("Only part of the line was written to the disk" in problem.message for problem in problems)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=12))
def test_however_often_the_disk_is_full_what_was_taken_is_read(attempts: list[tuple[int, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "metrics.csv")
        file = Appender(str(path), HEADER)
        taken: list[float] = []
        for step, (room, reopen) in enumerate(attempts):
            before = path.stat().st_size if path.exists() else 0
            try:
                with file_size(before + room):
                    file.write(b"loss,%d,,%d,\n" % (step, step))
                taken.append(step)
            except StorageError:
                pass
            if reopen:
                file.close()
        file.write(b"loss,99,,99,\n")
        file.close()
        assert steps(path) == [*taken, 99]
        told = read(path).problems
        assert len(told) <= len(attempts) - len(taken)
        assert all("Only part of the line was written to the disk" in problem.message for problem in told)


def test_a_caller_of_the_system_hands_a_short_count_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    file = Appender(str(path), HEADER)
    file.write(LINES[0])
    assert isinstance(file.short(os.write(file.fd, LINES[1][:7])), StorageError)
    file.write(LINES[2])
    assert steps(path) == [0, 2]
    assert [problem.line for problem in read(path).problems] == [3]


# --- a disk that refuses -----------------------------------------------------------------------------------


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        StorageError, match=r"cannot write .*/gone/m\.csv: No such file.*folder of the run no longer exists"
    ) as gone:
        Appender(str(tmp_path / "gone" / "m.csv")).write(b"x\n")
    assert gone.value.errno == errno.ENOENT
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="a file, not a folder"):
        Appender(str(tmp_path / "file" / "m.csv")).write(b"x\n")


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "The disk is full. Free some space"),
        (errno.EDQUOT, "quota is used up. Free some space"),
        (errno.EFBIG, "reached the size limit of this disk or account"),
        (errno.EROFS, "read-only. Choose another workspace"),
        (errno.EACCES, "Permission denied. Choose another workspace"),
        (errno.EIO, "Earlier data stays readable"),
    ],
)
def test_what_to_do_is_told(number: int, hint: str) -> None:
    error = refused(OSError(number, ""), "runs/x/metrics.csv")
    assert error.errno == number
    assert error.message.startswith(f"cannot write runs/x/metrics.csv: {os.strerror(number)}. ")
    assert hint in error.message
