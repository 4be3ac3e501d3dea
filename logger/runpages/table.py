"""Whatever is a table, as rows: by what it can do, so no library is imported."""

from __future__ import annotations

from itertools import count

from .cell import cell, cells, key, pairs
from .format.errors import UserError
from .value import can, kind_name, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Columns = list[tuple[Any, Any]]
    Row = dict[str, Any]

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
            f"table {name!r}, column {key(column)!r}: {kind_name(values)} is no list of values; "
            "give a dictionary column -> list, a list of dictionaries, one for each row, or a pandas.DataFrame of it"
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
                f"table {name!r}: column {names[0]!r} has {len(table[0])} values and column {column!r} has "
                f"{len(values)}; give columns of one length"
            )
    return [dict(zip(names, values, strict=True)) for values in zip(*table, strict=True)]


def _from_rows(value: Any, name: str) -> list[Row]:
    heads: list[Any] = []
    if can(value, "fetchall", "description"):  # A cursor of a database.
        heads, value = [column[0] for column in value.description or ()], value.fetchall()
    if not _is_list(value) or len(getattr(value, "shape", (1,))) != 1:
        raise UserError(f"table {name!r}: log_table takes {_FORMS}, and this is {kind_name(value)}")
    found = []
    for at, given in enumerate(value):
        named = _fields(given)
        if named is None:
            items = _items(given, name, at)
            heads = heads or list(range(len(items)))
            if len(items) != len(heads):
                told = f"has {len(items)} values and the first one {len(heads)}; give rows of one length"
                raise UserError(f"table {name!r}: row {at} {told}")
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
