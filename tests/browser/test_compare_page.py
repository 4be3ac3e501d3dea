"""The page that compares runs under real hands: chips, values, what differs, addresses, ways to it; without a host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from runpages_site.read.run_folder import read_run
from tests.browser.compare_site import RATES, build_compared, members, name_of
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, visit

FAST, SLOW = (name_of(rate, 0) for rate in RATES)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_compared(tmp_path_factory.mktemp("compare"))


@pytest.fixture(scope="module")
def keys(site: Path) -> dict[str, str]:
    return members(site)


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/", color_scheme="light") as opened:
        yield opened
        assert opened.problems == []


def compare(seen: Visit, *members: str, more: str = "") -> Page:
    """Open the page with these members; `more` is the rest of its state."""
    return seen.open(f"compare.html#runs={quote(','.join(members), safe='/,:')}{more}")


def chips(page: Page) -> Locator:
    return page.locator("#compare-chips .chip")


def row(page: Page, section: str, name: str) -> Locator:
    return page.locator(f"#{section} tbody tr", has=page.locator("th bdi", has_text=re.compile(f"^{re.escape(name)}$")))


def addressed(page: Page, *parts: str, without: str = "\0") -> None:
    """Wait until the address has some parts, and lacks one; it is written a moment later."""
    page.wait_for_function(
        "([parts, without]) => { const hash = decodeURIComponent(location.hash);"
        " return parts.every(part => hash.includes(part)) && !hash.includes(without); }",
        arg=[list(parts), without],
    )


def test_runs_are_compared_as_the_address_says(seen: Visit, site: Path, keys: dict[str, str]) -> None:
    page = compare(seen, keys[FAST], keys[SLOW], keys["a boosted tree"], more=f"&ref={keys[SLOW]}")
    expect(page.locator("h1")).to_have_text("Compare 3 runs")
    expect(page).to_have_title(f"Compare {FAST}, {SLOW} and 1 more · Compared")
    expect(chips(page).nth(1)).to_contain_text("ref")
    cells = row(page, "metrics", "val/loss").locator("td")
    values = [_last(site, keys[name], "val/loss") for name in (FAST, SLOW)]
    expect(cells.nth(0).locator("b")).to_have_text(f"{values[0]:.4f}")
    expect(cells.nth(0)).to_contain_text(f"▼ {values[1] - values[0]:.4f}")
    expect(cells.nth(0)).to_contain_text("better")
    expect(cells.nth(1)).to_have_text(f"{values[1]:.4f}")
    expect(cells.nth(2)).to_have_text("–")
    # A goal that is not stated, and one that nobody knows.
    expect(row(page, "metrics", "val/accuracy").locator("th")).to_contain_text("last, higher is better")
    expect(row(page, "metrics", "weights").locator("td").nth(0)).to_have_text(re.compile(r"\+1\.7\d* \(\d+ %\)$"))
    expect(row(page, "metrics", "verdict").locator("td").nth(0)).to_have_text("converged")


def _last(site: Path, key: str, metric: str) -> float:
    record = read_run(str(site / "e" / key), now=0).record
    return float(str(record.series[metric].values[-1]))


def test_chips_choose_the_reference_move_and_go(seen: Visit, keys: dict[str, str]) -> None:
    names = [name_of(RATES[0], seed) for seed in range(3)]
    page = compare(seen, *(keys[name] for name in names))
    chips(page).nth(2).locator(".chip-name").click()
    expect(chips(page).nth(2)).to_contain_text("ref")
    addressed(page, f"ref={keys[names[2]]}")
    expect(page.locator("#metrics .card-foot")).to_contain_text("Differences to s2")
    page.keyboard.press("Alt+ArrowLeft")
    expect(chips(page).nth(1)).to_contain_text(names[2])
    expect(chips(page).nth(1).locator(".chip-name")).to_be_focused()
    addressed(page, "runs=" + ",".join(keys[names[at]] for at in (0, 2, 1)))
    # Without the reference the first is it.
    page.keyboard.press("Delete")
    expect(chips(page)).to_have_count(2)
    expect(chips(page).nth(1).locator(".chip-name")).to_be_focused()
    expect(chips(page).nth(0)).to_contain_text("ref")
    addressed(page, without="ref=")
    page.get_by_role("button", name=f"Remove {names[0]}").click()
    expect(page.locator("#compare-note")).to_contain_text("Add another to see what differs")
    expect(page.locator("#metrics")).to_be_visible()


def test_runs_and_groups_are_added(seen: Visit, keys: dict[str, str]) -> None:
    page = compare(seen)
    expect(page.locator("#compare-note")).to_contain_text("No runs to compare")
    expect(page.locator("#metrics")).to_be_hidden()
    field = page.get_by_label("Add a run")
    field.fill("boosted")
    page.get_by_role("option", name="a boosted tree").click()
    expect(chips(page)).to_have_count(1)
    expect(field).to_be_focused()
    # An experiment begins a group.
    field.fill("sweep")
    page.get_by_role("option", name="sweep", exact=False).first.click()
    expect(field).to_have_value("sweep?")
    page.keyboard.type(f"lr:{RATES[0]}")
    page.keyboard.press("Enter")
    expect(chips(page).nth(1)).to_contain_text("n 4")
    expect(page.locator("h1")).to_have_text("Compare 1 run and 1 group")
    addressed(page, f"#?runs={keys['a boosted tree']},sweep?lr:{RATES[0]}")
    page.reload()
    expect(chips(page)).to_have_count(2)


def test_groups_are_judged(seen: Visit) -> None:
    # As one may type it, with its question marks.
    page = seen.open(f"compare.html#runs=sweep?lr:{RATES[0]},sweep?lr:{RATES[1]}")
    cells = row(page, "metrics", "val/loss").locator("td")
    expect(cells.nth(0)).to_contain_text("±")
    expect(cells.nth(1)).to_contain_text("worse")
    expect(page.locator("#metrics .group-table .verdict.worse")).to_be_visible()
    expect(page.locator("#metrics .group-table svg.interval .reach").first).to_be_attached()
    expect(page.locator("#metrics .verdict-panel")).to_contain_text("4 by seed")
    expect(page.locator("#metrics .card-foot").nth(1)).to_contain_text("paired by seed")
    page.locator("#metrics .compare-judged select").first.select_option("weights")
    expect(page.locator("#metrics .verdict-panel")).to_contain_text("weights has no goal")
    addressed(page, "metrics.judged=weights")
    page.locator("#metrics .compare-table").get_by_role("link", name="lr:0.01").click()
    expect(page.locator("#runs-query")).to_have_value("lr:0.01")


def test_predictions_of_groups_are_those_of_two_groups(seen: Visit) -> None:
    page = seen.open(f"compare.html#runs=sweep?lr:{RATES[0]},sweep?lr:{RATES[1]}")
    page.locator("#predictions").scroll_into_view_if_needed()
    models = page.locator("#predictions thead .compare-run")
    expect(models.first).to_contain_text(f"A lr:{RATES[0]}")
    expect(models.nth(1)).to_contain_text(f"B lr:{RATES[1]}")


def test_the_reader_chooses_what_runs_are_paired_by(seen: Visit) -> None:
    page = seen.open(f"compare.html#runs=sweep?lr:{RATES[0]},sweep?lr:{RATES[1]}")
    pair = page.locator("#metrics").get_by_label("Pair by")
    expect(pair).to_have_value("seed")
    pair.focus()
    pair.select_option("nothing")
    expect(pair).to_be_focused()
    expect(page.locator("#metrics .card-foot").nth(1)).to_contain_text("not paired")
    expect(page.locator("#metrics .verdict-panel")).to_contain_text("Welch")
    addressed(page, "metrics.pair=")
    page.reload()
    expect(pair).to_have_value("")
    pair.select_option("seed")
    expect(page.locator("#metrics .card-foot").nth(1)).to_contain_text("paired by seed")
    addressed(page, without="metrics.pair")


def test_colors_that_were_chosen_stay_with_their_runs(seen: Visit, keys: dict[str, str]) -> None:
    names = [name_of(RATES[0], seed) for seed in range(3)]
    page = compare(seen, *(keys[name] for name in names))
    dot = page.get_by_role("button", name=f"Change the color of {names[2]}")
    before = str(dot.locator(".dot-key").get_attribute("class"))
    dot.click()
    expect(dot.locator(".dot-key")).not_to_have_class(before)
    expect(dot).to_be_focused()
    after = str(dot.locator(".dot-key").get_attribute("class"))
    addressed(page, "colors=,,")
    page.reload()
    expect(dot.locator(".dot-key")).to_have_class(after)
    # It moves and stays with its run, and so do the others.
    chips(page).nth(2).locator(".chip-name").press("Alt+ArrowLeft")
    expect(chips(page).nth(1)).to_contain_text(names[2])
    expect(dot.locator(".dot-key")).to_have_class(after)
    page.get_by_role("button", name=f"Remove {names[0]}").click()
    expect(chips(page)).to_have_count(2)
    expect(dot.locator(".dot-key")).to_have_class(after)


def test_paper_has_sections_that_were_never_in_view(seen: Visit, keys: dict[str, str]) -> None:
    page = compare(seen, keys[FAST], keys[SLOW])
    expect(page.locator("#metrics tbody tr")).not_to_have_count(0)
    page.evaluate("window.print = () => { window.printed = document.querySelectorAll('.compare-body:empty').length; }")
    page.keyboard.press("Control+p")
    page.wait_for_function("window.printed !== undefined")
    shown = page.locator(".compare-section:not([hidden]) .compare-body").all()
    assert len(shown) > 8
    for body in shown:
        expect(body).not_to_be_empty()
    expect(page.locator("#tables tbody tr").first).to_be_attached()


def test_controls_are_in_the_address(seen: Visit, keys: dict[str, str]) -> None:
    page = compare(seen, keys[FAST], keys[SLOW])
    values = page.locator("#metrics tbody th bdi")
    expect(row(page, "metrics", "duration")).to_be_visible()
    before = values.count()
    page.locator("#metrics").get_by_text("Best", exact=True).click()
    expect(row(page, "metrics", "val/loss").locator("th")).to_contain_text("min, lower is better")
    page.locator("#metrics select").select_option("name")
    expect(values.first).to_have_text("duration")
    page.get_by_label("Only what differs").check()
    expect(page.get_by_label("Only what differs")).to_be_focused()
    addressed(page, "metrics.value=best", "metrics.sort=name", "metrics.rows=differ")
    page.reload()
    expect(values.first).to_have_text("duration")
    expect(page.get_by_label("Only what differs")).to_be_checked()
    # Another address, as one that is pasted.
    page.evaluate("hash => { location.hash = hash }", f"#runs={keys[SLOW]},{keys[FAST]}&metrics.value=max")
    expect(chips(page).nth(0)).to_contain_text(SLOW)
    expect(row(page, "metrics", "val/loss").locator("th")).to_contain_text("max, lower is better")
    expect(values).to_have_count(before)
    page.go_back()
    expect(chips(page).nth(0)).to_contain_text(FAST)
    expect(row(page, "metrics", "val/loss").locator("th")).to_contain_text("min, lower is better")


def test_what_differs_comes_first(seen: Visit, keys: dict[str, str]) -> None:
    page = compare(seen, keys[SLOW], keys[FAST])
    line = page.locator("#compare-differs")
    expect(line).to_contain_text("1 of 5 parameters")
    expect(line).to_contain_text("torch 2.9.1 → 2.10.0")
    expect(line).to_contain_text("host lab-cpu-2 → lab-gpu-1")
    rows = page.locator("#parameters tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.locator("td").nth(1)).to_have_class(re.compile("best"))
    page.locator("#parameters").get_by_label("Show 5 equal").check()
    expect(rows).to_have_count(6)
    expect(row(page, "parameters", "data").locator("th")).to_contain_text("tag")
    line.get_by_role("link", name="torch").click()
    expect(page.locator("#environment dd")).to_contain_text("tqdm 4.66.0 → 4.67.1")
    page.get_by_text(re.compile("Show the .* differ")).click()
    expect(row(page, "environment", "torch").locator("td")).to_have_text(["2.9.1", "2.10.0"])
    addressed(page, "environment.facts=open")


def test_what_cannot_be_compared_is_said(seen: Visit, keys: dict[str, str]) -> None:
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    with seen.page.expect_event("requestfailed"):
        page = compare(seen, keys[FAST], "../secret/run", "sweep?nothing<", "sweep?seed:99", "sweep/gone")
    note = page.locator("#compare-note")
    expect(note).to_contain_text("../secret/run names no run")
    expect(note).to_contain_text("nothing< has a query that is not understood")
    expect(note).to_contain_text("seed:99 has no runs")
    expect(note).to_contain_text("sweep/gone is not in this site")
    expect(page.locator("h1")).to_have_text("Compare 1 run")
    assert not [url for url in asked if "secret" in url]
    page.get_by_role("button", name="Remove ../secret/run").click()
    expect(note).not_to_contain_text("secret")
    # The file of the run that is not there was asked for.
    seen.problems = [one for one in seen.problems if "gone" not in one and "ERR_FILE_NOT_FOUND" not in one]


def test_fifty_are_compared_at_most(seen: Visit, keys: dict[str, str]) -> None:
    queries = [f"sweep?seed:0..{at / 10}" for at in range(1, 51)]
    page = compare(seen, keys[FAST], *queries)
    expect(page.locator("#compare-note")).to_contain_text("The first 50 are compared; 1 more")
    expect(chips(page)).to_have_count(50)
    expect(page.locator("#metrics tbody tr").first.locator("td")).to_have_count(50)
    chips(page).first.get_by_role("button", name="Remove").click()
    expect(page.locator("#compare-note")).to_be_empty()
    expect(chips(page).last).to_contain_text("seed:0..5.0")


def _saved(page: Page, section: str, kind: str) -> str:
    page.locator(f"#{section} .chooser > .button").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=kind).click()
    return download.value.path().read_text()


def test_tables_are_saved(seen: Visit, site: Path, keys: dict[str, str]) -> None:
    page = compare(seen, keys[FAST], keys[SLOW])
    csv = _saved(page, "metrics", "CSV").splitlines()
    assert csv[0].startswith(f"metric,value,goal,unit,lr{RATES[0]}-s0,")
    assert repr(_last(site, keys[FAST], "val/loss")) in csv[1]
    assert csv[1].endswith("worse")
    markdown = _saved(page, "metrics", "Markdown")
    assert re.search(r"\| val/loss \(last\) \| \*\*0\.\d+\*\* \| 0\.\d+, ▲ 0\.\d+ \(\d+ %\) worse \|", markdown)
    latex = _saved(page, "metrics", "LaTeX")
    assert "\\toprule" in latex
    assert re.search(r"val/loss \(last\) & \\textbf\{0\.\d+\} & 0\.\d+ \\\\", latex)
    assert f"optimizer.lr,{RATES[0]},{RATES[1]}" in _saved(page, "parameters", "CSV")


def test_runs_are_chosen_on_other_pages(seen: Visit, keys: dict[str, str]) -> None:
    page = seen.open("e/sweep/index.html")
    page.locator("#runs-section").hover()
    page.locator(".runs tbody .tick input").nth(0).click()
    page.locator(".runs tbody .tick input").nth(2).click()
    page.get_by_role("link", name="Compare 2").click()
    expect(chips(page)).to_have_count(2)
    page = seen.open(f"e/{keys[FAST]}.html")
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("button", name=re.compile("next run|previous run")).first.click()
    expect(chips(page)).to_have_count(2)
    expect(chips(page).nth(0)).to_contain_text(FAST)
    page = seen.open("index.html")
    page.get_by_role("link", name="Compare runs").click()
    expect(page.locator("#compare-note")).to_contain_text("No runs to compare")


def test_groups_of_an_experiment_lead_to_their_comparison(seen: Visit) -> None:
    page = seen.open("e/sweep/index.html#?runs.group=lr&groups.reference=0.1")
    page.get_by_role("link", name="Compare these groups").click()
    expect(page.locator("h1")).to_have_text("Compare 2 groups")
    expect(chips(page)).to_have_text([re.compile("optimizer.lr=0.1"), re.compile("optimizer.lr=0.01|lr=0.01")])


def test_without_scripts_it_says_what_is_needed(browser: Browser, site: Path) -> None:
    with visit(browser, site.as_uri() + "/", java_script_enabled=False) as opened:
        page = opened.open("compare.html")
        assert "which needs JavaScript" in str(page.locator("#main").text_content())
        page.get_by_role("link", name="all runs").click()
        page.wait_for_url("**/runs.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_everybody(browser: Browser, site: Path, keys: dict[str, str], scheme: Any) -> None:
    runs = [keys[FAST], keys[SLOW], keys["torn"], f"sweep?lr:{RATES[0]}", f"sweep?lr:{RATES[1]}"]
    with visit(browser, site.as_uri() + "/", color_scheme=scheme, viewport={"width": 390, "height": 800}) as opened:
        page = compare(opened, *runs)
        expect(page.locator("#metrics .verdict-panel")).to_be_visible()
        expect(page.locator("#parameters tbody tr")).not_to_have_count(0)
        # A usual name does not break within a word.
        name = page.locator("#metrics th.name b bdi").first
        assert name.evaluate("one => { one.textContent = 'train/accuracy'; return one.getClientRects().length; }") == 1
        assert page.evaluate(TOO_WIDE) == []
        assert axe_violations(page) == []
        assert opened.problems == []


def test_the_data_of_a_small_run_is_small(site: Path, keys: dict[str, str]) -> None:
    script = (site / "e" / keys["torn"] / "run.js").read_text()
    data = json.loads(script.removeprefix('runpages.put("run",').removesuffix(");\n"))
    assert data["damaged"] is True
    assert len(script) < 600
