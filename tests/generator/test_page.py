"""Pages from values: what stands on them, and that strangers' texts stay texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runpages.format.records import (
    Chart,
    Declaration,
    Error,
    File,
    Medium,
    Problem,
    RunRecord,
    Series,
    Table,
    Uncollected,
)
from runpages_site import logged, select
from runpages_site.model import ExperimentSummary, LogText, Page, Pictures, Published, RunSummary
from runpages_site.page import Content, default_columns, entry_of, experiment_page, home_page, run_page
from runpages_site.page.charts import ShownCharts, diagnostics_script, steps_script
from runpages_site.site import Script, Site
from runpages_site.text import number
from runpages_site.theme import theme
from tests.examples import examples

NOW = 1_795_489_200.0
THEME = theme.load()
DATA = {kind: Script(f"e/demo/{kind}.js", "0") for kind in ("runs", "columns")}
SITE = Site("small lab", "Small runs.", "# About\n\nSome *prose*.", "1.2.3", THEME.bundle.names, THEME.layout.sections)
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Seen(HTMLParser):
    """A page as a reader meets it: tags with attributes, text, and that every tag is closed where it must."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said = ""
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute stands twice: {attrs}"
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += " "
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.said += " "
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r" ([.,])", r"\1", " ".join(self.said.split()))

    @property
    def hrefs(self) -> list[str]:
        names = ("href", "src")
        return [attributes[name] for _, attributes in self.tags for name in names if name in attributes]


def series(
    name: str, *values: Any, kind: str | None = None, steps: list[float | int] | None = None, **said: Any
) -> Series:
    places = steps if steps is not None else [*range(len(values))]
    return Series(name, places, [None] * len(values), list(values), Declaration(kind, **said))


def record(*logged: Series, **known: Any) -> RunRecord:
    values: dict[str, Any] = {
        "folder": "/runs/demo/r1",
        "experiment": "demo",
        "id": "20261122-100412-abcdef",
        "name": "first run",
        "number": 17,
        "type": "script",
        "status": "Completed",
        "created": NOW,
        "started": NOW,
        "ended": NOW + 1,
        "last_write": NOW + 1,
        "parent": None,
        "owner": {"host": "lab-1", "pid": 20418},
        "description": None,
        "tags": {},
        "properties": {},
        "params": {},
        "environment": {},
        "error": None,
        "series": {one.name: one for one in logged},
        "tables": [],
        "charts": [],
        "images": [],
        "media": [],
        "artifacts": [],
        "logs": [],
        "snapshot": None,
        "problems": [],
        "document": {},
    }
    return RunRecord(**values | known)


PLACE = Published("e/demo/r1.html", "e/demo/index.html", "e/demo/r1/")


def place(*published: str) -> Published:
    return Published(PLACE.path, PLACE.experiment, PLACE.folder, {file: PLACE.folder + file for file in published})


def run(of: RunRecord, where: Published = PLACE, logs: Sequence[LogText] = ()) -> str:
    return run_page(SITE, of, where, THEME.render, Content(logs=logs)).html


def summary(of: RunRecord, path: str = "e/demo/r1.html") -> RunSummary:
    return RunSummary(
        path=path,
        id=of.id,
        title=of.title,
        number=of.number,
        status=of.status,
        damaged=of.damaged,
        created=of.created,
        started=of.started,
        ended=of.ended,
        last_write=of.last_write,
        parent=of.parent,
        host=of.owner.get("host"),
        params=of.params,
        tags=of.tags,
        metrics={name: select.summary(one) for name, one in of.series.items()},
    )


def experiment(*runs: RunSummary, name: str = "demo", **known: Any) -> ExperimentSummary:
    metric, goal = select.main_metric(runs)
    values: dict[str, Any] = {"description": None, "readme": None, "tags": {}, "metric": metric, "goal": goal}
    return ExperimentSummary(path=f"e/{name}/index.html", name=name, runs=runs, **values | known)


def shown(of: ExperimentSummary) -> str:
    return experiment_page(
        SITE, of, THEME.render, default_columns(of, logged.of(of.runs)), DATA, ["e/demo/runs.csv"]
    ).html


def home(*experiments: ExperimentSummary) -> str:
    return home_page(SITE, [*map(entry_of, experiments)], THEME.render).html


