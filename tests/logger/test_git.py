"""What a run notes of its repository, and the patch that gives back what was not committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages import Run
from tests.logger.conftest import Git, Start, contents, git_in, read

pytestmark = pytest.mark.usefixtures("no_repository")


@pytest.fixture
def commit(git: Git, here: Path) -> str:
    """A commit of one file."""
    (here / "tracked.txt").write_text("first")
    git("add", "tracked.txt")
    git("commit", "--quiet", "--message=first")
    return git("rev-parse", "HEAD")


def noted(run: Run) -> dict[str, Any]:
    return read(run.folder).environment


# --- where it stands ---------------------------------------------------------------------------------------


def change(here: Path) -> None:
    (here / "tracked.txt").write_text("second")


def remove(here: Path) -> None:
    (here / "tracked.txt").unlink()


def stage(here: Path) -> None:
    (here / "staged.txt").write_text("new")
    subprocess.run(["git", "add", "staged.txt"], cwd=here, check=True)


def touch(here: Path) -> None:
    os.utime(here / "tracked.txt", (1, 1))


def add(here: Path) -> None:
    (here / "untracked.txt").write_text("new")


@pytest.mark.parametrize(
    ("act", "dirty"), [(change, True), (remove, True), (stage, True), (touch, False), (add, False)]
)
def test_dirty_is_what_differs_in_tracked_files(
    start: Start, here: Path, commit: str, act: Callable[[Path], None], dirty: bool
) -> None:
    act(here)
    assert noted(start(capture="git"))["git"] == {"dirty": dirty, "commit": commit, "branch": "main"}


def test_the_repository_may_lie_above(start: Start, here: Path, commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(here / "deep/er")
    change(here)
    assert noted(start(capture="git"))["git"] == {"dirty": True, "commit": commit, "branch": "main"}


def test_a_branch_may_have_any_name(start: Start, git: Git, commit: str) -> None:
    git("checkout", "--quiet", "-b", "feature/é-1")
    assert noted(start(capture="git"))["git"]["branch"] == "feature/é-1"


def test_a_detached_head_has_no_branch(start: Start, git: Git, commit: str) -> None:
    git("checkout", "--quiet", "--detach")
    assert noted(start(capture="git"))["git"] == {"dirty": False, "commit": commit}


def test_a_repository_without_a_commit_has_none(start: Start, git: Git) -> None:
    assert noted(start(capture="git"))["git"] == {"dirty": False, "branch": "main"}


def test_without_a_repository_nothing_is_told_of_git(start: Start) -> None:
    assert noted(start(capture=True)).keys() == {"python", "platform", "cpus", "command", "packages"}


@pytest.mark.parametrize("program", [None, "#!/bin/sh\nexit 1\n", "no program"])
def test_without_a_git_that_works_nothing_is_told_of_git(
    start: Start, here: Path, commit: str, monkeypatch: pytest.MonkeyPatch, program: str | None
) -> None:
    (here / "programs").mkdir()
    if program:
        (here / "programs/git").write_text(program)
        (here / "programs/git").chmod(0o755)
    monkeypatch.setenv("PATH", str(here / "programs"))
    assert noted(start(capture="git")) == {}


def test_to_ask_git_changes_nothing(start: Start, here: Path, git: Git, commit: str) -> None:
    (here / "hook").write_text("#!/bin/sh\ntouch ran\n")
    (here / "hook").chmod(0o755)
    git("config", "core.fsmonitor", str(here / "hook"))
    touch(here)
    before = contents(here / ".git")
    start(capture="git")
    assert contents(here / ".git") == before
    assert not (here / "ran").exists()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://host.org/team/x.git", "https://host.org/team/x.git"),
        ("https://user:token@host.org/team/x.git", "https://host.org/team/x.git"),
        ("https://token@host.org:8443/x.git", "https://host.org:8443/x.git"),
        ("https://user:to@ken@host.org/x.git", "https://host.org/x.git"),
        ("https://user:to?ken@host.org/x.git", "https://host.org/x.git"),
        ("https://user:token@host.org", "https://host.org"),
        ("https://host.org/x.git?private_token=token", "https://host.org/x.git"),
        ("https://proxy.org/https://user:token@host.org/x.git", "https://proxy.org/https://host.org/x.git"),
        ("ssh://git@host.org:22/team/x.git", "ssh://host.org:22/team/x.git"),
        ("ssh://user:token@host.org/~user/x.git", "ssh://host.org/~user/x.git"),
        *(
            (same, same)
            for same in ("git@host.org:team/x.git", "host.org:x.git", "/srv/x.git", "../x", "file:///srv/x")
        ),
    ],
)
def test_credentials_are_taken_out_of_the_remote(start: Start, git: Git, commit: str, address: str, told: str) -> None:
    git("remote", "add", "origin", address)
    run = start(capture="git")
    assert noted(run)["git"]["remote"] == told
    assert not any(b"token" in data for data in contents(run.folder).values())


# --- git that refuses --------------------------------------------------------------------------------------


@pytest.fixture
def foreign(here: Path, git: Git, commit: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository as a container sees it: of another user, by git's own switch for its tests."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    return here


def test_git_that_refuses_is_noted_with_what_mends_it_and_nothing_else_is_lost(start: Start, foreign: Path) -> None:
    run = start(capture=True)
    found = noted(run)
    assert found.keys() == {"python", "platform", "cpus", "command", "packages", "git"}
    assert list(found["git"]) == ["error"]
    assert "dubious ownership" in found["git"]["error"]
    assert f"git config --global --add safe.directory {foreign}" in found["git"]["error"]
    assert "\n" not in found["git"]["error"]
    run.complete()
    assert read(run.folder).status == "Completed"


def test_a_repository_that_cannot_be_compared_still_has_its_commit(
    start: Start, git: Git, here: Path, commit: str
) -> None:
    (here / ".gitattributes").write_text("*.txt filter=large\n")
    git("config", "filter.large.clean", "no-such-program")
    git("config", "filter.large.required", "true")
    (here / "tracked.txt").write_text("third")  # As long as before, so that git has to look into it.
    run = start(capture="git")
    assert noted(run)["git"] == {"error": "tracked.txt: clean filter 'large' failed", "commit": commit}


def test_a_git_that_takes_too_long_is_noted(
    start: Start, here: Path, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "programs").mkdir()
    real = shutil.which("git")
    (here / "programs/git").write_text(f'#!/bin/sh\ncase "$*" in *status*) sleep 5;; esac\nexec {real} "$@"\n')
    (here / "programs/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{here / 'programs'}:{os.environ['PATH']}")
    monkeypatch.setattr("runpages.capture.environment.SECONDS", 0.1)
    assert noted(start(capture="git"))["git"]["error"] == "git took longer than 0.1 seconds"


def test_a_patch_that_git_refuses_is_a_warning(start: Start, foreign: Path) -> None:
    with pytest.warns(RuntimeWarning, match="uncommitted changes were not stored: .*dubious ownership"):
        run = start(capture=("git", "patch"))
    assert not Path(run.folder, "git.diff").exists()
    assert "error" in noted(run)["git"]


# --- the patch ---------------------------------------------------------------------------------------------

BEFORE = {
    "kept.txt": b"same\n",
    "text.txt": b"one\ntwo\nthree\n",
    "dos.txt": b"one\r\ntwo\r\nmixed\n",
    "latin.txt": b"caf\xe9\nna\xefve\n",
    "noend.txt": b"no line feed",
    "data.bin": bytes(range(256)) * 4,
    "deep/old name.txt": b"line\n" * 40,
    "gone.txt": b"away\n",
    "emptied.txt": b"something\n",
    "tool.sh": b"#!/bin/sh\n",
    'odd/\u00e9 "quoted"\t.txt': b"odd\n",
    os.fsdecode(b"bytes-\xff.txt"): b"name\n",
    "converted.conv": b"lower\n",
}
AFTER = {
    **BEFORE,
    "text.txt": b"one\n2\nthree\n\x1b[31mfour",
    "dos.txt": b"one\r\n2\r\nmixed\r\n",
    "latin.txt": b"caf\xe9\nna\xefve \xff\xfe\r\n",
    "noend.txt": b"still no line feed",
    "data.bin": bytes(range(255, -1, -1)) * 4,
    "emptied.txt": b"",
    'odd/\u00e9 "quoted"\t.txt': b"diff --git a/x b/x\n",
    os.fsdecode(b"bytes-\xff.txt"): b"NAME\n",
    "converted.conv": b"LOWER\n",
    "new/binary.bin": b"\0\1\2",
    "new/empty.txt": b"",
}
del AFTER["gone.txt"]
AFTER["deep/new name.txt"] = AFTER.pop("deep/old name.txt") + b"and more\n"

SETTINGS = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.context": "0",
    "diff.external": "false",
    "diff.renames": "copies",
    "diff.relative": "true",
    "diff.submodule": "log",
    "diff.suppressBlankEmpty": "true",
    "diff.conv.textconv": "tr a-z A-Z <",
    "color.ui": "always",
    "core.quotePath": "false",
}


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold these files, and no other of those above."""
    for name in {**BEFORE, **AFTER}.keys() - files.keys():
        (folder / name).unlink(missing_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def found(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """The files of a checkout with their bytes and whether they can be run."""
    names = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {
        os.path.relpath(path, folder): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in names
        if path.relative_to(folder).parts[0] not in ("runs", "clean")
    }


def applied(run: Run, repository: Path, commit: str, place: Path) -> dict[str, tuple[bytes, bool]]:
    """A clean checkout of a commit, with its submodules, after the run's patch."""
    git_in(repository, "clone", "--quiet", "--recurse-submodules", str(repository), str(place))
    git_in(place, "checkout", "--quiet", commit)
    git_in(place, "apply", "--whitespace=nowarn", str(Path(run.folder, "git.diff")))
    return found(place)


def configure(git: Git) -> None:
    for name, text in SETTINGS.items():
        git("config", name, text)


def test_a_clean_checkout_with_the_patch_is_the_working_tree(
    start: Start, git: Git, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {**BEFORE, ".gitattributes": b"*.conv diff=conv\n"})
    (here / ".gitignore").write_text("/clean\n/runs\n")
    git("add", "--all")
    git("commit", "--quiet", "--message=first")
    commit = git("rev-parse", "HEAD")
    write(here, AFTER)
    (here / "tool.sh").chmod(0o755)
    (here / "link").symlink_to("text.txt")
    git("add", "--all")
    (here / "text.txt").write_bytes(AFTER["text.txt"] + b"\nafter the index")
    configure(git)
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    monkeypatch.chdir(here / "deep")
    run = start(capture="patch")
    git("config", "--unset", "diff.noprefix")
    assert applied(run, here, commit, here / "clean") == found(here)


def test_a_repository_without_a_commit_gives_what_is_staged(start: Start, git: Git, here: Path) -> None:
    write(here, {"a.bin": b"\0\xff"})
    git("add", "a.bin")
    run = start(capture="patch")
    (here / "clean").mkdir()
    git_in(here / "clean", "init", "--quiet")
    git_in(here / "clean", "apply", str(Path(run.folder, "git.diff")))
    assert (here / "clean/a.bin").read_bytes() == b"\0\xff"


def test_the_patch_holds_what_changed_in_submodules(start: Start, here: Path) -> None:
    library, inner, top = here / "library", here / "inner", here / "top"
    for folder, file in ((inner, b"i\n"), (library, b"l\r\n"), (top, b"t\n")):
        folder.mkdir()
        git_in(folder, "init", "--quiet", "--initial-branch=main")
        write(folder, {"a.txt": file, "b.bin": b"\0" * 9})
        if folder is not inner:
            git_in(folder, "submodule", "--quiet", "add", str(inner if folder is library else library), "sub m\u00e9")
        git_in(folder, "add", "--all")
        git_in(folder, "commit", "--quiet", "--message=first")
    git_in(top, "submodule", "--quiet", "update", "--init", "--recursive")
    commit = git_in(top, "rev-parse", "HEAD")
    sub = top / "sub m\u00e9"
    write(sub, {"a.txt": b"of a commit\r\n", "b.bin": b"\1" * 9})
    git_in(sub, "commit", "--quiet", "--all", "--message=not pushed")
    git_in(sub, "mv", "b.bin", "moved.bin")
    write(sub / "sub m\u00e9", {"a.txt": b"deep\n", "new.txt": b"new"})
    (sub / "sub m\u00e9/id_rsa").write_text("a key")
    git_in(sub / "sub m\u00e9", "add", "--all")
    write(top, {"a.txt": b"T\n"})
    os.chdir(top)
    run = start(capture="patch", root=here / "runs")
    assert b"a key" not in Path(run.folder, "git.diff").read_bytes()
    (sub / "sub m\u00e9/id_rsa").unlink()
    assert applied(run, top, commit, here / "clean") == found(top)


def test_a_submodule_that_git_refuses_is_a_warning_and_the_rest_is_kept(start: Start, git: Git, here: Path) -> None:
    (here / "library").mkdir()
    git_in(here / "library", "init", "--quiet")
    write(here / "library", {"a.txt": b"a\n"})
    git_in(here / "library", "add", "--all")
    git_in(here / "library", "commit", "--quiet", "--message=first")
    git("submodule", "--quiet", "add", str(here / "library"), "sub")
    write(here, {"text.txt": b"old\n"})
    git("add", "text.txt")
    git("commit", "--quiet", "--message=first")
    write(here, {"text.txt": b"new\n"})
    (here / ".git/modules/sub/config").write_text("[core]\n\trepositoryformatversion = 99\n")
    with pytest.warns(RuntimeWarning, match="in the submodule sub were not stored: .*version"):
        run = start(capture="patch")
    assert b"-old\n+new\n" in Path(run.folder, "git.diff").read_bytes()


def test_a_submodule_that_was_added_since_is_in_the_patch_and_one_not_checked_out_is_passed_over(
    start: Start, git: Git, here: Path, commit: str
) -> None:
    for name in ("added", "absent"):
        (here / name).mkdir()
        git_in(here / name, "init", "--quiet")
        (here / name / "a.txt").write_text(name)
        git_in(here / name, "add", "--all")
        git_in(here / name, "commit", "--quiet", "--message=first")
        git("-c", "advice.addEmbeddedRepo=false", "add", name)
    shutil.rmtree(here / "absent" / ".git")
    run = start(capture="patch")
    kept = Path(run.folder, "git.diff").read_bytes()
    assert b"+added" in kept
    assert b"absent" not in kept


def test_a_secret_is_in_no_patch_whatever_its_name_was_or_is(start: Start, git: Git, here: Path) -> None:
    write(here, {".env": b"TOKEN=1\n" * 9, "plain.txt": b"plain\n" * 9, "\u00e9\t/.env": b"TOKEN=2\n"})
    git("add", "--force", "--all")
    git("commit", "--quiet", "--message=first")
    git("mv", "plain.txt", "id_rsa")
    (here / "\u00e9\t/.env").write_text("TOKEN=3\n")
    (here / ".env").write_text("TOKEN=4\n")
    run = start(capture="patch")
    assert b"TOKEN" not in Path(run.folder, "git.diff").read_bytes()
    assert b"id_rsa" not in Path(run.folder, "git.diff").read_bytes()


def test_what_is_not_committed_is_kept_where_it_is_asked_for(start: Start, git: Git, here: Path, commit: str) -> None:
    for name in ("secret.pem", "a.txt", "z.txt"):
        (here / name).write_text("old\n")
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    assert "diff" not in noted(start(capture=("git", "patch")))["git"]
    for name in ("secret.pem", "a.txt", "z.txt", ".env"):
        (here / name).write_text("new\n")
    assert "diff" not in noted(start(capture=True))["git"]
    run = start(capture=("git", "patch"))
    assert noted(run)["git"]["diff"] == "git.diff"
    kept = Path(run.folder, "git.diff").read_text()
    assert [line for line in kept.splitlines() if line.startswith("diff")] == [
        "diff --git a/a.txt b/a.txt",
        "diff --git a/z.txt b/z.txt",
    ]
    assert "-old\n+new\n" in kept


def test_a_large_patch_is_told_and_left_out(start: Start, git: Git, here: Path, commit: str) -> None:
    (here / "tracked.txt").write_text("much\n" * 500_000)
    with pytest.warns(RuntimeWarning, match="uncommitted changes of"):
        run = start(capture=("git", "patch"))
    assert not Path(run.folder, "git.diff").exists()
