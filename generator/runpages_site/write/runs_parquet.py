"""The table of an experiment's runs as a Parquet file, where pyarrow is installed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..page import Field, spelled


def runs_parquet(table: Sequence[Field]) -> bytes | None:
    """The table as Parquet; None without pyarrow.

    Columns of numbers, truth values and times keep their type; all others are texts, spelled as in the CSV file.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return None
    out = io.BytesIO()
    parquet.write_table(
        pyarrow.table([_array(pyarrow, *one) for one in table], [_text(name) for name, _ in table]), out
    )
    return out.getvalue()


def _array(pyarrow: Any, name: str, values: Sequence[object]) -> Any:
    types = set(map(type, values)) - {type(None)}
    if name == "started":
        times = [None if value is None else datetime.fromisoformat(str(value)) for value in values]
        return pyarrow.array(times, pyarrow.timestamp("ms", "UTC"))
    if types == {bool}:
        return pyarrow.array(values, pyarrow.bool_())
    if types == {int} and all(value is None or abs(value) < 2**63 for value in values):  # type: ignore[arg-type]
        return pyarrow.array(values, pyarrow.int64())
    if float in types and types <= {int, float} and all(type(one) is not int or abs(one) <= 2**53 for one in values):
        return pyarrow.array([None if value is None else float(value) for value in values], pyarrow.float64())  # type: ignore[arg-type]
    return pyarrow.array([None if value is None else _text(value) for value in spelled(values)], pyarrow.string())


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()
