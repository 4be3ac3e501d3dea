"""The metadata of runs for other programs are what the validator of RO-Crates takes for a Process Run Crate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.libraries.conftest import Logged

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("default")]

TERMS = (
    "CreateAction", "CreativeWork", "Dataset", "Organization", "Person", "PropertyValue", "SoftwareApplication",
    "about", "actionStatus", "affiliation", "agent", "author", "contentSize", "datePublished", "description",
    "encodingFormat", "endTime", "error", "hasPart", "instrument", "license", "mentions", "name", "object", "publisher",
    "result", "softwareVersion", "startTime", "url", "value", "version",
)  # fmt: skip
CONTEXT = {term: f"http://schema.org/{term}" for term in TERMS} | {
    "File": "http://schema.org/MediaObject",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}
"""What the context of RO-Crate 1.1 says of the terms that are used here: the test needs no network."""

CITATION = """
cff-version: 1.2.0
title: Small models
license: CC-BY-4.0
authors:
  - {given-names: A., family-names: Example, affiliation: Example Lab}
  - {name: Example Lab, website: "https://lab.example.org"}
"""
SCRIPT = """
import runpages
with runpages.start("demo", capture=False) as run:
    run.log_params({"optimizer": {"lr": 0.1, "betas": [0.9, float("nan")]}})
    run.log("loss", 0.5)
    run.log_table("t", [{"a": 1}])
try:
    with runpages.start("demo", capture=False):
        raise ValueError("no data")
except ValueError:
    pass
"""


def runpages(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "runpages", *map(str, arguments)], check=True, capture_output=True, text=True)


def issues(folder: Path) -> set[tuple[str, str]]:
    """What the validator says of a crate: severity and message."""
    place, report = folder / "ro-crate-metadata.json", folder.with_name("report.json")
    document = json.loads(place.read_text("utf-8"))
    assert document["@context"] == "https://w3id.org/ro/crate/1.1/context"
    place.write_text(json.dumps({**document, "@context": CONTEXT}), encoding="utf-8")
    program = Path(sys.executable).with_name("rocrate-validator")
    options = ["-p", "process-run-crate-0.5", "-l", "recommended", "--no-paging", "--skip-availability-check", "-nc"]
    done = subprocess.run(
        [program, "validate", folder, *options, "-f", "json", "-o", report], capture_output=True, text=True, check=False
    )
    assert report.is_file(), done.stdout + done.stderr
    return {(one["severity"], one["message"]) for one in json.loads(report.read_text("utf-8"))["issues"]}


# A program that is in no public repository has no address.
NO_ADDRESS = {
    ("RECOMMENDED", "The Application SHOULD have a url"),
    ("RECOMMENDED", "The SoftwareApplication id SHOULD be an absolute URI"),
}


def test_packs_and_sites_are_valid(logged: Logged, tmp_path: Path) -> None:
    runs = logged(SCRIPT)
    workspace = tmp_path / "runs"
    first = Path(runs[0].folder) / "run.json"
    known = json.loads(first.read_text("utf-8"))
    git = {"remote": "https://git.example.org/lab/digits.git", "commit": "0123abc"}
    first.write_text(json.dumps({**known, "environment": {"git": git, "command": ["python", "train.py"]}}), "utf-8")
    (workspace / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    runpages("pack", runs[0].folder, "--root", workspace, "-o", tmp_path / "x.zip", "--ro-crate")
    with ZipFile(tmp_path / "x.zip") as zipped:
        zipped.extractall(tmp_path / "pack")
    assert issues(tmp_path / "pack") == set()
    (workspace / "CITATION.cff").unlink()
    runpages("publish", tmp_path / "site", workspace, "--ro-crate")
    found = issues(tmp_path / "site")
    assert {message for severity, message in found if severity != "RECOMMENDED"} == set()
    assert found >= NO_ADDRESS
