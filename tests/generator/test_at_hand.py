"""Of a run in storage, what the site on this machine has of it is not fetched again."""

from __future__ import annotations

import os
import random
from hashlib import md5
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site.command import runpages as main
from runpages_site.stamp import Listed
from runpages_site.storage import at_hand
from runpages_site.storage.at_hand import AtHand, is_content
from tests.examples import examples
from tests.generator.between import Between, between
from tests.generator.stored import Bucket, add_run, bucket, files, server

__all__ = ["bucket", "server"]


def points(first: int, last: int) -> str:
    values = random.Random(first)
    return "".join(f"loss,{at},{values.random()}\n" for at in range(first, last))


def run(*arguments: object) -> None:
    done = CliRunner().invoke(main, [str(one) for one in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def built(source: object, site: Path, line: Between) -> int:
    """Build, and count the bytes that the server said."""
    before = line.answered
    run("build", source, "-o", site, "-j", 1, "-q")
    return line.answered - before


def is_clean(workspace: Path, site: Path, fresh: Path) -> bool:
    run("build", workspace, "-o", fresh, "-j", 1, "-q")
    return files(site) == files(fresh)


def test_of_a_file_that_grew_only_the_rest_is_fetched(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, site = tmp_path / bucket.name / "runs", tmp_path / "site"
    folder = add_run(workspace, "a")
    (folder / "artifacts" / "table.csv").write_text(points(0, 40_000))
    metrics = folder / "metrics.csv"
    metrics.write_text("name,step,value\n" + points(0, 80_000))
    bucket.put(workspace, "runs")
    with between(bucket.server.environment["AWS_ENDPOINT_URL"]) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{line.port}")
        size = metrics.stat().st_size
        assert built(bucket / "runs", site, line) > size
        metrics.write_text(metrics.read_text() + points(80_000, 81_000))
        bucket.put(workspace, "runs")
        assert built(bucket / "runs", site, line) < size // 10
        assert is_clean(workspace, site, tmp_path / "grown")
        before, line_in_it, after = metrics.read_text().rpartition("loss,1000,")
        metrics.write_text(f"{before}loss,1000,9{after}{points(81_000, 82_000)}")
        bucket.put(workspace, "runs")
        assert built(bucket / "runs", site, line) > size and line_in_it
        assert is_clean(workspace, site, tmp_path / "edited")


def test_pieces_that_the_site_has_are_not_fetched_again(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, site = tmp_path / bucket.name / "runs", tmp_path / "site"
    folder = add_run(workspace, "a")
    (folder / "run.json").write_text('{"format": 1, "status": "Running"}')
    metrics = folder / "metrics.csv"
    with between(bucket.server.environment["AWS_ENDPOINT_URL"]) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{line.port}")
        for at in range(3):
            with open(metrics, "a") as file:
                file.write(points(at * 10_000, (at + 1) * 10_000))
            run("sync", workspace, bucket / "runs", "-q")
            said = built(bucket / "runs", site, line)
            assert said < metrics.stat().st_size // (at + 1) + 60_000
        assert len(list((bucket.folder / "runs" / "demo" / "a").glob("metrics.piece*"))) == 2
        published = site / "e" / "demo" / "a" / "metrics.csv"
        assert published.read_bytes() == metrics.read_bytes()


@settings(max_examples=examples(0.2))
@given(data=st.binary(max_size=40), part=st.sampled_from([3, 7, 16]), other=st.binary(max_size=40))
def test_a_tag_names_one_content(data: bytes, part: int, other: bytes) -> None:
    digests = [md5(data[at : at + part]).digest() for at in range(0, len(data), part)]
    tags = [md5(data).hexdigest(), f"{md5(b''.join(digests)).hexdigest()}-{len(digests)}"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(at_hand, "_PARTS", (3, 7, 16))
        for tag in tags[: 1 + bool(data)]:
            assert is_content(tag, BytesIO(data))
            assert is_content(tag, BytesIO(other)) == (data == other)
    assert not is_content("0x8DC", BytesIO(data)) and not is_content("", BytesIO(data))


@settings(max_examples=examples(0.2))
@given(
    copy=st.binary(max_size=60), new=st.binary(max_size=60), told=st.binary(max_size=60), changes=st.booleans(),
)  # fmt: skip
def test_what_is_made_is_the_file_or_has_to_be_fetched(
    tmp_path_factory: pytest.TempPathFactory, copy: bytes, new: bytes, told: bytes, changes: bool
) -> None:
    folder = tmp_path_factory.mktemp("site")
    whole = new if changes else copy + new
    (folder / "metrics.csv").write_bytes(copy)
    file = Listed("metrics.csv", len(whole), 0, md5(whole).hexdigest())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(at_hand, "LONG", 1)
        if AtHand(str(folder)).make(file, str(folder / "made"), lambda start: whole[start:]):
            assert (folder / "made").read_bytes() == whole
        else:
            assert changes or len(new) > len(copy)
        if AtHand(str(folder)).make(file, str(folder / "made"), lambda start: told):
            assert (folder / "made").read_bytes() == whole
    os.unlink(folder / "metrics.csv")
    assert not AtHand(str(folder)).make(file, str(folder / "made"), lambda start: whole[start:])
