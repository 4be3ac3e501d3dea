"""What a build has to do: the workspace as it is now, beside what the last build noted."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder

from . import citation
from .changes import Changes, Run, compare, lost, names_of
from .errors import BuildError
from .packed import NO_NAMES, FoundRuns
from .read import scan, seen
from .settings import Secrets, Settings, effects, fingerprint
from .settings import read as read_settings
from .site import Site
from .stamp import Models
from .text.number import plural
from .theme import theme
from .write import build_cache, site_folder
from .write.build_cache import Look
from .write.listing import Manifest
from .write.run_notes import NO_RUNS

if TYPE_CHECKING:
    from .gate import Finding

Segments = tuple[str, str]
"""What stands for an experiment and a run in the paths of a site."""


class Plan(NamedTuple):
    """What was found, what all pages have in common, and what is new."""

    workspace: Path
    is_foreign: bool
    """Whether the runs are those of other tools."""
    found: Found
    settings: Settings
    theme: theme.Theme
    look: Look
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
    models: Models
    before: build_cache.State
    kept: frozenset[Run]
    """Published runs that stay as they are, although this build does not make them."""
    secrets: Mapping[str, Sequence[Finding]]
    """The secrets in what is no content of a run, by its place: in the names of folders, which are left out."""
    changes: Changes


def plan(
    workspace: Path, folder: Path, before: build_cache.State, *, now: float, version: str,
    manifest: Callable[[], Manifest], only: tuple[str, ...], limit: int | None, retention: Retention,
    reader: str | None = None, secrets: Secrets | None = None, ro_crate: bool = False, listed: Found | None = None,
) -> Plan:  # fmt: skip
    """Scan a workspace, and compare it with what was noted ``before``; nothing is read of the runs but their models.

    ``manifest`` gives that of the site, for one without notes; ``listed`` is what storage has. Raises BuildError where
    there is no workspace, its settings have mistakes, or it lacks too many of the published runs to be the right one.
    """
    settings = read_settings(workspace) if workspace.is_dir() else Settings()
    settings = settings if secrets is None else settings._replace(secrets=secrets)
    site_folder.apart(workspace, folder)
    scanned = scan.scan(workspace, folder, only=only, reader=reader, listed=listed)
    whole = scanned.found
    before = build_cache.named(before, (run[:2] for run in whole.runs))
    names = {name: _names(workspace, name, settings) for name in whole.experiments}
    try:
        themed = theme.load(settings.theme, theme.of_project(workspace), before.look.fingerprints)
    except LookupError as error:
        raise BuildError(f"{workspace / layout.SETTINGS}: {error.args[0]}") from None
    look = _look(themed, version, before.look, now)
    site = _site(workspace, settings, version, look)
    same = (build_cache.FORMAT, version, site.title, themed.fingerprint)
    keys = _keys(same, settings, names)
    shown = effects.visible_by_name(effects.visible_runs(whole, settings), names, settings)
    shown, secrets_in_names = _without_secret(shown, workspace, settings, before, keys)
    if retention.drop:
        shown = shown._replace(runs=[run for run in shown.runs if segments(run[:2]) not in retention.drop])
    models = scan.read_registered(workspace, before.models, now)
    found = scan.with_models(shown if limit is None else scan.newest(shown, limit), models.models, workspace)
    if not before.experiments:
        known = manifest()
        before = build_cache.state_of(published_in(known.files, known.folders, whole))
    kept = _kept(workspace, before, scanned, shown, found, settings, retention, partial=bool(only))
    if not whole.runs:
        found = found._replace(hints=[*found.hints, f"{workspace} has no runs yet: log one and build again"])
    names = {name: names[name] for name in found.experiments}
    keys = {name: keys[name] for name in found.experiments}
    everything = (same, fingerprint(settings))
    stamps = {
        name: _key(everything, _stamp(f"{workspace}/{name}", layout.EXPERIMENT), *filter(None, [found.notes.get(name)]))
        for name in found.experiments
    }
    home = _key(everything, _stamp(str(workspace), layout.CITATION))
    shows = partial(seen.still_shows, now=now)
    new = compare(found, before, keys=keys, stamps=stamps, home=home, kept=kept, still_shows=shows)
    return Plan(
        workspace, scanned.is_foreign, found, settings, themed, look, site, names, keys, stamps, home, bool(only),
        models, before, kept, secrets_in_names, new,
    )  # fmt: skip


def _kept(
    workspace: Path, before: build_cache.State, scanned: scan.Scanned, shown: Found, found: Found,
    settings: Settings, retention: Retention, *, partial: bool,
) -> frozenset[Run]:  # fmt: skip
    """The published runs that stay although they are not built. Raises BuildError if too many would go."""
    why = "" if partial else scan.refusal(workspace, scanned)
    there = names_of(found, ())
    if not why and not any(lost(note.runs, there.get(name, NO_NAMES)) for name, note in before.experiments.items()):
        return frozenset()
    published = {
        (experiment, run)
        for experiment, note in before.experiments.items()
        if not effects.is_experiment_hidden(settings, experiment, layout.name_of(experiment))
        for run in note.runs.shown
    }
    whole = scanned.found
    if why and (whole.runs or not published):
        raise BuildError(f"{why}. Nothing was written.")
    every, visible, made = (runs_of(part.runs) for part in (whole, shown, found))
    runs = Workspace(every, visible, made, frozenset(whole.experiments) if partial else None)
    # What somebody moved to the trash is meant to go.
    gone = [run for run in missing(published, runs) if not workspace.joinpath(layout.TRASH, *run).exists()]
    try:
        check_missing(published, gone, runs, retention, str(workspace))
    except BuildError as error:
        raise BuildError(f"{error} {why}.".removesuffix(" .")) from None
    return retained(published - (missing(published, runs) - set(gone)), runs, retention)


def _names(workspace: Path, folder: str, settings: Settings) -> tuple[str, ...]:
    """What an experiment may be called in the settings: its name, and its folder."""
    if not settings.experiments and not settings.hide.experiments:
        return (folder,)  # No settings are by name, and a document less is read.
    from .read.run_folder import read_experiment

    return (read_experiment(str(workspace / folder)).name, folder)


def _keys(same: object, settings: Settings, names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What stands, by experiment, for what its runs' pages depend on beside their runs: mostly the same."""
    keys = dict.fromkeys(names, _key(same, fingerprint(effects.of_runs(settings))))
    for name, called in names.items():
        if not settings.experiments.keys().isdisjoint(called):
            keys[name] = _key(same, fingerprint(effects.of_runs(settings, *called)))
    return keys


