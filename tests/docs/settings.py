"""`python -m tests.docs.settings`: write the table of docs/reference/settings.md and the schema, from the types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from runpages_site.settings import Settings
from runpages_site.settings.json_schema import schema
from runpages_site.settings.types import Group, Groups, Names, Setting, settings_of

DOCS = Path(__file__).parent.parent.parent / "docs" / "reference"
PLACE = DOCS / "settings.md"
SCHEMA = DOCS / "schema" / "runpages.yml.schema.json"
BEGIN, END = "<!-- settings: made from the code -->", "<!-- end of settings -->"


def table() -> str:
    """Every setting with what it takes, its default and its meaning."""
    lines = ["| setting | takes | default | meaning |", "|---|---|---|---|", *_rows(Settings, "")]
    return "".join(f"{line}\n" for line in lines)


def document(text: str) -> str:
    """The page with the table of today; ValueError where its marks are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PLACE.name} lacks {BEGIN} or {END}")
    return f"{before}{begin}\n\n{table()}\n{end}{after}"


def schema_text() -> str:
    """The JSON Schema as it is stored."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _rows(group: type, above: str) -> Iterator[str]:
    for setting in settings_of(group):
        match setting.kind:
            case Group(of=inner):
                yield from _rows(inner, f"{above}{setting.name}.")
            case Names(of=Group(of=inner)):
                yield from _rows(inner, f"{above}{setting.name}.<name>.")
            case Groups(of=inner):
                yield from _rows(inner, f"{above}{setting.name}.<number>.")
            case _:
                cells = (f"`{above}{setting.name}`", setting.kind.wants, _default(setting), setting.meaning)
                yield f"| {' | '.join(cells)} |"


def _default(setting: Setting) -> str:
    if setting.required:
        return "required"
    # Nothing, an empty list or no names: the meaning says what is done then.
    if setting.default is None or setting.default in ((), {}):
        return "–"
    return f"`{json.dumps(setting.default).strip(chr(34))}`"


if __name__ == "__main__":
    PLACE.write_text(document(PLACE.read_text("utf-8")), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    print(f"docs/reference/{PLACE.name} and docs/reference/schema/{SCHEMA.name} are of today")
