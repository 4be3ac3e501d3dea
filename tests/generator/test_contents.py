from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from runpages.format.document import encode
from runpages.format.published import Copy, described, spelled
from runpages_site.read import contents
from runpages_site.read.contents import Contents
from runpages_site.write import zips
from tests.examples import examples

from .conftest import MakeRun

# In a process of its own: nothing takes a hook away again, and while there is one, Python 3.11 cannot measure threads
# that start at once: one of them ends before it has done anything.
OPENED = """
import json, os, sys
from collections import Counter
from pathlib import Path
from runpages_site.build import build
opened = Counter()
def count(event, arguments):
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        opened[os.fsdecode(arguments[0])] += 1
sys.addaudithook(count)
build(Path(sys.argv[1]), Path(sys.argv[2]), now=0.0, version="1")
print(json.dumps(opened))
"""


def _png() -> bytes:
    data = io.BytesIO()
    Image.effect_noise((1_200, 300), 80).save(data, "PNG")  # Large enough for a thumbnail.
    return data.getvalue()


def test_each_small_file_of_a_run_is_opened_once(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    run = make_run(
        status="Completed",
        metrics="name,step,time,value\n" + "".join(f"loss,{step},{step}.0,0.5\n" for step in range(300)),
        files={
            "logs/train.log": "step 1\n" * 3_000,
            "images/a.png": _png(),
            "images.jsonl": '{"name": "a", "file": "images/a.png", "step": 0}\n',
            "images/b.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "media/note.txt": "a text",
            "media/page.html": "<p>a page",
            "artifacts/a.csv": "a\n1\n",
            "artifacts/b.txt": "x",
        },
    )
    site = tmp_path / "site"
    command = [sys.executable, "-c", OPENED, str(workspace), str(site)]
    opened = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    files = {str(path): opened.get(str(path)) for path in run.rglob("*") if path.is_file()}
    assert files == dict.fromkeys(files, 1)
    folder = site / "e" / "demo" / "a"
    assert (folder / "outputs.zip").exists()
    assert (folder / "run.zip").exists()


def test_a_large_file_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x" * (contents.SMALL - 1))
    (tmp_path / "large").write_bytes(b"x" * contents.SMALL)
    held = Contents(str(tmp_path))
    small = held.small("small")
    assert small is not None
    assert held.small("small") is small
    assert held.small("large") is None


def test_of_many_small_files_some_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST", 5)
    held = Contents(str(tmp_path))
    for name in "ab":
        (tmp_path / name).write_bytes(b"xyz")
    first, second = held.small("a"), held.small("b")
    assert first is not None
    assert second is not None
    assert (held.small("a") is first, held.small("b") is second) == (True, False)
    assert held.small("b") == second


def test_what_would_be_taken_for_a_bomb_is_stored() -> None:
    members = {
        "zeros": bytes(200_000),
        "text": " ".join(map(str, range(20_000))).encode(),
        "noise": os.urandom(100_000),
        "a": b"a",
    }
    packed = zips.packed(members)
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist()} == members
        kinds = {info.filename: info.compress_type for info in zipped.infolist()}
    assert kinds == {"zeros": 0, "text": 8, "noise": 0, "a": 0}
    assert zips.packed(members) == packed


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@pytest.mark.parametrize("large", [1 << 31, 100, 0])
@settings(max_examples=examples(0.2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=st.dictionaries(NAMES, st.binary(max_size=200).map(lambda data: data * 41)))
def test_a_zip_has_what_was_packed_whatever_is_too_large_for_a_plain_one(
    members: dict[str, bytes], large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "_LARGE", large)
    with zipfile.ZipFile(io.BytesIO(zips.packed(members))) as zipped:
        assert zipped.testzip() is None
        assert {info.orig_filename: zipped.read(info) for info in zipped.infolist()} == members
        facts = {(info.create_system, info.external_attr, info.date_time) for info in zipped.infolist()}
    assert facts <= {(3, 0o100644 << 16, (1980, 1, 1, 0, 0, 0))}


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
def test_a_zip_may_have_more_files_than_a_plain_one(count: int) -> None:
    with zipfile.ZipFile(io.BytesIO(zips.packed({str(at): b"" for at in range(count)}))) as zipped:
        assert zipped.namelist() == [str(at) for at in range(count)]


@pytest.mark.parametrize("copies", [[], [Copy("logs/a~.txt", "logs/a", 3, "ab" * 32)]])
def test_a_document_that_is_spelled_is_the_one_that_is_described(copies: list[Copy]) -> None:
    document = {"format": 1, "name": "ü \ud800", "params": {"lr": [1, float("nan")]}, "tags": {}}
    assert spelled(encode(document), copies) == encode(described(document, copies))
