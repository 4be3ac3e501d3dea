from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from runpages.format.read import read_run
from runpages_site.build import Report, build
from runpages_site.errors import BuildError, OutputError, SettingsError
from runpages_site.read import publish_filter
from runpages_site.write.site_folder import NOTES

from .conftest import NOW, MakeRun

Built = Callable[[], tuple[Path, Report]]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def tree(site: Path) -> dict[str, bytes]:
    """What a site publishes: all but the notes for the next build."""
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    return {path: file.read_bytes() for path, file in files.items() if not path.startswith(NOTES + "/")}


def messages(report: Report) -> list[str]:
    return [
        f"{problem.file}:{problem.line}: {problem.message}" for found in report.problems.values() for problem in found
    ]


def test_a_run_made_by_hand_becomes_a_page(make_run: MakeRun, built: Built) -> None:
    make_run(metrics="name,step,value\nloss,0,0.5\n")
    site, report = built()
    assert report.runs == report.experiments == 1
    assert not report.problems
    assert {"index.html", "e/demo/index.html", "e/demo/a.html", "e/demo/a/metrics.csv"} <= set(tree(site))
    assert "0.5" in (site / "e/demo/a.html").read_text()


def test_the_same_input_gives_the_same_bytes(make_run: MakeRun, workspace: Path, tmp_path: Path) -> None:
    make_run("b", status="Completed", params={"lr": 0.1}, files={"images/x/0.png": PNG, "logs/a.log": "hi\n"})
    make_run("a", status="Failed", error={"message": "no"})
    for name in ("one", "two"):
        build(workspace, tmp_path / name, now=NOW, version="1")
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert one.keys() == two.keys()
    assert {path for path in one if one[path] != two[path]} <= {"build.js"}


def test_building_again_writes_nothing(make_run: MakeRun, workspace: Path, built: Built) -> None:
    make_run(files={"images/x/0.png": PNG})
    site, first = built()
    before = {path: (os.stat(site / path).st_ino, os.stat(site / path).st_mtime_ns) for path in tree(site)}
    assert first.changed == len(before)
    again = build(workspace, site, now=NOW + 60, version="1.2.3")
    assert (again.changed, again.removed) == (0, 0)
    assert before == {path: (os.stat(site / path).st_ino, os.stat(site / path).st_mtime_ns) for path in tree(site)}


def test_building_over_a_site_equals_building_a_new_one(
    make_run: MakeRun, workspace: Path, tmp_path: Path, built: Built
) -> None:
    make_run("a", files={"artifacts/outputs/old.txt": "x"})
    make_run("b")
    site, _ = built()
    shutil.rmtree(workspace / "demo" / "b")
    (workspace / "demo" / "a" / "artifacts" / "outputs" / "old.txt").unlink()
    make_run("c", "other")
    with (workspace / "demo" / "a" / "metrics.csv").open("a") as file:
        file.write("loss,2,3.0,0.1,\n")
    _, report = built()
    assert report.removed > 0
    build(workspace, tmp_path / "clean", now=NOW, version="1.2.3")
    over, clean = tree(site), tree(tmp_path / "clean")
    assert over.keys() == clean.keys()
    assert {path for path in over if over[path] != clean[path]} <= {"build.js"}


def test_no_workspace_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"nowhere does not exist.*Log a run first.*name the folder with <experiment>"):
        build(tmp_path / "nowhere", tmp_path / "site", now=NOW, version="1")
    (tmp_path / "file").write_text("")
    with pytest.raises(BuildError, match="is a file"):
        build(tmp_path / "file", tmp_path / "site", now=NOW, version="1")
    assert not (tmp_path / "site").exists()


def test_a_workspace_without_runs_yet_says_how_to_log_one(workspace: Path, built: Built) -> None:
    (workspace / "runpages.yml").write_text("title: New\n")
    site, report = built()
    assert report.runs == 0
    assert report.damaged, "with --strict it is a failure"
    assert report.hints == [f"{workspace} has no runs yet: log one and build again"]
    assert "No runs yet" in (site / "index.html").read_text()


def test_an_experiment_without_runs_has_a_page_that_says_so(workspace: Path, make_run: MakeRun, built: Built) -> None:
    make_run("a")
    (workspace / "new").mkdir()
    (workspace / "new" / "experiment.json").write_text('{"description": "Just begun"}')
    (workspace / "runpages.yml").write_text("experiments: {new: {metric: loss, goal: min}}\n")
    site, report = built()
    assert report.faults == {}
    page = (site / "e" / "new" / "index.html").read_text("utf-8")
    assert "Just begun" in page
    assert "No runs in this experiment" in page


