"""What is said of a run: its name and description, tags, properties and parameters."""

from __future__ import annotations

from . import nested
from ._state import Record
from .format.document import mapping
from .format.errors import ConflictError, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


class Labels(Record):
    """The calls of a run that say something of it. They work from any process, and after the end of the run."""

    @property
    def name(self) -> str:
        """What it was called, else its id."""
        return self._document.get("name") or str(self._document["id"])

    @property
    def display_name(self) -> str:
        """The same as ``name``, and may be set."""
        return self.name

    @display_name.setter
    def display_name(self, name: str | None) -> None:
        self._save({"name": words("name", name)})

    @property
    def description(self) -> str | None:
        """Prose in Markdown; may be set."""
        return self._document.get("description")

    @description.setter
    def description(self, text: str | None) -> None:
        self._save({"description": words("description", text)})

    # --- tags ---

    @property
    def tags(self) -> dict[str, str | None]:
        """The tags as this process last saw them; ``get_tags`` looks again."""
        return dict(self._document.get("tags") or {})

    def get_tags(self) -> dict[str, str | None]:
        """The tags as they are now, with those that other processes set."""
        self._refresh()
        return self.tags

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag: a key with an optional text. Another type of value becomes its text."""
        self.set_tags({key: value})

    def set_tags(self, tags: Any) -> None:
        """Set several tags; the others stay."""
        self._add("tags", tagged(tags))

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove the tags with these keys; a key that is not there is passed over."""
        keys = [tags] if isinstance(tags, str) else list(map(str, tags))
        with self._recorder.lock:
            left = {key: text for key, text in self.tags.items() if key not in keys}
            self._save({"tags": left}, told={"remove_tags": keys})

    # --- properties ---

    @property
    def properties(self) -> dict[str, str]:
        """The properties as this process last saw them, with what git told under the names of the tracked-run API."""
        return {**git_properties(self._document.get("environment")), **(self._document.get("properties") or {})}

    def get_properties(self) -> dict[str, str]:
        """The properties as they are now, with those that other processes added."""
        self._refresh()
        return self.properties

    def add_properties(self, properties: Any) -> None:
        """Add properties, which are texts and never change; raises ConflictError for another value of a known key."""
        added = {nested.text(key): nested.text(text) for key, text in _named("properties", properties).items()}
        known = self.get_properties()
        for key, text in added.items():
            if known.get(key, text) != text:
                raise ConflictError(f"property {key!r} is {known[key]!r} and cannot change to {text!r}; use a tag")
        if added.keys() - known.keys():
            self._add("properties", added)

    # --- parameters ---

    @property
    def params(self) -> dict[str, Any]:
        """A copy of the parameters, nested as they were given."""
        return dict(self._document.get("params") or {})

    def log_params(self, params: Any) -> None:
        """Add parameters: anything with names, nested at will, as for ``start``; a name that is there is replaced."""
        self._add("params", parameters(params))

    def _add(self, key: str, added: dict[str, Any]) -> None:
        with self._recorder.lock:
            self._save({key: {**(self._document.get(key) or {}), **added}}, told={key: added})


_GIT = {"remote": "repository_uri", "branch": "branch", "commit": "commit", "dirty": "dirty"}
_MLFLOW = {"remote": "repoURL", "branch": "branch", "commit": "commit"}


def git_properties(environment: Any) -> dict[str, str]:
    """What git told at the start of a run, under the names of the tracked-run API."""
    known = mapping(mapping(environment).get("git"))
    told = {f"azureml.git.{name}": str(known[key]) for key, name in _GIT.items() if key in known}
    return told | {f"mlflow.source.git.{name}": str(known[key]) for key, name in _MLFLOW.items() if key in known}


def parameters(params: Any) -> dict[str, Any]:
    """Parameters as JSON holds them; raises UserError for what has no names."""
    made = nested.document(vars(params) if isinstance(params, type) else params)
    if not isinstance(made, dict):
        raise UserError(f"params are a dictionary name -> value, and this is a {type(params).__qualname__}")
    return made


def tagged(tags: Any) -> dict[str, str | None]:
    """Tags as texts; raises UserError for what has no names."""
    return {nested.text(key): None if text is None else nested.text(text) for key, text in _named("tags", tags).items()}


def _named(what: str, given: Any) -> Mapping[Any, Any]:
    known = nested.fields(given)
    if known is None:
        raise UserError(f"{what} map keys to texts, and this is {type(given).__qualname__}")
    return known


def words(what: str, text: Any) -> str | None:
    """A name or a description; raises UserError for what is no text."""
    if text is not None and not isinstance(text, str):
        raise UserError(f"the {what} of a run is a text, and this is a {type(text).__qualname__}")
    return text
