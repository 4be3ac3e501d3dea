"""The names under which the files of a run are published: no browser runs what has one, and no server does more than
send it.

Servers go by the names of files. Apache reads every extension of a name, so that ``x.php.txt`` may be run and
``x.html.de`` is a page; dot files and ``web.config`` set servers up; and what no server has a type for is guessed by
the browser from its first bytes, which may be a page's. So a name keeps the extensions of an allow-list, and every
other dot is spelled ``~_``. Configuration that hosts read at the root of a site only, such as ``vercel.json``, cannot
get there: files of runs lie in folders.
"""

from __future__ import annotations

import re

from runpages.format import layout

SENT = frozenset(
    [
        *("txt", "csv", "tsv", "json", "zip", "tar", "7z"),
        *("png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "tif", "tiff", "ico"),
        *("mp4", "m4v", "webm", "mov", "ogv", "wav", "mp3", "ogg", "oga", "opus", "flac", "m4a"),
    ]
)
"""Extensions whose type Apache, nginx, Caddy and code hosts know, and which no browser runs.

Not among them: ``svg``, ``xml`` and ``pdf``, which hold scripts; ``gz``, which some servers take for how a page is
packed; and ``log``, ``pkl``, ``npy``, ``parquet``, ``yaml`` and all others that some server has no type for.
"""

# Between other extensions: a count, and the writer of a file as `layout.writer_id` spells it.
_BETWEEN = re.compile(r"[0-9]+|[A-Za-z0-9_~-]+-[0-9]+-(?:[0-9a-f]{4}|[0-9a-f]{8})")
# What only a name that is spelled anew may have in it.
_MARKS = ("~~", "~_", "~.")
_LONGEST = 240


def harmless(path: str) -> str:
    """The path under which a file of a run is published; no two files have one.

    A harmless name stays. In all others ``~`` is spelled ``~~`` and each dot ``~_``, but for the one before a last
    extension that is sent; where there is none, ``~.txt`` follows. What gets too long for a disk is cut and hashed.
    """
    *folders, file = path.split("/")
    return "/".join([*map(_folder, folders), _file(file)])


def _folder(name: str) -> str:
    stem, *extensions = name.split(".")
    return name if _stays(name, stem, extensions) else _cut(_spelled(name), name, "")


def _file(name: str) -> str:
    before, _, extension = name.rpartition(".")
    if not before or extension.lower() not in SENT:
        return _cut(_spelled(name) + "~", name, ".txt")
    stem, *between = before.split(".")
    return name if _stays(name, stem, between) else _cut(_spelled(before), name, f".{extension}")


def _stays(name: str, stem: str, between: list[str]) -> bool:
    """Whether a name says nothing to a server, and is none that another one is spelled as."""
    return (
        stem != ""
        and all(one.lower() in SENT or _BETWEEN.fullmatch(one) for one in between)
        and not any(mark in name for mark in _MARKS)
        and len(name.encode("utf-8", "surrogatepass")) <= _LONGEST
    )


def _spelled(name: str) -> str:
    return name.replace("~", "~~").replace(".", "~_")


def _cut(spelled: str, name: str, extension: str) -> str:
    long = len((spelled + extension).encode("utf-8", "surrogatepass")) > _LONGEST
    return (layout.hashed_name(name) if long else spelled) + extension
