"""The assets of a theme."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from runpages_site.theme import asset, theme


def test_styles_are_joined_in_the_order_of_the_layers() -> None:
    sources = {name: name.encode() for name in ("user.css", "run.css", "content.css", "tokens.css", "print.css")}

    made = asset.bundle(sources)

    text = made.files[made.names["runpages.css"]].decode()
    assert text.split() == ["tokens.css", "content.css", "run.css", "print.css", "user.css"]


def test_the_early_script_stays_apart_and_the_registry_comes_first() -> None:
    made = asset.bundle({"age.js": b"age", "early.js": b"early", "data.js": b"data", "icon.svg": b"<svg/>"})

    assert made.files[made.names["runpages.js"]].split() == [b"data", b"age"]
    assert made.files[made.names["theme-early.js"]].strip() == b"early"
    assert made.files[made.names["icon.svg"]] == b"<svg/>"


def test_what_waits_for_a_touch_stays_apart() -> None:
    made = asset.bundle({"later/chart.js": b"chart", "data.js": b"data", "sections/live.css": b"a{}"})

    found = {name: made.files[made.names[name]].strip() for name in made.names}
    assert found["runpages.js"] == b"data"
    assert found["later.js"] == b"chart"
    assert (found["runpages.css"], found["sections.css"]) == (b"", b"a{}")


def test_styles_lose_what_means_nothing_and_no_more() -> None:
    style = """
    /* a { b } */
    .a :is(b, .c) > d,
    e:hover { content: " ; /* no comment */ { "; margin: 0 auto !important; }
    @media (max-width: 10px) { .a::before { width: calc(100% - 2px); } }
    """
    made = asset.bundle({"tokens.css": style.encode()})

    assert made.files[made.names["runpages.css"]].decode().strip() == (
        '.a :is(b,.c)>d,e:hover{content:" ; /* no comment */ { ";margin:0 auto !important}'
        "@media (max-width:10px){.a::before{width:calc(100% - 2px)}}"
    )


def test_the_name_follows_the_bytes() -> None:
    one, same, other = (asset.hashed("runpages.css", data) for data in (b"a", b"a", b"b"))

    assert one == same != other
    assert re.fullmatch(r"assets/runpages\.[0-9a-f]{8}\.css", one)


def test_the_built_in_theme_is_small() -> None:
    made = asset.bundle(theme.load().sources())

    assert sum(len(gzip.compress(data)) for data in made.files.values()) <= 45 * 1024


def test_a_projects_file_takes_the_place_of_the_themes(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "user.css").write_text("/* mine */")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "empty.html.jinja").write_text("own {{ page }}")

    plain, mine = theme.load(), theme.load(project=tmp_path)

    assert mine.sources()["user.css"] == b"/* mine */"
    assert mine.sources()["tokens.css"] == plain.sources()["tokens.css"]
    assert mine.render("empty.html.jinja", "<page>") == "own &lt;page&gt;"
    assert mine.fingerprint != plain.fingerprint


def test_an_unknown_theme_tells_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"installed are: .*default"):
        theme.load("nonsense")


def test_both_dark_themes_are_one() -> None:
    text = theme.load().sources()["tokens.css"].decode()
    chosen, system = (
        dict(re.findall(r"(--[\w-]+): ([^;]+);", text[text.index(start) : text.index("}", text.index(start))]))
        for start in (':root[data-theme="dark"]', ':root:not([data-theme="light"])')
    )

    assert chosen == system
    assert len(chosen) > 30


def test_colour_codes_stand_among_the_tokens_only() -> None:
    sources = theme.load().sources()
    styles = {name: data.decode() for name, data in sources.items() if name.endswith(".css") and name != "tokens.css"}
    stripped = {name: re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) for name, text in styles.items()}

    found = {name: re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s)])", text) for name, text in stripped.items()}
    # Logged images keep a white ground in both themes.
    assert {name: codes for name, codes in found.items() if codes} == {"sections/images.css": ["#fff"]}


def test_scripts_are_strict_and_ask_the_network_for_nothing() -> None:
    for name, data in theme.load().sources().items():
        if name.endswith(".js"):
            text = data.decode()
            assert '"use strict";' in text, name
            assert not re.search(r"\b(fetch|XMLHttpRequest|import|eval|innerHTML|sendBeacon)\b", text), name
