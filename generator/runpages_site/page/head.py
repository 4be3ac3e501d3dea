"""Says in the head of a page what it is about, for what shows links to it: search engines, messengers, feed readers."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from runpages.format.records import RunRecord

from .. import goal, select, text
from ..model import ExperimentEntry
from ..site import Site
from ..status import status
from ..text import number
from . import link

FEED = "feed.xml"
"""The Atom feed of the site, from its root; that of an experiment lies beside its page."""

WIDTH, HEIGHT = 1200, 630
"""The size of a picture in pixels, as messengers show it in full."""

_CURVE = 200
"""Most points of the curve in a picture."""
_RECIPE = 1
"""The version of the drawing: another one gives all pictures other names."""


class About(NamedTuple):
    """What a page is about: a sentence, its picture and its feed, both as paths from the root of the site."""

    description: str = ""
    picture: str = ""
    feed: str = ""


NOTHING = About()


class Head(NamedTuple):
    """What the head of a page says for links to it; addresses are empty where the site has none."""

    title: str
    type: str
    description: str
    url: str
    picture: str
    """The address of the picture."""
    feed: str
    """The link to the feed, from the page."""


class Picture(NamedTuple):
    """What the picture of a page shows; ``curve`` is in levels from 0 to 1,000, None for gaps."""

    title: str
    state: str
    label: str
    value: str
    curve: tuple[int | None, ...]
    site: str

    @property
    def name(self) -> str:
        """A file name that stands for what it shows, so that messengers fetch a changed one."""
        facts = repr((_RECIPE, *self)).encode("utf-8", "surrogatepass")
        return f"{blake2b(facts, digest_size=8).hexdigest()}.png"


def head(site: Site, path: str, title: str, about: About) -> Head:
    """The head of the page at ``path``."""
    base = site.base_url
    return Head(
        title=title,
        type="website" if path == "index.html" else "article",
        description=about.description,
        url=link.absolute(base, path) if base else "",
        picture=link.absolute(base, about.picture) if base and about.picture else "",
        feed=link.between(path, about.feed) if about.feed else "",
    )


# --- runs ------------------------------------------------------------------------------------------------


def of_run(record: RunRecord, leading: str, picture: str = "") -> About:
    """What the page of a run is about: its status, and its ``leading`` metric with the value, if it has one."""
    shown = status(record.status)
    begins = "Run" if shown.kind == "none" else f"{text.brief(shown.word)} run"
    ends = f" with {_plain(leading)}" if leading else ""
    return About(f"{begins} in {text.brief(record.experiment)}{ends}.", picture)


def picture_of_run(site: Site, record: RunRecord, main: str | None) -> Picture:
    """The picture of a run: its status, its leading metric and the curve of it."""
    label, value, curve = _leading(record, main)
    shown = status(record.status)
    state = [] if shown.kind == "none" else [text.brief(shown.word)]
    state.append(text.brief(record.experiment))
    return Picture(text.brief(record.title), " · ".join(state), label, value, curve, site.title)


def _leading(record: RunRecord, main: str | None) -> tuple[str, str, tuple[int | None, ...]]:
    """The leading metric of a run in words, the value that stands for it, and its curve."""
    found = select.lead_metrics(record.series.values(), 1, main)
    if not found:
        return "", "", ()
    [series] = found
    known = select.summary(series)
    aim = goal.of(series.name, known.goal)
    value = goal.aggregate(known, aim.aggregate)
    shown = "" if value is None else number.short(value)
    curve = select.levels(select.spark(select.numbers(select.in_order(series)), _CURVE))
    label = f"{goal.label(aim.aggregate)} {text.brief(series.name)}" if known.count > 1 else text.brief(series.name)
    return label, f"{shown} {known.unit or ''}".strip(), curve


# --- experiments and the site ----------------------------------------------------------------------------


def of_experiment(entry: ExperimentEntry, picture: str = "", feed: str = "") -> About:
    """What the page of an experiment is about: its description, its runs and its best value."""
    best = [f"{_plain(entry.best_of)} {entry.best}"] if entry.best else []
    facts = ", ".join([*_counted([entry]), *best])
    return About(f"{entry.description.rstrip('.')} ({facts})." if entry.description else f"{facts}.", picture, feed)


def picture_of_experiment(site: Site, entry: ExperimentEntry) -> Picture:
    """The picture of an experiment: its runs, its best value, and the values of its runs in their order."""
    state = " · ".join(_counted([entry]))
    return Picture(entry.name, state, _plain(entry.best_of), entry.best, select.levels(entry.spark), site.title)


def of_site(site: Site, entries: Sequence[ExperimentEntry], picture: str = "", feed: str = "") -> About:
    """What the home page is about: the description in the settings, else what the site holds."""
    return About(site.description or f"{', '.join(_held(entries))}.", picture, feed)


def picture_of_site(site: Site, entries: Sequence[ExperimentEntry]) -> Picture:
    """The picture of the home page: what the site holds, and the best value of the experiment with the newest run."""
    held = " · ".join(_held(entries))
    newest = max(entries, key=lambda entry: (entry.began or 0, entry.name), default=None)
    if newest is None:
        return Picture(site.title, held, "", "", (), "")
    label = f"{_plain(newest.best_of)} · {newest.name}" if newest.best else newest.name
    return Picture(site.title, held, label, newest.best, select.levels(newest.spark), "")


def _held(entries: Sequence[ExperimentEntry]) -> list[str]:
    return [*_counted(entries)[:1], number.plural(len(entries), "experiment")] if entries else ["No runs yet"]


def _counted(entries: Sequence[ExperimentEntry]) -> list[str]:
    """How many runs there are, and how many of them failed or go on."""
    found = [number.plural(sum(entry.runs for entry in entries), "run")]
    for kind in ("running", "failed"):
        count = sum(runs for entry in entries for word, runs in entry.counts.items() if status(word).kind == kind)
        found += [f"{number.integer(count)} {kind}"] if count else []
    return found


def _plain(label: str) -> str:
    return label.replace(" (assumed)", "")
