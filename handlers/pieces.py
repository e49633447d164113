"""Set pieces: markup that is the same on many pages, made once of a template's macro, and again when the shop has changed.

A piece depends on what it is asked for with, on the shop, and on nothing else: nobody's name or cart is in it. Where it has
to say one, it leaves a hole that is filled each time.
"""

import secrets
from collections.abc import Hashable, Sequence
from itertools import count
from typing import NamedTuple, NoReturn

import jinja2
from markupsafe import Markup

from handlers.framing import cut
from handlers.shopfront import Shopfront
from handlers.templating import Templates, as_markup

MAX_PIECES = 2_048
"""Pieces that are remembered, of some hundred bytes to two kB each, before all are forgotten."""


class _Form(NamedTuple):
    """A piece with holes: every second one of its texts is missing, and is the value of that place."""

    texts: list[str]
    places: list[int]
    values: int
    """How many there are, printed or not."""


class _Hole:
    """Stands for a value that a macro may only print: deciding by it, or changing it, is a fault."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def __html__(self) -> str:
        return self._mark

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a hole of a set piece is printed as it comes, and nothing else")

    __bool__ = __eq__ = __len__ = __str__ = __hash__ = _refuse


class Pieces:
    """The macros of one template, for templates to call by name."""

    def __init__(self, env: jinja2.Environment, shop: Shopfront, template: str) -> None:
        self._env = env
        self._shop = shop
        self._name = template
        self._template: jinja2.Template | None = None
        self._version = -1
        self._made: dict[tuple[Hashable, ...], Markup] = {}
        self._forms: dict[tuple[str, tuple[Hashable, ...]], _Form] = {}

    def __call__(self, *asked: Hashable) -> Markup:
        """What the macro, named first, makes of what it is given; not made again when it was asked for before."""
        made = self._made.get(asked) if self._version == self._shop.version else None
        if made is None:
            macro, *given = asked
            made = self._made[asked] = getattr(self._current().module, str(macro))(*given)
        return made

    def filled(self, macro: str, given: tuple[Hashable, ...], *values: object) -> Markup:
        """What the macro makes of all this; not made again for other `values`, which it prints and does nothing else with.

        A list among them is a list of such values.
        """
        form = self._forms.get((macro, given)) if self._version == self._shop.version else None
        if form is None:
            form = self._forms[macro, given] = _form(self._current(), macro, given, values)
        printed: list[str] = []
        for value in values:
            if type(value) is list:
                printed += map(Templates.printed, value)
            else:
                printed.append(Templates.printed(value))
        if len(printed) != form.values:
            raise ValueError(f"{macro} has {form.values} holes for what it is given, not {len(printed)}")
        texts = form.texts.copy()
        texts[1::2] = [printed[place] for place in form.places]
        return as_markup("".join(texts))

    def forget(self) -> None:
        self._made.clear()
        self._forms.clear()

    def _current(self) -> jinja2.Template:
        """The template, to make a piece of. What there is of an older one, or of an older shop, is forgotten, and so is all
        when it is too much."""
        template = self._env.get_template(self._name)
        # What a piece looks like depends on the shop as well: what it is called, and how money is written.
        stale = template is not self._template or self._version != self._shop.version
        if stale or len(self._made) + len(self._forms) > MAX_PIECES:
            self.forget()
            self._template = template
            # A template that may change at any time makes each piece anew.
            self._version = -1 if self._env.auto_reload else self._shop.version
        return template


def _form(template: jinja2.Template, macro: str, given: tuple[Hashable, ...], values: Sequence[object]) -> _Form:
    """What the macro makes of this and of a hole for each of these values."""
    mark, places = secrets.token_hex(12), count()

    def hole(value: object) -> object:
        return [hole(one) for one in value] if isinstance(value, list) else _Hole(f"{mark}:{next(places)}:")

    texts, holes = cut(getattr(template.module, macro)(*given, *map(hole, values)), mark)
    return _Form(texts, [int(name) for name in holes], next(places))
