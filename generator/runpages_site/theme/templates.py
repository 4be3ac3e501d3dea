"""A Jinja environment with fast escaping: a page has hundreds of expressions.

Loaded with the first rendered page: a build without changes needs no Jinja.
"""

from __future__ import annotations

from jinja2 import Environment
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
