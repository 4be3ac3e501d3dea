"""A file that is uploaded is kept under the name it was given: never outside of the run, never replaced, never half."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import runpages
from runpages import ConflictError, Run, UserError
from tests.examples import examples
from tests.logger.conftest import contents, read
from tests.logger.disk import on_its_own_disk

NAMES = [
    *("model.pkl", "outputs/model.pkl", "a/b/c/d.txt", "two words/and more.txt", "ßé/naïve.txt", "😀/📦.bin", "日本"),
    *("ab:c", 'say "x"?', "back\\slash", "dot.", " blank ", "con", "nul.txt", "x~41", "~", "...", ".hidden"),
    *("\n", "\0", "x" * 240, "/".join(["deep"] * 50)),
]


def upload(run: Run, name: str, text: str = "new") -> None:
    run.upload_file(name, io.BytesIO(text.encode()))


def kept(run: Run) -> dict[str, bytes]:
    """The artifacts as a reader of the run finds them."""
    return {file.name: Path(run.folder, file.file).read_bytes() for file in read(run.folder).artifacts}


# --- sources -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path, os.path.relpath])
def test_the_file_of_a_path_is_copied(run: Run, here: Path, kind: Callable[[Path], Any]) -> None:
    data = os.urandom(3 << 20)
    (here / "source").write_bytes(data)
    run.upload_file("outputs/model.pkl", kind(here / "source"))
    assert kept(run) == {"outputs/model.pkl": data}
    assert (here / "source").read_bytes() == data


def test_a_stream_is_read_to_its_end_and_stays_open(run: Run, here: Path) -> None:
    data = os.urandom(3 << 20)
    (here / "source").write_bytes(data)
    with (here / "source").open("rb") as stream:
        run.upload_file("a", stream, datastore_name="any")
        assert (stream.tell(), stream.closed) == (len(data), False)
    run.upload_file("b", io.BytesIO(b""))
    assert kept(run) == {"a": data, "b": b""}


def test_a_stream_that_cannot_be_searched_is_read(run: Run) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"through a pipe")
    os.close(writer)
    with open(reader, "rb", buffering=0) as stream:
        run.upload_file("a", stream)
    assert kept(run) == {"a": b"through a pipe"}


class Broken(io.RawIOBase):
    """A stream that gives something and then raises."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.told = False

    def read(self, size: int = -1) -> bytes:
        if self.told:
            raise self.error
        self.told = True
        return b"the first half"


@pytest.mark.parametrize(
    "error",
    [ValueError("broken"), KeyboardInterrupt("broken"), ConnectionResetError(104, "broken"), FileExistsError("broken")],
    ids=lambda error: type(error).__name__,
)
def test_a_stream_that_breaks_leaves_nothing_behind(run: Run, error: BaseException) -> None:
    before = contents(run.folder)
    with pytest.raises(BaseException, match="broken") as caught:
        run.upload_file("new/folder/a", Broken(error))
    assert contents(run.folder) == before
    assert type(caught.value) is type(error)


@pytest.mark.parametrize(
    ("source", "error", "told"),
    [
        (lambda here: here / "gone", FileNotFoundError, "gone"),
        (lambda here: str(here), (UserError, IsADirectoryError), "test_a_source"),
        (lambda here: io.StringIO("text"), UserError, "bytes.*'rb'"),
        (lambda here: (here / "text").open(), UserError, "bytes.*'rb'"),
        (lambda here: b"bytes", UserError, "'new/a'.*bytes"),
        (lambda here: None, UserError, "'new/a'.*NoneType"),
        (lambda here: ["text"], UserError, "'new/a'.*list"),
    ],
)
def test_a_source_that_is_no_file_leaves_nothing_behind(
    run: Run, here: Path, source: Callable[[Path], Any], error: Any, told: str
) -> None:
    (here / "text").write_text("text")
    before = contents(run.folder)
    given = source(here)
    with pytest.raises(error, match=told):
        run.upload_file("new/a", given)
    assert contents(run.folder) == before
    if isinstance(given, io.IOBase):
        given.close()


