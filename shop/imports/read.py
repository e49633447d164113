"""A merchant's file, whosever it is: recognised by its first bytes or its header, and read into drafts."""

import json
from typing import Any, NoReturn

from msgspec.structs import replace

from shop import gallery
from shop.imports import cells, documented, dummyjson, shopify, table, woocommerce, words
from shop.imports.decoding import decode
from shop.imports.draft import Draft, Reading, Unreadable

MAX_NAMES_SHOWN = 5


def read(data: bytes, currency: str) -> Reading:
    """The products of the file, priced in the shop's currency, and what is wrong with the others; raises Unreadable."""
    text = decode(data)
    reading = _json(text, currency) if text.lstrip()[0] in "{[" else _csv(text, currency)
    if not reading.drafts and not reading.faults:
        raise Unreadable("There is no product in the file.")
    _hang(reading)
    return reading


def _hang(reading: Reading) -> None:
    """Gives each draft the gallery that a page can show, and notes how many pictures are left out."""
    spare = 0
    for place, draft in enumerate(reading.drafts):
        if draft.pictures:
            images = [variant.image for variant in draft.variants]
            pictures = gallery.limited(draft.pictures, images)
            spare += len(gallery.whole(draft.pictures, ())) - len(pictures)
            reading.drafts[place] = replace(
                draft, pictures=tuple(replace(picture, alt=_words(picture.alt, draft)) for picture in pictures)
            )
    if spare:
        reading.notes.append(
            f"Further pictures, left out since a product shows {gallery.MAX_FURTHER} beside its variants': {spare}."
        )


def _words(alt: str, draft: Draft) -> str:
    """What a picture shows; the product's name is what is said of one anyhow."""
    return "" if alt == draft.name else words.cut(alt, cells.MAX_NAME - 1)


def _csv(text: str, currency: str) -> Reading:
    text = table.without_hint(text)
    names, delimiter = table.header(text)
    if shopify.recognises(names):
        return shopify.read(text, names, delimiter, currency)
    if woocommerce.recognises(names):
        return woocommerce.read(text, names, delimiter, currency)
    seen = ", ".join(name[:40] for name in names[:MAX_NAMES_SHOWN])
    raise Unreadable(
        f"The header is neither Shopify's (Title, URL handle, Price) nor WooCommerce's in English (Name, Regular price). "
        f"It begins with: {seen}."
    )


def _json(text: str, currency: str) -> Reading:
    body = _decoded(text)
    products = body.get("products") if isinstance(body, dict) else body
    if isinstance(products, list) and dummyjson.recognises(products):
        reading = documented.read(dummyjson.documented(products), currency)
        reading.kind = "JSON like DummyJSON's"
        return reading
    return documented.read(body, currency)


def _decoded(text: str) -> Any:
    """The JSON, with its numbers as they were written: a price is never a float."""
    try:
        body = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number)
        json.dumps(body, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise Unreadable(f"The JSON breaks off at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise Unreadable("The JSON is nested too deeply.") from None
    except UnicodeEncodeError:
        raise Unreadable(
            "The JSON has half a character in it: an escape such as \\ud83d without the one that follows."
        ) from None
    return body


def _no_number(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not a number that JSON knows.")