def full(**known: Any) -> RunRecord:
    """A run with something in every section."""
    values: dict[str, Any] = {
        "description": "Why **this** run.",
        "tags": {"sweep": "lr", "base": None},
        "params": {"optim": {"lr": 0.01, "name": "adam"}, "seed": 1},
        "properties": {"kept": "yes"},
        "environment": {
            "python": "3.13.1",
            "command": ["python", "train.py", "--name", "a b"],
            "git": {"commit": "4be21c7aa00f1e2d", "branch": "main", "dirty": True},
            "packages": {"numpy": "2.4.6", "scipy": "1.17.0"},
        },
        "tables": [Table("per class", ["tables/per.jsonl"], ["class", "f1"], [{"class": "a", "f1": 0.91}])],
        "charts": [
            Chart("matrix", "confusion_matrix", 0, None, {"class_labels": ["a", "b"], "matrix": [[9, 1], [0, 5]]})
        ],
        "images": [Medium("layer", 0, None, "images/layer/0.png", "a caption", 8, 8)],
        "media": [Medium("voice", 0, None, "media/voice/0.wav")],
        "artifacts": [File("outputs/model.npz", "artifacts/outputs/model.npz", 38_900)],
        "snapshot": File("snapshot.zip", "snapshot.zip", 1_900),
        "problems": [Problem("metrics.csv", 188, "The line ends in the middle", "Line skipped", skipped=1)],
    }
    logged = [
        series("val/loss", 0.5, 0.25, goal="min"),
        series("val/accuracy", 0.9, 0.95),
        series("mse", 3295.712345678),
    ]
    return record(*logged, **values | known)


PUBLISHED = place(
    *("run.json", "metrics.csv", "tables/per.jsonl", "charts/matrix.jsonl", "images/layer/0.png"),
    *("media/voice/0.wav", "artifacts/outputs/model.npz", "snapshot.zip", "logs/console.log"),
)
LOGS = [LogText("console.log", "logs/console.log", "one\n\x1b[32mtwo\x1b[0m\n", 36, 37, 900)]


def pages() -> list[Page]:
    """One page of each kind, of much and of little."""
    runs = experiment(
        summary(full()), summary(record(name="other"), "e/demo/r2.html"), readme="Prose", description="What"
    )
    return [
        run_page(SITE, full(), PUBLISHED, THEME.render, Content(logs=LOGS)),
        run_page(SITE, record(name=None, status=None, number=None), PLACE, THEME.render),
        experiment_page(SITE, runs, THEME.render, default_columns(runs, logged.of(runs.runs)), DATA),
        experiment_page(SITE, experiment(), THEME.render, default_columns(experiment(), logged.of([])), DATA),
        home_page(SITE, [entry_of(runs), entry_of(experiment(name="empty"))], THEME.render),
        home_page(SITE, [], THEME.render),
    ]


# --- all pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.path)
def test_every_page_is_whole_and_strict(page: Page) -> None:
    seen = Seen(page.html)
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]

    assert page.html.startswith("<!doctype html>\n")
    assert [tag for tag, _ in seen.tags[:4]] == ["html", "head", "meta", "meta"]
    assert seen.all("meta")[1]["http-equiv"] == "Content-Security-Policy"
    assert len(ids) == len(set(ids))
    assert len(seen.all("h1")) == len(seen.all("main")) == 1
    assert all("src" in script for script in seen.all("script"))
    assert not seen.all("style")
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.path)
def test_every_link_leads_to_something_of_the_site(page: Page) -> None:
    seen = Seen(page.html)
    ids = {attributes["id"] for _, attributes in seen.tags if "id" in attributes}
    symbols = {attributes["href"] for attributes in seen.all("use")}
    there = {
        "index.html",
        "build.js",
        "compare.html",
        "e/demo/index.html",
        "e/demo/r1.html",
        "e/demo/r2.html",
        "e/empty/index.html",
    }
    there |= {*SITE.assets.values(), *PUBLISHED.files.values()}

    for href in set(seen.hrefs) | symbols:
        if href.startswith("#"):
            assert unquote(href[1:]) in ids
        else:
            assert normpath(join(dirname(page.path), unquote(href.partition("#")[0]))) in there


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.path)
def test_labels_point_at_what_is_there(page: Page) -> None:
    seen = Seen(page.html)
    ids = {attributes["id"] for _, attributes in seen.tags if "id" in attributes}

    assert {attributes["aria-labelledby"] for _, attributes in seen.tags if "aria-labelledby" in attributes} <= ids
    assert {button["data-copy"] for button in seen.all("button") if "data-copy" in button} <= ids


def test_equal_values_give_equal_pages() -> None:
    assert pages() == pages()


NAME = st.one_of(
    st.text(alphabet=st.characters(categories=None), min_size=1, max_size=40),
    st.sampled_from(
        ['"><script>alert(1)</script>', "' onmouseover=alert(1) x='", "{{ 7*7 }}", "</title>", "a" * 300, "]]>"]
    ),
)


