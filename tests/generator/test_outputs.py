"""Outputs: what is shown of each kind of file, what stays shut, and hashes that need no second reading."""

from __future__ import annotations

import base64
import io
import json
import os
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.records import File
from runpages_site import text
from runpages_site.build import Report, build
from runpages_site.model import FileText, Published
from runpages_site.page.preview import SCRIPT, preview, static
from runpages_site.page.preview import previews as page_previews
from runpages_site.read import previews
from runpages_site.write import copies
from runpages_site.write.writer import Writer
from tests.generator.conftest import NOW, MakeRun
from tests.generator.test_page import record

Built = Callable[[], tuple[Path, Report]]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def shown(name: str, data: str | bytes, *, whole: bool = True, href: str = "x") -> dict[str, Any]:
    data = data if isinstance(data, bytes) else data.encode()
    return preview(FileText(name, name, len(data), "", data, whole), href)


def published(file: str) -> Published:
    return Published("e/demo/a.html", "e/demo/index.html", "e/demo/a/", {file: ""})


def scripts(site: Path) -> dict[str, dict[str, Any]]:
    """What the viewer of the outputs gets, by the name of the file."""
    found: dict[str, dict[str, Any]] = {}
    for script in sorted((site / "e" / "demo" / "a").glob("outputs-*.js")):
        source = script.read_text("utf-8").removeprefix('runpages.put("files",').removesuffix(");\n")
        found |= {value["name"]: value for value in json.loads(source).values()}
    return found


def words(value: Any) -> str:
    """All texts of a tree of nodes."""
    if isinstance(value, str):
        return value
    return "".join(map(words, value[2:] if value and isinstance(value[0], str) and len(value) > 1 else value))


# --- kinds -------------------------------------------------------------------------------------------------


def test_a_table_has_its_first_rows_and_says_how_many_there_are() -> None:
    rows = "".join(f'{at},"a, b",{at / 4},\n' for at in range(360))
    value = shown("predictions.csv", f"row,text,share,none\n{rows}")
    assert value["kind"] == "table"
    assert value["head"] == ["row", "text", "share", "none"]
    assert value["rows"][1] == ["1", "a, b", "0.25", ""]
    assert value["numbers"] == [0, 2]
    assert (len(value["rows"]), value["note"], value["foot"]) == (100, "360 rows, 4 columns", "100 of 360 rows")


def test_the_beginning_of_a_long_table_is_shown() -> None:
    value = shown("long.csv", "a,b\n1,2\n3,4\n5,", whole=False)
    assert value["rows"] == [["1", "2"], ["3", "4"]]
    assert value["foot"] == "The first 2 rows"


