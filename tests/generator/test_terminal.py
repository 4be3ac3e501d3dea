"""The commands that list, show, compare and export runs, on the runs of the example and on odd ones."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

import runpages as logger
from runpages_site.command import VERBS, runpages

from .conftest import EXAMPLE, MakeRun

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [(path.parent, json.loads(path.read_text("utf-8"))) for path in sorted(EXAMPLE.glob("*/*/run.json"))]
IDS = {document["name"]: folder.name for folder, document in DOCUMENTS}
"""The ids of the runs of the example, by their names."""
SILENT = {"run"}
"""What passes on the output of another command, and prints nothing of its own."""


def run(*arguments: str | Path, root: str | Path | None = EXAMPLE, width: int = 120) -> Result:
    place = [] if root is None else ["--root", str(root)]
    runner = CliRunner(env={"COLUMNS": str(width), "LINES": "24"})
    return runner.invoke(runpages, [*map(str, arguments), *place])


def printed(*arguments: str | Path, **known: Any) -> list[str]:
    result = run(*arguments, **known)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout.splitlines()


def document(*arguments: str | Path, **known: Any) -> dict[str, Any]:
    result = run(*arguments, "--json", **known)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert (found.pop("runpages"), found.pop("format")) == (arguments[0], 1)
    return found


def losses(name: str) -> list[str]:
    """The lowest, the last and the highest validation loss of a run of the example, as the terminal prints them."""
    values: list[Any] = logger.read(EXAMPLE).run(IDS[name]).series["val/loss"].values
    return [f"{value:.6g}" for value in (min(values), values[-1], max(values))]


def refused(*arguments: str | Path, **known: Any) -> str:
    result = run(*arguments, **known)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr.removeprefix("Error: ").rstrip()


# --- ls -------------------------------------------------------------------------------------------------------


def test_experiments_are_listed_with_their_best_runs() -> None:
    head, *rows = printed("ls")
    assert head.split() == ["experiment", "runs", "statuses", "metric", "best", "best", "run"]
    assert [row.split()[0] for row in rows] == ["diabetes-ridge", "digits-knn", "digits-mlp"]
    assert rows[2].split()[1:] == ["19", "18", "Completed,", "1", "Failed", "val/accuracy", "0.986111", "lr0.01-s0"]


def test_runs_are_listed_newest_first_with_what_differs() -> None:
    head, first, *rest, more, best = printed("ls", "digits-mlp", width=100)
    assert head.split()[:4] == ["run", "status", "val/accuracy", "optimizer.name"]
    assert first.split() == ["sgd-lr1e30", "Failed", "–", "sgd", "1e+30", "0", "–", "–"]
    assert len(rest) == 18
    assert best == "Best by val/accuracy: lr0.01-s0, 0.986111 (highest)"
    assert more.endswith("duration, started, id; --columns chooses") and more.startswith("6 more: train/accuracy")


def test_runs_are_chosen_sorted_and_shown_by_options() -> None:
    lines = printed("ls", "digits-mlp", "-q", "seed:0 -status:failed", "-s", "-last(val/loss)", "-n", "2",
                    "-c", "seed,last(val/loss), id")  # fmt: skip
    assert [line.split() for line in lines[:3]] == [
        ["run", "seed", "last(val/loss)", "id"],
        ["lr0.1-s0", "0", losses("lr0.1-s0")[1], IDS["lr0.1-s0"]],
        ["lr0.001-s0", "0", losses("lr0.001-s0")[1], IDS["lr0.001-s0"]],
    ]


def test_an_option_without_an_experiment_lists_the_runs_of_all() -> None:
    (head, row) = printed("ls", "--query", "status:failed")
    assert head.split()[:3] == ["run", "experiment", "status"]
    assert row.split()[:3] == ["sgd-lr1e30", "digits-mlp", "Failed"]
    assert len(printed("ls", "-n", "100")) == len(DOCUMENTS) + 1
    assert printed("ls", "-q", "nothing-has-this") == ["No runs"]


def test_a_document_has_all_digits_and_all_runs() -> None:
    found = document("ls", "digits-mlp", "-s", "number")
    assert [one["number"] for one in found["runs"]] == list(range(1, 20))
    (one,) = [one for one in found["runs"] if one["name"] == "lr0.1-s0"]
    record = logger.read(EXAMPLE).run(one["id"])
    values = record.series["val/loss"].values
    assert one["metrics"]["val/loss"] == {
        "count": 30, "last": values[-1], "min": min(values), "max": max(values),  # type: ignore[type-var]
        "mean": pytest.approx(sum(values) / 30), "text": None, "goal": "min", "assumed": False, "unit": None,  # type: ignore[arg-type]
    }  # fmt: skip
    assert one["params"]["optimizer.learning_rate"] == 0.1 and one["tags"] == {"data": "digits"}
    assert [one["started"]] == [known["started"] for _, known in DOCUMENTS if known["name"] == one["name"]] and one[
        "status"
    ] == "Completed"
    assert [one["best"]["value"] for one in document("ls")["experiments"]] == [
        pytest.approx(3295.71, abs=0.01), pytest.approx(0.98889, abs=1e-4), pytest.approx(0.98611, abs=1e-4)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["ls", "digits-mpl"], "there is no experiment 'digits-mpl' in {root}. Did you mean 'digits-mlp'?"),
        (["ls", "xyz"], "there is no experiment 'xyz' in {root}. There is diabetes-ridge, digits-knn, digits-mlp."),
        (["ls", "digits-mlp", "-c", "sed"], "No param, metric or tag is called “sed”. Did you mean 'seed'?"),
        (["ls", "digits-mlp", "-s", "-sed"], "No param, metric or tag is called “sed”. Did you mean 'seed'?"),
        (
            ["ls", "digits-mlp", "-q", "seed:0 lr<abc"],
            "No param, metric or tag is called “lr”\n  seed:0 lr<abc\n         ^^\nTry: status:completed",
        ),
        (["ls", "-q", "mse<much"], "“much” is not a number\n  mse<much\n      ^^^^\nTry: mse<0.5"),
        (["best", "digits-mlp", "val/los"], "no run of digits-mlp has a metric 'val/los'. Did you mean 'val/loss'?"),
        (
            ["best", "digits-mlp", "epoch_seconds"],
            "nothing says whether a higher or a lower epoch_seconds is better; add --goal min or --goal max",
        ),
        (
            ["show", "lr0.1-s7"],
            "the workspace {root} has no run 'lr0.1-s7'. Did you mean digits-mlp/{lr0.1-s5}?",
        ),
        (["show", "k1", "-m", "acc"], "run {k1} has no metric 'acc'. Did you mean 'accuracy'?"),
        (["export", "-o", "x.xls"], "x.xls has none of the suffixes .csv, .json and .parquet; add --format"),
        (["export", "-o", "/nowhere/x.csv"], "/nowhere/x.csv cannot be written: No such file or directory"),
    ],
)
def test_what_is_not_there_is_named_with_the_closest_name(arguments: list[str], why: str) -> None:
    for name, value in {"root": str(EXAMPLE), **IDS}.items():
        why = why.replace("{" + name + "}", value)
    assert refused(*arguments) == why


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused("ls", root=tmp_path / "none")
    assert "is empty" in refused("ls", root=tmp_path)
    (tmp_path / "runpages.yml").write_text("experiments: [")
    assert "runpages.yml" in refused("ls", root=tmp_path)
    (tmp_path / "runpages.yml").write_text("title: x")
    assert printed("ls", root=tmp_path) == ["No experiments"]


def test_experiments_of_one_name_are_told_apart_by_their_folders(make_run: MakeRun, workspace: Path) -> None:
    for folder in ("one", "two"):
        make_run("a", folder)
        (workspace / folder / "experiment.json").write_text('{"format": 1, "name": "same"}')
    assert refused("ls", "same", root=workspace) == "2 experiments are called 'same'; name a folder: one, two"
    assert len(document("ls", "two", root=workspace)["runs"]) == 1


def test_runs_in_wrong_places_are_reported(make_run: MakeRun, workspace: Path) -> None:
    make_run("a")
    make_run("deeper/b")
    result = run("ls", root=workspace)
    assert result.exit_code == 0 and "one level too deep" in result.stderr and "demo" in result.stdout


def test_many_runs_are_read_by_several_processes(make_run: MakeRun, workspace: Path) -> None:
    for number in range(102):
        make_run(f"r{number:03d}", metrics=f"name,step,value\nloss,0,{number}\n", status="Completed")
    assert [one["id"] for one in document("best", "demo", "-n", "3", root=workspace)["runs"]] == [
        "r000",
        "r001",
        "r002",
    ]


# --- show -----------------------------------------------------------------------------------------------------


def test_a_run_is_shown_by_its_name_its_id_and_its_folder() -> None:
    shown, known = printed("show", "lr0.1-s0"), IDS["lr0.1-s0"]
    (number,) = (document["number"] for _, document in DOCUMENTS if document["name"] == "lr0.1-s0")
    assert shown == printed("show", known)
    (description,) = (line for line in shown if line.startswith("description"))
    assert "64 units on" in description and "**" not in description  # Without the marks of Markdown.
    assert shown == printed("show", f"digits-mlp/{known}") == printed("show", "digits-mlp/lr0.1-s0")
    assert shown == printed("show", EXAMPLE / "digits-mlp" / known)
    assert shown[:5] == [
        "lr0.1-s0",
        "experiment   digits-mlp",
        f"id           {known}",
        f"number       {number}",
        "status       Completed",
    ]
    assert "  optimizer.learning_rate  0.1" in shown
    lowest, last, highest = losses("lr0.1-s0")
    assert [line.split() for line in shown if line.startswith("val/loss")] == [
        ["val/loss", "30", last, lowest, highest, "lowest"]
    ]


def test_a_failed_run_is_shown_with_its_error() -> None:
    shown = printed("show", "sgd-lr1e30")
    assert "Solver produced non-finite parameter weights." in shown[shown.index("Error") + 1]


def test_curves_are_drawn_with_their_ends() -> None:
    shown = printed("show", "lr0.1-s0", "-m", "val/loss", "--plot", width=60)
    start = shown.index("val/loss by step")
    drawn = shown[start + 1 : start + 11]
    lowest, _, highest = losses("lr0.1-s0")
    assert drawn[0].startswith(f"{highest} ┤") and drawn[7].startswith(f"{lowest} ┤")
    assert drawn[9].split() == ["1", "30"]
    assert len(drawn[8]) == 60 and any("⠉" <= letter <= "⣿" for letter in drawn[7])
    assert sum("by step" in line for line in printed("show", "lr0.1-s0", "--plot")) == 4


def test_the_document_of_a_run_has_what_its_page_has() -> None:
    found = document("show", "lr0.1-s0")["run"]
    assert set(found["tables"]) == {"hardest digits", "per class", "predictions"}
    assert found["error"] is None and found["problems"] == []
    assert found["outputs"] == [
        "outputs/model.npz",
        "outputs/predictions.csv",
        "outputs/report/model.json",
        "outputs/report/summary.md",
    ]
    assert list(document("show", "lr0.1-s0", "-m", "val/loss")["run"]["metrics"]) == ["val/loss"]


def test_damage_is_shown(make_run: MakeRun, workspace: Path) -> None:
    make_run(metrics="name,step,value\nloss,0,1\n\x00broken\n")
    shown = printed("show", "a", root=workspace)
    assert any("metrics.csv, line 3" in line for line in shown)


# --- best -----------------------------------------------------------------------------------------------------


def test_the_best_run_depends_on_the_value_that_counts() -> None:
    title, head, row = printed("best", "digits-mlp")
    assert title == "Best of 19 runs of digits-mlp by val/accuracy (highest)"
    assert head.split()[:4] == ["run", "highest", "last", "optimizer.name"]
    assert row.split()[:3] == ["lr0.01-s0", "0.986111", "0.980556"]
    by = {which: document("best", "digits-mlp", "val/loss", "--by", which, "-n", "18") for which in ("best", "last")}
    assert [found["by"] for found in by.values()] == ["best", "last"]
    for which, key in (("best", "min"), ("last", "last")):
        values = [one["value"] for one in by[which]["runs"]]
        assert values == sorted(
            one["metrics"]["val/loss"][key] for one in document("ls", "digits-mlp", "-q", "-status:failed")["runs"]
        )
    assert [one["id"] for one in by["best"]["runs"]] != [one["id"] for one in by["last"]["runs"]]


def test_a_goal_can_be_named_and_runs_chosen() -> None:
    assert printed("best", "digits-mlp", "epoch_seconds", "-g", "max", "--by", "last")[0] == (
        "Best of 19 runs of digits-mlp by the last epoch_seconds (highest)"
    )
    found = document("best", "digits-mlp", "-q", "seed:1", "-n", "2")
    assert [one["name"] for one in found["runs"]] == ["lr0.01-s1", "lr0.1-s1"]


def test_a_run_that_ended_in_nan_has_no_last_value(make_run: MakeRun, workspace: Path) -> None:
    for place, last in (("a", "nan"), ("b", "0.5")):
        make_run(place, metrics=f"name,step,value\nloss,0,0.1\nloss,1,{last}\n", status="Completed")
    found = {by: document("best", "demo", "--by", by, "-n", "5", root=workspace)["runs"] for by in ("best", "last")}
    assert {by: sorted(one["id"] for one in runs) for by, runs in found.items()} == {"best": ["a", "b"], "last": ["b"]}


def test_failed_runs_and_folds_do_not_compete(make_run: MakeRun, workspace: Path) -> None:
    metrics = "name,step,value\nloss,0,{}\n"
    make_run("parent", metrics=metrics.format(0.5), status="Completed")
    make_run("fold", metrics=metrics.format(0.1), status="Completed", parent="parent")
    make_run("failed", metrics=metrics.format(0.2), status="Failed")
    assert [one["id"] for one in document("best", "demo", "-n", "5", root=workspace)["runs"]] == ["parent"]
    result = run("best", "demo", "-q", "status:failed", root=workspace)
    assert (result.exit_code, result.stdout[:15]) == (1, "No run competes")


# --- export ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_table_is_that_of_the_site(form: str, tmp_path: Path, example_site: Path) -> None:
    file = tmp_path / f"x.{form}"
    file.write_text("old")
    assert printed("export", "digits-mlp", "-o", file) == [f"Wrote 19 runs with 38 columns to {file}"]
    assert file.read_bytes() == (example_site / "e" / "digits-mlp" / f"runs.{form}").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_runs_of_all_experiments_are_exported_in_one_table(tmp_path: Path) -> None:
    result = run("export", "-o", "-", "-q", "status:completed", "-s", "duration", "-n", "3")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 3 and set(rows[0]) >= {"experiment", "id", "param.k", "metric.accuracy.min"}
    file = tmp_path / "runs.bin"
    found = document("export", "-o", file, "--format", "parquet")
    assert found["runs"] == len(DOCUMENTS) and found["columns"][:2] == ["experiment", "id"]
    assert pyarrow.parquet.read_table(file).num_rows == len(DOCUMENTS)


# --- sites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["ls"], ["ls", "digits-mlp"], ["ls", "-q", "seed:1"], ["best", "digits-mlp"], ["best", "digits-knn", "errors"],
        ["export", "digits-knn", "-o", "-"],
    ],
)  # fmt: skip
def test_a_site_gives_what_its_workspace_gives(arguments: list[str], example_site: Path) -> None:
    assert printed(*arguments, root=example_site) == printed(*arguments)


def test_a_run_of_a_site_is_shown(example_site: Path) -> None:
    there, here = (printed("show", "lr0.1-s0", "--plot", root=root) for root in (example_site, EXAMPLE))
    assert there[:-1] == here[:-1]
    assert there[-1] == here[-1].replace(f"{EXAMPLE}/", f"{example_site}/e/")
    assert "no experiment 'x'" in refused("ls", "x", root=example_site)
    why = refused("show", "lr0.1-s7", root=example_site)
    assert why.startswith(f"{example_site} has no runs named 'lr0.1-s7'") and "Did you mean 'lr0.1-s" in why


# --- the terminal ---------------------------------------------------------------------------------------------

ODD = "日本語\x1b[31mred\x1b]0;title\x07\r\n\u202e" + "n" * 300


@pytest.mark.parametrize("width", [20, 47, 80, 200])
def test_nothing_is_wider_than_the_terminal_or_controls_it(width: int, make_run: MakeRun, workspace: Path) -> None:
    metrics = "name,step,value\n" + "".join(
        f'"{name}",{step},0.{step}\n' for name in (json.dumps(ODD).replace('"', '""'), "b") for step in range(3)
    )
    for place in ("a", "b"):
        make_run(place, metrics=metrics, name=ODD + place, status="Completed", description=ODD,
                 params={ODD: ODD + place, "日" * 200: 10**400}, tags={ODD: ODD})  # fmt: skip
    calls = (["ls"], ["ls", "demo"], ["ls", "-n", "1"], ["best", "demo", "b", "-g", "min"], ["show", "a", "--plot"])
    for arguments in calls:
        lines = printed(*arguments, root=workspace, width=width)
        paths = {line for line in lines if str(workspace) in line}
        assert all(cell_len(line) <= width for line in set(lines) - paths), arguments
        assert not any(set(line) & set("\x1b\r\x07\u202e\t") for line in lines)
        document(*arguments, root=workspace)


def terminal(*arguments: str, **environment: str) -> bytes:
    """What a command prints on a terminal of its own."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "runpages", *arguments, "--root", str(EXAMPLE)]
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    subprocess.run(command, stdout=theirs, env={**kept, "TERM": "xterm", **environment}, check=True, timeout=60)
    os.close(theirs)
    told = b""
    try:
        while block := os.read(ours, 4096):
            told += block
    except OSError:
        pass  # A terminal ends so on Linux.
    os.close(ours)
    return told


