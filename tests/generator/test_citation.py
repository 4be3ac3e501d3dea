"""How a workspace is to be cited, from its ``CITATION.cff``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runpages_site.build import Options, Report, build
from runpages_site.citation import cited, parse
from runpages_site.errors import SecretsFound

from .conftest import NOW, MakeRun

Built = Callable[[], tuple[Path, Report]]

SOFTWARE = """
cff-version: 1.2.0
message: Please cite this.
title: Small-data lab & friends
version: 1.10
date-released: 2026-11-27
doi: 10.5281/zenodo.1234567
repository-code: https://github.com/example/lab
authors:
  - family-names: Müller
    given-names: Jean-Paul A.
  - family-names: Beethoven
    name-particle: van
    given-names: Ludwig
    name-suffix: Jr.
  - name: The 100% group
"""

ARTICLE = """
title: Not this
authors: [{name: Nobody}]
preferred-citation:
  type: article
  title: Which learning rate?
  year: 2026
  authors: [{family-names: Doe, given-names: Jane}]
  journal: Journal of Runs
  volume: 3
  issue: 1
  start: 10
  end: 21
  url: https://example.org/a_b
"""


def spelled(text: str) -> tuple[str, str, str]:
    found = parse(text.encode())
    assert found.problems == () and found.reference is not None
    made = cited(found.reference)
    return made.text, made.address, made.bibtex


def test_a_citation_is_spelled_for_people_and_for_bibtex() -> None:
    assert spelled(SOFTWARE) == (
        "Müller, J.-P. A., van Beethoven, L., Jr., & The 100% group. (2026). Small-data lab & friends (Version 1.10) "
        "[Computer software].",
        "https://doi.org/10.5281/zenodo.1234567",
        "@software{Muller2026,\n"
        "  author = {Müller, Jean-Paul A. and van Beethoven, Jr., Ludwig and {The 100\\% group}},\n"
        "  title = {{Small-data lab \\& friends}},\n"
        "  year = {2026},\n"
        "  version = {1.10},\n"
        "  doi = {10.5281/zenodo.1234567},\n"
        "  url = {https://github.com/example/lab},\n"
        "}",
    )


def test_the_preferred_citation_is_what_is_cited() -> None:
    text, address, bibtex = spelled(ARTICLE)
    assert text == "Doe, J. (2026). Which learning rate? Journal of Runs, 3(1), 10–21."
    assert address == "https://example.org/a_b"
    assert bibtex.startswith("@article{Doe2026,\n") and "pages = {10--21}" in bibtex


def test_of_many_authors_some_are_named_and_a_year_may_be_missing() -> None:
    text, _, bibtex = spelled("title: T\nauthors:\n" + "".join(f"- name: N{place}\n" for place in range(30)))
    assert "N18, … N29. (n.d.)." in text and "N19" not in text
    assert bibtex.count(" and ") == 29 and "year" not in bibtex


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("title: [", 1, "It is not YAML: "),
        ("title: 'a\n\tb", 2, "It is not YAML: "),
        ("a: \x01", None, "It is not YAML: "),
        ("[" * 50_000, None, "It is nested too deeply"),
        ("", None, "It has no keys"),
        ("- a", None, "It has no keys"),
        ("authors: [{name: a}]", None, "It has no `title`"),
        ("title: [a]\nauthors: [{name: a}]", None, "It has no `title`"),
        ("title: a", None, "It has no list of `authors`"),
        ("title: a\nauthors: b", None, "It has no list of `authors`"),
        ("title: a\nauthors: [{name: a}, {orcid: b}]", None, "Author 2 has neither"),
        ("title: a\nauthors: [b]", None, "Author 1 has neither"),
        ("title: a\nauthors: [{name: a}]\npreferred-citation: b", None, "`preferred-citation` has no keys"),
        ("a" * 100_001, None, "It has more than 100,000 bytes"),
        (b"\xff", None, "It is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_citation_is_reported(text: str | bytes, line: int | None, message: str) -> None:
    found = parse(text if isinstance(text, bytes) else text.encode())
    [problem] = found.problems
    assert found.reference is None
    assert (problem.file, problem.line, problem.damage) == ("CITATION.cff", line, False)
    assert problem.message.startswith(message)


def test_the_home_page_shows_the_citation_and_the_site_has_the_file(
    make_run: MakeRun, workspace: Path, built: Built
) -> None:
    make_run()
    (workspace / "CITATION.cff").write_text(SOFTWARE)
    site, report = built()
    page = (site / "index.html").read_text("utf-8")
    assert report.problems == {} and 'data-copy="bibtex"' in page and "Müller, J.-P. A." in page
    assert '<a href="https://doi.org/10.5281/zenodo.1234567">' in page
    listed = json.loads((site / "workspace.json").read_text())["published"]["files"]
    [place] = [one["place"] for one in listed if one["path"] == "CITATION.cff"]
    assert (site / place).read_text() == SOFTWARE


def test_a_bad_file_is_a_warning_of_each_build_until_it_is_mended(
    make_run: MakeRun, workspace: Path, built: Built
) -> None:
    make_run()
    (workspace / "CITATION.cff").write_text("title: T\nurl: 'javascript:alert(1)'\n")
    for _ in range(2):
        site, report = built()
        [[problem]] = report.problems.values()
        assert problem.message == "It has no list of `authors`" and not report.damaged
    assert 'id="citation"' not in (site / "index.html").read_text("utf-8")
    (workspace / "CITATION.cff").write_text("title: T\nurl: 'javascript:alert(1)'\nauthors: [{name: <b>}]\n")
    site, report = built()
    page = (site / "index.html").read_text("utf-8")
    assert report.problems == {} and 'id="citation"' in page
    assert 'href="javascript' not in page and "<b>. (n.d.)" not in page


def test_secrets_in_a_citation_are_found(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    make_run()
    secret = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
    (workspace / "CITATION.cff").write_text(f"title: {secret}\nauthors: [{{name: a}}]\n")
    with pytest.raises(SecretsFound, match=r"CITATION\.cff, line 1"):
        build(workspace, tmp_path / "site", now=NOW, version="1", options=Options(secrets="fail"))