# --- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_as_it_was_given(run: Run, name: str) -> None:
    upload(run, name)
    assert run.get_file_names() == [name]
    assert kept(run) == {name: b"new"}


@pytest.mark.parametrize(
    "name",
    [
        *("..", "../x", "a/../b", "a/..", "..\\x", "a\\..\\b", "/x", "//x", "\\x", "C:x", "c:/x", "c:\\x"),
        *("", ".", "./", "x" * 241, "é" * 121, "a/" + "x" * 300 + "/b", "\\" * 81),
        pytest.param("a/" * 3000 + "a", id="3000 folders"),
        pytest.param(f"{'a' * 200}/" * 25 + "a", id="5000 characters"),
    ],
)
def test_a_name_that_no_disk_can_keep_is_refused(run: Run, here: Path, name: str) -> None:
    before = contents(here)
    with pytest.raises(UserError):
        upload(run, name)
    assert contents(here) == before


@pytest.mark.parametrize("name", [None, 5, b"x", Path("x")])
def test_a_name_is_a_text(run: Run, name: Any) -> None:
    with pytest.raises(UserError, match=type(name).__name__):
        upload(run, name)
    assert list(contents(run.folder)) == ["run.json"]


letters = st.sampled_from([*"aAbB.~/ 4e:\\|?é\u0301ßſ😀\n\x7f\ud800", "tmp", "con", "~2e"])
segments = st.lists(letters, max_size=6).map("".join) | st.text(max_size=8)


@settings(max_examples=examples(0.6))
@given(st.lists(st.lists(segments, min_size=1, max_size=3).map("/".join), max_size=6))
@example([".a.tmp"])
@example([".a.tmp/b"])
@example(["a", "a/b", "b/c", "b"])
@example(["~41", "A", "ab~3a", "ab:", "AB~3A"])
def test_every_accepted_name_comes_back(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as root:
        run = runpages.start("e", root=root, capture=False, outputs=False)
        accepted = {}
        for name in names:
            try:
                upload(run, name, repr(name))
            except UserError:
                continue
            # Empty parts and single dots say nothing, as in any path.
            accepted["/".join(part for part in name.split("/") if part not in ("", "."))] = repr(name).encode()
        run.complete()
        assert run.get_file_names() == sorted(accepted)
        assert kept(run) == accepted
        files = [path for path, data in contents(run.folder).items() if data != b"(folder)"]
        assert [path for path in files if not path.startswith("artifacts/")] == ["run.json"]


# --- names that are taken ----------------------------------------------------------------------------------


def test_all_files_are_listed_sorted(run: Run) -> None:
    upload(run, "z.txt")
    upload(run, "a b/é:1.txt")
    run.log_image("plot a", b"<svg/>")
    run.log_residuals("r", {"bin_edges": [0, 1], "bin_counts": [1]})
    Path(run.folder, "logs/worker").mkdir(parents=True)
    Path(run.folder, "logs/worker/1.txt").write_text("log")
    run.log("x", 1)
    run.log_row("t", x=1)
    expected = ["a b/é:1.txt", "charts/r.jsonl", "images/plot~20a/0.svg", "logs/worker/1.txt", "z.txt"]
    assert run.get_file_names() == expected


@pytest.mark.parametrize("spelled", ["{}", "./{}", "{}/", "{}//"])
def test_a_name_that_is_listed_is_never_taken_again(run: Run, spelled: str) -> None:
    upload(run, "a/b.txt", "old")
    run.log_image("p", b"<svg/>")
    run.log_residuals("r", {"bin_edges": [0, 1], "bin_counts": [1]})
    Path(run.folder, "logs").mkdir()
    Path(run.folder, "logs/out.txt").write_text("old")
    names, before = run.get_file_names(), contents(run.folder)
    assert len(names) == 4
    for name in names:
        with pytest.raises(ConflictError, match=re.escape(name)):
            upload(run, spelled.format(name))
    assert contents(run.folder) == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Model.pkl", "model.pkl"),
        ("Outputs/a", "outputs/b"),
        ("a/B/c", "a/b/d"),
        ("\u00e9.txt", "e\u0301.txt"),
        ("\u00c9/x", "e\u0301/y"),
        ("stra\u00dfe", "STRASSE"),
        ("ab~3A", "ab:"),
        ("outputs", "outputs/x"),
        ("outputs", "outputs/x/y"),
        ("outputs/x/y", "outputs"),
        ("outputs/x/y", "outputs/x"),
    ],
)
def test_names_that_meet_on_some_disk_are_a_conflict(run: Run, first: str, second: str) -> None:
    upload(run, first, "old")
    before = contents(run.folder)
    with pytest.raises(ConflictError, match=re.escape(second)):
        upload(run, second)
    assert contents(run.folder) == before
    assert kept(run) == {first: b"old"}


