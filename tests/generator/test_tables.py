"""Logged tables: their first rows in the page, and all rows in the script beside it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runpages.format.records import File, Medium, Table
from runpages_site.page import tables
from runpages_site.page.components import spans
from runpages_site.page.tables import TableCard, pictures, table_cards, table_script, table_scripts
from runpages_site.site import Script

from .test_page import place, record


def table(*rows: dict[str, Any], name: str = "t") -> Table:
    return Table(name, [f"tables/{name}.jsonl"], list(dict.fromkeys(key for row in rows for key in row)), list(rows))


def card(of: Table, script: Script | None = None, rows: int = 100) -> TableCard:
    scripts = {of.name: script} if script else {}
    (made,) = table_cards(record(tables=[of]), place(*of.files), rows, scripts)
    return made


def data(script: bytes) -> dict[str, Any]:
    """What a script hands over."""
    found: dict[str, Any] = json.loads(script.decode().removeprefix('runpages.put("table",').removesuffix(");\n"))
    return found


def texts(column: dict[str, Any]) -> list[str | None]:
    """The values of a column as texts, which the browser takes apart in this way."""
    cells = column["values"].split(",")
    if "words" in column:
        return [column["words"][int(cell)] if cell else None for cell in cells]
    return [cell or None for cell in cells]


def test_one_text_among_all_rows_makes_a_column_of_texts() -> None:
    rows = [{"a": k, "b": k} for k in range(200)]
    made = card(table(*rows, {"a": "none", "b": 200}))
    assert [one.number for one in made.columns] == [False, True]


def test_the_decimals_of_a_column_are_those_of_all_its_rows() -> None:
    # The first rows are large, and most are small.
    made = card(table(*({"loss": 1e4 / (step + 1) ** 2} for step in range(3_000))))
    assert '<td class="n" title="10000.0">10,000.000000</td>' in made.rows
    assert "100 of 3000 rows" in made.note


def test_a_single_part_in_many_whole_numbers_is_seen() -> None:
    values: list[float | int] = [number % 10 for number in range(5_000)]
    assert tables.column(table(*({"a": value} for value in values)), "a").decimals == 0
    values[1_234] = 0.5
    assert tables.column(table(*({"a": value} for value in values)), "a").decimals == 1


def test_missing_values_are_a_dash() -> None:
    made = card(table({"a": 1.5, "b": "x"}, {"a": None}, {"b": None}))
    assert made.rows.count('<td class="n none">–</td>') == 2
    assert made.rows.count('<td class="value none">–</td>') == 2


def test_times_lists_and_objects_are_shown_as_texts() -> None:
    row = {"at": "2026-01-02T12:30:00+01:00", "sizes": [32, None], "set": {"lr": 0.1}, "took": 5400.0}
    made = card(table(row, row))
    assert [column.number for column in made.columns] == [False, False, False, True]
    for shown in (">2026-01-02T12:30:00+01:00</td>", ">[32, null]</td>", "&#34;lr&#34;: 0.1", ">5400<"):
        assert shown in made.rows
    found = data(table_script(table(row, row)))["columns"]
    assert [one.get("words") for one in found] == [[row["at"]], ["[32, null]"], ['{"lr": 0.1}'], None]


def test_a_long_text_is_cut_and_whole_in_its_title() -> None:
    made = card(table({"a": "word " * 100}, {"a": ""}))
    assert f">{('word ' * 100)[:300]}…</td>" in made.rows
    assert f'title="{"word " * 100}"' in made.rows


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "\"'><b>", "</script>", "\u202egnp", "a\x00b\ud800"]
)
def test_hostile_texts_are_escaped_in_cells_and_scripts(hostile: str) -> None:
    made = card(table({hostile: hostile}, {hostile: 1}))
    assert "<img" not in made.rows and "<b>" not in made.rows and "</script" not in made.rows
    script = table_script(table({hostile: hostile}, {hostile: 1}))
    assert not set(b"<>") & set(script)
    assert "\u202e" not in str(data(script)) and "\x00" not in str(data(script))


def test_the_note_tells_of_rows_and_columns_left_out() -> None:
    made = card(table(*({f"c{at}": at for at in range(300)} for _ in range(20_000 // 100))), rows=100)
    assert made.note == "100 of 200 rows, 50 of 300 columns"


def test_a_text_that_names_a_published_picture_is_shown_as_one() -> None:
    images = [
        Medium("layer", 1, None, "images/layer/1.png", None, 8, 8),
        Medium("layer", 0, None, "images/layer/0.png", None, 8, 8),
        Medium("gone", 0, None, "images/gone/0.png", None, 8, 8, missing=True),
        Medium("drawing", 0, None, "images/drawing/0.svg", None, 8, 8),
        Medium("text", 0, None, "images/text/0.png"),
    ]
    artifacts = [
        File("outputs/a.jpg", "artifacts/outputs/a.jpg", 5),
        File("outputs/b.bin", "artifacts/outputs/b.bin", 5),
    ]
    files = [one.file for one in images if not one.missing] + [one.file for one in artifacts]
    found = pictures(record(images=images, artifacts=artifacts), place(*files))
    assert found == {
        "layer": "r1/images/layer/1.png",
        "images/layer/0.png": "r1/images/layer/0.png",
        "images/layer/1.png": "r1/images/layer/1.png",
        "outputs/a.jpg": "r1/artifacts/outputs/a.jpg",
        "artifacts/outputs/a.jpg": "r1/artifacts/outputs/a.jpg",
    }
    rows = table({"a": "images/layer/0.png"}, {"a": "https://example.org/images/layer/0.png"})
    (made,) = table_cards(record(tables=[rows], images=images), place(*files), 100, {})
    assert made.has_pictures
    assert made.rows.count("<img") == made.rows.count("href=") == 1
    assert 'href="r1/images/layer/0.png"' in made.rows
    (packed,) = data(table_script(rows, found))["columns"]
    assert packed["pictures"] == {"0": "r1/images/layer/0.png"}


VALUES = (
    st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.booleans() | st.lists(st.integers(), max_size=2)
)
ROWS = st.lists(st.dictionaries(st.sampled_from(["a", "b, c", 'd"']), VALUES), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_a_script_has_every_value_of_every_row(rows: list[dict[str, Any]]) -> None:
    logged = table(*rows)
    found = data(table_script(logged))
    assert (found["rows"], found["total"]) == (len(rows), [len(rows), len(logged.columns)])
    assert [one["name"] for one in found["columns"]] == logged.columns
    for name, packed in zip(logged.columns, found["columns"], strict=True):
        for row, shown in zip(rows, texts(packed), strict=True):
            value = row.get(name)
            if "words" in packed or value is None:
                assert shown == (None if value is None else tables.spelled(value))
            else:
                assert shown is not None
                assert float(shown) == value or (math.isnan(float(shown)) and math.isnan(value))
                assert isinstance(value, float) or int(shown) == value


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_every_table_has_a_card(rows: list[dict[str, Any]]) -> None:
    made = card(table(*rows))
    assert made.rows.count("<tr>") == (len(rows) if made.columns else 0)
    assert made.rows.count("<td") == len(rows) * len(made.columns)


def test_a_script_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"a": k, "b": f"text {k}"} for k in range(100)]
    monkeypatch.setattr(tables, "CELLS", 60)
    found = data(table_script(table(*rows)))
    assert (found["rows"], found["total"]) == (30, [100, 2])
    assert [len(texts(one)) for one in found["columns"]] == [30, 30]
    monkeypatch.setattr(tables, "LETTERS", 100)
    found = data(table_script(table(*rows)))
    assert found["rows"] == 15
    monkeypatch.setattr(tables, "MOST_COLUMNS", 1)
    found = data(table_script(table(*rows)))
    assert (len(found["columns"]), found["rows"], found["total"]) == (1, 60, [100, 2])


def test_scripts_lie_beside_the_files_of_their_tables() -> None:
    tables_ = [
        table({"a": 1}, {"a": 2}, name="one"),
        table({"a": 1}, name="single"),
        table({"a": 1}, {"a": 2}, name="home"),
    ]
    where = place("tables/one.jsonl", "tables/single.jsonl")
    # What is not published stays home; a single row is compared with those of other runs.
    assert [(name, path) for name, path, _ in table_scripts(record(tables=tables_), where)] == [
        ("one", f"{where.folder}tables/one.js"),
        ("single", f"{where.folder}tables/single.js"),
    ]


def test_few_rows_and_columns_have_no_tools() -> None:
    def made(rows: int, width: int) -> TableCard:
        of = table(*({f"c{at}": at for at in range(width)} for _ in range(rows)))
        return card(of, Script("e/demo/r1/t.js", "1"))

    assert [(one.has_tools, one.has_choice) for one in (made(5, 3), made(50, 3), made(5, 30))] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert made(5, 3).data == "r1/t.js?v=1"
    assert tables.COLUMNS == 50


def test_a_curve_needs_two_numbers_in_every_row() -> None:
    assert card(table({"x": 1, "y": 2.0}, {"x": 2, "y": 3.0})).svg
    for bad in ({"x": 2}, {"x": 2, "y": "3"}, {"x": 2, "y": True}):
        assert not card(table({"x": 1, "y": 2.0}, bad)).svg


@pytest.mark.parametrize(
    ("wide", "spanning"),
    [
        ("", ""),
        ("n", "w"),
        ("nn", "nn"),
        ("nnn", "nnw"),
        ("wn", "ww"),
        ("nwnn", "wwnn"),
        ("nnwn", "nnww"),
        ("wnn", "wnn"),
    ],
)
def test_no_card_leaves_half_a_row_empty(wide: str, spanning: str) -> None:
    assert spans([one == "w" for one in wide]) == [one == "w" for one in spanning]


def test_a_table_that_is_alone_in_its_row_spans_it_unless_its_values_would_be_far_apart() -> None:
    of = [table({"a": "x", "b": "y", "c": "z", "d": "u"}, name="four"), table({"a": "x"}, name="one")]
    for order, spanning in (
        (of[:1], [True]),
        (of[1:], [False]),
        (of, [False, False]),
        ((*of, of[0]), [False, False, True]),
    ):
        assert [made.spans for made in table_cards(record(tables=list(order)), place(), 100, {})] == spanning
