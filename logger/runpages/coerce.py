"""Converts what is logged to plain values, by what a value can do, so no library is imported."""

from __future__ import annotations

import os

from .format.csv_line import number_field, text_field
from .format.document import DEEPEST, finite
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Plain = float | int | bool | str | None

_NO_DATA = ("c", "m", "M")  # Some complex numbers and times would turn into numbers that they are not.
MISSING = {"NAType", "NaTType", "MaskedConstant"}
"""The classes of what pandas and numpy have for a value that is not there."""
# Documents spell years with four digits: 1000 to 9999.
_EARLIEST, _LATEST = -30_610_224_000, 253_402_300_799
_SURELY_SPELLED = 2_000
NO_TEXT = ""
_DEEPEST = DEEPEST - 5


def path(value: Any, what: str) -> str:
    """A path as text; raises UserError for what is none."""
    place = os.fspath(value) if isinstance(value, os.PathLike) else value
    try:
        if isinstance(place, str) and b"\0" not in os.fsencode(place):
            return place
    except UnicodeEncodeError:
        pass  # No disk has such a name.
    raise UserError(f"{what} must be a path, not {quoted(value)}")


def is_single(value: Any) -> bool:
    """Whether a value is one thing and not several: a text, or what nobody can go through."""
    return isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") or getattr(value, "shape", None) == ()


def sequence(value: Any, rule: str) -> list[Any]:
    """The elements of a list; raises UserError for a single value, which begins with the ``rule`` that it breaks."""
    if is_single(value):
        raise UserError(f"{rule}, not {quoted(value)}")
    return list(value)


def whole_number(value: Any, what: str) -> int:
    """A whole number of at least 0; raises UserError for anything else."""
    number = _number(value, what)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise UserError(f"{what} must be a whole number from 0 on, not {quoted(value)}")
    return number


def text(value: Any, what: str) -> str:
    """A text; raises UserError for anything else."""
    if isinstance(value, str):
        return value
    raise UserError(f"{what} must be a string, not {quoted(value)}")


def quoted(value: Any) -> str:
    """A value as a message has it: texts, bytes and numbers themselves, of everything else the kind."""
    if isinstance(value, int):
        return repr(value) if value.bit_length() < _SURELY_SPELLED else kind_name(value)
    return repr(value) if value is None or isinstance(value, (str, bytes, float)) else kind_name(value)


def described(given: Any, name: str) -> str:
    """A description as a text, which is empty for None; raises UserError for anything else."""
    if given is None or (isinstance(given, str) and not given):
        return NO_TEXT
    check_text(given, "description", name)
    return str.__str__(given)


def plain(value: Any, name: str, call: str = "log") -> Plain:
    """Turn one datum into a number, a truth value, a text or None.

    Takes numpy scalars, arrays and tensors without dimensions, ``Decimal`` and ``Fraction`` beside Python's own.
    Raises UserError that names the metric, the type and the call to use instead.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return _base(value, name)
    if type(value).__name__ in MISSING:
        return None
    if getattr(value, "shape", None) == () and hasattr(value, "item") and _dtype(value) not in _NO_DATA:
        item = value.tolist() if hasattr(value, "tolist") else value.item()  # Only a list knows what is masked.
        # A long double comes back as itself.
        return _float(item, name, call) if type(item) is type(value) else plain(item, name, call)
    if hasattr(type(value), "__float__") and not hasattr(value, "shape"):
        return _float(value, name, call)
    raise UserError(_refusal(value, name, call))


def _dtype(value: Any) -> str:
    return getattr(getattr(value, "dtype", None), "kind", "")


def _float(value: Any, name: str, call: str) -> float:
    try:
        return float(value)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise UserError(f"{_refusal(value, name, call)}: {error}") from None


def _base(value: Plain, name: str) -> Plain:
    """A subclass (an IntEnum, a numpy float64, a numpy str_) as the base type that it is."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _spelled(int(value), name)
    return float(value) if isinstance(value, float) else str.__str__(value)


def _spelled(value: int, name: str) -> int:
    """Check that Python spells an int, which it refuses for very long ones."""
    if value.bit_length() > _SURELY_SPELLED:
        try:
            repr(value)
        except ValueError:
            digits = "an int with more digits than Python prints (sys.set_int_max_str_digits)"
            raise UserError(f"metric {name!r}: {digits} cannot be logged; log its logarithm") from None
    return value


def datum(value: Any, name: str) -> str:
    """Spell a datum as the last two fields of a metrics line: ``value,text``. Raises UserError like ``plain``."""
    value = plain(value, name)
    if isinstance(value, str):
        return "," + text_field(value)
    return number_field(value) + ","


