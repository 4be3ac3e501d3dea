"""A build over a site gives what a build into an empty folder gives, whatever happened in between."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format import status
from runpages_site.build import FACTS, Options, Report, build
from runpages_site.changes import ALL, FILES, LIVENESS, NEW
from runpages_site.page import shards
from runpages_site.read import downsample, points, pyramid
from runpages_site.site import MANIFEST
from runpages_site.write import run_blocks, run_files
from runpages_site.write.build_cache import Notes
from runpages_site.write.site_folder import NOTES
from tests.examples import examples
from tests.unmeasured import unmeasured

from .conftest import NOW

HEADER = "name,step,time,value,text\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1"
    b"\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)


def published(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    found = {path.relative_to(site).as_posix(): path.read_bytes() for path in files}
    return {path: data for path, data in found.items() if path != FACTS and not path.startswith(f"{NOTES}/")}


class World:
    """A workspace that changes, its site, and a clock that never stands still."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = root / "runs"
        self.runs.mkdir()
        self.site = root / "site"
        self.tick = 0
        self.version = "1"

    @property
    def now(self) -> float:
        return NOW + 100 * self.tick

    def write(self, path: str, data: str | bytes, *, append: bool = False) -> None:
        """Write a file, long before the next build."""
        self.tick += 1
        place = self.runs / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab" if append else "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        os.utime(place, (self.now, self.now))

    def build(self, options: Options = Options()) -> Report:  # noqa: B008
        self.tick += 1
        return build(self.runs, self.site, now=self.now, version=self.version, options=options)

    def check(self, options: Options = Options()) -> None:  # noqa: B008
        clean = self.root / "clean"
        report = self.build(options)
        fresh = build(self.runs, clean, now=self.now, version=self.version, options=options)
        assert published(self.site) == published(clean)
        sizes = [one.bytes - (one.site / FACTS).stat().st_size for one in (report, fresh)]
        assert (report.runs, report.experiments, sizes[0]) == (fresh.runs, fresh.experiments, sizes[1])
        assert report.problems == fresh.problems
        shutil.rmtree(clean)


RUNS = ("a", "b", "x y/ü")
Edit = Callable[[World, str, int], None]


def new(world: World, run: str, seed: int) -> None:
    status = ("Completed", "Failed", "Running")[seed % 3]
    document = {"format": 1, "status": status, "params": {"lr": seed}, "created": NOW + seed, "number": seed}
    if seed % 5 == 0:
        document["owner"] = {"host": "elsewhere", "pid": 5}
    world.write(f"demo{seed % 2}/{run}/run.json", json.dumps(document))
    world.write(f"demo{seed % 2}/{run}/metrics.csv", HEADER + f"loss,0,,{seed}.5,\nloss,1,,0.5,\n")


def append(world: World, run: str, seed: int) -> None:
    world.write(f"demo0/{run}/metrics.csv", f"loss,{seed},,{seed}.25,\nacc,{seed},,0.5", append=True)


def tear(world: World, run: str, seed: int) -> None:
    world.write(f"demo0/{run}/metrics.csv", HEADER + "loss,0\nloss,1,,2.5,\n")


def tag(world: World, run: str, seed: int) -> None:
    line = json.dumps({"time": "2026-01-01T00:00:00Z", "tags": {"later": str(seed)}}) + "\n"
    world.write(f"demo0/{run}/changes.host-1-00ff.jsonl", line, append=True)


def files(world: World, run: str, seed: int) -> None:
    world.write(f"demo0/{run}/logs/train.log", f"epoch {seed}\n", append=True)
    world.write(f"demo0/{run}/images/curve/{seed}.png", PNG)
    world.write(f"demo0/{run}/artifacts/outputs/{seed}.txt", "kept")


def register(world: World, run: str, seed: int) -> None:
    document = {"experiment": "demo0", "run": run, "artifact": f"outputs/{seed}.txt", "tags": {"lr": str(seed)}}
    text = json.dumps({**document, "created": NOW + seed}) if seed else "torn"
    world.write(f".runpages/models/m{seed % 2}/{seed % 4 + 1}.json", text)


