"""Code of strangers: highlighted, from zips that may be anything, and what was not committed."""

from __future__ import annotations

import io
import json
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site import text
from runpages_site.build import Report
from runpages_site.read.archive import DIRECTORY
from runpages_site.read.previews import read_snapshot
from tests.examples import examples
from tests.generator.conftest import MakeRun

Built = Callable[[], tuple[Path, Report]]


def plain(lines: list[text.Line]) -> list[str]:
    return ["".join(part if isinstance(part, str) else part[1] for part in line) for line in lines]


def packed(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def read(tmp_path: Path, data: bytes, most: int = 500) -> Any:
    (tmp_path / "snapshot.zip").write_bytes(data)
    return read_snapshot(str(tmp_path / "snapshot.zip"), most)


def script_of(site: Path, name: str = "code-0.js") -> dict[str, Any]:
    source = (site / "e" / "demo" / "a" / name).read_text("utf-8")
    found: dict[str, Any] = json.loads(source.removeprefix('runpages.put("files",').removesuffix(");\n"))
    return found


# --- highlighting ------------------------------------------------------------------------------------------


def test_tokens_have_the_five_roles() -> None:
    source = '@cached\ndef f(x):  # why\n    return "a" + 1\n'
    parts = [part for line in text.highlighted(source, "python") for part in line if not isinstance(part, str)]
    assert parts == [
        ["k-name", "@cached"],
        ["k-keyword", "def"],
        ["k-name", "f"],
        ["k-comment", "# why"],
        ["k-keyword", "return"],
        ["k-string", '"a"'],
        ["k-number", "1"],
    ]


@pytest.mark.parametrize(
    ("name", "language"),
    [("a/train.py", "python"), ("Makefile", "make"), ("x.YML", "yaml"), ("model.npz", ""), ("noext", ""), ("", "")],
)
def test_the_name_tells_the_language(name: str, language: str) -> None:
    assert text.language(name) == language


@given(st.text(max_size=200), st.sampled_from(["", "python", "yaml", "json", "bash"]))
@settings(max_examples=examples(0.6))
def test_highlighting_keeps_every_line(source: str, language: str) -> None:
    kept = source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    # A mark of the byte order at the beginning is no text.
    kept = kept.removeprefix("\ufeff") if language else kept
    assert plain(text.highlighted(source, language)) == [text.visible(line) for line in kept.split("\n")]


def test_what_nobody_wrote_is_not_coloured() -> None:
    assert text.highlighted(f"x = '{'a' * 3000}'\n", "python") == [[f"x = '{'a' * 3000}'"]]


# --- diffs -------------------------------------------------------------------------------------------------

PATCH = """diff --git a/train.py b/train.py
index 1..2 100644
--- a/train.py
+++ b/train.py
@@ -1,4 +1,4 @@ def f():
 import x
-rate = 0.1
--- no head
+rate = 0.25
+++ no head
 end
\\ No newline at end of file
diff --git a/old name.txt b/new name.txt
rename from old name.txt
rename to new name.txt
diff --git a/p.png b/p.png
Binary files a/p.png and b/p.png differ
"""


def test_a_patch_becomes_files_hunks_and_numbered_lines() -> None:
    train, renamed, picture = text.diff(PATCH)
    assert (train.name, train.added, train.removed) == ("train.py", 2, 2)
    assert [(line.sign, line.old, line.new) for line in train.hunks[0].lines] == [
        (" ", 1, 1), ("-", 2, None), ("-", 3, None), ("+", None, 2), ("+", None, 3), (" ", 4, 4),
    ]  # fmt: skip
    assert train.hunks[0].head == "@@ -1,4 +1,4 @@ def f():"
    assert (renamed.name, renamed.note) == ("new name.txt", "rename from old name.txt, rename to new name.txt")
    assert (picture.name, picture.note) == ("p.png", "binary")
    (picture,) = text.diff("diff --git a/p.png b/p.png\nindex 1..2 100644\nGIT binary patch\nliteral 5\nMcmZQzWMXCk\n")
    assert (picture.name, picture.note, picture.hunks) == ("p.png", "binary", [])


def test_changed_words_stand_apart() -> None:
    lines = text.diff(PATCH)[0].hunks[0].lines
    assert lines[1].parts == ("rate = 0.", "1", "")
    assert lines[3].parts == ("rate = 0.", "25", "")


def test_a_patch_without_git_is_read() -> None:
    (one,) = text.diff("--- a.txt\t2026-01-01\n+++ a.txt\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n")
    assert (one.name, one.added, one.removed) == ("a.txt", 1, 1)


@given(st.lists(st.sampled_from([*PATCH.splitlines(), "+", "-", "@@ -0,0 +1,999999999 @@", "--- /dev/null", "\x1b"])))
def test_no_patch_breaks_the_reader(lines: list[str]) -> None:
    for one in text.diff("\n".join(lines)):
        signs = [line.sign for hunk in one.hunks for line in hunk.lines]
        assert (one.added, one.removed) == (signs.count("+"), signs.count("-"))


# --- snapshots ---------------------------------------------------------------------------------------------


def test_a_snapshot_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, packed({"b.py": "x = 1\n", "lib/a.py": "", "lib/": ""}))
    assert [(file.name, file.size, file.data) for file in found.files] == [
        ("b.py", 6, b"x = 1\n"),
        ("lib/a.py", 0, b""),
    ]
    assert (len(found.listed), found.size, found.why) == (2, 6, "")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (bomb,) = read(tmp_path, packed({"zeros": bytes(50_000_000)})).files
    assert (bomb.data, bomb.size, bomb.why) == (b"", 50_000_000, "Too large to show")


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    data = bytearray(packed({"small.txt": bytes(150_000)}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    (liar,) = read(tmp_path, bytes(data)).files
    assert (liar.data, liar.why) in {(b"", "Its size is not the one in the zip file"), (b"", "It cannot be unpacked")}


def test_many_small_files_are_bounded(tmp_path: Path) -> None:
    found = read(tmp_path, packed({f"{at:02}.txt": bytes(150_000) for at in range(40)}))
    assert sum(len(file.data) for file in found.files) <= 2_000_000
    assert [file.name for file in read(tmp_path, packed({"b": "", "a": "", "c": ""}), most=2).files] == ["a", "b"]


def test_a_long_list_of_files_is_not_read(tmp_path: Path) -> None:
    data = bytearray(packed({"a": "x"}))
    data[-10:-6] = struct.pack("<I", DIRECTORY + 1)
    found = read(tmp_path, bytes(data))
    assert (found.files, found.why) == ((), "Not a zip file, or too many files to list")


@pytest.mark.parametrize(
    "data",
    [b"", b"no zip", packed({"a": "x"})[:-4], b"PK\x05\x06" + bytes(18)],
    ids=["empty", "text", "cut", "bare"],  # A zip tells when it was made, and a test's name may not.
)
def test_what_is_no_zip_says_so(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data).files == ()


def test_methods_that_choose_their_memory_are_left(tmp_path: Path) -> None:
    (one,) = read(tmp_path, packed({"a.py": "x"}, zipfile.ZIP_LZMA)).files
    assert (one.data, one.why) == (b"", "Its compression method is not supported")


def test_secrets_in_a_snapshot_are_not_shown(tmp_path: Path) -> None:
    (one,) = read(tmp_path, packed({"conf/.env": "PASSWORD=x"})).files
    assert (one.data, one.hash) == (b"", "")


def test_names_of_a_snapshot_are_texts(make_run: MakeRun, built: Built) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = packed(
            {"../../escape.py": "<script>", "/etc/passwd": "x", "<b>.py": "</script>", "a/" * 50 + "deep": "x"}
        )
    make_run(files={"snapshot.zip": data})
    site, report = built()
    assert not any(one for found in report.problems.values() for one in found)
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert "<b>.py" not in page
    assert "&lt;b&gt;.py" in page
    assert {value["name"] for value in script_of(site).values()} >= {"../../escape.py", "/etc/passwd", "<b>.py"}
    assert b"</script>" not in (site / "e" / "demo" / "a" / "code-0.js").read_bytes()
    assert not (site.parent / "escape.py").exists()


# --- the section -------------------------------------------------------------------------------------------


def test_no_two_things_have_one_address(make_run: MakeRun, built: Built) -> None:
    names = ["hash", "a", "a-L1", "viewer", "s-name", "name", "a b"]
    make_run(
        files={"snapshot.zip": packed(dict.fromkeys(names, "x\n")), **{f"artifacts/{name}": "x" for name in names}}
    )
    site, _ = built()
    ids = re.findall(r' id="([^"]*)"', (site / "e" / "demo" / "a.html").read_text("utf-8"))
    assert len(ids) == len(set(ids))


def test_uncommitted_changes_are_shown_where_the_run_says_so(make_run: MakeRun, built: Built) -> None:
    make_run(files={"git.diff": PATCH}, environment={"git": {"dirty": True, "diff": "git.diff"}})
    site, _ = built()
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert "Uncommitted changes" in page
    assert '<tr class="del"><td>2</td><td></td><td>−</td><td>rate = 0.<b>1</b></td></tr>' in page
    assert 'href="a/git~_diff~.txt" download="git.diff"' in page
    assert (site / "e/demo/a/git~_diff~.txt").read_text() == PATCH


@pytest.mark.parametrize(
    "name", ["../secret.diff", "/etc/x.diff", "run.json", "a/b.diff", 7, None, "link.diff", "no.diff"]
)
def test_no_other_file_is_taken_for_a_patch(make_run: MakeRun, built: Built, workspace: Path, name: object) -> None:
    run = make_run(files={"git.diff": PATCH}, environment={"git": {"diff": name}})
    (run.parent / "secret.diff").write_text(PATCH)
    (run / "link.diff").symlink_to(run.parent / "secret.diff")
    site, _ = built()
    assert "Uncommitted changes" not in (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert not list(site.rglob("*diff*"))
    assert workspace.exists()


def test_the_script_of_the_command_is_shown_first(make_run: MakeRun, built: Built) -> None:
    data = packed({"a.py": "first = 1\n", "src/train.py": "second = 2\n"})
    make_run(files={"snapshot.zip": data}, environment={"command": ["python", "src/train.py", "--x"]})
    site, _ = built()
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert 'id="code-src~2ftrain.py-L1"' in page
    assert "second = " in page
    assert "first = " not in page


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["python", "src/train.py", "--x", "a.py"], "src/train.py"),
        (["python", "train.py"], "src/train.py"),
        (["python", "/home/me/project/src/train.py"], "src/train.py"),
        (["python", "C:\\project\\src\\train.py"], "src/train.py"),
        (["python", "-m", "src.train"], "src/train.py"),
        (["python", "-m", "tool"], "tool/__main__.py"),
        (["bash", "run.sh"], "src/train.py"),
        ([7], "src/train.py"),
        (None, "src/train.py"),
    ],
)
def test_the_entry_script_is_shown_first_however_it_was_called(
    make_run: MakeRun, built: Built, command: object, first: str
) -> None:
    names = ("a.py", "conf.yaml", "src/train.py", "tool/__main__.py", "tool/util.py")
    make_run(files={"snapshot.zip": packed({name: f"# {name}\n" for name in names})}, environment={"command": command})
    site, _ = built()
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert f'<code class="cut" id="codes-name" dir="auto">{first}</code>' in page
    assert f"# {first}</span>" in page


def test_a_long_script_has_its_first_lines_in_the_page(make_run: MakeRun, built: Built) -> None:
    source = "".join(f"x{at} = {at}\n" for at in range(2_000))
    make_run(files={"snapshot.zip": packed({"train.py": source})}, environment={"command": ["python", "train.py"]})
    site, _ = built()
    page = (site / "e" / "demo" / "a.html").read_text("utf-8")
    assert 'id="code-train.py-L1"' in page
    assert re.search(r"The first \d+ of 2000 lines", page)
    assert "load this file" not in page
