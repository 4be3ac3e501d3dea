"""Pieces: whatever way a file that grows is cut, a run that is read from its pieces is the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import runpages
from runpages.format.files import blocks, opened
from runpages.format.pieces import join, piece_of, piece_path
from runpages.format.records import RunRecord
from runpages_site.command import runpages as verbs
from tests.examples import examples
from tests.format.folder import cut, line, read, told, write

POINTS = "name,step,time,value\n" + "".join(f"loss,{at},{1000 + at}.0,{1 / (at + 1)}\n" for at in range(40))


def content(folder: Path, path: str) -> bytes:
    with opened(str(folder), path) as file:
        return file.read()


def without_folder(run: RunRecord) -> RunRecord:
    return run._replace(folder="", last_write=None)


@given(
    data=st.lists(
        st.sampled_from([b"name,value\n", b"a,1\n", b"\n", b"\r\n", b"x", b"\xff\x18", b'"', b"\xef\xbb\xbf"])
    ),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    name=st.sampled_from(["metrics.csv", "metrics.rank1-a-1-0f3c.csv", "logs/out", "logs/a.b/x.txt", "tables/A.jsonl"]),
    base=st.booleans(),
)
@settings(max_examples=examples(0.2))
def test_pieces_joined_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: list[bytes], cuts: list[int], name: str, base: bool
) -> None:
    folder = tmp_path_factory.mktemp("run")
    whole = b"".join(data)
    write(folder, {name: whole})
    cut(folder / name, *sorted(min(at, len(whole)) for at in cuts), base=base)
    assert content(folder, name) == whole
    shutil.rmtree(folder)


@given(st.text(st.sampled_from("ab.-0~é "), min_size=1, max_size=9), *[st.integers(0, 10**13)] * 2, st.integers(1, 99))
@settings(max_examples=examples(0.2))
def test_the_path_of_a_piece_says_what_it_holds(name: str, start: int, more: int, generation: int) -> None:
    path = piece_path(f"logs/{name}", generation, start, start + more)
    found = piece_of(path)
    assert found is not None
    assert found == (f"logs/{name}", generation, start, start + more)
    assert piece_of(piece_path(path, 1, 0, 1)) is None


@pytest.mark.parametrize("base", [True, False])
def test_a_run_reads_as_if_it_were_whole(tmp_path: Path, base: bool) -> None:
    files = {
        "run.json": line({"id": "a", "status": "Completed", "owner": {"host": "h", "pid": 1}}),
        "metrics.csv": POINTS,
        "metrics.rank1-h-2-0f3c.csv": POINTS.replace("loss", "other"),
        "definitions.jsonl": line({"name": "loss", "goal": "min"}) + line({"name": "other", "unit": "m"}),
        "changes.h-3-0f3c.jsonl": line({"time": "2026-01-01T00:00:00.000Z", "tags": {"a": "1"}}) * 3,
        "tables/rows.jsonl": "".join(line({"at": at}) for at in range(9)),
        "images.jsonl": line({"name": "p", "step": 0, "file": "images/p/0.png"}) * 2,
        "images/p/0.png": "x",
        "charts/c.jsonl": line({"type": "residuals", "step": 1, "data": {}}) * 4,
        "logs/console.txt": "one\ntwo\nthree\n",
        "train.log": "one\ntwo\nthree\nfour\n",
    }
    expected, folder = read(write(tmp_path / "whole", files)), write(tmp_path / "pieces", files)
    for path in ("metrics.csv", "metrics.rank1-h-2-0f3c.csv"):
        cut(folder / path, 100, 101, 500, base=base)
    for path in files:
        if path.endswith(("jsonl", "txt", "log")):
            cut(folder / path, 5, 12, base=base)
    found = read(folder)
    assert without_folder(found) == without_folder(expected)
    assert len(found.series["loss"].values) == 40
    assert found.problems == []
    assert content(folder, "metrics.csv") == POINTS.encode()


def test_the_whole_file_counts_where_it_is_longer(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": POINTS})
    cut(folder / "metrics.csv", 50, 200)
    (folder / "metrics.csv").write_text(POINTS + "loss,40,1040.0,0\n")
    run = read(folder)
    assert (len(run.series["loss"].values), run.problems) == (41, [])


def test_pieces_that_overlap_are_read_once(tmp_path: Path) -> None:
    """An upload that was killed before it was noted is sent again with what was written since."""
    folder = write(tmp_path / "run", {"metrics.csv": POINTS})
    cut(folder / "metrics.csv", 50, 200)
    (folder / piece_path("metrics.csv", 1, 50, 90)).write_text(POINTS[:21] + POINTS[50:90])
    assert content(folder, "metrics.csv") == POINTS.encode()


def test_only_the_latest_generation_counts(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": POINTS})
    cut(folder / "metrics.csv", 50, 200)
    (folder / "metrics.csv").write_text("name,value\nloss,1\n")
    (folder / piece_path("metrics.csv", 2, 0, 0)).write_text("")
    assert read(folder).series["loss"].values == [1]
    (folder / piece_path("metrics.csv", 2, 18, 25)).write_text("name,value\nloss,2\n")
    assert read(folder).series["loss"].values == [1, 2]


def test_a_missing_piece_is_reported(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": POINTS})
    end = POINTS.index("loss,2")
    cut(folder / "metrics.csv", end, 200, 300)
    (folder / piece_path("metrics.csv", 1, end, 200)).unlink()
    run = read(folder)
    assert len(run.series["loss"].values) == 2
    assert told(run) == [
        ("metrics.csv", None, f"The bytes {end} to 200 are missing: no piece holds them", "Rest of the file not read")
    ]


def test_a_piece_that_is_only_half_there_is_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": POINTS})
    cut(folder / "metrics.csv", 69, 200)
    (folder / piece_path("metrics.csv", 1, 200, len(POINTS))).write_text("name,step")
    assert content(folder, "metrics.csv") == POINTS[:200].encode()


def test_what_looks_like_a_piece_elsewhere_is_none(tmp_path: Path) -> None:
    path = piece_path("artifacts/a.csv", 1, 0, 3)
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS, path: "a,b"}))
    assert [file.file for file in run.artifacts] == [path]


def test_a_joined_file_has_the_sum_of_its_sizes() -> None:
    files = [("metrics.csv", 10), (piece_path("metrics.csv", 1, 10, 15), 9), ("run.json", 2)]
    joined = join(files)
    assert joined.files == [("metrics.csv", 15), ("run.json", 2)]
    assert joined.parts["metrics.csv"] == [("metrics.csv", 0, 10), (files[1][0], 4, 5)]


def test_a_file_that_lost_its_end_gives_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12")
    parts = join([(piece_path("metrics.csv", 1, 0, 5), 5)]).parts["metrics.csv"]
    assert b"".join(blocks(str(tmp_path), [parts[0]._replace(path="a")])) == b"12"


def test_a_log_in_pieces_is_listed_and_copied_whole(tmp_path: Path) -> None:
    folder = write(tmp_path / "runs" / "demo" / "a", {"run.json": line({"id": "a"}), "logs/x/out": "one\ntwo\nthree\n"})
    cut(folder / "logs" / "x" / "out", 4, 8)
    run = runpages.Run(runpages.Workspace(root=tmp_path / "runs").experiments["demo"], "a")
    assert run.get_file_names() == ["logs/x/out"]
    run.download_file("logs/x/out", str(tmp_path / "log"))
    assert (tmp_path / "log").read_text() == "one\ntwo\nthree\n"
    done = CliRunner().invoke(verbs, ["logs", "demo/a", "--root", str(tmp_path / "runs")])
    assert (done.exit_code, done.output) == (0, "one\ntwo\nthree\n")
