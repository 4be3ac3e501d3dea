"""Where the time of a build goes: one process under the standard library's profiler, as Markdown tables."""

from __future__ import annotations

import marshal
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from site_stage import Stage, forget
from site_trial import Step, run

Function = tuple[str, int, str]

SHOWN, LEAST = 25, 0.001
PASSES = 40
OURS = re.compile(r"/(runpages(?:_site)?)/(.+)\.py$")
TEMPLATE = re.compile(r"/templates?/|\.html$|^<template>$")
LOADING = re.compile(r"^<frozen importlib")
# Packages that are one part each; of the others each module is one.
WHOLE = re.compile(r"^(runpages_site/(?:chart|text|command))/.*")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Profile(NamedTuple):
    """Calls, own seconds and seconds with what it called, for each function; and the share of each that called it."""

    calls: dict[Function, int]
    own: dict[Function, float]
    whole: dict[Function, float]
    callers: dict[Function, dict[Function, float]]


def read(path: Path) -> Profile:
    """Read what the profiler wrote."""
    found: dict[Function, Any] = marshal.loads(path.read_bytes())
    profile = Profile({}, {}, {}, {})
    for function, (_, calls, own, whole, callers) in found.items():
        profile.calls[function] = calls
        profile.own[function] = own
        profile.whole[function] = whole
        profile.callers[function] = {caller: numbers[3] for caller, numbers in callers.items()}
    return profile


def part_of(function: Function) -> str | None:
    """The part of the project that a function belongs to; None for those of libraries."""
    file = function[0]
    if LOADING.search(file):
        return "(loading of modules)"
    if TEMPLATE.search(file):
        return "templates"
    ours = OURS.search(file)
    return WHOLE.sub(r"\1", f"{ours[1]}/{ours[2]}".removesuffix("/__init__")) if ours else None


def parts(profile: Profile) -> dict[str, float]:
    """Own seconds of each part; those of a library belong to the parts that called it."""
    known = {function: part_of(function) for function in profile.own}
    shares = {function: {part: 1.0} if part else {} for function, part in known.items()}
    libraries = [function for function, part in known.items() if not part]
    # Libraries call each other in circles, so what is known spreads pass by pass.
    for _ in range(PASSES):
        for function in libraries:
            shares[function] = _mixed(profile.callers[function], function, shares)
    found: dict[str, float] = {}
    for function, seconds in profile.own.items():
        for part, share in shares[function].items():
            found[part] = found.get(part, 0.0) + seconds * share
    rest = sum(profile.own.values()) - sum(found.values())
    return {**found, "(the rest)": rest}


def _mixed(
    callers: dict[Function, float], function: Function, shares: dict[Function, dict[str, float]]
) -> dict[str, float]:
    """To which parts a function's time belongs, by the time that its callers spent in it."""
    others = {caller: seconds for caller, seconds in callers.items() if caller != function}
    total = sum(others.values())
    found: dict[str, float] = {}
    for caller, seconds in others.items():
        weight = seconds / total if total else 1 / len(others)
        for part, share in shares.get(caller, {}).items():
            found[part] = found.get(part, 0.0) + weight * share
    return found


def profile(stage: Stage, name: str) -> str:
    """Build a workspace twice in one process, the second time under the profiler; the tables of that."""
    shape = stage.scaled(name)
    source, site, out = stage.workspace(shape), stage.out / "site", stage.out / "profile"
    stage.out.mkdir()
    start: list[str | Path] = [sys.executable, "-m", "cProfile", "-o", out]
    build = [*stage.build(source, site), "--jobs", "1"]
    rows = []
    for command in (build, [*start, *build]):
        rows.append(run(Step("build", command, before=lambda: forget(source))))
        if "error" in rows[-1]:
            raise SystemExit(rows[-1]["error"])
        shutil.rmtree(site)
    found = read(out)
    plain, slow = (row["wall"] for row in rows)
    head = (
        f"A full build of {name}, {shape.runs:,} runs of {shape.metrics} metrics with {shape.points:,} points, in one "
        f"process: {plain:.2f} s, and {slow:.2f} s under the profiler, which makes small functions look dearer than "
        "they are."
    )
    return "\n\n".join([head, *_tables(found, shape.runs)])


def _tables(found: Profile, runs: int) -> Iterable[str]:
    total = max(found.whole.values())
    by_part = parts(found)
    ours = {one: seconds for one, seconds in found.whole.items() if part_of(one) and not LOADING.search(one[0])}
    yield "### By part, with the libraries that it calls"
    told = [([part], seconds) for part, seconds in by_part.items() if seconds >= LEAST * total]
    yield _table("part", told, runs, total, len(told))
    yield "### By function, without what it calls"
    yield _table("function | calls a run", _functions(found.own, found, runs), runs, total)
    yield "### By function of the project, with what it calls"
    yield _table("function | calls a run", _functions(ours, found, runs), runs, total)


def _functions(seconds: dict[Function, float], found: Profile, runs: int) -> list[tuple[list[str], float]]:
    return [([_name(one), f"{found.calls[one] / runs:,.2f}"], seconds[one]) for one in seconds]


def _name(function: Function) -> str:
    """A function's place and name, short and without the folders of this machine."""
    file, line, name = function
    if file == "~":
        return f"`{ADDRESS.sub('', name.strip('<>'))}`"
    ours = OURS.search(file)
    place = f"{ours[1]}/{ours[2]}.py" if ours else "/".join(Path(file).parts[-2:])
    return f"`{place}:{line} {name}`"


def _table(head: str, rows: list[tuple[list[str], float]], runs: int, total: float, shown: int = SHOWN) -> str:
    columns = head.count("|")
    lines = [f"| {head} | ms a run | share |", f"|---|{'--:|' * (columns + 2)}"]
    for cells, seconds in sorted(rows, key=lambda row: -row[1])[:shown]:
        lines.append(f"| {' | '.join(cells)} | {seconds * 1000 / runs:,.3f} | {seconds / total:.1%} |")
    return "\n".join(lines)