def unregister(world: World, run: str, seed: int) -> None:
    for path in sorted((world.runs / ".runpages" / "models").rglob("*.json"))[: seed % 3]:
        path.unlink()


def remove(world: World, run: str, seed: int) -> None:
    shutil.rmtree(world.runs / f"demo{seed % 2}" / run, ignore_errors=True)


def remove_file(world: World, run: str, seed: int) -> None:
    for path in sorted((world.runs / "demo0" / run).rglob("*.txt"))[:1]:
        path.unlink()


def rename(world: World, run: str, seed: int) -> None:
    source, target = world.runs / "demo0" / run, world.runs / "demo1" / f"moved {seed}"
    if source.is_dir() and not target.exists():
        target.parent.mkdir(exist_ok=True)
        source.rename(target)


def touch(world: World, run: str, seed: int) -> None:
    world.write(f"demo0/{run}/metrics.csv", "", append=True)


def say(world: World, run: str, seed: int) -> None:
    world.write("demo0/experiment.json", json.dumps({"description": f"Try {seed}", "tags": {"of": "demo"}}))
    world.write("demo0/README.md", f"# About {seed}")
    world.write("README.md", f"Hello {seed}")


def decide(world: World, run: str, seed: int) -> None:
    texts = (
        "title: Lab\n",
        "experiments:\n  demo0:\n    metric: loss\n    goal: min\n",
        "hide:\n  runs: [a]\n  params: [lr]\n  tags: [lr]\n  experiments: [demo1]\n",
        "limits:\n  charts: 1\n  log_lines: 1\nexperiments:\n  demo1:\n    columns: [lr, acc]\n",
        "",
    )
    world.write("runpages.yml", texts[seed % len(texts)])


def update(world: World, run: str, seed: int) -> None:
    world.version = str(seed)


def wait(world: World, run: str, seed: int) -> None:
    world.tick += 100  # Nobody writes for hours: a run of another host is not responding.


EDITS: tuple[Edit, ...] = (
    new, new, append, append, tear, tag, files, remove, remove_file, rename, touch, say, decide, update, wait,
    register, register, unregister,
)  # fmt: skip
edits = st.lists(st.tuples(st.sampled_from(EDITS), st.sampled_from(RUNS), st.integers(0, 9)), min_size=1, max_size=4)
# What a build of a part keeps of the whole depends on what was there; pruned, it is what a build of that part gives.
options = st.builds(
    Options, only=st.sampled_from([(), (), (), ("demo*",)]), limit=st.sampled_from([None, None, 1]), prune=st.just(True)
)


