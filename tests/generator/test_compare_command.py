"""``runpages compare`` on a workspace of files, as a user runs it."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import stats

from runpages_site.command import runpages

from .compared import LOSSES, write_workspace

RATES = ("lr:0.1", "lr:0.01")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workspace(tmp_path_factory.mktemp("lab") / "runs")


def compare(root: Path, *arguments: str, width: int = 100) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(runpages, ["compare", "--root", str(root), *arguments])


def document(root: Path, *arguments: str) -> dict[str, Any]:
    result = compare(root, "--json", *arguments)
    assert result.exit_code in (0, 1, 3), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert (found["runpages"], found["format"]) == ("compare", 1)
    return found["comparisons"][0]  # type: ignore[no-any-return]


def test_two_runs_are_compared(lab: Path) -> None:
    result = compare(lab, "lr0.1-s0", "lr0.01-s0")
    assert result.exit_code == 0, result.output
    lines = [re.sub(r"  +", " | ", line.strip()) for line in result.stdout.splitlines()]
    assert lines[0] == "lr0.1-s0 and lr0.01-s0"
    differs = " ".join(result.stdout.split("\n\n")[0].split())
    assert "1 of 3 parameters, 1 tag, commit 0101010 → 0010010, torch 2.9.1 → 2.10.0, code of 2 files" in differs
    assert "ref | lr0.1-s0 | sweep | 1 | Completed | r0.1-0" in lines
    assert "loss | 0.3 | 0.2 | −0.1 | ▼ better | −33" in lines
    assert "speed | 90 | 90 | 0 | = | 0" in lines
    assert "note | ok | ok" in lines
    assert "optimizer.lr | 0.1 | 0.01" in lines
    assert "tag rate | 0.1 | 0.01" in lines
    assert "+ schedule.py" in result.stdout and "~ train.py" in result.stdout
    assert "adam" not in result.stdout, "what is equal is not shown"
    assert "\x1b" not in result.stdout, "colours are for terminals"


@pytest.mark.parametrize("name", ["lr0.1-s0", "r0.1-0", "sweep/r0.1-0", "FOLDER"])
def test_a_run_is_named_as_for_show(lab: Path, name: str) -> None:
    given = str(lab / "sweep" / "r0.1-0") if name == "FOLDER" else name
    found = document(lab, given, "a boosted tree")
    assert [one["key"] for one in found["members"]] == ["sweep/r0.1-0", "other/tree"]


@pytest.mark.parametrize("rates", [RATES, tuple(f"sweep?{one}" for one in RATES)])
def test_groups_are_judged_as_by_scipy(lab: Path, rates: tuple[str, str]) -> None:
    found = document(lab, *rates, "-m", "loss")
    [metric] = found["metrics"]
    base, other = (np.array(LOSSES[rate]) for rate in ("0.1", "0.01"))
    reference, cell = metric["cells"]
    known = stats.ttest_ind(other, base, equal_var=False)
    interval = known.confidence_interval()
    assert (reference["n"], cell["n"], cell["word"]) == (5, 5, "better")
    assert np.isclose(reference["value"], base.mean()) and np.isclose(cell["sd"], other.std(ddof=1))
    assert np.isclose(cell["delta"], other.mean() - base.mean())
    assert np.isclose(cell["relative"], (other.mean() - base.mean()) / base.mean())
    assert np.allclose([cell["p"], *cell["interval"]], [known.pvalue, interval.low, interval.high])
    assert (metric["goal"], metric["tolerance"], metric["which"]) == ("min", 0.01, "last")


@pytest.mark.parametrize(("by", "loss"), [("last", 0.3), ("min", 0.3), ("max", 0.8), ("best", 0.3), ("mean", 0.55)])
def test_each_value_of_a_metric_can_stand_for_a_run(lab: Path, by: str, loss: float) -> None:
    [metric] = document(lab, "lr0.1-s0", "lr0.01-s0", "-m", "loss", "--by", by)["metrics"]
    assert np.isclose(metric["cells"][0]["value"], loss)
    assert metric["which"] == ("min" if by == "best" else by)


def test_the_reference_comes_first_wherever_it_is_named(lab: Path) -> None:
    found = document(lab, "lr0.1-s0", "lr0.01-s0", "--ref", "lr0.01-s0")
    assert [one["title"] for one in found["members"]] == ["lr0.01-s0", "lr0.1-s0"]
    found = document(lab, "lr0.1-s0", "--ref", "a boosted tree")
    assert found["reference"] == "a boosted tree"


@pytest.mark.parametrize(
    ("members", "condition", "code", "said"),
    [
        (("lr0.1-s0", "lr0.01-s0"), "loss > 0.25", 0, "✓ passes"),
        (("lr0.1-s0", "lr0.01-s0"), "loss>=.2", 1, "✗ fails"),
        (("lr0.1-s0", "lr0.01-s0"), "max(loss) < 0.71", 1, "max 0.7"),
        (("lr0.1-s0", "lr0.01-s0"), '"loss" < 0.1', 0, "✓ passes"),
        (("lr0.1-s0", "lr0.01-s0"), "loss worse than baseline", 0, "✓ passes"),
        (("lr0.01-s0", "lr0.1-s0"), "loss worse than baseline", 1, "✗ fails"),
        (("lr0.01-s0", "lr0.01-s1"), "loss worse", 0, "✓ passes"),  # As far apart as the tolerance.
        (("lr0.01-s0", "lr0.1-s0", "lr0.1-s4"), "loss worse than lr0.1-s0", 1, "against 0.3"),
        (RATES, "loss worse than reference beyond noise", 0, "✓ passes"),
        (RATES[::-1], "loss worse than baseline beyond noise", 1, "95 % interval"),
        (("lr0.01-s0", "lr0.1-s0"), "loss worse than baseline beyond noise", 3, "1 against 1 runs cannot be judged"),
        (("lr0.01-s0", "lr0.1-s0"), "speed worse than baseline", 3, "set its goal"),
        (("lr0.01-s0", "lr0.1-s0"), "los > 3", 3, "did you mean 'loss'?"),
        (("lr0.01-s0", "tree"), "loss > 3", 3, "it has no loss"),
        (("lr0.01-s0", "lr0.1-s0"), "note > 3", 3, "last note is ok"),
        (("lr0.01-s0", "lr0.1-s0"), "loss worse than nobody", 3, "no run or group is called 'nobody'"),
    ],
)
def test_conditions_decide_the_exit_code(
    lab: Path, members: tuple[str, ...], condition: str, code: int, said: str
) -> None:
    result = compare(lab, *members, "--fail-if", condition, width=300)
    assert result.exit_code == code, result.output
    assert said in result.stdout


def test_a_condition_that_holds_wins_over_one_that_was_not_evaluated(lab: Path) -> None:
    assert compare(lab, *RATES, "--fail-if", "nope > 1", "--fail-if", "loss > 0").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lr0.1-s0", "nobody"), "has no run 'nobody'"),
        (("lr:0.1", "lr:7"), "no run matches 'lr:7'"),
        (("lr:0.1", "lrr:7"), "No param, metric or tag is called “lrr”"),
        (("lr:0.1", "swep?lr:0.1"), "Did you mean 'sweep'?"),
        (("sweep", "lr0.1-s0"), "sweep is an experiment; a group of its runs is 'sweep?QUERY', such as"),
        (("lr0.1-s0", "r0.1-0"), "lr0.1-s0 and r0.1-0 are the same run"),
        ((*RATES, "-m", "los"), "Did you mean 'loss'?"),
        ((*RATES, "--fail-if", "loss"), "write one such as `mse > 0.3`"),
        ((*RATES, "--json", "--md"), "exclude each other"),
        (("lr0.1-s0",), "has no comparisons in runpages.yml"),
        ((), "name two or more runs"),
        (("a", "a"), "a is named 2 times; name two or more different runs"),
        (tuple(f"r{at}" for at in range(51)), "the most are 50"),
        ((*RATES, "--badge", "no/such/folder/x.svg"), "cannot be written"),
    ],
)
def test_what_cannot_be_compared_is_refused(lab: Path, arguments: tuple[str, ...], said: str) -> None:
    result = compare(lab, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_tables_fit_the_terminal(lab: Path) -> None:
    for width in (60, 80, 200):
        result = compare(lab, *RATES, "lr0.1-s0", "a boosted tree", width=width)
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= width
    assert "a wider terminal shows more" in compare(lab, *RATES, "lr0.1-s0", width=60).stdout


def test_colours_appear_on_a_terminal_only(lab: Path) -> None:
    command = [sys.executable, "-m", "runpages", "compare", "--root", str(lab), "lr0.1-s0", "lr0.01-s0"]
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    above, below = pty.openpty()
    done = subprocess.run(command, stdout=below, stderr=subprocess.STDOUT, env=kept | {"COLUMNS": "100"}, check=True)
    assert done.returncode == 0
    os.close(below)
    shown = b""
    try:
        while block := os.read(above, 65536):
            shown += block
    except OSError:  # Linux ends a terminal without writers by an error.
        pass
    os.close(above)
    assert "\x1b[32m▼ better" in shown.decode()


def test_markdown_is_a_comment_in_which_nothing_is_active(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "runs")
    path = root / "other" / "tree" / "run.json"
    name = "a|b @you #1 `x` <img src=x> www.example.org http://example.org :tada: [x](y)"
    path.write_text(json.dumps({"format": 1, "id": "tree", "name": name, "params": {"a|`b": "x\n| y"}}))
    result = compare(root, "lr0.1-s0", "tree", "--md", "--fail-if", "accuracy > 1")
    from runpages_site.text import markdown

    html = str(markdown(result.stdout))
    assert "<img" not in html and "<a " not in html
    assert "- ✓ passes: accuracy \\> 1" in result.stdout
    tables = [block for block in result.stdout.split("\n\n") if block.startswith("|")]
    for table in tables:
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(columns) == 1, table
    assert html.count("<table") == len(tables) == 2


def test_markdown_has_the_verdicts_of_groups(lab: Path) -> None:
    shown = compare(lab, *RATES, "--md", "-m", "loss").stdout
    assert "| 0.3040 ± 0.0114 | 0.2040 ± 0.0114 | −0.1000 | −33 % | **▼ better** | &lt; 0.001 |" in shown
    assert "p by Welch’s test." in shown and "- `lr:0.01`: commit 0101010 → 0010010" in shown
    shown = compare(lab, "lr0.1-s0", "lr0.1-s1", "--md", "-m", "loss").stdout
    assert "Environment and code" not in shown and "p by" not in shown


def test_latex_compiles_in_words_only(lab: Path) -> None:
    result = compare(lab, *RATES, "--tex", "-m", "loss")
    assert result.exit_code == 0
    assert r"\textbf{0.2040 $\pm$ 0.0114} {\small ($-$0.1000, better)} \\" in result.stdout
    assert result.stdout.count("{") == result.stdout.count("}")
    assert r"\midrule" in compare(lab, "lr0.1-s0", "a boosted tree", "--tex").stdout
    assert compare(lab, "lr0.1-s0", "sweep?rate:0.01", "--tex").stdout.count(r"\caption{lr0.1-s0 and sweep?rate:0.01}")


@pytest.mark.parametrize(
    ("condition", "said", "color"),
    [
        ("loss > 0.25", "comparison: passes", "#1a7f37"),
        ("loss > 0.1", "comparison: 1 of 1 fails", "#c1262d"),
        ("nope > 1", "comparison: 1 of 1 not evaluated", "#57606a"),
        ("", "loss: 0.2040 ± 0.0114 (−0.1000) better", "#1a7f37"),
    ],
)
def test_a_badge_says_how_it_went(lab: Path, tmp_path: Path, condition: str, said: str, color: str) -> None:
    out = tmp_path / "badge.svg"
    compare(lab, *RATES, "--badge", str(out), *(["--fail-if", condition] if condition else []))
    root = ET.fromstring(out.read_text("utf-8"))
    assert root.attrib["role"] == "img" and root.attrib["aria-label"] == said
    fields = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if "fill" in one.attrib]
    assert fields[1].attrib["fill"] == color
    # Each text is drawn as wide as its field has room for.
    for field, text in zip(fields, root.iter("{http://www.w3.org/2000/svg}text"), strict=True):
        assert float(text.attrib["textLength"]) < float(field.attrib["width"])
        assert float(text.attrib["x"]) > float(field.attrib.get("x", 0))
    assert float(root.attrib["width"]) == pytest.approx(sum(float(field.attrib["width"]) for field in fields))


KNOWN = """\
comparisons:
  - name: rates
    title: Rates
    runs: ["lr:0.01", "lr:0.1"]
    metrics: [loss]
    fail_if: [loss worse than baseline beyond noise]
  - name: pair
    runs: [lr0.1-s0, lr0.01-s0]
    ref: lr0.01-s0
