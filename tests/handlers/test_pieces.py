"""Set pieces are made once for what they are asked with, anew when the shop has changed, and never without bounds."""

import jinja2
import pytest
from msgspec.structs import replace

from handlers import pieces
from handlers.pieces import Pieces
from handlers.shopfront import Shopfront

FRAME = {"frame.html": "{% macro sign(word) %}{{ made(word) }}{% endmacro %}"}


@pytest.fixture
def shop() -> Shopfront:
    return Shopfront(public_url="http://localhost")


@pytest.fixture
def made() -> list[str]:
    """The words that were drawn, in their order."""
    return []


@pytest.fixture
def frame(shop: Shopfront, made: list[str]) -> Pieces:
    env = jinja2.Environment(loader=jinja2.DictLoader(FRAME), autoescape=True, auto_reload=False)

    def draw(word: str) -> str:
        made.append(word)
        return word

    env.globals["made"] = draw
    return Pieces(env, shop, "frame.html")


def test_a_piece_is_made_once_for_each_thing_that_it_is_asked_with(frame: Pieces, made: list[str]):
    assert [frame("sign", word) for word in ("a", "<b>", "a", "<b>")] == ["a", "&lt;b&gt;", "a", "&lt;b&gt;"]
    assert made == ["a", "<b>"]


def test_a_shop_that_has_changed_has_every_piece_made_anew(frame: Pieces, made: list[str], shop: Shopfront):
    frame("sign", "a")
    shop.take(replace(shop.standing, version=shop.version + 1))
    frame("sign", "a")
    frame.forget()
    frame("sign", "a")
    assert made == ["a", "a", "a"]


def test_somebody_who_asks_for_much_fills_no_memory(frame: Pieces, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "MAX_PIECES", 10)
    for number in range(100):
        frame("sign", f"{number}")
    assert len(frame._made) <= 11
