"""Describes runs for other programs, as a Process Run Crate: RO-Crate 1.1 metadata, an action for each run.

What is described is what is public: the published documents of runs, and the files that are beside the metadata.
https://w3id.org/ro/wfrun/process/0.5 is the profile, https://w3id.org/ro/crate/1.1 the format.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from mimetypes import MimeTypes
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from runpages.format import layout
from runpages.format.document import decode, mapping
from runpages.format.files import read_file
from runpages.format.layout import CITATION, RUN, SNAPSHOT
from runpages.format.published import published
from runpages.format.status import TERMINAL

from .. import citation, text

CRATE = "ro-crate-metadata.json"
"""The file with the metadata, in the root of what it describes."""

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"

_NO_LICENSE = {
    "@id": "#no-license",
    "@type": "CreativeWork",
    "name": "No license is stated",
    "description": "All rights stay with the authors. A license is stated by CITATION.cff in the workspace.",
}

# Not those of the machine, which differ.
_TYPES = MimeTypes(())


class About(NamedTuple):
    """What is said of all runs together.

    ``license`` is an SPDX identifier or an address, ``authors`` are as ``CITATION.cff`` lists them.
    """

    name: str
    description: str
    license: str | None = None
    authors: tuple[Mapping[str, Any], ...] = ()


class Described(NamedTuple):
    """A run to describe: its folder beside the metadata, with ``/`` at its end, its document, and its files.

    The files are given by their paths in the run: where each is in the folder, and its size.
    """

    folder: str
    document: Mapping[str, Any]
    files: Mapping[str, tuple[str, int]]


def about(workspace: Path, name: str, description: str | None) -> About:
    """What the settings and ``CITATION.cff`` say of a workspace; a file that cannot be read says nothing."""
    try:
        cited = citation.document(read_file(workspace / CITATION))
    except (OSError, ValueError):
        cited = {}
    licenses = cited.get("license-url") or cited.get("license")
    first = licenses[0] if isinstance(licenses, list) and licenses else licenses
    listed = cited.get("authors")
    authors = tuple(map(mapping, listed)) if isinstance(listed, list) else ()
    summary = description or _text(cited.get("abstract")) or f"Runs of {_text(cited.get('title')) or name}."
    return About(_text(cited.get("title")) or name, summary, _text(first), authors)


def site_runs(site: Path, runs: Iterable[tuple[str, str]]) -> Iterator[Described]:
    """The runs of a site, which are named by their folders in the workspace; one that cannot be read is left out."""
    for run in runs:
        folder = layout.run_files(*run)
        try:
            data = read_file(site / folder / RUN)
            document = mapping(decode(data))
            copies = published(document).copies
        except (OSError, ValueError):
            continue
        files = {RUN: (RUN, len(data)), **{one.path: (one.place, one.size) for one in copies}}
        yield Described(folder, document, files)


def crate(said: About, runs: Sequence[Described], now: float) -> bytes:
    """The metadata of runs; ``now`` is in seconds since the epoch. Needs no network and no library."""
    entities: dict[str, dict[str, Any]] = {}
    authors = [one for author in said.authors if (one := _author(entities, author)) is not None]
    publishers = [one for one in authors if entities[one["@id"]]["@type"] == "Organization"]
    license_ = _license(entities, said.license)
    actions, files = [], list[dict[str, str]]()
    for run in runs:
        action, own = _action(entities, run, authors)
        actions.append(action)
        files += own
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": said.name,
        "description": said.description,
        "datePublished": layout.iso_time(now)[:10],
        "license": license_,
        "conformsTo": _entity(
            entities,
            {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": PROFILE.split("/")[-1]},
        ),
        "author": authors,
        "publisher": publishers[:1],
        "hasPart": files,
        "mentions": actions,
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    graph = [descriptor, *map(_compact, (root, *entities.values()))]
    document = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _compact(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity without empty values, in which a list of one is that one."""
    shorter = {key: one[0] if isinstance(one, list) and len(one) == 1 else one for key, one in entity.items()}
    return {key: one for key, one in shorter.items() if one not in (None, "", [])}


def _entity(entities: dict[str, dict[str, Any]], known: dict[str, Any]) -> dict[str, str]:
    """Note an entity, or more of one that is noted; gives the reference to it."""
    entities.setdefault(known["@id"], {}).update({key: one for key, one in known.items() if one is not None})
    return {"@id": known["@id"]}


def _author(entities: dict[str, dict[str, Any]], author: Mapping[str, Any]) -> dict[str, str] | None:
    """Note an author of ``CITATION.cff``, with the affiliation; None for one without a name."""
    names = (_text(author.get(key)) for key in ("given-names", "name-particle", "family-names"))
    if name := " ".join(filter(None, names)):
        place = _text(author.get("affiliation"))
        known = {"@id": _text(author.get("orcid")) or f"#{quote(name)}", "@type": "Person", "name": name}
        above = {"@id": f"#{quote(place)}", "@type": "Organization", "name": place} if place else None
        return _entity(entities, {**known, "affiliation": _entity(entities, above) if above else None})
    if name := _text(author.get("name")) or "":
        url = _text(author.get("website"))
        return _entity(entities, {"@id": f"#{quote(name)}", "@type": "Organization", "name": name, "url": url})
    return None


