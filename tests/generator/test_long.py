"""Builds over a site where everything is long: metrics are thinned and cut into levels, hashes and points are noted."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from runpages.format.layout import iso_time
from runpages_site.read import downsample, passes, points, pyramid
from runpages_site.write import copies, run_files
from runpages_site.write.site_folder import NOTES

from .conftest import NOW
from .test_incremental import HEADER, World

STEPS = st.tuples(st.integers(0, 60), st.integers(1, 60))


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name, value in (
        *(
            (points, "LONG", 1),
            (downsample, "FEW", 10),
            (run_files, "FEW", 10),
            (passes, "FEW", 10),
            (downsample, "STRETCHES", 4),
        ),
        *((downsample, "HEAD", 2), (pyramid, "CHUNK", 32), (pyramid, "FIRST", 16), (copies, "NOTED", 1)),
    ):
        monkeypatch.setattr(place, name, value)


def lines(world: World, file: str, start: int, count: int) -> None:
    """Points of two metrics; one of the steps has a spike, one no number."""
    rows = "".join(
        f"loss,{step},{NOW + step},{'nan' if step % 11 == 5 else step % 7 + 900 * (step % 13 == 7)},\nacc,{step},,1,\n"
        for step in range(start, start + count)
    )
    path = world.runs / "demo/a" / file
    world.write(f"demo/a/{file}", rows if path.exists() else HEADER + rows, append=True)


def append(world: World, start: int, count: int) -> None:
    path = world.runs / "demo/a/metrics.csv"
    there = path.read_text().count("loss") if path.exists() else 0
    lines(world, "metrics.csv", there if start else 0, count)  # Mostly on; sometimes a run goes over steps again.


def other_writer(world: World, start: int, count: int) -> None:
    lines(world, "metrics.host-1-00ff.csv", start, count)


def resumed(world: World, start: int, count: int) -> None:
    """A pass that logs again what the file of a writer holds, in that file or in one of its own."""
    changes = world.runs / "demo/a/changes.b.jsonl"
    time = NOW + 1000 * (1 + (changes.read_text().count("\n") if changes.exists() else 0))
    line = {"time": iso_time(time), "status": "Running", "owner": {"host": "elsewhere", "pid": 7}}
    world.write("demo/a/changes.b.jsonl", json.dumps(line) + "\n", append=True)
    file = "metrics.csv" if count % 2 else "metrics.b.csv"
    rows = "".join(f"loss,{step},{time + step},{step % 5},\n" for step in range(start, start + count))
    world.write(f"demo/a/{file}", rows if (world.runs / "demo/a" / file).exists() else HEADER + rows, append=True)


def anew(world: World, start: int, count: int) -> None:
    (world.runs / "demo/a/metrics.csv").unlink(missing_ok=True)
    lines(world, "metrics.csv", start, count)


def edit(world: World, start: int, count: int) -> None:
    path = world.runs / "demo/a/metrics.csv"
    if path.exists():
        world.write("demo/a/metrics.csv", path.read_text().replace(f"loss,{start},", f"loss,{start}.5,"))


def keep(world: World, start: int, count: int) -> None:
    world.write(
        "demo/a/artifacts/large.bin", bytes([start]) * 1_100_000
    )  # Too large to be kept and shown: hashed only.


def lose(world: World, start: int, count: int) -> None:
    for path in sorted(world.site.rglob("points/*/*.js"))[: count % 3]:
        path.unlink()
    append(world, 1, 1)  # What is gone from a site is seen where its run is rendered.


EDITS = st.sampled_from([append] * 5 + [resumed, other_writer, anew, edit, keep, keep, lose])


def notes(world: World) -> Iterator[str]:
    return (path.parent.name for path in (world.site / NOTES).rglob("*~*.json"))


# An example is some ten builds.
@settings(max_examples=settings().max_examples // 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(EDITS, STEPS), min_size=1, max_size=3), min_size=2, max_size=4))
def test_what_is_built_over_a_long_site_is_what_is_built_anew(
    rounds: list[list[tuple[object, tuple[int, int]]]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        world = World(Path(place))
        lines(world, "metrics.csv", 0, 50)
        keep(world, 0, 0)
        world.build()
        assert sorted(notes(world)) == ["hashes", "points"]
        assert list(world.site.rglob("points/loss/0-0.js"))
        for done in rounds:
            for change, (start, count) in done:
                change(world, start, count)  # type: ignore[operator]
            world.check()
        event(f"levels at the end: {bool(list(world.site.rglob('points/loss/1-*.js')))}")


def test_metrics_whose_names_differ_in_case_have_folders_that_no_order_changes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write("demo/a/metrics.csv", HEADER + "LOSS,0,,1,\n" + "".join(f"loss,{step},,1,\n" for step in range(20)))
    world.build()
    rows = (f"{name},{step},,2,\n" for name in ("LOSS", "loss") for step in range(20, 40))
    world.write("demo/a/metrics.csv", "".join(rows), append=True)
    world.check()
    assert len({path.parent.name.lower() for path in world.site.rglob("points/*/0-0.js")}) == 2
