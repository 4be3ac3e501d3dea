"""Names files and folders: names to file names, ids, and the places of pages in a built site.

Everything here is a pure function of its arguments, and the one place that knows the rule it states.
"""

from __future__ import annotations

import os
import time

from .errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUN = "run.json"
SERIES = "series.json"
EXPERIMENT = "experiment.json"
README = "README.md"
STATE = ".runpages"
TRASH = ".runpages/trash"
MODELS = "models"
ENVIRONMENTS = "environments"
METRICS = "metrics"
ARTIFACTS = "artifacts"
LOGS = "logs"
SNAPSHOT = "snapshot.zip"
SETTINGS = "runpages.yml"
CITATION = "CITATION.cff"
REPORTS = "reports"

METRICS_HEADER = "name,step,time,value,text"

_PORTABLE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_HEX = frozenset("0123456789abcdef")
# Windows opens a device for each of these, whatever the case and whatever follows a dot.
_RESERVED = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{port}{i}" for port in ("com", "lpt") for i in "123456789¹²³"),
    ]
)
_LONGEST = 120
_KEPT = 100


# --- names ------------------------------------------------------------------------------------------------


def file_name(name: str) -> str:
    """Spell any text as a portable file name without a dot; equal names give equal file names.

    Bytes of the UTF-8 form outside ``A-Z a-z 0-9 _ -`` become ``~xx``, the first letter of a name that Windows
    reserves as well. Over 120 characters it is the ``hashed_name``. ``name_of`` turns it back.
    """
    spelled = _escaped(name)
    if spelled.lower() in _RESERVED:
        spelled = f"~{ord(spelled[0]):02x}{spelled[1:]}"
    return spelled if 0 < len(spelled) <= _LONGEST else hashed_name(name)


def is_device(file: str) -> bool:
    """Whether Windows opens a device for a file name."""
    return file.split(".")[0].rstrip(" ").lower() in _RESERVED


def hashed_name(name: str) -> str:
    """Spell a name by its first 100 escaped characters, ``~~`` and 16 hex digits of its SHA-256."""
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_escaped(name)[:_KEPT]}~~{digest[:16]}"


def name_of(file: str) -> str | None:
    """Give back the name that ``file_name`` spelled, or None for a hashed one, whose name stands elsewhere.

    Lenient: what no ``file_name`` would have written is taken as it stands.
    """
    if "~~" in file:
        return None
    if "~" not in file:
        return file
    return _unescaped(file)


def _escaped(name: str) -> str:
    return "".join(chr(byte) if byte in _PORTABLE else f"~{byte:02x}" for byte in name.encode("utf-8", "surrogatepass"))


def _unescaped(file: str) -> str:
    if "~" not in file:
        return file
    out = bytearray()
    at = 0
    while at < len(file):
        code = file[at + 1 : at + 3]
        if file[at] == "~" and len(code) == 2 and _HEX.issuperset(code):
            out.append(int(code, 16))
            at += 3
        else:
            out += file[at].encode("utf-8", "surrogatepass")
            at += 1
    try:
        return out.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return file


class FileNames:
    """The file names that one writer has given out; no two of them meet on a disk that ignores case."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        """The file name of ``name``: the same at each call, the hashed form where another name holds it."""
        known = self._by_name.get(name)
        if known is None:
            known = file_name(name)
            if known.lower() in self._taken:
                known = hashed_name(name)
            self._taken.add(known.lower())
            self._by_name[name] = known
        return known


# --- artifacts ---------------------------------------------------------------------------------------------

# What every file system takes inside a name, and what at least one common one refuses.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST_SEGMENT = 240
LONGEST_PATH = 1000
"""Bytes of the path of an artifact below ``artifacts/``."""
_REFUSED = frozenset('<>:"|?*\\') | {chr(code) for code in range(32)} | {"\x7f"}


def artifact_path(name: str) -> str:
    """Turn the name of an artifact into a path below ``artifacts/`` that every file system takes.

    Segments stay readable: only characters that a common file system refuses become ``~xx``. Raises UserError
    for a name that is empty, absolute, has a drive letter, would leave its folder, or is too long.
    """
    path = "/".join(map(_artifact_segment, artifact_parts(name)))
    if any(len(part.encode()) > _LONGEST_SEGMENT for part in path.split("/")):
        raise UserError(f"part of the artifact name {name!r} is longer than 240 bytes; give a shorter one")
    if len(path.encode()) > LONGEST_PATH:
        raise UserError(f"the artifact name {name[:100]!r}… is longer than 1000 bytes; give a shorter one")
    return path


def artifact_parts(name: str) -> list[str]:
    """The parts of an artifact's name; raises UserError for one that is empty, absolute, or would leave its folder."""
    if not isinstance(name, str):
        raise UserError(f"an artifact name must be a string, not {type(name).__qualname__}")
    parts = name.split("/")
    if name[1:2] == ":" and name[:1].isalpha():
        raise UserError(f"artifact name {name!r} begins with a drive letter; give a relative name")
    if name.startswith(("/", "\\")):
        raise UserError(f"artifact name {name!r} is absolute; give a relative name such as 'outputs/model.pkl'")
    if ".." in name.replace("\\", "/").split("/"):
        raise UserError(f"artifact name {name!r} contains '..' and would point outside the run; give a name without it")
    parts = [part for part in parts if part not in ("", ".")]
    if not parts:
        raise UserError("artifact name must not be empty; give one such as 'outputs/model.pkl'")
    return parts


