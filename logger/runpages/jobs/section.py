"""Defines sections of a configuration: named values, checked where they are set."""

from __future__ import annotations

import os

from .._lifecycle import warn
from ..coerce import quoted
from ..format.errors import UserError
from ..format.secret import is_secret_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Types = type | tuple[type, ...]

NONE = type(None)
PATH = (str, os.PathLike)
NUMBER = (int, float)


class Section:
    """Named values: the types they take, and which of them can be only one thing on folders."""

    _takes: dict[str, Types]
    _only: dict[str, Any]

    def __init_subclass__(cls, takes: dict[str, Types], only: dict[str, Any] | None = None) -> None:
        cls._takes, cls._only = takes, only or {}

    if not TYPE_CHECKING:  # A type checker would take any name for one that is there.

        def __setattr__(self, name: str, value: Any) -> None:
            what = f"{type(self).__name__}.{name}"
            if name in self._only:
                only = self._only[name]
                if not isinstance(value, type(only)) or value != only:
                    raise UserError(f"{what} can only be {only!r} on folders, not {quoted(value)}; omit it")
            elif name not in self._takes:
                raise UserError(f"{what} has no meaning on folders; omit it, or use {', '.join(self._takes)}")
            elif not isinstance(value, self._takes[name]):
                raise UserError(f"{what} must be {_spelled(self._takes[name])}, not {type(value).__qualname__}")
            object.__setattr__(self, name, value)

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(
                f"{type(self).__name__}.{name} has no meaning on folders, or is misspelled; omit it, or use "
                f"{', '.join(self._takes)}",
                name=name,
                obj=self,
            )

    def plain(self) -> dict[str, Any]:
        """Its values and those of the sections in it, by the names that files have: ``interpreterPath``."""
        return {_in_files(key): _plain(value) for key, value in vars(self).items()}

    def fill(self, document: dict[str, Any]) -> None:
        """Set what a file says; names without a meaning here are passed over, since files of the service have many."""
        for key, value in document.items():
            name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
            inner = getattr(self, name, None)
            if isinstance(value, dict) and isinstance(section := inner or self._new(name), Section):
                section.fill(value)
                setattr(self, name, section)
            elif isinstance(value, dict) and name in self._takes:
                setattr(self, name, {key: text for key, text in value.items() if text is not None})
            elif name in self._only or (name in self._takes and (value is not None or inner is None)):
                setattr(self, name, value)

    def _new(self, name: str) -> Section | None:
        """A new section for a value that may be one, and is none yet."""
        takes = self._takes.get(name, ())
        kinds = takes if isinstance(takes, tuple) else (takes,)
        return next((kind() for kind in kinds if issubclass(kind, Section)), None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.plain()
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _in_files(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _spelled(types: Types) -> str:
    known = types if isinstance(types, tuple) else (types,)
    return " or ".join("None" if kind is NONE else kind.__name__ for kind in known)


# --- files -------------------------------------------------------------------------------------------------


def written(section: Section) -> dict[str, Any]:
    """What a file may hold of a section; of variables that hold secrets by their names only these, with a warning."""
    secret: list[str] = []
    said = _without_secrets(section.plain(), secret)
    if secret:
        warn(
            f"the values of {', '.join(sorted(secret))} are not written to any file, because these names "
            "suggest secrets; set the variables in the process that submits the script"
        )
    return said


def _without_secrets(plain: dict[str, Any], secret: list[str]) -> dict[str, Any]:
    """Plain values, where ``secret`` gets the names of the variables whose values are left out."""
    kept: dict[str, Any] = {}
    for key, value in plain.items():
        if key == "environmentVariables":
            found = [name for name in value if is_secret_variable(name)]
            kept[key] = {**value, **dict.fromkeys(found)}
            secret += found
        else:
            kept[key] = _without_secrets(value, secret) if isinstance(value, dict) else value
    return kept


def read(path: str) -> dict[str, Any]:
    """What a file in JSON or YAML says; raises UserError for what is neither, or has no names with values."""
    import json

    with open(path, "rb") as file:
        text = file.read()
    try:
        said = json.loads(text)
    except ValueError:
        said = _yaml(text, path)
    if not isinstance(said, dict):
        raise UserError(f"{path} has no names with values")
    return said


def _yaml(text: bytes, path: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise UserError(f"{path} is a YAML file; to read it: pip install pyyaml") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from None
