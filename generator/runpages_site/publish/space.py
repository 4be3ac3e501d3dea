"""What a static Space of Hugging Face asks of a repository: lines in its README, large and binary files by Git LFS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which

from runpages.format.files import open_file

from .destination import PRIVATE, PublishError

LARGEST = 10_000_000
"""Bytes of a file up to which the host takes it without Git LFS."""

SETTINGS = ("filter.lfs.process=git-lfs filter-process", "filter.lfs.required=true", "lfs.locksverify=false")
"""What git has to know to call Git LFS, without a change of its configuration."""

_HEAD = 8_000  # What git itself looks at to tell whether a file is binary.
_RULE = "{} filter=lfs diff=lfs merge=lfs -text"
_SUFFIX = re.compile(r"\.[\w-]+")


def prepare(mirror: Path, title: str) -> None:
    """Give a site what a Space asks for. Raises PublishError where files need Git LFS, which is not installed."""
    _put_front_matter(mirror / "README.md", title)
    needed = sorted(_needing_lfs(mirror))
    if needed and which("git-lfs") is None:
        raise PublishError(
            f"Hugging Face takes binary files and those above {LARGEST // 1_000_000} MB, such as {needed[0]}, by "
            "Git LFS only; install git-lfs. Nothing was published."
        )
    place = mirror / ".gitattributes"
    text = _text(place)
    known = set(patterns(text))
    rules = [_RULE.format(one) for one in dict.fromkeys(map(_pattern, needed)) if one not in known]
    if rules:
        above = text if text.endswith("\n") or not text else f"{text}\n"
        place.write_text(above + "\n".join(rules) + "\n", "utf-8")


def patterns(attributes: str) -> list[str]:
    """The patterns of the files that a ``.gitattributes`` gives to Git LFS."""
    lines = (line.split() for line in attributes.splitlines() if not line.startswith("#"))
    return [words[0] for words in lines if "filter=lfs" in words[1:]]


def _needing_lfs(mirror: Path) -> Iterator[str]:
    for path in mirror.rglob("*"):
        name = path.relative_to(mirror).as_posix()
        if name.split("/")[0] not in PRIVATE and path.is_file() and (path.stat().st_size > LARGEST or _is_binary(path)):
            yield name


def _is_binary(path: Path) -> bool:
    with open_file(path) as file:
        return b"\0" in file.read(_HEAD)


def _pattern(path: str) -> str:
    """All files of a kind that is binary; a file without a kind by its path."""
    suffix = Path(path).suffix
    if _SUFFIX.fullmatch(suffix) and suffix not in (".csv", ".htm", ".html", ".js", ".json", ".jsonl", ".txt"):
        return f"*{suffix}"
    return "/" + re.sub(r"([\\*?\[])", r"\\\1", path).replace(" ", "[[:space:]]")


def _put_front_matter(readme: Path, title: str) -> None:
    """Give a README the front matter of a static site, unless it has one that says so; all else in it stays."""
    text = _text(readme)
    head, _, rest = text.removeprefix("---\n").partition("\n---\n") if text.startswith("---\n") else ("", "", text)
    lines = [line for line in head.splitlines() if line.partition(":")[0] not in ("sdk", "app_file")]
    if not any(line.startswith("title:") for line in lines):
        lines.insert(0, f"title: {json.dumps(title)}")  # What JSON quotes, YAML reads.
    made = "\n".join(["---", *lines, "sdk: static", "app_file: index.html", "---", ""]) + rest
    if made != text:
        readme.write_text(made, "utf-8")


def _text(path: Path) -> str:
    with suppress(FileNotFoundError):
        return path.read_text("utf-8", "replace")
    return ""
