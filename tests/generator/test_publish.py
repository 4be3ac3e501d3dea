"""What is published stays: two machines publish to one place, a publish is killed, a destination cannot be read."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from runpages_site.build import Options, build
from runpages_site.check import html
from runpages_site.check.site import check
from runpages_site.command import runpages
from runpages_site.publish import publish, space
from runpages_site.publish.destination import Moved, PublishError
from runpages_site.publish.git import GitBranch
from runpages_site.publish.rsync import Rsync
from runpages_site.publish.zip_file import ZipSite

from .published import KINDS, add_run, broken, destination, kill, loopback, runs


@pytest.fixture(scope="module")
def ssh() -> Iterator[None]:
    with loopback():
        yield


def published(*arguments: object) -> Result:
    return CliRunner().invoke(runpages, ["publish", *map(str, arguments)])


def done(*arguments: object) -> str:
    result = published(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("ssh")
@pytest.mark.parametrize("kind", KINDS)
def test_two_machines_that_hold_their_own_run_only_publish_both(tmp_path: Path, kind: str) -> None:
    to = destination(kind, tmp_path)
    for name in ("a", "b"):
        add_run(tmp_path / name, name)
        assert f"published to {to}" in done(to, tmp_path / name)
    assert runs(kind, tmp_path) == {"a", "b"}
    assert "nothing new" in done(to, tmp_path / "b") or kind == "zip"
    done(to, tmp_path / "b", "--mirror")
    assert runs(kind, tmp_path) == {"b"}
    assert broken(kind, tmp_path) == []


@pytest.mark.usefixtures("ssh")
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment_the_site_is_whole_and_the_next_publish_ends_it(tmp_path: Path, kind: str) -> None:
    workspace, chance = tmp_path / "runs", random.Random(kind)
    add_run(workspace, "r0")
    done(destination(kind, tmp_path), workspace, "-q")
    assert kill(kind, tmp_path, workspace, chance, 0.8) == []
    done(destination(kind, tmp_path), workspace, "--mirror", "-q")
    assert runs(kind, tmp_path) == {path.name for path in (workspace / "demo").iterdir()}


@pytest.mark.usefixtures("ssh")
def test_a_folder_that_another_machine_writes_as_well_keeps_the_runs_of_both(tmp_path: Path) -> None:
    for kind, name in (("folder", "a"), ("rsync", "b"), ("folder", "a")):
        add_run(tmp_path / name, name)
        done(destination(kind, tmp_path), tmp_path / name)
    assert runs("folder", tmp_path) == {"a", "b"}


@pytest.mark.parametrize(
    ("which", "left"),
    [("200 runs", "abcd"), ("2 runs", "cd"), ("1d", "cd"), ("best 1", "b"), ("best 2", "bc")],
)
def test_what_is_retained_of_both(tmp_path: Path, which: str, left: str) -> None:
    """Runs a and b are published before, c and d are of the workspace; b is the best."""
    losses = {"a": 0.4, "b": 0.1, "c": 0.2, "d": 0.3}
    for at, (name, loss) in enumerate(losses.items()):
        folder = add_run(tmp_path / ("old" if name in "ab" else "new"), name, loss)
        day = "2020-01-01" if name in "ab" else "2100-01-01"
        (folder / "run.json").write_text(
            f'{{"format": 1, "status": "Completed", "created": "{day}T0{at}:00:00Z", "ended": "{day}T0{at}:30:00Z"}}'
        )
    to = destination("folder", tmp_path)
    done(to, tmp_path / "old")
    done(to, tmp_path / "new", "--retain", which)
    assert runs("folder", tmp_path) == set(left)


def test_what_is_retained_must_be_spelled_right(tmp_path: Path) -> None:
    for which in ("", "90", "best", "0d", "1 week"):
        result = published(tmp_path / "site", tmp_path / "runs", "--retain", which)
        assert result.exit_code == 2
        assert "such as 90d" in result.output


def test_a_run_that_goes_on_stays(tmp_path: Path) -> None:
    from runpages.format import status
    from tests.format.folder import line

    for name in ("a", "b"):
        folder = add_run(tmp_path / "runs", name)
        facts = {"format": 1, "status": "Running", "created": f"2020-01-0{'ab'.index(name) + 1}T00:00:00Z"}
        (folder / "run.json").write_text(line({**facts, "owner": status.owner()} if name == "a" else facts))
    done(destination("folder", tmp_path), tmp_path / "runs", "--retain", "1d")
    assert "a" in runs("folder", tmp_path)


# --- destinations that cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize("damage", [b"{", b'{"runpages": "site", "format": 2, "files": []}', b'{"runpages": "x"}'])
def test_a_folder_with_a_damaged_manifest_is_refused(tmp_path: Path, damage: bytes) -> None:
    add_run(tmp_path / "a", "a")
    add_run(tmp_path / "b", "b")
    done(tmp_path / "site", tmp_path / "a")
    manifest = tmp_path / "site" / ".runpages-site.json"
    manifest.write_bytes(b'{"runpages": "site"' if damage == b"{" else damage)
    before = {path: path.read_bytes() for path in (tmp_path / "site").rglob("*.html")}
    result = published(tmp_path / "site", tmp_path / "b")
    assert result.exit_code == 2
    assert {path: path.read_bytes() for path in (tmp_path / "site").rglob("*.html")} == before


@pytest.mark.usefixtures("ssh")
@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nowhere/site", "is it mounted?"),
        ("nowhere.git", "git failed"),
        ("broken.zip", "cannot be read"),
        ("folder.zip", "cannot be read"),
        ("loopback:{}/nowhere/site", "rsync failed"),
        ("loopback:..", "names no folder"),
        ("-x:y", "No such option"),
        ("text.txt", "is a file"),
        ("others", "did not write"),
    ],
)
def test_a_destination_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    add_run(tmp_path / "runs", "a")
    Path("broken.zip").write_bytes(b"PK")
    Path("text.txt").write_text("")
    Path("folder.zip").mkdir()
    Path("others").mkdir()
    Path("others/mine.txt").write_text("")
    result = published(to.format(tmp_path), "runs")
    assert result.exit_code == 2
    assert said in result.output


def test_without_a_workspace_nothing_is_published(tmp_path: Path) -> None:
    result = published(destination("git", tmp_path), tmp_path / "none")
    assert result.exit_code == 2
    assert "no workspace" in result.output


# --- git -------------------------------------------------------------------------------------------------


def of_git(place: Path, *arguments: str) -> str:
    command = ["git", "--git-dir", str(place), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_history_is_kept_or_squashed(tmp_path: Path) -> None:
    to, place = destination("git", tmp_path), tmp_path / "site.git"
    for name in ("a", "b"):
        add_run(tmp_path / "runs", name)
        done(to, tmp_path / "runs")
    assert of_git(place, "log", "--format=%s", "gh-pages").splitlines() == [
        "Publish 2 runs in 1 experiment",
        "Publish 1 run in 1 experiment",
    ]
    paths = of_git(place, "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
    assert {".nojekyll", ".runpages-site.json", "index.html"} <= set(paths)
    assert [path for path in paths if path.startswith((".runpages/", ".runpages-w", ".runpages-u"))] == []
    add_run(tmp_path / "runs", "c")
    done(str(place), tmp_path / "runs", "--squash")
    assert of_git(place, "log", "--format=%s", "gh-pages").splitlines() == ["Publish 3 runs in 1 experiment"]
    assert runs("git", tmp_path) == {"a", "b", "c"}


@pytest.mark.parametrize("squash", [False, True])
def test_of_two_publishes_at_the_same_time_the_second_fetches_again(
    tmp_path: Path, squash: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = destination("git", tmp_path)
    for name in ("a", "b", "c"):
        add_run(tmp_path / name, name)
    done(to, tmp_path / "a")
    send, others = GitBranch.send, ["c"]

    def late(self: GitBranch, mirror: Path, message: str) -> bool:
        while others:
            done(to, tmp_path / others.pop())
        return send(self, mirror, message)

    monkeypatch.setattr(GitBranch, "send", late)
    assert "after 1 publish of others" in done(to, tmp_path / "b", *["--squash"] * squash)
    assert runs("git", tmp_path) == {"a", "b", "c"}


def test_files_of_others_in_a_branch_stay_and_a_branch_of_code_is_refused(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    code = tmp_path / "code"
    subprocess.run(["git", "init", "-q", "-b", "main", code], check=True)
    (code / "CNAME").write_text("example.org")
    commit = ["-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qm", "x"]
    for extra in ("", "train.py"):
        (code / (extra or "README.md")).write_text("")
        subprocess.run(["git", "-C", code, "add", "-A"], check=True)
        subprocess.run(["git", "-C", code, *commit], check=True)
        subprocess.run(["git", "-C", code, "branch", f"pages{extra}"], check=True)
    done(f"{code}#pages", tmp_path / "runs")
    paths = of_git(code / ".git", "ls-tree", "--name-only", "pages").splitlines()
    assert {"CNAME", "README.md", "index.html"} <= set(paths)
    result = published(f"{code}#pagestrain.py", tmp_path / "runs")
    assert result.exit_code == 2
    assert "train.py; name another branch" in result.output


def test_a_space_gets_the_front_matter_of_a_static_site_and_keeps_its_readme(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    mirror = tmp_path / "mirror"
    place = tmp_path / "space.git"
    subprocess.run(["git", "init", "-q", "--bare", place], check=True)
    to = GitBranch(str(place), "main", title='The "lab"')
    publish.publish(tmp_path / "runs", to, now=0.0, version="1", options=Options(keep=True))
    assert of_git(place, "show", "main:README.md") == (
        '---\ntitle: "The \\"lab\\""\nsdk: static\napp_file: index.html\n---\n'
    )
    assert "*.zip" in of_git(place, "show", "main:.gitattributes"), "the zip of the run"
    assert "README.md" in of_git(place, "ls-tree", "--name-only", "main").split()
    mirror.mkdir()
    readme = mirror / "README.md"
    readme.write_text("---\ntitle: mine\nsdk: gradio\ntags:\n- x\n---\n# Mine\n")
    for _ in range(2):
        space.prepare(mirror, "x")
        assert readme.read_text() == "---\ntitle: mine\ntags:\n- x\nsdk: static\napp_file: index.html\n---\n# Mine\n"


def test_pictures_and_large_files_of_a_space_are_stored_by_git_lfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "space.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", place], check=True)
    pixel = Path(__file__).parent.parent / "sources" / "pixel.png"
    monkeypatch.setattr(space, "LARGEST", 100_000)
    for name in ("a", "b"):
        folder = add_run(tmp_path / name, name)
        (folder / "images" / "x").mkdir(parents=True)
        shutil.copy(pixel, folder / "images" / "x" / "0.png")
        (folder / "artifacts").mkdir()
        (folder / "artifacts" / "long.txt").write_text("x" * 100_001)
        to = GitBranch(f"file://{place}", "main", title="lab")
        publish.publish(tmp_path / name, to, now=0.0, version="1", options=Options(keep=True))
    rules = of_git(place, "show", "main:.gitattributes").splitlines()
    for pattern in ("*.png", "/e/demo/a/artifacts/long.txt", "/e/demo/b/artifacts/long.txt"):
        assert rules.count(f"{pattern} filter=lfs diff=lfs merge=lfs -text") == 1
    clone = tmp_path / "clone"
    for path in ("images/x/0.png", "artifacts/long.txt"):
        assert of_git(place, "show", f"main:e/demo/a/{path}").startswith("version https://git-lfs.github.com/spec/v1\n")
    lfs = [part for one in space.SETTINGS for part in ("-c", one)]
    subprocess.run(["git", *lfs, "clone", "-q", f"file://{place}", clone], check=True)
    for name in ("a", "b"):
        assert (clone / "e" / "demo" / name / "images" / "x" / "0.png").read_bytes() == pixel.read_bytes()
    assert check(clone).problems == []
    monkeypatch.setattr(space, "which", lambda program: None)
    add_run(tmp_path / "b", "b", 0.125)
    with pytest.raises(PublishError, match="by Git LFS only; install git-lfs"):
        publish.publish(tmp_path / "b", to, now=0.0, version="1", options=Options(keep=True))


def test_a_branch_cannot_have_files_changed_on_their_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters that a branch asks for, and that git knows on this machine, are not run, nor are line ends changed."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    for at, (key, value) in enumerate({"filter.x.clean": "echo pointer", "core.autocrlf": "true"}.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{at}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{at}", value)
    code = tmp_path / "code"
    subprocess.run(["git", "init", "-q", "-b", "pages", code], check=True)
    (code / ".gitattributes").write_text("* filter=x text\n")
    subprocess.run(["git", "-C", code, "add", "."], check=True)
    subprocess.run(["git", "-C", code, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"], check=True)
    folder = add_run(tmp_path / "runs", "a")
    (folder / "metrics.csv").write_bytes(b"name,step,value\r\nloss,0,1\r\n")
    subprocess.run(["git", "-C", code, "checkout", "-q", "-b", "other"], check=True)
    done(f"{code}#pages", tmp_path / "runs")
    assert of_git(code / ".git", "show", "pages:index.html").startswith("<!doctype html>")
    shown = subprocess.run(
        ["git", "-C", code, "cat-file", "blob", "pages:e/demo/a/metrics.csv"], check=True, capture_output=True
    )
    assert shown.stdout == (folder / "metrics.csv").read_bytes()


def test_a_branch_with_a_name_that_git_refuses_is_named_before_anything_is_built(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    destination("git", tmp_path)
    result = published(f"{tmp_path / 'site.git'}#b ad", tmp_path / "runs")
    assert result.exit_code == 2
    assert result.output.endswith("#b ad: git takes no such name of a branch. Name another\n")


def test_why_a_host_refuses_is_repeated(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    to, place = destination("git", tmp_path), tmp_path / "site.git"
    hook = place / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'it contains binary files' >&2\nexit 1\n")
    hook.chmod(0o755)
    result = published(to, tmp_path / "runs")
    assert result.exit_code == 2
    assert "it contains binary files" in result.output


def test_what_killed_programs_of_git_locked_is_released_here_and_named_there(tmp_path: Path) -> None:
    """A lock in a repository of others may be in use: its place is in the message."""
    add_run(tmp_path / "runs", "a")
    to = destination("git", tmp_path)
    done(to, tmp_path / "runs")
    [own] = (tmp_path / "runs" / ".runpages" / "publish").glob("*/git")
    for name in ("index.lock", "refs/published.lock"):
        (own / name).touch()
    add_run(tmp_path / "runs", "b")
    done(to, tmp_path / "runs")
    lock = tmp_path / "site.git" / "refs" / "heads" / "gh-pages.lock"
    lock.touch()
    add_run(tmp_path / "runs", "c")
    result = published(to, tmp_path / "runs")
    assert (result.exit_code, "refs/heads/gh-pages.lock" in result.output) == (2, True), result.output


def test_credentials_of_an_address_are_not_printed(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    result = published("https://me:secret@127.0.0.1:9/x.git", tmp_path / "runs")
    assert result.exit_code == 2
    assert "secret" not in result.output


# --- others ----------------------------------------------------------------------------------------------


def test_the_same_site_gives_the_same_zip(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    done(tmp_path / "one.zip", tmp_path / "runs")
    first, facts = (tmp_path / "one.zip").read_bytes(), (tmp_path / "one.zip").stat()
    assert "nothing new for " in published(tmp_path / "one.zip", tmp_path / "runs").output
    assert (tmp_path / "one.zip").read_bytes() == first
    assert (tmp_path / "one.zip").stat() == facts
    with ZipFile(tmp_path / "one.zip") as archive:
        assert [name for name in archive.namelist() if name.startswith(".runpages/")] == []


def test_a_zip_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    folder = add_run(tmp_path / "runs", "a") / "artifacts"
    folder.mkdir()
    for name in ("x.txt", "X.txt"):
        (folder / name).write_text(name)
    result = published(tmp_path / "site.zip", tmp_path / "runs")
    assert (result.exit_code, "are one file on disks" in result.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_who_publishes_meanwhile_is_noticed(tmp_path: Path, ssh: None) -> None:
    add_run(tmp_path / "a", "a")
    add_run(tmp_path / "b", "b")
    for kind, to in (("zip", ZipSite(tmp_path / "site.zip")), ("rsync", Rsync(f"loopback:{tmp_path}/site"))):
        mirror = tmp_path / f"mirror-{kind}" / "site"
        mirror.parent.mkdir()
        to.fetch(mirror)
        build(tmp_path / "b", mirror, now=0.0, version="1")
        done(destination(kind, tmp_path), tmp_path / "a")
        with pytest.raises(Moved):
            to.send(mirror, "")
        assert broken(kind, tmp_path) == []


# --- one page as one file --------------------------------------------------------------------------------


def references(page: str) -> list[str]:
    """What a page refers to, beside places in itself and what it holds."""
    found = [one.target for one in html.read(page).references]
    return [target for target in found if not target.startswith(("#", "data:"))]


def test_a_single_page_holds_all_that_it_shows(tmp_path: Path) -> None:
    folder = add_run(tmp_path / "runs", "a'b & c")
    images = folder / "images" / "it's"
    images.mkdir(parents=True)
    shutil.copy(Path(__file__).parent.parent / "sources" / "pixel.png", images / "0.png")
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "large.txt").write_text("x" * 200_000)
    (tmp_path / "runs" / "runpages.yml").write_text(
        'comparisons:\n  - name: both\n    runs: ["demo/a\'b & c", "demo/b"]\n'
    )
    add_run(tmp_path / "runs", "b")
    one = tmp_path / "one.html"
    assert "Published" in done(one, tmp_path / "runs", "--single", "demo/a'b & c")
    page = one.read_text()
    assert references(page) == []
    assert page.count('src="data:image/png;base64,') >= 1
    assert 'href="data:application/octet-stream;base64,' in page
    assert "<script" not in page
    assert "run.zip" not in page  # It would take the room of the files once more.
    policy = re.search('Content-Security-Policy" content="([^"]*)', page)
    assert policy is not None
    assert "script" not in policy[1]
    for style in re.findall("<style[^>]*>(.*?)</style>", page, re.DOTALL):
        assert b64encode(sha256(style.encode()).digest()).decode() in policy[1]
    said = done(one, tmp_path / "runs", "--single", "demo/a'b & c", "--size", "0.2")
    assert "Left out, since it has no room: e/demo/" in said
    assert one.stat().st_size <= 200_000
    assert references(one.read_text()) == []
    done(one, tmp_path / "runs", "--single", "both")
    assert "a'b" in one.read_text() or "a&#39;b" in one.read_text()
    assert published(one, tmp_path / "runs", "--single", "none").exit_code == 2
    assert published(tmp_path / "no" / "x.html", tmp_path / "none", "--single", "none").exit_code == 2


def test_links_of_a_single_page_lead_to_the_site_where_it_has_an_address(tmp_path: Path) -> None:
    add_run(tmp_path / "runs", "a")
    (tmp_path / "runs" / "runpages.yml").write_text("base_url: https://example.org/lab\n")
    done(tmp_path / "one.html", tmp_path / "runs", "--single", "a")
    found = references((tmp_path / "one.html").read_text())
    assert "https://example.org/lab/e/demo/index.html" in found
    assert all(target.startswith("https://example.org/lab/") for target in found)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("site", Path), ("./x", Path), ("x.zip", ZipSite), ("x.git", GitBranch), ("x#pages", GitBranch),
        ("git@host:x/y.git#pages", GitBranch), ("https://host/x/y", GitBranch), ("hf:me/space", GitBranch),
        ("me@host:www/site", Rsync), ("host:/srv/site", Rsync),
    ],
)  # fmt: skip
def test_what_a_destination_is(given: str, kind: type) -> None:
    assert isinstance(publish.destination_of(given, title=lambda: "x"), kind)


def test_only_a_branch_can_be_squashed() -> None:
    with pytest.raises(PublishError, match="is for branches"):
        publish.destination_of("site", squash=True, title=lambda: "x")


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["folder", "git"])
def test_a_dry_run_lists_what_changes_and_writes_nothing(tmp_path: Path, kind: str) -> None:
    to = destination(kind, tmp_path)
    for name in ("old", "gone"):
        add_run(tmp_path / "first", name)
    folder = add_run(tmp_path / "runs", "new")
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "weights.bin").write_bytes(bytes(3_000))
    (folder / "artifacts" / "notes.txt").write_text("password: correct-horse-42\n")
    before = files_below(tmp_path)
    assert "Add: 1 run: demo/new" in done(to, tmp_path / "runs", "-n")
    assert files_below(tmp_path) == before
    assert not (tmp_path / "runs" / ".runpages").exists()
    done(to, tmp_path / "first")
    before = files_below(tmp_path)
    shown = done(to, tmp_path / "runs", "-n")
    assert files_below(tmp_path) == before
    for line in (
        "Largest: ",
        "artifacts/weights.bin, 3.0 kB",
        "Add: 1 run: demo/new",
        "Keep: 2 runs: demo/gone, demo/old",
    ):
        assert line in shown
    assert re.search(r"Held back: .*notes.txt: line 1 looks like a secret", shown)
    assert re.search(r"Size: [1-9][0-9.]* [kM]B are there", shown)
    assert "Remove: 2 runs: demo/gone, demo/old" in done(to, tmp_path / "runs", "-n", "--mirror")
    done(to, tmp_path / "runs")
    add_run(tmp_path / "runs", "new", 0.125)
    assert "Update: 1 run: demo/new" in done(to, tmp_path / "runs", "-n")


def test_a_single_page_above_its_budget_is_refused_and_a_dry_run_writes_none(tmp_path: Path) -> None:
    folder = add_run(tmp_path / "runs", "a")
    one = tmp_path / "one.html"
    assert "Nothing was published" in done(one, tmp_path / "runs", "--single", "a", "-n")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["demo"]
    (folder / "run.json").write_text(json.dumps({"format": 1, "description": "words " * 40_000}))
    result = published(one, tmp_path / "runs", "--single", "a", "--size", "0.1")
    assert result.exit_code == 2
    assert "more than 100.0 kB. Nothing was written. Allow more: --size 0." in result.output
    assert not one.exists()
