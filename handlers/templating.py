"""Templates: Jinja's environment with less to do for each value, call and page. What comes of a template is the same.

Jinja makes every value that is printed a Markup before it joins them all to one text; asks everything that is called whether
it wants to know of the template; and looks for a template's globals in two dicts, chained, one name after the other. All
that was half of what a page cost.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Macro
from jinja2.utils import missing
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]  # what escape() makes a Markup of

from handlers.framing import Page, Variables

as_markup = cast(Callable[[str], Markup], partial(str.__new__, Markup))
"""Markup(text) of text that is markup already, without asking it."""

_NOT_GIVEN = (missing,) * 64

_EVERYTHING = "*"
"""Among the names that a block asks for: whatever there is."""


class _Code(CodeGenerator):
    """A template's Python, in which values are printed by Templates.printed, and `asks` says which names each block looks
    for among the facts of its page (the block None is what stands outside), and `extends` which template it extends."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._asks: dict[str | None, set[str]] = {}
        self._extends: list[object] = []

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  Jinja's name
        super().visit_Template(node, frame)
        self.writeline("from handlers.templating import ShortMacro as Macro")
        self.writeline(f"asks, extends = {self._asks!r}, {self._extends!r}")

    def visit_Extends(self, node: nodes.Extends, frame: Frame) -> None:  # noqa: N802  Jinja's name
        self._extends.append(node.template.as_const())
        super().visit_Extends(node, frame)

    def enter_frame(self, frame: Frame) -> None:
        super().enter_frame(frame)
        asked = {name for action, name in frame.symbols.loads.values() if action == "resolve" and name}
        self._asks.setdefault(frame.block, set()).update(asked - self.environment.globals.keys())

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802  Jinja's name
        if node.with_context:
            self._asks.setdefault(frame.block, set()).add(_EVERYTHING)
        super().visit_Include(node, frame)

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        if node.with_context:
            self._asks.setdefault(frame.block, set()).add(_EVERYTHING)
        super()._import_common(node, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802  Jinja's name
        self.write("context.call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.printed(")
        else:
            super()._output_child_pre(node, frame, finalize)


class ShortMacro(Macro):
    """A macro that is called with what it wants in its order, which most are, goes the short way."""

    def __call__(self, *args: Any, **named: Any) -> str:
        wanted = self._argument_count
        if (
            named
            or self.catch_varargs
            or self.catch_kwargs
            or self.caller
            or not self._default_autoescape
            or len(args) > wanted
        ):
            return super().__call__(*args, **named)
        return as_markup(self._func(*args, *_NOT_GIVEN[: wanted - len(args)]))


class Templates(jinja2.Environment):
    """The environment of the shop's templates. Its globals are in place before the first template is asked for."""

    code_generator_class = _Code
    context_class = Variables
    template_class = Page

    @staticmethod
    def printed(value: object) -> str:
        """The value as it stands in a page: escaped, unless it is markup, or has nothing in it to escape."""
        kind = type(value)
        if kind is Markup:
            return value  # type: ignore[return-value]  # Markup is text
        if kind is str:
            return _escape_inner(value)  # type: ignore[arg-type]
        return str(value) if kind is int else escape(value)

    def make_globals(self, d: Mapping[str, Any] | None) -> dict[str, Any]:
        """What a template knows by itself, in one dict."""
        return {**self.globals, **(d or {})}
