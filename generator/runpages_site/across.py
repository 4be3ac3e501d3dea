"""Writes what all experiments share: the assets, the home page with all runs and the search, the comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runpages.format import layout
from runpages.format.document import encode
from runpages.format.published import WORKSPACE, described

from .errors import PAGE_KEPT, BuildError, Fault, fault_of
from .garbage import collection
from .plan import Plan
from .read.publish_filter import harmless
from .read.seen import read_beside
from .settings.effects import published_settings
from .write.build_cache import ComparisonNote, ExperimentNote, troubles
from .write.copies import Copies
from .write.run_blocks import Line, RunBlock, RunBlocks, arranged, differing
from .write.site_folder import Output
from .write.writer import Writer

if TYPE_CHECKING:  # Loaded where there is something to render.
    from .executor import WorkerPool
    from .render import Job


def put_assets(found: Plan, out: Output) -> None:
    """Write the styles, scripts and files of the theme, unless the last build wrote the same ones."""
    if found.look.key != found.before.look.key or not _keep(out, [*found.look.assets.values()]):
        for path, data in found.theme.bundle.files.items():
            out.writer.put(path, data)


def compare(
    found: Plan, job: Job, out: Output, experiments: Mapping[str, ExperimentNote]
) -> tuple[Mapping[str, ComparisonNote], tuple[Fault, ...]]:
    """Write the pages of the comparisons in the settings; returns their notes, and the program errors."""
    if not found.settings.comparisons or not experiments:
        return {}, ()
    from .compared import compare_all

    return compare_all(found, job, out, experiments)


def home(
    found: Plan,
    experiments: Mapping[str, ExperimentNote],
    out: Output,
    all_runs: tuple[str, ...] | Exception = (),
    *,
    described: float | None = None,
) -> Fault | None:
    """Write the pages across experiments; if the home page can't be made, the one of the last build stays.

    So it does where there is an error in place of what came of the page of ``all_runs``; returns why. Also write the
    RO-Crate of the site, where the time is given at which it is ``described``, in seconds since the epoch. Raises
    BuildError if there is no home page.
    """
    from .page import ALL_RUNS, compare_page, home_page, search_scripts
    from .shared import put_site
    from .write.summary_notes import entry_of

    site, render = found.site, found.theme.render
    if isinstance(all_runs, Exception):
        return _old_home(out, all_runs)
    try:
        entries = {name: entry_of(note.entry) for name, note in experiments.items()}
        comparisons = [(one.title or one.name, one.name) for one in found.settings.comparisons]
        about = put_site(site, found.settings, experiments, [*entries.values()], render, out)
        page = home_page(site, [*entries.values()], render, troubles(experiments), comparisons, about)
        files = {} if _keep_search(found, experiments, out) else dict(search_scripts([*entries.values()]))
        if entries:
            runs = ALL_RUNS if len(entries) > 1 else next(iter(entries.values())).path
            compare = compare_page(site, runs, render)
            files[compare.path] = compare.html.encode("utf-8", "backslashreplace")
    except BuildError:
        raise
    except Exception as error:
        return _old_home(out, error)
    for path, data in files.items():
        out.writer.put(path, data)
    _publish(found, out)
    if described is not None:
        _describe(found, experiments, out, described)
    out.writer.put(".nojekyll", b"")  # GitHub Pages would leave out files whose names begin with an underscore.
    out.writer.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    return None


def _old_home(out: Output, error: Exception) -> Fault:
    from .page import HOME

    if not out.keep(HOME):
        raise BuildError(f"the home page could not be made: {type(error).__name__}: {error}") from error
    return fault_of(error, "The home page", PAGE_KEPT)


class Rows(NamedTuple):
    """From what the page of the runs of all experiments is made, where the last build noted the same of ``before``."""

    experiments: Sequence[Experiment]
    before: Sequence[str]
    """The keys of the blocks that the last build noted of all runs; without any, all lines are read."""
    there: AbstractSet[str]
    """The runs with a page, each as ``experiment/run``; none without ``before``."""
    is_same: bool
    """Whether the last build wrote the same of the same values."""


class Experiment(NamedTuple):
    """An experiment of which there are rows: its folder, entry and blocks, and those that are as they were."""

    name: str
    entry: Mapping[str, Any]
    blocks: Sequence[str]
    known: AbstractSet[str]


class RowsMade(NamedTuple):
    """What came of the page: its files and how many are new, and the blocks of all runs."""

    files: Mapping[str, int]
    changed: int
    blocks: tuple[str, ...]


def put_all_runs(
    found: Plan, job: Job, pool: WorkerPool, out: Output, experiments: Mapping[str, ExperimentNote]
) -> tuple[str, ...] | Exception:
    """Write the page of the runs of all experiments; returns the keys of their blocks, or why it could not be made.

    A worker does it, since it takes several times the memory of all else that this process keeps of a run.
    """
    from .executor import spread

    if len(experiments) < 2:
        return ()
    [(_, result)] = spread(partial(rows_batch, job), [_rows(found, experiments)], pool, most=1)
    if isinstance(result, Exception):
        return result
    [made] = result
    out.writer.files.update(made.files)
    out.elsewhere += made.changed if job.target is None else 0  # Those are counted when they are put.
    return made.blocks


def _rows(found: Plan, experiments: Mapping[str, ExperimentNote]) -> Rows:
    before, known = found.before.all_runs, dict[str, AbstractSet[str]]()
    for name, note in experiments.items() if before else ():
        old = found.before.experiments.get(name)
        if old is not None and all(old.entry.get(fact) == note.entry[fact] for fact in _OF_ROWS):
            known[name] = frozenset(old.blocks)
    shown = ((name, run) for name, note in experiments.items() for run in note.runs.shown)
    return Rows(
        [
            Experiment(name, {**one.entry, **_NOT_OF_ROWS}, one.blocks, known.get(name, frozenset()))
            for name, one in experiments.items()
        ],
        before,
        {f"{name}/{run}" for name, run in shown} if before else frozenset(),
        found.home == found.before.home,
    )


def rows_batch(job: Job, works: Sequence[Rows]) -> list[RowsMade]:
    """Write the page of all runs. Raises OutputError where the site cannot be written."""
    with collection(wanted=False):
        return [_put_rows(job, rows) for rows in works]


def _put_rows(job: Job, rows: Rows) -> RowsMade:
    from .index import Runs
    from .page import ALL_RUNS, TITLE, all_runs
    from .render import theme

    store, out = RunBlocks(job.folder), Writer(job.folder, fresh=job.fresh)
    blocks = _all_runs(rows, job.folder, store)
    runs = Runs(store, blocks, job.site.version, ALL_RUNS, TITLE, None, files=False)
    made = all_runs(job.site, runs.known, runs.parts, theme(job.theme, job.look).render)
    for path, make in made.columns.items():
        if not (rows.is_same and out.keep(path)):
            out.put(path, make())
    for path, data in made.files.items():
        out.put(path, data)
    return RowsMade(out.files, out.changed, tuple(block.key for block in blocks))


def _all_runs(rows: Rows, site: Path, store: RunBlocks) -> list[RunBlock]:
    """The blocks of the runs of all experiments; lines are read where the blocks of an experiment are new."""
    before = store.read(rows.before)
    lines = dict(_new_lines(rows.experiments, site))
    if not rows.there <= lines.keys() | {name for block in before for name in block.names}:
        before, lines = [], dict(_new_lines([one._replace(known=frozenset()) for one in rows.experiments], site))
    return arranged(store, before, rows.there or lines.keys(), differing(store, before, lines))


def _new_lines(experiments: Sequence[Experiment], site: Path) -> Iterator[tuple[str, Line]]:
    """The rows of the runs in blocks that the notes of the last build do not have, or have for other rows."""
    from .page import row_of
    from .write.summary_notes import entry_of, line_of, summary_of

    for one in experiments:
        store, entry = RunBlocks(site, one.name), entry_of(one.entry)
        for block in store.read(key for key in one.blocks if key not in one.known):
            for run, line in zip(block.names, store.lines(block), strict=True):
                yield f"{one.name}/{run}", line_of([], row_of(summary_of(line), entry))


_OF_ROWS = ("name", "metric", "goal")
"""What of an experiment the rows of its runs have."""

_NOT_OF_ROWS = {"search": ((), ())}
"""What of an entry need not travel to the worker that makes the rows: it grows with the runs."""


def _describe(found: Plan, experiments: Mapping[str, ExperimentNote], out: Output, now: float) -> None:
    """Write what other programs read of the runs in the site."""
    from .gate import masked_value, policy_of
    from .write import ro_crate

    said = masked_value(
        ro_crate.about(found.workspace, found.site.title, found.site.description), policy_of(found.settings)
    )
    shown = [(name, run) for name, note in experiments.items() for run in note.runs.shown]
    out.writer.put(ro_crate.CRATE, ro_crate.crate(said, list(ro_crate.site_runs(out.folder, sorted(shown))), now))


def _publish(found: Plan, out: Output) -> None:
    """Write what the workspace says of itself: README, citation, and its settings as far as they are public."""
    if found.home == found.before.home and _keep(out, [WORKSPACE, *out.begins("workspace/")]):
        return
    from .gate import masked_file, policy_of

    copies, policy = Copies(out.writer, "workspace/", {}, 0.0), policy_of(found.settings)
    settings = published_settings(found.settings, found.site.title).encode()
    texts = {name: read_beside(str(found.workspace), name) for name in (layout.README, layout.CITATION)}
    for path, data in {**texts, layout.SETTINGS: settings}.items():
        if data is not None:
            copies.put(path, harmless(path), masked_file(data, policy))
    listed = [one._replace(place=f"workspace/{one.place}") for one in copies.made.values()]
    out.writer.put(WORKSPACE, encode(described({"format": 1}, listed, is_there=False)))


def _keep_search(found: Plan, experiments: Mapping[str, ExperimentNote], out: Output) -> bool:
    """Keep what the search loads, if it would be made of the same; otherwise False."""
    before = found.before.experiments
    if found.home != found.before.home or list(before) != list(experiments):
        return False
    pairs = [(note.entry, experiments[name].entry) for name, note in before.items()]
    if any(old.get(fact) != new[fact] for old, new in pairs for fact in ("name", "path", "runs", "search")):
        return False
    return _keep(out, ["search.js"]) and all(map(out.keep, out.begins("search/")))


def _keep(out: Output, paths: Sequence[str]) -> bool:
    """Keep files of the last build as they are; otherwise False, and they are to be made."""
    return all(path in out.manifest and out.keep(path) for path in paths)
