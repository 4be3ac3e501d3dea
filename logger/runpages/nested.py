"""Converts values of any type to what JSON holds: nested dictionaries, lists and plain values.

A value is taken for what it can do, so no library is imported. What has no better form becomes a text, which is equal
for equal values: it names classes and functions, and holds no address.
"""

from __future__ import annotations

import math
import sys

from .coerce import plain
from .format.document import DEEPEST
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Path = tuple[int, ...]

# Of a larger array, its shape and type are kept.
_MOST = 1_000
_DEEPEST = DEEPEST - 5
# An object that is no configuration may lead to everything that a script has: no more than three, one in the other.
_LEVELS = 32

# Of pydantic's models; the oldest name comes last, since the newest ones warn of it.
_OF_MODELS = ("__pydantic_fields__", "model_fields", "__fields__")


def document(value: Any) -> Any:
    """The value as nested dictionaries, lists and plain values; large arrays as a text.

    Never raises: what cannot be read is kept as its text, what holds itself or is nested too deeply as its class.
    """
    return _form(value, ())


def text(value: Any) -> str:
    """The value as one text, for names, tags and properties."""
    made = document(value)
    return made if isinstance(made, str) else str(made if isinstance(made, (dict, list)) else value)


def fields(value: Any) -> Mapping[Any, Any] | None:
    """What is named in a value, as it is: the items of a mapping, the fields of a configuration; None where none is.

    Fields that are kept out of the ``repr`` of a dataclass, an attrs class or a pydantic model are left out.
    """
    kind = type(value)
    if isinstance(value, dict):
        return value
    if isinstance(value, type):
        return None
    if kind is type(type.__dict__):  # The body of a class, which is a configuration for many.
        return {name: item for name, item in value.items() if not name.startswith("__")}
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
        return {key: _item(value, key) for key in value.keys()}  # noqa: SIM118 - not each of them goes through its keys
    if isinstance(value, _plain_namespaces()):
        return dict(vars(value))
    if hasattr(kind, "__repr_args__") and any(hasattr(kind, name) for name in _OF_MODELS):
        return dict(value.__repr_args__())
    names = _field_names(kind)
    return None if names is None else {name: getattr(value, name) for name in names if hasattr(value, name)}


def _plain_namespaces() -> tuple[type, ...]:
    argparse = sys.modules.get("argparse")
    return (type(sys.implementation), *([argparse.Namespace] if argparse else []))


def _field_names(kind: Any) -> Iterable[str] | None:
    """The fields of named tuples, dataclasses, attrs classes and msgspec structs."""
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields

        return [field.name for field in fields(kind) if field.repr]
    if hasattr(kind, "__attrs_attrs__"):
        return [attribute.name for attribute in kind.__attrs_attrs__ if attribute.repr]
    names = getattr(kind, "_fields" if issubclass(kind, tuple) else "__struct_fields__", None)
    return names if isinstance(names, tuple) else None


def _item(config: Any, key: Any) -> Any:
    """An item of a configuration: as it is written there where it is missing or cannot be resolved, else why."""
    try:
        return config[key]
    except Exception as error:
        omegaconf = sys.modules.get("omegaconf")
        if omegaconf is None or not omegaconf.OmegaConf.is_config(config):
            return error
        return omegaconf.OmegaConf.to_container(config, resolve=False)[key]


def _form(value: Any, path: Path) -> Any:
    """The form of a value that is held by the values with the ids in ``path``."""
    if value is None or isinstance(value, (bool, int, float, str)):
        try:
            return plain(value, "params")
        except UserError:  # A number of more digits than Python spells.
            return hex(value)  # type: ignore[arg-type]
    if len(path) >= _DEEPEST or id(value) in path:
        return _name(type(value))
    try:
        single = _single(value)
        return _several(value, path) if single is None else single
    except Exception:  # Values of strangers may raise anything where they are looked at, and the script goes on.
        return _text(value) or _name(type(value))


def _single(value: Any) -> str | None:
    """The text of what is one thing; None for everything else."""
    kind = type(value)
    if _has_name(value):
        return _name(value)
    if hasattr(kind, "__members__"):  # Of an enumeration.
        return value.name or str(value)
    if hasattr(kind, "fullmatch") and hasattr(kind, "pattern"):
        return text(value.pattern)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return str(bytes(value)) if len(value) <= _MOST else f"{len(value)} bytes"
    for method in ("isoformat", "__fspath__"):
        if hasattr(kind, method):
            return text(getattr(value, method)())
    return str(value) if hasattr(kind, "casefold") else None


