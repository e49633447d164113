"""Products as dummyjson.com and shops like it write them, turned into our own JSON."""

from typing import Any

from shop.imports import words


def recognises(products: list[Any]) -> bool:
    return bool(products) and isinstance(products[0], dict) and {"title", "price"} <= set(products[0])


def documented(products: list[Any]) -> dict[str, Any]:
    """The same products as docs/import.md defines them. What isn't as expected is left for its checks to name."""
    slugs: set[str] = set()
    return {"products": [_product(given, slugs) if isinstance(given, dict) else given for given in products]}


def _product(given: dict[str, Any], slugs: set[str]) -> dict[str, Any]:
    title = str(given.get("title") or "")
    slug = words.slug(title)
    if slug in slugs:
        slug = f"{slug}-{given.get('id')}"
    slugs.add(slug)
    images = given.get("images")
    if not isinstance(images, list) or not images:
        images = [given["thumbnail"]] if given.get("thumbnail") else []
    variant = {"price": given.get("price"), "sku": given.get("sku") or ""}
    return {
        "name": title,
        "slug": slug,
        "html": given.get("description") or "",
        "category": str(given.get("category") or "").replace("-", " ").capitalize(),
        "maker": given.get("brand") or "",
        "keywords": given.get("tags") or [],
        "images": [{"url": image} for image in images],
        "variants": [variant | {"units": given.get("stock") or "0"}],
    }
