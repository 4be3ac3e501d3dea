"""Secrets do not leave a workspace: made-up ones of every kind, in every place, are looked for in a built site."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format.csv_line import text_field
from runpages.format.stream import Stream
from runpages_site import gate
from runpages_site.build import Options, Report, build
from runpages_site.command import runpages
from runpages_site.errors import SecretsFound
from runpages_site.gate import candidates, rules
from runpages_site.read import contents as read_contents
from runpages_site.read import run_folder
from runpages_site.settings import Settings
from tests.examples import examples
from tests.generator.conftest import NOW, MakeRun
from tests.generator.made_up_secrets import ORDINARY, Made, made

KINDS = sorted(made(""))
Built = Callable[[], tuple[Path, Report]]
METRICS = "name,step,time,value,text\nloss,0,1.0,0.5,\n"


def key() -> str:
    return made("one")["AWS access key"].secret


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
    return {
        "metrics": METRICS + "".join(f"said,{at},1.0,,{text_field(one)}\n" for at, one in enumerate(texts.values()))
    }


def in_output(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"files": {f"artifacts/of-{slug(kind)}-1.txt": f"first\n{text}\n" for kind, text in texts.items()}}


def in_configuration(texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "files": {f"artifacts/of-{slug(kind)}-1.yaml": f"lr: 0.1\nx: |\n  {text}\n" for kind, text in texts.items()}
    }


def in_notebook(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"files": {f"artifacts/of-{slug(kind)}-1.ipynb": notebook(text) for kind, text in texts.items()}}


def in_snapshot(texts: Mapping[str, str]) -> dict[str, Any]:
    files = {f"of-{slug(kind)}-1.py": f"import os\n{text}\n" for kind, text in texts.items()}
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
    told = [problem for problem in problems if problem.message.startswith("It looks like a secret (")]
    assert len(told) >= len(KINDS)
    assert not any(problem.damage for problem in told)
    assert all(problem.file for problem in told)
    page = (site.folder / "e" / "demo" / f"{place}.html").read_text("utf-8")
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
        assert archive.read("of-aws-access-key-1.py").startswith(b"Held back: line 2 looks like a secret")


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


@pytest.mark.parametrize("style", ["\x1b[0m\x1b[31m", "\x1b[38;5;200m", "\x1b[K", r"\u001b[31m", r"\x1b[1m"])
def test_a_style_of_the_terminal_hides_no_secret(style: str) -> None:
    token = key()
    text = f"{style}using{style} {token[:9]}{style}{token[9:]}{style} now {style}"
    left = without_hits(text)
    assert left == f"{style}using{style} •{style} now {style}"


_PARTS = st.sampled_from(
    [
        *("key", "token", "Login ", "login ", "auth", '\\"', ": ", " = ", "\t", "\n", "\r", "\\n", "curl ", "wandb"),
        *("Bearer ", "-us", "--", "://", "@", "ghp_", "AKIA", "x", "Z", "7", "1b[", "\\u001b[0m", "PRIVATE ", "KEY", ),
        *("│", "words and " * 9, "aB" * 230),
    ]
)  # fmt: skip


@settings(max_examples=examples(2))
@given(st.lists(_PARTS, max_size=60))
def test_a_long_text_is_a_candidate_where_one_of_its_lines_is(parts: list[str]) -> None:
    data = "".join(parts).encode()
    lines = candidates.shape_of(data + b"\n" + b"1" * 400).split(b"\n")
    assert candidates.is_candidate(data) == any(any(candidates.begins(line)) for line in lines)


_NAMES = [
    "loss",
    "tokens",
    "key",
    "hf_",
    "sk-",
    "a:b",
    "wandb login",
    "x" * 30,
    "f1",
    "-e",
    "PRIVATE KEY",
    "login x",
    "é",
]
_DATA = ["0.5", "-1e-05", "7", "nan", "", "hf_" + "a" * 30, "sk-proj-" + "b" * 20, "password=hunter22", '"a,b"', "\r"]


@settings(max_examples=examples(2))
@given(
    names=st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3), odd=st.sampled_from(_DATA), at=st.integers(0, 80),
    column=st.integers(0, 4), text=st.sampled_from(["", "a text", "--token x"]), end=st.sampled_from(["", "\n", "\nx"]),
)  # fmt: skip
def test_of_a_metrics_file_of_numbers_the_names_are_enough(
    names: list[str], odd: str, at: int, column: int, text: str, end: str
) -> None:
    lines = [[names[step % len(names)], f"{step}", f"17.{step}", "0.5", ""] for step in range(60)]
    if at < len(lines):
        lines[at][column], lines[at][4] = odd, text
    data = ("name,step,time,value,text\n" + "\n".join(map(",".join, lines)) + end).encode()
    stream = Stream(io.BytesIO(data), "metrics.csv")
    list(stream)
    found = candidates.is_candidate_of_points(io.BytesIO(data), stream.position.counts)
    assert found >= candidates.is_candidate(data)


@pytest.mark.parametrize("small", [0, read_contents.SMALL])
def test_a_metric_whose_name_holds_a_secret_is_masked_in_the_file_of_its_points(
    make_run: MakeRun, built: Built, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(read_contents, "SMALL", small)
    make_run(metrics="name,step,value\n" + "".join(f"loss {key()},{step},0.5\n" for step in range(100)))
    site, _ = built()
    text = (site / "e" / "demo" / "a" / "metrics.csv").read_text()
    assert key() not in text
    assert text.startswith("name,step,value\nloss •••• (AWS access key),0,0.5\n")


@pytest.mark.parametrize("before", [0, 2_500, 3_500, 4_090, 9_000])
def test_a_token_that_is_longer_than_a_window_is_found_whole(before: int) -> None:
    token = ".".join(["ey" + "J" + "hbGciOiJIUzI1NiJ9", "ey" + "J" + "a1" * 1_100, "b2" * 20])
    assert without_hits("x " * (before // 2) + token + " end") == "x " * (before // 2) + "• end"


def test_a_secret_on_every_line_is_reported_once(make_run: MakeRun, built: Built) -> None:
    make_run(files={"logs/console.log": f"using {key()}\n" * 20_000})
    site, report = built()
    (problems,) = report.problems.values()
    assert [(one.file, one.line) for one in problems] == [("logs/console.log", 1)]
    log = (site / "e/demo/a/logs/console~_log~.txt").read_text("utf-8")
    assert log == "using •••• (AWS access key)\n" * 20_000


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


# --- the settings -------------------------------------------------------------------------------------------


def all_of(site: Path) -> bytes:
    return b"".join(data for _, data in contents(site))


def test_by_warn_secrets_are_published_and_reported(workspace: Path, make_run: MakeRun, built: Built) -> None:
    make_run(params={"note": key()}, files={"artifacts/a.txt": key(), "logs/console.log": key()})
    (workspace / "runpages.yml").write_text("secrets: warn")
    site, report = built()
    assert {(one.file, one.action) for one in report.problems[str(workspace / "demo" / "a")]} == {
        ("run.json: params: note", "Published nevertheless"),
        ("artifacts/a.txt", "Published nevertheless"),
        ("logs/console.log", "Published nevertheless"),
    }
    assert (site / "e/demo/a/artifacts/a.txt").read_text("utf-8") == key()
    assert (site / "e/demo/a/logs/console~_log~.txt").read_text("utf-8") == key()


def test_by_off_nothing_is_looked_for(workspace: Path, make_run: MakeRun, built: Built) -> None:
    make_run(params={"note": key()}, files={"artifacts/a.txt": key(), "snapshot.zip": packed({"a.py": key()})})
    (workspace / "runpages.yml").write_text("secrets: off")
    site, report = built()
    assert report.problems == {}
    assert all_of(site).count(key().encode()) >= 3


@pytest.mark.parametrize(
    "content",
    [
        {"params": {"note": "KEY"}},
        {"files": {"logs/console.log": "one\ntwo KEY\n"}},
        {"files": {"artifacts/a.txt": "KEY"}},
        {"files": {"../README.md": "KEY"}},
        {"files": {"../../README.md": "KEY"}},
        {"files": {"../experiment.json": '{"format": 1, "description": "KEY"}'}},
    ],
)
def test_by_fail_nothing_is_written(
    workspace: Path, tmp_path: Path, make_run: MakeRun, content: dict[str, Any]
) -> None:
    content = json.loads(json.dumps(content).replace("KEY", key()))
    make_run(**content)
    (workspace / "runpages.yml").write_text("secrets: fail")
    with pytest.raises(SecretsFound, match=r"(?s)1 secret found.*AWS access key \(hash [0-9a-f]{16}\)") as refused:
        build(workspace, tmp_path / "site", now=NOW, version="1")
    assert not (tmp_path / "site").exists()
    assert key() not in str(refused.value)


def test_what_fails_later_leaves_the_site_as_it_is(workspace: Path, make_run: MakeRun, built: Built) -> None:
    (workspace / "runpages.yml").write_text("secrets: fail")
    make_run("a")
    site, _ = built()
    before = dict(contents(site))
    make_run("b", params={"note": key()})
    with pytest.raises(SecretsFound):
        built()
    assert dict(contents(site)) == before


def test_a_value_and_a_file_are_allowed_by_their_hashes(workspace: Path, make_run: MakeRun, built: Built) -> None:
    file = f"key {key()}\n"
    make_run(
        params={"note": f"use {key()}"},
        files={"artifacts/a.txt": file, "artifacts/b.txt": f"other {key()}", "snapshot.zip": packed({"a.py": file})},
    )
    hashes = {"value": gate.digest(key().encode()), "file": sha256(file.encode()).hexdigest()}
    shown = {}
    for name, value in hashes.items():
        (workspace / "runpages.yml").write_text(f"allow_secrets:\n  - hash: {value}\n    comment: an example\n")
        site, _ = built()
        shown[name] = {path.name for path in (site / "e/demo/a").rglob("*.txt")}
        with zipfile.ZipFile(site / "e/demo/a/snapshot.zip") as archive:
            assert archive.read("a.py").decode() == file
        assert (key() in (site / "e/demo/a/run.json").read_text("utf-8")) == (name == "value")
    assert shown == {"value": {"a.txt", "b.txt"}, "file": {"a.txt"}}


def test_a_changed_setting_renders_again(workspace: Path, make_run: MakeRun, built: Built) -> None:
    make_run(files={"logs/console.log": f"{key()}\n", "artifacts/a.txt": key()})
    for mode, published in (("off", True), ("mask", False), ("off", True)):
        (workspace / "runpages.yml").write_text(f"secrets: {mode}")
        site, _ = built()
        assert (key().encode() in all_of(site)) == published
        assert (site / "e/demo/a/artifacts/a.txt").exists() == published


def test_values_are_secret_by_their_names(make_run: MakeRun, built: Built) -> None:
    make_run(
        params={
            "db": {"password": "correcthorse"},
            "api_key": "0123456789abcdef",
            "pad_token": "<pad>",
            "tokens": 9,
        },
        tags={"auth_token": "a1b2c3d4e5f6a7b8c9"},
        environment={"command": ["train.py", "--password", "battery-staple", "--lr", "0.1"]},
    )
    site, _ = built()
    document = json.loads((site / "e/demo/a/run.json").read_text("utf-8"))
    assert document["params"] == {
        "db": {"password": "•••• (by its name)"},
        "api_key": "•••• (by its name)",
        "pad_token": "<pad>",
        "tokens": 9,
    }
    assert document["tags"] == {"auth_token": "•••• (by its name)"}
    assert document["environment"]["command"] == [*("train.py", "--password", "•••• (by its name)", "--lr", "0.1")]


def test_files_with_names_of_keys_stay_out_of_a_published_snapshot(make_run: MakeRun, built: Built) -> None:
    make_run(
        files={"snapshot.zip": packed({"train.py": "x = 1\n", ".env": "A=1", "deploy/id_rsa": "x", "server.pem": "x"})}
    )
    site, _ = built()
    with zipfile.ZipFile(site / "e/demo/a/snapshot.zip") as archive:
        held = {name for name in archive.namelist() if archive.read(name).startswith(b"Held back: its name suggests")}
        assert held == {".env", "deploy/id_rsa", "server.pem"}
        assert archive.read("train.py") == b"x = 1\n"


def test_a_key_across_the_pieces_of_a_long_log_is_masked(
    make_run: MakeRun, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runpages_site.gate.files.BLOCK", 1_000)
    one = made("long")["private key"]
    make_run(files={"logs/console.log": "x" * 70 + "\n" + "line\n" * 150 + one.text + "\n" + "line\n" * 300})
    site, report = built()
    assert not any(part.encode() in all_of(site) for part in one.text.splitlines())
    assert (site / "e/demo/a/logs/console~_log~.txt").read_text("utf-8").count("\n") == 451 + one.text.count("\n") + 1
    (problem,) = next(iter(report.problems.values()))
    assert (problem.file, problem.line) == ("logs/console.log", 152)


def test_a_long_file_that_stays_as_it_is_is_not_kept_in_memory(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runpages_site.gate.files.BLOCK", 10_000)
    run = make_run(files={"logs/a.log": "a line of words\n" * 100_000, "logs/b.log": f"a line\n{key()}\n" * 2_000})
    record, policy = run_folder.read_run(str(run), now=NOW).record, gate.policy_of(Settings())
    tracemalloc.start()
    try:
        assert gate.release(record, "logs/a.log", policy) == gate.Release()
        assert tracemalloc.get_traced_memory()[1] < 400_000
    finally:
        tracemalloc.stop()
    assert gate.release(record, "logs/b.log", policy).data == ("a line\n•••• (AWS access key)\n" * 2_000).encode()


# --- what is redacted, and what never leaves ----------------------------------------------------------------


def test_homes_hosts_users_and_addresses_are_redacted(workspace: Path, make_run: MakeRun, built: Built) -> None:
    make_run(
        status="Completed",
        owner={"host": "gpu-node-17.cluster.example.org", "pid": 7},
        params={"data": "/home/lovelace/data", "cache": "C:\\Users\\lovelace\\cache", "mail": "ada@example.org"},
        environment={"git": {"remote": "git@github.com:lab/model.git"}, "command": ["/home/lovelace/train.py"]},
        description="By lovelace on gpu-node-17, in /home/lovelace/runs",
        files={"logs/console.log": "gpu-node-17: /home/lovelace/x by ada@example.org\nrelative/home/lovelacex\n"},
    )
    (workspace / "runpages.yml").write_text("redact: [home, host, user, email]")
    site, report = built()
    published = all_of(site)
    assert not [word for word in (b"lovelace/", b"gpu-node-17", b"ada@") if word in published]
    document = json.loads((site / "e/demo/a/run.json").read_text("utf-8"))
    assert document["params"] == {"data": "~/data", "cache": "~\\cache", "mail": "(e-mail)"}
    assert document["environment"]["git"]["remote"] == "git@github.com:lab/model.git"
    assert document["description"] == "By (user) on (host), in ~/runs"
    assert document["owner"]["host"] == "(host)"
    log = (site / "e/demo/a/logs/console~_log~.txt").read_text("utf-8")
    assert log == "(host): ~/x by (e-mail)\nrelative/home/lovelacex\n"
    assert report.problems == {}


def test_redaction_is_chosen_one_by_one(workspace: Path, make_run: MakeRun, built: Built) -> None:
    make_run(params={"data": "/home/lovelace/data", "mail": "ada@example.org"})
    (workspace / "runpages.yml").write_text("redact: [email]")
    site, _ = built()
    document = json.loads((site / "e/demo/a/run.json").read_text("utf-8"))
    assert document["params"] == {"data": "/home/lovelace/data", "mail": "(e-mail)"}


@pytest.mark.parametrize("private", [{"tags": {"private": "true"}}, {"tags": {"private": None}}, {"name": "draft-7"}])
def test_a_private_run_is_nowhere(workspace: Path, make_run: MakeRun, built: Built, private: dict[str, Any]) -> None:
    points = "name,step,time,value,text\n" + "".join(f"unheardof,{at},1.0,0.5,\n" for at in range(5_000))
    make_run("a", status="Completed")
    make_run("b", status="Completed", params={"unheardof": "unheardof"}, metrics=points, **private)
    (workspace / "runpages.yml").write_text("private: ['draft-*']")
    site, report = built()
    assert report.runs == 1
    named = [path for path in site.rglob("*") if path.name in ("b", "b.html") or "unheardof" in path.name]
    assert named == []
    assert b"unheardof" not in all_of(site)
    assert b"e/demo/b" not in all_of(site)
    assert b"draft-" not in all_of(site)


def test_a_run_that_becomes_private_is_taken_out(workspace: Path, make_run: MakeRun, built: Built) -> None:
    points = "name,step,time,value,text\n" + "".join(f"unheardof,{at},1.0,0.5,\n" for at in range(5_000))
    make_run("a")
    run = make_run("b", tags={"data": "x"}, metrics=points)
    site, report = built()
    assert report.runs == 2
    (run / "run.json").write_text(json.dumps({"format": 1, "id": "b", "tags": {"private": "yes"}}))
    site, report = built()
    assert report.runs == 1
    assert b"unheardof" not in all_of(site)
    (run / "run.json").write_text(json.dumps({"format": 1, "id": "b", "tags": {"private": "no"}}))
    assert built()[1].runs == 2


# --- what would become public -------------------------------------------------------------------------------


def test_a_dry_run_lists_what_becomes_public_and_writes_nothing(
    workspace: Path, tmp_path: Path, make_run: MakeRun
) -> None:
    make_run(params={"a": key()}, files={"artifacts/a.txt": "x" * 9, "artifacts/b.txt": key(), "logs/c.log": "x" * 7})
    make_run("b", tags={"private": "1"}, files={"artifacts/secret.txt": key()})
    done = CliRunner().invoke(runpages, ["build", str(workspace), "-o", str(tmp_path / "site"), "-n", "-v"])
    lines = done.stdout.splitlines()
    assert "Public: outputs, 1 file, 9 B" in lines
    assert "Public: logs, 1 file, 7 B" in lines
    assert f"Public: {workspace}/demo/a: artifacts/a.txt, 9 B" in lines
    assert [line for line in lines if line.startswith("Held back: ") and "artifacts/b.txt" in line]
    told = gate.digest(key().encode())
    assert f"Secret: {workspace}/demo/a: run.json: params: a: AWS access key (hash {told})" in lines
    assert "Would render 2 runs. Nothing was written." in lines
    assert not (tmp_path / "site").exists()
    assert key() not in done.output
    assert "demo/b" not in "".join(line for line in lines if line.startswith(("Public", "Held", "Secret")))
    document = json.loads(CliRunner().invoke(runpages, ["build", str(workspace), "-n", "--json"]).stdout)
    assert {one["path"] for one in document["public"]} >= {"run.json", "artifacts/a.txt", "artifacts/b.txt"}
    assert {one["rule"] for one in document["secrets"]} == {"AWS access key"}


def test_a_refused_build_has_its_own_exit_code(workspace: Path, tmp_path: Path, make_run: MakeRun) -> None:
    make_run(params={"a": key()})
    done = CliRunner().invoke(runpages, ["build", str(workspace), "-o", str(tmp_path / "site"), "--secrets", "fail"])
    assert done.exit_code == 4
    assert f"{workspace}/demo/a: run.json: params: a: AWS access key (hash" in done.stderr
    assert not (tmp_path / "site").exists()


def test_a_site_above_its_budget_says_what_to_drop(workspace: Path, make_run: MakeRun, built: Built) -> None:
    for name, size in (("a", 900_000), ("b", 1_200_000), ("c", 10)):
        make_run(name, files={"artifacts/data.bin": b"\0" * size})
    (workspace / "runpages.yml").write_text("limits: {site: 2}")
    _, report = built()
    (problem,) = report.problems[str(workspace / "runpages.yml")]
    assert "more than the 2 MB of limits.site" in problem.message
    assert problem.action.index("demo/b") < problem.action.index("demo/a")
    (workspace / "runpages.yml").write_text("limits: {site: 200}")
    assert built()[1].problems == {}
