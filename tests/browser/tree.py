"""A built site as files: its pages, and whether every link in them leads to a file of the site."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

# Where a tag points to something that the browser loads by itself, and where it waits for a click.
LOADED = {"src", "poster", "data", "xlink:href", "background"}
OUTSIDE_LINKS = {"http", "https", "mailto"}


class Reference(NamedTuple):
    """One attribute of a page that names a place."""

    tag: str
    attribute: str
    target: str


class Document(HTMLParser):
    """What a page's markup says: ids, references, and what the policy forbids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.references: list[Reference] = []
        self.tags: list[str] = []
        self.forbidden: list[str] = []
        self.policy_first = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in one tag."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if found.get("http-equiv", "").lower() == "content-security-policy":
            self.policy_first = not {"script", "link", "style", "img"} & set(self.tags)
        if "id" in found:
            if found["id"] in self.ids:
                self.forbidden.append(f"id {found['id']!r} twice")
            self.ids.add(found["id"])
        self.references += _references(tag, found)
        self.forbidden += [f"{name} on <{tag}>" for name in found if name.startswith("on")]
        if tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.forbidden.append("a script inside the page")
        if tag in {"style", "base", "object", "embed"}:
            self.forbidden.append(f"<{tag}>")
        if tag == "iframe" and "sandbox" not in found:
            self.forbidden.append("an iframe without sandbox")


def _references(tag: str, found: dict[str, str]) -> Iterator[Reference]:
    for name, value in found.items():
        if name in {"href", "action", "formaction", *LOADED}:
            yield Reference(tag, name, value)
        elif name == "srcset":
            yield from (Reference(tag, name, part.split()[0]) for part in value.split(",") if part.strip())


class Tree:
    """The files of a built site."""

    def __init__(self, root: Path) -> None:
        self.root = root
        paths = list(root.rglob("*"))
        self.files = {path.relative_to(root).as_posix() for path in paths if path.is_file()}
        self.folders = {path.relative_to(root).as_posix() for path in paths if path.is_dir()} | {"."}
        self.pages = sorted(filter(is_page, self.files))
        self._documents: dict[str, Document] = {}

    def document(self, page: str) -> Document:
        """The markup of a page, parsed once."""
        if page not in self._documents:
            self._documents[page] = Document((self.root / page).read_text(encoding="utf-8"))
        return self._documents[page]

    def problems(self) -> Iterator[str]:
        """What is wrong in the markup of the pages, one line each."""
        for page in self.pages:
            document = self.document(page)
            if not document.policy_first:
                yield f"{page}: no Content-Security-Policy before what it governs"
            yield from (f"{page}: {what}" for what in document.forbidden)
            for reference in document.references:
                why = self.wrong(page, reference)
                if why:
                    yield f"{page}: <{reference.tag} {reference.attribute}={reference.target!r}>: {why}"

    def wrong(self, page: str, reference: Reference) -> str | None:
        """Why a reference cannot stay, or None."""
        parts = urlsplit(reference.target)
        if parts.scheme == "data" and reference.tag in {"img", "link", "source"}:
            return None
        if parts.scheme or reference.target.startswith("//"):
            clicked = reference.tag == "a" and reference.attribute == "href" and parts.scheme in OUTSIDE_LINKS
            return None if clicked else "leaves the site"
        if parts.path.startswith("/"):
            return "is absolute: it breaks under a sub-path and from a disk"
        target = (
            posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
        )
        return self._missing(target, unquote(parts.fragment))

    def linked(self, page: str) -> set[str]:
        """The pages that a page leads to."""
        paths = (
            urlsplit(reference.target)
            for reference in self.document(page).references
            if reference.tag == "a" and reference.attribute == "href"
        )
        folder = posixpath.dirname(page)
        places = {
            posixpath.normpath(posixpath.join(folder, unquote(parts.path))) for parts in paths if not parts.scheme
        }
        return places & set(self.pages)

    def _missing(self, target: str, fragment: str) -> str | None:
        if target.startswith(".."):
            return "leaves the site"
        if target in self.folders:
            return "names a folder: from a disk the browser shows its listing"
        if target not in self.files:
            case = target.lower() in {file.lower() for file in self.files}
            return "is spelled with other letter case" if case else "is not there"
        # `runs=a,b` is state for the page's script and no place in it.
        if fragment and "=" not in fragment and is_page(target) and fragment not in self.document(target).ids:
            return "has no such id"
        return None


def is_page(path: str) -> bool:
    """Whether a file is a page of the generator, and no file that a run logged: those lie in the run's folder."""
    folder, _, name = path.rpartition("/")
    of_experiment = folder.startswith("e/") and folder.count("/") == 1
    return name.endswith(".html") and (folder in {"", "reports"} or of_experiment)