@settings(max_examples=examples(0.6), suppress_health_check=[HealthCheck.too_slow])
@given(NAME, NAME, NAME)
def test_strangers_texts_stay_texts(one: str, two: str, three: str) -> None:
    """Whatever the names are, the pages have the tags of a page with harmless names, and can be written."""
    made, plain = _named(one, two, three), _named("one", "two", "three")

    for page, harmless in zip(made, plain, strict=True):
        page.encode()
        seen = Seen(page)
        assert "\x00" not in page
        assert {tag for tag, _ in seen.tags} <= {tag for tag, _ in Seen(harmless).tags} | {"details", "summary", "svg"}
        assert {name for _, attributes in seen.tags for name in attributes} <= {
            name for _, attributes in Seen(harmless).tags for name in attributes
        } | {"title", "x", "viewbox", "transform", "data-folder", "data-metric", "data-value"}
        assert all("src" in script and "alert" not in script["src"] for script in seen.all("script"))


def _named(one: str, two: str, three: str) -> list[str]:
    known = full(
        name=one,
        tags={two: three},
        params={two: {one: three}},
        properties={three: one},
        status="Failed",
        error=Error(one, two, three, f"{two}\n{three}"),
        tables=[Table(one, [], [two], [{two: three}])],
        charts=[Chart(two, three, 0, None, {one: three})],
        images=[Medium(one, 0, None, "images/x.png", two, 8, 8)],
        media=[Medium(three, 0, None, "media/x.wav", one)],
        artifacts=[File(two, "artifacts/x", 1)],
        problems=[Problem(one, 1, two, three)],
        series={},
    )
    known = known._replace(series={one: series(one, 1, 2), f"{two}/": series(f"{two}/", three, one)})
    row = summary(known)
    many = experiment(row, summary(full(name=two), "e/demo/r2.html"), description=three, tags={one: two})
    return [
        run(known, place("images/x.png", "media/x.wav"), [LogText(three, "logs/x", f"{one}\n{two}")]),
        shown(many),
        home(many),
    ]


# --- the frame ---------------------------------------------------------------------------------------------


def test_the_breadcrumb_leads_home() -> None:
    seen = Seen(run(full(), PUBLISHED))

    assert [link for link in seen.hrefs if link.endswith("index.html")] == ["../../index.html", "index.html"]
    assert "small lab" in seen.text
    assert "first run · small lab" in seen.text


def test_the_page_holds_no_build_time_and_names_the_version() -> None:
    made = run(record())

    assert "runpages 1.2.3" in Seen(made).text
    assert re.search(r'<span id="built" hidden></span>', made)
    assert "../../build.js" in made


# --- home --------------------------------------------------------------------------------------------------


def test_home_counts() -> None:
    rows = [
        summary(
            record(series("acc", 0.5 + n / 10, goal="max"), name=f"r{n}", id=f"r{n}", status=state), f"e/demo/r{n}.html"
        )
        for n, state in enumerate(["Running", "Failed", "Completed", "NotResponding"])
    ]
    said = Seen(home(experiment(*rows, description="Four of a kind"))).text

    assert "Runs 4 in 1 experiment Running 1 r0" in said
    assert "Compute time 4.00 s 4 ended, median 1.00 s" in said
    assert "Four of a kind" in said
    assert "1 completed 1 running 1 failed 1 not responding" in said
    assert "0.7 highest acc" in said, "only the completed run competes"
    assert said.index("About") < said.index("Some prose.")


def test_home_shows_the_ten_latest_runs_newest_first() -> None:
    rows = [summary(record(name=f"run-{n}", id=f"r{n}", started=NOW + n), f"e/demo/r{n}.html") for n in range(12)]
    made = home(experiment(*reversed(rows)))
    latest = made[made.index("Latest runs") :]

    assert re.findall(r"<bdi>(run-\d+)</bdi></a>", latest) == [f"run-{n}" for n in range(11, 1, -1)]


