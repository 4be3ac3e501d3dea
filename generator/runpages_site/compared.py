"""The pages of the comparisons in the settings, from what is noted of the runs, and the runs that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from runpages.format import layout
from runpages.format.discovery import RunFolder
from runpages.format.records import Problem, RunRecord

from . import settings
from .comparison.condition import parsed
from .comparison.member import Member, UnresolvedError, find_member, reference_first
from .comparison.metrics import Rule
from .comparison.outcome import FAILS, UNKNOWN, Known, Outcome, evaluated
from .comparison.spelled import outcome as in_words
from .comparison.whole import Comparison, comparison
from .errors import PAGE_KEPT, PAGE_MISSING, BuildError, Fault, fault_of
from .model import ExperimentSummary
from .page.compare import comparison_path
from .page.comparison import comparison_page
from .plan import Plan
from .query.columns import Row
from .read import captured, run_folder
from .read.scan import source_of
from .render import Job, theme
from .settings import ComparisonSettings, effects
from .storage.stored_workspace import fetched
from .write.build_cache import ComparisonNote, ExperimentNote
from .write.run_blocks import RunBlocks
from .write.site_folder import Output
from .write.summary_notes import summary_of


def compare_all(
    found: Plan, job: Job, out: Output, experiments: Mapping[str, ExperimentNote]
) -> tuple[dict[str, ComparisonNote], tuple[Fault, ...]]:
    """Write the page of each comparison whose runs or settings are new; the others stay as they are.

    A page that can't be made stays as it was, and the next build tries again. Returns what is noted of each by its
    name, and the program errors.
    """
    site = _Site(found, job, experiments)
    made: dict[str, ComparisonNote] = {}
    faults = []
    for at, one in enumerate(found.settings.comparisons):
        page = comparison_path(one.name)
        try:
            made[one.name] = _put(site, at, one, out)
        except BuildError:
            raise
        except Exception as error:
            effect = PAGE_KEPT if out.keep(page) else PAGE_MISSING
            faults.append(fault_of(error, f"The page {page}", effect))
    return made, tuple(faults)


def _put(site: _Site, at: int, one: ComparisonSettings, out: Output) -> ComparisonNote:
    members, missing = site.members(at, one)
    key = site.key(one, members)
    before = site.found.before.comparisons.get(one.name)
    if before is not None and before.key == key != "" and out.keep(comparison_path(one.name)):
        return before
    records = [[site.record(row) for row in member.rows] for member in members]
    members = [
        member._replace(captured=[captured.captured(record) for record in some])
        for member, some in zip(members, records, strict=True)
    ]
    rules = {path: site.rule(name) for path, name in site.folders.items()}
    whole = comparison(members, metrics=_metrics(one, members), which=one.by, rules=rules) if members else None
    outcomes = site.outcomes(one, whole, rules)
    problems = (*missing, *site.unknown_metrics(at, one, members), *site.warnings(at, one, outcomes))
    look = theme(site.job.theme, site.job.look).render
    page = comparison_page(
        site.found.site, one, whole, records, outcomes, [problem.message for problem in missing], look
    )
    out.writer.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    return ComparisonNote(key, problems)


def _metrics(one: ComparisonSettings, members: Sequence[Member]) -> list[str]:
    """The metrics in the settings that a run has."""
    known = {name for member in members for row in member.rows for name in row.run.metrics}
    return [name for name in one.metrics if name in known]


class _Site:
    """The runs of the site that is being built, as they are noted."""

    def __init__(self, found: Plan, job: Job, experiments: Mapping[str, ExperimentNote]) -> None:
        self.found, self.job = found, job
        self._notes = {
            layout.run_page(name, run): note for name, one in experiments.items() for run, note in one.runs.items()
        }
        self._lines: dict[str, bytes] = {}
        """What is noted of each run for the pages across runs, by its page."""
        self.folders: dict[str, str] = {}
        """The folder of each experiment, by its page."""
        self._runs = {layout.run_page(run.experiment, run.name): run for run in found.found.runs}
        self._names: dict[str, tuple[str, ...]] = {}
        self._experiments = [self._experiment(name, note) for name, note in experiments.items()]

    def _experiment(self, folder: str, note: ExperimentNote) -> ExperimentSummary:
        record = run_folder.read_experiment(str(self.found.workspace / folder))
        self._names[folder] = (record.name, folder)
        store, runs = RunBlocks(self.job.folder, folder), []
        for block in store.read(note.blocks):
            for line in store.lines(block):
                summary = summary_of(line)
                self._lines[summary.path] = line
                runs.append(summary)
        page = layout.experiment_page(folder)
        self.folders[page] = folder
        return effects.summarized(
            record, page, runs, effects.experiment_settings(self.found.settings, *self._names[folder])
        )

    def members(self, at: int, one: ComparisonSettings) -> tuple[list[Member], list[Problem]]:
        """The members of a comparison, and a problem for each that is not there."""
        found: dict[str, Member] = {}
        problems = []
        for name in reference_first(one.runs, one.ref):
            try:
                member = find_member(name, self._experiments)
                found.setdefault(member.key, member)
            except UnresolvedError as error:
                path = ("ref",) if name not in one.runs else ("runs", one.runs.index(name))
                problems.append(self._problem(at, one, path, str(error), "Left out of the page", damage=True))
        return list(found.values()), problems

    def key(self, one: ComparisonSettings, members: Sequence[Member]) -> str:
        """A hash of what the page of a comparison depends on; empty where a change might be missed.

        Which runs of a group count depends on all runs of its experiment.
        """
        runs = {row.run.path for member in members for row in member.rows}
        experiments = {row.experiment.path: row.experiment for member in members if member.group for row in member.rows}
        all_runs = sorted(runs.union(run.path for experiment in experiments.values() for run in experiment.runs))
        stamps = [self._notes[path].key if path in self._notes else "" for path in sorted(runs)]
        facts = (self.found.home, one, stamps, [self._lines[path] for path in all_runs])
        return blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest() if all(stamps) else ""

    def rule(self, folder: str) -> Rule:
        """What the settings say of the metrics of an experiment."""
        known = effects.experiment_settings(self.found.settings, *self._names[folder])
        return Rule(known.tolerance, known.pair_by)

    def record(self, row: Row) -> RunRecord:
        """A run with its points; as it is published, where the workspace lacks it."""
        run: RunFolder | None = self._runs.get(row.run.path)
        folder = self.folders[row.experiment.path]
        if run is None:
            place = row.run.path.removesuffix(".html")
            if self.job.target is not None:
                self.job.target.bring(place, self.job.folder)
            record = run_folder.read_run(str(self.job.folder / place), now=self.job.now).record
        else:
            with fetched(self.job.origin, run) as here:
                record = source_of(run.seen.source).read(here, now=self.job.now, known={}, sink=None).record
        return effects.applied(record, self.found.settings, *self._names[folder])

    def outcomes(self, one: ComparisonSettings, whole: Comparison | None, rules: Mapping[str, Rule]) -> list[Outcome]:
        """What became of the conditions; what is known never expires here, so that a page depends on no date."""
        if whole is None or len(whole.members) < 2:
            return [Outcome(condition, "", UNKNOWN, "there are not two runs or groups") for condition in one.fail_if]
        known = [Known(each.metric, each.run, each.until, each.reason) for each in self.found.settings.known]
        conditions = [parsed(condition) for condition in one.fail_if]
        return evaluated(conditions, whole.members, which=one.by, rules=rules, known=known)

    def unknown_metrics(self, at: int, one: ComparisonSettings, members: Sequence[Member]) -> list[Problem]:
        """A remark for each metric in the settings that no run has."""
        shown = _metrics(one, members)
        return [
            self._problem(at, one, ("metrics", place), f"no run of it has a metric {name!r}", "Left out of the page")
            for place, name in enumerate(one.metrics)
            if name not in shown
        ]

    def warnings(self, at: int, one: ComparisonSettings, outcomes: Sequence[Outcome]) -> list[Problem]:
        """A remark for each condition that holds, or that nobody evaluated."""
        found = []
        for outcome in outcomes:
            if outcome.state in (FAILS, UNKNOWN):
                path = ("fail_if", [text.strip() for text in one.fail_if].index(outcome.condition.strip()))
                found.append(self._problem(at, one, path, in_words(outcome), "Shown on its page"))
        return found

    def _problem(
        self, at: int, one: ComparisonSettings, path: tuple[str | int, ...], what: str, action: str, *,
        damage: bool = False,
    ) -> Problem:  # fmt: skip
        line = settings.find_line(self.found.workspace, "comparisons", at, *path)
        return Problem(layout.SETTINGS, line, f"comparison {one.name}: {what}", action, damage=damage)
