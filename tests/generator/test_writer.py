"""Files of a site: each whole or not at all, equal ones left alone, and nothing of the workspace written to."""

from __future__ import annotations

import errno
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest

from runpages_site.errors import OutputError
from runpages_site.garbage import collection
from runpages_site.write import writer
from runpages_site.write.writer import UNFINISHED, Writer, keep, output_error
from tests.format.limit import file_size

FRESH = pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "over"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights" * 1000)
    os.utime(file, ns=(1_000_000_001, 2_000_000_003))
    return file


def inode(path: Path) -> tuple[int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns


# --- pages -------------------------------------------------------------------------------------------------


@FRESH
def test_a_file_is_written_where_it_belongs(site: Path, fresh: bool) -> None:
    out = Writer(site, fresh=fresh)
    out.put("a.html", b"one")
    out.put("e/x y/b.html", b"")
    out.put("e/x y/c.html", b"four")
    assert [(site / path).read_bytes() for path in out.files] == [b"one", b"", b"four"]
    assert out.files == {"a.html": 3, "e/x y/b.html": 0, "e/x y/c.html": 4}
    assert (out.size, out.changed) == (7, 3)


def test_an_equal_file_is_left_alone_and_another_is_replaced(site: Path) -> None:
    Writer(site, fresh=False).put("a", b"one")
    before = inode(site / "a")
    out = Writer(site, fresh=False)
    out.put("a", b"one")
    assert (inode(site / "a"), out.changed, out.size) == (before, 0, 3)
    with open(site / "a", "rb") as reader:
        out.put("a", b"two")
        assert reader.read() == b"one", "a reader keeps what it opened"
    assert ((site / "a").read_bytes(), out.changed) == (b"two", 1)
    assert list((site / UNFINISHED).iterdir()) == []


@FRESH
def test_where_a_file_cannot_be_written_its_name_is_told(site: Path, fresh: bool) -> None:
    (site / "e").write_text("a file")
    with pytest.raises(OutputError, match=r"^the site cannot be written: e/a\.html: .*An existing site still works"):
        Writer(site, fresh=fresh).put("e/a.html", b"x")
    (site / "folder" / "in").mkdir(parents=True)
    with pytest.raises(OutputError, match="folder/in: "):
        Writer(site, fresh=fresh).put("folder/in", b"x")


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(site: Path) -> None:
    Writer(site, fresh=False).put("a", b"old")
    with file_size(2_000), pytest.raises(OutputError, match="a: "):
        Writer(site, fresh=False).put("a", b"x" * 3_000)
    assert (site / "a").read_bytes() == b"old"
    assert list((site / UNFINISHED).iterdir()) == []


def test_a_disk_that_takes_a_part_gets_the_rest(site: Path) -> None:
    class Short:
        def __init__(self) -> None:
            self.data = b""

        def write(self, data: memoryview) -> int:
            self.data += bytes(data[:3])
            return min(3, len(data))

    short = Short()
    writer._write(short, b"0123456789")  # type: ignore[arg-type]
    assert short.data == b"0123456789"


@FRESH
def test_what_a_killed_worker_left_is_not_written_into(site: Path, source: Path, fresh: bool) -> None:
    os.link(source, site / "a")
    Writer(site, fresh=fresh).put("a", b"page")
    assert (site / "a").read_bytes() == b"page"
    assert source.read_bytes() == b"weights" * 1000


def test_a_file_may_be_kept_or_withdrawn(site: Path) -> None:
    Writer(site, fresh=False).put("e/a", b"four")
    out = Writer(site, fresh=False)
    assert out.keep("e/a")
    assert not out.keep("e/b")
    assert (out.files, out.changed) == ({"e/a": 4}, 0)
    out.withdraw("e/a")
    assert out.files == {}
    assert not (site / "e/a").exists()


# --- copies ------------------------------------------------------------------------------------------------


@FRESH
def test_a_copy_has_the_bytes_and_the_time_of_its_source(site: Path, source: Path, fresh: bool) -> None:
    out = Writer(site, fresh=fresh)
    out.copy(str(source), "e/model.bin")
    copy = site / "e/model.bin"
    assert copy.read_bytes() == source.read_bytes()
    assert copy.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert copy.stat().st_ino != source.stat().st_ino
    assert (out.files, out.changed) == ({"e/model.bin": 7_000}, 1)


def test_a_copy_that_is_there_is_left_alone_until_its_source_changes(site: Path, source: Path) -> None:
    copy = site / "model.bin"
    Writer(site, fresh=False).copy(str(source), "model.bin")
    before = inode(copy)
    out = Writer(site, fresh=False)
    out.copy(str(source), "model.bin")
    assert (inode(copy), out.changed, out.files) == (before, 0, {"model.bin": 7_000})

    os.utime(source, ns=(1, 5_000_000_003))  # Of one size, and of another time.
    out.copy(str(source), "model.bin")
    assert (copy.stat().st_mtime_ns, out.changed) == (5_000_000_003, 1)
    source.write_bytes(b"short")
    os.utime(source, ns=(1, 5_000_000_003))  # Of one time, and of another size.
    out.copy(str(source), "model.bin")
    assert (copy.read_bytes(), out.changed) == (b"short", 2)


def test_a_link_becomes_a_copy_and_a_copy_a_link(site: Path, source: Path) -> None:
    file = site / "model.bin"
    Writer(site, fresh=False).copy(str(source), "model.bin", link=True)
    assert os.path.samefile(file, source)
    out = Writer(site, fresh=False)
    out.copy(str(source), "model.bin", link=True)
    assert (out.changed, out.files) == (0, {"model.bin": 7_000})
    out.copy(str(source), "model.bin")
    assert not os.path.samefile(file, source)
    assert (file.read_bytes(), out.changed) == (source.read_bytes(), 1)
    out.copy(str(source), "model.bin", link=True)
    assert os.path.samefile(file, source)
    assert (out.changed, out.files) == (2, {"model.bin": 7_000})
    assert list((site / UNFINISHED).iterdir()) == []


def test_in_a_new_site_a_link_takes_the_place_of_what_a_killed_worker_left(site: Path, source: Path) -> None:
    (site / "model.bin").write_text("left")
    out = Writer(site, fresh=True)
    out.copy(str(source), "model.bin", link=True)
    assert os.path.samefile(site / "model.bin", source)
    assert (out.changed, out.files) == (1, {"model.bin": 7_000})
    assert sorted(os.listdir(site)) == [UNFINISHED, "model.bin"]
    assert os.listdir(site / UNFINISHED) == []


def test_a_side_file_that_was_left_is_no_hindrance_for_a_link(site: Path, source: Path) -> None:
    (site / UNFINISHED).mkdir()
    (site / UNFINISHED / str(os.getpid())).write_text("left")
    Writer(site, fresh=False).copy(str(source), "model.bin", link=True)
    assert os.path.samefile(site / "model.bin", source)


def test_of_a_link_there_is_a_copy(site: Path, source: Path) -> None:
    link = source.with_name("link")
    link.symlink_to(source)
    out = Writer(site, fresh=False)
    out.copy(str(link), "model.bin", link=True)
    assert not (site / "model.bin").is_symlink()
    assert not os.path.samefile(site / "model.bin", source)
    assert (site / "model.bin").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("number", "refused"), [(errno.EXDEV, False), (errno.EPERM, False), (errno.ENOSPC, True), (errno.EDQUOT, True)]
)
def test_where_no_link_can_be_made_there_is_a_copy_unless_the_disk_is_full(
    site: Path, source: Path, number: int, refused: bool
) -> None:
    out = Writer(site, fresh=True)
    with patch.object(os, "link", side_effect=OSError(number, os.strerror(number))):
        if refused:
            with pytest.raises(OutputError, match=r"model\.bin"):
                out.copy(str(source), "model.bin", link=True)
            return
        out.copy(str(source), "model.bin", link=True)
    assert (site / "model.bin").read_bytes() == source.read_bytes()
    assert (out.changed, out.files) == (1, {"model.bin": 7_000})


