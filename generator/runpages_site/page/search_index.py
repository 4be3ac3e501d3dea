"""Builds what the search loads: the experiments, blocks of runs, and filters that tell which blocks may hold a text."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from .. import select, text
from ..logged import Logged
from ..model import ExperimentEntry, ExperimentSummary, RunSummary
from ..searched import SearchBlock, SearchEntry
from ..text import number
from .components import began, status
from .data_scripts import script

SEARCH = "search.js"
RUN_TEXT = 400
"""Most characters of a run's description, tags and parameters that are searched."""
ENTRY_TEXT = 8_000
"""Most characters of an experiment's description, README, tags and names that are searched."""
TOTAL_TEXT = 60_000
"""Most characters of all experiments in ``search.js``."""

BLOCK_SIZE = 40_000
"""About the most bytes of a block's script."""
UNFILTERED = 8
"""Most blocks of a site without filters: the browser loads them all."""
BUCKETS, SHARDS = 16_384, 512
"""Of a filter: buckets for trigrams, as many for words, and the scripts that they are spread over."""
LONGEST_WORD = 12
"""Most characters of a word that a filter marks: longer ones are the digits of random numbers, which nobody types."""
_SLICE = 2 * BUCKETS // 8 // SHARDS
# All that is no blank or punctuation of ASCII; the same in `search-index.js`.
_WORD = re.compile(r"[^\s!-/:-@\[-`{-~]{2,}")


class Block(NamedTuple):
    """The script of a block of runs, and what the home page's build needs of it."""

    script: bytes
    entry: SearchBlock


class _Entry(NamedTuple):
    """A run as it is searched; ``fields`` are ``name=value``, ``metrics`` the names of its metrics."""

    run: RunSummary
    fields: tuple[str, ...]
    metrics: tuple[str, ...]


def search_entry(experiment: ExperimentSummary, known: Logged, blocks: Sequence[SearchBlock]) -> SearchEntry:
    """What is searched of the experiment itself, and its blocks."""
    fields = (
        *_prose(experiment.description, ENTRY_TEXT),
        *_tags(experiment.tags),
        *(f"metric={text.brief(name)}" for name in select.metrics(experiment.runs)),
        *(f"param={name}" for name in known.params),
        *(f"tag={name}" for name in known.tags),
        *_prose(experiment.readme, ENTRY_TEXT),
    )
    return SearchEntry(tuple(_fitting(fields, ENTRY_TEXT)), tuple(blocks))


def search_blocks(experiment: ExperimentSummary) -> list[Block]:
    """The runs of an experiment in blocks from the oldest, so that a new run changes the last block alone."""
    folder = experiment.path.removesuffix("index.html")
    name = text.visible(text.brief(experiment.name))
    return [_block(folder, name, block) for block in _cut(_run_entry(run) for run in reversed(experiment.runs))]


def _run_entry(run: RunSummary) -> _Entry:
    params = (f"{name}={text.compact(value)}" for name, value in select.flatten(run.params).items())
    state = (f"status={status(run.status).word}",) if run.status else ()
    return _Entry(
        run,
        (*state, *_fitting((*_why(run.error), *_tags(run.tags), *_prose(run.note, RUN_TEXT), *params), RUN_TEXT)),
        tuple(f"metric={text.visible(text.brief(name))}" for name in run.metrics),
    )


def _tags(tags: Mapping[str, str | None]) -> Iterator[str]:
    return (f"{key}={value}" if value else f"tag={key}" for key, value in tags.items())


def _why(error: str) -> Iterator[str]:
    if words := " ".join(error.split()):
        yield f"error={words}"


def _prose(prose: str | None, room: int) -> Iterator[str]:
    # More of the source than is searched, since links are long.
    if prose and (said := text.as_read(prose[: 4 * room])):
        yield f"note={said}"


def _fitting(fields: Iterable[str], room: int) -> Iterator[str]:
    """The fields that there is room for; the last one may be cut."""
    for field in fields:
        if room <= 0:
            return
        kept = text.visible(field)[:room]
        room -= len(kept)
        yield kept


