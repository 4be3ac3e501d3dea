"""One call, one write(2): so a kill loses nothing that a call has returned from, and no line is torn in two."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.logger.conftest import Script

COUNT = """
import json, os, sys
written, opened, real = [], [], os.write
def write(fd, data):
    done = real(fd, data)  # A try on the descriptor that is not open yet is no write.
    written.append(bytes(data).decode())
    return done
os.write = write
import runpages
run = runpages.start("e", capture=False)
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" and isinstance(args[0], str) else None)
exec(sys.argv[1])
written.clear()
opened.clear()
exec(sys.argv[2])
print(json.dumps([written, [path for path in opened if path.startswith(run.folder)]]))
"""


def count(script: Script, before: str, call: str) -> Any:
    """What a call writes, each write a text, and which files of the run it opens."""
    return json.loads(script(COUNT, before, call).stdout)


def test_the_first_log_is_one_write_with_its_header(script: Script) -> None:
    written, opened = count(script, "", "run.log('x', 0.5)")
    assert len(written) == len(opened) == 1
    assert written[0].startswith("name,step,time,value,text\nx,0,")


@pytest.mark.parametrize(
    ("before", "call", "lines"),
    [
        ("run.log('x', 1)", "run.log('x', 2)", 1),
        ("run.log('x', 1)", "run.log('another name, quoted', 'a text')", 1),
        ("run.log('x', 1)", "run.log_list('l', range(5000))", 5000),
        ("", "run.log_row('t', x=1, y=2)", 1),
        ("run.log_row('t', x=1)", "run.log_row('t', x=2)", 1),
        ("", "run.log_table('t', {'x': range(5000), 'y': range(5000)})", 5000),
        ("", "run.log_confusion_matrix('c', [[1, 2], [3, 4]])", 1),
    ],
)
def test_a_call_is_one_write(script: Script, before: str, call: str, lines: int) -> None:
    if "log_list" in call:  # What is said of a name comes first, and once.
        before += "; run.log_list('l', [])"
    written, _ = count(script, before, call)
    assert [text.count("\n") for text in written] == [lines]


@pytest.mark.parametrize("call", ["run.log('x', 2)", "run.log_list('l', [1, 2])", "run.log_row('t', x=2)"])
def test_a_later_call_opens_no_file(script: Script, call: str) -> None:
    _, opened = count(script, call, call)
    assert opened == []


def test_what_is_said_again_is_not_written_again(script: Script) -> None:
    said = "run.log('x', 1, 'a description'); run.define('x', goal='min')"
    written, _ = count(script, said, "run.log('x', 1, 'a description')")
    assert len(written) == 1
