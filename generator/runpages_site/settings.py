"""The settings of a workspace, from ``runpages.yml``: typed, with every mistake told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from runpages.format.layout import SETTINGS

from .errors import SettingsError
from .theme import BUILT_IN

GOALS = ("min", "max")


@dataclass(frozen=True, slots=True)
class ExperimentSettings:
    """What is said of one experiment; it wins over what its runs say."""

    description: str | None = None
    """A sentence for the tables."""
    metric: str | None = None
    """The main metric."""
    goal: str | None = None
    """``min`` or ``max``: what is better for the main metric. Without it there is no best run."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said of a workspace and its site."""

    title: str | None = None
    """The name of the site; the folder's name without it."""
    description: str | None = None
    """A sentence below the title."""
    theme: str = BUILT_IN
    """The name of an installed theme."""
    base_url: str | None = None
    """Where the site will be published; only ``run.get_portal_url()`` needs it."""
    experiments: Mapping[str, ExperimentSettings] = field(default_factory=dict)
    """Settings by the experiment's name."""


def read(workspace: Path) -> Settings:
    """Read the settings of a workspace; all have defaults. Raises SettingsError with every mistake."""
    path = workspace / SETTINGS
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    return parse(text, str(path))


def parse(text: str, where: str) -> Settings:
    """Read settings from YAML; raises SettingsError with every mistake, each with the way to it."""
    given = _yaml(text, where)
    mistakes = list(_mistakes(given, Settings, ""))
    experiments = given.get("experiments") or {}
    if isinstance(experiments, dict):
        for name, said in experiments.items():
            mistakes += _mistakes({} if said is None else said, ExperimentSettings, f"experiments.{name}.")
    if mistakes:
        raise SettingsError("\n".join([f"{where} has mistakes:", *(f"  {mistake}" for mistake in mistakes)]))
    made = {str(name): ExperimentSettings(**(said or {})) for name, said in experiments.items()}
    return Settings(**{**given, "experiments": made})


def _yaml(text: str, where: str) -> dict[str, Any]:
    import yaml

    try:
        given = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise SettingsError(f"{where} is no valid YAML: {error}") from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise SettingsError(f"{where} holds no settings; write them as `title: My runs`")
    return given


def _mistakes(given: object, kind: type, prefix: str) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{prefix.rstrip('.')}: it takes settings such as `goal: min`, and this is {given!r}"
        return
    known = [setting.name for setting in fields(kind)]
    for key, value in given.items():
        if key not in known:
            close = get_close_matches(str(key), known, 1, 0.5)
            hint = f"did you mean {close[0]}?" if close else f"it may hold {', '.join(known)}"
            yield f"{prefix}{key}: unknown; {hint}"
        elif key == "goal" and value not in GOALS:
            yield f"{prefix}{key}: it is min or max, and this is {value!r}"
        elif key == "experiments":
            if value is not None and not isinstance(value, dict):
                yield f"{prefix}{key}: it takes a name and its settings, and this is {value!r}"
        elif not isinstance(value, str):
            yield f"{prefix}{key}: it takes a text, and this is {value!r}"
