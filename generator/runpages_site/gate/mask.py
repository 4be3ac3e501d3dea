"""Masks secrets in texts and in the values of a run, as the settings say; pure, and the same each time.

Everything that a page, an index or a published document shows of a run comes from its record, so the record is masked
once, right after it was read. Files are looked at in ``files``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

import orjson

from runpages.format.layout import EXPERIMENT, README, RUN
from runpages.format.records import ExperimentRecord, Problem, RunRecord, Series

from ..settings import Settings
from .candidates import is_candidate
from .rules import Hit, find, is_secret_name, is_secret_value

T = TypeVar("T")

DIGITS = 16
"""Hexadecimal digits of the SHA-256 of a value by which it is allowed."""


class Finding(NamedTuple):
    """A secret that was found: in which file or which value of the run's document, and what became of it."""

    file: str
    line: int | None
    rule: str
    hash: str
    effect: str

    def problem(self) -> Problem:
        """The finding as it is reported on the terminal and on the page, without its hash."""
        return Problem(self.file, self.line, f"It looks like a secret ({self.rule})", self.effect, damage=False)


MASKED, HELD_BACK, WARNED = "Masked", "Not published", "Published nevertheless"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is looked for, what is allowed, and what is replaced in any case."""

    mode: str = "mask"
    allowed: frozenset[str] = frozenset()
    redactions: tuple[tuple[str, str], ...] = ()
    """Patterns, and what stands for what they match."""

    @property
    def looks(self) -> bool:
        """Whether secrets are looked for."""
        return self.mode != "off"

    @property
    def masks(self) -> bool:
        """Whether they are masked."""
        return self.mode in ("mask", "fail")

    @property
    def effect(self) -> str:
        """What becomes of a secret in a text."""
        return MASKED if self.masks else WARNED

    @property
    def unredacted(self) -> Policy:
        """The same for what others refer to by its name."""
        return replace(self, redactions=()) if self.redactions else self

    @property
    def idle(self) -> bool:
        """Whether nothing is ever changed or reported."""
        return not self.looks and not self.redactions


def policy_of(settings: Settings, record: RunRecord | None = None) -> Policy:
    """What the settings say, with the names of hosts and users in a run."""
    allowed = frozenset(one.hash[:DIGITS] for one in settings.allow_secrets)
    return Policy(settings.secrets, allowed, tuple(_redactions(frozenset(settings.redact), record)))


def digest(data: bytes) -> str:
    """The hash by which a value or a file is allowed."""
    return sha256(data).hexdigest()[:DIGITS]


class Looked(NamedTuple):
    """A text as it is published, and the secrets in it that are not allowed, each with its first line from 1."""

    text: str
    found: list[tuple[int, str, str]]
    """Line, rule, hash."""


def look(text: str, policy: Policy, *, name: str = "") -> Looked:
    """Look at a text, which may be the value of something called ``name``."""
    hits: list[tuple[Hit, str]] = []
    if policy.looks:
        named = name and is_secret_name(name) and is_secret_value(name, text)
        for hit in [Hit(0, len(text), "by its name")] if named else find(text):
            known = digest(text[hit.start : hit.end].encode("utf-8", "surrogatepass"))
            if known not in policy.allowed:
                hits.append((hit, known))
    found = _first(text, hits)
    if policy.masks and hits:
        text = "".join(_replaced(text, [hit for hit, _ in hits]))
    for pattern, instead in policy.redactions:
        text = _compiled(pattern).sub(instead, text)
    return Looked(text, found)


def _first(text: str, hits: Iterable[tuple[Hit, str]]) -> list[tuple[int, str, str]]:
    """Line, rule and hash of each secret where it is met first."""
    first: dict[tuple[str, str], int] = {}
    line, seen = 1, 0
    for hit, known in hits:
        line += text.count("\n", seen, hit.start)
        seen = hit.start
        first.setdefault((hit.rule, known), line)
    return [(line, rule, known) for (rule, known), line in first.items()]


def _replaced(text: str, hits: Iterable[Hit]) -> Iterator[str]:
    done = 0
    for hit in hits:
        lines = "\n" * text.count("\n", hit.start, hit.end)  # Later lines keep their numbers.
        yield f"{text[done : hit.start]}•••• ({hit.rule}){lines}"
        done = hit.end
    yield text[done:]


@lru_cache(64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# --- what is replaced although it is no secret ------------------------------------------------------------

_HOME = (
    r"(?<![\w./-])/(?:home|Users)/[^/\s\"'\\:,;)\]]+|(?<![\w./-])/root(?![\w.-])"
    r"|[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/)[^\\/\s\"']+"
)
_EMAIL = (
    r"(?<![\w.+:/-])(?!git@)[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}(?![\w:@])"
)
_USER = re.compile(r"(?:/home/|/Users/|\\Users\\)([A-Za-z][\w.-]{2,31})")
_SHORTEST = 3


def _redactions(wanted: frozenset[str], record: RunRecord | None) -> Iterator[tuple[str, str]]:
    if "home" in wanted:
        yield _HOME, "~"
    if "email" in wanted:
        yield _EMAIL, "(e-mail)"
    for kind, named in (("host", _hosts), ("user", _users)):
        words = named(record) if record and kind in wanted else ()
        if long := sorted((word for word in words if len(word) >= _SHORTEST), key=len, reverse=True):
            yield rf"(?<![\w-])(?:{'|'.join(map(re.escape, long))})(?![\w-])", f"({kind})"


def _hosts(record: RunRecord) -> set[str]:
    named = [record.owner.get("host"), record.environment.get("host"), record.environment.get("hostname")]
    hosts = {name for name in named if isinstance(name, str)}
    return hosts | {host.partition(".")[0] for host in hosts if not host.replace(".", "").isdigit()}


def _users(record: RunRecord) -> set[str]:
    named = [record.owner.get("user"), record.environment.get("user")]
    return {name for name in named if isinstance(name, str)} | set(_USER.findall(repr(record.document)))


# --- values -----------------------------------------------------------------------------------------------

_KEPT = frozenset(["document", "folder", "file", "files", "snapshot", "series"])
"""The fields of records that name files; a file whose path holds a secret is left out of its run."""

_NAMES = frozenset(["id", "parent", "status", "type", "experiment", "passes"])
"""The fields that name runs and what belongs to them: masked, but not redacted, since others refer to them."""


def masked(record: RunRecord, policy: Policy) -> tuple[RunRecord, list[Finding]]:
    """A run without secrets in its values, and what was found in its document."""
    if policy.idle:
        return record, []
    record, named = _without_named(record, policy) if policy.masks else (record, [])
    if not policy.redactions and not _may_hold(record):
        return record, named
    walk = Walk(policy)
    document = walk.value(record.document, RUN)
    found = list(walk.found)
    changed = walk.value(record)
    names = Walk(policy.unredacted).value({key: one for key, one in record.document.items() if key in _NAMES})
    series = {walk.value(name): walk.value(one) for name, one in record.series.items()}
    problems = [one._replace(file=look(one.file, policy.unredacted).text) for one in changed.problems]
    return changed._replace(document={**document, **names}, series=series, problems=problems), named + found


def masked_experiment(record: ExperimentRecord, policy: Policy) -> tuple[ExperimentRecord, list[Finding]]:
    """An experiment without secrets in its document and its README, and what was found."""
    walk = Walk(policy)
    readme, found = masked_prose(record.readme, policy)
    shown: ExperimentRecord = record if policy.idle else walk.value(record._replace(readme=None), EXPERIMENT)
    return shown._replace(readme=readme), walk.found + found


def masked_prose(text: str | None, policy: Policy, file: str = README) -> tuple[str | None, list[Finding]]:
    """A README, or another text for people, without secrets, and what was found in it."""
    if text is None or policy.idle:
        return text, []
    looked = look(text, policy)
    return looked.text, [Finding(file, line, rule, known, policy.effect) for line, rule, known in looked.found]


def masked_value(value: T, policy: Policy) -> T:
    """A document, a list or a text without secrets."""
    return value if policy.idle else Walk(policy).value(value)


def masked_file(data: bytes, policy: Policy) -> bytes:
    """The bytes of a text file without secrets."""
    if policy.idle:
        return data
    return look(data.decode("utf-8", "surrogateescape"), policy).text.encode("utf-8", "surrogateescape")


def _without_named(record: RunRecord, policy: Policy) -> tuple[RunRecord, list[Finding]]:
    """A run without the files whose paths hold secrets, and what was found in these."""
    found: dict[str, Finding] = {}

    def stays(*paths: str) -> bool:
        for path in paths:
            looked = look(path, policy) if is_candidate(path.encode("utf-8", "replace")) else Looked(path, [])
            for _, rule, known in looked.found:
                found[path] = Finding(looked.text, None, rule, known, HELD_BACK)
        return found.keys().isdisjoint(paths)

    record = record._replace(
        artifacts=[one for one in record.artifacts if stays(one.file)],
        logs=[one for one in record.logs if stays(one.file)],
        images=[one for one in record.images if stays(one.file)],
        media=[one for one in record.media if stays(one.file)],
        charts=[one for one in record.charts if stays(one.file)],
        tables=[one for one in record.tables if stays(*one.files)],
        snapshot=record.snapshot if record.snapshot is None or stays(record.snapshot.file) else None,
    )
    return record, list(found.values())


def _has_text(series: Series) -> bool:
    try:
        sum(series.values)  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return not _NUMBERS.issuperset(map(type, series.values))
    return False


def _may_hold(record: RunRecord) -> bool:
    """Whether any value of a run is a candidate: most runs are done with this, at the speed of JSON."""
    try:
        series = {
            name: one._replace(steps=[], times=[], values=one.values if _has_text(one) else [])
            for name, one in record.series.items()
        }
        texts = record._replace(series=series)
        # In lines, of which many are the same without their digits.
        options = orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2
        return is_candidate(orjson.dumps(list(texts), default=list, option=options))
    except (TypeError, ValueError):  # Surrogates, numbers that are too large.
        return True


_NUMBERS = frozenset([int, float, bool, type(None)])
"""What points consist of, which are most of a run and hold no secret."""


class Walk:
    """Masks the texts in nested values, and notes what it finds."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.found: list[Finding] = []

    def value(self, value: Any, path: str = "", name: str = "") -> Any:
        """A value without secrets; ``path`` leads to it, and ``name`` is what it is called."""
        if isinstance(value, str):
            return self._text(value, path, name)
        if isinstance(value, Mapping):
            return dict(self._item(key, one, path) for key, one in value.items())
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self._field(key, one, path) for key, one in zip(value._fields, value, strict=True)))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{one.name: self.value(getattr(value, one.name), path) for one in fields(value)})
        if isinstance(value, (list, tuple)) and not _NUMBERS.issuperset(map(type, value)):
            return type(value)(self._items(value, path, name))
        return value

    def _field(self, key: str, value: Any, path: str) -> Any:
        if key in _KEPT:
            return value
        return (Walk(self._policy.unredacted) if key in _NAMES else self).value(value, path, key)

    def _items(self, values: list[Any] | tuple[Any, ...], path: str, name: str) -> Iterator[Any]:
        option = ""
        for one in values:
            yield self.value(one, path, option or name)
            is_option = isinstance(one, str) and one.startswith("-") and "=" not in one
            option = one.lstrip("-") if is_option else ""

    def _item(self, key: Any, value: Any, path: str) -> tuple[Any, Any]:
        shown = self._text(key, path, "") if isinstance(key, str) else key
        return shown, self.value(value, f"{path}: {shown}", str(key))

    def _text(self, text: str, path: str, name: str) -> str:
        looked = look(text, self._policy, name=name)
        self.found += [Finding(path, None, rule, known, self._policy.effect) for _, rule, known in looked.found]
        return looked.text
