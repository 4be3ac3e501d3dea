from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site.build import Report, build
from runpages_site.check.site import Problem, Target, check, target
from runpages_site.command import runpages
from runpages_site.site import MANIFEST
from runpages_site.write.manifest import NoSite
from tests.examples import examples

from .conftest import NOW, MakeRun

POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'\">"
)
FILES = {
    "index.html": "",
    "e/a/index.html": '<p id="here">',
    "e/a/run one.html": '<p id="here"><a name="there"></a>',
    "e/a/run/Raw.txt": "",
    "assets/Style.css": "",
    "assets/x.js": "",
    "assets/x.png": "",
}


def make(site: Path, files: dict[str, str], listed: Iterable[str] | dict[str, int] | None = None) -> Path:
    """Write a small site: pages get the policy, and the manifest lists all files unless told otherwise."""
    for path, text in files.items():
        place = site / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(POLICY + text if path.endswith(".html") else text, encoding="utf-8")
    names = listed if isinstance(listed, dict) else sorted(files if listed is None else listed)
    (site / MANIFEST).write_text(json.dumps({"runpages": "site", "format": 1, "files": names}))
    return site


def told(site: Path, body: str, page: str = "index.html") -> list[str]:
    """What is wrong with the small site with this text in one of its files."""
    report = check(make(site, {**FILES, page: body}))
    assert {problem.page for problem in report.problems} <= {page}
    return [problem.message for problem in report.problems]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(runpages, ["check", *map(str, arguments)])


@pytest.mark.parametrize(
    "body",
    [
        '<a href="e/a/run%20one.html#here">',
        '<a href="e/a/run one.html#there">',
        '<a href="./e/../e/a/%72un%20one.html">',
        '<a href="e/a/run%20one.html?v=1#">',
        '<a href="e/a/run%20one.html#runs=a,b">',
        '<a href="index.html">',
        '<a href="#top"><a href="#"><a href=""><a href="?q">',
        '<p id="a b"><a href="#a%20b">',
        '<a href="e/a/run/Raw.txt#no-page">',
        '<a href="https://example.org/"><a href="mailto:a@example.org"><a href="HTTP://example.org">',
        '<img src="data:image/png;base64,">',
        '<img src=" assets/x.png\n">',
        '<script src="assets/x.js?v=1"></script>',
        '<i style="background: url(assets/x.png)">',
    ],
)
def test_good_links_pass(body: str, tmp_path: Path) -> None:
    assert told(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<a href="e/a/none.html">', "a href 'e/a/none.html' does not exist"),
        ('<a href="e/a/run%20one.html#gone">', "has no such anchor"),
        ('<a href="#gone">', "has no such anchor"),
        ('<a href="#HERE"><p id="here">', "has no such anchor"),
        ('<link href="assets/style.css">', "is spelled assets/Style.css on the disk"),
        ('<a href="e/A/index.html">', "is spelled e/a/index.html on the disk"),
        ('<a href="e/a/">', "links to a folder"),
        ('<a href="e/a">', "links to a folder"),
        ('<a href=".">', "links to a folder"),
        ('<a href="e/..">', "links to a folder"),
        ('<a href="/index.html">', "is absolute"),
        ('<a href="\\index.html">', "is absolute"),
        ('<a href="../other/index.html">', "leaves the site"),
        ('<a href="e/%2e%2e/../index.html">', "leaves the site"),
        ('<a href="e%2fa%2findex.html">', "does not exist"),
        ('<a href="javascript:alert(1)">', "is outside the site"),
        ('<a href=" java\nscript:alert(1)">', "is outside the site"),
        ('<a href="file:///etc/passwd">', "is outside the site"),
        ('<a href="data:text/html,x">', "is outside the site"),
        ('<a href="//example.org/">', "is outside the site"),
        ('<a href="\\\\example.org/">', "is outside the site"),
        ('<img src="https://example.org/a.png">', "is outside the site"),
        ('<script src="//example.org/a.js"></script>', "is outside the site"),
        ('<script src="data:text/javascript,x"></script>', "is outside the site"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "is outside the site"),
        ('<video src="https://example.org/v.mp4">', "is outside the site"),
        ('<img srcset="assets/x.png 1x, https://example.org/x.png 2x">', "img srcset 'https://example.org/x.png'"),
        ('<img srcset="e/a/none.png 2x">', "does not exist"),
        ('<i style="background: url(https://example.org/x.png)">', "url 'https://example.org/x.png' is outside"),
        ('<meta http-equiv="refresh" content="0;url=https://example.org/">', "is outside the site"),
        ('<form action="https://example.org/">', "is outside the site"),
        ("<script>x()</script>", "an inline script"),
        ('<p id="x"><p id="x">', "duplicate"),
    ],
)
def test_bad_links_are_found(body: str, why: str, tmp_path: Path) -> None:
    (found,) = told(tmp_path, body)
    assert why in found


