"""Decides what each file is shown as that other programs and people put beside ``metrics.csv``.

What is shown becomes public, so this is an allow-list by kind; all else is reported, with the command that keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from shlex import quote
from typing import NamedTuple

from . import layout
from .records import File, Problem
from .secret import is_secret

PICTURES = frozenset(["png", "jpg", "jpeg", "gif", "webp", "bmp", "avif", "svg", "tif", "tiff"])
_LOGS = frozenset(["log", "out", "err"])
_LOG_WORDS = ("log", "stdout", "stderr", "console", "train", "output", "slurm")
"""What the name of a text begins or ends with that is a log."""
MODELS = frozenset(
    ["pt", "pth", "ckpt", "pkl", "joblib", "onnx", "h5", "hdf5", "keras", "safetensors", "npy", "npz", "mat", "rds"]
)
_KEPT = frozenset(["html", "htm", "pdf", "ipynb", "yaml", "yml", "toml", "ini", "cfg"]) | MODELS
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


def strays(top: Iterable[tuple[str, int]], patch: object) -> Loose:
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
        why = f"Files of this kind are not shown from the run's main folder: {_moved(name, 'artifacts')}"
        yield Problem(name, None, why, "File not shown", False)
    if len(files) > LISTED:
        more = f"{len(files) - LISTED} more files lie beside the run's own: move them to artifacts/"
        yield Problem("", None, more, "Files not shown", False)
    for name in folders:
        if not name.startswith(".") and not is_ours(name):
            place = "images" if name.lower() in _IMAGES else "artifacts"
            yield Problem(name, None, f"It is not a folder of a run: {_moved(name, place)}", "Folder not shown", False)


def _moved(name: str, folder: str) -> str:
    quoted = quote(name) if not name.startswith("-") else quote(f"./{name}")
    if name == folder:  # A file has the name of the folder.
        return f"mv {quoted} {quoted}.txt && mkdir {quoted} && mv {quoted}.txt {quoted}/"
    return f"mkdir -p {folder} && mv {quoted} {folder}/"


DOCUMENTS = (layout.RUN, layout.SERIES, layout.EXPERIMENT, layout.SNAPSHOT)
"""Files that a folder has once."""

GROWING = (
    (layout.METRICS, "csv"), ("changes", "jsonl"), ("definitions", "jsonl"), ("images", "jsonl"), ("media", "jsonl"),
    ("series", "json"),
)  # fmt: skip
"""Stem and extension of the files of which each writer has its own."""

_COPY = r"(?:copy|copie|kopie|copia|cópia|kopia|kopi|kopio|kopija|kópia|másolat)"
_OLD = r"(?:bak|backup|old|orig|original|save|tmp|temp|copy|kopie|conflict|sync-conflict-[\w-]+)"
_BEFORE = re.compile(rf"{_COPY}(?: \(\d+\))? (?:(?:of|von|de|di|van|av|af) )?", re.IGNORECASE)
_STEM = re.compile(
    rf" ?\(\d+\)| .*{_COPY}.*| ?\(.*(?:{_COPY}|conflict).*\)| \d+|~|[._-]{_OLD}|-(?:DESKTOP|LAPTOP)-\w+", re.IGNORECASE
)
_NUMBERED = re.compile(r"-\d+")  # The end of a writer's name may be this as well.
_AFTER = re.compile(rf"~|\.~\d+~|\.{_OLD}|\.txt|\.\d+|[ -].*", re.IGNORECASE)
_WRITER = re.compile(r"\.[A-Za-z0-9_~.-]+")
_BY_HAND = re.compile(r"[_-][A-Za-z0-9_~-]+")

_LEFT = re.compile(
    r"\.DS_Store|\.AppleDouble|\.Spotlight-V100|\.Trashes|\.fseventsd|Icon\r|Thumbs\.db(:.*)?|ehthumbs\.db|desktop\.ini"
    r"|\.~lock\..*#|~\$.*|\.#.*|\.nfs[0-9a-f]+|\.fuse_hidden[0-9a-f]+|\.smbdelete.*|__MACOSX|@eaDir|\.directory|#recycle"
    r"|\.Trash-\d+|\$RECYCLE\.BIN|System Volume Information|\.sync-.*|\.stfolder|\.stversions|\.syncthing\..*",
    re.IGNORECASE,
)
_HALF = re.compile(r".*\.(part|partial|crdownload|download|swp|swo|swx)|#.*#|\..*\.[A-Za-z0-9]{6}", re.IGNORECASE)


@lru_cache(1024)  # The runs of a workspace have files of the same names.
def writer_in(file: str, stem: str, extension: str) -> str | None:
    """Whose file of a kind this is: empty for the owner's, else the writer's suffix; None for one of no writer.

    Beside ``<stem>.<writer>.<extension>`` it may be ``<stem>_<word>`` or ``<stem>-<word>``, as people write.
    """
    if file == f"{stem}.{extension}":
        return ""
    if not file.startswith(stem) or not file.endswith(f".{extension}"):
        return None
    inner = file[len(stem) : -len(extension) - 1]
    if _NUMBERED.fullmatch(inner) or any(_STEM.fullmatch(inner, at) for at in range(len(inner))):
        return None
    written = _WRITER.fullmatch(inner) or (extension == "csv" and _BY_HAND.fullmatch(inner))
    return inner[1:] if written else None


def original(file: str) -> str | None:
    """The name of the file that one is a copy of, by what programs make of the names of copies; None for others."""
    if (found := _BEFORE.match(file)) is not None:
        return file[found.end() :]
    stem, dot, extension = file.rpartition(".")
    for end in range(1, len(stem)):
        if _STEM.fullmatch(stem, end) or _NUMBERED.fullmatch(stem, end):
            return stem[:end] + dot + extension
    return None


@lru_cache(256)
def copy_of(file: str) -> str | None:
    """The file of the format that one beside it is a copy of; None for what is none."""
    if is_ours(file):
        return None
    if (known := original(file)) is not None and is_ours(known):
        return known
    for known in (*DOCUMENTS, *(f"{stem}.{extension}" for stem, extension in GROWING)):
        stem, _, extension = known.rpartition(".")
        if file.startswith(known) and _AFTER.fullmatch(file, len(known)):
            return known
        if file.startswith(f"{stem} ") and file.endswith(f".{extension}"):
            return known
    named = (f"{stem}.{end}" for stem, end in GROWING if file.startswith(stem) and file.endswith(f".{end}"))
    return next(named, None)


@lru_cache(256)
def is_ours(file: str) -> bool:
    """Whether a name is one of the format's, in the folder of a run."""
    return file in DOCUMENTS or any(writer_in(file, stem, extension) is not None for stem, extension in GROWING)


def is_leftover(name: str, siblings: Collection[str], *, kept: bool = False) -> bool:
    """Whether a file or folder was left by a file manager, a sync program or an editor, and is no result.

    ``siblings`` are the names in its folder. What was ``kept`` under a name of its own may end like half a download.
    """
    if name.startswith("._"):  # What macOS has to say of a file, for disks that take no more than its content.
        return name[2:] in siblings
    return _is_left(name, kept=kept)


@lru_cache(1024)
def _is_left(name: str, *, kept: bool) -> bool:
    return _LEFT.fullmatch(name) is not None or (not kept and _HALF.fullmatch(name) is not None)
