"""Builds the page of a comparison in the settings, which is whole without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from runpages.format.records import RunRecord

from .. import chart, select, text
from ..comparison import spelled
from ..comparison.differences import ValueRow
from ..comparison.environment import in_words
from ..comparison.member import Member
from ..comparison.metrics import MetricRow
from ..comparison.outcome import FAILS, KNOWN, PASSES, Outcome
from ..comparison.spelled import Figures
from ..comparison.whole import Comparison, summary
from ..model import Page
from ..settings import ComparisonSettings
from ..site import Site
from ..text import number
from . import link
from .compare import COMPARE, comparison_path
from .components import EMPTY, Frame, Link, Render, frame
from .head import About

CURVES = 12
"""Most metrics with curves where the settings name none."""

DASHES = 4
"""Dashes of lines, from a solid one on."""

NAMED = 8
"""Most members that are named at the ends of their curves."""

_ICONS = {PASSES: "completed", FAILS: "failed", KNOWN: "canceled"}


class Head(NamedTuple):
    """A member at the head of the page and of its columns: its colour, its short name, and the link to it."""

    color: str
    label: str
    link: Link
    note: str
    reference: bool


class ShownMetric(NamedTuple):
    """A metric with what its values are, and a cell for each member with whether it is alone the best."""

    name: str
    about: str
    cells: tuple[tuple[Figures, bool, str], ...]


class Curve(NamedTuple):
    """A card with the curves of a metric."""

    title: str
    note: str
    svg: Markup


class Value(NamedTuple):
    """A parameter or tag, and a text for each member with whether it differs from that of the reference."""

    name: str
    kind: str
    cells: tuple[tuple[str, bool], ...]


class ShownOutcome(NamedTuple):
    """What became of a condition; ``icon`` is that of a status."""

    icon: str
    state: str
    condition: str
    about: str
    why: str


class ComparisonPage(NamedTuple):
    """Context of the template."""

    frame: Frame
    title: str
    about: Markup
    problems: tuple[str, ...]
    outcomes: tuple[ShownOutcome, ...]
    live: str = ""
    heads: tuple[Head, ...] = ()
    differs: str = ""
    metrics: tuple[ShownMetric, ...] = ()
    test: str = ""
    curves: tuple[Curve, ...] = ()
    values: tuple[Value, ...] = ()
    equal: str = ""
    captured: tuple[tuple[str, str], ...] = ()


def comparison_page(
    site: Site, one: ComparisonSettings, found: Comparison | None, records: Sequence[Sequence[RunRecord]],
    outcomes: Sequence[Outcome], problems: Sequence[str], render: Render,
) -> Page:  # fmt: skip
    """The page of a comparison; ``records`` are the runs of each member, ``problems`` what of it is not there."""
    path, title = comparison_path(one.name), one.title or one.name
    differs = spelled.sentence(summary(found)) if found else ""
    crumbs, about = (Link("Compare", link.between(path, COMPARE)), Link(title)), About(differs or f"{title}.")
    context = ComparisonPage(
        frame=frame(site, path, title, crumbs, about),
        title=title,
        about=text.markdown(one.text) if one.text else EMPTY,
        problems=tuple(problems),
        outcomes=tuple(map(_outcome, outcomes)),
        differs=differs,
    )
    if found:
        context = _filled(context, path, found, records, len(one.metrics) or CURVES)
    return Page(path, render("comparison.html.jinja", context))


def _filled(
    context: ComparisonPage, path: str, found: Comparison, records: Sequence[Sequence[RunRecord]], most: int
) -> ComparisonPage:
    """The context with what the members have; ``most`` is the limit of its curves."""
    looks = member_looks(found.members)
    rows = [("parameter", row) for row in found.params] + [("tag", row) for row in found.tags]
    equal = sum(not row.differs for _, row in rows)
    return context._replace(
        live=_live(path, found.members),
        heads=tuple(
            Head(color, member.label, _link(path, member), _note(member), place == 0)
            for place, (member, (color, _)) in enumerate(zip(found.members, looks, strict=True))
        ),
        metrics=tuple(map(_metric, found.metrics)),
        test=spelled.test(found),
        curves=tuple(_curves(found, records, looks, most)),
        values=tuple(_shown_value(kind, row) for kind, row in rows if row.differs),
        equal=f"{number.integer(equal)} equal" if equal else "",
        captured=tuple(_captured(found)),
    )


def _link(path: str, member: Member) -> Link:
    row = member.rows[0]
    if not member.group:
        return Link(member.title, link.between(path, row.run.path))
    if len({one.experiment.path for one in member.rows}) > 1:
        return Link(member.title)
    return Link(member.title, link.runs_matching(path, row.experiment.path, member.title))


def _note(member: Member) -> str:
    names = ", ".join(dict.fromkeys(text.brief(row.experiment.name) for row in member.rows))
    return f"{names}, {number.plural(len(member.rows), 'run')}" if member.group else names


def _live(path: str, members: Sequence[Member]) -> str:
    """The link to the same comparison in the browser; empty where a group has runs of several experiments."""
    if len(members) < 2 or any("," in one.key.partition("?")[0] for one in members):
        return ""
    # Members are joined by commas; those in a query are escaped once more.
    keys = [quote(one.key.replace("%", "%25").replace(",", "%2C"), safe="/:~") for one in members]
    return f"{link.between(path, COMPARE)}#runs={','.join(keys)}"


# --- sections --------------------------------------------------------------------------------------------


def _outcome(one: Outcome) -> ShownOutcome:
    why = one.known.sentence if one.known else one.why
    return ShownOutcome(_ICONS.get(one.state, "unknown"), one.state, one.condition, one.member, why)


def _metric(row: MetricRow) -> ShownMetric:
    shown = spelled.figures(row)
    cells = tuple((one, cell.best, cell.delta.word) for one, cell in zip(shown, row.cells, strict=True))
    return ShownMetric(text.brief(row.name), spelled.aim(row), cells)


def _shown_value(kind: str, row: ValueRow) -> Value:
    base = row.texts[0]
    cells = tuple((number.MISSING if one is None else text.brief(one), one != base) for one in row.texts)
    return Value(text.brief(row.name), "" if kind == "parameter" else kind, cells)


def _captured(found: Comparison) -> Iterator[tuple[str, str]]:
    """What differs in the environment and the code of a member, in words."""
    for place in found.others:
        words = in_words(found.environment[place])
        change = found.code[place]
        if change is not None and change.files:
            words.append(f"code: {spelled.files(change)}")
        if words:
            yield found.members[place].label, text.visible(", ".join(words))


# --- curves ----------------------------------------------------------------------------------------------


Look = tuple[str, int]
"""The colour of a line, ``s1`` to ``s10``, and its dash."""


def member_looks(members: Sequence[Member]) -> list[Look]:
    """The look of each member, as in the browser: the colour of the run by its number; a later one gives way."""
    taken: set[Look] = set()
    looks = []
    for at, member in enumerate(members):
        slot, dash = _wanted(member) % select.COLORS, at // select.COLORS
        while (look := (f"s{slot + 1}", dash % DASHES)) in taken and len(taken) < select.COLORS * DASHES:
            slot = (slot + 1) % select.COLORS
        taken.add(look)
        looks.append(look)
    return looks


def _wanted(member: Member) -> int:
    number = None if member.group else member.rows[0].run.number
    if number is not None:
        return number - 1
    found = 7
    for unit in memoryview(member.key.encode("utf-16-le", "surrogatepass")).cast("H"):
        found = (found * 31 + unit) % 9973
    return found


def _curves(
    found: Comparison, records: Sequence[Sequence[RunRecord]], looks: Sequence[Look], most: int
) -> Iterator[Curve]:
    made = (_curve_card(row.name, found.members, records, looks) for row in found.metrics)
    yield from islice(filter(None, made), most)


def _curve_card(
    name: str, members: Sequence[Member], records: Sequence[Sequence[RunRecord]], looks: Sequence[Look]
) -> Curve | None:
    """The curves of a metric of all runs over each other, in the looks of their members; None without any."""
    found = [
        (look, chart.Columns(series.steps, select.numbers(series.values)))
        for runs, look in zip(records, looks, strict=True)
        for record in runs
        if (series := record.series.get(name)) is not None and len(series.values) > 1
    ]
    values = [float(value) for _, points in found for value in points.values if value is not None]
    if not values:
        return None
    names = {}
    if len(members) <= NAMED:
        names = {color: text.visible(member.label) for member, (color, _) in zip(members, looks, strict=True)}
    lines = [chart.Line("", points, *look) for look, points in found]
    log, runs = chart.is_log(values), number.plural(len(lines), "run")
    alt = f"{text.brief(name)} of {runs} over steps, from {number.short(min(values))} to {number.short(max(values))}"
    svg = chart.overlay_chart(lines, names, alt=alt, x_name="step", log=log)
    return Curve(text.brief(name), runs + (", log" if log else ""), svg)
