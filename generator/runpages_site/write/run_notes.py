"""What a build notes of each run for the next one, in few objects: a site may have very many runs."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple

from runpages.format.records import Problem

from ..errors import Fault
from ..packed import KEY, NO_KEY, NO_NAMES, Names, packed_key


class RunNote(NamedTuple):
    """A run as it was rendered: the key of its stamp (none where a change might be missed), bytes in the site."""

    key: str
    bytes: int
    live: dict[str, Any] | None = None
    """Of a run that had not ended: what its state depends on, and the word that its page shows."""
    problems: tuple[Problem, ...] = ()
    shown: bool = True
    """Whether it has a page."""
    faults: tuple[Fault, ...] = ()
    """What of its page could not be made; such a run is rendered again by the next build."""


_USUAL = RunNote("", 0)[2:]
"""What is noted of most runs beside key and bytes."""


class RunNotes(Mapping[str, RunNote]):
    """The notes of an experiment's runs by name, sorted, in columns: one of them is made when it is asked for.

    ``unusual`` has those in full that are more than a key and bytes.
    """

    __slots__ = ("digests", "names", "sizes", "unusual")

    def __init__(
        self,
        names: Names = NO_NAMES,
        digests: bytes = b"",
        sizes: Iterable[int] = (),
        unusual: Mapping[str, RunNote] = MappingProxyType({}),
    ) -> None:
        """Raises ValueError or TypeError where the columns do not fit together."""
        self.names, self.digests, self.sizes, self.unusual = names, digests, array("Q", sizes), unusual
        if not len(names) * KEY == len(digests) == len(self.sizes) * KEY:
            raise ValueError("the columns of the notes have different lengths")

    @classmethod
    def of(cls, runs: Mapping[str, RunNote]) -> RunNotes:
        """The same notes."""
        if isinstance(runs, cls):
            return runs
        names, keys, sizes, unusual = sorted(runs), bytearray(), array("Q"), dict[str, RunNote]()
        for name in names:
            note = runs[name]
            key = packed_key(note.key)
            keys += key
            sizes.append(note.bytes)
            if key == NO_KEY or note[2:] != _USUAL:
                unusual[name] = note
        return cls(Names.of(names), bytes(keys), sizes, unusual)

    def changed(self, names: Names, new: Mapping[str, RunNote]) -> RunNotes:
        """The notes of the runs with these names, sorted; those of some are ``new``."""
        if names != self.names or 4 * len(new) > len(names):
            return RunNotes.of({name: new[name] if name in new else self[name] for name in names})
        keys, sizes, unusual = bytearray(self.digests), array("Q", self.sizes), {**self.unusual}
        for name, note in new.items():
            row, key = self._row(name), packed_key(note.key)
            keys[row * KEY : row * KEY + KEY] = key
            sizes[row] = note.bytes
            unusual.pop(name, None)
            if key == NO_KEY or note[2:] != _USUAL:
                unusual[name] = note
        return RunNotes(names, bytes(keys), sizes, unusual)

    def without_keys(self) -> RunNotes:
        """The same, as of runs that are all to be rendered again."""
        return RunNotes.of({name: note._replace(key="") for name, note in self.items()})

    @property
    def hidden(self) -> dict[str, RunNote]:
        """The runs without a page."""
        return {name: note for name, note in self.unusual.items() if not note.shown}

    @property
    def shown(self) -> list[str]:
        """The names of the runs with a page."""
        hidden = self.hidden
        return [name for name in self.names if name not in hidden]

    @property
    def size(self) -> int:
        """The bytes in the site of the runs with a page."""
        return sum(self.sizes) - sum(note.bytes for note in self.hidden.values())

    def _row(self, name: str) -> int:
        row = self.names.row(name)
        if row is None:
            raise KeyError(name)
        return row

    def __getitem__(self, name: str) -> RunNote:
        return self.unusual[name] if name in self.unusual else self._usual(self._row(name))

    def _usual(self, row: int) -> RunNote:
        return RunNote(self.digests[row * KEY : row * KEY + KEY].hex(), self.sizes[row])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.names.row(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.sizes)


NO_RUNS = RunNotes()


def without_names(runs: RunNotes) -> RunNotes:
    """Runs as they are noted: one without a page is not named, since sites are copied together with their notes."""
    if not runs.hidden:
        return runs
    return RunNotes.of({name if one.shown or one.faults else unnamed(name): one for name, one in runs.items()})


def unnamed(run: str) -> str:
    """What stands for the name of a run; no run has a folder of such a name."""
    if run.startswith("."):
        return run
    return "." + blake2b(run.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
