"""Looks at what a build would make public before anything is written: for ``-n``, and for ``secrets: fail``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from runpages.format.document import encode
from runpages.format.layout import CITATION, RUN, SETTINGS
from runpages.format.records import RunRecord

from . import gate
from .errors import SecretsFound
from .gate import Finding, Public
from .plan import Plan
from .read import publish_filter, run_folder, seen
from .settings import effects
from .text.number import plural
from .write.run_format import in_format, outlined

SHOWN = 20
"""Most secrets that the message of a refused build lists."""


class Examined(NamedTuple):
    """The files that become public, or are held back, and the secrets, each with the folder of its run.

    ``kept`` are runs of the site that the workspace lacks, ``gone`` those that leave it, each as experiment/run.
    """

    files: list[tuple[str, Public]]
    found: list[tuple[str, Finding]]
    kept: list[str]
    gone: list[str]
    limit: int
    """The largest site that the host takes, in megabytes."""


def examine(found: Plan, now: float) -> Examined:
    """The files and secrets of the runs and experiments that a build would render."""
    files: list[tuple[str, Public]] = []
    secrets: list[tuple[str, Finding]] = []
    for run in found.changes.runs:
        with in_format(run, None, now=now, bring=partial(outlined, largest=gate.LARGEST)) as ours:
            record = run_folder.read_run(ours.path, now=now).record
            if _is_left_out(record, found):
                continue
            policy = gate.policy_of(found.settings, record)
            names = found.names[run.experiment]
            record, told = gate.masked(effects.applied(record, found.settings, *names), policy)
            public, more = gate.survey(record, policy)
        files.append((run.path, Public("document", RUN, len(encode(publish_filter.document(record))))))
        files += [(run.path, one) for one in public]
        secrets += [(run.path, one) for one in (*told, *more)]
    policy = gate.policy_of(found.settings)
    for name in found.changes.experiments:
        folder = str(found.workspace / name)
        secrets += [(folder, one) for one in gate.masked_experiment(run_folder.read_experiment(folder), policy)[1]]
    secrets += [(place, one) for place, some in _masked(found).secrets.items() for one in some]
    kept = sorted("/".join(run) for run in found.kept)
    gone = [f"{experiment}/{run}" for experiment, runs in sorted(found.changes.gone.items()) for run in runs]
    return Examined(files, secrets, kept, gone, found.settings.limits.site)


def refusal(secrets: Sequence[tuple[str, Finding]]) -> SecretsFound:
    """The error where the settings say ``secrets: fail``, which lists the first secrets."""
    return SecretsFound(
        f"{plural(len(secrets), 'secret')} found, and the settings say `secrets: fail`. Nothing was written.\n"
        + "\n".join(f"  {line}" for line in listed(secrets[:SHOWN]))
        + (f"\n  and {len(secrets) - SHOWN} more" if len(secrets) > SHOWN else "")
        + "\nRemove them from the runs, or add the hash of what is no secret to allow_secrets, with a comment."
    )


def without_secrets(found: Plan, now: float) -> Plan:
    """A plan without secrets in what pages show of the workspace and its settings; it has what was found in these.

    Raises SecretsFound if the settings refuse to build, and anything that would be rendered holds a secret.
    """
    if found.settings.secrets == "fail" and (secrets := examine(found, now).found):
        raise refusal(secrets)
    return _masked(found)


def _masked(found: Plan) -> Plan:
    policy = gate.policy_of(found.settings)
    settings, in_settings = gate.masked_settings(found.settings, policy)
    readme, in_readme = gate.masked_prose(found.site.readme, policy)
    title = gate.masked_value(found.site.title, policy)
    citation = gate.masked_value(found.site.citation, policy)
    cited = gate.masked_prose(seen.read_prose(found.workspace, CITATION), policy, CITATION)[1]
    site = found.site._replace(
        title=title, description=settings.description, readme=readme, base_url=settings.base_url,
        citation=citation,
    )  # fmt: skip
    own = {str(found.workspace): [*in_readme, *cited], str(found.workspace / SETTINGS): in_settings}
    secrets = {**found.secrets, **{place: some for place, some in own.items() if some}}
    return found._replace(settings=settings, site=site, secrets=secrets)


def listed(secrets: Sequence[tuple[str, Finding]]) -> list[str]:
    """Each secret in a line: run, file, line, rule, and the hash by which it is allowed."""
    return [
        f"{run}: {one.file}{'' if one.line is None else f', line {one.line}'}: {one.rule} (hash {one.hash})"
        for run, one in secrets
    ]


def _is_left_out(record: RunRecord, found: Plan) -> bool:
    return effects.is_private(record.tags) or effects.is_hidden(effects.unseen(found.settings), record.name)
