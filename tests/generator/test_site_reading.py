"""A site is read into the same numbers as its workspace: from its folder, and from a server."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import runpages
from runpages import UserError, Workspace
from runpages.format.document import encode
from runpages.format.published import Copy, described
from runpages.format.records import RunRecord
from runpages.reading import SiteReading, site_at
from runpages.site_files import MANIFEST
from runpages_site.build import Options, build
from runpages_site.serve.server import listen

from .conftest import NOW, MakeRun

EXAMPLE = Path(__file__).parent.parent.parent / "site-example" / "runs"
OF_FILES = {"folder", "last_write", "document"}
"""What a site does not say of a run, or says in its own way."""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def served(handler: Any) -> Iterator[str]:
    """A server on this machine; gives the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, with a run of odd names, and its site in `site`."""
    folder = tmp_path_factory.mktemp("example")
    workspace = folder / "runs"
    workspace.mkdir()
    for name in ("diabetes-ridge", "digits-mlp"):
        (workspace / name).symlink_to(EXAMPLE / name)
    with runpages.start(
        "odd: ~ names/…", name="one", root=workspace, params={"a.b": {"c": [1, "x"]}}, capture=False
    ) as run:
        for step in range(3):
            run.log("loss/~val.x", 0.1 * step)
        run.define("loss/~val.x", goal="max", unit="s", description="odd")
        run.log("ends", float("nan"))
        run.log_row("table ~.1", a=1, b="ü")
        run.log_row("n" * 150, a=2)
        run.log_confusion_matrix("cm", {"class_labels": ["x", "y"], "matrix": [[1, 2], [3, 4]]})
        run.tag("key", "value")
    with runpages.resume(run.id, root=workspace) as again:
        again.log("loss/~val.x", 0.5, step=1)
    build(workspace, folder / "site", now=NOW, version="1.2.3")
    return folder


def comparable(run: RunRecord) -> dict[str, Any]:
    found = {name: value for name, value in run._asdict().items() if name not in OF_FILES}
    # A run on another machine is of no use to readers, so only its host and process are published.
    owner = {key: run.owner[key] for key in ("host", "pid") if key in run.owner}
    return {**found, "owner": owner}


def test_a_folder_has_the_numbers_of_its_workspace(example: Path) -> None:
    here, there = runpages.read(example / "runs"), runpages.read(example / "site")
    assert isinstance(there, SiteReading)
    assert len(here.runs) == 22
    assert len(here.runs[-1].passes) == 1
    assert [repr(comparable(run)) for run in there.runs] == [repr(comparable(run)) for run in here.runs]
    assert list(there.experiments) == list(here.experiments)
    assert there.to_pandas().equals(here.to_pandas())
    assert there.table().equals(here.table())


@pytest.mark.parametrize("end", ["", "/", "/index.html", "/#runs", "/index.html?x=1"])
def test_a_server_has_them_too(end: str, example: Path) -> None:
    here = runpages.read(example / "site").run("one")
    with served(partial(Quiet, directory=str(example))) as address:
        there = runpages.read(f"{address}/site{end}")
        run = there.run(here.id)
    assert repr(comparable(run)) == repr(comparable(here))
    assert run.folder.startswith(f"{address}/site/e/odd") and there.path == f"{address}/site/"


def test_all_runs_come_from_a_server(example: Path) -> None:
    with served(partial(Quiet, directory=str(example / "site"))) as address:
        there = runpages.read(address)
        assert there.to_pandas().equals(runpages.read(example / "runs").to_pandas())


def test_the_server_of_runpages_can_be_read(example: Path) -> None:
    run_id = runpages.read(example / "site").run("one").id
    with listen(example / "site", host=None, port=0, path="/lab/", awaited=False) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            assert runpages.read(server.url).run(run_id).name == "one"
        finally:
            server.shutdown()
            thread.join()


def test_a_run_is_found_without_reading_the_others(example: Path) -> None:
    asked = []

    class Noted(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    run_id = runpages.read(example / "site").run("lr0.1-s0").id
    with served(partial(Noted, directory=str(example / "site"))) as address:
        assert runpages.read(address).run(run_id).name == "lr0.1-s0"
    assert {path.split("/")[3] for path in asked if path.startswith("/e/")} == {run_id}


def test_one_experiment_is_read_alone(example: Path) -> None:
    one = site_at(str(example / "site"), "diabetes-ridge")
    assert {run.experiment for run in one.runs} == {"diabetes-ridge"} and len(one.runs) == 2
    odd = site_at(str(example / "site"), "odd: ~ names/…")
    assert [run.name for run in odd.runs] == ["one"]
    assert len(site_at(str(example / "site"), "none").runs) == 22


@pytest.mark.parametrize(
    ("file", "goals"),
    [
        ("series.json", {"format": 1, "series": {"loss": {"goal": "max", "unit": "m"}}}),
        ("definitions.jsonl", {"name": "loss", "goal": "max", "unit": "m"}),
    ],
)
def test_a_published_run_that_is_gone_keeps_its_goals(
    file: str, goals: dict[str, Any], make_run: MakeRun, workspace: Path, tmp_path: Path
) -> None:
    gone = make_run("gone", files={file: json.dumps(goals)}, status="Completed")
    make_run("b", metrics=None, status="Completed")
    build(workspace, tmp_path / "site", now=NOW, version="1.2.3")
    shutil.rmtree(gone)
    shutil.rmtree(tmp_path / "site" / ".runpages")
    build(workspace, tmp_path / "site", now=NOW, version="1.2.3", options=Options(keep=True))
    (loss,) = [
        one for one in site_at(str(tmp_path / "site")).columns("e/demo/gone")["columns"] if one["key"] == "metric:loss"
    ]
    assert (loss["goal"], loss["assumed"], loss["unit"]) == ("max", False, "m")


def test_a_run_that_goes_on_has_the_state_that_the_site_shows(
    make_run: MakeRun, built: Callable[[], Any], workspace: Path
) -> None:
    make_run(status="Running", owner={"host": "elsewhere", "pid": 1}, started="2026-11-01T10:00:00Z")
    site, _ = built()
    (run,) = runpages.read(site).runs
    assert run.status == json.loads((site / "e/demo/a/run.json").read_text())["status"]


# --- sites that are damaged, or somebody's trap --------------------------------------------------------------


METRICS = b"name,step,value\nloss,0,0.5\n"


def write_site(folder: Path, files: object, inner: tuple[str, ...] = (), **known: Any) -> Path:
    """A site with a run whose document lists the ``inner`` files, by default its points if the manifest has them."""
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps({"runpages": "site", "format": 1, "files": files, **known}))
    run = folder / "e" / "x" / "y"
    run.mkdir(parents=True, exist_ok=True)
    (run / "metrics.csv").write_bytes(METRICS)
    listed = inner or (("metrics.csv",) if isinstance(files, list) and "e/x/y/metrics.csv" in files else ())
    copies = [Copy(path, path, len(METRICS), sha256(METRICS).hexdigest()) for path in listed]
    document = {"format": 1, "id": "y", "experiment": "x", "status": "Completed"}
    (run / "run.json").write_bytes(encode(described(document, copies)))
    return folder


ESCAPES = [
    "../secret.csv", "../../../../secret.csv", "/etc/passwd", "tables/..\\..\\..\\secret.csv", "tables//x.jsonl",
    "tables/./x.jsonl", "C:/secret.csv", "c:secret.csv", "metrics.\0.csv", "x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("path", ESCAPES)
def test_only_files_below_the_site_are_read(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(METRICS)
    site = write_site(tmp_path / "site", ["e/x/y/run.json", f"e/x/y/{path}", path, 7, None], (path,))
    with pytest.raises(UserError, match="lists the file"):
        assert runpages.read(site).runs


def test_only_files_that_the_manifest_lists_are_read(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json"], ("metrics.csv",))
    with pytest.raises(UserError, match=r"lists metrics\.csv, which the site does not have"):
        assert runpages.read(site).runs


def test_a_link_out_of_the_site_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("name,value\nsecret,1\n")
    site = write_site(tmp_path / "site", ["e/x/y/run.json", "e/x/y/metrics.a.csv"], ("metrics.a.csv",))
    (site / "e/x/y/metrics.a.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(UserError, match=r"metrics\.a\.csv is a link that leads out of the site"):
        assert runpages.read(site).runs


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ("[]", "is not the manifest of a site"),
        ("{", "is damaged"),
        ('{"runpages": "site", "format": 2}', "built by a newer runpages"),
        ("[" * 100_000, "is damaged"),
    ],
)
def test_what_is_no_site_is_refused(manifest: str, why: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(UserError, match=why):
        runpages.read(tmp_path)


@pytest.mark.parametrize("file", ["metrics.b.csv", "tables/\ud800.csv"])
def test_a_file_that_is_gone_is_named(file: str, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json", f"e/x/y/{file}"], (file,))
    with pytest.raises(UserError, match="cannot be read"):
        assert runpages.read(site).runs
    with served(partial(Quiet, directory=str(site))) as address, pytest.raises(UserError, match="cannot be read"):
        assert runpages.read(address).runs


@pytest.mark.parametrize("inner", [("tables/a", "tables/a/b.jsonl"), (f"tables/{'n' * 300}.jsonl",)])
def test_names_that_no_disk_takes_are_refused(inner: tuple[str, ...], tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json", *(f"e/x/y/{file}" for file in inner)], inner)

    class Same(Quiet):
        def do_GET(self) -> None:
            if self.path.endswith(".json"):
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(METRICS)))
            self.end_headers()
            self.wfile.write(METRICS)

    with (
        served(partial(Same, directory=str(site))) as address,
        pytest.raises(UserError, match="copy of a file of the site"),
    ):
        assert runpages.read(address).runs


def test_a_run_of_a_newer_format_is_left_out_with_a_hint(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json"])
    (site / "e/x/y/run.json").write_text('{"format": 2}')
    reading = runpages.read(site)
    assert reading.runs == [] and "Install a newer one" in reading.hints[0]
    (site / "e/x/y/run.json").write_text('{"format": 1}')
    old = runpages.read(site)
    assert old.runs == [] and "does not list the files of the run; build the site again" in old.hints[0]
    with pytest.raises(UserError, match="no runs named 'y'"):
        reading.run("y")


@pytest.mark.parametrize("script", ['runpages.put("columns",{', "[]", "[" * 100_000, "\xff"])
def test_a_damaged_list_of_columns_is_named_or_empty(script: str, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json", "e/x/y/metrics.csv", "e/x/columns.js"])
    (site / "e/x/columns.js").write_text(script)
    reading = site_at(str(site))
    (run,) = reading.runs
    if script == "[]":
        assert reading.columns(run.folder) == {}
    else:
        with pytest.raises(UserError, match=r"columns\.js cannot be read: .*; build the site again"):
            reading.columns(run.folder)


# --- redirections ---------------------------------------------------------------------------------------------


@contextmanager
def moved(target: Callable[[str], str]) -> Iterator[str]:
    """A server that sends every request elsewhere."""

    class Moved(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", target(self.path))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with served(Moved) as address:
        yield address


def test_a_site_that_moved_is_read_where_it_is(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json", "e/x/y/metrics.csv"])
    with served(partial(Quiet, directory=str(site))) as there, moved(lambda path: there + path) as address:
        reading = runpages.read(address)
        assert reading.path == f"{there}/" and [run.id for run in reading.runs] == ["y"]


def test_a_manifest_of_another_name_is_refused(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", [])
    (site / "list.json").write_text((site / MANIFEST).read_text())

    def aim(path: str) -> str:
        return f"{there}/list.json"

    with (
        served(partial(Quiet, directory=str(site))) as there,
        moved(aim) as address,
        pytest.raises(UserError, match=r"leads to http://.*/list\.json, which is no site"),
    ):
        runpages.read(address)


def test_a_file_elsewhere_is_refused(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ["e/x/y/run.json", "e/x/y/metrics.csv"])

    class Trap(Quiet):
        def do_GET(self) -> None:
            if self.path.endswith(".csv"):
                self.send_response(302)
                self.send_header("Location", f"{elsewhere}/metrics.csv")
                self.end_headers()
            else:
                super().do_GET()

    with (
        served(partial(Quiet, directory=str(site / "e/x/y"))) as elsewhere,
        served(partial(Trap, directory=str(site))) as address,
        pytest.raises(UserError, match="leads out of the site"),
    ):
        assert runpages.read(address).runs


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/index.html"])
def test_a_manifest_elsewhere_is_refused(target: str, tmp_path: Path) -> None:
    def aim(path: str) -> str:
        return target

    with moved(aim) as address, pytest.raises(UserError, match="cannot be read"):
        runpages.read(address)


def test_a_server_that_is_not_there_is_named() -> None:
    with served(Quiet) as address:
        pass
    with pytest.raises(UserError, match=r"runpages-site\.json cannot be read: .*; name the address"):
        runpages.read(address)
    with pytest.raises(UserError, match="is no address"):
        runpages.read("http://[")


def test_the_workspace_is_read_if_no_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runpages.start("e", capture=False).complete()
    assert runpages.read().path == str(Workspace().root)
