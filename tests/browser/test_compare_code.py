"""Code, configuration and logs of two runs beside each other, from file://, as a reader handles them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import runpages
from runpages_site.build import build
from tests.browser.compare_code_site import build_code
from tests.browser.compare_site import members
from tests.browser.probe import TOO_WIDE, axe_violations
from tests.browser.visit import Visit, visit

Compare = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_code(tmp_path_factory.mktemp("code"))


def address(site: Path, *titles: str, state: str = "", section: str = "code") -> str:
    """The address of the page that compares these runs."""
    known = members(site)
    return f"compare.html#{section}?runs={','.join(known[title] for title in titles)}{state and '&' + state}"


@pytest.fixture
def seen(browser: Browser, site: Path) -> Iterator[Visit]:
    with visit(browser, site.as_uri() + "/") as opened:
        yield opened
        assert opened.page.evaluate("window.__pwned") is None
        assert opened.problems == []


@pytest.fixture
def compare(seen: Visit, site: Path) -> Compare:
    """Open the page with a section of it in view."""

    def show(*titles: str, state: str = "", section: str = "code") -> Page:
        page = seen.open(address(site, *titles, state=state, section=section))
        page.locator(f"#h-{section}").scroll_into_view_if_needed()
        expect(about(page, section)).to_be_visible()
        return page

    return show


def card(page: Page, name: str) -> Locator:
    """The card of a file or log."""
    return page.locator(f'.changed:has(> summary > code:text-is("{name}"))')


def about(page: Page, section: str = "code") -> Locator:
    return page.locator(f"#{section} .change-about")


def opened(page: Page, name: str) -> Locator:
    """A card, which is opened if it is not."""
    found = card(page, name)
    if found.get_attribute("open") is None:
        found.locator("summary").first.click()
    return found


# --- snapshots ---------------------------------------------------------------------------------------------


def test_files_of_two_snapshots_that_differ_are_listed(compare: Compare) -> None:
    page = compare("first", "second")
    expect(about(page)).to_have_text("From the snapshots of both runs. 11 of 41 files differ.")
    expect(page.locator("#code .count")).to_have_text("first → second")
    expect(page.locator("#compare-differs")).to_contain_text("code of 11 files")
    names = page.locator("#code .changed > summary > code").all_inner_texts()
    assert names == sorted(names)
    expect(card(page, "only-0.py").locator(".note").first).to_have_text("removed")
    expect(card(page, "only-1.py").locator(".note").first).to_have_text("added")
    equal = page.locator("#code .changed").last
    expect(equal.locator("summary")).to_have_text("30 equal files")
    equal.locator("summary").click()
    expect(equal.locator(".change-names")).to_be_visible()
    assert len(equal.locator(".change-names").inner_text().splitlines()) == 30


def test_many_changed_files_come_in_pages(browser: Browser, tmp_path: Path) -> None:
    for at in range(2):
        code = tmp_path / "code" / str(at)
        code.mkdir(parents=True)
        for number in range(60):
            (code / f"part{number:02}.py").write_text(f"x = {at}\n")
        with runpages.start("demo", name=f"run {at}", root=tmp_path / "runs", capture=False) as run:
            run.take_snapshot(str(code))
    build(tmp_path / "runs", tmp_path / "site", now=time(), version="1")
    with visit(browser, (tmp_path / "site").as_uri() + "/") as seen:
        page = seen.open(f"compare.html#code?runs={','.join(sorted(members(tmp_path / 'site').values()))}")
        cards = page.locator("#code .changed > summary > code")
        expect(cards).to_have_count(50)
        # The names of the others can be searched.
        expect(page.locator("#code .change-names")).to_contain_text("part59.py")
        page.get_by_role("button", name="Show 10 more").click()
        expect(cards).to_have_count(60)
        expect(page.locator("#code summary", has_text="part50.py")).to_be_focused()
        expect(page.locator("#code .change-rest")).to_have_count(0)
        assert seen.problems == []


def test_lines_and_words_that_changed_are_marked(compare: Compare) -> None:
    train = opened(compare("first", "second"), "train.py")
    expect(train.locator(".right")).to_have_text("+2 −1")
    expect(train.locator(".del b")).to_have_text("predict")
    expect(train.locator(".add b")).to_have_text("predict_proba")
    expect(train.locator("tr.del td").first).to_have_text("21")
    expect(train.locator("tr.add td:nth-child(2)").last).to_have_text("92")
    fold = train.locator("[data-fold]").first
    expect(fold).to_contain_text("17 equal lines")
    fold.get_by_role("button", name="Show").click()
    expect(train.locator("tr:not(.hunk) td:nth-child(4)").first).to_have_text("# step 0")
    expect(train.locator("[data-fold]")).to_have_count(1)


def test_long_stretches_open_by_twenty_lines(compare: Compare) -> None:
    train = opened(compare("first", "second"), "train.py")
    fold = train.locator("[data-fold]").last
    expect(fold).to_contain_text("64 equal lines")
    before = train.locator("tr").count()
    fold.get_by_role("button", name="Show 20 lines more").click()
    expect(fold).to_contain_text("44 equal lines")
    expect(train.locator("tr")).to_have_count(before + 20)
    expect(fold.get_by_role("button", name="Show 20 lines more")).to_be_focused()
    fold.get_by_role("button", name="Show all").click()
    expect(train.locator("[data-fold]")).to_have_count(1)


def test_files_of_many_changed_lines_come_by_and_by(compare: Compare) -> None:
    page = compare("first", "third", state="code.ignore=true")
    many = opened(page, "many.txt")
    rows = many.locator("tr:not(.hunk)")
    expect(rows).to_have_count(601)
    many.get_by_role("button", name="Show 600 rows more").click()
    expect(rows).to_have_count(1201)


def test_whitespace_is_a_switch(compare: Compare) -> None:
    page = compare("first", "second")
    spaces = opened(page, "spaces.py")
    expect(spaces.locator(".right")).to_have_text("+1 −1")
    page.locator("#code").get_by_label("Ignore whitespace").check()
    expect(card(page, "spaces.py").locator(".right")).to_have_text("+0 −0")
    expect(opened(page, "spaces.py").locator(".change-body")).to_have_text("Only what is ignored differs")
    expect(page.locator("#code").get_by_label("Ignore whitespace")).to_be_focused()
    expect(page).to_have_url(re.compile("code.ignore=true"))


def test_side_by_side_is_kept_in_the_address(compare: Compare, seen: Visit) -> None:
    page = compare("first", "second")
    page.locator("#code").get_by_text("Side by side").click()
    train = opened(page, "train.py")
    expect(train.locator("table.is-split")).to_be_visible()
    expect(train.locator("td.del:nth-child(2)")).to_contain_text("net.predict(X)")
    expect(train.locator("tr:has(td.del) td.add:nth-child(4)")).to_contain_text("net.predict_proba(X)")
    page.reload()
    page.locator("#h-code").scroll_into_view_if_needed()
    expect(opened(page, "train.py").locator("table.is-split")).to_be_visible()
    expect(page.locator("#code [value=split]")).to_be_checked()
    page.locator("#code").get_by_text("Unified").click()
    expect(opened(page, "train.py").locator("table:not(.is-split)")).to_be_visible()
    expect(page).not_to_have_url(re.compile("code.view"))
    assert seen.problems == []


def test_notebooks_are_compared_by_cells_and_outputs_are_folded(compare: Compare) -> None:
    study = opened(compare("first", "second"), "study.ipynb")
    expect(study.locator(".right")).to_have_text("+1 −1")
    expect(study.locator(".cell-head").first).to_contain_text("# %% markdown")
    outputs = study.locator(".change-more")
    expect(outputs.locator("summary")).to_have_text("Outputs of cells, changed")
    expect(outputs.locator("table")).to_have_count(0)
    outputs.locator("summary").click()
    expect(outputs.locator(".del")).to_have_count(2)
    expect(outputs.locator(".add").last).to_contain_text("image/png, 12 characters, CRC-32")


def test_what_has_no_text_says_so_with_sizes_and_checksums(compare: Compare) -> None:
    page = compare("first", "second")
    expect(card(page, "weights.bin").locator(".note").first).to_have_text("changed, 768 B → 1.02 kB")
    expect(opened(page, "weights.bin")).to_contain_text("Binary file, no preview: 768 B → 1.02 kB, CRC-32 ")
    expect(opened(page, "large.py")).to_contain_text("Too large to show: 300 kB → 300 kB, CRC-32 ")
    expect(opened(page, "empty.py").locator("tr.add")).to_have_count(1)
    expect(card(page, "empty.py").locator("tr.del")).to_have_count(0)


def test_hostile_content_is_text_and_long_lines_are_cut(compare: Compare) -> None:
    hostile = opened(compare("first", "second"), "hostile.py")
    expect(hostile.locator("tr").nth(1)).to_contain_text("<script>window.__pwned = 1</script>")
    expect(hostile.locator("tr.del").first).to_contain_text("\\u202e reversed")
    expect(hostile.locator("tr.add").last).to_contain_text("148,001 more characters")


# --- commits -----------------------------------------------------------------------------------------------


def test_runs_on_one_commit_are_compared_by_their_patches(compare: Compare) -> None:
    page = compare("patched", "patched again")
    expect(about(page)).to_contain_text("and the uncommitted changes of each run. 1 of 1 file differs.")
    train = card(page, "train.py")
    expect(train.locator(".right")).to_have_text("+2 −2")
    rows = [
        "6 equal lines of the commit, not in a patch",
        *("10 − ten", "10 + line 10"),
        "13 equal lines of the commit, not in a patch",
        *("30 − line 30", "30 + thirty"),
    ]
    expect(train.locator("tr:is(.del, .add, .hunk)")).to_have_text(rows, use_inner_text=True)


def test_other_commits_are_named_with_the_command_that_compares_them(compare: Compare) -> None:
    page = compare("patched", "committed")
    expect(about(page)).to_contain_text("What was committed in between is in the repository: git diff ")
    expect(card(page, "train.py").locator(".note").first).to_have_text("changed, uncommitted changes")


def test_runs_with_different_records_of_their_code_are_not_compared(compare: Compare) -> None:
    expect(about(compare("committed", "first"))).to_have_text(
        "There is nothing to compare: the reference has a commit, the other run has a snapshot"
    )


# --- members -----------------------------------------------------------------------------------------------


def test_the_other_member_is_chosen(compare: Compare) -> None:
    page = compare("first", "second", "third")
    select = page.locator("#code").get_by_label("Compare with")
    select.focus()
    select.select_option("third")
    expect(page.locator("#code .count")).to_have_text("first → third")
    expect(select).to_be_focused()
    expect(opened(page, "train.py").locator("tr.add")).to_have_count(1)
    expect(page).to_have_url(re.compile("code.with=code/"))
    expect(page.locator("#logs .count")).to_have_text("first → second")
    select.select_option("second")
    expect(page.locator("#code .count")).to_have_text("first → second")
    expect(page).not_to_have_url(re.compile("code.with"))


def test_the_code_of_a_run_leads_to_that_of_the_run_before(seen: Visit, site: Path) -> None:
    page = seen.open(f"e/{members(site)['second']}.html")
    page.locator("#code").get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="first").click()
    page.locator("#h-code").scroll_into_view_if_needed()
    expect(page.locator("#code .count")).to_have_text("second → first")


def test_going_back_restores_the_controls(compare: Compare) -> None:
    page = compare("first", "second", "third")
    page.evaluate("location.hash = location.hash + '&code.view=split&code.with=' + location.hash.split(',').at(-1)")
    expect(page.locator("#code .count")).to_have_text("first → third")
    expect(page.locator("#code [value=split]")).to_be_checked()
    page.go_back()
    expect(page.locator("#code .count")).to_have_text("first → second")
    expect(page.locator('#code [value=""]')).to_be_checked()


# --- configuration and logs --------------------------------------------------------------------------------


def test_configuration_files_are_compared_by_key_and_by_lines(compare: Compare) -> None:
    page = compare("first", "second", section="configuration")
    expect(about(page, "configuration")).to_contain_text("2 of 3 configuration files differ.")
    width = card(page, "model.json").locator(".diff-values tr", has_text="width")
    expect(width.locator("td.add")).to_have_text("128")
    config = card(page, "config.yaml")
    expect(config.locator(".diff-values td.add")).to_be_visible()
    config.locator(".change-more summary").click()
    expect(config.locator(".change-more .add b")).to_have_text("2")


def test_logs_are_compared_without_times_and_progress(compare: Compare) -> None:
    page = compare("first", "second", section="logs")
    log = card(page, "console.log")
    expect(log.locator(".right")).to_have_text("+1 −1")
    expect(log.locator(".add")).to_contain_text("best 1")
    page.locator("#logs").get_by_label("Ignore times and progress").uncheck()
    expect(log.locator(".right")).to_have_text("+22 −22")
    expect(page).to_have_url(re.compile("logs.ignore=false"))


# --- the page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_the_sections_fit_and_are_accessible(browser: Browser, site: Path, width: int, scheme: str) -> None:
    with visit(browser, site.as_uri() + "/", viewport={"width": width, "height": 900}, color_scheme=scheme) as opened_:
        page = opened_.open(address(site, "first", "second", "third", state="code.view=split"))
        for section in ("code", "configuration", "logs"):
            page.locator(f"#h-{section}").scroll_into_view_if_needed()
            expect(about(page, section)).to_be_visible()
        opened(page, "train.py")
        assert page.evaluate(TOO_WIDE) == []
        assert axe_violations(page) == []
        assert opened_.problems == []
