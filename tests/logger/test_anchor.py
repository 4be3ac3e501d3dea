"""Links of a run in a notebook: what a browser opens from there, or the path."""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from runpages import Run, RunDetails
from runpages.addresses import address
from runpages.format import serving
from runpages.notebook.links import _PATH, anchor, below

VARIABLES = ("JUPYTER_SERVER_ROOT", "JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID", "VSCODE_PID")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A shell of a kernel whose connection file lies in ``runtime``."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    connection = str(tmp_path / "runtime" / "kernel-1.json")
    shell = types.SimpleNamespace(kernel=object(), config={"IPKernelApp": {"connection_file": connection}}, user_ns={})
    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    return shell


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "root" / "my <site>" / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    return page


def test_the_link_is_below_the_root_of_the_server(
    shell: Any, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_SERVER_ROOT", str(tmp_path / "root"))
    html = anchor(address(str(page)), "Page")
    assert 'href="/files/my%20%3Csite%3E/index.html"' in html
    assert "file:" not in html
    assert "my &lt;site&gt;/index.html</code>" in html
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    assert 'href="/user/ann/files/my%20' in anchor(address(str(page)), "Page")


@pytest.mark.parametrize(("file", "key"), [("jpserver", "root_dir"), ("nbserver", "notebook_dir")])
def test_the_server_is_found_by_its_runtime_file(shell: Any, page: Path, tmp_path: Path, file: str, key: str) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    known = {key: str(tmp_path / "root"), "base_url": "/lab/"}
    (runtime / f"{file}-{os.getppid()}.json").write_text(json.dumps(known), encoding="utf-8")
    assert 'href="/lab/files/my%20' in anchor(address(str(page)), "Page")


@pytest.mark.parametrize("where", ["VS Code", "an old VS Code", "Colab", "outside", "no server"])
def test_elsewhere_it_is_the_path(
    shell: Any, page: Path, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_SERVER_ROOT", str(tmp_path / "root"))
    if where == "VS Code":
        shell.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    elif where == "an old VS Code":
        monkeypatch.setenv("VSCODE_PID", "1")
    elif where == "Colab":
        monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    elif where == "outside":
        monkeypatch.setenv("JUPYTER_SERVER_ROOT", str(tmp_path / "runtime"))
    else:
        monkeypatch.delenv("JUPYTER_SERVER_ROOT")
        shell.config = {}
    html = anchor(address(str(page)), "Page")
    assert "<a" not in html
    assert "my &lt;site&gt;/index.html</code>" in html


def test_a_page_that_is_not_built_says_what_to_run(shell: Any, run: Run) -> None:
    path = unquote(run.get_portal_url().removeprefix("file://"))
    for html in (run._repr_html_(), RunDetails(run)._repr_html_()):
        assert "run <code" in html
        assert ">runpages build" in html
        assert path in html
        assert "href" not in html
    root = os.path.dirname(os.path.dirname(run.folder))
    for shown in (run, run.experiment, RunDetails(run)):
        assert f">runpages build {root}</code>" in shown._repr_html_()


def test_the_link_of_the_widget_is_where_the_site_is_served(
    shell: Any, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Path(unquote(run.get_portal_url().removeprefix("file://")))
    page.parent.mkdir(parents=True)
    page.touch()
    monkeypatch.setenv("JUPYTER_SERVER_ROOT", str(tmp_path))
    html = RunDetails(run)._repr_html_()
    assert 'href="/files/site/e/' in html
    assert f'Run <code style="{_PATH}">runpages serve --workspace {tmp_path}/runs</code>' in html
    serving.note(os.path.dirname(os.path.dirname(run.folder)), str(tmp_path / "site"), "http://127.0.0.1:8000/")
    html = RunDetails(run)._repr_html_()
    assert f'href="http://127.0.0.1:8000/e/e/{page.name}"' in html
    assert "runpages serve" not in html
    shell.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    assert 'href="http://127.0.0.1:8000/e/e/' in RunDetails(run)._repr_html_()
    # Readers of a hub are on other machines.
    del shell.user_ns["__vsc_ipynb_file__"]
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    html = RunDetails(run)._repr_html_()
    assert 'href="/user/ann/files/site/e/' in html
    assert "runpages serve" not in html


def test_a_published_page_is_a_link_everywhere(shell: Any) -> None:
    assert 'href="https://a.example/b.html"' in anchor("https://a.example/b.html", "Page")


def test_what_a_server_hides_has_no_address(tmp_path: Path) -> None:
    assert below(str(tmp_path / ".site" / "index.html"), str(tmp_path), "/") is None