def test_a_foreign_output_folder_is_refused_before_anything_is_written(
    make_run: MakeRun, workspace: Path, tmp_path: Path
) -> None:
    make_run()
    with pytest.raises(OutputError, match="did not write"):
        build(workspace, workspace, now=NOW, version="1")
    assert sorted(path.name for path in workspace.iterdir()) == ["demo"]


def test_mistakes_in_the_settings_stop_the_build(make_run: MakeRun, workspace: Path, built: Built) -> None:
    make_run()
    (workspace / "runpages.yml").write_text("titel: x\n")
    with pytest.raises(SettingsError, match="did you mean title"):
        built()
    (workspace / "runpages.yml").write_text("theme: neon\n")
    with pytest.raises(BuildError, match=r"runpages\.yml.*no theme 'neon'.*default"):
        built()


def test_settings_beside_the_workspace_are_told_with_the_way_in(
    make_run: MakeRun, workspace: Path, built: Built
) -> None:
    make_run()
    (workspace.parent / "runpages.yml").write_text("title: x\n")
    _, report = built()
    assert [hint.partition(": mv ")[0] for hint in report.hints] == [
        f"{workspace.parent / 'runpages.yml'} is not read: settings belong in the workspace. Move it"
    ]
    (workspace / "runpages.yml").write_text("title: x\n")
    _, report = built()
    assert not report.hints


def test_a_corrupt_document_damages_only_its_run(make_run: MakeRun, workspace: Path, built: Built) -> None:
    make_run("bad", status="Completed")
    (workspace / "demo" / "bad" / "run.json").write_text('{"format": 1,\n "status": oops}')
    make_run("good")
    site, report = built()
    assert report.runs == 2
    assert report.damaged
    assert any(message.startswith("run.json:2: It is not valid JSON") for message in messages(report))
    page = (site / "e/demo/bad.html").read_text()
    assert "This run is damaged" in page
    assert "0.5" in page, "its metrics are still shown"


def test_a_torn_metrics_file_is_told_with_its_line(make_run: MakeRun, built: Built) -> None:
    make_run(
        metrics="name,step,time,value,text\nloss,0,1.0,0.5,\nloss,1,2.0\nloss,2,3.0,0.25,\nloss,3,4.0,0.",
        status="Completed",
        owner={"pid": 1},
    )
    site, report = built()
    assert messages(report) == [
        "metrics.csv:3: The line has 3 of 5 fields: loss,1,2.0",
        "metrics.csv:5: The line is incomplete: loss,3,4.0,0.",
    ]
    page = (site / "e/demo/a.html").read_text()
    assert "loss,1,2.0" in page
    assert "metrics.csv" in page


def test_a_run_in_a_wrong_place_is_told_with_the_way_out(make_run: MakeRun, workspace: Path, built: Built) -> None:
    make_run()
    shutil.copytree(workspace / "demo" / "a", workspace / "lost")
    shutil.copytree(workspace / "demo" / "a", workspace / "demo" / "group" / "deep")
    _, report = built()
    assert report.runs == 1
    assert len(report.hints) == 2
    assert any("lost looks like a run one level too high" in hint and "mv " in hint for hint in report.hints)
    assert any("deep looks like a run one level too deep" in hint for hint in report.hints)


def test_a_run_of_a_newer_format_is_refused_and_the_others_are_built(make_run: MakeRun, built: Built) -> None:
    make_run("new")
    make_run("old")
    folder = make_run("newest", format=2)
    _, report = built()
    assert report.runs == 3
    (told,) = report.problems[str(folder)]
    assert "format 2" in told.message
    assert "pip install -U runpages" in told.message


HOSTILE = "<script>alert(1)</script>\"'&"


