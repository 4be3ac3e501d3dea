"""Sets and reads tags, properties and parameters of a run, from any process, and after its end too."""

from __future__ import annotations

from . import coerce, nested
from .format.document import mapping
from .format.errors import ConflictError, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ._state import Document, RunState


def add(state: RunState, key: str, added: Mapping[str, Any]) -> None:
    """Add pairs to the field ``key`` of the document; a key that is there is replaced."""
    with state.recorder.lock:
        known = mapping(state.document.get(key))
        state.save({key: {**known, **added}}, note={key: added})


def remove_tags(state: RunState, tags: Iterable[str]) -> None:
    """Remove the tags with these keys, where they are there."""
    keys = removed(tags)
    with state.recorder.lock:
        left = {key: text for key, text in state.document["tags"].items() if key not in keys}
        state.save({"tags": left}, note={"remove_tags": keys})


def removed(tags: Any) -> list[str]:
    """The keys of tags to remove, one or several; raises UserError for what has none."""
    given = [tags] if isinstance(tags, str) else coerce.sequence(tags, "tags to remove must be a list of keys")
    return [nested.text(key) for key in given]


def one_tag(key: Any, value: Any) -> dict[str, Any]:
    """A tag as a dictionary; raises UserError for several in the place of a key."""
    if isinstance(key, (dict, list, set, tuple)):
        kind = coerce.kind_name(key)
        raise UserError(f"a tag is a key with a value, and the key is {kind}; use set_tags for several")
    return {nested.text(key): value}


def properties(document: Document) -> dict[str, str]:
    """The properties of a run, with those that git gave."""
    return {**git_properties(document["environment"]), **(document["properties"] or {})}


def add_properties(state: RunState, given: Any) -> None:
    """Add properties; raises ConflictError for another value of a known key."""
    added = {nested.text(key): nested.text(text) for key, text in _named("properties", given).items()}
    state.refresh()
    known = properties(state.document)
    for key, text in added.items():
        if known.get(key, text) != text:
            raise ConflictError(f"property {key!r} is {known[key]!r} and cannot change to {text!r}; use a tag")
    if added.keys() - known.keys():
        add(state, "properties", added)


_GIT = {"remote": "repository_uri", "branch": "branch", "commit": "commit", "dirty": "dirty"}
_MLFLOW = {"remote": "repoURL", "branch": "branch", "commit": "commit"}


def git_properties(environment: Any) -> dict[str, str]:
    """The facts of git at the start of a run, under the names of the tracked-run API."""
    known = mapping(mapping(environment).get("git"))
    facts = {f"azureml.git.{name}": str(known[key]) for key, name in _GIT.items() if key in known}
    return facts | {f"mlflow.source.git.{name}": str(known[key]) for key, name in _MLFLOW.items() if key in known}


def described(name: Any, description: Any, params: Any, tags: Any) -> dict[str, Any]:
    """What a run is given when it begins, as fields of its document; raises UserError."""
    return {
        "name": checked_text("name", name),
        "description": checked_text("description", description),
        "params": parameters({} if params is None else params),
        "tags": tagged({} if tags is None else tags),
    }


def parameters(params: Any) -> dict[str, Any]:
    """Parameters as JSON holds them; raises UserError for what has no names."""
    made = nested.document(vars(params) if isinstance(params, type) else params)
    if not isinstance(made, dict):
        raise UserError(f"params: expected a dictionary of names and values, got {type(params).__qualname__}")
    return made


def tagged(tags: Any) -> dict[str, str | None]:
    """Tags as texts; raises UserError for what has no names."""
    return {nested.text(key): None if text is None else nested.text(text) for key, text in _named("tags", tags).items()}


def _named(what: str, given: Any) -> Mapping[Any, Any]:
    known = nested.fields(given)
    if known is None:
        raise UserError(f"{what} must be a dictionary, not {type(given).__qualname__}")
    return known


def checked_text(what: str, text: Any) -> str | None:
    """A name or a description; raises UserError for what is no text."""
    if text is not None and not isinstance(text, str):
        raise UserError(f"{what} of a run: expected a string, got {type(text).__qualname__}")
    return text
