from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.check import html

STRICT = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"
HEAD = f'<!doctype html>\n<html lang="en">\n<head>\n<meta http-equiv="Content-Security-Policy" content="{STRICT}">\n'
FRAME = Path(__file__).parents[2] / "themes/runpages_themes/default/templates/frame.html.jinja"


def places(body: str) -> list[tuple[str, str]]:
    return [(one.where, one.target) for one in html.read(HEAD + body).references]


def faults(body: str) -> list[str]:
    return [fault.message for fault in html.read(HEAD + body).faults]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<a href="x.html">', [("a href", "x.html")]),
        ("<A HREF='x.html' >", [("a href", "x.html")]),
        ("<a href=x.html>", [("a href", "x.html")]),
        ('<a\nclass="b"\nhref = "x.html"\n>', [("a href", "x.html")]),
        ('<a href="?a=1&amp;b=&lt;">', [("a href", "?a=1&b=<")]),
        ('<a href="x" href="y">', [("a href", "x")]),
        ('<a title="<a href=y>" href="x">', [("a href", "x")]),
        ('<a title="a > b" href="x">', [("a href", "x")]),
        ("<a class=b'c href=x>", [("a href", "x")]),
        ('<a href="">', [("a href", "")]),
        ("<a href>", [("a href", "")]),
        ("<a data=x data-src=y cite=z>", []),
        ("a < b <a href=x>", [("a href", "x")]),
        ("</a href=x>", []),
        ('<img src="x.png"/>', [("img src", "x.png")]),
        ('<img srcset="a.png, b.png 2x,c.png 3x">', [("img srcset", place) for place in ("a.png", "b.png", "c.png")]),
        ('<img srcset="data:image/png;base64,AA== 1x, b.png 2x">',
         [("img srcset", "data:image/png;base64,AA=="), ("img srcset", "b.png")]),
        ('<video poster="p.png"><source src="v.mp4"></video>', [("video poster", "p.png"), ("source src", "v.mp4")]),
        ('<svg><use href="#i"/><image xlink:href="p.png"/></svg>', [("use href", "#i"), ("image xlink:href", "p.png")]),
        ('<i style="background: url(&quot;b.png&quot;)">', [("url", "b.png")]),
        ('<path clip-path="url(#clip)" d="M0 0">', [("url", "#clip")]),
        ('<i title="url(b.png)" data-copy="url(c.png)">', []),
        ('<meta http-equiv="refresh" content="0; url=x.html">', [("meta refresh", "x.html")]),
        ('<meta name="description" content="0; url=x.html">', []),
        ('<form action="x"><button formaction="y">', [("form action", "x"), ("button formaction", "y")]),
        ("<!-- <a href=x> --><a href=y>", [("a href", "y")]),
        ("<!--><a href=y>", [("a href", "y")]),
        ("<!-- <a href=x>", []),
        ('<a title="<a href=x>', []),
        ('<script type="application/json">{"a": "<a href=x>"}</script><a href=y>', [("a href", "y")]),
        ("<title><a href=x></title><a href=y>", [("a href", "y")]),
        ("<svg><title/><a href=y></a></svg>", [("a href", "y")]),
        ("<textarea><a href=x></textarea><a href=y>", [("a href", "y")]),
    ],
)  # fmt: skip
def test_references_are_found_as_a_browser_finds_them(body: str, found: list[tuple[str, str]]) -> None:
    assert places(body) == found


def test_what_is_found_tells_where() -> None:
    text = HEAD + '<p>\n<a href="x">\n<img\n src="y">'
    assert [text.count("\n", 0, one.at) + 1 for one in html.read(text).references] == [6, 7]


def test_ids_are_found() -> None:
    read = html.read(f'{HEAD}<p id="a"><a name="b"></a><p id=\'c&amp;d\'><input name="e"><p data-id="f"><p id="">')
    assert read.ids == {"a", "b", "c&d"}
    assert read.faults == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<p onclick="x()">', "<p> has onclick, which the policy blocks"),
        ("<script>x()</script>", "an inline script, which the policy blocks"),
        ('<script type="module">x()</script>', "an inline script, which the policy blocks"),
        ("<style>p{}</style>", "<style> is not allowed in a page"),
        ('<base href="x">', "<base> is not allowed in a page"),
        ('<object data="x"></object>', "<object> is not allowed in a page"),
        ('<iframe src="x"></iframe>', "<iframe> without sandbox"),
        ('<p id="x"><p id="x">', "duplicate id 'x'"),
    ],
)
def test_what_a_page_must_not_hold_is_told(body: str, fault: str) -> None:
    assert faults(body) == [fault]


