"""What the tests of tables and of their cells share."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import Enum
from typing import Any

import pandas as pd

from runpages.table import rows

FRAME = pd.DataFrame({"city": ["b", "a", "b"], "kind": ["u", "v", "v"], "x": [1.0, 2.0, 4.0], "n": [1, 2, 3]})
NOON = datetime(2026, 1, 2, 12, 30, 0, 500_000)


class Color(Enum):
    RED = 1


@dataclasses.dataclass
class Fold:
    number: int
    score: float


def columns(value: Any) -> dict[str, list[Any]]:
    """The rows of a table as columns, in the order in which they first come."""
    found = rows(value, "t")
    return {column: [row.get(column) for row in found] for column in dict.fromkeys(key for row in found for key in row)}
