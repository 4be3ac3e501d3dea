"""Snapshots: what is kept of a folder, how, and how it is given back."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runpages
from runpages import metadata
from runpages.format import layout
from runpages.format.errors import ConflictError, SnapshotError, StorageError
from runpages.snapshot import pack
from runpages.snapshot.files import LIMITS, MB, sources
from runpages.snapshot.pack import identity
from tests.format.folder import write
from tests.format.schema import faults
from tests.logger.conftest import Script, Start, contents, read

FILES, SIZE = LIMITS
CODE = {"train.py": "print('é')\n", "lib/model.py": "x = 1\n", "lib/__init__.py": "", "data.csv": "a\n1\n"}


@pytest.fixture(autouse=True)
def without_limits_of_the_tester(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in LIMITS:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def code(here: Path) -> Path:
    return write(here / "code", CODE)


def kept(run: runpages.Run) -> dict[str, bytes]:
    """What the snapshot of a run holds, in its order; a zip that is damaged raises."""
    with zipfile.ZipFile(Path(run.folder, "snapshot.zip")) as file:
        assert file.testzip() is None
        return {entry.filename: file.read(entry) for entry in file.infolist()}


def warned(call: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        call()
    assert all(one.category is RuntimeWarning and one.filename == __file__ for one in told)
    return [str(one.message) for one in told]


# --- what is kept ------------------------------------------------------------------------------------------


def test_a_folder_is_kept_sorted_and_found_by_readers(run: runpages.Run, code: Path) -> None:
    before = contents(code)
    name = run.take_snapshot(str(code))
    assert list(kept(run).items()) == [(name, CODE[name].encode()) for name in sorted(CODE)]
    assert contents(code) == before
    assert run.get_snapshot_id() == name == identity(os.path.join(run.folder, "snapshot.zip"))
    record = read(run.folder)
    assert record.snapshot is not None
    assert record.snapshot.size == Path(run.folder, "snapshot.zip").stat().st_size
    assert record.properties == {"ContentSnapshotId": name}
    assert faults(Path(run.folder)) == []


def test_the_default_is_the_current_folder_without_the_workspace(
    run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.log("x", 1)
    run.take_snapshot()
    assert list(kept(run)) == [f"code/{name}" for name in sorted(CODE)]


def test_one_file_is_kept_under_its_name_whatever_an_ignore_file_says(run: runpages.Run, code: Path) -> None:
    (code / ".gitignore").write_text("*")
    run.take_snapshot(code / "lib" / "model.py")
    assert kept(run) == {"model.py": b"x = 1\n"}


def test_the_id_is_what_sha256sum_prints_of_what_sha256sum_prints(run: runpages.Run, code: Path) -> None:
    (code / "a-é.txt").write_text("b")
    name = run.take_snapshot(code)
    listing = "".join(
        f"{hashlib.sha256((code / file).read_bytes()).hexdigest()}  {file}\n" for file in sorted([*CODE, "a-é.txt"])
    )
    assert name == hashlib.sha256(listing.encode()).hexdigest()


def test_the_same_files_give_the_same_bytes(start: Start, here: Path) -> None:
    first, second = (write(here / name, CODE) for name in ("first", "second"))
    for path in second.rglob("*"):
        os.utime(path, (1e9, 1e9))
        if path.is_file():
            path.chmod(0o600)
    (second / "empty").mkdir()
    (second / "train.py").rename(second / "other")
    (second / "other").rename(second / "train.py")
    runs = [start(), start(), start()]
    ids = [run.take_snapshot(folder) for run, folder in zip(runs, (first, second, second), strict=True)]
    zips = [Path(run.folder, "snapshot.zip").read_bytes() for run in runs]
    assert len(set(ids)) == len(set(zips)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "train.py").write_text("print('è')\n"),
        lambda folder: (folder / "train.py").rename(folder / "test.py"),
        lambda folder: (folder / "new").touch(),
        lambda folder: (folder / "lib" / "__init__.py").unlink(),
    ],
)
def test_other_files_have_another_id(start: Start, code: Path, change: Callable[[Path], object]) -> None:
    before = start().take_snapshot(code)
    change(code)
    assert start().take_snapshot(code) != before


def test_the_executable_bit_is_kept_and_no_other(run: runpages.Run, code: Path) -> None:
    (code / "train.py").chmod(0o700)
    run.take_snapshot(code)
    with zipfile.ZipFile(Path(run.folder, "snapshot.zip")) as file:
        modes = {entry.filename: entry.external_attr >> 16 for entry in file.infolist()}
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert modes.pop("train.py") == stat.S_IFREG | 0o755
    assert set(modes.values()) == {stat.S_IFREG | 0o644}


def test_what_is_packed_already_is_stored(run: runpages.Run, here: Path) -> None:
    write(here / "code", {"a.PNG": b"\0" * 1000, "weights.npz": b"\0" * 1000, "a.txt": "a" * 1000})
    run.take_snapshot("code")
    with zipfile.ZipFile(Path(run.folder, "snapshot.zip")) as file:
        kinds = {entry.filename: entry.compress_type for entry in file.infolist()}
    stored, packed = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    assert kinds == {"a.PNG": stored, "weights.npz": stored, "a.txt": packed}


@pytest.mark.parametrize("size", [0, 99, 100, 101, 250])
def test_large_files_are_kept_in_pieces(
    run: runpages.Run, here: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(pack, "WHOLE", 100)
    data = os.urandom(size)
    write(here / "code", {"a.bin": data, "a.zip": data, "b.txt": "b"})
    name = run.take_snapshot("code")
    assert kept(run) == {"a.bin": data, "a.zip": data, "b.txt": b"b"}
    assert identity(os.path.join(run.folder, "snapshot.zip")) == name


def test_an_empty_folder_is_a_snapshot_of_nothing(run: runpages.Run, here: Path) -> None:
    (here / "empty").mkdir()
    assert run.take_snapshot("empty") == hashlib.sha256(b"").hexdigest()
    assert kept(run) == {}


# --- what is left out --------------------------------------------------------------------------------------


def test_what_is_no_source_is_left_out_in_silence(run: runpages.Run, code: Path) -> None:
    write(
        code,
        {
            ".git/config": "", "deep/.hg/x": "", ".svn/x": "", "worktree/.git": "gitdir: elsewhere",
            "__pycache__/a.pyc": "", "lib/__pycache__/a.pyc": "", ".pytest_cache/x": "", ".mypy_cache/x": "",
            ".ruff_cache/x": "", "web/node_modules/x/index.js": "", ".ipynb_checkpoints/a.ipynb": "",
            "env/pyvenv.cfg": "", "env/lib/x.py": "", "conda/conda-meta/x": "", "conda/bin/python": "",
            "site/.runpages-site.json": "{}", "site/index.html": "", ".runpages/site.json": "{}",
        },
    )  # fmt: skip
    assert warned(lambda: run.take_snapshot(code)) == []
    assert list(kept(run)) == sorted(CODE)


def test_secrets_are_left_out_and_told_by_name(run: runpages.Run, code: Path) -> None:
    secrets = (
        ".env",
        "conf/.env.local",
        "id_rsa",
        "lib/server.PEM",
        "a.key",
        ".netrc",
        ".npmrc",
        ".pypirc",
        ".cargo/credentials",
        ".vscode/sftp.json",
        "prod.tfvars",
    )
    write(code, {**dict.fromkeys(secrets, "s3cret"), ".aws/config": "s3cret", ".ssh/known": "s3cret"})
    write(code, {"ignored/.env": "s3cret", ".gitignore": "ignored/\n", "env.py": "", "keys.py": ""})
    (told,) = warned(lambda: run.take_snapshot(code))
    assert told == (
        "left out of the snapshot, because the names suggest secrets: "
        ".aws/, .cargo/credentials, .env, .netrc, .npmrc, .pypirc, .ssh/, .vscode/sftp.json, a.key, conf/.env.local, "
        "id_rsa, lib/server.PEM, prod.tfvars"
    )
    assert list(kept(run)) == sorted([*CODE, ".gitignore", "env.py", "keys.py"])
    assert b"s3cret" not in b"".join(kept(run).values())


@pytest.mark.parametrize("name", [".env", "id_rsa", "harmless.txt"])
def test_a_secret_is_no_snapshot_by_itself(run: runpages.Run, here: Path, name: str) -> None:
    write(here, {".env": "", "id_rsa": ""})
    if name == "harmless.txt":
        os.symlink(".env", name)
    before = contents(run.folder)
    with pytest.raises(SnapshotError, match="secret"):
        run.take_snapshot(name)
    assert contents(run.folder) == before


def test_links_that_leave_the_folder_and_what_is_no_file_are_told(run: runpages.Run, here: Path, code: Path) -> None:
    write(here, {"outside/secret.txt": "s3cret"})
    write(code, {".env": "s3cret", "skipped.log": "s3cret", ".gitignore": "*.log"})
    for name, target in {
        "absolute": str(here / "outside" / "secret.txt"), "relative": "../outside/secret.txt", "folder": "../outside",
        "inner": "lib", "lib/itself": ".", "loop": "loop", "gone": "nothing", "hidden": ".env",
        "skipped": "skipped.log", "fine": "lib/model.py", "lib/fine": "../train.py", "again": "fine",
    }.items():  # fmt: skip
        os.symlink(target, code / name)
    os.mkfifo(code / "pipe")
    secrets, strays = warned(lambda: run.take_snapshot(code))
    assert secrets.endswith(": .env")
    inside = "the link points to no file of the snapshot"
    leaves = "the link points outside the folder"
    assert strays == "left out of the snapshot: " + ", ".join(
        [
            f"absolute ({leaves})", f"folder ({leaves})", f"gone ({inside})", f"hidden ({inside})", f"inner ({inside})",
            f"lib/itself ({inside})", f"loop ({inside})", "pipe (it is not a regular file)", f"relative ({leaves})",
            f"skipped ({inside})",
        ]
    )  # fmt: skip
    assert {name: data for name, data in kept(run).items() if name not in CODE} == {
        ".gitignore": b"*.log", "fine": b"x = 1\n", "again": b"x = 1\n", "lib/fine": "print('é')\n".encode(),
    }  # fmt: skip


def test_names_that_no_zip_should_hold_are_told(run: runpages.Run, code: Path) -> None:
    write(code, {"a\nb": "", "..\\up": "", "é x<y>.txt": ""})
    os.mkdir(os.fsencode(code) + b"/\xff")
    Path(os.fsdecode(os.fsencode(code) + b"/\xff/a")).touch()
    (told,) = warned(lambda: run.take_snapshot(code))
    assert told.isprintable()
    assert told.count("a backslash or a control character") == 2
    assert told.count("not UTF-8") == 1
    assert list(kept(run)) == sorted([*CODE, "é x<y>.txt"])


@pytest.mark.parametrize("root", [".", "runs", "runs/deep", ".."])
def test_the_runs_of_the_workspace_are_no_code(
    here: Path, code: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.chdir(code)
    workspace = runpages.Workspace(root=root)
    experiment = runpages.Experiment(workspace, "code" if root == ".." else "e")
    with experiment.start_logging(outputs=False, snapshot_directory=None, capture=False) as old:
        old.log("x", 1)
    with experiment.start_logging(outputs=False, snapshot_directory=".", capture=False) as run:
        assert set(kept(run)) == set(CODE)


def test_a_run_cannot_hold_itself(run: runpages.Run) -> None:
    run.log("x", 1)
    with pytest.raises(SnapshotError, match="part of the run itself"):
        run.take_snapshot(run.folder)
    assert not Path(run.folder, "snapshot.zip").exists()


# --- files that are not as they seemed ---------------------------------------------------------------------


def changed_after(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Let something happen between the look at the folder and the reading of its files."""
    real = pack.write

    def later(*arguments: Any) -> Any:
        change()
        return real(*arguments)

    monkeypatch.setattr(pack, "write", later)


