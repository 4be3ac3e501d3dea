"""What a page's markup says of other places: the ids that it offers, what it refers to, and what it must not hold.

One expression finds the tags as a browser does, with quotes, comments and the text of scripts; each distinct tag is
read once, for a site has millions of tags and few that differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import NamedTuple


class Reference(NamedTuple):
    """One place that a tag or a style sheet names."""

    where: str
    """The tag and the attribute, such as ``a href``; ``url`` and ``@import`` in a style sheet."""
    target: str
    at: int
    """The offset in the text."""

    @property
    def is_clicked(self) -> bool:
        """Whether it waits for a click; all others are loaded by the browser."""
        return self.where in _CLICKED

    @property
    def is_picture(self) -> bool:
        """Whether it may hold its bytes itself, as a ``data:`` URL."""
        return self.where in _PICTURES


class Fault(NamedTuple):
    """What a page must not hold, with its offset."""

    message: str
    at: int


class Markup(NamedTuple):
    """What is read of a page."""

    ids: frozenset[str]
    references: list[Reference]
    faults: list[Fault]


_CLICKED = frozenset({"a href", "a xlink:href", "area href", "link canonical"})
_PICTURES = frozenset({"img src", "img srcset", "source srcset", "image href", "link href", "video poster", "url"})
_NAMING = frozenset(
    {"href", "xlink:href", "src", "poster", "data", "action", "formaction", "background", "manifest", "ping"}
)
_STYLED = frozenset(
    {"style", "fill", "stroke", "clip-path", "mask", "filter", "marker-start", "marker-mid", "marker-end", "cursor"}
)
_FORBIDDEN = frozenset({"style", "base", "object", "embed"})
_CACHED = 400
"""Longer tags are curves, and no two are alike."""

# An attribute as browsers split it; `>` ends a tag everywhere but in quotes, and a quote without an end takes all.
_ATTRIBUTE = r"""[\s/]*+([^\s/>][^\s/>=]*+)(?>\s*+=\s*+(?>"([^"]*+)"?+|'([^']*+)'?+|([^\s>"'][^\s>]*+)|(?=>)))?+"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_NAME = re.compile(r"<(/?[^\s/>]*+)")
_SKIPPED = re.sub(r"\((?![?])", "(?:", _ATTRIBUTE)
# Comments, tags with attributes, and tags whose content is text or that are faults by themselves. All others say
# nothing.
_TAG = re.compile(
    rf"""<(?>!--(?>-?>|.*?--!?>|.*+)
    |(/?[a-z][^\s/>]*+)(?>(?>{_SKIPPED})++[\s/]*+>?+
    |(?<=<script)[\s/]*+>|(?<=<style)[\s/]*+>|(?<=<iframe)[\s/]*+>|(?<=<title)[\s/]*+>|(?<=<textarea)[\s/]*+>))""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_TEXT = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "iframe", "title", "textarea")
}
"""Elements whose content is text, with what ends it."""
# What may stand before the policy: it governs nothing that came earlier.
_BEFORE = re.compile(
    rf"\s++|<!doctype[^>]*+>|<!--(?>-?>|.*?--!?>)|(<(?:html|head|meta)(?>{_SKIPPED})*+)[\s/]*+>",
    re.DOTALL | re.IGNORECASE,
)

# Comments and other strings are passed over, whatever stands in them.
_CSS = re.compile(
    r"""/\*.*?(?:\*/|$)|(@import\s+(?:url\()?|\burl\()\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))|"[^"]*"|'[^']*'""",
    re.DOTALL | re.IGNORECASE,
)
_CANDIDATE = re.compile(r"[\s,]*(\S*[^\s,])(?:\s[^,]*)?")
_REFRESH = re.compile(r"""[\s\d.]*[;,]\s*(?:url\s*=\s*)?["']?([^"']*)""", re.IGNORECASE)


def read(text: str) -> Markup:
    """Read a page."""
    ids: set[str] = set()
    references: list[Reference] = []
    faults = list(_policy_faults(text))
    at = 0
    while found := _TAG.search(text, at):
        at = found.end()
        if found[1] is None:
            continue
        tag = (_read_known_tag if len(found[0]) < _CACHED else _read_tag)(found[0])
        if tag is _SILENT:
            continue
        for name in tag.ids:
            if name in ids:
                faults.append(Fault(f"duplicate id {name!r}", found.start()))
            ids.add(name)
        references += [Reference(where, target, found.start()) for where, target in tag.places]
        faults += [Fault(message, found.start()) for message in tag.faults]
        if tag.text_end:
            end = tag.text_end.search(text, at)
            at = end.start() if end else len(text)
    return Markup(frozenset(ids), references, faults)


def read_style(text: str) -> list[Reference]:
    """What a style sheet loads."""
    return [Reference(where, target, at) for where, target, at in _style_places(text)]


