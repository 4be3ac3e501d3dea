"""Texts of strangers made fit for a page."""

from __future__ import annotations

import html
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from runpages_site import text
from runpages_site.text.prose import LIMIT
from runpages_site.theme.templates import environment
from tests.examples import examples

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</pre></code></div><svg onload=alert(1)>",
    "&lt;b&gt;",
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b[31m<i>\x1b[0m",
]
ANY = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x1b[;0123mKABCD]\x07\r\b\n<>&\"'")), max_size=200)


class _Tags(HTMLParser):
    """The tags and attributes of a text, and what it says."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.open: list[str] = []
        self.feed(str(markup))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


# --- plain text --------------------------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(categories=None)))
def test_what_is_shown_holds_no_control_and_can_be_written(shown: str) -> None:
    made = text.visible(shown)

    made.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)


@given(st.text(alphabet=st.one_of(st.characters(categories=None), st.sampled_from("&<>\"'\n\t\x1b"))))
def test_html_is_what_markupsafe_makes_of_the_visible_text(shown: str) -> None:
    assert text.html(shown) == escape(text.visible(shown))


@given(st.characters(categories=None), st.text(alphabet="ab\n\t"))
def test_a_character_is_hidden_alone_and_in_a_text(character: str, around: str) -> None:
    assert text.visible(around + character) == around + text.visible(character)


def test_controls_are_spelled() -> None:
    assert text.visible("a\x00b\u202ec\ud800") == "a\\x00b\\u202ec\\ud800"
    assert text.visible("tab\tand\nline, é, 中, 🚀") == "tab\tand\nline, é, 中, 🚀"


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("text", "text"),
        (0.0003, "0.0003"),
        (1e30, "1e+30"),
        (float("-inf"), "−inf"),
        (float("nan"), "nan"),
        (True, "true"),
        (None, "null"),
        ([1, "é"], '[1, "é"]'),
        ({"a": None}, '{"a": null}'),
        (10**25, "1" + "0" * 25),
    ],
)
def test_values_are_spelled_as_they_were_logged(value: object, spelled: str) -> None:
    assert text.compact(value) == spelled


# --- logs --------------------------------------------------------------------------------------------------


@given(ANY)
def test_a_log_becomes_balanced_spans_and_nothing_else(log: str) -> None:
    for line in text.log_lines(log):
        tags = _Tags(line)
        assert not tags.open
        assert {tag for tag, _ in tags.tags} <= {"span"}
        assert all(set(attributes) == {"class"} for _, attributes in tags.tags)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=100))
def test_plain_lines_say_what_they_said(line: str) -> None:
    assert html.unescape(text.log_lines(line)[0]) == line


@given(st.text(alphabet="ab\n", max_size=50))
def test_lines_are_counted_as_line_feeds(log: str) -> None:
    assert len(text.log_lines(log)) == log.removesuffix("\n").count("\n") + 1


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("\x1b[32mgood\x1b[0m end", '<span class="a-green">good</span> end'),
        ("\x1b[1;31mbad\x1b[m", '<span class="a-bold a-red">bad</span>'),
        ("\x1b[38;5;196mred\x1b[39m plain", '<span class="a-red">red</span> plain'),
        ("\x1b[38;2;40;90;250mblue", '<span class="a-blue">blue</span>'),
        ("\x1b[44mground\x1b[0m", "ground"),
        (" 10%\r 50%\r100%", "100%"),
        ("a long line\rshort", "shortg line"),
        ("abcdef\rxyz\r12", "12zdef"),
        ("\x1b[31m\r\r", ""),
        ("a long line\r\x1b[Kshort", "short"),
        ("ab\bc", "ac"),
        ("windows\r\n", "windows"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2A\x1b[10Gmoved\x1b[?25l", "moved"),
        ("\x1bPstring\x1b\\after", "after"),
        ("bell\x07, nul\x00", "bell\\x07, nul\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ('<b> & "', "&lt;b&gt; &amp; &#34;"),
    ],
)
def test_terminal_output(log: str, shown: str) -> None:
    assert text.log_lines(log) == [Markup(shown)]


@given(ANY)
def test_the_short_way_through_a_log_leads_where_the_long_one_does(log: str) -> None:
    # A step back at the start of a line does nothing, but that each character is looked at.
    assert text.log_lines(log) == text.log_lines("\b" + re.sub("\r?\n(?!$)", "\n\b", log))


def test_a_style_goes_on_over_lines() -> None:
    assert text.log_lines("\x1b[33mone\ntwo\x1b[0m\nthree") == [
        '<span class="a-yellow">one</span>',
        '<span class="a-yellow">two</span>',
        "three",
    ]


def test_an_endless_line_is_cut_and_says_so() -> None:
    [line] = text.log_lines("x" * 1_000_000)

    assert len(line) < 11_000
    assert line.endswith("990000 more characters")


def test_a_long_log_takes_a_moment() -> None:
    log = "".join(f"\x1b[32mepoch {n}\x1b[0m loss\r {n}%\n" for n in range(2_000)) + "\x1b[" * 5_000

    started = time.process_time()
    text.log_lines(log)
    assert time.process_time() - started < 2


# --- templates ---------------------------------------------------------------------------------------------


def rendered(source: str, tmp_path: Path, **values: object) -> str:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.jinja").write_text(source, encoding="utf-8")
    return environment([tmp_path]).get_template("page.jinja").render(**values)


def test_a_template_escapes_all_but_markup_and_shows_what_is_hidden(tmp_path: Path) -> None:
    source = """{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}
{{ a }}|{{ b }}|{{ c }}|{{ "<" }}|{{ a ~ 1 }}|{{ "x" if none }}|{{ m(a) }}"""

    made = rendered(source, tmp_path, a="<\x1b&>", b=Markup("<b>"), c=3, none=None)

    hidden = "&lt;\\x1b&amp;&gt;"
    assert made.strip() == f"{hidden}|<b>|3|&lt;|{hidden}1||<i>{hidden}</i>"


def test_a_name_that_a_template_does_not_know_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match="gone"):
        rendered("{{ gone }}", tmp_path)


# --- documents -----------------------------------------------------------------------------------------------


def test_an_outline_is_json_with_a_line_for_each_value() -> None:
    document = {"id": '<a> & "b"', "none": {}, "params": {"lr": 0.1, "n": [1, True, None]}}

    made = text.outline(document)

    assert made == '{"id": "&lt;a&gt; &amp; \\"b\\"",\n"none": {},\n"params": {"lr":0.1,"n":[1,true,null]}}'
    assert json.loads(html.unescape(made)) == document
    assert text.outline({}) == ""


def test_an_outline_says_what_it_leaves_out() -> None:
    deep: dict[str, object] = {}
    for _ in range(20_000):
        deep = {"a": deep}
    document = {"many": {f"k{at}": at for at in range(5)}, "list": [1, 2, 3], "long": "x" * 400, "deep": deep}

    made = json.loads(text.outline(document, 2))

    assert made["many"] == {"k0": 0, "k1": 1, "…": 3}
    assert made["list"] == [1, 2, "… 1 more"]
    assert made["long"] == "x" * 300 + "…"
    assert '"a":"…"' in text.outline(document, 2)
    assert text.outline({str(at): at for at in range(500)}).endswith('"…": 100}')


@given(st.dictionaries(ANY, st.recursive(ANY | st.integers() | st.floats(), st.lists, max_leaves=5)))
@settings(max_examples=examples(0.2))
def test_an_outline_shows_what_is_hidden_and_is_no_markup(document: dict[str, object]) -> None:
    made = text.outline(document)

    assert text.visible(made) == made
    assert not set("<>") & set(made)


# --- Markdown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("frame", ["{}", "[a]({})", "![a]({})", "`{}`", "# {}", "| a |\n|---|\n| {} |", "<{}>"])
def test_markdown_is_clean(hostile: str, frame: str) -> None:
    for tag, attributes in _Tags(text.markdown(frame.format(hostile))).tags:
        assert tag not in {"script", "img", "svg", "iframe", "style"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert (attributes.get("href") or "https:").startswith(("http:", "https:", "mailto:"))


@given(ANY)
def test_any_markdown_is_balanced_html(source: str) -> None:
    assert not _Tags(text.markdown(source)).open


def test_markdown_keeps_what_a_readme_needs() -> None:
    made = text.markdown(
        "# Title\n\nSome **bold** `code` [site](https://example.org/a?b=1&c=2)\n\n- one\n- two\n\n```py\nx < 1\n```\n"
    )

    assert "<h3>Title</h3>" in made
    assert "<strong>bold</strong> <code>code</code>" in made
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">site</a>' in made
    assert "<li>one</li>" in made
    assert '<pre tabindex="0"><code>x &lt; 1\n</code></pre>' in made


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("**bold**, [a *link*](https://example.org/x) and `code`", "bold, a link and code"),
        ("# Title\n\n- one\n- two\n\n1. three", "Title one two three"),
        ("| a | b |\n|---|---|\n| 1 | **2** |\n\n```python\nx = 1\n```", "a b 1 2 x = 1"),
        ("![a *plot*](plot.png) one\ntwo  \nthree", "a plot one two three"),
        ("2 * 3 is \\*not\\* <b>bold</b> &amp; snake_case", "2 * 3 is *not* <b>bold</b> & snake_case"),
        ("Title\n=====\nbody", "Title body"),
        ("[" * 6_000, "[" * 6_000),
    ],
)
def test_the_words_of_markdown_are_what_is_read(source: str, said: str) -> None:
    assert text.as_read(source) == said


@given(source=ANY)
@settings(max_examples=examples(1))
def test_any_markdown_has_its_words_in_one_line(source: str) -> None:
    assert "\n" not in text.as_read(source)


def test_markdown_with_line_ends_of_windows() -> None:
    assert text.markdown("# Title\r\n\r\none\r\ntwo\r") == text.markdown("# Title\n\none\ntwo\n")


def test_a_page_asks_nothing_of_other_hosts_and_links_to_nothing_that_is_not_there() -> None:
    made = text.markdown("![chart](https://example.org/c.png) ![beside](plots/c.png) [notes](notes.md) [top](#top)")

    assert re.findall("<[^>]*>", made) == [
        "<p>",
        '<a href="https://example.org/c.png" rel="noopener noreferrer">',
        "</a>",
        "</p>",
    ]
    assert _Tags(made).said.split() == ["chart", "beside", "notes", "top"]


@pytest.mark.parametrize(
    "source", ["[" * 20_000, "*a " * 30_000, "`" * 50_000, "> " * 20_000, "x" * 500_000, "<" * 90_000]
)
def test_markdown_never_takes_long(source: str) -> None:
    started = time.process_time()
    made = text.markdown(source)

    assert time.process_time() - started < 3
    assert len(made) < 1_500_000


def test_cut_markdown_says_so() -> None:
    assert "900 more characters not shown" in text.markdown("x" * (LIMIT + 900))


# --- JSON --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_reads_back(value: object) -> None:
    said = _Tags(text.pretty_json(value, limit=10**6)).said

    # Only characters that have no place in a page are spelled in another way.
    if text.visible(json.dumps(value, ensure_ascii=False)) == json.dumps(value, ensure_ascii=False):
        assert json.loads(said) == value


def test_json_keeps_the_order_of_keys_and_colours_kinds() -> None:
    assert text.pretty_json({"b": 1.5, "a": ["<x>", None]}) == (
        '{\n  <span class="k-name">&#34;b&#34;</span>: <span class="k-number">1.5</span>,\n'
        '  <span class="k-name">&#34;a&#34;</span>: [\n    <span class="k-string">&#34;&lt;x&gt;&#34;</span>,\n'
        '    <span class="k-keyword">null</span>\n  ]\n}'
    )


def test_large_and_deep_json_is_cut() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    assert "nested too deep" in text.pretty_json(deep) or "cut here" in text.pretty_json(deep)
    made = text.pretty_json(list(range(10**6)), limit=1_000)
    assert "cut here" in made
    assert len(made) < 20_000
