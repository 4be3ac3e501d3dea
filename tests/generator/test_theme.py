"""A theme of one's own: a folder `theme` in the workspace, whose files take the places of the built-in ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from runpages_site.build import Report, build
from runpages_site.errors import BuildError, ThemeError
from runpages_site.theme import theme

NOW = 1_760_000_000.0


def built(folder: Path) -> Report:
    return build(folder / "runs", folder / "site", now=NOW, version="1")


def make(folder: Path) -> Path:
    run = folder / "runs" / "demo" / "a"
    run.mkdir(parents=True)
    (run / "metrics.csv").write_text("name,step,value\nloss,0,0.5\nloss,1,0.25\n")
    return folder / "runs" / "theme"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def style(folder: Path) -> str:
    (found,) = (folder / "site" / "assets").glob("runpages.*.css")
    return found.read_text("utf-8")


def test_tokens_come_last_and_win(tmp_path: Path) -> None:
    own = make(tmp_path)
    write(own / "styles" / "user.css", "@layer user { :root { --ac: #7a1fa2; } }")
    assert built(tmp_path).experiments == 1
    assert style(tmp_path).rstrip().endswith("@layer user{:root{--ac:#7a1fa2}}")
    assert "--ac:light-dark(#0b5cc4,#74b3ff)" in style(tmp_path)


def test_a_theme_is_hashed_again_only_if_a_file_of_it_changed(tmp_path: Path) -> None:
    own = make(tmp_path)
    write(own / "styles" / "user.css", "@layer user { :root { --ac: #7a1fa2; } }")
    before = theme.load(project=own)
    known = {before.seen.key: "noted"}
    assert theme.load(project=own, known=known).fingerprint == "noted"
    assert theme.load(project=own).fingerprint == before.fingerprint != "noted"
    write(own / "templates" / "deep" / "new.html.jinja", "new")
    after = theme.load(project=own, known=known)
    assert after.fingerprint not in {"noted", before.fingerprint}
    write(own / "templates" / "deep" / ".new.html.jinja.swp", "new")
    assert theme.load(project=own).seen.key == after.seen.key


def test_assets_are_those_of_the_last_build_unless_one_is_gone(tmp_path: Path) -> None:
    make(tmp_path)
    built(tmp_path)
    assets = {path: path.read_bytes() for path in (tmp_path / "site" / "assets").iterdir()}
    metrics = tmp_path / "runs" / "demo" / "a" / "metrics.csv"
    for gone in (None, min(assets)):
        if gone is not None:
            gone.unlink()
        with metrics.open("a") as file:
            file.write("loss,2,0.125\n")
        assert len(built(tmp_path).rendered) == 1
        assert {path: path.read_bytes() for path in (tmp_path / "site" / "assets").iterdir()} == assets


def test_a_template_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    own = make(tmp_path)
    page = '{% extends "frame.html.jinja" %}{% block main %}<h1>Mine: {{ page.title }}</h1>{% endblock %}'
    write(own / "templates" / "run.html.jinja", page)
    write(own / "scripts" / "page" / "mine.js", "window.mine = 1;")
    built(tmp_path)
    made = (tmp_path / "site" / "e" / "demo" / "a.html").read_text("utf-8")
    assert "<h1>Mine: a</h1>" in made and "Content-Security-Policy" in made
    (script,) = (tmp_path / "site" / "assets").glob("runpages.*.js")
    assert "window.mine=1;" in script.read_text("utf-8")


def test_a_template_of_ones_own_reads_values_as_jinja_does(tmp_path: Path) -> None:
    own = make(tmp_path)
    write(
        own / "templates" / "run.html.jinja",
        '{% extends "frame.html.jinja" %}{% from "icons.html.jinja" import icon %}{% block main %}'
        '<i title="{{ page.frame.sections.logs }}">{{ "a < b" }}{{ page.broken.tables is defined }}</i>'
        '{% for name in ("first", "second") %}{% include "parts/own.html.jinja" %}{% endfor %}'
        '{% include "parts/facts.html.jinja" %}{% endblock %}',
    )
    write(own / "templates" / "parts" / "own.html.jinja", '<b>{{ name }}{{ "logs" in page.frame.styles }}</b>')
    built(tmp_path)
    made = (tmp_path / "site" / "e" / "demo" / "a.html").read_text("utf-8")
    assert re.search(r'<i title="[^"]*assets/logs\.\w+\.css[^"]*">a &lt; bFalse</i>', made)
    assert "<b>firstTrue</b><b>secondTrue</b>" in made
    assert '<div class="facts">' in made


def test_a_part_of_ones_own_may_have_blocks_and_names_that_no_other_part_sees(tmp_path: Path) -> None:
    own = make(tmp_path)
    facts = '{% set m = "mine" %}{% block main %}<p class="mine">{{ m }}, {{ page.title }}</p>{% endblock %}'
    write(own / "templates" / "parts" / "facts.html.jinja", facts)
    built(tmp_path)
    made = (tmp_path / "site" / "e" / "demo" / "a.html").read_text("utf-8")
    assert re.search(r'<p class="mine">\w*, a</p>', made) and '<section id="metrics"' in made
    assert made.count("<h1 ") == 1


def test_a_changed_theme_makes_all_pages_anew_and_the_same_one_none(tmp_path: Path) -> None:
    own = make(tmp_path)
    built(tmp_path)
    write(own / "styles" / "user.css", ":root { --ac: red; }")
    assert list(built(tmp_path).rendered.values()) == ["settings, theme or version changed"]
    assert not built(tmp_path).rendered
    (own / "styles" / "user.css").unlink()
    (own / "styles").rmdir()
    assert len(built(tmp_path).rendered) == 1


@pytest.mark.parametrize("mistake", ["{{ page.title }", "{{ page.nothing }}", '{% include "gone.html.jinja" %}'])
def test_a_mistake_in_a_template_is_told_with_its_line_and_leaves_the_site(tmp_path: Path, mistake: str) -> None:
    own = make(tmp_path)
    built(tmp_path)
    page = (tmp_path / "site" / "e" / "demo" / "a.html").read_bytes()
    file = own / "templates" / "run.html.jinja"
    write(file, '{% extends "frame.html.jinja" %}\n{% block main %}\n' + mistake + "{% endblock %}")
    with pytest.raises(ThemeError, match=re.escape(f"{file}, line 3: ")):
        built(tmp_path)
    assert (tmp_path / "site" / "e" / "demo" / "a.html").read_bytes() == page
    file.unlink()
    built(tmp_path)
    assert (tmp_path / "site" / "e" / "demo" / "a.html").read_bytes() == page


# --- a theme of a package ---

FILES = {
    "__init__.py": "",
    "theme.toml": '[bundles]\n"lab.css" = ["styles/large/*.css"]\n\n[sections]\nlab = ["lab.css"]\n',
    "templates/empty.html.jinja": '{% extends "frame.html.jinja" %}{% block main %}<h1>Nothing yet</h1>{% endblock %}',
    "styles/lab.css": "@layer user { :root { --ac: light-dark(#7a1fa2, #d7a6ff); } }",
    "styles/large/one.css": "body { font-size: 15px }",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package with the theme `lab`."""
    packages = tmp_path / "packages"
    for name, text in FILES.items():
        write(packages / "lab_theme" / name, text)
    write(packages / "lab_theme-1.0.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: lab-theme\nVersion: 1.0\n")
    write(packages / "lab_theme-1.0.dist-info" / "entry_points.txt", "[runpages.themes]\nlab = lab_theme\n")
    monkeypatch.syspath_prepend(packages)
    yield packages / "lab_theme"
    sys.modules.pop("lab_theme", None)


