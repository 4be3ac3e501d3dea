"""What pages have in common: finished values for the frame and for the small things that templates repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s

from markupsafe import Markup

from runpages.format.status import understood

from .. import chart, select, text
from ..model import Published, RunSummary, Site
from ..text import number
from . import link

Render = Callable[[str, object], str]
"""``render(template, context)``: the text of a template; ``Theme.render`` is one."""

NONE = "–"
EMPTY = Markup("")
_LONG = 24
_TAGS = 9


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere, or nowhere where ``href`` is empty; ``saved`` names a file that is downloaded."""

    text: str
    href: str = ""
    saved: str = ""

    @property
    def is_long(self) -> bool:
        """Whether a table's column may cut the text, so that it needs the whole of it on hover."""
        return len(self.text) > _LONG


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page; links are ready for the page's place."""

    title: str
    site: str
    key: str
    home: str
    root: str
    """The way to the root of the site: empty, or with a slash at its end."""
    crumbs: tuple[Link, ...]
    version: str
    style: str
    early: str
    script: str
    sections: Mapping[str, str]
    """What a section loads when it is first touched, by its name: links, with a blank between them."""
    styles: Mapping[str, str]
    """The link to the styles of a section, by its name."""
    icon: str
    build: str


@dataclass(frozen=True, slots=True)
class Status:
    """A status as people read it; ``kind`` names its icon and its colour."""

    word: str
    kind: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many runs have a status."""

    status: Status
    number: str


@dataclass(frozen=True, slots=True)
class Time:
    """A moment: for machines, in full, and as a day."""

    iso: str
    exact: str
    day: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of a tile strip. The value is ``time`` where there is one, else ``value``."""

    label: str
    value: str
    word: str = ""
    exact: str = ""
    time: Time | None = None
    note: str = ""
    note_link: Link | None = None
    note_time: Time | None = None
    counts: tuple[Count, ...] = ()
    spark: Markup = EMPTY
    metric: str = ""
    """The value of a metric with a goal, in full: the browser tells how far it is from the best run."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure or a text in a table; ``exact`` is there where the text shows less than the value."""

    text: str
    exact: str = ""
    best: bool = False
    missing: bool = False


MISSING = Cell(NONE, missing=True)


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags as key and value; the ``rest`` of very many is folded."""

    first: tuple[tuple[str, str], ...]
    rest: tuple[tuple[str, str], ...]
    rest_title: str


# Every state of the format, by the word that people read and the kind that icons and colours know.
_STATUS = {
    "Completed": ("Completed", "completed"),
    "Running": ("Running", "running"),
    "Starting": ("Running", "running"),
    "Finalizing": ("Running", "running"),
    "NotStarted": ("Queued", "queued"),
    "Queued": ("Queued", "queued"),
    "Preparing": ("Queued", "queued"),
    "Provisioning": ("Queued", "queued"),
    "Failed": ("Failed", "failed"),
    "Canceled": ("Canceled", "canceled"),
    "CancelRequested": ("Canceled", "canceled"),
    "NotResponding": ("Not responding", "silent"),
}
_KINDS = ("completed", "running", "failed", "canceled", "queued", "silent", "unknown", "none")
DAMAGED = Status("Damaged", "damaged")


def frame(site: Site, path: str, title: str, crumbs: Sequence[Link] = ()) -> Frame:
    """The frame of the page at ``path``; the last of ``crumbs`` is the page itself."""
    return Frame(
        title=f"{title} · {site.title}" if title != site.title else title,
        site=site.title,
        key=blake2s(site.title.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest(),
        home=link.between(path, "index.html"),
        root=link.between(path, "index.html").removesuffix("index.html"),
        crumbs=tuple(crumbs),
        version=site.version,
        style=asset(site, path, "runpages.css"),
        early=asset(site, path, "early.js"),
        script=asset(site, path, "runpages.js"),
        sections={name: " ".join(asset(site, path, one) for one in wanted) for name, wanted in site.sections.items()},
        styles={name: asset(site, path, f"{name}.css") for name in site.sections},
        icon=asset(site, path, "icon.svg"),
        build=link.between(path, "build.js"),
    )


def asset(site: Site, path: str, name: str) -> str:
    """The link from the page at ``path`` to an asset; empty where the theme has none of this name."""
    return link.between(path, site.assets[name]) if name in site.assets else ""


def status(word: str | None) -> Status:
    """The status that a stored word stands for; a foreign word is shown as it is."""
    if not word:
        return Status(NONE, "none")
    known = _STATUS.get(understood(word))
    return Status(*known) if known else Status(word, "unknown")


def counts(words: Iterable[str | None]) -> tuple[Count, ...]:
    """How many runs have each status, from the word of each run, in a fixed order; what no run has is left out."""
    tally = Counter(map(status, words))
    ordered = sorted(tally.items(), key=lambda item: (_KINDS.index(item[0].kind), item[0].word))
    return tuple(Count(one, number.integer(count)) for one, count in ordered)


def tags(known: Mapping[str, str | None]) -> Tags:
    """The tags of a page's head."""
    pairs = tuple((text.brief(key), text.brief(value or "")) for key, value in known.items())
    # A fold for a few would hide more than it saves.
    shown = len(pairs) if len(pairs) <= _TAGS + 3 else _TAGS
    return Tags(pairs[:shown], pairs[shown:], number.plural(len(pairs) - shown, "more tag"))


def time(epoch: float | None) -> Time | None:
    """A moment as a template shows it."""
    iso = number.iso(epoch)
    return Time(iso, number.moment(epoch), number.day(epoch)) if iso else None


def figure(value: float | int | None) -> Cell:
    """A single value: short, with all its digits at hand."""
    if value is None:
        return MISSING
    return _cell(number.short(value), number.exact(value))


def fixed(values: Sequence[float | int | None], best: int | None = None) -> list[Cell]:
    """A column of values with one number of decimals."""
    decimals = number.column([value for value in values if value is not None])
    return [
        MISSING if value is None else _cell(number.fixed(value, decimals), number.exact(value), best=index == best)
        for index, value in enumerate(values)
    ]


def _cell(text: str, exact: str, *, best: bool = False) -> Cell:
    return Cell(text, exact if exact != text else "", best)


def took(run: RunSummary) -> str:
    """The duration of a run that has an end."""
    seconds = select.duration(run.started or run.created, run.ended)
    return NONE if seconds is None else number.duration(seconds)


def began(run: RunSummary) -> float | None:
    """When a run began, as far as it is known."""
    return run.started if run.started is not None else run.created


def run_link(source: str, run: RunSummary) -> Link:
    """The link from the page at ``source`` to a run."""
    return Link(run.title, link.between(source, run.path))


def curve(values: Sequence[float | None], width: int = 64, height: int = 16) -> Markup:
    """A sparkline with its last point marked, or nothing where there is no curve."""
    known = [index for index, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return EMPTY
    return chart.sparkline(values, mark=known[-1], width=width, height=height)


def file_link(file: str, published: Published) -> Link | None:
    """The link to a file of the run, if it is in the site."""
    target = published.files.get(file)
    return Link(file, link.between(published.path, target)) if target else None