def segment_spellings(part: str) -> Iterator[str]:
    """The ways in which a part of an artifact's path may be spelled, the most readable first.

    The second is in lower case alone, so that it meets no other name on a disk that ignores case. The last one, which
    is the ``hashed_name`` with the extension, is as short as any disk wants it, and cannot be read back.
    """
    spelled = _artifact_segment(part)
    if len(spelled.encode()) <= _LONGEST_SEGMENT:
        yield spelled
    last = len(part) - 1
    plain = (char in _LOWER and at > 0 and (char != "." or at < last) for at, char in enumerate(part))
    escaped = "".join(char if keep else _hex(char) for char, keep in zip(part, plain, strict=True))
    if len(escaped) <= _LONGEST_SEGMENT:
        yield escaped
    yield hashed_segment(part)


def hashed_segment(part: str) -> str:
    """Spell any text as one part of an artifact's path, with the extension that it ends in."""
    extension = part.rpartition(".")[2]
    known = 0 < len(extension) <= 10 and extension.isascii() and extension.isalnum()
    return hashed_name(part) + (f".{extension}" if known else "")


def artifact_name(path: str) -> str:
    """Give back the name that ``artifact_path`` spelled."""
    return "/".join(_unescaped(part) for part in path.split("/"))


def _artifact_segment(part: str) -> str:
    plain = _PLAIN.issuperset(part) and part[-1] != "."
    out = list(part) if plain else [_portable(part, at) for at in range(len(part))]
    # A reader passes over names of the form ".*.tmp".
    if is_device(part) or (part.startswith(".") and part.endswith(".tmp")):
        out[0] = _hex(part[0])
    return "".join(out)


def _portable(part: str, at: int) -> str:
    char = part[at]
    looks_escaped = char == "~" and _HEX.issuperset(part[at + 1 : at + 3]) and len(part) > at + 2
    last = at == len(part) - 1 and char in ". "
    if char in _REFUSED or looks_escaped or last or "\ud800" <= char <= "\udfff":
        return _hex(char)
    return char


