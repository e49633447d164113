"""Our templates print, call and know what Jinja's own do; only less is done for it."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from handlers.pages import TEMPLATES
from handlers.templating import Templates

SPECIAL = """<b title="x">Tom & 'Jerry'</b>"""


class Way(StrEnum):
    HOME = "<home>"


class Drawn:
    def __repr__(self) -> str:
        return "Drawn()"

    def __html__(self) -> str:
        return "<i>drawn</i>"


class Text(str):
    __slots__ = ()


VALUES = [
    *("", "plain", SPECIAL, *"&<>'\"", "·€ 😀", "\0", Text(SPECIAL), Markup("<b>kept</b>"), Way.HOME, Drawn()),
    *(0, -7, 10**30, True, False, None, 1.5, Decimal("2.50"), [SPECIAL], (), {"<": ">"}, b"<"),
]

BOOK = {
    "base": "<h1>{% block title %}{{ shop }}{% endblock %}</h1>{{ self.title() }}{% block main %}{% endblock %}",
    "parts": (
        "{% macro box(text, loud=false, class='c') %}<p class={{ class }}>{{ text }}{{ '!' if loud }}{{ shop }}</p>"
        "{%- endmacro %}{% macro around() %}<div>{{ caller() }}</div>{% endmacro %}"
    ),
    "page": (
        "{% extends 'base' %}{% import 'parts' as parts %}{% block title %}{{ name }} of {{ super() }}{% endblock %}"
        "{% block main %}{% set said %}{{ name }}<br>{% endset %}{{ said }}"
        "{% for one in names %}{{ parts.box(one, loud=loop.first) }}{{ loop.index }}{{ one|upper }}{{ one ~ '<' }}"
        "{% endfor %}{% call parts.around() %}{{ name }}{% endcall %}{{ tell(name, how=2) }}{{ name.title() }}"
        "{% autoescape false %}{{ name }}{% endautoescape %}{{ name|safe }}{{ missing|default(name) }}"
        "{% filter lower %}{{ name }}{% endfilter %}{% include 'part' %}{{ facts.size }}{{ 'a' if no }}{% endblock %}"
    ),
    "part": "{% from 'parts' import box %}{{ box(names|length) }}{{ '<x>'|e }}",
}


def tell(text: str, how: int) -> Markup:
    return Markup("<q>{}</q>").format(text * how)


def both(book: Mapping[str, str], **known: Any) -> tuple[jinja2.Environment, jinja2.Environment]:
    """Ours and Jinja's own environment of these templates."""
    ours, theirs = (
        kind(loader=jinja2.DictLoader(book), autoescape=True, undefined=jinja2.StrictUndefined)
        for kind in (Templates, jinja2.Environment)
    )
    ours.globals.update(known)
    theirs.globals.update(known)
    return ours, theirs


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_printed_as_jinja_prints_it(value: object) -> None:
    ours, theirs = both({"page": "<p>{{ value }}</p>"})
    assert ours.get_template("page").render(value=value) == theirs.get_template("page").render(value=value)


@given(st.text())
def test_whatever_somebody_types_is_escaped(text: str) -> None:
    assert Templates.printed(text) == escape(text)


def test_blocks_macros_and_calls_come_out_as_jinjas() -> None:
    ours, theirs = both(BOOK, shop="<Marl>", tell=tell)
    shown = {"name": SPECIAL, "names": ["a", "<b>", Markup("<i>")], "facts": {"size": "<9 cm>"}, "no": False}
    drawn = ours.get_template("page").render(shown)
    assert drawn == theirs.get_template("page").render(shown)
    assert "<q>&lt;b title" in drawn


@pytest.mark.parametrize("text", ["{{ nobody }}", "{{ nobody.name }}", "{{ nobody() }}", "{{ shop.nothing }}"])
def test_what_a_template_was_not_told_is_a_fault(text: str) -> None:
    ours, _ = both({"page": text}, shop="Marl")
    with pytest.raises(jinja2.UndefinedError):
        ours.get_template("page").render()


def test_all_that_our_pages_print_goes_the_short_way() -> None:
    """A Jinja that compiles otherwise would print the same by its own, longer way, and nobody would notice."""
    env, printing = Templates(autoescape=True), 0
    for path in TEMPLATES.rglob("*.html"):
        tree = env.parse(path.read_text())
        for filter_ in tree.find_all(jinja2.nodes.Filter):
            env.filters.setdefault(filter_.name, str)
        code = env.compile(tree, raw=True)
        printing += code.count("environment.printed(")
        assert "escape(" not in code.replace("eval_ctx.autoescape", ""), path.name
    assert printing > 1_000
