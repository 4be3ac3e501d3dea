"""Registered models in a site: on the page of their run, on the home page, and nowhere if the run is not in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format import layout
from runpages_site.build import Options, Report, build
from runpages_site.read.scan import read_registered
from runpages_site.stamp import NO_MODELS
from runpages_site.write.site_folder import NOTES
from tests.examples import examples

from .conftest import NOW, MakeRun

HOSTILE = "'\"><script>alert(1)</script>/../🦊"


class Table(HTMLParser):
    """The rows of the table in a section: the text of each cell, and the links in it."""

    def __init__(self, html: str, labelled: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self.is_there = False
        self._labelled, self._inside = f"h-{labelled}", False
        self._labels = (labelled, self._labelled)
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "section":
            self._inside = found.get("aria-labelledby") in self._labels
            self.is_there |= self._inside
        if self._inside and tag == "tr":
            self.rows.append([])
        if self._inside and tag in ("td", "th"):
            self.rows[-1].append("")
        if self._inside and tag == "a":
            self.links.append(found["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "section"

    def handle_data(self, data: str) -> None:
        if self._inside and self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data.strip()}".strip()


@pytest.fixture
def register(workspace: Path) -> Callable[..., Path]:
    """Write the document of a version, as a run that registers a model does."""

    def write(name: str = "ridge", version: int = 1, **said: Any) -> Path:
        return registered_in(workspace, name, version, **said)

    return write


def registered_in(workspace: Path, name: str, version: int = 1, **said: Any) -> Path:
    path = workspace / ".runpages" / "models" / layout.file_name(name) / f"{version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {"experiment": "demo", "run": "a", "artifact": "outputs/m.pkl", "created": "2026-11-18T09:00:00.000Z"}
    path.write_text(json.dumps({"format": 1, "name": name, "version": version, **known, **said}))
    return path


@pytest.fixture
def home(built: Callable[[], tuple[Path, Report]]) -> Callable[[], Table]:
    return lambda: Table((built()[0] / "index.html").read_text(), "models")


def everything(site: Path) -> dict[str, bytes]:
    """What is published, without what changes with each build."""
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    return {path: data for path, data in files.items() if path != "build.js" and not path.startswith(NOTES)}


def test_a_run_lists_its_models_and_links_what_it_keeps(
    make_run: MakeRun, register: Callable[..., Path], built: Callable[[], tuple[Path, Report]]
) -> None:
    make_run(status="Completed", files={f"artifacts/outputs/{name}": "x" for name in ("m.pkl", "deep/a", ".env")})
    make_run("b")
    register(tags={"data": "diabetes", "done": None}, framework="ScikitLearn", framework_version="1.5")
    register(version=2, description="The second")
    register("deep", artifact="outputs/deep")
    register("secret", artifact="outputs/.env")
    register("gone", artifact="outputs/gone")
    site, report = built()
    table = Table((site / "e/demo/a.html").read_text(), "models")
    assert table.rows == [
        ["Model", "Version", "Artifact", "Framework", "Tags", "Created"],
        ["deep", "1", "outputs/deep", "–", "", "18 Nov 2026, 09:00:00 UTC"],
        ["gone", "1", "outputs/gone", "–", "", "18 Nov 2026, 09:00:00 UTC"],
        ["ridge The second", "2", "outputs/m.pkl", "–", "", "18 Nov 2026, 09:00:00 UTC"],
        ["ridge", "1", "outputs/m.pkl", "ScikitLearn 1.5", "data diabetes done", "18 Nov 2026, 09:00:00 UTC"],
        ["secret", "1", "outputs/.env", "–", "", "18 Nov 2026, 09:00:00 UTC"],
    ]
    assert table.links == ["#outputs", *["a/artifacts/outputs/m~_pkl~.txt"] * 2]  # Served, it must not run anything.
    assert (site / "e/demo" / table.links[1]).read_text() == "x"
    assert not Table((site / "e/demo/b.html").read_text(), "models").is_there
    assert 'href="#models"' not in (site / "e/demo/b.html").read_text()
    assert not report.damaged


def test_the_home_page_has_a_row_a_name(
    make_run: MakeRun, register: Callable[..., Path], home: Callable[[], Table]
) -> None:
    make_run("a", name="First", id="a")
    make_run("b", "other", name="Second")
    assert not home().is_there
    register(version=9)
    register(version=10, experiment="other", run="b", tags={"best": "yes"}, created=None)
    register("lasso", version=3)
    register("strange", run="nobody")
    register("moved", experiment="elsewhere")
    table = home()
    assert table.rows == [
        ["Model", "Latest", "Versions", "Run", "Experiment", "Tags", "Created"],
        ["lasso", "3", "1", "First", "demo", "", "18 Nov 2026, 09:00:00 UTC"],
        ["ridge", "10", "2", "Second", "other", "best yes", "–"],
    ]
    assert table.links == ["e/demo/a.html", "e/other/b.html"]


def test_an_experiment_is_known_by_what_its_document_says(
    make_run: MakeRun, workspace: Path, register: Callable[..., Path], home: Callable[[], Table]
) -> None:
    make_run()
    register(experiment="The *demo*")
    assert not home().is_there
    (workspace / "demo" / "experiment.json").write_text('{"name": "The *demo*"}')
    assert home().rows[1][:5] == ["ridge", "1", "1", "a", "The *demo*"]


def test_what_comes_and_goes_is_what_a_build_anew_gives(
    make_run: MakeRun, workspace: Path, tmp_path: Path, register: Callable[..., Path]
) -> None:
    for run in ("a", "b"):
        make_run(run, status="Running", owner={"host": "elsewhere", "pid": 1}, created=NOW + 10**6)
    site, clean = tmp_path / "site", tmp_path / "clean"
    now = iter(range(10**6, 2 * 10**6, 5))

    def again() -> set[str]:
        moment = NOW + next(now)
        report = build(workspace, site, now=moment, version="1")
        shutil.rmtree(clean, ignore_errors=True)
        build(workspace, clean, now=moment, version="1")
        assert everything(site) == everything(clean)
        return {Path(run).name for run in report.rendered}

    assert (again(), again()) == ({"a", "b"}, set())
    one = register(run="b")
    assert (again(), again()) == ({"b"}, set())
    assert "ridge" in (site / "e/demo/b/live.js").read_text()
    register(version=2)
    assert (again(), again()) == ({"a"}, set())
    one.unlink()
    assert (again(), again()) == ({"b"}, set())
    assert not Table((site / "e/demo/b.html").read_text(), "models").is_there
    shutil.rmtree(workspace / ".runpages" / "models")
    assert (again(), again()) == ({"a"}, set())
    assert not Table((site / "index.html").read_text(), "models").is_there


def test_models_are_read_again_where_a_document_is_new(workspace: Path, register: Callable[..., Path]) -> None:
    assert read_registered(workspace, NO_MODELS, NOW) is NO_MODELS
    place = register()
    os.utime(place, (NOW - 100, NOW - 100))
    known = read_registered(workspace, NO_MODELS, NOW)
    assert [one.name for one in known.models] == ["ridge"]
    assert read_registered(workspace, known, NOW) is known
    os.utime(place, (NOW - 1, NOW - 1))
    # A coarse clock would hide a further change.
    fresh = read_registered(workspace, known, NOW)
    assert (fresh.key, fresh.models) == ("", known.models)
    assert read_registered(workspace, fresh, NOW) is not fresh


def test_a_damaged_document_is_reported_and_costs_itself_only(
    make_run: MakeRun, workspace: Path, register: Callable[..., Path], built: Callable[[], tuple[Path, Report]]
) -> None:
    make_run()
    register()
    register("torn").write_text("{")
    for _ in range(2):
        site, report = built()
        [problem] = report.problems[str(workspace)]
        assert (problem.file, report.damaged) == (".runpages/models/torn/1.json", True)
        assert [row[0] for row in Table((site / "index.html").read_text(), "models").rows] == ["Model", "ridge"]
    register("torn")
    site, report = built()
    assert not report.problems
    assert [row[0] for row in Table((site / "index.html").read_text(), "models").rows] == ["Model", "ridge", "torn"]


@pytest.mark.parametrize("notes", [True, False])
def test_the_models_of_a_run_that_is_kept_stay(
    make_run: MakeRun, workspace: Path, tmp_path: Path, register: Callable[..., Path], notes: bool
) -> None:
    make_run("a", name="First", id="a")
    register(version=2, tags={"data": "diabetes", "owner": "xyzzy"}, description="About")
    site = tmp_path / "site"
    build(workspace, site, now=NOW, version="1")
    page = (site / "e/demo/a.html").read_bytes()
    rows = Table((site / "index.html").read_text(), "models").rows
    assert rows[1][:5] == ["ridge", "2", "1", "First", "demo"]
    shutil.rmtree(workspace)
    workspace.mkdir()
    make_run("b")
    if not notes:
        shutil.rmtree(site / NOTES)
    build(workspace, site, now=NOW, version="1", options=Options(keep=True))
    assert (site / "e/demo/a.html").read_bytes() == page
    assert Table((site / "index.html").read_text(), "models").rows == rows


@pytest.mark.parametrize(
    "said", ["hide:\n  runs: [a]\n", "hide:\n  runs: [Quiet]\n", "hide:\n  experiments: [demo]\n",
             "hide:\n  experiments: [Hush]\n", "experiments:\n  Hush:\n    hidden: true\n"],
)  # fmt: skip
def test_nothing_of_the_models_of_a_hidden_run_is_in_the_site(
    make_run: MakeRun,
    workspace: Path,
    register: Callable[..., Path],
    built: Callable[[], tuple[Path, Report]],
    said: str,
) -> None:
    make_run("a", name="Quiet", status="Completed")
    make_run("b", "other")
    (workspace / "demo" / "experiment.json").write_text('{"name": "Hush"}')
    register("xyzzy-name", tags={"xyzzy-key": "xyzzy-value"}, description="xyzzy-text", framework="xyzzy-frame")
    register("open", experiment="other", run="b")
    site, _ = built()
    assert b"xyzzy-name" in (site / "index.html").read_bytes()
    (workspace / "runpages.yml").write_text(said)
    site, _ = built()
    assert not [path for path, data in everything(site).items() if b"xyzzy" in data or "xyzzy" in path]
    assert b"open" in (site / "index.html").read_bytes()


def test_hidden_tags_are_hidden_of_models_too(
    make_run: MakeRun, workspace: Path, register: Callable[..., Path], built: Callable[[], tuple[Path, Report]]
) -> None:
    make_run()
    register(tags={"owner": "xyzzy", "data": "diabetes"})
    (workspace / "runpages.yml").write_text("hide:\n  tags: [own*]\n")
    site, _ = built()
    assert not [path for path, data in everything(site).items() if b"xyzzy" in data]
    assert b"diabetes" in (site / "index.html").read_bytes()


def test_environments_are_not_published(
    make_run: MakeRun, workspace: Path, built: Callable[[], tuple[Path, Report]]
) -> None:
    make_run()
    place = workspace / ".runpages" / "environments" / "xyzzy-env" / "1.json"
    place.parent.mkdir(parents=True)
    place.write_text('{"format": 1, "name": "xyzzy-env", "environmentVariables": {"KEY": "xyzzy-secret"}}')
    site, _ = built()
    assert not [path for path, data in everything(site).items() if b"xyzzy" in data or "xyzzy" in path]


words = st.sampled_from([HOSTILE, "é" * 300, "..", "\ud800", "\x00\x1b[31m", "a/b\\c", "con"]) | st.text(max_size=20)
values = words | st.integers() | st.floats() | st.none() | st.lists(words, max_size=2) | st.dictionaries(words, words)
FIELDS = ("artifact", "tags", "description", "framework", "framework_version", "created", "name", "version", "files")


@settings(max_examples=examples(0.1))
@given(words.filter(bool), st.dictionaries(st.sampled_from(FIELDS), values))
def test_hostile_names_and_values_stay_text(
    tmp_path_factory: pytest.TempPathFactory, name: str, said: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    run = folder / "runs" / "demo" / "a"
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"format": 1, "id": "a"}')
    place = registered_in(folder / "runs", name, 1)
    place.write_text(json.dumps({**json.loads(place.read_text()), **said}))
    report = build(folder / "runs", folder / "site", now=NOW, version="1")
    assert not report.faults
    whole = "".join(path.read_text("utf-8", "replace") for path in (folder / "site").rglob("*.html"))
    assert "<script>alert" not in whole
    problems = report.problems.get(str(folder / "runs"), ())
    home = Table((folder / "site/index.html").read_text("utf-8", "replace"), "models")
    page = Table((folder / "site/e/demo/a.html").read_text("utf-8", "replace"), "models")
    assert len(home.rows) == len(page.rows) == (0 if problems else 2)
    assert page.links == []
