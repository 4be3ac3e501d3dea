"""A comparison as Markdown for a comment on GitHub or GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..text import grid
from . import spelled
from .outcome import Outcome
from .spelled import MARKS, figures
from .whole import Comparison, summary

_ACTIVE = re.compile(r"[\\`*_{}\[\]<>()#!|~@&$]|[:%^](?=\S)|(?<=www)\.", re.IGNORECASE)
"""What is markup, or makes a link, a mention or an emoji of what follows."""


def markdown(title: str, found: Comparison, outcomes: Sequence[Outcome]) -> str:
    """The comparison, with the conditions first and what differs folded; names of others are spelled so that no link,
    mention or markup comes of them."""
    parts = [f"### {plain(title)}", f"Against {code(found.reference.title)}: {plain(_sentence(found))}."]
    if outcomes:
        parts.append("\n".join(f"- {MARKS.get(one.state, '?')} {plain(spelled.outcome(one))}" for one in outcomes))
    parts.append(_table(_metrics(found)))
    if test := spelled.test(found):
        parts.append(plain(test) + ".")
    if rows := list(_values(found)):
        parts.append(_folded("What differs", _table(rows)))
    if lines := list(_captured(found)):
        parts.append(_folded("Environment and code", "\n".join(lines)))
    return "\n\n".join(parts) + "\n"


def _sentence(found: Comparison) -> str:
    return f"what differs: {spelled.sentence(summary(found))}"


def _metrics(found: Comparison) -> Iterator[list[str]]:
    groups = any(one.group for one in found.members)
    yield ["metric", "run", "reference", "value", "difference", "%", "verdict", *(["p", "95 % interval"] * groups)]
    for row in found.metrics:
        cells = figures(row)
        for place in found.others:
            one = cells[place]
            judged = f"**{one.judged}**" if one.word in ("better", "worse") else one.judged
            yield [
                f"{code(row.name)} {plain(spelled.aim(row))}",
                code(found.members[place].label),
                plain(cells[0].value),
                plain(one.value),
                plain(one.delta),
                plain(one.relative),
                judged,
                *([one.p.replace("<", "&lt;"), plain(one.interval)] if groups else []),
            ]


def _values(found: Comparison) -> Iterator[list[str]]:
    rows = [("", row) for row in found.params if row.differs] + [("tag ", row) for row in found.tags if row.differs]
    if rows:
        yield ["", *(code(one.label) for one in found.members)]
    for kind, row in rows:
        yield [kind + code(row.name), *("–" if text is None else code(text) for text in row.texts)]


def _captured(found: Comparison) -> Iterator[str]:
    from .environment import in_words

    for place in found.others:
        change, label = found.code[place], code(found.members[place].label)
        if words := in_words(found.environment[place]):
            yield f"- {label}: {plain(', '.join(words))}"
        if change and change.files:
            yield f"- {label}: {plain(spelled.files(change))}"


def _table(rows: Iterable[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def plain(text: str) -> str:
    """A text of which Markdown makes nothing but itself."""
    return _ACTIVE.sub(r"\\\g<0>", grid.one_line(text))


def code(text: str) -> str:
    """A text as code, in which nobody is mentioned and nothing is linked."""
    line = grid.one_line(text).replace("|", "\\|")
    fence = "`" * (max((len(found) for found in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if "`" in line or line != line.strip() else f"{fence}{line or ' '}{fence}"
