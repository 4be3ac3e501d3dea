"""Secrets do not leave a workspace: made-up ones of every kind, in every place, are looked for in all of a built site."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site import gate
from runpages_site.build import Options, Report, build
from runpages_site.examine import SecretsFound
from runpages_site.gate import rules
from runpages_site.settings import AllowedSecret, Settings
from tests.conftest import examples
from tests.generator.conftest import NOW, MakeRun
from tests.generator.made_up_secrets import ORDINARY, Made, made

KINDS = sorted(made(""))
METRICS = "name,step,time,value,text\nloss,0,1.0,0.5,\n"


def notebook(text: str) -> str:
    outputs = [{"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}]
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": ["print(1)"]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def packed(files: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return data.getvalue()


def slug(kind: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in kind).strip("-").lower()


def in_params(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"params": {"nested": {slug(kind): text for kind, text in texts.items()}}}


def in_argv(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"environment": {"command": ["python", "train.py", *texts.values()]}}


def in_tags(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"tags": {slug(kind): text for kind, text in texts.items()}}


def in_description(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"description": "\n\n".join(texts.values())}


def in_remote(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"environment": {"git": {"remote": "\n".join(texts.values()), "commit": "0" * 40}}}


def in_log(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"files": {"logs/console.log": "start\n" + "\n".join(texts.values()) + "\nend\n"}}


def in_patch(texts: Mapping[str, str]) -> dict[str, Any]:
    lines = "\n".join(f"+{line}" for text in texts.values() for line in text.splitlines())
    patch = f"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -0,0 +1,9 @@\n{lines}\n"
    return {"environment": {"git": {"diff": "git.diff", "commit": "0" * 40}}, "files": {"git.diff": patch}}


def in_table(texts: Mapping[str, str]) -> dict[str, Any]:
    rows = "".join(json.dumps({"kind": kind, "text": text}) + "\n" for kind, text in texts.items())
    return {"files": {"tables/samples.jsonl": rows}}


def in_sample(texts: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"name": "sample", "step": at, "file": f"media/{at}.txt"} for at, _ in enumerate(texts)]
    files = {f"media/{at}.txt": text for at, text in enumerate(texts.values())}
    return {"files": {"media.jsonl": "".join(json.dumps(one) + "\n" for one in listed), **files}}


def in_metric(texts: Mapping[str, str]) -> dict[str, Any]:
    quoted = (text.replace('"', '""') for text in texts.values())
    return {"metrics": METRICS + "".join(f'said,{at},1.0,,"{text}"\n' for at, text in enumerate(quoted))}


def in_output(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"files": {f"artifacts/{slug(kind)}.txt": f"first\n{text}\n" for kind, text in texts.items()}}


def in_configuration(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"files": {f"artifacts/{slug(kind)}.yaml": f"lr: 0.1\nx: |\n  {text}\n" for kind, text in texts.items()}}


def in_notebook(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"files": {f"artifacts/{slug(kind)}.ipynb": notebook(text) for kind, text in texts.items()}}


def in_snapshot(texts: Mapping[str, str]) -> dict[str, Any]:
    files = {f"{slug(kind)}.py": f"import os\n{text}\n" for kind, text in texts.items()}
    return {"files": {"snapshot.zip": packed({"train.py": "print(1)\n", **files})}}


MASKED = [in_params, in_argv, in_tags, in_description, in_remote, in_log, in_patch, in_table, in_sample, in_metric]
HELD_BACK = [in_output, in_configuration, in_notebook, in_snapshot]


class Site(NamedTuple):
    """A built site, and what it was built from."""

    folder: Path
    report: Report
    workspace: Path
    secrets: Mapping[str, Mapping[str, Made]]
    """By place and kind."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One run for each place, each with its own secret of every kind."""
    top = tmp_path_factory.mktemp("gate")
    workspace = top / "runs"
    secrets = {place.__name__: made(place.__name__) for place in (*MASKED, *HELD_BACK)}
    for place in (*MASKED, *HELD_BACK):
        content = place({kind: one.text for kind, one in secrets[place.__name__].items()})
        run = workspace / "demo" / place.__name__
        files = {"metrics.csv": content.pop("metrics", METRICS), **content.pop("files", {})}
        head = {"format": 1, "id": place.__name__, "status": "Completed", **content}
        for path, data in {"run.json": json.dumps(head), **files}.items():
            (run / path).parent.mkdir(parents=True, exist_ok=True)
            (run / path).write_bytes(data if isinstance(data, bytes) else data.encode())
    report = build(workspace, top / "site", now=NOW, version="1")
    return Site(top / "site", report, workspace, secrets)


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All that a site publishes, also within zips."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "assets" not in path.relative_to(folder).parts:
            data = path.read_bytes()
            yield path.relative_to(folder).as_posix(), data
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((f"{path.name}!{name}", archive.read(name)) for name in archive.namelist())


