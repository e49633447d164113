"""Addresses in answers: whole ones, made of the public URL setting and never of the Host header."""

from aiohttp import web

from handlers.keys import ASSETS, SHOP
from shop import pictures
from shop.ids import OrderNumber, VariantId
from shop.pictures import is_photograph


def product(app: web.Application, slug: str, variant: VariantId | None = None) -> str:
    page = f"{app[SHOP].public_url}/p/{slug}"
    return f"{page}?v={variant}" if variant else page


def order(app: web.Application, number: OrderNumber) -> str:
    return f"{app[SHOP].public_url}/orders/{number}"


def pay(app: web.Application, number: OrderNumber) -> str:
    """Where a browser is sent on to the payment provider."""
    return f"{order(app, number)}/pay"


def image(app: web.Application, name: str) -> str | None:
    """A drawing of ours by its name, an uploaded picture in its largest size, or a photograph elsewhere as it is.

    None for one that isn't there.
    """
    if is_photograph(name):
        uploaded = pictures.address(name, pictures.SIZES[-1])
        return f"{app[SHOP].public_url}{uploaded}" if uploaded else name
    file = f"art/{name}.svg"
    return f"{app[SHOP].public_url}{app[ASSETS].url(file)}" if app[ASSETS].has(file) else None
