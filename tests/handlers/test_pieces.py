"""Set pieces are made once for what they are asked with, anew when the shop has changed, and never without bounds."""

import jinja2
import pytest
from markupsafe import Markup
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


LINES = {
    "frame.html": (
        "{% macro lines(kinds, loud, name, texts) %}<b>{{ name }}</b>{% for kind in kinds %}<i class={{ kind }}>"
        "{{ texts[loop.index0] }}{{ name if not loud else '!' }}</i>{% endfor %}{{ made(kinds|length) }}{% endmacro %}"
        "{% macro deciding(name) %}{% if name %}yes{% endif %}{% endmacro %}"
        "{% macro comparing(name) %}{{ name == 'x' }}{% endmacro %}"
        "{% macro changing(name) %}{{ name|upper }}{% endmacro %}"
    )
}


@pytest.fixture
def holed(frame: Pieces) -> Pieces:
    frame._env.loader = jinja2.DictLoader(LINES)
    return frame


def test_a_piece_with_holes_is_made_once_and_filled_as_its_macro_would(holed: Pieces, made: list[str]):
    macro = holed._env.get_template("frame.html").module.lines  # type: ignore[attr-defined]
    for name, texts in (("Noor", ["a", "b"]), ("<Zoë & 'co'>", [Markup("<u>"), 7])):
        for kinds, loud in ((("x", "<y>"), False), (("x", "z"), True)):
            assert holed.filled("lines", (kinds, loud), name, texts) == macro(kinds, loud, name, texts)
    assert len(made) == 4 + 2  # the macro by itself each time, and each of two forms once


@pytest.mark.parametrize("macro", ["deciding", "comparing", "changing"])
def test_a_macro_can_only_print_what_fills_a_hole(holed: Pieces, macro: str):
    with pytest.raises(TypeError, match="printed as it comes"):
        holed.filled(macro, (), "x")


def test_a_piece_is_not_filled_with_more_or_less_than_it_has_holes_for(holed: Pieces):
    holed.filled("lines", (("x",), False), "Noor", ["a"])
    for texts in ([], ["a", "b"]):
        with pytest.raises(ValueError, match="holes"):
            holed.filled("lines", (("x",), False), "Noor", texts)


def test_a_shop_that_has_changed_has_its_holes_cut_anew(holed: Pieces, made: list[str], shop: Shopfront):
    for version in (1, 2):
        shop.take(replace(shop.standing, version=version))
        holed.filled("lines", (("x",), False), "Noor", ["a"])
        holed.filled("lines", (("x",), False), "Zoë", ["b"])
    assert len(made) == 2
