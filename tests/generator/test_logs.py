"""Logs: what a terminal shows of their lines, which of these are errors, and how the lines reach a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site import text
from runpages_site.build import build
from runpages_site.model import LogText, Published
from runpages_site.page import LINES
from runpages_site.read import run_folder
from runpages_site.text import terminal
from runpages_site.write import run_files
from runpages_site.write.run_files import put_logs
from runpages_site.write.writer import Writer

from .conftest import NOW, MakeRun

FOLDER = "e/demo/a/"
PIECES = st.lists(
    st.sampled_from(["a", "bc", "\n", "\r", "\b", "\x1b[31m", "\x1b[0m", "\x1b[K", "\x1b[2K", "<", "é", "\x07"]),
    max_size=40,
)
TRACE = ["Traceback (most recent call last):", '  File "train.py", line 3, in step', "    loss = f(x)", "ValueError: x"]


def put(run: Path, site: Path, content: bytes, most: int = 2_000) -> LogText:
    """Write a log into a run, and what of it a site has."""
    (run / "logs").mkdir(exist_ok=True)
    (run / "logs" / "console.log").write_bytes(content)
    record = run_folder.read_run(str(run), now=NOW).record
    out = Writer(site, fresh=False)
    out.copy(str(run / "logs" / "console.log"), f"{FOLDER}console.log")
    published = Published("e/demo/a.html", "e/demo/index.html", FOLDER, {"logs/console.log": f"{FOLDER}console.log"})
    (log,) = put_logs(record, published, out, most)
    return log


def scripts(site: Path, log: LogText) -> dict[int, dict[str, Any]]:
    """The scripts of a log by their place."""
    found = {}
    for path in (site / log.earlier.folder).iterdir() if log.earlier else ():
        data = re.fullmatch(r'runpages.put\("lines",(.*)\);\n', path.read_text("utf-8"), re.DOTALL)
        assert data
        found[int(path.stem)] = json.loads(data[1])
    return dict(sorted(found.items()))


# --- what is on the page --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shown", "first", "lines"),
    [
        (b"", "", 1, 0),
        (b"\n", "\n", 1, 1),
        (b"one\ntwo\n", "one\ntwo\n", 1, 2),
        (b"one\ntwo", "one\ntwo\n", 1, 2),
        (b"\n\n", "\n\n", 1, 2),
        (b"caf\xe9\n", "caf\ufffd\n", 1, 1),
    ],
)
def test_a_short_log_is_whole(
    make_run: MakeRun, tmp_path: Path, content: bytes, shown: str, first: int, lines: int
) -> None:
    log = put(make_run(), tmp_path, content)
    assert (log.text, log.first, log.lines, log.size) == (shown, first, lines, len(content))
    assert log.earlier is None


@pytest.mark.parametrize("feed", [b"\n", b""])
def test_of_a_long_log_the_last_lines_are_shown_with_their_numbers(
    make_run: MakeRun, tmp_path: Path, feed: bytes
) -> None:
    lines = [b"line %d" % number for number in range(1, 5001)]
    log = put(make_run(), tmp_path, b"\n".join(lines) + feed)
    assert log.text.splitlines()[0] == f"line {log.first}"
    assert (log.first, log.lines) == (3001, 5000)


def test_a_log_of_huge_lines_is_cut_at_the_start_of_a_line(make_run: MakeRun, tmp_path: Path) -> None:
    log = put(make_run(), tmp_path, b"".join(b"%d" % number + b"x" * 300_000 + b"\n" for number in range(1, 9)))
    assert len(log.text) <= run_files.PAGE_BYTES
    assert log.text.startswith(f"{log.first}x")
    assert log.lines == 8


@pytest.mark.parametrize(
    ("long", "shown"),
    [
        ("x" * 49_990 + "the end", r"\(this line begins before\) … x+the end"),
        ("é" * 49_990 + "the end", r"\(this line begins before\) … é+the end"),
        ("\r 50% of it" * 9_000 + "\r100%", "100% of it"),
        ("\x1b[31mred " * 9_000, r"\(this line begins before\) … (\w* )?(red )+"),
    ],
    ids=["ascii", "accents", "progress", "colours"],
)
def test_of_a_line_larger_than_all_that_is_kept_the_end_is_shown(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: str, shown: str
) -> None:
    monkeypatch.setattr(run_files, "PAGE_BYTES", 1_000)
    monkeypatch.setattr(run_files, "BLOCK", 1_000)
    monkeypatch.setattr(run_files, "KEPT_BYTES", 40_000)
    log = put(make_run(), tmp_path, b"short\n" + long.encode())
    assert (log.first, log.lines, log.earlier) == (2, 2, None)
    (line,) = text.seen(log.text).lines
    assert re.fullmatch(shown, line)
    assert len(line) <= terminal.LINE_LIMIT


# --- what is before it ----------------------------------------------------------------------------------------


def test_the_lines_before_are_in_scripts_numbered_from_the_start(make_run: MakeRun, tmp_path: Path) -> None:
    log = put(make_run(), tmp_path, b"".join(b"line %d\n" % number for number in range(1, 4_501)))
    found = scripts(tmp_path, log)
    assert log.earlier
    assert (log.earlier.start, log.first, log.earlier.folder) == (1, 2_501, f"{FOLDER}lines/console~2elog")
    assert list(found) == [0, 1, 2]
    whole = [line for chunk in found.values() for line in chunk["text"].split("\n")]
    assert whole == [f"line {number}" for number in range(1, 2_501)]


def test_a_log_that_grows_leaves_the_full_scripts_as_they_are(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    content = b"".join(b"\x1b[3%dmline %d\n" % (number % 8, number) for number in range(1, 4_501))
    before = scripts(tmp_path, put(run, tmp_path, content))
    after = scripts(tmp_path, put(run, tmp_path, content + b"more\n" * 10))
    assert [after[place] == before[place] for place in before] == [True, True, False]


def test_of_an_endless_log_the_scripts_have_the_end_from_a_full_thousand(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "PAGE_BYTES", 10_000)
    monkeypatch.setattr(run_files, "BLOCK", 10_000)
    monkeypatch.setattr(run_files, "KEPT_BYTES", 80_000)
    total = 20_000
    log = put(make_run(), tmp_path, b"".join(b"line %d\n" % number for number in range(1, total + 1)), 100)
    found = scripts(tmp_path, log)
    assert log.earlier
    assert (log.earlier.start - 1) % LINES == 0
    assert min(found) == (log.earlier.start - 1) // LINES
    whole = [line for chunk in found.values() for line in chunk["text"].split("\n")]
    assert whole == [f"line {number}" for number in range(log.earlier.start, total - 99)]
    assert sum(len(line) + 1 for line in whole) < 80_000


def test_styles_levels_and_tracebacks_go_on_from_script_to_page(make_run: MakeRun, tmp_path: Path) -> None:
    lines = ["INFO fine"] * 998 + ["\x1b[32mERROR bad", *TRACE, "after"]
    log = put(make_run(), tmp_path, "\n".join(lines).encode(), 2)
    found = scripts(tmp_path, log)
    assert found[0]["errors"] == [998, 999]
    assert found[0]["styled"]["998"] == ["ERROR bad", "a-green"]
    assert found[1]["errors"] == [0, 1]
    assert log.earlier
    assert (log.earlier.errors, log.earlier.error, log.earlier.trace) == (1, True, "")
    assert log.earlier.style == ("green",)


def test_a_script_holds_no_line_that_could_end_it(make_run: MakeRun, tmp_path: Path) -> None:
    hostile = "</script><script>alert(1)</script>\u2028\x00 &amp;"
    log = put(make_run(), tmp_path, f"{hostile}\nlast\n".encode(), 1)
    assert log.earlier
    data = (tmp_path / log.earlier.folder / "0.js").read_text("utf-8")
    assert not set("<>&\u2028") & set(data)
    assert scripts(tmp_path, log)[0]["text"] == "</script><script>alert(1)</script>\\u2028\\x00 &amp;"


def test_a_build_over_a_site_gives_what_a_clean_one_gives(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    log = make_run(files={"logs/a.log": ""}, status="Running") / "logs" / "a.log"
    for count in (10, 2_500, 5_200, 300):
        log.write_text("".join(f"line {number}\n" for number in range(count)))
        sites = [tmp_path / "site", tmp_path / f"clean-{count}"]
        found = []
        for site in sites:
            build(workspace, site, now=NOW, version="1")
            found.append(
                {str(path.relative_to(site)): path.read_bytes() for path in site.glob("e/**/*.*") if path.is_file()}
            )
        assert found[0] == found[1]
        assert len([path for path in found[0] if "/lines/" in path]) == max(0, -(-(count - 500) // LINES))


# --- levels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-11-27 07:02:15 ERROR batch failed", "e"),
        ("[CRITICAL] out of memory", "e"),
        ("FATAL: no device", "e"),
        ("error: unknown option", "e"),
        ("  fatal error: stdio.h: No such file", "e"),
        ("WARNING:root:slow", "w"),
        ("10:04 WARN slow", "w"),
        ("warning: val/loss has not improved", "w"),
        ("/a.py:3: UserWarning: old", "w"),
        ("ERROR after a WARNING", "e"),
        ("val error: 0.1, ERRORS=0, MY_ERROR, a warning", ""),
        ("ValueError: 3", ""),
        ("INFO all fine", ""),
        ("", ""),
    ],
)
def test_a_line_has_the_level_that_it_names(line: str, level: str) -> None:
    found = text.severities(["before", line, "after"])
    assert (found.errors, found.warnings) == ([1] if level == "e" else [], [1] if level == "w" else [])
    assert found.begun == (level == "e")


@pytest.mark.parametrize(
    ("lines", "errors", "count"),
    [
        ([*TRACE, "INFO goes on"], [0, 1, 2, 3], 1),
        (["ERROR:root:bad", *TRACE, "INFO"], [0, 1, 2, 3, 4], 1),
        ([*TRACE, "", "During handling of the above exception, another exception occurred:", "", *TRACE],
         [0, 1, 2, 3, 7, 8, 9, 10], 2),
        ([f"[rank0]: {line}" for line in TRACE] + ["[rank0]: fine"], [0, 1, 2, 3], 1),
        (["  + Exception Group " + TRACE[0], "  |   File a", "  | ExceptionGroup: b", "INFO on"], [0, 1, 2], 1),
        ([TRACE[0], "  File a", "2026-11-27 INFO other"], [0, 1], 1),
        (["ERROR a", "ERROR b"], [0, 1], 2),
        ([TRACE[0], "  warnings.warn('WARNING')", "E: x"], [0, 1, 2], 1),
        ([TRACE[0]], [0], 1),
    ],
)  # fmt: skip
def test_a_traceback_is_one_error_with_all_its_lines(lines: list[str], errors: list[int], count: int) -> None:
    found = text.severities(lines)
    assert (found.errors, found.begun) == (errors, count)
    assert found.warnings == []


LOGGED = [*TRACE, "ERROR x", "WARN y", "INFO", "", f"[a]: {TRACE[0]}", "[a]:   b"]


@given(st.lists(st.sampled_from(LOGGED), max_size=20), st.integers(0, 20))
def test_levels_are_the_same_in_one_piece_and_in_two(lines: list[str], cut: int) -> None:
    one = text.severities(lines)
    first = text.severities(lines[:cut])
    second = text.severities(lines[cut:], first.going)
    cut = min(cut, len(lines))
    assert one.errors == [*first.errors, *(row + cut for row in second.errors)]
    assert one.warnings == [*first.warnings, *(row + cut for row in second.warnings)]
    assert one.begun == first.begun + second.begun
    assert one.going == second.going


# --- terminals ------------------------------------------------------------------------------------------------


@given(PIECES, PIECES)
def test_a_log_is_seen_the_same_in_one_piece_and_in_two(one: list[str], two: list[str]) -> None:
    first, second = "".join(one), "".join(two)
    whole = text.seen(f"{first}\n{second}\n")
    before = text.seen(f"{first}\n")
    after = text.seen(f"{second}\n", before.style)
    assert whole.lines == before.lines + after.lines
    assert whole.style == after.style


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("\x1b[90mold\x1b[0m", '<span class="a-grey">old</span>'),
        ("\x1b[38;5;9mred", '<span class="a-red">red</span>'),
        ("\x1b[38;5;21mblue", '<span class="a-blue">blue</span>'),
        ("\x1b[38;5;244mgrey", '<span class="a-grey">grey</span>'),
        ("\x1b[38:2:40:200:60mgreen", '<span class="a-green">green</span>'),
        ("\x1b[48;5;196mground", "ground"),
        ("\x1b[1m\x1b[31mx\x1b[22my", '<span class="a-bold a-red">x</span><span class="a-red">y</span>'),
        ("\x1b[1m 1/9\x1b[0m\b\b\b\b\x1b[1m 9/9\x1b[0m", '<span class="a-bold"> 9/9</span>'),
        ("\x1b[32m 10%\x1b[0m\r\x1b[32m100%\x1b[0m", '<span class="a-green">100%</span>'),
        ("\x1b[1A\x1b[2K\x1b[5Dx", "x"),
        ("\x1b]0;never ends", ""),
        ("\x1b[12;999999999999999m38", "38"),
        ("torn \x1b[3", "torn 3"),
        ("a\tb", "a\tb"),
    ],
)
def test_what_a_terminal_shows(log: str, shown: str) -> None:
    assert text.log_lines(log) == [shown]


@pytest.mark.parametrize("unit", ["x", "\x1b[31mx\x1b[32my", "é<"])
def test_a_very_long_line_is_cut_and_says_so(unit: str) -> None:
    [line] = text.seen(unit * 500_000).lines
    kept, _, more = line.partition(" … ")
    assert len(kept) == terminal.LINE_LIMIT
    assert re.fullmatch(r"\d+ more characters", more)


def test_of_a_very_long_progress_bar_the_end_is_seen() -> None:
    bar = "".join(f"\r\x1b[1m{percent:3}%\x1b[0m of the work" for percent in range(101)) * 900
    assert text.seen(bar).lines == ["100% of the work"]
    assert text.seen("x" * 200_000 + "\r" + "y" * 200_000).lines[0].startswith("yyy")
