"""Converts tables of any kind to rows, by what they can do, so no library is imported."""

from __future__ import annotations

from itertools import count

from .coerce import MISSING, can, kind_name, listed, plain
from .format.document import DEEPEST
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Columns = list[tuple[Any, Any]]
    Row = dict[str, Any]
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
            raise _Unfit(f"the value contains itself or is nested more than {_DEEPEST} levels deep; give a flatter one")
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
        raise _Unfit("bytes that are not UTF-8 cannot be stored; give their hex()") from None


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
    remedy = "give a number, a string, a time, a list or a dictionary, or str() of it"
    if can(value, "columns"):
        remedy = "log it as its own table"
    elif can(value, "savefig") or can(value, "save", "mode"):
        remedy = "log it with log_image, and put its name here to show it in the table"
    elif can(value, "__next__"):
        remedy = "give list() of it"
    return f"{kind_name(value)} cannot be stored in a cell; {remedy}"


_FORMS = (
    "a data frame, a dictionary column -> list, a list of rows that are dictionaries or lists, "
    "or an array of two dimensions"
)

# What a table that is computed or read when it is asked for is known by, and what gives it: of Dask, polars, Arrow.
_LAZY = {"__dask_graph__": "compute", "collect_schema": "collect", "read_all": "read_all"}


def rows(value: Any, name: str) -> list[Row]:
    """Turn a table into rows of what JSON holds.

    Takes a data frame or a series of pandas, polars, Arrow or xarray, a dictionary column -> values, an array of two
    dimensions or with named fields, a database cursor, and any iterable of rows: dictionaries, named tuples,
    dataclasses or lists. The index of a frame becomes its first columns where it is named or is not 0, 1, 2, …; names
    of several levels are joined by ``/``; a name that is there already gets a number: ``x``, ``x.1``.

    Raises UserError for columns or rows of different lengths, and for a cell that cannot be kept.
    """
    value = _frame(value)
    columns = _columns(value, name)
    return _from_rows(value, name) if columns is None else _from_columns(columns, name)


def row(given: dict[str, Any], name: str) -> Row:
    """Turn the cells of one row into what JSON holds; raises UserError for one that cannot be kept."""
    return {column: cell(value, name, column) for column, value in given.items()}


def _frame(value: Any) -> Any:
    """The frame behind a table of another form: one that is styled, lazy, labelled or sparse, or a single column."""
    if can(value, "to_html", "apply_index"):  # A Styler of pandas.
        value = value.data
    for mark, name in _LAZY.items():
        if can(value, mark, name):
            value = getattr(value, name)()
    if can(value, "to_dataframe") and getattr(value, "shape", None) != ():  # xarray
        value = (value.rename("value") if getattr(value, "name", "") is None else value).to_dataframe()
    if can(value, "to_frame", "to_list") and not can(value, "names"):  # Not an index.
        value = value.to_frame(name="value" if value.name in (None, "") else value.name)
    for name in ("toarray", "toPandas", "to_pandas"):
        if can(value, name) and not can(value, "column_names") and not can(value, "get_columns"):
            value = getattr(value, name)()
    return value


def _columns(value: Any, name: str) -> Columns | None:
    """The columns of a table with their names, in any form; None for what is made of rows."""
    if can(value, "column_names", "columns"):  # pyarrow
        return list(zip(value.column_names, value.columns, strict=True))
    if can(value, "get_columns"):  # polars
        return [(column.name, column) for column in value.get_columns()]
    if can(value, "iloc", "columns"):  # pandas
        # By their places: by a name that two columns have neither is found.
        return _index(value.index) + [(column, value.iloc[:, at]) for at, column in enumerate(value.columns)]
    named = pairs(value)
    if named is not None:
        return [(column, _column(values, column, name)) for column, values in named]
    shape: tuple[Any, ...] = getattr(value, "shape", ())
    dtype = getattr(value, "dtype", None)
    fields = getattr(dtype, "names", None)
    if fields and len(shape) == 1:
        return [(field, value[field]) for field in fields]
    return [(at, value[:, at]) for at in range(shape[1])] if len(shape) == 2 and dtype is not None else None


