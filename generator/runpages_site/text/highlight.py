"""Highlights source code with Pygments, mapped to the five token classes of the theme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from .plain import visible

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Part = Any
"""A ``str``, or ``[class, text]``."""
Line = list[Part]

LONGEST = 2_000
"""Characters of a line above which a text is not highlighted: it is generated, and lexers get slow."""

BLANK = re.compile(r"\s{400}")
"""Gaps for which several lexers take quadratic time, so that the text is not highlighted."""

# An explicit list: guessing loads all lexers, and may change with the version.
_LANGUAGES = {
    "bash": "bash bashrc sh zsh", "bat": "bat cmd", "c": "c h", "cmake": "cmake", "cpp": "cc cpp cu cuh cxx hh hpp",
    "csharp": "cs", "css": "css scss", "cython": "pxd pyx", "diff": "diff patch", "go": "go", "html": "htm html",
    "ini": "cfg conf ini", "java": "java", "javascript": "js jsx mjs", "json": "json jsonl ipynb", "julia": "jl",
    "kotlin": "kt", "lua": "lua", "make": "mk", "markdown": "md", "matlab": "m", "nix": "nix", "perl": "pl",
    "php": "php", "powershell": "ps1", "protobuf": "proto", "python": "py pyi pyw", "r": "r", "rst": "rst",
    "ruby": "rb", "rust": "rs", "scala": "scala", "sql": "sql", "swift": "swift", "terraform": "tf", "tex": "bib tex",
    "toml": "toml", "typescript": "ts tsx", "xml": "svg xml", "yaml": "yaml yml",
}  # fmt: skip
_BY_EXTENSION = {extension: name for name, known in _LANGUAGES.items() for extension in known.split()}
_BY_NAME = {"makefile": "make", "dockerfile": "docker", "cmakelists.txt": "cmake", "jenkinsfile": "groovy"}


def language(name: str) -> str:
    """The language for a file name; empty if unknown."""
    last = name.rpartition("/")[2].lower()
    return _BY_NAME.get(last) or _BY_EXTENSION.get(last.rpartition(".")[2], "")


def highlighted(source: str, language: str = "") -> list[Line]:
    """The lines of a text, highlighted if the language is known, with control characters made visible."""
    source = source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    plain = source.split("\n")
    fit = max(map(len, plain)) <= LONGEST and not BLANK.search(source)
    lexer = _lexer(language) if language and fit else None
    if lexer is None:
        return [[visible(line)] if line else [] for line in plain]
    return list(_lines(lexer.get_tokens(source)))


def _lines(tokens: Iterable[tuple[Any, str]]) -> Iterator[Line]:
    line: Line = []
    for token, text in tokens:
        role = _role(token)
        first, *rest = text.split("\n")
        _add(line, role, first)
        for piece in rest:
            yield line
            line = []
            _add(line, role, piece)
    yield line


def _add(line: Line, role: str, text: str) -> None:
    if not text:
        return
    shown = visible(text)
    if not role:
        if line and isinstance(line[-1], str):
            line[-1] += shown
        else:
            line.append(shown)
    elif line and not isinstance(line[-1], str) and line[-1][0] == role:
        line[-1][1] += shown
    else:
        line.append([role, shown])


@lru_cache(64)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer: Lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return lexer


# By token type; the closest ancestor listed here counts.
_ROLES = {
    "Keyword": "keyword", "Operator.Word": "keyword", "Comment.Preproc": "keyword", "Generic.Heading": "keyword",
    "Literal.String": "string", "Generic.Inserted": "string", "Literal.Number": "number", "Generic.Deleted": "number",
    "Comment": "comment", "Comment.PreprocFile": "string", "Name.Attribute": "name", "Name.Builtin": "name",
    "Name.Class": "name", "Name.Decorator": "name", "Name.Exception": "name", "Name.Function": "name",
    "Name.Tag": "name", "Generic.Subheading": "name",
}  # fmt: skip


@cache
def _role(token: Any) -> str:
    for length in range(len(token), 0, -1):
        role = _ROLES.get(".".join(token[:length]))
        if role:
            return f"k-{role}"
    return ""
