"""Makes the JSON Schema of ``runpages.yml`` for completion and validation in editors."""

from __future__ import annotations

from typing import Any

from runpages.format.layout import SETTINGS

from .types import Choice, Group, Kind, Names, Number, Setting, Size, Switch, Text, Texts, is_group, settings_of
from .values import Settings

# Strings accept unquoted numbers and booleans and keep their spelling.
_WRITTEN = ["string", "number", "boolean"]


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of the settings, equivalent to ``parse``."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:runpages:settings",
        "title": SETTINGS,
        "description": "The settings of a workspace and its site. All are optional.",
        **_or_nothing(_schema(Group(Settings))),
    }


def _schema(kind: Kind) -> dict[str, Any]:
    match kind:
        case Text(pattern=pattern):
            return {"type": "string", "pattern": pattern} if pattern else {"type": list(_WRITTEN)}
        case Choice(words=words):
            return {"enum": list(words)}
        case Number(least=least, most=most):
            return {"type": "integer", "minimum": least, "maximum": most}
        case Size():
            return {"type": "number", "minimum": 0}
        case Switch():
            return {"type": "boolean"}
        case Names(of=of):
            inner = _schema(of)
            # A name without a value has the defaults, if there are any.
            return {"type": "object", "additionalProperties": _or_nothing(inner) if isinstance(of, Group) else inner}
        case Group(of=of):
            known = {setting.name: _described(setting) for setting in settings_of(of)}
            needed = [setting.name for setting in settings_of(of) if setting.required]
            more = {"required": needed} if needed else {}
            return {"type": "object", "additionalProperties": False, "properties": known, **more}
        case Texts(pattern=pattern):
            return {"type": "array", "items": _schema(Text(pattern))}
    return {"type": "array", "items": _schema(Group(kind.of))}


def _described(setting: Setting) -> dict[str, Any]:
    found = _schema(setting.kind)
    described = {"description": setting.meaning, **(found if setting.required else _or_nothing(found))}
    if setting.default is not None and not is_group(setting.default):
        default = setting.default
        described["default"] = list(default) if isinstance(default, tuple) else default
    return described


def _or_nothing(schema_of_value: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null: a setting without a value has its default."""
    if "enum" in schema_of_value:
        return schema_of_value | {"enum": [*schema_of_value["enum"], None]}
    types = schema_of_value["type"] if isinstance(schema_of_value["type"], list) else [schema_of_value["type"]]
    return schema_of_value | {"type": [*types, "null"]}
