"""The programs that builds are compared with: Hugo, MkDocs, its theme Material, and the report of DVCLive.

Each writes its input into a folder once, and says which command turns it into pages. Hugo is the system's; the others
get a virtual environment of their own.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import site_pages
from installed import environment, printed, version

HUGO_MISSING = "hugo is not installed: apt-get install hugo"


class Peer(NamedTuple):
    """A program that is there, and its version; `start` is how its command begins."""

    name: str
    version: str
    start: list[str]


def hugo() -> Peer:
    """The system's Hugo; raises OSError where there is none."""
    found = shutil.which("hugo")
    if not found:
        raise OSError(HUGO_MISSING)
    told = re.search(r"v(\d[\d.]*)", printed([found, "version"]))
    return Peer("Hugo", told[1] if told else "?", [found, "--quiet"])


def mkdocs(venvs: Path) -> Peer:
    """MkDocs with the theme that it brings."""
    python = environment("mkdocs", ["mkdocs"], venvs)
    return Peer("MkDocs", version(python, "mkdocs"), [python, "-m", "mkdocs", "build", "--quiet"])


def material(venvs: Path) -> Peer:
    """MkDocs with the theme Material."""
    python = environment("mkdocs-material", ["mkdocs-material"], venvs)
    return Peer("Material", version(python, "mkdocs-material"), [python, "-m", "mkdocs", "build", "--quiet"])


def dvclive(venvs: Path) -> Peer:
    """DVCLive, in the environment that the loggers are measured in too."""
    python = environment("dvclive", ["dvclive", "numpy", "pillow"], venvs)
    return Peer("DVCLive", version(python, "dvclive"), [python, "-c", REPORT])


PEERS: dict[str, Callable[[Path], Peer]] = {
    "hugo": lambda venvs: hugo(),
    "mkdocs": mkdocs,
    "material": material,
    "dvclive": dvclive,
}


# --- Hugo --------------------------------------------------------------------------------------------------

HUGO_CONFIG = {
    "baseURL": "https://example.org/",
    "title": "Runs",
    "disableKinds": ["RSS", "sitemap", "taxonomy", "term"],
}
HUGO_LAYOUTS = {
    "_default/baseof.html": """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }} – {{ .Site.Title }}</title></head>
<body><nav><a href="/">Runs</a></nav><main>{{ block "main" . }}{{ end }}</main></body></html>
""",
    "_default/list.html": """{{ define "main" }}<h1>{{ .Title }}</h1>
<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul>{{ end }}
""",
    "_default/single.html": """{{ define "main" }}<h1>{{ .Title }}</h1><p>{{ .Params.status }}</p>
<ul>{{ range .Params.tags }}<li>{{ . }}</li>{{ end }}</ul>
{{ range .Params.tables }}{{ partial "table.html" . }}{{ end }}
{{ range .Params.figures }}<figure class="chart" id="chart-{{ .name | urlize }}"><figcaption>{{ .name }}</figcaption>
<svg viewBox="0 0 140 40" role="img"><polyline points="{{ .points }}"/></svg></figure>
{{ end }}<h2>Log</h2><pre>{{ .Params.log }}</pre>{{ end }}
""",
    "partials/table.html": """<h2>{{ .title }}</h2>
<table><thead><tr>{{ range .head }}<th scope="col">{{ . }}</th>{{ end }}</tr></thead>
<tbody>{{ range .rows }}<tr>{{ range . }}<td class="value">{{ . }}</td>{{ end }}</tr>
{{ end }}</tbody></table>
""",
}


def write_hugo(folder: Path, pages: int) -> None:
    """A site whose pages are data that a template spells out; it builds into `public`."""
    for name, text in HUGO_LAYOUTS.items():
        _put(folder / "layouts" / name, text)
    _put(folder / "config.json", json.dumps(HUGO_CONFIG))
    for number in range(pages):
        _put(folder / f"content/runs/{number:06d}.md", site_pages.front_matter(number))


# --- MkDocs ------------------------------------------------------------------------------------------------


def write_mkdocs(folder: Path, pages: int, theme: str) -> None:
    """A site of Markdown pages; it builds into `site`."""
    config = {"site_name": "Runs", "site_url": "https://example.org/", "theme": {"name": theme}, "plugins": ["search"]}
    _put(folder / "mkdocs.yml", json.dumps(config))  # Which YAML reads as well.
    _put(folder / "docs/index.md", "# Runs\n")
    for number in range(pages):
        _put(folder / f"docs/runs/{number:06d}.md", site_pages.markdown(number))


# --- DVCLive -----------------------------------------------------------------------------------------------

# Goes on with the run in the folder, and makes its report; prints how long the one call took.
REPORT = """
import sys, time
from dvclive import Live
live = Live(sys.argv[1], resume=True, report="html", save_dvc_exp=False, dvcyaml=None)
start = time.perf_counter()
live.make_report()
print(time.perf_counter() - start)
"""


def write_dvclive(folder: Path, run: Path) -> None:
    """The points and parameters of a run of ours as DVCLive keeps them."""
    last: dict[str, float] = {}
    with ExitStack() as stack, open(run / "metrics.csv", encoding="utf-8", newline="") as file:
        files: dict[str, Any] = {}
        for row in csv.DictReader(file):
            name = row["name"]
            if name not in files:
                place = folder / f"plots/metrics/{name}.tsv"
                place.parent.mkdir(parents=True, exist_ok=True)
                files[name] = stack.enter_context(open(place, "w", encoding="utf-8"))
                files[name].write(f"step\t{place.stem}\n")
            files[name].write(f"{row['step']}\t{row['value']}\n")
            last[name] = float(row["value"])
    document = json.loads((run / "run.json").read_text())
    _put(folder / "params.yaml", json.dumps(document["params"]))
    _put(folder / "metrics.json", json.dumps(last))


def quiet() -> dict[str, str]:
    """The variables of a peer's process: without telemetry, and without opening what it made."""
    return {**os.environ, "DVC_NO_ANALYTICS": "1", "DVCLIVE_OPEN": "0", "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
