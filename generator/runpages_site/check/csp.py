"""The Content-Security-Policy of a page, and whether it is as strict as every page of a site promises."""

from __future__ import annotations

from collections.abc import Iterator

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


def faults(policy: str) -> Iterator[str]:
    """What a policy allows that a page of a site never needs: scripts in the page, and anything from elsewhere."""
    directives = _directives(policy)
    for name in _NEEDED:
        if name not in directives:
            yield f"the policy says nothing of {name}"
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