def test_of_runs_that_began_together_the_latest_are_the_first_by_id() -> None:
    starts = [*(NOW + at // 5 for at in range(40)), None]
    rows = [summary(record(id=f"r{at:02}", started=begin), f"e/demo/r{at}.html") for at, begin in enumerate(starts)]
    order = sorted(rows, key=lambda run: (-(run.started or 0), run.id))
    assert [run.id for run in entry_of(experiment(*rows)).latest] == [run.id for run in order[:10]]
    assert [run.id for run in entry_of(experiment(*rows[-3:])).latest] == ["r38", "r39", "r40"]


def test_home_lists_the_newest_runs_that_failed_with_their_reasons() -> None:
    rows = [
        replace(
            summary(
                record(name=f"r{n}", id=f"r{n}", status=state, started=NOW + n, ended=NOW + n), f"e/demo/r{n}.html"
            ),
            error=why,
        )
        for n, (state, why) in enumerate(
            [("Failed", f"ValueError: <{n}>") for n in range(5)]
            + [("Completed", ""), ("NotResponding", "lab-1, pid 7"), ("Failed", "")]
        )
    ]
    said = Seen(home(experiment(*rows))).text
    said = said[said.index("Failed or not responding 5 of 7") : said.index("About")]

    places = [said.index(why) for why in ("no error recorded", "lab-1, pid 7", "<4>", "<3>", "<2>")]
    assert places == sorted(places) and "<1>" not in said
    assert "Failed or not responding" not in home(experiment(summary(record())))


def test_activity_ends_with_the_last_write_and_labels_the_peak() -> None:
    rows = [
        summary(record(id=f"r{n}", started=NOW - day * 86_400, last_write=NOW), f"e/demo/r{n}.html")
        for n, day in enumerate([0, 3, 3, 40])
    ]
    said = Seen(home(experiment(*rows))).text

    assert "2 on 21 Nov" in said
    assert "28 Oct 24 Nov" in said


def test_a_workspace_without_runs_says_how_to_log_one() -> None:
    for made in (home(), home(experiment())):
        assert "No runs yet" in Seen(made).text
        sample = re.search(r'<pre tabindex="0" id="sample">(.*?)</pre>', made, re.DOTALL)
        assert sample
        code = unescape(re.sub("<[^>]*>", "", sample[1]))
        compile(code, "sample", "exec")
        assert code.startswith("import runpages\n\nwith runpages.start(")


# --- experiment --------------------------------------------------------------------------------------------


def _sweep() -> ExperimentSummary:
    rows = [
        summary(
            record(
                *([series("acc", 0.5, value, goal="max"), series("seconds", 1.25)] if value else []),
                name=f"r{n}",
                id=f"r{n}",
                params={"optim": {"lr": lr}, "same": 1},
                status="Completed" if value else "Failed",
            ),
            f"e/demo/r{n}.html",
        )
        for n, (lr, value) in enumerate([(0.1, 0.75), (0.0003, 0.9875), (1e30, None)])
    ]
    return experiment(*rows)


def test_the_table_shows_what_differs_and_marks_the_best() -> None:
    made = shown(_sweep())
    rows = re.findall(r"<tr><td class=\"tick\"></td><th scope=\"row\".*?</tr>", made, re.DOTALL)

    assert "optim.lr" in made
    assert "same" not in Seen(made).text
    assert "Host" not in Seen(made).text
    assert [Seen(row).text for row in rows] == [
        "r0 Completed 0.7500 0.1 1.25 24 Nov 2026, 03:00:00 UTC 1.00 s",
        "r1 Completed 0.9875 0.0003 1.25 24 Nov 2026, 03:00:00 UTC 1.00 s",
        "r2 Failed – 1e+30 – 24 Nov 2026, 03:00:00 UTC 1.00 s",
    ]
    assert re.findall(r'<td class="n main bar best">([^<]*)</td>', made) == ["0.9875"]


def test_the_first_tile_is_the_best_and_its_run() -> None:
    said = Seen(shown(_sweep())).text

    assert "acc highest 0.9875 r1" in said
    assert "Runs 3 2 completed 1 failed" in said


@pytest.mark.parametrize(
    ("name", "cells"),
    [("norm", ["nan", "0.25"]), ("loss", ['<span class="quiet small">ends nan</span> 0.50', "0.25"])],
)
def test_a_curve_that_ends_in_nan_says_so(name: str, cells: list[str]) -> None:
    rows = [
        summary(record(series(name, *values), id=f"r{n}"), f"e/demo/r{n}.html")
        for n, values in enumerate([(0.5, math.nan), (0.5, 0.25)])
    ]

    assert re.findall(r'<td class="n main bar(?: best)?"[^>]*>(.*?)</td>', shown(experiment(*rows))) == cells
    assert ("step 0, ends nan" in run(record(series(name, 0.5, math.nan)))) == (name == "loss")


def test_many_runs_are_shown_or_linked_or_said_to_be_in_the_files() -> None:
    rows = [summary(record(name=f"run-{n}", id=f"r{n}"), f"e/demo/r{n}.html") for n in range(1_005)]
    made = shown(experiment(*rows))

    assert made.count('<th scope="row"') == 50
    assert "955 older runs" in made
    assert "945 further runs are in the files below the table" in made
    assert all(f'href="r{n}.html"' in made for n in (0, 49, 50, 59)) and 'href="r60.html"' not in made
    assert '<link rel="alternate" type="text/csv" href="runs.csv"' in made
    assert made.count('href="runs.csv"') == 2


def test_an_experiment_without_runs() -> None:
    assert "No runs in this experiment" in Seen(shown(experiment())).text


# --- run ---------------------------------------------------------------------------------------------------


def test_a_run_tells_who_it_is() -> None:
    said = Seen(run(full(problems=[]), PUBLISHED)).text

    assert "first run Completed sweep lr base" in said
    assert "#17" in said
    assert "Duration 1.00 s" in said
    assert "Host lab-1" in said
    assert "4be21c7 main, uncommitted changes" in said
    assert "python train.py --name 'a b'" in said
    assert "Why this run." in said


def test_params_are_nested_and_packages_folded() -> None:
    made = run(full())

    assert re.search(r'<dt class="group">optim</dt>.*<dt class="d1">lr</dt>.*0\.01', made, re.DOTALL)
    assert re.search(
        r"<details class=\"more-of\"[^>]*><summary>2 packages</summary>.*>numpy==2\.4\.6\nscipy==1\.17\.0</pre>",
        made,
        re.DOTALL,
    )


def test_of_many_packages_and_of_long_versions_the_page_has_a_part() -> None:
    made = run(record(environment={"packages": {"long": "9" * 10_000, **{f"p{n}": "1" for n in range(1_200)}}}))

    assert "p998==1\n# 201 more in run.json, below</pre>" in made
    assert "<summary>1201 packages</summary>" in made
    assert "9" * 1_000 not in made


def test_many_params_are_folded() -> None:
    made = run(record(params={f"p{n}": n for n in range(400)}))

    assert "<summary>388 more parameters</summary>" in made
    assert made.count("<dt>p") == 400


def test_a_name_that_its_column_may_cut_has_a_tooltip() -> None:
    made = run(record(params={"short": 1, "x" * 21: 2, "deep": {"y" * 19: 3}}))

    assert f'<dt title="{"x" * 21}">{"x" * 21}</dt>' in made
    assert f'<dt class="d1" title="{"y" * 19}">{"y" * 19}</dt>' in made
    assert "<dt>short</dt>" in made


def test_a_failed_run_says_why_first() -> None:
    error = Error("ValueError", "weights are not finite", "ValueError", "Traceback:\n  a\nValueError: weights")
    made = run(full(status="Failed", error=error))
    said = Seen(made).text

    assert "Failed after 1.00 s ValueError: weights are not finite Traceback, 3 lines" in said
    assert made.index("callout bad") < made.index('class="tiles"')


@pytest.mark.parametrize("word", ["Completed", "Canceled", "Running"])
def test_an_error_that_did_not_end_the_run_is_no_failure(word: str) -> None:
    said = Seen(run(full(status=word, error=Error("UserError", "it diverged")))).text

    assert "Reported an error it diverged" in said
    assert "Failed" not in said


def test_a_damaged_run_says_what_was_lost_and_where() -> None:
    said = Seen(run(full())).text

    assert "This run is damaged. 5 of 6 points recovered. 1 problem in 1 file." in said
    assert "metrics.csv 188 The line ends in the middle Line skipped" in said
    assert "How to repair Each problem below names its file and line in the run folder." in said


def test_a_remark_is_told_without_damage() -> None:
    said = Seen(run(record(problems=[Problem("run.json", None, "No end", "None", damage=False)]))).text

    assert "Problems" in said
    assert "damaged" not in said.lower()


def test_outputs_that_were_not_collected_are_named_with_the_place_where_they_are() -> None:
    found = Uncollected([("outputs/<b>", "No space left on device"), ("outputs/c", "")], 1002, "/tmp/runpages-x/x")
    said = Seen(run(record(uncollected=found))).text

    assert f"{number.plural(1002, 'file')} could not be collected. The script's working folder" in said
    assert "was kept: /tmp/runpages-x/x" in said
    assert f"outputs/<b>: No space left on device outputs/c and {number.integer(1000)} more" in said
    said = Seen(run(record(uncollected=found._replace(place=None, total=2)))).text
    assert "2 files could not be collected. Missing files are still where the script wrote them. outputs/<b>" in said
    assert "more" not in said.partition("outputs/c")[2][:20]
    assert "collected" not in run(record())


def test_runs_that_watched_the_same_folder_are_named() -> None:
    said = Seen(run(record(outputs_shared_with=("demo/<i>", "other/2")))).text

    assert "Outputs may belong to another run." in said
    assert "demo/<i> other/2" in said


def test_a_git_that_refused_is_shown() -> None:
    said = Seen(run(record(environment={"git": {"error": "detected dubious ownership in repository at '/x'"}}))).text

    assert "Git refused detected dubious ownership in repository at '/x'" in said


def test_a_silent_run() -> None:
    said = Seen(run(record(status="NotResponding", ended=None))).text

    assert "Not responding. lab-1, pid 20418, last write 24 Nov 2026, 03:00:01 UTC." in said
    assert "no end" in said


def test_a_running_run_counts_in_the_browser() -> None:
    made = run(record(status="Running", ended=None))

    assert 'data-since="2026-11-24T03:00:00.000Z"' in made


def test_words_of_other_tools_and_unknown_ones() -> None:
    assert "Completed" in Seen(run(record(status="finished"))).text
    assert "waiting for Godot" in Seen(run(record(status="waiting for Godot"))).text
    assert 'class="badge"' not in run(record(status=None))


def test_the_rail_names_the_sections_that_are_there() -> None:
    for known, where, logs in ((full(), PUBLISHED, LOGS), (record(), PLACE, []), (record(series("a", 1)), PLACE, [])):
        made = run(known, where, logs)
        rail = re.findall(r'<li[^>]*><a href="#(\w+)">', made)
        assert rail == ["overview", *re.findall(r'<section id="(\w+)"', made)]


def test_an_empty_run_says_so() -> None:
    assert "Nothing logged in this run" in Seen(run(record())).text
    assert "Nothing was logged" not in Seen(run(record(series("a", 1)))).text


GROUP = r'<h3 dir="auto">(\w+)</h3>'


def test_metrics_are_grouped_by_prefix() -> None:
    names = ("val/loss", "train/loss", "val/acc", "train/acc", "alone/x", "epoch")
    made = run(record(*(series(name, 1, 2) for name in names)))

    assert re.findall(GROUP, made) == ["val", "train", "other"]
    assert re.findall(r'<article class="card metric" id="metric-([^"]*)"', made) == [
        *("val~2floss", "val~2facc", "train~2floss", "train~2facc", "alone~2fx", "epoch"),
    ]


@pytest.mark.parametrize(
    ("alone", "groups"),
    [
        (["train/loss"], ["val", "train"]),
        (["loss"], ["val", "other"]),
        (["/loss"], ["val", "other"]),
        (["train/loss", "test/loss"], ["val", "other"]),
    ],
)
def test_one_metric_beside_groups_has_a_heading_of_its_own(alone: list[str], groups: list[str]) -> None:
    made = run(record(*(series(name, 1, 2) for name in ["val/loss", "val/acc", *alone])))

    assert re.findall(GROUP, made) == groups


def test_how_busy_the_machine_was_stands_behind_what_was_measured() -> None:
    names = ["system/cpu", "system/memory", "loss", "acc"]
    made = run(record(*(series(name, 1, 2) for name in names)))

    assert re.findall(r"<dt><bdi>(\S+)</bdi> <span class=.unit.>(?:low|high)est \(assumed\)", made) == ["loss", "acc"]
    assert re.findall(GROUP, made) == ["other", "system"]
    assert "system/cpu" in Seen(run(record(series("system/cpu", 1, 2)))).text


@pytest.mark.parametrize(
    ("document", "word", "value"),
    [
        ({"exit": {"code": 0}}, "Exit code", "0"),
        ({"exit": {"code": 3}}, "Exit code", "3"),
        ({"exit": {"signal": "SIGKILL"}}, "Ended by", "SIGKILL"),
        ({"exit": {"signal": "<b>"}}, "Ended by", "&lt;b&gt;"),
    ],
)
def test_the_page_tells_how_a_script_ended(document: dict[str, Any], word: str, value: str) -> None:
    made = run(record(document=document))
    assert re.findall(rf">{word}</dt><dd[^>]*>([^<]*)</dd>", made) == [value]
    for nothing in (None, "odd", {}, {"code": None}):
        assert f">{word}</dt>" not in run(record(document={"exit": nothing}))


def test_arguments_are_shown_as_one_types_them() -> None:
    made = Seen(run(record(document={"definition": {"script": "train.py", "arguments": ["--x", 1.5, "a b"]}}))).text

    assert "--x 1.5 'a b'" in made


def test_the_id_of_a_snapshot_has_a_plain_name() -> None:
    made = run(record(properties={"ContentSnapshotId": "0123456789abcdef" * 4, "ours": "kept"}))
    assert ">Snapshot</dt>" in made
    assert f'title="{"0123456789abcdef" * 4}">0123456789ab</dd>' in made
    assert ">ContentSnapshotId</dt>" not in made
    assert ">ours</dt>" in made


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ((1, 100), True),
        ((100, 50.0, 1), True),
        ((1, 99.9), False),
        ((0.01, 0.5, 0.999), False),
        ((1e-300, 1e300), True),
        ((0, 1000), False),
        ((-1, -1000), False),
        ((-1, 1000), False),
        ((1, math.nan, 100, math.inf), True),
        ((0.01,), False),
    ],
)
def test_a_curve_over_two_decades_has_a_logarithmic_axis(values: tuple[float, ...], log: bool) -> None:
    made = run(record(series("loss", *values)))
    assert ('<span class="note scale">log y</span>' in made) == log