def test_names_of_one_folder_do_not_meet(run: Run) -> None:
    names = ["Outputs/a", "Outputs/b", "Outputs/deep/a", "deep/a"]
    for name in names:
        upload(run, name)
    assert run.get_file_names() == names


def test_a_file_may_be_added_after_the_end(run: Run) -> None:
    run.complete()
    upload(run, "late.txt")
    assert kept(run) == {"late.txt": b"new"}


# --- folders -----------------------------------------------------------------------------------------------


def tree(folder: Path, **files: str) -> Path:
    """A folder with these files; `__` in a name is a slash."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize("kind", ["device", "pipe"])
@pytest.mark.parametrize(
    "call",
    [
        lambda run, path: run.upload_file("x", path),
        lambda run, path: run.log_image("x", path),
        lambda run, path: run.log_audio("x", path),
        lambda run, path: run.log_video("x", path),
        lambda run, path: run.log_text("x", Path(path)),
        lambda run, path: run.log_html("x", Path(path)),
    ],
)
def test_a_file_that_may_have_no_end_is_refused(run: Run, here: Path, call: Any, kind: str) -> None:
    """/dev/zero would fill the disk, and a pipe without a writer is waited for without an end."""
    path = "/dev/null" if kind == "device" else str(here / "pipe")
    if kind == "pipe":
        os.mkfifo(path)
    before = contents(run.folder)
    with pytest.raises(OSError, match="it is not a regular file"):
        call(run, path)
    assert contents(run.folder) == before


def test_a_stream_may_be_a_pipe(run: Run) -> None:
    read, write = os.pipe()
    os.write(write, b"piped")
    os.close(write)
    with open(read, "rb") as stream:
        run.upload_file("x", stream)
    assert Path(run.folder, "artifacts", "x").read_bytes() == b"piped"


def test_a_folder_may_be_uploaded_again(run: Run, here: Path) -> None:
    data = tree(here / "data", a="a", deep__b="b")
    run.upload_folder("d", data)
    before = contents(run.folder)
    run.upload_folder("d", data)
    assert contents(run.folder) == before
    tree(data, c="c", deep__Model="M", deep__model="m")
    (data / ("x" * 250)).write_text("long")
    for _ in range(2):
        run.upload_folder("d", str(data))
    expected = {"d/a": b"a", "d/deep/b": b"b", "d/c": b"c", "d/deep/Model": b"M", "d/deep/model": b"m"}
    assert kept(run) == {**expected, "d/" + "x" * 250: b"long"}


def test_a_folder_with_a_conflict_leaves_nothing_and_succeeds_once_it_is_mended(run: Run, here: Path) -> None:
    data = tree(here / "data", a="a", deep__new__b="b", z="other")
    run.upload_file("d/z", io.BytesIO(b"z"))
    before = contents(run.folder)
    with pytest.raises(ConflictError, match="d/z"):
        run.upload_folder("d", data)
    assert contents(run.folder) == before
    (data / "z").write_text("z")
    run.upload_folder("d", data)
    assert kept(run) == {"d/a": b"a", "d/deep/new/b": b"b", "d/z": b"z"}


@pytest.mark.parametrize("name", ["", "d"])
def test_a_folder_that_cannot_be_read_to_its_end_leaves_nothing(run: Run, here: Path, name: str) -> None:
    data = tree(here / "data", a="a", deep__new__b="b")
    (data / "z").symlink_to("a")
    before = contents(run.folder)
    (data / "zz\\..").write_text("no name that may be downloaded")
    with pytest.raises(UserError, match="'\\.\\.'"):
        run.upload_folder(name, data)
    assert contents(run.folder) == before


def test_a_folder_may_not_take_the_name_of_a_log(run: Run, here: Path) -> None:
    Path(run.folder, "logs").mkdir()
    Path(run.folder, "logs/out.txt").write_text("old")
    data = tree(here / "data", logs__a="a", logs__out=".txt")
    (data / "logs/out").rename(data / "logs/out.txt")
    before = contents(run.folder)
    with pytest.raises(ConflictError, match=r"logs/out\.txt"):
        run.upload_folder("", data)
    assert contents(run.folder) == before


def test_a_folder_that_the_disk_does_not_take_leaves_nothing_and_may_be_uploaded_later(here: Path) -> None:
    on_its_own_disk(
        here,
        """
