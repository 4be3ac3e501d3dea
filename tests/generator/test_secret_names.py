"""A secret in a name is in no path and no byte of a site, not even in the notes for the next build."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from runpages_site import gate
from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.errors import SecretsFound
from tests.browser.extremes import picture
from tests.generator.conftest import NOW, MakeRun
from tests.generator.made_up_secrets import made

RULE = "•••• (GitHub token)"
METRICS = "name,step,time,value,text\nloss,0,1.0,0.5,\nloss,1,2.0,0.25,\n"


class Keys(dict[str, str]):
    """A made-up token for each place that it was asked for."""

    def __missing__(self, place: str) -> str:
        self[place] = made(place)["GitHub token"].secret
        return self[place]


def packed(files: Mapping[str, str], comment: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
        out.comment = comment.encode()
    return data.getvalue()


def write_names(make_run: MakeRun, key: Keys) -> None:
    """Runs with a secret in each name that a person may choose."""
    make_run("ok", status="Completed", id="ok")
    make_run("a", key["folder of an experiment"])
    make_run(key["folder of a run"])
    make_run(
        "b",
        id=key["id"],
        **{name: key[name] for name in ("name", "experiment", "parent", "type", "status")},
        outputs_shared_with=[key["another run"]],
        owner={"host": key["host"], "pid": 1},
        params={key["parameter"]: 1, "n": {key["parameter in another"]: 2}},
        tags={key["tag"]: "1"},
        properties={key["property"]: "1"},
        environment={"git": {"commit": "0" * 40, "branch": key["branch"]}, key["part of the environment"]: 1},
    )
    listed = {"name": key["image"], "step": 0, "time": 1, "file": "images/x.png", "caption": key["caption"]}
    text = {"name": key["medium"], "step": 0, "time": 1, "file": "media/x.txt"}
    series = {key["metric"]: {"description": key["metric's description"], "unit": key["unit"]}}
    matrix = {"class_labels": [key["class"], "b"], "matrix": [[1, 2], [3, 4]]}
    make_run(
        "c",
        metrics=f"{METRICS}{key['metric']},0,1.0,0.5,\n{key['group']}/loss,0,1.0,0.5,\n",
        files={
            f"metrics.{key['writer']}-12-0a1b.csv": METRICS,
            "images.jsonl": json.dumps(listed) + "\n",
            "images/x.png": picture(),
            f"images/{key['image file']}.png": picture(),
            f"images/{key['folder of images']}/1.png": picture(),
            "media.jsonl": json.dumps(text) + "\n",
            "media/x.txt": "logged",
            f"charts/{key['chart']}.jsonl": json.dumps({"type": "confusion_matrix", "step": 0, "data": matrix}) + "\n",
            f"tables/{key['table']}.jsonl": json.dumps({key["column"]: 1}) + "\n",
            "tables/x.jsonl": json.dumps({"a": 1}) + "\n",
            "series.json": json.dumps(
                {"format": 1, "series": series, "files": {"tables/x.jsonl": key["table's name"]}}
            ),
            f"artifacts/{key['folder of outputs']}/a.txt": "x",
            f"artifacts/{key['output']}": "x",
            f"logs/{key['log']}.log": "x",
            f"logs/{key['folder of logs']}/x.log": "x",
            "snapshot.zip": packed({f"{key['file of a snapshot']}.py": "x", "train.py": "x"}, key["comment of a zip"]),
            f"{key['stray file']}.diff": "diff --git a/a b/a\n",
            "README.md": f"# {key['run README']}",
        },
    )
    git = {"diff": f"{key['patch']}.diff", "commit": "0" * 40}
    make_run("d", environment={"git": git}, files={f"{key['patch']}.diff": "diff --git a/a b/a\n"})
    make_run("e", "named")
    make_run("f", "named")


def write_settings(workspace: Path, key: Keys) -> None:
    """The texts of a workspace and its experiments, each with a secret."""
    about = {"name": key["name of an experiment"], "description": key["description"], "tags": {key["its tag"]: "1"}}
    (workspace / "named" / "experiment.json").write_text(json.dumps({"format": 1, **about}))
    (workspace / "named" / "README.md").write_text(key["README of an experiment"])
    (workspace / "README.md").write_text(key["README"])
    view = {name: [key[f"{name} of a view"]] for name in ("columns", "charts", "group")}
    compared = {name: key[f"{name} of a comparison"] for name in ("title", "text")}
    runs = {"runs": ["demo/ok", "demo/d"]}
    settings = {
        "title": key["title"],
        "description": key["description of the site"],
        "base_url": f"https://{key['base URL']}@example.org/lab",
        "hide": {"params": [key["hidden parameter"]], "metrics": [key["hidden metric"]]},
        "experiments": {
            "demo": {
                "description": key["description in the settings"],
                "columns": [key["column in the settings"]],
                "goals": {key["goal"]: "min"},
                "pair_by": key["pair_by"],
                "views": [{"name": key["view"], "query": f"params.x = {key['query']}", **view}],
            },
            key["experiment in the settings"]: {"description": "x"},
        },
        "comparisons": [
            {"name": "shown", "metrics": [key["metric of a comparison"]], **compared, **runs},
            {"name": key["comparison"], **runs},
        ],
        "known": [{"reason": key["reason"]}],
    }
    (workspace / "runpages.yml").write_text(json.dumps(settings))


def test_names_hold_no_secret(workspace: Path, tmp_path: Path, make_run: MakeRun) -> None:
    key = Keys()
    write_names(make_run, key)
    write_settings(workspace, key)
    report = build(workspace, tmp_path / "site", now=NOW, version="1")
    assert report.faults == {}
    found = set()
    for path in (tmp_path / "site").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                data += archive.comment + b"".join(name.encode() + archive.read(name) for name in archive.namelist())
        place = path.relative_to(tmp_path).as_posix()
        found |= {(where, place) for where, one in key.items() if one in place or one.encode() in data}
    assert found == set()
    assert report.runs == 6
    said = repr((report.problems, report.hints, report.rendered))
    assert [where for where, one in key.items() if one in said] == []
    held = {folder.removeprefix(f"{workspace}/") for folder, ones in report.problems.items() if ones[0].file == FOLDER}
    assert held == {RULE, f"demo/{RULE}"}
    settings = {one.file for one in report.problems[str(workspace / "runpages.yml")]}
    assert {"runpages.yml: title", "runpages.yml: description", "runpages.yml: comparisons"} <= settings
    assert (tmp_path / "site" / "compare" / "shown.html").exists()


FOLDER = "the name of the folder"


def test_a_folder_that_is_held_back_is_reported_by_each_build_and_may_be_allowed(
    workspace: Path, tmp_path: Path, make_run: MakeRun
) -> None:
    token = made("x")["GitHub token"].secret
    make_run("a")
    make_run(token)
    site = tmp_path / "site"
    for _ in range(2):
        report = build(workspace, site, now=NOW, version="1")
        assert report.runs == 1
        assert [one.file for one in report.problems[f"{workspace}/demo/{RULE}"]] == [FOLDER]
    assert report.changed == 0
    listed = CliRunner().invoke(runpages, ["build", str(workspace), "-o", str(tmp_path / "new"), "-n"]).output
    known = gate.digest(token.encode())
    assert f"Secret: {workspace}/demo/{RULE}: {FOLDER}: GitHub token (hash {known})" in listed
    assert token not in listed
    (workspace / "runpages.yml").write_text("secrets: fail")
    with pytest.raises(SecretsFound, match=FOLDER):
        build(workspace, site, now=NOW, version="1")
    (workspace / "runpages.yml").write_text(json.dumps({"allow_secrets": [{"hash": known, "comment": "made up"}]}))
    assert build(workspace, site, now=NOW, version="1").runs == 2
    (workspace / "runpages.yml").unlink()
    assert build(workspace, site, now=NOW, version="1").runs == 1
    assert not [path for path in site.rglob("*") if token in path.name]
    (workspace / "runpages.yml").write_text("secrets: warn")
    report = build(workspace, site, now=NOW, version="1")
    assert report.runs == 2


def test_names_are_not_redacted(workspace: Path, tmp_path: Path, make_run: MakeRun) -> None:
    make_run("a", id="a", owner={"user": "demo", "host": "demo"}, experiment="demo", parent="demo")
    (workspace / "runpages.yml").write_text("redact: [user, host]")
    build(workspace, tmp_path / "site", now=NOW, version="1")
    document = json.loads((tmp_path / "site/e/demo/a/run.json").read_text("utf-8"))
    assert (document["experiment"], document["parent"]) == ("demo", "demo")
