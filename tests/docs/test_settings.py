from __future__ import annotations

import json

from jsonschema import Draft7Validator

from tests.docs.settings import PLACE, SCHEMA, document, schema_text

OLD = "is old: python -m tests.docs.settings"


def test_the_table_is_made_from_the_types() -> None:
    text = PLACE.read_text("utf-8")
    assert text == document(text), f"docs/reference/{PLACE.name} {OLD}"


def test_the_schema_is_made_from_the_types() -> None:
    stored = SCHEMA.read_text("utf-8")
    assert stored == schema_text(), f"docs/reference/schema/{SCHEMA.name} {OLD}"
    Draft7Validator.check_schema(json.loads(stored))