def _hex(char: str) -> str:
    return "".join(f"~{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))


def folded(name: str) -> str:
    """The form in which file names are compared by a disk that ignores case or the form of accents."""
    if name.isascii():
        return name.lower()
    try:
        import unicodedata
    except ImportError:  # The library is gone that the script ran with: the form of accents goes unseen.
        return name.casefold()
    return unicodedata.normalize("NFC", name).casefold()


# --- ids ---------------------------------------------------------------------------------------------------

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def run_id(now: float) -> str:
    """A new run id, ``YYYYMMDD-HHMMSS-<6 base32>``, with ``now`` in seconds since the epoch, UTC."""
    tail = "".join(_BASE32[byte & 31] for byte in os.urandom(6))
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{tail}"


def writer_id(host: str, pid: int, rank: int | None = None) -> str:
    """The suffix of the files of one further writer: ``<host>-<pid>-<8 hex>``, after ``rank<k>-`` where it has a rank.

    The digits keep apart containers that give their processes the same numbers.
    """
    ranked = "" if rank is None else f"rank{rank}-"
    return f"{ranked}{file_name(host or 'host')[:60]}-{pid}-{os.urandom(4).hex()}"


def rank_of(writer: str) -> int | None:
    """The rank in a writer's suffix, or None where it has none."""
    parts = writer.split("-")
    rank = parts[0].removeprefix("rank")
    ranked = len(parts) > 3 and rank != parts[0] and rank.isascii() and rank.isdigit()
    return int(rank) if ranked else None


def with_writer(file: str, writer: str | None) -> str:
    """Put a writer's suffix before the extension: ``metrics.csv`` becomes ``metrics.<writer>.csv``."""
    if writer is None:
        return file
    stem, _, extension = file.rpartition(".")
    return f"{stem}.{writer}.{extension}"


def writer_of(file: str) -> str | None:
    """The writer's suffix in a file name, or None for the owner's file."""
    parts = file.split(".")
    return ".".join(parts[1:-1]) if len(parts) > 2 else None


# --- times -------------------------------------------------------------------------------------------------

EARLIEST, LATEST = -62_135_596_800, 253_402_300_800
"""The years 1 to 9999, which every reader of times has, in seconds since the epoch; the last moment is past them."""


def iso_time(seconds: float) -> str:
    """Spell seconds since the epoch as ISO 8601 in UTC with milliseconds and ``Z``."""
    millis = round(seconds * 1000)
    whole, part = divmod(millis, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{part:03d}Z"


# --- places in a site --------------------------------------------------------------------------------------

_TAKEN = frozenset(
    [
        *("index", "columns", "social", "feed.xml", "runs.csv", "runs.json", "runs.parquet"),
        *("experiment.json", "readme~_md~.txt"),
    ]
)
_PLACE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-")


def site_segment(folder: str) -> str:
    """Spell a folder's name as one segment of a site's paths that needs no quoting in a URL.

    Folders that runpages made stay as they are. All others are escaped with ``~`` at the end, where no ``file_name``
    has one, so no two folders have one place. ``index`` would have the experiment's own page, ``*.html`` a folder
    where another run has its page, ``*.js`` and the other names one where the experiment has its data.
    """
    lower = folder.lower()
    special = lower in _TAKEN or lower.startswith(".") or lower.endswith((".", "~", ".html", ".js"))
    if _PLACE.issuperset(folder) and len(folder) <= _LONGEST and not special:
        return folder
    return file_name(folder) + "~"


def folder_of(segment: str, folders: Mapping[str, str]) -> str:
    """The folder that ``site_segment`` spelled; ``folders`` are those that it does not give back, by their segments."""
    name = name_of(segment.removesuffix("~")) if segment.endswith("~") else segment
    return folders.get(segment, name or segment)


def site_of(workspace: str) -> str:
    """Where the site of a workspace is built unless another place is named: ``site``, beside it."""
    path = os.path.normpath(workspace)
    if os.path.basename(path) in ("", os.curdir, os.pardir):
        path = os.path.abspath(path)
    return os.path.join(os.path.dirname(path), "site")


def experiment_page(experiment: str) -> str:
    """The place of an experiment's page, from the root of the site; ``experiment`` is its folder's name."""
    return f"e/{site_segment(experiment)}/index.html"


def experiment_data(experiment: str, kind: str) -> str:
    """The place of a script with data of an experiment's runs, from the root of the site."""
    return f"e/{site_segment(experiment)}/{kind}.js"


def experiment_columns(experiment: str) -> str:
    """The folder of the scripts with the columns of an experiment's runs, from the root of the site, ending with ``/``.

    They are named by a hash of their content.
    """
    return f"e/{site_segment(experiment)}/columns/"


def experiment_table(experiment: str, extension: str) -> str:
    """The place of the table of an experiment's runs as a file for other programs, from the root of the site."""
    return f"e/{site_segment(experiment)}/runs.{extension}"


def run_page(experiment: str, run: str) -> str:
    """The place of a run's page, from the root of the site; both arguments are folder names."""
    return f"e/{site_segment(experiment)}/{site_segment(run)}.html"


def run_files(experiment: str, run: str) -> str:
    """The folder of a run's own files, from the root of the site, with a slash at the end."""
    return f"e/{site_segment(experiment)}/{site_segment(run)}/"
