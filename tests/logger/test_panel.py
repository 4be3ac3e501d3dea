"""The HTML of a run in a notebook: complete, escaped, without script, and the drawings in it."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runpages import Run, RunDetails
from runpages import curve as module
from runpages.curve import BOTTOM, LEFT, RIGHT, TOP, WIDTH, curve
from runpages.format.records import File
from runpages.tail import plain, tail
from tests.logger.conftest import Start

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ELEMENTS = {*("div", "span", "b", "a", "table", "tr", "th", "td", "br", "pre", "svg", "g", "path", "polyline", "text")}


class Elements(HTMLParser):
    """The elements and attributes of a page, which have to be closed, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def shown(run: Run) -> Elements:
    return Elements(RunDetails(run)._repr_html_())


def test_the_run_is_told(start: Start) -> None:
    run = start(name="first try", tags={"data": "v2", "baseline": None}, description="What for.")
    run.log("mse", 0.25)
    page = shown(run)
    for told in ("first try", "Running", run.id, "data: v2", "baseline", "What for.", "mse", "0.25", "Duration"):
        assert told in page.text
    assert page.links == [run.get_portal_url()]
    assert page.names <= ELEMENTS
    run.fail(ValueError("it <broke>"))
    assert "ValueError: it <broke>" in shown(run).text


def test_script_and_arguments_of_a_submitted_run(start: Start) -> None:
    run = start()
    run._document["definition"] = {"script": "train.py", "arguments": ["--alpha", "0.4"], "command": ["python"]}
    run._save()
    text = shown(run).text
    assert "Script  train.py" in re.sub(" +", "  ", text)
    assert "--alpha 0.4" in text
    assert "Command" not in text


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda run: run.log_row("m", x=1, y="a"), "x: 1; y: a"),
        (lambda run: run.log_table("m", {"x": [1, 2], "y": [3, 4]}), "x: 1, 2; y: 3, 4"),
        (lambda run: run.log_table("m", {"x": list(range(1000))}), "x: 0, 1, 2, 3, 4, 5, … 999 (1000 values)"),
        (lambda run: run.log("m", float("nan")), "nan"),
        (lambda run: run.log_list("m", ["a", "b"]), "a, b"),
        (lambda run: run.log_list("m", [float("nan")] * 2), "nan, nan"),
        (lambda run: run.log("m", 1 / 3), "0.333333"),
        (lambda run: run.log("m", 10**400), "1000"),
        (lambda run: run.log("m", True), "True"),
    ],
)
def test_what_is_no_curve_is_a_line(run: Run, call: Any, told: str) -> None:
    call(run)
    page = shown(run)
    assert told in page.text
    assert "svg" not in page.names


def test_what_was_logged_is_escaped(start: Start) -> None:
    run = start(HOSTILE, name=HOSTILE, tags={HOSTILE: HOSTILE}, description=HOSTILE)
    run.log("once " + HOSTILE, HOSTILE)
    for value in range(3):
        run.log(HOSTILE, value)
    run.log_row("r" + HOSTILE, **{HOSTILE: HOSTILE})
    run.child_run(HOSTILE).complete()
    os.mkdir(os.path.join(run.folder, "logs"))
    Path(run.folder, "logs", "<b>&.log").write_text(HOSTILE + "\x1b[31m</pre>")
    run.fail(HOSTILE, HOSTILE)
    page = shown(run)
    assert page.names <= ELEMENTS
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") > 8


def test_children_are_a_table(run: Run) -> None:
    for fold in range(2):
        with run.child_run(f"fold {fold}") as child:
            child.log("f1", 0.9)
    text = shown(run).text
    assert "Child runs (2)" in text
    assert text.index("fold 0") < text.index("fold 1")
    assert text.count("Completed") == 2


def test_the_log_that_was_written_to_last_is_shown(run: Run) -> None:
    logs = Path(run.folder, "logs")
    logs.mkdir()
    (logs / "old.txt").write_text("the old one\n")
    os.utime(logs / "old.txt", (1, 1))
    (logs / "new.txt").write_text("".join(f"line {n}\n" for n in range(10_000)))
    text = shown(run).text
    assert "End of logs/new.txt" in text
    assert "line 9980\nline 9981\n" in text
    assert "line 9979" not in text
    assert "the old one" not in text


