"""The catalogue over the API: products, categories and suggestions."""

from aiohttp import web
from msgspec import Raw

from handlers.api import addresses, catalogue_shapes, shapes
from handlers.api.operations import Nothing
from handlers.keys import DB, LIMITS, SEARCH, SHOP
from shop import stock
from shop.catalogue import Card, Product, Variant
from shop.errors import InvalidFields
from shop.facets import Chosen
from shop.gallery import whole
from shop.money import Money
from storage import catalogue


async def list_products(request: web.Request, asked: catalogue_shapes.ProductQuery) -> catalogue_shapes.ProductPage:
    """Lists products, a page at a time, with the ways to narrow them.

    With `q`, the best matches come first and words may be misspelt; without it, the most popular. What is sold out comes last.
    Several values of one way are taken together, several ways one after the other; each card is of a variant that was chosen.
    """
    app = request.app
    app[LIMITS].search(request)
    chosen = _chosen(app, asked)
    if not asked.q:
        await app[SEARCH].prepare(chosen)
    found = app[SEARCH].results(asked.q, chosen, sort=asked.sort, limit=asked.limit, offset=asked.offset)
    cards = await app[DB].read(catalogue.cards_of, found.ids, chosen)
    return catalogue_shapes.ProductPage(
        products=[_card(app, card) for card in cards],
        total=found.total,
        limit=asked.limit,
        offset=asked.offset,
        did_you_mean=found.did_you_mean,
        instead=found.instead,
        capped=found.capped,
        facets=found.facets,
    )


async def get_product(request: web.Request, _asked: Nothing) -> catalogue_shapes.ProductDetail:
    """Answers a product with its variants, their prices and what can be bought of them."""
    app = request.app
    found = await app[DB].read(catalogue.product, request.match_info["slug"])
    return catalogue_shapes.ProductDetail(
        slug=found.slug,
        name=found.name,
        line=found.line,
        maker=found.maker,
        category=catalogue_shapes.CategoryName(found.category.slug, found.category.name),
        heading=found.heading,
        text=list(found.text),
        facts=[catalogue_shapes.Fact(label, value) for label, value in found.facts],
        option=found.option,
        images=_images(app, found),
        variants=[_variant(app, variant) for variant in found.variants],
        url=addresses.product(app, found.slug),
        version=found.version,
        per_customer=found.per_customer,
    )


async def list_categories(request: web.Request, _asked: Nothing) -> catalogue_shapes.CategoryList:
    """Lists all categories in the shop's order, each with the count of its products."""
    found = await request.app[DB].read(catalogue.categories)
    return catalogue_shapes.CategoryList(
        [
            catalogue_shapes.CategoryShelf(c.slug, c.name, c.line, addresses.image(request.app, c.image), c.count)
            for c in found
        ]
    )


async def suggest(request: web.Request, asked: shapes.SuggestQuery) -> Raw:
    """Suggests what somebody who is typing may mean: completions, products, categories and makers.

    The same answer as `suggest` on /live, which is the faster way for every keystroke.
    """
    request.app[LIMITS].search(request)
    return Raw(request.app[SEARCH].suggest(asked.q))


def _chosen(app: web.Application, asked: catalogue_shapes.ProductQuery) -> Chosen:
    """What the query narrows to; raises InvalidFields for what the shop doesn't have."""
    search = app[SEARCH]
    faults = set() if asked.category is None or search.knows("category", asked.category) else {"category"}
    if not all(search.knows("maker", maker) for maker in asked.maker):
        faults.add("maker")
    options: dict[str, list[str]] = {}
    for pair in asked.option:
        option, _, value = pair.partition(":")
        if value and search.knows(option, value):
            options.setdefault(option, []).append(value)
        else:
            faults.add("option")
    if faults:
        raise InvalidFields(fields={field: f"There is no such {field}." for field in faults})
    return Chosen(
        categories=() if asked.category is None else (asked.category,),
        makers=asked.maker,
        options=tuple((option, tuple(values)) for option, values in options.items()),
        price_min=asked.price_min,
        price_max=asked.price_max,
        in_stock=asked.in_stock,
    )


def _images(app: web.Application, product: Product) -> list[catalogue_shapes.ProductImage]:
    values = {variant.image: variant.value for variant in reversed(product.variants)}
    gallery = whole(product.pictures, [variant.image for variant in product.variants])
    addressed = ((picture.image, addresses.image(app, picture.image)) for picture in gallery)
    return [
        catalogue_shapes.ProductImage(url, product.alt(image, values.get(image, "")))
        for image, url in addressed
        if url is not None
    ]


def _card(app: web.Application, card: Card) -> catalogue_shapes.ProductCard:
    shown = card.variant
    return catalogue_shapes.ProductCard(
        slug=card.slug,
        name=card.name,
        category=card.category,
        variant=shown.id,
        value=shown.value,
        price=Money(shown.price, app[SHOP].currency),
        was=_was(app, shown),
        image=addresses.image(app, shown.image),
        stock=stock.public(shown.level),
        choices=card.choices,
        url=addresses.product(app, card.slug),
    )


def _variant(app: web.Application, variant: Variant) -> catalogue_shapes.ProductVariant:
    return catalogue_shapes.ProductVariant(
        id=variant.id,
        value=variant.value,
        sku=variant.sku,
        price=Money(variant.price, app[SHOP].currency),
        was=_was(app, variant),
        image=addresses.image(app, variant.image),
        stock=stock.public(variant.level),
        weight=variant.weight,
    )


def _was(app: web.Application, variant: Variant) -> Money | None:
    return None if variant.was is None else Money(variant.was, app[SHOP].currency)
