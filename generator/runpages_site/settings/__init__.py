"""Reads the settings of a workspace from ``runpages.yml``, and reports all mistakes at once.

The reader, the JSON Schema and the table in the documentation are derived from the types in ``values``.
"""

import os
from pathlib import Path

from runpages.format.files import read_file
from runpages.format.layout import SETTINGS

from ..errors import SettingsError
from .values import (
    THEME,
    AllowedSecret,
    ComparisonSettings,
    ExperimentSettings,
    Hide,
    KnownSettings,
    Limits,
    Secrets,
    Settings,
    View,
    fingerprint,
)

__all__ = [
    "THEME", "AllowedSecret", "ComparisonSettings", "ExperimentSettings", "Hide", "KnownSettings", "Limits", "Secrets",
    "Settings", "View",
    "find_line", "fingerprint", "parse", "read",
]  # fmt: skip


def read(workspace: Path) -> Settings:
    """Read the settings of a workspace; all have defaults. Raises SettingsError with all mistakes."""
    path = workspace / SETTINGS
    try:
        text = read_file(path).decode("utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not in UTF-8; save it in this encoding") from None
    except OSError as error:
        if os.path.isdir(path):  # An experiment may have this name.
            return Settings()
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from None
    return parse(text, str(path))


def parse(text: str, where: str) -> Settings:
    """Read settings from YAML. Raises SettingsError with all mistakes, each with line and path."""
    from .parser import Parser, compose, is_a
    from .types import Group

    root = compose(text, where)
    if root is None or is_a(root, "null"):
        return Settings()
    if not is_a(root, "map"):
        raise SettingsError(f"{where} has no settings; write them as `title: My runs`")
    parser = Parser()
    settings: Settings = parser.parse(root, Group(Settings))
    if not parser.mistakes:
        parser.check_comparisons(root, settings)
        parser.check_addresses(root, settings)
    if parser.mistakes:
        # Parts repeated by aliases are parsed more than once.
        mistakes = dict.fromkeys(str(one) for one in sorted(parser.mistakes, key=lambda one: one.line))
        raise SettingsError("\n".join([f"{where} has mistakes:", *(f"  {one}" for one in mistakes)]))
    return settings


def find_line(workspace: Path, *path: str | int) -> int | None:
    """The line of a setting, by names and places in lists from 0; None where the file cannot be read any more."""
    from .parser import compose, line_of, node_at

    try:
        root = compose(read_file(workspace / SETTINGS).decode("utf-8-sig"), SETTINGS)
    except (OSError, ValueError, SettingsError):
        return None
    return None if root is None else line_of(node_at(root, path))