from pathlib import Path
import runpages
from tests.logger.conftest import contents
from tests.logger.disk import mount, room

mount()
data = Path("data")
(data / "deep").mkdir(parents=True)
(data / "a").write_bytes(b"a" * 5000)
(data / "deep/z").write_bytes(b"z" * 200_000)
(data / ("deep/" + "x" * 250)).write_bytes(b"x")
run = runpages.start("e", root="disk/runs", capture=False, outputs=False)
before = contents(run.folder)
with room(16):
    try:
        run.upload_folder("d", data)
    except runpages.StorageError as error:
        assert "full" in str(error)
    else:
        raise AssertionError("it was taken")
    after = contents(run.folder)
    after.pop("definitions.jsonl", None)
    assert after == before, set(after) - set(before)
run.upload_folder("d", data)
assert run.get_file_names() == ["d/a", "d/deep/" + "x" * 250, "d/deep/z"]
run.complete()
""",
    )


def test_a_name_that_was_cut_is_told_whoever_noted_it(run: Run, here: Path) -> None:
    long = "long " * 60
    run.upload_folder("", tree(here / "data", plain="p"))
    (here / "data" / "x").write_text("x")
    guest = runpages.Run(run.experiment, run.id)
    (here / "more").mkdir()
    (here / "more" / ("y" * 255)).write_text("y")
    guest.upload_folder("", here / "more")
    path = f"artifacts/{'z' * 100}~~0123456789abcdef.txt"
    Path(run.folder, path).write_text("z")
    Path(run.folder, "series.json").write_text(json.dumps({"format": 1, "files": {path: long}}))
    Path(run.folder, "definitions.broken.jsonl").write_bytes(b'{"file": 1, "name": 2}\n[]\n{"file"\n\xff"file"\n')
    Path(run.folder, "series.broken.json").write_bytes(b"{")
    assert run.get_file_names() == sorted(["plain", "y" * 255, long])
    assert kept(run) == {"plain": b"p", "y" * 255: b"y", long: b"z"}
    run.download_file(long, here / "back")
    assert (here / "back").read_text() == "z"


def test_a_file_whose_name_the_disk_does_not_take_is_not_kept_without_it(run: Run, here: Path) -> None:
    data = tree(here / "data", a="a")
    (data / ("x" * 250)).write_text("long")
    Path(run.folder, "definitions.jsonl").mkdir()
    before = contents(run.folder)
    with pytest.raises((runpages.StorageError, ConflictError)):
        run.upload_folder("d", data)
    assert contents(run.folder) == before
    Path(run.folder, "definitions.jsonl").rmdir()
    run.upload_folder("d", data)
    assert kept(run) == {"d/a": b"a", "d/" + "x" * 250: b"long"}
