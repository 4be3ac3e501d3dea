"""By what a build sees that files have changed since the last one."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, NamedTuple

from runpages.format.pieces import MARK
from runpages.format.records import Problem
from runpages.format.registered import RegisteredModel

RUN_FOLDER = "run-folder"
"""The source of run folders."""

FRESH = 2.0
"""Seconds after its last change in which a file may change again and look the same to a coarse clock."""


class Listed(NamedTuple):
    """A file as storage lists it: its path below what was listed, the time of its last change in nanoseconds.

    The ``tag`` names its content, where storage does that; one of 32 hexadecimal digits is its MD5.
    """

    path: str
    size: int
    time: int
    tag: str


class Stamp(NamedTuple):
    """Stands for the state of some files, such as those of a run: if it is the same, so are they.

    The ``models`` that were registered from a run are noted outside its folder, and are part of its key, as is the
    ``source`` that reads it.
    """

    key: str
    newest: float
    """The latest time of change, in seconds since the epoch."""
    models: tuple[RegisteredModel, ...] = ()
    source: str = RUN_FOLDER
    files: tuple[Listed, ...] = ()
    """Of a run in storage, what to fetch; no part of the key."""
    may_be_in_pieces: bool = False
    """Whether a name among the files is like that of a piece."""
    kept: Any = None
    """What the source that took it read at the same time and will need to read the run; no part of the key."""

    @classmethod
    def of(cls, facts: str, newest: float, kept: Any = None) -> Stamp:
        """The stamp of files, from all ``facts`` that change with them."""
        return cls(_key(facts), newest, may_be_in_pieces=MARK in facts, kept=kept)

    def is_sure(self, now: float) -> bool:
        """Whether a later change would be seen."""
        return abs(now - self.newest) > FRESH

    def with_models(self, models: tuple[RegisteredModel, ...]) -> Stamp:
        """The same with the models of a run."""
        return self._replace(key=_key(repr((self.key, models))), models=models) if models else self

    def read_by(self, source: str) -> Stamp:
        """The same of a run that another source reads."""
        return self._replace(key=f"{self.key} {source}", source=source)


def _key(facts: str) -> str:
    return blake2b(facts.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class Models(NamedTuple):
    """The models of a workspace; the key stands for their documents, and is empty where a change might be missed."""

    key: str = ""
    models: tuple[RegisteredModel, ...] = ()
    problems: tuple[Problem, ...] = ()


NO_MODELS = Models()
