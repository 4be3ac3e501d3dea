"""Writes what leads readers to a site: pictures, feeds, the sitemap, and the page of an address that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from runpages.format import layout
from runpages.format.records import RunRecord

from .model import ExperimentEntry, ExperimentSummary, Published
from .page import (
    ALL_RUNS,
    COMPARE,
    HOME,
    About,
    Render,
    comparison_path,
    events,
    feed,
    feed_of,
    kept_events,
    not_found,
    of_experiment,
    of_site,
    picture_of_experiment,
    picture_of_run,
    picture_of_site,
    robots,
    site_events,
    sitemaps,
)
from .settings import Settings
from .site import NOT_FOUND, Site
from .write.build_cache import ExperimentNote
from .write.picture import put_picture
from .write.site_folder import Output
from .write.writer import Writer


def put_run(
    site: Site, settings: Settings, record: RunRecord, published: Published, main: str | None, out: Writer
) -> str:
    """Write the picture of a run, where the settings want it; returns its path, or nothing."""
    if not site.base_url or settings.social_pictures != "runs":
        return ""
    return put_picture(out, f"{published.folder}social/", picture_of_run(site, record, main))


def put_experiment(
    site: Site, settings: Settings, experiment: ExperimentSummary, entry: ExperimentEntry, out: Writer
) -> tuple[ExperimentEntry, About]:
    """Write the picture and the feed of an experiment; returns its entry with what the feed of the site needs of it.

    Also what its page says in its head.
    """
    if not site.base_url:
        return entry, of_experiment(entry)
    found = events(experiment)
    folder, picture, place = entry.path.removesuffix(HOME), "", feed_of(entry.path)
    if settings.social_pictures != "off":
        picture = put_picture(out, f"{folder}social/", picture_of_experiment(site, entry))
    out.put(place, feed(site.base_url, entry.path, f"{entry.name} · {site.title}", site.title, found))
    return replace(entry, events=kept_events(found)), of_experiment(entry, picture, place)


def put_site(
    site: Site, settings: Settings, experiments: Mapping[str, ExperimentNote], entries: Sequence[ExperimentEntry],
    render: Render, out: Output,
) -> About:  # fmt: skip
    """Write the picture, the feed and the sitemap of a site; returns what its home page says in its head.

    A page for what is not there, and rules for search engines, that somebody put beside the site stay as they are.
    """
    if not out.is_foreign(NOT_FOUND):
        out.writer.put(NOT_FOUND, not_found(site, render))
    base = site.base_url
    if not base:
        return of_site(site, entries)
    picture, place = "", feed_of(HOME)
    if settings.social_pictures != "off":
        picture = put_picture(out.writer, "social/", picture_of_site(site, entries))
    out.writer.put(place, feed(base, HOME, site.title, site.title, site_events(site, HOME, entries)))
    if settings.sitemap:
        for path, data in sitemaps(base, list(_pages(settings, experiments))):
            out.writer.put(path, data)
        if not out.is_foreign("robots.txt"):
            out.writer.put("robots.txt", robots(base))
    return of_site(site, entries, picture, place)


def _pages(settings: Settings, experiments: Mapping[str, ExperimentNote]) -> Iterator[str]:
    """The pages of a site that search engines are to know."""
    yield HOME
    if len(experiments) > 1:
        yield ALL_RUNS
    if experiments:
        yield COMPARE
        yield from (comparison_path(one.name) for one in settings.comparisons)
    for name, note in experiments.items():
        yield layout.experiment_page(name)
        yield from (layout.run_page(name, run) for run in note.runs.shown)
