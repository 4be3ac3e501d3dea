"""Makes what is found by name at the root of a site: ``404.html``, ``sitemap.xml`` and ``robots.txt``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..site import Site
from ..text.plain import html
from . import link
from .components import Render
from .home import HOME

MOST = 50_000
"""Most addresses in a sitemap."""


@dataclass(frozen=True, slots=True)
class NotFoundPage:
    """Context of the template."""

    title: str
    home: str
    """The address of the home page; empty where nothing says where the site is published."""


def not_found(site: Site, render: Render) -> bytes:
    """The page of an address that the site does not have; it loads nothing, since no link is right at every depth."""
    home = link.absolute(site.base_url, HOME) if site.base_url else ""
    return render("not-found.html.jinja", NotFoundPage(site.title, home)).encode("utf-8", "backslashreplace")


def sitemaps(base: str, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The sitemap of the pages at some ``paths``, by its own: several with an index of them, where they are many."""
    cuts = range(0, len(paths), MOST)
    names = [f"sitemap-{count}.xml" for count, _ in enumerate(cuts, 1)] if len(cuts) > 1 else ["sitemap.xml"]
    for name, start in zip(names, cuts, strict=True):
        yield name, _sitemap("urlset", "url", base, paths[start : start + MOST])
    if len(names) > 1:
        yield "sitemap.xml", _sitemap("sitemapindex", "sitemap", base, names)


def _sitemap(root: str, each: str, base: str, paths: Sequence[str]) -> bytes:
    places = "".join(f"<{each}><loc>{html(link.absolute(base, path))}</loc></{each}>\n" for path in paths)
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns="{schema}">\n{places}</{root}>\n'.encode()


def robots(base: str) -> bytes:
    """What search engines may read, which is all, and where the sitemap is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {link.absolute(base, 'sitemap.xml')}\n".encode()
