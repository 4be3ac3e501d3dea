"""Fields of a metrics line, one by one: how they are spelled, and where they begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.csv_line import number_of, split, text_field
from tests.format.strategy import any_text


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('"', None),
        ('""', [""]),
        (',""', ["", ""]),
        ('"",', ["", ""]),
        (',"a,b",', ["", "a,b", ""]),
        ('"a""b",c', ['a"b', "c"]),
        ('a,"b"c', None),
        ('a,"b" ,c', None),
        ('a"b,c', ['a"b', "c"]),
        ('"""",', ['"', ""]),
    ],
)
def test_a_line_with_quotes_is_taken_apart(line: str, fields: list[str] | None) -> None:
    if fields is None:
        with pytest.raises(ValueError, match="quote"):
            split(line)
    else:
        assert split(line) == fields


@given(st.lists(st.just("") | any_text.filter(lambda text: not text.startswith('"')), min_size=1, max_size=5))
def test_fields_that_are_empty_or_quoted_come_back_from_a_line(texts: list[str]) -> None:
    spelled = [f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & {",", '"'} else text for text in texts]
    assert split(",".join(spelled)) == texts


def test_a_literal_escapes_what_it_has_to_and_no_more() -> None:
    assert text_field("é\n") == '"""é\\n"""'
    assert text_field("é\u2028") == '"""é\\u2028"""'


def test_a_field_that_is_no_number_is_told_up_to_its_fortieth_character() -> None:
    with pytest.raises(ValueError, match=rf"^'{'x' * 40}' is not a number$"):
        number_of("x" * 50)