def _cut(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    block, size, known = list[_Entry](), 0, set[str]()
    for entry in entries:
        if size >= BLOCK_SIZE:
            yield block
            block, size, known = [], 0, set()
        new = {*entry.fields, *entry.metrics} - known
        known |= new
        # A run has 90 bytes in the columns, and a place for each field.
        size += 90 + len(entry.run.title) + 4 * len(entry.fields) + sum(len(field) + 3 for field in new)
        block.append(entry)
    if block:
        yield block


def _block(folder: str, experiment: str, entries: Sequence[_Entry]) -> Block:
    """Runs as columns; ``words`` has each field once, ``fields`` and ``metrics`` are places in it."""
    places: dict[str, int] = {}
    lists: dict[tuple[int, ...], int] = {}

    def indexes(fields: Iterable[str]) -> tuple[int, ...]:
        return tuple(places.setdefault(field, len(places)) for field in fields)

    runs = [entry.run for entry in entries]
    pages = [run.path.removeprefix(folder) for run in runs]
    titles, ids = [text.visible(run.title) for run in runs], [text.visible(run.id) for run in runs]
    columns = {
        "page": pages,
        "title": titles,
        # Mostly the page is named for it.
        "id": [None if page == f"{id}.html" else id for page, id in zip(pages, ids, strict=True)],
        "number": [run.number for run in runs],
        "began": [began(run) for run in runs],
        "fields": [indexes(entry.fields) for entry in entries],
        "logged": [lists.setdefault(indexes(entry.metrics), len(lists)) for entry in entries],
        "metrics": [*lists],
        "words": [*places],
    }
    data = script("search", columns)
    numbers = (f"#{run.number}" for run in runs)
    newest = max((moment for run in runs if (moment := began(run)) is not None), default=0.0)
    marks = _marks([experiment, *places, *titles, *ids, *numbers])
    return Block(data, SearchBlock(len(runs), len(data), newest, marks))


def trigram_bucket(first: str, second: str, third: str) -> int:
    """The bucket of three characters; the same in ``search-index.js``."""
    return (ord(first) * 7919 + ord(second) * 211 + ord(third)) % BUCKETS


@lru_cache(1 << 14)  # The same names of parameters and metrics come with every block.
def _bucket_of(trigram: tuple[str, str, str]) -> int:
    return trigram_bucket(*trigram)


@lru_cache(1 << 12)
def word_buckets(word: str) -> tuple[int, int, int]:
    """The three buckets of a word, after those of the trigrams; the same in ``search-index.js``."""
    code = zlib.crc32(word.encode("utf-8", "replace"))
    return (BUCKETS + code % BUCKETS, BUCKETS + (code >> 9) % BUCKETS, BUCKETS + (code >> 18) % BUCKETS)


def _marks(texts: Iterable[str]) -> str:
    """Which buckets the texts fill with their trigrams and words, in lower case: bits, packed, in base 64."""
    trigrams, words = set[tuple[str, str, str]](), set[str]()
    for one in texts:
        low = one.lower()
        trigrams.update(zip(low, low[1:], low[2:], strict=False))
        words.update(word for word in _WORD.findall(low) if len(word) <= LONGEST_WORD)
    bits = bytearray(2 * BUCKETS // 8)
    for at in {*map(_bucket_of, trigrams), *chain.from_iterable(map(word_buckets, words))}:
        bits[at >> 3] |= 1 << (at & 7)
    return b64encode(zlib.compress(bits, 1)).decode()


def search_scripts(entries: Sequence[ExperimentEntry]) -> Iterator[tuple[str, bytes]]:
    """The scripts of the whole site by their path: the experiments with their blocks, and the filters of many blocks.

    A filter has a slice of the marks of each block, in the order of the experiments and their blocks.
    """
    blocks = [block for entry in entries for block in entry.search.blocks]
    shards = SHARDS if len(blocks) > UNFILTERED else 0
    room = TOTAL_TEXT // max(1, len(entries))
    yield SEARCH, script("search", {"shards": shards, "experiments": [_experiment(entry, room) for entry in entries]})
    marks = [zlib.decompress(b64decode(block.marks)) for block in blocks] if shards else []
    for shard in range(shards):
        slices = [mark[shard * _SLICE : (shard + 1) * _SLICE] for mark in marks]
        yield f"search/{shard}.js", script("filter", [b64encode(one).decode() if any(one) else "" for one in slices])


def _experiment(entry: ExperimentEntry, room: int) -> dict[str, object]:
    return {
        "name": text.visible(entry.name),
        "folder": entry.path.removesuffix("index.html"),
        "count": number.integer(entry.runs),
        "fields": [*_fitting(entry.search.fields, room)],
        "blocks": [(block.runs, block.size, block.newest) for block in entry.search.blocks],
    }
