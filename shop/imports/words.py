"""Words out of merchants' files: HTML as safe plain paragraphs and back, names as slugs, and the escaping of formulas."""

import html
import re
import unicodedata

import nh3

MAX_SLUG = 150
MAX_LINE = 140

_BLOCKS = (
    "address article blockquote dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section "
    "table tr ul"
).split()
_TAGS = {*_BLOCKS, "br"}
_UNSEEN = {"script", "style", "iframe", "object", "noscript", "template", "title", "textarea", "svg", "math"}
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""Controls of direction as well: they make a line read in another order than it is written."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GOOD_SLUG = re.compile(r"[a-z0-9][a-z0-9_.~-]{0,149}")
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)")


def paragraphs(markup: str) -> tuple[str, ...]:
    """The paragraphs of HTML, or of plain text with a line each: words only, nothing that a browser would run."""
    clean = nh3.clean(markup, tags=_TAGS, clean_content_tags=_UNSEEN, attributes={}, strip_comments=True)
    if _TAG.search(clean):
        clean = _TAG.sub("\n", clean.replace("\n", " ").replace("\r", " "))
    found = (plain(html.unescape(part)) for part in clean.replace("\\n", "\n").split("\n"))
    return tuple(part for part in found if part)


def markup(text: tuple[str, ...]) -> str:
    """Paragraphs as HTML; `paragraphs` reads the same out of it."""
    return "".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in text)


def plain(text: str) -> str:
    """One line of text: white space and control characters are single spaces."""
    return _SPACE.sub(" ", text).strip()


def first_sentence(text: tuple[str, ...]) -> str:
    """The first sentence of a description, cut at a word where it is long."""
    if not text:
        return ""
    found = _SENTENCE.match(text[0])
    line = found[1] if found else text[0]
    return cut(line, MAX_LINE)


def cut(line: str, most: int) -> str:
    """The line, cut at a word where it has more than so many characters; an ellipsis comes on top."""
    if len(line) <= most:
        return line
    return line[:most].rsplit(" ", 1)[0].rstrip(",;:–-") + "…"


def slug(name: str) -> str:
    """The name as part of an address: small letters, digits and hyphens; empty when nothing of it is left."""
    if _GOOD_SLUG.fullmatch(name):
        return name
    letters = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters.replace("'", "")).strip("-")[:MAX_SLUG].strip("-")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before = + - @ and tabs (OWASP, CSV injection)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell without the apostrophe of `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
