"""The pages of the comparisons in the settings: their numbers, what is missing, and when they are made again."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

from runpages_site import compared
from runpages_site.build import Options, Report, build
from runpages_site.command import runpages
from runpages_site.errors import SettingsError
from runpages_site.settings import parse

from .compared import write_workspace
from .conftest import NOW

RATES = """\
comparisons:
  - name: rates
    title: Rates & <losses>
    text: |
      Two *rates*, five seeds each.
    runs: ["lr:0.1", "sweep?lr:0.01"]
    metrics: [loss]
    fail_if:
      - loss worse than baseline beyond noise
      - loss > 0.1
      - los > 0.1
known: [{metric: loss, run: nobody, reason: never}]
"""
PAIR = """\
comparisons:
  - name: pair
    runs: [lr0.1-s0, gone, a boosted tree]
    ref: tree
"""

Built = Callable[[str], tuple[str, Report]]


@pytest.fixture
def made(tmp_path: Path) -> Built:
    """Write the workspace with further settings, build it, and read the text of the page of the comparison."""

    def make(settings: str) -> tuple[str, Report]:
        root = write_workspace(tmp_path / "runs", settings)
        report = build(root, tmp_path / "site", now=NOW, version="1")
        [page] = (tmp_path / "site" / "compare").iterdir()
        return page.read_text("utf-8"), report

    return make


def text_of(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def messages(report: Report) -> list[tuple[int | None, str, bool]]:
    return [(one.line, one.message, one.damage) for found in report.problems.values() for one in found]


def test_the_page_has_what_the_terminal_prints(made: Built, tmp_path: Path) -> None:
    page, _ = made(RATES)
    shown = text_of(page)
    arguments = ["compare", "--root", str(tmp_path / "runs"), "rates"]
    printed = CliRunner(env={"COLUMNS": "250"}).invoke(runpages, arguments).stdout
    assert printed.startswith("Rates & <losses>")
    row = next(line for line in printed.splitlines() if line.startswith("loss"))
    _, reference, value, difference, verdict, percent, n, p, interval = re.split(r"  +", row)
    arrow, word = verdict.split()
    size, share = difference.removeprefix("−"), percent.removeprefix("−")
    assert f"best {value} n 5 {arrow} {size} ({share} %) {word} p {p}" in shown
    assert f"{reference} n 5" in shown and n == "5/5"
    assert f'title="95 % interval of the difference: {interval}"' in page
    for line in printed.partition("Conditions\n")[2].splitlines():
        assert re.split(r"[:(]", line)[1].strip() in shown
    assert "1 of 3 parameters, 1 tag" in shown and "commit 0101010 → 0010010" in shown
    assert "~ train.py, + schedule.py" in shown
    assert "<em>rates</em>" in page and "<losses>" not in page


def test_the_page_is_whole_without_a_script(made: Built) -> None:
    page, _ = made(RATES)
    main = page[page.index("<main") : page.index("</main>")]
    assert "<script" not in main and "data-defer" not in main
    # A chart with the lines of all runs, in the colours of the two groups.
    [chart] = re.findall(r'<svg class="chart.*?</svg>(?:.*?</svg>)*', main, re.DOTALL)
    assert len(set(re.findall(r'<path class="line (s\d+)', chart))) == 2
    assert len(re.findall(r'<path class="line ', chart)) == 10
    assert re.search(r'role="img" aria-label="loss of 10 runs over steps, from 0.19 to 0.8200"', chart)


def test_the_page_links_the_same_comparison_in_the_browser(made: Built) -> None:
    page, _ = made(RATES.replace("sweep?lr:0.01", "sweep?lr:0.01,0.02"))
    found = re.search(r'href="\.\./compare\.html#runs=([^"&]+)"', page)
    assert found
    # Members are joined by commas; the script unescapes those of a query.
    keys = [re.sub("%2C", ",", unquote(key)) for key in found[1].split(",")]
    assert keys == ["sweep?lr:0.1", "sweep?lr:0.01,0.02"]


def test_a_group_over_experiments_has_no_link_to_the_browser(made: Built) -> None:
    page, _ = made("comparisons: [{name: x, runs: ['note:ok', 'title:*']}]")
    assert "#runs=" not in page


def test_a_missing_run_is_reported_by_line_and_on_the_page(made: Built) -> None:
    page, report = made(PAIR)
    [(line, message, damage)] = messages(report)
    assert (message, damage) == ("comparison pair: there is no run 'gone'", True)
    settings = (report.site.parent / "runs" / "runpages.yml").read_text().splitlines()
    assert line and "gone" in settings[line - 1]
    shown = text_of(page)
    assert "there is no run 'gone'" in shown
    members = re.findall(r'<li class="member">.*?</li>', page)
    assert [text_of(f"<main{one}</main>").removeprefix("<main ") for one in members] == [
        "ref a boosted tree other",
        "lr0.1-s0 sweep",
    ]


def test_conditions_that_fail_or_were_not_evaluated_are_reported(made: Built) -> None:
    _, report = made(RATES)
    found = messages(report)
    assert [damage for _, _, damage in found] == [False, False]
    assert [message for _, message, _ in found] == [
        "comparison rates: fails: loss > 0.1 (lr:0.01): last 0.2040",
        "comparison rates: not evaluated: los > 0.1: no run has a metric 'los' (did you mean 'loss'?)",
    ]
    settings = (report.site.parent / "runs" / "runpages.yml").read_text().splitlines()
    assert ["los" in settings[(line or 0) - 1] for line, _, _ in found] == [True, True]


def test_a_comparison_with_nothing_left_says_so(made: Built) -> None:
    page, report = made("comparisons: [{name: x, runs: [gone, lost], fail_if: [loss > 1]}]")
    assert len(messages(report)) == 3
    assert "there are not two runs or groups" in text_of(page)


def test_problems_are_reported_by_each_build_and_make_a_strict_one_fail(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "runs", PAIR)
    results = [CliRunner().invoke(runpages, ["build", str(root), *more]) for more in ((), (), ("--strict",))]
    assert [one.exit_code for one in results] == [0, 0, 1]
    assert all("there is no run 'gone'. Left out of the page." in one.stderr for one in results)
    assert "damaged" not in results[0].stdout
    assert "nothing changed" in results[1].stdout


def test_a_page_is_made_again_only_when_its_runs_or_settings_change(tmp_path: Path) -> None:
    root, site = write_workspace(tmp_path / "runs", RATES), tmp_path / "site"
    page = site / "compare" / "rates.html"

    def rebuilt() -> bool:
        before = page.stat().st_mtime_ns if page.exists() else 0
        build(root, site, now=NOW + 100, version="1")
        return page.stat().st_mtime_ns != before

    assert rebuilt()
    old = page.read_bytes()
    other = root / "other" / "tree" / "metrics.csv"
    other.write_text(other.read_text() + "accuracy,2,0.7\n")
    assert not rebuilt()
    ours = root / "sweep" / "r0.1-0" / "metrics.csv"
    ours.write_text(ours.read_text() + "loss,6,0.9,\n")
    assert rebuilt() and page.read_bytes() != old
    # What a run's row in tables does not show is on the page all the same.
    for seed in range(5):
        document = root / "sweep" / f"r0.01-{seed}" / "run.json"
        document.write_text(document.read_text().replace("2.10.0", "2.11.0"))
    assert rebuilt() and b"2.11.0" in page.read_bytes()
    new = page.read_bytes()
    # From nothing, the same page comes out.
    shutil.rmtree(site)
    build(root, site, now=NOW + 100, version="1")
    assert page.read_bytes() == new
    write_workspace_settings(root, "")
    build(root, site, now=NOW + 100, version="1")
    assert not page.exists() and not page.parent.exists()


def write_workspace_settings(root: Path, settings: str) -> None:
    (root / "runpages.yml").write_text("title: Lab\n" + settings)


def test_a_kept_run_stays_in_its_comparison(tmp_path: Path) -> None:
    root, site = (
        write_workspace(tmp_path / "runs", "comparisons: [{name: x, runs: [lr0.1-s0, lr0.01-s0]}]"),
        tmp_path / "site",
    )
    build(root, site, now=NOW, version="1")
    page = (site / "compare" / "x.html").read_text()
    shutil.rmtree(root / "sweep" / "r0.1-0")
    ours = root / "sweep" / "r0.01-0" / "run.json"
    ours.write_text(json.dumps(json.loads(ours.read_text()) | {"ended": "2026-11-27T08:05:12Z"}))
    build(root, site, now=NOW, version="1", options=Options(keep=True))
    again = (site / "compare" / "x.html").read_text()
    assert text_of(again) == text_of(page)


def test_the_home_page_lists_comparisons(made: Built) -> None:
    _, report = made(RATES)
    home = (report.site / "index.html").read_text()
    assert '<a href="compare/rates.html"' in home and "Rates &amp; &lt;losses&gt;" in home


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("comparisons: [{name: a/b, runs: [a, b]}]", "line 1, comparisons.1.name: expected a file name"),
        ("comparisons: [{name: a}]", "line 1, comparisons.1: runs is missing"),
        ("comparisons:\n- {name: a, runs: [a]}", "line 2, comparisons.1.runs: name two or more"),
        ("comparisons:\n- {name: a, runs: [a, b]}\n- {name: A, runs: [a, b]}", "line 3, comparisons.2.name: another"),
        ("comparisons:\n- name: a\n  runs: [a, b]\n  fail_if: [loss]", "line 4, comparisons.1.fail_if: item 1"),
        ("known:\n- {metric: a}", "line 2, known.1: reason is missing"),
        ("known:\n- {reason: a, until: 2026-13-01}", "line 2, known.1.until: expected a date such as 2026-12-31"),
    ],
)  # fmt: skip
def test_mistakes_in_comparisons_are_reported_by_line(settings: str, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        parse(settings, "runpages.yml")


def test_a_page_that_cannot_be_made_stays_and_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, site = write_workspace(tmp_path / "runs", RATES), tmp_path / "site"
    build(root, site, now=NOW, version="1")
    page = site / "compare" / "rates.html"
    old = page.read_bytes()
    ours = root / "sweep" / "r0.1-0" / "metrics.csv"
    ours.write_text(ours.read_text() + "loss,6,0.9,\n")

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no ink")

    with monkeypatch.context() as patch:
        patch.setattr(compared, "comparison_page", fail)
        report = build(root, site, now=NOW, version="1")
    [fault] = report.faults[str(root / "runpages.yml")]
    assert fault.sentence == (
        "The page compare/rates.html could not be made: ValueError: no ink. The page of the last build stays."
    )
    assert page.read_bytes() == old
    assert not build(root, site, now=NOW, version="1").faults
    assert page.read_bytes() != old


def test_a_workspace_without_runs_has_no_comparisons(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    root.mkdir()
    write_workspace_settings(root, RATES)
    build(root, tmp_path / "site", now=NOW, version="1")
    assert not (tmp_path / "site" / "compare").exists()
    assert CliRunner().invoke(runpages, ["check", str(tmp_path / "site")]).exit_code == 0