@pytest.mark.parametrize(
    ("style", "why"),
    [
        ("p { background: url(x.png) }", None),
        ('@font-face { src: url("../assets/x.png") }', None),
        ("p { background: url(data:image/png;base64,AA) }", None),
        ("p { background: url(assets/x.png) }", "url 'assets/x.png' does not exist"),
        ("p { background: url(https://example.org/x.png) }", "is outside the site"),
        ('@import "//example.org/x.css";', "@import '//example.org/x.css' is outside the site"),
        ("@import url(https://example.org/x.css);", "@import 'https://example.org/x.css' is outside the site"),
    ],
)
def test_style_sheets_are_read_from_where_they_lie(style: str, why: str | None, tmp_path: Path) -> None:
    found = told(tmp_path, style, "assets/Style.css")
    assert found == [] if why is None else why in found[0]


def test_problems_have_their_line_and_are_in_order(tmp_path: Path) -> None:
    site = make(tmp_path, {"index.html": '\n\n<a href="b">\n<a href="a">', "e/x.html": '\n<a href="#no">'})
    assert check(site).problems == [
        Problem("e/x.html", 2, "a href '#no' has no such anchor"),
        Problem("index.html", 3, "a href 'b' does not exist"),
        Problem("index.html", 4, "a href 'a' does not exist"),
    ]


def test_a_page_without_its_policy_is_found(tmp_path: Path) -> None:
    (make(tmp_path, FILES) / "e/a/index.html").write_text('<p id="here">')
    assert check(tmp_path).problems == [
        Problem("e/a/index.html", 1, "no Content-Security-Policy before everything else")
    ]


def test_links_and_pages_are_counted(tmp_path: Path) -> None:
    body = '<a href="#"><a href="https://example.org/"><img src="assets/x.png">'
    report = check(make(tmp_path, {**FILES, "index.html": body}))
    assert (report.pages, report.links, report.outside, report.files) == (3, 3, 1, 7)


def test_the_manifest_is_held_against_the_disk(tmp_path: Path) -> None:
    make(tmp_path, FILES, [*FILES, "gone.txt", "../outside", "E/A/index.html", "e"])
    (tmp_path.parent / "outside").touch()
    why = "listed in the manifest, but missing"
    assert check(tmp_path).problems == [
        Problem(path, None, why) for path in ("../outside", "E/A/index.html", "e", "gone.txt")
    ]


def test_sizes_of_the_manifest_are_held_too(tmp_path: Path) -> None:
    sizes = {path: (len(POLICY) if path.endswith(".html") else 0) + len(text) for path, text in FILES.items()}
    assert check(make(tmp_path, FILES, sizes)).problems == []
    assert check(make(tmp_path, FILES, {**sizes, "assets/x.js": 7})).problems == [
        Problem("assets/x.js", None, "it has 0 bytes, but 7 in the manifest")
    ]


def test_a_site_needs_a_home_page(tmp_path: Path) -> None:
    make(tmp_path, {"a.html": ""})
    assert [problem.message for problem in check(tmp_path).problems] == ["it does not list index.html"]


def test_foreign_files_are_a_note_and_not_read(tmp_path: Path) -> None:
    make(tmp_path, FILES)
    for path in ("CNAME", "mine.html", "e/a/notes/deep/x.html", "e/a/notes/y", ".git/config", ".runpages/state.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text('<a href="/x">')
    report = check(tmp_path)
    assert report.problems == []
    assert report.foreign == [".git/", "CNAME", "e/a/notes/", "mine.html"]
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "Not written by runpages, not checked: .git/, CNAME, e/a/notes/, mine.html\n" in result.stdout
    assert "Not written" not in run(tmp_path, "-q").stdout


def test_files_that_some_disks_take_for_one_are_a_note(tmp_path: Path) -> None:
    pair = ["e/\u00c9.txt", "e/e\u0301.txt"]
    make(tmp_path, {"index.html": "", **dict.fromkeys(pair, "")})
    if len(os.listdir(tmp_path / "e")) < 2:
        pytest.skip("this disk is such a one")
    report = check(tmp_path)
    assert (report.problems, report.clashes) == ([], [sorted(pair)])
    assert f"Same file on disks that ignore letter case: {', '.join(sorted(pair))}\n" in run(tmp_path).stdout


def test_a_link_may_lead_to_a_foreign_file(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text('<p id="x">')
    make(tmp_path, {"index.html": '<a href="mine.html#x"><a href="mine.html#y">'}, ["index.html"])
    assert [problem.message for problem in check(tmp_path).problems] == ["a href 'mine.html#y' has no such anchor"]


def test_links_of_the_disk_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path / "site", {"index.html": '<a href="out/secret.html">'})
    (tmp_path / "secret.html").touch()
    (tmp_path / "site" / "out").symlink_to(tmp_path)
    assert [problem.message for problem in check(tmp_path / "site").problems] == [
        "a href 'out/secret.html' does not exist"
    ]


def test_names_that_are_no_utf8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this disk takes UTF-8 only")
    assert check(make(tmp_path, {"index.html": '<a href="caf%E9.txt">'}, ["index.html", name])).problems == []


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("x.html", Target("e/a/x.html", "")),
        ("../x.html?q=/#f%20g", Target("e/x.html", "f g")),
        ("", Target("e/a/p.html", "")),
        ("?q#f", Target("e/a/p.html", "f")),
        ("a:b", "is outside the site"),
        ("./a:b", Target("e/a/a:b", "")),
        ("../../../x", "leaves the site"),
        ("../..", "links to a folder: opened from a disk, the browser lists its files"),
    ],
)
def test_a_url_leads_where_browsers_go(url: str, leads: Target | str) -> None:
    assert target("e/a/p.html", url) == leads


