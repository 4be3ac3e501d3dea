"""Artifacts below their folder, and runs in a site: readable, portable, and never one on another."""

from __future__ import annotations

import os
import re
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format.errors import UserError
from runpages.format.layout import (
    artifact_name,
    artifact_path,
    experiment_columns,
    experiment_page,
    experiment_table,
    file_name,
    folded,
    run_files,
    run_page,
    site_segment,
)
from tests.format.strategy import NASTY, any_text

segments = any_text.filter(lambda text: "/" not in text)
artifact_names = st.lists(segments, min_size=1, max_size=4).map("/".join) | any_text


def _path(name: str) -> str | None:
    try:
        return artifact_path(name)
    except UserError:
        return None


@given(artifact_names)
def test_an_artifact_comes_back_under_its_name(name: str) -> None:
    path = _path(name)
    if path is not None:
        assert artifact_name(path) == "/".join(part for part in name.split("/") if part not in ("", "."))


@given(artifact_names)
def test_an_artifact_never_leaves_its_folder(name: str) -> None:
    path = _path(name)
    if path is not None:
        folder = os.path.realpath("artifacts")
        assert os.path.realpath(Path(folder, path)).startswith(folder + os.sep)
        windows = PureWindowsPath(path)
        assert not windows.is_absolute()
        assert not windows.drive
        assert ".." not in windows.parts


@given(artifact_names)
def test_every_file_system_takes_an_artifact(name: str) -> None:
    path = _path(name)
    for part in [] if path is None else path.split("/"):
        assert 0 < len(part.encode()) <= 255
        assert not re.search(r'[<>:"|?*\\\x00-\x1f\x7f]', part)
        assert part[-1] not in ". "
        assert part.split(".")[0].rstrip(" ").lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9", "com¹"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("model.pkl", "model.pkl"),
        ("outputs/été 1.png", "outputs/été 1.png"),
        ("./a//b/./c.txt", "a/b/c.txt"),
        (".hidden/.env", ".hidden/.env"),
        ("ab:c?.txt", "ab~3ac~3f.txt"),
        ("a\\b", "a~5cb"),
        ("end.", "end~2e"),
        ("...", "..~2e"),
        ("CON/aux.txt/nul", "~43ON/~61ux.txt/~6eul"),
        ("con .txt", "~63on .txt"),
        ("COM¹", "~43OM¹"),
        ("100%~2f", "100%~7e2f"),
        ("a" * 240, "a" * 240),
        ("~2fx", "~7e2fx"),
        ("~2", "~2"),
        ("~zz~", "~zz~"),
        ("\ud800", "~ed~a0~80"),
    ],
)
def test_artifact_paths_never_change(name: str, path: str) -> None:
    assert artifact_path(name) == path
    assert artifact_name(path) == "/".join(part for part in name.split("/") if part not in ("", "."))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "name must"),
        (".", "name must"),
        ("./", "name must"),
        ("/", "is absolute"),
        ("/etc/passwd", "is absolute"),
        ("\\\\server\\share", "is absolute"),
        ("..", "would point outside the run"),
        ("a/../../b", "would point outside the run"),
        ("a\\..\\..\\b", "would point outside the run"),
        ("a/..\\b", "would point outside the run"),
        ("C:x", "drive letter"),
        ("C:/x", "drive letter"),
        ("c:\\x", "drive letter"),
        ("a" * 241, "longer than 240 bytes"),
        ("x/" + "é" * 121, "longer than 240 bytes"),
        ("?" * 81, "longer than 240 bytes"),
    ],
)
def test_an_artifact_name_is_refused(name: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as refused:
        artifact_path(name)
    assert "give a" in str(refused.value) or "such as" in str(refused.value)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [("A.txt", "a.TXT", True), ("é", "e\u0301", True), ("ß", "SS", True), ("a", "b", False), ("e", "é", False)],
)
def test_names_that_meet_on_some_disk(one: str, other: str, meet: bool) -> None:
    assert (folded(one) == folded(other)) is meet


# --- a site ------------------------------------------------------------------------------------------------

# What a file system takes as the name of a folder, by hand.
folders = any_text.filter(lambda text: text not in ("", ".", "..") and not {"/", "\0"} & set(text)) | any_text.map(
    file_name
)


@given(folders)
@example("index")
@example("a" * 255)
def test_a_segment_needs_no_quoting(folder: str) -> None:
    segment = site_segment(folder)
    assert re.fullmatch(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*", segment)
    assert len(segment) <= 250


@given(any_text)
@example("social")
def test_folders_that_runpages_made_stay_as_they_are(name: str) -> None:
    folder = file_name(name)
    taken = folder.lower() in ("index", "columns", "social")
    assert site_segment(folder) == (f"{folder}~" if taken else folder)


@given(
    st.lists(
        folders
        | st.sampled_from(
            ["a b", "a~20b", "a~20b~", "index", "columns", "runs.csv", "runs.json", "~69ndex", "index~", "x", "x.html"]
        )
    )
)
@example([name for name in NASTY if name not in ("", ".", "..") and not {"/", "\0"} & set(name)])
def test_no_two_places_of_an_experiment_meet(runs: list[str]) -> None:
    runs = list(dict.fromkeys(runs))
    files = [run_page("e", run) for run in runs] + [experiment_page("e"), experiment_columns("e").rstrip("/")]
    files += [experiment_table("e", extension) for extension in ("csv", "json", "parquet")]
    folders = [run_files("e", run).rstrip("/") for run in runs]
    assert len({*files, *folders}) == len(files) + len(folders)


@pytest.mark.parametrize(
    ("folder", "segment"),
    [
        ("20260102-030405-abcdef", "20260102-030405-abcdef"),
        ("run.1", "run.1"),
        ("my run", "my~20run~"),
        ("index", "index~"),
        ("INDEX", "INDEX~"),
        ("columns", "columns~"),
        ("Runs.csv", "Runs~2ecsv~"),
        ("x.csv", "x.csv"),
        (".hidden", "~2ehidden~"),
        ("x.html", "x~2ehtml~"),
        ("été", "~c3~a9t~c3~a9~"),
        ("a" * 121, "a" * 100 + "~~e9615320128cc7a3~"),
    ],
)
def test_places_never_change(folder: str, segment: str) -> None:
    assert site_segment(folder) == segment
    assert experiment_page(folder) == f"e/{segment}/index.html"
    assert run_page("exp", folder) == f"e/exp/{segment}.html"
    assert run_files("exp", folder) == f"e/exp/{segment}/"
