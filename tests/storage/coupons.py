"""Codes for tests of the books, made and put into carts by the verbs themselves."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from shop.checkout import Placement
from shop.codes import Kind, Terms
from shop.ids import CartId, CustomerId, VariantId
from storage import cart_codes, codes
from storage.cart_codes import CodeWish
from storage.codes import NewCode
from storage.database import Database
from tests.storage.books import AT, filled, placement

TENTH = Terms(Kind.PERCENTAGE, 10_000)
FREE = Terms(Kind.PERCENTAGE, 100_000, delivery=True)
ACTOR = "clerk@shop.example"


async def made(db: Database, name: str = "SPRING", terms: Terms = TENTH, **changes: Any) -> str:
    """The name of a new code."""
    return str(await db.write(codes.make, NewCode(name, replace(terms, **changes), ACTOR, AT)))


async def wished(
    db: Database, cart: CartId, name: str = "SPRING", customer: CustomerId | None = None, email: str = ""
) -> CartId:
    """The cart, with the code on it."""
    await db.write(cart_codes.put, CodeWish(cart, name, customer, email, AT))
    return cart


async def with_code(db: Database, lines: Mapping[VariantId, int], name: str = "SPRING") -> CartId:
    """A cart with these lines and the code."""
    return await wished(db, await filled(db, lines), name)


def of(email: str, cart: CartId, **changes: Any) -> Placement:
    """The placement of somebody with this email."""
    found = placement(cart, **changes)
    return replace(found, details=replace(found.details, email=email))


async def used(db: Database, name: str = "SPRING") -> int:
    """What the code's own counter says."""
    return (await db.read(codes.view, name)).code.used
