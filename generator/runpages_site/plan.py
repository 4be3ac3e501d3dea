"""What a build has to do: the workspace as it is now, beside what the last build noted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path

from runpages.format import layout
from runpages.format.find import Found

from . import apply, asset, changes, notes, retain, scan, settings, source, theme
from .errors import BuildError
from .model import Site
from .output import Manifest


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
    kept: frozenset[retain.Run]
    """Published runs that stay as they are, although this build does not make them."""
    changes: changes.Changes


def plan(
    workspace: Path, folder: Path, before: notes.State, *, now: float, version: str,
    manifest: Callable[[], Manifest], only: tuple[str, ...], limit: int | None, retention: retain.Retention,
) -> Plan:  # fmt: skip
    """Scan a workspace, and compare it with what was noted ``before``; nothing is read of the runs.

    ``manifest`` gives that of the site, for one without notes. Raises BuildError where there is no workspace, its
    settings have mistakes, or it lacks so many of the published runs that it may be the wrong one.
    """
    said = settings.read(workspace) if workspace.is_dir() else settings.Settings()
    whole = scan.scan(workspace, folder, only=only)
    names = {name: _names(workspace, name, said) for name in whole.experiments}
    shown = _without_hidden(apply.shown_runs(whole, said), names, said)
    found = shown if limit is None else scan.newest(shown, limit)
    before = before if before.experiments else notes.state_of(retain.published_in(*manifest(), whole))
    kept = _kept(workspace, before, whole, shown, found, said, retention, partial=bool(only))
    if not whole.runs:
        found = found._replace(hints=[*found.hints, f"{workspace} holds no runs yet: log one, and build again"])
    try:
        look = theme.load(said.theme, theme.of_project(workspace))
    except LookupError as error:
        raise BuildError(f"{workspace / layout.SETTINGS}: {error.args[0]}") from None
    assets = look.bundle()
    site = _site(workspace, said, version, assets.names, look.layout.sections)
    names = {name: names[name] for name in found.experiments}
    same = (notes.FORMAT, version, site.title, look.fingerprint)
    keys = {name: _key(same, settings.fingerprint(apply.of_runs(said, *called))) for name, called in names.items()}
    everything = (same, settings.fingerprint(said))
    stamps = {name: _key(everything, _stamp(workspace / name, layout.EXPERIMENT)) for name in found.experiments}
    home = _key(everything, _stamp(workspace))
    shows = partial(source.still_shows, now=now)
    new = changes.compare(found, before, keys=keys, stamps=stamps, home=home, kept=kept, still_shows=shows)
    return Plan(workspace, found, said, look, assets, site, names, keys, stamps, home, bool(only), before, kept, new)


def _kept(
    workspace: Path, before: notes.State, whole: Found, shown: Found, found: Found, said: settings.Settings,
    retention: retain.Retention, *, partial: bool,
) -> frozenset[retain.Run]:  # fmt: skip
    """The published runs that stay although they are not built. Raises BuildError if too many would go."""
    published = {
        (experiment, run)
        for experiment, note in before.experiments.items()
        if not apply.is_experiment_hidden(said, experiment, layout.name_of(experiment))
        for run, known in note.runs.items()
        if known.shown
    }
    why = "" if partial else scan.refusal(workspace, whole)
    if why and (whole.runs or not published):
        raise BuildError(f"{why}. Nothing was written.")
    runs = retain.Workspace(
        retain.runs_of(whole.runs),
        retain.runs_of(shown.runs),
        retain.runs_of(found.runs),
        frozenset(whole.experiments) if partial else None,
    )
    # What somebody moved to the trash is meant to go.
    gone = [run for run in retain.lost(published, runs) if not workspace.joinpath(layout.TRASH, *run).exists()]
    try:
        retain.check(published, gone, runs, retention, str(workspace))
    except BuildError as error:
        raise BuildError(f"{error} {why}.".removesuffix(" .")) from None
    return retain.kept(published - (retain.lost(published, runs) - set(gone)), runs, retention)


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


def _site(
    workspace: Path,
    said: settings.Settings,
    version: str,
    assets: Mapping[str, str],
    sections: Mapping[str, Sequence[str]],
) -> Site:
    # A workspace with the default name is known by the folder that it lies in.
    place = Path(os.path.abspath(workspace))
    name = place.parent.name if place.name == "runs" else place.name
    return Site(said.title or name or "runs", said.description, source.read_prose(workspace), version, assets, sections)


def _key(*facts: object) -> str:
    return blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