def test_the_content_of_a_script_is_no_markup() -> None:
    assert faults('<script type="application/json">"<p onclick=x>"</script><p id="a">') == []
    assert faults('<script src="x.js"></script><iframe sandbox src="x"></iframe>') == []


@pytest.mark.parametrize(
    "head",
    [
        "",
        f'<link rel="icon" href="x">{HEAD}',
        f"<title>x</title>{HEAD}",
        f"<body>{HEAD}",
        HEAD.replace("http-equiv", "data-equiv"),
        f"<!-- {HEAD} -->",
    ],
)
def test_a_page_begins_with_its_policy(head: str) -> None:
    assert [fault.message for fault in html.read(head).faults] == ["no Content-Security-Policy before everything else"]


def test_the_charset_and_comments_may_stand_before_the_policy() -> None:
    before = "<!-- made by runpages --><html><head><meta charset=utf-8><meta content=\"x\" name='y'>"
    after = f"<META content=\"{STRICT}\" http-equiv='content-security-policy'>"
    assert html.read(before + after).faults == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ("", "the policy lacks default-src"),
        (STRICT.replace("base-uri 'none'", ""), "the policy lacks base-uri"),
        (STRICT.replace("form-action 'none'", ""), "the policy lacks form-action"),
        (STRICT.replace("default-src 'none'", "default-src 'self'"), "the policy allows default-src 'self'"),
        (STRICT.replace("script-src", "script-src 'unsafe-inline'"), "the policy allows script-src 'unsafe-inline'"),
        (f"{STRICT}; script-src-elem *", "the policy allows script-src-elem *"),
        (f"{STRICT}; img-src https://example.org", "the policy allows img-src https://example.org"),
        (f"{STRICT}; style-src 'unsafe-inline'", "the policy allows style-src 'unsafe-inline'"),
        (f"{STRICT}; connect-src 'self'", "the policy allows connect-src 'self'"),
        (f"script-src *; {STRICT}", "the policy allows script-src *"),
    ],
)
def test_a_policy_that_is_not_strict_is_told(changed: str, fault: str) -> None:
    assert fault in list(html.policy_faults(changed))
    assert fault in [one.message for one in html.read(HEAD.replace(STRICT, changed)).faults]


def test_the_policy_of_the_theme_is_strict() -> None:
    assert list(html.policy_faults(STRICT)) == []
    template = FRAME.read_text("utf-8")
    begin = template.index("default-src")
    assert list(html.policy_faults(template[begin : template.index('"', begin)])) == []


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("@font-face { src: url(f.woff2) }", [("url", "f.woff2")]),
        ("p { background: URL( 'a b.png' ) }", [("url", "a b.png")]),
        ('@import "x.css"; @import url(y.css);', [("@import", "x.css"), ("@import", "y.css")]),
        ("/* url(a.png) */ p { content: 'url(b.png)' }", []),
        ("p { background: url(data:image/png;base64,AA==) }", [("url", "data:image/png;base64,AA==")]),
        ("p { mask: curl(x) }", []),
    ],
)
def test_what_a_style_sheet_loads_is_found(style: str, found: list[tuple[str, str]]) -> None:
    assert [(one.where, one.target) for one in html.read_style(style)] == found


@given(st.text("<>=\"'/!- \nab&", max_size=40))
def test_any_text_is_read_in_time(text: str) -> None:
    html.read(text)
    html.read_style(text)


class _Oracle(HTMLParser):
    """What the parser of the standard library makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.places: list[tuple[str, str, int]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in {"href", "src"}:
                self.places.append((f"{tag} {name}", value or "", self.getpos()[0]))


def test_built_pages_are_read_as_the_standard_library_reads_them(example_site: Path) -> None:
    pages = list(example_site.rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        text = page.read_text("utf-8")
        read, oracle = html.read(text), _Oracle(text)
        assert read.ids == set(oracle.ids)
        assert len(read.ids) == len(oracle.ids)
        found = [(one.where, one.target, text.count("\n", 0, one.at) + 1) for one in read.references]
        assert [one for one in found if one[0].endswith((" href", " src"))] == oracle.places