def test_hostile_texts_are_escaped_everywhere(make_run: MakeRun, workspace: Path, built: Built) -> None:
    make_run(
        metrics=f'name,step,value\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",0,1\n',
        name=HOSTILE,
        status=HOSTILE,
        params={HOSTILE: HOSTILE},
        tags={HOSTILE: HOSTILE},
        description=HOSTILE,
        error={"message": HOSTILE, "traceback": HOSTILE},
        environment={"command": [HOSTILE], "git": {"branch": HOSTILE}},
        owner={"host": HOSTILE, "pid": 1},
        files={
            "logs/x.log": HOSTILE,
            "artifacts/<b>.txt": "x",
            "tables/t.jsonl": json.dumps({HOSTILE: HOSTILE}) + "\n",
        },
    )
    (workspace / "demo" / "README.md").write_text(HOSTILE)
    (workspace / "README.md").write_text(HOSTILE + "\n\n[x](javascript:alert(1))")
    (workspace / "runpages.yml").write_text(f"title: {json.dumps(HOSTILE)}\n")
    site, report = built()
    assert not report.problems
    for page in site.rglob("*.html"):
        assert "<script>alert" not in page.read_text(), page
        assert "javascript:" not in page.read_text().replace("[x](javascript:alert(1))", ""), page


def test_an_artifact_that_climbs_out_is_not_published(make_run: MakeRun, built: Built) -> None:
    make_run(
        status="Completed",
        files={
            "artifacts/ok.txt": "x",
            "images.jsonl": '{"name": "i", "file": "../../../secret.png"}\n{"name": "j", "file": "/etc/passwd"}\n',
        },
    )
    site, report = built()
    assert len([message for message in messages(report) if "no file in the run" in message]) == 2
    assert "secret" not in (site / "e/demo/a.html").read_text()


