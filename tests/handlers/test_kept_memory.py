"""What is kept of pages: in bounded memory, and dropped by exactly those commits that touch it."""

from typing import Any

from msgspec import Struct

import server.app  # noqa: F401  every struct of the shop is defined
from handlers import kept as keeping
from handlers.kept import Kept, Page
from shop.catalogue import Card, Variant
from shop.events import CartChanged, OrderChanged, ProductChanged, Recorded, StockChanged
from shop.ids import VariantId
from shop.stock import Level, Public


def page(*slugs: str, size: int = 1_000, listing: bool = False) -> Page:
    return Page(b"a" * size, b"", frozenset(slugs), listing=listing)


def keep(kept: Kept, name: str, made: Page) -> None:
    with kept.making((name, ()), listing=made.listing) as making:
        making.page = made


def test_memory_is_bounded_and_a_crawler_takes_no_page_from_those_that_are_asked_for():
    size = page("one").size
    kept = Kept(lambda: True, max_bytes=10 * size)
    for name in ("home", "table"):
        keep(kept, name, page(name))
        assert kept.find((name, ())) is not None
    for number in range(1_000):
        keep(kept, f"crawled {number}", page(f"thing-{number}"))
        assert kept.size <= 10 * size
    assert kept.find(("home", ())) is not None
    assert kept.find(("table", ())) is not None
    assert len(kept._showing) == len(kept) == 10
    for number in range(992, 1_000):
        kept.find((f"crawled {number}", ()))
    assert (kept.size, kept._again_size <= 8 * size) == (10 * size, True)
    kept.forget_all()
    assert (len(kept), kept.size, kept._showing) == (0, 0, {})


def test_a_page_that_is_too_large_is_not_kept():
    kept = Kept(lambda: True)
    keep(kept, "huge", page(size=1_000_000))
    assert len(kept) == 0


class LampsMoved(Struct, tag="lamps"):
    """An event that pages know nothing of."""


def test_an_event_that_is_not_known_drops_everything_and_tells_who_remembers_more():
    kept, told = Kept(lambda: True), []
    kept.with_all.append(lambda: told.append("all"))
    keep(kept, "home", page("mug"))
    with kept.making(("table", ()), listing=False) as making:
        kept.hear([Recorded(1, LampsMoved())])  # type: ignore[arg-type]
        making.page = page()
    assert (len(kept), told) == (0, ["all"])


def test_only_what_a_commit_touches_is_dropped():
    kept = Kept(lambda: True)

    def after(*events: Any) -> set[str]:
        for name, made in {
            "mug": page("mug"),
            "lamp": page("lamp"),
            "listing": page("mug", listing=True),
            "lamps": page("lamp", listing=True),
        }.items():
            keep(kept, name, made)
        kept.hear([Recorded(n, event) for n, event in enumerate(events)])
        return {name for name in ("mug", "lamp", "listing", "lamps") if kept.find((name, ())) is not None}

    variant = VariantId("mugRain")
    assert after(StockChanged(variant, "mug", 4, 0, Public(left=4, held=0))) == {"lamp", "lamps"}
    assert after(StockChanged(variant, "mug", 400, 0, None)) == {"mug", "lamp", "listing", "lamps"}, "nobody sees it"
    assert after(ProductChanged("mug", None, offers_only=True)) == {"lamp"}, "another order"
    assert after(ProductChanged("mug", None)) == set()
    assert after(CartChanged("c", None), OrderChanged("o", None, None)) == {"mug", "lamp", "listing", "lamps"}  # type: ignore[arg-type]


def test_a_listing_made_while_search_was_behind_is_not_kept():
    kept = Kept(lambda: False)
    keep(kept, "search", page("mug", listing=True))
    keep(kept, "mug", page("mug"))
    assert kept.find(("search", ())) is None
    assert kept.find(("mug", ())) is not None


class Beside(Struct, frozen=True):
    heading: str
    cards: tuple[Card, ...]
    first: Card | None = None


def test_products_are_found_however_deep_they_are_in_what_a_page_shows():
    variant = Variant(VariantId("mugRain"), "Rain", None, 2800, None, "art", Level(5, 0, 1))
    mug, jug = (Card(slug, slug, "table", variant, 1) for slug in ("mug", "jug"))
    context = {"title": "Mugs", "parts": [(Beside("Beside", (mug,)), {"more": Beside("", (), jug)})]}
    assert keeping.shown(context) == {"mug", "jug"}


def test_what_every_struct_of_the_shop_declares_can_be_read():
    kinds = [Struct]
    for kind in kinds:
        kinds += kind.__subclasses__()
    declared = {
        kind: keeping._telling(kind) for kind in kinds[1:] if kind.__module__.startswith(("shop.", "handlers."))
    }
    assert len(declared) > 50