@settings(max_examples=examples(0.2))
@given(st.lists(st.tuples(edits, options), min_size=1, max_size=4))
def test_what_is_built_over_a_site_is_what_is_built_anew(
    rounds: list[tuple[list[tuple[Edit, str, int]], Options]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        world = World(Path(place))
        world.write("demo0/first/metrics.csv", HEADER + "loss,0,,0.5,\n")
        world.build()
        for done, chosen in rounds:
            for edit, run, seed in done:
                edit(world, run, seed)
            if chosen.only and not any(path.name.startswith("demo") for path in world.runs.iterdir()):
                chosen = Options(prune=True)
            world.check(chosen)


names = st.integers(0, 30).map("r{:02}".format)
COMMON: tuple[Edit, ...] = (new, new, new, append, tag, remove, remove, rename, decide, say)


@settings(max_examples=examples(0.1))
@given(
    st.lists(st.lists(st.tuples(st.sampled_from(COMMON), names, st.integers(0, 9)), max_size=6), max_size=3),
    st.sampled_from([shards.SIZE, 4]),
)
def test_a_site_of_several_blocks_is_what_is_built_anew(rounds: list[list[tuple[Edit, str, int]]], shard: int) -> None:
    """Also where the older ones are in shards."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        for name, value in (("LEAST", 2), ("MEAN", 2), ("MOST", 5)):
            patch.setattr(run_blocks, name, value)
        patch.setattr(shards, "SIZE", shard)
        world = World(Path(place))
        for at in range(12):
            new(world, f"r{at:02}", at)
        world.build()
        assert len(Notes(world.site).state().experiments["demo0"].blocks) > 1
        for done in rounds:
            for edit, run, seed in done:
                edit(world, run, seed)
            world.check(Options(prune=True))


# --- what is rendered --------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    for run in ("a", "b", "c"):
        made.write(f"demo/{run}/metrics.csv", HEADER + "loss,0,,0.5,\n")
    made.write("other/d/metrics.csv", HEADER + "loss,0,,0.5,\n")
    made.build()
    return made


def why(world: World) -> dict[str, str]:
    return {Path(run).name: reason for run, reason in world.build().rendered.items()}


def test_only_what_changed_is_rendered_and_it_is_said_why(world: World) -> None:
    assert why(world) == {}
    world.write("demo/b/metrics.csv", "loss,1,,0.25,\n", append=True)
    world.write("demo/e/metrics.csv", HEADER + "loss,0,,0.5,\n")
    assert why(world) == {"b": FILES, "e": NEW}
    world.version = "2"
    assert set(why(world).values()) == {ALL}
    assert why(world) == {}


def test_settings_of_an_experiment_render_its_runs_alone(world: World) -> None:
    world.write("runpages.yml", "experiments:\n  other:\n    metric: loss\n    goal: max\n")
    assert why(world) == {"d": ALL}
    world.write("runpages.yml", "experiments:\n  other:\n    description: New\n    metric: loss\n    goal: max\n")
    assert why(world) == {}
    assert "New" in (world.site / "index.html").read_text()


def test_a_run_that_settings_hide_by_its_own_name_goes_and_comes_back(world: World) -> None:
    world.write("demo/a/run.json", json.dumps({"format": 1, "name": "Quiet"}))
    world.check()
    for text, there in (("hide:\n  runs: [Quiet]\n", False), ("", True)):
        world.write("runpages.yml", text)
        world.check()
        assert (world.site / "e/demo/a.html").exists() is there


def test_a_run_that_falls_silent_is_rendered_again(world: World) -> None:
    document = {"format": 1, "status": "Running", "owner": {"host": "elsewhere", "pid": 5}}
    world.write("demo/a/run.json", json.dumps(document))
    assert why(world) == {"a": FILES}
    assert why(world) == {}
    world.tick += 100
    assert why(world) == {"a": LIVENESS}
    assert "Not responding" in (world.site / "e/demo/a.html").read_text()
    assert why(world) == {}


def test_what_was_written_a_moment_ago_is_looked_at_again(world: World) -> None:
    world.write("demo/a/metrics.csv", HEADER + "loss,0,,0.7,\n")
    os.utime(world.runs / "demo/a/metrics.csv", (world.now + 100, world.now + 100))
    assert why(world) == {"a": FILES}
    # As long as before, and in the same moment of a coarse clock.
    (world.runs / "demo/a/metrics.csv").write_text(HEADER + "loss,0,,0.9,\n")
    os.utime(world.runs / "demo/a/metrics.csv", (world.now, world.now))
    assert why(world) == {"a": FILES}
    assert "0.9" in (world.site / "e/demo/a.html").read_text()


def test_nothing_new_writes_nothing_and_loads_nothing_to_render_with(world: World) -> None:
    world.build()
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in world.site.rglob("*")}
    script = (
        "import sys\nfrom pathlib import Path\nfrom runpages_site.build import build\n"
        "report = build(Path(sys.argv[1]), Path(sys.argv[2]), now=float(sys.argv[3]), version='1')\n"
        "assert not report.rendered and not report.changed\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} | sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, world.runs, world.site, str(world.now + 5)],
        env=unmeasured(), capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"jinja2", "plotly", "markdown_it", "numpy", "PIL", "nh3", "rich", "concurrent"}.intersection(told)
    assert not {"runpages_site.gate", "runpages_site.settings.types", "runpages_site.model"}.intersection(told)
    assert not {"runpages_site.read.run_folder", "runpages.format.read", "html.parser"}.intersection(told)
    assert before == {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in world.site.rglob("*")}


@pytest.mark.parametrize("damage", ["", "{}", '{"format": 1}', "[]", '{"format": 9}', "\udcff"])
def test_damaged_notes_are_no_notes(world: World, damage: str) -> None:
    before = published(world.site)
    (world.site / NOTES / "state.json").write_text(damage, errors="surrogateescape")
    assert len(why(world)) == 4
    assert published(world.site) == before
    assert why(world) == {}


@pytest.fixture
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name, value in (
        *((points, "LONG", 1), (downsample, "FEW", 20), (run_files, "FEW", 20)),
        *((pyramid, "CHUNK", 128), (pyramid, "FIRST", 16)),
    ):
        monkeypatch.setattr(place, name, value)


@pytest.mark.usefixtures("short_is_long")
def test_a_long_metric_grows_to_what_it_is_as_a_whole(world: World) -> None:
    def grow(steps: range, end: str = "") -> None:
        rows = "".join(f"loss,{step},{NOW + step},{step % 7}.5,\nacc/a b,{step},,1,\n" for step in steps)
        world.write("demo0/a/metrics.csv", rows + end, append=True)
        world.check()

    def chunks() -> dict[str, float]:
        found = (world.site / "e/demo0/a/points").rglob("*.js")
        return {place.relative_to(world.site / "e/demo0/a").as_posix(): place.stat().st_mtime_ns for place in found}

    world.write("demo0/a/metrics.csv", HEADER)
    grow(range(10))
    assert not chunks()
    grow(range(10, 300), "loss,300,,7.5")
    before = chunks()
    assert {"points/loss/0-0.js", "points/loss/0-2.js", "points/acc~2fa~20b/1-0.js"} <= set(before)
    grow(range(301, 900))
    assert chunks()["points/loss/0-1.js"] == before["points/loss/0-1.js"]

    (world.site / "e/demo0/a/points/loss/0-1.js").unlink()
    grow(range(900, 910))
    assert set(before) <= set(chunks())

    grow(range(5, 7))  # A resumed run may go over steps again: there is no order, and all is drawn thinned.
    assert not chunks()
    world.write("demo0/a/metrics.csv", HEADER)
    grow(range(400))
    assert "points/loss/0-3.js" in chunks()
    world.write("demo0/a/metrics.host-1-00ff.csv", HEADER + "loss,500,,1,\n")
    world.check()
    assert not chunks()


@pytest.mark.usefixtures("short_is_long")
def test_a_hidden_run_leaves_nothing_of_its_long_metrics(world: World) -> None:
    world.write("runpages.yml", "hide:\n  runs: [a]\n")
    world.write("demo0/a/run.json", json.dumps({"format": 1, "status": "Completed", "name": "a"}))
    world.write("demo0/a/metrics.csv", HEADER + "".join(f"loss,{step},,1,\n" for step in range(400)))
    world.check()
    assert not list((world.site / "e/demo0").glob("a/**/*.js"))


def test_runs_without_a_page_are_not_named_in_the_notes(world: World) -> None:
    world.write("runpages.yml", "hide:\n  runs: [secret plan]\n")
    world.write("demo0/project-x/run.json", json.dumps({"format": 1, "status": "Completed", "name": "secret plan"}))
    world.write("demo0/project-y/run.json", json.dumps({"format": 1, "status": "Completed", "tags": {"private": None}}))
    world.write("demo1/project-z/run.json", json.dumps({"format": 1, "status": "Running", "tags": {"private": None}}))
    world.check()
    written = b"".join(path.read_bytes() for path in world.site.rglob("*") if path.is_file())
    assert b"project-" not in written and b"secret plan" not in written
    for options in (Options(), Options(only=("demo0",))):
        assert not build(world.runs, world.site, now=world.now, version=world.version, options=options).rendered
    world.write("demo0/project-y/run.json", json.dumps({"format": 1, "status": "Completed"}))
    world.check()
    assert (world.site / "e/demo0/project-y.html").exists()


def test_a_run_with_a_long_name_that_becomes_public_is_named_in_the_manifest(world: World) -> None:
    name = "y" * 130
    world.write("demo0/a/metrics.csv", HEADER + "loss,0,,1,\n")
    world.write(f"demo0/{name}/run.json", json.dumps({"format": 1, "status": "Completed", "tags": {"private": None}}))
    world.check()
    world.write(f"demo0/{name}/run.json", json.dumps({"format": 1, "status": "Completed"}))
    world.check()
    assert name in (world.site / MANIFEST).read_text()
    world.write(f"demo0/{name}/run.json", json.dumps({"format": 1, "status": "Completed", "tags": {"private": None}}))
    world.check()
    assert name not in (world.site / MANIFEST).read_text()


def test_a_manifest_that_somebody_changed_is_looked_through(world: World) -> None:
    for run in RUNS:
        new(world, run, 0)
    world.check()
    place = world.site / MANIFEST
    known = json.loads(place.read_text())
    place.write_text(json.dumps({**known, "files": known["files"][::-1]}, indent=2) + "\n")
    append(world, "a", 7)
    world.check()


def test_many_runs_are_rendered_in_processes_to_the_same_bytes(world: World) -> None:
    for run in range(130):
        world.write(f"many/{run:03}/metrics.csv", HEADER + f"loss,0,,{run}.5,\nloss,1,,0.25,\n")
    world.check()
    other = world.root / "other-site"
    told: list[tuple[int, int]] = []
    build(
        world.runs, other, now=world.now, version=world.version, options=Options(jobs=2),
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert published(other) == published(world.site)
    assert told[-1] == (134, 134)


def test_strange_values_survive_the_notes(world: World) -> None:
    params = (
        '{"format": 1, "name": "\\ud800", "params": {"nan": {"float": "nan"}, "big": 123456789012345678901234567890}}'
    )
    world.write("demo/a/run.json", params)
    world.check()
    world.write("demo/b/metrics.csv", "loss,1,,0.25,\n", append=True)
    world.check()


def test_a_run_of_this_machine_whose_process_ends_is_noticed_though_no_file_of_it_changes(world: World) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:  # Ends with its input.
        owner = status.owner(process.pid)
        world.write("demo0/a/run.json", json.dumps({"status": "Running", "created": NOW, "owner": owner}))
        world.write("demo0/a/metrics.csv", HEADER + f"loss,0,{NOW + 60},0.5,\n")
        world.check()
        page = world.site / "e" / "demo0" / "a.html"
        assert "NotResponding" not in page.read_text()
    world.check()
    assert "NotResponding" in page.read_text()


def test_a_copied_run_is_not_taken_for_one_that_goes_on(world: World) -> None:
    document = {"status": "Running", "created": NOW, "owner": {"host": "elsewhere", "pid": 5}}
    world.write("runpages.yml", "redact: [host]\n")
    world.write("demo0/a/run.json", json.dumps(document))
    world.write("demo0/a/metrics.csv", HEADER + f"loss,0,{NOW + 60},0.5,\n")
    world.build()
    page = world.site / "e" / "demo0" / "a.html"
    assert "NotResponding" not in page.read_text()
    notes = [path for path in (world.site / NOTES).rglob("*") if path.is_file()]
    assert [path for path in notes if b"elsewhere" in path.read_bytes()] == []
    world.tick += 100
    world.write("demo0/a/metrics.csv", "", append=True)  # Its file is new, what it says is not.
    world.check()
    assert "NotResponding" in page.read_text()