def test_colours_are_for_terminals_whose_user_wants_them() -> None:
    coloured = terminal("ls", "digits-mlp", COLUMNS="80")
    assert b"\x1b[31mFailed" in coloured and b"\x1b[1mlr0.01-s0" in coloured
    plain = terminal("ls", "digits-mlp", COLUMNS="80", NO_COLOR="1")
    assert b"\x1b" not in plain and plain.decode().splitlines() == printed("ls", "digits-mlp", width=80)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_encoding_without_the_characters_is_no_error(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runpages", "show", "k1", "--plot", "--root", str(EXAMPLE)],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert done.stdout.startswith(b"k1\n")


# --- one document ---------------------------------------------------------------------------------------------


def test_every_verb_that_prints_has_a_document() -> None:
    context = click.Context(runpages)
    known = {verb: runpages.get_command(context, verb) for verb in VERBS}
    lacking = {verb for verb, one in known.items() if one and not any("--json" in option.opts for option in one.params)}
    assert lacking == SILENT


@pytest.fixture
def verb(make_run: MakeRun, workspace: Path) -> Callable[..., dict[str, Any]]:
    """Call a verb in a workspace with the run `a`; gives its document."""
    make_run("a", status="Completed", files={"logs/one.log": "first\nsecond\n", "logs/two.log": "x"})
    return lambda *arguments: document(*arguments, root=None)


def test_the_documents_of_changes(verb: Callable[..., dict[str, Any]], workspace: Path, tmp_path: Path) -> None:
    root = ["--root", workspace]
    assert verb("logs", "a", *root) == {
        "run": "a",
        "logs": ["one.log", "two.log"],
        "log": "one.log",
        "text": "first\nsecond\n",
    }
    assert "exclude" in refused("logs", "a", "-f", "--json", root=workspace)
    assert verb("tag", "a", "x=1", "y", *root) == {"run": "a", "tags": {"x": "1", "y": None}}
    built = verb("build", workspace, "-o", tmp_path / "site")
    assert (built["runs"], built["site"], built["problems"]) == (1, str(tmp_path / "site"), {})
    assert verb("check", tmp_path / "site")["problems"] == []
    cleaned = verb("clean", tmp_path / "site", "-n")
    assert cleaned["dry_run"] and str(tmp_path / "site" / "index.html") in cleaned["removed"]
    trash = workspace / ".runpages" / "trash" / "demo" / "a"
    assert verb("rm", "a", *root) == {"moved": [{"run": "a", "to": str(trash)}]}
    assert verb("clean", "--trash", workspace) == {"dry_run": False, "removed": [str(trash)], "not_removed": []}
    started = verb("init", tmp_path / "new")
    assert started["written"] == ["train.py", "runs/runpages.yml", "runs/README.md"] and started["kept"] == []


def test_what_was_moved_before_a_mistake_is_in_the_document(make_run: MakeRun, workspace: Path) -> None:
    make_run("a", status="Completed")
    result = run("rm", "a", "none", "--json", root=workspace)
    assert result.exit_code == 2 and [one["run"] for one in json.loads(result.stdout)["moved"]] == ["a"]


@pytest.mark.parametrize("arguments", [["watch"], ["serve", "--watch", "--port", "0", "--workspace"]])
def test_commands_that_go_on_print_a_document_a_line(arguments: list[str], make_run: MakeRun, tmp_path: Path) -> None:
    workspace = make_run("a").parents[1]
    place = [str(tmp_path / "site")] if arguments[0] == "serve" else ["-o", str(tmp_path / "site")]
    command = [sys.executable, "-m", "runpages", *arguments, str(workspace), *place, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        second = json.loads(process.stdout.readline()) if arguments[0] == "serve" else None
        process.send_signal(2)
        rest = process.stdout.read()
    assert (first["runpages"], first["format"], first["runs"], rest) == ("watch", 1, 1, b"")
    if second is not None:
        assert second["runpages"] == "serve" and second["url"].startswith("http://")


# --- python -m runpages ---------------------------------------------------------------------------------------


def test_the_module_runs_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runpages", "best", "digits-knn", "--json", "--root", str(EXAMPLE)],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["runs"][0]["name"] == "k1"


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["logger"], "the command line is not installed, only the logger. Install it: pip install runpages"),
        (["logger", "generator"], "the command line needs click, which is not installed"),
    ],
)
def test_without_the_libraries_it_says_what_to_install(paths: list[str], why: str) -> None:
    code = "import runpy, sys; sys.path[:0] = sys.argv[1:]; runpy.run_module('runpages', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, *(str(ROOT / path) for path in paths)], capture_output=True, text=True
    )
    assert done.returncode in (1, 2) and why in done.stderr and "Traceback" not in done.stderr
