"""What machines are told of a page (schema.org as JSON-LD), safe inside a script element: no "<" is left in it."""

from collections.abc import Iterable
from typing import Any

import orjson
from markupsafe import Markup

from handlers.assets import Assets
from handlers.keys import Shopfront
from shop import pictures
from shop.catalogue import Category, Product, Variant
from shop.money import decimal_text
from shop.pictures import SHARE, is_photograph, uploaded
from shop.stock import Level

SCHEMA = "https://schema.org"


class LinkedData:
    """The linked data of the shop's pages. All addresses in it are whole, on the shop's public one."""

    def __init__(self, shop: Shopfront, assets: Assets) -> None:
        self._shop = shop
        self._assets = assets

    def home(self) -> Markup:
        """The shop itself, how it is called, and where it can be searched."""
        home = f"{self._shop.public_url}/"
        organisation: dict[str, Any] = {
            "@type": "Organization",
            "@id": f"{home}#shop",
            "name": self._shop.name,
            "url": home,
        }
        if logo := self._logo("icons/touch.png"):
            organisation["logo"] = logo
        website = {
            "@type": "WebSite",
            "name": self._shop.name,
            "url": home,
            "publisher": {"@id": f"{home}#shop"},
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": f"{home}search?q={{search_term_string}}"},
                "query-input": "required name=search_term_string",
            },
        }
        return _graph(organisation, website)

    def category(self, category: Category) -> Markup:
        """Where a category stands."""
        return _graph(self._trail((category.name, f"/c/{category.slug}")))

    def product(self, product: Product) -> Markup:
        """A product with an offer for each of its variants, and where it stands."""
        page = f"{self._shop.public_url}/p/{product.slug}"
        described: dict[str, Any] = {
            "@type": "Product",
            "name": product.name,
            "description": " ".join(product.text) or product.line or product.name,
            "category": product.category.name,
            "brand": {"@type": "Brand", "name": product.maker or self._shop.name},
            "url": page,
            "offers": [self._offer(variant, page) for variant in product.variants],
        }
        if images := list(dict.fromkeys(filter(None, map(self.picture, _images(product))))):
            described["image"] = images
        category = product.category
        return _graph(
            described, self._trail((category.name, f"/c/{category.slug}"), (product.name, f"/p/{product.slug}"))
        )

    def picture(self, image: str) -> str | None:
        """The whole address of a picture: a photograph in a form that everybody reads, a drawing of ours by its file."""
        if is_photograph(image):
            return self._photograph(image)
        name = f"art/{image}.svg"
        return self._file(name) if self._assets.has(name) else None

    def portrait(self, image: str) -> Markup:
        """The picture to send along with a link to a product. Drawings are none: those who show links can't draw SVG."""
        return _card(self._photograph(image)) if is_photograph(image) else self.preview()

    def preview(self) -> Markup:
        """The picture to send along with a link to any other page: the shop's logo, or what the sample shop has."""
        return _card(self._logo("icons/social.png"))

    def _logo(self, sample: str) -> str | None:
        """The logo; without one a file of the sample shop's in that shop, and nothing in anybody else's."""
        logo = self._shop.logo
        if logo:
            return self._photograph(pictures.PREFIX + logo.digest)
        return self._file(sample) if self._shop.sample else None

    def _photograph(self, image: str) -> str:
        digest = uploaded(image)
        return self._shop.public_url + pictures.path(digest, SHARE) if digest else image

    def _file(self, name: str) -> str:
        return self._shop.public_url + self._assets.url(name)

    def _offer(self, variant: Variant, page: str) -> dict[str, Any]:
        return {
            "@type": "Offer",
            "name": variant.value,
            "sku": variant.sku or variant.id,
            "url": f"{page}?v={variant.id}",
            "price": decimal_text(variant.price, self._shop.currency),
            "priceCurrency": self._shop.currency,
            "availability": f"{SCHEMA}/{_availability(variant.level)}",
            "itemCondition": f"{SCHEMA}/NewCondition",
        }

    def _trail(self, *steps: tuple[str, str]) -> dict[str, Any]:
        return {"@type": "BreadcrumbList", "itemListElement": list(self._steps([("Home", "/"), *steps]))}

    def _steps(self, steps: Iterable[tuple[str, str]]) -> Iterable[dict[str, Any]]:
        for place, (name, path) in enumerate(steps, 1):
            yield {"@type": "ListItem", "position": place, "name": name, "item": self._shop.public_url + path}


def _availability(level: Level) -> str:
    """In the words of schema.org/ItemAvailability."""
    if level.available > 0:
        return "InStock"
    return "BackOrder" if level.backorder else "OutOfStock"


def _images(product: Product) -> list[str]:
    return [*(variant.image for variant in product.variants), *(picture.image for picture in product.further())]


def _card(picture: str | None) -> Markup:
    """How a link to the page is shown elsewhere."""
    if picture is None:
        return Markup('<meta name="twitter:card" content="summary">')
    return Markup(
        '<meta property="og:image" content="{}">\n  <meta name="twitter:card" content="summary_large_image">'
    ).format(picture)


def _graph(*things: dict[str, Any]) -> Markup:
    data = orjson.dumps({"@context": SCHEMA, "@graph": things}).decode()
    return Markup(data.replace("<", "\\u003c"))  # noqa: S704  escaped for where it stands
