"""Reads the documents: their snippets, links and headings.

How a document's fenced blocks are taken:

- ``sh``, ``bash`` and ``shell`` blocks are run by bash, ``python`` and ``py`` blocks as scripts, in the order
  of the document and all in one temporary folder. Each must end with exit code 0.
- In a ``console`` block each line that begins with ``$ `` is run; the lines below it are what it must print,
  in this order, with ``…`` for any text within a line and a line of ``…`` for any lines. Without them any
  output is fine.
- A block after a comment ``<!-- not run: reason -->`` is left out.
- All other blocks (``csv``, ``json``, ``text``, ...) are not run.
- A document with a comment ``<!-- needs: library, library -->`` is run by ``make libraries-check`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

RUN_BY = {
    "sh": "bash",
    "bash": "bash",
    "shell": "bash",
    "python": "python",
    "py": "python",
    "console": "console",
}
NOT_RUN = re.compile(r"<!--\s*not run(?::(?P<reason>.*?))?\s*-->", re.DOTALL)

NEEDS = re.compile(r"<!--\s*needs:(?P<libraries>.*?)-->", re.DOTALL)


class Snippet(NamedTuple):
    """A fenced block that is run, or left out for a reason; `line` is that of its first line of text."""

    language: str
    line: int
    text: str
    left_out: str | None


class Command(NamedTuple):
    """One command of a console block, with the lines it must print."""

    text: str
    line: int
    expected: list[str]


class Link(NamedTuple):
    """Where a document points to."""

    target: str
    line: int


@cache  # Many links lead to one document.
def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def snippets(text: str) -> Iterator[Snippet]:
    """The blocks of a document that are run; ValueError for one that is left out without a reason."""
    comment: str | None = None
    for token in _tokens(text):
        if token.type == "html_block":
            found = NOT_RUN.search(token.content)
            comment = (found["reason"] or "").strip() if found else None
        elif token.type == "fence":
            line = (token.map or [0])[0] + 2
            if comment == "":
                raise ValueError(f"{line}: say why the block is not run: <!-- not run: reason -->")
            language = RUN_BY.get((token.info.split() or [""])[0].lower())
            if language:
                yield Snippet(language, line, token.content, comment)
            comment = None
        else:
            comment = None


def libraries(text: str) -> set[str]:
    """The libraries without which the snippets of a document do not run."""
    found = NEEDS.search(text)
    return set(found["libraries"].replace(",", " ").split()) if found else set()


def commands(snippet: Snippet) -> list[Command]:
    """The commands of a console block; a line that ends with a backslash goes on in the next."""
    found: list[Command] = []
    continued = False
    for line, text in enumerate(snippet.text.splitlines(), snippet.line):
        if continued:
            found[-1] = found[-1]._replace(text=f"{found[-1].text}\n{text.removeprefix('> ')}")
        elif text.startswith("$ "):
            found.append(Command(text[2:], line, []))
        elif found:
            found[-1].expected.append(text)
        else:
            raise ValueError(f"{line}: a console block begins with a line '$ command'")
        continued = (continued or text.startswith("$ ")) and text.endswith("\\")
    return found


def prints(expected: list[str], printed: str) -> bool:
    """Whether the expected lines stand in the output one below the other."""
    wanted = [line.rstrip() for line in expected]
    while wanted and not wanted[-1]:
        wanted.pop()
    patterns = [r"(?:.*\n)*" if line == "…" else _pattern(line) + r"[ \t]*\n" for line in wanted]
    output = printed if printed.endswith("\n") else printed + "\n"
    return not wanted or re.search("^" + "".join(patterns), output, re.MULTILINE) is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("…"))


def links(text: str) -> Iterator[Link]:
    """The targets of all links and pictures."""
    for token in _tokens(text):
        for child in token.children or []:
            target = child.attrGet("href" if child.type == "link_open" else "src")
            if child.type in {"link_open", "image"} and isinstance(target, str):
                yield Link(target, (token.map or [0])[0] + 1)


def anchors(text: str) -> set[str]:
    """The fragments that the headings of a document make, as code hosts spell them."""
    found: set[str] = set()
    tokens = _tokens(text)
    for token, after in pairwise(tokens):
        if token.type == "heading_open":
            title = "".join(child.content for child in after.children or [])
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            again = 1
            while slug in found:
                slug = f"{slug.removesuffix(f'-{again - 1}')}-{again}"
                again += 1
            found.add(slug)
    return found


def documents(root: Path) -> list[Path]:
    """The documents of the project."""
    return [
        *sorted(root.glob("*.md")),
        *sorted((root / "docs").rglob("*.md")),
        *sorted(root.glob("bench/*.md")),
    ]