def test_values_logged_once_are_a_table_and_keep_their_digits() -> None:
    made = run(record(series("mse", 3295.712345678), series("note", "a <text>"), series("list", 1, kind="list")))

    assert re.search(r'title="3295\.712345678"><bdi>3296</bdi>', made)
    assert "a &lt;text&gt;" in made
    assert made.count('class="card metric"') == 1


def test_texts_and_mixtures_are_tables_not_charts() -> None:
    made = run(record(series("phase", "warm-up", "train"), series("mixed", 1, "two")))

    assert '<svg class="chart' not in made
    assert "warm-up" in made


def test_a_page_bears_many_curves() -> None:
    made = run(record(*(series(f"m{n}", *range(200)) for n in range(70))))

    assert made.count('<svg class="chart') == 70
    assert made.count('<g class="tick y"') == made.count('<details class="points" data-shown="200">') == 24
    assert made.count('data-bare="200 points"') == 46


def test_the_first_charts_of_the_page_are_whole() -> None:
    names = [f"{group}/m{n}" for n in range(20) for group in "ab"]
    made = run(record(*(series(name, 1, 2) for name in names)))

    whole = re.findall(r'data-name="([^"]+)" data-at="\d+">', made)
    assert whole == [f"a/m{n}" for n in range(20)] + [f"b/m{n}" for n in range(4)]
    at = dict(re.findall(r'data-name="([^"]+)" data-at="(\d+)"', made))
    assert [names[int(at[name])] for name in names] == names


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ((math.nan, math.nan), "nan since step 0"),
        ((1.0, math.nan, 2.0, math.nan, math.nan), "nan since step 3"),
        ((math.nan, 1.0), ""),
        ((1, None, math.nan), "nan since step 2"),
    ],
)
def test_a_metric_that_ends_in_nan_says_since_when(values: tuple[Any, ...], note: str) -> None:
    made = run(record(series("loss", *values)))

    assert ('class="note warn"' in made) == bool(note)
    assert (f"loss is {note}." in Seen(made).text) == bool(note)