def _without_secret(
    found: Found, workspace: Path, settings: Settings, before: build_cache.State, keys: Mapping[str, str]
) -> tuple[Found, Mapping[str, Sequence[Finding]]]:
    """What was found, without folders whose names hold a secret; those that were published so are not looked at."""
    known = {name: note.runs for name, note in before.experiments.items() if note.key == keys.get(name)}
    new: list[Collection[str]] = [[name for name in found.experiments if name not in known]]
    for part in FoundRuns.of(found.runs).parts:
        old = known.get(part.experiment, NO_RUNS).names
        new.append([] if old == part.names else {*part.names}.difference(old) if old else part.names)
    if not any(new):
        return found, {}
    from .gate import policy_of, without_secret_names  # They take longer to load than a build with nothing new.

    return without_secret_names(found, new, workspace, policy_of(settings))


def _stamp(folder: str, *documents: str) -> str:
    return scan.stamp_of_files(folder, [*documents, layout.README]).key


def _look(themed: theme.Theme, version: str, before: Look, now: float) -> Look:
    """What pages link of a theme; to make it takes longer than to find that no run is new."""
    known = {themed.seen.key: themed.fingerprint} if themed.seen.is_sure(now) else {}
    if before.key == (key := _key(build_cache.FORMAT, version, themed.fingerprint)):
        return before._replace(fingerprints=known)
    return Look(key, dict(themed.bundle.names), dict(themed.layout.sections), known)


