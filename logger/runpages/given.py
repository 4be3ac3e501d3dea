"""What a script was given by its submission: arguments, an environment, secrets, a copy of its folder."""

from __future__ import annotations

import os

from .format import status
from .format.errors import UserError
from .record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

    from .environment import Environment


class Inputs(dict[str, str]):
    """Files and folders by the names of their arguments; to ask for another name says how to give one."""

    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(
            f"no argument {name} of this run names a file or folder that is there; it has {', '.join(self) or 'none'}. "
            f'Submit the script with arguments=["--{name}", path]'
        )


class Given(Record):
    """What the script of a run was given, and what of it is still there."""

    @property
    def input_datasets(self) -> dict[str, str]:
        """The arguments that name files or folders, such as ``{"data": "digits"}`` for ``--data digits``.

        A relative path is seen from the current folder. A name that is not there is a KeyError, which says how to give
        one.
        """
        return Inputs(_paths(_arguments(self._document)))

    def get_secret(self, name: str) -> str:
        """A secret: the environment variable of that name, or of its capitals with ``_`` for ``-``; never noted.

        Raises UserError where there is none.
        """
        spelled = name.upper().replace("-", "_")
        for variable in (name, spelled):
            if variable in os.environ:
                return os.environ[variable]
        raise UserError(f"there is no secret {name!r}; secrets are environment variables: set {spelled}")

    def get_secrets(self, secrets: Iterable[str]) -> dict[str, str]:
        """Several secrets, by name."""
        return {name: self.get_secret(name) for name in secrets}

    def get_environment(self) -> Environment:
        """The environment that the script was submitted with: its name, its Python and packages, no variables.

        Raises UserError for a run that was not submitted.
        """
        from .definition import known

        definition = self._document.get("definition")
        if not isinstance(definition, dict):
            raise UserError(f"run {self._run.id} has no environment: it was not submitted")
        return known(definition)

    def clean(self) -> Sequence[str]:
        """Remove the copy that a submitted run left on this machine; returns the folders that were removed.

        Mostly there is none: a copy goes with the end of its script, unless not all outputs could be collected. What
        is in the run stays. Raises UserError for a run that goes on.
        """
        import shutil

        run = self._run
        if run.get_status() not in status.TERMINAL:
            raise UserError(f"run {run.id} goes on; clean() removes its folder once it has ended")
        left = run._read_head().uncollected
        place = os.path.dirname((left and left.place) or "")
        if not os.path.basename(place).startswith(f"runpages-{run.id}-") or not os.path.isdir(place):
            return []  # None was left, or not on this machine.
        shutil.rmtree(place)
        return [place]


def _arguments(document: dict[str, object]) -> Sequence[str]:
    definition = document.get("definition")
    known = definition.get("arguments") if isinstance(definition, dict) else None
    return [word for word in known if isinstance(word, str)] if isinstance(known, list) else []


def _paths(arguments: Sequence[str]) -> dict[str, str]:
    """The files and folders that named arguments name."""
    found = {}
    for word, after in zip(arguments, [*arguments, ""][1:], strict=True):
        option, equals, value = word.partition("=")
        path = value if equals else after
        if option.startswith("-") and path and os.path.exists(path):
            found[option.lstrip("-")] = path
    return found
