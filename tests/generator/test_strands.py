"""What a page shows of a metric with several lines: of ranks, and of what a later pass superseded."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from runpages.format.records import Pass, Series, Strand, Whole
from runpages_site import select
from runpages_site.page import points_script
from tests.generator.test_page import NOW, Seen, record, run, series


def strand(role: str, steps: list[float | int], values: list[Any], **known: Any) -> Strand:
    return Strand(role, known.pop("label", role), steps, [None] * len(steps), values, **known)


def resumed(*gone: Strand, name: str = "loss", **known: Any) -> Series:
    return series(name, *known.pop("values", (3.0, 2.0, 1.0, 0.5)), **known)._replace(strands=gone)


GONE = strand("superseded", [2, 3], [9.5, 0.125], cut=2, resumed=NOW)
FAINT = {"width": 1, "look": {"mode": "lines", "opacity": 0.6, "showlegend": False}}
RANKS = [strand("rank", [0, 1], [at, at + 1.0], label=f"rank {at}") for at in range(3)]


def charts(html: str) -> list[dict[str, str]]:
    return [one for one in Seen(html).all("svg") if one.get("class", "").startswith("chart ")]


def paths(html: str, word: str) -> list[dict[str, str]]:
    return [one for one in Seen(html).all("path") if word in one.get("class", "").split()]


def labels(html: str, axis: str) -> list[float]:
    """The numbers at the ticks of the chart's axis."""
    (group,) = re.findall(rf'<g class="tick {axis}"[^>]*>(.*?)</g>', html)
    return [float(label.replace("−", "-").replace(",", "")) for label in re.findall(r">([^<]+)</text>", group)]


def test_the_superseded_part_is_a_faint_line_and_said_in_words() -> None:
    html = run(record(resumed(GONE)))
    assert len(paths(html, "line")) == 2
    assert len(paths(html, "faint")) == 1
    said = "Faint: 2 points superseded by resuming at step 2 on 24 Nov 2026, 03:00:00 UTC."
    assert Seen(html).text.count(said) == 1
    (chart,) = charts(html)
    assert chart["aria-label"] == f"loss over 4 steps: 3 to 0.5, lowest 0.5 at 3 {said}"
    assert max(labels(html, "y")) > 7


def test_values_are_those_of_what_stands() -> None:
    known = select.summary(resumed(GONE))
    assert (known.last, known.min, known.max, known.count) == (0.5, 0.5, 3.0, 6)


def test_the_table_marks_what_was_superseded() -> None:
    html = run(record(resumed(GONE)))
    assert "2\t1.0\t\n2\t9.5\tsuperseded" in html
    assert "step	value	line" in html
    assert ">line</th>" not in run(record(resumed()))


def test_of_very_many_passes_the_latest_are_drawn_and_all_counted() -> None:
    gone = [strand("superseded", [3], [float(at)], cut=3, resumed=NOW + at) for at in range(20)]
    seen = run(record(resumed(*gone)))
    assert len(paths(seen, "faint")) == 8
    assert "Faint: 20 points superseded by resuming at step 3 on 24 Nov 2026, 03:00:18 UTC and at step 3 on" in seen
    assert ", and 18 times earlier." in seen
    (script,) = data(resumed(*gone))
    assert [one["values"] for one in script["strands"]] == [[float(at)] for at in range(12, 20)]


def test_a_single_value_of_each_pass_is_no_curve() -> None:
    seen = Seen(run(record(resumed(strand("superseded", [0], [0.75], cut=0, resumed=NOW), values=(0.5,)))))
    assert "loss before resuming: 0.75 0.5" in seen.text
    assert not [one for one in seen.all("svg") if one.get("class", "").startswith("chart ")]


def test_texts_that_were_superseded_stay_in_the_table() -> None:
    html = run(record(resumed(strand("superseded", [1], ["old"], cut=1, resumed=NOW), values=("a", "new"))))
    assert "1\tnew\t\n1\told\tsuperseded" in html


def test_ranks_are_lines_with_their_names() -> None:
    html = run(record(resumed(*RANKS, values=(1.0, 2.0), name="loss")._replace(whole=Whole(6))))
    assert [one["class"] for one in paths(html, "line") if one["class"] != "line"] == ["line s1", "line s2", "line s3"]
    seen = Seen(html)
    assert "rank 0" in seen.text
    assert "3 processes logged this metric in parallel; last, lowest and highest are of their mean." in seen.text
    assert "6 points" in seen.text
    assert "0\t2\trank 2" in html


def test_many_ranks_are_a_band_around_their_mean() -> None:
    band = [strand("low", [0, 1], [0.0, None], label="16 processes"), strand("high", [0, 1], [9.0, 8.0])]
    html = run(record(resumed(*band, values=(5.0, 4.0))))
    assert len(paths(html, "bars")) == 1
    assert "Mean of 16 processes, with a band from lowest to highest." in html
    assert "\t5.0\tmean" in html
    nothing = [one._replace(values=[None, None]) for one in band]
    assert paths(run(record(resumed(*nothing, values=(5.0, 4.0)))), "bars") == []


def test_a_logarithmic_axis_has_room_for_all_lines() -> None:
    html = run(record(resumed(strand("superseded", [1], [1e9], cut=1, resumed=NOW), values=(1000.0, 1.0))))
    assert max(labels(html, "y")) >= 1e8


@pytest.mark.parametrize(("count", "word"), [(0, None), (1, "resumed once"), (3, "resumed 3 times")])
def test_a_run_says_how_often_it_was_resumed_and_when(count: int, word: str | None) -> None:
    passes = tuple(Pass(NOW + at, "b") for at in range(count))
    seen = Seen(run(record(passes=passes)))
    assert ("resumed" in seen.text) is (word is not None)
    if word:
        assert word in seen.text
        assert "Resumed" in seen.text
        assert f"24 Nov 2026, 03:00:0{count - 1} UTC" in seen.text


def test_very_many_passes_are_counted() -> None:
    text = Seen(run(record(passes=tuple(Pass(NOW + at, "b") for at in range(40))))).text
    assert "40 times: 24 Nov 2026, 03:00:39 UTC;" in text
    assert "03:00:28 UTC and 28 times earlier" in text


def data(*curves: Series) -> list[dict[str, Any]]:
    script = points_script(curves).removeprefix(b'runpages.put("points",').removesuffix(b");\n")
    return list(json.loads(script)["series"])


def test_a_browser_gets_all_lines() -> None:
    (shown,) = data(resumed(GONE))
    assert shown["strands"] == [{**FAINT, "label": "superseded", "steps": 1, "times": None, "values": [9.5, 0.125]}]
    assert (shown["ranks"], shown["label"]) == (False, "")
    assert data(resumed())[0]["strands"] == []
    (ranks,) = data(resumed(*RANKS))
    assert (ranks["ranks"], ranks["label"], ranks["strands"][0].keys()) == (
        True, None, {"label", "steps", "times", "values"},
    )  # fmt: skip
    alone = resumed(GONE._replace(steps=[2], times=[None], values=[9.5]))
    assert data(alone)[0]["strands"][0]["look"]["mode"] == "markers"