def _license(entities: dict[str, dict[str, Any]], named: str | None) -> dict[str, str]:
    if named is None:
        return _entity(entities, _NO_LICENSE)
    url = named if "://" in named else f"https://spdx.org/licenses/{quote(named)}"
    return _entity(entities, {"@id": url, "@type": "CreativeWork", "name": named, "description": f"License {named}"})


def _action(
    entities: dict[str, dict[str, Any]], run: Described, authors: Sequence[dict[str, str]]
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Note a run; gives the references to its action and to its files."""
    document, key = run.document, quote(run.folder.rstrip("/"))
    environment = mapping(document.get("environment"))
    params = [
        _entity(entities, {"@id": f"#{key}/{quote(name)}", "@type": "PropertyValue", "name": name, "value": value})
        for name, value in _flat(mapping(document.get("params")))
    ]
    files = {path: _entity(entities, _file(run.folder, *one)) for path, one in sorted(run.files.items())}
    results = [one for path, one in files.items() if path not in (RUN, SNAPSHOT)] or list(files.values())
    user = _text(environment.get("user"))
    agents = list(authors)
    if user is not None:
        agents = [_entity(entities, {"@id": f"#user-{quote(user)}", "@type": "Person", "name": user})]
    experiment, called = _text(document.get("experiment")), _text(document.get("name")) or _text(document.get("id"))
    known: dict[str, Any] = {
        "@id": f"#{key}",
        "@type": "CreateAction",
        "name": called or run.folder,
        "description": _text(document.get("description")) or f"A run of the experiment {experiment}.",
        "instrument": _application(entities, run, environment),
        "object": params,
        "result": results,
        "agent": agents,
        "startTime": _time(document.get("started") or document.get("created")),
        "endTime": _time(document.get("ended")),
        **_outcome(document),
    }
    return _entity(entities, known), list(files.values())


def _outcome(document: Mapping[str, Any]) -> dict[str, Any]:
    """How a run ended; nothing of one that goes on."""
    ended = document.get("status")
    if ended == "Completed":
        return {"actionStatus": "http://schema.org/CompletedActionStatus"}
    if ended not in TERMINAL:
        return {}
    why = _text(mapping(document.get("error")).get("message")) or str(ended)
    return {"actionStatus": "http://schema.org/FailedActionStatus", "error": why}


def _application(entities: dict[str, dict[str, Any]], run: Described, environment: Mapping[str, Any]) -> dict[str, str]:
    """Note the program of a run: its script, in its snapshot where there is one."""
    git, command = mapping(environment.get("git")), environment.get("command")
    words = [one for one in command if isinstance(one, str)] if isinstance(command, list) else []
    script = _text(mapping(run.document.get("definition")).get("script")) or next(
        (one for one in words if one.endswith((".py", ".ipynb", ".sh"))), None
    )
    snapshot, remote, commit = run.files.get(SNAPSHOT), _text(git.get("remote")), _text(git.get("commit"))
    address = remote if remote is not None and remote.startswith(("http://", "https://")) else None
    hashed = _text(mapping(run.document.get("properties")).get("ContentSnapshotId"))
    known: dict[str, Any] = {
        "@id": f"#{quote(run.folder.rstrip('/'))}/program",
        "@type": "SoftwareApplication",
        "name": script or f"The program of {_text(run.document.get('experiment')) or run.folder}",
        "softwareVersion": commit or hashed or "unknown",
        "url": address,
    }
    if address is not None:
        known["@id"] = f"{address.removesuffix('.git')}#{quote(script or 'program')}@{commit or hashed or 'unknown'}"
    if snapshot is not None:
        file = _file(run.folder, *snapshot)
        if address is not None:
            known["hasPart"] = [_entity(entities, file)]
        else:
            known = {**known, **file, "@type": ["File", "SoftwareApplication"], "name": known["name"]}
    return _entity(entities, known)


def _file(folder: str, place: str, size: int) -> dict[str, Any]:
    kind = _TYPES.guess_type(place)[0]
    return {
        "@id": quote(folder + place),
        "@type": "File",
        "name": place,
        "contentSize": str(size),
        "encodingFormat": kind or "application/octet-stream",
    }


def _flat(params: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str | int | float | bool]]:
    """Parameters by their names joined by dots; what JSON-LD would take for more than a value is spelled."""
    for key, value in params.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            is_plain = isinstance(value, str | int | bool) or (isinstance(value, float) and value - value == 0)
            yield f"{above}{key}", value if is_plain else text.compact(value)


def _time(value: object) -> str | None:
    """A time as the profile spells it, to the millisecond."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
