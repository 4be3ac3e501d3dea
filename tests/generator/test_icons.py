"""The icons of templates and those of scripts are the same drawings."""

from __future__ import annotations

import re
from pathlib import Path

from runpages_themes import default

THEME = Path(str(default.__file__)).parent
SHAPE = re.compile(r"""^ +"?(\w+)"?: '(<.+>)',$""", re.MULTILINE)


def shapes(place: str) -> dict[str, str]:
    return dict(SHAPE.findall((THEME / place).read_text("utf-8")))


def test_icons_of_one_name_are_one_drawing() -> None:
    ours = shapes("templates/icons.html.jinja")
    scripted = shapes("scripts/page/icons.js") | shapes("scripts/deferred/child-runs.js")
    assert {"failed", "copy", "filter"} <= ours.keys() & scripted.keys()
    assert {name: scripted[name] for name in ours.keys() & scripted.keys() if scripted[name] != ours[name]} == {}
