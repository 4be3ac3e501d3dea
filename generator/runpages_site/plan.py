"""What a build has to do: the workspace as it is now, beside what the last build noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path

from runpages.format import layout
from runpages.format.find import Found

from . import apply, asset, changes, notes, scan, settings, source, theme
from .errors import BuildError
from .model import Site


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found, what all pages have in common, and what is new."""

    workspace: Path
    found: Found
    settings: settings.Settings
    theme: theme.Theme
    assets: asset.Bundle
    site: Site
    names: Mapping[str, tuple[str, ...]]
    """What each experiment is called, by its folder."""
    keys: Mapping[str, str]
    """Stand for what the pages of an experiment's runs depend on beside their runs."""
    stamps: Mapping[str, str]
    """Stand for what the page of an experiment depends on beside its runs."""
    home: str
    """Stands for what the home page depends on beside the experiments."""
    partial: bool
    """Whether some experiments were not looked for."""
    before: notes.State
    changes: changes.Changes


def plan(
    workspace: Path, folder: Path, before: notes.State, *, now: float, version: str,
    only: tuple[str, ...] = (), limit: int | None = None,
) -> Plan:  # fmt: skip
    """Scan a workspace, and compare it with what was noted ``before``; nothing is read of the runs.

    Raises BuildError where there is no workspace, or its settings have mistakes.
    """
    said = settings.read(workspace) if workspace.is_dir() else settings.Settings()
    found = apply.shown_runs(scan.scan(workspace, folder, only=only), said)
    found = found if limit is None else scan.newest(found, limit)
    try:
        look = theme.load(said.theme, theme.of_project(workspace))
    except LookupError as error:
        raise BuildError(f"{workspace / layout.SETTINGS}: {error.args[0]}") from None
    assets = asset.bundle(look.sources(), look.vendored())
    site = _site(workspace, said, version, assets.names)
    names = {name: _names(workspace, name, said) for name in found.experiments}
    found = _without_hidden(found, names, said)
    same = (notes.FORMAT, version, site.title, look.fingerprint)
    keys = {name: _key(same, settings.fingerprint(apply.of_runs(said, *called))) for name, called in names.items()}
    whole = (same, settings.fingerprint(said))
    stamps = {name: _key(whole, _stamp(workspace / name, layout.EXPERIMENT)) for name in found.experiments}
    home = _key(whole, _stamp(workspace), only)
    shows = partial(source.still_shows, now=now)
    new = changes.compare(found, before, keys=keys, stamps=stamps, home=home, still_shows=shows)
    return Plan(workspace, found, said, look, assets, site, names, keys, stamps, home, bool(only), before, new)


def _names(workspace: Path, folder: str, said: settings.Settings) -> tuple[str, ...]:
    """What an experiment may be called in the settings: its name, and its folder."""
    if not said.experiments and not said.hide.experiments:
        return (folder,)  # Nothing is said of any, and a document less is read.
    return (source.read_experiment(str(workspace / folder)).name, folder)


def _without_hidden(found: Found, names: Mapping[str, tuple[str, ...]], said: settings.Settings) -> Found:
    """What was found, without experiments that are hidden by the name that only their document tells."""
    shown = {folder for folder, called in names.items() if not apply.is_experiment_hidden(said, *called)}
    return found._replace(
        experiments=[folder for folder in found.experiments if folder in shown],
        runs=[run for run in found.runs if run.experiment in shown],
    )


def _stamp(folder: Path, *documents: str) -> str:
    return scan.stamp_of_files(str(folder), [*documents, "README.md"])


def _site(workspace: Path, said: settings.Settings, version: str, assets: Mapping[str, str]) -> Site:
    # A workspace with the default name is known by the folder that it lies in.
    place = workspace.absolute()
    name = place.parent.name if place.name == "runs" else place.name
    return Site(said.title or name or "runs", said.description, source.read_prose(workspace), version, assets)


def _key(*facts: object) -> str:
    return blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
