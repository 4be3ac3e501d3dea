"""What a script leaves in its output folders is in the run when it ends, however it ends."""

from __future__ import annotations

import io
import os
import re
import resource
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runpages
from runpages import ConflictError, Experiment, Run, UserError, Workspace
from runpages.capture.outputs import NAMED
from runpages.format.layout import folded
from tests.examples import examples
from tests.logger.conftest import Script, Start, contents, read, the_run


def write(path: Path | str, text: str = "new") -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def kept(run: Run) -> dict[str, str]:
    """The artifacts as a reader of the run finds them."""
    found = read(run.folder).artifacts
    return {file.name: Path(run.folder, file.file).read_text(encoding="utf-8") for file in found}


# --- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [Run.complete, Run.fail, Run.cancel])
def test_outputs_are_collected_however_the_run_ends(run: Run, end: Callable[[Run], None]) -> None:
    write("outputs/model.pkl")
    end(run)
    assert kept(run) == {"outputs/model.pkl": "new"}
    assert run.get_file_names() == ["outputs/model.pkl"]
    assert Path("outputs/model.pkl").read_text() == "new"


def test_outputs_are_collected_at_the_end_of_the_block(start: Start) -> None:
    with start() as run:
        write("outputs/a")
        assert run.get_file_names() == []
    assert kept(run) == {"outputs/a": "new"}


def test_outputs_are_collected_when_the_block_raises(start: Start) -> None:
    with pytest.raises(ZeroDivisionError), start() as run:
        write("outputs/a")
        1 / 0  # noqa: B018
    assert (run.status, kept(run)) == ("Failed", {"outputs/a": "new"})


@pytest.mark.parametrize(("last", "code"), [("", 0), ("raise ValueError", 1), ("import sys; sys.exit(3)", 3)])
def test_outputs_are_collected_at_the_end_of_the_script(script: Script, here: Path, last: str, code: int) -> None:
    text = (
        "import os, runpages\nrunpages.start('e', capture=False)\nos.mkdir('outputs')\nopen('outputs/a', 'w').close()\n"
    )
    script(text + last, code=code)
    assert [file.name for file in the_run(here / "runs").artifacts] == ["outputs/a"]


def test_what_comes_after_the_end_is_not_collected(run: Run) -> None:
    run.complete()
    write("outputs/late")
    run.complete()
    assert kept(run) == {}


# --- what --------------------------------------------------------------------------------------------------


def test_folders_within_are_collected_with_their_paths(run: Run) -> None:
    names = ["outputs/a", "outputs/b c/é 😀.txt", "outputs/d/e/f", "outputs/.hidden/g", "outputs/.h", "outputs/x~41"]
    for name in names:
        write(name, name)
    Path("outputs/empty").mkdir()
    run.complete()
    assert kept(run) == {name: name for name in names}


def test_what_an_earlier_run_left_is_collected_only_when_it_changed(start: Start) -> None:
    for name in ("same", "longer", "touched", "deep/same", "removed"):
        write(f"outputs/{name}", "old")
    moment = os.stat("outputs/longer").st_mtime_ns
    run = start()
    os.utime(write("outputs/longer", "old and new"), ns=(moment, moment))
    os.utime(write("outputs/touched", "OLD"), ns=(1, 1))
    write("outputs/deep/new")
    Path("outputs/removed").unlink()
    run.complete()
    assert kept(run) == {"outputs/longer": "old and new", "outputs/touched": "OLD", "outputs/deep/new": "new"}


def test_each_run_has_its_own_files(start: Start) -> None:
    found = []
    for name in ("first", "second"):
        with start() as run:
            write(f"outputs/{name}")
        found.append(run.get_file_names())
    assert found == [["outputs/first"], ["outputs/second"]]


def test_a_file_that_was_uploaded_is_not_doubled(run: Run) -> None:
    run.upload_file("outputs/a", write("outputs/a"))
    run.complete()
    assert kept(run) == {"outputs/a": "new"}