@given(st.text(max_size=30))
def test_any_url_leads_into_the_site_or_is_refused(url: str) -> None:
    there = target("e/a/p.html", url)
    if isinstance(there, Target):
        assert not there.path.startswith(("/", "../"))


def test_no_site_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for place, why in [("none", "does not exist"), ("file", "is a file"), ("folder", "was not built by runpages")]:
        result = run(tmp_path / place)
        assert result.exit_code == 2
        assert why in result.stderr


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ("{", "is damaged"),
        ("[]", "is not the manifest"),
        ('{"runpages": "workspace"}', "is not the manifest"),
        ('{"runpages": "site", "format": 2}', "newer runpages"),
    ],
)
def test_another_manifest_is_no_site(manifest: str, why: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(NoSite, match=why):
        check(tmp_path)


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, FILES)
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("/a/"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(NoSite, match=r"e/a/ cannot be read: Permission denied"):
        check(tmp_path)


def test_the_command_tells_problems_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    links = "".join(f'<a href="none{number}">\n' for number in range(13))
    make(Path("site"), {"index.html": links, "a.html": '<a href="no\x1b[31m">'})
    result = run()
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "a.html"
    assert lines[1].startswith("  line 1: a href 'no\\x1b[31m' ")
    assert lines[2:4] == ["index.html", "  line 1: a href 'none0' does not exist"]
    assert lines[13] == "  and 3 more; --json lists all"
    assert lines[14].startswith("Checked 2 pages, 14 links, 2 files in ")
    assert lines[14].endswith(": 14 problems")
    assert run("-q").stdout.splitlines() == lines[:14]


def test_the_command_is_for_programs_too(tmp_path: Path) -> None:
    make(tmp_path, {"index.html": '<a href="none">', "x": ""}, ["index.html"])
    result = run(tmp_path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "runpages": "check",
        "format": 1,
        "site": str(tmp_path),
        "pages": 1,
        "links": 1,
        "outside": 0,
        "files": 1,
        "problems": [{"page": "index.html", "line": 1, "message": "a href 'none' does not exist"}],
        "foreign": ["x"],
        "clashes": [],
    }


@pytest.fixture(scope="module")
def example(example_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the example, of which files are taken away for a moment."""
    return shutil.copytree(example_site, tmp_path_factory.mktemp("example") / "site")


def test_the_example_has_no_problem(example: Path) -> None:
    report = check(example)
    assert report.problems == []
    assert report.foreign == []
    assert report.pages > 5


@settings(max_examples=examples(0.25))
@given(data=st.data())
def test_any_file_that_is_gone_is_found(example: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(json.loads((example / MANIFEST).read_text())["files"])))
    kept = (example / path).read_bytes()
    (example / path).unlink()
    try:
        assert path in {problem.page for problem in check(example).problems}
    finally:
        (example / path).write_bytes(kept)


def test_a_site_of_hostile_runs_has_no_problem(
    make_run: MakeRun, workspace: Path, built: Callable[[], tuple[Path, Report]]
) -> None:
    hostile = "<a href='/x'>\"&#%2e"
    make_run(
        "a#b?c", "ünder x", name=hostile, tags={hostile: hostile}, params={hostile: hostile},
        description=f"[a](../../x) [b](https://example.org/) ![c](http://example.org/c.png) {hostile}",
        files={"logs/x.log": hostile, "artifacts/a b/ü#?%41.txt": "x", "artifacts/.hidden": "x"},
    )  # fmt: skip
    (workspace / "README.md").write_text(f"[x](y.html) {hostile} <img src='https://example.org/'>")
    report = check(built()[0])
    assert report.problems == []
    assert report.foreign == []
    assert report.outside > 0


NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=12)


@settings(max_examples=examples(0.15))
@given(st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES), min_size=1, max_size=3))
def test_any_site_that_is_built_holds_together(runs: list[tuple[str, str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        workspace = Path(place) / "runs"
        for experiment, run_name, artifact, metric in runs:
            folder = workspace / experiment / run_name
            try:
                (folder / "artifacts").mkdir(parents=True, exist_ok=True)
                (folder / "artifacts" / artifact).write_text("x")
                (folder / "metrics.csv").write_text(f"name,step,value\n{json.dumps(metric)},0,1\n")
            except OSError:
                continue  # Names such as `..`.
        workspace.mkdir(exist_ok=True)
        build(workspace, Path(place) / "site", now=NOW, version="1")
        report = check(Path(place) / "site")
        assert report.problems == []
        assert report.foreign == []