def _index(index: Any) -> Columns:
    """The levels of an index as columns; none for one that only counts the rows."""
    levels = list(index.names)
    if len(levels) > 1:
        named = (f"level_{at}" if level is None else level for at, level in enumerate(levels))
        return [(level, index.get_level_values(at)) for at, level in enumerate(named)]
    if levels == [None] and index.dtype.kind in "iu" and index.tolist() == list(range(len(index))):
        return []
    return [("index" if levels == [None] else levels[0], index)]


def _column(values: Any, column: Any, name: str) -> Any:
    if pairs(values) is not None and not can(values, "tolist"):
        raise UserError(
            f"table {name!r}, column {key(column)!r}: {kind_name(values)} is not a list of values; "
            "give a dictionary column -> list, a list with a dictionary for each row, or a pandas.DataFrame"
        )
    return values if _is_list(values) else [values]


def _is_list(values: Any) -> bool:
    """Whether something is gone through as a column or a row; a text and an array without dimensions are one value."""
    return can(values, "__iter__") and not isinstance(values, (str, bytes)) and getattr(values, "shape", None) != ()


def _from_columns(columns: Columns, name: str) -> list[Row]:
    names = _numbered(key(column) for column, _ in columns)
    table = [cells(values, name, column) for column, (_, values) in zip(names, columns, strict=True)]
    for column, values in zip(names, table, strict=True):
        if len(values) != len(table[0]):
            raise UserError(
                f"table {name!r}: column {names[0]!r} has {len(table[0])} values, but column {column!r} has "
                f"{len(values)}; all columns must have the same length"
            )
    return [dict(zip(names, values, strict=True)) for values in zip(*table, strict=True)]


def _from_rows(value: Any, name: str) -> list[Row]:
    heads: list[Any] = []
    if can(value, "fetchall", "description"):  # A cursor of a database.
        heads, value = [column[0] for column in value.description or ()], value.fetchall()
    if not _is_list(value) or len(getattr(value, "shape", (1,))) != 1:
        raise UserError(f"table {name!r}: log_table takes {_FORMS}, not {kind_name(value)}")
    found = []
    for at, given in enumerate(value):
        named = _fields(given)
        if named is None:
            items = _items(given, name, at)
            heads = heads or list(range(len(items)))
            if len(items) != len(heads):
                why = f"has {len(items)} values, but the first one has {len(heads)}; all rows must have the same length"
                raise UserError(f"table {name!r}: row {at} {why}")
            named = list(zip(heads, items, strict=True))
        columns = _numbered(key(column) for column, _ in named)
        values = zip(columns, named, strict=True)
        found.append({column: cell(item, name, column, at) for column, (_, item) in values})
    return found


def _fields(given: Any) -> Columns | None:
    """The cells of a row that names them; None for a row that does not."""
    named = pairs(given)
    if named is not None:
        return named
    fields = getattr(given, "__dataclass_fields__", None) or getattr(given, "_fields", None)
    return [(field, getattr(given, field)) for field in fields] if fields else None


def _items(given: Any, name: str, at: int) -> list[Any]:
    if not _is_list(given):
        remedy = "give a dictionary or a list for each row, or use log_list"
        raise UserError(f"table {name!r}: row {at} is {kind_name(given)}; {remedy}")
    return listed(given)


def _numbered(names: Iterable[str]) -> list[str]:
    """Names, of which one that was there before gets the first number that is free: ``x``, ``x.1``, ``x.2``."""
    given = list(names)
    taken = set(given)
    if len(taken) == len(given):
        return given
    found: dict[str, None] = {}
    for name in given:
        if name in found:
            name = next(other for at in count(1) if (other := f"{name}.{at}") not in taken)
            taken.add(name)
        found[name] = None
    return list(found)
