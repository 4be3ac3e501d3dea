"""The HTML of a run in a notebook: complete, escaped, without script, and the drawings in it."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runpages import Run, RunDetails
from runpages.format.records import File
from runpages.notebook import chart as module
from runpages.notebook import embed
from runpages.notebook.chart import BOTTOM, LEFT, RIGHT, TOP, WIDTH, curve, drawing
from runpages.notebook.log_tail import plain, tail
from tests.logger.conftest import Start

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ELEMENTS = {
    *("details", "summary", "img"),
    *("div", "span", "b", "a", "table", "tr", "th", "td", "br", "pre"),
}


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
        if tag != "br":  # An image closes itself.
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def drawings(html: str) -> list[str]:
    """The SVG of each drawing."""
    return [b64decode(data).decode() for data in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", html)]


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
    run._state.document["definition"] = {"script": "train.py", "arguments": ["--alpha", "0.4"], "command": ["python"]}
    run._state.save()
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
    assert "img" not in page.names


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


def test_children_are_compared_by_the_metric_with_a_goal(run: Run) -> None:
    with run.child_run("fold") as child:
        child.log("loss", 0.75)
        child.define("f1", goal="max")
        child.log("f1", 0.875)
        child.log("f1", 0.5)
    text = shown(run).text
    assert "f1" in text
    assert "0.5" in text
    assert "0.75" not in text


def test_other_logs_can_be_chosen(run: Run) -> None:
    logs = Path(run.folder, "logs")
    logs.mkdir()
    (logs / "new.txt").write_text("the new one\n")
    (logs / "old.txt").write_text("<b>the old one\n")
    os.utime(logs / "old.txt", (1, 1))
    page = shown(run)
    assert {"details", "summary"} <= page.names
    assert "<b>the old one" in page.text


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


def test_images_are_embedded_by_what_they_are(run: Run) -> None:
    for step in range(embed.STEPS + 3):
        run.log_image("digit", path=_written(run, f"{step}.png", PNG), step=step)
    run.log_image("drawn", path=_written(run, "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"))
    html = RunDetails(run)._repr_html_()
    assert html.count("data:image/png;base64,") == embed.STEPS
    assert "image/svg" not in html
    assert "onload" not in html
    assert "step 3<" in html
    assert "step 2<" not in html


def _written(run: Run, name: str, data: bytes) -> str:
    path = Path(run.folder).parent.parent.parent / name
    path.write_bytes(data)
    return str(path)


def test_images_of_a_run_are_bounded_in_bytes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "ALL", 300)
    for step in range(9):
        run.log_image("digit", path=_written(run, f"{step}.png", PNG), step=step)
        run.log_image("letter", path=_written(run, f"{step}.png", PNG), step=step)
    html = RunDetails(run)._repr_html_()
    found = re.findall(r"data:image[^\"]*", html)
    assert len(found) == 2
    assert sum(map(len, found)) <= 300 < sum(map(len, found)) + len(found[0])
    assert html.count("step 8<") == 2  # The newest of each name.
    assert "last 1 of 9" in shown(run).text


def test_an_image_that_is_too_large_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "LARGEST", len(PNG) - 1)
    run.log_image("digit", path=_written(run, "a.png", PNG), step=0)
    page = shown(run)
    assert "img" not in page.names
    assert "images/digit/0.png" in page.text


def test_diagnostics_are_drawn(run: Run) -> None:
    run.log_confusion_matrix("matrix", {"class_labels": [HOSTILE, "b"], "matrix": [[3, 1], [0, 4]]})
    run.log_residuals("residuals", {"bin_edges": [-1, 0, 1], "bin_counts": [2, 5]})
    tables = [[[5, 5, 0, 0], [4, 1, 4, 1], [0, 0, 5, 5]]]
    run.log_accuracy_table("roc", {"probability_tables": tables, "class_labels": ["a"]})
    html = RunDetails(run)._repr_html_()
    page = Elements(html)
    run.log_predictions(
        "predictions",
        {"bin_edges": [0, 1, 2], "bin_averages": [0.4, 1.6], "bin_errors": [0.1, 0], "bin_counts": [1, 2]},
    )
    html = RunDetails(run)._repr_html_()
    page = Elements(html)
    assert len(drawings(html)) == 3
    assert "true ↓ predicted →" in page.text
    assert "first" not in page.text
    assert ".jsonl" not in page.text  # What is drawn is no line of the table.
    assert page.names <= ELEMENTS


def test_a_chart_that_is_not_drawn_is_a_line(run: Run) -> None:
    run.log_residuals("residuals", {"bin_edges": [1, 0], "bin_counts": [2]})
    page = shown(run)
    assert "charts/residuals.jsonl" in page.text
    assert "Diagnostics" not in page.text


def test_of_many_classes_the_first_are_drawn_which_is_said() -> None:
    count = 57
    matrix = [[int(row == column) for column in range(count)] for row in range(count)]
    drawn = drawing("confusion_matrix", {"matrix": matrix, "class_labels": [f"class {n}" for n in range(count)]})
    page = Elements(drawn)
    assert "first 20 of 57 classes; the page has all" in page.text
    assert drawn.count("<tr") == 1 + 20
    assert ("class 19" in page.text, "class 20" in page.text) == (True, False)
    tables = [[[5, 0, 5, 0], [5, 5, 0, 0]]] * 12
    drawn = drawing("accuracy_table", {"probability_tables": tables})
    assert "first 10 of 12 classes; the page has all" in Elements(drawn).text
    assert drawings(drawn)[0].count("<polyline") == 10


def test_roc_curves_have_a_legend_with_their_areas() -> None:
    by_chance = [[4, 4, 0, 0], [2, 2, 2, 2], [0, 0, 4, 4]]
    perfect = [[4, 4, 0, 0], [4, 0, 4, 0], [0, 0, 4, 4]]
    unknown = [[0, 4, 0, 0], "no counts"]
    drawn = drawing(
        "accuracy_table", {"probability_tables": [by_chance, unknown, perfect], "class_labels": list("a<c")}
    )
    text = Elements(drawn).text
    assert "a 0.500" in text
    assert "c 1.000" in text
    assert "< " not in text
    colours = [drawn.split(f" {area}<")[0].rpartition("color:")[2].split('"')[0] for area in ("0.500", "1.000")]
    assert [f'stroke="{colour}"' in drawings(drawn)[0] for colour in colours] == [True, True]
    assert colours[0] != colours[1]


def test_a_long_roc_curve_is_thinned_and_ends_in_the_corner() -> None:
    table = [[1000 - n, (1000 - n) ** 2 / 1000, 1000 - (1000 - n) ** 2 / 1000, n] for n in range(1001)]
    drawn = drawing("accuracy_table", {"probability_tables": [table]})
    (svg,) = drawings(drawn)
    (line,) = ET.fromstring(svg).iter(f"{SVG}polyline")
    points = line.attrib["points"].split()
    assert len(points) < 400
    assert (points[0], points[-1]) == (f"{LEFT:.1f},{BOTTOM:.1f}", f"{RIGHT:.1f},{TOP:.1f}")
    assert " 0.667<" in drawn


def test_predictions_are_drawn_with_their_errors_and_without() -> None:
    known = {"bin_edges": [0, 1, 2], "bin_averages": [0, 2]}
    (plain,) = drawings(drawing("predictions", known))
    (with_errors,) = drawings(drawing("predictions", {**known, "bin_errors": [1, 1]}))
    assert ">2</text>" in plain
    assert ">3</text>" in with_errors
    assert ">-1</text>" in with_errors
    assert drawing("predictions", {**known, "bin_edges": [0, 1]}) == ""


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4), max_leaves=20)
lists = st.lists(st.floats(allow_nan=False) | st.integers(), min_size=1, max_size=4)
keys = st.sampled_from(
    ["matrix", "class_labels", "bin_counts", "bin_edges", "bin_averages", "bin_errors", "probability_tables", "data"]
)


@given(
    st.sampled_from(["confusion_matrix", "residuals", "accuracy_table", "predictions"]),
    st.dictionaries(keys, anything | lists),
)
def test_whatever_is_logged_as_a_diagnostic_is_well_formed(kind: str, data: dict[str, Any]) -> None:
    drawn = drawing(kind, data)
    ET.fromstring(f"<div>{drawn}</div>")
    for svg in drawings(drawn):
        ET.fromstring(svg)
        assert "nan" not in svg
        assert "inf" not in svg


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
    assert text.index("line 9981") < text.index("the old one")


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
    assert len(drawings(html)) == 24
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
