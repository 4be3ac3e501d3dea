"""The conditions on which a comparison fails: a threshold, or a metric that is worse than that of the reference."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_THRESHOLD = rf"^\s*(.+?)\s*(<=|>=|<|>)\s*({_NUMBER})\s*$"
_WORSE = r"^\s*(.+?)\s+worse(?:\s+than\s+(.+?))?(\s+beyond\s+noise)?\s*$"
CONDITION = f"{_THRESHOLD}|{_WORSE}"
"""The pattern of all conditions, which Python and JavaScript read alike."""
EXAMPLES = "such as `mse > 0.3`, `mse worse than baseline` or `mse worse than baseline beyond noise`"

_WHICH = re.compile(r"(last|min|max|mean|best)\((.+)\)")
_REFERENCE = frozenset(["baseline", "reference"])


class Condition(NamedTuple):
    """A parsed condition. With an ``op`` it is a threshold; else it asks for what is worse than the member ``than``.

    ``than`` is empty for the reference; ``noise`` asks for a verdict. ``which`` is empty for that of the
    comparison.
    """

    text: str
    metric: str
    which: str = ""
    op: str = ""
    bound: float = 0.0
    than: str = ""
    noise: bool = False


def parsed(text: str) -> Condition:
    """Parse a condition. Raises ValueError for a text that is no condition."""
    stripped = text.strip()
    if found := re.match(_THRESHOLD, stripped):
        metric, op, bound = found.groups()
        return Condition(stripped, *_metric(metric), op=op, bound=float(bound))
    if found := re.match(_WORSE, stripped):
        metric, than, noise = found.groups()
        than = (than or "").strip()
        return Condition(stripped, *_metric(metric), than="" if than in _REFERENCE else than, noise=noise is not None)
    raise ValueError(f"{text!r} is no condition; write one {EXAMPLES}")


def _metric(spelled: str) -> tuple[str, str]:
    """The name of a metric, which may be in quotation marks, and which of its values is meant."""
    found = _WHICH.fullmatch(spelled)
    which, name = found.groups() if found else ("", spelled)
    quoted = len(name) > 2 and name[0] == name[-1] == '"'
    return (name[1:-1] if quoted else name), which
