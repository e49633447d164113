"""The pages about the shop, as anybody reads them: delivery, returns, privacy, and whatever else a merchant wrote."""

from collections.abc import Iterator, Mapping

from aiohttp import web

from handlers.kept import kept
from handlers.keys import DB, SHOP, Shopfront
from handlers.pages import money, render
from handlers.prose import literal, markup
from shop import countries
from shop.delivery import By, Step, Way, weight_text
from shop.errors import NotFound
from shop.terms import Terms
from storage import about


@kept()
async def show(request: web.Request) -> web.Response:
    """GET /about/{page}; raises NotFound for one that isn't there or is hidden."""
    shop, slug = request.app[SHOP], request.match_info["page"]
    if shop.page(slug) is None:
        raise NotFound("We don't have this page any more, or never had it.")
    page = (await request.app[DB].read(about.pages)).get(slug)
    if page is None or not page.visible:
        raise NotFound("We don't have this page any more, or never had it.")
    return await render(request, "about.html", {"page": page, "words": markup(page.text, words(shop))})


def words(shop: Shopfront) -> Mapping[str, str]:
    """What fills in the words in braces of a text, as Markdown (shop.about.WORDS)."""
    contact = f"[{literal(shop.contact)}](mailto:{shop.contact})" if shop.contact else "answer any of our mails"
    return {
        "shop": literal(shop.name),
        "contact": contact,
        "minutes": str(shop.hold_minutes),
        "countries": literal(_countries(shop.terms)),
        "deliveries": "\n".join(_deliveries(shop)),
    }


def _countries(terms: Terms) -> str:
    """Where things are sent, in the words of a sentence."""
    if terms.everywhere:
        return "every country"
    return countries.listed(terms.countries) or "nowhere right now"


def _deliveries(shop: Shopfront) -> Iterator[str]:
    """The ways and what they cost, a list for each zone, as Markdown; the zones are named where they are several."""
    zones = shop.terms.delivery.zones
    for zone in zones:
        if len(zones) > 1:
            yield from ("", f"**{literal(zone.name)}**", "")
        yield from (f"- **{literal(way.name)}**: {_prices(way, shop)}.{_line(way)}" for way in zone.ways)


def _line(way: Way) -> str:
    return f" {literal(way.line)}." if way.line else ""


def _prices(way: Way, shop: Shopfront) -> str:
    """What a way costs: "€6.50 up to 10 kg, then €12.00; free from €100.00"."""

    def step(found: Step) -> str:
        most = "" if found.upto is None else _most(way, found.upto, shop)
        return f"{_price(found.amount, shop) if found.amount else 'free'}{most}"

    free = "" if way.free_from is None else f"; free from {_price(way.free_from, shop)}"
    return ", then ".join(map(step, way.steps)) + free


def _most(way: Way, upto: int, shop: Shopfront) -> str:
    if way.by is By.WEIGHT:
        return f" up to {literal(weight_text(upto))}"
    return f" for orders up to {_price(upto, shop)}"


def _price(amount: int, shop: Shopfront) -> str:
    return literal(money(amount, shop.currency, shop.locale))
