"""Judges whether groups of runs differ beyond noise.

A verdict is one of four words, found in this order:

1. Fewer than four values in either group: *can't tell*. Three against three cannot reach p < 0.1.
2. The whole 95 % interval of the difference lies within the tolerance: *same*, even where p is small.
3. Welch's p after Holm's correction over all groups that are tested against the reference is below 0.05: *better* or
   *worse* by the goal.
4. Else *can't tell*.

Welch's test holds its level for groups of unequal spread (Welch 1947; Ruxton 2006). Whether runs are paired is asked
for and never found out from the data; the paired t-test then takes the place of Welch's. The exact permutation p is
shown beside it and decides nothing. ``scripts/deferred/verdict.js`` of the theme computes the same in the browser.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

LEAST = 4
"""Fewest values of a group that is judged."""

LEVEL = 0.05

_FOUR_IN_FIVE = 0.8416212335729143
"""The standard normal value that 80 % lie below."""

MOST_EXACT = 10
"""Most values of a group whose permutations are all tried: twice ten have 184,756 splits."""

MOST_SEEDS = 1000
"""Where the number of runs that would be needed is no longer counted."""


class Spread(NamedTuple):
    """The values of a group, summed up; ``sd`` is the standard deviation with n − 1, nan for fewer than two values."""

    n: int
    mean: float
    sd: float
    least: float
    most: float


class Interval(NamedTuple):
    """A difference of means (group − reference) with its plain 95 % interval, degrees of freedom and two-sided p."""

    difference: float
    low: float
    high: float
    df: float
    p: float


class Verdict(NamedTuple):
    """What is said of a group against the reference."""

    word: str
    """``better``, ``worse``, ``same`` or ``unknown``."""
    interval: Interval | None
    """None for fewer than two values, or pairs."""
    p: float | None
    """After Holm's correction; None where the group is not tested."""
    tested: int
    """How many groups the correction is over."""


def spread(values: Sequence[float]) -> Spread:
    """Sum up the finite ones of some values; all are nan if there is none."""
    finite = [value for value in values if math.isfinite(value)]
    n = len(finite)
    if not n:
        return Spread(0, math.nan, math.nan, math.nan, math.nan)
    unit = _unit(finite)
    scaled = [value / unit for value in finite]
    mean = math.fsum(scaled) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in scaled) / (n - 1)) if n > 1 else math.nan
    return Spread(n, mean * unit, sd * unit, min(finite), max(finite))


def welch(group: Sequence[float], reference: Sequence[float]) -> Interval | None:
    """Welch's test of two groups of finite values; None where one has fewer than two."""
    a, b = spread(group), spread(reference)
    if a.n < 2 or b.n < 2:
        return None
    unit = _unit((a.sd, b.sd))
    va, vb = (a.sd / unit) ** 2 / a.n, (b.sd / unit) ** 2 / b.n
    return _interval(a.mean - b.mean, math.sqrt(va + vb) * unit, _df(va, a.n, vb, b.n))


def paired(differences: Sequence[float]) -> Interval | None:
    """The paired t-test of the differences of pairs; None for fewer than two."""
    of = spread(differences)
    if of.n < 2:
        return None
    return _interval(of.mean, of.sd / math.sqrt(of.n), of.n - 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's correction of some p (Holm 1979), in the order given."""
    corrected = [0.0] * len(ps)
    highest = 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=lambda index: ps[index])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = highest
    return corrected


def exact(group: Sequence[float], reference: Sequence[float]) -> float | None:
    """The permutation p: the share of all splits whose means differ as much as these, or more.

    Two-sided by the absolute difference. None for an empty group, and above ten values.
    """
    if not 0 < len(group) <= MOST_EXACT or not 0 < len(reference) <= MOST_EXACT:
        return None
    unit = _unit((*group, *reference))
    pooled = [value / unit for value in (*group, *reference)]
    n, m = len(group), len(reference)
    whole = math.fsum(pooled)

    def difference(part: float) -> float:
        return abs(part / n - (whole - part) / m)

    # Splits that are equal but for rounding count as equal.
    seen = difference(math.fsum(pooled[:n])) - 1e-12 * max(map(abs, pooled))
    splits = [difference(sum(part)) >= seen for part in combinations(pooled, n)]
    return sum(splits) / len(splits)


class Wins(NamedTuple):
    """Of all pairs of a value of the group and one of the reference: where the group's is better, and where equal."""

    won: int
    tied: int
    pairs: int


def wins(group: Sequence[float], reference: Sequence[float], goal: str) -> Wins:
    """Count the pairs that a group wins by its goal, ``min`` or ``max``."""
    ascending, pairs = sorted(reference), len(group) * len(reference)
    less = sum(bisect_left(ascending, value) for value in group)
    most = sum(bisect_right(ascending, value) for value in group)
    return Wins(pairs - most if goal == "min" else less, most - less, pairs)