def test_of_many_metrics_that_end_in_nan_some_are_named() -> None:
    said = Seen(run(record(*(series(f"m{n}", 1.0, math.nan) for n in range(5))))).text

    assert "m0 is nan since step 1, m1 is nan since step 1, m2 is nan since step 1, and 2 other metrics." in said


@pytest.mark.parametrize(
    "values", [(math.nan, math.nan), (None, None), (math.inf, -math.inf), (10**400, 1), (True, False)]
)
def test_odd_values_are_drawn(values: tuple[Any, ...]) -> None:
    made = run(record(series("odd", *values)))

    assert made.count('<svg class="chart') == 1


def test_a_confusion_matrix_has_recall_and_precision() -> None:
    made = run(full())

    assert "Rows: true class. Columns: predicted class. 1 of 15 wrong." in made
    assert re.findall(r'<td class="share">([^<]*)</td>', made) == ["0.900", "1.000"]
    assert 'class="wrong" style="--o: 0.76">1</td>' in made


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"matrix": [[1]], "class_labels": 3},
        {"data": {"matrix": [[1, 2]]}},
        [[1, "x"], [0, 1]],
        [[-1]],
        "text",
    ],
)
def test_whatever_is_passed_as_a_matrix_is_shown(data: Any) -> None:
    assert "Charts" in run(record(charts=[Chart("m", "confusion_matrix", 0, None, data)]))


