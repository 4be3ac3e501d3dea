"""A page as text, for a person to read: headings, tables, lists and links, without what only a browser needs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
SKIPPED = {"script", "style", "svg", "template", "title"}
BLOCKS = {"address", "article", "aside", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure"}
BLOCKS |= {"footer", "header", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tr", "ul"}
# What begins a line, and with which signs.
BEGINS = {f"h{level}": "#" * level + " " for level in range(1, 7)} | {"li": "- "} | dict.fromkeys(BLOCKS, "")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.skipped = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "svg" and not self.skipped and known.get("aria-label"):
            self._line(f"(drawing: {known['aria-label']})")
        if self.skipped or tag in SKIPPED:
            self.skipped += tag not in VOID
        elif tag in BEGINS:
            self._line(BEGINS[tag])
        elif tag in ("td", "th"):
            self.lines[-1] += " | " if self.lines[-1].strip() else ""
        else:
            self.lines[-1] += _inline(tag, known)
        if tag == "a" and not self.skipped:
            self.links.append(known.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= tag not in VOID
        elif tag == "a":
            self.lines[-1] += f"]({self.links.pop()})"
        elif tag == "button":
            self.lines[-1] += ")"
        elif tag in BEGINS.keys() - {"dt"} | {"dd"}:
            self._line("")
        else:
            self.lines[-1] += " "

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            first, *rest = data.split("\n") if self.get_starttag_text() == "<pre>" else [re.sub(r"\s+", " ", data)]
            self.lines[-1] += first
            self.lines += rest

    def _line(self, begin: str) -> None:
        # A block that begins an item or a heading goes on in its line.
        if self.lines[-1].strip(" #-") or begin:
            self.lines.append(begin)


def _inline(tag: str, known: dict[str, str]) -> str:
    """What stands in a line for the beginning of an element."""
    if tag == "img":
        return f"(picture: {known.get('alt') or known.get('src')})"
    if tag == "input":
        return f"(field: {known.get('aria-label') or known.get('placeholder') or known.get('value', '')})"
    if tag == "button":
        return f"({known.get('aria-label', 'button')}: "
    return {"dd": ": ", "a": "["}.get(tag, "")


def text_of(html: str) -> str:
    """The body of a page as text, a line for each heading, paragraph, item and row of a table."""
    parser = _Text()
    parser.feed(html[html.index("<body") :])
    lines = (re.sub(r" (?=[]):])| +(?= )", "", line).strip() for line in parser.lines)
    return "\n".join(line for line in lines if line.strip("#-| ")) + "\n"
