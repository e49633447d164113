"""A page drawn in its frame is the page that its template makes, and its frame knows nothing of anybody."""

from typing import Any

import jinja2
import pytest
from markupsafe import Markup

from handlers.framing import Frames, Page
from handlers.pages import TEMPLATES
from handlers.templating import Templates

SHARED = ("shelves", "here")

BOOK = {
    "base": (
        "{% set _title %}{% block title %}{{ shop }}{% endblock %}{% endset %}<title>{{ _title }}</title>"
        "<meta content='{{ _title }}'>{% block head %}<link>{% endblock %}"
        "<nav>{% for one in shelves %}<a{{ ' here' if one == here }}>{{ one }}</a>{% endfor %}</nav>"
        "{% block top %}<p>{% block tools %}{{ who|default('nobody') }}{% endblock %}</p>{% endblock %}"
        "<main>{% block main %}{% endblock %}</main>{{ drawn('frame') }}"
    ),
    "parts": "{% macro box(text, loud=false) %}<p>{{ text }}{{ '!' if loud }}</p>{% endmacro %}",
    "page": (
        "{% extends 'base' %}{% import 'parts' as parts %}{% block title %}{{ name }} of {{ super() }}{% endblock %}"
        "{% block head %}{{ super() }}{{ drawn('head') }}{{ parts.box('head') }}{% endblock %}"
        "{% block main %}{{ self.title() }}{% for one in names %}{{ parts.box(one, loud=loop.first) }}{% endfor %}"
        "{% include 'part' %}{{ drawn('main') }}{% endblock %}"
    ),
    "part": "<i>{{ name }}</i>",
    "plain": "{% extends 'base' %}{% block main %}{{ shop }}{% endblock %}",
    "open": "{% extends 'base' %}{% set said = name ~ '!' %}{% block main %}{{ said }}{% endblock %}",
    "again": "{% extends 'base' %}{% block main %}{{ _title }}{% endblock %}{% block title %}{{ name }}{% endblock %}",
    "asking": "{% extends 'page' %}{% block main %}{{ _title }}{{ name }}{% endblock %}",
}

FACTS: list[dict[str, Any]] = [
    {"name": name, "names": names, "shelves": ("<tea>", "mugs"), "here": here, "who": who}
    for name, names, here, who in (
        ("Noor", ["a", "<b>", Markup("<i>")], "mugs", "<Noor>"),
        ("<Zoë>", [], "", "Zoë"),
        ("Noor", ["c"], "<tea>", ""),
    )
]


class Book:
    """The templates, and what of them was drawn."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.version = 1
        self.env = Templates(loader=jinja2.DictLoader(BOOK), autoescape=True, undefined=jinja2.StrictUndefined)
        self.env.globals.update(shop="<Marl>", drawn=self.draw)
        self.frames = Frames(SHARED, lambda: self.version, reload=False)

    def draw(self, what: str) -> str:
        self.drawn.append(what)
        return ""

    def page(self, name: str) -> Page:
        found = self.env.get_template(name)
        assert isinstance(found, Page)
        return found

    def encoded(self, name: str, facts: dict[str, Any]) -> bytes:
        return self.frames.encoded(self.page(name), facts)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.mark.parametrize("name", ["page", "plain", "open", "again"])
def test_a_framed_page_is_what_its_template_makes(book: Book, name: str) -> None:
    for facts in FACTS + FACTS[::-1]:
        assert book.encoded(name, facts) == book.page(name).render(facts).encode()


def test_only_what_asks_for_a_pages_own_facts_is_drawn_each_time(book: Book) -> None:
    for facts in (FACTS[0], {**FACTS[0], "name": "Zoë"}, FACTS[0]):
        book.encoded("page", facts)
    assert book.drawn.count("main") == 3 + book.drawn.count("frame") - 2
    assert book.drawn.count("frame") == book.drawn.count("head") + 1 == 2


def test_a_frame_is_drawn_anew_for_other_shelves_another_shop_and_when_it_is_forgotten(book: Book) -> None:
    book.encoded("plain", FACTS[0])
    once = book.drawn.count("frame")
    book.encoded("plain", FACTS[0])
    assert book.drawn.count("frame") == once
    assert b"<a>moss</a>" in book.encoded("plain", {**FACTS[0], "shelves": ("moss",)})
    book.version = 2
    book.encoded("plain", FACTS[0])
    book.frames.forget()
    book.encoded("plain", FACTS[0])
    assert book.drawn.count("frame") == 4 * once


def test_a_page_that_asks_outside_of_blocks_has_no_frame(book: Book) -> None:
    assert [book.page(name).framed_by(SHARED) for name in ("page", "plain", "open")] == [True, True, False]


def test_a_block_that_is_drawn_each_time_is_told_nothing_of_what_the_frame_made_of_another(book: Book) -> None:
    with pytest.raises(jinja2.UndefinedError, match="_title"):
        book.encoded("asking", FACTS[0])


def test_what_breaks_in_a_block_names_the_template(book: Book) -> None:
    with pytest.raises(jinja2.UndefinedError) as broken:
        book.encoded("page", {"shelves": (), "here": "", "name": "x"})
    assert any(entry.path == "<template>" for entry in broken.traceback)


def test_the_pages_of_the_shop_stand_in_frames() -> None:
    """All but the page of faults, which works out what it says before its blocks, and those without the shop around them."""
    env = Templates(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    env.globals.update(
        dict.fromkeys("shop asset module asset_template bays linked most_places frame part order_part".split())
    )
    names = [path.name for path in TEMPLATES.glob("*.html")]
    for name in names:
        for filter_ in env.parse((TEMPLATES / name).read_text()).find_all(jinja2.nodes.Filter):
            env.filters.setdefault(filter_.name, str)
    extending = [page for name in names if isinstance(page := env.get_template(name), Page) and page.extends]
    assert len(extending) > 15
    unframed = {page.name for page in extending if not page.framed_by(("categories", "here", "reading"))}
    assert unframed == {"error.html"}


def test_templates_that_somebody_works_on_are_drawn_as_they_are_now(book: Book) -> None:
    texts = dict(BOOK)
    env = Templates(loader=jinja2.DictLoader(texts), autoescape=True, auto_reload=True)
    env.globals.update(shop="<Marl>", drawn=book.draw)
    frames = Frames(SHARED, lambda: 1, reload=True)
    for name in ("base", "plain"):
        texts[name] = texts[name].replace("{% endblock %}", " anew{% endblock %}")
        page = env.get_template("plain")
        assert isinstance(page, Page)
        assert frames.encoded(page, FACTS[0]) == page.render(FACTS[0]).encode()
        assert b"anew" in frames.encoded(page, FACTS[0])