def seeds(group: Spread, reference: Spread, effect: float) -> int | None:
    """How many runs a group needs until Welch's test finds an effect four times in five, beside the reference as it is.

    By the normal approximation of the noncentral t distribution (Abramowitz & Stegun 1964, 26.7.10), with the spreads
    as they were seen. None above a thousand, and where the reference alone is too noisy for it.
    """
    if not effect or not (group.sd >= 0 and reference.sd >= 0):
        return None
    unit = _unit((effect, group.sd, reference.sd))
    va, vb = (group.sd / unit) ** 2, (reference.sd / unit) ** 2 / reference.n

    def is_found(n: int) -> bool:
        return _is_found(abs(effect) / unit, math.sqrt(va / n + vb), _df(va / n, n, vb, reference.n))

    counts = range(max(LEAST, group.n), MOST_SEEDS + 1)
    at = bisect_left(counts, True, key=is_found)
    return counts[at] if at < len(counts) else None


def verdicts(
    groups: Mapping[str, Sequence[float]],
    reference: Sequence[float],
    *,
    goal: str | None,
    tolerance: float | None = None,
    pairs: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> dict[str, Verdict]:
    """Judge groups against a reference, by name; values that are not finite are left out.

    ``goal`` is ``min`` or ``max``; without one nothing is better or worse. ``pairs`` holds for each group the values
    that belong together, the group's first, and asks for the paired test.
    """
    base = [value for value in reference if math.isfinite(value)]
    values = {name: [value for value in group if math.isfinite(value)] for name, group in groups.items()}
    matched = (
        {name: [pair for pair in pairs[name] if math.isfinite(pair[0]) and math.isfinite(pair[1])] for name in groups}
        if pairs is not None
        else None
    )
    intervals = {
        name: welch(group, base) if matched is None else paired([a - b for a, b in matched[name]])
        for name, group in values.items()
    }
    counts = {
        name: min(len(group), len(base)) if matched is None else len(matched[name]) for name, group in values.items()
    }
    ps = {name: found.p for name, found in intervals.items() if found and counts[name] >= LEAST}
    corrected = dict(zip(ps, holm(list(ps.values())), strict=True))
    return {
        name: Verdict(_word(found, corrected.get(name), goal, tolerance), found, corrected.get(name), len(ps))
        for name, found in intervals.items()
    }


def _word(interval: Interval | None, p: float | None, goal: str | None, tolerance: float | None) -> str:
    if interval is None or p is None:
        return "unknown"
    if tolerance is not None and -tolerance <= interval.low and interval.high <= tolerance:
        return "same"
    if not p < LEVEL or goal not in ("min", "max"):  # It is nan where a difference is larger than any float.
        return "unknown"
    return "better" if (interval.difference < 0) == (goal == "min") else "worse"


def _unit(values: Sequence[float]) -> float:
    """The power of two below the largest of some values: divided by it no square is too large, and no digit is lost."""
    largest = max(map(abs, values))
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest else 1.0


# --- distributions ---


def _df(va: float, n: int, vb: float, m: int) -> float:
    """Degrees of freedom by Welch and Satterthwaite; where nothing varies, those of Student's test."""
    if not va + vb:
        return n + m - 2
    return (va + vb) ** 2 / (va**2 / (n - 1) + vb**2 / (m - 1))


def _interval(difference: float, error: float, df: float) -> Interval:
    reach = quantile(df) * error
    p = two_sided(difference / error, df) if error else float(not difference)
    return Interval(difference, difference - reach, difference + reach, df, p)


def two_sided(t: float, df: float) -> float:
    """The probability of a value of Student's t as far from 0 as ``t``, or farther."""
    square = t * t
    return _beta(df / (df + square), square / (df + square), df / 2, 0.5)


def quantile(df: float, level: float = LEVEL) -> float:
    """The value of Student's t that is passed to either side with the probability ``level`` in all."""
    constant = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    t = 0.0
    # Newton's steps from 0 stay below the value, since the probability falls ever more slowly.
    for _ in range(60):
        density = constant * (1 + t * t / df) ** (-(df + 1) / 2)
        step = (two_sided(t, df) - level) / (2 * density)
        t += step
        if step <= 1e-14 * t:
            break
    return t


def _is_found(effect: float, error: float, df: float) -> bool:
    """Whether the test finds an effect four times in five."""
    if not error:
        return True
    critical = quantile(df)
    z = (effect / error - critical * (1 - 1 / (4 * df))) / math.sqrt(1 + critical**2 / (2 * df))
    return z >= _FOUR_IN_FIVE


def _beta(x: float, y: float, a: float, b: float) -> float:
    """The regularized incomplete beta function at ``x`` = 1 − ``y``, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or y <= 0:
        return float(x > 0)
    if x > (a + 1) / (a + b + 2):  # There the fraction converges slowly.
        return 1 - _beta(y, x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y)) / a
    # Two terms of the fraction a step, after Lentz (1976).
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c, d = 1 + term / c, 1 / (1 + term * d)
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * fraction