def matrices(count: int, name: str = "m") -> list[Chart]:
    return [
        Chart(name, "confusion_matrix", step, None, {"class_labels": ["a"], "matrix": [[step + 1000]]})
        for step in reversed(range(count))
    ]


def test_charts_of_a_name_are_one_card_with_the_last_step() -> None:
    known = record(charts=[*matrices(3), Chart("m", "residuals", 0, None, {}), *matrices(1, "n")])
    charts = ShownCharts(known.charts)
    cards = list(charts.chart_cards(PLACE))
    assert [(card.name, card.type, card.count, card.steps) for card in cards] == [
        ("m", "confusion matrix", "3 steps", 0),
        ("m", "residuals", "", None),
        ("n", "confusion matrix", "", None),
    ]
    (one,) = (card.slider for card in cards if card.slider)
    assert (one.last, one.at, one.text) == (2, 2, "step 2 of 2")
    assert "1002" in run(known)
    assert "1001" not in run(known)
    script = steps_script(charts, PLACE, THEME.render).decode()
    assert [text in script for text in ("step 0 of 2", "1000", "1001", "1002")] == [True] * 4
    assert steps_script(ShownCharts(matrices(1)), PLACE, THEME.render) == b""


def test_the_script_of_diagnostics_has_the_last_of_each_and_all_that_a_card_needs() -> None:
    large = [Chart("large", "confusion_matrix", step, None, {"matrix": [[step] * 40] * 40}) for step in (0, 1)]
    charts = ShownCharts([*matrices(3), *large, Chart("none", "residuals", 0, None, {})])
    known = json.loads(diagnostics_script(charts).removeprefix(b'runpages.put("diagnostics",').removesuffix(b");\n"))
    assert [(one["name"], one["step"]) for one in known] == [("m", 2), ("large", 0), ("large", 1)]
    assert charts.card(large[1], PLACE).more == 2
    assert diagnostics_script(ShownCharts([])) == b""


