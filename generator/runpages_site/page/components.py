"""Values shared by all pages: frame, status, tags, times, tiles, links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2s
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.records import RunRecord

from .. import chart, select, text
from ..model import Published, RunSummary
from ..site import Site
from ..status import KINDS
from ..status import Status as Status
from ..status import status as status
from ..text import number
from . import link
from .head import NOTHING, About, Head, head

Render = Callable[[str, object], str]
"""``render(template, context)`` returns the rendered text; ``Theme.render`` is one."""

NONE = number.MISSING
EMPTY = Markup("")
_LONG = 24
_TAGS = 9


class Link(NamedTuple):
    """A link; plain text if ``href`` is empty. ``saved`` is the file name of a download."""

    text: str
    href: str = ""
    saved: str = ""

    @property
    def is_long(self) -> bool:
        """Whether a column may truncate the text, so that it needs a tooltip."""
        return len(self.text) > _LONG

    def __html__(self) -> str:
        """The link as templates put it out."""
        words = f"<bdi>{text.html(self.text)}</bdi>"
        if not self.href:
            return words
        saved = f' download="{text.html(self.saved)}"' if self.saved else ""
        title = f' title="{text.html(self.text)}"' if self.is_long else ""
        return f'<a href="{text.html(self.href)}"{saved}{title}>{words}</a>'


class Frame(NamedTuple):
    """The frame around every page, with links relative to the page."""

    title: str
    site: str
    key: str
    home: str
    root: str
    """Relative path to the root of the site: empty, or ends with a slash."""
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
    head: Head


class _Links(Mapping[str, str]):
    """Links by the names of the sections, made as a template asks for them: a page has few of the sections."""

    def __init__(self, names: Collection[str], make: Callable[[str], str]) -> None:
        self._names, self._make = names, make

    def __getitem__(self, name: str) -> str:
        if name not in self._names:
            raise KeyError(name)
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Count(NamedTuple):
    """Number of runs with a status."""

    status: Status
    number: str


class Time(NamedTuple):
    """A point in time: ISO 8601, exact for people, and the day."""

    iso: str
    exact: str
    day: str


class Tile(NamedTuple):
    """One tile. Shows ``time`` if given, else ``value``."""

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
    """Exact value of a metric with a goal, from which the browser computes the distance to the best run."""


class Cell(NamedTuple):
    """A value in a table; ``exact`` is set if the text is rounded."""

    text: str
    exact: str = ""
    best: bool = False
    missing: bool = False


MISSING = Cell(NONE, missing=True)


class Tags(NamedTuple):
    """Tags as key, value and the link to what has them, if there is one; ``rest`` is folded."""

    first: tuple[tuple[str, str, str], ...]
    rest: tuple[tuple[str, str, str], ...]
    rest_title: str


DAMAGED = Status("Damaged", "damaged")


def frame(site: Site, path: str, title: str, crumbs: Sequence[Link] = (), about: About = NOTHING) -> Frame:
    """The frame of the page at ``path``; the last breadcrumb is the page itself."""
    home, wanted = link.between(path, "index.html"), site.sections
    return Frame(
        title=f"{title} · {site.title}" if title != site.title else title,
        site=site.title,
        key=_key(site.title),
        home=home,
        root=home.removesuffix("index.html"),
        crumbs=tuple(crumbs),
        version=site.version,
        style=asset(site, path, "runpages.css"),
        early=asset(site, path, "early.js"),
        script=asset(site, path, "runpages.js"),
        sections=_Links(wanted, lambda name: " ".join(asset(site, path, one) for one in wanted[name])),
        styles=_Links(wanted, lambda name: asset(site, path, f"{name}.css")),
        icon=asset(site, path, "icon.svg"),
        build=link.between(path, "build.js"),
        head=head(site, path, title, about),
    )


@lru_cache(8)
def _key(title: str) -> str:
    return blake2s(title.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def asset(site: Site, path: str, name: str) -> str:
    """The link from the page at ``path`` to an asset; empty if the theme lacks it."""
    return link.between(path, site.assets[name]) if name in site.assets else ""


def counted(known: Mapping[str, int]) -> tuple[Count, ...]:
    """Number of runs by status, in a fixed order, from their numbers by the word that was stored."""
    tally: Counter[Status] = Counter()
    for word, count in known.items():
        tally[status(word)] += count
    ordered = sorted(tally.items(), key=lambda item: (KINDS.index(item[0].kind), item[0].word))
    return tuple(Count(one, number.integer(count)) for one, count in ordered)


def tags(values: Mapping[str, str | None], to: Callable[[str, str | None], str] = lambda key, value: "") -> Tags:
    """Tags for the head of a page; ``to`` gives the link of each."""
    pairs = tuple((text.brief(key), text.brief(value or ""), to(key, value)) for key, value in values.items())
    # Folding just a few tags saves no room.
    shown = len(pairs) if len(pairs) <= _TAGS + 3 else _TAGS
    return Tags(pairs[:shown], pairs[shown:], number.plural(len(pairs) - shown, "more tag"))


@lru_cache(16)  # A page has some times twice.
def time(epoch: float | None) -> Time | None:
    """A point in time for templates; None if unknown."""
    iso = number.iso(epoch)
    return Time(iso, number.moment(epoch), number.day(epoch)) if iso else None


def figure(value: float | int | None) -> Cell:
    """A single value, rounded, with its exact digits."""
    return _cell(value, number.short(value))


def fixed(values: Sequence[float | int | None]) -> list[Cell]:
    """A column of values with the same number of decimals."""
    decimals = number.column(values)
    return [_cell(value, number.fixed(value, decimals)) for value in values]


def fixed_one(values: Sequence[float | int | None], index: int) -> Cell:
    """One cell of such a column."""
    return _cell(values[index], number.fixed(values[index], number.column(values)))


def _cell(value: float | int | None, text: str) -> Cell:
    if value is None:
        return MISSING
    return Cell(text, "" if (exact := number.exact(value)) == text else exact)


def took(run: RunSummary) -> str:
    """The duration of an ended run."""
    return number.duration(select.duration(began(run), run.ended))


def began(run: RunSummary | RunRecord) -> float | None:
    """Start time of a run, else its creation time."""
    return run.started if run.started is not None else run.created


def run_link(source: str, run: RunSummary) -> Link:
    """The link from the page at ``source`` to a run."""
    return Link(run.title, link.between(source, run.path))


def spans(wide: Sequence[bool]) -> list[bool]:
    """Which cards of a grid of two columns span both: the wide ones, and what would be alone in its row."""
    spanning, column = list[bool](), 0
    for is_wide, next_is_wide in zip(wide, (*wide[1:], True), strict=False):
        spanning.append(is_wide or (column == 0 and next_is_wide))
        column = 0 if spanning[-1] else 1 - column
    return spanning


def sparkline(values: Sequence[float | None], width: int = 64, height: int = 16) -> Markup:
    """A sparkline with its last point marked; empty for fewer than two values."""
    if len(values) - values.count(None) < 2:
        return EMPTY
    return chart.sparkline(values, width=width, height=height)


def file_href(file: str, published: Published) -> str:
    """Where the page of a run links one of its files; empty if it is not published."""
    target = published.files.get(file)
    return link.between(published.path, target) if target else ""


def file_links(files: Iterable[str], published: Published) -> list[Link]:
    """Links to those of the files of a run that are published."""
    return [Link(file, href) for file in files if (href := file_href(file, published))]
