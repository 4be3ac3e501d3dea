"""JSON documents and lines: any value comes back, and what JSON tools choke on is refused by ValueError."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.document import DEEPEST, decode, encode, encode_line, finite, integer, mapping, seconds, text
from tests.format.strategy import any_text, json_values, same

documents = st.dictionaries(any_text, json_values, max_size=5)


def _is_number_word(value: Any) -> bool:
    """Whether somewhere a dictionary looks like the spelling of nan or infinity, which reads back as the number."""
    if isinstance(value, dict):
        word = value.get("float")
        return (len(value) == 1 and isinstance(word, str) and word in ("nan", "inf", "-inf")) or any(
            map(_is_number_word, value.values())
        )
    return isinstance(value, list) and any(map(_is_number_word, value))


@given(documents.filter(lambda value: not _is_number_word(value)))
def test_a_document_comes_back(document: dict[str, Any]) -> None:
    assert same(decode(encode(document)), document)
    assert same(decode(encode_line(document)), document)


@given(documents)
def test_a_line_is_one_line_of_plain_json(document: dict[str, Any]) -> None:
    line = encode_line(document)
    assert line.endswith(b"\n")
    assert len(line.decode("utf-8").splitlines()) == 1

    def refuse(word: str) -> None:
        raise AssertionError(word)

    json.loads(line, parse_constant=refuse)
    json.loads(encode(document), parse_constant=refuse)


def test_the_spelling_never_changes() -> None:
    document = {"b": [1, 2.0, True, None, math.nan, -math.inf], "a": {"é": "\ud800\n", "float": "nan"}}
    assert encode_line(document) == (
        '{"b":[1,2.0,true,null,{"float":"nan"},{"float":"-inf"}],"a":{"é":"\\ud800\\n","float":"nan"}}\n'.encode()
    )
    assert encode({"a": [1]}) == b'{\n "a": [\n  1\n ]\n}\n'


def test_nan_and_infinity_have_a_spelling_of_their_own() -> None:
    assert encode_line({"x": (math.inf,)}) == b'{"x":[{"float":"inf"}]}\n'
    assert math.isnan(decode(b'{"float": "nan"}'))
    assert decode(b'{"float": "nano"}') == {"float": "nano"}
    assert decode(b'{"float": "nan", "x": 1}') == {"float": "nan", "x": 1}
    assert decode(b'{"float": ["nan"]}') == {"float": ["nan"]}


def test_bare_words_of_other_writers_are_read() -> None:
    assert same(decode(b"[NaN, Infinity, -Infinity]"), [math.nan, math.inf, -math.inf])


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf{}", b"{}\r\n", b" {} "])
def test_editors_leave_marks(data: bytes) -> None:
    assert decode(data) == {}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{'a': 1}", b"{} {}", b"\xff", b'"\xed\xa0\x80"', b"[1,]", b"9" * 5000, b'"a\nb"', b"\x00"]
)
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)


def _nested(levels: int, *, by: str) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if by == "[" else {"a": value}
    return value


@pytest.mark.parametrize("by", ["[", "{"])
def test_nesting_has_a_limit_on_both_sides(by: str) -> None:
    deepest = _nested(DEEPEST - 1, by=by)
    assert decode(encode({"x": deepest})) == {"x": deepest}
    assert decode(encode_line({"x": deepest})) == {"x": deepest}
    for levels in (DEEPEST, 300, 5000):
        deeper = _nested(levels, by=by)
        for write in (encode, encode_line):
            with pytest.raises(ValueError, match="nested more than"):
                write({"x": deeper})
        opened = "[" if by == "[" else '{"a":'
        closed = "]" if by == "[" else "}"
        with pytest.raises(ValueError, match="nested more than"):
            decode(f'{{"x":{opened * levels}1{closed * levels}}}'.encode())


def test_a_wide_document_is_not_a_deep_one() -> None:
    wide: dict[str, list[Any]] = {"x": [[{}] for _ in range(5000)]}
    assert decode(encode_line(wide)) == wide


def test_what_cannot_be_a_document_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    for value in (loop, [math.nan, loop], 10**5000, {math.nan: 1}):
        with pytest.raises(ValueError):
            encode({"x": value})
    with pytest.raises(TypeError):
        encode({"x": object()})


# --- what readers make of values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("1970-01-01T00:00:00.000Z", 0.0),
        ("2026-01-02T03:04:05.678Z", 1767323045.678),
        ("2026-01-02T04:04:05.678+01:00", 1767323045.678),
        ("2026-01-02T03:04:05", 1767323045.0),
        ("2026-01-02", 1767312000.0),
        ("0001-01-01T00:00:00+23:00", None),
        ("9999-12-31T23:59:59-23:00", None),
        (1767323045.678, 1767323045.678),
        (0, 0.0),
        (True, None),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2026-13-01", None),
        ([], None),
        (math.nan, None),
        (10**400, None),
    ],
)
def test_times_are_read_leniently(value: object, moment: float | None) -> None:
    assert seconds(value) == moment


@given(json_values)
def test_no_value_is_too_strange_for_the_readers(value: Any) -> None:
    assert isinstance(mapping(value), dict)
    assert text(value) is None or isinstance(value, str)
    assert integer(value) is None or type(value) is int
    assert isinstance(seconds(value), float | None)
    number = finite(value)
    assert number is None or math.isfinite(float(number))


@given(documents)
def test_a_document_is_spelled_as_the_json_module_does(document: dict[str, Any]) -> None:
    try:
        expected = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        data = expected.encode()
    except ValueError:  # nan, or half of a surrogate pair: these have a spelling of their own.
        return
    assert encode(document) == data
