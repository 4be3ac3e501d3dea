"""Models: versions of a name, each a file or a folder of a run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import runpages
from runpages import ConflictError, Model, UserError, Workspace, registry


@pytest.fixture
def kept(run: runpages.Run, here: Path) -> runpages.Run:
    """A run that keeps a file, and a folder of two."""
    for name in ("outputs/ridge.pkl", "outputs/deep/a.bin", "outputs/deep/b/c.bin"):
        (here / "file").write_text(name)
        run.upload_file(name, here / "file")
    return run


def test_a_file_of_a_run_is_registered_and_found(kept: runpages.Run) -> None:
    workspace = kept.experiment.workspace
    made = kept.register_model("ridge", "./outputs/ridge.pkl", tags={"area": "diabetes"}, properties={"alpha": 0.4})
    again = kept.register_model(model_name="ridge", model_path="outputs/ridge.pkl", description="The *second*")
    assert (made.name, made.version, made.id, again.version) == ("ridge", 1, "ridge:1", 2)
    assert (made.run_id, made.experiment_name, made.run.id) == (kept.id, "e", kept.id)
    for found in (Model(workspace, "ridge", 1), Model(workspace, "ridge", version="1"), Model(workspace, id="ridge:1")):
        assert (found.id, found.tags, found.properties) == ("ridge:1", {"area": "diabetes"}, {"alpha": "0.4"})
        assert found.url == f"file://{kept.folder}/artifacts/outputs/ridge.pkl"
    assert (Model(workspace, "ridge").version, Model(workspace, "ridge").description) == (2, "The *second*")
    assert {name: model.version for name, model in workspace.models.items()} == {"ridge": 2}
    assert [(model.name, model.version) for model in workspace.models(name="ridge")] == [("ridge", 2), ("ridge", 1)]
    assert [(name, model.version) for name, model in workspace.models().items()] == [("ridge", 2)]
    assert workspace.models("lasso") == []
    assert [one.id for one in Model.list(workspace)] == ["ridge:2", "ridge:1"]
    assert [one.id for one in Model.list(workspace, tags={"area": "diabetes"})] == ["ridge:1"]
    assert [one.id for one in Model.list(workspace, name="ridge", latest=True)] == ["ridge:2"]
    document = registry.get(workspace.root, registry.MODELS, "ridge", 1)
    assert document["files"] == {"outputs/ridge.pkl": hashlib.sha256(b"outputs/ridge.pkl").hexdigest()}
    assert list(workspace.experiments) == ["e"]


def test_a_model_is_copied_out(kept: runpages.Run, here: Path) -> None:
    one = kept.register_model("ridge", "outputs/ridge.pkl")
    place = Path(one.download(here / "there"))
    assert (place, place.read_text()) == (here / "there" / "ridge.pkl", "outputs/ridge.pkl")
    with pytest.raises(ConflictError, match=r"ridge.pkl is there already; .*exist_ok"):
        one.download(here / "there")
    assert one.download(here / "there", exist_ok=True) == str(place)
    deep = kept.register_model("deep", "outputs/deep")
    assert deep.download("there") == "there/deep"
    assert (here / "there/deep/b/c.bin").read_text() == "outputs/deep/b/c.bin"
    assert Model.get_model_path("deep", _workspace=kept.experiment.workspace) == f"{kept.folder}/artifacts/outputs/deep"


def test_the_model_that_was_registered_is_given_or_none(kept: runpages.Run, here: Path) -> None:
    one = kept.register_model("deep", "outputs/deep")
    Path(kept.folder, "artifacts/outputs/deep/b/c.bin").write_text("other")
    with pytest.raises(UserError, match=r"no longer the file of model deep:1"):
        one.download(here / "there")
    assert not (here / "there").exists()


def test_a_version_is_never_changed(kept: runpages.Run) -> None:
    one = kept.register_model("ridge", "outputs/ridge.pkl", model_framework=Model.Framework.SCIKITLEARN)
    assert Model(one.workspace, "ridge").model_framework == "ScikitLearn"
    assert "name=ridge, id=ridge:1, version=1" in repr(one)
    with pytest.raises(AttributeError, match=r"Model\.add_tags is not there; .*register the next one"):
        one.add_tags({"a": "b"})  # type: ignore[attr-defined]


def test_names_of_any_letters(kept: runpages.Run) -> None:
    for name in ("Größe/mit Leerzeichen", "x" * 300):
        kept.register_model(name, "outputs/ridge.pkl")
    assert set(kept.experiment.workspace.models) == {"Größe/mit Leerzeichen", "x" * 300}


def test_what_cannot_be_says_so(kept: runpages.Run, here: Path) -> None:
    with pytest.raises(UserError, match=r"has no file 'best.pkl'; upload_file\('best.pkl', path\).*outputs/ridge.pkl"):
        kept.register_model("best.pkl")
    with pytest.raises(UserError, match="needs a name"):
        kept.register_model("", "outputs/ridge.pkl")
    with pytest.raises(UserError, match="no 'ridge' among its models: none"):
        Model(Workspace(root=here / "runs"), "ridge")
    with pytest.raises(UserError, match=r"Model\(workspace, name\)"):
        Model(Workspace(root=here / "runs"))
    with pytest.raises(UserError, match=r"run\.register_model"):
        Model.register(Workspace(), "m.pkl", "m")
    with pytest.raises(UserError, match="nothing is deployed"):
        Model.deploy(Workspace(), "m", [])


def test_two_at_once_get_two_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.add(str(tmp_path), registry.MODELS, "m", {})
    versions = registry.versions
    seen: list[list[int]] = [[]]  # By this one, before the other one wrote.
    monkeypatch.setattr(registry, "versions", lambda *of: seen.pop() if seen else versions(*of))
    assert registry.add(str(tmp_path), registry.MODELS, "m", {})["version"] == 2