def _site(workspace: Path, settings: Settings, version: str, look: Look) -> Site:
    # A workspace with the default name is known by the folder that it lies in.
    place = Path(os.path.abspath(workspace))
    name = place.parent.name if place.name == "runs" else place.name
    cited = seen.read_beside(str(workspace), layout.CITATION)
    return Site(
        settings.title or name or "runs", settings.description, seen.read_prose(workspace), version, look.assets,
        look.sections, settings.base_url, None if cited is None else citation.parse(cited),
    )  # fmt: skip


def _key(*facts: object) -> str:
    return blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


# --- which published runs stay ---------------------------------------------------------------------------
#
# A workspace that is not mounted, a fresh machine that holds its own run only, a build of a part: none of them says
# that the other runs are no more.


class Retention(NamedTuple):
    """How a build treats published runs that it does not make."""

    prune: bool = False
    """Remove them, however many they are."""
    keep: bool = False
    """Keep those that the workspace lacks."""
    drop: frozenset[Segments] = frozenset()
    """Remove these, whether or not the workspace has them."""


class Workspace(NamedTuple):
    """The runs of a workspace: all that were found, those that the settings show, those that a build makes."""

    found: frozenset[Run]
    shown: frozenset[Run]
    made: frozenset[Run]
    experiments: frozenset[str] | None
    """The experiments that were looked at; all of them if None."""


def runs_of(folders: Iterable[RunFolder]) -> frozenset[Run]:
    """Runs by the names of their folders."""
    return frozenset((run.experiment, run.name) for run in folders)


def missing(published: Iterable[Run], workspace: Workspace) -> frozenset[Run]:
    """The published runs that the workspace lacks, as far as it was looked at."""
    return frozenset(run for run in published if run not in workspace.found and _looked_at(run, workspace))


def retained(published: Iterable[Run], workspace: Workspace, retention: Retention) -> frozenset[Run]:
    """The published runs that stay as they are."""
    if retention.prune:
        return frozenset()
    return frozenset(run for run in published if run not in workspace.made and _stays(run, workspace, retention))


def check_missing(
    published: Collection[Run], gone: Collection[Run], workspace: Workspace, retention: Retention, name: str
) -> None:
    """Raise BuildError if more is ``gone`` than a build removes unasked: all, or more than half of what is published.

    ``name`` is the workspace as the user named it.
    """
    if not gone or retention.prune or retention.keep:
        return
    if workspace.found and 2 * len(gone) <= len(published):
        return
    holds = f"has {plural(len(workspace.found), 'run')}" if workspace.found else "has no runs"
    raise BuildError(
        f"{name} {holds} but lacks {len(gone):,} of the {plural(len(published), 'run')} that the site shows, such as "
        f"{'/'.join(min(gone))}. Nothing was changed. Check that it is the right workspace, and mounted. "
        "Keep the pages of missing runs with --keep; remove them with --prune."
    )


def published_in(files: Iterable[str], folders: Mapping[str, str], found: Found) -> frozenset[Run]:
    """The runs that have a page among the files of a site, by their folders in the workspace.

    ``folders`` are those that the site's manifest tells, by their segment of a path.
    """
    known = {layout.run_page(run.experiment, run.name): (run.experiment, run.name) for run in found.runs}
    runs = set()
    for path in files:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "e" and parts[2].endswith(".html") and parts[2] != "index.html":
            place = layout.folder_of(parts[1], folders), layout.folder_of(parts[2].removesuffix(".html"), folders)
            runs.add(known.get(path, place))
    return frozenset(runs)


def hashed(names: Iterable[str]) -> dict[str, str]:
    """The folders of experiments and runs whose segment of a site's path does not give them back, by the segment."""
    return {segment: name for name in names if layout.folder_of(segment := layout.site_segment(name), {}) != name}


def segments(run: Run) -> Segments:
    """What stands for a run in the paths of a site."""
    return layout.site_segment(run[0]), layout.site_segment(run[1])


def _looked_at(run: Run, workspace: Workspace) -> bool:
    return workspace.experiments is None or run[0] in workspace.experiments


def _stays(run: Run, workspace: Workspace, retention: Retention) -> bool:
    if retention.drop and segments(run) in retention.drop:
        return False
    if run in workspace.found:  # Left out by a limit; what the settings hide goes.
        return run in workspace.shown
    return retention.keep or not _looked_at(run, workspace)
