"""Writes the pages across experiments: the home page with all runs and the search, and the comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runpages.format import layout
from runpages.format.document import encode
from runpages.format.published import WORKSPACE, described

from .errors import PAGE_KEPT, BuildError, Fault, fault_of
from .plan import Plan
from .read.publish_filter import harmless
from .read.run_folder import read_readme
from .settings.effects import published_settings
from .write.build_cache import ComparisonNote, ExperimentNote, Notes, entry_of, troubles
from .write.copies import Copies
from .write.site_folder import Output

if TYPE_CHECKING:  # Loaded where there is something to render.
    from .render import Job


def compare(
    found: Plan, job: Job, out: Output, experiments: Mapping[str, ExperimentNote]
) -> tuple[Mapping[str, ComparisonNote], tuple[Fault, ...]]:
    """Write the pages of the comparisons in the settings; returns their notes, and the program errors."""
    if not found.settings.comparisons or not experiments:
        return {}, ()
    from .compared import compare_all

    return compare_all(found, job, out, experiments)


def home(found: Plan, experiments: Mapping[str, ExperimentNote], out: Output, notes: Notes) -> Fault | None:
    """Write the pages across experiments; if the home page can't be made, the one of the last build stays.

    Raises BuildError if there is none.
    """
    from .page import ALL_RUNS, HOME, all_runs, compare_page, home_page, search_scripts

    site, render = found.site, found.theme.render
    try:
        entries = {name: entry_of(note.entry) for name, note in experiments.items()}
        comparisons = [(one.title or one.name, one.name) for one in found.settings.comparisons]
        page = home_page(site, [*entries.values()], render, troubles(experiments), comparisons)
        files = {} if _keep_search(found, experiments, out) else dict(search_scripts([*entries.values()]))
        if len(entries) > 1:
            rows = ((entry.name, entry.metric, notes.rows(name)) for name, entry in entries.items())
            files |= all_runs(site, rows, render)
        if entries:
            runs = ALL_RUNS if len(entries) > 1 else next(iter(entries.values())).path
            compare = compare_page(site, runs, render)
            files[compare.path] = compare.html.encode("utf-8", "backslashreplace")
    except BuildError:
        raise
    except Exception as error:
        if not out.keep(HOME):
            raise BuildError(f"the home page could not be made: {type(error).__name__}: {error}") from error
        return fault_of(error, "The home page", PAGE_KEPT)
    for path, data in files.items():
        out.writer.put(path, data)
    _publish(found, out)
    out.writer.put(".nojekyll", b"")  # GitHub Pages would leave out files whose names begin with an underscore.
    out.writer.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    return None


def _publish(found: Plan, out: Output) -> None:
    """Write what the workspace says of itself: its README, and its settings as far as they are public."""
    copies = Copies(out.writer, "workspace/", {}, 0.0)
    settings = published_settings(found.settings, found.site.title).encode()
    for path, data in ((layout.README, read_readme(str(found.workspace))), (layout.SETTINGS, settings)):
        if data is not None:
            copies.put(path, harmless(path), data)
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
    written = [*out.begins("search.js"), *out.begins("search/")]
    return bool(written) and all(map(out.keep, written))