def test_the_built_in_theme_is_registered_as_any_other() -> None:
    (point,) = (one for one in entry_points(group=theme.GROUP) if one.name == theme.BUILT_IN)
    assert [Path(str(point.load().__file__)).parent] == list(theme.load().folders)


def test_a_theme_of_a_package_takes_the_place_of_the_built_in_one_file_by_file(tmp_path: Path, installed: Path) -> None:
    write(tmp_path / "runs" / "runpages.yml", "theme: lab\n")
    build(tmp_path / "runs", tmp_path / "site", now=NOW, version="1")
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "<h1>Nothing yet</h1>" in page and 'class="crumbs"' in page
    assert "--ac:light-dark(#7a1fa2,#d7a6ff)" in style(tmp_path) and "--bg:light-dark(#ffffff,#111316)" in style(
        tmp_path
    )
    (own,) = (tmp_path / "site" / "assets").glob("lab.*.css")
    assert own.read_text("utf-8") == "body{font-size:15px}\n"
    assert theme.load("lab").layout.sections["lab"] == ("lab.css",)
    assert theme.load("lab").layout.sections["logs"] == theme.load().layout.sections["logs"]


def test_a_package_without_a_theme_is_refused(tmp_path: Path, installed: Path) -> None:
    write(tmp_path / "runs" / "runpages.yml", "theme: lab\n")
    (installed / "theme.toml").unlink()
    with pytest.raises(BuildError, match=r"runpages\.yml: 'lab' is not a theme: .*lab_theme has no theme\.toml"):
        build(tmp_path / "runs", tmp_path / "site", now=NOW, version="1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = = 1", r"theme\.toml: .*line 1"),
        ("[scripts]", r"theme\.toml: unknown table 'scripts'; there are: bundles, sections, files"),
        ("bundles = 1", r"theme\.toml: 'bundles' must be a table"),
        ('[bundles]\n"../a.css" = []', r"theme\.toml: '\.\./a\.css' is not a file name for a bundle"),
        ('[bundles]\n"a.txt" = []', r"theme\.toml: 'a\.txt' is not a file name for a bundle"),
        ('[bundles]\n"a.css" = "styles/a.css"', r"theme\.toml: bundles\.'a\.css' must be a list of paths"),
        ("[sections]\nlogs = [1]", r"theme\.toml: sections\.'logs': 1 is not a path"),
        (
            '[bundles]\n"a.css" = ["styles/a.css"]',
            r"'a\.css' lists 'styles/a\.css', which is not a file of the theme",
        ),
    ],
)
def test_a_mistake_in_theme_toml_is_reported_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    write(make(tmp_path) / "theme.toml", text)
    with pytest.raises(ThemeError, match=problem):
        built(tmp_path)
    assert not (tmp_path / "site" / "index.html").exists()


def test_a_theme_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = make(tmp_path) / "theme.toml"
    write(file, "")
    file.write_bytes(b"\xff")
    with pytest.raises(ThemeError, match=r"theme\.toml is not UTF-8"):
        built(tmp_path)
