"""A theme of one's own: a folder `theme` in the workspace, whose files take the places of the built-in ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runpages_site.build import Report, build
from runpages_site.errors import ThemeError

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
    theme = make(tmp_path)
    write(theme / "styles" / "user.css", "@layer user { :root { --ac: #7a1fa2; } }")
    assert built(tmp_path).experiments == 1
    assert style(tmp_path).rstrip().endswith("@layer user{:root{--ac:#7a1fa2}}")
    assert "--ac:#0b5cc4" in style(tmp_path)


def test_a_template_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    theme = make(tmp_path)
    page = '{% extends "frame.html.jinja" %}{% block main %}<h1>Mine: {{ page.title }}</h1>{% endblock %}'
    write(theme / "templates" / "run.html.jinja", page)
    write(theme / "scripts" / "page" / "mine.js", "window.mine = 1;")
    built(tmp_path)
    made = (tmp_path / "site" / "e" / "demo" / "a.html").read_text("utf-8")
    assert "<h1>Mine: a</h1>" in made and "Content-Security-Policy" in made
    (script,) = (tmp_path / "site" / "assets").glob("runpages.*.js")
    assert "window.mine=1;" in script.read_text("utf-8")


def test_a_changed_theme_makes_all_pages_anew_and_the_same_one_none(tmp_path: Path) -> None:
    theme = make(tmp_path)
    built(tmp_path)
    write(theme / "styles" / "user.css", ":root { --ac: red; }")
    assert list(built(tmp_path).rendered.values()) == ["settings, theme or version changed"]
    assert not built(tmp_path).rendered
    (theme / "styles" / "user.css").unlink()
    (theme / "styles").rmdir()
    assert len(built(tmp_path).rendered) == 1


@pytest.mark.parametrize("mistake", ["{{ page.title }", "{{ page.nothing }}", '{% include "gone.html.jinja" %}'])
def test_a_mistake_in_a_template_is_told_with_its_line_and_leaves_the_site(tmp_path: Path, mistake: str) -> None:
    theme = make(tmp_path)
    built(tmp_path)
    page = (tmp_path / "site" / "e" / "demo" / "a.html").read_bytes()
    file = theme / "templates" / "run.html.jinja"
    write(file, '{% extends "frame.html.jinja" %}\n{% block main %}\n' + mistake + "{% endblock %}")
    with pytest.raises(ThemeError, match=re.escape(f"{file}, line 3: ")):
        built(tmp_path)
    assert (tmp_path / "site" / "e" / "demo" / "a.html").read_bytes() == page
    file.unlink()
    built(tmp_path)
    assert (tmp_path / "site" / "e" / "demo" / "a.html").read_bytes() == page
