"""What a workspace notes of its models: read whatever is there, with a reason for what is not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages import UserError, registry
from runpages.format.registered import MODELS, RegisteredModel, documents, names, path_of, read_models, versions

SAID = {"experiment": "e", "run": "r", "artifact": "outputs/m.pkl"}


def write(root: Path, path: str, text: str) -> Path:
    place = root / ".runpages" / "models" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def test_what_was_registered_is_read(tmp_path: Path) -> None:
    said = {**SAID, "tags": {"a": "b", "c": None}, "description": "d", "framework": "f", "framework_version": "1"}
    for name in ("ridge", "ridge", "n" * 300, "a/b"):
        registry.add(str(tmp_path), MODELS, name, said)
    models, problems = read_models(str(tmp_path))
    assert problems == []
    assert {(one.name, one.version) for one in models} == {("ridge", 1), ("ridge", 2), ("n" * 300, 1), ("a/b", 1)}
    assert names(str(tmp_path), MODELS) == sorted(["ridge", "n" * 300, "a/b"])
    for one in models:
        assert one.created is not None
        assert (one.experiment, one.run, one.artifact) == ("e", "r", "outputs/m.pkl")
        assert (one.tags, one.description) == ({"a": "b", "c": None}, "d")
        assert (one.framework, one.framework_version) == ("f", "1")


def test_versions_are_files_with_their_number(tmp_path: Path) -> None:
    for file in ("1.json", "10.json", "2.json", "02.json", "0.json", "3.json.bak", "x.json", ".4.json", "5", "²·json"):
        write(tmp_path, f"m/{file}", json.dumps(SAID))
    write(tmp_path, "loose.json", "{}")
    assert versions(str(tmp_path), MODELS, "m") == [1, 2, 10]
    assert [one.path for one in documents(str(tmp_path), MODELS)] == [
        f".runpages/models/m/{number}.json" for number in (1, 2, 10)
    ]
    assert path_of(str(tmp_path), MODELS, "m", 2) == os.path.join(tmp_path, ".runpages/models/m/2.json")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("torn", "It is not valid JSON"),
        ("", "It is not valid JSON"),
        ("[]", "It is not a JSON object"),
        ('{"format": 9}', "reads format 1"),
        ("{}", "The model has no experiment, run, artifact"),
        (json.dumps(SAID | {"run": 5}), "The model has no run"),
        (json.dumps(SAID), "The model has no name"),
    ],
)
def test_what_cannot_be_read_is_left_out_with_a_reason(tmp_path: Path, text: str, why: str) -> None:
    folder = f"m~~{'0' * 16}" if "name" in why else "m"
    write(tmp_path, f"{folder}/2.json", text)
    write(tmp_path, "other/1.json", json.dumps(SAID))
    models, [problem] = read_models(str(tmp_path))
    assert [one.name for one in models] == ["other"]
    assert (problem.file, problem.action) == (f".runpages/models/{folder}/2.json", "Model skipped")
    assert why in problem.message
    assert problem.damage


def test_a_model_that_no_run_made_is_left_out_and_no_mistake(tmp_path: Path) -> None:
    write(tmp_path, "own/1.json", json.dumps(SAID | {"run": None, "experiment": None}))
    assert read_models(str(tmp_path)) == ([], [])


def test_no_folder_and_no_file_stand_in_for_a_document(tmp_path: Path) -> None:
    assert read_models(str(tmp_path)) == ([], [])
    (tmp_path / ".runpages" / "models" / "m" / "1.json").mkdir(parents=True)
    (tmp_path / "secret.json").write_text(json.dumps(SAID))
    (tmp_path / ".runpages" / "models" / "m" / "2.json").symlink_to(tmp_path / "secret.json")
    os.mkfifo(tmp_path / ".runpages" / "models" / "m" / "3.json")
    models, problems = read_models(str(tmp_path))
    assert models == []
    assert [Path(problem.file).name for problem in problems] == ["1.json", "2.json", "3.json"]


@pytest.mark.parametrize("text", ["torn", '{"format": 9}'])
def test_asking_for_a_damaged_version_names_its_file(tmp_path: Path, text: str) -> None:
    place = write(tmp_path, "m/1.json", text)
    with pytest.raises(UserError, match=str(place)):
        registry.get(str(tmp_path), MODELS, "m")
    with pytest.raises(UserError, match=str(place)):
        registry.latest(str(tmp_path), MODELS)


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = plain | st.lists(plain, max_size=2) | st.dictionaries(st.text(), plain, max_size=2)


@given(st.dictionaries(st.sampled_from([*RegisteredModel._fields, "format", "files"]), anything))
def test_values_of_any_type_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any]) -> None:
    root = tmp_path_factory.mktemp("models")
    write(root, "m/1.json", json.dumps(SAID | said))
    models, problems = read_models(str(root))
    assert len(models) + len(problems) == 1 or ("run" in said and said["run"] is None)
    for one in models:
        assert (one.name, one.version) == ("m", 1)
        assert all(value is None or isinstance(value, str) for value in one.tags.values())
        assert one.description is None or isinstance(one.description, str)
        assert one.created is None or isinstance(one.created, int | float)
