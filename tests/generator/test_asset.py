"""The assets of a theme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runpages_site.errors import ThemeError
from runpages_site.theme import asset, theme
from runpages_site.theme.asset import Layout


def made(sources: dict[str, str], bundles: dict[str, list[str]]) -> dict[str, str]:
    """The text of each bundle."""
    layout = Layout({name: tuple(paths) for name, paths in bundles.items()})
    found = asset.bundle({path: text.encode() for path, text in sources.items()}, layout)
    return {name: found.files[found.names[name]].decode() for name in found.names}


def test_a_bundle_has_its_files_in_order_and_a_pattern_stands_for_the_rest() -> None:
    sources = {f"styles/{name}.css": f".{name} {{ top: 0 }}" for name in ("user", "run", "tokens", "print", "chart")}
    bundles = {
        "a.css": ["styles/tokens.css", "styles/*.css", "styles/user.css"],
        "b.css": ["styles/print.css"],
    }

    found = made(sources, bundles)

    assert re.findall(r"\.(\w+)\{", found["a.css"]) == ["tokens", "chart", "run", "user"]
    assert re.findall(r"\.(\w+)\{", found["b.css"]) == ["print"]


def test_a_list_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(ThemeError, match=r"'a\.js' lists 'scripts/b\.js', which is not a file of the theme"):
        made({}, {"a.js": ["scripts/b.js"]})
    with pytest.raises(ThemeError, match=r"the section 'logs' loads 'a\.js', which is not a bundle"):
        asset.bundle({}, Layout(sections={"logs": ("a.js",)}))
    with pytest.raises(ThemeError, match=r"styles/a\.css of the theme is not UTF-8"):
        asset.bundle({"styles/a.css": b"\xff"}, Layout({"a.css": ("styles/a.css",)}))


def test_styles_lose_what_means_nothing_and_no_more() -> None:
    style = """
    /* a { b } */
    .a :is(b, .c) > d,
    e:hover { content: " ; /* no comment */ { "; margin: 0 auto !important; }
    @media (max-width: 10px) { .a::before { width: calc(100% - 2px); } .a :is(b) { top: 0 } }
    :root { --ac: light-dark(#fff, rgb(0 0 0 / 0.5)); }
    """

    assert made({"a": style}, {"a.css": ["a"]})["a.css"].strip() == (
        '.a :is(b,.c)>d,e:hover{content:" ; /* no comment */ { ";margin:0 auto !important}'
        "@media (max-width:10px){.a::before{width:calc(100% - 2px)}.a :is(b){top:0}}"
        ":root{--ac:light-dark(#fff,rgb(0 0 0 / 0.5))}"
    )


def test_scripts_lose_comments_and_keep_texts_templates_and_expressions() -> None:
    script = r"""
    // A comment.
    const a = "// no  comment", b = `two  // blanks ${a + "}"}  /* kept */`; /* gone */
    const c = /[/"]\/\/ x/g.test(a) && "x" / 2 / 1;
    if (a) /"/.test(b);
    """

    assert made({"a": script}, {"a.js": ["a"]})["a.js"].strip() == (
        r"""const a="// no  comment",b=`two  // blanks ${a + "}"}  /* kept */`;"""
        r"""const c=/[/"]\/\/ x/g.test(a)&&"x"/2/1;if(a)/"/.test(b);"""
    )


def test_the_name_follows_the_bytes() -> None:
    one, same, other = (asset.hashed("runpages.css", data) for data in (b"a", b"a", b"b"))

    assert one == same != other
    assert re.fullmatch(r"assets/runpages\.[0-9a-f]{8}\.css", one)


def test_a_projects_file_takes_the_place_of_the_themes(tmp_path: Path) -> None:
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "user.css").write_text("/* mine */")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "empty.html.jinja").write_text("own {{ page }}")

    plain, mine = theme.load(), theme.load(project=tmp_path)

    assert mine.sources()["styles/user.css"] == b"/* mine */"
    assert mine.sources()["styles/tokens.css"] == plain.sources()["styles/tokens.css"]
    assert mine.render("empty.html.jinja", "<page>") == "own &lt;page&gt;"
    assert mine.fingerprint != plain.fingerprint


def test_an_unknown_theme_tells_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"installed: .*default"):
        theme.load("nonsense")


def test_colour_codes_stand_among_the_tokens_only() -> None:
    sources = theme.load().sources()
    styles = {
        name: data.decode()
        for name, data in sources.items()
        if name.startswith("styles/") and not name.endswith("tokens.css")
    }
    stripped = {name: re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) for name, text in styles.items()}

    found = {name: re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s)])", text) for name, text in stripped.items()}
    # Logged images keep a white ground in both themes.
    assert {name: codes for name, codes in found.items() if codes} == {"styles/deferred/images.css": ["#fff"]}


def test_scripts_are_strict_and_ask_the_network_for_nothing() -> None:
    for name, data in theme.load().sources().items():
        if name.startswith("scripts/"):
            text = data.decode()
            assert '"use strict";' in text, name
            assert not re.search(r"\b(fetch|XMLHttpRequest|import|eval|sendBeacon)\b", text), name
            # What is parsed is ours: an icon, or a constant.
            parsed = re.findall(r"\binnerHTML\b[^\n]*", text)
            assert all(
                re.match(r"innerHTML(: (shape \? )?runpages\.icon| = (runpages\.icon|CHARTS;|TOOLS;))", one)
                for one in parsed
            ), name
