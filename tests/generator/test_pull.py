"""`runpages pull` gives the workspace of a site back, from a folder and from a server, in one go or in several."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import runpages
from runpages import UserError
from runpages.format.document import encode
from runpages.format.published import Copy, described
from runpages.pull import ASIDE, Pulled, pull
from runpages.site_files import MANIFEST, Site
from runpages_site.build import build
from runpages_site.command import runpages as cli

from .conftest import NOW
from .test_site_reading import Quiet, served

DATA = b"name,step,value\nloss,0,0.5\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in `runs`, and its site in `site`."""
    folder = tmp_path_factory.mktemp("published")
    runs = folder / "runs"
    for name in ("first", "second"):
        with runpages.start("demo", name=name, root=runs, params={"lr": 0.1}, capture=False) as run:
            run.log("loss", 0.5)
            run.define("loss", goal="min", unit="m")
            run.log_row("rows", a=1)
            run.upload_file("outputs/a test.py", __file__)
            model = run.register_model("net", "outputs/a test.py", tags={"kind": "linear"})
            assert model.version
    (runs / "demo" / "README.md").write_text("# Demo\n")
    (runs / "runpages.yml").write_text("title: Lab\nhide:\n  runs: [secret-*]\n")
    build(runs, folder / "site", now=NOW, version="1.2.3")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def invoke(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["pull", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_workspace_comes_back_from_a_server(published: Path, tmp_path: Path) -> None:
    with served(partial(Quiet, directory=str(published))) as address:
        done = pull(Site(f"{address}/site/"), str(tmp_path / "runs"))
    assert (done.runs, done.same, done.different, done.refused) == (2, 0, [], [])
    here, there = files(published / "runs"), files(tmp_path / "runs")
    own = {path for path in here if "/run.json" in path or path == "runpages.yml" or "/." in f"/{path}"}
    assert {
        path: here[path] for path in here.keys() - own if not path.endswith("changes.jsonl")
    }.items() <= there.items()
    assert there["runpages.yml"] == b"title: Lab\n"
    models = {path for path in there if path.startswith(".runpages/")}
    assert models == {".runpages/models/net/1.json", ".runpages/models/net/2.json"}
    build(tmp_path / "runs", tmp_path / "site", now=NOW, version="1.2.3")
    skipped = ("build.js", ".runpages/")
    one, other = files(published / "site"), files(tmp_path / "site")
    assert {path: data for path, data in one.items() if not path.startswith(skipped)} == {
        path: data for path, data in other.items() if not path.startswith(skipped)
    }


def test_a_second_pull_has_nothing_to_do_and_changes_nothing(published: Path, tmp_path: Path) -> None:
    code, text = invoke(published / "site", "-o", tmp_path / "runs")
    assert code == 0 and "Pulled 2 runs: " in text
    before = files(tmp_path / "runs")
    code, text = invoke(published / "site" / "e", "-o", tmp_path / "runs", "--json")
    known = json.loads(text)
    assert (code, known["runs"], known["same"], known["files"]) == (0, 0, 2, 0)
    # The workspace itself says more than it publishes.
    code, text = invoke(published / "site", "-o", published / "runs")
    assert code == 0 and "2 runs there already" in text
    assert "runpages.yml stays as it is; the site has another one" in text
    assert files(tmp_path / "runs") == before


def test_what_differs_is_reported_and_stays(published: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    pull(Site(str(published / "site")), str(runs))
    first, second = sorted((path.parent for path in runs.glob("demo/*/run.json")), key=str)
    (first / "metrics.csv").write_bytes(DATA)
    (second / "run.json").write_text("{")
    (runs / ".runpages/models/net/1.json").write_text("{}")
    before = files(runs)
    code, text = invoke(published / "site", "-o", runs)
    assert code == 1
    assert f"{first} differs from the site: metrics.csv" in text
    assert f"{second} differs from the site: run.json" in text
    assert "net/1.json differs from the site" in text
    assert "Nothing there was changed" in text
    assert files(runs) == before


def test_a_killed_pull_is_continued(published: Path, tmp_path: Path) -> None:
    asked: list[str] = []
    stop = threading.Event()
    begun = threading.Event()

    class Noting(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    class Slow(Quiet):
        def do_GET(self) -> None:
            if "tables" in self.path and not stop.is_set():
                begun.set()
                stop.wait(60)
            super().do_GET()

    script = (
        "import sys; from runpages.pull import pull; from runpages.site_files import Site; "
        "pull(Site(sys.argv[1]), sys.argv[2])"
    )
    runs = tmp_path / "runs"
    with served(partial(Slow, directory=str(published / "site"))) as address:
        process = subprocess.Popen([sys.executable, "-c", script, address, str(runs)])
        assert begun.wait(60)
        while not any((runs / ASIDE).rglob("metrics.csv")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        stop.set()
    assert not list(runs.glob("demo/*"))  # No half run.
    loaded = [path for path in (runs / ASIDE).rglob("metrics.csv") if path.stat().st_size]
    # A server of its own: the first may still come to what the killed process asked for.
    with served(partial(Noting, directory=str(published / "site"))) as address:
        done = pull(Site(address), str(runs))
    assert done.runs == 2 and not done.refused
    again = [path for path in asked if path.endswith("metrics.csv")]
    assert len(again) == 2 - len(loaded)
    assert not (runs / ASIDE).exists()


def test_a_network_that_fails_stops_and_keeps_what_is_there(published: Path, tmp_path: Path) -> None:
    class Broken(Quiet):
        def do_GET(self) -> None:
            if "tables" in self.path:
                self.send_response(200)
                self.send_header("Content-Length", "100000")
                self.end_headers()
                self.wfile.write(b"x")
            else:
                super().do_GET()

    with served(partial(Broken, directory=str(published / "site"))) as address:
        code, text = invoke(address, "-o", tmp_path / "runs")
    assert code in (1, 2) and ("cannot be read" in text or "its size or its SHA-256 differs" in text)
    assert not list((tmp_path / "runs").glob("demo/*/run.json"))
    assert invoke(published / "site", "-o", tmp_path / "runs")[0] == 0


# --- sites that are damaged, or somebody's trap --------------------------------------------------------------


def site_with(folder: Path, path: str, *, place: str = "data.csv", run: str = "y", **facts: Any) -> Site:
    """A site with a run that lists one file, which is called `path` in a workspace."""
    where = folder / "site" / "e" / "x" / run
    where.mkdir(parents=True)
    (where / "data.csv").write_bytes(DATA)
    copy = Copy(place, path, len(DATA), sha256(DATA).hexdigest())._replace(**facts)
    (where / "run.json").write_bytes(encode(described({"format": 1, "id": "y", "experiment": "x"}, [copy])))
    listed = [f"e/x/{run}/run.json", f"e/x/{run}/{place}"]
    (folder / "site" / MANIFEST).write_text(json.dumps({"runpages": "site", "format": 1, "files": listed}))
    return Site(str(folder / "site"))


def refused(site: Site, folder: Path) -> Pulled:
    """What a pull says that takes nothing; nothing is written beside its folder."""
    target = folder / "deep" / "runs"
    done = pull(site, str(target))
    assert len(done.refused) == 1 and not list(target.glob("[!.]*"))
    assert {path.name for path in folder.iterdir()} <= {"deep", "site"}
    assert [path.name for path in (folder / "deep").iterdir()] == ["runs"]
    return done


@pytest.mark.parametrize(
    "path",
    [
        "../../../secret", "/tmp/secret", "a/../../b", "a//b", "./a", "..", "C:/secret", "c:secret", "..\\..\\x",
        "a\0b", "aux.txt", "logs/CON", "a:b", "a?", "dot.", "space ", "run.json", "RUN.json", "run.json/a", "x" * 5_000,
    ],
)  # fmt: skip
def test_a_file_that_would_leave_its_run_is_refused(path: str, tmp_path: Path) -> None:
    refused(site_with(tmp_path, path), tmp_path)


@pytest.mark.parametrize("facts", [{"size": 5}, {"size": 5_000}, {"sha256": "0" * 64}, {"sha256": "x"}, {"size": -1}])
def test_a_file_that_is_not_what_was_published_is_refused(facts: dict[str, Any], tmp_path: Path) -> None:
    refused(site_with(tmp_path, "data.csv", **facts), tmp_path)


@pytest.mark.parametrize("run", ["~2e~2e~", "a~2fb~", "~2e~2e~2fb~", "CON", "a~3ab~"])
def test_a_run_whose_name_leads_elsewhere_is_refused(run: str, tmp_path: Path) -> None:
    refused(site_with(tmp_path, "data.csv", run=run), tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    site = site_with(tmp_path, "data.csv")
    (tmp_path / "site" / "secret").write_bytes(DATA)
    place = tmp_path / "site" / "e" / "x" / "y" / "data.csv"
    place.unlink()
    place.symlink_to("/etc/hostname")
    with pytest.raises(UserError, match="is a link that leads out of the site"):
        pull(site, str(tmp_path / "runs"))


def test_a_document_that_was_changed_is_refused(tmp_path: Path) -> None:
    site = site_with(tmp_path, "data.csv")
    document = tmp_path / "site" / "e" / "x" / "y" / "run.json"
    document.write_text(document.read_text().replace('"id": "y"', '"id": "z"'))
    assert "does not have the SHA-256 that it says" in refused(site, tmp_path).refused[0]


def test_an_experiment_brings_its_readme_only(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published / "site", tmp_path / "site")
    for path in ("workspace.json", "e/demo/experiment.json"):
        document = json.loads((tmp_path / "site" / path).read_text())
        document["published"]["files"][-1]["path"] = ".git/hooks/pre-commit"
        (tmp_path / "site" / path).write_text(json.dumps(document))
    done = pull(Site(str(tmp_path / "site")), str(tmp_path / "runs"))
    assert len(done.refused) == 2 and done.runs == 2
    assert all("it lists '.git/hooks/pre-commit'" in why for why in done.refused)


def test_what_does_not_fit_on_the_disk_is_not_begun(tmp_path: Path) -> None:
    site = site_with(tmp_path, "data.csv", size=1 << 60)
    with pytest.raises(UserError, match="Nothing was written"):
        pull(site, str(tmp_path / "runs"))


def test_what_is_no_site_is_named(tmp_path: Path) -> None:
    code, text = invoke(tmp_path, "-o", tmp_path / "runs")
    assert code == 2 and "has no .runpages-site.json" in text
    code, text = invoke("s3://bucket/site", "-o", tmp_path / "runs")
    assert code == 2


# --- build ---------------------------------------------------------------------------------------------------


def test_a_site_is_built_as_its_workspace(published: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["build", str(published / "site" / "e"), "-o", str(tmp_path / "one"), "-v"])
    assert result.exit_code == 0 and f"{published / 'site' / 'e'}/demo" in result.output
    for path in ("e/demo/runs.csv", "e/demo/README~_md~.txt", "workspace.json", MANIFEST):
        assert (tmp_path / "one" / path).read_bytes() == (published / "site" / path).read_bytes()


@pytest.mark.parametrize("place", ["", "e", "again"])
def test_a_site_is_not_built_into_itself(place: str, published: Path) -> None:
    site = published / "site"
    result = CliRunner().invoke(cli, ["build", str(site), "-o", str(site / place)])
    assert result.exit_code == 2 and "is inside the site" in result.output


def test_a_folder_that_cannot_be_written_is_named(published: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    code, text = invoke(published / "site", "-o", tmp_path / "runs")
    assert code == 2 and os.fspath(tmp_path / "runs") in text
