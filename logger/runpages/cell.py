"""A cell of a table as JSON holds it: by what a value can do, so no library is imported."""

from __future__ import annotations

from .format.document import DEEPEST
from .format.errors import UserError
from .value import MISSING, can, kind_name, listed, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_OTHER: Any = object()
# Room for the row and for what a reader puts around it.
_DEEPEST = DEEPEST - 5
_PLAIN = {float, bool, str, type(None)}
# What their constructors take is their text. By name: a class of a user that is called so has one, too.
_TEXTS = {"UUID", "Period", "Interval", "ZoneInfo", "IPv4Address", "IPv6Address", "dtype", "ExtensionDtype"}


def cells(values: Iterable[Any], table: str, column: str) -> list[Any]:
    """Turn the values of a column into cells; raises UserError like ``cell``."""
    found = listed(values)
    kinds = set(map(type, found))
    # Most columns are plain from end to end, and to see that takes no call for each cell.
    if kinds <= _PLAIN or (kinds == {int} and max(map(int.bit_length, found)) <= 64):
        # The missing text of a data frame is nan.
        return [None if one != one else one for one in found] if kinds == {str, float} else found
    return [cell(value, table, column, at) for at, value in enumerate(found)]


def cell(value: Any, table: str, column: str, row: int | None = None) -> Any:
    """Turn one value into a number, a text, a truth value, None, or lists and objects of these.

    Raises UserError that names the place, the type, and what to give instead.
    """
    if type(value) in _PLAIN:
        return value
    try:
        return _cell(value, 1)
    except _Unfit as error:
        place = f"table {table!r}, column {column!r}" + ("" if row is None else f", row {row}")
        raise UserError(f"{place}: {error}") from None


def key(name: Any) -> str:
    """The name of a column as a text: the levels of a name joined by ``/``, a time or an Enum as its cell would be."""
    if type(name) is str:
        return name
    if isinstance(name, tuple):
        return "/".join(text for text in map(key, name) if text)
    try:
        return str(_cell(name, 1))
    except _Unfit:
        return str(name)


def pairs(value: Any) -> list[tuple[Any, Any]] | None:
    """Names, and what they stand for, of a mapping of any library; None for anything else."""
    if not can(value, "keys", "__getitem__") or not callable(value.keys):
        return None
    names = list(value.keys())
    return [(name, value[name]) for name in names]


class _Unfit(Exception):
    """Why a value cannot be kept, and what to give instead."""


def _cell(value: Any, depth: int) -> Any:
    if not isinstance(value, (bool, int, float, str, type(None))):
        if depth > _DEEPEST:
            raise _Unfit(f"the value holds itself, or is nested in more than {_DEEPEST} levels; give a flatter one")
        for spell in (_without_dimensions, _spelled, _named, _nested):
            found = spell(value, depth)
            if found is not _OTHER:
                return found
    try:
        return plain(value, "")
    except UserError as error:
        raise _Unfit(_advice(value, str(error))) from None


def _without_dimensions(value: Any, depth: int) -> Any:
    """A scalar of numpy or of another library of arrays, or an array that is one."""
    if type(value).__name__ in MISSING:
        return None
    if not can(value, "shape", "item") or value.shape != ():
        return _OTHER
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind in ("m", "M"):
        return _moment(value[()])
    if kind == "c":
        return _cell(complex(value), depth + 1)
    item = value.tolist() if can(value, "tolist") else value.item()  # Only a list knows what is masked.
    return _OTHER if type(item) is type(value) else _cell(item, depth + 1)


def _moment(value: Any) -> Any:
    """A time of numpy in ISO 8601, without zeros at its end; a duration in seconds."""
    text = str(value)
    if text == "NaT":
        return None
    if value.dtype.kind == "M":
        return text.rstrip("0").rstrip(".") if "." in text else text
    try:
        return float(value / type(value)(1, "s"))
    except TypeError:  # A month has no length in seconds.
        return text


def _spelled(value: Any, depth: int) -> Any:
    """What has a spelling of its own: durations, times, complex numbers, bytes, paths."""
    if can(value, "total_seconds"):
        return value.total_seconds()
    if can(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, complex):
        return str(value).strip("()")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _text(bytes(value))
    if can(value, "__fspath__"):
        return _cell(value.__fspath__(), depth + 1)
    return _cell(value.as_py(), depth + 1) if can(value, "as_py") else _OTHER  # A scalar of Arrow.


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _Unfit("bytes that are no UTF-8 text cannot be kept; give their hex()") from None


def _named(value: Any, depth: int) -> Any:
    """What is known by the name of its class."""
    kinds = {base.__name__ for base in type(value).__mro__}
    if "Enum" in kinds:
        return str(value) if value.name is None else value.name
    return str(value) if kinds & _TEXTS else _OTHER


def _nested(value: Any, depth: int) -> Any:
    """What holds other values: an object, or a list."""
    if can(value, "columns"):  # Of a frame these would be the names of its columns.
        return _OTHER
    if can(value, "__dataclass_fields__"):
        return {name: _cell(getattr(value, name), depth + 1) for name in value.__dataclass_fields__}
    named = None if can(value, "tolist") else pairs(value)
    if named is not None:
        return {key(name): _cell(item, depth + 1) for name, item in named}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    return [_cell(item, depth + 1) for item in listed(value)] if can(value, "__len__", "__iter__") else _OTHER


def _advice(value: Any, error: str) -> str:
    if isinstance(value, int):
        return error.partition(": ")[2]
    remedy = "give a number, a text, a time, a list or a dictionary, or str() of it"
    if can(value, "columns"):
        remedy = "log it as a table of its own"
    elif can(value, "savefig") or can(value, "save", "mode"):
        remedy = "log it by log_image, and give its name here, which shows it in the table"
    elif can(value, "__next__"):
        remedy = "give list() of it"
    return f"{kind_name(value)} cannot be kept in a cell; {remedy}"
