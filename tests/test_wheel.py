"""The distribution as users get it: sdist, wheel, and installed into clean environments far from the tree.

Slow, and in need of a package index: `make wheel-check` runs it, `make test` leaves it out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(600)]

ROOT = Path(__file__).parent.parent
SOURCE_ROOTS = {"runpages": "logger", "runpages_site": "generator", "runpages_themes": "themes"}
SCRIPT = """
import runpages, sys
assert runpages.__file__.startswith(sys.prefix), runpages.__file__
with runpages.start("demo", root=sys.argv[1]) as run:
    for step in range(10):
        run.log("loss", 1 / (step + 1))
print(run.folder)
"""


def run(*command: str | Path, folder: Path, code: int = 0) -> str:
    """Run a command with nothing of this environment in its way; its output."""
    ours = ("PYTHON", "VIRTUAL_ENV", "RUNPAGES_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == code, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def environment(folder: Path, *install: str | Path) -> Path:
    """A new virtual environment with some things installed; the folder of its programs."""
    run(sys.executable, "-m", "venv", folder, folder=folder.parent)
    programs = folder / "bin"
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, *install, folder=folder.parent)
    return programs


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel that was made from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, folder=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


def packaged() -> set[str]:
    """The files of the packages in the tree, under the names they have in the wheel."""
    return {
        path.relative_to(ROOT / folder).as_posix()
        for package, folder in SOURCE_ROOTS.items()
        for path in (ROOT / folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_files_of_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == packaged()


def test_the_sdist_holds_what_the_tests_need(dist: Path) -> None:
    (found,) = dist.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
    assert tops >= {"logger", "generator", "themes", "tests", "tools"}
    assert tops >= {"pyproject.toml", "README.md", "LICENSE", "Makefile"}
    assert not tops & {".venv", ".git", "dist"}


def test_the_logger_works_alone(wheel: Path, tmp_path: Path) -> None:
    programs = environment(tmp_path / "alone", "--no-deps", wheel)
    folder = Path(run(programs / "python", "-c", SCRIPT, "runs", folder=tmp_path).strip())
    written = (tmp_path / folder / "metrics.csv").read_text(encoding="utf-8")
    assert len(written.splitlines()) == 11
    done = subprocess.run([programs / "runpages", "build", "runs"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "site").exists()


def test_the_whole_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    programs = environment(tmp_path / "whole", wheel)
    run(programs / "python", "-m", "pip", "check", folder=tmp_path)
    run(programs / "python", "-c", SCRIPT, "my runs", folder=tmp_path)
    run(programs / "runpages", "build", "my runs", "-o", "my site", folder=tmp_path)
    pages = [path.relative_to(tmp_path / "my site").as_posix() for path in (tmp_path / "my site").rglob("*.html")]
    assert {"index.html", "e/demo/index.html"} < set(pages)
    assert "loss" in (tmp_path / "my site" / "e/demo/index.html").read_text(encoding="utf-8")
    assert "0.1.0" in run(programs / "runpages", "--version", folder=tmp_path)
