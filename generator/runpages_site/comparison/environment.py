"""What differs between the environments of two members, and the same in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import text
from ..text import number
from .member import SEVERAL, Member

NAMED = 3
"""Most packages whose versions are in the words; of more, the notable ones are, and the others are counted."""

NOTABLE = (
    *("torch", "jax", "tensorflow", "keras", "flax", "transformers", "lightning", "pytorch-lightning", "accelerate"),
    *("torchvision", "scikit-learn", "xgboost", "lightgbm", "catboost", "numpy", "scipy", "pandas", "polars"),
)
"""Packages that results depend on most; they are named first."""

NOT_INSTALLED = "not installed"
_PACKAGES = "packages."
_CUDA = "CUDA"
_WORDS = {"git.commit": "commit", "git.branch": "branch", "git.dirty": "uncommitted changes"}
_QUIET = frozenset(["command", "git.remote"])
"""What is in the table, and too long for a sentence."""
_COMMIT = 7


class Change(NamedTuple):
    """A fact of the environment by its dotted name, of the reference and of another member; None where it has none."""

    name: str
    before: str | None
    after: str | None


def facts_of(member: Member) -> dict[str, str]:
    """The environment of a member as texts, by dotted names; what differs between the runs of a group is *several*."""
    found = [_flat(one.environment) for one in member.captured]
    if not found:
        return {}
    first, *others = found
    shared = {name: fact if all(one.get(name) == fact for one in others) else SEVERAL for name, fact in first.items()}
    return dict.fromkeys((name for one in others for name in one), SEVERAL) | shared


def changes(reference: Mapping[str, str], other: Mapping[str, str]) -> list[Change]:
    """What differs; nothing where one was not captured, and no packages where one has none."""
    if not reference or not other:
        return []
    both = all(any(name.startswith(_PACKAGES) for name in one) for one in (reference, other))
    names = [name for name in dict.fromkeys([*reference, *other]) if both or not name.startswith(_PACKAGES)]
    return [
        Change(name, reference.get(name), other.get(name)) for name in names if reference.get(name) != other.get(name)
    ]


def in_words(found: Sequence[Change]) -> list[str]:
    """What differs, such as ``torch 2.9.0 → 2.10.0``, ``CUDA 12.8 → 13.0``, ``14 other packages``."""
    facts = [one for one in found if not one.name.startswith(_PACKAGES) and one.name not in _QUIET]
    packages = sorted((_package(one) for one in found if one.name.startswith(_PACKAGES)), key=_rank)
    named = packages if len(packages) <= NAMED else [one for one in packages if _is_notable(one)][:NAMED]
    words = [_arrow(one.name, _version(one.before, one.after), _version(one.after, one.before)) for one in named]
    words += [_fact(one) for one in facts if one.name == _CUDA]
    if more := len(packages) - len(named):
        words.append(number.plural(more, "other package" if named else "package"))
    return [*(_fact(one) for one in facts if one.name != _CUDA), *words]


def _package(change: Change) -> Change:
    return change._replace(name=change.name.removeprefix(_PACKAGES))


def _is_notable(change: Change) -> bool:
    return change.name.lower() in NOTABLE


def _rank(change: Change) -> tuple[int, str]:
    return (NOTABLE.index(change.name.lower()) if _is_notable(change) else len(NOTABLE), change.name)


def _fact(change: Change) -> str:
    name, before, after = change
    if name == "git.commit":
        before, after = before and before[:_COMMIT], after and after[:_COMMIT]
    return _arrow(_WORDS.get(name, name), before or number.MISSING, after or number.MISSING)


def _arrow(name: str, before: str, after: str) -> str:
    return f"{name} {before} → {after}"


def _version(version: str | None, other: str | None) -> str:
    """A version without the build that it names, where the versions differ without it."""
    if version is None:
        return NOT_INSTALLED
    short = version.partition("+")[0]
    return version if other is not None and short == other.partition("+")[0] else short


def _flat(environment: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in environment.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{name}.")
        elif value is not None:
            found[name] = _spelled(value)
    if not above and (cuda := _cuda(environment.get("packages"))):
        found[_CUDA] = cuda
    return found


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else text.compact(value)


_RUNTIME = re.compile(r"nvidia-cuda-runtime(?:-cu[0-9]+)?")
_BUILD = re.compile(r"\+cu([0-9]+)([0-9])")


def _cuda(packages: object) -> str | None:
    """The version of CUDA that the packages bring: of its runtime, else that which torch was built for."""
    if not isinstance(packages, Mapping):
        return None
    runtime = next((str(version) for name, version in packages.items() if _RUNTIME.fullmatch(str(name))), None)
    if runtime:
        return ".".join(runtime.split(".")[:2])
    built = _BUILD.search(str(packages.get("torch", "")))
    return f"{built[1]}.{built[2]}" if built else None
