"""Decides which runs a query leaves."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from .columns import Column, Columns, Field, Row, cell
from .syntax import Branch, QueryError, Term, Value, parse, spelled

Test = Callable[[Row], bool]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?Z?")
_RANGE = re.compile(r"(.*?)\.\.(.*)")
_FIELDS = ("status", "number", "id", "title", "host", "commit", "duration", "note")
"""What every run has, by its name in a query; a note only where any has one."""
_IN_PART = ("title", "id", "host", "commit", "note")
_STATUSES = ("completed", "running", "failed", "canceled", "queued", "not responding")
"""The words of statuses; another that a run has is found in quotation marks."""
_NOT_FINITE = ("nan", "inf", "-inf")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def matching(query: str, runs: Sequence[Row], columns: Columns) -> list[Row]:
    """The runs that a query leaves. Raises QueryError for a mistake in it."""
    test = _test(parse(query), columns)
    return [row for row in runs if test(row)]


def _test(tree: Branch | Term, columns: Columns) -> Test:
    if isinstance(tree, Term):
        return _anywhere(tree, columns) if tree.op == "text" else _of_term(tree, columns)
    tests = [_test(part, columns) for part in tree.parts]
    if tree.op == "not":
        return lambda row: not tests[0](row)
    combine = all if tree.op == "and" else any
    return lambda row: combine(test(row) for test in tests)


def _of_term(term: Term, columns: Columns) -> Test:
    is_field = term.kind is None and not term.quoted
    if is_field and term.name in ("after", "before"):
        return _dated(term, columns)
    if is_field and term.name == "tag":
        return _tagged(term)
    own = is_field and term.name in _FIELDS and columns.has("run", term.name)
    column = columns.get("run", term.name).column if own else columns.column_of(term)
    field = Field(column, columns.which_of(column, term))
    if compare := _COMPARE.get(term.op):
        bound = _number(term.values[0], term.name, term.op)
        return lambda row: (found := _as_number(cell(field, row))) is not None and compare(found, bound)
    tests = [_of_value(value, term, column) for value in term.values]
    is_other = term.op == "!="

    def holds(row: Row) -> bool:
        found = cell(field, row)
        return found is not None and any(test(found) for test in tests) != is_other

    return holds


def _of_value(value: Value, term: Term, column: Column) -> Callable[[float | int | str], bool]:
    """What a value asks of a number or a text."""
    low, is_pattern = value.text.lower(), term.op == ":" and not value.quoted
    if (column.kind, column.name) == ("run", "status") and not value.quoted and "*" not in low and low not in _STATUSES:
        example = next((one for one in _STATUSES if one[:1] == low[:1]), "failed")
        raise QueryError(f"No status is called “{value.text}”", value.start, value.end, f"{term.name}:{example}")
    if is_pattern and (bounds := _range(value, term.name)):
        return lambda found: (number := _as_number(found)) is not None and bounds[0] <= number <= bounds[1]
    if is_pattern and "*" in low:
        pattern = _wildcard(low)
        return lambda found: bool(pattern.fullmatch(_as_text(found)))
    if column.numeric and low not in _NOT_FINITE:
        number = _number(value, term.name, term.op)
        return lambda found: _as_number(found) == number
    if term.op == ":" and (column.kind == "tag" or (column.kind == "run" and column.name in _IN_PART)):
        return lambda found: low in _as_text(found)
    return lambda found: low == _as_text(found)


def _dated(term: Term, columns: Columns) -> Test:
    if term.op != ":":
        message = "A date comes after a colon"
        raise QueryError(message, term.start, term.end, f"{term.name}:2026-11-01")
    moment, field = _date(term.values[0], term.name), columns.get("run", "started")
    is_after = term.name == "after"
    return lambda row: (
        (began := _as_number(cell(field, row))) is not None and (began >= moment if is_after else began < moment)
    )


def _tagged(term: Term) -> Test:
    """Runs that have a tag."""
    names = [re.compile(re.escape(one.text.lower())) if one.quoted else _wildcard(one.text) for one in term.values]
    return lambda row: any(name.fullmatch(tag.lower()) for name in names for tag in row.run.tags)


def _anywhere(term: Term, columns: Columns) -> Test:
    """Free text: in title, id, note, tags and their names, and parameters; a number as such among numbers."""
    low = term.values[0].text.lower()
    number = float(low) if _NUMBER.fullmatch(low) else None
    fields = [Field(one) for one in columns.all if one.kind in ("param", "tag") or (one.kind, one.name) in _TEXTS]

    def has(field: Field, found: float | int | str) -> bool:
        if field.column.numeric:
            return number is not None and found == number
        return low in _as_text(found) or (field.column.kind == "tag" and low in field.column.name.lower())

    return lambda row: any(has(field, found) for field in fields if (found := cell(field, row)) is not None)


_TEXTS = (("run", "title"), ("run", "id"), ("run", "note"))


# --- values ----------------------------------------------------------------------------------------------


def _as_number(found: float | int | str | None) -> float | int | None:
    """A value as a finite number; None for what is none."""
    if not isinstance(found, str):
        return found
    number = float(found) if _NUMBER.fullmatch(found.strip()) else math.nan
    return number if math.isfinite(number) else None


def _as_text(found: float | int | str) -> str:
    """A value as a text in lower case; a browser has no floats apart from integers."""
    if isinstance(found, float) and found.is_integer() and abs(found) < 1e16:
        return str(int(found))
    return str(found).lower()


def _number(value: Value, name: str, op: str) -> float:
    number = float(value.text) if _NUMBER.fullmatch(value.text) else None
    if number is None:
        raise QueryError(f"“{value.text}” is not a number", value.start, value.end, f"{spelled(name)}{op}0.5")
    return number


def _range(value: Value, name: str) -> tuple[float, float] | None:
    """A range, ``1..3``, of which one end may be open; None for another value."""
    found = _RANGE.fullmatch(value.text)
    if found is None or not found[1] + found[2]:
        return None
    low, high = (
        _number(value._replace(text=end), name, ":1..") if end else open_end
        for end, open_end in ((found[1], -math.inf), (found[2], math.inf))
    )
    if low > high:
        example = f"{spelled(name)}:{found[2]}..{found[1]}"
        raise QueryError(f"The range “{value.text}” begins above its end", value.start, value.end, example)
    return low, high


def _date(value: Value, name: str) -> float:
    """A date, with or without a time, in UTC, as seconds since the epoch."""
    found = _DATE.fullmatch(value.text)
    try:
        parts = [int(part or 0) for part in found.groups()] if found else []
        return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]
    except (TypeError, ValueError, OverflowError):
        raise QueryError(f"“{value.text}” is not a date", value.start, value.end, f"{name}:2026-11-01") from None


def _wildcard(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.lower().split("*"))), re.DOTALL)
