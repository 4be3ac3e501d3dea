"""Runs are described for other programs; tests/libraries asks the validator whether that is an RO-Crate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from runpages_site.command import runpages
from runpages_site.write.ro_crate import CRATE, About, Described, about, crate

from .conftest import MakeRun


def call(*arguments: object) -> Result:
    done = CliRunner().invoke(runpages, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done


def entities(document: bytes | str) -> dict[str, Any]:
    return {one["@id"]: one for one in json.loads(document)["@graph"]}


def test_a_pack_is_described_and_unpacked(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    make_run(
        "a", status="Failed", error={"message": "no data"}, params={"opt": {"lr": 0.1}, "odd name/#": [1]},
        created="2026-01-02T03:04:05Z", ended="2026-01-02T04:04:05Z", files={"artifacts/ä b.txt": "x"},
        environment={"command": ["python", "train.py"], "user": "worker"},
    )  # fmt: skip
    call("pack", "a", "--root", workspace, "-o", tmp_path / "x.zip", "--ro-crate")
    with ZipFile(tmp_path / "x.zip") as zipped:
        found, names = entities(zipped.read(CRATE)), set(zipped.namelist())
    parts = {unquote(one["@id"]) for one in found["./"]["hasPart"]}
    assert parts == {name for name in names if name.startswith("demo/a/")}
    action = found["#demo/a"]
    assert (action["@type"], action["actionStatus"], action["error"]) == (
        "CreateAction", "http://schema.org/FailedActionStatus", "no data",
    )  # fmt: skip
    assert (action["startTime"], action["endTime"]) == (
        "2026-01-02T03:04:05.000+00:00",
        "2026-01-02T04:04:05.000+00:00",
    )
    params = {found[one["@id"]]["name"]: found[one["@id"]]["value"] for one in action["object"]}
    assert params == {"opt.lr": 0.1, "odd name/#": "[1]"}
    assert found[action["instrument"]["@id"]]["name"] == "train.py"
    assert found[action["agent"]["@id"]]["name"] == "worker"
    assert found["./"]["license"] == {"@id": "#no-license"}
    assert "Unpacked 1 run" in call("unpack", tmp_path / "x.zip", tmp_path / "there").output
    assert not list((tmp_path / "there").rglob(CRATE))


def test_a_site_is_described_as_long_as_that_is_asked_for(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    make_run("a", status="Completed")
    (workspace / "CITATION.cff").write_text("title: Lab\nlicense: MIT\nauthors: [{name: The Lab}, 3, {}]\n")
    site = tmp_path / "site"
    call("publish", site, workspace)
    assert not (site / CRATE).exists()
    call("publish", site, workspace, "--ro-crate")
    found = entities((site / CRATE).read_bytes())
    assert (found["./"]["name"], found["./"]["license"]) == ("Lab", {"@id": "https://spdx.org/licenses/MIT"})
    assert found[found["./"]["publisher"]["@id"]]["name"] == "The Lab"
    for one in found["./"]["hasPart"]:
        assert (site / unquote(one["@id"])).is_file()
    call("check", site)
    assert "nothing new" in call("publish", site, workspace, "--ro-crate").output
    (workspace / "CITATION.cff").write_text("license: Apache-2.0\n")
    call("publish", site, workspace, "--ro-crate")
    assert "Apache-2.0" in (site / CRATE).read_text()
    call("publish", site, workspace)
    assert not (site / CRATE).exists()


def test_what_is_not_public_is_not_described(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    make_run("a", params={"password": token, "own": 1}, description=f"see {token}", status="Completed")
    (workspace / "runpages.yml").write_text("hide: {params: [own]}\n")
    (workspace / "CITATION.cff").write_text(f"title: {token}\n")
    call("pack", "a", "--root", workspace, "-o", tmp_path / "x.zip", "--ro-crate")
    call("publish", tmp_path / "site", workspace, "--ro-crate")
    with ZipFile(tmp_path / "x.zip") as zipped:
        texts = [zipped.read(CRATE).decode(), (tmp_path / "site" / CRATE).read_text()]
    for text in texts:
        assert token not in text
        assert '"own"' not in text


@pytest.mark.parametrize("content", [b"", b"[", b"\x00", b"- 1", b"authors: 3\nlicense: {a: 1}\ntitle: [x]", b"\xff"])
def test_a_citation_that_cannot_be_read_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "CITATION.cff").write_bytes(content)
    assert about(tmp_path, "lab", None) == About("lab", "Runs of lab.")


def test_odd_documents_are_described() -> None:
    odd = {"params": [], "environment": 3, "ended": "soon", "created": 4, "status": "Running", "properties": "x"}
    found = entities(crate(About("lab", "x"), [Described("e/d/r/", odd, {"run.json": ("run.json", 2)})], 0.0))
    assert found["#e/d/r"]["result"] == {"@id": "e/d/r/run.json"}
    assert found["./"]["datePublished"] == "1970-01-01"
    assert not {"actionStatus", "startTime", "endTime", "agent"} & found["#e/d/r"].keys()
