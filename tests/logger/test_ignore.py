"""What an ignore file leaves out is what git leaves out."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from runpages.snapshot.files import sources
from tests.examples import examples
from tests.format.folder import write

TREE = {
    path: path
    for path in (
        *("a", "b.log", "dir/a", "dir/b.log", "dir/sub/a", "dir/sub/deep/b.log", "sub/a", "sub/dir/a", "sub/dir/b.log"),
        *("x y", "x ", "#a", "!a", "dir/éü", "A", "dir.log/a", "sub/dir/sub/dir/b.log"),
    )
}
PATTERNS = (
    *("a", "/a", "*.log", "/*.log", "dir", "dir/", "/dir", "/dir/", "dir/*", "dir/**", "dir/** ", "dir/**/", "**/dir"),
    *(
        "**/a",
        "dir/a",
        "/dir/a",
        "dir/**/b.log",
        "sub/dir",
        "sub/*/a",
        "sub/**/dir",
        "*",
        "/*",
        "**",
        "*/",
        "?",
        "[ab]",
    ),
    *(
        "[!a]",
        "[a-c].log",
        "#a",
        "\\#a",
        "\\!a",
        "x y",
        "x\\ ",
        "x ",
        "éü",
        "!",
        "/",
        "\\",
        "",
        " ",
        "# all",
        "*.log\r",
    ),
    *("dir/sub/", "s?b/", "dir*", "**/sub/**", "*.l[!x]g", "deep/", "A", "dir/sub/**/*.log", "/**/a", "sub**"),
)


def taken(folder: Path) -> set[str]:
    return {source.name for source in sources(folder, workspace=str(folder / "no")).files}


def by_git(folder: Path) -> set[str]:
    """What git would add of a folder."""
    alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "PATH": os.environ["PATH"]}
    subprocess.run(["git", "init", "-q", str(folder)], env=alone, check=True)
    command = ["git", "-C", str(folder), "ls-files", "-z", "--others", "--exclude-standard"]
    done = subprocess.run(command, env=alone, capture_output=True, check=True)
    return {name.decode() for name in done.stdout.split(b"\0") if name}


lines = st.lists(st.tuples(st.sampled_from(["", "", "!"]), st.sampled_from(PATTERNS)).map("".join), max_size=5)


@settings(max_examples=examples(0.6))
@given(top=lines, nested=lines, deeper=lines)
@example(["dir/**", "!dir/a"], [], [])
@example(["/*", "!/dir", "/dir/*", "!/dir/sub"], [], [])
@example(["*.log"], ["!b.log"], ["*.log"])
@example(["*", "!*/", "!a"], [], [])
@example(["dir/"], ["!a"], [])
def test_an_ignore_file_is_read_as_git_reads_it(top: list[str], nested: list[str], deeper: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "project")
        write(folder, TREE)
        for place, text in ((folder, top), (folder / "dir", nested), (folder / "sub" / "dir", deeper)):
            (place / ".gitignore").write_bytes("\n".join(text).encode())
        found = taken(folder)
        assert found == by_git(folder)


def test_an_amlignore_takes_the_place_of_a_gitignore(here: Path) -> None:
    write(
        here, {"a.log": "", "b.tmp": "", "c/a.log": "", "c/b.tmp": "", "c/.gitignore": "a.log", ".gitignore": "*.tmp"}
    )
    assert taken(here) == {"a.log", "c/.gitignore", ".gitignore"}
    (here / ".amlignore").write_text("*.log\n")
    assert taken(here) == {"b.tmp", "c/b.tmp", "c/.gitignore", ".gitignore", ".amlignore"}


def test_an_ignore_file_is_utf8_with_or_without_a_mark(here: Path) -> None:
    write(here, {"é.txt": "", "b.txt": ""})
    (here / ".gitignore").write_bytes(b"\xef\xbb\xbf\xc3\xa9.txt\r\n\xff\xfe[\n")
    assert taken(here) == {"b.txt", ".gitignore"}


def test_what_is_no_file_is_no_ignore_file(here: Path) -> None:
    write(here, {".amlignore/a": "", "b": ""})
    os.mkfifo(here / ".gitignore")
    assert taken(here) == {".amlignore/a", "b"}
