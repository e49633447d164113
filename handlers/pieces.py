"""Set pieces: markup that is the same on many pages, made once of a template's macro, and again when the shop has changed.

A piece depends on what it is asked for with, on the shop, and on nothing else: nobody's name or cart is in it.
"""

from collections.abc import Hashable

import jinja2
from markupsafe import Markup

from handlers.shopfront import Shopfront

MAX_PIECES = 2_048
"""Pieces that are remembered, of some hundred bytes to two kB each, before all are forgotten."""


class Pieces:
    """The macros of one template, for templates to call by name."""

    def __init__(self, env: jinja2.Environment, shop: Shopfront, template: str) -> None:
        self._env = env
        self._shop = shop
        self._name = template
        self._template: jinja2.Template | None = None
        self._version = -1
        self._made: dict[tuple[Hashable, ...], Markup] = {}

    def __call__(self, macro: str, *given: Hashable) -> Markup:
        """What the macro makes of this; not made again when it was asked for before."""
        template = self._template
        if template is None or self._env.auto_reload:
            template = self._env.get_template(self._name)
        # What a piece looks like depends on the shop as well: what it is called, and how money is written.
        stale = template is not self._template or self._version != self._shop.version
        if stale or len(self._made) > MAX_PIECES:
            self._template = template
            self._version = self._shop.version
            self._made.clear()
        made = self._made.get((macro, *given))
        if made is None:
            made = self._made[macro, *given] = getattr(template.module, macro)(*given)
        return made

    def forget(self) -> None:
        self._made.clear()
