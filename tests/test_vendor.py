"""The vendored browser files are those of the lock, and an archive cannot write where it wants."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.offline import get_plotlyjs_version

from tools import vendor
from tools.vendor import VENDOR, VendorError

ROOT = Path(__file__).parent.parent

LOCK: list[dict[str, Any]] = json.loads((VENDOR / "vendor.lock.json").read_text("utf-8"))
FILES: dict[str, str] = {file["to"]: file["sha256"] for package in LOCK for file in package["files"]}


def archive(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """An archive as npm makes them, with these members."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as file:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(data), kind, "package/other"
            file.addfile(member, io.BytesIO(data))
    return written.getvalue()


GOOD = archive(("package/a.js", b"1"), ("package/LICENSE", b"2"), ("package/package.json", b'{"license": "MIT"}'))
ENTRY = vendor.locked("some", "1.0.0", {"a.js": "some/a.js", "LICENSE": "some/LICENSE"}, GOOD)


# --- what is here ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", FILES)
def test_a_vendored_file_is_the_locked_one(place: str) -> None:
    assert sha256((VENDOR / place).read_bytes()).hexdigest() == FILES[place]


def test_nothing_else_lies_there() -> None:
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == {*FILES, "vendor.lock.json", "plotly.css"}
    assert list(vendor.faults(vendor.read_lock(VENDOR), VENDOR)) == []


@pytest.mark.parametrize("package", LOCK, ids=lambda package: str(package["name"]))
def test_a_package_has_its_licence_beside_it(package: dict[str, Any]) -> None:
    folders = {Path(file["to"]).parent for file in package["files"]}
    assert package["licence"] == "MIT"
    assert all("MIT License" in (VENDOR / folder / "LICENSE").read_text("utf-8") for folder in folders)


def test_the_browser_draws_with_the_version_that_python_writes_for() -> None:
    assert {package["version"] for package in LOCK} == {get_plotlyjs_version()}


# --- the tool ----------------------------------------------------------------------------------------------


def test_a_package_is_locked_fetched_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "pack", lambda name, version: GOOD)
    vendor.lock(tmp_path, "some", "1.0.0", ["a.js=some/a.js", "LICENSE=some/LICENSE"])
    assert vendor.read_lock(tmp_path) == [ENTRY]
    vendor.fetch(tmp_path)
    assert list(vendor.faults([ENTRY], tmp_path)) == []
    vendor.lock(tmp_path, "some", "1.0.1", [])
    assert vendor.read_lock(tmp_path) == [replace(ENTRY, version="1.0.1")]
    (tmp_path / "some/a.js").write_text("other")
    (tmp_path / "some/LICENSE").rename(tmp_path / "stray")
    told = [line.partition(";")[0] for line in vendor.faults([ENTRY], tmp_path)]
    assert told == [
        "some/LICENSE is missing",
        "some/a.js is not the locked file",
        "stray is not in vendor.lock.json",
    ]


def test_another_archive_is_refused_and_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.write_lock(tmp_path, [ENTRY, replace(ENTRY, name="the-other", integrity="sha512-AAAA")])
    monkeypatch.setattr(vendor, "pack", lambda name, version: GOOD)
    with pytest.raises(VendorError, match=r"the-other@1\.0\.0: the archive is not the locked one"):
        vendor.fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vendor.lock.json"]


def test_another_file_in_the_locked_archive_is_refused() -> None:
    (first, second) = ENTRY.files
    with pytest.raises(VendorError, match=r"a\.js is not the locked one"):
        vendor.fetched(replace(ENTRY, files=(replace(first, sha256="0"), second)), GOOD)
    with pytest.raises(VendorError, match="leaves its folder"):
        vendor.fetched(replace(ENTRY, files=(replace(first, target="../a.js"), second)), GOOD)


@pytest.mark.parametrize(("name", "version"), [("../here", "1.0.0"), ("--help", "1.0.0"), ("some", "latest")])
def test_npm_gets_names_and_exact_versions_only(name: str, version: str) -> None:
    with pytest.raises(VendorError, match="exact version"):
        vendor.pack(name, version)


# --- hostile archives --------------------------------------------------------------------------------------

PARTS = st.sampled_from(["", ".", "..", "a", "package", "a.js", "..a", "é", "\\", "C:"])


@given(st.lists(PARTS, min_size=1, max_size=5).map("/".join))
def test_a_path_that_is_let_through_stays_below_its_folder(path: str) -> None:
    try:
        vendor.check_path(path, "here")
    except VendorError:
        assert "\\" in path or {"", ".", ".."} & set(path.split("/"))
    else:
        base = Path("/base")
        assert (base / path).resolve().is_relative_to(base)
        assert (base / path).resolve() != base


@pytest.mark.parametrize("name", ["/etc/a.js", "../a.js", "package/../../a.js", "package\\..\\a.js", "package//a.js"])
def test_one_unsafe_name_refuses_the_whole_archive(name: str) -> None:
    with pytest.raises(VendorError, match="leaves its folder"):
        vendor.extract(archive(("package/a.js", b"1"), (name, b"2")), ["a.js"], "here")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(kind: bytes) -> None:
    with pytest.raises(VendorError, match="no regular file"):
        vendor.extract(archive(("package/a.js", b""), kind=kind), ["a.js"], "here")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (archive(("package/a.js", b"1"), ("package/a.js", b"2")), "twice"),
        (archive(("package/b.js", b"1")), r"no a\.js"),
        (archive(("a.js", b"1")), r"no a\.js"),
        (GOOD[:40], "not an archive"),
        (b"<html>", "not an archive"),
    ],
    # An archive tells when it was made, and a test's name may not: processes that run them together compare the names.
    ids=["twice", "other", "outside", "cut", "html"],
)
def test_what_is_no_archive_of_the_file_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(VendorError, match=problem):
        vendor.extract(data, ["a.js"], "here")