def step_of(step: Any, name: str) -> float | int:
    """Check a step: any finite number. Raises UserError otherwise."""
    number = finite(step if type(step) is int else _number(step, name))
    if number is None:
        given = repr(step) if isinstance(step, (bool, float, str)) else kind_name(step)
        what = "is too large" if type(step) is int else f"must be a finite number, not {given}"
        raise UserError(f"metric {name!r}: step {what}; omit it to count from 0")
    return number


def seconds_of(moment: Any, name: str) -> float:
    """Turn a time, in seconds since the epoch or as a datetime, into seconds. Raises UserError otherwise."""
    try:
        seconds = finite(moment.timestamp() if hasattr(moment, "timestamp") else _number(moment, name))
    except (TypeError, ValueError, OverflowError):  # The class itself, or a year that no clock has.
        seconds = None
    if seconds is None or not _EARLIEST <= seconds <= _LATEST:
        raise UserError(
            f"metric {name!r}: timestamp must be seconds since 1970 or a datetime, in the years 1000 to 9999"
        )
    return float(seconds)


def _number(value: Any, name: str) -> Plain:
    """A plain value in the place of a step or a time; None for what cannot be logged either."""
    try:
        return plain(value, name)
    except UserError:
        return None


def check_text(given: object, what: str, name: str) -> None:
    """Check what is said of a name, such as its description. Raises UserError for anything but a text.

    Other loggers have the step in the place of the description.
    """
    if isinstance(given, str):
        return
    is_step = isinstance(given, float) or (hasattr(given, "__index__") and not getattr(given, "shape", None))
    instead = f"; give a step as step={given if hasattr(given, 'shape') else quoted(given)}" if is_step else ""
    raise UserError(f"{what} of {name!r} must be a string, not {kind_name(given)}{instead}")


def items(value: Any, name: str) -> list[Plain]:
    """Turn any iterable, gone through once, into plain values. Raises UserError for nested ones and others."""
    is_table = isinstance(value, dict) or can(value, "columns")
    if is_table or is_single(value):
        raise UserError(
            f"list {name!r}: log_list takes a list, an array or a generator, not {kind_name(value)}; "
            f"use {'log_table' if is_table else 'log'} for it"
        )
    return [plain(item, name, "log_list") for item in listed(value)]


def listed(values: Any) -> list[Any]:
    """The elements of a list, a column or an array as a list, by the fastest way that its library has."""
    if _dtype(values) not in ("m", "M"):  # A list has numbers for their times.
        for name in ("tolist", "to_pylist", "to_list"):
            if can(values, name):
                return list(getattr(values, name)())
    return list(values)


def can(value: Any, *names: str) -> bool:
    """Whether a value's class has all of these attributes; those of a data frame itself may be its columns."""
    return all(hasattr(type(value), name) for name in names)


def document(value: Any, depth: int = 1) -> Any:
    """Turn the data of a chart into what JSON holds: nested dictionaries, lists, plain values.

    What is none of these is kept as its text. Raises UserError for what is nested too
    deeply or holds itself.
    """
    if depth > _DEEPEST:
        raise UserError(f"the value contains itself or is nested more than {_DEEPEST} levels deep; give a flatter one")
    if isinstance(value, dict):
        return {str(key): document(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    if isinstance(value, (list, tuple)):
        return [document(item, depth + 1) for item in value]
    if getattr(value, "shape", ()) != () and hasattr(value, "tolist"):
        return document(value.tolist(), depth)
    try:
        return plain(value, "params")
    except UserError:
        return hex(value) if isinstance(value, int) else str(value)


def _refusal(value: Any, name: str, call: str) -> str:
    said = f"{'metric' if call == 'log' else 'value of'} {name!r}: {kind_name(value)} cannot be logged by {call}()"
    if hasattr(value, "savefig"):
        return f"{said}; use log_image({name!r}, plot=...)"
    if isinstance(value, dict):
        return f"{said}; use log_row({name!r}, **values) for one row or log_table for columns"
    if isinstance(value, (bytes, bytearray)):
        return f"{said}; give its text from decode()"
    if call == "log" and (hasattr(value, "__iter__") or getattr(value, "shape", None)):
        return f"{said}; use log_list({name!r}, ...), or log_image for a picture"
    return f"{said}; give numbers, strings, booleans or None, or str() of it"


def kind_name(value: Any) -> str:
    """The type of a value with its article, and the shape of an array, for a message."""
    kind = type(value)
    shape = getattr(value, "shape", None)
    text = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    article = "an" if text[0] in "aeiouAEIO" else "a"
    return f"{article} {text}" + (f" of shape {tuple(shape)}" if isinstance(shape, tuple) and shape else "")
