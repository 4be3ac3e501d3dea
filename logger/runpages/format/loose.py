"""What lies beside ``metrics.csv``, as other programs and people put it there: what each file is shown as.

What is shown becomes public, so this is an allow-list by kind; all else is reported, with the command that keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from shlex import quote
from typing import NamedTuple

from .copies import is_ours
from .records import File, Problem
from .secret import is_secret

PICTURES = frozenset(["png", "jpg", "jpeg", "gif", "webp", "bmp", "avif", "svg", "tif", "tiff"])
_LOGS = frozenset(["log", "out", "err"])
_LOG_WORDS = ("log", "stdout", "stderr", "console", "train", "output", "slurm")
"""What the name of a text begins or ends with that is a log."""
_MODELS = frozenset(
    ["pt", "pth", "ckpt", "pkl", "joblib", "onnx", "h5", "hdf5", "keras", "safetensors", "npy", "npz", "mat", "rds"]
)
_KEPT = frozenset(["html", "htm", "pdf", "ipynb", "yaml", "yml", "toml", "ini", "cfg"]) | _MODELS
CONFIGURATION = frozenset(
    ["config", "configuration", "params", "parameters", "hparams", "hyperparameters", "args", "arguments", "options"]
)
"""Names, before their endings, of files with the parameters of a run."""
READMES = ("README.md", "readme.md", "README.txt", "README")

_IMAGES = frozenset(["plots", "figures", "figs", "pictures", "pics", "img", "imgs", "frames", "samples"])


LISTED = 10
"""Files that are not shown and reported one by one."""


class Loose(NamedTuple):
    """The files beside the metrics by what they are shown as; each is in one list."""

    pictures: list[str]
    logs: list[File]
    outputs: list[File]
    configuration: list[str]
    """Those of the outputs that may hold the parameters."""
    readme: str | None
    others: list[str]


def loose(top: Iterable[tuple[str, int]], patch: object) -> Loose:
    """Sort the files in a run's own folder, given with their sizes; ``patch`` is the one with uncommitted changes."""
    found = Loose([], [], [], [], None, [])
    for name, size in top:
        stem, _, extension = name.lower().rpartition(".")
        is_configuration = stem in CONFIGURATION and extension in ("json", "yaml", "yml", "toml", "txt")
        if name.startswith(".") or name == patch or is_ours(name):
            continue
        if name in READMES and found.readme is None:
            found = found._replace(readme=name)
        elif extension in PICTURES:
            found.pictures.append(name)
        elif is_configuration or extension in _KEPT:
            found.outputs.append(File(name, name, size))
            found.configuration.extend([name] if is_configuration else ())
        elif extension in _LOGS or (extension == "txt" and (stem.startswith(_LOG_WORDS) or stem.endswith(_LOG_WORDS))):
            found.logs.append(File(name, name, size))
        else:
            found.others.extend([] if is_secret(name) else [name])
    return found


def not_shown(files: Sequence[str], folders: Iterable[str]) -> Iterator[Problem]:
    """Report files and folders beside the metrics that are not shown."""
    for name in files[:LISTED]:
        why = f"It lies beside the run's own files, where this kind is not shown: {_moved(name, 'artifacts')}"
        yield Problem(name, None, why, "File not shown", False)
    if len(files) > LISTED:
        more = f"{len(files) - LISTED} more files lie beside the run's own: move them to artifacts/"
        yield Problem("", None, more, "Files not shown", False)
    for name in folders:
        if not name.startswith(".") and not is_ours(name):
            place = "images" if name.lower() in _IMAGES else "artifacts"
            yield Problem(name, None, f"It is no folder of a run: {_moved(name, place)}", "Folder not shown", False)


def _moved(name: str, folder: str) -> str:
    quoted = quote(name) if not name.startswith("-") else quote(f"./{name}")
    return f"mkdir -p {folder} && mv {quoted} {folder}/"