"""


@pytest.mark.parametrize(
    ("known", "code", "said"),
    [
        ("", 1, "✗ fails"),
        ("known: [{metric: loss, reason: too large}]", 0, "known: too large"),
        ("known: [{metric: 'l*', run: 'lr:0.1', until: 2999-12-31, reason: too large}]", 0, "known until 2999-12-31"),
        ("known: [{metric: loss, until: 2001-12-31, reason: too large}]", 1, "known until 2001-12-31, which is over"),
        ("known: [{metric: speed, reason: too large}]", 1, "✗ fails"),
        ("known: [{run: 'lr0*', reason: too large}]", 1, "✗ fails"),
    ],
)
def test_what_is_known_to_fail_does_not_count(tmp_path: Path, known: str, code: int, said: str) -> None:
    root = write_workspace(tmp_path / "runs", KNOWN + known)
    result = compare(root, "rates", width=200)
    assert result.exit_code == code, result.output
    assert said in result.stdout


def test_a_badge_counts_what_is_known(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "runs", KNOWN + "known: [{metric: loss, reason: too large}]")
    assert compare(root, "rates", "--badge", str(tmp_path / "b.svg")).exit_code == 0
    assert 'aria-label="comparison: passes, 1 known"' in (tmp_path / "b.svg").read_text()


def test_mistakes_in_the_settings_are_told(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "runs", "comparison: []")
    result = compare(root, *RATES)
    assert result.exit_code == 2 and "did you mean comparisons?" in result.stderr


def test_without_names_the_comparisons_of_the_settings_are_made(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "runs", KNOWN)
    result = compare(root, "--json")
    assert result.exit_code == 1
    rates, pair = json.loads(result.stdout)["comparisons"]
    assert (rates["title"], pair["title"]) == ("Rates", "pair")
    assert [metric["name"] for metric in rates["metrics"]] == ["loss"]
    assert pair["reference"] == "lr0.01-s0"
    result = compare(root, "rate")
    assert result.exit_code == 2 and "Did you mean 'rates'?" in result.stderr


def test_a_built_site_gives_the_same_comparison(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "runs")
    assert CliRunner().invoke(runpages, ["build", str(root), "-q"]).exit_code == 0
    site = tmp_path / "site"
    for names in (RATES, ("lr0.1-s0", "lr0.01-s0")):
        ours, theirs = document(root, *names), document(site, *names)
        assert ours["metrics"] == theirs["metrics"]
        assert ours["differs"] == theirs["differs"]
    shutil.rmtree(root)
    assert compare(site, *RATES).exit_code == 0
