"""Templates whose expressions become HTML the short way: a page has hundreds of them.

Loaded with the first page that is rendered, and not by ``text`` itself: a build with nothing new needs no Jinja.
"""

from __future__ import annotations

from jinja2 import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape

from ..text.plain import html, visible

COMPILED = "short-%s.cache"
"""Names of files with compiled templates. Another name goes with another ``_Generator``: they may outlive it."""


def printable(value: object) -> object:
    """For ``finalize``, which constants go through, and what stands where nothing is escaped."""
    return visible(value) if type(value) is str else value


def _html(value: object) -> str:
    if type(value) is str:
        return html(value)
    return value if type(value) is Markup else escape(value)


class _Generator(CodeGenerator):
    """Makes templates call ``Templates.html`` for ``escape(environment.finalize(…))``, which gives the same."""

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
    """A Jinja environment that escapes what templates show, with what is hidden in sight."""

    code_generator_class = _Generator
    html = staticmethod(_html)