@pytest.mark.parametrize("text", ["longer than it", "old"])
def test_a_file_that_was_uploaded_stays_and_another_of_its_name_is_told(run: Run, text: str) -> None:
    run.upload_file("outputs/a", io.BytesIO(b"new"))
    write("outputs/a", text)
    write("outputs/b")
    with pytest.warns(RuntimeWarning, match="outputs/a was already uploaded with different content"):
        run.complete()
    assert (run.status, kept(run)) == ("Completed", {"outputs/a": "new", "outputs/b": "new"})


# --- which folders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        *((False, []), ([], []), (None, ["outputs/x"]), (True, ["outputs/x"])),
        *((folder, ["results/x"]) for folder in ("results", "./results/", Path("results"))),
        (["outputs", "results", "missing"], ["outputs/x", "results/x"]),
        (["deep/er"], ["deep/er/x"]),
    ],
)
def test_the_folders_may_be_chosen(start: Start, outputs: Any, names: list[str]) -> None:
    run = start(outputs=outputs)
    for folder in ("outputs", "results", "deep/er", "other"):
        write(f"{folder}/x", folder)
    run.complete()
    assert kept(run) == {name: name.removesuffix("/x") for name in names}


def test_a_folder_elsewhere_is_collected_under_its_own_name(start: Start, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("elsewhere") / "results"
    run = start(outputs=[str(folder)])
    write(folder / "a/x")
    run.complete()
    assert kept(run) == {"results/a/x": "new"}


@pytest.mark.parametrize(
    ("outputs", "made"), [(None, ["outputs"]), (True, ["outputs"]), (["a", "b/c"], ["a", "b", "b/c"]), (False, [])]
)
def test_start_logging_makes_the_folders(here: Path, outputs: Any, made: list[str]) -> None:
    run = Experiment(Workspace(root=here / "runs"), "e").start_logging(outputs, capture=False)
    assert [path for path in contents(here) if not path.startswith("runs")] == made
    for folder in made:
        write(f"{folder}/x")
    run.complete()
    assert run.get_file_names() == [f"{folder}/x" for folder in made if folder != "b"]


@pytest.mark.parametrize("outputs", [None, True, "a", ["a", "b"]])
def test_start_makes_no_folder(start: Start, here: Path, outputs: Any) -> None:
    start(outputs=outputs).complete()
    assert [path for path in contents(here) if not path.startswith("runs")] == []


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        *((folder, "above the working folder") for folder in ("..", "../x", ["outputs", "a/../../x"])),
        (".", "holds the workspace"),
        ("", "holds the workspace"),
        ("runs", "holds the workspace"),
        ("/", "holds the workspace"),
    ],
)
def test_a_folder_that_cannot_be_collected_is_refused(start: Start, here: Path, outputs: Any, told: str) -> None:
    last = outputs[-1] if isinstance(outputs, list) else outputs
    with pytest.raises(UserError, match=f"{re.escape(repr(last))}.*{told}"):
        start(outputs=outputs)
    assert contents(here) == {}


@pytest.mark.parametrize("outputs", [3, [3], b"x", ["a", None], "a\0b"])
def test_outputs_are_paths(start: Start, here: Path, outputs: Any) -> None:
    last = outputs[-1] if isinstance(outputs, list) else outputs
    with pytest.raises(UserError, match=f"outputs= must be a path, not {re.escape(repr(last))}"):
        start(outputs=outputs)
    assert contents(here) == {}


def test_a_folder_below_one_that_is_gone_is_refused(start: Start, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "gone").mkdir()
    monkeypatch.chdir("gone")
    (here / "gone").rmdir()
    with pytest.raises(UserError, match=r"outputs='outputs' is below the current folder, which no longer exists"):
        start(outputs=True)
    (here / "kept").mkdir()
    with start(outputs=str(here / "kept"), capture=True) as run:
        (here / "kept" / "a").touch()
    assert run.get_file_names() == ["kept/a"]