def test_a_file_that_goes_or_becomes_something_else_is_told(
    run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change() -> None:
        (code / "data.csv").unlink()
        (code / "lib" / "model.py").unlink()
        os.mkfifo(code / "lib" / "model.py")
        (code / "train.py").unlink()
        os.symlink("/etc/passwd", code / "train.py")

    changed_after(monkeypatch, change)
    (told,) = warned(lambda: run.take_snapshot(code))
    assert [told.count(name) for name in ("data.csv", "lib/model.py", "train.py")] == [1, 1, 1]
    assert kept(run) == {"lib/__init__.py": b""}


@pytest.mark.parametrize("whole", [pack.WHOLE, 10])
def test_a_file_that_changes_while_it_is_read_breaks_nothing(
    run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    """A log that never ends is taken as long as it was, a file that was cut as it is."""
    monkeypatch.setattr(pack, "WHOLE", whole)
    log = write(code, {"a.log": "0123456789" * 10, "b.log": "x" * 100}) / "a.log"
    real = pack._open

    def growing(path: str) -> Any:
        opened = real(path)
        if path == str(log):
            with open(log, "ab") as file:
                file.write(b"later" * 1000)
        if path.endswith("b.log"):
            os.truncate(path, 15)
        return opened

    monkeypatch.setattr(pack, "_open", growing)
    name = run.take_snapshot(code)
    assert kept(run)["a.log"] == b"0123456789" * 10
    assert kept(run)["b.log"] == b"x" * 15
    assert identity(os.path.join(run.folder, "snapshot.zip")) == name


def test_what_may_not_be_read_is_told(run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a system that refuses, since root may read everything."""
    write(code, {"mine.txt": "", "closed/x": ""})
    for name in ("open", "scandir"):
        real = getattr(os, name)

        def refuse(path: Any, *how: Any, real: Callable[..., Any] = real) -> Any:
            if path in (str(code / "mine.txt"), str(code / "closed")):
                raise PermissionError(13, "Permission denied", path)
            return real(path, *how)

        monkeypatch.setattr(os, name, refuse)
    (told,) = warned(lambda: run.take_snapshot(code))
    why = "(it cannot be read: Permission denied)"
    assert told == f"left out of the snapshot: closed/ {why}, mine.txt {why}"
    assert list(kept(run)) == sorted(CODE)


@pytest.mark.parametrize("size", [pack.WHOLE, 3])
def test_a_disk_that_breaks_while_it_is_read(
    run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A file that was not begun is left out; one of which a part is written already ends the snapshot."""

    class Broken(io.FileIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads > (size == 3):
                raise OSError(5, "Input/output error")
            return super().read(size)

    real = pack._open

    def broken(path: str) -> Any:
        stream, facts = real(path)
        if not path.endswith("train.py"):
            return stream, facts
        stream.close()
        return Broken(path), facts

    monkeypatch.setattr(pack, "WHOLE", size)
    monkeypatch.setattr(pack, "_open", broken)
    before = contents(run.folder)
    if size == 3:
        with pytest.raises(SnapshotError, match=r"train\.py cannot be read to its end"):
            run.take_snapshot(code)
        assert contents(run.folder) == before
    else:
        (told,) = warned(lambda: run.take_snapshot(code))
        assert told == "left out of the snapshot: train.py (it cannot be read: Input/output error)"
        assert "train.py" not in kept(run)


# --- limits, and whole or not at all -----------------------------------------------------------------------


def test_too_many_files_are_refused_and_the_fullest_folders_told(
    run: runpages.Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "code", {**{f"data/{number}.txt": "x" for number in range(8)}, "train.py": "x" * 3000, "b.py": ""})
    monkeypatch.setenv(FILES, "9")
    before = contents(run.folder)
    with pytest.raises(SnapshotError) as raised:
        run.take_snapshot("code")
    message = str(raised.value)
    assert "10 files" in message
    assert "the limits are 9 files and 300 MB" in message
    assert "data/ (8), ./ (2)" in message
    assert message.index("train.py (") < message.index("data/0.txt")
    assert str(here / "code" / ".amlignore") in message
    assert FILES in message
    assert contents(run.folder) == before
    for limit in ("10", "0"):
        monkeypatch.setenv(FILES, limit)
        assert len(sources("code", workspace="runs").files) == 10


def test_too_large_files_are_refused_and_the_largest_told(
    run: runpages.Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "code", {"train.py": "", "data/big.bin": b"", ".gitignore": "*.log"})
    os.truncate(here / "code" / "data" / "big.bin", MB)
    monkeypatch.setenv(SIZE, "1")
    with pytest.raises(SnapshotError, match=r"4 files|3 files and 1\.0 MB") as raised:
        run.take_snapshot("code")
    assert "The largest files: data/big.bin (1.0 MB)" in str(raised.value)
    # A new .amlignore would make the .gitignore void.
    assert f"such as /data/ in {here / 'code' / '.gitignore'}" in str(raised.value)
    assert not Path(run.folder, "snapshot.zip").exists()
    (here / "code" / ".gitignore").write_text("/data/\n")
    run.take_snapshot("code")
    assert list(kept(run)) == [".gitignore", "train.py"]


def test_the_limits_are_those_of_the_tracked_run_api(run: runpages.Run, here: Path) -> None:
    assert LIMITS == {"RUNPAGES_SNAPSHOT_FILES": 2000, "RUNPAGES_SNAPSHOT_MB": 300}
    (here / "code").mkdir()
    (here / "code" / "big").touch()
    os.truncate(here / "code" / "big", 300 * MB + 1)
    with pytest.raises(SnapshotError, match="300 MB"):
        run.take_snapshot("code")


def test_a_walk_does_not_go_on_for_ever(run: runpages.Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "code", {f"{folder}/{number}": "" for folder in range(10) for number in range(5)})
    monkeypatch.setenv(FILES, "2")
    with pytest.raises(SnapshotError, match="more than 25 files"):
        run.take_snapshot("code")


@pytest.mark.parametrize("limit", ["many", "-1", "1.5", "²"])
def test_a_limit_is_a_number(run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv(SIZE, limit)
    with pytest.raises(SnapshotError, match=SIZE):
        run.take_snapshot(code)


def test_a_place_that_is_not_there_is_refused(run: runpages.Run) -> None:
    with pytest.raises(SnapshotError, match="neither a folder nor a file"):
        run.take_snapshot("nowhere")


def test_a_second_snapshot_is_refused_and_the_first_stays(run: runpages.Run, code: Path) -> None:
    name = run.take_snapshot(code)
    before = contents(run.folder)
    with pytest.raises(SnapshotError, match="already has a snapshot"):
        run.take_snapshot(code / "train.py")
    with pytest.raises(SnapshotError, match="already has a snapshot"):
        runpages.Run(run.experiment, run.id).take_snapshot(code)
    assert contents(run.folder) == before
    assert run.get_snapshot_id() == name


def test_of_two_at_once_one_wins(run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_after(monkeypatch, lambda: Path(run.folder, "snapshot.zip").write_bytes(b"theirs"))
    with pytest.raises(SnapshotError, match="already has a snapshot"):
        run.take_snapshot(code)
    assert Path(run.folder, "snapshot.zip").read_bytes() == b"theirs"
    assert [name for name in contents(run.folder) if name.endswith(".tmp")] == []
    assert run.properties == {}


@pytest.mark.parametrize("broken", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("where", ["write", "property"])
def test_a_snapshot_that_fails_leaves_nothing(
    run: runpages.Run, code: Path, monkeypatch: pytest.MonkeyPatch, broken: BaseException, where: str
) -> None:
    before = contents(run.folder)

    def fail(*_: object) -> None:
        raise broken

    if where == "write":
        monkeypatch.setattr(pack, "_add", fail)
    else:
        monkeypatch.setattr(metadata, "add_properties", fail)
    with pytest.raises(StorageError if isinstance(broken, OSError) and where == "write" else type(broken)):
        run.take_snapshot(code)
    monkeypatch.undo()
    assert contents(run.folder) == before
    assert run.take_snapshot(code) == run.get_snapshot_id()


KILLED = """
import os, sys, runpages
from runpages.snapshot import pack as archive
add = archive._add
def die(zip, entry, *rest):
    if entry.filename == "train.py":
        os._exit(9)
    return add(zip, entry, *rest)
archive._add = die
runpages.start("e", root="runs", capture=False, outputs=False).take_snapshot(sys.argv[1])
"""


def test_what_a_killed_process_left_is_no_snapshot(here: Path, code: Path, script: Script) -> None:
    script(KILLED, str(code), code=9)
    (run,) = experiment(here).get_runs()
    record = read(run.folder)
    assert (record.snapshot, record.problems) == (None, [])
    assert run.get_snapshot_id() is None
    assert run.take_snapshot(code) == run.get_snapshot_id()


# --- with the start of a run -------------------------------------------------------------------------------


def experiment(here: Path) -> runpages.Experiment:
    return runpages.Experiment(runpages.Workspace(root=here / "runs"), "e")


def test_start_logging_keeps_the_current_folder(here: Path) -> None:
    write(here, CODE)
    with experiment(here).start_logging(snapshot_directory=".", capture=False) as run:
        assert run.get_snapshot_id() == identity(os.path.join(run.folder, "snapshot.zip"))
    assert list(kept(run)) == sorted(CODE)


def test_start_logging_keeps_another_folder_or_none(here: Path, code: Path) -> None:
    with experiment(here).start_logging(snapshot_directory=str(code / "lib"), capture=False) as run:
        assert list(kept(run)) == ["__init__.py", "model.py"]
    with experiment(here).start_logging(capture=False) as run:
        assert run.get_snapshot_id() is None
        assert not Path(run.folder, "snapshot.zip").exists()


def test_no_run_begins_where_the_folder_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, CODE)
    monkeypatch.setenv(FILES, "3")
    with pytest.raises(SnapshotError, match="snapshot_directory=None"):
        experiment(here).start_logging(snapshot_directory=".", capture=False)
    assert set(contents(here)) == {*CODE, "lib"}


def test_a_run_whose_snapshot_the_disk_refuses_has_failed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack, "write", fail)
    with pytest.raises(StorageError, match="disk is full"):
        experiment(here).start_logging(snapshot_directory=".", capture=False)
    (run,) = experiment(here).get_runs()
    assert run.status == "Failed"


# --- giving back -------------------------------------------------------------------------------------------


def test_it_comes_back_as_a_zip_in_a_folder(run: runpages.Run, code: Path, here: Path) -> None:
    name = run.take_snapshot(code)
    path = run.restore_snapshot(path=here / "back" / "deep")
    assert path == str(here / "back" / "deep" / f"{name}.zip")
    assert Path(path).read_bytes() == Path(run.folder, "snapshot.zip").read_bytes()
    assert run.restore_snapshot(name, here / "back" / "deep") == path
    assert os.listdir(here / "back" / "deep") == [f"{name}.zip"]


def test_it_comes_back_into_a_temporary_folder(
    run: runpages.Run, code: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(here))
    name = run.take_snapshot(code)
    paths = [run.restore_snapshot(), run.restore_snapshot(name)]
    assert len(set(paths)) == 2
    assert [os.path.basename(path) for path in paths] == [f"{name}.zip"] * 2
    assert all(Path(path).parent.parent == here for path in paths)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_there_already_stays(run: runpages.Run, code: Path, here: Path, kind: str) -> None:
    name = run.take_snapshot(code)
    place = write(here / "back", {"notes": "mine"}) / f"{name}.zip"
    if kind == "file":
        place.write_text("mine")
    elif kind == "folder":
        place.mkdir()
    else:
        os.symlink(here / "nowhere", place)
    before = {path.name: path.lstat().st_ino for path in (here / "back").iterdir()}
    with pytest.raises(ConflictError):
        run.restore_snapshot(path=here / "back")
    assert {path.name: path.lstat().st_ino for path in (here / "back").iterdir()} == before
    assert not (here / "nowhere").exists()


def test_that_of_another_run_comes_back_by_its_id(start: Start, code: Path, here: Path) -> None:
    name = start("other").take_snapshot(code)
    run = start()
    assert Path(run.restore_snapshot(name, here / "back")).name == f"{name}.zip"
    with pytest.raises(SnapshotError, match="no run of the workspace"):
        run.restore_snapshot("0" * 64)
    with pytest.raises(SnapshotError, match="has no snapshot"):
        run.restore_snapshot()


def test_an_id_from_elsewhere_leads_out_of_no_folder(run: runpages.Run, code: Path, here: Path) -> None:
    run.take_snapshot(code)
    hostile = "../../escaped"
    other = write(
        here / "runs" / "e" / "strange", {"run.json": f'{{"properties": {{"ContentSnapshotId": "{hostile}"}}}}'}
    )
    os.symlink("/etc/passwd", other / "snapshot.zip")
    with pytest.raises(OSError, match="the link points outside the folder"):
        run.restore_snapshot(hostile, here / "back")
    (other / "snapshot.zip").unlink()
    write(other, {"snapshot.zip": "zip"})
    path = run.restore_snapshot(hostile, here / "back")
    assert Path(path).parent == here / "back"
    assert {path.name for path in here.iterdir()} == {"runs", "code", "back"}


def test_a_zip_that_was_put_there_by_hand_has_an_id(here: Path) -> None:
    folder = write(here / "runs" / "e" / "hand", {"metrics.csv": "name,value\nx,1\n"})
    run = runpages.Run(experiment(here), "hand")
    assert run.get_snapshot_id() is None
    with zipfile.ZipFile(folder / "snapshot.zip", "w") as file:
        file.writestr("lib/", "")
        file.writestr("lib/b.py", "b")
        file.writestr("a.py", "a")
    lines = [f"{hashlib.sha256(name[-4:-3].encode()).hexdigest()}  {name}\n" for name in ("a.py", "lib/b.py")]
    name = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert run.get_snapshot_id() == name
    assert Path(run.restore_snapshot()).name == f"{name}.zip"


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all"])
def test_a_zip_that_is_none_is_told(here: Path, data: bytes) -> None:
    write(here / "runs" / "e" / "hand", {"metrics.csv": "name,value\nx,1\n", "snapshot.zip": data})
    with pytest.raises(SnapshotError, match="not a readable zip"):
        runpages.Run(experiment(here), "hand").get_snapshot_id()


# --- who takes it, and what it loads -----------------------------------------------------------------------


def test_another_process_takes_it_and_the_owner_knows(run: runpages.Run, code: Path, script: Script) -> None:
    other = f"""
import runpages
run = runpages.resume({run.folder!r})
print(run.take_snapshot({str(code)!r}))
"""
    name = script(other).stdout.strip()
    assert run.get_snapshot_id() == name
    assert faults(Path(run.folder)) == []


WITHOUT = """
import sys
sys.modules["pathspec"] = None
import runpages
from runpages.format.errors import SnapshotError
with runpages.start("e", root="runs", capture=False, outputs=False) as run:
    try:
        run.take_snapshot(sys.argv[1])
    except SnapshotError as error:
        print(error)
    else:
        print(run.get_snapshot_id())
"""


def test_without_pathspec_only_an_ignore_file_is_refused(code: Path, script: Script) -> None:
    assert len(script(WITHOUT, str(code)).stdout.strip()) == 64
    (code / ".gitignore").write_text("*.log")
    assert "pip install pathspec" in script(WITHOUT, str(code)).stdout


def test_only_a_snapshot_loads_what_it_needs(here: Path) -> None:
    text = "import sys, runpages; runpages.start('e', capture=False, outputs=False).complete(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], cwd=here, capture_output=True, text=True, check=True)
    ours = {"runpages.snapshot.pack", "runpages.snapshot.files", "zipfile"}
    assert ours & set(done.stdout.split()) == set()


def test_what_a_site_would_hold_back_is_in_no_snapshot(run: runpages.Run, code: Path) -> None:
    from runpages.format.secret import is_secret
    from runpages_site.read import publish_filter

    write(code, {".envrc": "", "credentials": "", "deep/kubeconfig": "", ".docker/config.json": "", "store.p12": ""})
    warned(lambda: run.take_snapshot(code))
    assert [name for name in kept(run) if is_secret(name)] == []
    assert layout.SNAPSHOT in publish_filter.files(read(run.folder))[0]