def _has_name(value: Any) -> bool:
    """Whether a value is a class, a function or a module; ``list[int]`` is none, though it says what it is of."""
    if _own(value, "__origin__") is not None:
        return False
    return isinstance(value, (type, type(sys))) or (callable(value) and isinstance(_own(value, "__qualname__"), str))


def _several(value: Any, path: Path) -> Any:
    """The form of what may hold other values, or be a number."""
    within = (*path, id(value))
    if (size := _size(value)) is not None and size > _MOST:
        return f"{_name(type(value))} of shape {tuple(value.shape)}{_dtype(value)}"
    if size is not None and _own(value, "tolist"):
        return _form(value.tolist(), within)
    known = fields(value)
    if known is not None:
        return _pairs(known, within)
    elements = _elements(value)
    if elements is not None:
        made = [_form(element, within) for element in elements]
        return _ordered(made) if isinstance(elements, (set, frozenset)) else made
    return _object(value, within)


def _pairs(mapping: Mapping[Any, Any], within: Path) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, item in mapping.items():
        name = text(key)
        # 1 and "1" are two keys, and neither may take the place of the other.
        made[f"{name} ({_name(type(key))})" if name in made else name] = _form(item, within)
    return made


def _size(value: Any) -> int | None:
    """How many elements an array or a data frame has; None for what is neither."""
    shape = _own(value, "shape")
    if not isinstance(shape, tuple) or not shape or not (_own(value, "tolist") or _own(value, "to_dict")):
        return None
    return math.prod(shape)


def _dtype(value: Any) -> str:
    dtype = _own(value, "dtype")
    return "" if dtype is None else f", {dtype}"


def _elements(value: Any) -> Any:
    """The elements of a sequence or a set; None for what is neither."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    from collections.abc import Sequence, Set, ValuesView

    if isinstance(value, Set):
        return set(value)
    if isinstance(value, range) and len(value) > _MOST:
        return None
    if not isinstance(value, (Sequence, ValuesView)):
        return None
    try:
        return list(value)
    except Exception:  # An element of a configuration that is missing or cannot be resolved.
        return [_item(value, at) for at in range(len(value))]


def _ordered(elements: list[Any]) -> list[Any]:
    """The elements of a set, whose own order differs from process to process."""
    try:
        return sorted(elements)
    except TypeError:
        return sorted(elements, key=repr)


def _object(value: Any, within: Path) -> Any:
    """A number, or a text; for an object that has neither, its class with its attributes."""
    try:
        return plain(value, "params")
    except Exception:  # What turns into a number may refuse to, in its own way.
        known = _attributes(value)
    if known is None:
        said = _text(value)
        if said:
            return said
        known = {name: item for name, item in _own_attributes(value).items() if _is_small(item)}
    name = _name(type(value))
    return {"class": name, **_pairs(known, within + (id(value),) * _LEVELS)} if known else name


def _attributes(value: Any) -> Mapping[str, Any] | None:
    """What an estimator or a partial call was made with."""
    if callable(_own(value, "get_params")):
        return dict(value.get_params(deep=False))
    made = {name: _own(value, name) for name in ("func", "args", "keywords")}
    return None if any(part is None for part in made.values()) else made


def _own_attributes(value: Any) -> dict[str, Any]:
    return {name: item for name, item in getattr(value, "__dict__", {}).items() if not name.startswith("_")}


def _is_small(value: Any) -> bool:
    """Whether an attribute is no data that an object only works on."""
    return isinstance(value, str) or not hasattr(type(value), "__len__") or len(value) <= _MOST


def _text(value: Any) -> str:
    """What a value says of itself; empty where that holds an address, which differs from run to run."""
    try:
        said = str(value)
    except Exception:
        return ""
    return "" if " at 0x" in said or f"{id(value):x}" in said else said


def _name(value: Any) -> str:
    """The qualified name of a class, a function or a module."""
    name = _own(value, "__qualname__") or value.__name__
    module = _own(value, "__module__")
    return f"{module}.{name}" if isinstance(module, str) and module != "builtins" else str(name)


def _own(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # A configuration may take each name for one of its own.
        return None
