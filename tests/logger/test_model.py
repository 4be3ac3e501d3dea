"""Models: versions of a name, each a file or a folder of a run."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import runpages
from runpages import ConflictError, Model, StorageError, UserError, Workspace, registry


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
    assert (made.run_id, made.experiment_name, made.run and made.run.id) == (kept.id, "e", kept.id)
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
    with pytest.raises(ConflictError, match=r"ridge.pkl already exists; .*exist_ok"):
        one.download(here / "there")
    assert one.download(here / "there", exist_ok=True) == str(place)
    deep = kept.register_model("deep", "outputs/deep")
    assert deep.download("there") == "there/deep"
    assert (here / "there/deep/b/c.bin").read_text() == "outputs/deep/b/c.bin"
    assert Model.get_model_path("deep", _workspace=kept.experiment.workspace) == f"{kept.folder}/artifacts/outputs/deep"


def test_the_model_that_was_registered_is_given_or_none(kept: runpages.Run, here: Path) -> None:
    one = kept.register_model("deep", "outputs/deep")
    Path(kept.folder, "artifacts/outputs/deep/b/c.bin").write_text("other")
    with pytest.raises(UserError, match=r"has changed since model deep:1"):
        one.download(here / "there")
    assert not (here / "there").exists()


def test_a_version_is_never_changed(kept: runpages.Run) -> None:
    one = kept.register_model("ridge", "outputs/ridge.pkl", model_framework=Model.Framework.SCIKITLEARN)
    assert Model(one.workspace, "ridge").model_framework == "ScikitLearn"
    assert "name=ridge, id=ridge:1, version=1" in repr(one)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("add_tags", "register the next one"),
        ("serialize", "read its attributes: name, version"),
        ("get_sas_urls", r"Model\.url"),
        ("datasets", "tags= or description="),
        ("gpu", "nothing is deployed"),
    ],
)
def test_a_member_that_is_not_there_says_what_to_do(kept: runpages.Run, name: str, told: str) -> None:
    one = kept.register_model("ridge", "outputs/ridge.pkl")
    with pytest.raises(AttributeError, match=rf"Model has no {name}; .*{told}"):
        getattr(one, name)
    with pytest.raises(AttributeError, match=r"Model has no verson$"):
        _ = one.verson  # type: ignore[attr-defined]


def test_models_are_found_by_what_is_known_of_them(kept: runpages.Run) -> None:
    workspace = kept.experiment.workspace
    kept.register_model("a", "outputs/ridge.pkl", tags={"area": "diabetes", "best": None}, properties={"alpha": 1})
    kept.register_model("b", "outputs/ridge.pkl", tags={"area": "digits"})
    for wanted, found in (
        (["area"], ["a:1", "b:1"]),
        (["best", ["area", "diabetes"]], ["a:1"]),
        ([["area", "digits"]], ["b:1"]),
        ([["area", "digits"], "best"], []),
    ):
        assert [one.id for one in Model.list(workspace, tags=wanted)] == found
    assert [one.id for one in Model.list(workspace, None, None, {"alpha": "1"})] == ["a:1"]
    kept.register_model("a", "outputs/ridge.pkl")
    assert (Model(workspace, "a").id, Model(workspace, name="a", tags=["best"], run_id=kept.id).id) == ("a:2", "a:1")
    with pytest.raises(UserError, match=r"no version of model 'b' has these tags, .*Model\.list"):
        Model(workspace, "b", tags=["best"])
    assert [len(Model.list(workspace, run_id=run)) for run in (kept.id, "other")] == [3, 0]


def test_names_of_any_letters(kept: runpages.Run) -> None:
    for name in ("Größe/mit Leerzeichen", "x" * 300):
        kept.register_model(name, "outputs/ridge.pkl")
    assert set(kept.experiment.workspace.models) == {"Größe/mit Leerzeichen", "x" * 300}


def test_what_cannot_be_says_so(kept: runpages.Run, here: Path) -> None:
    with pytest.raises(UserError, match=r"has no file 'best.pkl'; upload_file\('best.pkl', path\).*outputs/ridge.pkl"):
        kept.register_model("best.pkl")
    with pytest.raises(UserError, match="name must"):
        kept.register_model("", "outputs/ridge.pkl")
    with pytest.raises(UserError, match="no 'ridge' among its models: none"):
        Model(Workspace(root=here / "runs"), "ridge")
    with pytest.raises(UserError, match=r"Model\(workspace, name\)"):
        Model(Workspace(root=here / "runs"))
    for serve in (Model.deploy, Model.package, Model.profile):
        with pytest.raises(UserError, match="nothing is deployed"):
            serve(Workspace(), "m", [])


def test_two_at_once_get_two_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.add(str(tmp_path), registry.MODELS, "m", {})
    versions = registry.versions
    seen: list[list[int]] = [[]]  # By this one, before the other one wrote.
    monkeypatch.setattr(registry, "versions", lambda *of: seen.pop() if seen else versions(*of))
    assert registry.add(str(tmp_path), registry.MODELS, "m", {})["version"] == 2


# --- of no run ---------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(here: Path) -> Workspace:
    """A workspace, beside a file and a folder that no run has made."""
    (here / "model.pkl").write_text("a model")
    (here / "deep" / "b").mkdir(parents=True)
    (here / "deep" / "a.bin").write_text("a")
    (here / "deep" / "b" / "c.bin").write_text("c")
    return Workspace(root=here / "runs")


def copies(workspace: Workspace, name: str) -> list[Path]:
    return sorted(Path(workspace.root, ".runpages", "models", name).glob(".*"))


def test_a_file_of_this_machine_is_kept_by_the_workspace(workspace: Workspace, here: Path) -> None:
    one = Model.register(
        model_path="model.pkl",
        model_name="ridge",
        tags={"data": "diabetes"},
        properties={"alpha": 0.4},
        description="The best",
        model_framework=Model.Framework.SCIKITLEARN,
        workspace=workspace,
    )
    (here / "model.pkl").write_text("another")
    two = Model.register(workspace, here / "model.pkl", "ridge")
    assert [(model.id, model.run, model.run_id, model.experiment_name) for model in (one, two)] == [
        ("ridge:1", None, None, None),
        ("ridge:2", None, None, None),
    ]
    found = Model(workspace, "ridge", 1)
    assert (found.tags, found.properties, found.description) == ({"data": "diabetes"}, {"alpha": "0.4"}, "The best")
    assert found.model_framework == "ScikitLearn"
    assert Path(found.download("there")).read_text() == "a model"
    place = Model.get_model_path("ridge", 1, _workspace=workspace)
    assert (Path(place).name, Path(place).read_text(), found.url) == ("model.pkl", "a model", f"file://{place}")
    assert Path(Model.get_model_path("ridge", _workspace=workspace)).read_text() == "another"
    document = registry.get(workspace.root, registry.MODELS, "ridge", 1)
    assert list(document["files"].values()) == [hashlib.sha256(b"a model").hexdigest()]
    assert workspace.experiments == {}


def test_a_folder_is_kept_or_some_of_its_files(workspace: Workspace, here: Path) -> None:
    (here / "deep" / "link").symlink_to(here / "model.pkl")
    (here / "deep" / "old").symlink_to("gone")
    with pytest.warns(RuntimeWarning) as told:
        whole = Model.register(workspace, "deep/", "deep")
    words = [str(warning.message) for warning in told]
    assert [word.partition("/deep/")[2].partition(":")[0] for word in words] == [
        "link was registered",
        "old was not registered",
    ]
    shutil.rmtree(here / "deep" / "b")
    assert whole.download("there") == "there/deep"
    files = [path.relative_to(here / "there") for path in sorted((here / "there").rglob("*")) if path.is_file()]
    assert list(map(str, files)) == ["deep/a.bin", "deep/b/c.bin", "deep/link"]
    (here / "deep" / "link").unlink()
    part = Model.register(workspace, "deep", "deep", child_paths=["a.bin"])
    assert sorted(path.name for path in Path(Model.get_model_path("deep", _workspace=workspace)).iterdir()) == ["a.bin"]
    assert part.version == 2


def test_a_copy_that_was_changed_is_not_given(workspace: Workspace, here: Path) -> None:
    one = Model.register(workspace, "model.pkl", "ridge")
    place = Path(Model.get_model_path("ridge", _workspace=workspace))
    place.write_text("another")
    with pytest.raises(UserError, match="has changed since model ridge:1"):
        one.download("there")
    place.unlink()
    with pytest.raises(UserError, match=r"the file .*model\.pkl of model 'ridge' is gone"):
        one.download("there")
    assert not (here / "there").exists()


def test_a_document_by_hand_names_no_file_elsewhere(workspace: Workspace, here: Path) -> None:
    Model.register(workspace, "model.pkl", "ridge")
    path = Path(workspace.root, ".runpages", "models", "ridge", "1.json")
    document = json.loads(path.read_text())
    for name in ("../../../../model.pkl", str(here / "model.pkl")):
        path.write_text(json.dumps({**document, "artifact": name, "files": {name: "0"}}))
        with pytest.raises(UserError):
            Model(workspace, "ridge").download("there")


def test_what_is_refused_leaves_no_copy(workspace: Workspace, here: Path) -> None:
    Path(workspace.root).mkdir()
    for path, told in (
        (".", "holds the workspace .*name only the model"),
        (here / "runs", "holds the workspace"),
        ("other.pkl", r"other.pkl has no file to register as model 'ridge'; set model_path="),
    ):
        with pytest.raises(UserError, match=told):
            Model.register(workspace, path, "ridge")
    with pytest.raises(UserError, match=r"has no file 'c.bin', named in child_paths="):
        Model.register(workspace, "deep", "ridge", child_paths=["c.bin"])
    with pytest.raises(UserError):
        Model.register(workspace, "model.pkl", "ridge", tags=["a", "b"])
    assert copies(workspace, "ridge") == []
    with pytest.raises(UserError, match="no 'ridge' among its models"):
        Model(workspace, "ridge")


def test_a_disk_that_refuses_is_told(workspace: Workspace) -> None:
    Path(workspace.root).write_text("not a folder")
    with pytest.raises(StorageError, match=workspace.root):
        Model.register(workspace, "model.pkl", "ridge")


REGISTER = """
from runpages import Model, Workspace
print(Model.register(Workspace(root="runs"), "deep", "ridge").version)
"""


def test_processes_at_once_get_versions_of_their_own(workspace: Workspace, here: Path) -> None:
    command = [sys.executable, "-c", REGISTER]
    going = [subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sorted(process.communicate(timeout=60)[0] for process in going) == ["1\n", "2\n", "3\n"]
    assert len(copies(workspace, "ridge")) == 3
    for one in Model.list(workspace):
        assert Path(one.download(f"there-{one.version}"), "b", "c.bin").read_text() == "c"
