"""How often verdicts are wrong where nothing differs, and how often they find what does, beside Welch's test alone.

Usage: python bench/verdicts.py [--draws 1000] [--seed 1]

Groups are drawn from one distribution (a null) or from two that lie 1.5 standard deviations apart: normal, skewed
(lognormal), and normal where a fifth of the seeds fail (their value is 5 standard deviations off). A verdict of
*better* or *worse* is wrong on a null. With selection, the best of k groups is judged against the reference, corrected
over all k; of many groups there are fewer draws.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable

from runpages.format.verdict import LEVEL, verdicts, welch

SIZES = (3, 4, 5, 7, 10)
CONFIGURATIONS = (1, 5, 20, 50)
SHIFT = 1.5


def normal(draw: random.Random) -> float:
    """A value of mean 0 and standard deviation 1."""
    return draw.gauss(0, 1)


def skewed(draw: random.Random) -> float:
    """A lognormal value, scaled to the standard deviation 1."""
    return draw.lognormvariate(0, 1) / 2.1612


def failing(draw: random.Random) -> float:
    """A normal value, five standard deviations off for a fifth of the seeds."""
    return draw.gauss(5 if draw.random() < 0.2 else 0, 1)


KINDS: dict[str, Callable[[random.Random], float]] = {"normal": normal, "skewed": skewed, "20 % failing": failing}


def group(draw: random.Random, kind: Callable[[random.Random], float], n: int, shift: float = 0) -> list[float]:
    """The values of one group."""
    return [kind(draw) + shift for _ in range(n)]


def share(results: Iterable[bool]) -> float:
    """The share of true results, in percent."""
    found = list(results)
    return 100 * sum(found) / len(found)


def judged(
    draw: random.Random, kind: Callable[[random.Random], float], n: int, k: int, shift: float
) -> tuple[bool, bool]:
    """Whether the best of k groups is called different: by the verdict, and by Welch's test of it alone."""
    reference = group(draw, kind, n)
    groups = {str(index): group(draw, kind, n, -shift) for index in range(k)}
    best = min(groups, key=lambda name: sum(groups[name]))
    found = verdicts(groups, reference, goal="min")
    alone = welch(groups[best], reference)
    return found[best].word in ("better", "worse"), alone is not None and alone.p < LEVEL


def table(seed: int, draws: int) -> list[list[str]]:
    """The rows of the report."""
    rows = []
    for k in CONFIGURATIONS:
        times = max(draws // max(k // 5, 1), min(draws, 100))
        for n in SIZES:
            row = [f"best of {k}", str(n)]
            for name, kind in KINDS.items():
                draw = random.Random(f"{seed} {k} {n} {name}")
                results = [judged(draw, kind, n, k, 0) for _ in range(times)]
                row += [f"{share(one for one, _ in results):.1f} / {share(one for _, one in results):.1f}"]
            draw = random.Random(f"{seed} {k} {n} power")
            results = [judged(draw, normal, n, k, SHIFT) for _ in range(times)]
            rows.append([*row, f"{share(one for one, _ in results):.0f} / {share(one for _, one in results):.0f}"])
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    heads = ["picked", "n", *(f"false, {name}: verdict / Welch, %" for name in KINDS), f"shift {SHIFT} sd found, %"]
    for row in [heads, ["---", *["--:"] * (len(heads) - 1)], *table(asked.seed, asked.draws)]:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
