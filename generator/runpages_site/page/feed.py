"""Makes Atom feeds (RFC 4287) of what happened to runs: a new best value, a failure, a README that changed.

Dates are those of the runs, and never of a build: a build of the same runs makes the same feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from heapq import nlargest

from .. import family, goal, summaries, text
from ..model import Event, ExperimentEntry, ExperimentSummary, RunSummary
from ..site import Site
from ..status import status
from ..text import number
from ..text.plain import html
from . import link
from .head import FEED
from .home_summary import DAY

ENTRIES = 50
"""Most events in a feed."""
KEPT = 10
"""Most events of an experiment in the feed of the site."""
_README = "readme"
_START = 0.0
"""The date of a feed in which nothing has one, since each needs a date."""


def events(experiment: ExperimentSummary) -> list[Event]:
    """The events of an experiment, newest first, and its README; what has no time is in no feed."""
    first = min((moment for moment in summaries.begins(experiment.runs) if moment is not None), default=None)
    found = _newest([*_bests(experiment), *_failures(family.own(experiment.runs))], ENTRIES)
    return found + _readme(experiment.path, experiment.name, experiment.readme, first)


def kept_events(found: Sequence[Event]) -> tuple[Event, ...]:
    """What of the events of an experiment may come into the feed of the site."""
    return (*[event for event in found if event.kind != _README][:KEPT], *_readmes(found))


def site_events(site: Site, page: str, entries: Sequence[ExperimentEntry]) -> list[Event]:
    """The events of a whole site, newest first, and its READMEs; ``page`` is its home page."""
    found = [event for entry in entries for event in entry.events]
    first = min((min(entry.days) * DAY for entry in entries if entry.days), default=None)
    newest = _newest([event for event in found if event.kind != _README], ENTRIES)
    return [*newest, *_newest(_readmes(found), ENTRIES), *_readme(page, site.title, site.readme, first)]


def _newest(found: Iterable[Event], count: int) -> list[Event]:
    dated = (event for event in found if number.iso(event.time))  # A time may be none of the calendar.
    return nlargest(count, dated, key=lambda event: (event.time, event.path, event.key))


def _bests(experiment: ExperimentSummary) -> Iterator[Event]:
    """The runs whose value of the main metric was the best of its time."""
    metric = experiment.metric
    aim = goal.of_metric(experiment, metric) if metric else goal.Goal(None)
    if metric is None or aim.better is None:
        return
    values, moments = goal.Contest(experiment.runs).values(metric, aim.aggregate), _moments(experiment.runs)
    timed = (
        (moment, place, value)
        for place, value in enumerate(values)
        if value is not None and (moment := moments[place]) is not None
    )
    best: goal.Number | None = None
    for moment, place, value in sorted(timed, key=lambda one: (one[0], -one[1])):
        if best is None or (value < best if aim.better == "min" else value > best):
            run, name = experiment.runs[place], text.brief(metric)
            what = f"{goal.label(aim.aggregate)} {name} {number.short(value)}"
            before = f" It was {number.short(best)} before." if best is not None else ""
            yield Event(
                "best",
                f"{text.brief(experiment.name)}: {what}",
                f"{run.title} has the {what} of {text.brief(experiment.name)}.{before}",
                run.path,
                metric,
                moment,
            )
            best = value


def _failures(runs: Sequence[RunSummary]) -> Iterator[Event]:
    for place, (word, moment) in enumerate(zip(summaries.column(runs, "status"), _moments(runs), strict=True)):
        if status(word).kind == "failed" and moment is not None:
            run = runs[place]
            yield Event("failed", f"{run.title} failed", run.error or "No error recorded.", run.path, "", moment)


def _readme(path: str, name: str, readme: str | None, time: float | None) -> list[Event]:
    """The text of a README as an event: another text is another one.

    Once it was copied, no file knows when its text was changed; so each is as old as what it is about.
    """
    if not readme or time is None or not number.iso(time):
        return []
    mark = blake2b(readme.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    name = text.brief(name)
    return [Event(_README, f"{name}: new README", f"The README of {name} has a new text.", path, mark, time)]


def _readmes(found: Iterable[Event]) -> list[Event]:
    return [event for event in found if event.kind == _README]


def _moments(runs: Sequence[RunSummary]) -> list[float | None]:
    """When each run ended, or was last heard of."""
    times = zip(
        summaries.column(runs, "ended"), summaries.column(runs, "last_write"), summaries.begins(runs), strict=True
    )
    return [ended or written or began for ended, written, began in times]


# --- as Atom ---------------------------------------------------------------------------------------------


def feed(base: str, page: str, title: str, author: str, found: Sequence[Event]) -> bytes:
    """The feed beside the ``page`` of a site that is published at ``base``."""
    own = link.absolute(base, feed_of(page))
    moments = [event.time for event in found]
    head = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        f"<title>{html(title)}</title>",
        f"<id>{html(own)}</id>",
        f'<link rel="self" type="application/atom+xml" href="{html(own)}"/>',
        f'<link rel="alternate" type="text/html" href="{html(link.absolute(base, page))}"/>',
        f"<updated>{number.iso(max(moments, default=_START))}</updated>",
        f"<author><name>{html(author)}</name></author>",
        "<generator>runpages</generator>",
    ]
    lines = [*head, *(_element(base, event) for event in found), "</feed>", ""]
    return "\n".join(lines).encode("utf-8")


def feed_of(page: str) -> str:
    """The feed of a page, both from the root of the site."""
    return page.removesuffix("index.html") + FEED


def _element(base: str, event: Event) -> str:
    address, mark = link.absolute(base, event.path), link.anchor(event.kind, *([event.key] if event.key else []))
    return (
        f"<entry><title>{html(event.title)}</title><id>{html(address)}#{mark}</id>"
        f'<link rel="alternate" type="text/html" href="{html(address)}"/>'
        f'<updated>{number.iso(event.time)}</updated><category term="{event.kind}"/>'
        f"<summary>{html(event.text)}</summary></entry>"
    )