class _Tag(NamedTuple):
    ids: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    text_end: re.Pattern[str] | None


_SILENT = _Tag((), (), (), None)


def _read_tag(tag: str) -> _Tag:
    name, attributes = _split(tag)
    if name.startswith("/"):
        return _SILENT
    ids = {attributes.get("id", ""), attributes.get("name", "") if name == "a" else ""} - {""}
    # In a drawing a title may end with its own tag.
    text_end = None if name == "title" and tag.endswith("/>") else _TEXT.get(name)
    read = _Tag(tuple(ids), tuple(_places(name, attributes)), tuple(_faults(name, attributes)), text_end)
    return read if any(read) else _SILENT


_read_known_tag = lru_cache(8192)(_read_tag)


def _split(tag: str) -> tuple[str, dict[str, str]]:
    """The name of a tag, and its attributes; of two with one name a browser takes the first."""
    tag = tag.removesuffix(">")
    name = _NAME.findall(tag)[0]
    attributes: dict[str, str] = {}
    for key, *quoted in _ATTRIBUTES.findall(tag, len(name) + 1):
        value = "".join(quoted)
        attributes.setdefault(key.lower(), unescape(value) if "&" in value else value)
    return name.lower(), attributes


def _places(tag: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if name in _NAMING and not (name == "data" and tag != "object"):
            # Browsers load nothing of the address that a page says is its own.
            yield f"{tag} {'canonical' if _says(attributes, 'rel', 'canonical') else name}", value
        elif name in {"srcset", "imagesrcset"}:
            yield from ((f"{tag} {name}", found[1]) for found in _CANDIDATE.finditer(value))
        elif name in _STYLED and "url(" in value.lower():
            yield from ((where, target) for where, target, _ in _style_places(value))
    refresh = _REFRESH.match(attributes.get("content", "")) if _says(attributes, "http-equiv", "refresh") else None
    if refresh:
        yield "meta refresh", refresh[1]


def _style_places(text: str) -> Iterator[tuple[str, str, int]]:
    for found in _CSS.finditer(text):
        if found[1]:
            where = "@import" if found[1].startswith("@") else "url"
            yield where, found[2] or found[3] or found[4] or "", found.start()


def _faults(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    yield from (f"<{tag}> has {name}, which the policy blocks" for name in attributes if name[:2] == "on")
    if tag in _FORBIDDEN:
        yield f"<{tag}> is not allowed in a page"
    if tag == "script" and "src" not in attributes and attributes.get("type", "").lower() != "application/json":
        yield "an inline script, which the policy blocks"
    if tag == "iframe" and "sandbox" not in attributes:
        yield "<iframe> without sandbox"


def _policy_faults(text: str) -> Iterator[Fault]:
    at = 0
    while found := _BEFORE.match(text, at):
        at = found.end()
        attributes = _split(found[1])[1] if found[1] else {}
        if _says(attributes, "http-equiv", "content-security-policy"):
            yield from (Fault(message, found.start()) for message in policy_faults(attributes.get("content", "")))
            return
    yield Fault("no Content-Security-Policy before everything else", 0)


def _says(attributes: dict[str, str], name: str, value: str) -> bool:
    return attributes.get(name, "").strip().lower() == value


# --- the Content-Security-Policy ---------------------------------------------------------------------

NONE = "'none'"
SELF = "'self'"

# A page without these could do what they speak of: they are the ones that do not fall back to another.
_NEEDED = ("default-src", "base-uri", "form-action")
# What a directive may allow beside nothing; one that is not named here may allow the site's own files.
_ALLOWED = {
    "default-src": frozenset[str](),
    "base-uri": frozenset[str](),
    "form-action": frozenset[str](),
    "connect-src": frozenset[str](),
    "style-src-attr": frozenset({SELF, "'unsafe-inline'"}),
    "img-src": frozenset({SELF, "data:", "blob:"}),
    "media-src": frozenset({SELF, "data:", "blob:"}),
    "font-src": frozenset({SELF, "data:"}),
}


def policy_faults(policy: str) -> Iterator[str]:
    """What a policy allows that a page of a site never needs: scripts in the page, and anything from elsewhere."""
    directives = _directives(policy)
    for name in _NEEDED:
        if name not in directives:
            yield f"the policy lacks {name}"
    for name, sources in directives.items():
        if not (name in _NEEDED or "-src" in name):
            continue
        for source in sources:
            if source != NONE and source not in _ALLOWED.get(name, {SELF}):
                yield f"the policy allows {name} {source}"


def _directives(policy: str) -> dict[str, list[str]]:
    """The sources by directive; of two with one name a browser takes the first."""
    found: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *sources = directive.lower().split() or [""]
        if name:
            found.setdefault(name, sources)
    return found
