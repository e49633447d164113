"""Texts that a merchant writes, as markup: Markdown without HTML in it, and made safe once more by what browsers would do.

Paragraphs, headings, lists, quotations, emphasis and links: what a page of words needs. A heading of the text stands
below the page's own.
"""

import re
from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from shop.about import filled

TAGS = {"p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote"}
SCHEMES = {"http", "https", "mailto", "tel"}
DEEPEST = 4

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!<>|~&])")

_markdown = MarkdownIt("commonmark", {"html": False}).disable(["html_block", "html_inline", "image", "code", "fence"])


def markup(text: str, words: Mapping[str, str]) -> Markup:
    """The text as markup; `words` are Markdown and fill in the words in braces."""
    tokens = _markdown.parse(filled(text, words))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(DEEPEST, max(2, int(token.tag[1])))}"
    made = _markdown.renderer.render(tokens, _markdown.options, {})
    safe = nh3.clean(made, tags=TAGS, attributes={"a": {"href", "title"}}, url_schemes=SCHEMES, link_rel="noopener")
    return Markup(safe)  # noqa: S704  nh3 made it safe


def literal(text: str) -> str:
    """Text that Markdown shows as it is, whatever stands in it."""
    return _SPECIAL.sub(r"\\\1", text)