def test_json_is_a_tree_and_broken_json_is_text() -> None:
    value = shown("m.json", '{"a": [1, {"b": "<i>"}], "c": null}')
    assert (value["kind"], value["class"], value["note"]) == ("nodes", "tree", "2 keys")
    assert "<i>" in words(value["nodes"])
    assert shown("list.json", "[1, 2]")["note"] == "2 items"
    for source in ('{"a": ', "7", "{}", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"):
        assert shown("m.json", source)["kind"] in {"code", "nodes"}


def test_markdown_is_cleaned() -> None:
    value = shown("README.md", "# Hello\n\n<script>alert(1)</script> [x](javascript:alert(1)) **b**")
    page = str(static(value, "a"))
    assert "<script" not in page
    assert "javascript" not in page.replace("[x](javascript:alert(1))", "")
    assert "<strong>b</strong>" in page


@pytest.mark.parametrize(
    ("name", "data", "kind", "note"),
    [
        ("plot.png", PIXEL, "image", "1 × 1"),
        ("no.png", b"text, whatever its name", "code", "1 line"),
        ("model.npz", b"PK\3\4\0\0", "none", "Binary file, no preview"),
        ("latin.txt", b"caf\xe9 au lait", "none", "Binary file, no preview"),
        ("empty.txt", b"", "none", "Empty file"),
        ("page.html", b"<b>hi</b>", "code", "1 line"),
        ("drawing.svg", b"<svg onload=x></svg>", "code", "1 line"),
        ("config.yaml", b"a: 1\n", "code", "1 line"),
        ("noext", b"a\nb", "code", "2 lines"),
    ],
)
def test_what_is_shown_goes_by_what_is_in_a_file(name: str, data: bytes, kind: str, note: str) -> None:
    value = shown(name, data)
    assert (value["kind"], value["note"]) == (kind, note)


def test_a_picture_that_is_not_published_is_not_shown() -> None:
    assert shown("plot.png", PIXEL, href="")["kind"] == "none"


def test_a_log_keeps_its_colours() -> None:
    value = shown("train.log", "\x1b[31mbad\x1b[0m <b>\nfine\n")
    assert value["lines"] == [[["a-red", "bad"], " <b>"], ["fine"]]


@given(st.text(max_size=60), st.sampled_from(["x.csv", "x.json", "x.md", "x.ipynb", "x.log", "x.py", "x.tsv", "x"]))
def test_any_text_in_any_file_becomes_a_preview(source: str, name: str) -> None:
    value = shown(name, source.encode("utf-8", "surrogatepass"))
    _, made = page_previews([FileText(name, name, 1, "", source.encode("utf-8", "surrogatepass"), True)], ["x"])
    assert b"<" not in b"".join(made)
    page = static(value, "a")
    assert "<script" not in page


def test_previews_go_into_scripts_of_a_bounded_size() -> None:
    files = [FileText(f"{at}.txt", f"{at}.txt", 150_000, "", b"x\n" * 75_000, True) for at in range(4)]
    found, made = page_previews(files, [""] * 4)
    assert [one.part for one in found] == [0, 1, 2, 3]
    assert all(len(script) < 3 * SCRIPT for script in made)
    assert page_previews([], []) == ([], [])


# --- notebooks ---------------------------------------------------------------------------------------------


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": cells})


def test_a_notebook_has_cells_outputs_and_errors() -> None:
    outputs = [
        {"output_type": "stream", "text": ["one\n", "two\n"]},
        {"output_type": "display_data", "data": {"image/png": base64.b64encode(PIXEL).decode()}},
        {"output_type": "execute_result", "data": {"text/html": "<script>alert(1)</script>"}},
        {"output_type": "error", "traceback": ["\x1b[31mZeroDivisionError\x1b[0m: no"]},
    ]
    value = shown(
        "a.ipynb",
        notebook(
            {"cell_type": "markdown", "source": ["# T\n", "<img src=x onerror=alert(1)>"]},
            {"cell_type": "code", "execution_count": 3, "source": "x = 1", "outputs": outputs},
        ),
    )
    page = str(static(value, "a"))
    assert (value["kind"], value["class"]) == ("nodes", "notebook")
    assert "<script" not in page
    assert "<img src=x" not in page
    assert page.count("<img ") == 1
    assert "&lt;script&gt;" in page.replace('<span class="k-name">', "").replace("</span>", "")
    assert "In [3]" in page
    assert '<span class="a-red">ZeroDivisionError</span>' in page


def test_the_picture_of_a_notebook_is_base64_and_nothing_else() -> None:
    for data in ('"><script>', "not base64!", "A" * 500_000):
        output = {"output_type": "display_data", "data": {"image/png": data}}
        cell = {"cell_type": "code", "source": "", "outputs": [output]}
        assert "<img" not in static(shown("a.ipynb", notebook(cell)), "a")


@pytest.mark.parametrize(
    "cell",
    [
        7,
        {},
        {"cell_type": "code", "source": 7, "outputs": [7, {"output_type": "error", "traceback": 7}, {"data": 7}]},
        {"cell_type": "code", "outputs": {"a": 1}},
        {"cell_type": "markdown", "source": None},
    ],
)
def test_no_cell_breaks_a_notebook(cell: Any) -> None:
    shown("a.ipynb", notebook(cell, {"cell_type": "raw", "source": "kept"}))


def test_nodes_drop_what_is_on_no_list() -> None:
    clean = text.markup(
        text.nodes('<p onclick="x">a<script>b</script><a href="javascript:c" class="d">e</a></p></div>')
    )
    assert clean == '<p>ab<a class="d">e</a></p>'


# --- in a site ---------------------------------------------------------------------------------------------


def test_files_have_their_hash_and_their_link(make_run: MakeRun, built: Built) -> None:
    make_run(files={"artifacts/out/a b.txt": "hello", "artifacts/out/page.html": "<b>", "artifacts/z.bin": b"\0\1"})
    site, _ = built()
    found = scripts(site)
    assert found["out/a b.txt"]["hash"] == sha256(b"hello").hexdigest()
    assert found["out/a b.txt"]["href"] == "a/artifacts/out/a%20b.txt"
    assert found["out/page.html"]["href"] == "a/artifacts/out/page~_html~.txt"
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert 'title="a b.txt"' in page
    assert 'href="a/artifacts/out/a%20b.txt" download="a b.txt"' in page
    assert "3 files, 10 B" in page


def test_what_is_not_published_is_neither_shown_nor_hashed(make_run: MakeRun, built: Built, tmp_path: Path) -> None:
    run = make_run(files={"artifacts/.env": "PASSWORD=hunter2", "artifacts/a.txt": "x", "artifacts/b.txt": "y"})
    (tmp_path / "outside.txt").write_text("hunter2")
    (run / "artifacts" / "link.txt").symlink_to(tmp_path / "outside.txt")
    site, _ = built()
    found = scripts(site)
    assert (found[".env"]["kind"], found[".env"]["hash"], found[".env"]["href"]) == ("none", "", "")
    assert "link.txt" not in found
    with zipfile.ZipFile(site / "e/demo/a/outputs.zip") as archive:
        assert archive.namelist() == ["a.txt", "b.txt"]
    held = [sha256(data).hexdigest().encode() for data in (b"PASSWORD=hunter2", b"hunter2")]
    for file in site.rglob("*"):
        if file.is_file():
            assert not [secret for secret in [b"hunter2", *held] if secret in file.read_bytes()], file


def test_the_zip_has_the_same_bytes_whatever_the_times(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    run = make_run(files={"artifacts/b/two.txt": "two" * 2_000, "artifacts/a.png": PIXEL})
    made = []
    for at in (1, 2):
        for file in run.rglob("*.*"):
            os.utime(file, (NOW - 9999 * at, NOW - 9999 * at))
        build(workspace, tmp_path / f"site{at}", now=NOW, version="1")
        made.append((tmp_path / f"site{at}" / "e/demo/a/outputs.zip").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        assert archive.namelist() == ["a.png", "b/two.txt"]
        assert archive.read("b/two.txt") == b"two" * 2_000
        methods = [entry.compress_type for entry in archive.infolist()]
    assert methods == [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]


def test_large_outputs_and_single_ones_have_no_zip(
    make_run: MakeRun, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(files={"artifacts/a.txt": "x"})
    assert not (built()[0] / "e/demo/a/outputs.zip").exists()
    monkeypatch.setattr("runpages_site.write.zips.LARGEST", 10)
    make_run("b", files={"artifacts/a.txt": "x" * 6, "artifacts/b.txt": "x" * 6})
    assert not (built()[0] / "e/demo/b/outputs.zip").exists()


def test_what_the_tree_has_no_room_for_is_folded(make_run: MakeRun, built: Built, workspace: Path) -> None:
    (workspace / "runpages.yml").write_text("limits:\n  files: 2\n")
    make_run(files={f"artifacts/{name}.txt": name for name in "abcd"})
    site, _ = built()
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert "2 more files" in page
    assert set(scripts(site)) == {"a.txt", "b.txt"}


def test_a_deep_path_is_no_deep_page(make_run: MakeRun, built: Built) -> None:
    make_run(files={"artifacts/" + "d/" * 60 + "deep.txt": "x"})
    page = (built()[0] / "e" / "demo" / "a.html").read_text("utf-8")
    assert page.count("data-folder") == 11
    assert "d/" * 40 in page


# --- hashes ------------------------------------------------------------------------------------------------


def test_a_large_file_that_stays_is_not_hashed_again(make_run: MakeRun, built: Built) -> None:
    large = b"x" * (copies.NOTED + 1)
    run = make_run(files={"artifacts/large.bin": large, "artifacts/small.bin": "y"})
    os.utime(run / "artifacts" / "large.bin", (NOW - 100, NOW - 100))
    site, _ = built()
    before = scripts(site)
    assert before["large.bin"]["hash"] == sha256(large).hexdigest()

    # What is noted is believed.
    note = site / ".runpages" / "hashes" / "demo~a.json"
    note.write_text(note.read_text().replace(before["large.bin"]["hash"], "0" * 64))
    (run / "artifacts" / "small.bin").write_text("other")
    site, report = built()
    assert report.rendered
    assert scripts(site)["large.bin"]["hash"] == "0" * 64

    (run / "artifacts" / "large.bin").write_bytes(large + b"z")
    assert scripts(built()[0])["large.bin"]["hash"] == sha256(large + b"z").hexdigest()


@pytest.mark.parametrize("noted", ["x", [1], [1, 2, 3], {"a": 1}, None])
def test_a_damaged_note_of_a_hash_is_not_believed(noted: object, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    made = copies.Copies(Writer(tmp_path, fresh=True), "", {"x": noted}, NOW)
    made.copy(str(tmp_path / "x"), "x", "y")
    assert made.made["x"].sha256 == sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    ("age", "noted"),
    [
        (copies.SETTLED + 1, True),
        (copies.SETTLED, False),
        (copies.SETTLED / 2, False),
        (0.0, False),
        (-9.0, False),
    ],
)
def test_a_hash_is_noted_once_the_time_of_a_file_tells_its_changes(tmp_path: Path, age: float, noted: bool) -> None:
    file = tmp_path / "large.bin"
    known: dict[str, Any] = {}
    for data in (b"x" * copies.NOTED, b"y" * copies.NOTED):
        file.write_bytes(data)
        os.utime(file, (NOW - age, NOW - age))  # A coarse clock gives both the same.
        made = copies.Copies(Writer(tmp_path / "site", fresh=True), "", known, NOW)
        (tmp_path / "site").mkdir(exist_ok=True)
        made.copy(str(file), "large.bin", "large.bin")
        known = made.learned
        assert bool(known) == noted
        if not noted:
            assert made.made["large.bin"].sha256 == sha256(data).hexdigest()


@pytest.mark.parametrize(("size", "noted"), [(copies.NOTED, True), (copies.NOTED - 1, False)])
def test_hashes_of_large_files_only_are_noted(tmp_path: Path, size: int, noted: bool) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(b"x" * size)
    os.utime(file, (NOW - 100, NOW - 100))
    made = copies.Copies(Writer(tmp_path, fresh=True), "", {}, NOW)
    made.copy(str(file), "large.bin", "copy.bin")
    assert bool(made.learned) == noted


def test_incremental_is_clean(make_run: MakeRun, built: Built, workspace: Path, tmp_path: Path) -> None:
    run = make_run(files={"artifacts/large.bin": b"x" * 2_000_000, "artifacts/a.csv": "a\n1\n", "artifacts/b.txt": "x"})
    built()
    (run / "artifacts" / "a.csv").write_text("a\n1\n2\n")
    (run / "artifacts" / "b.txt").unlink()
    site, _ = built()
    clean = tmp_path / "clean"
    build(workspace, clean, now=NOW, version="1.2.3")
    files = {
        one.relative_to(root): one.read_bytes()
        for root in (site, clean)
        for one in root.rglob("*")
        if one.is_file() and ".runpages" not in one.as_posix() and one.name != "build.js"
    }
    for path, data in files.items():
        assert (site / path).read_bytes() == (clean / path).read_bytes() == data


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    of = record()._replace(folder=str(tmp_path))
    gone = File("gone.txt", "artifacts/gone.txt", 5)
    (one,) = previews.read_outputs(of, [gone], Published("", "", "", {gone.file: ""}))
    assert (one.data, one.why) == (b"", "It cannot be read: No such file or directory")


# --- files that are programs -------------------------------------------------------------------------------


def npy(descr: str) -> bytes:
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (9,), }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"\0" * 9


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        *((name, b"\x80\x04.", True) for name in ("m.pkl", "m.PT", "m.pth", "m.joblib", "m.pickle", "m.joblib.gz")),
        ("o.npy", npy("'|O'"), True),
        ("s.npy", npy("[('a', '<f8'), ('b', 'O')]"), True),
        ("f.npy", npy("'<f8'"), False),
        ("b.npy", npy("'<f8'") + b"'descr': '|O'" * 400, False),
        *((name, b"x", False) for name in ("m.npz", "m.safetensors", "m.onnx", "pkl.txt", "script.py")),
    ],
)
def test_files_that_run_code_are_named(make_run: MakeRun, built: Built, name: str, data: bytes, code: bool) -> None:
    make_run(files={f"artifacts/{name}": data})
    site, _ = built()
    assert ("runs code when loaded" in (site / "e/demo/a.html").read_text("utf-8")) == code
