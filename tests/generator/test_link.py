"""Links between the places of a site."""

from __future__ import annotations

import posixpath
from urllib.parse import parse_qs, unquote_to_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runpages_site.page import link

SEGMENT = st.text(min_size=1, max_size=12).filter(lambda text: "/" not in text and text not in {".", ".."})
PLACE = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join)


@given(PLACE, PLACE)
def test_a_link_leads_from_one_page_to_the_other(source: str, target: str) -> None:
    # No folder has a file's name.
    assume(not f"{source}/".startswith(f"{target}/") or source == target)

    href = link.between(source, target)

    reached = posixpath.join(posixpath.dirname(source), _decoded(href))
    assert posixpath.normpath(reached).encode("utf-8", "surrogatepass") == target.encode("utf-8", "surrogatepass")


def _decoded(href: str) -> str:
    return unquote_to_bytes(href).decode("utf-8", "surrogatepass")


@given(PLACE, PLACE)
def test_a_link_is_relative_and_needs_no_quoting(source: str, target: str) -> None:
    href = link.between(source, target)

    assert not href.startswith("/")
    assert href.isascii()
    assert not set(href) & set(" :?#\"'<>&\\\t\r\n")


@pytest.mark.parametrize("target", ["", "/etc/passwd", "../x", "a/../b", "a/", "a/./b"])
def test_what_is_no_file_of_the_site_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="not a file of the site"):
        link.between("index.html", target)


def test_examples() -> None:
    assert link.between("index.html", "e/a/index.html") == "e/a/index.html"
    assert link.between("e/a/r.html", "index.html") == "../../index.html"
    assert link.between("e/a/r.html", "e/a/r/images/a b/ü%.png") == "r/images/a%20b/%C3%BC%25.png"
    assert link.between("e/a/r.html", "e/a/c:d") == "c%3Ad"
    assert link.between("e/a/r.html", "e/b/a/r.html") == "../b/a/r.html"
    assert link.between("e//a/r.html", "e/a//r.html") == "r.html"


def test_a_name_that_is_no_utf_8_keeps_its_bytes() -> None:
    assert link.between("index.html", b"a\xff".decode("utf-8", "surrogateescape")) == "a%FF"


@given(st.text(), st.text())
def test_anchors_are_valid_and_tell_names_apart(one: str, other: str) -> None:
    first, second = link.anchor("log", one), link.anchor("log", other)

    assert not set(first) & set(" \t\r\n\f\"'<>&#%")
    assert (first == second) == (one == other)


@pytest.mark.parametrize(
    ("key", "value", "query"),
    [
        ("data", "digits", "tag.data:digits"),
        ("keep", None, "tag:keep"),
        ("keep", "", "tag:keep"),
        ("a b", "0.5, or so", 'tag."a b":"0.5, or so"'),
        ('"', "\\", 'tag."\\"":"\\\\"'),
        ("état", "a:b", 'tag.état:"a:b"'),
    ],
)
def test_a_tag_leads_to_the_runs_that_have_it(key: str, value: str | None, query: str) -> None:
    place, _, state = link.runs_with_tag("e/a/r.html", "e/a/index.html", key, value).partition("?")
    assert place == "index.html#runs"
    assert parse_qs(state, strict_parsing=True) == {"runs.query": [query]}
    assert link.runs_with_tag("e/a/r.html", "e/a/index.html", "\ud800", None)