def test_a_source_that_cannot_be_read_is_no_fault_of_the_site(site: Path, source: Path) -> None:
    out = Writer(site, fresh=False)
    for link in (False, True):
        with pytest.raises(FileNotFoundError):
            out.copy(str(source.with_name("gone")), "model.bin", link=link)
    with pytest.raises(OSError, match="not a regular file"):
        out.copy(str(source.parent), "model.bin")
    assert (out.files, out.changed) == ({}, 0)


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_where_the_system_does_not_copy_we_do(site: Path, source: Path, number: int) -> None:
    with patch.object(os, "copy_file_range", side_effect=OSError(number, "")):
        Writer(site, fresh=False).copy(str(source), "model.bin")
    assert (site / "model.bin").read_bytes() == source.read_bytes()


def test_a_source_that_breaks_while_it_is_copied_is_no_fault_of_the_site(site: Path, source: Path) -> None:
    Writer(site, fresh=False).put("model.bin", b"old")
    with patch.object(os, "copy_file_range", side_effect=OSError(errno.EIO, "")), pytest.raises(OSError) as told_:
        Writer(site, fresh=False).copy(str(source), "model.bin")
    assert not isinstance(told_.value, OutputError)
    assert (site / "model.bin").read_bytes() == b"old"
    with patch.object(os, "copy_file_range", side_effect=OSError(errno.ENOSPC, "")), pytest.raises(OutputError):
        Writer(site, fresh=False).copy(str(source), "model.bin")


