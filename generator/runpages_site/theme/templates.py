"""A Jinja environment that escapes all output and makes control characters visible.

Loaded with the first rendered page: a build without changes needs no Jinja.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2 import TemplateError as TemplateError

from ..text.plain import visible

COMPILED = "plain-%s.cache"
"""Name pattern of compiled templates. Change it with the options of the environment, since the files may outlive it."""


def printable(value: object) -> object:
    """What a template puts out, before it is escaped."""
    return value if type(value) is not str or value.isprintable() else visible(value)


def environment(folders: Sequence[Path]) -> Environment:
    """The templates of a theme's folders, an earlier folder before a later one."""
    return Environment(
        bytecode_cache=_compiled(),
        loader=FileSystemLoader([folder / "templates" for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=printable,
    )


def _compiled() -> FileSystemBytecodeCache | None:
    """A cache of compiled templates, in a folder that only this user can write.

    Compiling takes as long as rendering fifty runs, in every process.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "runpages" / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
        if facts.st_uid != os.getuid() or facts.st_mode & 0o022:
            return None
    except (OSError, AttributeError, RuntimeError):  # No home, not writable, or a system without such permissions.
        return None
    return FileSystemBytecodeCache(str(folder), COMPILED)
