"""Frames: what is the same on many pages of one template is drawn once, and only what differs is drawn for each answer.

A page's frame is all that its template and those it extends have outside of blocks, and the blocks that ask for nothing but
what every template knows or many pages share. Left open are the blocks that ask for something else. Nobody says which those
are: a template's code does (`asks`, see handlers/templating.py), so a template is written as any other.
"""

import operator
import re
import secrets
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple, cast

import jinja2
from jinja2.runtime import Context
from jinja2.utils import missing

Block = Callable[[Context], Iterator[str]]

MAX_FRAMES = 1_024
"""Frames that are remembered, of some 5 kB each, before all are forgotten."""


def cut(text: str, mark: str) -> tuple[list[str], list[str]]:
    """The text around its holes, an empty one in the place of each, and the names of the holes. A hole is the mark, which nobody
    outside can know, and its name between colons."""
    texts = re.split(f"{mark}:(\\w+):", text)
    holes, texts[1::2] = texts[1::2], [""] * (len(texts) // 2)
    return texts, holes


class Frame(NamedTuple):
    """A page without its own facts. Every second one of its texts is missing; `holes` says which block it is."""

    texts: list[bytes]
    holes: list[str]
    open: list[tuple[str, Block]]
    """The blocks that fill the holes; one may fill several, as a title does."""
    blocks: dict[str, list[Block]]
    vars: dict[str, Any]


class Page(jinja2.Template):
    """A template that can be drawn as a page."""

    asks: Mapping[str | None, set[str]]
    """The names that each block looks for among the facts of its page; the block None is what stands outside."""
    extends: Sequence[str]

    @classmethod
    def _from_namespace(
        cls, environment: jinja2.Environment, namespace: MutableMapping[str, Any], known: MutableMapping[str, Any]
    ) -> "Page":
        made = cast(Page, super()._from_namespace(environment, namespace, known))
        made.asks, made.extends = namespace["asks"], namespace["extends"]
        return made

    @cached_property
    def line(self) -> "list[Page]":
        """The template, what it extends, and so on."""
        above = [cast(Page, self.environment.get_template(name)) for name in self.extends]
        return [self, *(one for page in above for one in page.line)]

    def framed_by(self, shared: Collection[str]) -> bool:
        """Whether what stands outside of blocks asks for no other facts."""
        return all(page.asks.get(None, set()) <= set(shared) for page in self.line)

    def frame(self, shared: Mapping[str, Any]) -> Frame:
        """Draws the frame from the facts that pages share."""
        names = dict.fromkeys(name for page in self.line for name in page.blocks)
        blocks = {name: [page.blocks[name] for page in self.line if name in page.blocks] for name in names}
        hole = secrets.token_hex(12)
        known = self._with_holes(blocks, names, hole, shared)[1].keys() | shared.keys()
        left_open = {name for page in self.line for name, asked in page.asks.items() if name and asked - known}
        text, own = self._with_holes(blocks, left_open, hole, shared)
        texts, holes = cut(text, hole)
        filling = [(name, blocks[name][0]) for name in dict.fromkeys(holes)]
        # What the frame made of an open block is for the frame only.
        own = {name: value for name, value in own.items() if not (isinstance(value, str) and hole in value)}
        return Frame([part.encode() for part in texts], holes, filling, blocks, own)

    def draw(self, frame: Frame, facts: Mapping[str, Any]) -> bytes:
        """What render() makes of these facts, in UTF-8."""
        try:
            context = _Facts(self, frame, facts)
            drawn = {name: "".join(block(context)).encode() for name, block in frame.open}
        except Exception:  # noqa: BLE001  Jinja's own way: it is raised again, with the template's lines
            self.environment.handle_exception()
        texts = frame.texts.copy()
        texts[1::2] = [drawn[name] for name in frame.holes]
        return b"".join(texts)

    def _with_holes(
        self, blocks: Mapping[str, list[Block]], holes: Collection[str], hole: str, shared: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The page without facts of its own, these of its blocks left out, and what it has set."""
        context = self.new_context({**shared})
        context.blocks = {name: [*drawn] for name, drawn in blocks.items()}
        context.blocks.update({name: [partial(_left_out, f"{hole}:{name}:")] for name in holes})
        return "".join(self.root_render_func(context)), context.vars


class Frames:
    """The frames of an environment's pages. `shared` are facts that many pages have alike, so that a frame may tell of them;
    `version` changes with what all templates know."""

    def __init__(self, shared: Sequence[str], version: Callable[[], int], *, reload: bool) -> None:
        self._shared = shared
        self._version = version
        self._reload = reload
        self._drawn_at = -1
        self._known: dict[tuple[Hashable, ...], Frame] = {}
        self._framed: dict[Page, bool] = {}

    def encoded(self, page: Page, facts: Mapping[str, Any]) -> bytes:
        """What the page's render() makes of these facts, in UTF-8."""
        framed = self._framed.get(page)
        if framed is None:
            # A template that may change at any time is drawn as a whole.
            framed = self._framed[page] = page.framed_by(self._shared) and not self._reload
        if not framed:
            return page.render(facts).encode()
        if self._drawn_at != self._version() or len(self._known) > MAX_FRAMES:
            self.forget()
            self._drawn_at = self._version()
        key = (page, *[facts.get(name) for name in self._shared])
        frame = self._known.get(key)
        if frame is None:
            shared = {name: facts[name] for name in self._shared if name in facts}
            frame = self._known[key] = page.frame(shared)
        return page.draw(frame, facts)

    def forget(self) -> None:
        self._known.clear()


class Variables(Context):
    """A template's variables. What it calls is told nothing of them: none of our functions wants it, and macros need not."""

    call: Any = staticmethod(operator.call)


class _Names(dict[str, Any]):
    """What an open block can ask for: a page's facts and what its frame has set, and behind them what all templates know."""

    __slots__ = ("known",)

    def __init__(self, own: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        super().__init__(own)
        self.known = known

    def __missing__(self, name: str) -> Any:
        return self.known.get(name, missing)


class _Facts(Variables):
    """The variables of a page's open blocks. A block asks for a dozen, and each is one look into a dict."""

    resolve_or_missing: Any

    def __init__(self, page: Page, frame: Frame, facts: Mapping[str, Any]) -> None:
        super().__init__(page.environment, {}, page.name, {})
        names = _Names({**facts, **frame.vars}, page.globals)
        self.parent = self._names = names
        self.blocks = frame.blocks
        self.resolve_or_missing = names.__getitem__

    def get_all(self) -> dict[str, Any]:
        return {**self._names.known, **self._names}


def _left_out(mark: str, _: Context) -> Iterator[str]:
    yield mark
