"""Templates: Jinja's environment with less to do for each value, call and page. What comes of a template is the same.

Jinja makes every value that is printed a Markup before it joins them all to one text; asks everything that is called whether
it wants to know of the template; and looks for a template's globals in two dicts, chained, one name after the other. All
that was half of what a page cost.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import Markup, escape

_special = re.compile("[&<>'\"]").search


class _Code(CodeGenerator):
    """A template's Python, in which values are printed by Templates.printed."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.printed(")
        else:
            super()._output_child_pre(node, frame, finalize)


class _Context(Context):
    """A template's variables. What it calls is told nothing of them: none of our functions wants it, and macros need not."""

    def call(self, called: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*args, **named)


class Templates(jinja2.Environment):
    """The environment of the shop's templates. Its globals are in place before the first template is asked for."""

    code_generator_class = _Code
    context_class = _Context

    @staticmethod
    def printed(value: object) -> str:
        """The value as it stands in a page: escaped, unless it is markup, or has nothing in it to escape."""
        kind = type(value)
        if kind is Markup or (kind is str and not _special(value)):  # type: ignore[call-overload]  # it is a string
            return value  # type: ignore[return-value]
        return str(value) if kind is int else escape(value)

    def make_globals(self, d: Mapping[str, Any] | None) -> dict[str, Any]:
        """What a template knows by itself, in one dict."""
        return {**self.globals, **(d or {})}
