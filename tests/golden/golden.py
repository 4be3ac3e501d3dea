"""The site of `site-example` as it was accepted: chosen pages whole and as text, all else by a line with its hash.

The hashes in the names of assets are masked, so a change of a script or a style changes no page.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from runpages_site.build import FACTS, build
from runpages_site.site import MANIFEST
from runpages_site.write.site_folder import NOTES
from tests.golden.text import text_of

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TREE = "tree.txt"
NOW = 1_795_500_000.0
VERSION = "golden"
_HASH = re.compile(rb"(assets/[\w.-]+)\.[0-9a-f]{8}\.(css|js|svg|txt)")


def actual(workspace: Path, folder: Path) -> dict[str, str]:
    """Build the example with a fixed clock and version; the files to compare, by name."""
    build(workspace, folder, now=NOW, version=VERSION)
    # The time of the build, and what it noted for the next one, differ from place to place.
    ours = (path for path in folder.rglob("*") if path.is_file() and path.name != FACTS)
    paths = [path for path in ours if path.relative_to(folder).parts[0] != NOTES]
    # In an order that no hash decides.
    files = {TREE: "".join(_line(path, folder) for path in sorted(paths, key=lambda path: masked(bytes(path))))}
    for page in _chosen(folder):
        html = masked((folder / page).read_bytes()).decode()
        files |= {page: html, f"{page.removesuffix('.html')}.txt": text_of(html)}
    return files


def masked(data: bytes) -> bytes:
    """A text of the site without the hashes in the names of assets."""
    return _HASH.sub(rb"\1.*.\2", data)


def _line(path: Path, folder: Path) -> str:
    """A file of the site by hash, size and name; an asset by its name alone."""
    name = path.relative_to(folder).as_posix()
    if name.startswith("assets/"):
        return f"{'*':>16} {'*':>8} {masked(name.encode()).decode()}\n"
    data = path.read_bytes()
    data = masked(data) if path.suffix in {".html", ".js", ".json"} else data
    data = b"\n".join(sorted(data.split(b"\n"))) if name == MANIFEST else data
    return f"{sha256(data).hexdigest()[:16]} {len(data):>8} {name}\n"


def stored() -> dict[str, str]:
    """The accepted files, by name."""
    site = HERE / "site"
    paths = [path for path in sorted(site.rglob("*")) if path.is_file()]
    return {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in paths}


def accept(files: dict[str, str]) -> None:
    """Take these files as the right ones from now on; those that are no longer made are removed."""
    site = HERE / "site"
    for name in stored().keys() - files.keys():
        (site / name).unlink()
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, "utf-8")


def _chosen(folder: Path) -> list[str]:
    """The indexes, and of each experiment the first and the last run."""
    pages = ["index.html"]
    for experiment in sorted((folder / "e").iterdir()):
        runs = sorted(path.relative_to(folder).as_posix() for path in experiment.glob("*.html"))
        runs = [run for run in runs if not run.endswith("/index.html")]
        pages += [f"e/{experiment.name}/index.html", runs[0], runs[-1]]
    return pages
