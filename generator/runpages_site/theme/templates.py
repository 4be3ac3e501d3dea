"""A Jinja environment that escapes all output and makes control characters visible.

Loaded with the first rendered page: a build without changes needs no Jinja.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, nodes
from jinja2 import TemplateError as TemplateError
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import Markup, escape

from ..text.plain import escaped, visible

COMPILED = "html-%s.cache"
"""Name pattern of compiled templates. Change it with the options of the environment, since the files may outlive it."""

_DRAWINGS = ("icon", "use", "mark", "sprite")
"""Macros that give the same for the same values."""


def printable(value: object) -> object:
    """What a template puts out, before it is escaped."""
    return value if type(value) is not str or value.isprintable() else visible(value)


def as_html(value: object) -> str:
    """What a template puts out as HTML; markup stays as it is."""
    if type(value) is str:
        return escaped(value if value.isprintable() else visible(value))
    if type(value) is Markup:
        return value
    return str(value) if type(value) is int else escape(value)


class _Compiler(CodeGenerator):
    """Compiles templates with one call for each value, and reads the values of the built-in ones without any.

    Jinja's own code looks for each value in two ways, and gives each included template a new context: half of the time
    that a page takes. Templates of others keep that, since it finds their mistakes.
    """

    environment: _Environment

    @property
    def _is_built_in(self) -> bool:
        return self.environment.is_built_in(self.filename)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.as_html(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        if not self._is_built_in or frame.buffer is not None or frame.require_output_check or len(node.nodes) < 2:
            super().visit_Output(node, frame)
            return
        # As one text: each one that is yielded goes through all templates above.
        self.writeline("yield ''.join((", node)
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self.write(repr(child.data))
            else:
                self._output_child_pre(child, frame, self._make_finalize())
                self.visit(child, frame)
                self._output_child_post(child, frame, self._make_finalize())
            self.write(", ")
        self.write("))")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        if not self._is_built_in:
            super().visit_Getattr(node, frame)
            return
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        if not self._is_built_in:
            super().visit_Getitem(node, frame)
            return
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:
        # Names of a loop or a macro would be missing in the context.
        if not self._is_built_in or frame.buffer is not None or self.dump_local_context(frame) != "{}":
            super().visit_Include(node, frame)
            return
        self.writeline("yield from environment.part(", node)
        self.visit(node.template, frame)
        self.write(")(context)")

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        if not self._is_built_in or node.with_context:
            super()._import_common(node, frame)
            return
        self.write("environment.macros(")
        self.visit(node.template, frame)
        self.write(")")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if not self._is_built_in or not isinstance(node.node, nodes.Name) or node.node.name not in _DRAWINGS:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("environment.drawn(")
        self.visit(node.node, frame)
        self.signature(node, frame)
        self.write(")")


class _Environment(Environment):
    """Has what the compiled templates call; what is the same for all pages is made once."""

    code_generator_class = _Compiler
    as_html = staticmethod(as_html)

    def __init__(self, built_in: Path, **options: Any) -> None:
        super().__init__(**options)
        self.built_in = str(built_in)
        self.part = lru_cache(None)(self._part)
        self.macros = lru_cache(None)(lambda name: self.get_template(name).module)
        self.drawn = lru_cache(512)(lambda macro, *values: macro(*values))

    def is_built_in(self, file: str | None) -> bool:
        return file is not None and file.startswith(self.built_in)

    def _part(self, name: str) -> Callable[[Context], Iterator[str]]:
        """What renders an included template in the context of a page; one of others may have blocks of its own."""
        template = self.get_template(name)
        if self.is_built_in(template.filename):
            return template.root_render_func
        return lambda context: template.root_render_func(template.new_context(context.get_all(), True, {}))


def environment(folders: Sequence[Path]) -> Environment:
    """The templates of a theme's folders, an earlier folder before a later one; the last is that of the built-in."""
    return _Environment(
        folders[-1],
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
