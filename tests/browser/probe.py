"""Questions to an open page, each a function in the browser's language; an empty answer means that all is well."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

# Pictures load when they come into view; these are asked for at once, and those that are not shown are left out.
BROKEN_PICTURES = """async () => {
  const shown = [...document.images].filter(image => image.checkVisibility());
  for (const image of shown) image.loading = 'eager';
  await Promise.all(shown.map(image => image.decode().catch(() => {})));
  return shown.filter(image => !image.naturalWidth).map(image => image.getAttribute('src'));
}"""
FLAT_CHARTS = """() => [...document.querySelectorAll('main svg[role=img]')]
  .filter(chart => chart.checkVisibility())
  .filter(chart => { const box = chart.getBoundingClientRect(); return box.width < 8 || box.height < 8; })
  .map(chart => chart.outerHTML.slice(0, 200))"""
# What makes the page wider than the window, without what scrolls in a box of its own.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = node => { for (let box = node.parentElement; box && box !== document.body; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== 'visible') return true; };
  return ['page', ...[...document.body.querySelectorAll('*')]
    .filter(node => node.getBoundingClientRect().right > width + 1 && !scrolls(node))
    .map(node => node.outerHTML.slice(0, 120)).slice(0, 5)];
}"""
OVER_THE_EDGE = """() => [...document.querySelectorAll('.card-head')]
  .filter(head => head.checkVisibility() && [...head.children].some(node => node.checkVisibility()
    && node.getBoundingClientRect().right > head.getBoundingClientRect().right - 4))
  .map(head => 'over the edge: ' + head.outerHTML.slice(0, 120)).slice(0, 5)"""
MARK_VALUES = """() => [...document.querySelectorAll('main td, main dd, main h1')]
  .filter(node => node.checkVisibility() && node.innerText.trim())
  .map(node => node.setAttribute('data-marked', '')).length"""
HIDDEN_VALUES = """() => [...document.querySelectorAll('[data-marked]')]
  .filter(node => !node.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(node => node.innerText.slice(0, 60))"""
# What fades in does not have its colours yet.
_AXE = """async () => {
  const moves = one => one.playState === 'running' && one.effect.getComputedTiming().endTime < Infinity;
  await Promise.allSettled(document.getAnimations().filter(moves).map(one => one.finished));
  const found = await axe.run(document, {preload: false, selectors: false, resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']});
  return found.violations.map(rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 160)
    + ' (' + [...node.any, ...node.all, ...node.none].map(check => check.message).join('; ') + ')')
    .slice(0, 3).join(' | '));
}"""
THEME = "() => getComputedStyle(document.body).backgroundColor"


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def axe_violations(page: Page) -> list[str]:
    """What axe finds on the page."""
    # A script tag would be refused by the policy of the page.
    page.evaluate(_axe())
    found: list[str] = page.evaluate(_AXE)
    return found
