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

SCHEMA = "https://schema.org"


class LinkedData:
    """The linked data of the shop's pages. All addresses in it are whole, on the shop's public one."""

    def __init__(self, shop: Shopfront, assets: Assets) -> None:
        self._shop = shop
        self._assets = assets

    def home(self) -> Markup:
        """The shop itself, how it is called, and where it can be searched."""
        home = f"{self._shop.public_url}/"
        organisation = {
            "@type": "Organization",
            "@id": f"{home}#shop",
            "name": self._shop.name,
            "url": home,
            "logo": self._file("icons/touch.png"),
        }
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
        described = {
            "@type": "Product",
            "name": product.name,
            "description": " ".join(product.text) or product.line or product.name,
            "category": product.category.name,
            "brand": {"@type": "Brand", "name": product.maker or self._shop.name},
            "url": page,
            "image": list(dict.fromkeys(map(self.picture, _images(product)))),
            "offers": [self._offer(variant, page) for variant in product.variants],
        }
        category = product.category
        return _graph(
            described, self._trail((category.name, f"/c/{category.slug}"), (product.name, f"/p/{product.slug}"))
        )

    def picture(self, image: str) -> str:
        """The whole address of a picture: a photograph in a form that everybody reads, a drawing of ours by its file."""
        if is_photograph(image):
            return self._photograph(image)
        name = f"art/{image}.svg"
        return self._file(name if self._assets.has(name) else "icons/social.png")

    def portrait(self, image: str) -> str:
        """The picture to send along with a link to a product. Drawings are none: those who show links can't draw SVG."""
        return self._photograph(image) if is_photograph(image) else self.preview()

    def preview(self) -> str:
        """The picture to send along with a link to any other page: the shop's logo, if it has one."""
        logo = self._shop.logo
        return self._photograph(pictures.PREFIX + logo.digest) if logo else self._file("icons/social.png")

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
            "availability": f"{SCHEMA}/{'InStock' if variant.level.available > 0 else 'OutOfStock'}",
            "itemCondition": f"{SCHEMA}/NewCondition",
        }

    def _trail(self, *steps: tuple[str, str]) -> dict[str, Any]:
        return {"@type": "BreadcrumbList", "itemListElement": list(self._steps([("Home", "/"), *steps]))}

    def _steps(self, steps: Iterable[tuple[str, str]]) -> Iterable[dict[str, Any]]:
        for place, (name, path) in enumerate(steps, 1):
            yield {"@type": "ListItem", "position": place, "name": name, "item": self._shop.public_url + path}


def _images(product: Product) -> list[str]:
    return [*(variant.image for variant in product.variants), *(picture.image for picture in product.further())]


def _graph(*things: dict[str, Any]) -> Markup:
    data = orjson.dumps({"@context": SCHEMA, "@graph": things}).decode()
    return Markup(data.replace("<", "\\u003c"))  # noqa: S704  escaped for where it stands
