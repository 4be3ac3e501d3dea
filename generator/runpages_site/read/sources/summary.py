"""Reads what an event of TensorBoard holds: numbers, tensors, pictures, sound, histograms and parameters."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .protobuf import FIXED32, Field, double, fields, packed, signed, text, varints

SCALARS = "scalars"

# The types of tensors, with what `struct` calls their numbers.
_FLOAT, _DOUBLE, _BFLOAT16 = 1, 2, 14
_CODES = {
    _FLOAT: "f",
    _DOUBLE: "d",
    3: "i",
    4: "B",
    5: "h",
    6: "b",
    9: "q",
    10: "?",
    17: "H",
    19: "e",
    22: "I",
    23: "Q",
}

MOST = 1 << 16
"""Numbers of a tensor that are read."""


class Tensor(NamedTuple):
    """A tensor: the number of its type, its shape, and the fields with its content."""

    type: int
    shape: tuple[int, ...]
    parts: tuple[Field, ...]

    @property
    def elements(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    def strings(self) -> list[Field]:
        """Where its texts are."""
        return [part for part in self.parts if part.number == 8]

    def numbers(self, data: bytes) -> list[float]:
        """Its numbers. Raises ValueError for a tensor of another type, or too many or damaged numbers."""
        if self.type not in (*_CODES, _BFLOAT16) or self.elements > MOST:
            raise ValueError(f"a tensor of type {self.type} with {self.elements} elements is not read")
        found: list[float] = []
        for part in self.parts:
            found += self._numbers(data, part)
        # Equal numbers at the end may be left out.
        return (found + found[-1:] * (self.elements - len(found)) if found else [0.0] * self.elements)[: self.elements]

    def _numbers(self, data: bytes, part: Field) -> Sequence[float]:
        if part.number == 4:
            if self.type == _BFLOAT16:
                return [_bfloat16(int(one)) for one in packed(data, part, "H")]
            return packed(data, part, _CODES[self.type])
        if part.number in (5, 6):
            return packed(data, part, "f" if part.number == 5 else "d")
        whole = list(map(signed, varints(data, part)))
        if part.number == 13:
            return [_bfloat16(one) if self.type == _BFLOAT16 else _half(one) for one in whole]
        return whole

    def place(self) -> tuple[int, str] | None:
        """Where its only number stands, and what `struct` calls it; None where it is not so simple."""
        code = {_FLOAT: "f", _DOUBLE: "d"}.get(self.type, "")
        if self.elements != 1 or len(self.parts) != 1 or not code or self.parts[0].number not in (4, 5, 6):
            return None
        part = self.parts[0]
        return (part.start, code) if part.end - part.start == struct.calcsize(code) else None


class Value(NamedTuple):
    """What an event holds under one tag."""

    tag: str
    place: tuple[int, str] | None = None
    """Where its number stands, and what `struct` calls it."""
    tensor: Tensor | None = None
    image: Field | None = None
    histogram: Field | None = None
    audio: Field | None = None
    plugin: str = ""
    content: Field | None = None
    """What the plugin says of the tag."""
    description: str | None = None


def values(data: bytes, summary: Field) -> Iterator[Value]:
    """What a summary holds. Raises ValueError where it is damaged."""
    for field in fields(data, summary.start, summary.end):
        if field.number == 1:
            yield _value(data, field)


def _value(data: bytes, value: Field) -> Value:
    found = Value("")
    for field in fields(data, value.start, value.end):
        if field.number == 1:
            found = found._replace(tag=text(data, field))
        elif field.number == 2 and field.wire == FIXED32:
            found = found._replace(place=(field.start, "f"))
        elif field.number == 4:
            found = found._replace(image=field)
        elif field.number == 5:
            found = found._replace(histogram=field)
        elif field.number == 6:
            found = found._replace(audio=field)
        elif field.number == 8:
            found = found._replace(tensor=_tensor(data, field))
        elif field.number == 9:
            found = _with_metadata(found, data, field)
    return found


def _with_metadata(found: Value, data: bytes, metadata: Field) -> Value:
    for field in fields(data, metadata.start, metadata.end):
        if field.number == 3:
            found = found._replace(description=text(data, field) or None)
        elif field.number == 1:
            for part in fields(data, field.start, field.end):
                if part.number == 1:
                    found = found._replace(plugin=text(data, part))
                elif part.number == 2:
                    found = found._replace(content=part)
    return found


def _tensor(data: bytes, tensor: Field) -> Tensor:
    kind, shape, parts = 0, list[int](), list[Field]()
    for field in fields(data, tensor.start, tensor.end):
        if field.number == 1:
            kind = field.value
        elif field.number == 2:
            shape = [_size(data, one) for one in fields(data, field.start, field.end) if one.number == 2]
        elif field.number in (4, 5, 6, 7, 8, 10, 11, 13, 16, 17):
            parts.append(field)
    return Tensor(kind, tuple(shape), tuple(parts))


def _size(data: bytes, dimension: Field) -> int:
    sizes = (signed(one.value) for one in fields(data, dimension.start, dimension.end) if one.number == 1)
    return max(0, next(sizes, 0))


def _bfloat16(bits: int) -> float:
    return float(struct.unpack("<f", struct.pack("<I", (bits & 0xFFFF) << 16))[0])


def _half(bits: int) -> float:
    return float(struct.unpack("<e", struct.pack("<H", bits & 0xFFFF))[0])


# --- pictures, sound, histograms ---------------------------------------------------------------------------


class Encoded(NamedTuple):
    """A picture or a sound as a file holds it; width and height of a picture in pixels."""

    bytes: Field
    width: int | None = None
    height: int | None = None


def image(data: bytes, field: Field) -> Encoded | None:
    """The picture in the field of one; None where there is none."""
    known = {one.number: one for one in fields(data, field.start, field.end)}
    if 4 not in known:
        return None
    width, height = (known[number].value if number in known else None for number in (2, 1))
    return Encoded(known[4], width, height)


def sound(data: bytes, field: Field) -> Encoded | None:
    """The sound in the field of one; None where there is none."""
    return next((Encoded(one) for one in fields(data, field.start, field.end) if one.number == 4), None)


Bins = tuple[list[float], list[float]]
"""The edges of bins, one more than there are, and the count of each."""


def histogram(value: Value, data: bytes) -> Bins:
    """The bins of a histogram, as TensorFlow 1 and torch write it or as TensorFlow 2 does.

    Raises ValueError where there are none.
    """
    if value.histogram is not None:
        return _counted(data, value.histogram)
    numbers = value.tensor.numbers(data) if value.tensor is not None else []
    rows = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=False)
    return binned([row for row in rows if row[2]])


def _counted(data: bytes, field: Field) -> Bins:
    """The bins in a field of version 1, whose outermost ones are cut to where there are values."""
    least, most = -math.inf, math.inf
    limits, counts = list[float](), list[float]()
    for one in fields(data, field.start, field.end):
        if one.number == 1:
            least = double(data, one)
        elif one.number == 2:
            most = double(data, one)
        elif one.number == 6:
            limits += packed(data, one, "d")
        elif one.number == 7:
            counts += packed(data, one, "d")
    if len(limits) != len(counts) or not limits:
        raise ValueError("a histogram has not as many limits as counts")
    rows = zip([least, *limits], limits, counts, strict=False)
    return binned([(max(low, least), min(high, most), count) for low, high, count in rows if count])


def binned(rows: Sequence[tuple[float, float, float]]) -> Bins:
    """The bins of rows with the left edge, the right edge and the count; between two that do not touch, an empty one.

    Raises ValueError where they are no bins.
    """
    edges, counts = list[float](), list[float]()
    for low, high, count in rows:
        if not (math.isfinite(low) and math.isfinite(high) and low <= high and count >= 0):
            raise ValueError("a histogram has bins that are none")
        if low == high:  # All values were the same.
            low, high = low - (abs(low) or 1.0) * 1e-3, high + (abs(high) or 1.0) * 1e-3
        if not edges:
            edges.append(low)
        elif low > edges[-1]:
            edges.append(low)
            counts.append(0.0)
        if high > edges[-1]:
            edges.append(high)
            counts.append(count)
        else:
            counts[-1] += count
    if not counts:
        raise ValueError("a histogram has no bins")
    return edges, counts


# --- precision and recall ----------------------------------------------------------------------------------


def rates(tensor: Tensor, data: bytes) -> dict[str, Any]:
    """The counts of a precision–recall curve at thresholds from 0 to 1, as an accuracy table of one class has them.

    Its rows are the true and false positives, the true and false negatives, precision and recall. Raises ValueError for
    a tensor of another shape.
    """
    if len(tensor.shape) != 2 or tensor.shape[0] < 4 or tensor.shape[1] < 2:
        raise ValueError(f"a precision–recall curve has the shape {tensor.shape}, not 6 rows")
    count = tensor.shape[1]
    numbers = tensor.numbers(data)
    counts = [numbers[at * count : (at + 1) * count] for at in range(4)]
    return {
        "probability_tables": [list(map(list, zip(*counts, strict=True)))],
        "probability_thresholds": [at / (count - 1) for at in range(count)],
    }


# --- parameters --------------------------------------------------------------------------------------------


class Session(NamedTuple):
    """What the plugin for hyperparameters says of a run."""

    params: dict[str, object]
    status: str | None = None
    ended: float | None = None
    group: str | None = None


_STATUS = {1: "Completed", 2: "Failed"}


def session(data: bytes, content: Field) -> Session | None:
    """The start or the end of a session; None for what else the plugin has to say."""
    for field in fields(data, content.start, content.end):
        if field.number == 3:
            return _begun(data, field)
        if field.number == 4:
            known = {one.number: one for one in fields(data, field.start, field.end)}
            ended = double(data, known[2]) if 2 in known else None
            return Session({}, _STATUS.get(known[1].value) if 1 in known else None, ended)
    return None


def _begun(data: bytes, start: Field) -> Session:
    found = Session({})
    for field in fields(data, start.start, start.end):
        if field.number == 1:
            entry = {one.number: one for one in fields(data, field.start, field.end)}
            if 1 in entry:
                found.params[text(data, entry[1])] = _plain(data, entry[2]) if 2 in entry else None
        elif field.number == 4:
            found = found._replace(group=text(data, field) or None)
    return found


def _plain(data: bytes, value: Field) -> object:
    """A ``google.protobuf.Value`` that is no list and no group."""
    for one in fields(data, value.start, value.end):
        if one.number == 2:
            number = double(data, one)
            return int(number) if number.is_integer() and abs(number) < 1 << 53 else number
        if one.number == 3:
            return text(data, one)
        if one.number == 4:
            return bool(one.value)
    return None
