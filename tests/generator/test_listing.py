"""A manifest that is changed line by line says what one made anew would say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.write import listing
from runpages_site.write.listing import Manifest, NewManifest, checksum_of, manifest_of

NAMES = st.text(st.sampled_from('ab!"\\\n/é😀\ud800\uffff~'), min_size=1, max_size=4)
PATHS = st.frozensets(st.builds("/".join, st.lists(NAMES, min_size=1, max_size=3)) | NAMES.map("e/{}".format))
PLAIN = st.frozensets(st.text(st.sampled_from("ab!/é😀~"), min_size=1, max_size=6))
FOLDERS = st.dictionaries(NAMES, NAMES, max_size=2)


@pytest.fixture(autouse=True, scope="module")
def _short_stretches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "_STRETCH", 2)
        patch.setattr(listing, "_LONG", 8)
        yield


def manifest(paths: frozenset[str]) -> Manifest:
    return Manifest().changed(paths, [], {})


def spelled(paths: frozenset[str], folders: dict[str, str]) -> bytes:
    known: dict[str, object] = {"runpages": "site", "format": 1, "files": sorted(paths)}
    known |= {"folders": dict(sorted(folders.items()))} if folders else {}
    try:
        return orjson.dumps(known, option=orjson.OPT_INDENT_2) + b"\n"
    except TypeError:  # A lone surrogate.
        return json.dumps(known, indent=2).encode() + b"\n"


@given(PATHS | PLAIN, PATHS | PLAIN, FOLDERS)
def test_what_is_changed_is_as_if_made_anew(
    before: frozenset[str], after: frozenset[str], names: dict[str, str]
) -> None:
    changed = manifest(before).changed(after - before, before - after, names)
    assert changed.document() == spelled(after, names)
    read = manifest_of(changed.document())
    assert (read.files, dict(read.folders), len(read)) == (after, names, len(after))
    assert read.document() == changed.document()


@given(PATHS | PLAIN, NAMES)
def test_files_are_found_by_name_and_by_beginning(paths: frozenset[str], name: str) -> None:
    known = manifest(paths)
    assert all(path in known for path in paths)
    assert (name in known) == (name in paths)
    assert known.begins(name) == sorted(path for path in paths if path.startswith(name))


@given(PLAIN.filter(bool), PLAIN, NAMES)
def test_a_known_document_is_as_one_that_is_looked_through(
    before: frozenset[str], after: frozenset[str], name: str
) -> None:
    data = manifest(before).document()

    def known() -> Manifest:
        return manifest_of(data, is_known=True)

    assert (known().files, len(known()), known().document()) == (before, len(before), data)
    assert (name in known(), known().begins(name)) == (name in before, manifest(before).begins(name))
    assert all(path in known() for path in before)
    assert known().beside("a/", {"b"}) == manifest(before).beside("a/", {"b"})
    changed = known().changed(after - before, before - after, {})
    assert (changed.document(), changed.is_plain) == (spelled(after, {}), bool(after))


@given(PATHS, st.frozensets(NAMES, max_size=2))
def test_files_beside_folders(paths: frozenset[str], folders: frozenset[str]) -> None:
    below = tuple(f"e/{folder}/" for folder in folders if "/" not in folder)
    assert manifest(paths).beside("e/", folders) == {path for path in paths if not path.startswith(below)}


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"files": [1]}', b'{"files": "ab"}', b'{"files": [], "folders": {"a": 1}}', b"[]"]
)
def test_a_damaged_manifest_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        manifest_of(data)


def test_a_control_character_that_somebody_wrote_is_escaped() -> None:
    data = manifest(frozenset({"a", "b\t"})).document().replace(b"\\t", b"\t")
    assert manifest_of(data).changed(["c"], [], {}).document() == spelled(frozenset({"a", "b\t", "c"}), {})


def test_few_and_many_files_go() -> None:
    paths = frozenset(f"e/{at:03}" for at in range(400))
    for count in (1, 100, 101, 400):
        gone = frozenset(sorted(paths)[::2][:count])
        assert manifest(paths).changed(["new"], [*gone, "none"], {}).files == paths - gone | {"new"}


def test_a_line_that_is_torn_is_refused() -> None:
    data = manifest(frozenset({"a", "b"})).document()
    with pytest.raises(ValueError, match="delimiter"):
        manifest_of(data.replace(b'"a",', b'"a""c",'))


class Pack(NamedTuple):
    """Files that are together."""

    files: list[str]


SOME = st.lists(st.text(st.sampled_from("ab!/é😀~"), min_size=1, max_size=6), min_size=1, max_size=8)


@given(PLAIN, st.lists(SOME.map(Pack), min_size=1, max_size=5))
def test_a_new_manifest_of_packs_is_that_of_all_their_files(files: frozenset[str], packs: list[Pack]) -> None:
    every = files.union(*(pack.files for pack in packs))
    made, whole = NewManifest(files, packs), manifest(every)
    assert made.is_plain
    assert b"".join(made.pieces()) == whole.document()
    assert (made.size, made.checksum) == (len(whole.document()), checksum_of(whole.pieces()))


@pytest.mark.parametrize("odd", ['"', "\\", "\n", "\ud800"])
def test_a_new_manifest_is_not_plain_where_json_has_a_path_in_another_way(odd: str) -> None:
    assert not NewManifest(["a"], [Pack(["b", odd])]).is_plain
    assert not NewManifest([odd], [Pack(["b"])]).is_plain