def spellings(secret: str) -> set[bytes]:
    return {secret.encode(), json.dumps(secret)[1:-1].encode(), secret.replace("/", "\\/").encode()}


def test_no_secret_is_anywhere_in_the_site(site: Site) -> None:
    wanted = {
        spelling: (place, kind)
        for place, ones in site.secrets.items()
        for kind, one in ones.items()
        for spelling in spellings(one.secret)
    }
    found = {
        (*wanted[spelling], path) for path, data in contents(site.folder) for spelling in wanted if spelling in data
    }
    assert found == set()
    assert site.report.faults == {}


@pytest.mark.parametrize("place", [place.__name__ for place in (*MASKED, *HELD_BACK)])
def test_each_is_reported_with_its_run_file_and_rule(site: Site, place: str) -> None:
    problems = site.report.problems[str(site.workspace / "demo" / place)]
    told = [problem for problem in problems if problem.message.startswith("It looks like a secret: ")]
    assert len(told) >= len(KINDS)
    assert not any(problem.damage for problem in told)
    assert all(problem.file for problem in told)
    page = (site.folder / "e" / "demo" / f"{place.replace('_', '_')}.html").read_text("utf-8")
    assert "looks like a secret" in page


def test_the_rest_of_what_was_logged_stays(site: Site) -> None:
    log = (site.folder / "e/demo/in_log/logs/console~_log~.txt").read_text("utf-8")
    assert log.startswith("start\n")
    assert log.endswith("\nend\n")
    assert "using •••• (AWS access key) now" in log
    texts = site.secrets["in_log"].values()
    assert log.count("\n") == 2 + sum(one.text.count("\n") + 1 for one in texts), "lines keep their numbers"


def test_a_file_is_held_back_with_a_note_that_says_how_to_let_it_pass(site: Site) -> None:
    files = site.folder / "e/demo/in_output"
    assert not list(files.rglob("*aws-access-key*"))
    scripts = "".join(path.read_text("utf-8") for path in files.glob("outputs-*.js"))
    assert "Held back: line 2 looks like a secret (AWS access key)" in scripts
    assert "allow_secrets" in scripts
    with zipfile.ZipFile(site.folder / "e/demo/in_snapshot/snapshot.zip") as archive:
        assert archive.read("train.py") == b"print(1)\n"
        assert archive.read("aws-access-key.py").startswith(b"Held back: line 2 looks like a secret")


def test_a_build_again_gives_the_same_bytes(site: Site, tmp_path: Path) -> None:
    build(site.workspace, tmp_path / "site", now=NOW, version="1")
    own = ("build.js", ".runpages")
    first, second = (
        {path: data for path, data in contents(folder) if not path.startswith(own)}
        for folder in (site.folder, tmp_path / "site")
    )
    assert first == second


# --- the rules ----------------------------------------------------------------------------------------------


def without_hits(text: str) -> str:
    for hit in reversed(rules.find(text)):
        text = f"{text[: hit.start]}•{text[hit.end :]}"
    return text


@given(st.integers(), st.sampled_from(KINDS), st.sampled_from(["", "x" * 5_000 + " ", "a b\n" * 2_000, "é\u2028\t"]))
@settings(max_examples=examples(1))
def test_each_kind_is_found_whole_wherever_it_stands(seed: int, kind: str, before: str) -> None:
    one = made(str(seed))[kind]
    for text in (one.text, json.dumps({"text": one.text}), json.dumps([json.dumps({"text": one.text})])):
        left = without_hits(before + text)
        assert not any(spelling.decode() in left for spelling in spellings(one.secret)), text


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_looks_alike_stays(text: str) -> None:
    for spelled in (text, json.dumps({"text": text}), json.dumps([json.dumps([text])])):
        assert rules.find(spelled) == []


def test_the_example_has_no_secret(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "site-example" / "runs"
    report = build(example, tmp_path / "site", now=NOW, version="1", options=Options(dry_run=True))
    assert report.examined is not None
    assert report.examined.found == []
    assert [one for _, one in report.examined.files if one.why] == []


@given(st.text(st.sampled_from("-----BEGIN PRIVATE KEY\n :=/@\"'\\passwordtokenABCeyJ0123."), max_size=400))
@settings(max_examples=examples(0.5))
def test_what_was_masked_holds_nothing_any_more(text: str) -> None:
    policy = gate.policy_of(Settings())
    once = gate.look(text, policy)
    assert gate.look(once.text, policy).text == once.text
    assert once.text.count("\n") == text.count("\n")