def test_a_system_that_copies_in_pieces_is_asked_for_all_of_them(site: Path, source: Path) -> None:
    real = os.copy_file_range

    def some(target: int, into: int, count: int) -> int:
        return real(target, into, min(count, 1_000))

    with patch.object(os, "copy_file_range", side_effect=some) as calls:
        Writer(site, fresh=False).copy(str(source), "model.bin")
    assert (site / "model.bin").read_bytes() == source.read_bytes()
    assert calls.call_count == 7


# --- notes and errors --------------------------------------------------------------------------------------


def test_a_note_is_whole_or_not_there(tmp_path: Path) -> None:
    place = tmp_path / "notes" / "state.json"
    keep(place, b"one")
    keep(place, b"two")
    assert place.read_bytes() == b"two"
    assert os.listdir(place.parent) == ["state.json"]
    with file_size(1_000), pytest.raises(OutputError, match=r"state\.json"):
        keep(place, b"x" * 2_000)
    assert place.read_bytes() == b"two"


def test_only_some_of_what_a_system_says_is_the_sites_fault() -> None:
    for number in (errno.ENOSPC, errno.EIO):
        with pytest.raises(OutputError, match=os.strerror(number)), output_error("a"):
            raise OSError(number, os.strerror(number))
    with pytest.raises(OutputError), output_error("a", (errno.ENOSPC,)):
        raise OSError(errno.ENOSPC, "")
    with pytest.raises(OSError) as error, output_error("a", (errno.ENOSPC,)):
        raise OSError(errno.EIO, "")
    assert not isinstance(error.value, OutputError)
    with pytest.raises(OutputError, match="a: no words"), output_error("a"):
        raise OSError("no words")


# --- two workers at one run --------------------------------------------------------------------------------


@FRESH
def test_a_worker_that_was_taken_for_lost_damages_nothing(fresh: bool, site: Path, source: Path) -> None:
    with open(site / "page.html", "wb") as lost:
        lost.write(b"half of a p")
        lost.flush()
        Writer(site, fresh=fresh).put("page.html", b"half of a page")
        done = inode(site / "page.html")
        lost.write(b"age, and more that nobody reads")
    assert (site / "page.html").read_bytes() == b"half of a page"
    Writer(site, fresh=fresh).put("page.html", b"half of a page")
    assert (site / "page.html").read_bytes() == b"half of a page"
    assert (inode(site / "page.html") == done) is not fresh
    # A link to a file of a run, which a lost worker has made, is not written through.
    os.link(source, site / "model.bin")
    Writer(site, fresh=fresh).put("model.bin", b"other")
    assert source.read_bytes() == b"weights" * 1000


@FRESH
def test_threads_that_write_the_same_files_leave_each_whole(fresh: bool, site: Path) -> None:
    contents = {f"e/run/{number}.js": bytes([number]) * 20_000 for number in range(40)}

    def write(_: int) -> None:
        out = Writer(site, fresh=fresh)
        for path, data in contents.items():
            out.put(path, data)
            keep(site / ".runpages" / "note.json", b"{}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert {path: (site / path).read_bytes() for path in contents} == contents
    assert os.listdir(site / ".runpages") == ["note.json"]
    assert os.listdir(site / UNFINISHED) == []


def test_the_last_thread_leaves_the_collection_of_garbage_as_it_was() -> None:
    first, second = (collection(wanted=False) for _ in range(2))
    was = gc.isenabled()
    try:
        gc.enable()
        first.__enter__()
        second.__enter__()
        assert not gc.isenabled()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        assert gc.isenabled()
    finally:
        (gc.enable if was else gc.disable)()


def test_a_file_in_pieces_is_what_it_is_at_once_and_left_alone_if_it_is_so(tmp_path: Path) -> None:
    for fresh in (True, False, False):
        out = Writer(tmp_path, fresh=fresh)
        out.put_pieces("a/b.csv", 5, lambda: iter([b"ab", b"", b"cde"]))
        assert (out.files, out.changed) == ({"a/b.csv": 5}, int(fresh))
        assert (tmp_path / "a/b.csv").read_bytes() == b"abcde"
    for pieces in ([b"abc", b"dx"], [b"longer"]):
        out = Writer(tmp_path, fresh=False)
        out.put_pieces("a/b.csv", sum(map(len, pieces)), lambda pieces=pieces: iter(pieces))  # type: ignore[misc]
        assert out.changed == 1 and (tmp_path / "a/b.csv").read_bytes() == b"".join(pieces)