def test_of_very_many_steps_of_a_chart_some_are_kept() -> None:
    charts = ShownCharts([*matrices(1000), *matrices(50, "few")])
    steps = [one.step for one in charts.charts if one.name == "m"]
    assert (len(steps), min(steps), max(steps)) == (50, 0, 999)
    assert len(charts.charts) == 100
    assert next(charts.chart_cards(PLACE)).count == "1000 steps, 50 shown"


def test_other_charts_show_their_type_and_data() -> None:
    made = run(record(charts=[Chart("fig", "plotly", 3, None, {"b": 1, "a": 2})]))

    assert "plotly" in made
    assert made.index("&#34;b&#34;") < made.index("&#34;a&#34;")


def test_tables_are_cut_and_say_so() -> None:
    rows = [{"a": n, "b": n / 3, "c": "x"} for n in range(360)]
    made = run(record(tables=[Table("t", ["tables/t.jsonl"], ["a", "b", "c"], rows)]), place("tables/t.jsonl"))

    assert "50 of 360 rows" in made
    assert 'href="r1/tables/t.jsonl"' in made
    assert '<td class="n" title="0.3333333333333333">0.33</td>' in made


def test_a_table_of_two_numbers_is_also_a_chart() -> None:
    rows = [{"x": n, "y": n * n} for n in range(5)]

    assert '<svg class="chart' in run(record(tables=[Table("t", [], ["x", "y"], rows)]))
    assert '<svg class="chart' not in run(record(tables=[Table("t", [], ["x", "y"], [*rows, {"x": None, "y": 1}])]))


def test_only_published_files_are_links() -> None:
    known = full(images=[Medium("a", 0, None, "images/a.png", missing=True), Medium("b", 0, None, "images/b.png")])
    seen = Seen(run(known))

    assert [href for href in seen.hrefs if "r1/" in href] == []
    assert "missing" in seen.text
    assert seen.text.count("not published") == 4


def test_a_log_numbers_its_lines_and_says_what_is_before() -> None:
    made = run(record(), PUBLISHED, LOGS)

    assert '<ol start="36">' in made
    assert '<li id="log-console.log-L37"><span class="a-green">two</span></li>' in made
    assert "35 earlier lines not shown" in made
    assert "37 lines, 900 B" in made


def test_a_long_log_comes_in_blocks() -> None:
    log = LogText("a", "logs/a", "".join(f"line {n}\n" for n in range(501, 2_501)), 501, 2_500, 1)
    made = run(record(), PLACE, [log])

    assert re.findall(r'<ol start="(\d+)">', made) == ["501", "1001", "1501", "2001"]
    assert "500 earlier lines not shown" in made
    assert '<li id="log-a-L2500">line 2500</li>' in made


@pytest.mark.parametrize(("count", "folded"), [(0, ""), (12, ""), (30, "21 more tags")])
def test_very_many_tags_are_folded(count: int, folded: str) -> None:
    said = Seen(run(record(tags={f"tag-{number}": None for number in range(count)}))).text
    assert said.count("tag-") == count
    assert folded in said
    assert ("more tag" in said) == bool(folded)


@pytest.mark.parametrize(
    ("file", "width", "drawings", "src", "note"),
    [
        ("0.png", 8, {}, "r1/images/0.png", ""),
        ("0.avif", None, {}, "r1/images/0.avif", ""),
        ("0.png", None, {}, None, "not an image"),
        ("0.TIF", None, {}, None, "TIF, which browsers cannot show"),
        ("0.svg", None, {"images/0.svg": b"<svg/>"}, "data:image/svg+xml;base64,PHN2Zy8+", ""),
        ("0.svg", None, {}, None, "too large to show"),
    ],
)
def test_an_image_that_cannot_be_shown_is_a_note_with_a_link(
    file: str, width: int | None, drawings: dict[str, bytes], src: str | None, note: str
) -> None:
    path = f"images/{file}"
    of = record(images=[Medium("layer", 0, None, path, None, width, width)])
    seen = Seen(run_page(SITE, of, place(path), THEME.render, Content(pictures=Pictures(drawings))).html)
    assert [image["src"] for image in seen.all("img")] == ([src] if src else [])
    assert f"r1/{path}" in seen.hrefs
    assert note in seen.text
