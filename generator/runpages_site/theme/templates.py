"""A Jinja environment with fast escaping: a page has hundreds of expressions.

Loaded with the first rendered page: a build without changes needs no Jinja.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2 import TemplateError as TemplateError
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape

from ..text.plain import html, visible

COMPILED = "short-%s.cache"
"""Name pattern of compiled templates. Change it with ``_Generator``, since the files may outlive it."""


def printable(value: object) -> object:
    """For ``finalize``, used for constants and where nothing is escaped."""
    return visible(value) if type(value) is str else value


def _html(value: object) -> str:
    if type(value) is str:
        return html(value)
    return value if type(value) is Markup else escape(value)


class _Generator(CodeGenerator):
    """Makes templates call ``Templates.html`` for ``escape(environment.finalize(…))``, with the same result."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if _escapes(frame):
            self.write("environment.html(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if _escapes(frame):
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)


def _escapes(frame: Frame) -> bool:
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile


class Templates(Environment):
    """A Jinja environment that escapes output and makes control characters visible."""

    code_generator_class = _Generator
    html = staticmethod(_html)


def environment(folders: Sequence[Path]) -> Templates:
    """The templates of a theme's folders, an earlier folder before a later one."""
    return Templates(
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
