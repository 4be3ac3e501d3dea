"""Finds secrets in what addresses are made of, the names of folders, and masks those in the settings of a workspace."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from runpages.format.discovery import Found
from runpages.format.layout import SETTINGS, name_of

from ..packed import FoundRuns
from ..settings import Settings
from .candidates import is_candidate
from .mask import HELD_BACK, Finding, Policy, Walk, look

_OF_FOLDER = "the name of the folder"


class SecretName(NamedTuple):
    """A name that holds a secret: the ``text`` without it, and what was found."""

    text: str
    found: list[Finding]


def named_secrets(names: Iterable[str], policy: Policy) -> dict[str, SecretName]:
    """Those of the names of folders that hold a secret; none unless secrets are masked.

    Such a name is part of addresses, so nothing of the folder can be published.
    """
    names = list(names)
    policy = policy.unredacted
    spelled = [name_of(name) or name for name in names]
    if not policy.masks or not is_candidate("\n".join((*names, *spelled)).encode("utf-8", "surrogatepass")):
        return {}
    secret = {}
    for name, own in zip(names, spelled, strict=True):
        looked = next((one for text in (name, own) if (one := look(text, policy)).found), None)
        if looked is not None:
            found = [Finding(_OF_FOLDER, None, rule, known, HELD_BACK) for _, rule, known in looked.found]
            secret[name] = SecretName(looked.text, found)
    return secret


def without_secret_names(
    found: Found, names: Iterable[Collection[str]], workspace: Path, policy: Policy
) -> tuple[Found, dict[str, list[Finding]]]:
    """The experiments and runs whose folders have no secret in their name, and the secrets by the folders left out.

    Only the ``names`` are looked at, some at a time. The folders are spelled without the secret.
    """
    secret = {name: one for some in names for name, one in named_secrets(some, policy).items()}
    if not secret:
        return found, {}
    out: dict[str, list[Finding]] = {}
    for folder in (*((name,) for name in found.experiments), *((run.experiment, run.name) for run in found.runs)):
        if folder[-1] in secret:
            shown = [secret[name].text if name in secret else name for name in folder]
            out.setdefault(str(workspace.joinpath(*shown)), []).extend(secret[folder[-1]].found)
    left = found._replace(
        experiments=[name for name in found.experiments if name not in secret],
        runs=FoundRuns(run for run in found.runs if run.experiment not in secret and run.name not in secret),
    )
    return left, out


_APPLIED = ("theme", "secrets", "allow_secrets", "redact", "private", "hide", "limits")
"""The settings that no page shows: they are applied to what is not masked yet."""


def masked_settings(settings: Settings, policy: Policy) -> tuple[Settings, list[Finding]]:
    """The settings without secrets in what pages show of them, and what was found.

    A comparison whose name holds a secret has no page, since the name is its address.
    """
    if policy.idle:
        return settings, []
    named = named_secrets((one.name for one in settings.comparisons), policy)
    settings = settings._replace(comparisons=tuple(one for one in settings.comparisons if one.name not in named))
    walk = Walk(policy)
    shown = {name: one for name, one in settings._asdict().items() if name not in _APPLIED}
    changed = {name: walk.value(one, f"{SETTINGS}: {name}") for name, one in shown.items()}
    held = [one._replace(file=f"{SETTINGS}: comparisons") for name in named.values() for one in name.found]
    return settings._replace(**changed), held + walk.found