def test_a_link_that_leaves_the_run_is_told_and_not_followed(make_run: MakeRun, tmp_path: Path, built: Built) -> None:
    (tmp_path / "secret.txt").write_text("do not publish")
    run = make_run(files={"artifacts/inside.txt": "fine"})
    (run / "artifacts" / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (run / "artifacts" / "linked.txt").symlink_to(run / "artifacts" / "inside.txt")
    (run / "logs").symlink_to(tmp_path)
    os.mkfifo(run / "artifacts" / "pipe")
    site, report = built()
    assert "artifacts/outside.txt:None: The link points outside the run" in messages(report)
    assert "logs:None: The link points outside the run" in messages(report)
    assert "artifacts/pipe:None: It is not a regular file" in messages(report)
    assert not report.damaged
    published = tree(site)
    assert b"do not publish" not in b"".join(published.values())
    assert published["e/demo/a/artifacts/linked.txt"] == b"fine"


def test_only_what_is_allowed_becomes_public(make_run: MakeRun, built: Built) -> None:
    run = make_run(
        status="Completed",
        api_token="hunter2",
        owner={"host": "h", "pid": 1, "boot_id": "hunter2"},
        files={
            "notes.txt": "hunter2",
            ".env": "hunter2",
            "artifacts/.env": "hunter2",
            "artifacts/keys/id_rsa": "hunter2",
            "artifacts/.git/config": "hunter2",
            "artifacts/outputs/model.txt": "public",
            "artifacts/outputs/~2eenv": "hunter2",
            "artifacts/~2e~53~53~48/x": "hunter2",
            "artifacts/outputs/cut~~0123456789abcdef": "hunter2",
            "definitions.jsonl": '{"name": "outputs/id_rsa", "file": "artifacts/outputs/cut~~0123456789abcdef"}\n',
        },
    )
    site, report = built()
    assert b"hunter2" not in b"".join(tree(site).values())
    assert tree(site)["e/demo/a/artifacts/outputs/model.txt"] == b"public"
    held = {problem.file for problem in report.problems[str(run)] if "secret" in problem.message}
    assert held == {
        *("artifacts/.env", "artifacts/keys/id_rsa", "artifacts/.git/config", "artifacts/outputs/~2eenv"),
        *("artifacts/~2e~53~53~48/x", "artifacts/outputs/cut~~0123456789abcdef"),
    }
    assert not report.damaged


@pytest.mark.parametrize(
    "name", ["page.html", "drawing.svg", "PAGE.HTM", "code.js", "x.xhtml", ".htaccess", "x", "x.php"]
)
def test_what_would_run_is_published_as_text(make_run: MakeRun, built: Built, name: str) -> None:
    make_run(files={f"artifacts/{name}": "<script>alert(1)</script>"})
    site, _ = built()
    (copy,) = (site / "e/demo/a/artifacts").iterdir()
    assert copy.name == name.replace(".", "~_") + "~.txt"


OWN = (
    *("run.json", "index.html", "points.js", "figures.js", "charts.js", "images.js", "live.js", "diagnostics.js"),
    *("outputs-0.js", "code-0.js", "outputs.zip", "snapshot.zip", "pages/0.htm", "thumbnails/0.webp", "lines/0/0.js"),
)
"""What the builder writes beside the page of a run."""


def test_every_file_of_a_site_has_one_owner(make_run: MakeRun, built: Built) -> None:
    """Names that differ by what publishing appends, and names of the builder's own files."""
    pairs = ("a.html", "a.html.txt", "a.html~.txt", "a~_html~.txt", "a~~_html~~.txt", "b", "b.txt", "b~.txt", "b~~.txt")
    kept = [f"artifacts/{name}" for name in (*pairs, *OWN)] + [f"logs/{name}" for name in ("x", "x.log", "x~_log~.txt")]
    kept += [f"media/{name}" for name in ("v/0.mp4", "v/0.html", "points.js", "v/0~_html~.txt")]
    others = {"tables/t.jsonl": '{"a": 1}\n{"a": 2}\n', "tables/t.js": "x", "points.js": "x", "outputs.zip": "x"}
    run = make_run(files={path: path for path in kept} | others | {"images/i/0.svg": "<svg/>"})
    site, _ = built()
    published, _ = publish_filter.files(read_run(str(run), now=NOW))
    assert published.keys() > set(kept)
    assert not any(path in published for path in ("points.js", "outputs.zip", "tables/t.js"))
    folder = site / "e/demo/a"
    for path, place in published.items():
        assert (folder / place).read_bytes() == (run / path).read_bytes(), path
    mine = set(tree(folder)) - set(published.values())
    assert {"run.json", "points.js", "outputs.zip", "tables/t.js", "images.js"} <= mine
    assert json.loads((folder / "run.json").read_text())["format"] == 1
    assert sorted(zipfile.ZipFile(folder / "outputs.zip").namelist()) == sorted([*pairs, *OWN])


@pytest.mark.parametrize("name", ["index", "INDEX", "a.html", "ünder", "x y", "~~", "-", "a#b?c"])
def test_any_folder_name_is_a_page_of_its_own(make_run: MakeRun, built: Built, name: str) -> None:
    make_run("a")
    make_run(name)
    site, report = built()
    assert report.runs == 2
    pages = [path for path in tree(site) if path.startswith("e/demo/") and path.endswith(".html")]
    assert len(pages) == 3, pages


def test_a_silent_run_is_not_responding_when_its_process_is_gone(make_run: MakeRun, built: Built) -> None:
    make_run(status="Running", owner={"host": "elsewhere", "pid": 7})
    site, _ = built()
    os.utime(site.parent / "runs/demo/a/metrics.csv", (NOW - 3600, NOW - 3600))
    os.utime(site.parent / "runs/demo/a/run.json", (NOW - 3600, NOW - 3600))
    site, _ = built()
    assert "Not responding" in (site / "e/demo/a.html").read_text()
    assert json.loads((site / "e/demo/a/run.json").read_text())["status"] == "NotResponding"


def test_a_site_inside_the_workspace_is_no_experiment(make_run: MakeRun, workspace: Path) -> None:
    make_run()
    for _ in range(2):
        report = build(workspace, workspace / "site", now=NOW, version="1")
        assert report.experiments == 1
        assert not report.hints


def test_the_workspace_learns_where_its_site_is(make_run: MakeRun, workspace: Path, built: Built) -> None:
    import runpages

    make_run()
    with runpages.start("logged", root=workspace, capture=(), outputs=False) as run:
        run.log("x", 1)
    site, _ = built()
    assert run.get_portal_url() == (site / "e" / "logged" / f"{run.id}.html").as_uri()
    assert (site / "e" / "logged" / f"{run.id}.html").is_file()


def test_experiments_and_runs_are_ordered_by_their_start(make_run: MakeRun, built: Built) -> None:
    make_run("older", "x", started="2026-01-01T00:00:00Z", name="older run")
    make_run("newer", "x", started="2026-01-02T00:00:00Z", name="newer run")
    make_run("newest", "y", started="2026-01-03T00:00:00Z")
    site, _ = built()
    page = (site / "e/x/index.html").read_text()
    assert 0 < page.index("newer run") < page.index("older run")
    home = (site / "index.html").read_text()
    assert 0 < home.index("e/y/index.html") < home.index("e/x/index.html")
