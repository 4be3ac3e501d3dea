"""Renders untrusted Markdown as sanitised HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from .plain import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

LIMIT = 100_000
"""Most characters of a text that is rendered."""

TAGS = frozenset(
    """
    a blockquote br code del div em h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul
    """.split()  # noqa: SIM905 - a list of so many quoted words reads worse
)
"""The tags of clean HTML."""
_MARKS_LIMIT = 5_000
# Without any of these a text is what it says; a hyphen, a digit or a line of "=" may begin or underline a block.
_MARKUP = re.compile(r"[*_`\[\]<>#|~\\&!]|^\s*(?:[-+=]|\d+[.)])", re.MULTILINE)


@lru_cache(16)  # The runs of a sweep have one description.
def markdown(text: str) -> Markup:
    """Markdown as clean HTML, headings from ``h3`` down; no raw HTML, no external images.

    Of a text that is longer than ``LIMIT``, or has so many brackets that parsing takes seconds, the source is shown.
    """
    text = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > LIMIT or _takes_long(text):
        return _verbatim(text)
    import nh3

    html = _parser().render(text)
    attributes = {
        "a": {"href"},
        "pre": {"tabindex"},
        "ol": {"start"},
        "div": {"class", "role", "tabindex", "aria-label"},
    }
    return Markup(  # noqa: S704 - this is the one place where cleaned HTML becomes markup
        nh3.clean(
            html,
            tags=set(TAGS),
            attributes=attributes,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer",
        )
    )


def as_read(text: str) -> str:
    """The words that a reader of rendered Markdown sees, in one line; of a link its text, of an image its description.

    With so many brackets that parsing takes seconds, the words of the source.
    """
    if _MARKUP.search(text) and not _takes_long(text):
        text = "".join(_seen(_parser().parse(text)))
    return " ".join(text.split())


def _seen(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from _seen(token.children)
        elif token.type in ("softbreak", "hardbreak") or token.block:
            yield f" {token.content} "
        else:
            yield token.content


def _takes_long(text: str) -> bool:
    return text.count("[") + text.count("*") + text.count("`") > _MARKS_LIMIT


def _verbatim(text: str) -> Markup:
    rest = len(text) - LIMIT
    note = Markup("<p>{} more characters not shown</p>").format(rest) if rest > 0 else ""
    return Markup('<pre tabindex="0">{}</pre>{}').format(text[:LIMIT], note)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("js-default")
    for name, rule in {
        "heading_open": _heading,
        "heading_close": _heading,
        "image": _image,
        "link_open": _link,
        "link_close": _link_end,
        "table_open": _table_open,
        "table_close": _table_close,
        "fence": _block,
        "code_block": _block,
    }.items():
        parser.add_render_rule(name, rule)
    parser.render("-")  # Its rules are put together at the first text, and threads would meet half of them.
    return parser


def _heading(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    level = min(6, int(tokens[index].tag[1]) + 2)
    return f"<{'/' * (tokens[index].nesting < 0)}h{level}>"


def _image(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    # Pages load nothing from other hosts, and files beside the text are not published: images become links.
    token = tokens[index]
    source = str(token.attrGet("src") or "")
    label = escape(token.content or source)
    return f'<a href="{escape(source)}">{label}</a>' if is_outside(source) else str(label)


def _link(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    # Relative paths lead nowhere in the site: keep the text only.
    target = str(tokens[index].attrGet("href") or "")
    return f'<a href="{escape(target)}">' if is_outside(target) else ""


def _link_end(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    start = next(token for token in reversed(tokens[:index]) if token.type == "link_open")
    return "</a>" if is_outside(str(start.attrGet("href") or "")) else ""


def is_outside(target: str) -> bool:
    """Whether a link leads out of the site."""
    return target.lower().startswith(("http://", "https://", "mailto:"))


def _table_open(*_: Any) -> str:
    return '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>"


def _block(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>'
