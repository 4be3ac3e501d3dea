"""The HTML of a run in a notebook: complete, escaped, without script, and the drawings in it."""

from __future__ import annotations

import os
import re
import sys
import xml.etree.ElementTree as ET
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages import Run, RunDetails
from runpages.format.records import Chart, File, Series
from runpages.notebook import chart as module
from runpages.notebook import embed
from runpages.notebook.chart import curve, diagnostic
from runpages.notebook.file_ends import tail
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
    assert len(drawings(html)) == 5  # Of the accuracy table the first two.
    assert "true ↓ predicted →" in page.text
    assert "first" not in page.text
    assert ".jsonl" not in page.text  # What is drawn is no line of the table.
    assert page.names <= ELEMENTS


def test_a_chart_that_is_not_drawn_is_a_line(run: Run) -> None:
    run.log_residuals("residuals", {"bin_edges": [1, 0], "bin_counts": [2]})
    page = shown(run)
    assert "charts/residuals.jsonl" in page.text
    assert "Diagnostics" not in page.text


def test_of_many_classes_the_most_confused_pairs_are_listed() -> None:
    count = 57
    matrix = [[int(row == column) + 2 * (row == column + 1) for column in range(count)] for row in range(count)]
    logged = Chart(
        "m", "confusion_matrix", 0, None, {"matrix": matrix, "class_labels": [f"c{n}" for n in range(count)]}
    )
    text = Elements(diagnostic(logged)).text
    assert "57 classes, most confused" in text
    assert "c1" in text


def test_curves_of_classifiers_are_those_of_the_page() -> None:
    tables = [[[5, 5, 0, 0], [4, 1, 4, 1], [0, 0, 5, 5]]] * 30
    drawn = diagnostic(Chart("roc", "accuracy_table", 0, None, {"probability_tables": tables}))
    assert len(drawings(drawn)) in (1, 2)
    text = Elements(drawn).text
    assert "AUC" in text
    assert "more on its page" in text


def test_predictions_are_drawn_with_their_errors_and_without() -> None:
    known = {"bin_edges": [0, 1, 2], "bin_averages": [0, 2]}

    def drawn(data: dict[str, Any]) -> list[str]:
        return drawings(diagnostic(Chart("p", "predictions", 0, None, data)))

    assert [svg.count('class="errors') for svg in drawn(known)] == [0]
    assert [svg.count('class="errors') for svg in drawn({**known, "bin_errors": [1, 1]})] == [1]
    assert drawn({**known, "bin_edges": [0, 1]}) == []


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
    drawn = diagnostic(Chart("name", kind, 0, None, data))
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


def test_a_log_is_as_a_terminal_leaves_it(run: Run) -> None:
    os.mkdir(os.path.join(run.folder, "logs"))
    log = Path(run.folder, "logs", "out.txt")
    log.write_text("\x1b[1;31mred\x1b[0m\n 10%\r 50%\r100%\n" + "x" * 500 + "\na\tb\n")
    red, bar, long, tab = tail(run.folder, File("out.txt", "logs/out.txt", 8))
    assert (red, bar, long) == ("red", "100%", "x" * 400 + " …")
    assert tab.split() == ["a", "b"]


def test_without_the_site_there_are_texts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "runpages_site"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "runpages_site", None)
    for step in range(9):
        run.log("loss", 1 / (step + 1), step=step)
    run.log_residuals("residuals", {"bin_edges": [-1, 0, 1], "bin_counts": [2, 5]})
    os.mkdir(os.path.join(run.folder, "logs"))
    Path(run.folder, "logs", "out.txt").write_text("\x1b[31mred\n")
    page = shown(run)
    assert "img" not in page.names
    for text in ("loss", "1, 0.5, 0.333333", "(9 values)", "charts/residuals.jsonl", "[31mred"):
        assert text in page.text


# --- drawings ---------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


NUMBERS = st.floats() | st.integers()


def drawn_curve(steps: list[Any], values: list[Any], name: str = "name") -> str:
    return "".join(drawings(curve(Series(name, steps, [None] * len(steps), values))))


def test_a_curve_is_an_image_that_stands_alone() -> None:
    svg = ET.fromstring(drawn_curve([0, 1, 2], [0, 5, 10]))
    assert (svg.attrib["width"], svg.attrib["height"]) == (str(module.WIDTH), str(module.HEIGHT))
    (style,) = svg.iter(f"{SVG}style")
    classes = {name for node in svg.iter() for name in node.attrib.get("class", "").split()}
    assert "line" in classes
    assert [name for name in classes if f".{name}" not in str(style.text)] in (["tick", "mark"], ["mark", "tick"])


def test_of_a_long_series_no_spike_is_lost() -> None:
    values: list[float] = [0.0] * 100_000
    spiked = list(values)
    spiked[50_001] = 1.0
    assert len(drawn_curve(list(range(100_000)), spiked)) < 20_000
    assert drawn_curve(list(range(100_000)), spiked) != drawn_curve(list(range(100_000)), values)


def test_nothing_to_draw_is_no_drawing() -> None:
    nan = float("nan")
    for values in ([nan, None], [1.0], ["a", "b"], []):
        assert drawn_curve(list(range(len(values))), values) == ""


@given(points=st.lists(st.tuples(NUMBERS, NUMBERS | st.booleans() | st.none()), min_size=2, max_size=30))
def test_every_series_is_well_formed(points: list[tuple[Any, Any]]) -> None:
    drawn = drawn_curve([step for step, _ in points], [value for _, value in points], 'a<b>"&')
    if drawn:
        ET.fromstring(drawn)