def test_a_log_that_leaves_the_run_is_not_read(run: Run, here: Path) -> None:
    (here / "secret").write_text("a secret")
    os.mkdir(os.path.join(run.folder, "logs"))
    os.symlink(here / "secret", os.path.join(run.folder, "logs", "out.txt"))
    assert tail(run.folder, File("out.txt", "logs/out.txt", 8)) == []
    assert "a secret" not in shown(run).text


def test_many_of_everything_are_cut(start: Start) -> None:
    run = start(name="n" * 5000)
    for n in range(100):
        run.log(f"single {n}", n)
        run.log(f"curve {n}", n)
        run.log(f"curve {n}", n)
    html = RunDetails(run)._repr_html_()
    page = Elements(html)
    assert html.count("<svg") == 24
    assert "and 76 more charts on its page" in page.text
    assert "and 40 more on its page" in page.text
    assert "n" * 301 not in html


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Bplain\x1b7", "plain"),
        (" 10%\r 50%\r100%", "100%"),
        ("dos\r", "dos"),
        ("a\x00b\x9bc\x7f", "abc"),
        ("a\tb", "a   b"),
        ("x" * 500, "x" * 400 + " …"),
    ],
)
def test_a_line_is_as_a_terminal_leaves_it(line: str, left: str) -> None:
    assert plain(line) == left


# --- drawings ---------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def lines(steps: list[Any], values: list[Any]) -> list[list[tuple[float, float]]]:
    """The lines of a drawing, by their points; a dot is a line of one."""
    drawn = ET.fromstring(curve("name", steps, values))
    found = []
    for element in drawn.iter():
        if element.tag == f"{SVG}polyline":
            found.append(
                [(float(x), float(y)) for x, y in (pair.split(",") for pair in element.attrib["points"].split())]
            )
        elif element.tag == f"{SVG}path" and "stroke-width" in element.attrib:
            x, y = element.attrib["d"].removeprefix("M").removesuffix("h0").split()
            found.append([(float(x), float(y))])
    return found


def test_a_line_goes_from_corner_to_corner() -> None:
    assert lines([0, 1, 2], [0, 5, 10]) == [[(LEFT, BOTTOM), ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2), (RIGHT, TOP)]]


def test_what_is_no_finite_number_is_a_gap() -> None:
    nan, inf = float("nan"), float("inf")
    assert [len(line) for line in lines(list(range(9)), [1, 2, nan, 3, inf, 4, 5, None, 6])] == [2, 1, 2, 1]


def test_steps_are_sorted() -> None:
    assert lines([2, 0, 1], [10, 0, 5]) == lines([0, 1, 2], [0, 5, 10])


def test_of_a_long_series_no_spike_and_no_gap_is_lost() -> None:
    values: list[float] = [0.0] * 100_000
    values[50_001], values[50_003] = 1.0, -1.0
    values[70_000:80_000] = [float("nan")] * 10_000
    found = lines(list(range(100_000)), values)
    assert len(found) == 2
    assert sum(map(len, found)) < 1500
    heights = {y for _, y in found[0]}
    assert (min(heights), max(heights)) == (TOP, BOTTOM)


def test_nothing_to_draw_is_no_drawing() -> None:
    assert curve("x", [0, 1], [float("nan"), None]) == ""


NUMBERS = st.floats() | st.integers()


@pytest.mark.parametrize("width", [2, WIDTH], ids=["thinned", "all"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=st.lists(st.tuples(NUMBERS, NUMBERS | st.booleans() | st.none()), min_size=5, max_size=30))
def test_every_series_is_well_formed_and_inside(
    monkeypatch: pytest.MonkeyPatch, width: int, points: list[tuple[Any, Any]]
) -> None:
    monkeypatch.setattr(module, "WIDTH", width)
    steps, values = [step for step, _ in points], [value for _, value in points]
    drawn = curve('a<b>"&', steps, values)
    if drawn:
        for line in lines(steps, values):
            for x, y in line:
                assert LEFT <= x <= RIGHT
                assert TOP <= y <= BOTTOM


@given(st.lists(st.floats(-1, 1), min_size=7, max_size=13), st.integers(0, 3_499), st.sampled_from([-5.0, 5.0]))
def test_of_any_long_series_the_extremes_are_drawn(some: list[float], at: int, spike: float) -> None:
    values = some * 500
    values[at] = spike
    (line,) = lines(list(range(len(values))), values)
    assert len(line) <= 2 * WIDTH < len(values)
    (high,) = [x for x, y in line if y == (TOP if spike > 0 else BOTTOM)]
    assert abs(high - LEFT - (RIGHT - LEFT) * at / (len(values) - 1)) <= 0.1
