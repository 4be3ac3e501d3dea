"""Parses a query, ``mse<3300 lr:0.1..0.5 -status:failed "free text"``, into a tree of terms."""

from __future__ import annotations

import re
from typing import NamedTuple

from runpages.format.errors import UserError

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_NAME = re.compile(
    r"(?:(metric|param|tag)\.)?"
    rf'(?:(last|min|max|mean|best)\(\s*({_QUOTED}|[^()"]+?)\s*\)|({_QUOTED}|[^\s"():=<>!]+))'
    r"(?:(:)|\s*(!=|<=|>=|=|<|>)\s*)"
)
_VALUE = re.compile(rf'({_QUOTED})|[^\s"(),]+')
_TEXT = re.compile(rf'({_QUOTED})|[^\s"()]+')
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r'(?:OR|NOT)(?=[\s()"]|$)')
_PLAIN = re.compile(r'[^\s"():=<>!-][^\s"():=<>!]*')


class QueryError(UserError):
    """A mistake in a query: the characters from ``start`` to ``end``, and an ``example`` of what is right."""

    def __init__(self, message: str, start: int, end: int, example: str) -> None:
        super().__init__(message)
        self.start, self.end, self.example = start, end, example


class Value(NamedTuple):
    """A value of a term, and its place in the query."""

    text: str
    quoted: bool
    start: int
    end: int


class Term(NamedTuple):
    """A test of one column, or of all with the ``op`` ``text``; ``which`` is the value of a metric that was named."""

    op: str
    name: str
    kind: str | None
    which: str | None
    quoted: bool
    values: tuple[Value, ...]
    start: int
    name_end: int
    end: int


class Branch(NamedTuple):
    """Parts joined by ``and`` or ``or``, or one under ``not``."""

    op: str
    parts: tuple[Branch | Term, ...]


def parse(text: str) -> Branch:
    """The tree of a query; an empty one leaves all runs. Raises QueryError."""
    parser = _Parser(text)
    tree = parser.any()
    if parser.at < len(text):
        raise QueryError("This parenthesis closes nothing", parser.at, parser.at + 1, "(lr:0.1 OR lr:0.2)")
    return tree


def spelled(name: str) -> str:
    """A name as it is written in a query, quoted if it must be."""
    if _PLAIN.fullmatch(name) and name not in ("OR", "NOT"):
        return name
    return '"' + re.sub(r'["\\]', r"\\\g<0>", name) + '"'


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text.startswith('"') else text


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def any(self) -> Branch:
        """Terms joined by OR, which binds less than those beside each other."""
        parts = [self._all()]
        while True:
            start = self.at
            if self._word() != "OR":
                self.at = start
                break
            self._expect(
                bool(parts[-1].parts) and self._more(), "OR needs a term on both sides", start, "lr:0.1 OR lr:0.2"
            )
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Branch("or", tuple(parts))

    def _all(self) -> Branch:
        parts: list[Branch | Term] = []
        while self._more():
            start = self.at
            is_or = self._word() == "OR"
            self.at = start
            if is_or:
                break
            parts.append(self._one())
        return Branch("and", tuple(parts))

    def _one(self) -> Branch | Term:
        start = self.at
        is_not = self._word() == "NOT"
        if is_not or re.compile(r"-[^\s)]").match(self.text, start):
            self.at += not is_not
            self._expect(self._more(), "NOT needs a term after it", start, "NOT status:failed")
            return Branch("not", (self._one(),))
        return self._inner() if self.text[start] == "(" else self._term()

    def _inner(self) -> Branch:
        start = self.at
        self.at += 1
        tree = self.any()
        self._expect(self.text[self.at : self.at + 1] == ")", "This parenthesis is not closed", start,
                     "(lr:0.1 OR lr:0.2)", start + 1)  # fmt: skip
        self.at += 1
        return tree

    def _term(self) -> Term:
        start = self.at
        found = self._take(_NAME)
        if found is None:
            return self._phrase()
        kind, which, of, plain, colon, sign = found.groups()
        op, written = colon or sign, plain if of is None else of
        name_end = start + len(found[0].rstrip().removesuffix(op).rstrip())
        values = self._values(start, op)
        return Term(op, _unquoted(written), kind, which, written.startswith('"'), values, start, name_end, self.at)

    def _values(self, start: int, op: str) -> tuple[Value, ...]:
        found: list[Value] = []
        while not found or (op == ":" and self.text[self.at : self.at + 1] == ","):
            self.at += bool(found)
            at = self.at
            value = self._take(_VALUE if op == ":" else _TEXT)
            if value is None:
                self._expect(self.text[at : at + 1] != '"', "This quotation mark is not closed", at, '"two words"',
                             len(self.text))  # fmt: skip
                example = "status:failed" if op == ":" else f"loss{op}0.3"
                raise QueryError(f"A value is missing after {self.text[start:at].strip()}", start, at, example)
            found.append(Value(_unquoted(value[0]), bool(value[1]), at, self.at))
        return tuple(found)

    def _phrase(self) -> Term:
        start = self.at
        found = self._take(_TEXT)
        if found is None:
            raise QueryError("This quotation mark is not closed", start, len(self.text), '"two words"')
        value = Value(_unquoted(found[0]), bool(found[1]), start, self.at)
        return Term("text", "", None, None, False, (value,), start, start, self.at)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def _word(self) -> str:
        self._take(_SPACE)
        found = self._take(_WORD)
        return found[0] if found else ""

    def _more(self) -> bool:
        self._take(_SPACE)
        return self.at < len(self.text) and self.text[self.at] != ")"

    def _expect(self, holds: bool, message: str, start: int, example: str, end: int | None = None) -> None:
        if not holds:
            raise QueryError(message, start, max(self.at, start + 1) if end is None else end, example)
