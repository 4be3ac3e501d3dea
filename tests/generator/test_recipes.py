"""The recipes of docs/how-to/host.md and the action work: a real shell runs their steps in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml

from runpages_site.check.site import check
from tests.modules import ROOT
from tests.servers import listening, s3
from tests.unmeasured import unmeasured

HOST = ROOT / "docs" / "how-to" / "host.md"
ACTION = ROOT / "action"
MLRUNS = ROOT / "tests" / "sources" / "data" / "mlflow" / "files" / "mlruns"

_INSTALL = re.compile(r"^(python -m )?pip install .*$", re.MULTILINE)
_EXPRESSION = re.compile(r"\$\{\{ ([\w.]+) \}\}")
_TRAIN = """\
import os, pathlib
folder = pathlib.Path("runs/demo", os.environ["GITHUB_SHA"])
folder.mkdir(parents=True)
folder.joinpath("metrics.csv").write_text("name,step,value\\nloss,0,0.5\\n")
"""


def recipe(name: str) -> str:
    """The block of the page after the comment with this name."""
    found = re.search(rf"<!-- recipe: {name} -->\n\n```\w+\n(.*?)```", HOST.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def steps_of(workflow: str) -> list[dict[str, Any]]:
    """The steps of the only job of a workflow."""
    document = yaml.safe_load(workflow)
    # YAML 1.1, which PyYAML reads, takes the key `on` for a truth value; GitHub does not.
    assert document[True]["push"]["branches"] == ["main"]
    assert document["permissions"] == {"contents": "write"}
    [job] = document["jobs"].values()
    steps: list[dict[str, Any]] = job["steps"]
    return steps


def filled(text: object, known: Mapping[str, str]) -> str:
    """A text with the values of its expressions; one that is not known is an error."""
    return _EXPRESSION.sub(lambda found: known[found[1]], str(text))


class Host:
    """A host of repositories on this disk, and the clones of its jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "lab" / "code"
        seed = folder / "seed"
        self._git("init", "-q", "--bare", "-b", "main", self.bare)
        self._git("init", "-q", "-b", "main", seed)
        (seed / "train.py").write_text(_TRAIN)
        shutil.copytree(MLRUNS, seed / "mlruns")
        self._git("-C", seed, "add", "-A")
        self._git("-C", seed, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qm", "x")
        self._git("-C", seed, "push", "-q", f"file://{self.bare}", "main")

    def job(self, name: str, scripts: list[tuple[str, Mapping[str, str]]], *, installs: bool = False) -> Path:
        """Run the scripts of a job in a fresh clone, which is returned; pip takes longer than all else together."""
        clone, home = self.folder / name, self.folder / f"home-{name}"
        home.mkdir()
        self._git("clone", "-q", "--branch", "main", f"file://{self.bare}", clone)
        known = {
            **unmeasured(), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home), "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_SHA": name,
            "GITHUB_SERVER_URL": f"file://{self.folder}", "GITHUB_REPOSITORY": "lab/code",
            "GITHUB_WORKSPACE": str(clone), "GITHUB_STEP_SUMMARY": str(home / "summary"),
            "CI_REPOSITORY_URL": f"file://{self.bare}", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip
        for script, variables in scripts:
            script = script if installs else _INSTALL.sub("", script)
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
            done = subprocess.run(command, cwd=clone, env={**known, **variables}, capture_output=True, text=True)
            assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return clone

    def site(self, branch: str) -> Path:
        """What the host serves of a branch; every link in it leads somewhere."""
        place = self.folder / f"served-{branch}-{time.monotonic_ns()}"
        self._git("clone", "-q", "--branch", branch, f"file://{self.bare}", place)
        assert check(place).problems == []
        return place

    def commits(self, branch: str) -> int:
        command = ["git", "--git-dir", str(self.bare), "rev-list", "--count", branch]
        return int(subprocess.run(command, check=True, capture_output=True).stdout)

    @staticmethod
    def _git(*arguments: object) -> None:
        subprocess.run(["git", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host(tmp_path_factory.mktemp("host"))


def scripts_of(workflow: str) -> list[tuple[str, Mapping[str, str]]]:
    known = {"github.token": "token"}
    return [
        (step["run"], {key: filled(value, known) for key, value in step.get("env", {}).items()})
        for step in steps_of(workflow)
        if "run" in step
    ]


def runs(site: Path, experiment: str = "demo") -> set[str]:
    return {path.stem for path in (site / "e" / experiment).glob("*.html") if path.stem != "index"}


def test_two_jobs_on_github_that_each_hold_their_own_run_publish_both(host: Host) -> None:
    for name in ("one", "two"):
        host.job(name, scripts_of(recipe("github")))
    site = host.site("gh-pages")
    assert runs(site) == {"one", "two"}
    assert (site / ".nojekyll").exists()
    assert host.commits("gh-pages") == 2


def test_the_action_does_the_same_with_its_inputs(host: Host) -> None:
    action = yaml.safe_load((ACTION / "action.yml").read_text("utf-8"))
    [workflow] = re.findall(r"```yaml\n(.*?)```", (ACTION / "README.md").read_text("utf-8"), re.DOTALL)
    steps = steps_of(workflow)
    given = {"branch": "portal", **steps[-1]["with"]}
    assert given.keys() <= action["inputs"].keys()
    inputs = {name: str(one["default"]) for name, one in action["inputs"].items()} | given
    known = {f"inputs.{name}": filled(value, {"github.token": "token"}) for name, value in inputs.items()}
    train: list[tuple[str, Mapping[str, str]]] = [(step["run"], {}) for step in steps if "run" in step]
    assert all(step["shell"] == "bash" for step in action["runs"]["steps"])
    for name in ("three", "four"):
        own = [
            (step["run"], {key: filled(value, known) for key, value in step["env"].items()})
            for step in action["runs"]["steps"]
        ]
        host.job(name, [*train, *own], installs=name == "three")
        summary = (host.folder / f"home-{name}" / "summary").read_text()
        assert "published to" in summary
        assert "token" not in summary
    assert runs(host.site("portal")) == {"three", "four"}
    listed = re.findall(r"^\| `(\w+)` \|", (ACTION / "README.md").read_text("utf-8"), re.MULTILINE)
    assert listed == list(action["inputs"])


def test_a_repository_with_mlruns_gets_a_site_by_one_file(host: Host) -> None:
    scripts = [
        (script.replace("#gh-pages", "#mlruns"), variables) for script, variables in scripts_of(recipe("mlruns"))
    ]
    host.job("tracked", scripts)
    assert [path for path in host.site("mlruns").glob("e/*/*.html") if path.stem != "index"] != []


def test_a_job_on_gitlab_serves_what_the_branch_has(host: Host) -> None:
    [job] = yaml.safe_load(recipe("gitlab")).values()
    script = "\n".join(job["script"])
    [served] = job["artifacts"]["paths"]
    host.job("five", [(script, {})])
    clone = host.job("six", [(script, {})])
    assert runs(clone / served) == {"five", "six"}
    assert check(clone / served).problems == []


@contextmanager
def bucket(folder: Path) -> Iterator[dict[str, str]]:
    """An S3 server with an empty bucket, ``lab:runs``, and the environment by which rclone knows it."""
    (folder / "buckets" / "runs").mkdir(parents=True)
    with s3(folder / "buckets", folder / "s3.log") as address:
        known = {"TYPE": "s3", "PROVIDER": "Rclone", "ENDPOINT": address, "ACCESS_KEY_ID": "lab"}
        variables = {f"RCLONE_CONFIG_LAB_{key}": value for key, value in (known | {"SECRET_ACCESS_KEY": "lab"}).items()}
        yield {**variables, "RCLONE_CONFIG": str(folder / "rclone.conf")}


def test_two_machines_that_each_hold_their_own_run_publish_both_to_a_bucket(tmp_path: Path) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with bucket(tmp_path) as environment:
        for name in ("one", "two"):
            run = tmp_path / name / "runs" / "demo" / name
            run.mkdir(parents=True)
            (run / "metrics.csv").write_text("name,step,value\nloss,0,0.5\n")
            subprocess.run(
                ["bash", "-euc", recipe("rclone")], cwd=tmp_path / name, check=True,
                env=unmeasured() | environment | {"PATH": programs},
            )  # fmt: skip
    site = tmp_path / "buckets" / "runs"
    assert runs(site) == {"one", "two"}
    assert check(site).problems == []
    assert not (site / ".runpages").exists()


@contextmanager
def nginx(root: Path, folder: Path) -> Iterator[str]:
    """A real nginx with the recipe's configuration, and its address."""
    spools = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"

    def command(port: int) -> list[str | Path]:
        server = recipe("nginx").replace("listen 80;", f"listen 127.0.0.1:{port};").replace("/var/www/runs", str(root))
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; user root; events {{}}\n"
            f"http {{ include /etc/nginx/mime.types; access_log off; {spools}\n{server} }}\n"
        )
        return [program, "-p", folder, "-c", folder / "nginx.conf"]

    with listening(command, folder / "nginx.log") as port:
        yield f"http://127.0.0.1:{port}"


def test_nginx_serves_a_site_and_nothing_else(tmp_path: Path) -> None:
    from runpages_site.build import build

    folder = tmp_path / "runs" / "demo" / "a" / "artifacts"
    folder.mkdir(parents=True)
    folder.parent.joinpath("metrics.csv").write_text("name,step,value\nloss,0,0.5\n")
    folder.joinpath("page.html").write_text("<script>alert(1)</script>")
    build(tmp_path / "runs", tmp_path / "site", now=0.0, version="1")
    with nginx(tmp_path / "site", tmp_path) as address:
        for path in ("", "e/demo/a.html"):
            with urlopen(f"{address}/{path}") as page:
                assert page.headers["Content-Type"] == "text/html; charset=utf-8"
                assert page.headers["X-Content-Type-Options"] == "nosniff"
        script = next((tmp_path / "site" / "assets").glob("*.js")).name
        with urlopen(f"{address}/assets/{script}") as asset:
            assert "javascript" in asset.headers["Content-Type"]
            assert "max-age" in asset.headers["Cache-Control"]
            assert asset.headers["X-Content-Type-Options"] == "nosniff"
        [logged] = (tmp_path / "site" / "e" / "demo" / "a" / "artifacts").iterdir()
        with urlopen(f"{address}/e/demo/a/artifacts/{logged.name}") as kept:
            assert kept.headers["Content-Type"].startswith("text/plain")
        for path in (".runpages/state.json", ".runpages-unfinished/1"):
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"{address}/{path}")