@pytest.mark.parametrize("outputs", ["linked", "linked/runs"])
def test_a_link_to_what_holds_the_workspace_is_refused(start: Start, here: Path, outputs: str) -> None:
    (here / "linked").symlink_to(here)
    try:
        with pytest.raises(UserError, match=f"{outputs!r}.*holds the workspace"):
            start(outputs=outputs)
    finally:
        (here / "linked").unlink()  # A run that did start would collect its own files until no path is long enough.


def test_a_folder_beside_or_in_the_workspace_is_no_danger(start: Start) -> None:
    run = start(outputs=["runs-outputs", "runs/outputs"])
    write("runs-outputs/a")
    write("runs/outputs/b")
    run.complete()
    assert kept(run) == {"runs-outputs/a": "new", "runs/outputs/b": "new"}


def test_the_working_folder_may_change_after_the_start(
    start: Start, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start()
    write("outputs/a")
    write("elsewhere/outputs/b")
    monkeypatch.chdir("elsewhere")
    run.complete()
    assert kept(run) == {"outputs/a": "new"}


# --- what cannot be collected ------------------------------------------------------------------------------


def backward_name() -> str:
    return str(write("outputs/a\\..\\b"))


def link_to_nothing() -> str:
    Path("outputs/broken").symlink_to("gone")
    return "outputs/broken"


def link_to_itself() -> str:
    Path("outputs/round").symlink_to("round")
    return "outputs/round"


@pytest.mark.parametrize("make", [backward_name, link_to_nothing, link_to_itself])
def test_a_file_that_cannot_be_collected_is_told(run: Run, make: Callable[[], str]) -> None:
    write("outputs/a")
    write("outputs/z")
    path = make()
    with pytest.warns(RuntimeWarning, match=re.escape(f"{path} was not collected")):
        run.complete()
    found = read(run.folder)
    assert (run.status, found.status) == ("Completed", "Completed")
    assert kept(run) == {"outputs/a": "new", "outputs/z": "new"}
    assert found.uncollected and [name for name, reason in found.uncollected.files if reason] == [path]
    assert (found.uncollected.total, found.uncollected.place) == (1, None)
    assert run.get_details()["uncollected"]["files"][0]["path"] == path


def test_an_error_of_the_disk_names_the_file_and_the_others_are_collected(run: Run) -> None:
    write("outputs/a")
    write("outputs/large", "x" * 5000)
    write("outputs/z")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.warns(RuntimeWarning, match="outputs/large was not collected: File too large"):
            run.complete()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert kept(run) == {"outputs/a": "new", "outputs/z": "new"}
    found = read(run.folder).uncollected
    assert found and found.files == [("outputs/large", "File too large")]
    assert [path for path in os.listdir(run.folder) if path.endswith(".tmp")] == []


def test_of_very_many_files_the_first_are_named(run: Run) -> None:
    for n in range(NAMED + 3):
        write(f"outputs/{n:03}\\..")
    with pytest.warns(RuntimeWarning, match="not collected"):
        run.complete()
    found = read(run.folder).uncollected
    assert found and (found.total, len(found.files)) == (NAMED + 3, NAMED)


def test_a_folder_too_deep_to_be_read_is_named(run: Run, here: Path) -> None:
    write("outputs/a")
    os.chdir("outputs")
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    Path("file").write_text("new")
    os.chdir(here)
    with pytest.warns(RuntimeWarning, match="not collected: File name too long"):
        run.complete()
    assert kept(run) == {"outputs/a": "new"}
    found = read(run.folder).uncollected
    assert found and found.total == 1


# --- names that some disk does not take --------------------------------------------------------------------

CLASHING = [
    ["Model.pkl", "model.pkl", "MODEL.pkl", "mODEL.pkl"],
    ["Deep/a", "deep/a", "deep/A", "DEEP/b"],
    ["\u00e9.txt", "e\u0301.txt", "\u00c9.txt"],
    ["stra\u00dfe", "strasse", "STRASSE"],
    ["nul", "NUL", "Nul", "nuL"],
    ["ab:", "AB:", "ab~3a", "AB~3a", "Ab~3A"],
    [".a.tmp", ".A.tmp", ".a.TMP"],
    ["end.", "End.", "END."],
    ["x" * 255, "X" * 255, "x" * 251 + ".pkl", "\u00e9" * 121 + ".png", "y" * 241],
    ["/".join(["deep folder"] * 100) + "/a.txt", "/".join(["deep folder"] * 100) + "/A.txt"],
    [os.fsdecode(b"\xff\xfe.bin"), os.fsdecode(b"\xff\xfd.bin")],
    [".env", ".ENV"],
]


@pytest.mark.parametrize("names", CLASHING, ids=lambda names: names[0][:9])
def test_every_name_that_the_disk_has_comes_back(run: Run, here: Path, names: list[str]) -> None:
    for name in names:
        write(f"outputs/{name}", name.encode("utf-8", "surrogateescape").hex())
    run.complete()
    expected = {f"outputs/{name}": name.encode("utf-8", "surrogateescape").hex() for name in names}
    assert kept(run) == expected
    assert read(run.folder).uncollected is None
    assert run.get_file_names() == sorted(expected)
    paths = [file.file for file in read(run.folder).artifacts]
    assert len({folded(path) for path in paths}) == len(names)
    assert all(len(part.encode()) <= 240 for path in paths for part in path.split("/"))
    for name, text in expected.items():
        run.download_file(name, here / "back")
        assert (here / "back").read_text() == text
    run.download_files("outputs", here / "all")
    assert {name: (here / "all" / name).read_text() for name in expected} == expected


def test_a_name_that_meets_an_upload_is_kept_as_well(run: Run) -> None:
    run.upload_file("Outputs/a", io.BytesIO(b"old"))
    write("outputs/a")
    run.complete()
    assert kept(run) == {"Outputs/a": "old", "outputs/a": "new"}
    with pytest.raises(ConflictError, match="outputs/a"):
        run.upload_file("outputs/a", io.BytesIO(b"third"))


letters = st.sampled_from(
    [*"aAbB.~ 4e:\\|?\u00e9\u00c9\u0301\u00df\u017f\U0001f600\n\x7f", "tmp", "con", "~2e", "x" * 90]
)
segments = st.lists(letters, min_size=1, max_size=6).map("".join).filter(lambda text: text not in (".", ".."))


@settings(max_examples=examples(0.3))
@given(st.sets(st.lists(segments, min_size=1, max_size=2).map("/".join), max_size=6))
def test_files_of_any_names_come_back_under_them(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as root:
        outputs = Path(root, "outputs")
        run = runpages.start("e", root=f"{root}/runs", capture=False, outputs=str(outputs))
        made = {}
        for name in names:
            try:
                made[f"outputs/{os.path.relpath(write(outputs / name, repr(name)), outputs)}"] = repr(name)
            except OSError:
                continue  # Another of the names is a folder, or a file in its way.
        run.complete()
        assert kept(run) == made


# --- other files -------------------------------------------------------------------------------------------


def test_a_file_with_a_name_of_temporary_files_is_collected(run: Run) -> None:
    write("outputs/.model.tmp")
    run.complete()
    assert kept(run) == {"outputs/.model.tmp": "new"}


def test_a_pipe_is_passed_over(run: Run) -> None:
    write("outputs/a")
    os.mkfifo("outputs/pipe")
    run.complete()
    assert kept(run) == {"outputs/a": "new"}


def test_a_link_to_what_has_no_end_is_not_followed(run: Run) -> None:
    write("outputs/a")
    os.mkfifo("pipe")
    Path("outputs/zero").symlink_to("/dev/zero")
    Path("outputs/link").symlink_to("../pipe")
    with pytest.warns(RuntimeWarning, match="not a regular file"):
        run.complete()
    assert kept(run) == {"outputs/a": "new"}


def test_upload_folder_passes_over_a_pipe(run: Run) -> None:
    write("data/a")
    os.mkfifo("data/pipe")
    with pytest.warns(RuntimeWarning, match="data/pipe was not uploaded: it is not a regular file"):
        run.upload_folder("d", "data")
    assert kept(run) == {"d/a": "new"}


# --- links -------------------------------------------------------------------------------------------------


def test_a_link_out_of_the_folder_to_a_file_is_followed_and_reported(run: Run, here: Path) -> None:
    # The user's own script made it: what it links to is what it wants to keep. The run holds a copy and no link.
    target = write("elsewhere/best.pkl", "the best")
    Path("outputs").mkdir()
    Path("outputs/model.pkl").symlink_to("../elsewhere/best.pkl")
    with pytest.warns(
        RuntimeWarning, match=re.escape(f"outputs/model.pkl was collected: it is a link to {here / target} outside of")
    ):
        run.complete()
    assert kept(run) == {"outputs/model.pkl": "the best"}
    assert not Path(run.folder, "artifacts/outputs/model.pkl").is_symlink()


def test_a_link_within_the_folder_is_followed_without_a_word(run: Run) -> None:
    write("outputs/epoch 9.pt", "weights")
    Path("outputs/latest.pt").symlink_to("epoch 9.pt")
    run.complete()
    assert kept(run) == {"outputs/epoch 9.pt": "weights", "outputs/latest.pt": "weights"}


@pytest.mark.parametrize(
    ("secret", "link"),
    [(".ssh/config", "../.ssh/config"), ("keys/id_rsa", "../keys/id_rsa"), ("outputs/.env", ".env")],
)
@pytest.mark.parametrize("middle", [False, True])
def test_a_link_is_judged_by_the_name_of_its_target(run: Run, secret: str, link: str, middle: bool) -> None:
    write(secret, "a key")
    write("outputs/a")
    if middle:
        Path("middle").symlink_to(Path("outputs", link).resolve())
        link = "../middle"
    Path("outputs/notes.txt").symlink_to(link)
    with pytest.warns(RuntimeWarning, match=rf"outputs/notes.txt was not collected.*{secret}.*keys or passwords"):
        run.complete()
    assert "outputs/notes.txt" not in kept(run)
    assert kept(run)["outputs/a"] == "new"


def test_a_link_to_a_folder_is_not_followed_and_reported_where_it_leads_out(run: Run, here: Path) -> None:
    write("outputs/a/x")
    write("elsewhere/secret")
    Path("outputs/elsewhere").symlink_to(here / "elsewhere")
    for place, target in {"outputs/loop": ".", "outputs/up": "..", "outputs/a/back": "../a"}.items():
        Path(place).symlink_to(target)
    with pytest.warns(RuntimeWarning) as told:
        run.complete()
    assert kept(run) == {"outputs/a/x": "new"}
    assert [str(one.message) for one in told] == [
        f"{here}/outputs/elsewhere was not collected: it is a link to the folder {here}/elsewhere outside of "
        f"{here}/outputs",
        f"{here}/outputs/up was not collected: it is a link to the folder {here} outside of {here}/outputs",
    ]


def test_a_link_that_was_there_before_the_run_is_no_new_output(start: Start) -> None:
    write("keys/id_rsa")
    Path("outputs").mkdir()
    Path("outputs/notes.txt").symlink_to("../keys/id_rsa")
    Path("outputs/keys").symlink_to("../keys")
    run = start()
    run.complete()
    assert kept(run) == {}


def test_upload_folder_treats_links_as_outputs_are_treated(run: Run) -> None:
    write("data/a", "a")
    write("keys/id_rsa", "a key")
    write("elsewhere/b", "b")
    Path("data/notes.txt").symlink_to("../keys/id_rsa")
    Path("data/b").symlink_to("../elsewhere/b")
    Path("data/folder").symlink_to("../elsewhere")
    with pytest.warns(RuntimeWarning) as told:
        run.upload_folder("d", "data")
    assert kept(run) == {"d/a": "a", "d/b": "b"}
    assert [re.sub(" .*", "", str(one.message)) for one in told] == ["data/b", "data/folder", "data/notes.txt"]


def test_the_folder_itself_may_be_a_link(run: Run) -> None:
    write("scratch/a")
    Path("outputs").symlink_to("scratch")
    run.complete()
    assert kept(run) == {"outputs/a": "new"}
